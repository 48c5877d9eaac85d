"""All that was heard about one space, and what follows from it.

Plain Python; moments are Unix seconds. The rules, by number in the comments here and in `live`:
1 newest moment wins, the later arrival for the same moment; 2 a clock that runs ahead is taken as now; 3 nothing known
is unknown, never 0, neither is what is older than ten minutes, nor what no sensor can have sensed; 4 out of reach is
the last truth for ten minutes; 5 all sensors offline is unavailable; 6 occupied follows the newest evidence;
7 presence and traffic never mix; 8 crossings are counted once, in the site's day; 9 motion is never invented;
10 nothing survives a restart.
"""

from dataclasses import dataclass, field
from datetime import tzinfo
import math
from typing import Final

from ..api.buckets import midnight
from ..api.questions import LIVE_RANGE
from ..api.readings import (
    Count,
    Crossing,
    Estimate,
    Motion,
    NoCount,
    NoEstimate,
    NoTotals,
    OwnEstimate,
    Reading,
    Totals,
)
from .crossings import Crossings

# How long a truth is worth showing that nobody renewed.
VALIDITY: Final = 600.0
# How far ahead of ours a sensor's clock may run before its moments are taken as now.
MAX_CLOCK_SKEW: Final = 120.0
# How many such moments a space remembers; where Home Assistant's own clock is behind, every space has as many.
SKEWED_KEPT: Final = 32
# Further ahead than this is no clock but a broken number.
MAX_FUTURE: Final = 86400.0
# How long Butlr may take to push what it sensed; after that a push is missing.
PUSH_DEADLINE: Final = 120.0
# Polled counts come by the minute, each the median of one. A push in the first third of a minute that says otherwise
# did not hold until its end: then the poll tells of a change that no push told.
MINUTE: Final = 60.0
THIRD: Final = MINUTE / 3


@dataclass(slots=True)
class Tally:
    """How many readings came, and why some were not used."""

    applied: int = 0
    older: int = 0
    stale: int = 0
    repeated: int = 0
    absurd: int = 0
    elsewhere: int = 0
    unsensed: int = 0


@dataclass(slots=True)
class Day:
    """The current day of a time zone, from midnight to midnight: 23, 24 or 25 hours.

    A day during which the zone was corrected goes on from where it began: what was counted is not counted twice.
    """

    zone: tzinfo
    start: float = 0.0
    end: float = 0.0

    def corrected(self, zone: tzinfo, now: float) -> Day:
        """Return the same day with another time zone, by whose clock it ends."""
        self.roll(now)
        return Day(zone, self.start, midnight(now, zone, 1))

    def roll(self, now: float) -> None:
        """Make it the day that `now` is in."""
        if self.start <= now < self.end:
            return
        self.start = midnight(now, self.zone)
        self.end = midnight(now, self.zone, 1)


