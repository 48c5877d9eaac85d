"""The import of Butlr's past into long-term statistics, compared with the truth hour by hour."""

import logging
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.budget import Budget
from custom_components.butlr.const import CONF_HISTORY_DAYS, DOMAIN
from custom_components.butlr.history import plan as plan_module, statistics as statistics_module
from custom_components.butlr.history.importer import _ImportRequest
from custom_components.butlr.history.statistics import RecorderStatistics
from tests.conftest import SetUp, choose, pass_time
from tests.helpers.history import HistoryCheck, HistoryRequests, outage, record, rows_of
from tests.helpers.registries import device_of, find
from tests.helpers.states import state_of
from tests.helpers.statistics import HOUR, crossed, spaces_with, statistics
from tests.simulator import Simulator

from .conftest import DAYS, NOW

pytestmark = pytest.mark.recorder(NOW)


@pytest.mark.timeout(300)
async def test_sixty_days(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    history_wanted: None,
    requests: HistoryRequests,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Every hour of every space gets its people, entries and exits; a second import writes and requests nothing."""
    assert hass.config.time_zone == "US/Pacific"
    await set_up()
    check = HistoryCheck(hass, simulator, DAYS)
    organization = simulator.estate.id
    assert await check.wrong_counts() == []
    # Sums wait for the recorder's first row of the entity.
    assert state_of(hass, organization, "history_import") == "99"
    await record(hass, freezer)
    await pass_time(hass, freezer, 61)
    assert state_of(hass, organization, "history_import") == "100"
    assert await check.wrong() == []
    assert len(await rows_of(hass)) > 14 * DAYS * 24 - 100

    # The recorder continues the imported sums.
    seen = int(dt_util.utcnow().timestamp()) // HOUR * HOUR
    await record(hass, freezer, 50)
    assert await check.wrong(seen) == []

    # Nothing is missing: the sensor of the phone booth is known to be offline.
    before = await rows_of(hass)
    requests.pause_after(None)
    response = await hass.services.async_call(
        DOMAIN, "import_history", {"days": DAYS}, blocking=True, return_response=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await rows_of(hass) == before
    assert response == {"spaces": 0, "hours": 0, "requests": 0}
    assert requests.count == 0


# After how many requests each import is killed, and how many requests the last one needs. An import takes 27 requests
# for people, 4 for the doors of floors and 4 for those of rooms; two more for each measurement, because the first
# request covers less than a week; and those that check whether an empty answer can be right.
@pytest.mark.parametrize(("limits", "left"), [((0, 20), 31), ((31, 5), 10)], ids=str)
@pytest.mark.timeout(300)
async def test_killed_in_the_middle(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    requests: HistoryRequests,
    freezer: FrozenDateTimeFactory,
    limits: tuple[int, ...],
    left: int,
) -> None:
    """Wherever an import is killed, the next one continues, and the result is the same."""
    await set_up()
    check = HistoryCheck(hass, simulator, 20)
    await record(hass, freezer, 10)
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: 20})
    for limit in limits:
        before = await rows_of(hass)
        requests.pause_after(limit)
        await hass.config_entries.async_setup(entry.entry_id)
        await requests.paused.wait()
        await hass.config_entries.async_unload(entry.entry_id)
        assert set(before) <= set(await rows_of(hass))
        assert await check.wrong() != []
    requests.pause_after(None)
    await set_up()
    assert await check.wrong() == []
    # Hours that were written are not requested again.
    assert requests.count == left


async def test_a_downtime_over_midnight(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """What happened replaces the rows that the recorder made up for a downtime, and sums continue correctly."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: 3})
    await set_up()
    check = HistoryCheck(hass, simulator, 3)
    seen = int(dt_util.utcnow().timestamp()) // HOUR * HOUR
    await record(hass, freezer, 15)
    simulator.step()
    await record(hass, freezer, 45)
    assert await check.wrong(seen) == []
    await outage(hass, simulator, freezer, 30)
    # The recorder has rows of all these hours; those of hours in which somebody moved are wrong.
    assert len(await check.wrong(seen, seen + HOUR)) > 100
    await hass.config_entries.async_reload(entry.entry_id)
    await record(hass, freezer, 60)
    assert await check.wrong(seen, seen + HOUR, seen + 31 * HOUR) == []
    # Quiet hours of the downtime are right, too, so they are not imported again.
    response = await hass.services.async_call(
        DOMAIN, "import_history", {"days": 3}, blocking=True, return_response=True
    )
    assert response == {"spaces": 0, "hours": 0, "requests": 0}


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Lord_Howe"])
async def test_midnight_within_an_hour(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    zone: str,
) -> None:
    """Days begin at midnight, even where that is not a full hour in UTC."""
    for site in simulator.estate.sites.values():
        site.timezone = zone
    await set_up()
    await record(hass, freezer, 10)
    check = HistoryCheck(hass, simulator, 5)
    await choose(hass, entry, history_days=5)
    assert await check.wrong() == []


async def test_only_targeted_spaces(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
) -> None:
    """The action imports the targeted spaces, returns how much is missing, and leaves other spaces alone."""
    boardroom = find(simulator, "Boardroom")
    target = {"device_id": device_of(hass, entry, boardroom).id}
    response = await hass.services.async_call(
        DOMAIN, "import_history", {"days": 3, **target}, blocking=True, return_response=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert response == {"spaces": 1, "hours": 72, "requests": 3}
    rows = await statistics(hass, set(spaces_with(hass, simulator, "people").values()))
    assert {entity_id: len(found) for entity_id, found in rows.items()} == {"sensor.boardroom_people": 72}


async def test_one_import_at_a_time(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, requests: HistoryRequests
) -> None:
    """A second import is refused while one is running."""
    await set_up()
    requests.pause_after(0)
    await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
    assert raised.value.translation_key == "history_running"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_failed_plan_does_not_block_imports(hass: HomeAssistant, set_up: SetUp) -> None:
    """The next import can start after a plan that failed."""
    await set_up()
    with patch.object(RecorderStatistics, "downtime", side_effect=RuntimeError), pytest.raises(RuntimeError):
        await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
    await hass.services.async_call(DOMAIN, "import_history", {"days": 1}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_cloud_fails_during_an_import(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The import continues later by itself, and logs nothing that the polls do not log."""
    check = HistoryCheck(hass, simulator, 5)
    simulator.faults.set("reporting", "429", retry_after=5, count=100)
    caplog.clear()
    await choose(hass, entry, history_days=5)
    assert state_of(hass, simulator.estate.id, "history_import") == "0"
    assert not [line for line in caplog.records if line.levelno > logging.INFO and "history" in line.message]
    simulator.faults.clear()
    await pass_time(hass, freezer, 300)
    assert state_of(hass, simulator.estate.id, "history_import") == "0"
    await pass_time(hass, freezer, 61)
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    seen = check.start + 5 * 24 * HOUR
    assert await check.wrong(seen) == []


async def test_an_offline_sensor_does_not_delay_the_import(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An unavailable entity gets its entries and exits when it is back; until then the import counts as complete."""
    lobby = find(simulator, "Lobby")
    for sensor in simulator.estate.coverage.traffic_sensors(lobby):
        sensor.is_online = False
    await set_up()
    await record(hass, freezer, 10)
    await choose(hass, entry, history_days=2)
    assert state_of(hass, lobby, "entries_today") == "unavailable"
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    entities = {"sensor.lobby_entries_today", "sensor.harbour_cafe_entries_today"}
    rows = await statistics(hass, entities)
    assert {one: len(found) for one, found in rows.items()} == {"sensor.harbour_cafe_entries_today": 48}


async def test_an_action_continues_later(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """An incomplete import of the action continues by itself, even if the options ask for none, and then ends."""
    await set_up()
    check = HistoryCheck(hass, simulator, 3)
    simulator.faults.set("reporting", "429", retry_after=5, count=100)
    await hass.services.async_call(DOMAIN, "import_history", {"days": 3}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, simulator.estate.id, "history_import") == "0"
    simulator.faults.clear()
    await pass_time(hass, freezer, 361)
    # The recorder has no rows of the entities yet.
    assert await check.wrong_counts() == []
    assert state_of(hass, simulator.estate.id, "history_import") == "99"
    await record(hass, freezer, 15)
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    assert await check.wrong() == []
    assert entry.runtime_data.history._pending == []


async def test_incomplete_imports_are_not_lost(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, recorded: None, freezer: FrozenDateTimeFactory
) -> None:
    """Imports of other rooms or fewer days in between do not replace an incomplete import."""

    async def begin(days: int, *names: str) -> None:
        target = {"device_id": [device_of(hass, entry, find(simulator, name)).id for name in names]}
        await hass.services.async_call(DOMAIN, "import_history", {"days": days, **target}, blocking=True)
        await hass.async_block_till_done(wait_background_tasks=True)

    async def hours(name: str) -> int:
        entity_id = spaces_with(hass, simulator, "people")[find(simulator, name)]
        return len((await statistics(hass, {entity_id})).get(entity_id, []))

    simulator.faults.set("reporting", "429", retry_after=5, count=100)
    await begin(3, "Boardroom")
    await begin(2, "Boardroom", "Desk Row A")
    simulator.faults.clear()
    freezer.tick(6)
    await begin(1, "Boardroom", "Focus Room")
    assert [await hours(name) for name in ("Boardroom", "Focus Room", "Desk Row A")] == [24, 24, 0]
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    for _ in range(8):
        await pass_time(hass, freezer, 60)
    # Both were due; the second started after the first.
    assert [await hours(name) for name in ("Boardroom", "Focus Room", "Desk Row A")] == [72, 24, 48]
    assert entry.runtime_data.history._pending == []


def import_request(days: int, *only: str) -> _ImportRequest:
    """Return a request for some spaces, or all."""
    return _ImportRequest(days, frozenset(only) or None)


@pytest.mark.parametrize(
    ("ended", "pending"),
    [
        # Incomplete requests of as many days are merged, and none is kept twice.
        ([(3, "a", False), (3, "b", False)], [(3, "ab")]),
        ([(3, "a", False), (3, "", False), (3, "b", False)], [(3, "")]),
        ([(3, "ab", False), (2, "a", False)], [(3, "ab")]),
        ([(2, "a", False), (3, "ab", False)], [(3, "ab")]),
        ([(2, "ab", False), (3, "a", False)], [(2, "ab"), (3, "a")]),
        ([(3, "a", False), (2, "", False)], [(3, "a"), (2, "")]),
        # A complete import ends every request that it covers.
        ([(3, "a", False), (2, "a", True)], [(3, "a")]),
        ([(3, "a", False), (3, "b", True)], [(3, "a")]),
        ([(3, "a", False), (3, "ab", True)], []),
        ([(3, "a", False), (2, "b", False), (9, "", True)], []),
        ([(3, "", False), (9, "ab", True)], [(3, "")]),
    ],
)
async def test_pending_requests(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    ended: list[tuple[int, str, bool]],
    pending: list[tuple[int, str]],
) -> None:
    """Incomplete requests stay until they are covered, in whatever order imports end."""
    await set_up()
    history = entry.runtime_data.history
    for days, only, complete in ended:
        history._update_pending(import_request(days, *only), complete=complete)
    assert [(one.days, "".join(sorted(one.only or ()))) for one in history._pending] == pending


async def test_more_days(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
    requests: HistoryRequests,
    freezer: FrozenDateTimeFactory,
) -> None:
    """More days are imported in addition; fewer days change nothing."""
    await choose(hass, entry, history_days=2)
    check = HistoryCheck(hass, simulator, 9)
    assert await check.wrong() != []
    await choose(hass, entry, history_days=9)
    assert await check.wrong() == []
    # Complete hours are not requested.
    requests.pause_after(None)
    before = await rows_of(hass)
    response = await hass.services.async_call(
        DOMAIN, "import_history", {"days": 9}, blocking=True, return_response=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert response == {"spaces": 0, "hours": 0, "requests": 0}
    lobby = {"device_id": device_of(hass, entry, find(simulator, "Lobby")).id}
    response = await hass.services.async_call(
        DOMAIN, "import_history", {"days": 9, **lobby}, blocking=True, return_response=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert response == {"spaces": 0, "hours": 0, "requests": 0}
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    requests.pause_after(None)
    await choose(hass, entry, history_days=1)
    assert (await rows_of(hass), requests.count) == (before, 0)
    await choose(hass, entry, history_days=0)
    await pass_time(hass, freezer, 24 * 3600 + 1)
    assert requests.count == 0


async def test_answers_and_batches_of_any_size(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
) -> None:
    """The sizes of answers and batches do not change the result."""
    check = HistoryCheck(hass, simulator, 9)
    with patch.object(plan_module, "MAX_ANSWER_ROWS", 400), patch.object(statistics_module, "STATISTICS_BATCH_SIZE", 7):
        await choose(hass, entry, history_days=9)
    assert await check.wrong() == []


async def test_a_downtime_longer_than_history_days(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    recorded: None,
    freezer: FrozenDateTimeFactory,
) -> None:
    """After a downtime longer than the days of history, sums continue the last row before it."""
    await choose(hass, entry, history_days=2)
    before = {one: rows[-1] for one, rows in (await statistics(hass, SUMS)).items()}
    assert len(before) == len(SUMS)
    for _ in range(30 * 24):
        freezer.tick(HOUR)
        simulator.step()
    await hass.config_entries.async_reload(entry.entry_id)
    await record(hass, freezer, 10)
    await pass_time(hass, freezer, 601)
    start = int(dt_util.utcnow().timestamp()) // HOUR * HOUR - 2 * 24 * HOUR
    for entity_id, rows in (await statistics(hass, SUMS, start)).items():
        space = next(one for one, of in spaces_with(hass, simulator, entity_id[-13:]).items() if of == entity_id)
        crossings = [crossed(simulator, space, int(row["start"]), int(row["start"]) + HOUR)[0] for row in rows]
        assert len(rows) == 48
        assert [row["change"] for row in rows] == crossings
        assert rows[0]["sum"] == before[entity_id]["sum"] + crossings[0]


SUMS = {"sensor.lobby_entries_today", "sensor.ground_floor_entries_today"}


@pytest.mark.parametrize("recorder_config", [{"exclude": {"entity_globs": ["sensor.boardroom_*"]}}])
async def test_excluded_and_disabled_entities(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    recorder_config: dict[str, object],
) -> None:
    """Entities that a person excluded or disabled get no statistics."""
    await set_up()
    er.async_get(hass).async_update_entity("sensor.lobby_entries_today", disabled_by=er.RegistryEntryDisabler.USER)
    await hass.config_entries.async_reload(entry.entry_id)
    await record(hass, freezer, 10)
    await choose(hass, entry, history_days=1)
    rows = await statistics(
        hass, {state.entity_id for state in hass.states.async_all()} | {"sensor.lobby_entries_today"}
    )
    assert "sensor.focus_room_people" in rows
    assert "sensor.lobby_exits_today" in rows
    assert not rows.keys() & {"sensor.boardroom_people", "sensor.lobby_entries_today"}


async def test_an_entity_is_removed_during_an_import(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    recorded: None,
) -> None:
    """Nothing is written for an entity that was removed before the answer arrived."""

    async def spend(*, background: bool = False, after_people: bool = False) -> None:
        if background:
            hass.states.async_remove("sensor.boardroom_people")
            hass.states.async_remove("sensor.lobby_entries_today")

    with patch.object(Budget, "spend", side_effect=spend):
        await choose(hass, entry, history_days=1)
    rows = await statistics(hass, {"sensor.boardroom_people", "sensor.lobby_entries_today", "sensor.lobby_exits_today"})
    assert len(rows["sensor.lobby_exits_today"]) == 24
    assert "sensor.boardroom_people" not in rows
    assert not rows.get("sensor.lobby_entries_today")


async def test_history_waits_for_the_start(
    hass: HomeAssistant, entry: MockConfigEntry, history_wanted: None, requests: HistoryRequests
) -> None:
    """Only when Home Assistant has started does the recorder make up rows for its downtime."""
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert requests.count == 0
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert requests.count > 0
