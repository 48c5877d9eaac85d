"""The range of time that a question is about, checked before anything is asked."""

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
# How far the clock of whoever asks may run ahead.
MAX_AHEAD: Final = 60.0
LONGEST_DAYS: Final = 366
# Nobody counted anything before 2000-01-01, in Unix seconds.
EARLIEST: Final = 946684800.0
MIDNIGHT: Final = "00:00"
# The end of the day has no name that is documented; a minute before it does as well.
LAST_MINUTE: Final = "23:59"


@dataclass(frozen=True, slots=True)
class Range:
    """From when to when, in Unix seconds; without a start it begins at the midnight of each site."""

    start: float | None
    stop: float

    def since(self, midnight: float) -> float:
        """Return the start for a site whose day began at `midnight`."""
        return midnight if self.start is None else self.start


def read_range(asked: Mapping[str, Any], now: float, longest_days: int = LONGEST_DAYS) -> Range:
    """Read the range of a call; raises ServiceValidationError. Times without a zone are Home Assistant's.

    `now` is the time at Butlr. Whoever asks goes by another clock, which may run ahead.
    """
    latest = max(now, time.time())
    start = _moment(asked.get(ATTR_START_TIME), latest)
    stop = _moment(asked.get(ATTR_END_TIME), latest)
    if start is None and stop is not None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="range_without_start")
    stop = now if stop is None else min(stop, now)
    if start is None:
        return Range(None, now)
    if start >= stop:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="range_reversed",
            translation_placeholders={"start": _local(start), "end": _local(stop)},
        )
    if stop - start > longest_days * DAY:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="range_too_long",
            translation_placeholders={"days": str(longest_days)},
        )
    return Range(start, stop)


def read_hours(asked: Mapping[str, Any]) -> TimeConstraints | None:
    """Read which hours and weekdays count; None where all do. Raises ServiceValidationError.

    Hours that end before they begin are a night: of every day that counts, what is before its end and after its
    beginning. So a night from Friday to Saturday counts in two halves, each with its own day, as Butlr excludes days.
    """
    start: wall_time | None = asked.get(ATTR_HOURS_START)
    end: wall_time | None = asked.get(ATTR_HOURS_END)
    weekdays: list[str] = asked.get(ATTR_WEEKDAYS, list(WEEKDAYS))
    if (start is None) != (end is None):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="hours_incomplete")
    ranges = () if start is None or end is None else _hours(start, end)
    without = tuple(weekday for weekday in WEEKDAYS if weekday not in weekdays)
    return TimeConstraints(ranges=ranges, without_weekdays=without) if ranges or without else None


def _hours(start: wall_time, end: wall_time) -> tuple[tuple[str, str], ...]:
    """Return from when to when, in minutes of one day; raises ServiceValidationError."""
    last = end.replace(second=0, microsecond=0)
    if (end.hour, end.minute) == (23, 59):
        # However it is written, it is the end of the day, of which minutes know no later one.
        end = last
    if start.second or start.microsecond or end != last:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="hours_with_seconds",
            translation_placeholders={"start": start.isoformat(), "end": end.isoformat()},
        )
    begin, stop = f"{start:%H:%M}", f"{end:%H:%M}"
    parts = [(begin, stop)] if begin < stop else [(MIDNIGHT, stop), (begin, LAST_MINUTE)]
    ranges = tuple((one, other) for one, other in parts if one != other)
    if begin == stop or not ranges:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="hours_too_short",
            translation_placeholders={"start": begin, "end": stop},
        )
    return ranges


def _moment(given: datetime | None, latest: float) -> float | None:
    """Return a moment that has been; raises ServiceValidationError for what lies in the future or before our age."""
    if given is None:
        return None
    try:
        timestamp = dt_util.as_utc(given).timestamp()
    except OverflowError, ValueError, OSError:
        # The first and the last day that there is, which somewhere else is none.
        timestamp = -math.inf if given.year == MINYEAR else math.inf
    if timestamp > latest + MAX_AHEAD:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="range_in_future",
            translation_placeholders={
                "time": given.isoformat(timespec="seconds") if math.isinf(timestamp) else _local(timestamp),
                "now": _local(latest),
            },
        )
    if timestamp < EARLIEST:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="range_too_early",
            translation_placeholders={"time": given.isoformat(timespec="seconds"), "earliest": _local(EARLIEST)},
        )
    return timestamp


def _local(timestamp: float) -> str:
    try:
        return dt_util.as_local(dt_util.utc_from_timestamp(timestamp)).isoformat(timespec="seconds")
    except OverflowError:
        return dt_util.utc_from_timestamp(timestamp).isoformat(timespec="seconds")
