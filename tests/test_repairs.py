"""What Repairs shows, and what its fix flows do: check again, or recreate the webhooks, and report a failure."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs.const import DOMAIN as REPAIRS_DOMAIN
from homeassistant.components.repairs.issue_handler import RepairsFlowManager
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.errors import ButlrConnectionError
from custom_components.butlr.api.subscriptions import Subscriptions
from custom_components.butlr.const import CONF_TAKEN_OVER, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from custom_components.butlr.issues.issue import Issue, issue_id
from custom_components.butlr.push import removal, takeover
from custom_components.butlr.push.removal import left_by
from tests.conftest import SetUp, pass_time
from tests.helpers.push import ALL_TYPES, both_webhooks, our_webhooks, subscribed_types
from tests.helpers.scene import Scene
from tests.helpers.states import mismatches
from tests.simulator import Simulator

CLAIMED = ["TRAFFIC"]


@pytest.fixture(autouse=True)
def _noon(noon: FrozenDateTimeFactory) -> None:
    """Stop the clock at noon."""


@pytest.fixture
async def flows(hass: HomeAssistant) -> RepairsFlowManager:
    """Return Home Assistant's manager of fix flows; its views must be registered before the server starts."""
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})
    await hass.async_block_till_done()
    manager: RepairsFlowManager = hass.data[REPAIRS_DOMAIN]["flow_manager"]
    return manager


async def choose(flows: RepairsFlowManager, menu: Any, option: str) -> Any:
    """Choose an option of a menu; return the next step."""
    return await flows.async_configure(menu["flow_id"], {"next_step_id": option})


async def submit(flows: RepairsFlowManager, entry: MockConfigEntry, issue: Issue) -> tuple[Any, Any]:
    """Open the fix flow of an issue, check again if it offers more, and submit; return the form and the result."""
    form = await flows.async_init(DOMAIN, data={"issue_id": issue_id(entry, issue)})
    if form["type"] is FlowResultType.MENU:
        form = await choose(flows, form, "confirm")
    return form, await flows.async_configure(form["flow_id"], {})


# -- checking again --------------------------------------------------------------------------------------------------


async def test_the_form_explains_the_issue(flows: RepairsFlowManager, scene: Scene) -> None:
    """With the same placeholders as the issue."""
    scene.simulator.add_foreign_webhook(CLAIMED)
    await scene.set_up()
    form, _ = await submit(flows, scene.entry, Issue.CLAIMED)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "confirm")
    assert form["description_placeholders"] == scene.placeholders(Issue.CLAIMED)
    assert "TRAFFIC" in form["description_placeholders"]["webhooks"]


async def test_a_problem_that_is_still_there(flows: RepairsFlowManager, scene: Scene) -> None:
    """The form stays open with an error; once the other webhook is gone, everything is subscribed."""
    foreign = scene.simulator.add_foreign_webhook(CLAIMED)
    await scene.set_up()
    form, result = await submit(flows, scene.entry, Issue.CLAIMED)
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, {"base": "still_there"})
    del scene.simulator.dispatcher.webhooks[foreign.id]
    result = await flows.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert scene.issues == set()
    assert len(both_webhooks(scene.simulator)) == 2
    assert subscribed_types(scene.simulator) == ALL_TYPES


async def test_refused_types_are_requested_again(flows: RepairsFlowManager, scene: Scene) -> None:
    """Nothing tells us that a hidden webhook is gone, but the user may know it."""
    hidden = scene.simulator.add_foreign_webhook(CLAIMED)
    hidden.hidden = True
    await scene.set_up()
    del scene.simulator.dispatcher.webhooks[hidden.id]
    _, result = await submit(flows, scene.entry, Issue.CLAIMED)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert len(both_webhooks(scene.simulator)) == 2
    assert subscribed_types(scene.simulator) == ALL_TYPES


async def test_permission_that_was_granted_later(flows: RepairsFlowManager, scene: Scene) -> None:
    """The webhooks are created."""
    scene.simulator.settings.webhook_permission = "forbidden"
    await scene.set_up()
    scene.simulator.settings.webhook_permission = "granted"
    _, result = await submit(flows, scene.entry, Issue.WEBHOOKS_NOT_ALLOWED)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert len(scene.simulator.webhooks) == 2


async def test_an_entry_that_is_not_loaded(flows: RepairsFlowManager, scene: Scene) -> None:
    """The flow is aborted."""
    scene.simulator.add_foreign_webhook(CLAIMED)
    await scene.set_up()
    await scene.unload()
    _, result = await submit(flows, scene.entry, Issue.CLAIMED)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")


