"""Typical numbers of people, compared with the itineraries of the last four weeks; and the busyness sensors."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import SetUp, pass_time
from tests.helpers.itineraries import average_people
from tests.helpers.on_demand import Requests, set_enabled, settle
from tests.helpers.open_readings import READINGS
from tests.helpers.registries import find
from tests.helpers.states import state_of
from tests.simulator import Simulator

# A Tuesday, twenty past three in Copenhagen.
AFTERNOON = datetime(2026, 6, 23, 13, 20, 20, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """Return when the tests start."""
    return AFTERNOON


def hourly(requests: Requests) -> Requests:
    """Return the requests for an hour. The others detect how the cloud spells weekdays."""
    return [(path, body) for path, body in requests if "time_ranges" in body.get("filters", {})]


def expected_average(simulator: Simulator, space_id: str, now: datetime, zone: str = "Europe/Copenhagen") -> float:
    """Return the average number of people in this hour of this weekday, according to the itineraries."""
    hour = now.astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0)
    # Subtracting weeks from a local time keeps the hour, even if the UTC offset changed.
    hours = [(hour - timedelta(weeks=week)).timestamp() for week in range(1, 5)]
    return sum(average_people(simulator, space_id, begin, begin + 3600) for begin in hours) / 4


@pytest.mark.parametrize(
    "now",
    [
        AFTERNOON,
        # Ten days after the clocks changed; and in the last hour of a day.
        datetime(2026, 11, 4, 9, 10, 20, tzinfo=UTC),
        datetime(2026, 6, 23, 21, 30, 20, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("reading", READINGS["weekday_case"])
async def test_typical_values_match_the_itineraries(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    now: datetime,
    reading: str,
) -> None:
    """The average covers the same local hour and weekday of four weeks, however the cloud spells weekdays."""
    simulator.settings.weekday_case = reading
    await set_up()
    entry.runtime_data.client.findings.note("estimate_day", "site")
    await set_enabled(hass, entry, freezer, "_busyness_trend")
    estate, typical = simulator.estate, entry.runtime_data.typical
    compared = 0
    for space_id in (*estate.floors, *estate.rooms, *estate.zones):
        if not estate.coverage.has_presence(space_id) or not estate.coverage.sees(space_id):
            continue
        expected = expected_average(simulator, space_id, now)
        assert typical.typical(space_id) == pytest.approx(expected, abs=1e-5)
        # The spaces are empty now.
        trend = "lighter" if expected > 0 else "typical"
        if (state := state_of(hass, space_id, "busyness_trend")) != STATE_UNAVAILABLE:
            assert state == trend
        compared += 1
    assert compared >= 8
    # This room has only traffic sensors.
    cafe = find(simulator, "Harbour Café")
    assert typical.typical(cafe) == pytest.approx(expected_average(simulator, cafe, now), abs=0.3)
    found = entry.runtime_data.client.findings.get("weekday_case")
    assert found == ("capitalized" if reading == "any" else reading)


async def test_estimates_of_an_unknown_day(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Estimates are not averaged until they are known to start at the site's midnight."""
    await set_up()
    await set_enabled(hass, entry, freezer, "_busyness_trend")
    typical = entry.runtime_data.typical
    assert typical.typical(find(simulator, "Harbour Café")) is None
    assert typical.typical(find(simulator, "Boardroom")) is not None


