"""Values that polls find and pushes should have reported: each is found once, when it is overdue."""

import random

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.readings import Count, Crossing, Motion, NoCount, Reading, Totals
from custom_components.butlr.live.evidence import PUSH_DEADLINE
from custom_components.butlr.live.live import Live
from tests.helpers.live import MIDNIGHT, MINUTE, NOON, Clock, make_live

ROOM = "room_meeting"
CANTEEN = "room_canteen"
DUE = MINUTE + PUSH_DEADLINE


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at noon."""
    return Clock()


@pytest.fixture
def live(clock: Clock) -> Live:
    """Return a state as of noon: nobody in the meeting room, 5 entries and 3 exits at the door of the canteen."""
    live = make_live(clock)
    live.apply([Count(ROOM, 0, NOON)])
    live.apply([Totals(CANTEEN, 5, 3, MIDNIGHT, NOON)], polled=True)
    return live


def poll(live: Live, reading: Reading) -> float | None:
    """Apply a polled reading; return when a push of it was due, or None."""
    overdue = live.overdue(reading)
    live.apply([reading], polled=True)
    return overdue


def count(clock: Clock, people: int, since: float) -> Count:
    """Return what a poll returns now: this many people in every minute since a timestamp."""
    return Count(ROOM, people, clock.now // MINUTE * MINUTE, since)


def test_a_pushed_value_is_not_overdue(clock: Clock, live: Live) -> None:
    """However late the poll that returns it."""
    clock.now = NOON + 900
    live.apply([Count(ROOM, 2, NOON + 400)])
    assert poll(live, count(clock, 2, NOON + 420)) is None


def test_a_change_that_was_not_pushed_is_overdue_after_two_minutes(clock: Clock, live: Live) -> None:
    """Two minutes after the end of the first minute that differs."""
    clock.now = NOON + 120 + DUE
    assert poll(live, count(clock, 2, NOON + 120)) == NOON + 120


def test_a_missed_push_is_found_once(clock: Clock, live: Live) -> None:
    """The poll that finds it corrects the value."""
    clock.now = NOON + 300
    assert poll(live, count(clock, 2, NOON + 60)) == NOON + 60
    clock.now += 300
    assert poll(live, count(clock, 2, NOON + 300)) is None


def test_an_early_poll_is_remembered(clock: Clock, live: Live) -> None:
    """A later poll finds the push overdue, although the early one has corrected the count."""
    clock.now = NOON + 70
    assert poll(live, count(clock, 2, NOON + 60)) is None
    clock.now = NOON + 130
    assert poll(live, count(clock, 2, NOON + 60)) is None
    clock.now = NOON + 60 + DUE
    assert poll(live, count(clock, 2, NOON + 60)) == NOON + 60


@pytest.mark.parametrize("timestamp", [NOON + 30, NOON + 65, NOON + 100])
def test_a_late_push_is_not_missed(clock: Clock, live: Live, timestamp: float) -> None:
    """Even if it is about the half minute before, which the median of that minute did not show."""
    clock.now = NOON + 130
    assert poll(live, count(clock, 2, NOON + 60)) is None
    live.apply([Count(ROOM, 2, timestamp)])
    clock.now = NOON + 600
    assert poll(live, count(clock, 2, NOON + 300)) is None


def test_an_old_push_does_not_count(clock: Clock, live: Live) -> None:
    """A repeat from before the change is not the missed push."""
    clock.now = NOON + 130
    poll(live, count(clock, 2, NOON + 60))
    live.apply([Count(ROOM, 0, NOON - 30)])
    clock.now = NOON + 300
    assert poll(live, count(clock, 2, NOON + 60)) == NOON + 60


def test_the_minute_of_the_push_does_not_count(clock: Clock, live: Live) -> None:
    """A polled minute that began before the push is older than the push, whatever its median."""
    clock.now = NOON + 239
    live.apply([Count(ROOM, 3, NOON + 210)])
    assert poll(live, Count(ROOM, 0, NOON + 180, NOON)) is None
    clock.now = NOON + 480
    # Only the minutes after the push can show that another one was missed.
    assert poll(live, count(clock, 0, NOON + 180)) == NOON + 240


def test_a_first_count_is_not_overdue(clock: Clock) -> None:
    """It is no change, and neither is a count after an unknown state."""
    live = make_live(clock)
    assert poll(live, Count(ROOM, 4, NOON - 300, NOON - 600)) is None
    clock.now = NOON + 900
    assert poll(live, NoCount(ROOM, NOON)) is None
    assert poll(live, count(clock, 1, NOON + 300)) is None
    assert live.overdue(Count("room_gone", 1, NOON, NOON)) is None
    assert live.overdue(Motion(ROOM, detected=True, timestamp=NOON)) is None


def test_pushed_crossings_are_not_overdue(clock: Clock, live: Live) -> None:
    """Neither if the totals include them, nor if the totals lag behind."""
    clock.now = NOON + 300
    live.apply([Crossing(CANTEEN, 2, 1, NOON + 100, "mac", "e1"), Crossing(CANTEEN, 1, 0, NOON + 295, "mac", "e2")])
    assert poll(live, Totals(CANTEEN, 7, 4, MIDNIGHT, NOON + 290)) is None
    clock.now += 300
    assert poll(live, Totals(CANTEEN, 7, 4, MIDNIGHT, NOON + 590)) is None
    clock.now += 300
    assert poll(live, Totals(CANTEEN, 8, 4, MIDNIGHT, NOON + 890)) is None


@pytest.mark.parametrize(("entries", "exits"), [(6, 3), (5, 4)])
def test_missed_crossings_are_found_once(clock: Clock, live: Live, entries: int, exits: int) -> None:
    """By the next poll, as due since the poll before."""
    clock.now = NOON + 300
    assert poll(live, Totals(CANTEEN, entries, exits, MIDNIGHT, NOON + 290)) is None
    clock.now += 300
    assert poll(live, Totals(CANTEEN, entries, exits, MIDNIGHT, NOON + 590)) == NOON
    clock.now += 300
    assert poll(live, Totals(CANTEEN, entries, exits, MIDNIGHT, NOON + 890)) is None


def test_a_crossing_pushed_after_its_poll(clock: Clock, live: Live) -> None:
    """It was counted already, but it is not missed."""
    clock.now = NOON + 300
    poll(live, Totals(CANTEEN, 6, 3, MIDNIGHT, NOON + 290))
    live.apply([Crossing(CANTEEN, 1, 0, NOON + 285, "mac", "e1")])
    clock.now += 300
    assert poll(live, Totals(CANTEEN, 6, 3, MIDNIGHT, NOON + 590)) is None
    assert live.state(CANTEEN).entries == 6


def test_midnight_is_not_a_missed_push(clock: Clock, live: Live) -> None:
    """The new day starts at zero; a poll from before midnight is about the old day."""
    clock.now = MIDNIGHT + 86400 + 30
    assert poll(live, Totals(CANTEEN, 9, 9, MIDNIGHT, MIDNIGHT + 86400 - 5)) is None
    assert poll(live, Totals(CANTEEN, 0, 0, MIDNIGHT + 86400, MIDNIGHT + 86420)) is None
    clock.now += 600
    assert poll(live, Totals(CANTEEN, 0, 0, MIDNIGHT + 86400, MIDNIGHT + 86600)) is None


@given(seed=st.integers(0, 2**32), every=st.sampled_from([60, 120, 300]), lost=st.booleans())
def test_only_lost_pushes_are_overdue(seed: int, every: int, lost: bool) -> None:
    """People come and go at random, pushes take up to two minutes, and polls return the median of each minute.

    If every push arrives, no poll finds one overdue; if they stop arriving, a poll does.
    """
    rng = random.Random(seed)
    clock = Clock()
    live = make_live(clock)
    live.apply([Count(ROOM, 0, NOON)])
    changes = [(NOON, 0)]
    for _ in range(12):
        changes.append((changes[-1][0] + rng.choice([5.0, 40.0, 90.0, 400.0]) + rng.random(), rng.randrange(4)))
    changes = [change for before, change in zip([(0.0, -1), *changes], changes, strict=False) if change[1] != before[1]]
    dead_from = changes[len(changes) // 2][0] if lost else float("inf")
    # If pushes stop, end with many people who stay, which the medians cannot hide.
    changes += [(changes[-1][0] + 400, 9)] if lost else []
    pushes = sorted(
        (timestamp + rng.uniform(0, PUSH_DEADLINE), timestamp, people)
        for timestamp, people in changes
        if timestamp < dead_from
    )
    end = changes[-1][0] + 900
    found = []
    while clock.now < end:
        clock.now += every
        while pushes and pushes[0][0] <= clock.now:
            _, timestamp, people = pushes.pop(0)
            live.apply([Count(ROOM, people, timestamp)])
        minutes = [clock.now // MINUTE * MINUTE - MINUTE * back for back in range(6)]
        seen = [
            (minute, number)
            for minute in minutes
            if (number := _median(changes, minute, min(minute + MINUTE, clock.now))) is not None
        ]
        since = seen[0][0]
        for minute, number in seen:
            if number != seen[0][1]:
                break
            since = minute
        if (overdue := poll(live, Count(ROOM, seen[0][1], seen[0][0], since))) is not None:
            found.append(overdue)
    assert bool(found) is lost
    assert live.state(ROOM).people == changes[-1][1]


def _median(changes: list[tuple[float, int]], start: float, stop: float) -> int | None:
    """Return the median number of people in a range of time, rounded half up as Butlr's answers are read."""
    if stop <= start:
        return None

    def people(second: float) -> int:
        return next((number for timestamp, number in reversed(changes) if timestamp <= second), 0)

    values = sorted(people(start + (stop - start) * (step + 0.5) / 120) for step in range(120))
    return int((values[59] + values[60]) / 2 + 0.5)
