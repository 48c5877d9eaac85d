"""The range of time that a question is about, checked before anything is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time as wall_time
import time
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .api.buckets import DAY
from .api.questions import WEEKDAYS, Hours
from .const import DOMAIN

ATTR_START_TIME: Final = "start_time"
ATTR_END_TIME: Final = "end_time"
ATTR_HOURS_START: Final = "hours_start"
ATTR_HOURS_END: Final = "hours_end"
ATTR_WEEKDAYS: Final = "weekdays"
# How far the clock of whoever asks may run ahead.
AHEAD: Final = 60.0
LONGEST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class Range:
    """From when to when, in Unix seconds; without a start it begins at the midnight of each site."""

    start: float | None
    stop: float

    def since(self, midnight: float) -> float:
        """Return the start for a site whose day began at `midnight`."""
        return midnight if self.start is None else self.start


def read_range(asked: Mapping[str, Any], now: float, longest_days: int = LONGEST_DAYS) -> Range:
    """Read the range of a call, `now` at Butlr; raises ServiceValidationError.

    Times without a zone are Home Assistant's, and so is the clock of whoever asks, right or wrong.
    """
    latest = max(now, time.time()) + AHEAD
    start = _moment(asked.get(ATTR_START_TIME))
    stop = _moment(asked.get(ATTR_END_TIME))
    if start is None and stop is not None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="range_without_start")
    for moment in (start, stop):
        if moment is not None and moment > latest:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="range_in_future",
                translation_placeholders={"time": _local(moment), "now": _local(now)},
            )
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


def read_hours(asked: Mapping[str, Any]) -> Hours | None:
    """Read which hours and weekdays count; None where all do. Raises ServiceValidationError."""
    start: wall_time | None = asked.get(ATTR_HOURS_START)
    end: wall_time | None = asked.get(ATTR_HOURS_END)
    weekdays: list[str] = asked.get(ATTR_WEEKDAYS, list(WEEKDAYS))
    if (start is None) != (end is None):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="hours_incomplete")
    ranges: tuple[tuple[str, str], ...] = ()
    if start is not None and end is not None:
        if start >= end:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="hours_reversed",
                translation_placeholders={"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"},
            )
        ranges = ((f"{start:%H:%M}", f"{end:%H:%M}"),)
    without = tuple(weekday for weekday in WEEKDAYS if weekday not in weekdays)
    return Hours(ranges=ranges, without_weekdays=without) if ranges or without else None


def _moment(given: datetime | None) -> float | None:
    return None if given is None else dt_util.as_utc(given).timestamp()


def _local(moment: float) -> str:
    return dt_util.as_local(dt_util.utc_from_timestamp(moment)).isoformat(timespec="seconds")