async def test_hours_without_data(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Without weekdays in statistics and without data for the hours, the value is unknown."""
    simulator.settings.weekday_case = "ignored"
    await set_up()
    simulator.faults.set("reporting", "empty")
    await set_enabled(hass, entry, freezer, "_busyness_trend")
    assert entry.runtime_data.typical.typical(find(simulator, "Boardroom")) is None


@pytest.mark.parametrize("rooms", [30])
async def test_the_trend_follows_the_people(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A deviation of up to 15 % is typical, and each new count updates the trend."""
    await set_up()
    await set_enabled(hass, entry, freezer, "_busyness_trend")
    typical = entry.runtime_data.typical
    rooms = [room_id for room_id in simulator.estate.rooms if state_of(hass, room_id, "people") == "0"]
    room_id, known = max(((one, typical.typical(one) or 0) for one in rooms), key=lambda pair: pair[1])
    assert known > 4
    seen = []
    for people in range(1, round(known * 1.3) + 2):
        await simulator.move(to=room_id)
        await pass_time(hass, freezer, 61)
        assert state_of(hass, room_id, "people") == str(people)
        trend = state_of(hass, room_id, "busyness_trend")
        assert trend == ("lighter" if people < 0.85 * known else "busier" if people > 1.15 * known else "typical")
        seen.append(trend)
    assert list(dict.fromkeys(seen)) == ["lighter", "typical", "busier"]


async def test_once_an_hour(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    requests: Requests,
) -> None:
    """All spaces share one request an hour, and those with only traffic sensors another."""
    await set_up()
    assert requests == []
    boardroom, cafe = find(simulator, "Boardroom"), find(simulator, "Harbour Café")
    await set_enabled(hass, entry, freezer, f"{boardroom}_busyness_trend")
    ((path, body),) = hourly(requests)
    assert len(requests) == 3
    assert path == "/api/v4/reporting/stats"
    assert body == {
        "measurements": ["occupancy_avg_presence"],
        "items": [boardroom],
        "start": "2026-05-25T22:00:00Z",
        "stop": "2026-06-22T22:00:00Z",
        "filters": {
            "time_ranges": [{"start": "15:00", "stop": "16:00"}],
            "exclude_days_of_week": ["Monday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        },
    }
    requests.clear()
    entry.runtime_data.client.findings.note("estimate_day", "site")
    await set_enabled(hass, entry, freezer, f"{cafe}_busyness_trend")
    # Home Assistant has reloaded the entry, so both are requested.
    assert {body["measurements"][0]: body["items"] for _, body in hourly(requests)} == {
        "occupancy_avg_presence": [boardroom],
        "occupancy_avg_traffic": [cafe],
    }
    requests.clear()
    for _ in range(30):
        await pass_time(hass, freezer, 60)
    assert requests == []
    for _ in range(2 * 60):
        await pass_time(hass, freezer, 60)
    assert len(requests) == 4
    assert [body["filters"]["time_ranges"][0]["start"] for _, body in requests] == ["16:00"] * 2 + ["17:00"] * 2


@pytest.mark.parametrize("now", [datetime(2026, 6, 23, 9, 40, 20, tzinfo=UTC)])
async def test_hours_that_start_at_half_past(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    requests: Requests,
) -> None:
    """Hours are local to the site. In India they start at half past."""
    for site in simulator.estate.sites.values():
        site.timezone = "Asia/Kolkata"
    await set_up()
    boardroom = find(simulator, "Boardroom")
    await set_enabled(hass, entry, freezer, f"{boardroom}_busyness_trend")
    for _ in range(60):
        await pass_time(hass, freezer, 60)
    # The polls are at 15:10 and 16:10 local time.
    assert [body["filters"]["time_ranges"][0]["start"] for _, body in hourly(requests)] == ["15:00", "16:00"]


async def test_values_expire_in_an_outage(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Ten minutes into the next hour the value becomes unknown. The outage is logged once."""
    await set_up()
    await set_enabled(hass, entry, freezer, "_busyness_trend")
    boardroom = find(simulator, "Boardroom")
    assert state_of(hass, boardroom, "busyness_trend") == "lighter"
    simulator.faults.set("stats", "500")
    for _ in range(47):
        await pass_time(hass, freezer, 60)
    # 16:08
    assert state_of(hass, boardroom, "busyness_trend") == "lighter"
    for _ in range(4):
        await pass_time(hass, freezer, 60)
    assert state_of(hass, boardroom, "busyness_trend") == STATE_UNKNOWN
    assert caplog.text.count("Error fetching Butlr typical values data") == 1
    simulator.faults.clear()
    await pass_time(hass, freezer, 61)
    await settle(hass, freezer)
    assert state_of(hass, boardroom, "busyness_trend") == "lighter"


async def test_no_data_is_unknown(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Without a typical number there is no trend."""
    simulator.faults.set("stats", "empty")
    await set_up()
    await set_enabled(hass, entry, freezer, "_busyness_trend")
    assert state_of(hass, find(simulator, "Boardroom"), "busyness_trend") == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("people", "busyness"), [(0, "quiet"), (2, "quiet"), (3, "moderate"), (6, "moderate"), (7, "busy"), (11, "busy")]
)
async def test_busyness(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    requests: Requests,
    people: int,
    busyness: str,
) -> None:
    """Less than 30 % of the capacity is quiet, less than 70 % moderate. Busyness needs no request."""
    boardroom = find(simulator, "Boardroom")
    simulator.estate.rooms[boardroom].capacity_max = 10
    await set_up()
    await set_enabled(hass, entry, freezer, "_busyness")
    for _ in range(people):
        await simulator.move(to=boardroom)
    await pass_time(hass, freezer, 61)
    assert state_of(hass, boardroom, "utilization") == f"{people * 10}.0"
    assert state_of(hass, boardroom, "busyness") == busyness
    assert requests == []


async def test_known_values_are_not_requested_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    requests: Requests,
) -> None:
    """A later subscription in the same hour requests only its own space."""
    await set_up()
    typical = entry.runtime_data.typical
    rooms = [find(simulator, name) for name in ("Boardroom", "Focus Room")]
    unsubscribe = []
    for room_id in rooms:
        unsubscribe.append(await typical.subscribe("busyness_trend", room_id, lambda: None))
        await settle(hass, freezer)
    assert [body["items"] for _, body in hourly(requests)] == [[room_id] for room_id in rooms]
    for call in unsubscribe:
        call()


@pytest.mark.parametrize("now", [datetime(2026, 6, 23, 21, 30, 20, tzinfo=UTC)])
async def test_the_last_hour_of_a_day(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    requests: Requests,
) -> None:
    """The last hour of a day ends at 23:59, because the end of a day has no documented spelling."""
    await set_up()
    await set_enabled(hass, entry, freezer, f"{find(simulator, 'Boardroom')}_busyness_trend")
    assert [body["filters"]["time_ranges"] for _, body in hourly(requests)] == [[{"start": "23:00", "stop": "23:59"}]]
