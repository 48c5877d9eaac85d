"""Pushes that stop, and pushes that cannot be: noticed, healed, told to the person, and taken back."""

from http import HTTPStatus

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_WEBHOOK_SECRET, DOMAIN
from custom_components.butlr.coordinator import OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH
from custom_components.butlr.issues.issue import FIXABLE_ISSUES, Issue, issue_id
from custom_components.butlr.push.supervisor import RECOUNT_DELAY
from custom_components.butlr.push.webhook import REFUSALS_BEFORE_WARNING
from tests.conftest import Http, SetUp, pass_time
from tests.helpers.push import both_webhooks, occupancy_event, room_id, secret_header, webhook_path
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator


@pytest.fixture(autouse=True)
def _noon(freezer: FrozenDateTimeFactory) -> None:
    """Keep away from midnight, at which totals begin anew."""
    freezer.move_to("2026-11-25T11:00:00Z")


def told(hass: HomeAssistant, entry: MockConfigEntry) -> set[Issue]:
    """Return what Repairs tells of the entry."""
    issues = ir.async_get(hass)
    return {issue for issue in Issue if issues.async_get_issue(DOMAIN, issue_id(entry, issue))}


def text(hass: HomeAssistant, entry: MockConfigEntry, issue: Issue) -> dict[str, str]:
    """Return the placeholders of an issue."""
    found = ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, issue))
    assert found is not None
    assert found.is_fixable == (issue in FIXABLE_ISSUES)
    return found.translation_placeholders or {}


async def poll_for(hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: int) -> None:
    """Let minutes pass, one by one, with every poll that is due."""
    for _ in range(minutes):
        await pass_time(hass, freezer, 60.5)


async def proven(hass: HomeAssistant, simulator: Simulator, set_up: SetUp) -> None:
    """Set up, and let the first event prove that pushes arrive."""
    await set_up()
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, simulator.estate.id, "update_mode") == "push"


def mode(hass: HomeAssistant, simulator: Simulator) -> str | None:
    """Return what the entity about the mode shows."""
    return state_of(hass, simulator.estate.id, "update_mode")


# -- pushes that stop -------------------------------------------------------------------------------------------------


