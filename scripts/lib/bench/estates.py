"""Choose estates by their number of spaces, and write the events of their spaces."""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
import json
import random
import time
from typing import Final

from tests.simulator import Estate, Settings
from tests.simulator.blueprint import draw_estate
from tests.simulator.events import EventWriter

MAX_PEOPLE: Final = 6


@dataclass(frozen=True, slots=True)
class Size:
    """What to start the simulator with, and how many spaces result."""

    rooms: int
    seed: int
    spaces: int


def count_spaces(estate: Estate) -> int:
    """Return how many spaces become devices."""
    return len(estate.buildings) + len(estate.floors) + len(estate.rooms) + len(estate.zones)


def at_least(spaces: int, seed: int) -> Size:
    """Return the smallest estate with at least this many spaces."""

    def count(rooms: int) -> int:
        return count_spaces(draw_estate(rooms, seed))

    rooms = bisect.bisect_left(range(spaces), spaces, lo=6, key=count)
    return Size(rooms, seed, count(rooms))


def events(size: Size) -> Iterator[tuple[str, int, bytes]]:
    """Yield space id, people and body of one event after the other: a person enters or leaves a random room or zone.

    The same size yields the same events, apart from their timestamps.
    """
    estate = draw_estate(size.rooms, size.seed)
    writer, coverage = EventWriter(estate, Settings(), size.seed), estate.coverage
    spaces = [one for one in (*estate.rooms, *estate.zones) if coverage.has_presence(one) and coverage.sees(one)]
    rng = random.Random(size.seed)
    people = {space_id: rng.randint(0, MAX_PEOPLE) for space_id in spaces}  # else more would change their occupancy
    while True:
        space_id = rng.choice(spaces)
        enters = people[space_id] == 0 or (people[space_id] < MAX_PEOPLE and rng.random() < 0.5)
        people[space_id] += 1 if enters else -1
        event = writer.occupancy(space_id, people[space_id], time.time_ns() // 1_000_000)
        yield space_id, people[space_id], json.dumps(event).encode()
