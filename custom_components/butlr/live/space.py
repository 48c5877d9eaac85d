"""The tree of spaces: the state of each that entities show, and the sums over its children. Plain Python."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cache
import math
from operator import attrgetter
from typing import Any, Final, NamedTuple

from ..api.estate import Building, Floor, PrimarySource, Space
from ..api.listeners import Listeners
from ..api.readings import Crossing
from .evidence import Evidence
from .push_audit import SpaceCounts


class Confidence(StrEnum):
    """How far a state can be trusted, the best first."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    PARTIAL = "partial"
    STALE = "stale"
    UNKNOWN = "unknown"


class SpaceState(NamedTuple):
    """The state of a space that entities show; None is unknown.

    `people` are counted by presence sensors; `estimate` is entries minus exits. `primary_count` is the one of them that
    stands for the space. `day` is the site's midnight that entries and exits are counted from (Unix seconds).

    A NamedTuple because one is built and compared on every push.
    """

    available: bool = True
    traffic_available: bool = True
    people: int | None = None
    estimate: int | None = None
    primary_count: int | None = None
    occupied: bool | None = None
    motion: bool | None = None
    entries: int | None = None
    exits: int | None = None
    day: float | None = None
    free_rooms: int | None = None
    # Whether the people are a sum in which a floor that counts is not known.
    incomplete: bool = False
    confidence: Confidence = Confidence.UNKNOWN


UNKNOWN: Final = SpaceState()
GONE: Final = SpaceState(available=False, traffic_available=False)


@cache
def field_reader(*fields: str) -> attrgetter[Any]:
    """Return a function that reads fields of a state: the same function for the same fields."""
    return attrgetter(*fields)


class Level(IntEnum):
    """The depth of a space in the tree."""

    BUILDING = 0
    FLOOR = 1
    ROOM_OR_ZONE = 2


@dataclass(slots=True)
class ChildSums:
    """Sums over the children of a space, updated child by child so that a push costs the same in any estate."""

    children: int = 0
    available: int = 0
    occupied: int = 0
    empty: int = 0
    unknown: int = 0
    # Of those that sensors cover, by confidence.
    estimated: int = 0
    partial: int = 0
    stale: int = 0
    counters: int = 0
    counted: int = 0
    people: int = 0
    rooms_known: int = 0
    rooms_free: int = 0


@dataclass(slots=True, eq=False)
class SpaceNode:
    """A space in the tree."""

    id: str
    level: Level
    evidence: Evidence
    # The sensors whose number stands for the space (rule 7).
    source: PrimarySource | None = None
    parent: SpaceNode | None = None
    children: list[SpaceNode] = field(default_factory=list)
    is_room: bool = False
    # Whether the newest answer contains the space; otherwise it is shown as unavailable.
    confirmed: bool = True
    # Whether any sensor covers the space or one below it.
    sensed: bool = False
    # Whether any of its sensors is online; a space without sensors of its own cannot lose them (rule 5).
    online: bool = True
    doors_online: bool = False
    # Whether some of the sensors of the number that stands for it are offline.
    partly_offline: bool = False
    state: SpaceState = UNKNOWN
    # The next time at which the state may change by itself.
    deadline: float = 0.0
    sums: ChildSums = field(default_factory=ChildSums)
    # Listeners, keyed by the function that reads the fields whose changes they are notified of.
    listeners: dict[attrgetter[Any], Listeners[SpaceState]] = field(default_factory=dict)
    crossing_listeners: Listeners[Crossing] = field(default_factory=Listeners)
    counts: SpaceCounts = field(default_factory=SpaceCounts)
    # When the newest push was sensed.
    pushed_at: float = -math.inf

    def add_to_parent(self, state: SpaceState, sign: int) -> None:
        """Add a state of this space to the sums of its parent, or subtract it with a `sign` of -1."""
        if self.parent is None:
            return
        sums = self.parent.sums
        sums.available += sign * state.available
        occupied = state.occupied if state.available else None
        sums.occupied += sign * (occupied is True)
        sums.empty += sign * (occupied is False)
        if self.sensed:
            sums.unknown += sign * (occupied is None)
            sums.estimated += sign * (state.confidence is Confidence.ESTIMATED)
            sums.partial += sign * (state.confidence is Confidence.PARTIAL)
            sums.stale += sign * (state.confidence is Confidence.STALE)
        if self.level is Level.FLOOR:
            if state.people is not None and state.available:
                sums.counted += sign
                sums.people += sign * state.people
            if state.free_rooms is not None:
                sums.rooms_known += sign
                sums.rooms_free += sign * state.free_rooms
        elif self.is_room and self.sensed and occupied is not None:
            sums.rooms_known += sign
            sums.rooms_free += sign * (not occupied)


def level_of(space: Space) -> Level:
    """Return the depth of a space in the tree."""
    match space:
        case Building():
            return Level.BUILDING
        case Floor():
            return Level.FLOOR
        case _:
            return Level.ROOM_OR_ZONE