# -- another system has the events -----------------------------------------------------------------------------------


@pytest.fixture
def stored(scene: Scene) -> Iterator[None]:
    """Let everything be on disk at once."""
    with patch.object(takeover, "read_stored_record", lambda *_: scene.entry.data.get(CONF_TAKEN_OVER)):
        yield


async def test_the_menu_offers_what_is_possible(flows: RepairsFlowManager, scene: Scene) -> None:
    """A webhook that Butlr does not show cannot be taken over; nor can anything be changed without a loaded entry."""
    foreign = scene.simulator.add_foreign_webhook(CLAIMED)
    await scene.set_up()
    issue = {"issue_id": issue_id(scene.entry, Issue.CLAIMED)}
    menu = await flows.async_init(DOMAIN, data=issue)
    assert menu["menu_options"] == ["keep_polling", "forward", "alone", "confirm"]
    assert menu["description_placeholders"] == scene.placeholders(Issue.CLAIMED)
    foreign.hidden = True
    menu = await flows.async_init(DOMAIN, data=issue)
    assert menu["menu_options"] == ["keep_polling", "confirm"]
    await scene.unload()
    menu = await flows.async_init(DOMAIN, data=issue)
    assert menu["menu_options"] == ["keep_polling", "confirm"]


async def test_polling_is_kept(flows: RepairsFlowManager, scene: Scene) -> None:
    """The issue is ignored, and nothing changes at Butlr."""
    scene.simulator.add_foreign_webhook(CLAIMED)
    await scene.set_up()
    before = list(scene.simulator.webhooks)
    menu = await flows.async_init(DOMAIN, data={"issue_id": issue_id(scene.entry, Issue.CLAIMED)})
    result = await choose(flows, menu, "keep_polling")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "keeps_polling")
    issue = scene.issue(Issue.CLAIMED)
    assert issue is not None
    assert issue.dismissed_version is not None
    assert scene.simulator.webhooks == before


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("option", ["forward", "alone"])
async def test_events_are_taken_over(flows: RepairsFlowManager, scene: Scene, option: str) -> None:
    """After a page that says what that means. The options offer to change it and to give them back."""
    foreign = scene.simulator.add_foreign_webhook(CLAIMED)
    await scene.set_up()
    menu = await flows.async_init(DOMAIN, data={"issue_id": issue_id(scene.entry, Issue.CLAIMED)})
    form = await choose(flows, menu, option)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, option)
    assert form["description_placeholders"] == scene.placeholders(Issue.CLAIMED)
    scene.simulator.settings.endpoint_update = "ignored"
    result = await flows.async_configure(form["flow_id"], {})
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, {"base": "refused"})
    scene.simulator.settings.endpoint_update = "replaced"
    result = await flows.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert scene.issues == set()
    record = scene.entry.data[CONF_TAKEN_OVER]
    assert (record["forward"], len(record["webhooks"])) == (option == "forward", 1)
    changed = "alone" if option == "forward" else "forward"
    for choice in (changed, "give_back"):
        options: Any = await scene.hass.config_entries.options.async_init(scene.entry.entry_id)
        buildings = list(scene.data.estate.data.buildings)
        await scene.hass.config_entries.options.async_configure(
            options["flow_id"], {"buildings": buildings, "other_system": choice}
        )
        await scene.settle()
        if choice == changed:
            assert scene.entry.data[CONF_TAKEN_OVER]["forward"] is (option != "forward")
    assert CONF_TAKEN_OVER not in scene.entry.data
    assert "other_system" not in scene.entry.options
    assert scene.simulator.dispatcher.webhooks[foreign.id].url == "https://elsewhere.example.org/hook"
    assert scene.issues == {Issue.CLAIMED}


