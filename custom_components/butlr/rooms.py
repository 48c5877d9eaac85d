"""The answer to: which room is free?"""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
import math
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError

from .api.estate import Estate, Room
from .const import DOMAIN
from .targets import resolve, some

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
    CAPACITY = "capacity"
    CAPACITY_UNKNOWN = "capacity_unknown"
    NO_SENSORS = "no_sensors"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    OCCUPIED = "occupied"
    FREE_TOO_BRIEFLY = "free_too_briefly"


async def find_available_rooms(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the rooms that are known to be free and fit, the best first, and why the others are not among them."""
    scope = resolve(hass, call)
    least, most = call.data.get(ATTR_CAPACITY_MIN, 0), call.data.get(ATTR_CAPACITY_MAX, math.inf)
    if least > most:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="capacity_reversed",
            translation_placeholders={"least": str(least), "most": str(most)},
        )
    tagged = _tagged(scope.estate, call.data)
    sized = ATTR_CAPACITY_MIN in call.data or ATTR_CAPACITY_MAX in call.data
    free_for = call.data.get(ATTR_FREE_MINUTES, 0) * 60
    now = time.time()
    live = scope.data.live

    def obstacle(room: Room) -> Obstacle | None:
        state = live.state(room.id)
        since = live.empty_since(room.id)
        if tagged is not None and room.id not in tagged:
            return Obstacle.TAGS
        if sized and room.capacity is None:
            return Obstacle.CAPACITY_UNKNOWN
        if sized and not least <= (room.capacity or 0) <= most:
            return Obstacle.CAPACITY
        if not scope.estate.equipment(room.id).sensors:
            return Obstacle.NO_SENSORS
        if not state.available:
            return Obstacle.UNAVAILABLE
        if state.occupied:
            return Obstacle.OCCUPIED
        if since is None:
            return Obstacle.UNKNOWN
        return Obstacle.FREE_TOO_BRIEFLY if now - since < free_for else None

    rooms = [space for space in scope.spaces() if isinstance(space, Room)]
    obstacles = {room.id: obstacle(room) for room in rooms}
    free = [room for room in rooms if obstacles[room.id] is None]
    left_out = Counter(one for one in obstacles.values() if one)
    since = {room.id: live.empty_since(room.id) or now for room in free}
    # The smallest that is large enough, of those the one that has been free the longest.
    free.sort(key=lambda room: (room.capacity or math.inf, since[room.id], room.name))
    told: list[Any] = [
        {
            **scope.place(room),
            "room_type": room.room_type,
            "tags": scope.tags.get(room.id, []),
            "free_since": scope.local(room, since[room.id]),
            "free_minutes": int((now - since[room.id]) // 60),
        }
        for room in free[: call.data[ATTR_LIMIT]]
    ]
    return {
        "rooms": told,
        "free": len(free),
        "considered": len(rooms),
        "left_out": {one.value: left_out[one] for one in Obstacle},
        "reason": None if free else _reason(left_out),
    }


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
    for name in asked[ATTR_TAGS]:
        tags = [tag for tag in estate.tags.values() if tag.id == name or tag.name.casefold() == name.casefold()]
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
