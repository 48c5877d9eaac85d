"""The action that finds free rooms."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
import math
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError

from ..api.estate import Estate, Room, Tag
from ..api.names import NameIndex
from ..const import DOMAIN
from ..history.usual import NO_BASELINE, Usual, UsualUse
from ..live.space import Confidence
from ..runtime import ButlrData
from .target import Scope, isoformat_local, join_names, resolve
from .usually_free import usually_free

ATTR_CAPACITY_MIN: Final = "capacity_min"
ATTR_CAPACITY_MAX: Final = "capacity_max"
ATTR_TAGS: Final = "tags"
ATTR_TAGS_MATCH: Final = "tags_match"
ATTR_FREE_MINUTES: Final = "free_minutes"
ATTR_USUALLY_FREE_MINUTES: Final = "usually_free_minutes"
ATTR_SORT: Final = "sort"
ATTR_LIMIT: Final = "limit"
ALL: Final = "all"
ANY: Final = "any"
SORT_BEST_FIT: Final = "best_fit"
SORT_USUALLY_FREE: Final = "usually_free"


class Rejection(StrEnum):
    """Why a room is left out, in the order of the checks."""

    TAGS = "tags"
    CAPACITY_UNKNOWN = "capacity_unknown"
    CAPACITY = "capacity"
    NO_SENSORS = "no_sensors"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    OCCUPIED = "occupied"
    STALE = "stale"
    PARTIAL = "partial"
    FREE_TOO_BRIEFLY = "free_too_briefly"
    NO_BASELINE = "no_baseline"
    USUALLY_USED_SOON = "usually_used_soon"


# A room is offered only if a measured or an estimated zero says that it is free.
_DOUBTFUL: Final = {
    Confidence.PARTIAL: Rejection.PARTIAL,
    Confidence.STALE: Rejection.STALE,
    Confidence.UNKNOWN: Rejection.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class _FreeRoom:
    """A room that is free, since when, how that is known, its time zone, and what is usual for it at this time."""

    room: Room
    since: float
    confidence: Confidence
    zone_name: str
    usual: Usual = NO_BASELINE

    def rank(self, sort: str, now: float) -> dict[str, Any]:
        """Return what decides the order of rooms, the most important first; the lower value comes first."""
        usually = self.usual.seconds(now)
        rank = {
            # The smallest matching room; among equals, the one that has been free the longest.
            "capacity": self.room.capacity or math.inf,
            "free_since": self.since,
            "name": self.room.name,
        }
        if sort == SORT_USUALLY_FREE:
            # Without a baseline, nothing is promised: such rooms come last.
            return {"usually_free": math.inf if usually is None else -usually, **rank}
        return rank

    def rejection(self, now: float, minutes: float) -> Rejection | None:
        """Return why the room does not match what is required of its usual use."""
        if not minutes or self.usual.use is UsualUse.FREE_UNTIL_MIDNIGHT:
            return None
        if (usually := self.usual.seconds(now)) is None:
            return Rejection.NO_BASELINE
        return Rejection.USUALLY_USED_SOON if usually < minutes * 60 else None


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
        state = data.live.state(room.id)
        if (since := data.live.empty_since(room.id)) is None:
            if not state.available:
                return Rejection.UNAVAILABLE
            return Rejection.OCCUPIED if state.occupied else Rejection.UNKNOWN
        if (rejection := _DOUBTFUL.get(state.confidence)) is not None:
            return rejection
        return Rejection.FREE_TOO_BRIEFLY if since > self.free_by else since


async def find_available_rooms(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the matching rooms that are known to be free, best match first, and why the others were left out."""
    scope = resolve(hass, call)
    return await find_rooms(scope, [space for space in scope.spaces() if isinstance(space, Room)], call.data)


async def find_rooms(scope: Scope, rooms: Collection[Room], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of some rooms that match the fields of the action and are known to be free, best match first."""
    now = scope.data.client.now()
    sort = fields.get(ATTR_SORT, SORT_BEST_FIT)
    criteria = _Criteria(_capacity(fields), _tagged(scope.estate, fields), now - fields.get(ATTR_FREE_MINUTES, 0) * 60)
    candidates: list[_FreeRoom] = []
    left_out: Counter[Rejection] = Counter()
    for room in rooms:
        result = criteria.check(scope.data, room)
        if isinstance(result, Rejection):
            left_out[result] += 1
        else:
            live = scope.data.live
            candidates.append(_FreeRoom(room, result, live.state(room.id).confidence, live.day(room.id)[1]))
    # From here on, a room may be gone: everything that depends on its state is read above.
    usual = await usually_free(scope, [candidate.room for candidate in candidates], now)
    free: list[_FreeRoom] = []
    for candidate in candidates:
        one = replace(candidate, usual=usual[candidate.room.id])
        if rejection := one.rejection(now, fields.get(ATTR_USUALLY_FREE_MINUTES, 0)):
            left_out[rejection] += 1
        else:
            free.append(one)
    free.sort(key=lambda one: tuple(one.rank(sort, now).values()))
    ranks = [one.rank(sort, now) for one in free]
    return {
        "rooms": [
            {**_describe(scope, one, now), "ranked_by": _first_difference(rank, following)}
            for one, rank, following in zip(free[: fields.get(ATTR_LIMIT)], ranks, [*ranks[1:], None], strict=False)
        ],
        "free": len(free),
        "without_baseline": sum(not one.usual.weeks for one in free),
        "considered": len(rooms),
        "left_out": {one.value: left_out[one] for one in Rejection},
        "reason": None if free else _reason(left_out),
    }


def _describe(scope: Scope, free: _FreeRoom, now: float) -> dict[str, Any]:
    """Return a free room as it is in the response."""
    room, usual = free.room, free.usual
    usually = usual.seconds(now)
    return {
        **scope.describe(room),
        "room_type": room.room_type,
        "tags": scope.tags.get(room.id, []),
        "free_since": isoformat_local(free.since, free.zone_name),
        "free_minutes": int((now - free.since) // 60),
        "confidence": free.confidence.value,
        "usual_use": usual.use.value,
        "usually_free_until": None if usual.until is None else isoformat_local(usual.until, free.zone_name),
        "usually_free_minutes": None if usually is None else int(usually // 60),
        "baseline_weeks": usual.weeks,
    }


def _first_difference(rank: Mapping[str, Any], following: Mapping[str, Any] | None) -> str | None:
    """Return what ranks a room before the following one; None if nothing does."""
    return next((key for key, value in rank.items() if value != following[key]), None) if following else None


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
    return set.union(*spaces_by_tag) if fields.get(ATTR_TAGS_MATCH, ALL) == ANY else set.intersection(*spaces_by_tag)
