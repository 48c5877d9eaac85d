"""How good the pushes are: how many of the changes that polls find they had told before, and how long they take.

Kept hour by hour, in memory only, so that a bad day can be told from a bad hour. Plain Python: the clock is passed in,
and timestamps are Unix seconds.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from ..api.buckets import HOUR

# The figures cover the hours of this many seconds; the days in diagnostics go further back.
WINDOW: Final = 24 * HOUR
KEPT: Final = 7 * 24 * HOUR
# Below this share of told changes the user is notified, and from the other on no longer. A few polled changes decide
# nothing, nor does a single hour.
LOW_AGREEMENT: Final = 0.8
GOOD_AGREEMENT: Final = 0.9
MIN_CHANGES: Final = 50
MIN_HOURS: Final = 3
# A delay is kept as so many steps of a hundredth of a millisecond, of which only the first bits are kept: an hour needs
# little memory however many pushes it has, and the median is right to a percent.
STEPS_PER_SECOND: Final = 100_000
DELAY_BITS: Final = 7
# How many different counts of a space are remembered between two polls.
MAX_COUNTS: Final = 16


@dataclass(slots=True)
class SpaceCounts:
    """The people that polls and pushes reported for one space."""

    polled: int | None = None
    pushed: int | None = None
    # What was pushed since the last poll, and the newest push before it, which that poll may have been too old for.
    since_poll: tuple[int, ...] = ()

    def record_push(self, people: int) -> None:
        """Remember a pushed count until the next poll."""
        self.pushed = people
        if people not in self.since_poll:
            self.since_poll = (*self.since_poll[1 - MAX_COUNTS :], people)

    def record_poll(self, people: int) -> bool | None:
        """Return whether a push had told this polled count before; None if it equals the last polled count."""
        before, told = self.polled, people in self.since_poll
        self.since_poll = () if self.pushed is None or self.pushed == people else (self.pushed,)
        self.polled, self.pushed = people, None
        return None if before in {None, people} else told


@dataclass(slots=True)
class _Hour:
    """One hour of polled changes and of pushes."""

    changes: int = 0
    told: int = 0
    # How many pushes took how long, in steps.
    delays: Counter[int] = field(default_factory=Counter)


class PushAudit:
    """Compares pushes with polls, and measures how long they take."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with nothing known."""
        self._clock = clock
        # By the start of the hour.
        self._hours: dict[float, _Hour] = {}
        self._is_low = False

    def record_change(self, *, told: bool) -> None:
        """Count a change that a poll found, and whether a push had told it before."""
        hour = self._hour(self._clock())
        hour.changes += 1
        hour.told += told

    def record_delay(self, sensed_at: float) -> None:
        """Count a push whose state is shown now, given when it was sensed. A clock that is ahead says nothing."""
        now = self._clock()
        if (delay := now - sensed_at) >= 0:
            steps = int(delay * STEPS_PER_SECOND)
            cut = max(steps.bit_length() - DELAY_BITS, 0)
            self._hour(now).delays[steps >> cut << cut] += 1

    def _hour(self, now: float) -> _Hour:
        start = now - now % HOUR
        hour = self._hours.get(start)
        if hour is None:
            self._hours = {known: hour for known, hour in self._hours.items() if known > start - KEPT}
            hour = self._hours[start] = _Hour()
        return hour

    def _recent(self) -> list[_Hour]:
        since = self._clock() - WINDOW
        return [hour for start, hour in self._hours.items() if start > since]

    @property
    def agreement(self) -> float | None:
        """The share of the last day's polled changes that pushes had told before; None without a change."""
        return _agreement(self._recent())

    @property
    def delay(self) -> float | None:
        """The median time from sensing to the state in the last day, in milliseconds; None without a push."""
        return _median_delay(self._recent())

    @property
    def is_low(self) -> bool:
        """Whether pushes tell so little of what polls find that the user should know."""
        hours = [hour for hour in self._recent() if hour.changes]
        agreement = _agreement(hours)
        if agreement is None or sum(hour.changes for hour in hours) < MIN_CHANGES or len(hours) < MIN_HOURS:
            self._is_low = False
        else:
            self._is_low = agreement < (GOOD_AGREEMENT if self._is_low else LOW_AGREEMENT)
        return self._is_low

    def by_day(self, zone: tzinfo) -> dict[str, dict[str, Any]]:
        """Return the figures of each day of a time zone, for diagnostics."""
        days: dict[str, list[_Hour]] = {}
        for start, hour in self._hours.items():
            days.setdefault(datetime.fromtimestamp(start, UTC).astimezone(zone).date().isoformat(), []).append(hour)
        return {
            day: {
                "polled_changes": sum(hour.changes for hour in hours),
                "told_by_pushes": sum(hour.told for hour in hours),
                "pushes": sum(hour.delays.total() for hour in hours),
                "median_delay_ms": _median_delay(hours),
            }
            for day, hours in days.items()
        }


def _agreement(hours: Collection[_Hour]) -> float | None:
    changes = sum(hour.changes for hour in hours)
    return sum(hour.told for hour in hours) / changes if changes else None


def _median_delay(hours: Collection[_Hour]) -> float | None:
    delays = Counter[int]()
    for hour in hours:
        delays.update(hour.delays)
    remaining = delays.total() / 2
    for delay in sorted(delays):
        remaining -= delays[delay]
        if remaining <= 0:
            return _milliseconds(delay)
    return None


def _milliseconds(steps: int) -> float:
    """Return the middle of what these steps stand for, in milliseconds."""
    width = 1 << max(steps.bit_length() - DELAY_BITS, 0)
    return round((steps + (width - 1) / 2) * 1000 / STEPS_PER_SECOND, 2)
