"""Counts the seconds of a day in which something was the case, as it happens. Plain Python."""

from dataclasses import dataclass
from typing import Final

from ..live.evidence import VALIDITY

# Between two updates, what was the case counts for at most this long, in seconds: no reading is valid for longer.
MAX_STEP: Final = VALIDITY


@dataclass(slots=True)
class DayMeter:
    """The seconds that were counted since `day`, a midnight (Unix seconds)."""

    day: float = 0.0
    seconds: float = 0.0
    # When counting was last known to go on, by the monotonic clock; None while it does not.
    _counted_until: float | None = None

    def update(self, now: float, monotonic: float, day: float, *, counting: bool) -> None:
        """Count the time since the last update, and say whether counting goes on from now on.

        `now` is in Unix seconds. Time is measured by the monotonic clock, so that a clock that is set, or a computer
        that slept, adds nothing.
        """
        elapsed = 0.0 if self._counted_until is None else monotonic - self._counted_until
        if elapsed > MAX_STEP:
            elapsed = 0.0
        if day != self.day:
            # Of the time since the last update, only the part since midnight is today's.
            self.day, self.seconds, elapsed = day, 0.0, min(elapsed, max(now - day, 0.0))
        self.seconds += elapsed
        self._counted_until = monotonic if counting else None

    def pause(self) -> None:
        """Count nothing until the next update."""
        self._counted_until = None
