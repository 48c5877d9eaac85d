"""Whether pushes can be relied on: every push and every poll is told here, and they are held against each other.

An event that arrives proves that Butlr reaches us. From then on the polls are the witnesses: what they find that should
have been pushed, and was not, is a miss. Misses put an event type in doubt, and with it the proof, until events of that
type arrive again and polls agree with them. Plain Python: the clock is handed in; moments are Unix seconds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
import math
from typing import Final

from ..api.events import EventType

# Of lively event types so small a share may be missing: networks lose something now and then, and the polls mend it.
TOLERATED_SHARE: Final = 0.05
# How long polls must agree before a type is trusted again; doubled each time that the trust did not last.
PATIENCE: Final = 180.0
LONGEST_PATIENCE: Final = 3600.0
# Trust that lasted so long was justified.
LASTING: Final = 3600.0
# When a doubt that does not go away is worth a person's attention, and how many misses it takes: one lost event in a
# house that then falls silent is no outage.
WORTH_TELLING: Final = 1800.0
MISSES_WORTH_TELLING: Final = 2


@dataclass(slots=True)
class _Record:
    """The pushes of one event type, since the last poll that missed none."""

    heard: int = 0
    heard_at: float = -math.inf
    missed: int = 0
    missed_at: float = -math.inf
    # Since when the longest overdue of them is.
    owed_since: float = math.inf
    doubted_at: float | None = None


class PushHealth:
    """Tells whether what is subscribed really arrives."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with nothing subscribed."""
        self._clock = clock
        self._patience = PATIENCE
        self._trusted_at = -math.inf
        self._misses = 0
        self.subscribe(())

    @property
    def subscribed(self) -> frozenset[EventType]:
        """The event types that Butlr is to push."""
        return frozenset(self._records)

    @property
    def proven(self) -> bool:
        """Whether pushes are known to arrive, and no poll speaks against it."""
        return self._heard and self._doubted_since is None

    @property
    def in_doubt(self) -> bool:
        """Whether polls found what should have been pushed."""
        return self._doubted_since is not None

    @property
    def worth_telling(self) -> bool:
        """Whether pushes have been missing for so long, and so often, that a person should know."""
        since = self._doubted_since
        return since is not None and self._misses >= MISSES_WORTH_TELLING and self._clock() >= since + WORTH_TELLING

    def tallies(self) -> dict[EventType, tuple[int, int, bool]]:
        """Return of each type how many came, how many were missed since a poll last agreed, and if it is in doubt."""
        return {
            kind: (record.heard, record.missed, record.doubted_at is not None) for kind, record in self._records.items()
        }

    def subscribe(self, types: Iterable[EventType]) -> None:
        """Begin anew: these types are pushed from now on, which nothing has proven yet."""
        self._records = {kind: _Record() for kind in types}
        self._subscribed_at = self._clock()
        self._heard = False
        self._doubted_since: float | None = None

    def heard(self, kind: EventType) -> None:
        """Take in that an authenticated event arrived."""
        if record := self._records.get(kind):
            self._heard = True
            record.heard += 1
            record.heard_at = self._clock()

    def missed(self, kind: EventType, since: float) -> None:
        """Take in that a poll told what should have been pushed since a moment."""
        record = self._records.get(kind)
        if record is None or since < self._subscribed_at:
            return
        record.missed += 1
        record.missed_at = self._clock()
        record.owed_since = min(record.owed_since, since)
        self._misses += self.in_doubt

    def polled(self, types: Iterable[EventType], begun: float) -> None:
        """Judge the types that a whole poll, begun at a moment, was about."""
        for kind in types:
            if record := self._records.get(kind):
                self._judge(record, begun)
        if self.in_doubt and all(record.doubted_at is None for record in self._records.values()):
            self._doubted_since = None
            self._trusted_at = self._clock()

    def clock_moved(self, seconds: float) -> None:
        """Follow the clock, which turned out to be so many seconds later than it was thought to be."""
        self._subscribed_at += seconds
        self._trusted_at += seconds
        if self._doubted_since is not None:
            self._doubted_since += seconds
        for record in self._records.values():
            record.heard_at += seconds
            record.missed_at += seconds
            record.owed_since += seconds
            if record.doubted_at is not None:
                record.doubted_at += seconds

    def _judge(self, record: _Record, begun: float) -> None:
        now = self._clock()
        if record.missed_at >= begun:
            if record.doubted_at is None and _speaks_against(record):
                self._doubt(record, now)
            return
        if record.doubted_at is not None:
            if record.heard_at <= record.doubted_at or now < record.missed_at + self._patience:
                return
            record.doubted_at = None
        record.missed = record.heard = 0
        record.owed_since = math.inf

    def _doubt(self, record: _Record, now: float) -> None:
        record.doubted_at = now
        if self.in_doubt:
            return
        self._doubted_since = now
        self._misses = sum(each.missed for each in self._records.values())
        hasty = now < self._trusted_at + LASTING
        self._patience = min(2 * self._patience, LONGEST_PATIENCE) if hasty else PATIENCE


def _speaks_against(record: _Record) -> bool:
    """Tell whether the misses are more than what gets lost now and then.

    Nothing of the type since the first miss is silence, and so is a share that grows over two polls or two spaces.
    """
    if record.heard_at < record.owed_since:
        return True
    return record.missed > 1 and record.missed > TOLERATED_SHARE * record.heard
