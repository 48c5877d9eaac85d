"""A webhook body becomes an event, and an event readings of the estate (docs: webhooks-overview and its pages).

Types are compared in upper case: the samples write `ROOM_OCCUPANCY`, the tables `room_occupancy`.
"""

from dataclasses import dataclass
from enum import StrEnum
import json
import math
from typing import Any, Final

import voluptuous as vol

from .estate import Estate, Floor, Room, Space, Zone, is_placeholder_mac
from .readings import Count, Crossing, Motion, Reading

# More people than this in one space, or crossings in one event, is no measurement.
MOST_PEOPLE: Final = 100_000
ONE_MINUTE_SUFFIXES: Final = ("_1MIN", "_1M")


class EventType(StrEnum):
    """The event types that the integration reads; the one-minute variants count as the plain ones."""

    FLOOR_OCCUPANCY = "FLOOR_OCCUPANCY"
    ROOM_OCCUPANCY = "ROOM_OCCUPANCY"
    ZONE_OCCUPANCY = "ZONE_OCCUPANCY"
    TRAFFIC = "TRAFFIC"
    PIR_MOTION = "PIR_MOTION"
    PIR_NO_MOTION = "PIR_NO_MOTION"


OCCUPANCY_TYPES: Final = (EventType.FLOOR_OCCUPANCY, EventType.ROOM_OCCUPANCY, EventType.ZONE_OCCUPANCY)
_TYPES: Final = {kind.value: kind for kind in EventType} | {
    f"{kind}{suffix}": kind for kind in OCCUPANCY_TYPES for suffix in ONE_MINUTE_SUFFIXES
}


@dataclass(frozen=True, slots=True)
class Place:
    """A space as an event names it: by Butlr's id, else by the customer's own key for such a space."""

    kind: type[Space]
    id: str | None
    custom_id: str | None = None

    def find(self, estate: Estate) -> Space | None:
        """Return the space that is meant, if the estate has it."""
        if self.id:
            space = estate.spaces.get(self.id)
            return space if isinstance(space, self.kind) else None
        return estate.spaces_by_custom_id.get((self.kind, self.custom_id or ""))


@dataclass(frozen=True, slots=True)
class OccupancyEvent:
    """Presence sensors saw `people` in a space at a moment (Unix seconds)."""

    type: EventType
    space: Place
    people: int
    moment: float

    def readings(self, estate: Estate) -> tuple[Reading, ...]:
        """Return what this says of the estate; nothing when the space is not in it."""
        space = self.space.find(estate)
        return (Count(space.id, self.people, self.moment),) if space else ()


@dataclass(frozen=True, slots=True)
class TrafficEvent:
    """A traffic sensor saw people cross its line: movements of this event, not totals."""

    type: EventType
    mac: str
    room: Place
    floor: Place
    entries: int
    exits: int
    moment: float
    event_id: str

    def readings(self, estate: Estate) -> tuple[Reading, ...]:
        """Return the crossing for the sensor's room and, at an entrance, for its floor.

        Where the sensor stands is the estate's word (samples leave the room of an entrance sensor out); of a sensor
        that the estate does not know yet, it is the event's.
        """
        room, floor = self.room.find(estate), self.floor.find(estate)
        if sensor := estate.sensors_by_mac.get(self.mac):
            room = estate.rooms.get(sensor.room_id or "") or room
            floor = estate.floors.get(sensor.floor_id or "") or floor
            if not sensor.is_entrance:
                floor = None
        elif room:
            floor = None
        return tuple(
            Crossing(space.id, self.entries, self.exits, self.moment, self.mac, self.event_id)
            for space in (room, floor)
            if space
        )


@dataclass(frozen=True, slots=True)
class MotionEvent:
    """The PIR of a room began or ended to see motion; sent on change only."""

    type: EventType
    room: Place
    moment: float

    def readings(self, estate: Estate) -> tuple[Reading, ...]:
        """Return what this says of the estate; nothing when the room is not in it."""
        room = self.room.find(estate)
        return (Motion(room.id, self.type is EventType.PIR_MOTION, self.moment),) if room else ()


@dataclass(frozen=True, slots=True)
class UnreadEvent:
    """A well-formed event of a type that is not read: DETECTIONS, health, or one that is not known yet."""

    type: str


type Event = OccupancyEvent | TrafficEvent | MotionEvent | UnreadEvent


class InvalidEventError(ValueError):
    """The body is no event; the text says which part, never what it held."""


