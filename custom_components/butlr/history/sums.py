"""The arithmetic of running sums: what to write so that entries and exits continue correctly. Plain Python.

The recorder starts the sum of an entity at 0 when it first sees the entity. Its rows are kept. Where its sums do not
continue the imported hours before them, all sums from there on are raised by the difference, as "Adjust sum" in the
developer tools does. The difference from hour to hour, which is what statistics show, stays the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import accumulate

from ..live.day import Day
from .hours import HOUR_SECONDS, Hours, stretches


@dataclass(slots=True)
class CrossingBuckets:
    """The crossings in one direction, in buckets of `length` seconds in [start, end)."""

    start: int
    end: int
    length: int
    _counts: list[float] = field(init=False)
    # Running totals of `_counts`, calculated when they are needed.
    _totals: list[float] = field(default_factory=list)
    # The hours with a bucket that Butlr marks as unusable.
    _unusable: Hours = field(default_factory=Hours)

    def __post_init__(self) -> None:
        """Start with empty buckets."""
        self._counts = [0.0] * ((self.end - self.start) // self.length)

    def add(self, timestamp: float, number: float | None) -> None:
        """Add to the bucket that starts at `timestamp`; None marks it as unusable."""
        if number is None:
            self._unusable.add(int(timestamp // HOUR_SECONDS) * HOUR_SECONDS)
        elif self.start <= timestamp < self.end:
            self._counts[int(timestamp - self.start) // self.length] += number
            self._totals = []

    def usable(self, hours: Hours) -> Hours:
        """Return the hours without an unusable bucket; no rows are written for the others."""
        return Hours(hour for hour in hours if hour not in self._unusable) if self._unusable else hours

    def between(self, start: float, end: float) -> float:
        """Return the crossings in [start, end), as far as the buckets reach."""
        if not self._totals:
            self._totals = [0.0, *accumulate(self._counts)]
        first, last = (
            min(max(int(timestamp - self.start) // self.length, 0), len(self._counts)) for timestamp in (start, end)
        )
        return max(self._totals[last] - self._totals[first], 0.0)


@dataclass(frozen=True, slots=True)
class SumRow:
    """One row of a sum: an hour, or five minutes, that begins at `start` (Unix seconds).

    `state` is what the entity showed at the end of the row: the crossings since `last_reset`.
    """

    start: int
    sum: float
    state: float | None
    last_reset: float | None


@dataclass(slots=True)
class SumRepair:
    """The rows to add to a sum, and the timestamps from which existing rows are raised, each with the amount."""

    rows: list[SumRow] = field(default_factory=list)
    raises: list[tuple[int, float]] = field(default_factory=list)
    # True while hours stay open until the recorder has a short-term row of the entity, from which it continues.
    waiting: bool = False


def complete_sum(
    missing: Hours, recorded: Sequence[SumRow], newest: SumRow | None, crossings: CrossingBuckets, zone: tzinfo
) -> SumRepair:
    """Return the rows and raises that complete a sum.

    `recorded` are the hourly rows in ascending order, including the last one before the first missing hour, if any.
    `newest` is the newest short-term row, from which the recorder continues.
    """
    return _SumCompletion(missing, recorded, newest, crossings, zone).run()


@dataclass(frozen=True, slots=True)
class _Position:
    """The sum at `timestamp`; `added` is whether it comes from a row that we add."""

    timestamp: int
    sum: float
    added: bool


class _SumCompletion:
    """Goes through a sum hour by hour and joins recorded rows with added ones."""

    def __init__(
        self,
        missing: Hours,
        recorded: Sequence[SumRow],
        newest: SumRow | None,
        crossings: CrossingBuckets,
        zone: tzinfo,
    ) -> None:
        self._missing = missing
        self._recorded = {row.start: row for row in recorded if row.start not in missing}
        self._newest = newest
        self._crossings = crossings
        self._day = Day(zone)
        self._repair = SumRepair()
        self._raised = 0.0
        self._position: _Position | None = None

    def run(self) -> SumRepair:
        """Return the rows and raises that complete the sum."""
        for hour in sorted({*self._recorded, *self._missing}):
            if row := self._recorded.get(hour):
                self._raise_to_join(row, hour)
                self._continue_after(row)
            else:
                self._add_row(hour)
        if self._position and self._position.added:
            self._join_newest(self._position.timestamp)
        return self._repair

    def _add_row(self, hour: int) -> None:
        before = self._position.sum if self._position else 0.0
        end = hour + HOUR_SECONDS
        # An hour that ends at midnight belongs to the day before.
        self._day.roll(end - 1)
        midnight = self._day.start
        total = before + self._crossings.between(hour, end)
        self._repair.rows.append(SumRow(hour, total, self._crossings.between(midnight, end), midnight))
        self._position = _Position(end, total, added=True)

    def _raise_to_join(self, row: SumRow, start: int) -> None:
        """Raise recorded rows from `start` on so that they continue the added rows before them."""
        if self._position is None or not self._position.added:
            return
        amount = self._position.sum + self._crossings_until(row, self._position.timestamp) - (row.sum + self._raised)
        if amount:
            self._repair.raises.append((start, amount))
            self._raised += amount

    def _crossings_until(self, row: SumRow, since: int) -> float:
        """Return the crossings from `since` to the point that a recorded row had reached, judging by its state.

        The state may lag behind: the recorder adds the rest once the entity shows it, but never for a day that is over,
        because a new day starts at 0.
        """
        if row.state is None or row.last_reset is None:
            return self._crossings.between(since, row.start + HOUR_SECONDS)
        if row.last_reset >= since:
            return self._crossings.between(since, row.last_reset) + row.state
        self._day.roll(since)
        today = row.state if row.last_reset >= self._day.start else 0.0
        return today - self._crossings.between(self._day.start, since)

    def _continue_after(self, row: SumRow) -> None:
        """Continue after a recorded row; an added row after it gets the crossings that it missed in its own hour."""
        end = row.start + HOUR_SECONDS
        total = row.sum + self._raised
        if end in self._missing and row.state is not None and row.last_reset is not None:
            total += max(self._crossings.between(row.last_reset, end) - row.state, 0.0)
        self._position = _Position(end, total, added=False)

    def _join_newest(self, end: int) -> None:
        """Raise the recorder's newest row to the last added one, or postpone the last added rows until it has one."""
        if self._newest is not None and self._newest.start >= end:
            self._raise_to_join(self._newest, end)
            return
        self._repair.waiting = True
        last_recorded = max(self._recorded, default=0)
        self._repair.rows = [row for row in self._repair.rows if row.start < last_recorded]


def repeated_hours(recorded: Iterable[SumRow], downtime: Hours) -> Hours:
    """Return the hours whose rows the recorder made up during a downtime: they repeat one value.

    A killed import may have replaced some of them already, the oldest first, and raised others. So a row counts as made
    up if it repeats the last one before the downtime or the last one in it.
    """
    rows = {row.start: row for row in recorded}
    repeated = Hours()
    for start, end in stretches(hour for hour in downtime if hour in rows):
        last = rows[end - HOUR_SECONDS]
        made_up = {_values(last), _values(rows.get(start - HOUR_SECONDS) or last)}
        for hour in range(start, end, HOUR_SECONDS):
            if _values(rows[hour]) in made_up:
                repeated.add(hour)
    return repeated


def _values(row: SumRow) -> tuple[float, float | None, float | None]:
    return row.sum, row.state, row.last_reset
