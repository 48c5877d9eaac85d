"""Find when Home Assistant was off, or may have been, from the states in the recorder.

No public function of the recorder returns when Home Assistant ran, and the last state before a downtime looks as if it
had lasted until the first one after it. But a start shows: nearly all entities write a state within minutes. Some write
the state that they already had as a new one. If the integrations cannot reach their devices yet, the entities are
unavailable first. And after a long silence, whatever most of them write at once shows a start. Before that, somewhere
within minutes, is the longest time in which no entity of Home Assistant wrote a state. From its beginning until the
last entity has come back, nothing is known.

A silence after which only a few entities write was none of these: a quiet night does not look like a downtime. Nor does
an outage of Butlr, as the lights and other devices go on.

History imports look for whole hours without states (`history/downtime.py`); here, minutes matter.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import Final

from ..history.downtime import MAX_STARTUP
from ..live.evidence import VALIDITY
from .spans import Span

# Share of the entities that write a state after a start. The others may have been removed or renamed meanwhile.
MIN_RETURNED: Final = 0.5
# After a silence of this length, in seconds, it does not matter which states are written: readings are no longer valid.
MIN_SILENCE: Final = VALIDITY
# The first period in which to look for a state, in seconds; each further one is longer by this factor.
FIRST_PERIOD: Final = 15 * 60.0
GROWTH: Final = 4

# Returns the timestamps of all states that any entity wrote in a period (start, end).
type ReadSigns = Callable[[float, float], Awaitable[Iterable[float]]]


async def find_downtimes(
    repeated: Iterable[float],
    lost: Iterable[float],
    groups: Collection[Collection[Sequence[float]]],
    start: float,
    read: ReadSigns,
) -> list[Span]:
    """Return when Home Assistant was off or starting.

    `groups` are the timestamps, the oldest first, of all states that each of many entities wrote. Entities that may
    fail together, without a downtime, are a group. `repeated` are the timestamps at which an entity already had the
    state, and `lost` those at which it became unknown or unavailable. Nothing before `start` is looked at: a downtime
    that began earlier begins there.
    """
    downtimes: list[Span] = []
    written = [timestamps for group in groups for timestamps in group]
    others = {one for one in {*lost, *_ends_of_silences(written)} if all(_most_write(group, one) for group in groups)}
    for first, last in _starts(set(repeated), others):
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


def _ends_of_silences(written: Iterable[Sequence[float]]) -> list[float]:
    """Return when entities wrote the first state after a long time in which none of them did."""
    timestamps = sorted({timestamp for one in written for timestamp in one})
    return [until for since, until in pairwise(timestamps) if until - since > MIN_SILENCE]


def _most_write(written: Iterable[Sequence[float]], first: float) -> bool:
    """Return whether most of the entities that had a state before some time wrote one within minutes of it."""
    known = [timestamps for timestamps in written if timestamps[0] < first]
    returned = sum(bisect_left(one, first) < bisect_right(one, first + MAX_STARTUP) for one in known)
    return returned >= MIN_RETURNED * max(len(known), 1)


def _starts(repeated: Collection[float], others: Iterable[float]) -> list[Span]:
    """Return when the first entity came back and the last one repeated its state, start by start."""
    starts: list[Span] = []
    for timestamp in sorted({*repeated, *others}):
        if not starts or timestamp - starts[-1][0] > MAX_STARTUP:
            starts.append((timestamp, timestamp))
        elif timestamp in repeated:
            starts[-1] = starts[-1][0], timestamp
    return starts
