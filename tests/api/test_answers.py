"""The reader accepts every shape in which the reporting API answers."""

from collections.abc import Sequence
from datetime import datetime
import json
import math
import time
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.butlr.api.answers import (
    WHOLE_RANGE,
    Row,
    crossings,
    crossings_by_bucket,
    newest,
    read_rows,
    series,
)
from custom_components.butlr.api.questions import Asset, Measurement, Question, rfc3339
from custom_components.butlr.api.values import read_time, round_people

from . import estate_data as ids
from .cloud import example

DESKS = ids.DESKS_A
ENTRANCE_MAC = "00-17-0d-00-00-71-20-01"
CAFE_MAC = "00-17-0d-00-00-71-20-02"


def at(text: str) -> float:
    """Return the timestamp of a time on the day of the examples."""
    return datetime.fromisoformat(f"2026-06-22T{text}+00:00").timestamp()


def question(
    asset: Asset,
    asked: Sequence[str],
    measurement: Measurement = Measurement.ROOM_OCCUPANCY,
    function: str = "median",
) -> Question:
    """Return a question over the range of the examples."""
    start, stop = at("09:40:00"), at("09:45:00")
    return Question(measurement=measurement, asset=asset, ids=tuple(asked), start=start, stop=stop, function=function)


def read(name: str, asset: Asset, asked: list[str], **more: Any) -> list[tuple[str, float, float | None]]:
    """Read an example; return space, minutes after nine and value of each row."""
    rows = read_rows(question(asset, asked, **more), example(f"reporting-{name}")["data"])
    return [(row.space_id, (row.timestamp - at("09:00:00")) / 60, row.value) for row in rows]


ALL_ROOMS = [ids.LOBBY, ids.CAFE, ids.BOARDROOM, ids.FOCUS, ids.BOOTH]


@pytest.mark.parametrize(
    ("name", "asset", "asked", "rows"),
    [
        ("flat-floor-occupancy", Asset.FLOORS, ids.GROUND, [(40, 7), (41, 8), (42, 8), (43, 9), (44, 8)]),
        ("flat-zone-occupancy", Asset.ZONES, DESKS, [(40, 2), (41, 2), (42, 2), (43, 3), (44, 3)]),
        ("flat-traffic-room-occupancy", Asset.ROOMS, ids.CAFE, [(40, 11), (41, 11), (42, 12), (43, 13), (44, 12)]),
        ("flat-tag-filter", Asset.ROOMS, ids.BOARDROOM, [(0, 6)]),
        ("grouped-raw-points", Asset.ROOMS, ids.CAFE, [(40.2, 11), (41.2, 12)]),
        ("grouped-raw-zone-lists", Asset.ZONES, DESKS, [(40, 2), (41, 3)]),
        ("grouped-time", Asset.ROOMS, ids.BOARDROOM, [(-60, 4.5), (0, 6)]),
        # Without any time, the value covers the whole range.
        ("grouped-room-mac-presence", Asset.ROOMS, ids.BOARDROOM, [(-math.inf, 6)]),
        ("empty-list", Asset.ROOMS, ids.BOARDROOM, []),
        ("empty-object", Asset.ROOMS, ids.BOARDROOM, []),
    ],
)
def test_examples(name: str, asset: Asset, asked: str, rows: list[tuple[float, float]]) -> None:
    """Every documented shape gives its rows, even if measurement and field differ from the request."""
    assert read(name, asset, [asked]) == [(asked, *row) for row in rows]
    assert read(name, asset, []) == []
    if name != "grouped-time":  # the answer names no space, so it can only be about the requested one
        assert read(name, asset, ["another"]) in ([], [("another", *row) for row in rows if "mac" in name])


def test_rooms_of_a_flat_list() -> None:
    """A flat list of several rooms gives each its own rows, including zeros, and only those requested."""
    rows = read("flat-room-occupancy", Asset.ROOMS, ALL_ROOMS)
    assert [value for room, _, value in rows if room == ids.BOARDROOM] == [5, 5, 6, 6, 6]
    assert [value for room, _, value in rows if room == ids.FOCUS] == [1, 1, 1, 0, 0]
    assert {room for room, _, _ in read("flat-room-occupancy", Asset.ROOMS, [ids.FOCUS])} == {ids.FOCUS}
    # The rows name the floor as well, but are not about the floor.
    assert read("flat-room-occupancy", Asset.ZONES, ALL_ROOMS) == []


