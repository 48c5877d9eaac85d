"""Butlr's clock: every timestamp from Butlr is by that clock, and the host's clock may be wrong.

The `Date` header of each answer bounds the difference between the two: it has whole seconds, and the answer took time
to arrive. Only a header that contradicts the current estimate changes it.
"""

from collections.abc import Callable
import time
from typing import Final, NamedTuple

from .listeners import Listeners
from .values import read_http_date

# Seconds; a smaller difference is ignored, and timestamps of both clocks are compared as they are.
CLOCK_TOLERANCE: Final = 5.0
# Seconds; once the host's clock is known to be wrong, the difference is tracked this closely.
CLOCK_SLACK: Final = 2.0
# Seconds; a Date header further off than 50 years is ignored.
MAX_CLOCK_ERROR: Final = 50 * 366 * 86400.0


class _Bounds(NamedTuple):
    """Bounds, in seconds, of how far Butlr's clock is ahead of the host's."""

    least: float
    most: float

    def contains(self, ahead: float, slack: float) -> bool:
        return self.least - slack <= ahead <= self.most + slack

    def overlaps(self, other: _Bounds) -> bool:
        return self.least <= other.most + CLOCK_SLACK and other.least <= self.most + CLOCK_SLACK


class ButlrClock:
    """Estimates the time at Butlr.

    A single Date header may be wrong, so a correction requires two that agree. If the host's clock is stepped (by a
    user or NTP), comparing it with the monotonic clock reveals the step, and the estimate of Butlr's time stays
    continuous.
    """

    def __init__(self) -> None:
        """Assume that the host's clock is right."""
        self._ahead = 0.0
        # Wall clock minus monotonic clock at the last check.
        self._clock_gap = _clock_gap()
        self._known = False
        self._contradiction: _Bounds | None = None
        # Whether the host's clock was stepped since the last answer; then one answer is enough for a correction.
        self._stepped = False
        self._listeners = Listeners[float]()

    @property
    def ahead(self) -> float:
        """Seconds by which Butlr's clock is ahead of the host's; 0 if the difference is below CLOCK_TOLERANCE."""
        self._notice_step()
        return self._ahead

    def now(self) -> float:
        """Return the time by Butlr's clock in Unix seconds."""
        return time.time() + self.ahead

    def listen(self, listener: Callable[[float], None]) -> Callable[[], None]:
        """Call `listener` with each correction of the estimate in seconds; return a function that unsubscribes."""
        return self._listeners.add(listener)

    def observe(self, date: str | None, took: float) -> None:
        """Process the Date header of an answer that just arrived, `took` seconds after the request was sent."""
        header_time, now = read_http_date(date), time.time()
        if header_time is None or abs(header_time - now) > MAX_CLOCK_ERROR:
            return
        self._notice_step()
        # Butlr wrote the header at some time since the request was sent, and cut off the fraction of a second.
        bounds = _Bounds(header_time - now, header_time + 1.0 - (now - took))
        if bounds.contains(self._ahead, CLOCK_SLACK if self._ahead else CLOCK_TOLERANCE):
            self._known, self._stepped, self._contradiction = True, False, None
            return
        previous, self._contradiction = self._contradiction, bounds
        if self._stepped:
            self._correct(bounds)
        elif previous is not None and bounds.overlaps(previous):
            self._correct(_Bounds(max(bounds.least, previous.least), min(bounds.most, previous.most)))

    def _correct(self, bounds: _Bounds) -> None:
        self._known, self._stepped, self._contradiction = True, False, None
        before = self._ahead
        self._ahead = _significant((bounds.least + bounds.most) / 2)
        self._listeners.notify(self._ahead - before)

    def _notice_step(self) -> None:
        gap = _clock_gap()
        step, self._clock_gap = gap - self._clock_gap, gap
        if abs(step) < CLOCK_TOLERANCE:
            # A drift that accumulates slowly is not a step; the next answers reveal it.
            return
        if self._known and abs(step) < MAX_CLOCK_ERROR:
            self._ahead = _significant(self._ahead - step)
            self._stepped = True


def _clock_gap() -> float:
    return time.time() - time.monotonic()


def _significant(ahead: float) -> float:
    return ahead if abs(ahead) >= CLOCK_TOLERANCE else 0.0
