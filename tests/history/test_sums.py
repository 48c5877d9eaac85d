"""The arithmetic of running sums, compared with a model of how the recorder makes them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
import random
from zoneinfo import ZoneInfo

import pytest

from custom_components.butlr.history.hours import HOUR_SECONDS, Hours, bucket_length
from custom_components.butlr.history.sums import CrossingBuckets, SumRepair, SumRow, complete_sum, repeated_hours

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
# The clocks of Copenhagen go back in the night that follows.
START = int(datetime(2026, 10, 24, 6, tzinfo=UTC).timestamp())
QUARTER = 900


def at(hour: int) -> int:
    """Return the timestamp of an hour of the scenario."""
    return START + hour * HOUR_SECONDS


@dataclass
class RecorderModel:
    """Makes the hourly rows of a sum from an entity's states, as Home Assistant does (sensor/recorder.py)."""

    zone: tzinfo
    # The crossings of every quarter of an hour.
    crossings: list[int]
    hourly: dict[int, SumRow] = field(default_factory=dict)
    newest: SumRow | None = None
    # The state of the entity and its last reset.
    shown: tuple[float, float] | None = None
    downtime: Hours = field(default_factory=Hours)

    def crossed(self, start: int, end: int) -> int:
        """Return the crossings in [start, end)."""
        return sum(self.crossings[(start - START) // QUARTER : (end - START) // QUARTER])

    def midnight(self, timestamp: int) -> int:
        """Return the midnight before a timestamp."""
        day = datetime.fromtimestamp(timestamp, self.zone).replace(hour=0, minute=0, second=0)
        return max(int(day.timestamp()), START)

    def run_hour(self, hour: int, *, on: bool) -> None:
        """Poll and compile every quarter of an hour; while Home Assistant is off, the last state stays."""
        if not on:
            self.downtime.add(at(hour))
        for quarter in range(at(hour), at(hour + 1), QUARTER):
            if on:
                end = quarter + QUARTER
                midnight = self.midnight(end - 1)
                self.shown = float(self.crossed(midnight, end)), float(midnight)
            self._compile(quarter)
        if self.newest:
            self.hourly[at(hour)] = replace(self.newest, start=at(hour))

    def _compile(self, quarter: int) -> None:
        """Continue the newest row, which may have been raised."""
        if self.shown is None:
            return
        state, last_reset = self.shown
        base = self.newest.sum if self.newest else 0.0
        before = self.newest.state if self.newest else None
        if before is None:
            gained = 0.0
        elif self.newest and last_reset != self.newest.last_reset:
            gained = state
        else:
            gained = state - before
        self.newest = SumRow(quarter, base + gained, state, last_reset)

    def apply(self, repair: SumRepair, rng: random.Random, *, killed: bool) -> None:
        """Carry out a repair, or only its first part."""
        steps: list[tuple[int, float] | SumRow] = [*repair.raises, *repair.rows]
        for step in steps[: rng.randrange(len(steps) + 1)] if killed else steps:
            if isinstance(step, SumRow):
                self.hourly[step.start] = step
                continue
            start, amount = step
            for hour, row in self.hourly.items():
                if hour >= start:
                    self.hourly[hour] = replace(row, sum=row.sum + amount)
            if self.newest and self.newest.start >= start:
                self.newest = replace(self.newest, sum=self.newest.sum + amount)

    def repair(self, start: int, end: int) -> SumRepair:
        """Return what completes the hours of [start, end), as an import calculates it."""
        rows = [row for _, row in sorted(self.hourly.items())]
        before = [row for row in rows if row.start < start][-1:]
        rows = [*before, *(row for row in rows if row.start >= start)]
        missing = Hours.between(start, end)
        for row in rows:
            missing.discard(row.start)
        missing |= repeated_hours(rows, self.downtime)
        length = bucket_length(self.zone, START, START + 20 * 86400)
        crossings = CrossingBuckets(START, end + HOUR_SECONDS, length)
        for timestamp in range(START, end + HOUR_SECONDS, QUARTER):
            crossings.add(timestamp // length * length, self.crossings[(timestamp - START) // QUARTER])
        newest = self.newest if self.newest and self.newest.start >= end else None
        return complete_sum(missing, rows, newest, crossings, self.zone)

    def wrong_hours(self, end: int, partial: set[int]) -> list[str]:
        """Return the hours with wrong crossings; of `partial` hours only the sum at the next whole one is checked."""
        wrong = []
        start = min(self.hourly)
        before, since = 0.0, start
        for hour in range(start, end, HOUR_SECONDS):
            number = (hour - START) // HOUR_SECONDS
            if (row := self.hourly.get(hour)) is None:
                wrong.append(f"{number}: no row")
                continue
            if hour in partial:
                continue
            expected = self.crossed(since, hour + HOUR_SECONDS)
            if row.sum - before != expected:
                wrong.append(f"{number}: {row.sum - before}, not {expected}")
            before, since = row.sum, hour + HOUR_SECONDS
        return wrong


def wrong_hours(seed: int, zone: tzinfo, *, quiet_too: bool) -> Iterator[list[str]]:
    """Turn Home Assistant on and off at random, import and kill imports, and yield the wrong hours after each import.

    With `quiet_too`, hours before a downtime in which nothing changed count as downtime, too.
    """
    rng = random.Random(seed)
    length = 24 * 12
    crossings = [rng.choice((0, 0, 1, 3)) if 6 <= quarter // 4 % 24 < 20 else 0 for quarter in range((length + 24) * 4)]
    recorder = RecorderModel(zone, crossings)
    first = rng.randrange(30, 80)
    on, partial = True, set[int]()
    for hour in range(first, length):
        was_on, on = on, rng.random() < (0.97 if on else 0.15)
        recorder.run_hour(hour, on=on)
        if was_on != on or hour == first:
            partial.add(at(hour))
        if quiet_too and was_on and not on:
            quiet = hour - 1
            while at(quiet) not in partial and not recorder.crossed(at(quiet), at(quiet + 1)):
                recorder.downtime.add(at(quiet))
                quiet -= 1
        if on and rng.random() < 0.2:
            start = at(rng.randrange(5, 20))
            recorder.apply(recorder.repair(start, at(hour)), rng, killed=True)
            repair = recorder.repair(start, at(hour))
            assert not repair.waiting
            recorder.apply(repair, rng, killed=False)
            yield recorder.wrong_hours(at(hour), partial)
            again = recorder.repair(start, at(hour))
            assert not again.raises
            assert all(recorder.hourly[row.start] == row for row in again.rows)


@pytest.mark.parametrize("quiet_too", [False, True], ids=["off", "off and quiet"])
@pytest.mark.parametrize("zone", [COPENHAGEN, KATHMANDU], ids=str)
@pytest.mark.parametrize("seed", range(20))
def test_sums_are_right_after_every_import(seed: int, zone: tzinfo, *, quiet_too: bool) -> None:
    """Whenever Home Assistant was off and wherever an import was killed, every hour has its crossings in the end."""
    for wrong in wrong_hours(seed, zone, quiet_too=quiet_too):
        assert wrong == []


def one_crossing_per_hour() -> CrossingBuckets:
    """Return one crossing an hour for two days; crossings outside of these are ignored."""
    crossings = CrossingBuckets(at(0), at(48), HOUR_SECONDS)
    for hour in range(-3, 60):
        crossings.add(at(hour), 1)
    assert crossings.between(at(-9), at(99)) == 48
    return crossings


def test_unusable_hours_get_no_rows() -> None:
    """An hour with a bucket that Butlr marks as unusable stays missing."""
    crossings = CrossingBuckets(at(0), at(48), QUARTER)
    crossings.add(at(3) + QUARTER, None)
    crossings.add(at(4), 2)
    assert list(crossings.usable(Hours([at(3), at(4)]))) == [at(4)]


def test_sums_wait_for_the_recorder() -> None:
    """Nothing is written after the last recorded row unless the recorder has a newer short-term row to go on from."""
    row = SumRow(at(20), 7.0, 21.0, at(0))
    repair = complete_sum(Hours([at(18), at(19), at(21)]), [row], None, one_crossing_per_hour(), UTC)
    assert [added.start for added in repair.rows] == [at(18), at(19)]
    assert repair.waiting
    newest = SumRow(at(17), 0.0, 1.0, at(0))
    repair = complete_sum(Hours([at(18)]), [], newest, one_crossing_per_hour(), UTC)
    assert repair.rows == []
    assert repair.waiting


def test_rows_without_a_state() -> None:
    """Rows written by others may lack the state; then only Butlr's crossings count."""
    row = SumRow(at(20), 7.0, None, None)
    repair = complete_sum(Hours([at(19), at(21)]), [row], replace(row, start=at(22)), one_crossing_per_hour(), UTC)
    assert [(added.start, added.sum) for added in repair.rows] == [(at(19), 1.0), (at(21), 3.0)]
    assert repair.raises == [(at(20), 2.0 - 7.0), (at(22), 4.0 - 2.0)]


def test_repeated_hours_without_a_row_before() -> None:
    """The recorder makes up ten days at most; without a row before them, the last row shows what it repeated."""
    rows = [SumRow(at(hour), 5.0 + (hour < 12), 3.0, at(0)) for hour in (10, 11, 12, 13, 15, 18)]
    downtime = Hours([at(10), at(11), at(12), at(13), at(14), at(18)])
    assert list(repeated_hours(rows, downtime)) == [at(12), at(13), at(18)]
    assert list(repeated_hours([], Hours([at(1)]))) == []