def test_rooms_by_time() -> None:
    """Statistics nested by room and time are read with the requested function."""
    assert read("grouped-room-time", Asset.ROOMS, ALL_ROOMS) == [
        (ids.BOARDROOM, -60, 4),
        (ids.BOARDROOM, 0, 6),
        (ids.FOCUS, 0, 1),
    ]


def test_merged_spaces_are_nobodys() -> None:
    """Statistics without a space belong to none of several requested spaces."""
    assert read("grouped-time", Asset.ROOMS, ALL_ROOMS) == []
    assert read("grouped-tag-time", Asset.ROOMS, ALL_ROOMS) == []


def test_presence_time() -> None:
    """Seconds of presence are read with the function sum."""
    assert read("presence-time", Asset.FLOORS, [ids.GROUND], function="sum") == [
        (ids.GROUND, -60, 2714),
        (ids.GROUND, 0, 1980),
    ]


def traffic(name: str, asset: Asset, asked: list[str]) -> list[Row]:
    """Read an example about traffic."""
    about = question(asset, asked, Measurement.TRAFFIC, "sum")
    return list(read_rows(about, example(f"reporting-{name}")["data"]))


def test_traffic_of_rooms() -> None:
    """Entries and exits are summed separately; a room without rows is left out."""
    rows = traffic("flat-traffic-hourly", Asset.ROOMS, ALL_ROOMS)
    assert {(row.direction, row.mac) for row in rows if row.space_id == ids.CAFE} == {
        ("in", CAFE_MAC),
        ("out", CAFE_MAC),
    }
    assert crossings(rows, lambda space_id, mac: True) == {
        ids.LOBBY: (67, 10),
        ids.CAFE: (9, 5),
    }


def test_traffic_of_a_floor() -> None:
    """Only the sensors that the caller counts contribute to a floor: its entrances, no test sensor."""
    rows = traffic("flat-traffic-hourly", Asset.FLOORS, [ids.GROUND])
    asked: set[tuple[str, str | None]] = set()

    def counts(space_id: str, mac: str | None) -> bool:
        asked.add((space_id, mac))
        return mac == ENTRANCE_MAC

    assert crossings(rows, counts) == {ids.GROUND: (67, 10)}
    assert asked == {(ids.GROUND, ENTRANCE_MAC), (ids.GROUND, CAFE_MAC)}
    assert crossings(rows, lambda space_id, mac: True) == {ids.GROUND: (76, 15)}


def test_grouped_traffic() -> None:
    """Nested traffic gives the same rows; the keys of its times lack the Z, and an `out` may be missing."""
    by_room = crossings(traffic("grouped-room-field-traffic", Asset.ROOMS, ALL_ROOMS), lambda _, mac: mac is None)
    assert by_room == {ids.LOBBY: (67, 10), ids.CAFE: (9, 5)}
    rows = traffic("grouped-time-field-traffic", Asset.ROOMS, [ids.LOBBY])
    assert rows == [
        Row(ids.LOBBY, at("07:00:00"), 31, "in"),
        Row(ids.LOBBY, at("07:00:00"), 4, "out"),
        Row(ids.LOBBY, at("08:00:00"), 22, "in"),
    ]
    assert crossings(rows, lambda _, mac: mac is None) == {ids.LOBBY: (53, 4)}


def test_crossings_ignore_what_is_none() -> None:
    """Rows without a direction or below zero are no crossings; halves are rounded up once, at the end."""
    rows = [
        Row("a", 0, 5.0),
        Row("a", 0, -3.0, "in"),
        Row("a", 0, 1.25, "in", ENTRANCE_MAC),
        Row("a", 1, 1.25, "in", ENTRANCE_MAC),
        Row("a", 2, 9.0, "in", CAFE_MAC),
        Row("b", 2, 1.0, "out"),
        Row("b", 2, 0.0, "in"),
    ]
    assert crossings(rows, lambda space_id, mac: mac in (None, ENTRANCE_MAC)) == {"a": (3, 0), "b": (0, 1)}