@pytest.mark.usefixtures("stored")
async def test_events_that_could_not_be_given_back(flows: RepairsFlowManager, scene: Scene) -> None:
    """The issue offers another attempt, and to believe that it was done by hand."""
    foreign = scene.simulator.add_foreign_webhook(CLAIMED)
    await scene.set_up()
    assert await scene.subscription.take_over(forward=False) is None
    scene.simulator.settings.endpoint_update = "ignored"
    assert not await scene.subscription.give_back()
    issue = {"issue_id": issue_id(scene.entry, Issue.NOT_GIVEN_BACK)}
    menu = await flows.async_init(DOMAIN, data=issue)
    assert menu["menu_options"] == ["confirm", "done"]
    form, result = await submit(flows, scene.entry, Issue.NOT_GIVEN_BACK)
    assert (form["step_id"], result["errors"]) == ("confirm", {"base": "not_given_back"})
    scene.simulator.settings.endpoint_update = "replaced"
    result = await flows.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert scene.issues == {Issue.CLAIMED}
    assert await scene.subscription.take_over(forward=False) is None
    scene.simulator.dispatcher.remove(foreign.id)
    assert not await scene.subscription.give_back()
    result = await choose(flows, await flows.async_init(DOMAIN, data=issue), "done")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert CONF_TAKEN_OVER not in scene.entry.data
    assert scene.issues == set()


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("removed", [True, False])
async def test_events_that_an_entry_left(flows: RepairsFlowManager, scene: Scene, removed: bool) -> None:
    """They can also be given back, or forgotten, after the entry was removed or disabled while Butlr was down."""
    foreign = scene.simulator.add_foreign_webhook(CLAIMED)
    before = asdict(foreign)
    await scene.set_up()
    assert await scene.subscription.take_over(forward=False) is None
    scene.simulator.faults.set("graphql", "500")
    with patch.object(removal, "GIVE_BACK_DELAYS", (0.0,)):
        if removed:
            await scene.remove()
        else:
            await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, ConfigEntryDisabler.USER)
    await scene.settle()
    issue = {"issue_id": issue_id(scene.entry, Issue.NOT_GIVEN_BACK)}
    form, result = await submit(flows, scene.entry, Issue.NOT_GIVEN_BACK)
    assert result["errors"] == {"base": "not_given_back"}
    scene.simulator.faults.clear()
    result = await flows.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert asdict(scene.simulator.dispatcher.webhooks[foreign.id]) == before
    assert scene.issues == set()
    if removed:
        return
    await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, None)
    await scene.settle()
    assert await scene.subscription.take_over(forward=False) is None
    scene.simulator.faults.set("graphql", "500")
    with patch.object(removal, "GIVE_BACK_DELAYS", (0.0,)):
        await scene.remove()
    result = await choose(flows, await flows.async_init(DOMAIN, data=issue), "done")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert scene.issues == set()
    assert left_by(scene.hass, scene.entry.entry_id) is None


# -- recreating the webhooks -----------------------------------------------------------------------------------------


async def miss_pushes(scene: Scene) -> None:
    """Set the entry up, and let pushes be lost until that is reported."""
    await scene.set_up_and_verify()
    await scene.pass_time(61)
    scene.simulator.settings.loss = 1.0
    await scene.enter("Boardroom")
    for _ in range(12):
        await scene.pass_time(300.5)
        await scene.enter("Boardroom")
    scene.simulator.settings.loss = 0.0
    assert Issue.PUSHES_MISSED in scene.issues


async def test_stuck_webhooks_are_recreated(flows: RepairsFlowManager, scene: Scene) -> None:
    """They look right at Butlr but send nothing: the flow replaces them by equal ones."""
    await miss_pushes(scene)
    stuck = both_webhooks(scene.simulator)
    form, result = await submit(flows, scene.entry, Issue.PUSHES_MISSED)
    assert form["description_placeholders"] == {"entry": "Harbour Campus"}
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert scene.issues == set()
    for new, old in zip(both_webhooks(scene.simulator), stuck, strict=True):
        assert new.id != old.id
        assert (set(new.event_types), new.url, new.api_key) == (set(old.event_types), old.url, old.api_key)


async def test_recreated_webhooks_must_be_verified(flows: RepairsFlowManager, scene: Scene) -> None:
    """The mode is polling until the first event arrives."""
    await miss_pushes(scene)
    await submit(flows, scene.entry, Issue.PUSHES_MISSED)
    assert scene.mode == "polling"
    await scene.enter("Boardroom")
    assert scene.mode == "push"


@pytest.mark.parametrize("method", ["list", "create"])
async def test_recreating_that_fails(flows: RepairsFlowManager, scene: Scene, method: str) -> None:
    """The form shows an error and the issue stays, whether Butlr fails before or after the deletion."""
    await miss_pushes(scene)
    stuck = {webhook.id for webhook in both_webhooks(scene.simulator)}
    failing: Any = patch.object(Subscriptions, method, side_effect=ButlrConnectionError("HTTP 500"))
    with failing:
        form, result = await submit(flows, scene.entry, Issue.PUSHES_MISSED)
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, {"base": "not_renewed"})
    assert Issue.PUSHES_MISSED in scene.issues
    assert {webhook.id for webhook in our_webhooks(scene.simulator)} == (stuck if method == "list" else set())
    # Submitting the form again works as soon as Butlr does.
    result = await flows.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert stuck.isdisjoint(webhook.id for webhook in both_webhooks(scene.simulator))


