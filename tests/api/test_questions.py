"""The exact request bodies, and how questions are split."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.questions import (
    Asset,
    Calibration,
    Measurement,
    Question,
    TimeConstraints,
    estimate_question,
    presence_question,
    traffic_question,
)
from tests.simulator.questions import read_question

from .test_answers import at

NOW = at("09:45:30") + 0.75
MIDNIGHT = datetime(2026, 6, 21, 22, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("asset", "measurement", "key"),
    [
        (Asset.ROOMS, "room_occupancy", "rooms"),
        (Asset.ZONES, "zone_occupancy", "zones"),
        (Asset.FLOORS, "floor_occupancy", "spaces"),
    ],
)
def test_presence_question(asset: Asset, measurement: str, key: str) -> None:
    """Counts are requested for the last five full minutes, with absolute times and without added zeros."""
    question = presence_question(asset, ["a", "b", "c"], NOW)
    assert question.ids == ("a", "b", "c")
    assert question.about(("a", "b")).body() == {
        "filter": {
            "measurements": [measurement],
            "start": "2026-06-22T09:40:00Z",
            "stop": "2026-06-22T09:45:00Z",
            key: {"eq": ["a", "b"]},
            "value": {"gte": 0},
        },
        "window": {"every": "1m", "function": "median", "timezone": "UTC"},
    }


@pytest.mark.parametrize(
    ("asset", "measurement", "key"),
    [(Asset.ROOMS, "traffic_room_occupancy", "rooms"), (Asset.FLOORS, "traffic_floor_occupancy", "spaces")],
)
def test_estimate_question(asset: Asset, measurement: str, key: str) -> None:
    """Estimates are requested calibrated, which is a string, and in the site's time zone."""
    question = estimate_question(asset, ["a"], NOW, MIDNIGHT, "Europe/Copenhagen")
    assert question.body() == {
        "filter": {
            "measurements": [measurement],
            "start": "2026-06-22T09:40:00Z",
            "stop": "2026-06-22T09:45:00Z",
            key: {"eq": ["a"]},
            "value": {"gte": 0},
            "calibrated": "true",
        },
        "window": {"every": "1m", "function": "last", "timezone": "Europe/Copenhagen"},
    }


@pytest.mark.parametrize(("asset", "key"), [(Asset.ROOMS, "rooms"), (Asset.FLOORS, "spaces")])
def test_traffic_question(asset: Asset, key: str) -> None:
    """Crossings are requested since the site's midnight, summed by day, with zeros for doors nobody crossed."""
    question = traffic_question(asset, ["a"], MIDNIGHT, NOW, "Europe/Copenhagen")
    assert question.body() == {
        "filter": {
            "measurements": ["traffic"],
            "start": "2026-06-21T22:00:00Z",
            "stop": "2026-06-22T09:45:00Z",
            key: {"eq": ["a"]},
            "value": {"gte": 0},
        },
        "window": {"every": "1d", "function": "sum", "timezone": "Europe/Copenhagen", "create_empty": True},
    }


def test_traffic_at_midnight() -> None:
    """In the first minute of a day there is nothing to request; after that, full minutes are."""
    assert traffic_question(Asset.ROOMS, ["a"], MIDNIGHT, MIDNIGHT + 59.4, "UTC").seconds == 0
    assert traffic_question(Asset.ROOMS, ["a"], MIDNIGHT, MIDNIGHT + 60, "UTC").seconds == 60
    assert traffic_question(Asset.ROOMS, ["a"], MIDNIGHT, MIDNIGHT + 179.9, "UTC").stop == MIDNIGHT + 120


@pytest.mark.parametrize(
    ("now", "start"),
    [("09:45:00", "09:40:00"), ("09:45:59", "09:40:00"), ("09:46:00", "09:41:00"), ("00:05:00", "00:00:00")],
)
def test_buckets_are_aligned(now: str, start: str) -> None:
    """The range starts at a full minute."""
    assert presence_question(Asset.ROOMS, [], at(now)).start == at(start)