def test_newest() -> None:
    """The newest of the unsorted rows is found by its time; of two rows with one time, the later row counts."""
    rows = [Row("a", 3, 30), Row("b", 1, 10), Row("a", 5, 50), Row("a", 4, 40), Row("a", 5, 51), Row("b", 0, 0)]
    assert newest(rows) == {"a": Row("a", 5, 51), "b": Row("b", 1, 10)}
    assert newest([]) == {}
    # An unusable value does not count, however new it is.
    assert newest([Row("a", 3, 30), Row("a", 4, None), Row("b", 1, None)]) == {"a": Row("a", 3, 30)}


# How Butlr marks, or may mark, a value as unusable, and fields that are no such mark.
INCOMPLETE: list[dict[str, Any]] = [
    {"data_incomplete": True},
    {"dataIncomplete": True},
    {"DATA_INCOMPLETE": "true"},
    {"data-incomplete": 1},
    {"null_percentage": 0.31},
    {"nullPercentage": 1},
    {"null_percentage": "0.5"},
    {"NullPercentage": 45},
    {"data_incomplete": False, "null_percentage": 0.9},
]
COMPLETE: list[dict[str, Any]] = [
    {"data_incomplete": False},
    {"data_incomplete": None},
    {"dataIncomplete": "false"},
    {"null_percentage": 0.3},
    {"null_percentage": 0},
    {"null_percentage": None},
    {"nullPercentage": "none"},
    {"null_percentage": [1]},
    {"incomplete_note": True},
]
ODD_VALUES: tuple[Any, ...] = (None, "3", True, math.nan, math.inf, -math.inf, 10**400, [1], {})
ROW = {"room_id": "a", "time": "2026-06-22T09:40:00Z", "value": 2.5, "field": "occupancy", "mac_address": ""}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Row("a", at("09:40:00"), 2.5)),
        ({"value": 0}, Row("a", at("09:40:00"), 0.0)),
        ({"measurement": "aggregator_headcount"}, Row("a", at("09:40:00"), 2.5)),
        ({"field": "in", "mac_address": "m"}, Row("a", at("09:40:00"), 2.5, "in", "m")),
        ({"field": "inside"}, Row("a", at("09:40:00"), 2.5)),
        ({"time": "2026-06-22T11:40:00.5+02:00"}, Row("a", at("09:40:00") + 0.5, 2.5)),
        ({"time": "2026-06-22T09:40:00"}, Row("a", at("09:40:00"), 2.5)),
        *(({"value": odd}, None) for odd in ODD_VALUES if odd is not None),
        ({"value": None}, Row("a", at("09:40:00"), None)),
        *((mark, Row("a", at("09:40:00"), None)) for mark in INCOMPLETE),
        *((mark, Row("a", at("09:40:00"), 2.5)) for mark in COMPLETE),
        *(({"time": odd}, None) for odd in (None, "", "now", 5, "2026-13-45T00:00:00Z", "not a time at all")),
        *(({"room_id": odd}, None) for odd in (None, "", "b", 5)),
    ],
)
def test_flat_rows(change: dict[str, Any], expected: Row | None) -> None:
    """A row needs a requested space, a time and a finite number, which may be a fraction."""
    rows = list(read_rows(question(Asset.ROOMS, ["a"]), [{**ROW, **change}]))
    assert rows == ([] if expected is None else [expected])


def test_rows_below_keys() -> None:
    """What a raw row leaves blank is taken from the keys above it."""
    blank = {"room_id": "", "time": "", "value": 3, "field": "", "mac_address": ""}
    data = {"a": {"2026-06-22T09:40:00Z": {"out": {"m": [blank]}}}}
    assert list(read_rows(question(Asset.ROOMS, ["a"]), data)) == [Row("a", at("09:40:00"), 3, "out", "m")]
    # The row's own fields win over the keys.
    data = {"b": {"2026-06-22T09:41:00Z": {"out": {"m": [{**ROW, "field": "in", "mac_address": "n"}]}}}}
    assert list(read_rows(question(Asset.ROOMS, ["a", "b"]), data)) == [Row("a", at("09:40:00"), 2.5, "in", "n")]


