"""The time at Butlr: every moment that Butlr tells is one of its own clock, and the host's may be wrong.

How far the two are apart is known from the `Date` of the answers: whole seconds, and the way of an answer takes time.
So each answer bounds the difference, and only what contradicts the difference known so far changes it.
"""

from collections.abc import Callable
import time
from typing import Final, NamedTuple

from .values import read_http_date

# What is less is no wrong clock, in seconds: moments of both clocks can be compared as they are.
CLOCK_TOLERANCE: Final = 5.0
# Once the host's clock is known to be wrong, it is known better than that.
CLOCK_SLACK: Final = 2.0
# No clock is wrong by half a century: a Date that says so is nonsense however often it is told.
MAX_CLOCK_ERROR: Final = 50 * 366 * 86400.0


class _Bounds(NamedTuple):
    """The least and the most that Butlr's clock is ahead of the host's."""

    least: float
    most: float

    def contain(self, ahead: float, slack: float) -> bool:
        return self.least - slack <= ahead <= self.most + slack

    def meet(self, other: _Bounds) -> bool:
        return self.least <= other.most + CLOCK_SLACK and other.least <= self.most + CLOCK_SLACK


class ButlrClock:
    """Tells the time at Butlr.

    One answer may bear a nonsense; it takes two that agree. A step of the host's clock (somebody sets it, or NTP does)
    is noticed by the clock that never steps: the time at Butlr goes on as it did.
    """

    def __init__(self) -> None:
        """Believe the host until answers tell better."""
        self._ahead = 0.0
        # The wall clock's lead over the steady one, the last time that somebody looked.
        self._lead = _lead()
        self._known = False
        self._doubted: _Bounds | None = None
        # Whether the host's clock was set since the last answer: then one answer is enough to know better.
        self._stepped = False
        self._listeners: list[Callable[[float], None]] = []

    @property
    def ahead(self) -> float:
        """By how many seconds Butlr's clock is ahead of the host's; 0 where that is no more than can be measured."""
        self._notice_step()
        return self._ahead

    def now(self) -> float:
        """Return the time at Butlr, in Unix seconds."""
        return time.time() + self.ahead

    def listen(self, listener: Callable[[float], None]) -> Callable[[], None]:
        """Call `listener` with the seconds by which the time at Butlr turned out to be later; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def heard(self, date: str | None, took: float) -> None:
        """Take in the Date of an answer that came just now, `took` seconds after it was asked for."""
        told, now = read_http_date(date), time.time()
        if told is None or abs(told - now) > MAX_CLOCK_ERROR:
            return
        self._notice_step()
        # Whole seconds: it was up to one later at Butlr when it wrote the answer, at some moment since the question.
        bounds = _Bounds(told - now, told + 1.0 - (now - took))
        if bounds.contain(self._ahead, CLOCK_SLACK if self._ahead else CLOCK_TOLERANCE):
            self._known, self._stepped, self._doubted = True, False, None
            return
        doubted, self._doubted = self._doubted, bounds
        if self._stepped:
            self._correct(bounds)
        elif doubted is not None and bounds.meet(doubted):
            self._correct(_Bounds(max(bounds.least, doubted.least), min(bounds.most, doubted.most)))

    def _correct(self, bounds: _Bounds) -> None:
        self._known, self._stepped, self._doubted = True, False, None
        before = self._ahead
        self._ahead = _significant((bounds.least + bounds.most) / 2)
        for listener in tuple(self._listeners):
            listener(self._ahead - before)

    def _notice_step(self) -> None:
        lead = _lead()
        step, self._lead = lead - self._lead, lead
        if abs(step) < CLOCK_TOLERANCE:
            # What adds up bit by bit is no step but two clocks that do not run alike; the next answers tell.
            return
        if self._known and abs(step) < MAX_CLOCK_ERROR:
            self._ahead = _significant(self._ahead - step)
            self._stepped = True


def _lead() -> float:
    return time.time() - time.monotonic()


def _significant(ahead: float) -> float:
    return ahead if abs(ahead) >= CLOCK_TOLERANCE else 0.0
