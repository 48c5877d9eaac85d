"""The newest truth about every space.

Polls and pushes enter through `Live.apply`; whoever shows a space listens to it and is called only when what a person
would see of it changed. Plain Python: the clock and the time zones are handed in. Moments are Unix seconds.

The rules, by number in the comments below:
1 newest moment wins, the later arrival for the same moment; 2 a clock that runs ahead is taken as now; 3 nothing known
is unknown, never 0, and neither is what is older than ten minutes; 4 out of reach is the last truth for ten minutes;
5 all sensors offline is unavailable; 6 occupied follows the newest evidence; 7 presence and traffic never mix;
8 crossings are counted once, in the site's day; 9 motion is never invented; 10 nothing survives a restart.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
import math
from typing import Final

from .api.estate import Building, Estate, Floor, Room, Space, Zone
from .api.readings import Count, Crossing, Estimate, Motion, Reading, Silence, Totals

# How long a truth is worth showing that nobody renewed.
KEEP: Final = 600.0
# How far ahead of ours a sensor's clock may run before its moments are taken as now.
AHEAD: Final = 120.0
# Further ahead than this is no clock but a broken number.
ABSURD: Final = 86400.0


@dataclass(frozen=True, slots=True)
class SpaceState:
    """What a person sees of a space; None is unknown.

    `people` are counted by presence sensors, `estimate` is entries minus exits; `day` is the site's midnight that
    entries and exits are counted from.
    """

    available: bool = True
    traffic_available: bool = True
    people: int | None = None
    estimate: int | None = None
    occupied: bool | None = None
    motion: bool | None = None
    entries: int | None = None
    exits: int | None = None
    day: float | None = None
    free_rooms: int | None = None


UNKNOWN: Final = SpaceState()


@dataclass(slots=True)
class _Day:
    """The current day of a time zone, from midnight to midnight: 23, 24 or 25 hours."""

    zone: tzinfo
    start: float = 0.0
    end: float = 0.0

    def roll(self, now: float) -> None:
        if self.start <= now < self.end:
            return
        today = datetime.fromtimestamp(now, self.zone).date()
        self.start = datetime(today.year, today.month, today.day, tzinfo=self.zone).timestamp()
        tomorrow = today + timedelta(days=1)
        self.end = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self.zone).timestamp()


@dataclass(slots=True)
class _Children:
    """Sums over the spaces below one, kept up to date so that a push costs the same in any estate."""

    available: int = 0
    occupied: int = 0
    unknown: int = 0
    empty: int = 0
    counted: int = 0
    people: int = 0
    rooms_known: int = 0
    rooms_free: int = 0


@dataclass(slots=True, eq=False)
class _Record:
    """All that is known of one space."""

    id: str
    level: int
    day: _Day
    parent: _Record | None = None
    presence: bool = False
    traffic: bool = False
    is_room: bool = False
    sensed: bool = False
    online: bool = True
    state: SpaceState = UNKNOWN
    deadline: float = 0.0
    children: _Children = field(default_factory=_Children)
    child_count: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)

    count: int | None = None
    count_moment: float = -math.inf
    count_until: float = 0.0
    count_polled: bool = False
    motion: bool | None = None
    motion_moment: float = -math.inf
    totals: tuple[int, int] | None = None
    totals_moment: float = -math.inf
    estimate: int | None = None
    estimate_moment: float = -math.inf
    estimate_until: float = 0.0
    # Crossings that no poll holds yet, each with the moment it is taken for (rule 2).
    crossings: list[tuple[float, Crossing]] = field(default_factory=list)
    # When a poll last answered for the space, or a push last reached it.
    counts_heard: float = 0.0
    traffic_heard: float = 0.0


@dataclass(slots=True)
class Tally:
    """How many readings came and why some were not used."""

    applied: int = 0
    older: int = 0
    stale: int = 0
    repeated: int = 0
    absurd: int = 0
    elsewhere: int = 0


class Live:
    """Holds the truth of an estate and tells listeners, per space, when it changes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start knowing nothing: what was shown before a restart is not taken over (rule 10)."""
        self._clock = clock
        self._records: dict[str, _Record] = {}
        self.tally = Tally()

    def set_estate(self, estate: Estate, zones: Mapping[str, tzinfo], default_zone: tzinfo) -> None:
        """Follow a new estate; spaces that stay keep what is known of them.

        `zones` are the time zones of sites by id; a site without one uses `default_zone`.
        """
        now = self._clock()
        known, self._records = self._records, {}
        days: dict[str | None, _Day] = {}
        for space in estate.spaces.values():
            site = estate.site_of(space)
            key = site.id if site else None
            if key not in days:
                days[key] = _Day(zones.get(key or "", default_zone))
                days[key].roll(now)
            parent = estate.parent_of(space)
            record = known.get(space.id) or _Record(
                space.id, _level(space), days[key], counts_heard=now, traffic_heard=now
            )
            equipment = estate.equipment(space.id)
            record.parent = self._records[parent.id] if parent else None
            record.day = days[key]
            record.presence = equipment.presence
            record.traffic = equipment.traffic
            record.is_room = isinstance(space, Room)
            record.sensed = bool(equipment.sensors) or isinstance(space, Zone)
            # Rule 5; a space without sensors of its own cannot lose them.
            record.online = not equipment.sensors or any(map(estate.is_online, equipment.sensors))
            self._records[space.id] = record
        self._rebuild(now)
        self._tell(record for space_id, record in known.items() if space_id not in self._records)

    def _rebuild(self, now: float) -> None:
        """Compute every state and every sum anew, children first, and tell who sees a difference."""
        for record in self._records.values():
            record.children = _Children()
            record.child_count = 0
        for record in reversed(self._records.values()):
            if record.parent and record.sensed:
                record.parent.sensed = True
        changed = []
        for record in reversed(self._records.values()):
            before, record.state = record.state, UNKNOWN
            record.state = self._see(record, now)
            if record.parent:
                record.parent.child_count += 1
                self._add(record.parent.children, record, record.state, 1)
            if record.state != before:
                changed.append(record)
        self._tell(changed)

    def state(self, space_id: str) -> SpaceState:
        """Return what is known of a space; of a space that is not in the estate, nothing is available."""
        record = self._records.get(space_id)
        return record.state if record else SpaceState(available=False, traffic_available=False)

    def listen(self, space_id: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever the state of a space changes; returns what ends it."""
        record = self._records.get(space_id)
        if record is None:
            return lambda: None
        record.listeners.append(listener)
        return lambda: record.listeners.remove(listener)

    def day(self, space_id: str) -> tuple[float, str]:
        """Return the midnight that the site's current day began with, and the site's time zone name."""
        day = self._records[space_id].day
        day.roll(self._clock())
        return day.start, getattr(day.zone, "key", None) or "UTC"

    def apply(self, readings: Iterable[Reading], *, polled: bool = False) -> bool:
        """Take in readings of a poll or a push; returns whether any of them was news."""
        now = self._clock()
        touched: dict[str, _Record] = {}
        for reading in readings:
            record = self._records.get(reading.space_id)
            if record is None:
                self.tally.elsewhere += 1
                continue
            if self._take(record, reading, now, polled=polled):
                self.tally.applied += 1
                touched[record.id] = record
        self._refresh(touched.values(), now)
        return bool(touched)

    def tick(self) -> None:
        """Let time pass: what nobody renewed expires, and at a site's midnight a new day begins."""
        now = self._clock()
        self._refresh([record for record in self._records.values() if record.deadline <= now], now)

    # -- taking readings in ---------------------------------------------------------------------------------------

    def _take(self, record: _Record, reading: Reading, now: float, *, polled: bool) -> bool:
        match reading:
            case Count():
                return self._take_count(record, reading, now, polled=polled)
            case Motion():
                return self._take_motion(record, reading, now)
            case Crossing():
                return self._take_crossing(record, reading, now)
            case Totals():
                return self._take_totals(record, reading, now)
            case Estimate():
                return self._take_estimate(record, reading, now)
            case Silence():
                return self._take_silence(record, reading, now)

    def _moment(self, moment: float, now: float) -> float | None:
        """Return the moment to use; None for one that no clock could have meant."""
        if moment > now + ABSURD:
            self.tally.absurd += 1
            return None
        return now if moment > now + AHEAD else moment  # rule 2

    def _take_count(self, record: _Record, reading: Count, now: float, *, polled: bool) -> bool:
        moment = self._moment(reading.moment, now)
        if polled:
            record.counts_heard = now
        if moment is None:
            return polled
        if moment < now - KEEP:
            self.tally.stale += 1  # rule 3
            return polled
        if moment < record.count_moment:
            self.tally.older += 1  # rule 1
            return polled
        record.counts_heard = now
        record.count = reading.people
        record.count_moment = moment
        record.count_until = (now if polled else moment) + KEEP
        record.count_polled = polled
        return True

    def _take_motion(self, record: _Record, reading: Motion, now: float) -> bool:
        moment = self._moment(reading.moment, now)
        if moment is None:
            return False
        if moment < record.motion_moment:
            self.tally.older += 1
            return False
        # A late event must not fire an automation; a late end of a motion that is shown only mends what is wrong.
        if moment < now - KEEP and (reading.detected or not record.motion):
            self.tally.stale += 1
            return False
        record.counts_heard = now
        record.motion = reading.detected
        record.motion_moment = moment
        return True

    def _take_crossing(self, record: _Record, reading: Crossing, now: float) -> bool:
        moment = self._moment(reading.moment, now)
        if moment is None:
            return False
        self._roll(record, now)
        if moment < _polled_until(record):
            self.tally.older += 1  # the polled figures hold it already
            return False
        if any(_same(reading, known) for _, known in record.crossings):
            self.tally.repeated += 1
            return False
        record.traffic_heard = now
        record.crossings.append((moment, reading))
        return True

    def _take_totals(self, record: _Record, reading: Totals, now: float) -> bool:
        self._roll(record, now)
        record.traffic_heard = now
        if reading.since != record.day.start or reading.until < record.totals_moment:
            self.tally.older += 1  # asked before midnight or before a newer poll
            return True
        record.totals = (reading.entries, reading.exits)
        record.totals_moment = reading.until
        self._forget_crossings(record)
        return True

    def _take_estimate(self, record: _Record, reading: Estimate, now: float) -> bool:
        self._roll(record, now)
        record.traffic_heard = now
        if reading.since != record.day.start or reading.until < record.estimate_moment:
            self.tally.older += 1
            return True
        record.estimate = reading.people
        record.estimate_moment = reading.until
        record.estimate_until = now + KEEP
        self._forget_crossings(record)
        return True

    def _take_silence(self, record: _Record, reading: Silence, now: float) -> bool:
        if reading.traffic:
            record.traffic_heard = now
            record.estimate = None
        else:
            record.counts_heard = now
            # What a push told since then stands until it is too old; what only polls told is taken back (rule 3).
            if record.count_polled or record.count_moment < reading.since:
                record.count = None
        return True

    def _roll(self, record: _Record, now: float) -> None:
        """Begin a new day where midnight has passed: by definition its totals and its estimate start at zero."""
        record.day.roll(now)
        start = record.day.start
        if record.totals is not None and record.totals_moment < start:
            record.totals, record.totals_moment = (0, 0), start
        if record.estimate is not None and record.estimate_moment < start:
            record.estimate, record.estimate_moment = 0, start
        if record.crossings:
            self._forget_crossings(record)

    @staticmethod
    def _forget_crossings(record: _Record) -> None:
        """Drop the crossings that the polled figures hold; later repeats of them are older than the poll."""
        until = _polled_until(record)
        record.crossings = [(moment, crossing) for moment, crossing in record.crossings if moment >= until]

    # -- what a person sees ---------------------------------------------------------------------------------------

    def _refresh(self, records: Iterable[_Record], now: float) -> None:
        """Compute the states of some spaces anew, then those above them that are concerned, then tell listeners."""
        changed = []
        levels: tuple[dict[str, _Record], ...] = ({}, {}, {})
        for record in records:
            levels[record.level][record.id] = record
        for level in (2, 1, 0):
            for record in levels[level].values():
                before = record.state
                state = self._see(record, now)
                if state == before:
                    continue
                record.state = state
                changed.append(record)
                if record.parent:
                    self._add(record.parent.children, record, before, -1)
                    self._add(record.parent.children, record, state, 1)
                    levels[level - 1][record.parent.id] = record.parent
        self._tell(changed)

    @staticmethod
    def _tell(changed: Iterable[_Record]) -> None:
        for record in changed:
            for listener in tuple(record.listeners):
                listener()

    @staticmethod
    def _add(sums: _Children, child: _Record, state: SpaceState, sign: int) -> None:
        if state.available:
            sums.available += sign
        occupied = state.occupied if state.available else None
        if occupied:
            sums.occupied += sign
        elif occupied is False:
            sums.empty += sign
        elif child.sensed:
            sums.unknown += sign
        if child.level == 1:
            if state.people is not None and state.available:
                sums.counted += sign
                sums.people += sign * state.people
            if state.free_rooms is not None:
                sums.rooms_known += sign
                sums.rooms_free += sign * state.free_rooms
        elif child.is_room and child.sensed and occupied is not None:
            sums.rooms_known += sign
            sums.rooms_free += sign * (not occupied)

    def _see(self, record: _Record, now: float) -> SpaceState:
        """Compute the state of a space and the moment at which it may change by itself."""
        self._roll(record, now)
        sums = record.children
        fresh = now < record.counts_heard + KEEP
        traffic_fresh = now < record.traffic_heard + KEEP
        deadlines = [
            until
            for until in (
                record.counts_heard + KEEP if record.presence or record.motion is not None else 0.0,
                record.traffic_heard + KEEP if record.traffic else 0.0,
                record.day.end if record.traffic else 0.0,
                record.count_until if record.count is not None else 0.0,
                record.estimate_until if record.estimate is not None else 0.0,
            )
            if until > now
        ]
        record.deadline = min(deadlines, default=math.inf)

        people = record.count if now < record.count_until else None  # rule 3
        entries, exits, estimate = self._crossed(record, now)
        motion = record.motion
        if record.level == 0:
            people = sums.people if sums.counted else None  # rule 7
            available = sums.available > 0 or record.child_count == 0
        elif record.level == 1:
            own = (record.presence and fresh) or (record.traffic and traffic_fresh)
            watched = record.presence or record.traffic or record.child_count
            available = record.online and bool(own or sums.available or not watched)
        elif record.presence or not record.traffic:
            available = record.online and (fresh or not record.sensed)  # rules 4 and 5
        else:
            available = record.online and (traffic_fresh or (motion is not None and fresh))
        occupied = self._occupied(record, people, estimate)
        return SpaceState(
            available=available,
            traffic_available=record.online and traffic_fresh,
            people=people,
            estimate=estimate,
            occupied=occupied,
            motion=motion,
            entries=entries,
            exits=exits,
            day=record.day.start if record.traffic else None,
            free_rooms=sums.rooms_free if sums.rooms_known else None,
        )

    @staticmethod
    def _crossed(record: _Record, now: float) -> tuple[int | None, int | None, int | None]:
        """Return entries, exits and the estimate: what polls told plus the crossings since (rule 8)."""
        entries = exits = estimate = None
        if record.totals is not None:
            newer = [crossing for moment, crossing in record.crossings if moment >= record.totals_moment]
            entries = record.totals[0] + sum(crossing.entries for crossing in newer)
            exits = record.totals[1] + sum(crossing.exits for crossing in newer)
        if record.estimate is not None and now < record.estimate_until:
            net = sum(
                crossing.entries - crossing.exits
                for moment, crossing in record.crossings
                if moment >= record.estimate_moment
            )
            estimate = max(record.estimate + net, 0)
        return entries, exits, estimate

    @staticmethod
    def _occupied(record: _Record, people: int | None, estimate: int | None) -> bool | None:
        """Tell whether anyone is there (rules 6 and 7)."""
        sums = record.children
        if sums.occupied:
            return True
        if record.presence or not record.traffic:
            number, moment = people, record.count_moment
        else:
            number = estimate
            moment = max([record.estimate_moment, *(moment for moment, _ in record.crossings)])
        if record.level == 0:
            number = None
        own: bool | None = None if number is None else number > 0
        if record.motion is not None and record.motion_moment > moment:
            own = record.motion or bool(own)
        if own is not None or record.level == 2 or sums.unknown or not sums.empty:
            return own
        return False


def _level(space: Space) -> int:
    return 0 if isinstance(space, Building) else 1 if isinstance(space, Floor) else 2


def _polled_until(record: _Record) -> float:
    """Return the moment up to which every polled figure of a space's traffic holds its crossings."""
    polled = record.totals_moment
    if record.estimate is not None:
        polled = min(polled, record.estimate_moment)
    return max(record.day.start, polled)


def _same(one: Crossing, other: Crossing) -> bool:
    """Tell whether two crossings are one: the same event, or the same sensor, moment and numbers (rule 8)."""
    if one.event_id and one.event_id == other.event_id:
        return True
    return (one.sensor, one.moment, one.entries, one.exits) == (other.sensor, other.moment, other.entries, other.exits)
