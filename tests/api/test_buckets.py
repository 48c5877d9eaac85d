"""Ranges are split only between buckets, by the clock of any time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.butlr.api.buckets import BUCKETS, DAY, HOUR, bucket_start, cut, midnight, zone_named

ZONES = ("UTC", "Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Sydney")


def at(text: str, zone: str) -> float:
    """Return the timestamp of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("name", "utc"), [("UTC", True), ("Europe/Copenhagen", False), ("Nowhere/Land", True), ("", True), ("../etc", True)]
)
def test_zone_named(name: str, utc: bool) -> None:
    """An unknown time zone becomes UTC."""
    assert (zone_named(name) is UTC) is utc


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-22", 24)])
def test_midnight(day: str, hours: int) -> None:
    """A day has 23, 24 or 25 hours."""
    zone = ZoneInfo("Europe/Copenhagen")
    begin = at(f"{day}T00:00", "Europe/Copenhagen")
    for timestamp in (begin, begin + 1, begin + hours * HOUR - 1):
        assert midnight(timestamp, zone) == begin
        assert midnight(timestamp, zone, 1) == begin + hours * HOUR
    assert midnight(begin, zone, 7) - begin in (7 * DAY, 7 * DAY - HOUR, 7 * DAY + HOUR)


@pytest.mark.parametrize(
    ("every", "start"),
    [
        ("1m", "13:44"),
        ("5m", "13:40"),
        ("15m", "13:30"),
        ("30m", "13:30"),
        ("1h", "13:00"),
        ("6h", "12:00"),
        ("12h", "12:00"),
        ("1d", "00:00"),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_bucket_start(every: str, start: str, zone: str) -> None:
    """Buckets follow the local clock, also in zones with offsets of half and three quarters of an hour."""
    timestamp = at("2026-06-22T13:44:31", zone)
    assert bucket_start(timestamp, every, ZoneInfo(zone)) == at(f"2026-06-22T{start}", zone)


def test_buckets_of_a_day_that_is_no_day() -> None:
    """Repeated hours are separate buckets; it is not documented how such a day is halved, so it stays whole."""
    zone = ZoneInfo("Europe/Copenhagen")
    second = at("2026-10-25T02:00", "Europe/Copenhagen") + HOUR
    assert bucket_start(second + 1800, "1h", zone) == second
    assert bucket_start(second + 1800, "12h", zone) == at("2026-10-25T00:00", "Europe/Copenhagen")


@given(
    st.sampled_from(ZONES),
    st.sampled_from(list(BUCKETS)),
    st.integers(1_700_000_000, 1_850_000_000),
    st.integers(1, 400 * 86400),
)
@settings(max_examples=500)
def test_cut(name: str, every: str, start: int, length: int) -> None:
    """A split is inside the range, between two buckets."""
    zone = ZoneInfo(name)
    where = cut(start, start + length, every, zone)
    if where is None:
        assert bucket_start(start + length - 1, every, zone) <= start or length < 2 * BUCKETS[every] + 2 * HOUR
        return
    assert start < where < start + length
    assert bucket_start(where, every, zone) == where
    if length > 3 * DAY:
        assert midnight(where, zone) == where
        assert abs(where - start - length / 2) <= 13 * HOUR
