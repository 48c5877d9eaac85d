"""Bodies of pushes: every documented event, and everything else that a stranger could send."""

import json
import math
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.butlr.api.estate import Estate, Floor, Room, Zone
from custom_components.butlr.api.events import (
    OCCUPANCY_TYPES,
    ONE_MINUTE_SUFFIXES,
    Event,
    EventType,
    InvalidEventError,
    MotionEvent,
    OccupancyEvent,
    PositionsEvent,
    SpaceRef,
    TrafficEvent,
    UnreadEvent,
    parse_event,
)
from custom_components.butlr.api.readings import Count, Crossing, Motion, Reading

from . import estate_data as ids
from .cloud import EXAMPLES, everything_about, example
from .estate_data import Answers

MOMENT = 1782121260.0
ENTRANCE_MAC = "00-17-0d-00-00-71-20-01"
CAFE_MAC = "00-17-0d-00-00-71-20-02"


def parse(document: Any) -> tuple[Event, str | None]:
    """Parse a document as it is delivered."""
    return parse_event(json.dumps(document).encode())


def readings(document: Any, estate: Estate) -> tuple[Reading, ...]:
    """Return the readings of a document."""
    event, _ = parse(document)
    assert not isinstance(event, UnreadEvent | PositionsEvent)
    return event.readings(estate)


@pytest.fixture
def estate() -> Estate:
    """Return the estate of the examples."""
    return Answers().build()


ENTRANCE = Crossing(ids.LOBBY, 0, 2, 1782121280.125, ENTRANCE_MAC, "event_3CSnMh6olKdqRNDWVdhJrnWpqsS")
EXPECTED: dict[str, tuple[Reading, ...]] = {
    "floor-occupancy": (Count(ids.GROUND, 9, MOMENT),),
    "floor-occupancy-1min": (Count(ids.GROUND, 8, MOMENT),),
    "room-occupancy": (Count(ids.BOARDROOM, 6, MOMENT),),
    "room-occupancy-1min": (Count(ids.BOARDROOM, 6, MOMENT),),
    "room-occupancy-1min-recomputed": (Count(ids.BOARDROOM, 5, MOMENT),),
    "zone-occupancy": (Count(ids.DESKS_A, 3, MOMENT),),
    "zone-occupancy-1min": (Count(ids.DESKS_A, 3, MOMENT),),
    "zone-occupancy-with-room": (Count(ids.WINDOW_SEATS, 2, MOMENT),),
    "pir-motion": (Motion(ids.BOARDROOM, True, 1782121265.3),),
    "pir-no-motion": (Motion(ids.BOARDROOM, False, 1782122165.3),),
    "traffic": (Crossing(ids.CAFE, 1, 0, 1782121277.25, CAFE_MAC, "event_3CGNche5RhMBSH7z7T3IxkpZntW"),),
    # The event names no room; the estate knows that the sensor's room has it as an entrance.
    "traffic-floor-entrance": (
        ENTRANCE,
        Crossing(ids.GROUND, 0, 2, ENTRANCE.timestamp, ENTRANCE_MAC, ENTRANCE.event_id),
    ),
}
POSITIONS = {"detections": [(2.8125, 1.9375), (4.25, 3.125)], "detections-empty": []}


def test_all_examples_are_tested() -> None:
    """Every example of an event is tested below."""
    names = {path.stem.removeprefix("webhook-") for path in EXAMPLES.glob("webhook-*.json")}
    assert names == {*EXPECTED, *POSITIONS}


@pytest.mark.parametrize("name", EXPECTED)
def test_examples(estate: Estate, name: str) -> None:
    """Every documented event gives its readings and names its organization."""
    event, organization = parse(example(f"webhook-{name}"))
    assert organization == ids.ORGANIZATION
    assert not isinstance(event, UnreadEvent | PositionsEvent)
    assert event.readings(estate) == EXPECTED[name]


@pytest.mark.parametrize("name", POSITIONS)
def test_positions(name: str) -> None:
    """Positions name their floor and sensor, and are in meters on the floor, not relative to the sensor."""
    document = example(f"webhook-{name}")
    event, organization = parse(document)
    assert organization == ids.ORGANIZATION
    assert isinstance(event, PositionsEvent)
    metadata = document["metadata"]
    assert (event.floor_id, event.mac, event.sensor_id) == (
        metadata["floor_id"],
        metadata["mac_address"],
        metadata["sensor_id"],
    )
    assert event.timestamp == document["timestamp"] / 1000
    assert event.points() == POSITIONS[name]


