"""The time buckets of reporting answers, and where a range may be split without splitting a bucket.

Buckets follow the clock of a time zone (docs: reporting-api-overview). Every length below divides a day, so a local
midnight never falls inside a bucket, not even on days of 23 or 25 hours.
"""

from datetime import UTC, datetime, timedelta, tzinfo
import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The syntax of IANA time zone names.
_ZONE_NAME: Final = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
MAX_ZONE_NAME_LENGTH: Final = 64
# Durations in seconds.
MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
# Length in seconds of every bucket that is documented for production use.
BUCKETS: Final = {
    "1m": MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "6h": 6 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
}


def zone_named(name: str) -> tzinfo:
    """Return a time zone by its IANA name, or UTC if there is no such zone.

    Time zones of the estate are already loaded, so this does not read from the disk.
    """
    return zone_or_none(name) or UTC


def zone_or_none(name: str) -> tzinfo | None:
    """Return a time zone by its IANA name, or None; the first call for a name reads from the disk.

    The name becomes a file path, so names that cannot be zones are not tried, and files that are not zones are ignored.
    """
    if name == "UTC":
        return UTC
    if len(name) > MAX_ZONE_NAME_LENGTH or not _ZONE_NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError, ValueError, OSError:
        return None


def midnight(timestamp: float, zone: tzinfo, days: int = 0) -> float:
    """Return local midnight (Unix seconds) of the day that contains a timestamp, or of a day `days` later."""
    day = datetime.fromtimestamp(timestamp, zone).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def bucket_start(timestamp: float, every: str, zone: tzinfo) -> float:
    """Return the start of the bucket that contains a timestamp."""
    length = BUCKETS[every]
    begin = midnight(timestamp, zone)
    if length > HOUR and midnight(timestamp, zone, 1) - begin != DAY:
        # UNVERIFIED: where buckets of 6 and 12 hours start on days of 23 or 25 hours
        # On such a day it is not documented whether later buckets start by the local clock or by elapsed hours.
        return begin
    offset = _offset(timestamp, zone)
    return (timestamp + offset) // length * length - offset


def cut(start: float, stop: float, every: str, zone: tzinfo) -> float | None:
    """Return where to split a range into two parts of about the same length, or None if it cannot be split.

    Ranges of more than a day are split at a midnight, shorter ones between two buckets.
    """
    middle = (start + stop) / 2
    midnights = (midnight(middle, zone), midnight(middle, zone, 1)) if stop - start > DAY else ()
    between = (bucket_start(middle, every, zone), bucket_start(middle + BUCKETS[every], every, zone))
    for choices in (midnights, between):
        if inside := [choice for choice in choices if start < choice < stop]:
            return min(inside, key=lambda choice: abs(choice - middle))
    return None


def _offset(timestamp: float, zone: tzinfo) -> float:
    offset = datetime.fromtimestamp(timestamp, zone).utcoffset()
    return offset.total_seconds() if offset else 0.0
