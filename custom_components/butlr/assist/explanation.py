"""Why a space is shown as it is: what is known, how it arrived, what decided, and what changes it next.

The action, the floor map and the tool of language models all use this, each as far as it may tell.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ..actions.target import isoformat_local
from ..api.estate import Floor, PrimarySource, Room, Zone
from ..issues.offline_hardware import offline_sensors
from ..live.arrival import Arrival
from ..live.confidence import Doubt
from ..live.reasons import Reason
from ..live.space import Confidence
from .facts import Facts, NotToldError, told_as
from .places import Place
from .spoken import Speech
from .visibility import CONNECTIVITY, UPDATE_MODE

# How many occupied spaces are named.
MAX_NAMED: Final = 10
_NOT_SHARED: Final = "not_shared"
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
# What a floor is shown as by its own sensors, until a space in it is occupied.
_UNLESS_INSIDE: Final = (
    Reason.NOBODY_COUNTED,
    Reason.NOBODY_ESTIMATED,
    Reason.NO_COUNT,
    Reason.NO_ESTIMATE,
)
_BY_HARDWARE: Final = (Reason.SENSORS_OFFLINE, Reason.NO_DATA)


def explain(place: Place, speech: Speech) -> dict[str, Any]:
    """Return what a place is shown as, and why; raises NotToldError."""
    space = place.space
    if space is None:
        raise NotToldError(f"{place.label} is not one space. Ask about one of the spaces in it")
    facts = Facts(place, space)
    if not facts.tells_occupancy:
        raise NotToldError(f"Whether {place.label} is occupied may not be told")
    live = place.scope.data.live
    why, reason = live.explain(space.id), reason_as_told(facts)
    is_told = reason != _NOT_SHARED
    told = {
        "shown_as": _shown_as(facts),
        **facts.as_dict(),
        "confidence": why.confidence.value if facts.occupied_as_told is not None else Confidence.UNKNOWN.value,
        "reason": reason,
        "rule": why.rule if is_told else None,
        "evidence": [_arrival(facts, arrival) for arrival in why.arrivals if _tells_arrival(facts, arrival)],
        "doubts": [doubt.value for doubt in why.doubts if _tells_doubt(facts, doubt)],
    }
    told.pop("unknown_because", None)
    if reason == Reason.INSIDE_OCCUPIED:
        told |= _occupied_inside(facts)
    if facts.state.motion is not None and facts.tells("motion"):
        told["motion"] = facts.state.motion
    if facts.occupied_as_told is False and (since := live.empty_since(space.id)) is not None:
        told["empty_for_minutes"] = int((place.scope.data.client.now() - since) // 60)
    if is_told:
        times = {"stale_at": why.stale_at, "unknown_at": why.unknown_at, "resets_at": why.resets_at}
        told |= {name: _local(facts, time) for name, time in times.items() if time is not None}
    if place.visible.tells(place.scope.estate.organization_id, (UPDATE_MODE,)):
        told["updates_come_by"] = place.scope.data.push.mode.value
        poll = place.scope.data.traffic if facts.is_estimated else place.scope.data.occupancy
        next_poll = (poll.succeeded_at or 0.0) + poll.interval.total_seconds()
        # While Butlr is down, or a poll is running, nobody knows when the next answer arrives.
        if facts.source and next_poll > place.scope.data.client.now():
            told["next_poll_at"] = _local(facts, next_poll)
    told |= _sensors(facts)
    return told | {"text": speech.join(_sentences(speech, facts, told))}


def _local(facts: Facts, timestamp: float) -> str:
    """Return a timestamp by the clock of the site."""
    return isoformat_local(timestamp, facts.place.scope.data.live.day(facts.space.id)[1])


def _tells_arrival(facts: Facts, arrival: Arrival) -> bool:
    """Return whether it may be told how a value arrived; a number that does not stand for the space tells nothing."""
    match arrival.what:
        case "people":
            return facts.tells_people and facts.is_available and facts.source is PrimarySource.PRESENCE
        case "estimate":
            return facts.tells_people and facts.is_available and facts.source is PrimarySource.TRAFFIC
        case "crossing":
            return facts.tells("crossing", "entries_today", "exits_today")
    return facts.tells("motion")


def _arrival(facts: Facts, arrival: Arrival) -> dict[str, Any]:
    """Return a value and how it arrived."""
    value: dict[str, Any] = {}
    if arrival.what == "motion":
        value = {"value": bool(arrival.value)}
    elif arrival.what != "crossing":
        value = told_as("value", facts.shown) if arrival.value else {"value": 0}
    return {
        "what": arrival.what,
        **value,
        "sensed_at": _local(facts, arrival.sensed_at),
        "received_at": _local(facts, arrival.received_at),
        "received_by": "poll" if arrival.polled else "push",
    }


def _tells_doubt(facts: Facts, doubt: Doubt) -> bool:
    """Return whether a doubt may be told: not if it tells of spaces or sensors that are not shared."""
    if doubt is Doubt.SENSORS_OFFLINE:
        return _tells_sensors(facts)
    inside = (Doubt.INSIDE_ESTIMATED, Doubt.INSIDE_PARTIAL, Doubt.INSIDE_UNKNOWN, Doubt.INSIDE_STALE, Doubt.INCOMPLETE)
    return doubt not in inside or all(one.tells_occupancy for one in facts.sensed_inside)


def _sentences(speech: Speech, facts: Facts, told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is told as sentences in the language of the person."""
    scope = facts.place.scope
    today = _local(facts, scope.data.client.now()).partition("T")[0]

    def time(moment: str) -> str:
        """Return the time of the day of a moment to the second, with the date unless it is today."""
        return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M:%S}".removeprefix(f"{today} ")

    yield speech.say(f"why_shown_{told['shown_as']}", space=scope.identify(facts.space)["name"])
    yield speech.say(f"why_{told['reason']}")
    for one in told["evidence"]:
        times = {"sensed": time(one["sensed_at"]), "received": time(one["received_at"])}
        yield _evidence_sentence(speech, one, speech.say(f"why_by_{one['received_by']}", **times))
    if told.get("occupied_spaces"):
        yield speech.say("why_occupied_spaces", names=speech.listed(told["occupied_spaces"]))
    yield speech.say(f"why_confidence_{told['confidence']}")
    for doubt in told["doubts"]:
        yield speech.say(f"why_doubt_{doubt}")
    yield speech.say(f"why_next_{told['reason']}")
    if told["reason"] in _UNLESS_INSIDE and isinstance(facts.space, Floor):
        yield speech.say("why_next_or_inside")
    if "stale_at" in told:
        yield speech.say("why_unless_renewed", stale=time(told["stale_at"]), unknown=time(told["unknown_at"]))
    if "resets_at" in told:
        yield speech.say("why_resets", time=time(told["resets_at"]))
    if "next_poll_at" in told:
        yield speech.say(f"why_poll_{told['updates_come_by']}", time=time(told["next_poll_at"]))


