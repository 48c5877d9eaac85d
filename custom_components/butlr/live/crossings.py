"""Crossings of one space: those that no polled number contains yet, and those that were reported as they happened.

Plain Python; timestamps are Unix seconds.
"""

import math
from typing import Final

from ..api.readings import Crossing

# How often reported crossings that cannot be repeated any more are dropped, in seconds.
PRUNING_INTERVAL: Final = 120.0


class PendingCrossings:
    """Counts each crossing once, at a cost that does not grow with the number of crossings."""

    def __init__(self) -> None:
        """Start without crossings."""
        self._clear()

    def _clear(self) -> None:
        self._crossings: list[tuple[float, Crossing]] = []
        self._keys: set[object] = set()
        # Entries and exits since each timestamp passed to `since`; these are the timestamps of polls.
        self._sums: dict[float, tuple[int, int]] = {}
        self.oldest, self.newest = math.inf, -math.inf

    def __len__(self) -> int:
        """Return the number of pending crossings."""
        return len(self._crossings)

    def add(self, timestamp: float, crossing: Crossing) -> bool:
        """Add a crossing that happened at a timestamp; return False if it is already known.

        Two crossings are the same if they have the same event id, or the same sensor, timestamp and numbers (rule 8).
        """
        keys = _keys(crossing)
        if not self._keys.isdisjoint(keys):
            return False
        self._keys.update(keys)
        self._crossings.append((timestamp, crossing))
        self.oldest, self.newest = min(self.oldest, timestamp), max(self.newest, timestamp)
        for start, (entries, exits) in self._sums.items():
            if timestamp >= start:
                self._sums[start] = entries + crossing.entries, exits + crossing.exits
        return True

    def drop_before(self, start: float) -> None:
        """Drop the crossings before a timestamp."""
        kept = [(timestamp, crossing) for timestamp, crossing in self._crossings if timestamp >= start]
        self._clear()
        for timestamp, crossing in kept:
            self.add(timestamp, crossing)

    def since(self, start: float) -> tuple[int, int]:
        """Return the entries and exits since a timestamp."""
        if start not in self._sums:
            self._sums[start] = self.between(start, math.inf)
        return self._sums[start]

    def between(self, start: float, end: float) -> tuple[int, int]:
        """Return the entries and exits from `start` up to, but not including, `end`."""
        found = [crossing for timestamp, crossing in self._crossings if start <= timestamp < end]
        return sum(one.entries for one in found), sum(one.exits for one in found)


class ReportedCrossings:
    """Remembers the crossings that were reported as they happened, so that a repeat is not reported again.

    A poll does not make it forget them: Butlr may repeat a crossing that polled numbers already contain.
    """

    def __init__(self) -> None:
        """Start without crossings."""
        # The time until which a repeat would still be recent, by key.
        self._recent_until: dict[object, float] = {}
        self._next_pruning = -math.inf

    def __len__(self) -> int:
        """Return the number of keys in memory."""
        return len(self._recent_until)

    def add(self, crossing: Crossing, recent_until: float, now: float) -> bool:
        """Remember a crossing that is recent until a timestamp; return False if it is a repeat."""
        if not self._next_pruning - PRUNING_INTERVAL <= now < self._next_pruning:
            self._recent_until = {key: until for key, until in self._recent_until.items() if until >= now}
            self._next_pruning = now + PRUNING_INTERVAL
        is_new = True
        for key in _keys(crossing):
            until = self._recent_until.get(key, -math.inf)
            is_new &= until < now
            self._recent_until[key] = max(until, recent_until)
        return is_new


def _keys(crossing: Crossing) -> tuple[object, ...]:
    """Return the keys that identify a repeated crossing."""
    content = crossing.sensor, crossing.timestamp, crossing.entries, crossing.exits
    return (crossing.event_id, content) if crossing.event_id else (content,)
