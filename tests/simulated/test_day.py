"""What the sensors of the simulated building tell agrees with what its people do."""

from collections import Counter
from datetime import date
import itertools
import random

import pytest

from custom_components.butlr.simulated.building import FAILING_ROOM, FLOORS, ROOMS, ZONES, doors_of, room_of
from custom_components.butlr.simulated.day import MOTION_HOLD, OUTAGE, SimulatedDay, Steps

# A weekday, a Sunday, and the days on which the clocks change.
DAYS = ("2026-11-26", "2026-11-29", "2026-03-29", "2026-10-25")


@pytest.fixture(params=DAYS)
def day(request: pytest.FixtureRequest) -> SimulatedDay:
    """Return a day in Berlin."""
    return SimulatedDay(date.fromisoformat(request.param), "Europe/Berlin")


def at(steps: Steps, timestamp: float) -> int | None:
    """Return the number at a time, found in another way than the code does."""
    return [value for since, value in zip(steps.times, steps.values, strict=True) if since <= timestamp][-1]


def test_counts_are_the_people_who_are_there(day: SimulatedDay) -> None:
    """Rooms, zones and floors show who is there; the failing sensor shows nothing while it is offline."""
    draw = random.Random(1)
    for timestamp in [draw.uniform(day.start, day.end) for _ in range(200)]:
        here = [visit.place for visit in day.visits if visit.start <= timestamp < visit.end]
        places = Counter(here) + Counter(room_of(place).key for place in here if place in ZONES)
        offline = any(0 <= timestamp - start < OUTAGE for start in day.outages)
        for key in (*ROOMS, *ZONES):
            if key in ZONES or ROOMS[key].counters:
                expected = None if offline and key == FAILING_ROOM else places[key]
                assert at(day.counts[key], timestamp) == expected, (key, timestamp)
        for number, floor in enumerate(FLOORS):
            rooms = [key for key, room in ROOMS.items() if room.floor == number and room.counters]
            seen = sum(places[key] for key in rooms if not (offline and key == FAILING_ROOM))
            assert at(day.counts[floor], timestamp) == seen
        assert all(places[key] <= room.capacity for key, room in ROOMS.items() if key != "reception")


def test_nobody_is_in_two_places_or_inside_at_midnight(day: SimulatedDay) -> None:
    """Each person is in one place at a time, and everybody comes after midnight and leaves before the next one."""
    by_person: dict[int, list[tuple[float, float]]] = {}
    for visit in day.visits:
        assert day.start < visit.start < visit.end < day.end
        by_person.setdefault(visit.person, []).append((visit.start, visit.end))
    for times in by_person.values():
        times.sort()
        assert all(end == start for (_, end), (start, _) in itertools.pairwise(times))
    assert all(steps.values[-1] == 0 for key, steps in day.counts.items())


def test_doors_miss_a_few_crossings_and_invent_none(day: SimulatedDay) -> None:
    """Estimates drift from the truth, but every crossing is one of a person who went through."""
    true = Counter[tuple[float, str]]()
    for visit in day.visits:
        true[visit.start, visit.place] += 1
        true[visit.end, visit.place] -= 1
    missed = 0
    for key in ("workshop", "library"):
        passed = sum(1 for (_, place), moved in true.items() if place == key and moved)
        noticed = [one for one in day.crossings if one[1] in doors_of(key)]
        assert 0.8 * passed - 2 <= len(noticed) <= passed
        missed += passed - len(noticed)
        for timestamp, _, entered in noticed:
            assert true[timestamp, key] == (1 if entered else -1)
    # Few people work on Sundays.
    assert missed > 0 or len({visit.person for visit in day.visits}) < 10


def test_a_day_is_the_same_at_any_time_and_unlike_others() -> None:
    """A restart continues the same day; another day has other people."""
    first, again, other = (SimulatedDay(date(2026, 11, one), "Europe/Berlin") for one in (26, 26, 25))
    assert first.events == again.events
    assert len({len(one.events) for one in (first, other)}) == 2
    working = sum(1 for visit in first.visits if visit.person >= 0)
    assert working > 3 * sum(1 for visit in SimulatedDay(date(2026, 11, 29), "UTC").visits if visit.person >= 0) > 0


def test_something_happens_every_minute(day: SimulatedDay) -> None:
    """At any hour, also at night and on Sundays, the building looks alive within a minute."""
    times = [one[0] for one in day.events if one[1] == "ROOM_OCCUPANCY"]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert max(gaps) < 60
    assert times[0] < day.start + 60
    assert times[-1] > day.end - 90


def test_events_tell_every_change(day: SimulatedDay) -> None:
    """The newest event of each space is the number that a poll would find."""
    newest: dict[str, int] = {}
    moving: dict[str, bool] = {}
    pending = iter(day.events)
    upcoming = next(pending, None)
    for timestamp in sorted(random.Random(2).uniform(day.start, day.end) for _ in range(100)):
        while upcoming and upcoming[0] <= timestamp:
            _, kind, key, _, data = upcoming
            if kind.endswith("_OCCUPANCY"):
                newest[key] = data
            elif kind.startswith("PIR"):
                moving[key] = kind == "PIR_MOTION"
            upcoming = next(pending, None)
        for key, steps in day.counts.items():
            count = at(steps, timestamp)
            assert count is None or newest.get(key, 0) == count
            if key in moving and count is not None:
                # Motion ends some time after the last person left.
                recent = [value for value, _ in steps.pieces(timestamp - MOTION_HOLD, timestamp + 0.001)]
                assert moving[key] is any(recent), (key, timestamp)
