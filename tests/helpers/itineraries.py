"""The truth about the past, told from the itineraries of people: who was where when, and passed which door.

This is another route than the reporting API takes, which answers from records of what the sensors saw.
"""

from collections.abc import Iterator
from datetime import timedelta
import itertools

from tests.simulator import Simulator
from tests.simulator.estate import SpaceRef
from tests.simulator.timeline import local_date
from tests.simulator.walking import Person, doors_passed

type Stay = tuple[float, float]
type Move = tuple[float, SpaceRef | None]


def _moves(simulator: Simulator, space_id: str, start: float, stop: float) -> Iterator[tuple[Person, list[Move]]]:
    """Go through the days of everybody who was in the building of a space."""
    past = simulator.world.past
    building_id = simulator.estate.floor_of(space_id).building_id
    zone = past.timezone(building_id)
    day = local_date(round(start * 1000), zone)
    while day <= local_date(round(stop * 1000), zone):
        for itinerary in past.itineraries(building_id, day):
            yield itinerary.person, [(timestamp / 1000, place) for timestamp, place in itinerary.moves]
        day += timedelta(days=1)


def stays(simulator: Simulator, space_id: str, start: float, stop: float) -> list[Stay]:
    """Return from when to when anybody was in a space, each person's stays by themselves."""
    coverage = simulator.estate.coverage
    found = []
    for _, moves in _moves(simulator, space_id, start, stop):
        for (begin, place), (end, _) in itertools.pairwise(moves):
            if place is None or space_id not in place.space_ids:
                continue
            if space_id in simulator.estate.floors and not coverage.floor_counts(place):
                continue
            if max(begin, start) < min(end, stop):
                found.append((max(begin, start), min(end, stop)))
    return found


def average(simulator: Simulator, space_id: str, start: float, stop: float) -> float:
    """Return how many people there were on average."""
    return sum(end - begin for begin, end in stays(simulator, space_id, start, stop)) / (stop - start)


def most(simulator: Simulator, space_id: str, start: float, stop: float) -> int:
    """Return how many people there were at most."""
    known = stays(simulator, space_id, start, stop)
    return max((sum(begin <= timestamp < end for begin, end in known) for timestamp, _ in known), default=0)


def used(simulator: Simulator, space_id: str, start: float, stop: float) -> float:
    """Return for how many seconds anybody was there."""
    seconds, until = 0.0, start
    for begin, end in sorted(stays(simulator, space_id, start, stop)):
        seconds += max(end - max(begin, until), 0)
        until = max(until, end)
    return seconds


def crossed(simulator: Simulator, space_id: str, start: float, stop: float) -> tuple[int, int]:
    """Return how many times people went in and out, through the doors that count for a space."""
    coverage = simulator.estate.coverage
    doors = {door.id for door in coverage.traffic_sensors(space_id) if coverage.works(door)}
    entries = exits = 0
    for person, moves in _moves(simulator, space_id, start, stop):
        here = None
        for timestamp, place in moves:
            for door, direction in doors_passed(coverage, person, here, place):
                if door.id in doors and start <= timestamp < stop:
                    entries, exits = entries + (direction > 0), exits + (direction < 0)
            here = place
    return entries, exits


def by_minute(simulator: Simulator, space_id: str, start: float, stop: float) -> list[int]:
    """Return how many people there were in each minute."""
    known = stays(simulator, space_id, start, stop)
    minutes = range(round((stop - start) / 60))
    return [sum(begin <= start + minute * 60 < end for begin, end in known) for minute in minutes]