async def test_recreating_that_failed_halfway_is_retried(flows: RepairsFlowManager, scene: Scene) -> None:
    """The deleted webhooks are created without another click."""
    await miss_pushes(scene)
    failing: Any = patch.object(Subscriptions, "create", side_effect=ButlrConnectionError("HTTP 500"))
    with failing:
        await submit(flows, scene.entry, Issue.PUSHES_MISSED)
    assert our_webhooks(scene.simulator) == []
    await scene.pass_time(31)
    assert len(scene.simulator.webhooks) == 2


async def test_recreating_keeps_the_webhooks_of_others(flows: RepairsFlowManager, scene: Scene) -> None:
    """Only our own are deleted."""
    foreign = scene.simulator.add_foreign_webhook(["DETECTIONS"])
    await miss_pushes(scene)
    await submit(flows, scene.entry, Issue.PUSHES_MISSED)
    assert foreign in scene.simulator.webhooks
    assert len(scene.simulator.webhooks) == 3


# -- sites without a time zone ---------------------------------------------------------------------------------------


def reported_sites(scene: Scene) -> str | None:
    """Return the sites that Repairs lists."""
    issue = scene.issue(Issue.NO_TIME_ZONE)
    assert issue is None or not issue.is_fixable
    return scene.placeholders(Issue.NO_TIME_ZONE)["sites"] if issue else None


@pytest.mark.parametrize("zone", [None, "Atlantis/Capital"])
async def test_a_site_without_a_time_zone_is_reported(scene: Scene, zone: str | None) -> None:
    """With the time zone that is used instead; the name of the site cannot format the message."""
    (site,) = scene.simulator.estate.sites.values()
    site.timezone, site.name = zone, "Harbour\n`Campus`"
    await scene.set_up()
    assert reported_sites(scene) == "- `Harbour 'Campus'`"
    assert scene.placeholders(Issue.NO_TIME_ZONE)["time_zone"] == scene.hass.config.time_zone
    issue = scene.issue(Issue.NO_TIME_ZONE)
    assert issue is not None
    assert str(issue.learn_more_url).endswith("#when-daily-counts-reset")


@pytest.mark.parametrize("zone", [None, "Atlantis/Capital"])
async def test_the_report_of_a_site_follows_the_estate(scene: Scene, zone: str | None) -> None:
    """It is deleted once the site has a time zone, and created again if it loses it."""
    (site,) = scene.simulator.estate.sites.values()
    site.timezone = zone
    await scene.set_up()
    for timezone, reported in (("Europe/Copenhagen", False), (zone, True)):
        site.timezone = timezone
        await scene.pass_time(ESTATE_INTERVAL.total_seconds() + 1)
        assert (reported_sites(scene) is not None) is reported


async def test_a_site_without_daily_totals_is_not_reported(scene: Scene) -> None:
    """Without traffic sensors, its midnight does not matter."""
    (site,) = scene.simulator.estate.sites.values()
    site.timezone = None
    for sensor in list(scene.simulator.estate.sensors.values()):
        if sensor.mode == "traffic":
            scene.simulator.estate.remove(sensor.id)
    await scene.set_up()
    assert reported_sites(scene) is None


# -- refused credentials ---------------------------------------------------------------------------------------------


async def test_refused_credentials_have_no_issue_of_ours(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Home Assistant creates its own issue for every reauthentication; it is deleted with new credentials."""
    await set_up()
    before = {key for key in ir.async_get(hass).issues if key[0] == DOMAIN}
    simulator.revoke()
    await pass_time(hass, freezer, 61)
    issue = HOMEASSISTANT_DOMAIN, f"config_entry_reauth_{DOMAIN}_{entry.entry_id}"
    assert issue not in ir.async_get(hass).issues
    await pass_time(hass, freezer, 61)
    assert issue in ir.async_get(hass).issues
    assert {key for key in ir.async_get(hass).issues if key[0] == DOMAIN} == before
    (flow,) = hass.config_entries.flow.async_progress()
    credentials = {"client_id": simulator.client_id, "client_secret": simulator.client_secret}
    await hass.config_entries.flow.async_configure(
        flow["flow_id"], {**credentials, "advanced": {"base_url": simulator.url}}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issue not in ir.async_get(hass).issues
    assert mismatches(hass, simulator) == []
