"""The simulator's reporting and statistics: shapes, quirks, limits."""

from collections.abc import AsyncIterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from tests.helpers.open_readings import READINGS
from tests.simulator import Simulator
from tests.simulator.client import Client
from tests.simulator.timeline import HOUR, MINUTE, rfc3339

ROW = {
    *("field", "measurement", "time", "start", "stop", "value", "preprocessed", "timezone_offset", "tag_id"),
    *("building_id", "building_name", "hive_id", "hive_serial", "sensor_id", "space_id", "space_name"),
    *("room_id", "room_name", "zone_id", "zone_name", "mac_address"),
}
STATISTICS = {"sum", "min", "max", "count", "mean", "median", "stddev", "first", "last"}
PAGE_INFO = {"page": 1, "page_item_count": 0, "total_item_count": 0, "total_pages": 1}


@pytest.fixture
async def sim(socket_enabled: None, freezer: FrozenDateTimeFactory) -> AsyncIterator[Simulator]:
    """Run the small simulator on a Monday afternoon, with the people of that hour inside."""
    freezer.move_to("2026-06-22T14:30:20Z")
    simulator = Simulator(rooms=5, seed=4, populated=True)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[Client]:
    """Be logged in."""
    async with Client(sim) as opened:
        yield opened


def ids_of(sim: Simulator, *names: str) -> list[str]:
    """Return the ids of rooms, zones and floors by name."""
    named = {space.name: space.id for _, space in sim.estate.spaces()}
    return [named[name] for name in names]


