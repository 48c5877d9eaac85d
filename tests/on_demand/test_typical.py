"""Busier or lighter than usual: what is usual is held against who was where in the last four weeks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import SetUp, pass_time
from tests.helpers.itineraries import average_people
from tests.helpers.on_demand import Asked, settle, switch, unhurried, watch
from tests.helpers.open_readings import READINGS
from tests.helpers.registries import find
from tests.helpers.states import state_of
from tests.simulator import Simulator

# A Tuesday, twenty past three in Copenhagen.
AFTERNOON = datetime(2026, 6, 23, 13, 20, 20, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """Return when the test takes place."""
    return AFTERNOON


@pytest.fixture(autouse=True)
def _then(freezer: FrozenDateTimeFactory, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin there, before anything else is made."""
    freezer.move_to(now)
    unhurried(monkeypatch)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return what is asked in the background."""
    return watch(monkeypatch)


def hourly(asked: Asked) -> Asked:
    """Return what is asked of an hour; the rest finds out how the cloud spells weekdays."""
    return [(path, body) for path, body in asked if "time_ranges" in body.get("filters", {})]


def usual(simulator: Simulator, space_id: str, now: datetime, zone: str = "Europe/Copenhagen") -> float:
    """Return how many people there were on average in this hour of this weekday, by the itineraries."""
    hour = now.astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0)
    # By the local clock: adding days to a time of a zone does just that.
    hours = [(hour - timedelta(weeks=week)).timestamp() for week in range(1, 5)]
    return sum(average_people(simulator, space_id, begin, begin + 3600) for begin in hours) / 4


@pytest.mark.parametrize(
    "now",
    [
        AFTERNOON,
        # The clocks changed ten days before; the last hour of a day, whose end has no name.
        datetime(2026, 11, 4, 9, 10, 20, tzinfo=UTC),
        datetime(2026, 6, 23, 21, 30, 20, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("reading", READINGS["weekday_case"])
async def test_what_is_usual_is_true(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    now: datetime,
    reading: str,
) -> None:
    """Four weeks, the same weekday and hour, by the site's clock, however the cloud wants weekdays spelled."""
    simulator.settings.weekday_case = reading
    await set_up()
    entry.runtime_data.client.findings.note("estimate_day", "site")
    await switch(hass, entry, freezer, "_busyness_trend")
    estate, typical = simulator.estate, entry.runtime_data.typical
    compared = 0
    for space_id in (*estate.floors, *estate.rooms, *estate.zones):
        if not estate.coverage.has_presence(space_id) or not estate.coverage.sees(space_id):
            continue
        expected = usual(simulator, space_id, now)
        assert typical.typical(space_id) == pytest.approx(expected, abs=1e-5)
        # Nobody is there now.
        trend = "lighter" if expected > 0 else "typical"
        if (state := state_of(hass, space_id, "busyness_trend")) != STATE_UNAVAILABLE:
            assert state == trend
        compared += 1
    assert compared >= 8
    # Nobody is counted there.
    cafe = find(simulator, "Harbour Café")
    assert typical.typical(cafe) == pytest.approx(usual(simulator, cafe, now), abs=0.3)
    found = entry.runtime_data.client.findings.get("weekday_case")
    assert found == ("capitalized" if reading == "any" else reading)


