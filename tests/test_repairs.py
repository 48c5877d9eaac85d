"""What Repairs tells and what a click there does: look again, or make anew, and say so when that did not help."""

from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs.const import DOMAIN as REPAIRS_DOMAIN
from homeassistant.components.repairs.issue_handler import RepairsFlowManager
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.errors import ButlrConnectionError
from custom_components.butlr.api.subscriptions import Subscriptions
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from custom_components.butlr.issues.issue import Issue, issue_id
from tests.conftest import Http, SetUp, pass_time
from tests.helpers.push import ALL_TYPES, both_webhooks, our_webhooks, room_id, subscribed_types
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator

HELD = ["TRAFFIC"]


@pytest.fixture(autouse=True)
def _noon(freezer: FrozenDateTimeFactory) -> None:
    """Keep away from midnight, at which totals begin anew."""
    freezer.move_to("2026-11-25T11:00:00Z")


@pytest.fixture
async def flows(hass: HomeAssistant) -> RepairsFlowManager:
    """Return Home Assistant's own manager of repair flows; its views must be there before the server starts."""
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})
    await hass.async_block_till_done()
    manager: RepairsFlowManager = hass.data[REPAIRS_DOMAIN]["flow_manager"]
    return manager


async def click(flows: RepairsFlowManager, entry: MockConfigEntry, issue: Issue) -> tuple[Any, Any]:
    """Open the repair of an issue and submit it; return what was shown before and after."""
    form = await flows.async_init(DOMAIN, data={"issue_id": issue_id(entry, issue)})
    return form, await flows.async_configure(form["flow_id"], {})


async def test_held_no_longer(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """The form tells what the message told; it stays until the other webhook is gone, then everything is subscribed."""
    foreign = simulator.add_foreign_webhook(HELD)
    await set_up()
    form, answer = await click(flows, entry, Issue.CLAIMED)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "confirm")
    assert "TRAFFIC" in form["description_placeholders"]["webhooks"]
    assert (answer["type"], answer["errors"]) == (FlowResultType.FORM, {"base": "still_there"})
    del simulator.dispatcher.webhooks[foreign.id]
    answer = await flows.async_configure(form["flow_id"], {})
    assert answer["type"] is FlowResultType.CREATE_ENTRY
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.CLAIMED)) is None
    assert len(both_webhooks(simulator)) == 2
    assert subscribed_types(simulator) == ALL_TYPES