GARBAGE: list[Any] = [
    *(None, True, 3, "1,2", [], {}, [1], ["1", "2"], [None, 2], [True, 2], [[1, 2], 3], {"x": 1, "y": 2}),
    *([float("nan"), 2], [1, float("inf")], [float("-inf"), 0], [10_001, 0], [0, -10_001], [10**400, 1], [1e308, 1]),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
def test_senseless_points_are_dropped(garbage: Any) -> None:
    """The others are read."""
    document = example("webhook-detections") | {"data": {"world": [[1, 2.5], garbage, [-3, 4, 5]]}}
    event, _ = parse(document)
    assert isinstance(event, PositionsEvent)
    assert event.points() == [(1.0, 2.5), (-3.0, 4.0)]


WITHOUT_A_LIST: list[Any] = [None, [], "x", 3, {}, {"world": None}, {"world": {}}, {"world": 5}, {"local": [[0, 1]]}]


@pytest.mark.parametrize("data", WITHOUT_A_LIST)
def test_positions_without_a_list(data: Any) -> None:
    """They do not say that nobody is there."""
    event, _ = parse(example("webhook-detections") | {"data": data})
    assert isinstance(event, PositionsEvent)
    assert event.points() is None


def test_many_positions() -> None:
    """No more than a sensor can see are read."""
    event, _ = parse(example("webhook-detections") | {"data": {"world": [[1, 1]] * 5_000}})
    assert isinstance(event, PositionsEvent)
    assert event.points() == [(1.0, 1.0)] * 200


def test_positions_are_in_no_log() -> None:
    """Whatever writes an event writes none of them."""
    event, _ = parse(example("webhook-detections"))
    assert "2.8125" not in f"{event!r} {event}"


def test_positions_of_test_sensors() -> None:
    """A mirror would show everybody twice."""
    document = example("webhook-detections")
    document["metadata"]["mac_address"] = "mi-rr-or-00-00-71-20-03"
    assert parse(document) == (UnreadEvent("DETECTIONS of a test sensor"), None)


def test_fields() -> None:
    """Entries and exits are not mixed up, nor the keys of rooms and floors."""
    event, _ = parse(example("webhook-traffic") | {"data": {"in": 3, "out": 4}})
    assert event == TrafficEvent(
        type=EventType.TRAFFIC,
        mac=CAFE_MAC,
        room=SpaceRef(Room, ids.CAFE, "CAFE-01"),
        floor=SpaceRef(Floor, ids.GROUND, "FLOOR-0"),
        entries=3,
        exits=4,
        timestamp=1782121277.25,
        event_id="event_3CGNche5RhMBSH7z7T3IxkpZntW",
    )
    zone, _ = parse(example("webhook-zone-occupancy-with-room"))
    assert zone == OccupancyEvent(EventType.ZONE_OCCUPANCY, SpaceRef(Zone, ids.WINDOW_SEATS), 2, MOMENT)
    motion, _ = parse(example("webhook-pir-motion"))
    assert motion == MotionEvent(EventType.PIR_MOTION, SpaceRef(Room, ids.BOARDROOM, "MEET-1.01"), 1782121265.3)


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [(kind, "") for kind in EventType] + [(kind, suffix) for kind in OCCUPANCY_TYPES for suffix in ONE_MINUTE_SUFFIXES],
)
@pytest.mark.parametrize("case", [str.upper, str.lower, str.title])
def test_spellings(kind: str, suffix: str, case: Any) -> None:
    """Types are accepted in any case; occupancy types also with either one-minute suffix."""
    name = f"webhook-{kind.lower().replace('_', '-')}"
    document = example(name)
    assert parse(document | {"type": case(kind + suffix)}) == parse(document)


@pytest.mark.parametrize(
    ("kind", "unread"),
    [
        ("SENSOR_HEALTH", "SENSOR_HEALTH"),
        ("hive_health", "HIVE_HEALTH"),
        ("ROOM_OCCUPANCY_5MIN", "ROOM_OCCUPANCY_5MIN"),
        ("ROOM_OCCUPANCY_1MINUTE", "ROOM_OCCUPANCY_1MINUTE"),
        # One-minute traffic is not documented and may repeat crossings that already count.
        ("TRAFFIC_1MIN", "TRAFFIC_1MIN"),
        ("PIR_MOTION_1M", "PIR_MOTION_1M"),
        ("ROOM_OCCUPANCY_1M_1MIN", "ROOM_OCCUPANCY_1M_1MIN"),
        ("_1MIN", "_1MIN"),
        ("", ""),
        ("x" * 1000, "X" * 64),
    ],
)
def test_unknown_types(kind: str, unread: str) -> None:
    """An unknown type is no error, whatever comes with it; its name is shortened."""
    assert parse({"type": kind}) == parse({"type": kind, "data": "x"}) == (UnreadEvent(unread), None)


