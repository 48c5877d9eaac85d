"""The crossings of one space that not every polled figure holds yet. Plain Python; moments are Unix seconds."""

import math

from ..api.readings import Crossing


class Crossings:
    """Counts each crossing once, at a cost that does not grow with their number."""

    def __init__(self) -> None:
        """Begin with none."""
        self._clear()

    def _clear(self) -> None:
        self._kept: list[tuple[float, Crossing]] = []
        self._keys: set[object] = set()
        # Entries and exits since the moments that were asked for, which are those of the polls.
        self._sums: dict[float, tuple[int, int]] = {}
        self.oldest, self.newest = math.inf, -math.inf

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._kept)

    def add(self, timestamp: float, crossing: Crossing) -> bool:
        """Take a crossing in for a moment; False when it is known.

        The same event is the same crossing, and so are the same numbers of the same sensor at the same moment (rule 8).
        """
        keys = _keys(crossing)
        if not self._keys.isdisjoint(keys):
            return False
        self._keys.update(keys)
        self._kept.append((timestamp, crossing))
        self.oldest, self.newest = min(self.oldest, timestamp), max(self.newest, timestamp)
        for since, (entries, exits) in self._sums.items():
            if timestamp >= since:
                self._sums[since] = entries + crossing.entries, exits + crossing.exits
        return True

    def forget(self, until: float) -> None:
        """Drop those before a moment."""
        kept = [(timestamp, crossing) for timestamp, crossing in self._kept if timestamp >= until]
        self._clear()
        for timestamp, crossing in kept:
            self.add(timestamp, crossing)

    def since(self, timestamp: float) -> tuple[int, int]:
        """Return entries and exits from a moment on."""
        if timestamp not in self._sums:
            self._sums[timestamp] = self.between(timestamp, math.inf)
        return self._sums[timestamp]

    def between(self, start: float, stop: float) -> tuple[int, int]:
        """Return entries and exits from one moment up to another."""
        told = [crossing for timestamp, crossing in self._kept if start <= timestamp < stop]
        return sum(one.entries for one in told), sum(one.exits for one in told)


def _keys(crossing: Crossing) -> tuple[object, ...]:
    """Return everything by which a crossing can be told from another."""
    numbers = crossing.sensor, crossing.timestamp, crossing.entries, crossing.exits
    return (crossing.event_id, numbers) if crossing.event_id else (numbers,)
