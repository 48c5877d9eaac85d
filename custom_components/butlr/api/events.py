"""Parse the body of a push into an event, and turn an event into readings (docs: webhooks-overview and its pages).

Types are compared in upper case: the samples write `ROOM_OCCUPANCY`, the tables `room_occupancy`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

from .documents import read_document
from .estate import Estate, Floor, Room, Space, Zone, is_placeholder_mac
from .readings import MAX_PEOPLE, Count, Crossing, Motion, Reading
from .texts import MAX_ID_LENGTH, clean, usable_id
from .values import read_number, round_people

# UNVERIFIED: the suffix of one-minute event types
ONE_MINUTE_SUFFIXES: Final = ("_1MIN", "_1M")


class EventType(StrEnum):
    """The event types that the integration reads; one-minute variants count as the plain types."""

    FLOOR_OCCUPANCY = "FLOOR_OCCUPANCY"
    ROOM_OCCUPANCY = "ROOM_OCCUPANCY"
    ZONE_OCCUPANCY = "ZONE_OCCUPANCY"
    TRAFFIC = "TRAFFIC"
    PIR_MOTION = "PIR_MOTION"
    PIR_NO_MOTION = "PIR_NO_MOTION"


# Where people are. It is no EventType: it has no readings, and is only subscribed for the floors that a user chose.
POSITIONS_TYPE: Final = "DETECTIONS"
# More people under one sensor are not plausible.
MAX_POSITIONS: Final = 200
# No floor is larger, in meters.
MAX_DISTANCE: Final = 10_000.0
OCCUPANCY_TYPES: Final = (EventType.FLOOR_OCCUPANCY, EventType.ROOM_OCCUPANCY, EventType.ZONE_OCCUPANCY)
_TYPES: Final = {kind.value: kind for kind in EventType} | {
    f"{kind}{suffix}": kind for kind in OCCUPANCY_TYPES for suffix in ONE_MINUTE_SUFFIXES
}


class SpaceRef(NamedTuple):
    """How an event names a space: by Butlr id, or else by the customer's custom id for that kind of space."""

    kind: type[Space]
    id: str | None
    custom_id: str | None = None

    def find(self, estate: Estate) -> Space | None:
        """Return the space, or None if the estate does not have it."""
        if self.id:
            space = estate.spaces.get(self.id)
            return space if isinstance(space, self.kind) else None
        return estate.spaces_by_custom_id.get((self.kind, self.custom_id or ""))


class _SpaceKeys(NamedTuple):
    """A kind of space, and the metadata keys that name one."""

    kind: type[Space]
    id_key: str
    custom_id_key: str


_FLOOR_KEYS: Final = _SpaceKeys(Floor, "floor_id", "floor_custom_id")
_ROOM_KEYS: Final = _SpaceKeys(Room, "room_id", "room_custom_id")
_ZONE_KEYS: Final = _SpaceKeys(Zone, "zone_id", "zone_custom_id")
_OCCUPANCY_KEYS: Final = {
    EventType.FLOOR_OCCUPANCY: _FLOOR_KEYS,
    EventType.ROOM_OCCUPANCY: _ROOM_KEYS,
    EventType.ZONE_OCCUPANCY: _ZONE_KEYS,
}


class OccupancyEvent(NamedTuple):
    """Presence sensors counted `people` in a space; `timestamp` is in Unix seconds."""

    type: EventType
    space: SpaceRef
    people: int
    timestamp: float

    def readings(self, estate: Estate) -> tuple[Reading, ...]:
        """Return the reading for the space; empty if the estate does not have it."""
        space = self.space.find(estate)
        return (Count(space.id, self.people, self.timestamp),) if space else ()