async def test_estimates_of_a_day_that_is_not_the_site_s(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Until it is known that an estimate begins again at the site's midnight, none says what is usual."""
    await set_up()
    await switch(hass, entry, freezer, "_busyness_trend")
    typical = entry.runtime_data.typical
    assert typical.typical(find(simulator, "Harbour Café")) is None
    assert typical.typical(find(simulator, "Boardroom")) is not None


async def test_hours_that_cannot_be_told(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Where statistics do not heed weekdays and the hours themselves are not known either, nothing is usual."""
    simulator.settings.weekday_case = "ignored"
    await set_up()
    simulator.faults.set("reporting", "empty")
    await switch(hass, entry, freezer, "_busyness_trend")
    assert entry.runtime_data.typical.typical(find(simulator, "Boardroom")) is None


@pytest.mark.parametrize("rooms", [30])
async def test_against_what_is_usual(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Fifteen percent more or less is typical; the trend follows the people at once."""
    await set_up()
    await switch(hass, entry, freezer, "_busyness_trend")
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
    asked: Asked,
) -> None:
    """All spaces in one question, and one more for those that have doors only; only in the hours that begin."""
    await set_up()
    assert asked == []
    boardroom, cafe = find(simulator, "Boardroom"), find(simulator, "Harbour Café")
    await switch(hass, entry, freezer, f"{boardroom}_busyness_trend")
    ((path, body),) = hourly(asked)
    assert len(asked) == 3
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
    asked.clear()
    entry.runtime_data.client.findings.note("estimate_day", "site")
    # Whoever comes later is asked for alone.
    await switch(hass, entry, freezer, f"{cafe}_busyness_trend")
    # Home Assistant has loaded the entry anew.
    assert {body["measurements"][0]: body["items"] for _, body in hourly(asked)} == {
        "occupancy_avg_presence": [boardroom],
        "occupancy_avg_traffic": [cafe],
    }
    asked.clear()
    for _ in range(30):
        await pass_time(hass, freezer, 60)
    assert asked == []
    for _ in range(2 * 60):
        await pass_time(hass, freezer, 60)
    assert len(asked) == 4
    assert [body["filters"]["time_ranges"][0]["start"] for _, body in asked] == ["16:00"] * 2 + ["17:00"] * 2


@pytest.mark.parametrize("now", [datetime(2026, 6, 23, 9, 40, 20, tzinfo=UTC)])
async def test_hours_that_begin_at_half_past(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    asked: Asked,
) -> None:
    """Hours are those of the site: in India they begin at half past."""
    for site in simulator.estate.sites.values():
        site.timezone = "Asia/Kolkata"
    await set_up()
    boardroom = find(simulator, "Boardroom")
    await switch(hass, entry, freezer, f"{boardroom}_busyness_trend")
    for _ in range(60):
        await pass_time(hass, freezer, 60)
    # 15:10 and 16:10 there.
    assert [body["filters"]["time_ranges"][0]["start"] for _, body in hourly(asked)] == ["15:00", "16:00"]


async def test_what_is_not_renewed_expires(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Ten minutes into the next hour the last one's figure is worth nothing; that it fails is said once."""
    await set_up()
    await switch(hass, entry, freezer, "_busyness_trend")
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
    """Where Butlr has nothing to compare with there is no trend, and neither is there where nobody is counted."""
    simulator.faults.set("stats", "empty")
    await set_up()
    await switch(hass, entry, freezer, "_busyness_trend")
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
    asked: Asked,
    people: int,
    busyness: str,
) -> None:
    """Less than 30 % of the capacity is quiet, less than 70 % moderate; it costs no request."""
    boardroom = find(simulator, "Boardroom")
    simulator.estate.rooms[boardroom].capacity_max = 10
    await set_up()
    await switch(hass, entry, freezer, "_busyness")
    for _ in range(people):
        await simulator.move(to=boardroom)
    await pass_time(hass, freezer, 61)
    assert state_of(hass, boardroom, "utilization") == f"{people * 10}.0"
    assert state_of(hass, boardroom, "busyness") == busyness
    assert asked == []


async def test_what_is_known_is_not_asked_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    asked: Asked,
) -> None:
    """Whoever comes within an hour is asked for alone."""
    await set_up()
    typical = entry.runtime_data.typical
    rooms = [find(simulator, name) for name in ("Boardroom", "Focus Room")]
    ends = []
    for room_id in rooms:
        ends.append(await typical.subscribe("busyness_trend", room_id, lambda: None))
        await settle(hass, freezer)
    assert [body["items"] for _, body in hourly(asked)] == [[room_id] for room_id in rooms]
    for end in ends:
        end()


@pytest.mark.parametrize("now", [datetime(2026, 6, 23, 21, 30, 20, tzinfo=UTC)])
async def test_the_last_hour_of_a_day(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    asked: Asked,
) -> None:
    """How the end of a day is written is not documented: a minute before it is."""
    await set_up()
    await switch(hass, entry, freezer, f"{find(simulator, 'Boardroom')}_busyness_trend")
    assert [body["filters"]["time_ranges"] for _, body in hourly(asked)] == [[{"start": "23:00", "stop": "23:59"}]]
