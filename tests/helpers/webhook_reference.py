"""Reads the bodies of events according to Butlr's webhook documentation, to compare the integration with.

It shares no code with the integration, and takes the estate from the simulator.
"""

from dataclasses import dataclass
import json
import math
from typing import Any

from tests.simulator import Simulator

LEVELS = {"FLOOR_OCCUPANCY": "floor", "ROOM_OCCUPANCY": "room", "ZONE_OCCUPANCY": "zone"}
MOTION = {"PIR_MOTION": True, "PIR_NO_MOTION": False}
TEXTS = (
    *("org_id", "floor_id", "room_id", "zone_id"),
    *("floor_custom_id", "room_custom_id", "zone_custom_id", "mac_address"),
)
MAX_PEOPLE = 100_000
# A timestamp further in the future is invalid (seconds).
MAX_FUTURE = 86_400.0
# A timestamp further in the future is treated as now (seconds).
MAX_CLOCK_SKEW = 120.0
# An older value is ignored (seconds).
VALIDITY = 600.0


@dataclass(frozen=True, slots=True)
class ExpectedChange:
    """What a well-formed event about known spaces reports: the spaces, the effective timestamp, and one value."""

    spaces: tuple[str, ...]
    timestamp: float
    people: int | None = None
    motion: bool | None = None
    crossed: tuple[int, int] | None = None
    # Each of these identifies a repeat of the crossing.
    marks: tuple[Any, ...] = ()


class ReferenceReader:
    """Reads the bodies about one estate in order; it remembers how it treated timestamps in the future."""

    def __init__(self, simulator: Simulator) -> None:
        """Index the estate."""
        estate = simulator.estate
        self._effective: dict[tuple[str, float], float] = {}
        self._organization = estate.id
        self._by_id: dict[str, dict[str, Any]] = {"floor": estate.floors, "room": estate.rooms, "zone": estate.zones}
        self._by_key = {
            level: {space.custom_id: space.id for space in spaces.values() if space.custom_id}
            for level, spaces in self._by_id.items()
        }
        self._doors = {
            sensor.mac_address.lower(): sensor
            for sensor in estate.sensors.values()
            if sensor.mac_address and not _is_placeholder(sensor.mac_address)
        }
        self._building = {floor.id: floor.building_id for floor in estate.floors.values()}
        self._floor = {room.id: room.floor_id for room in estate.rooms.values()}
        self._floor |= {zone.id: zone.floor_id for zone in estate.zones.values()}

    def above(self, space_id: str) -> tuple[str, ...]:
        """Return a space and the spaces that it is in, all of which it affects."""
        floor = self._floor.get(space_id)
        return (space_id, *((floor,) if floor else ()), self._building[floor or space_id])

    def read(self, body: bytes, now: float) -> ExpectedChange | None:
        """Return what a body reports; None unless it is a well-formed event about a space, with a valid timestamp."""
        try:
            document = json.loads(body)
        except ValueError, RecursionError:
            return None
        if not isinstance(document, dict) or not isinstance(document.get("type"), str):
            return None
        kind, metadata = self._kind(document["type"]), document.get("metadata")
        timestamp = _number(document.get("timestamp"), 1, 1e15)
        if kind is None or timestamp is None or not isinstance(metadata, dict):
            return None
        texts = [metadata.get(name) for name in TEXTS] + [document.get("id")]
        if not all(text is None or isinstance(text, str) for text in texts):
            return None
        timestamp /= 1000
        if (metadata.get("org_id") or self._organization) != self._organization or timestamp > now + MAX_FUTURE:
            return None
        if kind == "TRAFFIC":
            return self._traffic(document, metadata, timestamp, now)
        space = self._find(metadata, LEVELS.get(kind, "room"))
        people = None if kind in MOTION else _number(document.get("data"), 0, MAX_PEOPLE)
        if space is None or (people is None and kind not in MOTION):
            return None
        effective = self._effective_timestamp(space, timestamp, now)
        if effective < now - VALIDITY:
            return None
        if people is None:
            return ExpectedChange((space,), effective, motion=MOTION[kind])
        return ExpectedChange((space,), effective, people=math.floor(people + 0.5))

    def _effective_timestamp(self, space: str, timestamp: float, now: float) -> float:
        """Return the timestamp that a timestamp is treated as; repeats are treated as the first delivery was."""
        return self._effective.setdefault((space, timestamp), now if timestamp > now + MAX_CLOCK_SKEW else timestamp)

    @staticmethod
    def _kind(name: str) -> str | None:
        """Return the type without the suffix of one-minute variants; None if it is not supported."""
        name = name.upper()
        for plain in LEVELS:
            if name in (f"{plain}_1MIN", f"{plain}_1M"):
                return plain
        return name if name in LEVELS or name in MOTION or name == "TRAFFIC" else None

    def _find(self, metadata: dict[str, Any], level: str) -> str | None:
        """Find a space by Butlr's id, else by the customer's own id."""
        if name := metadata.get(f"{level}_id"):
            return name if name in self._by_id[level] else None
        return self._by_key[level].get(metadata.get(f"{level}_custom_id") or "")

    def _traffic(
        self, document: dict[str, Any], metadata: dict[str, Any], timestamp: float, now: float
    ) -> ExpectedChange | None:
        """Read a crossing: it belongs to the room of its sensor, at an entrance also to the floor, else as stated."""
        data, mac = document.get("data"), (metadata.get("mac_address") or "").lower()
        if not isinstance(data, dict) or not ("in" in data or "out" in data) or _is_placeholder(mac):
            return None
        entries, exits = (_number(data.get(name, 0), 0, MAX_PEOPLE) for name in ("in", "out"))
        room, floor = self._find(metadata, "room"), self._find(metadata, "floor")
        if door := self._doors.get(mac):
            room = door.room_id or room
            floor = door.floor_id if door.is_entrance else None
        elif room:
            floor = None
        spaces = tuple(space for space in (room, floor) if space)
        if entries is None or exits is None or not spaces:
            return None
        crossed = int(entries), int(exits)
        marks = [(mac, timestamp, crossed)]
        effective = min(self._effective_timestamp(space, timestamp, now) for space in spaces)
        return ExpectedChange(spaces, effective, crossed=crossed, marks=(*marks, *filter(None, [document.get("id")])))


def _number(value: Any, least: float, most: float) -> float | None:
    """Return a number in a range; None for everything else, including True and NaN."""
    if type(value) not in (int, float) or not least <= value <= most:
        return None
    return float(value)


def _is_placeholder(mac: str) -> bool:
    """Return whether a MAC address belongs to a test or mirror sensor."""
    return mac.lower().startswith(("fa-ke", "mi-rr-or"))
