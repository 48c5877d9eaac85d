"""The truth about the past, calculated from people's itineraries: where they were when, and which doors they passed.

The simulator's reporting API answers from what its sensors recorded, so this is an independent calculation.
"""

from collections.abc import Iterator
from datetime import timedelta
import itertools

from tests.simulator import Simulator
from tests.simulator.estate import SpaceRef
from tests.simulator.timeline import local_date
from tests.simulator.walking import Person, doors_passed

# From when to when one person was in a space.
type Stay = tuple[float, float]
type Move = tuple[float, SpaceRef | None]


def _moves(simulator: Simulator, space_id: str, start: float, end: float) -> Iterator[tuple[Person, list[Move]]]:
    """Yield the moves of each day of each person who was in the building of a space."""
    past = simulator.world.past
    building_id = simulator.estate.floor_of(space_id).building_id
    zone = past.timezone(building_id)
    day = local_date(round(start * 1000), zone)
    while day <= local_date(round(end * 1000), zone):
        for itinerary in past.itineraries(building_id, day):
            yield itinerary.person, [(timestamp / 1000, place) for timestamp, place in itinerary.moves]
        day += timedelta(days=1)


def stays(simulator: Simulator, space_id: str, start: float, end: float) -> list[Stay]:
    """Return all stays in a space within [start, end)."""
    coverage = simulator.estate.coverage
    found = []
    for _, moves in _moves(simulator, space_id, start, end):
        for (arrival, place), (departure, _) in itertools.pairwise(moves):
            if place is None or space_id not in place.space_ids:
                continue
            if space_id in simulator.estate.floors and not coverage.floor_counts(place):
                continue
            if max(arrival, start) < min(departure, end):
                found.append((max(arrival, start), min(departure, end)))
    return found


def average_people(simulator: Simulator, space_id: str, start: float, end: float) -> float:
    """Return the average number of people."""
    seconds = sum(departure - arrival for arrival, departure in stays(simulator, space_id, start, end))
    return seconds / (end - start)


def max_people(simulator: Simulator, space_id: str, start: float, end: float) -> int:
    """Return the largest number of people at the same time."""
    known = stays(simulator, space_id, start, end)
    return max(
        (sum(arrival <= timestamp < departure for arrival, departure in known) for timestamp, _ in known), default=0
    )


def occupied_seconds(simulator: Simulator, space_id: str, start: float, end: float) -> float:
    """Return how many seconds a space was occupied."""
    seconds, until = 0.0, start
    for arrival, departure in sorted(stays(simulator, space_id, start, end)):
        seconds += max(departure - max(arrival, until), 0)
        until = max(until, departure)
    return seconds


def crossed(simulator: Simulator, space_id: str, start: float, end: float) -> tuple[int, int]:
    """Return entries and exits through the doors that count for a space."""
    coverage = simulator.estate.coverage
    doors = {door.id for door in coverage.traffic_sensors(space_id) if coverage.works(door)}
    entries = exits = 0
    for person, moves in _moves(simulator, space_id, start, end):
        here = None
        for timestamp, place in moves:
            for door, direction in doors_passed(coverage, person, here, place):
                if door.id in doors and start <= timestamp < end:
                    entries, exits = entries + (direction > 0), exits + (direction < 0)
            here = place
    return entries, exits


def people_by_minute(simulator: Simulator, space_id: str, start: float, end: float) -> list[int]:
    """Return the number of people at the start of each minute."""
    known = stays(simulator, space_id, start, end)
    minutes = range(round((end - start) / 60))
    return [sum(arrival <= start + minute * 60 < departure for arrival, departure in known) for minute in minutes]
