"""The truth about every space, counted head by head and step by step.

This is deliberately another route than the reporting API takes: it looks at the people and their itineraries, not at
the records that the sensors' answers come from.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .estate import Building, Floor, Room, Sensor, Zone
from .settings import Json
from .timeline import Bucket, day_start, local_date, stretches
from .walking import doors_passed
from .world import World


@dataclass(slots=True)
class _Tally:
    """Everything counted once, for all spaces."""

    heads: Counter[str] = field(default_factory=Counter)
    """People per room and zone, and per floor those under its presence sensors."""
    ins: Counter[str] = field(default_factory=Counter)
    outs: Counter[str] = field(default_factory=Counter)
    """Crossings per sensor since the site's midnight."""


def tell_truth(world: World, now: int) -> Json:
    """Return the values of every building, floor, room and zone."""
    tally = _tally(world, now)
    estate = world.estate
    spaces: dict[str, Json] = {}
    for kind, space in estate.spaces():
        if kind in ("room", "zone"):
            spaces[space.id] = _figures(world, tally, kind, space.id, space.name)
    for floor in estate.floors.values():
        spaces[floor.id] = _floor(world, tally, floor, spaces)
    for building in estate.buildings.values():
        spaces[building.id] = _building(world, building, spaces)
    return {"now": now, "spaces": spaces}


def tell_use(world: World, space_id: str, start: int, stop: int) -> Json:
    """Return the mean and the highest number of people in a space in a time, from the paths of the people."""
    ((_, stretch),) = stretches(world.steps(space_id, start, stop), [Bucket(start, start, stop)])
    return {function: stretch.measure(function) for function in ("mean", "max")}


def _tally(world: World, now: int) -> _Tally:
    """Count heads and crossings."""
    tally = _Tally()
    coverage = world.estate.coverage
    for person in world.people.values():
        if (place := person.place) is None:
            continue
        for space_id in (place.room_id, place.zone_id):
            if space_id:
                tally.heads[space_id] += 1
        if coverage.floor_counts(place):
            tally.heads[place.floor_id] += 1
    since: dict[str, int] = {}
    for building_id in world.estate.buildings:
        zone = world.timezone(building_id)
        midnight = day_start(now, zone)
        for floor in coverage.floors_of.get(building_id, ()):
            for sensor in coverage.sensors_on.get(floor.id, ()):
                since[sensor.id] = midnight
        if midnight < world.past.end:
            _tally_past(world, tally, building_id, midnight)
    for timestamp, sensor_id, direction in world.crossed:
        if since.get(sensor_id, timestamp + 1) <= timestamp:
            (tally.ins if direction > 0 else tally.outs)[sensor_id] += 1
    return tally


def _tally_past(world: World, tally: _Tally, building_id: str, midnight: int) -> None:
    """Walk the itineraries of today's past; once, as they do not change any more."""
    key = (building_id, midnight)
    if key not in world.past_tallies:
        ins, outs = world.past_tallies[key] = (Counter[str](), Counter[str]())
        coverage = world.past.coverage
        today = local_date(midnight, world.timezone(building_id))
        for itinerary in world.past.itineraries(building_id, today):
            here = None
            for _, place in itinerary.moves:
                for door, direction in doors_passed(coverage, itinerary.person, here, place):
                    if not coverage.works(door):
                        continue
                    (ins if direction > 0 else outs)[door.id] += 1
                here = place
    ins, outs = world.past_tallies[key]
    tally.ins.update(ins)
    tally.outs.update(outs)


def _figures(world: World, tally: _Tally, kind: str, space_id: str, name: str) -> Json:
    """Return the values that a floor, room or zone has of its own."""
    coverage = world.estate.coverage
    doors: Sequence[Sensor] = () if kind == "zone" else coverage.traffic_sensors(space_id)
    available = coverage.available(space_id)
    door_ids = [door.id for door in doors]
    if available and not any(coverage.works(door) for door in doors):
        # The space is alive through its other sensors: these values are unknown, not stale.
        door_ids = []
    entries = sum(tally.ins[door_id] for door_id in door_ids)
    exits = sum(tally.outs[door_id] for door_id in door_ids)
    counted = coverage.has_presence(space_id) and (coverage.sees(space_id) or not available)
    people = tally.heads[space_id] if counted else None
    estimate = max(entries - exits, 0) if door_ids else None
    best = people if coverage.has_presence(space_id) else estimate
    return {
        "name": name,
        "kind": kind,
        "people": people,
        "estimate": estimate,
        "occupied": None if best is None else best > 0,
        "motion": world.motion.get(space_id),
        "entries_today": entries if door_ids else None,
        "exits_today": exits if door_ids else None,
        "free_rooms": None,
        "available": available,
    }


def _floor(world: World, tally: _Tally, floor: Floor, spaces: dict[str, Json]) -> Json:
    """Return a floor's values."""
    coverage = world.estate.coverage
    figures = _figures(world, tally, "floor", floor.id, floor.name)
    rooms = coverage.rooms_of.get(floor.id, [])
    below: list[Room | Zone] = [*rooms, *coverage.zones_of.get(floor.id, [])]
    figures["occupied"] = _occupied(figures["occupied"], [spaces[one.id] for one in below if coverage.senses(one.id)])
    figures["free_rooms"] = _free([spaces[room.id] for room in rooms])
    return figures


def _building(world: World, building: Building, spaces: dict[str, Json]) -> Json:
    """Return a building's values, which all come from its floors."""
    coverage = world.estate.coverage
    floors = coverage.floors_of.get(building.id, [])
    figures = [spaces[floor.id] for floor in floors]
    rooms = [spaces[room.id] for floor in floors for room in coverage.rooms_of.get(floor.id, ())]
    # Of a floor that is out of reach nobody can know these.
    people = [item["people"] for item in figures if item["available"] and item["people"] is not None]
    sensed = [spaces[floor.id] for floor in floors if coverage.senses(floor.id)]
    return {
        "name": building.name,
        "kind": "building",
        "people": sum(people) if people else None,
        "estimate": None,
        "occupied": _occupied(None, sensed),
        "motion": None,
        "entries_today": None,
        "exits_today": None,
        "free_rooms": _free(rooms),
        "available": coverage.available(building.id),
    }


def _occupied(own: bool | None, below: list[Json]) -> bool | None:
    """Tell whether anyone is there or below; where nothing is counted, one space that is not known hides the answer."""
    known = [space["occupied"] if space["available"] else None for space in below]
    if own or True in known:
        return True
    return own if own is not None or not known or None in known else False


def _free(rooms: list[Json]) -> int | None:
    """Return how many rooms are known to be free; None when of none it can be known."""
    known = [room["occupied"] for room in rooms if room["available"] and room["occupied"] is not None]
    return known.count(False) if known else None