SENSELESS: list[Any] = [None, True, False, "3", "", [], [3], {}, {"value": 3}, -1, -0.1, 100_001, 1e300, 10**400]
NOT_JSON_NUMBERS = ["NaN", "Infinity", "-Infinity"]


@pytest.mark.parametrize("name", ["floor-occupancy", "room-occupancy-1min", "zone-occupancy"])
@pytest.mark.parametrize("data", [*SENSELESS, *map(float, NOT_JSON_NUMBERS), ...])
def test_senseless_counts(name: str, data: Any) -> None:
    """A count must be a plausible number of people."""
    document = example(f"webhook-{name}") | {"data": data}
    if data is ...:
        del document["data"]
    with pytest.raises(InvalidEventError, match=r"^invalid data$"):
        parse(document)


@pytest.mark.parametrize(
    ("data", "people"), [(0, 0), (0.4, 0), (0.5, 1), (2.5, 3), (3.0, 3), (-0.0, 0), (100_000, 100_000)]
)
def test_counts(estate: Estate, data: float, people: int) -> None:
    """Counts may be fractions; halves are rounded up."""
    assert readings(example("webhook-room-occupancy") | {"data": data}, estate) == (
        Count(ids.BOARDROOM, people, MOMENT),
    )


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("value", [*SENSELESS, *map(float, NOT_JSON_NUMBERS)])
def test_senseless_crossings(direction: str, value: Any) -> None:
    """A number of crossings must be plausible."""
    document = example("webhook-traffic")
    document["data"][direction] = value
    with pytest.raises(InvalidEventError, match=rf"^invalid data\.{direction}$"):
        parse(document)


@pytest.mark.parametrize("data", [None, 1, "in", [], ["in", 1], True, ...])
def test_senseless_traffic(data: Any) -> None:
    """Crossings must be an object."""
    document = example("webhook-traffic") | {"data": data}
    if data is ...:
        del document["data"]
    with pytest.raises(InvalidEventError, match=r"^invalid data$"):
        parse(document)


@pytest.mark.parametrize(
    ("data", "entries", "exits"), [({"in": 2}, 2, 0), ({"out": 1.0}, 0, 1), ({}, 0, 0), ({"in": 1, "net": "x"}, 1, 0)]
)
def test_missing_direction(estate: Estate, data: Any, entries: int, exits: int) -> None:
    """A missing direction has no crossings; other members are ignored."""
    (crossing,) = readings(example("webhook-traffic") | {"data": data}, estate)
    assert isinstance(crossing, Crossing)
    assert (crossing.entries, crossing.exits) == (entries, exits)


@pytest.mark.parametrize("name", ["room-occupancy", "traffic", "pir-motion"])
@pytest.mark.parametrize(
    "timestamp",
    [None, True, "1782121260000", "2026-06-22T09:41:00Z", [], 0, -1, 1e16, 10**400, math.nan, math.inf, ...],
)
def test_senseless_moments(name: str, timestamp: Any) -> None:
    """An event needs a plausible timestamp."""
    document = example(f"webhook-{name}") | {"timestamp": timestamp}
    if timestamp is ...:
        del document["timestamp"]
    with pytest.raises(InvalidEventError, match=r"^invalid timestamp$"):
        parse(document)


@pytest.mark.parametrize("data", [None, {}, [], 5, "x", {"motion": False}])
def test_data_of_motion_is_not_read(estate: Estate, data: Any) -> None:
    """The type of a motion event is its message; its data is ignored."""
    assert readings(example("webhook-pir-motion") | {"data": data}, estate) == EXPECTED["pir-motion"]


@pytest.mark.parametrize("name", ["floor-occupancy", "room-occupancy", "zone-occupancy", "traffic", "pir-no-motion"])
@pytest.mark.parametrize("metadata", [None, [], "x", 5, ...])
def test_metadata_missing(name: str, metadata: Any) -> None:
    """An event without metadata is invalid."""
    document = example(f"webhook-{name}") | {"metadata": metadata}
    if metadata is ...:
        del document["metadata"]
    with pytest.raises(InvalidEventError, match=r"^invalid metadata$"):
        parse(document)


@pytest.mark.parametrize(
    ("name", "level"),
    [("floor-occupancy", "floor"), ("room-occupancy", "room"), ("zone-occupancy", "zone"), ("pir-motion", "room")],
)
@pytest.mark.parametrize("blank", [None, "", ...])
def test_space_missing(name: str, level: str, blank: Any) -> None:
    """An event must name the space it is about, not just a parent."""
    document = example(f"webhook-{name}")
    for key in (f"{level}_id", f"{level}_custom_id"):
        document["metadata"][key] = blank
        if blank is ...:
            del document["metadata"][key]
    with pytest.raises(InvalidEventError, match=rf"^invalid metadata\.{level}_id$"):
        parse(document)