class TrafficEvent(NamedTuple):
    """People crossed the line of a traffic sensor: the crossings of this event, not totals."""

    type: EventType
    mac: str
    room: SpaceRef
    floor: SpaceRef
    entries: int
    exits: int
    timestamp: float
    event_id: str

    def readings(self, estate: Estate) -> tuple[Reading, ...]:
        """Return a crossing for the sensor's room and, if it is an entrance, for its floor.

        The estate decides where the sensor is, since samples omit the room of an entrance sensor; for a sensor that the
        estate does not have, the event decides. An uninstalled sensor has no crossings, as in polls.
        """
        if estate.is_uninstalled(self.mac):
            return ()
        room, floor = self.room.find(estate), self.floor.find(estate)
        if sensor := estate.sensors_by_mac.get(self.mac):
            room = estate.rooms.get(sensor.room_id or "") or room
            floor = estate.floors.get(sensor.floor_id or "") or floor
            if not sensor.is_entrance:
                floor = None
        elif room:
            floor = None
        return tuple(
            Crossing(space.id, self.entries, self.exits, self.timestamp, self.mac, self.event_id)
            for space in (room, floor)
            if space
        )


class MotionEvent(NamedTuple):
    """The PIR of a room started or stopped sensing motion; sent on change only."""

    type: EventType
    room: SpaceRef
    timestamp: float

    def readings(self, estate: Estate) -> tuple[Reading, ...]:
        """Return the reading for the room; empty if the estate does not have it."""
        room = self.room.find(estate)
        return (Motion(room.id, self.type is EventType.PIR_MOTION, self.timestamp),) if room else ()


@dataclass(frozen=True, slots=True)
class PositionsEvent:
    """A presence sensor saw where people are: the `data` is only read if somebody looks, and is in no log."""

    floor_id: str
    mac: str
    sensor_id: str
    timestamp: float
    data: object = field(repr=False)

    def points(self) -> list[tuple[float, float]] | None:
        """Return the positions in meters, from the origin of the floor and with y upward; None if there is no list.

        An empty list means that nobody is there. The parallel list `local`, relative to the sensor, is not needed.
        """
        world = self.data.get("world") if isinstance(self.data, dict) else None
        if not isinstance(world, list):
            return None
        return [point for pair in islice(world, MAX_POSITIONS) if (point := _read_point(pair))]


class UnreadEvent(NamedTuple):
    """A well-formed event of a type that is not read: health, or an unknown type."""

    type: str


type ReadEvent = OccupancyEvent | TrafficEvent | MotionEvent
type Event = ReadEvent | PositionsEvent | UnreadEvent


class InvalidEventError(ValueError):
    """The body is not an event; the text contains the name of the invalid member and never its value."""


def parse_event(body: bytes) -> tuple[Event, str | None]:
    """Parse the body of one push; return the event and the id of the organization that it names.

    Raises InvalidEventError unless the body is a JSON object in the documented shape. The checks are written out
    because a schema library takes several times as long.
    """
    try:
        document = read_document(body)
    except ValueError:
        raise InvalidEventError("not JSON") from None
    if not isinstance(document, dict):
        raise InvalidEventError("invalid document")
    name = document.get("type")
    if not isinstance(name, str):
        raise InvalidEventError("invalid type")
    if read := _READERS.get(name := name.upper()):
        return read(document)
    return UnreadEvent((clean(name) or "")[:64]), None


def base_type(name: str) -> EventType | None:
    """Return the event type for a name in upper case, with or without a one-minute suffix; None if it is not read.

    Only occupancy types have one-minute variants. A `TRAFFIC_1MIN` is not documented and may repeat the same crossings.
    """
    return _TYPES.get(name)


def _read_occupancy(kind: EventType, keys: _SpaceKeys, document: dict[str, Any]) -> tuple[Event, str | None]:
    metadata, timestamp = _metadata_and_timestamp(document)
    people = round_people(_number(document.get("data"), 0, MAX_PEOPLE, "data"))
    return OccupancyEvent(kind, _space_ref(metadata, keys, required=True), people, timestamp), metadata.get("org_id")


def _read_traffic(document: dict[str, Any]) -> tuple[Event, str | None]:
    metadata, timestamp = _metadata_and_timestamp(document)
    mac = (clean(metadata.get("mac_address")) or "").lower()
    crossings = _object(document, "data")
    crossing = TrafficEvent(
        type=EventType.TRAFFIC,
        mac=mac,
        room=_space_ref(metadata, _ROOM_KEYS),
        floor=_space_ref(metadata, _FLOOR_KEYS),
        entries=_crossings(crossings, "in"),
        exits=_crossings(crossings, "out"),
        timestamp=timestamp,
        event_id=(clean(document.get("id")) or "")[:MAX_ID_LENGTH],
    )
    if mac and is_placeholder_mac(mac):
        return UnreadEvent(f"{EventType.TRAFFIC} of a test sensor"), None
    return crossing, metadata.get("org_id")


