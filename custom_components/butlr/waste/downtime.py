"""Find when Home Assistant was off, or may have been, from the states in the recorder.

No public function of the recorder returns when Home Assistant ran, and the last state before a downtime looks as if it
had lasted until the first one after it. But a start shows: entities write the state that they already had as a new one,
and nearly all of them do. Before that, somewhere within minutes, is the longest time in which no entity of Home
Assistant wrote a state. From its beginning until the last entity has come back, nothing is known.

History imports look for whole hours without states (`history/downtime.py`); here, minutes matter.
"""

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import Final

from ..history.downtime import MAX_STARTUP
from .spans import Span

# Share of the entities that write a state after a start. The others may have been removed or renamed meanwhile.
MIN_RETURNED: Final = 0.5
# The first period in which to look for a state, in seconds; each further one is longer by this factor.
FIRST_PERIOD: Final = 15 * 60.0
GROWTH: Final = 4

# Returns the timestamps of all states that any entity wrote in a period (start, end).
type ReadSigns = Callable[[float, float], Awaitable[Iterable[float]]]


async def find_downtimes(
    repeated: Iterable[float], written: Collection[Sequence[float]], start: float, read: ReadSigns
) -> list[Span]:
    """Return when Home Assistant was off or starting.

    `written` are the timestamps, the oldest first, of all states that each of many entities wrote; `repeated` are those
    at which it already had that state. Nothing before `start` is looked at: a downtime that began earlier begins there.
    """
    downtimes: list[Span] = []
    for first, last in _starts(sorted(repeated)):
        signs = sorted({one for one in await read(first - MAX_STARTUP, first) if one > start})
        before = await _last_sign(start, first - MAX_STARTUP, read)
        silences = pairwise([start if before is None else before, *signs, first])
        silence, _ = max(silences, key=lambda silence: silence[1] - silence[0])
        known = [timestamps for timestamps in written if timestamps[0] <= silence]
        until = last + MAX_STARTUP
        returned = sum(bisect_right(timestamps, silence) < bisect_right(timestamps, until) for timestamps in known)
        if returned >= MIN_RETURNED * len(known):
            downtimes.append((silence, last))
    return downtimes


async def first_sign(after: float, end: float, read: ReadSigns) -> float:
    """Return the timestamp of the first state that any entity wrote after some time; `end` if there is none."""
    period = FIRST_PERIOD
    while after < end:
        until = min(after + period, end)
        if signs := list(await read(after, until)):
            return min(signs)
        after, period = until, period * GROWTH
    return end


async def _last_sign(start: float, before: float, read: ReadSigns) -> float | None:
    """Return the timestamp of the last state that any entity wrote before some time, but not before `start`."""
    period = FIRST_PERIOD
    while before > start:
        since = max(before - period, start)
        if signs := list(await read(since, before)):
            return max(signs)
        before, period = since, period * GROWTH
    return None


def _starts(repeated: Sequence[float]) -> list[Span]:
    """Return when the first and the last entity came back, start by start."""
    starts: list[Span] = []
    for timestamp in repeated:
        if starts and timestamp - starts[-1][0] <= MAX_STARTUP:
            starts[-1] = starts[-1][0], timestamp
        else:
            starts.append((timestamp, timestamp))
    return starts