@pytest.mark.parametrize("key", ["room_id", "room_custom_id", "org_id", "mac_address", "zone_id", "floor_custom_id"])
@pytest.mark.parametrize("value", [5, True, [], ["room"], {}])
def test_metadata_is_text(key: str, value: Any) -> None:
    """Metadata must be strings."""
    document = example("webhook-room-occupancy")
    document["metadata"][key] = value
    with pytest.raises(InvalidEventError, match=rf"^invalid metadata\.{key}$"):
        parse(document)


@pytest.mark.parametrize("blank", [None, "", ...])
@pytest.mark.parametrize(
    ("name", "level"), [("floor-occupancy", "floor"), ("room-occupancy", "room"), ("zone-occupancy", "zone")]
)
def test_custom_id(estate: Estate, name: str, level: str, blank: Any) -> None:
    """Without a Butlr id, a space is found by its custom id; the organization is optional."""
    document = example(f"webhook-{name}")
    document["metadata"] |= {f"{level}_id": blank, "org_id": blank}
    if blank is ...:
        document["metadata"] = {f"{level}_custom_id": document["metadata"][f"{level}_custom_id"]}
    event, organization = parse(document)
    assert isinstance(event, OccupancyEvent)
    assert event.readings(estate) == EXPECTED[name]
    assert not organization


@pytest.mark.parametrize("name", [name for name in EXPECTED if not name.startswith("traffic")])
def test_foreign_space(estate: Estate, name: str) -> None:
    """An event about a space outside the estate gives no readings."""
    document = example(f"webhook-{name}")
    document["metadata"] = {key: f"{value}-of-others" for key, value in document["metadata"].items()}
    assert readings(document, estate) == ()


def crossing_at(mac: str | None, room: str | None, floor: str | None) -> dict[str, Any]:
    """Return the event of a crossing."""
    metadata = {"mac_address": mac, "room_id": room, "floor_id": floor}
    data = {"in": 1, "out": 0}
    return {"id": "event_1", "type": "TRAFFIC", "timestamp": MOMENT * 1000, "metadata": metadata, "data": data}


@pytest.mark.parametrize(
    ("mac", "room", "floor", "spaces"),
    [
        # For known sensors, the estate's location counts, and only entrances count for the floor.
        (ENTRANCE_MAC, None, ids.GROUND, [ids.LOBBY, ids.GROUND]),
        (ENTRANCE_MAC, ids.LOBBY, ids.GROUND, [ids.LOBBY, ids.GROUND]),
        (ENTRANCE_MAC, ids.FOCUS, ids.FIRST, [ids.LOBBY, ids.GROUND]),
        (ENTRANCE_MAC, None, None, [ids.LOBBY, ids.GROUND]),
        (ENTRANCE_MAC.upper(), None, None, [ids.LOBBY, ids.GROUND]),
        (CAFE_MAC, ids.CAFE, ids.GROUND, [ids.CAFE]),
        (CAFE_MAC, None, ids.GROUND, [ids.CAFE]),
        # For unknown sensors, the event's location counts.
        ("00-new", ids.CAFE, ids.GROUND, [ids.CAFE]),
        ("00-new", None, ids.GROUND, [ids.GROUND]),
        ("00-new", "room_of_others", ids.GROUND, [ids.GROUND]),
        (None, ids.CAFE, ids.GROUND, [ids.CAFE]),
        ("", None, ids.GROUND, [ids.GROUND]),
        ("00-new", None, None, []),
        ("00-new", "room_of_others", "floor_of_others", []),
    ],
)
def test_place_of_a_crossing(
    estate: Estate, mac: str | None, room: str | None, floor: str | None, spaces: list[str]
) -> None:
    """A crossing counts for the room of its sensor and, at an entrance, for the floor."""
    assert readings(crossing_at(mac, room, floor), estate) == tuple(
        Crossing(space_id, 1, 0, MOMENT, (mac or "").lower(), "event_1") for space_id in spaces
    )


@pytest.mark.parametrize("room_id", [None, "room_deleted"])
def test_place_that_the_estate_does_not_know(room_id: str | None) -> None:
    """A known sensor without a location counts where its event says."""
    answers = Answers()
    answers.of(ids.MAIN_ENTRANCE).update(room_id=room_id, floor_id=None)
    estate = answers.build()
    assert [reading.space_id for reading in readings(crossing_at(ENTRANCE_MAC, ids.CAFE, ids.GROUND), estate)] == [
        ids.CAFE,
        ids.GROUND,
    ]


