"""The facts of the simulated present: who is where, what the doors saw, where something moves."""

from array import array
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, tzinfo
import heapq
from zoneinfo import ZoneInfo

from .estate import Estate, Sensor, SpaceRef
from .past import Past, zone_of
from .settings import Settings
from .timeline import DAY, HOUR, NO_DATA, Series, Steps, day_start, local_date, midnight
from .walking import Person, doors_passed, spaces_entered_and_left


@dataclass(frozen=True, slots=True)
class Counted:
    """The count of a floor, room or zone changed."""

    space_id: str
    people: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Crossed:
    """Somebody passed a traffic sensor."""

    sensor: Sensor
    inward: bool
    timestamp: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Motion began or ended in a room."""

    room_id: str
    motion: bool
    timestamp: int


type Happening = Counted | Crossed | Moved


class World:
    """The present, and through it the past; every change is told to `tell` as it happens."""

    def __init__(self, estate: Estate, settings: Settings, past: Past) -> None:
        """Begin where the past ends."""
        self.estate = estate
        self.settings = settings
        self.past = past
        self.tell: Callable[[Happening], None] = _ignore
        self.people: dict[str, Person] = {}
        self.crossed: deque[tuple[int, str, int]] = deque()
        """Every crossing since the past ended, for two days: (timestamp, sensor id, +1 or -1)."""
        self.motion: dict[str, bool] = {}
        self.past_tallies: dict[tuple[str, int], tuple[Counter[str], Counter[str]]] = {}
        """What the truth found in the past, by building and midnight."""
        self._heads: dict[str, int] = {}
        self._series: dict[str, Series] = {}
        self._doors: dict[str, tuple[array[int], array[int]]] = {}
        self._no_motion: list[tuple[int, str]] = []
        self._no_motion_due: dict[str, int] = {}
        self._latest = past.end
        self._number = 0
        self._revision: object = None
        for building_id in estate.buildings:
            for person in past.inside(building_id):
                self._settle_in(person)
        self.refresh(past.end)

    def _settle_in(self, person: Person) -> None:
        """Take over somebody from the past."""
        self._number += 1
        person.id = f"person_{self._number}"
        self.people[person.id] = person
        for space_id in person.place.space_ids if person.place else ():
            self._heads[space_id] = self._heads.get(space_id, 0) + 1

    @property
    def fallback(self) -> tzinfo:
        """Return the zone of sites without one."""
        return ZoneInfo(self.settings.fallback_timezone)

    def timezone(self, space_id: str) -> tzinfo:
        """Return the zone that a building, floor, room or zone lives by."""
        if space_id not in self.estate.buildings:
            space_id = self.estate.floor_of(space_id).building_id
        return zone_of(self.estate, space_id, self.fallback)

    def timestamp(self, now: int) -> int:
        """Return a timestamp for something that happens now, later than all before it."""
        self._latest = max(now, self._latest + 1)
        return self._latest

    def heads(self, space_id: str) -> int:
        """Return how many people really are in a floor, room or zone."""
        return self._heads.get(space_id, 0)

    def newcomer(self, building_id: str, door: Sensor | None, *, acts: bool) -> Person:
        """Make a person who stands outside a building."""
        self._number += 1
        person = Person(f"person_{self._number}", self._number, building_id, door, acts=acts)
        self.people[person.id] = person
        return person

    def move(self, person: Person, place: SpaceRef | None, timestamp: int) -> None:
        """Let a person take one step; None = leave."""
        before = person.place
        if before == place:
            return
        coverage = self.estate.coverage
        entered, left = spaces_entered_and_left(before, place)
        for space_id in left:
            self._heads[space_id] = self._heads.get(space_id, 0) - 1
        for space_id in entered:
            self._heads[space_id] = self._heads.get(space_id, 0) + 1
        person.place = place
        for space_id in entered:
            if space_id in self.estate.rooms:
                self._stir(space_id, timestamp)
        for door, direction in doors_passed(coverage, person, before, place):
            if coverage.works(door):
                self._cross(door, direction, timestamp)
        for space_id in (*left, *entered):
            if space_id in self.estate.floors:
                continue
            if space_id in self.estate.rooms and self._heads[space_id] == 0:
                self._calm(space_id, timestamp)
            self._count(space_id, self._heads[space_id], timestamp)
        self._count_floors(before, place, timestamp)
        if place is None:
            del self.people[person.id]

    def _count_floors(self, before: SpaceRef | None, place: SpaceRef | None, timestamp: int) -> None:
        """Record how many are under the floors' presence sensors after a step."""
        coverage = self.estate.coverage
        for where, change in ((before, -1), (place, 1)):
            if where is not None and coverage.floor_counts(where):
                key = f"seen {where.floor_id}"
                self._heads[key] = self._heads.get(key, 0) + change
        for floor_id in dict.fromkeys(where.floor_id for where in (before, place) if where):
            self._count(floor_id, self._heads.get(f"seen {floor_id}", 0), timestamp)

    def _count(self, space_id: str, people: int, timestamp: int) -> None:
        """Record a count where there is somebody to see it."""
        series = self._series.get(space_id)
        if series is None or series.value == NO_DATA:
            return
        if series.set(timestamp, people):
            self.tell(Counted(space_id, people, timestamp))

    def _cross(self, sensor: Sensor, direction: int, timestamp: int) -> None:
        """Record a crossing; nobody crosses a line at the very moment that somebody else does."""
        timestamps, directions = self._doors.setdefault(sensor.id, (array("q"), array("b")))
        if timestamps:
            timestamp = max(timestamp, timestamps[-1] + 1)
        self.crossed.append((timestamp, sensor.id, direction))
        while self.crossed[0][0] < timestamp - 2 * DAY:
            self.crossed.popleft()
        timestamps.append(timestamp)
        directions.append(direction)
        self.tell(Crossed(sensor, direction > 0, timestamp))

    def _stir(self, room_id: str, timestamp: int) -> None:
        """Somebody came into a room: motion begins, or goes on."""
        if room_id not in self.motion:
            return
        self._no_motion_due.pop(room_id, None)
        if not self.motion[room_id]:
            self.motion[room_id] = True
            self._tell_motion(room_id, timestamp)

    def _calm(self, room_id: str, timestamp: int) -> None:
        """The last person left a room: motion ends after a while."""
        if self.motion.get(room_id):
            due = timestamp + round(self.settings.pir_hold * 1000)
            self._no_motion_due[room_id] = due
            heapq.heappush(self._no_motion, (due, room_id))

    def calm_due(self) -> int | None:
        """Return when the next motion may end."""
        return self._no_motion[0][0] if self._no_motion else None

    def calm(self, now: int) -> None:
        """End the motion that is due to end."""
        while self._no_motion and self._no_motion[0][0] <= now:
            due, room_id = heapq.heappop(self._no_motion)
            if self._no_motion_due.get(room_id) == due:
                del self._no_motion_due[room_id]
                self.motion[room_id] = False
                self._tell_motion(room_id, self.timestamp(due))

    def _tell_motion(self, room_id: str, timestamp: int) -> None:
        """Tell a change of motion unless the sensors are dead."""
        if self.estate.coverage.sees(room_id):
            self.tell(Moved(room_id, self.motion[room_id], timestamp))

    def refresh(self, now: int) -> None:
        """Take over what was edited in the estate since the last time."""
        if (revision := self.estate.revision) == self._revision:
            return
        self._revision = revision
        first = not self._series
        timestamp = self.past.end if first else self.timestamp(now)
        coverage = self.estate.coverage
        self._rehouse(timestamp)
        seen: dict[str, int] = {}
        for person in self.people.values():
            if person.place and coverage.floor_counts(person.place):
                seen[person.place.floor_id] = seen.get(person.place.floor_id, 0) + 1
        for floor_id in self.estate.floors:
            self._heads[f"seen {floor_id}"] = seen.get(floor_id, 0)
        for kept in (self.estate.rooms, self.estate.zones, self.estate.floors):
            for space_id in kept:
                self._refresh_space(space_id, timestamp, first=first)
        for space_id in self._series.keys() - self.estate.rooms.keys() - self.estate.zones.keys():
            if space_id not in self.estate.floors:
                del self._series[space_id]
        motion = {}
        for room_id in self.estate.rooms:
            if coverage.has_pir(room_id):
                motion[room_id] = self.motion.get(room_id, self.heads(room_id) > 0)
        self.motion = motion

    def _refresh_space(self, space_id: str, timestamp: int, *, first: bool) -> None:
        """Begin, end or correct the record of one space."""
        coverage = self.estate.coverage
        if not coverage.has_presence(space_id):
            self._series.pop(space_id, None)
            return
        key = f"seen {space_id}" if space_id in self.estate.floors else space_id
        people = self._heads.get(key, 0) if coverage.sees(space_id) else NO_DATA
        series = self._series.get(space_id)
        if series is None:
            self._series[space_id] = Series(timestamp, people)
        elif series.set(timestamp, people) and people != NO_DATA and not first:
            self.tell(Counted(space_id, people, timestamp))

    def _rehouse(self, timestamp: int) -> None:
        """Move people out of places that were removed or moved elsewhere."""
        estate = self.estate
        for person in list(self.people.values()):
            if (place := person.place) is None:
                continue
            if place.floor_id not in estate.floors:
                del self.people[person.id]
                continue
            spot = place.zone_id or place.room_id or place.floor_id
            known = spot in estate.rooms or spot in estate.zones or spot in estate.floors
            person.place = estate.coverage.place(spot if known else place.floor_id)
            person.goal = None
        self._heads = {}
        for person in self.people.values():
            for space_id in person.place.space_ids if person.place else ():
                self._heads[space_id] = self._heads.get(space_id, 0) + 1

    def steps(self, space_id: str, start: int, stop: int) -> Steps:
        """Return the people seen in a space as a step function over [start, stop), past included."""
        steps = self.past.steps(space_id, start, stop) if start < self.past.end else []
        series = self._series.get(space_id)
        if series is not None and stop > self.past.end:
            steps += series.steps(max(start, self.past.end), stop)
        return steps

    def crossings(self, sensor: Sensor, start: int, stop: int) -> list[tuple[int, int]]:
        """Return the crossings of a sensor in [start, stop): (timestamp, +1 in or -1 out), past included."""
        if sensor.mac_address.lower().startswith("fa-ke"):
            return _phantom(start, stop)
        found = self.past.crossings(sensor, start, stop) if start < self.past.end else []
        if sensor.id in self._doors:
            timestamps, directions = self._doors[sensor.id]
            first, last = bisect_left(timestamps, start), bisect_left(timestamps, stop)
            found += zip(timestamps[first:last], directions[first:last], strict=True)
        return found

    def estimate_steps(self, space_id: str, start: int, stop: int, *, calibrated: bool, zone: tzinfo) -> Steps:
        """Return in minus out since the midnight of a zone as a step function over [start, stop)."""
        begin = day_start(start, zone)
        doors = self.estate.coverage.traffic_sensors(space_id)
        merged = sorted(crossing for door in doors for crossing in self.crossings(door, begin, stop))
        steps: Steps = [(start, 0)]
        total = 0
        day = local_date(start, zone) + timedelta(days=1)
        next_midnight = midnight(day, zone)
        for timestamp, direction in [*merged, (stop, 0)]:
            while timestamp >= next_midnight:
                total = 0
                if next_midnight < stop:
                    steps.append((next_midnight, 0))
                day += timedelta(days=1)
                next_midnight = midnight(day, zone)
            total += direction
            if timestamp >= stop:
                break
            value = max(total, 0) if calibrated else total
            if timestamp <= start:
                steps[0] = (start, value)
            elif steps[-1][0] == timestamp:
                steps[-1] = (timestamp, value)
            else:
                steps.append((timestamp, value))
        return steps if any(map(self.estate.coverage.works, doors)) else _cut(steps, self.past.end - 2 * DAY, stop)


def _cut(steps: Steps, end: int, stop: int) -> Steps:
    """Return a step function that nobody measured from `end` on."""
    kept = [step for step in steps if step[0] < end]
    return [*kept, (max(end, steps[0][0]), NO_DATA)] if end < stop else kept


def _phantom(start: int, stop: int) -> list[tuple[int, int]]:
    """Return the crossings that a test sensor reports though there is none: one inward each hour at :17."""
    first = (start - 17 * 60_000 + HOUR - 1) // HOUR * HOUR + 17 * 60_000
    return [(timestamp, 1) for timestamp in range(first, stop, HOUR)]


def _ignore(happening: Happening) -> None:
    """Do nothing."""
