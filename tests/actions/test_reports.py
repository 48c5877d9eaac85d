"""The actions that request past values, compared with where people really were."""

from collections.abc import Callable
from datetime import datetime, timedelta
import itertools
import statistics
from unittest.mock import patch
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.actions import reports
from tests.conftest import Ask
from tests.helpers.itineraries import average_people, crossed, max_people, occupied_seconds, people_by_minute
from tests.helpers.registries import find, target_of
from tests.helpers.reports import HOUR, MONDAY, NOW, SUNDAY, TUESDAY, one, timestamp
from tests.simulator import Simulator
from tests.simulator.estate import Room, Zone

pytestmark = pytest.mark.usefixtures("report_time")


@pytest.mark.parametrize("name", ["Boardroom", "First Floor", "Desk Row A", "Reception Desk"])
async def test_people_hour_by_hour(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, name: str
) -> None:
    """The hourly values of a floor, a room and zones are correct on a day of 25 hours and on a working day."""
    space_id = find(simulator, name)
    target = target_of(hass, entry, space_id)
    response = await ask(
        "get_occupancy", target, start_time=SUNDAY.isoformat(), end_time=TUESDAY.isoformat(), interval="1h"
    )
    space = one(response)
    assert (response["interval"], response["function"], space["source"]) == ("1h", "mean", "presence")
    assert (space["name"], space["time_zone"]) == (name, "Europe/Copenhagen")
    assert (timestamp(space["start"]), timestamp(space["end"])) == (SUNDAY.timestamp(), TUESDAY.timestamp())
    returned = {timestamp(value["start"]): value["people"] for value in space["values"]}
    begin = SUNDAY.timestamp()
    assert list(returned) == [begin + hour * HOUR for hour in range(25 + 24)]
    assert any(returned.values())
    for start, people in returned.items():
        assert people == pytest.approx(average_people(simulator, space_id, start, start + HOUR), abs=0.001)


@pytest.mark.parametrize("function", ["max", "min", "median", "first", "last"])
async def test_other_functions(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, function: str
) -> None:
    """The values of each hour are aggregated as requested."""
    boardroom = find(simulator, "Boardroom")
    space = one(
        await ask(
            "get_occupancy",
            target_of(hass, entry, boardroom),
            start_time=MONDAY.isoformat(),
            end_time=TUESDAY.isoformat(),
            function=function,
        )
    )
    figures: dict[str, Callable[[list[int]], float]] = {
        "max": max,
        "min": min,
        "median": statistics.median_low,
        "first": lambda minutes: minutes[0],
        "last": lambda minutes: minutes[-1],
    }
    figure = figures[function]
    for value in space["values"]:
        start = timestamp(value["start"])
        assert value["people"] == figure(people_by_minute(simulator, boardroom, start, start + HOUR))
    assert len(space["values"]) == 24


