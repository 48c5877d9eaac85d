"""Why a space is shown as it is: the part of the rules that decided. Plain Python."""

from enum import StrEnum

from ..api.estate import PrimarySource
from . import rules
from .space import Level, SpaceNode


class Reason(StrEnum):
    """What decided the state of a space."""

    # Occupied.
    INSIDE_OCCUPIED = "inside_occupied"
    PEOPLE_COUNTED = "people_counted"
    PEOPLE_ESTIMATED = "people_estimated"
    MOTION = "motion"
    # Unoccupied.
    NOBODY_COUNTED = "nobody_counted"
    NOBODY_ESTIMATED = "nobody_estimated"
    MOTION_ENDED = "motion_ended"
    INSIDE_EMPTY = "inside_empty"
    # Unknown.
    NO_SENSORS = "no_sensors"
    NO_COUNT = "no_count"
    NO_ESTIMATE = "no_estimate"
    INSIDE_UNKNOWN = "inside_unknown"
    # Unavailable.
    UNCONFIRMED = "unconfirmed"
    SENSORS_OFFLINE = "sensors_offline"
    NO_DATA = "no_data"
    INSIDE_UNAVAILABLE = "inside_unavailable"


def reason(node: SpaceNode, now: float) -> Reason:
    """Return what decided the state of a space, as `rules.compute_state` did."""
    state = node.state
    if not node.confirmed:
        return Reason.UNCONFIRMED
    if not state.available:
        return _unavailable_reason(node)
    if node.sums.occupied:
        return Reason.INSIDE_OCCUPIED
    people, estimate = node.evidence.people(now), node.evidence.estimate(now)
    own = None if node.level is Level.BUILDING else rules.is_occupied_itself(node, people, estimate)
    if own is not None:
        return _own_reason(node, estimate if node.source is PrimarySource.TRAFFIC else people, occupied=own)
    if state.occupied is False:
        return Reason.INSIDE_EMPTY
    if not node.sensed:
        return Reason.NO_SENSORS
    if node.source is None or node.level is Level.BUILDING:
        return Reason.INSIDE_UNKNOWN
    return Reason.NO_ESTIMATE if node.source is PrimarySource.TRAFFIC else Reason.NO_COUNT


def _unavailable_reason(node: SpaceNode) -> Reason:
    """Return why a space is unavailable (rules 4 and 5)."""
    if not node.online:
        return Reason.SENSORS_OFFLINE
    has_own = node.level is not Level.BUILDING and (node.source is not None or node.evidence.motion is not None)
    return Reason.NO_DATA if has_own else Reason.INSIDE_UNAVAILABLE


def _own_reason(node: SpaceNode, count: int | None, *, occupied: bool) -> Reason:
    """Return which of a space's own evidence decided (rule 6)."""
    estimated = node.source is PrimarySource.TRAFFIC
    if count:
        return Reason.PEOPLE_ESTIMATED if estimated else Reason.PEOPLE_COUNTED
    if occupied:
        return Reason.MOTION
    if count is None:
        return Reason.MOTION_ENDED
    return Reason.NOBODY_ESTIMATED if estimated else Reason.NOBODY_COUNTED
