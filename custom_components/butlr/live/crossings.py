"""Crossings of one space that are not yet part of every polled number. Plain Python; timestamps are Unix seconds."""

import math

from ..api.readings import Crossing


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


def _keys(crossing: Crossing) -> tuple[object, ...]:
    """Return the keys that identify a repeated crossing."""
    content = crossing.sensor, crossing.timestamp, crossing.entries, crossing.exits
    return (crossing.event_id, content) if crossing.event_id else (content,)
