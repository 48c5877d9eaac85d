"""The time range and the hours of an action, validated before any request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MINYEAR, datetime, time as wall_time
import math
import time
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from ..api.buckets import DAY
from ..api.questions import WEEKDAYS, TimeConstraints
from ..const import DOMAIN

ATTR_START_TIME: Final = "start_time"
ATTR_END_TIME: Final = "end_time"
ATTR_HOURS_START: Final = "hours_start"
ATTR_HOURS_END: Final = "hours_end"
ATTR_WEEKDAYS: Final = "weekdays"
# How far ahead the clock of a caller may be, in seconds.
MAX_CALLER_AHEAD: Final = 60.0
MAX_RANGE_DAYS: Final = 366
# 2000-01-01 in Unix seconds. There is no data before it.
EARLIEST: Final = 946684800.0
MIDNIGHT: Final = "00:00"
# The API does not document how to write the end of a day, so its last minute is used.
LAST_MINUTE: Final = "23:59"


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The time from `start` to `end` (Unix seconds); without a start, it starts at today's midnight of each site."""

    start: float | None
    end: float

    def start_at(self, midnight: float) -> float:
        """Return the start for a site whose day started at `midnight`."""
        return midnight if self.start is None else self.start


def read_time_range(fields: Mapping[str, Any], now: float, max_days: int = MAX_RANGE_DAYS) -> TimeRange:
    """Read the time range of a call; raises ServiceValidationError.

    Times without a time zone are in Home Assistant's. `now` is the time at Butlr; the caller's clock may be ahead.
    """
    latest = max(now, time.time())
    start = _timestamp(fields.get(ATTR_START_TIME), latest)
    end = _timestamp(fields.get(ATTR_END_TIME), latest)
    if start is None and end is not None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="range_without_start")
    end = now if end is None else min(end, now)
    if start is None:
        return TimeRange(None, now)
    if start >= end:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="range_reversed",
            translation_placeholders={"start": _isoformat(start), "end": _isoformat(end)},
        )
    if end - start > max_days * DAY:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="range_too_long",
            translation_placeholders={"days": str(max_days)},
        )
    return TimeRange(start, end)


def read_time_constraints(fields: Mapping[str, Any]) -> TimeConstraints | None:
    """Read the hours and weekdays to include; None if there are no limits. Raises ServiceValidationError.

    Hours that end before they start span midnight. Butlr excludes whole days, so such a night is two ranges of each
    included day: the hours before the end and those after the start. A night from Friday to Saturday is part of both.
    """
    start: wall_time | None = fields.get(ATTR_HOURS_START)
    end: wall_time | None = fields.get(ATTR_HOURS_END)
    weekdays: list[str] = fields.get(ATTR_WEEKDAYS, list(WEEKDAYS))
    if (start is None) != (end is None):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="hours_incomplete")
    ranges = () if start is None or end is None else _hours(start, end)
    without = tuple(weekday for weekday in WEEKDAYS if weekday not in weekdays)
    return TimeConstraints(ranges=ranges, without_weekdays=without) if ranges or without else None


def _hours(start: wall_time, end: wall_time) -> tuple[tuple[str, str], ...]:
    """Return the ranges of a day, each as its start and end (HH:MM); raises ServiceValidationError."""
    whole = end.replace(second=0, microsecond=0)
    if (end.hour, end.minute) == (23, 59):
        # 23:59:59 means the end of the day, which cannot be written any later in minutes.
        end = whole
    if start.second or start.microsecond or end != whole:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="hours_with_seconds",
            translation_placeholders={"start": start.isoformat(), "end": end.isoformat()},
        )
    first, until = f"{start:%H:%M}", f"{end:%H:%M}"
    parts = [(first, until)] if first < until else [(MIDNIGHT, until), (first, LAST_MINUTE)]
    ranges = tuple(part for part in parts if part[0] != part[1])
    if first == until or not ranges:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="hours_too_short",
            translation_placeholders={"start": first, "end": until},
        )
    return ranges


def _timestamp(given: datetime | None, latest: float) -> float | None:
    """Return the timestamp of a time; raises ServiceValidationError if it is too early or in the future."""
    if given is None:
        return None
    try:
        timestamp = dt_util.as_utc(given).timestamp()
    except OverflowError, ValueError, OSError:
        # On the first or last day of the calendar, the time in UTC can be outside the calendar.
        timestamp = -math.inf if given.year == MINYEAR else math.inf
    if timestamp > latest + MAX_CALLER_AHEAD:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="range_in_future",
            translation_placeholders={
                "time": given.isoformat(timespec="seconds") if math.isinf(timestamp) else _isoformat(timestamp),
                "now": _isoformat(latest),
            },
        )
    if timestamp < EARLIEST:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="range_too_early",
            translation_placeholders={"time": given.isoformat(timespec="seconds"), "earliest": _isoformat(EARLIEST)},
        )
    return timestamp


def _isoformat(timestamp: float) -> str:
    try:
        return dt_util.as_local(dt_util.utc_from_timestamp(timestamp)).isoformat(timespec="seconds")
    except OverflowError:
        return dt_util.utc_from_timestamp(timestamp).isoformat(timespec="seconds")
