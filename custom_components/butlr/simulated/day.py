"""What people do in the simulated building on one day, and what its sensors tell of it.

Everything is drawn from the date, so each run of Home Assistant sees the same day. Timestamps are Unix seconds.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
import heapq
from itertools import pairwise
import math
from operator import itemgetter
from random import Random
from typing import Any, Final, NamedTuple

from ..api.buckets import HOUR, MINUTE, midnight, zone_named
from .building import FAILING_ROOM, FLOORS, ROOMS, SENSOR_PLACES, ZONES, doors_of, room_of

# How many people work on weekdays and on weekends.
STAFF: Final = (26, 4)
# The share of crossings that a door sensor misses, so that estimates drift.
MISSED_CROSSINGS: Final = 0.03
# The host's number, and how many minutes the host stays in a place.
HOST: Final = -1
HOST_STAY: Final = (0.4, 0.8)
# How long the failing sensor is offline, and how long motion lasts after somebody left, in seconds.
OUTAGE: Final = 25 * MINUTE
MOTION_HOLD: Final = 30.0
# How often people like to go to a place, and how many minutes they stay at least and at most.
HABITS: Final = {
    **dict.fromkeys(ZONES, (5.0, 15, 60)),
    **dict.fromkeys(("meeting_room_1", "meeting_room_2", "project_room", "boardroom"), (0.7, 25, 60)),
    **dict.fromkeys(("focus_room_1", "focus_room_2"), (0.3, 15, 60)),
    **dict.fromkeys(("workshop", "library"), (0.7, 10, 50)),
    **dict.fromkeys(("cafe", "phone_booth"), (0.5, 4, 15)),
}
# The doors on the way up from each floor, and whether going up means entering; -1 is outside.
WAYS_UP: Final = {-1: (("entrance", True),), 0: (("lower_stairs", False), ("upper_stairs", True))}


class Visit(NamedTuple):
    """One person in one place."""

    start: float
    end: float
    place: str
    person: int


class Steps:
    """A number that changes from time to time; None while no sensor can tell it."""

    def __init__(self, start: float, changes: Iterable[tuple[float, int | None]], first: int | None = 0) -> None:
        """Start with the `first` number; of several changes at one time, the last one counts."""
        self.times, self.values = [start], [first]
        for timestamp, value in dict(changes).items():
            if value != self.values[-1]:
                self.times.append(timestamp)
                self.values.append(value)

    def pieces(self, start: float, stop: float) -> Iterator[tuple[int | None, float]]:
        """Yield each number in a range, and for how many seconds it was that."""
        index = max(bisect_right(self.times, start) - 1, 0)
        while start < stop:
            end = min(self.times[index + 1] if index + 1 < len(self.times) else math.inf, stop)
            yield self.values[index], end - start
            start, index = end, index + 1


class SimulatedDay:
    """One day, from midnight to midnight. Nobody is inside at midnight."""

    def __init__(self, day: date, zone_name: str) -> None:
        """Let people live through the day."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone_named(zone_name)).timestamp()
        self.start, self.end = (midnight(noon, zone_named(zone_name), days) for days in (0, 1))
        # Midnight by the clock of noon: on days of 23 or 25 hours, opening hours follow that clock.
        self.clock_start, self.weekday = noon - 12 * HOUR, f"{day:%A}"
        # When the failing sensor goes offline.
        self.outages = [self.start + hour * HOUR + 10 * MINUTE for hour in range(2, 23, 3)]
        self.visits: list[Visit] = []
        # When which door sensor noticed somebody, and whether that person entered.
        self.crossings: list[tuple[float, str, bool]] = []
        self._random, self._present = Random(day.isoformat()), Counter[str]()  # noqa: S311 - no secrets
        self._live(STAFF[day.weekday() > 4])
        self.counts, self.estimates = self._count(), self._estimate()

    def is_failing(self, timestamp: float) -> bool:
        """Return whether the failing sensor is offline."""
        return any(start <= timestamp < start + OUTAGE for start in self.outages)

    def at(self, clock: str) -> float:
        """Return when the clock shows a time (HH:MM)."""
        hours, minutes = map(int, clock.split(":"))
        return self.clock_start + hours * HOUR + minutes * MINUTE

    def _live(self, staff: int) -> None:
        """Let people come, go from place to place as they like, and leave.

        One person, the host, walks between reception and café all day, so that something happens at any hour.
        """
        draw, opening = self._random.uniform, self.at("07:00")
        queue = [(round(opening + draw(0, 3) * HOUR, 3), person) for person in range(staff)] + [(self.start + 20, HOST)]
        leaving = {person: opening + draw(8.5, 12) * HOUR for person in range(staff)} | {HOST: self.end - 60}
        inside: dict[int, tuple[str | None, float]] = {}
        heapq.heapify(queue)
        while queue:
            now, person = heapq.heappop(queue)
            place, since = inside.pop(person, (None, now))
            chosen = self._choose(person, place, now) if now < leaving[person] else None
            if place:
                self.visits.append(Visit(since, now, place, person))
                self._present[room_of(place).key] -= 1
            self._cross(place, chosen, now)
            if chosen:
                self._present[room_of(chosen).key] += 1
                inside[person] = chosen, now
                stay = HOST_STAY if person == HOST else HABITS[chosen][1:]
                heapq.heappush(queue, (round(now + draw(*stay) * MINUTE, 3), person))

    def _choose(self, person: int, place: str | None, now: float) -> str:
        """Return where a person goes next: not into a full room, and rather into a meeting that has begun."""
        if person == HOST:
            return "cafe" if place == "reception" else "reception"
        weights, hour = {}, (now - self.clock_start) / HOUR
        for other, (weight, _, _) in HABITS.items():
            present = self._present[room_of(other).key]
            if other != place and present < room_of(other).capacity:
                liked = 3 if present and "_room_" in other else 16 if other == "cafe" and 12 < hour < 13.5 else 1
                weights[other] = weight * liked
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _cross(self, place: str | None, chosen: str | None, now: float) -> None:
        """Add the crossings of all doors between two places; None is outside."""
        before, after = (room_of(one) if one else None for one in (place, chosen))
        doors = [(f"{room.key}_1", room is after) for room in (before, after) if room and not room.counters]
        levels = [room.floor if room else -1 for room in (before, after)]
        for level in range(min(levels), max(levels)):
            doors += [(sensor, upward is (levels[0] < levels[1])) for sensor, upward in WAYS_UP[level]]
        noticed = [door for door in doors if self._random.random() >= MISSED_CROSSINGS]
        self.crossings += [(now, sensor, entered) for sensor, entered in noticed]

    def _count(self) -> dict[str, Steps]:
        """Return the people that presence sensors count in rooms, zones and floors."""
        deltas: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for visit in self.visits:
            for key in {visit.place, room_of(visit.place).key}:
                deltas[key] += [(visit.start, 1), (visit.end, -1)]
        counted = [key for key, room in ROOMS.items() if room.counters]
        counts = {key: Steps(self.start, _running(deltas[key])) for key in (*counted, *ZONES)}
        true = counts[FAILING_ROOM]
        changes = [one for one in zip(true.times, true.values, strict=True) if not self.is_failing(one[0])]
        for start in self.outages:
            changes += [(start, None), (start + OUTAGE, next(true.pieces(start + OUTAGE, math.inf))[0])]
        counts[FAILING_ROOM] = Steps(self.start, sorted(changes, key=itemgetter(0)))
        for number, floor in enumerate(FLOORS):
            rooms = [counts[key] for key in counted if ROOMS[key].floor == number]
            counts[floor] = Steps(self.start, _running(delta for steps in rooms for delta in _deltas(steps)))
        return counts

    def _estimate(self) -> dict[str, Steps]:
        """Return entries minus exits of the floors, and of the rooms without presence sensors; None at first."""
        estimates = {}
        for key in (*FLOORS, *(key for key, room in ROOMS.items() if not room.counters)):
            doors = doors_of(key)
            deltas = [(timestamp, 1 if entered else -1) for timestamp, door, entered in self.crossings if door in doors]
            sums = ((timestamp, max(total, 0)) for timestamp, total in _running(deltas))
            estimates[key] = Steps(self.start, sums, None)
        return estimates

    @cached_property
    def events(self) -> list[tuple[float, str, str, str, Any]]:
        """Return timestamp, type, space, door sensor and data of all events, in the order of time."""
        events: list[tuple[float, str, str, str, Any]] = []
        for key, steps in self.counts.items():
            kind = "FLOOR" if key in FLOORS else "ZONE" if key in ZONES else "ROOM"
            times, people = [*steps.times, math.inf], steps.values
            for index in range(1, len(people)):
                if people[index] is not None:
                    events.append((times[index], f"{kind}_OCCUPANCY", key, "", people[index]))
                if kind == "ROOM" and people[index] and not people[index - 1]:
                    events.append((times[index], "PIR_MOTION", key, "", None))
                if kind == "ROOM" and people[index] == 0 and times[index + 1] > times[index] + MOTION_HOLD:
                    events.append((times[index] + MOTION_HOLD, "PIR_NO_MOTION", key, "", None))
        for timestamp, door, entered in self.crossings:
            floor, room = SENSOR_PLACES[door]
            data = {"in": int(entered), "out": int(not entered)}
            events.append((timestamp, "TRAFFIC", room.key if room else FLOORS[floor], door, data))
        return sorted(events, key=itemgetter(0))


def _running(deltas: Iterable[tuple[float, int]]) -> Iterator[tuple[float, int]]:
    """Yield the running sum of some changes, in the order of time."""
    total = 0
    for timestamp, delta in sorted(deltas):
        total += delta
        yield timestamp, total


def _deltas(steps: Steps) -> Iterator[tuple[float, int]]:
    """Yield by how much a number changes; one that no sensor can tell counts as 0."""
    values = [value or 0 for value in steps.values]
    yield from ((timestamp, new - old) for timestamp, (old, new) in zip(steps.times[1:], pairwise(values), strict=True))


_day_of = lru_cache(maxsize=8)(SimulatedDay)


def days_between(start: float, stop: float, zone_name: str) -> Iterator[SimulatedDay]:
    """Yield the days of a range in turn."""
    day = datetime.fromtimestamp(start, zone_named(zone_name)).date()
    while (one := _day_of(day, zone_name)).start < stop:
        yield one
        day += timedelta(days=1)
