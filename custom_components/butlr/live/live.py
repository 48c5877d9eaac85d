"""The newest truth about every space.

Polls and pushes enter through `Live.apply`; whoever shows a space listens to it and is called only when what a person
would see of it changed. Plain Python: the clock and the time zones are handed in. What one space's evidence says is in
`evidence`, with the numbered rules; here spaces become floors, and floors buildings.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import IntEnum
from typing import Any, Final, NamedTuple

from ..api.buckets import midnight
from ..api.estate import Building, Estate, Floor, Room, Space
from ..api.readings import Reading
from .evidence import Day, Evidence, Tally
from .listeners import Listeners


class SpaceState(NamedTuple):
    """What a person sees of a space; None is unknown.

    `people` are counted by presence sensors, `estimate` is entries minus exits; `primary_count` is the one of them that
    stands for the space, whatever the other tells; `day` is the site's midnight that entries and exits are counted
    from. A tuple, for one is made and compared with the last at every push.
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


UNKNOWN: Final = SpaceState()
GONE: Final = SpaceState(available=False, traffic_available=False)


class _Level(IntEnum):
    """How deep a space stands: what is below is computed first."""

    BUILDING = 0
    FLOOR = 1
    INSIDE = 2


@dataclass(slots=True)
class _Below:
    """Sums over the spaces below one, kept up to date so that a push costs the same in any estate."""

    spaces: int = 0
    available: int = 0
    occupied: int = 0
    empty: int = 0
    unknown: int = 0
    counted: int = 0
    people: int = 0
    rooms_known: int = 0
    rooms_free: int = 0


@dataclass(slots=True, eq=False)
class _Node:
    """A space in the tree."""

    id: str
    level: _Level
    evidence: Evidence
    parent: _Node | None = None
    is_room: bool = False
    # Whether the newest answer has it; what is known of one that it lacks is not shown.
    confirmed: bool = True
    # Whether anything can ever be known of it.
    sensed: bool = False
    online: bool = True
    doors_online: bool = False
    state: SpaceState = UNKNOWN
    deadline: float = 0.0
    below: _Below = field(default_factory=_Below)
    # By the fields whose changes they are called for.
    listeners: dict[frozenset[str], Listeners[SpaceState]] = field(default_factory=dict)


