"""The answer to: which room is free?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import math
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError

from ..api.estate import Estate, Room, Tag
from ..api.names import NameIndex
from ..const import DOMAIN
from ..runtime import ButlrData
from .target import local, resolve, some

ATTR_CAPACITY_MIN: Final = "capacity_min"
ATTR_CAPACITY_MAX: Final = "capacity_max"
ATTR_TAGS: Final = "tags"
ATTR_TAGS_MATCH: Final = "tags_match"
ATTR_FREE_MINUTES: Final = "free_minutes"
ATTR_LIMIT: Final = "limit"
ALL: Final = "all"
ANY: Final = "any"


class Obstacle(StrEnum):
    """Why a room is not among the free ones, in the order in which they are looked at."""

    TAGS = "tags"
    CAPACITY_UNKNOWN = "capacity_unknown"
    CAPACITY = "capacity"
    NO_SENSORS = "no_sensors"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    OCCUPIED = "occupied"
    FREE_TOO_BRIEFLY = "free_too_briefly"


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a room must be like."""

    capacity: tuple[float, float] | None
    tagged: set[str] | None
    # The latest moment since which it must have been free.
    since: float

    def look(self, data: ButlrData, room: Room) -> float | Obstacle:
        """Return since when a room that fits has been free, or what is in its way."""
        if self.tagged is not None and room.id not in self.tagged:
            return Obstacle.TAGS
        if self.capacity and room.capacity is None:
            return Obstacle.CAPACITY_UNKNOWN
        if self.capacity and not self.capacity[0] <= (room.capacity or 0) <= self.capacity[1]:
            return Obstacle.CAPACITY
        if not data.estate.data.equipment(room.id).sensors:
            return Obstacle.NO_SENSORS
        if (since := data.live.empty_since(room.id)) is None:
            state = data.live.state(room.id)
            if not state.available:
                return Obstacle.UNAVAILABLE
            return Obstacle.OCCUPIED if state.occupied else Obstacle.UNKNOWN
        return Obstacle.FREE_TOO_BRIEFLY if since > self.since else since


async def find_available_rooms(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the rooms that are known to be free and fit, the best first, and why the others are not among them."""
    scope = resolve(hass, call)
    now = scope.data.client.now()
    wish = _Wish(_capacity(call.data), _tagged(scope.estate, call.data), now - call.data[ATTR_FREE_MINUTES] * 60)
    rooms = [space for space in scope.spaces() if isinstance(space, Room)]
    free: list[tuple[Room, float]] = []
    left_out: Counter[Obstacle] = Counter()
    for room in rooms:
        found = wish.look(scope.data, room)
        if isinstance(found, Obstacle):
            left_out[found] += 1
        else:
            free.append((room, found))
    # The smallest that is large enough, of those the one that has been free the longest.
    free.sort(key=lambda one: (one[0].capacity or math.inf, one[1], one[0].name))
    told: list[Any] = [
        {
            **scope.place(room),
            "room_type": room.room_type,
            "tags": scope.tags.get(room.id, []),
            "free_since": local(since, scope.data.live.day(room.id)[1]),
            "free_minutes": int((now - since) // 60),
        }
        for room, since in free[: call.data[ATTR_LIMIT]]
    ]
    return {
        "rooms": told,
        "free": len(free),
        "considered": len(rooms),
        "left_out": {one.value: left_out[one] for one in Obstacle},
        "reason": None if free else _reason(left_out),
    }


def _capacity(asked: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the least and the most people that the room must be meant for; None if that does not matter."""
    if ATTR_CAPACITY_MIN not in asked and ATTR_CAPACITY_MAX not in asked:
        return None
    least, most = asked.get(ATTR_CAPACITY_MIN, 0), asked.get(ATTR_CAPACITY_MAX, math.inf)
    if least > most:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="capacity_reversed",
            translation_placeholders={"least": str(least), "most": str(most)},
        )
    return least, most


def _reason(left_out: Mapping[Obstacle, int]) -> str:
    """Return what the rooms that came the furthest failed at; there may be no rooms at all."""
    return next((one.value for one in reversed(Obstacle) if left_out[one]), "no_rooms")


def _tagged(estate: Estate, asked: Mapping[str, Any]) -> set[str] | None:
    """Return the ids of the spaces with the tags that were asked for, by name or id; None if none were."""
    if ATTR_TAGS not in asked:
        return None
    if "tags" in estate.unread and not estate.tags:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="tags_unread")
    wanted: list[set[str]] = []
    unknown = []
    by_name = NameIndex[Tag](asked[ATTR_TAGS])
    for tag in estate.tags.values():
        by_name.add(tag.name, tag)
    for name in asked[ATTR_TAGS]:
        tags = [estate.tags[name]] if name in estate.tags else by_name.all(name)
        wanted.append({space_id for tag in tags for space_id in tag.space_ids})
        if not tags:
            unknown.append(name)
    if unknown:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="tags_unknown",
            translation_placeholders={
                "unknown": some(unknown),
                "known": some({tag.name for tag in estate.tags.values()}) or "-",
            },
        )
    return set.union(*wanted) if asked[ATTR_TAGS_MATCH] == ANY else set.intersection(*wanted)