@dataclass(slots=True, eq=False)
class Evidence:
    """What polls and pushes told of a space; `presence` and `traffic` say what its sensors can tell.

    `seen` tells whether a presence sensor of it is heard, without which no count is believed; `felt` that not all of
    its PIRs are silent, which keep no motion going.
    """

    day: Day
    # What was sensed before this moment is not news, however late it arrives (rule 10).
    began: float
    # When a poll last answered for the space, or a push last reached it.
    counts_heard: float
    traffic_heard: float
    presence: bool = False
    traffic: bool = False
    seen: bool = False
    felt: bool = False

    _motion: bool | None = None
    _motion_timestamp: float = -math.inf
    _count: int | None = None
    _count_timestamp: float = -math.inf
    _count_until: float = 0.0
    _count_polled: bool = False
    # Since when the count has been zero without a gap, the same of the estimate, and when somebody last crossed.
    _count_zero: float = -math.inf
    _estimate_zero: float = -math.inf
    _crossed_at: float = -math.inf
    _totals: tuple[int, int] | None = None
    _totals_timestamp: float = -math.inf
    # The day on which a poll last told of crossings: it cannot have none later.
    _crossed_on: float = -math.inf
    _estimate: int | None = None
    _estimate_timestamp: float = -math.inf
    _estimate_until: float = 0.0
    # Whether a poll had no estimate, or one that is not to be believed, and until when that counts.
    _estimate_absent: bool = False
    _estimate_own: bool = False
    _crossings: Crossings = field(default_factory=Crossings)
    # The newest moments that lay ahead, each with the one it was taken for (rule 2).
    _ahead: dict[float, float] = field(default_factory=dict)
    # Since which moment a count differs from the one that was pushed, and the end of the poll before the one that
    # counted crossings that were not, with the moment at which that was found.
    _count_owed: float | None = None
    _crossings_owed: tuple[float, float] | None = None

    def sense(self, *, presence: bool, traffic: bool, seen: bool, felt: bool) -> None:
        """Take in what the sensors of the space can tell now; what none of them can have sensed is not kept."""
        self.presence, self.traffic, self.seen, self.felt = presence, traffic, seen, felt
        if not seen:
            self._count, self._count_zero = None, -math.inf
        if not felt:
            self._motion = None

    @property
    def motion(self) -> bool | None:
        """Return whether anything moves; None is unknown."""
        return self._motion

    # -- taking readings in ---------------------------------------------------------------------------------------

    def take(self, reading: Reading, now: float, tally: Tally, *, polled: bool) -> bool:
        """Take a reading in; returns False when it changes nothing, and `tally` says why."""
        match reading:
            case Count():
                return self._take_count(reading, now, tally, polled=polled)
            case Motion():
                return self._take_motion(reading, now, tally)
            case Crossing():
                return self._take_crossing(reading, now, tally)
            case Totals():
                return self._take_totals(reading, now, tally)
            case Estimate():
                return self._take_estimate(reading, now, tally)
            case NoCount():
                return self._take_no_count(reading, now)
            case NoEstimate() | OwnEstimate():
                return self._take_no_estimate(now, own=isinstance(reading, OwnEstimate))
            case NoTotals():
                return self._take_no_totals(reading, now)

    def _take_count(self, reading: Count, now: float, tally: Tally, *, polled: bool) -> bool:
        if polled:
            self.counts_heard = now
        if not self.seen:
            tally.unsensed += 1  # rule 3: rows come of rooms in which no sensor is left
            return polled
        timestamp = self._plausible(reading.timestamp, now, tally)
        if timestamp is None:
            return polled
        if not polled and self._count_owed is not None and timestamp >= self._count_owed - MINUTE:
            self._count_owed = None
        if timestamp < now - VALIDITY or (not polled and timestamp < self.began):
            tally.stale += 1  # rules 3 and 10
            return polled
        if timestamp < self._count_timestamp:
            tally.older += 1  # rule 1
            return polled
        self.counts_heard = now
        begun = timestamp if reading.since is None else min(reading.since, timestamp)
        # Whoever came and went since the zero before left a gap between the two.
        if self._count != 0 or now >= self._count_until or begun > self._count_timestamp + PUSH_DEADLINE:
            self._count_zero = begun
        self._count = reading.people
        self._count_timestamp = timestamp
        self._count_until = (now if polled else timestamp) + VALIDITY
        self._count_polled = polled
        return True

    def _take_motion(self, reading: Motion, now: float, tally: Tally) -> bool:
        timestamp = self._plausible(reading.timestamp, now, tally)
        if timestamp is None:
            return False
        if timestamp < self._motion_timestamp:
            tally.older += 1
            return False
        # A late event must not fire an automation; a late end of a motion that is shown only mends what is wrong.
        if (timestamp < now - VALIDITY or timestamp < self.began) and (reading.detected or not self._motion):
            tally.stale += 1
            return False
        self.counts_heard = now
        self._motion = reading.detected
        self._motion_timestamp = timestamp
        return True

    def _take_crossing(self, reading: Crossing, now: float, tally: Tally) -> bool:
        if not self.traffic:
            tally.elsewhere += 1  # no figure shows it, and no poll would ever clear it away
            return False
        timestamp = self._plausible(reading.timestamp, now, tally)
        if timestamp is None:
            return False
        self.roll(now)
        if not reading.entries and not reading.exits:
            self.traffic_heard = now  # nobody crossed: of who is inside that says nothing
            return True
        if self._crossings_owed is not None and timestamp >= self._crossings_owed[0]:
            self._crossings_owed = None
        if timestamp < self._polled_until():
            tally.older += 1  # the polled figures hold it already
            return False
        if not self._crossings.add(timestamp, reading):
            tally.repeated += 1
            return False
        self.traffic_heard = now
        self._crossed_at = max(self._crossed_at, timestamp)
        return True

    def _take_totals(self, reading: Totals, now: float, tally: Tally) -> bool:
        self.roll(now)
        self.traffic_heard = now
        if reading.since != self.day.start or reading.until < self._totals_timestamp:
            tally.older += 1  # asked before midnight, or before a newer poll
            return True
        if self._totals is not None and self.crossed() != (reading.entries, reading.exits):
            # Somebody crossed of whom no push told: when, between the two polls, is not known.
            self._crossed_at = max(self._crossed_at, reading.until)
        self._totals = (reading.entries, reading.exits)
        if any(self._totals):
            self._crossed_on = self.day.start
        self._totals_timestamp = reading.until
        self._forget_crossings()
        return True

    def _take_estimate(self, reading: Estimate, now: float, tally: Tally) -> bool:
        self.roll(now)
        self.traffic_heard = now
        if reading.since != self.day.start or reading.until < self._estimate_timestamp:
            tally.older += 1
            return True
        if self._estimate != 0 or now >= self._estimate_until:
            self._estimate_zero = reading.until
        self._estimate = reading.people
        self._estimate_timestamp = reading.until
        self._estimate_until = now + VALIDITY
        self._estimate_absent = self._estimate_own = False
        self._forget_crossings()
        return True

    def _take_no_estimate(self, now: float, *, own: bool) -> bool:
        self.traffic_heard = now
        self._estimate = None
        self._estimate_until = now + VALIDITY
        self._estimate_absent, self._estimate_own = not own, own
        return True

    def _take_no_count(self, reading: NoCount, now: float) -> bool:
        self.counts_heard = now
        # What a push told since then stands until it is too old; what only polls told is taken back (rule 3).
        if self._count_polled or self._count_timestamp < reading.since:
            self._count = None
        return True

    def _take_no_totals(self, reading: NoTotals, now: float) -> bool:
        """Believe that nobody crossed today only where nothing speaks against it (rule 3)."""
        self.roll(now)
        self.traffic_heard = now
        if self._crossed_on == self.day.start:
            self._totals = None
        elif not self._crossings and (reading.others or self._totals is not None):
            self._totals, self._totals_timestamp = (0, 0), reading.until
        return True

    def _plausible(self, timestamp: float, now: float, tally: Tally) -> float | None:
        """Return the moment to use (rule 2); None for one that no clock could have meant.

        A repeat has the moment that the first one was taken for: taken as now once more, it would be newer than all
        that was sensed since.
        """
        if timestamp > now + MAX_FUTURE:
            tally.absurd += 1
            return None
        if timestamp not in self._ahead:
            if timestamp <= now + MAX_CLOCK_SKEW:
                return timestamp
            if len(self._ahead) >= SKEWED_KEPT:
                del self._ahead[next(iter(self._ahead))]
            self._ahead[timestamp] = now
        return self._ahead[timestamp]

    def clock_moved(self, seconds: float, now: float) -> None:
        """Follow a clock that turned out to be wrong: it is `now`, so many seconds later than it was thought to be.

        What was heard was heard as long ago as before; what was sensed cannot lie ahead, or nothing newer would count.
        """
        self.began += seconds
        self.counts_heard += seconds
        self.traffic_heard += seconds
        self._count_until += seconds
        self._estimate_until += seconds
        self._count_timestamp = min(self._count_timestamp, now)
        self._motion_timestamp = min(self._motion_timestamp, now)
        self._totals_timestamp = min(self._totals_timestamp, now)
        self._estimate_timestamp = min(self._estimate_timestamp, now)
        self._ahead.clear()
        self._count_owed = self._crossings_owed = None

    # -- what pushes owe -------------------------------------------------------------------------------------------

    def overdue(self, reading: Reading, now: float) -> float | None:
        """Return since when a push is overdue that would have told what a poll is about to tell; None without any.

        To be asked before the reading is taken in. What no push has told yet may still be on its way: it is remembered,
        so that a later poll finds it overdue even though this one makes the figure right.
        """
        match reading:
            case Count(since=float(since)):
                return self._overdue_count(reading, since, now)
            case Totals():
                return self._overdue_crossings(reading, now)
        return None

    def _overdue_count(self, reading: Count, since: float, now: float) -> float | None:
        known, timestamp = self.people(now), self._count_timestamp
        if self._count_owed is None and known not in (None, reading.people) and reading.timestamp >= timestamp:
            # The first whole minute that is known to differ.
            self._count_owed = max(since, math.ceil(timestamp / MINUTE) * MINUTE)
        owed = self._count_owed
        if owed is None or now < owed + MINUTE + PUSH_DEADLINE:
            return None
        self._count_owed = None
        return owed

    def _overdue_crossings(self, reading: Totals, now: float) -> float | None:
        self.roll(now)
        overdue = None
        if self._crossings_owed is not None and now >= self._crossings_owed[1] + PUSH_DEADLINE:
            overdue, self._crossings_owed = self._crossings_owed[0], None
        if self._totals is None or reading.since != self.day.start or self._crossings_owed is not None:
            return overdue
        entries, exits = self._crossings.between(self._totals_timestamp, reading.until)
        if reading.entries > self._totals[0] + entries or reading.exits > self._totals[1] + exits:
            self._crossings_owed = self._totals_timestamp, now
        return overdue

    # -- the day ---------------------------------------------------------------------------------------------------

    def roll(self, now: float) -> None:
        """Begin a new day where midnight has passed: by definition its totals and its estimate start at zero."""
        self.day.roll(now)
        start = self.day.start
        if self._totals is not None and self._totals_timestamp < start:
            self._totals, self._totals_timestamp = (0, 0), start
        if self._estimate is not None and self._estimate_timestamp < start:
            if self._estimate:
                self._estimate_zero = start
            self._estimate, self._estimate_timestamp = 0, start
        if self._crossings.oldest < start:
            self._forget_crossings()

    def _polled_until(self) -> float:
        """Return the moment up to which every polled figure holds the crossings."""
        polled = self._totals_timestamp
        if self._estimate is not None:
            polled = min(polled, self._estimate_timestamp)
        elif self._estimate_absent:
            # The first estimate to come may be some minutes older than the totals.
            polled -= LIVE_RANGE
        return max(self.day.start, polled)

    def _forget_crossings(self) -> None:
        """Drop the crossings that the polled figures hold; later repeats of them are older than the poll."""
        self._crossings.forget(self._polled_until())

    # -- what follows from them -----------------------------------------------------------------------------------

    def counts_fresh(self, now: float) -> bool:
        """Tell whether a poll answered for the space, or a push reached it, lately (rule 4)."""
        return now < self.counts_heard + VALIDITY

    def traffic_fresh(self, now: float) -> bool:
        """Tell the same of its traffic."""
        return now < self.traffic_heard + VALIDITY

    def people(self, now: float) -> int | None:
        """Return how many people presence sensors see (rule 3)."""
        return self._count if now < self._count_until else None

    def crossed(self) -> tuple[int, int] | None:
        """Return entries and exits today: the polled totals and the crossings since (rule 8)."""
        if self._totals is None:
            return None
        entries, exits = self._crossings.since(self._totals_timestamp)
        return self._totals[0] + entries, self._totals[1] + exits

    def estimate(self, now: float) -> int | None:
        """Return entries minus exits: the polled estimate and the crossings since, never below zero.

        Butlr gives no estimate of a space before somebody crossed: nobody did where the totals say so (rule 8).
        """
        if now >= self._estimate_until:
            return None
        if self._estimate is not None:
            entries, exits = self._crossings.since(self._estimate_timestamp)
            return max(self._estimate + entries - exits, 0)
        crossed = self.crossed() if self._estimate_own or (self._estimate_absent and self._totals == (0, 0)) else None
        return None if crossed is None else max(crossed[0] - crossed[1], 0)

    def occupied(self, people: int | None, estimate: int | None) -> bool | None:
        """Tell whether anyone is there by the space's own evidence, of which these are the numbers (rule 6).

        The number counts, and motion that is newer than the number. Where there are only traffic sensors, the estimate
        is the number (rule 7).
        """
        if self.presence or not self.traffic:
            # Of the minute that a polled count is about, nothing after its beginning is known for certain.
            number, timestamp = people, self._count_timestamp - (THIRD if self._count_polled else 0.0)
        else:
            number, timestamp = estimate, max(self._estimate_told(), self._crossings.newest)
        occupied = None if number is None else number > 0
        if self._motion is not None and self._motion_timestamp > timestamp:
            return self._motion or bool(occupied)
        return occupied

    def _estimate_told(self) -> float:
        """Return up to which moment the estimate holds the crossings, apart from those that were pushed since."""
        return self._estimate_timestamp if self._estimate is not None else self._totals_timestamp

    def zero_since(self, now: float) -> float | None:
        """Return since when people are counted as zero without a gap; None where they are not."""
        return self._count_zero if self.people(now) == 0 else None

    def empty_since(self, now: float) -> float | None:
        """Return since when at the latest it has been known to be empty; None where it is not known to be.

        Nothing is guessed: it counts from the first zero that was heard, from the end of the last motion, and from the
        last crossing at a door that alone tells.
        """
        people, estimate = self.people(now), self.estimate(now)
        if self.occupied(people, estimate) is not False:
            return None
        timestamps = [self._motion_timestamp]
        if self.presence or not self.traffic:
            if people is not None:
                timestamps.append(self._count_zero)
        elif estimate is not None:
            timestamps += (self._zero_told(), self._crossed_at)
        return min(max(timestamps), now)

    def _zero_told(self) -> float:
        """Return since when the estimate is zero; of one that follows from the totals alone, since the day began."""
        return self._estimate_zero if self._estimate is not None else self.day.start

    def ages(self, now: float) -> dict[str, float | None]:
        """Return how many seconds ago everything was sensed that is known, and when polls or pushes last told of it."""
        timestamps = {
            "count": self._count_timestamp if self.people(now) is not None else -math.inf,
            "motion": self._motion_timestamp,
            "totals": self._totals_timestamp if self._totals is not None else -math.inf,
            "estimate": self._estimate_timestamp if self._estimate is not None else -math.inf,
            "counts_heard": self.counts_heard if self.presence else -math.inf,
            "traffic_heard": self.traffic_heard if self.traffic else -math.inf,
        }
        return {what: now - timestamp if math.isfinite(timestamp) else None for what, timestamp in timestamps.items()}

    def deadline(self, now: float) -> float:
        """Return the next moment at which any of this changes by itself."""
        timestamps: tuple[float, ...] = (self.counts_heard + VALIDITY, self._count_until)
        if self.traffic:
            timestamps += (self.traffic_heard + VALIDITY, self._estimate_until, self.day.end)
        soonest = math.inf
        for timestamp in timestamps:
            if now < timestamp < soonest:
                soonest = timestamp
        return soonest