class Live:
    """Holds the truth of an estate and tells listeners, per space, when it changes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start knowing nothing: what was shown before a restart is not taken over (rule 10)."""
        self._clock = clock
        self._nodes: dict[str, _Node] = {}
        self._days: dict[str, Day] = {}
        self._recalled_days: Mapping[str, object] = {}
        self.tally = Tally()

    def set_estate(self, estate: Estate, zones: Mapping[str, tzinfo], default_zone: tzinfo) -> bool:
        """Follow a new estate; spaces that stay keep what is known of them.

        `zones` are the time zones of sites by id; a site without one uses `default_zone`. Returns whether people are
        sensed in a space again where none were.
        """
        now = self._clock()
        known, self._nodes = self._nodes, {}
        self._set_days({site_id: zones.get(site_id, default_zone) for site_id in estate.sites}, now)
        awakened = False
        for space in estate.spaces.values():
            day = self._days[estate.site_of(space).id]
            node = known.get(space.id) or _Node(space.id, _level(space), Evidence(day, now, now, now))
            parent = estate.parent_of(space)
            equipment = estate.equipment(space.id)
            node.parent = self._nodes[parent.id] if parent else None
            node.is_room = isinstance(space, Room)
            node.confirmed = space.id not in estate.unconfirmed
            node.sensed = bool(equipment.sensors or equipment.counters)
            # Rule 5; a space without sensors of its own cannot lose them.
            node.online = not equipment.sensors or any(map(estate.is_online, equipment.sensors))
            # A ceiling sensor that is heard does not speak for a door that is not.
            node.doors_online = any(map(estate.is_online, equipment.doors))
            node.evidence.day = day
            seen = any(map(estate.is_online, equipment.counters))
            awakened |= space.id in known and seen and not node.evidence.seen
            node.evidence.sense(
                presence=equipment.presence,
                traffic=equipment.traffic,
                seen=seen,
                felt=not equipment.pirs or any(map(estate.is_online, equipment.pirs)),
            )
            self._nodes[space.id] = node
        self._rebuild(now)
        gone = {}
        for space_id, node in known.items():
            if space_id not in self._nodes:
                gone[node], node.state = node.state, GONE
        _notify(gone)
        return awakened

    def _set_days(self, zones: Mapping[str, tzinfo], now: float) -> None:
        """Let every site have the day of its time zone; where that was corrected, today goes on."""
        before, self._days = self._days, {}
        for site_id, zone in zones.items():
            day = before.get(site_id) or self._recall_day(site_id, zone) or Day(zone)
            self._days[site_id] = day = day if str(day.zone) == str(zone) else day.corrected(zone, now)
            day.roll(now)

    def corrected_days(self) -> dict[str, list[Any]]:
        """Return the days that did not begin with a midnight of their time zone, to be kept as JSON."""
        return {
            site_id: [str(day.zone), day.start, day.end]
            for site_id, day in self._days.items()
            if midnight(day.start, day.zone) != day.start
        }

    def recall_days(self, kept: Mapping[str, object]) -> None:
        """Let days that were kept go on after a restart."""
        self._recalled_days = kept

    def _recall_day(self, site_id: str, zone: tzinfo) -> Day | None:
        match self._recalled_days.get(site_id):
            case [str(name), int() | float() as start, int() | float() as end] if name == str(zone):
                return Day(zone, float(start), float(end))
        return None

    def _rebuild(self, now: float) -> None:
        """Compute every state and every sum anew, children first, and tell who sees a difference."""
        for node in self._nodes.values():
            node.below = _Below()
        before = {}
        for node in reversed(self._nodes.values()):
            before[node], node.state = node.state, _see(node, now)
            if node.parent:
                node.parent.sensed |= node.sensed
                node.parent.below.spaces += 1
                _add(node.parent.below, node, node.state, 1)
        _notify(before)

    def state(self, space_id: str) -> SpaceState:
        """Return what is known of a space; one that is not in the estate is unavailable."""
        node = self._nodes.get(space_id)
        return node.state if node else GONE

    def listen(
        self, space_id: str, fields: Iterable[str], callback: Callable[[SpaceState], None]
    ) -> Callable[[], None]:
        """Call `callback` with a space's new state when one of these fields of SpaceState changes.

        Return a function that unsubscribes. A space that is not in the estate never changes.
        """
        node = self._nodes.get(space_id)
        if node is None:
            return lambda: None
        return node.listeners.setdefault(frozenset(fields), Listeners()).add(callback)

    def day(self, space_id: str) -> tuple[float, str]:
        """Return the midnight that the current day of a space's site began with, and the name of its time zone."""
        day = self._nodes[space_id].evidence.day
        day.roll(self._clock())
        return day.start, getattr(day.zone, "key", "UTC")

    def zone(self, space_id: str) -> tzinfo:
        """Return the time zone of a space's site."""
        return self._nodes[space_id].evidence.day.zone

    def apply(self, readings: Iterable[Reading], *, polled: bool = False) -> bool:
        """Take in readings of a poll or a push; returns whether any of them counted."""
        now = self._clock()
        touched: dict[str, _Node] = {}
        for reading in readings:
            node = self._nodes.get(reading.space_id)
            if node is None:
                self.tally.elsewhere += 1
            elif node.evidence.take(reading, now, self.tally, polled=polled):
                self.tally.applied += 1
                touched[node.id] = node
        self._refresh(touched.values(), now)
        return bool(touched)

    def overdue(self, reading: Reading) -> float | None:
        """Return since when a push is overdue that would have told what a poll is about to tell; None without any."""
        node = self._nodes.get(reading.space_id)
        return node.evidence.overdue(reading, self._clock()) if node else None

    def ages(self, space_id: str) -> dict[str, float | None]:
        """Return how old everything is that is known of a space, in seconds; nothing of a space that is gone."""
        node = self._nodes.get(space_id)
        return node.evidence.ages(self._clock()) if node else {}

    def senses(self, space_id: str) -> bool:
        """Tell whether a presence sensor of a space is heard, as far as is known."""
        node = self._nodes.get(space_id)
        return node is not None and node.evidence.seen

    def zero_since(self, space_id: str) -> float | None:
        """Return since when people in a space are counted as zero without a gap; None where they are not."""
        node = self._nodes.get(space_id)
        return node.evidence.zero_since(self._clock()) if node else None

    def empty_since(self, space_id: str) -> float | None:
        """Return since when at the latest a room or zone has been empty; None unless it is shown as unoccupied."""
        node, state = self._nodes.get(space_id), self.state(space_id)
        return (
            node.evidence.empty_since(self._clock()) if node and state.available and state.occupied is False else None
        )

    def tick(self) -> None:
        """Let time pass: what nobody renewed expires, and at a site's midnight a new day begins."""
        now = self._clock()
        self._refresh([node for node in self._nodes.values() if node.deadline <= now], now)

    def clock_moved(self, seconds: float) -> None:
        """Follow the clock, which turned out to be so many seconds later than it was thought to be."""
        now = self._clock()
        for node in self._nodes.values():
            node.evidence.clock_moved(seconds, now)
        self._refresh(self._nodes.values(), now)

    @staticmethod
    def _refresh(nodes: Collection[_Node], now: float) -> None:
        """Recompute the states of some spaces and of those above that depend on them, then notify listeners."""
        before: dict[_Node, SpaceState] = {}
        while nodes:
            above: dict[_Node, None] = {}
            for node in nodes:
                old, state = node.state, _see(node, now)
                if state == old:
                    continue
                before.setdefault(node, old)
                node.state = state
                parent = node.parent
                # Most pushes only change the people of a room, which its floor does not aggregate.
                if parent and (
                    node.level is _Level.FLOOR
                    or state.available is not old.available
                    or state.occupied is not old.occupied
                ):
                    _add(parent.below, node, old, -1)
                    _add(parent.below, node, state, 1)
                    above[parent] = None
            nodes = above.keys()
        _notify(before)


