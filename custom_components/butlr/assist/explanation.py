"""Why a place is shown as occupied, free, unknown or unavailable."""

from typing import Any, Final

from ..api.estate import Room, Zone
from ..issues.offline_hardware import offline_sensors
from ..live.reasons import Reason
from .facts import Facts, NotToldError
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
    Reason.INSIDE_UNAVAILABLE: "Every space in it is unavailable.",
}
_NOT_SHARED: Final = ("not_shared", "What decides that is not shared with you.")
_BY_NUMBER: Final = (
    Reason.PEOPLE_COUNTED,
    Reason.PEOPLE_ESTIMATED,
    Reason.NOBODY_COUNTED,
    Reason.NOBODY_ESTIMATED,
)
_BY_MOTION: Final = (Reason.MOTION, Reason.MOTION_ENDED)
_BY_SPACES_INSIDE: Final = (
    Reason.INSIDE_OCCUPIED,
    Reason.INSIDE_EMPTY,
    Reason.INSIDE_UNKNOWN,
    Reason.INSIDE_UNAVAILABLE,
)
_BY_HARDWARE: Final = (Reason.SENSORS_OFFLINE, Reason.NO_DATA)


def explain(place: Place) -> dict[str, Any]:
    """Return what a place is shown as, and why; raises NotToldError."""
    space = place.space
    if space is None:
        raise NotToldError(f"{place.label} is not one space. Ask about one of the spaces in it")
    facts = Facts(place, space)
    if not facts.tells_occupancy:
        raise NotToldError(f"Whether {place.label} is occupied may not be told")
    live = place.scope.data.live
    reason, because = reason_as_told(facts)
    told = {"shown_as": _shown_as(facts), **facts.as_dict(), "reason": reason, "because": because}
    told.pop("unknown_because", None)
    if reason == Reason.INSIDE_OCCUPIED:
        told |= _occupied_inside(facts)
    ages = live.ages(space.id)
    key = "estimate" if facts.is_estimated else "count"
    if facts.tells_people and (age := ages.get(key)) is not None:
        told["people_known_since_seconds"] = round(age)
    if facts.state.motion is not None and facts.tells("motion"):
        told["motion"] = facts.state.motion
        if (age := ages.get("motion")) is not None:
            told["motion_changed_seconds_ago"] = round(age)
    if facts.occupied_as_told is False and (since := live.empty_since(space.id)) is not None:
        told["empty_for_minutes"] = int((place.scope.data.client.now() - since) // 60)
    if place.visible.tells(place.scope.estate.organization_id, (UPDATE_MODE,)):
        told["updates_come_by"] = place.scope.data.push.mode.value
    return told | _sensors(facts)


def _shown_as(facts: Facts) -> str:
    if not facts.state.available:
        return "unavailable"
    return {True: "occupied", False: "unoccupied", None: "unknown"}[facts.occupied_as_told]


def reason_as_told(facts: Facts) -> tuple[str, str]:
    """Return what decided what a space is shown as, by name and in words, if the facts that decided may be told."""
    reason = facts.place.scope.data.live.reason(facts.space.id)
    is_told = True
    if reason in _BY_NUMBER:
        is_told = facts.tells_people
    elif reason in _BY_MOTION:
        is_told = facts.tells("motion")
    elif reason in _BY_SPACES_INSIDE:
        is_told = all(one.tells_occupancy for one in _sensed_inside(facts))
    elif reason in _BY_HARDWARE:
        is_told = _tells_sensors(facts)
    return (reason.value, _BECAUSE[reason]) if is_told else _NOT_SHARED


def _sensed_inside(facts: Facts) -> list[Facts]:
    """Return the spaces in a space that sensors cover."""
    scope = facts.place.scope
    inside = [Facts(facts.place, space) for space in scope.estate.within((facts.space.id,)) if space is not facts.space]
    return [one for one in inside if scope.data.live.is_sensed(one.space.id)]


def _occupied_inside(facts: Facts) -> dict[str, Any]:
    """Return which spaces are occupied; that of all may be told."""
    occupied = [one for one in _sensed_inside(facts) if one.occupied_as_told]
    rooms = [one for one in occupied if isinstance(one.space, Room | Zone)] or occupied
    named = [facts.place.part(one.space).label for one in rooms]
    return {"occupied_spaces": named[:MAX_NAMED], "number_of_occupied_spaces": len(named)}


def _tells_sensors(facts: Facts) -> bool:
    """Return whether it may be told of each sensor of a space whether it is online."""
    visible = facts.place.visible
    sensors = facts.place.scope.estate.equipment(facts.space.id).sensors
    # Without hardware in Home Assistant, sensors have no entities that could be told.
    return visible.is_everything or all(visible.tells(one.id, (CONNECTIVITY,)) for one in sensors)


def _sensors(facts: Facts) -> dict[str, Any]:
    """Return how many sensors cover a space, and how many of them are offline, if that may be told."""
    estate = facts.place.scope.estate
    sensors = estate.equipment(facts.space.id).sensors
    if not sensors or not _tells_sensors(facts):
        return {}
    return {"sensors": len(sensors), "sensors_offline": len(offline_sensors(sensors, estate))}