@pytest.mark.parametrize("mac", ["fa-ke-0d-00-00-6d-00-01", "FA-KE-0D", "mi-rr-or-00-00-71-20-03", "MI-rr-OR-1"])
def test_test_sensors(mac: str) -> None:
    """Events of test sensors and mirrors are not read."""
    assert parse(crossing_at(mac, ids.CAFE, ids.GROUND)) == (UnreadEvent("TRAFFIC of a test sensor"), None)


@pytest.mark.parametrize(("event_id", "read"), [(None, ""), ("", ""), (..., ""), ("event_1", "event_1")])
def test_event_id(event_id: Any, read: str) -> None:
    """An event may lack an id."""
    document = crossing_at(CAFE_MAC, None, None) | {"id": event_id}
    if event_id is ...:
        del document["id"]
    event, _ = parse(document)
    assert isinstance(event, TrafficEvent)
    assert event.event_id == read


@pytest.mark.parametrize(
    ("body", "text"),
    [
        *((body, "not JSON") for body in (b"", b"{", b"<html>", b"\xff\xfe", b"{'type': 1}")),
        (b"9" * 5000, "invalid document"),
        *((body, "invalid document") for body in (b"null", b"5", b"[]", b'"TRAFFIC"', b'[{"type": "TRAFFIC"}]')),
        *((b'{"type": %s}' % kind, "invalid type") for kind in (b"null", b"5", b"[]", b"true", b'["TRAFFIC"]')),
        (b'{"kind": "TRAFFIC"}', "invalid type"),
        (b'{"type": "TRAFFIC", "id": 5}', "invalid"),
    ],
)
def test_no_event(body: bytes, text: str) -> None:
    """A body that is not a JSON object with a type is invalid, and the error does not repeat it."""
    with pytest.raises(InvalidEventError, match=f"^{text}"):
        parse_event(body)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"type":"TRAFFIC","data":{"in":['])
def test_deep_documents(opening: bytes) -> None:
    """Deep nesting exhausts nothing, whether it is closed or not."""
    with pytest.raises(InvalidEventError):
        parse_event(opening * 200_000)
    closing = {b"[": b"]", b"{": b"}"}
    tail = b"1" + b"".join(closing[bytes([byte])] for byte in reversed(opening) if bytes([byte]) in closing) * 200_000
    with pytest.raises(InvalidEventError):
        parse_event(opening * 200_000 + tail)


def test_error_text_is_our_own() -> None:
    """An error names the invalid member and never its value, not even in the traceback."""
    document = example("webhook-room-occupancy")
    document["metadata"]["room_id"] = ["private"]
    with pytest.raises(InvalidEventError) as caught:
        parse(document)
    assert "private" not in everything_about(caught.value)


NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 1782121260000])
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=8)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
)
METADATA_KEYS = st.sampled_from(["org_id", "floor_id", "room_id", "zone_id", "room_custom_id", "mac_address", "x"])
NEAR = st.fixed_dictionaries(
    {"type": st.sampled_from([*EventType, "ROOM_OCCUPANCY_1M", "DETECTIONS"]) | JSON},
    optional={
        "id": st.text(max_size=4) | JSON,
        "timestamp": NUMBERS | JSON,
        "metadata": st.dictionaries(METADATA_KEYS, st.sampled_from([ids.CAFE, ids.GROUND, ""]) | JSON) | JSON,
        "data": NUMBERS
        | st.fixed_dictionaries({}, optional={"in": NUMBERS, "out": NUMBERS | JSON, "world": st.lists(JSON) | JSON})
        | JSON,
    },
)
ESTATE = Answers().build()


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()) | NEAR.map(lambda v: json.dumps(v).encode()))
@settings(max_examples=600)
def test_any_body(body: bytes) -> None:
    """Any body gives an event with readings, or InvalidEventError."""
    try:
        event, organization = parse_event(body)
    except InvalidEventError:
        return
    assert organization is None or isinstance(organization, str)
    if isinstance(event, UnreadEvent):
        assert len(event.type) <= 64
        return
    if isinstance(event, PositionsEvent):
        assert all(abs(number) <= 10_000 for point in event.points() or () for number in point)
        return
    for reading in event.readings(ESTATE):
        assert reading.space_id in ESTATE.spaces
        assert isinstance(reading, Count | Crossing | Motion)
        assert 0 < reading.timestamp <= 1e12
        if isinstance(reading, Count):
            assert 0 <= reading.people <= 100_000
