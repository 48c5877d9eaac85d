"""Which room is free."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
import math
from typing import Any, Final

from ..actions.available_rooms import (
    ATTR_CAPACITY_MIN,
    ATTR_FREE_MINUTES,
    ATTR_LIMIT,
    ATTR_SORT,
    ATTR_TAGS,
    ATTR_USUALLY_FREE_MINUTES,
    SORT_USUALLY_FREE,
    Rejection,
    find_rooms,
)
from ..actions.target import Scope
from ..api.estate import Room
from ..history.usual import UsualUse
from ..live.space import Confidence
from .facts import Facts
from .people import spaces_of
from .places import Place

# Why rooms are not offered, for a language model.
REASONS: Final = {
    Rejection.TAGS: "without the tag",
    Rejection.CAPACITY_UNKNOWN: "without a known capacity",
    Rejection.CAPACITY: "too small",
    Rejection.NO_SENSORS: "not sensed, so not known to be free",
    Rejection.UNAVAILABLE: "unavailable, so not known to be free",
    Rejection.UNKNOWN: "unknown",
    Rejection.OCCUPIED: "occupied",
    Rejection.STALE: "last known to be free, but not confirmed lately",
    Rejection.PARTIAL: "free as far as is known, but some of its sensors are offline or nobody is counted",
    Rejection.FREE_TOO_BRIEFLY: "free, but not for long enough",
    Rejection.NO_BASELINE: "free now, but not known for how long usually",
    Rejection.USUALLY_USED_SOON: "free now, but usually used soon",
}


type RoomsById = dict[str, tuple[Place, Room]]


def rooms_to_tell(places: Iterable[Place]) -> list[tuple[Scope, RoomsById]]:
    """Return the rooms whose occupancy may be told, each in its place; those of an organization are ranked together."""
    by_entry: dict[str, tuple[Scope, RoomsById]] = {}
    for place in places:
        rooms = by_entry.setdefault(place.scope.entry.entry_id, (place.scope, {}))[1]
        rooms |= {room.id: (place, room) for room in _rooms_of(place) if _is_told(place, room)}
    return list(by_entry.values())


def hides_rooms(places: Iterable[Place]) -> bool:
    """Return whether there are sensed rooms in places whose occupancy may not be told."""
    sensed = ((place, room) for place in places for room in _rooms_of(place) if place.scope.estate.counts(room))
    return not all(_is_told(*one) for one in sensed)


def _rooms_of(place: Place) -> Iterator[Room]:
    return (space for space in spaces_of(place) if isinstance(space, Room))


def _is_told(place: Place, room: Room) -> bool:
    """Return whether it may be told if a room is occupied, and what may be told of it tells that."""
    facts = Facts(place, room)
    return facts.tells_occupancy and facts.occupied_as_told is facts.is_occupied


async def free_rooms(places: Collection[Place], criteria: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Return the best matching rooms in places that are known to be free, and why others are left out."""
    offered: list[tuple[Mapping[str, Any], dict[str, Any]]] = []
    free = considered = 0
    left_out: Counter[str] = Counter()
    for scope, rooms in rooms_to_tell(places):
        found = await find_rooms(scope, [room for _, room in rooms.values()], {**criteria, ATTR_LIMIT: limit})
        free += found["free"]
        considered += found["considered"]
        left_out.update(found["left_out"])
        offered += [(room, _describe(*rooms[room["id"]], room)) for room in found["rooms"]]
    offered.sort(key=lambda one: rank_anywhere(one[0], criteria.get(ATTR_SORT)))
    shown = [described for _, described in offered[:limit]]
    told: dict[str, Any] = {"free_rooms": shown, "free": free, "considered": considered}
    if reasons := {REASONS[one]: left_out[one] for one in Rejection if left_out[one]}:
        told["not_offered"] = reasons
    if hides_rooms(places):
        told["only_what_is_shared"] = True
    if not considered:
        told["note"] = "there is no room here whose occupancy may be told"
    return told


def rank_anywhere(room: Mapping[str, Any], sort: str | None = None) -> tuple[float, ...]:
    """Return the rank of a free room among those of several organizations; the lower comes first."""
    usually = room["usually_free_minutes"] if sort == SORT_USUALLY_FREE else 0
    return math.inf if usually is None else -usually, room["capacity"] or math.inf, -room["free_minutes"]


def _describe(place: Place, room: Room, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a free room in few words."""
    return {
        "room": place.part(room).label,
        "capacity": found["capacity"],
        "free_for_minutes": found["free_minutes"],
        **({"usually_free_until": until} if (until := found["usually_free_until"]) else {}),
        **({"usually_used_at_this_time": True} if found["usual_use"] == UsualUse.USED else {}),
        **({} if found["baseline_weeks"] else {"usual_use": "unknown"}),
        **({"tags": tags} if (tags := found["tags"]) else {}),
        **({"is_estimate": True} if found["confidence"] == Confidence.ESTIMATED else {}),
    }


def criteria_of(
    people: int | None, tag_ids: list[str], free_minutes: float | None, usually_free_minutes: float | None
) -> dict[str, Any]:
    """Return what is required of a room, as the fields of the action."""
    wanted = {
        ATTR_CAPACITY_MIN: people,
        ATTR_TAGS: tag_ids or None,
        ATTR_FREE_MINUTES: free_minutes,
        ATTR_USUALLY_FREE_MINUTES: usually_free_minutes,
        ATTR_SORT: SORT_USUALLY_FREE if usually_free_minutes else None,
    }
    return {key: value for key, value in wanted.items() if value is not None}
