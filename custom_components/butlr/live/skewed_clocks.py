"""Timestamps of sensors whose clock is wrong (rule 2). Plain Python; timestamps are Unix seconds."""

from typing import Final

from .tally import Tally

# Timestamps further in the future are treated as now (seconds).
MAX_CLOCK_SKEW: Final = 120.0
# Maximum number of such timestamps kept for a space. If Home Assistant's own clock is slow, every space reaches it.
SKEWED_KEPT: Final = 32
# Timestamps further in the future are rejected as corrupt (seconds).
MAX_FUTURE: Final = 86400.0


class SkewedClocks:
    """Replaces timestamps in the future.

    A repeat gets the timestamp given to its first delivery; clamping it again would make it newer than everything
    since.
    """

    def __init__(self) -> None:
        """Start without timestamps in the future."""
        # The newest of them, each with the time that replaced it.
        self._replaced: dict[float, float] = {}

    def __len__(self) -> int:
        """Return the number of timestamps in memory."""
        return len(self._replaced)

    def plausible(self, timestamp: float, now: float, tally: Tally) -> float | None:
        """Return the timestamp to use, or None for one that is corrupt, which is counted."""
        if timestamp > now + MAX_FUTURE:
            tally.corrupt += 1
            return None
        if timestamp not in self._replaced:
            if timestamp <= now + MAX_CLOCK_SKEW:
                return timestamp
            if len(self._replaced) >= SKEWED_KEPT:
                del self._replaced[next(iter(self._replaced))]
            self._replaced[timestamp] = now
        return self._replaced[timestamp]

    def used(self, timestamp: float) -> float:
        """Return the timestamp that was used for one that was delivered before."""
        return self._replaced.get(timestamp, timestamp)

    def clear(self) -> None:
        """Forget the timestamps: the clock that they were compared with was wrong."""
        self._replaced.clear()