async def test_flat_rows(sim: Simulator, client: Client) -> None:
    """Without group_by: a list of rows with every field, empty strings where nothing applies, zero page_info."""
    board, cafe = ids_of(sim, "Boardroom", "Harbour Café")
    now = sim.now()
    body = {
        "filter": {
            "measurements": ["room_occupancy"],
            "start": rfc3339(now // MINUTE * MINUTE - 5 * MINUTE),
            "value": {"gte": 0},
            "rooms": {"eq": [board, cafe]},
        },
        "window": {"every": "1m", "function": "median", "timezone": "Europe/Copenhagen"},
    }
    status, answer = await client.request("POST", "/api/v3/reporting", body)
    assert status == 200
    assert answer["page_info"] == PAGE_INFO
    rows = answer["data"]
    # The café has no presence sensors: its rows of zero say nothing.
    assert {row["value"] for row in rows if row["room_id"] == cafe} == {0}
    assert len(rows) == 12
    sim.settings.dead_rows = "none"
    rows = (await client.request("POST", "/api/v3/reporting", body))[1]["data"]
    assert len(rows) == 6
    row = rows[0]
    assert row.keys() == ROW | {"room_custom_id"}
    assert (row["field"], row["measurement"], row["timezone_offset"]) == ("occupancy", "room_occupancy", "2h")
    assert (row["room_id"], row["space_name"], row["zone_id"], row["hive_id"]) == (board, "First Floor", "", "")
    assert row["time"] == "2026-06-22T14:25:00Z"
    assert {row["value"] for row in rows} == {sim.truth()["spaces"][board]["people"]}


async def test_offline_rooms_and_zero_rows(sim: Simulator, client: Client) -> None:
    """A dead sensor gives no row or rows of zero, marked or not; create_empty hides the difference."""
    board, focus, booth = ids_of(sim, "Boardroom", "Focus Room", "Phone Booth 1")
    rows = await client.reporting("room_occupancy", rooms=[booth])
    assert {row["value"] for row in rows} == {0}
    for mark, marked in (("data_incomplete", True), ("nullPercentage", 0.31)):
        sim.settings.incomplete_rows = mark
        rows = await client.reporting("room_occupancy", rooms=[board, booth])
        assert {row["room_id"]: row.get(mark) for row in rows} == {board: None, booth: marked}
    sim.settings.incomplete_rows = "null_value"
    rows = await client.reporting("room_occupancy", rooms=[booth])
    assert {row["value"] for row in rows} == {None}
    sim.settings.dead_rows = "none"
    people = {room: sim.truth()["spaces"][room]["people"] for room in (board, focus)}
    rows = await client.reporting("room_occupancy", rooms=[board, focus, booth])
    assert {row["room_id"] for row in rows} == {board, focus}
    rows = await client.reporting("room_occupancy", rooms=[board, focus, booth], zero=False)
    assert {row["room_id"] for row in rows} == {room for room, count in people.items() if count}
    rows = await client.reporting("room_occupancy", rooms=[booth], window={"create_empty": True})
    assert {row["value"] for row in rows} == {0}
    assert sim.truth()["spaces"][booth]["available"] is False


async def test_zones_and_floors(sim: Simulator, client: Client) -> None:
    """Zones answer even without listed sensors; floors count only who is under presence sensors."""
    window, desk_a, ground = ids_of(sim, "Café Window Seats", "Desk Row A", "Ground Floor")
    rows = await client.reporting("zone_occupancy", zones=[window, desk_a])
    by_zone = {row["zone_id"]: row for row in rows}
    assert by_zone.keys() == {window, desk_a}
    assert by_zone[window]["room_name"] == "Harbour Café"
    assert by_zone[desk_a]["room_id"] == ""
    assert by_zone[desk_a]["zone_custom_id"] == "DESK-A"
    rows = await client.reporting("floor_occupancy", spaces=[ground])
    assert {row["value"] for row in rows} == {sim.truth()["spaces"][ground]["people"]}
    assert rows[0]["floor_custom_id"] == "FLOOR-0"


async def test_traffic(sim: Simulator, client: Client) -> None:
    """One row per bucket, sensor and direction, unsorted, with a test sensor's rows among them."""
    lobby, cafe, ground = ids_of(sim, "Lobby", "Harbour Café", "Ground Floor")
    since_midnight = 16 * 60 + 31
    ask: dict[str, Any] = {"minutes": since_midnight, "every": "1h", "function": "sum", "zero": False}
    ask["window"] = {"timezone": "Europe/Copenhagen"}
    rows = await client.reporting("traffic", rooms=[lobby], **ask)
    assert rows[0].keys() == ROW
    assert {row["field"] for row in rows} == {"in", "out"}
    assert all(row["value"] > 0 for row in rows)
    assert [row["time"] for row in rows] != sorted(row["time"] for row in rows)
    truth = sim.truth()["spaces"][lobby]
    assert sum(row["value"] for row in rows if row["field"] == "in") == truth["entries_today"]
    assert sum(row["value"] for row in rows if row["field"] == "out") == truth["exits_today"]
    rows = await client.reporting("traffic", rooms=[cafe], **ask)
    assert {row["mac_address"][:5] for row in rows} == {"00-17", "fa-ke"}
    rows = await client.reporting("traffic", spaces=[ground], **ask)
    entrances = {sensor.id for sensor in sim.estate.sensors.values() if sensor.real and sensor.is_entrance}
    real = [row for row in rows if row["sensor_id"] in entrances and row["field"] == "in"]
    assert sum(row["value"] for row in real) == sim.truth()["spaces"][ground]["entries_today"]
    assert len({row["sensor_id"] for row in rows}) == 3


async def test_estimates(sim: Simulator, client: Client) -> None:
    """In minus out since local midnight; calibrated answers go by another name."""
    (cafe,) = ids_of(sim, "Harbour Café")
    truth = sim.truth()["spaces"][cafe]
    assert truth["people"] is None
    assert truth["estimate"] == truth["entries_today"] - truth["exits_today"]
    rows = await client.reporting("traffic_room_occupancy", rooms=[cafe], calibrated="true")
    assert {(row["measurement"], row["field"]) for row in rows} == {("aggregator_headcount", "aggregator_occupancy")}
    assert {row["value"] for row in rows} == {truth["estimate"]}
    rows = await client.reporting("traffic_room_occupancy", rooms=[cafe])
    assert {row["measurement"] for row in rows} == {"traffic_room_occupancy"}


async def test_estimate_begins_anew_at_local_midnight(
    sim: Simulator, client: Client, freezer: FrozenDateTimeFactory
) -> None:
    """Who stays over midnight is not counted any more, and leaving makes the raw value negative."""
    (cafe,) = ids_of(sim, "Harbour Café")
    freezer.move_to("2026-06-22T20:00:00Z")
    person = await sim.move(cafe)
    assert sim.truth()["spaces"][cafe]["entries_today"] > 1
    freezer.move_to("2026-06-22T22:10:00Z")  # 00:10 in Copenhagen
    truth = sim.truth()["spaces"][cafe]
    assert (truth["entries_today"], truth["exits_today"], truth["estimate"]) == (0, 0, 0)
    await sim.move(None, person=person)
    freezer.tick(120)
    assert sim.truth()["spaces"][cafe]["estimate"] == 0
    client.token = (await client.login())[1]["access_token"]
    ask: dict[str, Any] = {"rooms": [cafe], "minutes": 1, "window": {"timezone": "Europe/Copenhagen"}}
    rows = await client.reporting("traffic_room_occupancy", zero=False, **ask)
    assert rows[-1]["value"] == -1
    rows = await client.reporting("traffic_room_occupancy", calibrated="true", **ask)
    assert rows[-1]["value"] == 0
    # By the midnight of UTC it is the evening before, also for a question that names no zone.
    sim.settings.estimate_day = "utc"
    rows = await client.reporting("traffic_room_occupancy", calibrated="true", **ask)
    assert rows[-1]["value"] > 0
    sim.settings.estimate_day = "site"
    rows = await client.reporting("traffic_room_occupancy", rooms=[cafe], minutes=1, calibrated="true")
    assert rows[-1]["value"] > 0


async def test_estimates_of_nobody(sim: Simulator, client: Client, freezer: FrozenDateTimeFactory) -> None:
    """Where nobody crossed since the day began, there is no calibrated estimate, unless it is zero."""
    (cafe,) = ids_of(sim, "Harbour Café")
    freezer.move_to("2026-06-23T02:00:00Z")
    client.token = (await client.login())[1]["access_token"]
    ask: dict[str, Any] = {"rooms": [cafe], "window": {"timezone": "Europe/Copenhagen"}, "calibrated": "true"}
    assert await client.reporting("traffic_room_occupancy", **ask) == []
    sim.settings.absent_estimates = "zero"
    assert {row["value"] for row in await client.reporting("traffic_room_occupancy", **ask)} == {0}


@pytest.mark.parametrize("label", ["start", "end"])
async def test_what_rows_are_named_by(sim: Simulator, client: Client, label: str) -> None:
    """Each measurement names its buckets by their starts or ends."""
    board, cafe = ids_of(sim, "Boardroom", "Harbour Café")
    sim.settings.update({f"{kind}_label": label for kind in ("traffic", "presence", "estimate")})
    now = sim.now() // MINUTE * MINUTE
    first = rfc3339(now - 5 * MINUTE + (MINUTE if label == "end" else 0))
    for measurement, room, more in (
        ("room_occupancy", board, {}),
        ("traffic_room_occupancy", cafe, {"calibrated": "true"}),
        ("traffic", cafe, {"create_empty": True}),
    ):
        body = {
            "filter": {
                "measurements": [measurement],
                "start": rfc3339(now - 5 * MINUTE),
                "stop": rfc3339(now),
                "value": {"gte": 0},
                "rooms": {"eq": [room]},
                **({"calibrated": "true"} if "calibrated" in more else {}),
            },
            "window": {"every": "1m", "function": "last", "create_empty": "create_empty" in more},
        }
        rows = (await client.request("POST", "/api/v3/reporting", body))[1]["data"]
        assert min(row["time"] for row in rows) == first


async def test_grouped_shapes(sim: Simulator, client: Client) -> None:
    """Every documented nesting."""
    board, focus, desk_a, cafe, lobby = ids_of(sim, "Boardroom", "Focus Room", "Desk Row A", "Harbour Café", "Lobby")
    rooms = [board, focus]

    async def ask(measurement: str, order: list[str], *, raw: bool = False, **chosen: Any) -> Any:
        group = {"order": order, "raw": raw} if order else {"raw": raw}
        return await client.reporting(measurement, minutes=120, every="1h", group_by=group, **chosen)

    by_time = await ask("room_occupancy", ["time"], rooms=rooms)
    assert list(by_time) == sorted(by_time)
    assert all(key.endswith("Z") for key in by_time)
    assert by_time[min(by_time)].keys() == STATISTICS
    assert by_time[min(by_time)]["count"] == 2
    traffic = await ask("traffic", ["time", "field"], rooms=[cafe, lobby], function="sum")
    assert not any(key.endswith("Z") for key in traffic)
    assert {field for fields in traffic.values() for field in fields} == {"in", "out"}
    by_room = await ask("room_occupancy", ["room_id", "time"], rooms=rooms)
    assert by_room.keys() == set(rooms)
    assert by_room[board].keys() == by_time.keys()
    assert (await ask("traffic", ["room_id", "field"], rooms=[cafe], function="sum"))[cafe]["in"].keys() == STATISTICS
    by_mac = await ask("presence", ["room_id", "mac_address"], rooms=rooms)
    assert all(mac.startswith("00-17") for macs in by_mac.values() for mac in macs)
    raw = await ask("traffic_room_occupancy", ["room_id", "time"], raw=True, rooms=[cafe], calibrated="true")
    ((timestamp, points),) = list(raw[cafe].items())[:1]
    assert points[0].keys() == ROW | {"room_custom_id"}
    assert (points[0]["time"], points[0]["preprocessed"], points[0]["timezone_offset"]) == (timestamp, True, "")
    assert points[0]["start"] == timestamp
    zones = await ask("zone_occupancy", ["zone_id"], raw=True, zones=[desk_a])
    assert [row["zone_id"] for row in zones[desk_a]] == [desk_a] * 3
    alone = await ask("room_occupancy", [], raw=True, rooms=rooms)
    assert alone[board][min(by_time)].keys() == STATISTICS
    sim.settings.raw_shape = "flat"
    assert isinstance(await ask("room_occupancy", [], raw=True, rooms=rooms), list)


async def test_tags(sim: Simulator, client: Client) -> None:
    """A tag stands for its rooms; names are no ids."""
    board, focus, desk_a, booth = ids_of(sim, "Boardroom", "Focus Room", "Desk Row A", "Phone Booth 1")
    tags = {tag.name: tag.id for tag in sim.estate.tags.values()}
    rows = await client.reporting("room_occupancy", tags=[tags["meeting room"]])
    assert {row["room_id"] for row in rows} == {board, focus}
    assert {(row["measurement"], row["tag_id"]) for row in rows} == {("occupancy", tags["meeting room"])}
    assert await client.reporting("room_occupancy", tags=["meeting room"]) == []
    group = {"order": ["tag_id", "time"]}
    data = await client.reporting("tag_occupancy", tags=[tags["quiet"]], group_by=group)
    people = {space: sim.truth()["spaces"][space]["people"] for space in (focus, desk_a, booth)}
    (figures,) = {leaf["sum"] for leaf in data[tags["quiet"]].values()}
    assert figures == people[focus] + people[desk_a]  # the booth's sensor is dead


async def test_presence_time(sim: Simulator, client: Client) -> None:
    """Seconds with people, at most the bucket's length."""
    for measurement, name in (("room", "rooms"), ("zone", "zones"), ("floor", "spaces")):
        rows = await client.reporting(
            f"{measurement}_presence_time_secs", minutes=600, every="1h", function="sum", zero=False
        )
        assert rows, name
        assert all(0 < row["value"] <= 3600 for row in rows)


async def test_filters(sim: Simulator, client: Client) -> None:
    """Buildings, hives, value bounds, hours of the day, pages."""
    building = next(iter(sim.estate.buildings))
    rows = await client.reporting("room_occupancy", buildings=[building])
    assert len({row["room_id"] for row in rows}) == 5  # those of dead sensors and of mere doors, too
    sim.settings.dead_rows = "none"
    rows = await client.reporting("room_occupancy", buildings=[building])
    assert len({row["room_id"] for row in rows}) == 3
    assert await client.reporting("room_occupancy", buildings=["building_gone"]) == []
    hive = next(hive.id for hive in sim.estate.hives.values() if hive.name == "Hive ground")
    rows = await client.reporting("traffic", minutes=900, every="1h", function="sum", hives=[hive], zero=False)
    assert {row["hive_id"] for row in rows} == {hive}
    ask: dict[str, Any] = {"minutes": 900, "every": "15m", "function": "max"}
    rows = await client.reporting("floor_occupancy", **ask, value={"gte": 2, "lt": 4})
    assert {row["value"] for row in rows} <= {2, 3}
    times = {"time_ranges": [{"start": "09:00", "stop": "10:00"}], "exclude_days_of_week": ["sunday"]}
    rows = await client.reporting("floor_occupancy", **ask, time_constraints=times)
    assert {row["time"] for row in rows} == {f"2026-06-22T07:{minute:02}:00Z" for minute in (0, 15, 30, 45)}
    times["exclude_days_of_week"] = ["Monday"]
    assert await client.reporting("floor_occupancy", **ask, time_constraints=times) == []


async def test_processing_limit(sim: Simulator, client: Client) -> None:
    """Too many ids times hours: an empty answer with status 200."""
    rooms = list(sim.estate.rooms)
    assert await client.reporting("room_occupancy", minutes=60, rooms=rooms[:4])
    sim.settings.processing_limit = 3
    assert await client.reporting("room_occupancy", minutes=60, rooms=rooms[:4]) == []
    group = {"order": ["room_id", "time"]}
    assert await client.reporting("room_occupancy", minutes=60, rooms=rooms[:4], group_by=group) == {}
    assert await client.reporting("room_occupancy", minutes=5, rooms=rooms[:4])
    # A coarser bucket weighs proportionally less.
    assert await client.reporting("room_occupancy", minutes=60, every="5m", rooms=rooms[:4])


@pytest.mark.parametrize(
    "change",
    [
        {"filter": {"stop": "now"}},
        {"filter": {"stop": "2026-06-22T00:00:00Z"}},
        {"filter": {"start": None}},
        {"filter": {"measurements": ["room_noise"]}},
        {"filter": {"room": {"eq": []}}},
        {"filter": {"calibrated": True}},
        {"options": {"format": "json", "precision": "s"}},
        {"window": {"every": "soon"}},
        {"window": {"timezone": "Mars/Olympus"}},
        {"group_by": {"order": ["mood"]}},
    ],
)
async def test_refused_requests(client: Client, change: dict[str, Any]) -> None:
    """What the real service refuses, and what nobody should send, gets a 400 in its layout."""
    body: dict[str, Any] = {
        "filter": {"measurements": ["room_occupancy"], "start": "-5m"},
        "window": {"every": "1m", "function": "median", "timezone": "UTC"},
        "options": {"format": "json", "timestamp": "RFC3339"},
    }
    assert (await client.request("POST", "/api/v3/reporting", body))[0] == 200
    for name, values in change.items():
        body[name] = body.get(name, {}) | values
    if body["filter"].get("stop", "").startswith("2026"):
        body["filter"]["start"] = "2026-06-22T01:00:00Z"
    status, answer = await client.request("POST", "/api/v3/reporting", body)
    assert status == 400
    assert answer.keys() == {"error", "code", "details"}


async def test_stats(sim: Simulator, client: Client) -> None:
    """A month in one value per measurement; relative times and mixed time zones are refused."""
    board, cafe = ids_of(sim, "Boardroom", "Harbour Café")
    body: dict[str, Any] = {
        "measurements": ["occupancy_avg_presence", "occupancy_used_avg_presence", "occupancy_median_traffic"],
        "items": [board, cafe, "room_gone"],
        "start": "2026-05-25",
        "stop": rfc3339(sim.now()),
    }
    status, answer = await client.request("POST", "/api/v4/reporting/stats", body)
    assert status == 200
    assert answer["data"].keys() == {board, cafe}
    assert answer["data"][board].keys() == {"occupancy_avg_presence", "occupancy_used_avg_presence"}
    assert answer["data"][cafe].keys() == {"occupancy_median_traffic"}
    average, used = answer["data"][board].values()
    assert 0 < average < used
    body["filters"] = {
        "exclude_days_of_week": ["Saturday", "Sunday"],
        "time_ranges": [{"start": "09:00", "stop": "16:00"}],
    }
    _, busy = await client.request("POST", "/api/v4/reporting/stats", body)
    assert busy["data"][board]["occupancy_avg_presence"] > average
    sim.settings.stats_shape = "both"
    _, both = await client.request("POST", "/api/v4/reporting/stats", body)
    assert both["data"][board].keys() >= {"mean", "occupancy_avg_presence"}
    refused: list[dict[str, Any]] = [{"start": "-7d"}, {"stop": "now"}, {"stop": None}, {"items": []}]
    for wrong in (*refused, {"measurements": ["mean"]}):
        assert (await client.request("POST", "/api/v4/reporting/stats", body | wrong))[0] == 400
    other = sim.estate.get(next(iter(sim.estate.floors)))
    assert (await client.request("POST", "/api/v4/reporting/stats", body | {"items": [other.id, board]}))[0] == 200


async def test_spelling_of_weekdays(sim: Simulator, client: Client) -> None:
    """What is not heeded is ignored without a word, by statistics alone."""
    (board,) = ids_of(sim, "Boardroom")
    body: dict[str, Any] = {
        "measurements": ["occupancy_avg_presence"],
        "items": [board],
        "start": "2026-05-25",
        "stop": rfc3339(sim.now()),
    }
    whole = (await client.request("POST", "/api/v4/reporting/stats", body))[1]["data"]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for reading, heeded in {
        "capitalized": {"capitalize"},
        "lower": {"lower"},
        "any": {"capitalize", "lower", "upper"},
        "ignored": set[str](),
    }.items():
        sim.settings.weekday_case = reading
        for spelling in ("capitalize", "lower", "upper"):
            body["filters"] = {"exclude_days_of_week": [getattr(day, spelling)() for day in days]}
            answer = (await client.request("POST", "/api/v4/reporting/stats", body))[1]["data"]
            assert answer == ({} if spelling in heeded else whole)
        body["filters"] = {"exclude_days_of_week": ["Blursday"]}
        assert (await client.request("POST", "/api/v4/reporting/stats", body))[0] == 400
        body["filters"] = None
        assert (await client.request("POST", "/api/v4/reporting/stats", body))[1]["data"] == whole
        body["filters"] = {"time_ranges": [{"start": "09:00", "stop": "10:00"}]}
        assert (await client.request("POST", "/api/v4/reporting/stats", body))[1]["data"] != whole


async def test_heatmap(sim: Simulator, client: Client) -> None:
    """Both spellings of the path answer with cells, in each of the layouts that the page can be read to mean."""
    (ground,) = ids_of(sim, "First Floor")
    body: dict[str, Any] = {
        "data_types": ["heatmap_v2"],
        "filter": {
            "space_id": ground,
            "start": rfc3339(sim.now() - 6 * HOUR),
            "stop": rfc3339(sim.now()),
            "omit_empty_value": True,
        },
        "window": {"heatmap_v2_options": {"grid_resolution": 0.5, "heatmap_type": "occupancy"}},
    }
    for path in ("/v3/detections", "/api/v3/detections"):
        status, answer = await client.request("POST", path, body)
        assert status == 200
        (grid,) = answer["data"]
        assert grid["grid_resolution"] == 0.5
        assert all(value > 0 for _, _, value in grid["array_cells"])
    answers = {}
    for shape in READINGS["heatmap_shape"]:
        sim.settings.heatmap_shape = shape
        answers[shape] = (await client.request("POST", "/v3/detections", body))[1]["data"]
    lists = answers["bare"]
    assert lists
    assert answers["objects"] == {"heatmap_v2": [dict(zip(("x", "y", "value"), cell, strict=True)) for cell in lists]}
    assert answers["wrapped"] == [answers["object"]]
    assert answers["object"]["array_cells"] == lists
    assert all(0 <= x <= answers["object"]["width"] * 0.5 for x, _, _ in lists)
    body["filter"]["start"] = rfc3339(sim.now() - 200 * HOUR)
    assert (await client.request("POST", "/v3/detections", body))[0] == 400
