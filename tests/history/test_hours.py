"""What statistics lack and what goes there; sums are held against a model of how the recorder makes them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
import random
from zoneinfo import ZoneInfo

import pytest

from custom_components.butlr.history.hours import (
    HOUR,
    WINDOW,
    Crossings,
    Hours,
    Repair,
    SumRow,
    complete,
    invented,
    step_of,
    tasks,
)

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
# The night in which the clocks of Copenhagen go back.
BEGIN = int(datetime(2026, 10, 24, 6, tzinfo=UTC).timestamp())


def at(hour: int) -> int:
    """Return the moment of an hour of the story."""
    return BEGIN + hour * HOUR


def test_hours() -> None:
    """A set of hours behaves like one, across the weeks that it is kept in."""
    rng = random.Random(1)
    for _ in range(200):
        start = rng.randrange(WINDOW // HOUR * 3) * HOUR
        stop = start + rng.randrange(400) * HOUR
        hours, like = Hours.between(start, stop), set(range(start, stop, HOUR))
        for hour in (rng.randrange(WINDOW // HOUR * 5) * HOUR for _ in range(100)):
            if rng.random() < 0.5:
                hours.add(hour)
                like.add(hour)
            else:
                hours.discard(hour)
                like.discard(hour)
        other = Hours([start, stop])
        assert list(hours) == sorted(like)
        assert list(hours | other) == sorted(like | {start, stop})
        assert list(hours.within(start, stop)) == sorted(like & {*range(start, stop, HOUR)})
        assert len(hours) == len(like)
        assert all((hour in hours) is (hour in like) for hour in range(0, WINDOW * 5, HOUR))
        assert bool(hours) is bool(like)


def test_tasks_ask_for_what_is_missing() -> None:
    """Together where the same is missing, in parts of some size, a week at most, and the newest first."""
    week = 100 * WINDOW
    missing = {
        "a": Hours.between(week, week + 2 * WINDOW),
        "b": Hours.between(week, week + 2 * WINDOW),
        "c": Hours.between(week, week + 2 * WINDOW),
        "d": Hours([week + 5 * HOUR, week + 9 * HOUR]),
        "e": Hours(),
    }
    found = tasks(missing, 2 * WINDOW // HOUR)
    assert [(task.start, task.stop, task.space_ids) for task in found] == [
        (week + WINDOW, week + 2 * WINDOW, ("a", "b")),
        (week + WINDOW, week + 2 * WINDOW, ("c",)),
        (week, week + WINDOW, ("a", "b")),
        (week, week + WINDOW, ("c", "d")),
    ]
    assert [(task.start, task.stop) for task in tasks({"d": missing["d"]}, 400)] == [
        (week + 5 * HOUR, week + 10 * HOUR)
    ]
    # What has several rows an hour fills an answer sooner.
    assert len(tasks(missing, 2 * WINDOW // HOUR, {"a": 2, "b": 1, "c": 1, "d": 1})) == 5
    assert len(tasks(missing, 2 * WINDOW // HOUR, {"a": 2, "b": 2, "c": 2, "d": 1})) == 7


@pytest.mark.parametrize(
    ("zone", "step"),
    [("UTC", 60), ("Europe/Copenhagen", 60), ("Asia/Kolkata", 30), ("Asia/Kathmandu", 15), ("Australia/Lord_Howe", 30)],
)
def test_buckets_begin_with_midnights(zone: str, step: int) -> None:
    """Where midnight lies within an hour of UTC, shorter buckets are asked for; also if only half of the year."""
    assert step_of(ZoneInfo(zone), BEGIN, BEGIN + 300 * 86400) == step * 60


@dataclass
class Recorder:
    """Makes the hourly rows of a sum as Home Assistant does, from what an entity shows (sensor/recorder.py)."""

    zone: tzinfo
    truth: list[int]
    hourly: dict[int, SumRow] = field(default_factory=dict)
    newest: SumRow | None = None
    shown: tuple[float, float] | None = None
    off: Hours = field(default_factory=Hours)
    _state: float | None = None
    _sum: float = 0.0
    _reset: float | None = None

    def crossed(self, start: int, stop: int) -> int:
        """Return how many crossed, by quarters of an hour."""
        return sum(self.truth[(start - BEGIN) // 900 : (stop - BEGIN) // 900])

    def midnight(self, timestamp: int) -> int:
        """Return when the day began that a moment lies in."""
        day = datetime.fromtimestamp(timestamp, self.zone).replace(hour=0, minute=0, second=0)
        return max(int(day.timestamp()), BEGIN)

    def live(self, hour: int, *, on: bool, lag: int = 0) -> None:
        """Live through an hour, a quarter after the other: what is shown is polled, and compiled."""
        if not on:
            self.off.add(at(hour))
        for quarter in range(at(hour), at(hour + 1), 900):
            if on:
                seen = quarter + 900 - lag
                midnight = self.midnight(seen - 1)
                self.shown = float(self.crossed(midnight, seen)), float(midnight)
            self._compile(quarter)
        if self.newest:
            self.hourly[at(hour)] = replace(self.newest, start=at(hour))

    def _compile(self, quarter: int) -> None:
        """Go on from the newest row, which may have been raised meanwhile."""
        if self.shown is None:
            return
        state, reset = self.shown
        base = self.newest.sum if self.newest else 0.0
        before = self.newest.state if self.newest else None
        if before is None:
            gained = 0.0
        elif self.newest and reset != self.newest.last_reset:
            gained = state
        else:
            gained = state - before
        self.newest = SumRow(quarter, base + gained, state, reset)

    def apply(self, repair: Repair, rng: random.Random, *, killed: bool) -> None:
        """Do what a repair says, or only the first part of it."""
        todo: list[tuple[int, float] | SumRow] = [*repair.raises, *(SumRow(*row) for row in repair.rows)]
        for one in todo[: rng.randrange(len(todo) + 1)] if killed else todo:
            if isinstance(one, SumRow):
                self.hourly[one.start] = one
                continue
            start, number = one
            for hour, row in self.hourly.items():
                if hour >= start:
                    self.hourly[hour] = replace(row, sum=row.sum + number)
            if self.newest and self.newest.start >= start:
                self.newest = replace(self.newest, sum=self.newest.sum + number)

    def repair(self, start: int, stop: int) -> Repair:
        """Complete the hours of [start, stop) as an import does."""
        rows = [row for _, row in sorted(self.hourly.items())]
        before = [row for row in rows if row.start < start][-1:]
        rows = [*before, *(row for row in rows if row.start >= start)]
        missing = Hours.between(start, stop)
        for row in rows:
            missing.discard(row.start)
        missing |= invented(rows, self.off)
        step = step_of(self.zone, BEGIN, BEGIN + 20 * 86400)
        crossed = Crossings(BEGIN, stop + HOUR, step)
        for timestamp in range(BEGIN, stop + HOUR, 900):
            crossed.add(timestamp // step * step, self.truth[(timestamp - BEGIN) // 900])
        newest = self.newest if self.newest and self.newest.start >= stop else None
        return complete(missing, rows, newest, crossed, self.zone)

    def wrong(self, stop: int, partly: set[int]) -> list[str]:
        """Return which hours differ in how many crossed; of those that were seen in part, only their sum is known."""
        wrong = []
        start = min(self.hourly)
        before, since = 0.0, start
        for hour in range(start, stop, HOUR):
            if (row := self.hourly.get(hour)) is None:
                wrong.append(f"{(hour - BEGIN) // HOUR}: no row")
                continue
            if hour in partly:
                continue
            if row.sum - before != self.crossed(since, hour + HOUR):
                wrong.append(f"{(hour - BEGIN) // HOUR}: {row.sum - before}, not {self.crossed(since, hour + HOUR)}")
            before, since = row.sum, hour + HOUR
        return wrong


def story(seed: int, zone: tzinfo) -> Iterator[list[str]]:
    """Let Home Assistant be on and off at random, and imports come and be killed; yield what is wrong now and then."""
    rng = random.Random(seed)
    length = 24 * 12
    truth = [rng.choice((0, 0, 1, 3)) if 6 <= quarter // 4 % 24 < 20 else 0 for quarter in range((length + 24) * 4)]
    recorder = Recorder(zone, truth)
    first = rng.randrange(30, 80)
    on, partly = True, set[int]()
    for hour in range(first, length):
        was, on = on, rng.random() < (0.97 if on else 0.15)
        recorder.live(hour, on=on)
        if was != on or hour == first:
            partly.add(at(hour))
        if on and rng.random() < 0.2:
            start = at(rng.randrange(5, 20))
            recorder.apply(recorder.repair(start, at(hour)), rng, killed=True)
            repair = recorder.repair(start, at(hour))
            assert not repair.waiting
            recorder.apply(repair, rng, killed=False)
            yield recorder.wrong(at(hour), partly)
            again = recorder.repair(start, at(hour))
            assert not again.raises
            assert all(recorder.hourly[row[0]] == SumRow(*row) for row in again.rows)


@pytest.mark.parametrize("zone", [COPENHAGEN, KATHMANDU], ids=str)
@pytest.mark.parametrize("seed", range(20))
def test_sums_go_on_right(seed: int, zone: tzinfo) -> None:
    """Whenever Home Assistant was off, and wherever an import ended: afterwards every hour has its crossings."""
    for wrong in story(seed, zone):
        assert wrong == []


def crossings() -> Crossings:
    """Return one crossing an hour of two days, and what was not asked for."""
    crossed = Crossings(at(0), at(48), HOUR)
    for hour in range(-3, 60):
        crossed.add(at(hour), 1)
    assert crossed.between(at(-9), at(99)) == 48
    return crossed


def test_sums_wait_for_the_recorder() -> None:
    """After the last known row nothing is written unless the recorder goes on from a newer one of its own."""
    row = SumRow(at(20), 7.0, 21.0, at(0))
    repair = complete(Hours([at(18), at(19), at(21)]), [row], None, crossings(), UTC)
    assert [start for start, *_ in repair.rows] == [at(18), at(19)]
    assert repair.waiting
    repair = complete(Hours([at(18)]), [], SumRow(at(17), 0.0, 1.0, at(0)), crossings(), UTC)
    assert repair.rows == []
    assert repair.waiting


def test_rows_that_do_not_say_what_was_shown() -> None:
    """Sums that others wrote may lack the state; then Butlr's own count is all there is to go by."""
    row = SumRow(at(20), 7.0, None, None)
    repair = complete(Hours([at(19), at(21)]), [row], replace(row, start=at(22)), crossings(), UTC)
    assert [(start, total) for start, total, *_ in repair.rows] == [(at(19), 1.0), (at(21), 3.0)]
    assert repair.raises == [(at(20), 2.0 - 7.0), (at(22), 4.0 - 2.0)]


def test_what_was_made_up_without_a_row_before() -> None:
    """The recorder makes up ten days at most; what repeats the last of them was made up."""
    rows = [SumRow(at(hour), 5.0 + (hour < 12), 3.0, at(0)) for hour in (10, 11, 12, 13, 15, 18)]
    assert list(invented(rows, Hours([at(10), at(11), at(12), at(13), at(14), at(18)]))) == [at(12), at(13), at(18)]
    assert list(invented([], Hours([at(1)]))) == []
