"""Sets of hours, and the requests for missing ones."""

from datetime import UTC, datetime
import random
from zoneinfo import ZoneInfo

import pytest

from custom_components.butlr.history.hours import (
    HOUR_SECONDS,
    WEEK_SECONDS,
    Hours,
    bucket_length,
    plan_requests,
    split_into_weeks,
    stretches,
)

START = int(datetime(2026, 10, 24, 6, tzinfo=UTC).timestamp())


def test_hours_behave_like_a_set() -> None:
    """Every operation on Hours has the result that it has on a set of integers, across weeks too."""
    rng = random.Random(1)
    for _ in range(200):
        start = rng.randrange(WEEK_SECONDS // HOUR_SECONDS * 3) * HOUR_SECONDS
        end = start + rng.randrange(400) * HOUR_SECONDS
        hours, expected = Hours.between(start, end), set(range(start, end, HOUR_SECONDS))
        for hour in (rng.randrange(WEEK_SECONDS // HOUR_SECONDS * 5) * HOUR_SECONDS for _ in range(100)):
            if rng.random() < 0.5:
                hours.add(hour)
                expected.add(hour)
            else:
                hours.discard(hour)
                expected.discard(hour)
        other = Hours([start, end])
        assert list(hours) == sorted(expected)
        assert list(hours | other) == sorted(expected | {start, end})
        assert list(hours.within(start, end)) == sorted(expected & {*range(start, end, HOUR_SECONDS)})
        assert len(hours) == len(expected)
        assert all((hour in hours) is (hour in expected) for hour in range(0, WEEK_SECONDS * 5, HOUR_SECONDS))
        assert bool(hours) is bool(expected)
        assert {hour for first, last in stretches(hours) for hour in range(first, last, HOUR_SECONDS)} == expected


def test_stretches_are_consecutive_hours() -> None:
    """A gap of an hour ends a stretch; the end of a week does not."""
    hours = [0, 1, 2, 5, 7, 8, 9]
    found = [
        (first // HOUR_SECONDS, last // HOUR_SECONDS)
        for first, last in stretches(hour * HOUR_SECONDS for hour in hours)
    ]
    assert found == [(0, 3), (5, 6), (7, 10)]
    assert list(stretches(Hours.between(0, 2 * WEEK_SECONDS))) == [(0, 2 * WEEK_SECONDS)]
    assert list(stretches([])) == []


def test_weeks_cover_a_range() -> None:
    """No part is longer than a week, and no time is left out."""
    assert list(split_into_weeks(3, 2 * WEEK_SECONDS)) == [(3, 3 + WEEK_SECONDS), (3 + WEEK_SECONDS, 2 * WEEK_SECONDS)]
    assert list(split_into_weeks(3, 3)) == []


def test_requests_for_missing_hours() -> None:
    """Spaces with the same gaps share requests, newest first; a request covers a week at most and limits its answer."""
    week = 100 * WEEK_SECONDS
    missing = {
        "a": Hours.between(week, week + 2 * WEEK_SECONDS),
        "b": Hours.between(week, week + 2 * WEEK_SECONDS),
        "c": Hours.between(week, week + 2 * WEEK_SECONDS),
        "d": Hours([week + 5 * HOUR_SECONDS, week + 9 * HOUR_SECONDS]),
        "e": Hours(),
    }
    requests = plan_requests(missing, 2 * WEEK_SECONDS // HOUR_SECONDS)
    assert [(request.start, request.end, request.space_ids) for request in requests] == [
        (week + WEEK_SECONDS, week + 2 * WEEK_SECONDS, ("a", "b")),
        (week + WEEK_SECONDS, week + 2 * WEEK_SECONDS, ("c",)),
        (week, week + WEEK_SECONDS, ("a", "b")),
        (week, week + WEEK_SECONDS, ("c", "d")),
    ]
    assert [(request.start, request.end) for request in plan_requests({"d": missing["d"]}, 400)] == [
        (week + 5 * HOUR_SECONDS, week + 10 * HOUR_SECONDS)
    ]
    # A space with several rows an hour fills an answer sooner.
    two_weeks = 2 * WEEK_SECONDS // HOUR_SECONDS
    assert len(plan_requests(missing, two_weeks, {"a": 2, "b": 1, "c": 1, "d": 1})) == 5
    assert len(plan_requests(missing, two_weeks, {"a": 2, "b": 2, "c": 2, "d": 1})) == 7


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("UTC", 60), ("Europe/Copenhagen", 60), ("Asia/Kolkata", 30), ("Asia/Kathmandu", 15), ("Australia/Lord_Howe", 30)],
)
def test_buckets_align_with_midnight(zone: str, minutes: int) -> None:
    """Where midnight is within an hour of UTC, buckets are shorter, even if that is so for half of the year only."""
    assert bucket_length(ZoneInfo(zone), START, START + 300 * 86400) == minutes * 60