@pytest.mark.parametrize(
    ("function", "statistics", "value"),
    [
        ("median", {"count": 3, "sum": 9, "mean": 4, "median": 2.5, "last": 7}, 2.5),
        ("last", {"count": 3, "sum": 9, "mean": 4, "median": 2.5, "last": 7}, 7),
        ("sum", {"count": 3, "sum": 9, "mean": 4, "median": 2.5, "last": 7}, 9),
        ("median", {"median": 0}, 0),
        ("median", {"count": 3, "mean": 4, "max": 6, "sum": 9}, 4),
        ("median", {"count": 3, "median": None, "last": "7", "max": 6}, 6),
        ("median", {"count": 3}, None),
        ("median", {"count": 0, "median": math.nan}, None),
        ("median", {"mean": 4}, None),
    ],
)
def test_statistics(function: str, statistics: dict[str, Any], value: float | None) -> None:
    """The requested statistic is read, or else the most similar one; `count` is not a value."""
    about = question(Asset.ROOMS, ["a", "b"], function=function)
    rows = list(read_rows(about, {"a": {"2026-06-22T09:41:00Z": statistics}}))
    assert rows == ([] if value is None else [Row("a", at("09:41:00"), value)])
    # Without a time, it covers the whole range.
    assert [row.timestamp for row in read_rows(about, {"a": statistics})] == [WHOLE_RANGE] * len(rows)
    # Marked as incomplete, it has no value.
    marked = list(read_rows(about, {"a": {"2026-06-22T09:41:00Z": {**statistics, "data_incomplete": True}}}))
    assert [row.value for row in marked] == [None] * len(rows)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
KEYS = st.sampled_from(
    ["value", "time", "room_id", "count", "median", "last", "field", "in", "out", "a", "2026-06-22T09:40:00Z", "x"]
)
WORDS = st.sampled_from(["a", "b", "in", "2026-06-22T09:40:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14"])
# `room_id` may also be a scalar, but not a list or an object.
FLAT = st.dictionaries(KEYS, SCALARS | WORDS, max_size=6)
ANYTHING = st.recursive(
    SCALARS | WORDS | FLAT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS.filter(lambda key: key != "room_id"), inner),
    max_leaves=30,
)


@given(ANYTHING)
@settings(max_examples=400)
def test_any_json(data: Any) -> None:
    """For any JSON, the reader raises nothing and yields only finite values of requested spaces."""
    rows = list(read_rows(question(Asset.ROOMS, ["a", "b"]), json.loads(json.dumps(data))))
    for row in rows:
        assert row.space_id in {"a", "b"}
        assert row.value is None or math.isfinite(row.value)
        assert math.isfinite(row.timestamp) or row.timestamp == WHOLE_RANGE
        assert row.direction in {"in", "out", None}
    assert all(min(both) >= 0 for both in crossings(rows, lambda *_: True).values() if both)
    assert newest(rows).keys() == {row.space_id for row in rows if row.value is not None}


@pytest.mark.parametrize(
    ("value", "people"), [(0.0, 0), (0.49, 0), (0.5, 1), (1.5, 2), (2.5, 3), (-0.5, 0), (-0.6, -1), (7, 7)]
)
def test_whole(value: float, people: int) -> None:
    """Halves are rounded up."""
    assert round_people(value) == people