async def test_pushes_that_stop_are_noticed_told_and_forgiven(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The next polls find it: polling at the usual pace, a look at the subscription, a repair after half an hour."""
    await proven(hass, simulator, set_up)
    await poll_for(hass, freezer, 12)
    assert mode(hass, simulator) == "push"
    simulator.settings.loss = 1.0
    simulator.requests.clear()
    await simulator.move(to=room_id(simulator, "Focus Room"))
    await poll_for(hass, freezer, 9)
    assert mode(hass, simulator) == "polling"
    assert entry.runtime_data.occupancy.update_interval == OCCUPANCY_INTERVAL
    assert [request.kind for request in simulator.requests if "Webhook" in request.kind] == ["Webhooks"]
    assert [line for line in mismatches(hass, simulator) if " motion: " not in line] == []
    assert told(hass, entry) == set()
    await poll_for(hass, freezer, 31)
    assert told(hass, entry) == {Issue.PUSHES_MISSED}
    assert text(hass, entry, Issue.PUSHES_MISSED) == {"entry": "Harbour Campus"}
    # Quiet all the while: the subscription was looked at once more.
    assert len([request for request in simulator.requests if "Webhook" in request.kind]) == 2
    simulator.settings.loss = 0.0
    for name in ("Focus Room", "Boardroom"):
        await simulator.move(to=room_id(simulator, name))
    assert told(hass, entry) == {Issue.PUSHES_MISSED}
    await poll_for(hass, freezer, 6)
    assert mode(hass, simulator) == "push"
    assert entry.runtime_data.occupancy.interval == OCCUPANCY_INTERVAL_WITH_PUSH
    assert told(hass, entry) == set()
    assert mismatches(hass, simulator) == []


async def test_crossings_that_stop(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Where only the crossings are missing, the poll of traffic finds it."""
    await proven(hass, simulator, set_up)
    await poll_for(hass, freezer, 6)
    _, webhook = both_webhooks(simulator)
    webhook.event_types.remove("TRAFFIC")
    await simulator.move(to=room_id(simulator, "Boardroom"))
    await poll_for(hass, freezer, 6)
    webhook.event_types.append("TRAFFIC")
    await poll_for(hass, freezer, 6)
    assert mode(hass, simulator) == "polling"
    assert mismatches(hass, simulator) == []


async def test_one_type_that_stops(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Others that go on arriving do not hide it, and what is wrong at Butlr is put right."""
    await proven(hass, simulator, set_up)
    await poll_for(hass, freezer, 2)
    webhook, _ = both_webhooks(simulator)
    webhook.event_types.remove("ROOM_OCCUPANCY")
    await simulator.move(to=room_id(simulator, "Boardroom"))
    await poll_for(hass, freezer, 9)
    webhook, _ = both_webhooks(simulator)
    assert "ROOM_OCCUPANCY" in webhook.event_types
    assert mode(hass, simulator) == "polling"
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert mode(hass, simulator) == "push"
    assert told(hass, entry) == set()


async def test_a_subscription_that_vanishes_is_made_anew(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Somebody deleted it at Butlr: the polls find out, and the first event proves the new one."""
    await proven(hass, simulator, set_up)
    await poll_for(hass, freezer, 2)
    simulator.dispatcher.webhooks.clear()
    await simulator.move(to=room_id(simulator, "Boardroom"))
    await poll_for(hass, freezer, 9)
    assert len(simulator.webhooks) == 2
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert mode(hass, simulator) == "push"


async def test_after_an_outage_the_subscription_is_looked_at(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A cloud that comes back may have forgotten it."""
    await proven(hass, simulator, set_up)
    for endpoint in ("login", "graphql", "reporting"):
        simulator.faults.set(endpoint, "drop")
    await poll_for(hass, freezer, 6)
    simulator.dispatcher.webhooks.clear()
    simulator.faults.clear()
    await poll_for(hass, freezer, 2)
    assert len(simulator.webhooks) == 2


async def test_an_address_that_nobody_reaches(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Registered, but nothing ever arrives: polling from the beginning, and told when people moved meanwhile."""
    simulator.settings.retry_delays = ()
    hass.config.external_url = "http://127.0.0.1:9"
    await set_up()
    await poll_for(hass, freezer, 60)
    assert told(hass, entry) == set()
    await simulator.move(to=room_id(simulator, "Boardroom"))
    await poll_for(hass, freezer, 40)
    assert mode(hass, simulator) == "polling"
    assert told(hass, entry) == {Issue.PUSHES_MISSED}
    assert mismatches(hass, simulator) == []
    assert state_of(hass, room_id(simulator, "Boardroom"), "motion") == STATE_UNKNOWN


async def test_last_push_tells_the_truth(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It moves with every authenticated event of this organization, and with nothing else."""
    await set_up()
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id("sensor", DOMAIN, f"{simulator.estate.id}_last_push")
    assert entity_id is not None
    registry.async_update_entity(entity_id, disabled_by=None)
    # Home Assistant reloads the entry half a minute after that.
    await pass_time(hass, freezer, 31)
    organization = simulator.estate.id
    assert state_of(hass, organization, "last_push") == STATE_UNKNOWN
    foreign = occupancy_event(simulator, metadata={"org_id": "org_x", "room_id": "room_x"})
    await reachable.post(webhook_path(entry), json=foreign, headers=secret_header(entry))
    await reachable.post(webhook_path(entry), json=occupancy_event(simulator))
    assert state_of(hass, organization, "last_push") == STATE_UNKNOWN
    freezer.move_to("2026-11-25T11:30:00Z")
    await reachable.post(webhook_path(entry), json=occupancy_event(simulator), headers=secret_header(entry))
    assert state_of(hass, organization, "last_push") == "2026-11-25T11:30:00+00:00"
    await poll_for(hass, freezer, 6)
    assert state_of(hass, organization, "last_push") == "2026-11-25T11:30:00+00:00"


# -- pushes that cannot be --------------------------------------------------------------------------------------------


async def test_without_a_public_address_one_note(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It says what to do, is not tried again in a loop, can be ignored for good, and goes when there is one."""
    hass.config.external_url = None
    await set_up()
    assert told(hass, entry) == {Issue.NO_PUBLIC_URL}
    assert text(hass, entry, Issue.NO_PUBLIC_URL) == {"entry": "Harbour Campus"}
    ir.async_ignore_issue(hass, DOMAIN, issue_id(entry, Issue.NO_PUBLIC_URL), ignore=True)
    simulator.requests.clear()
    await poll_for(hass, freezer, 35)
    assert "Webhooks" not in {request.kind for request in simulator.requests}
    assert mismatches(hass, simulator) == []
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.NO_PUBLIC_URL))
    assert issue is not None
    assert issue.dismissed_version is not None
    await hass.config.async_update(external_url=str(reachable.make_url("")).rstrip("/"))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(hass, entry) == set()
    assert len(simulator.webhooks) == 2


@pytest.mark.parametrize("permission", ["403", "forbidden"])
async def test_without_permission_polling_serves(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    permission: str,
) -> None:
    """Credentials that may not subscribe are good for everything else; one message says so, nobody tries in a loop."""
    simulator.settings.webhook_permission = permission
    assert await set_up()
    assert mode(hass, simulator) == "polling"
    assert mismatches(hass, simulator) == []
    assert hass.config_entries.flow.async_progress() == []
    assert told(hass, entry) == {Issue.WEBHOOKS_NOT_ALLOWED}
    simulator.requests.clear()
    await poll_for(hass, freezer, 35)
    assert "Webhooks" not in {request.kind for request in simulator.requests}


async def test_a_webhook_that_butlr_refuses(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Refused as it stands, with every event type: settled, and told."""
    simulator.settings.require_https = True
    await set_up()
    assert told(hass, entry) == {Issue.WEBHOOK_REFUSED}
    assert simulator.webhooks == []
    simulator.requests.clear()
    await poll_for(hass, freezer, 35)
    assert not [request for request in simulator.requests if "Webhook" in request.kind]
    assert mismatches(hass, simulator) == []


async def test_who_holds_what_is_told(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """By name and host, with what serves instead; no address, no secret, no formatting that a name could smuggle in."""
    foreign = simulator.add_foreign_webhook(["ROOM_OCCUPANCY", "TRAFFIC"], "BMS `of`\n the [house](http://x)")
    foreign.url = "https://user:pass@bms.example.org:8443/hook/secret-path?token=secret"
    await set_up()
    assert told(hass, entry) == {Issue.CLAIMED}
    assert text(hass, entry, Issue.CLAIMED)["webhooks"].splitlines() == [
        "- ROOM_OCCUPANCY → ROOM_OCCUPANCY_1MIN: `BMS 'of' the [house](http://x)` (bms.example.org)",
        "- TRAFFIC → -: `BMS 'of' the [house](http://x)` (bms.example.org)",
    ]
    assert foreign in simulator.webhooks


# -- messages end with what they are about ----------------------------------------------------------------------------


async def test_messages_go_with_the_entry(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Disabled or removed, an entry has nothing to complain about."""
    simulator.add_foreign_webhook(["TRAFFIC"])
    await set_up()
    assert told(hass, entry) == {Issue.CLAIMED}
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert told(hass, entry) == set()
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(hass, entry) == {Issue.CLAIMED}
    await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass, entry) == set()


# -- the secret -------------------------------------------------------------------------------------------------------


async def test_reconfigure_replaces_the_secret(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Butlr is told the new one, the old one opens nothing any more, and pushes go on."""
    await proven(hass, simulator, set_up)
    old = secret_header(entry)
    form = await entry.start_reconfigure_flow(hass)
    await hass.config_entries.flow.async_configure(
        form["flow_id"],
        {
            "client_id": simulator.client_id,
            "client_secret": simulator.client_secret,
            "advanced": {"base_url": simulator.url},
        },
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert secret_header(entry) != old
    for webhook in both_webhooks(simulator):
        assert webhook.api_key is not None
        assert webhook.api_key["value"] == entry.data[CONF_WEBHOOK_SECRET]
    response = await reachable.post(webhook_path(entry), json=occupancy_event(simulator), headers=old)
    assert response.status == HTTPStatus.UNAUTHORIZED
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert mode(hass, simulator) == "push"
    # What happened right before the reload is counted a little later.
    await pass_time(hass, freezer, RECOUNT_DELAY + 1)
    assert mismatches(hass, simulator) == []


async def test_a_flood_of_strangers_is_worth_one_line(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log says once that somebody knocks; it says neither where nor with what."""
    await set_up()
    caplog.clear()
    for _ in range(3 * REFUSALS_BEFORE_WARNING):
        await reachable.post(
            webhook_path(entry), json=occupancy_event(simulator), headers={"X-Butlr-Webhook-Secret": "guess"}
        )
    lines = [record for record in caplog.records if record.levelname == "WARNING" and "butlr" in record.name]
    assert len(lines) == 1
    assert entry.data["webhook_id"] not in lines[0].getMessage()
    assert "guess" not in lines[0].getMessage()