def past(**more: Any) -> Question:
    """Return a question about a room."""
    about = {"measurement": Measurement.ROOM_OCCUPANCY, "asset": Asset.ROOMS, "ids": ("a",)}
    return Question(**{**about, "start": MIDNIGHT, "stop": MIDNIGHT + 86400, **more})


@pytest.mark.parametrize(
    ("more", "part", "expected"),
    [
        ({"calibration": Calibration.CORRECTED}, ("filter", "calibrated"), "true"),
        ({"calibration": Calibration.RAW}, ("filter", "calibrated"), "raw"),
        ({}, ("filter", "calibrated"), None),
        ({}, ("filter", "value"), {"gte": 0}),
        ({"least": None}, ("filter", "value"), None),
        ({"least": 1, "most": 5}, ("filter", "value"), {"gte": 1, "lte": 5}),
        ({}, ("filter", "time_constraints"), None),
        (
            {"hours": TimeConstraints(ranges=(("09:00", "17:00"), ("18:00", "19:00")), without_weekdays=("saturday",))},
            ("filter", "time_constraints"),
            {
                "time_ranges": [{"start": "09:00", "stop": "17:00"}, {"start": "18:00", "stop": "19:00"}],
                "exclude_days_of_week": ["saturday"],
            },
        ),
        (
            {"hours": TimeConstraints(without_weekdays=("sunday",))},
            ("filter", "time_constraints"),
            {"exclude_days_of_week": ["sunday"]},
        ),
        ({"zeros_for_silence": True}, ("window", "create_empty"), True),
        ({}, ("window", "create_empty"), None),
        ({"every": "6h", "function": "max"}, ("window", "every"), "6h"),
        ({"group_by": ("tag_id", "time")}, ("group_by",), {"order": ["tag_id", "time"]}),
        ({"group_by": ("time",), "raw": True}, ("group_by",), {"order": ["time"], "raw": True}),
        ({"raw": True}, ("group_by",), {"raw": True}),
        ({}, ("group_by",), None),
        *(({"asset": asset}, ("filter", asset.value), {"eq": ["a"]}) for asset in Asset),
    ],
)
def test_everything_that_can_be_asked(more: dict[str, Any], part: tuple[str, ...], expected: Any) -> None:
    """Each option is where the docs have it, and absent unless used."""
    found: Any = past(**more).body()
    for key in part:
        found = found.get(key)
    assert found == expected


@pytest.mark.parametrize("measurement", [*Measurement])
def test_every_measurement_is_known(measurement: Measurement) -> None:
    """The simulated cloud, which is strict, accepts every measurement."""
    body = past(measurement=measurement).body()
    assert read_question(body, round((MIDNIGHT + 10**6) * 1000)).measurements == (measurement.value,)


@pytest.mark.parametrize(
    ("seconds", "every", "rows"), [(3600, "1m", 60), (3601, "1m", 61), (86400, "1h", 24), (10, "1d", 1), (0, "1h", 1)]
)
def test_rows(seconds: float, every: str, rows: int) -> None:
    """The size of an answer is known in advance."""
    assert past(stop=MIDNIGHT + seconds, every=every).buckets == rows


@given(st.integers(1, 100 * 24), st.integers(1, 60), st.sampled_from(["UTC", "Europe/Copenhagen", "Asia/Kolkata"]))
def test_parts_make_the_whole(hours: int, days: int, zone: str) -> None:
    """However a question is split, every moment is requested exactly once."""
    question = past(stop=MIDNIGHT + hours * 3600, time_zone=zone, every="1h")
    first, rest = question.first_days(days)
    assert first.start == question.start
    assert (rest.start, rest.stop) == (first.stop, question.stop) if rest else first.stop == question.stop
    assert first.seconds <= days * 86400 + 3600
    last = question.last_day()
    assert last.stop == question.stop
    assert 0 < last.seconds <= 25 * 3600
    if halves := question.halves():
        assert [half.start for half in halves] == [question.start, halves[0].stop]
        assert halves[1].stop == question.stop
    else:
        assert hours == 1