@pytest.mark.parametrize(
    ("text", "timestamp"),
    [
        ("1970-01-01T00:00:10Z", 10),
        ("1970-01-01T00:00:10", 10),
        ("1970-01-01T01:00:10+01:00", 10),
        ("1970-01-01", 0),
        ("1970-01-01T00:00:00.250Z", 0.25),
        ("1970-01-0", None),
        ("room_3CaxkS7gnoNg", None),
        ("00-17-0d-00-00-71-20-01", None),
        ("19700101T1", None),
        ("²²²²-01-01", None),
        (None, None),
        (10, None),
    ],
)
def test_read_time(text: object, timestamp: float | None) -> None:
    """A text is a time only if it looks like one; a time without an offset is in UTC."""
    assert read_time(text) == timestamp


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata"])
def test_times_of_another_machine(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """The time zone of the machine does not matter."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert read_time("1970-01-01T00:00:10") == 10
        assert rfc3339(10) == "1970-01-01T00:00:10Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_rfc3339() -> None:
    """Timestamps are formatted in UTC, to the second, and can be read back."""
    assert rfc3339(1782121545.9) == "2026-06-22T09:45:45Z"
    assert read_time(rfc3339(1782121545.0)) == 1782121545.0


def about_tags(*asked: str) -> Question:
    """Return a question about the rooms of tags."""
    return question(Asset.TAGS, asked)


def test_parts_of_what_was_asked() -> None:
    """Rows of a tag name the room they are about, and so do the keys above them."""
    row = {"tag_id": "tag_1", "room_id": "room_1", "space_id": "space_1", "zone_id": "", **TIMED}
    assert list(read_rows(about_tags("tag_1"), [row])) == [Row("tag_1", at("09:40:00"), 3, part="room_1")]
    assert next(read_rows(about_tags("tag_1"), [row | {"zone_id": "zone_1"}])).part == "zone_1"
    assert next(read_rows(about_tags("tag_1"), [row | {"room_id": ""}])).part == "space_1"
    assert next(read_rows(about_tags("tag_1"), [TIMED | {"tag_id": "tag_1"}])).part is None
    assert list(read_rows(about_tags("tag_2"), [row])) == []
    nested = {
        "tag_1": {"room_1": {"2026-06-22T09:40:00Z": {"count": 1, "median": 4}}, "hive_1": {"count": 1, "sum": 9}}
    }
    assert list(read_rows(about_tags("tag_1", "tag_2"), nested)) == [Row("tag_1", at("09:40:00"), 4, part="room_1")]
    blank = {"tag_1": {"room_1": [TIMED]}}
    assert list(read_rows(about_tags("tag_1"), blank)) == [Row("tag_1", at("09:40:00"), 3, part="room_1")]
    # For a room that was itself requested, nothing else is a part.
    assert next(read_rows(question(Asset.ROOMS, ["room_1"]), [row])).part is None


TIMED = {"time": "2026-06-22T09:40:00Z", "value": 3}


def test_series() -> None:
    """Each value belongs to its bucket; of two values for one bucket, the later one in the answer counts."""
    rows = [Row("a", 3, 30), Row("b", 1, 10), Row("a", 5, 50), Row("a", 3, 31)]
    assert series(rows) == {"a": {3: 31, 5: 50}, "b": {1: 10}}
    assert series([Row("a", 3, 30), Row("a", 4, None), Row("b", 1, None)]) == {"a": {3: 30, 4: None}, "b": {1: None}}


def test_crossings_by_bucket() -> None:
    """Sensors are summed within each bucket, separately by direction."""
    rows = [Row("a", 5, 1, "in", "m"), Row("a", 3, 2, "out", "m"), Row("a", 5, 4, "in", "n"), Row("a", 5, 9, "in", "x")]
    assert crossings_by_bucket(rows, lambda space_id, mac: mac != "x") == {"a": {3: (0, 2), 5: (5, 0)}}
    halves = [Row("a", 7, 1.25, "in", "m"), Row("a", 7, 1.25, "in", "n"), Row("b", 7, 0, "out")]
    none = [Row("a", 7, 9), Row("a", 7, -3, "in"), Row("c", 7, 1)]
    assert crossings_by_bucket(halves + none, lambda space_id, mac: True) == {"a": {7: (3, 0)}, "b": {7: (0, 0)}}
    # A sum without its unusable part would be too small.
    lacking = [Row("a", 5, 1, "in", "m"), Row("a", 5, None, "in", "n"), Row("a", 6, 2, "out", "m")]
    assert crossings_by_bucket(lacking, lambda space_id, mac: True) == {"a": {5: None, 6: (0, 2)}}
    assert crossings_by_bucket(lacking, lambda space_id, mac: mac == "m") == {"a": {5: (1, 0), 6: (0, 2)}}
    assert crossings([*lacking, Row("b", 5, 1, "in", "m")], lambda *_: True) == {"a": None, "b": (1, 0)}
