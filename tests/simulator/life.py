"""People who live by themselves: they come, walk from place to place, stay, and go."""

from collections import Counter
from datetime import datetime
import heapq
import math
import random

from .estate import Estate, SpaceRef
from .past import destinations
from .settings import Settings
from .walking import Person
from .world import World

_ATTENDANCE = 0.35
"""Share of the seats that are taken at a busy hour."""
_VISIT = 4 * 3600.0
"""Mean length of a visit, in seconds."""
_STAY = 8 * 60.0
"""Mean length of a stay at one place, in seconds."""
_WALK = 12.0
"""Mean time on the way between two places, in seconds."""
_SHORTEST = 1.0
_FILLING = 15 * 60.0
"""How quickly a house fills that is emptier than the hour says, in seconds."""


class Life:
    """Drives the people of a world on a clock of its own, in seconds, that runs only when it is told to."""

    def __init__(self, world: World, settings: Settings, seed: int) -> None:
        """Give everybody who is inside something to do."""
        self._world = world
        self._settings = settings
        self._rng = random.Random(f"{seed}/life")
        self._time = 0.0
        self._queue: list[tuple[float, int, str]] = []
        self._order = 0
        self._inside: Counter[str] = Counter()
        self._plans: dict[str, tuple[object, tuple[list[SpaceRef], list[float], list[SpaceRef]]]] = {}
        for building_id in self._estate.buildings:
            self._put(self._rng.expovariate(1 / 60), building_id)
        for person in world.people.values():
            self._inside[person.building_id] += 1
            person.leaves_at = self._rng.uniform(0, 2 * _VISIT)
            self._put(self._rng.uniform(0, _STAY), person.id)

    @property
    def _estate(self) -> Estate:
        """Return the estate that people live in."""
        return self._world.estate

    def advance(self, start: int, stop: int) -> None:
        """Let the timestamps from `start` to `stop` (milliseconds) happen."""
        speed = max(self._settings.activity, 0.0)
        if speed == 0:
            return
        begin = self._time
        end = begin + (stop - start) / 1000 * speed
        while self._queue and self._queue[0][0] <= end:
            due, _, actor = heapq.heappop(self._queue)
            self._time = max(due, begin)
            timestamp = start + round((self._time - begin) / speed * 1000)
            self._world.calm(timestamp)
            self._act(actor, self._world.timestamp(timestamp))
        self._time = end

    def _put(self, delay: float, actor: str) -> None:
        """Let a building or person act after so many seconds."""
        self._order += 1
        heapq.heappush(self._queue, (self._time + delay, self._order, actor))

    def _act(self, actor: str, timestamp: int) -> None:
        """Let a newcomer arrive or a person take the next step."""
        if actor in self._estate.buildings:
            self._arrive(actor, timestamp)
        elif (person := self._world.people.get(actor)) and person.acts:
            self._continue(person, timestamp)

    def _arrive(self, building_id: str, timestamp: int) -> None:
        """Let somebody come in, and plan the next arrival so that the house fills as far as the hour says."""
        _, weights, _ = self._places(building_id)
        wanted = (weights[-1] if weights else 0) * _ATTENDANCE * self._rhythm(building_id, timestamp)
        if wanted < 0.05:
            self._put(600, building_id)
            return
        missing = max(0.0, wanted - self._inside[building_id])
        self._put(self._rng.expovariate(wanted / _VISIT + missing / _FILLING), building_id)
        entrances = self._estate.coverage.entrances(building_id)
        door = self._rng.choice(entrances) if entrances else None
        person = self._world.newcomer(building_id, door, acts=True)
        person.leaves_at = self._time + self._rng.expovariate(1 / _VISIT)
        self._inside[building_id] += 1
        hall = self._hall(person)
        self._world.move(person, hall, timestamp)
        self._put(self._walk(), person.id)

    def _continue(self, person: Person, timestamp: int) -> None:
        """Let a person reach the goal, set out for another or go home."""
        hall = self._hall(person)
        going = self._time >= person.leaves_at or self._rhythm(person.building_id, timestamp) < 0.02
        if person.goal is not None:
            goal, person.goal = person.goal, None
            self._world.move(person, goal, timestamp)
            self._put(max(_SHORTEST, self._rng.expovariate(1 / _STAY)), person.id)
        elif going and person.place == hall:
            self._inside[person.building_id] -= 1
            self._world.move(person, None, timestamp)
        elif going:
            self._world.move(person, hall, timestamp)
            self._put(self._walk(), person.id)
        else:
            self._set_out(person, timestamp)

    def _set_out(self, person: Person, timestamp: int) -> None:
        """Let a person walk off to another place."""
        places, weights, _ = self._places(person.building_id)
        if not places:
            return
        person.goal = self._rng.choices(places, cum_weights=weights)[0]
        if person.place is not None:
            self._world.move(person, SpaceRef(person.place.floor_id), timestamp)
        self._put(self._walk(), person.id)

    def _walk(self) -> float:
        """Return how long a way takes."""
        return max(_SHORTEST, self._rng.gauss(_WALK, 4))

    def _hall(self, person: Person) -> SpaceRef:
        """Return where one stands just inside the door."""
        coverage = self._estate.coverage
        if person.entrance is not None and person.entrance.floor_id in self._estate.floors:
            room_id = person.entrance.room_id
            return SpaceRef(person.entrance.floor_id, room_id if room_id in self._estate.rooms else None)
        return SpaceRef(coverage.floors_of[person.building_id][0].id)

    def _places(self, building_id: str) -> tuple[list[SpaceRef], list[float], list[SpaceRef]]:
        """Return where people of a building go."""
        revision = self._estate.revision
        known = self._plans.get(building_id)
        if known is None or known[0] != revision:
            known = (revision, destinations(self._estate, self._estate.coverage, building_id))
            self._plans[building_id] = known
        return known[1]

    def _rhythm(self, building_id: str, timestamp: int) -> float:
        """Return how busy the hour is, 0 to 1."""
        rhythm = self._settings.rhythm
        if rhythm == "flat" or (rhythm == "auto" and self._settings.activity != 1):
            return 1.0
        local = datetime.fromtimestamp(timestamp / 1000, self._world.timezone(building_id))
        hour = local.hour + local.minute / 60
        weekday = 1.0 if local.weekday() < 5 else 0.05
        morning = 1 / (1 + math.exp(-(hour - 8.5) * 2.5))
        evening = 1 / (1 + math.exp((hour - 17.0) * 1.8))
        return weekday * morning * evening
