"""Why a place is shown as occupied, free, unknown or unavailable."""

from typing import Any, Final

from ..api.estate import Room, Space, Zone
from ..issues.offline_hardware import offline_sensors
from ..live.reasons import Reason
from .facts import Facts, NotToldError
from .people import spaces_of
from .places import Place
from .visibility import CONNECTIVITY, UPDATE_MODE

# How many occupied spaces are named.
MAX_NAMED: Final = 10
_BECAUSE: Final = {
    Reason.INSIDE_OCCUPIED: "At least one space in it is occupied.",
    Reason.PEOPLE_COUNTED: "Its presence sensors count people.",
    Reason.PEOPLE_ESTIMATED: "More people went in than out, as the door sensors count. This is an estimate.",
    Reason.MOTION: "Motion was sensed after the newest count. The next count will confirm or correct it.",
    Reason.NOBODY_COUNTED: "Its presence sensors count nobody, and there is no newer motion.",
    Reason.NOBODY_ESTIMATED: "As many people went out as in, as the door sensors count. This is an estimate.",
    Reason.MOTION_ENDED: "Motion ended, and there is no count.",
    Reason.INSIDE_EMPTY: "Every space in it that has sensors is known to be unoccupied.",
    Reason.NO_SENSORS: "No sensor covers it.",
    Reason.NO_COUNT: "There is no recent count that an online sensor can have made.",
    Reason.NO_ESTIMATE: "Butlr has no recent estimate.",
    Reason.INSIDE_UNKNOWN: "At least one space in it is unknown, and none is known to be occupied.",
    Reason.UNCONFIRMED: "It is missing in Butlr's newest answer.",
    Reason.SENSORS_OFFLINE: "All its sensors are offline.",
    Reason.NO_DATA: "Butlr has not sent any data about it for ten minutes.",
}


def explain(place: Place) -> dict[str, Any]:
    """Return what a place is shown as, and why; raises NotToldError."""
    space = place.space
    if space is None:
        raise NotToldError(f"{place.label} is not one space. Ask about one of the spaces in it")
    facts = Facts(place, space)
    if not facts.tells_occupancy:
        raise NotToldError(f"Whether {place.label} is occupied may not be told")
    live = place.scope.data.live
    reason = live.reason(space.id)
    told = {"shown_as": _shown_as(facts), **facts.as_dict(), "reason": reason.value, "because": _BECAUSE[reason]}
    told.pop("unknown_because", None)
    if reason is Reason.INSIDE_OCCUPIED:
        told |= _occupied_inside(place)
    ages = live.ages(space.id)
    key = "estimate" if facts.is_estimated else "count"
    if facts.tells_people and (age := ages.get(key)) is not None:
        told["people_known_since_seconds"] = round(age)
    if facts.state.motion is not None and facts.tells("motion"):
        told["motion"] = facts.state.motion
        if (age := ages.get("motion")) is not None:
            told["motion_changed_seconds_ago"] = round(age)
    if (since := live.empty_since(space.id)) is not None:
        told["empty_for_minutes"] = int((place.scope.data.client.now() - since) // 60)
    if place.visible.tells(place.scope.estate.organization_id, (UPDATE_MODE,)):
        told["updates_come_by"] = place.scope.data.push.mode.value
    return told | _sensors(place, space)


def _shown_as(facts: Facts) -> str:
    if not facts.state.available:
        return "unavailable"
    return {True: "occupied", False: "unoccupied", None: "unknown"}[facts.state.occupied]


def _occupied_inside(place: Place) -> dict[str, Any]:
    """Return which spaces are occupied, unless some of those that are sensed may not be told."""
    inside = [Facts(place, space) for space in spaces_of(place) if space is not place.space]
    if not all(one.tells_occupancy for one in inside if place.scope.estate.equipment(one.space.id).sensors):
        return {}
    occupied = [one for one in inside if one.tells_occupancy and one.is_occupied]
    rooms = [one for one in occupied if isinstance(one.space, Room | Zone)] or occupied
    named = [place.part(one.space).label for one in rooms]
    return {"occupied_spaces": named[:MAX_NAMED], "number_of_occupied_spaces": len(named)}


def _sensors(place: Place, space: Space) -> dict[str, Any]:
    """Return how many sensors cover a space, and how many of them are offline, if that may be told of each."""
    estate = place.scope.estate
    sensors = estate.equipment(space.id).sensors
    if not all(place.visible.tells(one.id, (CONNECTIVITY,)) for one in sensors):
        return {}
    return {"sensors": len(sensors), "sensors_offline": len(offline_sensors(sensors, estate))} if sensors else {}
