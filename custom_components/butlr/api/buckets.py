"""The buckets that figures of the past come in, and where a range may be cut so that none is torn.

Buckets follow the clock of a time zone (docs: reporting-api-overview). Every bucket below divides a day, so that a
local midnight never lies within one, not even on the days of 23 or 25 hours.
"""

from datetime import UTC, datetime, timedelta, tzinfo
import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# How the names of zones look.
_ZONE_NAME: Final = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
MAX_ZONE_NAME_LENGTH: Final = 64
# Lengths of time in seconds.
MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
# Length in seconds of every bucket that is documented for longer than a test.
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
    """Return a time zone by its IANA name, UTC if there is none of that name.

    Whoever asks in a zone of the estate has it loaded already: nothing is read from a disk.
    """
    return zone_or_none(name) or UTC


def zone_or_none(name: str) -> tzinfo | None:
    """Return a time zone by its IANA name, if there is one; the first time it is read from a disk.

    A name becomes the path of a file: what cannot be one is not tried, and what is there but no zone is none.
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
    """Return the beginning of the local day that a moment lies in, or of the one so many days later."""
    day = datetime.fromtimestamp(timestamp, zone).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def bucket_start(timestamp: float, every: str, zone: tzinfo) -> float:
    """Return the beginning of the bucket that a moment lies in."""
    length = BUCKETS[every]
    begin = midnight(timestamp, zone)
    if length > HOUR and midnight(timestamp, zone, 1) - begin != DAY:
        # Whether the second part of such a day begins by the clock or by the hours that have passed is not documented.
        return begin
    offset = _offset(timestamp, zone)
    return (timestamp + offset) // length * length - offset


def cut(start: float, stop: float, every: str, zone: tzinfo) -> float | None:
    """Return where to cut a range in two of about the same length; None where it cannot be cut.

    Ranges of more than a day are cut at a midnight, shorter ones between two buckets.
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