def _notify(before: Mapping[_Node, SpaceState]) -> None:
    """Call the listeners to the fields in which spaces differ from what they were."""
    for node, old in before.items():
        if node.state == old:
            continue
        changed = {name for name, was, value in zip(SpaceState._fields, old, node.state, strict=True) if was != value}
        for fields, listeners in tuple(node.listeners.items()):
            if not fields.isdisjoint(changed):
                listeners.notify(node.state)


def _see(node: _Node, now: float) -> SpaceState:
    """Compute the state of a space, and when it may change by itself."""
    evidence, below = node.evidence, node.below
    node.deadline = evidence.deadline(now)
    if not node.confirmed:
        return GONE
    people = evidence.people(now)
    if node.level is _Level.BUILDING:
        people = below.people if below.counted else None  # rule 7
    estimate = entries = exits = day = None
    if evidence.traffic:
        evidence.roll(now)
        estimate, day = evidence.estimate(now), evidence.day.start
        entries, exits = evidence.crossed() or (None, None)
    # Rule 7: the one is never taken for the other.
    primary_count = people if evidence.presence or node.level is _Level.BUILDING else estimate
    return SpaceState(
        _available(node, now),
        node.doors_online and evidence.traffic_fresh(now),
        people,
        estimate,
        primary_count,
        _occupied(node, people, estimate),
        evidence.motion,
        entries,
        exits,
        day,
        below.rooms_free if below.rooms_known else None,
    )


def _level(space: Space) -> _Level:
    match space:
        case Building():
            return _Level.BUILDING
        case Floor():
            return _Level.FLOOR
        case _:
            return _Level.INSIDE


def _available(node: _Node, now: float) -> bool:
    """Tell whether a space can be spoken of (rules 4 and 5); where nothing is sensed, nothing can be lost."""
    evidence, below = node.evidence, node.below
    if node.level is _Level.BUILDING:
        return below.available > 0 or not below.spaces
    if not node.online:
        return False
    # What a room is occupied by are its counts, and its traffic only where there are no counts. A push of motion is
    # heard as a count is.
    own = evidence.counts_fresh(now) if evidence.presence or evidence.motion is not None else None
    if not evidence.presence and evidence.traffic:
        own = bool(own) or evidence.traffic_fresh(now)
    if node.level is _Level.FLOOR:
        return bool(own or below.available) or (own is None and not below.spaces)
    return own is not False


def _occupied(node: _Node, people: int | None, estimate: int | None) -> bool | None:
    """Tell whether anyone is there: by its own evidence, or below it (rules 6 and 7)."""
    below = node.below
    if below.occupied:
        return True
    own = None if node.level is _Level.BUILDING else node.evidence.occupied(people, estimate)
    if own is None and below.empty and not below.unknown:
        return False
    return own


def _add(below: _Below, node: _Node, state: SpaceState, sign: int) -> None:
    """Add what a space shows to the sums of its parent, or take it away again."""
    below.available += sign * state.available
    occupied = state.occupied if state.available else None
    below.occupied += sign * (occupied is True)
    below.empty += sign * (occupied is False)
    below.unknown += sign * (occupied is None and node.sensed)
    if node.level is _Level.FLOOR:
        if state.people is not None and state.available:
            below.counted += sign
            below.people += sign * state.people
        if state.free_rooms is not None:
            below.rooms_known += sign
            below.rooms_free += sign * state.free_rooms
    elif node.is_room and node.sensed and occupied is not None:
        below.rooms_known += sign
        below.rooms_free += sign * (not occupied)
