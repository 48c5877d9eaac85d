"""The simulated building: its spaces and sensors, and the GraphQL rows that describe them (docs: graphql-api-overview).

A key names a text in the translations, and is the end of a Butlr id.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple


class SimulatedRoom(NamedTuple):
    """A room, with its place on the floor plan in meters; one without presence sensors (`counters`) has a door."""

    key: str
    floor: int
    capacity: int
    counters: int
    box: tuple[int, int, int, int]


ORGANIZATION_ID: Final = "org_simulated"
FLOORS: Final = ("ground_floor", "upper_floor")
# The sensor of this room goes offline for a while, again and again.
FAILING_ROOM: Final = "boardroom"
ROOMS: Final = {
    room.key: room
    for room in (
        SimulatedRoom("reception", 0, 6, 1, (0, 0, 8, 8)),
        SimulatedRoom("cafe", 0, 20, 1, (8, 0, 16, 8)),
        SimulatedRoom("workshop", 0, 12, 0, (16, 0, 24, 8)),
        SimulatedRoom("meeting_room_1", 0, 8, 1, (0, 9, 9, 14)),
        SimulatedRoom("meeting_room_2", 0, 6, 1, (9, 9, 17, 14)),
        SimulatedRoom("phone_booth", 0, 1, 1, (17, 9, 20, 14)),
        SimulatedRoom("open_office", 1, 24, 2, (0, 0, 14, 8)),
        SimulatedRoom(FAILING_ROOM, 1, 14, 1, (14, 0, 24, 8)),
        SimulatedRoom("focus_room_1", 1, 2, 1, (0, 9, 4, 14)),
        SimulatedRoom("focus_room_2", 1, 2, 1, (4, 9, 8, 14)),
        SimulatedRoom("project_room", 1, 10, 1, (8, 9, 16, 14)),
        SimulatedRoom("library", 1, 15, 0, (16, 9, 24, 14)),
    )
}
# Both are in the open office, each below one of its sensors.
ZONES: Final = {"window_desks": (0, 0, 6, 5), "quiet_desks": (8, 0, 14, 5)}
DESKS: Final = ROOMS["open_office"]
# The door sensors of floors: at the entrance, and at both ends of the stairs.
ENTRANCES: Final = {"entrance": 0, "lower_stairs": 0, "upper_stairs": 1}
# Each sensor with its floor and room; those of entrances are in no room.
SENSOR_PLACES: Final[dict[str, tuple[int, SimulatedRoom | None]]] = {
    **{key: (floor, None) for key, floor in ENTRANCES.items()},
    **{f"{key}_{n}": (room.floor, room) for key, room in ROOMS.items() for n in range(1, max(room.counters, 1) + 1)},
}
MACS: Final = {key: f"00-17-0d-00-00-51-00-{number:02x}" for number, key in enumerate(SENSOR_PLACES, 1)}
# A floor is still a space at Butlr.
IDS: Final = {
    **{key: f"space_{key}" for key in FLOORS},
    **{key: f"room_{key}" for key in ROOMS},
    **{key: f"zone_{key}" for key in ZONES},
}

type TextOf = Callable[[str], str]


def room_of(place: str) -> SimulatedRoom:
    """Return the room of a place, which is a room or zone."""
    return DESKS if place in ZONES else ROOMS[place]


def doors_of(key: str) -> list[str]:
    """Return the door sensors of a floor or room."""
    return [one for one, (floor, room) in SENSOR_PLACES.items() if key == (room.key if room else FLOORS[floor])]


def sites(text: TextOf, time_zone: str) -> dict[str, Any]:
    """Return the answer about sites."""
    floors = [_floor(text, number) for number in range(len(FLOORS))]
    building = {"id": "building_simulated", "name": text("building"), "floors": floors}
    site = {"id": "site_simulated", "name": text("building"), "timezone": time_zone, "org_id": ORGANIZATION_ID}
    return {"data": [{**site, "buildings": [building]}]}


def _floor(text: TextOf, number: int) -> dict[str, Any]:
    zones = [
        {**_space(key, text, 12, box), "room_id": IDS[DESKS.key], "sensors": [{"id": f"sensor_{DESKS.key}_{sensor}"}]}
        for sensor, (key, box) in enumerate(ZONES.items(), 1)
    ]
    return {
        **_space(FLOORS[number], text, 40),
        "floorNumber": number,
        "rooms": [_space(room.key, text, room.capacity, room.box) for room in ROOMS.values() if room.floor == number],
        "zones": zones if number == DESKS.floor else [],
    }


def _space(key: str, text: TextOf, capacity: int, box: tuple[int, ...] = ()) -> dict[str, Any]:
    outline = [[box[x], box[y]] for x, y in ((0, 1), (2, 1), (2, 3), (0, 3))] if box else None
    return {"id": IDS[key], "name": _named(key, text), "capacity": {"max": capacity}, "coordinates": outline}


def _named(key: str, text: TextOf) -> str:
    """Return a name, marked as simulated: it is shown alone on dashboards, and told by assistants."""
    return text("name").format(name=text(key))


def sensors(text: TextOf, *, failing: bool) -> dict[str, Any]:
    """Return the answer about sensors; the one of the failing room is offline while `failing`."""
    rows: list[dict[str, Any]] = []
    for key, (floor, room) in SENSOR_PLACES.items():
        is_door, place = room is None or not room.counters, _named(room.key if room else key, text)
        row = {
            "id": f"sensor_{key}",
            "name": text("door_sensor" if is_door else "sensor").format(place=place, number=key[-1]),
            "mac_address": MACS[key],
            "mode": "traffic" if is_door else "presence",
            "model": text("name").format(name="Heatic 2" if is_door else "Heatic 2+"),
            "floor_id": IDS[FLOORS[floor]],
            "room_id": IDS[room.key] if room else None,
            "hive_serial": "SIMULATED",
            "is_entrance": room is None,
            "is_online": not (failing and room is ROOMS[FAILING_ROOM]),
            "power_type": "Wired",
        }
        rows.append(row)
    return {"data": rows}


def hives(text: TextOf) -> dict[str, Any]:
    """Return the answer about hives: all sensors use the same one."""
    name, floor_id = text("hive").format(place=_named(FLOORS[0], text)), IDS[FLOORS[0]]
    hive = {"id": "hive_simulated", "name": name, "serialNumber": "SIMULATED", "floor_id": floor_id, "isOnline": True}
    return {"data": [hive]}
