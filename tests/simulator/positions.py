"""Where people are, in meters: what presence sensors tell in events of the type DETECTIONS."""

import math
import random

from .estate import Coordinates, Sensor
from .walking import Person
from .world import World

type Points = list[list[float]]

_STEP = 0.3
"""How far somebody moves about, in meters."""
_PERIOD = 7000
"""How long it takes to come back to the same spot, in milliseconds."""


def positions(world: World, floor_id: str, timestamp: int) -> dict[str, Points]:
    """Return the positions that each working presence sensor of a floor sees, by the id of the sensor.

    Everybody is seen by one sensor at most: one of the room, else one of the zone.
    """
    coverage = world.estate.coverage
    seen: dict[str, Points] = {
        sensor.id: [] for sensor in coverage.floor_sensors(floor_id, "presence") if coverage.works(sensor)
    }
    for person in world.people.values():
        if person.place and person.place.floor_id == floor_id and (sensor := _seen_by(world, person)):
            seen.setdefault(sensor.id, []).extend(_spot(world, person, timestamp))
    return seen


def _seen_by(world: World, person: Person) -> Sensor | None:
    """Return the sensor that sees somebody, always the same one of several."""
    coverage, place = world.estate.coverage, person.place
    if place is None:
        return None
    zone = world.estate.zones.get(place.zone_id or "")
    for sensors in (
        coverage.room_sensors(place.room_id, "presence") if place.room_id else [],
        coverage.zone_sensors(zone) if zone else [],
    ):
        if working := [sensor for sensor in sensors if sensor.mode == "presence" and coverage.works(sensor)]:
            return working[person.number % len(working)]
    return None


def _spot(world: World, person: Person, timestamp: int) -> Points:
    """Return where somebody is within the zone or room, moving about a little; nothing without an outline."""
    estate, place = world.estate, person.place
    space = place and (estate.zones.get(place.zone_id or "") or estate.rooms.get(place.room_id or ""))
    if not space or len(outline := space.coordinates) < 3:
        return []
    rng = random.Random(f"{person.number}/{space.id}")
    left, right = min(x for x, _ in outline), max(x for x, _ in outline)
    lower, upper = min(y for _, y in outline), max(y for _, y in outline)
    for _ in range(100):
        x, y = rng.uniform(left, right), rng.uniform(lower, upper)
        if is_inside(outline, x, y):
            angle = (timestamp % _PERIOD / _PERIOD + rng.random()) * 2 * math.pi
            moved = x + _STEP * math.cos(angle), y + _STEP * math.sin(angle)
            x, y = moved if is_inside(outline, *moved) else (x, y)
            return [[round(x, 4), round(y, 4)]]
    return []


def is_inside(outline: Coordinates, x: float, y: float) -> bool:
    """Return whether a point is inside a polygon: a ray to the right crosses its edges an odd number of times."""
    inside = False
    for (x1, y1), (x2, y2) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
