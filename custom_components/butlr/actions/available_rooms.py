"""The action that finds free rooms."""

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
from .target import isoformat_local, join_names, resolve

ATTR_CAPACITY_MIN: Final = "capacity_min"
ATTR_CAPACITY_MAX: Final = "capacity_max"
ATTR_TAGS: Final = "tags"
ATTR_TAGS_MATCH: Final = "tags_match"
ATTR_FREE_MINUTES: Final = "free_minutes"
ATTR_LIMIT: Final = "limit"
ALL: Final = "all"
ANY: Final = "any"


class Rejection(StrEnum):
    """Why a room is left out, in the order of the checks."""

    TAGS = "tags"
    CAPACITY_UNKNOWN = "capacity_unknown"
    CAPACITY = "capacity"
    NO_SENSORS = "no_sensors"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    OCCUPIED = "occupied"
    FREE_TOO_BRIEFLY = "free_too_briefly"


@dataclass(frozen=True, slots=True)
class _Criteria:
    """What is required of a room; None means that it does not matter."""

    # The minimum and the maximum.
    capacity: tuple[float, float] | None
    # The ids of the spaces with matching tags.
    tagged: set[str] | None
    # The room must have been free since this timestamp or earlier.
    free_by: float

    def check(self, data: ButlrData, room: Room) -> float | Rejection:
        """Return the time since which a matching room has been free, or why it does not match."""
        if self.tagged is not None and room.id not in self.tagged:
            return Rejection.TAGS
        if self.capacity and room.capacity is None:
            return Rejection.CAPACITY_UNKNOWN
        if self.capacity and not self.capacity[0] <= (room.capacity or 0) <= self.capacity[1]:
            return Rejection.CAPACITY
        if not data.estate.data.equipment(room.id).sensors:
            return Rejection.NO_SENSORS
        if (since := data.live.empty_since(room.id)) is None:
            state = data.live.state(room.id)
            if not state.available:
                return Rejection.UNAVAILABLE
            return Rejection.OCCUPIED if state.occupied else Rejection.UNKNOWN
        return Rejection.FREE_TOO_BRIEFLY if since > self.free_by else since


async def find_available_rooms(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the matching rooms that are known to be free, best match first, and why the others were left out."""
    scope = resolve(hass, call)
    now = scope.data.client.now()
    criteria = _Criteria(
        _capacity(call.data), _tagged(scope.estate, call.data), now - call.data[ATTR_FREE_MINUTES] * 60
    )
    rooms = [space for space in scope.spaces() if isinstance(space, Room)]
    free: list[tuple[Room, float]] = []
    left_out: Counter[Rejection] = Counter()
    for room in rooms:
        result = criteria.check(scope.data, room)
        if isinstance(result, Rejection):
            left_out[result] += 1
        else:
            free.append((room, result))
    # The smallest matching room first; among equals, the one that has been free the longest.
    free.sort(key=lambda one: (one[0].capacity or math.inf, one[1], one[0].name))
    returned: list[Any] = [
        {
            **scope.describe(room),
            "room_type": room.room_type,
            "tags": scope.tags.get(room.id, []),
            "free_since": isoformat_local(since, scope.data.live.day(room.id)[1]),
            "free_minutes": int((now - since) // 60),
        }
        for room, since in free[: call.data[ATTR_LIMIT]]
    ]
    return {
        "rooms": returned,
        "free": len(free),
        "considered": len(rooms),
        "left_out": {one.value: left_out[one] for one in Rejection},
        "reason": None if free else _reason(left_out),
    }


def _capacity(fields: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the minimum and the maximum capacity; None if neither is given."""
    if ATTR_CAPACITY_MIN not in fields and ATTR_CAPACITY_MAX not in fields:
        return None
    least, most = fields.get(ATTR_CAPACITY_MIN, 0), fields.get(ATTR_CAPACITY_MAX, math.inf)
    if least > most:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="capacity_reversed",
            translation_placeholders={"least": str(least), "most": str(most)},
        )
    return least, most


def _reason(left_out: Mapping[Rejection, int]) -> str:
    """Return the last check that any room failed: the one that the best candidates did not pass."""
    return next((one.value for one in reversed(Rejection) if left_out[one]), "no_rooms")


def _tagged(estate: Estate, fields: Mapping[str, Any]) -> set[str] | None:
    """Return the ids of the spaces that have the given tags (names or ids); None if no tags are given."""
    if ATTR_TAGS not in fields:
        return None
    if "tags" in estate.unread and not estate.tags:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="tags_unread")
    spaces_by_tag: list[set[str]] = []
    unknown = []
    by_name = NameIndex[Tag](fields[ATTR_TAGS])
    for tag in estate.tags.values():
        by_name.add(tag.name, tag)
    for name in fields[ATTR_TAGS]:
        tags = [estate.tags[name]] if name in estate.tags else by_name.all(name)
        spaces_by_tag.append({space_id for tag in tags for space_id in tag.space_ids})
        if not tags:
            unknown.append(name)
    if unknown:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="tags_unknown",
            translation_placeholders={
                "unknown": join_names(unknown),
                "known": join_names({tag.name for tag in estate.tags.values()}) or "-",
            },
        )
    return set.union(*spaces_by_tag) if fields[ATTR_TAGS_MATCH] == ANY else set.intersection(*spaces_by_tag)