def _moment(value: object) -> float:
    """Read a `timestamp`, milliseconds since the epoch (docs: faqs)."""
    return _number(value, 1, 1e15) / 1000.0


def _people(value: object) -> int:
    return math.floor(_number(value, 0, MOST_PEOPLE) + 0.5)


def _movements(value: object) -> int:
    return int(_number(value, 0, MOST_PEOPLE))


def _number(value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise vol.Invalid("not a number in range")
    return float(value)


_TEXT = vol.Any(str, None)
_METADATA = vol.Schema(
    {
        **{
            vol.Optional(key): _TEXT
            for key in (
                "org_id",
                "floor_id",
                "room_id",
                "zone_id",
                "floor_custom_id",
                "room_custom_id",
                "zone_custom_id",
                "mac_address",
            )
        }
    },
    extra=vol.ALLOW_EXTRA,
)
_ENVELOPE: Final = {
    vol.Optional("id", default=""): vol.All(_TEXT, lambda value: value or ""),
    vol.Required("type"): vol.All(str, str.upper),
    vol.Required("timestamp"): _moment,
    vol.Required("metadata"): _METADATA,
}
_ANY_EVENT = vol.Schema({vol.Required("type"): vol.All(str, str.upper)}, extra=vol.ALLOW_EXTRA)
_OCCUPANCY = vol.Schema({**_ENVELOPE, vol.Required("data"): _people}, extra=vol.ALLOW_EXTRA)
_TRAFFIC = vol.Schema(
    {
        **_ENVELOPE,
        vol.Required("data"): vol.Schema(
            {vol.Optional("in", default=0): _movements, vol.Optional("out", default=0): _movements},
            extra=vol.ALLOW_EXTRA,
        ),
    },
    extra=vol.ALLOW_EXTRA,
)
# PIR events carry no data: the type is the message. Whatever stands there is not read.
_PIR = vol.Schema(_ENVELOPE, extra=vol.ALLOW_EXTRA)


def parse_event(body: bytes) -> tuple[Event, str | None]:
    """Read the body of one delivery; return the event and the id of the organisation it names.

    Raises InvalidEventError for everything that is not one JSON object in the documented shape.
    """
    try:
        document = json.loads(body)
    except ValueError, RecursionError:
        raise InvalidEventError("not JSON") from None
    try:
        kind = base_type(_ANY_EVENT(document)["type"])
        if kind is None:
            return UnreadEvent(document["type"].upper()[:64]), None
        return _read(kind, document)
    except vol.Invalid as err:
        raise InvalidEventError(f"invalid {'.'.join(str(part) for part in err.path) or 'document'}") from None


def base_type(name: str) -> EventType | None:
    """Return the type that a name in upper case stands for, one-minute variants included; None for others.

    Only counts come by the minute. What a `TRAFFIC_1MIN` would hold nobody knows: most likely the same crossings again.
    """
    return _TYPES.get(name)


def _read(kind: EventType, document: dict[str, Any]) -> tuple[Event, str | None]:
    if kind in OCCUPANCY_TYPES:
        event = _OCCUPANCY(document)
        metadata = event["metadata"]
        level = kind.value.partition("_")[0].lower()
        place = _place(metadata, level)
        return OccupancyEvent(kind, _required(place, level), event["data"], event["timestamp"]), metadata.get("org_id")
    if kind is EventType.TRAFFIC:
        event = _TRAFFIC(document)
        metadata = event["metadata"]
        mac = (metadata.get("mac_address") or "").lower()
        if mac and is_placeholder_mac(mac):
            return UnreadEvent(f"{kind} of a test sensor"), None
        crossing = TrafficEvent(
            type=kind,
            mac=mac,
            room=_place(metadata, "room"),
            floor=_place(metadata, "floor"),
            entries=event["data"]["in"],
            exits=event["data"]["out"],
            moment=event["timestamp"],
            event_id=event["id"],
        )
        return crossing, metadata.get("org_id")
    event = _PIR(document)
    metadata = event["metadata"]
    room = _required(_place(metadata, "room"), "room")
    return MotionEvent(kind, room, event["timestamp"]), metadata.get("org_id")


_KINDS: Final = {"floor": Floor, "room": Room, "zone": Zone}


def _place(metadata: dict[str, Any], level: str) -> Place:
    return Place(_KINDS[level], metadata.get(f"{level}_id") or None, metadata.get(f"{level}_custom_id") or None)


def _required(place: Place, level: str) -> Place:
    if place.id is None and place.custom_id is None:
        raise InvalidEventError(f"invalid metadata.{level}_id")
    return place
