"""The import of Butlr's past into Home Assistant's long-term statistics, held against the truth."""

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
from tests.helpers.registries import device_of, find
from tests.helpers.states import state_of
from tests.helpers.statistics import HOUR, crossed, spaces_with, statistics
from tests.simulator import Simulator

from .past import DAYS, Past, Requests, outage, record, rows_of


@pytest.mark.timeout(300)
async def test_sixty_days(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    wanted: None,
    requests: Requests,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Every hour of every space has its people, entries and exits; once more changes nothing and asks for nothing."""
    assert hass.config.time_zone == "US/Pacific"
    await set_up()
    past = Past(hass, simulator)
    organization = simulator.estate.id
    assert await past.wrong_counts() == []
    # Sums wait until the recorder has begun its own.
    assert state_of(hass, organization, "history_import") == "99"
    await record(hass, freezer)
    await pass_time(hass, freezer, 61)
    assert state_of(hass, organization, "history_import") == "100"
    assert await past.wrong() == []
    assert len(await rows_of(hass)) > 14 * DAYS * 24 - 100

    # The recorder goes on from there.
    seen = int(dt_util.utcnow().timestamp()) // HOUR * HOUR
    await record(hass, freezer, 50)
    assert await past.wrong(seen) == []

    # Nothing is missing: nothing is written and nothing asked, for the phone booth's sensor is known to be dead.
    before = await rows_of(hass)
    requests.hold(None)
    response = await hass.services.async_call(
        DOMAIN, "import_history", {"days": DAYS}, blocking=True, return_response=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await rows_of(hass) == before
    assert response == {"spaces": 0, "hours": 0, "requests": 0}
    assert requests.past == 0


# How many requests each import gets, and how many are left then. All it takes are 27 about people, 4 about the doors of
# floors and 4 about those of rooms; two more of each measurement, for it is not asked about a week at first; and those
# that a silence is held against.
@pytest.mark.parametrize(("ends", "left"), [((0, 5), 40), ((20, 16), 20), ((31, 5), 10)], ids=str)
@pytest.mark.timeout(300)
async def test_killed_in_the_middle(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    requests: Requests,
    freezer: FrozenDateTimeFactory,
    ends: tuple[int, ...],
    left: int,
) -> None:
    """Wherever an import ends, the next one goes on, and in the end it is as if it had been one."""
    await set_up()
    past = Past(hass, simulator, 20)
    await record(hass, freezer, 10)
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: 20})
    for end in ends:
        before = await rows_of(hass)
        requests.hold(end)
        await hass.config_entries.async_setup(entry.entry_id)
        await requests.held.wait()
        await hass.config_entries.async_unload(entry.entry_id)
        assert set(before) <= set(await rows_of(hass))
        assert await past.wrong() != []
    requests.hold(None)
    await set_up()
    assert await past.wrong() == []
    # What was written is not asked for again.
    assert requests.past == left


async def test_an_outage_over_midnight(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Rows that the recorder made up while Home Assistant was off give way to what happened, and sums go on right."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: 3})
    await set_up()
    past = Past(hass, simulator, 3)
    seen = int(dt_util.utcnow().timestamp()) // HOUR * HOUR
    await record(hass, freezer, 15)
    simulator.step()
    await record(hass, freezer, 45)
    assert await past.wrong(seen) == []
    await outage(hass, simulator, freezer, 30)
    # The recorder has rows of all these hours, wrong ones of those in which somebody moved.
    assert len(await past.wrong(seen, seen + HOUR)) > 100
    await hass.config_entries.async_reload(entry.entry_id)
    await record(hass, freezer, 60)
    assert await past.wrong(seen, seen + HOUR, seen + 31 * HOUR) == []


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"])
async def test_days_that_begin_within_an_hour(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    zone: str,
) -> None:
    """Where midnight does not fall on an hour of UTC, days begin at midnight all the same."""
    for site in simulator.estate.sites.values():
        site.timezone = zone
    await set_up()
    await record(hass, freezer, 10)
    past = Past(hass, simulator, 5)
    await choose(hass, entry, history_days=5)
    assert await past.wrong() == []


async def test_only_what_is_targeted(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
) -> None:
    """The action imports a part of the estate, tells how much that is, and leaves the rest alone."""
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
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, requests: Requests
) -> None:
    """Whoever wants another one meanwhile is told to wait."""
    await set_up()
    requests.hold(0)
    await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
    assert raised.value.translation_key == "history_running"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_plan_that_fails_is_no_import(hass: HomeAssistant, set_up: SetUp) -> None:
    """After it the next one can begin."""
    await set_up()
    with patch.object(RecorderStatistics, "downtime", side_effect=RuntimeError), pytest.raises(RuntimeError):
        await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
    await hass.services.async_call(DOMAIN, "import_history", {"days": 1}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_cloud_fails_meanwhile(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It goes on later, by itself, and says nothing that the polls do not say already."""
    past = Past(hass, simulator, 5)
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
    seen = past.start + 5 * 24 * HOUR
    assert await past.wrong(seen) == []


async def test_a_dead_sensor_keeps_nobody_waiting(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What is unavailable gets its entries and exits when it is back; until then the import counts as complete."""
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


async def test_an_action_goes_on_later(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """What an action could not have at once comes by itself, also without the option, and then it is over."""
    await set_up()
    past = Past(hass, simulator, 3)
    simulator.faults.set("reporting", "429", retry_after=5, count=100)
    await hass.services.async_call(DOMAIN, "import_history", {"days": 3}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, simulator.estate.id, "history_import") == "0"
    simulator.faults.clear()
    await pass_time(hass, freezer, 361)
    # The recorder does not know the entities yet.
    assert await past.wrong_counts() == []
    assert state_of(hass, simulator.estate.id, "history_import") == "99"
    await record(hass, freezer, 15)
    assert state_of(hass, simulator.estate.id, "history_import") == "100"
    assert await past.wrong() == []
    assert entry.runtime_data.history._pending == []


async def test_what_was_put_off_is_not_lost(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, known: None, freezer: FrozenDateTimeFactory
) -> None:
    """Imports of other rooms, or of less, that run in between change nothing about it."""

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
    # Both were due; the second was looked for when the first was through.
    assert [await hours(name) for name in ("Boardroom", "Focus Room", "Desk Row A")] == [72, 24, 48]
    assert entry.runtime_data.history._pending == []


def import_request(days: int, *only: str) -> _ImportRequest:
    """Return a request for some spaces, or all."""
    return _ImportRequest(days, frozenset(only) or None)


@pytest.mark.parametrize(
    ("ended", "left"),
    [
        # What could not be had: of as many days together, and nothing twice.
        ([(3, "a", False), (3, "b", False)], [(3, "ab")]),
        ([(3, "a", False), (3, "", False), (3, "b", False)], [(3, "")]),
        ([(3, "ab", False), (2, "a", False)], [(3, "ab")]),
        ([(2, "a", False), (3, "ab", False)], [(3, "ab")]),
        ([(2, "ab", False), (3, "a", False)], [(2, "ab"), (3, "a")]),
        ([(3, "a", False), (2, "", False)], [(3, "a"), (2, "")]),
        # What is there is wanted no more, whoever wanted it.
        ([(3, "a", False), (2, "a", True)], [(3, "a")]),
        ([(3, "a", False), (3, "b", True)], [(3, "a")]),
        ([(3, "a", False), (3, "ab", True)], []),
        ([(3, "a", False), (2, "b", False), (9, "", True)], []),
        ([(3, "", False), (9, "ab", True)], [(3, "")]),
    ],
)
async def test_wishes_that_are_left(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    ended: list[tuple[int, str, bool]],
    left: list[tuple[int, str]],
) -> None:
    """However imports follow upon each other."""
    await set_up()
    history = entry.runtime_data.history
    for days, only, complete in ended:
        history._update_pending(import_request(days, *only), complete=complete)
    assert [(one.days, "".join(sorted(one.only or ()))) for one in history._pending] == left


async def test_more_days_are_wanted(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
    requests: Requests,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Days before those that are there already; fewer days change nothing."""
    await choose(hass, entry, history_days=2)
    past = Past(hass, simulator, 9)
    assert await past.wrong() != []
    await choose(hass, entry, history_days=9)
    assert await past.wrong() == []
    # Of what is complete nothing is asked.
    requests.hold(None)
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
    requests.hold(None)
    await choose(hass, entry, history_days=1)
    assert (await rows_of(hass), requests.past) == (before, 0)
    await choose(hass, entry, history_days=0)
    await pass_time(hass, freezer, 24 * 3600 + 1)
    assert requests.past == 0


async def test_answers_of_any_size(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
) -> None:
    """However few rows an answer may have, and the recorder is read and given at once, the result is the same."""
    past = Past(hass, simulator, 9)
    with patch.object(plan_module, "MAX_ANSWER_ROWS", 400), patch.object(statistics_module, "STATISTICS_BATCH_SIZE", 7):
        await choose(hass, entry, history_days=9)
    assert await past.wrong() == []


async def test_what_is_older_than_wanted_stays_open(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    known: None,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Home Assistant was off for longer than history is wanted: sums go on from what there was before."""
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
async def test_what_is_not_recorded_is_left_out(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Entities that a person excluded, disabled or removed get no statistics."""
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


async def test_an_entity_goes_meanwhile(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    known: None,
) -> None:
    """Nothing is written for an entity that is gone when the answer comes."""

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
    hass: HomeAssistant, entry: MockConfigEntry, wanted: None, requests: Requests
) -> None:
    """Before Home Assistant has started, nobody knows what the recorder will make of the time that it was off."""
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert requests.past == 0
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert requests.past > 0