async def test_what_was_refused_is_asked_for_again(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """Of a webhook that is not shown to us nobody tells when it goes: a person may."""
    simulator.add_foreign_webhook(HELD).hidden = True
    await set_up()
    simulator.dispatcher.webhooks = {
        key: hook for key, hook in simulator.dispatcher.webhooks.items() if not hook.hidden
    }
    _, answer = await click(flows, entry, Issue.CLAIMED)
    assert answer["type"] is FlowResultType.CREATE_ENTRY
    assert len(both_webhooks(simulator)) == 2
    assert subscribed_types(simulator) == ALL_TYPES


async def test_allowed_now(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """The right to make webhooks can be given to a token afterwards."""
    simulator.settings.webhook_permission = "forbidden"
    await set_up()
    simulator.settings.webhook_permission = "granted"
    _, answer = await click(flows, entry, Issue.WEBHOOKS_NOT_ALLOWED)
    assert answer["type"] is FlowResultType.CREATE_ENTRY
    assert len(simulator.webhooks) == 2


async def test_not_loaded(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """Without a connection nothing can be tried."""
    simulator.add_foreign_webhook(HELD)
    await set_up()
    await hass.config_entries.async_unload(entry.entry_id)
    _, answer = await click(flows, entry, Issue.CLAIMED)
    assert (answer["type"], answer["reason"]) == (FlowResultType.ABORT, "not_loaded")


# -- the webhook made anew -------------------------------------------------------------------------------------------


async def missing(
    hass: HomeAssistant, simulator: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, name: str
) -> None:
    """Set up, and let pushes be missed for so long that it is told."""
    await set_up()
    await simulator.move(to=room_id(simulator, name))
    await pass_time(hass, freezer, 61)
    simulator.settings.loss = 1.0
    await simulator.move(to=room_id(simulator, name))
    for _ in range(12):
        await pass_time(hass, freezer, 300.5)
        await simulator.move(to=room_id(simulator, name))
    simulator.settings.loss = 0.0


async def test_a_stuck_webhook_is_made_anew(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It looks right at Butlr and nothing comes: a click deletes it and makes another, which has to prove itself."""
    await missing(hass, simulator, set_up, freezer, "Boardroom")
    stuck = both_webhooks(simulator)
    form, answer = await click(flows, entry, Issue.PUSHES_MISSED)
    assert form["description_placeholders"] == {"entry": "Harbour Campus"}
    assert answer["type"] is FlowResultType.CREATE_ENTRY
    for fresh, old in zip(both_webhooks(simulator), stuck, strict=True):
        assert fresh.id != old.id
        assert (set(fresh.event_types), fresh.url, fresh.api_key) == (set(old.event_types), old.url, old.api_key)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.PUSHES_MISSED)) is None
    assert state_of(hass, simulator.estate.id, "update_mode") == "polling"
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, simulator.estate.id, "update_mode") == "push"


@pytest.mark.parametrize("endpoint", ["list", "create"])
async def test_a_webhook_that_cannot_be_made_anew(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    endpoint: str,
) -> None:
    """Neither when Butlr cannot be asked, nor when it fails in the middle, is anything said to be well."""
    await missing(hass, simulator, set_up, freezer, "Boardroom")
    stuck = {webhook.id for webhook in both_webhooks(simulator)}
    failing: Any = patch.object(Subscriptions, endpoint, side_effect=ButlrConnectionError("HTTP 500"))
    with failing:
        form, answer = await click(flows, entry, Issue.PUSHES_MISSED)
    assert (answer["type"], answer["errors"]) == (FlowResultType.FORM, {"base": "not_renewed"})
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.PUSHES_MISSED)) is not None
    assert {webhook.id for webhook in our_webhooks(simulator)} == (stuck if endpoint == "list" else set())
    # Home Assistant goes on by itself where something was begun, and the click works when Butlr does.
    if endpoint == "create":
        await pass_time(hass, freezer, 31)
        assert len(simulator.webhooks) == 2
    answer = await flows.async_configure(form["flow_id"], {})
    assert answer["type"] is FlowResultType.CREATE_ENTRY
    assert stuck.isdisjoint(webhook.id for webhook in both_webhooks(simulator))


async def test_foreign_webhooks_survive_a_renewal(
    hass: HomeAssistant,
    simulator: Simulator,
    flows: RepairsFlowManager,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Only what is ours is deleted."""
    foreign = simulator.add_foreign_webhook(["DETECTIONS"])
    await missing(hass, simulator, set_up, freezer, "Boardroom")
    await click(flows, entry, Issue.PUSHES_MISSED)
    assert foreign in simulator.webhooks
    assert len(simulator.webhooks) == 3


# -- sites without a time zone ---------------------------------------------------------------------------------------


def told_sites(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """Return which sites Repairs names."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.NO_TIME_ZONE))
    assert issue is None or not issue.is_fixable
    return (issue.translation_placeholders or {})["sites"] if issue else None


@pytest.mark.parametrize("zone", [None, "Atlantis/Capital"])
async def test_a_site_without_a_time_zone(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    zone: str | None,
) -> None:
    """It is told where days are counted, with the midnight that is used instead, and until there is one."""
    (site,) = simulator.estate.sites.values()
    site.timezone, site.name = zone, "Harbour\n`Campus`"
    await set_up()
    assert told_sites(hass, entry) == "- `Harbour 'Campus'`"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.NO_TIME_ZONE))
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["time_zone"] == hass.config.time_zone
    assert str(issue.learn_more_url).endswith("#when-daily-counts-reset")
    site.timezone = "Europe/Copenhagen"
    await pass_time(hass, freezer, ESTATE_INTERVAL.total_seconds() + 1)
    assert told_sites(hass, entry) is None
    site.timezone = zone
    await pass_time(hass, freezer, ESTATE_INTERVAL.total_seconds() + 1)
    assert told_sites(hass, entry) is not None


async def test_a_site_that_counts_no_days(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Without traffic sensors there is no midnight that could be wrong."""
    (site,) = simulator.estate.sites.values()
    site.timezone = None
    for sensor in list(simulator.estate.sensors.values()):
        if sensor.mode == "traffic":
            simulator.estate.remove(sensor.id)
    await set_up()
    assert told_sites(hass, entry) is None


# -- refused credentials ---------------------------------------------------------------------------------------------


async def test_refused_credentials_are_home_assistants_own_repair(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """It makes one of every request for new credentials, so there is none of ours beside it; both end together."""
    await set_up()
    ours = {key for key in ir.async_get(hass).issues if key[0] == DOMAIN}
    simulator.revoke()
    await pass_time(hass, freezer, 61)
    issue = HOMEASSISTANT_DOMAIN, f"config_entry_reauth_{DOMAIN}_{entry.entry_id}"
    assert issue not in ir.async_get(hass).issues
    await pass_time(hass, freezer, 61)
    assert issue in ir.async_get(hass).issues
    assert {key for key in ir.async_get(hass).issues if key[0] == DOMAIN} == ours
    (flow,) = hass.config_entries.flow.async_progress()
    answers = {"client_id": simulator.client_id, "client_secret": simulator.client_secret}
    await hass.config_entries.flow.async_configure(
        flow["flow_id"], {**answers, "advanced": {"base_url": simulator.url}}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issue not in ir.async_get(hass).issues
    assert mismatches(hass, simulator) == []
