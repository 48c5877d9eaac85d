"""Questions to the reporting API, to the letter, and how they are cut."""

from datetime import UTC, datetime

import pytest

from custom_components.butlr.api.questions import Asset, estimate_question, presence_question, traffic_question

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
    """Counts are asked for the last five minutes in whole minutes; no words for times, no invented zeros."""
    question = presence_question(asset, ["a", "b", "c"], NOW)
    assert question.ids == ("a", "b", "c")
    assert question.about(("a", "b")).body() == {
        "filter": {
            "measurements": [measurement],
            "start": "2026-06-22T09:40:00Z",
            "stop": "2026-06-22T09:45:30Z",
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
    """The estimate is asked calibrated, which is spelled as a text, and in the site's time zone."""
    question = estimate_question(asset, ["a"], NOW, "Europe/Copenhagen")
    assert question.body() == {
        "filter": {
            "measurements": [measurement],
            "start": "2026-06-22T09:40:00Z",
            "stop": "2026-06-22T09:45:30Z",
            key: {"eq": ["a"]},
            "value": {"gte": 0},
            "calibrated": "true",
        },
        "window": {"every": "1m", "function": "last", "timezone": "Europe/Copenhagen"},
    }


@pytest.mark.parametrize(("asset", "key"), [(Asset.ROOMS, "rooms"), (Asset.FLOORS, "spaces")])
def test_traffic_question(asset: Asset, key: str) -> None:
    """Crossings are asked since the site's midnight, summed by its days, with zeros for doors nobody crossed."""
    question = traffic_question(asset, ["a"], MIDNIGHT, NOW, "Europe/Copenhagen")
    assert question.body() == {
        "filter": {
            "measurements": ["traffic"],
            "start": "2026-06-21T22:00:00Z",
            "stop": "2026-06-22T09:45:30Z",
            key: {"eq": ["a"]},
            "value": {"gte": 0},
        },
        "window": {"every": "1d", "function": "sum", "timezone": "Europe/Copenhagen", "create_empty": True},
    }


def test_traffic_at_midnight() -> None:
    """At midnight itself the range is not empty, which the API refuses."""
    assert traffic_question(Asset.ROOMS, ["a"], MIDNIGHT, MIDNIGHT + 0.4, "UTC").stop == MIDNIGHT + 1
    assert traffic_question(Asset.ROOMS, ["a"], MIDNIGHT, MIDNIGHT + 2.4, "UTC").stop == MIDNIGHT + 2


@pytest.mark.parametrize(
    ("now", "start"),
    [("09:45:00", "09:40:00"), ("09:45:59", "09:40:00"), ("09:46:00", "09:41:00"), ("00:05:00", "00:00:00")],
)
def test_buckets_are_aligned(now: str, start: str) -> None:
    """The range begins at a whole minute."""
    assert presence_question(Asset.ROOMS, [], at(now)).start == at(start)
