"""Cross-check pushes against polls to decide whether push delivery works.

The first event after subscribing verifies that Butlr reaches us. From then on every poll checks the pushes: a value
that a poll finds and that no push reported is a missed push. Missed pushes make an event type suspect, and push
delivery with it, until events of that type arrive again and polls agree with them. Plain Python: the clock is passed
in, and timestamps are Unix seconds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
import math
from typing import Final

from ..api.events import EventType
from .evidence import PUSH_DEADLINE

# The share of a busy event type's pushes that may be lost without making it suspect; the polls correct what was lost.
LOSS_TOLERANCE: Final = 0.05
# How long polls must agree with pushes before a suspect type counts as working again, in seconds. The back-off
# doubles each time that pushes soon become suspect again.
MIN_BACKOFF: Final = 180.0
MAX_BACKOFF: Final = 3600.0
# After this long without suspicion the back-off starts at its minimum again, in seconds.
BACKOFF_RESET_AFTER: Final = 3600.0
# How long pushes must have been suspect before the user is notified, in seconds, and how many must have been missed:
# one lost event in a building that is then empty is no outage.
NOTIFY_AFTER: Final = 1800.0
MIN_MISSED_TO_NOTIFY: Final = 2


@dataclass(slots=True)
class _TypeHealth:
    """The pushes of one event type since the last poll that found no missed ones."""

    received: int = 0
    received_at: float = -math.inf
    missed: int = 0
    missed_at: float = -math.inf
    # When the earliest of the missed pushes was due.
    due_since: float = math.inf
    suspect_since: float | None = None
    # Whether a poll has shown what there was after subscribing, so that every later change should be pushed.
    compared: bool = False


class PushHealth:
    """Decides whether the subscribed event types really arrive."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without any subscribed event type."""
        self._clock = clock
        self._backoff = MIN_BACKOFF
        self._cleared_at = -math.inf
        self._missed = 0
        self.subscribe(())

    @property
    def subscribed(self) -> frozenset[EventType]:
        """The event types that Butlr is asked to push."""
        return frozenset(self._types)

    @property
    def verified(self) -> bool:
        """Whether pushes are known to arrive and none is suspect."""
        return self._received and self._suspect_since is None

    @property
    def suspect(self) -> bool:
        """Whether polls found values that should have been pushed."""
        return self._suspect_since is not None

    @property
    def silent(self) -> bool:
        """Whether pushes were missed and none has ever arrived: Butlr may not reach us at all."""
        return self.suspect and not self._received

    @property
    def should_notify(self) -> bool:
        """Whether pushes have been suspect for so long, and missed so often, that the user should know."""
        since = self._suspect_since
        return since is not None and self._missed >= MIN_MISSED_TO_NOTIFY and self._clock() >= since + NOTIFY_AFTER

    def by_type(self) -> dict[EventType, tuple[int, int, bool]]:
        """Return the received and missed pushes of each type since a poll last agreed, and whether it is suspect."""
        return {
            event_type: (health.received, health.missed, health.suspect_since is not None)
            for event_type, health in self._types.items()
        }

    def subscribe(self, types: Iterable[EventType]) -> None:
        """Start over: pushes of these types are expected from now on, and not verified yet."""
        self._types = {event_type: _TypeHealth() for event_type in types}
        self._subscribed_at = self._clock()
        self._received = False
        self._suspect_since: float | None = None

    def record_push(self, event_type: EventType) -> None:
        """Record that an authenticated event arrived."""
        if health := self._types.get(event_type):
            self._received = True
            health.received += 1
            health.received_at = self._clock()

    def record_missed(self, event_type: EventType, due: float) -> None:
        """Record that a poll found a value for which a push had been due since a timestamp."""
        health = self._types.get(event_type)
        if health is None or due < self._subscribed_at:
            return
        health.missed += 1
        health.missed_at = self._clock()
        health.due_since = min(health.due_since, due)
        self._missed += self.suspect

    def record_poll(self, types: Iterable[EventType], start: float) -> None:
        """Judge the event types that a complete poll covered, given when the poll started."""
        for event_type in types:
            if health := self._types.get(event_type):
                self._judge(health, start)
                health.compared |= start >= self._subscribed_at + PUSH_DEADLINE
        if self.suspect and all(health.suspect_since is None for health in self._types.values()):
            self._suspect_since = None
            self._cleared_at = self._clock()

    def expects(self, event_type: EventType) -> bool:
        """Return whether every change that a poll finds should have been pushed."""
        health = self._types.get(event_type)
        return health is not None and health.compared

    def clock_moved(self, seconds: float) -> None:
        """Shift all timestamps: the clock turned out to be this many seconds later than assumed."""
        self._subscribed_at += seconds
        self._cleared_at += seconds
        if self._suspect_since is not None:
            self._suspect_since += seconds
        for health in self._types.values():
            health.received_at += seconds
            health.missed_at += seconds
            health.due_since += seconds
            if health.suspect_since is not None:
                health.suspect_since += seconds

    def _judge(self, health: _TypeHealth, start: float) -> None:
        now = self._clock()
        if health.missed_at >= start:
            if health.suspect_since is None and _exceeds_loss_tolerance(health):
                self._suspect(health, now)
            return
        if health.suspect_since is not None:
            if health.received_at <= health.suspect_since or now < health.missed_at + self._backoff:
                return
            health.suspect_since = None
        health.missed = health.received = 0
        health.due_since = math.inf

    def _suspect(self, health: _TypeHealth, now: float) -> None:
        health.suspect_since = now
        if self.suspect:
            return
        self._suspect_since = now
        self._missed = sum(each.missed for each in self._types.values())
        too_soon = now < self._cleared_at + BACKOFF_RESET_AFTER
        self._backoff = min(2 * self._backoff, MAX_BACKOFF) if too_soon else MIN_BACKOFF


def _exceeds_loss_tolerance(health: _TypeHealth) -> bool:
    """Return whether more pushes were missed than are occasionally lost.

    That is so if no event of the type arrived since the first missed one was due, or if several were missed and their
    share is too large.
    """
    if health.received_at < health.due_since:
        return True
    return health.missed > 1 and health.missed > LOSS_TOLERANCE * health.received
