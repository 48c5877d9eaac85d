"""What long-term statistics lack, and what goes there: plain calculations, in hours of UTC and Unix seconds.

Counts of people are simple: an hour has them or not. Entries and exits are sums that go on from hour to hour, and the
recorder begins its own at zero whenever it sees an entity for the first time. What it wrote is kept; where its sums do
not join those of the hours before, all of them from there on are raised by what is missing, as a person does with
"Adjust sum" in the developer tools: the differences from hour to hour, which is what statistics show, stay as they are.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import accumulate
from typing import Final

from ..live.evidence import Day

HOUR: Final = 3600
# Hours are kept, and asked for, in weeks of so many: for more is not asked at once.
WINDOW_HOURS: Final = 7 * 24
WINDOW: Final = WINDOW_HOURS * HOUR
_ALL: Final = (1 << WINDOW_HOURS) - 1


class Hours:
    """A set of hours, each named by the moment it begins; a year of them costs little."""

    def __init__(self, hours: Iterable[int] = ()) -> None:
        """Begin with some hours."""
        # By window, one bit an hour.
        self.windows: dict[int, int] = {}
        for hour in hours:
            self.add(hour)

    @classmethod
    def between(cls, start: int, stop: int) -> Hours:
        """Return all hours of [start, stop)."""
        hours = cls()
        for window in range(start // WINDOW * WINDOW, stop, WINDOW):
            first, last = max(start - window, 0) // HOUR, min(stop - window, WINDOW) // HOUR
            if mask := _ALL >> (WINDOW_HOURS - last) & _ALL << first:
                hours.windows[window] = mask
        return hours

    def add(self, hour: int) -> None:
        """Add an hour."""
        window = hour // WINDOW * WINDOW
        self.windows[window] = self.windows.get(window, 0) | 1 << (hour - window) // HOUR

    def discard(self, hour: int) -> None:
        """Take an hour out, if it is in."""
        window = hour // WINDOW * WINDOW
        if mask := self.windows.get(window, 0) & ~(1 << (hour - window) // HOUR):
            self.windows[window] = mask
        else:
            self.windows.pop(window, None)

    def __contains__(self, hour: int) -> bool:
        """Tell whether an hour is in."""
        window = hour // WINDOW * WINDOW
        return bool(self.windows.get(window, 0) >> (hour - window) // HOUR & 1)

    def __iter__(self) -> Iterator[int]:
        """Go through the hours, ascending."""
        for window, mask in sorted(self.windows.items()):
            for number in range(WINDOW_HOURS):
                if mask >> number & 1:
                    yield window + number * HOUR

    def within(self, start: int, stop: int) -> Iterator[int]:
        """Go through the hours of [start, stop)."""
        return (hour for hour in range(start, stop, HOUR) if hour in self)

    def __len__(self) -> int:
        """Return how many hours there are."""
        return sum(mask.bit_count() for mask in self.windows.values())

    def __or__(self, other: Hours) -> Hours:
        """Return what is in either."""
        both = Hours()
        both.windows = dict(self.windows)
        for window, mask in other.windows.items():
            both.windows[window] = both.windows.get(window, 0) | mask
        return both


@dataclass(frozen=True, slots=True)
class Task:
    """Ask for the hours of [start, stop) about some spaces."""

    start: int
    stop: int
    space_ids: tuple[str, ...]


def tasks(missing: Mapping[str, Hours], most: int, rows_of: Mapping[str, int] | None = None) -> list[Task]:
    """Return what to ask to learn the missing hours, the newest first.

    An answer shall have `most` rows or less; `rows_of` says how many an hour of a space has, else one.
    """
    windows: dict[int, list[str]] = {}
    for space_id, hours in missing.items():
        for window in hours.windows:
            windows.setdefault(window, []).append(space_id)
    result = []
    for window in sorted(windows, reverse=True):
        # Spaces that lack the same hours, the usual case, are asked about together.
        ids = sorted(windows[window], key=lambda one: -missing[one].windows[window])
        batch: list[str] = []
        mask = rows = 0
        for space_id in ids:
            wider = mask | missing[space_id].windows[window]
            more = rows + (rows_of[space_id] if rows_of else 1)
            if batch and _length(wider) * more > most:
                result.append(_task(window, mask, batch))
                batch, more = [], more - rows
                wider = missing[space_id].windows[window]
            batch.append(space_id)
            mask, rows = wider, more
        result.append(_task(window, mask, batch))
    return result


def _length(mask: int) -> int:
    """Return how many hours lie between the first and the last of a window, both included."""
    return mask.bit_length() - ((mask & -mask).bit_length() - 1)


def _task(window: int, mask: int, space_ids: Iterable[str]) -> Task:
    first = (mask & -mask).bit_length() - 1
    return Task(window + first * HOUR, window + mask.bit_length() * HOUR, tuple(space_ids))


def step_of(zone: tzinfo, start: int, stop: int) -> int:
    """Return how long buckets may be, in seconds, that begin with every midnight of a zone: an hour nearly everywhere.

    Butlr has buckets of 15, 30 and 60 minutes.
    """
    offsets = {datetime.fromtimestamp(timestamp, zone).utcoffset() for timestamp in range(start, stop + WINDOW, WINDOW)}
    rests = {int(offset.total_seconds()) % HOUR for offset in offsets if offset is not None}
    return next(step for step in (HOUR, HOUR // 2, HOUR // 4) if step == HOUR // 4 or not any(r % step for r in rests))


@dataclass(slots=True)
class Crossings:
    """How many crossed in one direction, by buckets of `step` seconds in [start, stop)."""

    start: int
    stop: int
    step: int
    _counts: array[float] = field(init=False)
    _sums: list[float] = field(default_factory=list)
    # The hours of which Butlr does not know everything.
    _untold: Hours = field(default_factory=Hours)

    def __post_init__(self) -> None:
        """Begin with nobody."""
        self._counts = array("d", bytes(8 * ((self.stop - self.start) // self.step)))

    def add(self, timestamp: float, number: float | None) -> None:
        """Count some in the bucket that begins at `moment`; None is not known."""
        if number is None:
            self._untold.add(int(timestamp // HOUR) * HOUR)
        elif self.start <= timestamp < self.stop:
            self._counts[int(timestamp - self.start) // self.step] += number
            self._sums = []

    def told(self, hours: Hours) -> Hours:
        """Return the hours among some of which everything is known: of the others no row is written."""
        return Hours(hour for hour in hours if hour not in self._untold) if self._untold else hours

    def between(self, start: float, stop: float) -> float:
        """Return how many crossed in [start, stop), as far as that was asked for."""
        if not self._sums:
            self._sums = [0.0, *accumulate(self._counts)]
        first, last = (
            min(max(int(timestamp - self.start) // self.step, 0), len(self._counts)) for timestamp in (start, stop)
        )
        return max(self._sums[last] - self._sums[first], 0.0)


@dataclass(frozen=True, slots=True)
class SumRow:
    """A row of a sum: of an hour, or of five minutes, that begins at `start` (Unix seconds).

    `state` is what the entity showed at its end: crossings since `last_reset`.
    """

    start: int
    sum: float
    state: float | None
    last_reset: float | None


@dataclass(slots=True)
class Repair:
    """What makes a sum complete: rows to add, and from when on existing ones are to be raised, and by how much.

    A row says when its hour begins, the sum at its end, and how many crossed since which midnight. There are thousands
    of them, and plain tuples are the only objects that Python does not look through for garbage again and again.
    """

    rows: list[tuple[int, float, float, float]] = field(default_factory=list)
    raises: list[tuple[int, float]] = field(default_factory=list)
    waiting: bool = False
    """Whether hours are left open until the recorder knows the entity: it goes on from what it wrote last."""


def complete(
    missing: Hours, recorded: Sequence[SumRow], newest: SumRow | None, crossed: Crossings, zone: tzinfo
) -> Repair:
    """Complete a sum.

    `recorded` are the hourly rows, ascending, among them the last one before the first missing hour if there is any;
    `newest` is the row of the last five minutes, from which the recorder goes on.
    """
    return _Sum(missing, recorded, newest, crossed, zone).complete()


@dataclass(frozen=True, slots=True)
class _End:
    """How far a sum has come: up to `moment`; `filled` tells whether by a row of ours."""

    timestamp: int
    sum: float
    filled: bool


class _Sum:
    """Walks along one sum and joins what was recorded and what is filled in."""

    def __init__(
        self, missing: Hours, recorded: Sequence[SumRow], newest: SumRow | None, crossed: Crossings, zone: tzinfo
    ) -> None:
        self._missing = missing
        self._known = {row.start: row for row in recorded if row.start not in missing}
        self._newest = newest
        self._crossed = crossed
        self._day = Day(zone)
        self._repair = Repair()
        self._raised = 0.0
        self._end: _End | None = None

    def complete(self) -> Repair:
        """Walk."""
        for hour in sorted({*self._known, *self._missing}):
            if row := self._known.get(hour):
                self._join(row, hour)
                self._pass(row)
            else:
                self._fill(hour)
        if self._end and self._end.filled:
            self._close(self._end.timestamp)
        return self._repair

    def _fill(self, hour: int) -> None:
        """Add a row."""
        before = self._end.sum if self._end else 0.0
        end = hour + HOUR
        # The day of what happened in the hour, even if that ends with it.
        self._day.roll(end - 1)
        midnight = self._day.start
        total = before + self._crossed.between(hour, end)
        self._repair.rows.append((hour, total, self._crossed.between(midnight, end), midnight))
        self._end = _End(end, total, filled=True)

    def _join(self, row: SumRow, start: int) -> None:
        """Raise what was recorded from `start` on so that it goes on from the rows before; these are right."""
        if self._end is None or not self._end.filled:
            return
        missing = self._end.sum + self._gained(row, self._end.timestamp) - (row.sum + self._raised)
        if missing:
            self._repair.raises.append((start, missing))
            self._raised += missing

    def _gained(self, row: SumRow, since: int) -> float:
        """Return how many crossed from `since` to the moment that a recorded row tells of, by what it shows.

        It may show less than there were by then, when it repeats what was known before: the recorder adds the rest when
        it hears of it. Of a day that is over it never does; when a new one begins, it goes on from zero.
        """
        if row.state is None or row.last_reset is None:
            return self._crossed.between(since, row.start + HOUR)
        if row.last_reset >= since:
            return self._crossed.between(since, row.last_reset) + row.state
        self._day.roll(since)
        today = row.state if row.last_reset >= self._day.start else 0.0
        return today - self._crossed.between(self._day.start, since)

    def _pass(self, row: SumRow) -> None:
        """Go on after a recorded row; what it missed of its own hour goes to the next row that is filled in."""
        end = row.start + HOUR
        total = row.sum + self._raised
        if end in self._missing and row.state is not None and row.last_reset is not None:
            total += max(self._crossed.between(row.last_reset, end) - row.state, 0.0)
        self._end = _End(end, total, filled=False)

    def _close(self, end: int) -> None:
        """Let the recorder go on from the last rows filled in, or leave them out until it can."""
        if self._newest is not None and self._newest.start >= end:
            self._join(self._newest, end)
            return
        self._repair.waiting = True
        last_known = max(self._known, default=0)
        self._repair.rows = [row for row in self._repair.rows if row[0] < last_known]


def invented(recorded: Iterable[SumRow], off: Hours) -> Hours:
    """Return for which hours the recorder made up rows while Home Assistant was off: they repeat the row before.

    Of these hours some may have been filled since, from the oldest on.
    """
    rows = {row.start: row for row in recorded}
    found = Hours()
    for start, stop in _runs(hour for hour in off if hour in rows):
        guess = rows.get(start - HOUR) or rows[stop - HOUR]
        for hour in range(start, stop, HOUR):
            row = rows[hour]
            if (row.sum, row.state, row.last_reset) == (guess.sum, guess.state, guess.last_reset):
                found.add(hour)
    return found


def _runs(hours: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Go through the stretches of hours without a gap."""
    start = stop = None
    for hour in hours:
        if hour != stop:
            if start is not None and stop is not None:
                yield start, stop
            start = hour
        stop = hour + HOUR
    if start is not None and stop is not None:
        yield start, stop
