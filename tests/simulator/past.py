"""The time before the simulator started: made up from the seed, day by day, whenever somebody asks for it.

Every building has a list of people a day, each with an itinerary at minute resolution. Counts and crossings both
follow from the itineraries, so that they agree with each other. Nobody stays over night.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from functools import lru_cache
import random
from zoneinfo import ZoneInfo

from .estate import Coverage, Estate, Sensor, SpaceRef
from .timeline import DAY, MINUTE, NO_DATA, Steps, local_date, midnight
from .walking import Person, doors_passed

QUIET = 15 * MINUTE
"""For so long before the start nobody moved, so that the first poll tells the same as the first truth."""

_OUTAGE = 2 * DAY
"""How long the sensors that are dead at the start have been dead."""

_LAST_MINUTE = 22 * 60 + 30
_ATTENDANCE = (0.9, 1.0, 1.0, 0.95, 0.7, 0.05, 0.03)


@dataclass(slots=True)
class Itinerary:
    """One person's day: where from when on; None = out of the building."""

    person: Person
    moves: list[tuple[int, SpaceRef | None]] = field(default_factory=list)


@dataclass(slots=True)
class Day:
    """What a building's sensors saw on one day."""

    changes: dict[str, list[tuple[int, int]]]
    """Per space: (timestamp, +1 or -1), ascending; a floor counts who is under its presence sensors."""
    crossings: dict[str, list[tuple[int, int]]]
    """Per sensor: (timestamp, +1 in or -1 out), ascending."""


