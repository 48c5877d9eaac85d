"""Values of the day so far, compared with the itineraries of people; and requests only for enabled entities."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.errors import ButlrConnectionError
from custom_components.butlr.api.questions import Question
from custom_components.butlr.api.reporting import RowHandler
from tests.conftest import SetUp, pass_time
from tests.helpers.itineraries import max_people, occupied_seconds
from tests.helpers.on_demand import Requests, set_enabled, settle
from tests.helpers.registries import find
from tests.helpers.states import entity_of, state_of
from tests.simulator import Simulator, questions as simulated_questions

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
# A Tuesday, half past three in Copenhagen.
AFTERNOON = datetime(2026, 6, 23, 13, 30, 20, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """Return when the tests start."""
    return AFTERNOON


def midnight(freezer: FrozenDateTimeFactory) -> float:
    """Return when the day started in Copenhagen."""
    local = freezer().replace(tzinfo=UTC).astimezone(COPENHAGEN)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp()


def minutes(seconds: float) -> float:
    """Return a duration in the unit of the entities."""
    return seconds / 60


async def test_no_requests_without_subscribers(
    hass: HomeAssistant, set_up: SetUp, freezer: FrozenDateTimeFactory, requests: Requests
) -> None:
    """While all on-demand entities are disabled, no request is made."""
    await set_up()
    for _ in range(5):
        await pass_time(hass, freezer, 1801)
    assert requests == []


async def test_only_enabled_entities_are_requested(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    requests: Requests,
) -> None:
    """One enabled entity makes one request for one room every 15 minutes; a disabled one makes none."""
    await set_up()
    boardroom = find(simulator, "Boardroom")
    await set_enabled(hass, entry, freezer, f"{boardroom}_peak_today")
    ((path, body),) = requests
    assert path == "/api/v3/reporting"
    assert body == {
        "filter": {
            "measurements": ["room_occupancy"],
            "start": "2026-06-22T22:00:00Z",
            "stop": body["filter"]["stop"],
            "rooms": {"eq": [boardroom]},
            "value": {"gte": 0},
        },
        "window": {"every": "1d", "function": "max", "timezone": "Europe/Copenhagen"},
    }
    requests.clear()
    for _ in range(4):
        await pass_time(hass, freezer, 902)
    assert len(requests) == 4
    requests.clear()
    await set_enabled(hass, entry, freezer, f"{boardroom}_peak_today", on=False)
    for _ in range(4):
        await pass_time(hass, freezer, 902)
    assert requests == []


@pytest.mark.parametrize(
    "now",
    [
        AFTERNOON,
        # A day with 25 hours and a day with 23, both after the clocks changed.
        datetime(2026, 10, 25, 21, 45, 10, tzinfo=UTC),
        datetime(2026, 3, 29, 20, 15, 10, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("rooms", [5, 30])
async def test_values_match_the_itineraries(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The peak and the time occupied of every space are right, in the time zone of its site."""
    await set_up()
    await set_enabled(hass, entry, freezer, "_peak_today", "_time_occupied_today")
    estate, since = simulator.estate, midnight(freezer)
    until = freezer().replace(tzinfo=UTC).timestamp()
    compared = 0
    for space_id in (*estate.floors, *estate.rooms, *estate.zones):
        state = state_of(hass, space_id, "time_occupied_today")
        if state in (None, STATE_UNAVAILABLE) or not estate.coverage.sees(space_id):
            continue
        assert float(state) == pytest.approx(minutes(occupied_seconds(simulator, space_id, since, until)), abs=0.02)
        assert state_of(hass, space_id, "peak_today") == str(max_people(simulator, space_id, since, until))
        compared += 1
    assert compared >= 8
    entity_id = entity_of(hass, find(simulator, "Boardroom"), "time_occupied_today") if len(estate.rooms) == 5 else None
    if entity_id and (shown := hass.states.get(entity_id)):
        assert shown.attributes["last_reset"] == datetime.fromtimestamp(since, UTC).isoformat()
        assert shown.attributes["unit_of_measurement"] == "min"