def _read_motion(kind: EventType, document: dict[str, Any]) -> tuple[Event, str | None]:
    """Read a PIR event. The type is the whole message, so its `data` is not read."""
    metadata, timestamp = _metadata_and_timestamp(document)
    return MotionEvent(kind, _space_ref(metadata, _ROOM_KEYS, required=True), timestamp), metadata.get("org_id")


def _read_positions(document: dict[str, Any]) -> tuple[Event, str | None]:
    """Read what all events have. The rest is left for `points`: such events arrive several times a second."""
    metadata, timestamp = _metadata_and_timestamp(document)
    mac = (metadata.get("mac_address") or "").lower()
    if mac and is_placeholder_mac(mac):
        return UnreadEvent(f"{POSITIONS_TYPE} of a test sensor"), None
    event = PositionsEvent(
        floor_id=metadata.get("floor_id") or "",
        mac=mac,
        sensor_id=usable_id(metadata.get("sensor_id")) or "",
        timestamp=timestamp,
        data=document.get("data"),
    )
    return event, metadata.get("org_id")


def _read_point(pair: object) -> tuple[float, float] | None:
    if not isinstance(pair, list) or len(pair) < 2:
        return None
    x, y = read_number(pair[0]), read_number(pair[1])
    if x is None or y is None or max(abs(x), abs(y)) > MAX_DISTANCE:
        return None
    return x, y


def _metadata_and_timestamp(document: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Read what all events have: metadata, and a `timestamp` in milliseconds since the epoch (docs: faqs)."""
    if (event_id := document.get("id")) is not None and not isinstance(event_id, str):
        raise _invalid("id")
    metadata = _object(document, "metadata")
    for key in _TEXTS:
        if (value := metadata.get(key)) is not None and not isinstance(value, str):
            raise _invalid(f"metadata.{key}")
    return metadata, _number(document.get("timestamp"), 1, 1e15, "timestamp") / 1000.0


def _object(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    if not isinstance(value, dict):
        raise _invalid(key)
    return value


def _crossings(crossings: dict[str, Any], direction: str) -> int:
    return int(_number(crossings.get(direction, 0), 0, MAX_PEOPLE, f"data.{direction}"))


def _number(value: object, least: float, most: float, path: str) -> float:
    number = read_number(value)
    if number is None or not least <= number <= most:
        raise _invalid(path)
    return number


def _invalid(path: str) -> InvalidEventError:
    """Return the error for an invalid member."""
    return InvalidEventError(f"invalid {path}")


# The fields of metadata that must be texts.
_TEXTS: Final = (
    "org_id",
    "floor_id",
    "room_id",
    "zone_id",
    "floor_custom_id",
    "room_custom_id",
    "zone_custom_id",
    "mac_address",
)


def _space_ref(metadata: dict[str, Any], keys: _SpaceKeys, *, required: bool = False) -> SpaceRef:
    space = SpaceRef(keys.kind, metadata.get(keys.id_key) or None, clean(metadata.get(keys.custom_id_key)))
    if required and space.id is None and space.custom_id is None:
        raise _invalid(f"metadata.{keys.id_key}")
    return space


_READERS: Final[dict[str, Callable[[dict[str, Any]], tuple[Event, str | None]]]] = {
    EventType.TRAFFIC.value: _read_traffic,
    POSITIONS_TYPE: _read_positions,
    **{kind.value: partial(_read_motion, kind) for kind in (EventType.PIR_MOTION, EventType.PIR_NO_MOTION)},
    **{
        name: partial(_read_occupancy, kind, _OCCUPANCY_KEYS[kind])
        for name, kind in _TYPES.items()
        if kind in _OCCUPANCY_KEYS
    },
}
