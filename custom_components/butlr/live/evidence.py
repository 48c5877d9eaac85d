"""Evidence received for one space, and the numbers derived from it. Plain Python; timestamps are Unix seconds.

The rules that comments cite by number are listed in `rules.py`.
"""

from dataclasses import dataclass, field
import math
from typing import Final

from ..api.buckets import MINUTE
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
from .arrival import Arrival
from .crossings import PendingCrossings, ReportedCrossings
from .day import Day
from .skewed_clocks import MAX_CLOCK_SKEW, SkewedClocks
from .tally import Tally

# How long a value stays valid without being refreshed, in seconds.
VALIDITY: Final = 600.0
# How long Butlr may take to push a change, in seconds; after that the push is missed.
PUSH_DEADLINE: Final = 120.0
# No restart is shorter than this, in seconds.
SHORTEST_RESTART: Final = 1.0
# A polled count is the median of a minute. A different count pushed in the first third of that minute did not last
# until its end, so the poll shows a change that was not pushed. In seconds.
THIRD: Final = MINUTE / 3


@dataclass(slots=True, eq=False)
class Evidence:
    """What polls and pushes reported about one space."""

    day: Day
    # Pushed readings with an earlier timestamp are ignored, even if they arrive later (rule 10).
    started: float
    # When a poll last answered for the space, or a push last reached it.
    counts_received_at: float
    traffic_received_at: float
    # Whether presence sensors count people here, and doors count crossings.
    presence: bool = False
    traffic: bool = False
    # Whether a presence sensor is online, without which no count is believed.
    counts_online: bool = False
    # Whether a motion sensor is online, without which no motion is shown.
    motion_online: bool = False

    # Whether something moves; None is unknown (rule 9).
    motion: bool | None = None
    # When motion started or ended.
    motion_timestamp: float = -math.inf
    _motion_received_at: float = -math.inf
    _count: int | None = None
    _count_timestamp: float = -math.inf
    _count_until: float = 0.0
    _count_polled: bool = False
    _count_received_at: float = -math.inf
    # The time since which the people have been zero without a gap.
    people_zero_since: float = -math.inf
    # The time since which the estimate has been zero without a gap.
    _estimate_zero_at: float = -math.inf
    # When somebody last crossed.
    crossed_at: float = -math.inf
    # When the newest pushed crossing was sensed, and received.
    _crossing_pushed: tuple[float, float] | None = None
    _totals: tuple[int, int] | None = None
    _totals_timestamp: float = -math.inf
    # The midnight of the last day with polled crossings: a later poll without crossings cannot be right for that day.
    _day_with_crossings: float = -math.inf
    _estimate: int | None = None
    _estimate_timestamp: float = -math.inf
    # When the estimate, or its absence, expires.
    _estimate_until: float = 0.0
    # Whether the newest poll had no estimate.
    _estimate_absent: bool = False
    # Whether the newest polled estimate cannot be believed, so that the estimate is computed from the totals.
    _estimate_from_totals: bool = False
    # Whether the estimate was not zero at the last midnight, and no estimate of the new day has been polled since.
    _not_zero_at_midnight: bool = False
    _crossings: PendingCrossings = field(default_factory=PendingCrossings)
    _reported: ReportedCrossings = field(default_factory=ReportedCrossings)
    _clocks: SkewedClocks = field(default_factory=SkewedClocks)
    # Start of the interval in which polls show a count that no push has reported.
    _count_unconfirmed_since: float | None = None
    # When polled crossings that no push has reported were found: the end of the totals before them, and the time then.
    _crossings_unconfirmed: tuple[float, float] | None = None

    def set_sensors(self, *, presence: bool, traffic: bool, counts_online: bool, motion_online: bool) -> None:
        """Set what the sensors of the space can report, and discard what no online sensor can have sensed."""
        self.presence, self.traffic = presence, traffic
        self.counts_online, self.motion_online = counts_online, motion_online
        if not counts_online:
            self._count, self.people_zero_since = None, -math.inf
        if not motion_online:
            self.motion = None

    # -- applying readings ----------------------------------------------------------------------------------------

    def apply(self, reading: Reading, now: float, tally: Tally, *, polled: bool) -> bool:
        """Apply a reading; return False and count the reason in `tally` if it changes nothing."""
        match reading:
            case Count():
                return self._apply_count(reading, now, tally, polled=polled)
            case Motion():
                return self._apply_motion(reading, now, tally)
            case Crossing():
                return self._apply_crossing(reading, now, tally)
            case Totals():
                return self._apply_totals(reading, now, tally)
            case Estimate():
                return self._apply_estimate(reading, now, tally)
            case NoCount():
                return self._apply_no_count(reading, now)
            case NoEstimate() | OwnEstimate():
                return self._apply_no_estimate(now, own=isinstance(reading, OwnEstimate))
            case NoTotals():
                return self._apply_no_totals(reading, now)

    def _apply_count(self, reading: Count, now: float, tally: Tally, *, polled: bool) -> bool:
        if polled:
            self.counts_received_at = now
        if not self.counts_online:
            tally.unsensed += 1  # rule 3: Butlr answers for rooms without an online sensor, too
            return polled
        timestamp = self._clocks.plausible(reading.timestamp, now, tally)
        if timestamp is None:
            return polled
        unconfirmed = self._count_unconfirmed_since
        if not polled and unconfirmed is not None and timestamp >= unconfirmed - MINUTE:
            self._count_unconfirmed_since = None
        if timestamp < now - VALIDITY or (not polled and timestamp < self.started):
            tally.stale += 1  # rules 3 and 10
            return polled
        if timestamp < self._count_timestamp:
            tally.older += 1  # rule 1
            return polled
        self.counts_received_at = now
        start = timestamp if reading.since is None else min(reading.since, timestamp)
        # A gap between two zero readings may hide a visit, so the empty period restarts.
        if self._count != 0 or now >= self._count_until or start > self._count_timestamp + PUSH_DEADLINE:
            self.people_zero_since = start
        self._count = reading.people
        self._count_timestamp = timestamp
        self._count_until = (now if polled else timestamp) + VALIDITY
        self._count_polled = polled
        self._count_received_at = now
        return True

    def _apply_motion(self, reading: Motion, now: float, tally: Tally) -> bool:
        timestamp = self._clocks.plausible(reading.timestamp, now, tally)
        if timestamp is None:
            return False
        if timestamp < self.motion_timestamp:
            tally.older += 1
            return False
        # Ignore late events so that they trigger no automations, except a late end of a motion that is still shown.
        if (timestamp < now - VALIDITY or timestamp < self.started) and (reading.detected or not self.motion):
            tally.stale += 1
            return False
        self.counts_received_at = now
        self.motion = reading.detected
        self.motion_timestamp = timestamp
        self._motion_received_at = now
        return True

    def _apply_crossing(self, reading: Crossing, now: float, tally: Tally) -> bool:
        if not self.traffic:
            tally.unknown_space += 1  # no value shows it, and no poll would ever replace it
            return False
        timestamp = self._clocks.plausible(reading.timestamp, now, tally)
        if timestamp is None:
            return False
        self.roll(now)
        if not reading.entries and not reading.exits:
            self.traffic_received_at = now  # zero crossings say nothing about who is inside
            return True
        if self._crossings_unconfirmed is not None and timestamp >= self._crossings_unconfirmed[0]:
            self._crossings_unconfirmed = None
        if timestamp < self._polled_until():
            tally.older += 1  # already part of the polled numbers
            return False
        if not self._crossings.add(timestamp, reading):
            tally.repeated += 1
            return False
        self.traffic_received_at = now
        self.crossed_at = max(self.crossed_at, timestamp)
        if self._crossing_pushed is None or timestamp >= self._crossing_pushed[0]:
            self._crossing_pushed = timestamp, now
        return True

    def happens_now(self, crossing: Crossing, now: float) -> bool:
        """Return whether a pushed crossing is reported as it happens, for the first time. Call after applying it.

        That does not depend on polls: a total may contain a crossing before its push arrives.
        """
        if not self.traffic or not (crossing.entries or crossing.exits):
            return False
        timestamp = self._clocks.used(crossing.timestamp)
        if not max(self.started, now - PUSH_DEADLINE) <= timestamp <= now + MAX_CLOCK_SKEW:
            return False
        is_new = self._reported.add(crossing, crossing.timestamp + PUSH_DEADLINE, now)
        # A door whose clock is ahead may repeat now what it reported before the start.
        return is_new and (crossing.timestamp <= now + SHORTEST_RESTART or now >= self.started + PUSH_DEADLINE)

    def _apply_totals(self, reading: Totals, now: float, tally: Tally) -> bool:
        self.roll(now)
        self.traffic_received_at = now
        if reading.since != self.day.start or reading.until < self._totals_timestamp:
            tally.older += 1  # requested before midnight, or before a newer poll
            return True
        known = self.crossed()
        if known is None and not self.presence:
            known = 0, 0  # nothing else tells whether those who crossed before the first poll did so long ago
        if known is not None and known != (reading.entries, reading.exits):
            # Somebody crossed without a push, at an unknown time before this poll.
            self.crossed_at = max(self.crossed_at, reading.until)
        self._totals = (reading.entries, reading.exits)
        if any(self._totals):
            self._day_with_crossings = self.day.start
        self._totals_timestamp = reading.until
        self._drop_polled_crossings()
        return True

    def _apply_estimate(self, reading: Estimate, now: float, tally: Tally) -> bool:
        self.roll(now)
        self.traffic_received_at = now
        if reading.since != self.day.start or reading.until < self._estimate_timestamp:
            tally.older += 1
            return True
        if self._estimate != 0 or now >= self._estimate_until or self._not_zero_at_midnight:
            self._estimate_zero_at = reading.until
        self._estimate = reading.people
        self._estimate_timestamp = reading.until
        self._estimate_until = now + VALIDITY
        self._estimate_absent = self._estimate_from_totals = self._not_zero_at_midnight = False
        self._drop_polled_crossings()
        return True

    def _apply_no_estimate(self, now: float, *, own: bool) -> bool:
        self.traffic_received_at = now
        self._estimate = None
        self._estimate_until = now + VALIDITY
        self._estimate_absent, self._estimate_from_totals = not own, own
        return True

    def _apply_no_count(self, reading: NoCount, now: float) -> bool:
        self.counts_received_at = now
        # A count that was pushed since then stays until it is too old; a polled count is withdrawn (rule 3).
        if self._count_polled or self._count_timestamp < reading.since:
            self._count = None
        return True

    def _apply_no_totals(self, reading: NoTotals, now: float) -> bool:
        """Conclude that nobody crossed today only if nothing contradicts it (rule 3)."""
        self.roll(now)
        self.traffic_received_at = now
        if self._day_with_crossings == self.day.start:
            self._totals = None
        elif not self._crossings and (reading.others or self._totals is not None):
            self._totals, self._totals_timestamp = (0, 0), reading.until
        return True

    def clock_moved(self, seconds: float, now: float) -> None:
        """Adjust to a clock that was corrected by `seconds` and now shows `now`.

        The age of what was received stays the same. No reading may lie in the future, or newer ones would be ignored.
        """
        self.started += seconds
        self.counts_received_at += seconds
        self.traffic_received_at += seconds
        self._count_received_at += seconds
        self._motion_received_at += seconds
        if self._crossing_pushed:
            self._crossing_pushed = min(self._crossing_pushed[0], now), self._crossing_pushed[1] + seconds
        self._count_until += seconds
        self._estimate_until += seconds
        self._count_timestamp = min(self._count_timestamp, now)
        self.motion_timestamp = min(self.motion_timestamp, now)
        self._totals_timestamp = min(self._totals_timestamp, now)
        self._estimate_timestamp = min(self._estimate_timestamp, now)
        self._clocks.clear()
        self._count_unconfirmed_since = self._crossings_unconfirmed = None

    # -- missed pushes --------------------------------------------------------------------------------------------

    def overdue(self, reading: Reading, now: float) -> float | None:
        """Return when a push matching this polled reading was due, or None. Call before applying the reading.

        A push that has not arrived may still be on its way. The difference is recorded, so that a later poll finds the
        push overdue although this one corrects the value.
        """
        match reading:
            case Count(since=float(since)):
                return self._overdue_count(reading, since, now)
            case Totals():
                return self._overdue_crossings(reading, now)
        return None

    def _overdue_count(self, reading: Count, since: float, now: float) -> float | None:
        known, timestamp = self.people(now), self._count_timestamp
        if (
            self._count_unconfirmed_since is None
            and known not in (None, reading.people)
            and reading.timestamp >= timestamp
        ):
            # The start of the first whole minute that is known to differ.
            self._count_unconfirmed_since = max(since, math.ceil(timestamp / MINUTE) * MINUTE)
        due = self._count_unconfirmed_since
        if due is None or now < due + MINUTE + PUSH_DEADLINE:
            return None
        self._count_unconfirmed_since = None
        return due

    def _overdue_crossings(self, reading: Totals, now: float) -> float | None:
        self.roll(now)
        due = None
        if self._crossings_unconfirmed is not None and now >= self._crossings_unconfirmed[1] + PUSH_DEADLINE:
            due, self._crossings_unconfirmed = self._crossings_unconfirmed[0], None
        if self._crossings_unconfirmed is None and self.told(reading, now) is False:
            self._crossings_unconfirmed = self._totals_timestamp, now
        return due

    def told(self, reading: Totals, now: float) -> bool | None:
        """Return whether pushes had told of all crossings in polled totals; None if they are those of the last poll."""
        self.roll(now)
        before = self._totals
        if before is None or reading.since != self.day.start or reading.until < self._totals_timestamp:
            return None
        if before == (reading.entries, reading.exits):
            return None
        entries, exits = self._crossings.between(self._totals_timestamp, reading.until)
        return reading.entries <= before[0] + entries and reading.exits <= before[1] + exits

    # -- the day --------------------------------------------------------------------------------------------------

    def roll(self, now: float) -> None:
        """Start a new day after midnight; by definition its totals and its estimate start at zero."""
        self.day.roll(now)
        start = self.day.start
        if self._polled_before(start):
            self._not_zero_at_midnight = self._calculated() != 0
        if self._totals is not None and self._totals_timestamp < start:
            self._totals, self._totals_timestamp = (0, 0), start
        if self._estimate is not None and self._estimate_timestamp < start:
            if self._calculated():
                self._estimate_zero_at = start
            self._estimate, self._estimate_timestamp = 0, start
        if self._crossings.oldest < start:
            self._drop_polled_crossings()

    def _polled_before(self, start: float) -> bool:
        if self._estimate is not None:
            return self._estimate_timestamp < start
        return self._totals is not None and self._totals_timestamp < start

    def _polled_until(self) -> float:
        """Return the timestamp up to which every polled number includes the crossings."""
        polled = self._totals_timestamp
        if self._estimate is not None:
            polled = min(polled, self._estimate_timestamp)
        elif self._estimate_absent:
            # The first estimate may be some minutes older than the totals.
            polled -= LIVE_RANGE
        return max(self.day.start, polled)

    def _drop_polled_crossings(self) -> None:
        """Drop the crossings that the polled numbers include; later repeats of them are older than the poll."""
        self._crossings.drop_before(self._polled_until())

    # -- values ---------------------------------------------------------------------------------------------------

    def counts_fresh(self, now: float) -> bool:
        """Return whether a poll answered for the space, or a push reached it, recently (rule 4)."""
        return now < self.counts_received_at + VALIDITY

    def traffic_fresh(self, now: float) -> bool:
        """Return whether a poll answered for its traffic, or a push of a crossing reached it, recently (rule 4)."""
        return now < self.traffic_received_at + VALIDITY

    def people(self, now: float) -> int | None:
        """Return the people counted by presence sensors (rule 3)."""
        return self._count if now < self._count_until else None

    @property
    def people_timestamp(self) -> float:
        """Return the time from which newer motion counts more than the people.

        A polled count is the median of a minute, and only the start of that minute is certain.
        """
        return self._count_timestamp - (THIRD if self._count_polled else 0.0)

    @property
    def count_renewed_at(self) -> float:
        """Return the time from which the count is valid: a poll renews it when it answers, a push when it is sensed."""
        return self._count_until - VALIDITY

    @property
    def estimate_renewed_at(self) -> float:
        """Return when a poll last renewed the estimate."""
        return self._estimate_until - VALIDITY

    def zero_since(self, now: float) -> float | None:
        """Return the time since which the people have been zero without a gap; None if they are not zero."""
        return self.people_zero_since if self.people(now) == 0 else None

    def crossed(self) -> tuple[int, int] | None:
        """Return the entries and exits today: the polled totals plus the crossings since (rule 8)."""
        if self._totals is None:
            return None
        entries, exits = self._crossings.since(self._totals_timestamp)
        return self._totals[0] + entries, self._totals[1] + exits

    def estimate(self, now: float) -> int | None:
        """Return entries minus exits: the polled estimate plus the crossings since, never below zero.

        Butlr has no estimate of a space before the first crossing of the day. If the totals are zero, so is the
        estimate (rule 8).
        """
        return self._calculated() if now < self._estimate_until else None

    def _calculated(self) -> int | None:
        if self._estimate is not None:
            entries, exits = self._crossings.since(self._estimate_timestamp)
            return max(self._estimate + entries - exits, 0)
        crossed = (
            self.crossed() if self._estimate_from_totals or (self._estimate_absent and self._totals == (0, 0)) else None
        )
        return None if crossed is None else max(crossed[0] - crossed[1], 0)

    @property
    def estimate_timestamp(self) -> float:
        """Return the timestamp of the newest crossing that the estimate includes, or of the poll that it is from."""
        polled = self._estimate_timestamp if self._estimate is not None else self._totals_timestamp
        return max(polled, self._crossings.newest)

    @property
    def was_reset(self) -> bool:
        """Return whether the estimate is only zero because it was midnight: whoever was counted may still be here."""
        return self._not_zero_at_midnight and self.crossed_at < self.day.start

    @property
    def estimate_zero_since(self) -> float:
        """Return the time since which a zero estimate has been zero: since midnight if it comes from totals alone."""
        return self._estimate_zero_at if self._estimate is not None else self.day.start

    def arrivals(self, now: float) -> list[Arrival]:
        """Return everything that is known now, with how it arrived."""
        found = []
        if (people := self.people(now)) is not None:
            found.append(
                Arrival("people", people, self._count_timestamp, self._count_received_at, polled=self._count_polled)
            )
        if self.traffic and (estimate := self.estimate(now)) is not None:
            polled_at = self._totals_timestamp if self._estimate is None else self._estimate_timestamp
            found.append(Arrival("estimate", estimate, polled_at, self.estimate_renewed_at, polled=True))
        if self._crossing_pushed:
            found.append(Arrival("crossing", None, *self._crossing_pushed, polled=False))
        if self.motion is not None:
            found.append(
                Arrival("motion", int(self.motion), self.motion_timestamp, self._motion_received_at, polled=False)
            )
        return found

    def ages(self, now: float) -> dict[str, float | None]:
        """Return the age of each known value, and of the last poll or push that reached the space, in seconds."""
        timestamps = {
            "count": self._count_timestamp if self.people(now) is not None else -math.inf,
            "motion": self.motion_timestamp,
            "totals": self._totals_timestamp if self._totals is not None else -math.inf,
            "estimate": self._estimate_timestamp if self._estimate is not None else -math.inf,
            "counts_received": self.counts_received_at if self.presence else -math.inf,
            "traffic_received": self.traffic_received_at if self.traffic else -math.inf,
        }
        return {name: now - timestamp if math.isfinite(timestamp) else None for name, timestamp in timestamps.items()}

    def deadline(self, now: float) -> float:
        """Return the next time at which a value changes by itself."""
        timestamps: tuple[float, ...] = (self.counts_received_at + VALIDITY, self._count_until)
        if self.traffic:
            timestamps += (self.traffic_received_at + VALIDITY, self._estimate_until, self.day.end)
        soonest = math.inf
        for timestamp in timestamps:
            if now < timestamp < soonest:
                soonest = timestamp
        return soonest
