"""Decide what an empty answer means, from the requests that were answered before.

Above its processing limit, the reporting API answers 200 without data, which looks like missing data. It is not
documented whether the limit counts items, hours, items times hours, or rows. In all cases, a request that is no larger
in any respect than an answered one is below the limit.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import batched
import math
from typing import Final, NamedTuple

from .answers import Row
from .buckets import BUCKETS, DAY, HOUR, bucket_start, zone_named
from .questions import Asset, Measurement, Question

# A number of rows that is certainly below the limit: four items for a day by the hour.
CERTAIN_ROWS: Final = 100
# How many items can be requested for a day without exceeding the limit.
PROBE_BATCH_SIZE: Final = 4
# Seconds before an id without data is probed again.
PROBE_INTERVAL: Final = 1800.0

type _Subject = tuple[Measurement, Asset]


class _KnownBucket(NamedTuple):
    """An id with data, and the bucket (Unix seconds) that has it."""

    id: str
    start: float
    stop: float


class KnownData:
    """Remembers an id with recent data for each measurement; shared by everything that uses a client."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without known data; `clock` returns Unix seconds."""
        self._clock = clock
        self._known: dict[_Subject, _KnownBucket] = {}
        self._probed: dict[tuple[_Subject, str], float] = {}

    def note(self, part: Question, rows: list[Row]) -> None:
        """Store an id with data from an answer."""
        # Zeros may replace missing data, so they do not show that there is data.
        row = next((one for one in rows if one.value or not part.zeros_for_silence), None)
        if row is None:
            return
        start, stop = max(row.timestamp, part.start), min(row.timestamp + BUCKETS[part.every], part.stop)
        known = self._known.get(_subject(part))
        if start < stop and (known is None or stop >= known.stop):
            self._known[_subject(part)] = _KnownBucket(row.space_id, start, stop)

    def control(self, part: Question) -> Question | None:
        """Return a request of the same size that must have rows in its answer; None if no data is known."""
        if (known := self._known.get(_subject(part))) is None:
            return None
        ids = part.ids if known.id in part.ids else (*part.ids[:-1], known.id)
        start, stop = part.start, part.stop
        if not start <= known.start < known.stop <= stop:
            # The same length, up to the end of the bucket with data, but not into the future.
            zone = zone_named(part.time_zone)
            end = bucket_start(known.stop - 1, part.every, zone) + BUCKETS[part.every]
            stop = max(known.stop, min(end, self._clock()))
            start = bucket_start(stop - part.seconds, part.every, zone)
        return replace(part, ids=ids, start=start, stop=stop)

    def probes(self, part: Question) -> list[Question]:
        """Return requests about the last day that may find an id with data; an id is probed once per PROBE_INTERVAL."""
        subject, now = _subject(part), self._clock()
        every = part.every if BUCKETS[part.every] <= HOUR else "1h"
        stop = bucket_start(now, every, zone_named(part.time_zone))
        unknown = [one for one in part.ids if self._probed.get((subject, one), -math.inf) <= now - PROBE_INTERVAL]
        self._probed.update({(subject, one): now for one in unknown})
        day = replace(part, start=stop - DAY, stop=stop, every=every, hours=None)
        return [day.about(ids) for ids in batched(unknown, PROBE_BATCH_SIZE, strict=False)]


# UNVERIFIED: whether the processing limit counts items, hours, items times hours, or rows
class _Size(NamedTuple):
    """How large a request is; smaller buckets (seconds) make it larger."""

    bucket: float
    ids: int
    seconds: float

    def covers(self, other: _Size) -> bool:
        """Return whether another size is no larger in any respect."""
        return self.bucket <= other.bucket and self.ids >= other.ids and self.seconds >= other.seconds


@dataclass(slots=True)
class _SubjectSizes:
    """What is known about answers for one measurement."""

    # The largest sizes that were answered with rows.
    sizes: list[_Size] = field(default_factory=list)
    # The smallest sizes that were answered without rows although there was data.
    refused: list[_Size] = field(default_factory=list)
    # The most rows in one answer, and per bucket and id: traffic has one for each sensor and direction.
    rows: int = CERTAIN_ROWS
    density: int = 1


class AnsweredSizes:
    """Remembers which sizes were answered with rows, while one question is asked in parts.

    Limits may change, so this is not kept any longer.
    """

    def __init__(self) -> None:
        """Start without sizes."""
        self._known: dict[_Subject, _SubjectSizes] = {}

    def begin(self, question: Question) -> None:
        """Forget the sizes of answers; the number of rows per bucket is kept."""
        self._known[_subject(question)] = _SubjectSizes(density=self._sizes_of(question).density)

    def note(self, part: Question, rows: list[Row]) -> None:
        """Store the size of an answer with rows."""
        known, size = self._sizes_of(part), _size(part)
        known.refused = [one for one in known.refused if not size.covers(one)]
        if not any(one.covers(size) for one in known.sizes):
            known.sizes = [*(one for one in known.sizes if not size.covers(one)), size]
        known.rows = max(known.rows, len(rows))
        if part.measurement is Measurement.TRAFFIC or part.asset.has_parts:
            buckets = Counter((row.space_id, row.timestamp) for row in rows)
            known.density = max(known.density, *buckets.values())

    def refuse(self, part: Question) -> None:
        """Store the size of an answer that must have had rows but was empty."""
        known, size = self._sizes_of(part), _size(part)
        known.refused = [*(one for one in known.refused if not one.covers(size)), size]

    def refuses(self, part: Question) -> bool:
        """Return whether a request that was no larger in any respect was too large."""
        return any(_size(part).covers(one) for one in self._sizes_of(part).refused)

    def covers(self, part: Question) -> bool:
        """Return whether a request at least as large in ids, range and bucket resolution was answered."""
        return any(one.covers(_size(part)) for one in self._sizes_of(part).sizes)

    def allows_rows(self, part: Question) -> bool:
        """Return whether one answer had as many rows as the answer to a question may have."""
        known = self._sizes_of(part)
        return len(part.ids) * part.buckets * known.density <= known.rows

    def _sizes_of(self, part: Question) -> _SubjectSizes:
        return self._known.setdefault(_subject(part), _SubjectSizes())


def coarser_question(part: Question) -> Question | None:
    """Return a question with fewer rows that is answered with rows whenever the original is; None if there is none."""
    return replace(part, every="1d") if BUCKETS[part.every] < DAY and part.seconds > BUCKETS[part.every] else None


def _subject(part: Question) -> _Subject:
    return part.measurement, part.asset


def _size(part: Question) -> _Size:
    return _Size(BUCKETS[part.every], len(part.ids), part.seconds)
