"""Until when a space is usually free today: the same weekday and hours of the last four weeks. Plain Python.

The rule. An hour was free if the mean number of people was at most NEAR_ZERO: one person for six minutes, who walked
through, does not make it used. An hour of today is usually free if it was free in most of the weeks that are known; a
tie counts as used, because a promise that fails costs more than one that is not made. A space is usually free from now
until the first hour that is usually used, or that is not known in any week, and at the longest until the next midnight
of its site.

An hour of a past week is the one with the same local time. Statistics have hours of UTC: where the local hour overlaps
two of them (clocks that are off by half an hour, or were turned back), both must have been free. A local time that a
week did not have, because clocks were turned forward, is not known in that week.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from ..api.buckets import midnight
from .hours import HOUR_SECONDS

USUAL_WEEKS: Final = 4
# The highest mean number of people in an hour that counts as free.
NEAR_ZERO: Final = 0.1


class UsualUse(StrEnum):
    """What is usual from now on, and what ends the time in which a space is usually free."""

    FREE_UNTIL_MIDNIGHT = "free_until_midnight"
    FREE_UNTIL_USED = "free_until_used"
    FREE_UNTIL_UNKNOWN = "free_until_unknown"
    USED = "used"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a space now; `until` is only known if it is usually free now."""

    use: UsualUse
    until: float | None = None
    # The lowest number of known weeks of all hours that this rests on.
    weeks: int = 0

    def seconds(self, now: float) -> float | None:
        """Return how long the space is usually free from now on; None if that is unknown."""
        if self.until is not None:
            return self.until - now
        return 0.0 if self.use is UsualUse.USED else None


NO_BASELINE: Final = Usual(UsualUse.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _TodayHour:
    """An hour of today, and the hours of each past week that have the same local time."""

    start: int
    weeks: tuple[tuple[int, ...], ...]

    def known(self, means: Mapping[int, float]) -> list[bool]:
        """Return for each known week whether the hour was free."""
        return [
            max(means[hour] for hour in hours) <= NEAR_ZERO
            for hours in self.weeks
            if hours and all(hour in means for hour in hours)
        ]


class RestOfToday:
    """The hours from now until midnight in a time zone, and those of the past weeks to compare them with."""

    def __init__(self, now: float, zone: tzinfo) -> None:
        """Find the hours."""
        self._end = midnight(now, zone, 1)
        first = int(now // HOUR_SECONDS) * HOUR_SECONDS
        self._hours = [
            _TodayHour(start, tuple(_same_hours(start, zone, week) for week in range(1, USUAL_WEEKS + 1)))
            for start in range(first, int(self._end), HOUR_SECONDS)
        ]

    @property
    def periods(self) -> list[tuple[int, int]]:
        """Return the period of each past week that covers all of its hours."""
        weeks = (
            [hour for hours in week for hour in hours] for week in zip(*(one.weeks for one in self._hours), strict=True)
        )
        return [(min(hours), max(hours) + HOUR_SECONDS) for hours in weeks if hours]

    def usual(self, means: Mapping[int, float]) -> Usual:
        """Return what is usual for a space, from the mean number of people in past hours."""
        weeks = USUAL_WEEKS
        until: float | None = None
        for hour in self._hours:
            known = hour.known(means)
            if not known:
                return NO_BASELINE if until is None else Usual(UsualUse.FREE_UNTIL_UNKNOWN, until, weeks)
            weeks = min(weeks, len(known))
            if 2 * sum(known) <= len(known):
                use = UsualUse.USED if until is None else UsualUse.FREE_UNTIL_USED
                return Usual(use, until, weeks)
            until = min(float(hour.start + HOUR_SECONDS), self._end)
        return Usual(UsualUse.FREE_UNTIL_MIDNIGHT, until, weeks)


def _same_hours(start: int, zone: tzinfo, weeks: int) -> tuple[int, ...]:
    """Return the hours of UTC that overlap the hour with the same local time some weeks earlier."""
    local = datetime.fromtimestamp(start, zone).replace(tzinfo=None) - timedelta(weeks=weeks)
    hours = set()
    for fold in (0, 1):
        begin = local.replace(tzinfo=zone, fold=fold).timestamp()
        if datetime.fromtimestamp(begin, zone).replace(tzinfo=None) == local:
            last = begin + HOUR_SECONDS - 1
            hours |= {int(one // HOUR_SECONDS) * HOUR_SECONDS for one in (begin, last)}
    return tuple(sorted(hours))
