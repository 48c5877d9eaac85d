"""Current state of every space, merged from polls and pushes.

Readings enter through `Live.apply`. Listeners of a space are called only when a field of its state that they show has
changed. `rules.py` decides the state of a space; this file passes changes up the tree, from rooms to floors to
buildings. Plain Python: the clock and the time zones are passed in.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import tzinfo
from typing import Any, Final

from ..api.buckets import midnight
from ..api.estate import Estate, PrimarySource, Room
from ..api.listeners import Listeners
from ..api.readings import Count, Crossing, Motion, Reading, Totals
from . import rules
from .confidence import StaleAfter
from .day import Day
from .evidence import Evidence
from .explanation import Explanation, explain
from .push_audit import PushAudit, SpaceCounts
from .reasons import Reason, reason
from .space import GONE, ChildSums, Level, SpaceNode, SpaceState, field_reader, level_of
from .tally import Tally

# The readings whose timestamp is when something was sensed. A union written where it is used is made with every push.
_SENSED: Final = (Count, Motion, Crossing)


class Live:
    """Holds the state of every space of an estate and notifies listeners of changes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with nothing known: states from before a restart are not kept (rule 10)."""
        self._clock = clock
        self._nodes: dict[str, SpaceNode] = {}
        self._days: dict[str, Day] = {}
        self._stored_days: Mapping[str, object] = {}
        self.tally = Tally()
        self.audit = PushAudit(clock)
        self._stale_after = StaleAfter()
        # Called when it changes how far any state can be trusted.
        self._confidence_listeners = Listeners[None]()

    # -- the estate -----------------------------------------------------------------------------------------------

    def set_estate(self, estate: Estate, zones: Mapping[str, tzinfo], default_zone: tzinfo) -> bool:
        """Switch to a new estate, keeping the state of spaces that still exist.

        `zones` are the time zones of sites by id; a site without one uses `default_zone`. Return whether a space whose
        presence sensors were all offline has one online again.
        """
        now = self._clock()
        known, self._nodes = self._nodes, {}
        self._set_days({site_id: zones.get(site_id, default_zone) for site_id in estate.sites}, now)
        resumed = False
        for space in estate.spaces.values():
            day = self._days[estate.site_of(space).id]
            node = known.get(space.id) or SpaceNode(space.id, level_of(space), Evidence(day, now, now, now))
            parent = estate.parent_of(space)
            equipment = estate.equipment(space.id)
            node.source = estate.primary_source(space)
            node.parent, node.children = self._nodes[parent.id] if parent else None, []
            if node.parent:
                node.parent.children.append(node)
            node.is_room = isinstance(space, Room)
            node.confirmed = space.id not in estate.unconfirmed
            node.sensed = space.id in estate.sensed
            node.online = not equipment.sensors or estate.any_online(equipment.sensors)
            # An online ceiling sensor cannot replace a door sensor that is offline.
            node.doors_online = estate.any_online(equipment.doors)
            counting = equipment.counters if node.source is PrimarySource.PRESENCE else equipment.doors
            node.partly_offline = not all(sensor.id in estate.online_sensors for sensor in counting)
            node.evidence.day = day
            counts_online = estate.any_online(equipment.counters)
            resumed |= space.id in known and counts_online and not node.evidence.counts_online
            if not counts_online:
                # No push could tell of what changes until a sensor is online again.
                node.counts = SpaceCounts()
            node.evidence.set_sensors(
                presence=equipment.presence,
                traffic=equipment.traffic,
                counts_online=counts_online,
                motion_online=not equipment.pirs or estate.any_online(equipment.pirs),
            )
            self._nodes[space.id] = node
        self._recompute_all(now)
        gone = {}
        for space_id, node in known.items():
            if space_id not in self._nodes:
                gone[node], node.state = node.state, GONE
        _notify(gone)
        return resumed

    def _recompute_all(self, now: float) -> None:
        """Recompute every state bottom-up and notify listeners of changes."""
        for node in self._nodes.values():
            node.sums = ChildSums()
        before = {}
        for node in reversed(self._nodes.values()):
            before[node], node.state = node.state, rules.compute_state(node, self._stale_after, now)
            if node.parent:
                node.parent.sums.children += 1
                node.parent.sums.counters += node.source is PrimarySource.PRESENCE
                node.add_to_parent(node.state, 1)
        _notify(before)

    # -- the days of sites ----------------------------------------------------------------------------------------

    def _set_days(self, zones: Mapping[str, tzinfo], now: float) -> None:
        """Give every site the day of its time zone; where the time zone was corrected, today continues."""
        before, self._days = self._days, {}
        for site_id, zone in zones.items():
            day = before.get(site_id) or self._restore_day(site_id, zone) or Day(zone)
            self._days[site_id] = day = day if day.zone_name == str(zone) else day.corrected(zone, now)
            day.roll(now)

    def corrected_days(self) -> dict[str, list[Any]]:
        """Return the days that did not start at a midnight of their time zone, to be stored as JSON."""
        return {
            site_id: [day.zone_name, day.start, day.end]
            for site_id, day in self._days.items()
            if midnight(day.start, day.zone) != day.start
        }

    def restore_days(self, stored: Mapping[str, object]) -> None:
        """Continue the stored days after a restart; call before the first estate is set."""
        self._stored_days = stored

    def _restore_day(self, site_id: str, zone: tzinfo) -> Day | None:
        match self._stored_days.get(site_id):
            case [str(name), int() | float() as start, int() | float() as end] if name == str(zone):
                return Day(zone, float(start), float(end))
        return None

    def day(self, space_id: str) -> tuple[float, str]:
        """Return the midnight at which today started at the site of a space, and the name of its time zone."""
        day = self._nodes[space_id].evidence.day
        day.roll(self._clock())
        return day.start, day.zone_name

    def zone(self, space_id: str) -> tzinfo:
        """Return the time zone of a space's site."""
        return self._nodes[space_id].evidence.day.zone

    # -- states ---------------------------------------------------------------------------------------------------

    def state(self, space_id: str) -> SpaceState:
        """Return the state of a space; one that is not in the estate is unavailable."""
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
        return node.listeners.setdefault(field_reader(*sorted(fields)), Listeners()).add(callback)

    def listen_to_confidence(self, callback: Callable[[None], None]) -> Callable[[], None]:
        """Call `callback` when it changes how far the state of any space can be trusted, except with the estate.

        Return a function that unsubscribes.
        """
        return self._confidence_listeners.add(callback)

    def listen_to_crossings(self, space_id: str, callback: Callable[[Crossing], None]) -> Callable[[], None]:
        """Call `callback` with each crossing that was pushed as it happened, once, after the states have changed.

        Return a function that unsubscribes. Nobody crosses into a space that is not in the estate.
        """
        node = self._nodes.get(space_id)
        return node.crossing_listeners.add(callback) if node else lambda: None

    def ages(self, space_id: str) -> dict[str, float | None]:
        """Return the age of everything known about a space, in seconds; empty for a space that is gone."""
        node = self._nodes.get(space_id)
        return node.evidence.ages(self._clock()) if node else {}

    def senses(self, space_id: str) -> bool:
        """Return whether a presence sensor of a space is online, as far as is known."""
        node = self._nodes.get(space_id)
        return node is not None and node.evidence.counts_online

    def uncounted_floors(self, building_id: str) -> int:
        """Return how many floors with presence sensors are missing in the people of a building."""
        node = self._nodes.get(building_id)
        return node.sums.counters - node.sums.counted if node else 0

    def zero_since(self, space_id: str) -> float | None:
        """Return the time since which the people in a space have been zero without a gap; None if they are not zero."""
        node = self._nodes.get(space_id)
        return node.evidence.zero_since(self._clock()) if node else None

    def empty_since(self, space_id: str) -> float | None:
        """Return the time since which a space has verifiably been empty; None unless it shows unoccupied.

        A floor or a building has been empty since the last of its own sensors and of the spaces in it was.
        """
        node = self._nodes.get(space_id)
        return None if node is None else self._empty_since(node, self._clock())

    def _empty_since(self, node: SpaceNode, now: float) -> float | None:
        if not node.state.available or node.state.occupied is not False:
            return None
        if node.source is PrimarySource.TRAFFIC and node.evidence.was_reset:
            return None
        own = rules.empty_since(node, now)
        known = [own]
        if node.level is not Level.ROOM_OR_ZONE:
            for child in node.children:
                since = self._empty_since(child, now)
                if since is None and own is None and child.state.available and child.state.occupied is False:
                    return None  # midnight has reset its estimate
                known.append(since)
        return max((since for since in known if since is not None), default=None)

    def was_reset(self, space_id: str, *, beside_count: bool) -> bool:
        """Return whether an estimate is only zero because it was midnight: that of a space without a count, or any."""
        node = self._nodes.get(space_id)
        return node is not None and node.evidence.was_reset and (beside_count or node.source is PrimarySource.TRAFFIC)

    def is_sensed(self, space_id: str) -> bool:
        """Return whether sensors count people in a space, or in one within it; if not, it never shows unoccupied."""
        node = self._nodes.get(space_id)
        return node is not None and node.sensed

    def reason(self, space_id: str) -> Reason:
        """Return what decided the state of a space."""
        node = self._nodes.get(space_id)
        return reason(node, self._clock()) if node else Reason.UNCONFIRMED

    def explain(self, space_id: str) -> Explanation:
        """Return why the state of a space is what it is."""
        node = self._nodes.get(space_id)
        return explain(node, self._stale_after, self._clock()) if node else Explanation()

    # -- readings and time ----------------------------------------------------------------------------------------

    def apply(self, readings: Iterable[Reading], *, polled: bool = False) -> bool:
        """Apply readings of a poll or a push; return whether any of them was accepted."""
        now = self._clock()
        touched: dict[str, SpaceNode] = {}
        crossings: list[tuple[SpaceNode, Crossing]] = []
        sensed: list[float] = []
        for reading in readings:
            node = self._nodes.get(reading.space_id)
            if node is None:
                self.tally.unknown_space += 1
                continue
            if node.evidence.apply(reading, now, self.tally, polled=polled):
                self.tally.applied += 1
                touched[node.id] = node
                if not polled and isinstance(reading, _SENSED) and _record_push(node, reading):
                    sensed.append(reading.timestamp)
            if isinstance(reading, Crossing) and node.evidence.happens_now(reading, now):
                crossings.append((node, reading))
        self._recompute(touched.values(), now)
        for node, crossing in crossings:
            node.crossing_listeners.notify(crossing)
        for timestamp in sensed:
            self.audit.record_delay(timestamp)
        return bool(touched)

    def overdue(self, reading: Reading) -> float | None:
        """Return when a push matching this polled reading was due, or None. Call before applying the reading."""
        node = self._nodes.get(reading.space_id)
        return node.evidence.overdue(reading, self._clock()) if node else None

    def record_polled_change(self, reading: Reading) -> bool | None:
        """Return whether a push had told this polled change before; None if it is none. Call before applying it."""
        node = self._nodes.get(reading.space_id)
        match reading:
            case Count() if node and node.evidence.counts_online:
                return node.counts.record_poll(reading.people)
            case Totals() if node:
                return node.evidence.told(reading, self._clock())
        return None

    def tick(self) -> None:
        """Let values expire that were not refreshed, and start a new day at a site's midnight."""
        now = self._clock()
        self._recompute([node for node in self._nodes.values() if node.deadline <= now], now)

    def set_counts_stale_after(self, seconds: float) -> None:
        """Set how old a count may be before it is stale; the next tick applies it."""
        if seconds != self._stale_after.counts:
            self._stale_after.counts = seconds
            for node in self._nodes.values():
                node.deadline = 0.0

    def clock_moved(self, seconds: float) -> None:
        """Adjust to a clock that was corrected by `seconds`."""
        now = self._clock()
        for node in self._nodes.values():
            node.evidence.clock_moved(seconds, now)
        self._recompute(self._nodes.values(), now)

    def _recompute(self, nodes: Collection[SpaceNode], now: float) -> None:
        """Recompute the states of some spaces and of the spaces above that depend on them, then notify listeners."""
        before: dict[SpaceNode, SpaceState] = {}
        is_aggregated = False
        while nodes:
            above: dict[SpaceNode, None] = {}
            for node in nodes:
                old, state = node.state, rules.compute_state(node, self._stale_after, now)
                if state == old:
                    continue
                before.setdefault(node, old)
                node.state = state
                # Most pushes only change the people of a room, which its floor does not aggregate.
                if node.parent and (
                    node.level is Level.FLOOR
                    or state.available is not old.available
                    or state.occupied is not old.occupied
                    or state.confidence is not old.confidence
                ):
                    node.add_to_parent(old, -1)
                    node.add_to_parent(state, 1)
                    above[node.parent] = None
            nodes = above.keys()
            is_aggregated |= bool(above)
        _notify(before)
        if is_aggregated and any(old.confidence is not node.state.confidence for node, old in before.items()):
            self._confidence_listeners.notify(None)


def _record_push(node: SpaceNode, reading: Count | Motion | Crossing) -> bool:
    """Remember a pushed reading for the audit, and return whether it is news, and no repetition."""
    if isinstance(reading, Count):
        node.counts.record_push(reading.people)
    if reading.timestamp <= node.pushed_at:
        return False
    node.pushed_at = reading.timestamp
    return True


def _notify(before: Mapping[SpaceNode, SpaceState]) -> None:
    """Call the listeners of the fields that have changed, given the earlier states of spaces."""
    for node, old in before.items():
        if node.state == old:
            continue
        for read, listeners in tuple(node.listeners.items()):
            if read(old) != read(node.state):
                listeners.notify(node.state)