class Past:
    """The synthetic past of an estate, up to the moment `end`."""

    def __init__(self, estate: Estate, seed: int, now: int, *, populated: bool, fallback: tzinfo) -> None:
        """Prepare; `populated` keeps the people of that hour inside, else all have gone home by then."""
        self._estate = estate
        self.coverage = Coverage(estate)
        self._seed = seed
        self._populated = populated
        self._fallback = fallback
        self.end = (now - QUIET) // MINUTE * MINUTE
        self._zones: dict[str, tzinfo] = {}
        self._counted_in: dict[SpaceRef, tuple[str, ...]] = {}
        self._places: dict[str, tuple[list[SpaceRef], list[float], list[SpaceRef]]] = {}
        self._building_of = {
            space_id: estate.floor_of(space_id).building_id
            for space_id in (*estate.floors, *estate.rooms, *estate.zones)
        }
        self._sensor_building = {
            sensor.id: estate.floors[sensor.floor_id].building_id for sensor in estate.sensors.values()
        }
        self._dead = {sensor.id for sensor in estate.sensors.values() if not self.coverage.works(sensor)}
        self._blind = {
            space_id
            for space_id in self._building_of
            if self.coverage.has_presence(space_id) and not self.coverage.sees(space_id)
        }
        self.day = lru_cache(maxsize=256)(self._build_day)

    def timezone(self, building_id: str) -> tzinfo:
        """Return the zone whose days the building lives by."""
        if (zone := self._zones.get(building_id)) is None:
            zone = self._zones[building_id] = zone_of(self._estate, building_id, self._fallback)
        return zone

    def itineraries(self, building_id: str, day: date) -> Iterator[Itinerary]:
        """Yield the people of one day, each until the past ends."""
        rng = random.Random(f"{self._seed}/{building_id}/{day.isoformat()}")
        places, weights, meals = self._destinations(building_id)
        entrances = self.coverage.entrances(building_id)
        start = midnight(day, self.timezone(building_id))
        if start >= self.end or not places:
            return
        people = round(weights[-1] * 0.35 * _ATTENDANCE[day.weekday()] * rng.uniform(0.85, 1.15))
        for number in range(people):
            door = rng.choice(entrances) if entrances else None
            person = Person(f"past_{day.isoformat()}_{number}", number, building_id, door)
            itinerary = Itinerary(person)
            arrival = round(min(max(rng.gauss(530, 50), 360), 720))
            departure = round(min(max(rng.gauss(1010, 70), arrival + 60), _LAST_MINUTE))
            for minute, place in _walk(rng, door, places, weights, meals, arrival, departure):
                if (timestamp := start + minute * MINUTE) >= self.end:
                    break
                itinerary.moves.append((timestamp, place))
            if not itinerary.moves:
                continue
            if not self._populated and itinerary.moves[-1][1] is not None:
                itinerary.moves.append((self.end - 1, None))
            yield itinerary

    def inside(self, building_id: str) -> list[Person]:
        """Return who is in the building when the past ends, each at his place."""
        if not self._populated:
            return []
        found: list[Person] = []
        today = local_date(self.end, self.timezone(building_id))
        for itinerary in self.itineraries(building_id, today):
            if (place := itinerary.moves[-1][1]) is not None:
                itinerary.person.place = place
                found.append(itinerary.person)
        return found

    def steps(self, space_id: str, start: int, stop: int) -> Steps:
        """Return a space's count as a step function over [start, stop), as far as it lies in the past."""
        building_id = self._building_of.get(space_id)
        stop = min(stop, self.end)
        if building_id is None or start >= stop:
            return []
        blind_from = self.end - _OUTAGE if space_id in self._blind else stop
        count = 0
        steps: Steps = []
        before = 0
        for timestamp, change in self._events(building_id, space_id, start, stop):
            if timestamp >= blind_from:
                break
            count += change
            if timestamp <= start:
                before = count
            elif steps and steps[-1][0] == timestamp:
                steps[-1] = (timestamp, count)
            else:
                steps.append((timestamp, count))
        steps.insert(0, (start, before if start < blind_from else NO_DATA))
        if start < blind_from < stop:
            steps.append((blind_from, NO_DATA))
        return steps

    def crossings(self, sensor: Sensor, start: int, stop: int) -> list[tuple[int, int]]:
        """Return the past crossings of a sensor in [start, stop): (timestamp, +1 in or -1 out)."""
        building_id = self._sensor_building.get(sensor.id)
        dead = sensor.id in self._dead
        stop = min(stop, self.end - _OUTAGE if dead else self.end)
        if building_id is None or start >= stop:
            return []
        found: list[tuple[int, int]] = []
        for day in self._days(building_id, start, stop):
            crossings = self.day(building_id, day).crossings.get(sensor.id, ())
            found += [crossing for crossing in crossings if start <= crossing[0] < stop]
        return found

    def _events(self, building_id: str, space_id: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the changes of a space's count from the first midnight before `start`."""
        for day in self._days(building_id, start, stop):
            for timestamp, change in self.day(building_id, day).changes.get(space_id, ()):
                if timestamp >= stop:
                    return
                yield timestamp, change

    def _days(self, building_id: str, start: int, stop: int) -> Iterator[date]:
        """Yield the local days that touch [start, stop)."""
        zone = self.timezone(building_id)
        day, last = local_date(start, zone), local_date(stop - 1, zone)
        while day <= last:
            yield day
            day += timedelta(days=1)

    def _build_day(self, building_id: str, day: date) -> Day:
        """Turn itineraries into what the sensors saw."""
        coverage = self.coverage
        changes: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        crossings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for itinerary in self.itineraries(building_id, day):
            here: SpaceRef | None = None
            for timestamp, place in itinerary.moves:
                if self._doors_between(here, place):
                    for door, direction in doors_passed(coverage, itinerary.person, here, place):
                        crossings[door.id].append((timestamp, direction))
                # A space that both places share gains and loses one at the same moment: no change.
                for where, change in ((here, -1), (place, 1)):
                    for space_id in self._counting(where) if where else ():
                        changes[space_id].append((timestamp, change))
                here = place
        for series in (*changes.values(), *crossings.values()):
            series.sort(key=_moment)
        return Day(dict(changes), dict(crossings))

    def _counting(self, place: SpaceRef) -> tuple[str, ...]:
        """Return the spaces whose counts include somebody at a place; a floor's only under its presence sensors."""
        if (known := self._counted_in.get(place)) is None:
            spaces = place.space_ids
            known = self._counted_in[place] = spaces if self.coverage.floor_counts(place) else spaces[1:]
        return known

    def _doors_between(self, before: SpaceRef | None, after: SpaceRef | None) -> bool:
        """Tell quickly whether a step may pass a sensor at all: most do not."""
        if before is None or after is None or before.floor_id != after.floor_id:
            return True
        return any(room_id and self.coverage.room_doors(room_id) for room_id in (before.room_id, after.room_id))

    def _destinations(self, building_id: str) -> tuple[list[SpaceRef], list[float], list[SpaceRef]]:
        """Return where people of a building go, cumulative weights, and where they eat."""
        if (known := self._places.get(building_id)) is None:
            known = self._places[building_id] = destinations(self._estate, self.coverage, building_id)
        return known


def destinations(
    estate: Estate, coverage: Coverage, building_id: str
) -> tuple[list[SpaceRef], list[float], list[SpaceRef]]:
    """Return a building's rooms and zones as places, their cumulative weights (seats) and its cafeterias."""
    places: list[SpaceRef] = []
    weights: list[float] = []
    meals: list[SpaceRef] = []
    total = 0.0
    for floor in coverage.floors_of.get(building_id, ()):
        for space in (*coverage.rooms_of.get(floor.id, ()), *coverage.zones_of.get(floor.id, ())):
            total += min(space.capacity_max or 3, 12)
            places.append(coverage.place(space.id))
            weights.append(total)
            if space.id in estate.rooms and estate.rooms[space.id].room_type == "cafeteria":
                meals.append(places[-1])
    return places, weights, meals


def zone_of(estate: Estate, building_id: str, fallback: tzinfo) -> tzinfo:
    """Return the time zone of a building's site."""
    name = estate.site_of(building_id).timezone
    return ZoneInfo(name) if name else fallback


def _walk(
    rng: random.Random,
    door: Sensor | None,
    places: list[SpaceRef],
    weights: list[float],
    meals: list[SpaceRef],
    arrival: int,
    departure: int,
) -> Iterator[tuple[int, SpaceRef | None]]:
    """Yield one person's day: (minute of the day, place)."""
    hall = SpaceRef(door.floor_id, door.room_id or None) if door else None
    minute = arrival
    if hall:
        yield minute, hall
        minute += rng.randint(1, 3)
    eaten = False
    while minute < departure - 2:
        if meals and not eaten and 690 <= minute <= 790:
            eaten = True
            yield minute, rng.choice(meals)
            minute += rng.randint(15, 40)
            continue
        yield minute, rng.choices(places, cum_weights=weights)[0]
        minute += rng.randint(15, 90)
    if hall:
        yield departure - 1, hall
    yield departure, None


def _moment(entry: tuple[int, int]) -> int:
    """Return what entries are sorted by (stable: steps of one person stay in order)."""
    return entry[0]