async def test_minutes(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """Minutes are medians by default, and the period is extended to the start of the first interval."""
    boardroom = find(simulator, "Boardroom")
    ten = MONDAY + timedelta(hours=10)
    response = await ask(
        "get_occupancy",
        target_of(hass, entry, boardroom),
        start_time=(ten + timedelta(seconds=40)).isoformat(),
        end_time=(ten + timedelta(hours=1)).isoformat(),
        interval="1m",
    )
    space = one(response)
    assert response["function"] == "median"
    assert timestamp(space["start"]) == ten.timestamp()
    returned = [value["people"] for value in space["values"]]
    assert returned == people_by_minute(simulator, boardroom, ten.timestamp(), ten.timestamp() + HOUR)


async def test_a_service_that_is_overloaded(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """Shorter ranges are requested, and the response is the same."""
    simulator.settings.overload_limit = 8
    boardroom = find(simulator, "Boardroom")
    space = one(
        await ask(
            "get_occupancy",
            target_of(hass, entry, boardroom),
            start_time=MONDAY.isoformat(),
            end_time=TUESDAY.isoformat(),
            interval="1m",
        )
    )
    returned = [value["people"] for value in space["values"]]
    assert returned == people_by_minute(simulator, boardroom, MONDAY.timestamp(), TUESDAY.timestamp())
    assert 504 in {request.status for request in simulator.requests}


async def test_estimates_where_nobody_is_counted(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """A room that only has traffic sensors returns entries minus exits, with traffic as the source."""
    cafe = find(simulator, "Harbour Café")
    target = target_of(hass, entry, cafe)
    day = {"start_time": MONDAY.isoformat(), "end_time": TUESDAY.isoformat()}
    # The estimate may be reset at midnight UTC, two hours into the day.
    for action in ("get_occupancy", "get_statistics"):
        response = await ask(action, target, **day)
        assert response["spaces"] == []
        assert [place["name"] for place in response["estimates_uncertain"]] == ["Harbour Café"]
    entry.runtime_data.client.findings.note("estimate_day", "site")
    space = one(await ask("get_occupancy", target, **day, function="max"))
    assert space["source"] == "traffic"
    returned = {timestamp(value["start"]): value["people"] for value in space["values"]}
    truth = {start: max_people(simulator, cafe, start, start + HOUR) for start in returned}
    assert returned == truth
    assert max(returned.values()) > 0


@pytest.mark.parametrize("name", ["Harbour Café", "Ground Floor", "Lobby"])
async def test_traffic(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, name: str) -> None:
    """The entries and exits of a working day are correct: by hour, in total, and at the peak."""
    space_id = find(simulator, name)
    space = one(
        await ask(
            "get_traffic",
            target_of(hass, entry, space_id),
            start_time=MONDAY.isoformat(),
            end_time=TUESDAY.isoformat(),
        )
    )
    entries, exits = crossed(simulator, space_id, MONDAY.timestamp(), TUESDAY.timestamp())
    assert entries > 10
    assert (space["entries"], space["exits"], space["net"]) == (entries, exits, entries - exits)
    truth = {}
    for hour in range(24):
        start = MONDAY.timestamp() + hour * HOUR
        if any(both := crossed(simulator, space_id, start, start + HOUR)):
            truth[start] = both
    assert {timestamp(one["start"]): (one["entries"], one["exits"]) for one in space["values"]} == truth
    peak = space["peak"]
    assert peak["entries"] + peak["exits"] == max(map(sum, truth.values()))
    assert truth[timestamp(peak["start"])] == (peak["entries"], peak["exits"])


async def test_sums_are_of_the_range_and_no_more(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """A period from 8:50 to 10:20 includes only parts of its first and last hour."""
    start, end = MONDAY + timedelta(hours=8, minutes=50), MONDAY + timedelta(hours=10, minutes=20)
    span = {"start_time": start.isoformat(), "end_time": end.isoformat()}
    nine = MONDAY.timestamp() + 9 * HOUR
    cuts = [start.timestamp(), nine, nine + HOUR, end.timestamp()]
    cafe, boardroom = find(simulator, "Harbour Café"), find(simulator, "Boardroom")
    space = one(await ask("get_traffic", target_of(hass, entry, cafe), **span))
    truth = {begin: crossed(simulator, cafe, begin, stop) for begin, stop in itertools.pairwise(cuts)}
    assert {timestamp(one["start"]): (one["entries"], one["exits"]) for one in space["values"]} == {
        begin: both for begin, both in truth.items() if any(both)
    }
    assert (space["entries"], space["exits"]) == tuple(map(sum, zip(*truth.values(), strict=True)))
    assert space["entries"] > 0
    space = one(await ask("get_presence_time", target_of(hass, entry, boardroom), **span))
    assert {timestamp(one["start"]): one["seconds"] for one in space["values"]} == {
        begin: occupied_seconds(simulator, boardroom, begin, stop) for begin, stop in itertools.pairwise(cuts)
    }
    assert space["seconds"] == occupied_seconds(simulator, boardroom, cuts[0], cuts[-1]) > 0


async def test_nobody_crossed(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """A total is null, not zero, where Butlr returns no crossings."""
    night = MONDAY + timedelta(hours=2)
    space = one(
        await ask(
            "get_traffic",
            target_of(hass, entry, find(simulator, "Lobby")),
            start_time=night.isoformat(),
            end_time=(night + timedelta(hours=1)).isoformat(),
        )
    )
    assert [space[key] for key in ("entries", "exits", "net", "peak", "values")] == [None, None, None, None, []]


async def test_more_went_in_than_came_out(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """In the morning, more people enter than leave."""
    lobby, noon = find(simulator, "Lobby"), MONDAY + timedelta(hours=12)
    span = {"start_time": MONDAY.isoformat(), "end_time": noon.isoformat()}
    space = one(await ask("get_traffic", target_of(hass, entry, lobby), **span))
    entries, exits = crossed(simulator, lobby, MONDAY.timestamp(), noon.timestamp())
    assert space["net"] == entries - exits > 0


async def test_today(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """The default period starts at today's midnight at the site, so totals equal the entries and exits sensors."""
    lobby = find(simulator, "Lobby")
    space = one(await ask("get_traffic", target_of(hass, entry, lobby)))
    assert timestamp(space["start"]) == (TUESDAY + timedelta(days=1)).timestamp()
    assert timestamp(space["end"]) == NOW.timestamp()
    truth = simulator.truth()["spaces"][lobby]
    assert (space["entries"], space["exits"]) == (truth["entries_today"], truth["exits_today"])


async def test_times_without_a_zone_are_home_assistants(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """Times without a time zone are in Home Assistant's; the response is in the time zone of the site."""
    await hass.config.async_set_time_zone("America/Los_Angeles")
    space = one(
        await ask(
            "get_traffic",
            target_of(hass, entry, find(simulator, "Lobby")),
            start_time="2026-10-26 00:00:00",
            end_time="2026-10-26 01:00:00",
        )
    )
    assert space["start"] == "2026-10-26T08:00:00+01:00"
    assert space["end"] == "2026-10-26T09:00:00+01:00"


async def test_presence_time(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """The presence time of a room is correct, also on a day of 25 hours."""
    boardroom = find(simulator, "Boardroom")
    space = one(
        await ask(
            "get_presence_time",
            target_of(hass, entry, boardroom),
            start_time=(SUNDAY - timedelta(days=1)).isoformat(),
            end_time=TUESDAY.isoformat(),
            interval="1d",
        )
    )
    days = [SUNDAY - timedelta(days=1), SUNDAY, MONDAY, TUESDAY]
    truth = [
        occupied_seconds(simulator, boardroom, start.timestamp(), stop.timestamp())
        for start, stop in itertools.pairwise(days)
    ]
    assert [value["seconds"] for value in space["values"]] == truth
    assert [timestamp(value["start"]) for value in space["values"]] == [day.timestamp() for day in days[:-1]]
    assert space["seconds"] == sum(truth) > 0


async def test_what_was_not_measured_is_missing(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """A sensor that has been offline for two days results in no values, not in zeros."""
    target = target_of(hass, entry, find(simulator, "Phone Booth 1"))
    dead = {"start_time": (TUESDAY + timedelta(hours=1)).isoformat()}
    assert one(await ask("get_occupancy", target, **dead))["values"] == []
    assert one(await ask("get_presence_time", target, **dead))["seconds"] is None
    space = one(await ask("get_statistics", target, **dead))
    assert [space[key] for key in ("average", "median", "average_used", "median_used")] == [None] * 4


async def test_polls_go_first(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """All requests of actions have background priority."""
    client = entry.runtime_data.client
    target = target_of(hass, entry, find(simulator, "Ground Floor"))
    with patch.object(client, "report", wraps=client.report) as report:
        for action in ("get_occupancy", "get_traffic", "get_statistics", "get_presence_time", "get_heatmap"):
            assert (await ask(action, target))["spaces"]
    assert len(report.mock_calls) >= 5
    assert all(call.kwargs["background"] for call in report.mock_calls)


async def test_a_building_is_its_floors(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """A building, the organization and no target stand for their floors; floors without sensors are listed."""
    for target in (
        target_of(hass, entry, find(simulator, "Pier House")),
        target_of(hass, entry, simulator.estate.id),
        None,
    ):
        response = await ask("get_traffic", target, interval="1d")
        assert [space["name"] for space in response["spaces"]] == ["Ground Floor"]
        assert [space["name"] for space in response["without_sensors"]] == ["First Floor"]


async def test_heatmap(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """The minutes of all cells are those that people spent in rooms with a position on the floor plan."""
    floor_id = find(simulator, "First Floor")
    friday = SUNDAY - timedelta(days=2)
    response = await ask(
        "get_heatmap",
        target_of(hass, entry, floor_id),
        start_time=friday.isoformat(),
        end_time=(friday + timedelta(days=1)).isoformat(),
        resolution=1,
    )
    space = one(response)
    assert response["resolution"] == 1
    assert space["cells_omitted"] == 0
    coverage = simulator.estate.coverage
    inside: list[Room | Zone] = [*coverage.rooms_of[floor_id], *coverage.zones_of[floor_id]]
    placed = [item.id for item in inside if coverage.has_presence(item.id) and len(item.coordinates) > 2]
    truth = [
        sum(people_by_minute(simulator, item, friday.timestamp(), (friday + timedelta(days=1)).timestamp()))
        for item in placed
    ]
    assert sorted(cell["value"] for cell in space["cells"]) == sorted(filter(None, truth))
    assert all(cell.keys() == {"x", "y", "value"} for cell in space["cells"])
    assert space["cells"]


async def test_a_large_heatmap_is_cut(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ask: Ask,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A large heatmap is cut, and the response contains the number of omitted cells."""
    monkeypatch.setattr(reports, "MAX_REPORT_VALUES", 1)
    space = one(
        await ask("get_heatmap", target_of(hass, entry, find(simulator, "First Floor")), start_time=MONDAY.isoformat())
    )
    assert len(space["cells"]) == 1
    assert space["cells_omitted"] > 0


@pytest.mark.parametrize("rooms", [201])
async def test_each_site_has_its_own_time(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """One response can contain sites with different midnights."""
    response = await ask("get_traffic", None, interval="1d")
    zones = {space["time_zone"] for space in response["spaces"]}
    assert len(zones) > 1
    truth = simulator.truth()["spaces"]
    for space in response["spaces"]:
        start = datetime.fromisoformat(space["start"])
        zone = ZoneInfo(space["time_zone"])
        assert start == datetime.combine(NOW.astimezone(zone).date(), start.time(), zone)
        assert (start.hour, start.minute) == (0, 0)
        assert (space["entries"] or 0) == truth[space["id"]]["entries_today"]


@pytest.mark.parametrize(
    ("action", "endpoint"),
    [
        ("get_occupancy", "reporting"),
        ("get_traffic", "reporting"),
        ("get_statistics", "stats"),
        ("get_heatmap", "stats"),
    ],
)
@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ("429", "question_limited"),
        ("500", "question_failed"),
        ("504", "question_too_large"),
        ("401", "question_refused"),
        ("garbage", "question_failed"),
    ],
)
async def test_what_butlr_does_not_answer_is_said(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ask: Ask,
    simulator: Simulator,
    action: str,
    endpoint: str,
    fault: str,
    key: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Errors of Butlr are translated, and the next call works again."""
    target = target_of(hass, entry, find(simulator, "Ground Floor"))
    simulator.faults.set(endpoint, fault)
    error = await ask(action, target)
    assert (error["code"], error["translation_key"]) == ("home_assistant_error", key)
    simulator.faults.clear()
    # Longer than the Retry-After of Butlr.
    freezer.tick(61)
    assert (await ask(action, target))["spaces"]