def _evidence_sentence(speech: Speech, one: Mapping[str, Any], arrived: str) -> str:
    """Return what one value was, and how it arrived."""
    what, value = one["what"], one.get("value")
    if what == "motion":
        what = "motion" if value else "motion_end"
    elif "value_fewer_than" in one:
        value = f"< {one['value_fewer_than']}"
    return speech.say(f"why_evidence_{what}", value=value, arrived=arrived)


def _shown_as(facts: Facts) -> str:
    if not facts.state.available:
        return "unavailable"
    return {True: "occupied", False: "unoccupied", None: "unknown"}[facts.occupied_as_told]


def reason_as_told(facts: Facts) -> str:
    """Return what decided what a space is shown as, if the facts that decided may be told."""
    reason = facts.place.scope.data.live.reason(facts.space.id)
    is_told = True
    if reason in _BY_NUMBER:
        is_told = facts.tells_people
    elif reason in _BY_MOTION:
        is_told = facts.tells("motion")
    elif reason in _BY_SPACES_INSIDE:
        is_told = all(one.tells_occupancy for one in facts.sensed_inside)
    elif reason in _BY_HARDWARE:
        is_told = _tells_sensors(facts)
    return reason.value if is_told else _NOT_SHARED


def _occupied_inside(facts: Facts) -> dict[str, Any]:
    """Return which spaces are occupied; that of all may be told."""
    occupied = [one for one in facts.sensed_inside if one.occupied_as_told]
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