async def test_a_peak_is_shown_immediately(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A higher count is a new peak, which stays when people leave and after a restart."""
    await set_up()
    await set_enabled(hass, entry, freezer, "_peak_today")
    boardroom, cafe = find(simulator, "Boardroom"), find(simulator, "Harbour Café")
    before = {room: int(state_of(hass, room, "peak_today") or -1) for room in (boardroom, cafe)}
    assert before[boardroom] > 0
    for room, peak in before.items():
        for _ in range(peak + 2):
            await simulator.move(to=room)
    await pass_time(hass, freezer, 301)
    assert state_of(hass, boardroom, "people") == state_of(hass, boardroom, "peak_today") == str(before[boardroom] + 2)
    assert state_of(hass, cafe, "peak_today") == str(before[cafe] + 2)
    for _ in range(before[boardroom] + 1):
        await simulator.move(from_=boardroom)
    await pass_time(hass, freezer, 301)
    assert state_of(hass, boardroom, "people") == "1"
    assert state_of(hass, boardroom, "peak_today") == str(before[boardroom] + 2)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, boardroom, "peak_today") == STATE_UNKNOWN
    await settle(hass, freezer)
    assert state_of(hass, boardroom, "peak_today") == str(before[boardroom] + 2)


async def test_a_new_day(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """At the site's midnight values start over with the people who are there; a minute later Butlr is polled."""
    await set_up()
    await set_enabled(hass, entry, freezer, "_peak_today", "_time_occupied_today")
    boardroom, focus = find(simulator, "Boardroom"), find(simulator, "Focus Room")
    for _ in range(9):
        await simulator.move(to=boardroom)
    await pass_time(hass, freezer, 61)
    await pass_time(hass, freezer, 61)
    assert state_of(hass, boardroom, "peak_today") == "9"
    for _ in range(8):
        await simulator.move(from_=boardroom)
    freezer.move_to(datetime(2026, 6, 23, 21, 59, 30, tzinfo=UTC))
    await pass_time(hass, freezer, 0)
    await settle(hass, freezer)
    assert state_of(hass, boardroom, "peak_today") == "9"
    assert float(state_of(hass, boardroom, "time_occupied_today") or 0) > 60
    number_before = len(simulator.requests)
    freezer.move_to(datetime(2026, 6, 23, 22, 0, 5, tzinfo=UTC))
    await pass_time(hass, freezer, 6)
    assert state_of(hass, boardroom, "peak_today") == "1"
    assert state_of(hass, focus, "peak_today") == "0"
    assert float(state_of(hass, boardroom, "time_occupied_today") or -1) == 0
    entity_id = entity_of(hass, boardroom, "time_occupied_today") or ""
    shown = hass.states.get(entity_id)
    assert shown
    assert shown.attributes["last_reset"] == "2026-06-23T22:00:00+00:00"
    kinds = [record.kind for record in simulator.requests[number_before:]]
    assert "room_presence_time_secs" not in kinds
    await pass_time(hass, freezer, 60)
    await settle(hass, freezer)
    kinds = [record.kind for record in simulator.requests[number_before:]]
    assert kinds.count("room_presence_time_secs") == 1
    assert 1 <= float(state_of(hass, boardroom, "time_occupied_today") or -1) <= 2
    assert state_of(hass, boardroom, "peak_today") == "1"
    assert float(state_of(hass, focus, "time_occupied_today") or -1) == 0


async def test_values_expire_in_an_outage(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In a long outage the time occupied becomes unknown, and the peak stays. The outage is logged once."""
    await set_up()
    await set_enabled(hass, entry, freezer, "_peak_today", "_time_occupied_today")
    boardroom = find(simulator, "Boardroom")
    peak, time = (state_of(hass, boardroom, key) for key in ("peak_today", "time_occupied_today"))
    today = entry.runtime_data.today

    async def fail(*_: Any) -> None:
        raise ButlrConnectionError("HTTP 500")

    with patch.object(today._reporter, "ask", fail):
        for _ in range(23):
            await pass_time(hass, freezer, 61)
        assert state_of(hass, boardroom, "time_occupied_today") == time
        for _ in range(4):
            await pass_time(hass, freezer, 61)
        assert state_of(hass, boardroom, "time_occupied_today") == STATE_UNKNOWN
        assert state_of(hass, boardroom, "peak_today") == peak
    assert caplog.text.count("Error fetching Butlr daily values data") == 1
    await pass_time(hass, freezer, 61)
    await settle(hass, freezer)
    assert float(state_of(hass, boardroom, "time_occupied_today") or -1) == float(time or 0)
    assert not today.failing


async def test_a_day_that_started_in_an_outage(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """After a night without answers values are unknown until Butlr answers."""
    await set_up()
    await set_enabled(hass, entry, freezer, "_peak_today", "_time_occupied_today")
    boardroom = find(simulator, "Boardroom")

    async def fail(*_: Any) -> None:
        raise ButlrConnectionError("HTTP 500")

    with patch.object(entry.runtime_data.today._reporter, "ask", fail):
        await pass_time(hass, freezer, 20 * 3600)
        await pass_time(hass, freezer, 61)
        assert state_of(hass, boardroom, "time_occupied_today") == STATE_UNKNOWN
    await pass_time(hass, freezer, 61)
    await settle(hass, freezer)
    assert float(state_of(hass, boardroom, "time_occupied_today") or -1) == 0


async def test_unsupported_measurements(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    requests: Requests,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two measurement names are undocumented. If Butlr rejects one, that is logged once and the rest still works."""
    known = simulated_questions.MEASUREMENTS - {"room_presence_time_secs"}
    monkeypatch.setattr(simulated_questions, "MEASUREMENTS", known)
    await set_up()
    await set_enabled(hass, entry, freezer, "_peak_today", "_time_occupied_today")
    boardroom, desks = find(simulator, "Boardroom"), find(simulator, "Desk Row A")
    for _ in range(2):
        await pass_time(hass, freezer, 902)
    assert state_of(hass, boardroom, "time_occupied_today") == STATE_UNKNOWN
    assert float(state_of(hass, desks, "time_occupied_today") or 0) > 0
    assert int(state_of(hass, boardroom, "peak_today") or 0) > 0
    assert not entry.runtime_data.today.failing
    names = [body["filter"]["measurements"][0] for _, body in requests]
    assert names.count("room_presence_time_secs") == 1
    assert names.count("zone_presence_time_secs") == 3
    assert caplog.text.count("Butlr does not support the measurement room_presence_time_secs") == 1
    monkeypatch.setattr(simulated_questions, "MEASUREMENTS", known - {"floor_presence_time_secs"})
    await pass_time(hass, freezer, 902)
    # This measurement is documented, so a rejection is a failure.
    assert entry.runtime_data.today.failing
    await set_enabled(hass, entry, freezer, "_time_occupied_today", on=False)
    await pass_time(hass, freezer, 61)
    assert not entry.runtime_data.today.failing


async def test_a_failing_poll_without_subscribers(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A failing poll that loses its last subscriber no longer counts as an outage."""
    await set_up()
    (entity_id,) = await set_enabled(hass, entry, freezer, f"{find(simulator, 'Boardroom')}_peak_today")
    today = entry.runtime_data.today

    async def fail(*_: Any) -> None:
        raise ButlrConnectionError("HTTP 500")

    with patch.object(today._reporter, "ask", fail):
        await pass_time(hass, freezer, 902)
        assert today.cloud_is_down
        er.async_get(hass).async_remove(entity_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert not today.cloud_is_down
    assert today.demands() == set()


async def test_an_entity_can_be_updated(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    requests: Requests,
) -> None:
    """The update action polls the values, and a removed room is no longer polled."""
    await set_up()
    boardroom = find(simulator, "Boardroom")
    (entity_id,) = await set_enabled(hass, entry, freezer, f"{boardroom}_time_occupied_today")
    before = len(requests)
    await pass_time(hass, freezer, timedelta(minutes=1).total_seconds())
    entity = hass.data["entity_components"]["sensor"].get_entity(entity_id)
    await entity.async_update()
    await settle(hass, freezer)
    assert len(requests) == before + 1
    simulator.estate.remove(boardroom)
    await pass_time(hass, freezer, 601)
    await settle(hass, freezer)
    assert hass.states.get(entity_id) is None
    assert entry.runtime_data.today.demands() == set()


async def test_subscribing_during_a_poll(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    requests: Requests,
) -> None:
    """A value that is subscribed to during a poll is polled right after it, not 15 minutes later."""
    await set_up()
    boardroom, focus = find(simulator, "Boardroom"), find(simulator, "Focus Room")
    today = entry.runtime_data.today
    unsubscribe = [await today.subscribe("peak_today", boardroom, lambda: None)]
    ask = today._reporter.ask

    async def slowly(question: Question, take: RowHandler) -> None:
        if len(unsubscribe) == 1:
            unsubscribe.append(await today.subscribe("peak_today", focus, lambda: None))
        await ask(question, take)

    with patch.object(today._reporter, "ask", slowly):
        await settle(hass, freezer)
    assert [body["filter"]["rooms"]["eq"] for _, body in requests] == [[boardroom], sorted([boardroom, focus])]
    assert today.peak(focus, None) is not None
    for call in unsubscribe:
        call()
    await pass_time(hass, freezer, 902)
    assert len(requests) == 2
