"""What was answered, and so what an empty answer means.

Over its processing limit the reporting API answers 200 with no data, which looks like silence. Whether the limit counts
items, hours, items times hours or rows is not documented. Whatever it counts, a question that is no larger in any
respect than one that was answered is below it.
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

# As many rows as come of what is certain to be answered: four items by the hour for a day.
CERTAIN_ROWS: Final = 100
# So many items may be looked at for a day without asking for too much.
PROBE_BATCH_SIZE: Final = 4
# For so long nobody is looked at again who was silent, in seconds.
PROBE_INTERVAL: Final = 1800.0

type _Subject = tuple[Measurement, Asset]


class _KnownBucket(NamedTuple):
    """Of whom something is known, and from when to when."""

    id: str
    start: float
    stop: float


class KnownData:
    """Remembers, for all who ask a cloud, of whom it told something lately."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin with nobody; `clock` tells Unix seconds."""
        self._clock = clock
        self._known: dict[_Subject, _KnownBucket] = {}
        self._probed: dict[tuple[_Subject, str], float] = {}

    def note(self, part: Question, rows: list[Row]) -> None:
        """Take in an answer that has rows."""
        # Of zeros that stand for silence nothing follows.
        heard = next((row for row in rows if row.value or not part.zeros_for_silence), None)
        if heard is None:
            return
        start, stop = max(heard.timestamp, part.start), min(heard.timestamp + BUCKETS[part.every], part.stop)
        known = self._known.get(_subject(part))
        if start < stop and (known is None or stop >= known.stop):
            self._known[_subject(part)] = _KnownBucket(heard.space_id, start, stop)

    def control(self, part: Question) -> Question | None:
        """Return a question as large as another that must be answered with rows; None if none is known to be."""
        if (speaker := self._known.get(_subject(part))) is None:
            return None
        ids = part.ids if speaker.id in part.ids else (*part.ids[:-1], speaker.id)
        start, stop = part.start, part.stop
        if not start <= speaker.start < speaker.stop <= stop:
            # As long a range, up to the end of the bucket in which something is known, as far as that has come.
            zone = zone_named(part.time_zone)
            end = bucket_start(speaker.stop - 1, part.every, zone) + BUCKETS[part.every]
            stop = max(speaker.stop, min(end, self._clock()))
            start = bucket_start(stop - part.seconds, part.every, zone)
        return replace(part, ids=ids, start=start, stop=stop)

    def probes(self, part: Question) -> list[Question]:
        """Return questions about the last day whose answers may tell of somebody; each id is looked at now and then."""
        subject, now = _subject(part), self._clock()
        every = part.every if BUCKETS[part.every] <= HOUR else "1h"
        stop = bucket_start(now, every, zone_named(part.time_zone))
        unknown = [one for one in part.ids if self._probed.get((subject, one), -math.inf) <= now - PROBE_INTERVAL]
        self._probed.update({(subject, one): now for one in unknown})
        day = replace(part, start=stop - DAY, stop=stop, every=every, hours=None)
        return [day.about(some) for some in batched(unknown, PROBE_BATCH_SIZE, strict=False)]


class _Size(NamedTuple):
    """How large a question is; the finer its buckets of so many seconds, the larger."""

    bucket: float
    ids: int
    seconds: float

    def covers(self, other: _Size) -> bool:
        """Tell whether another question is no larger in any respect."""
        return self.bucket <= other.bucket and self.ids >= other.ids and self.seconds >= other.seconds


@dataclass(slots=True)
class _SubjectSizes:
    """What is known of the answers about one measurement."""

    # Of the questions that were answered with rows those that none of the others covers.
    sizes: list[_Size] = field(default_factory=list)
    # Of those that were not, though they should have been, those that cover none of the others.
    refused: list[_Size] = field(default_factory=list)
    # The most rows that came at once; and of one bucket of one id: traffic has one for each sensor and direction.
    rows: int = CERTAIN_ROWS
    density: int = 1


class AnsweredSizes:
    """Remembers which questions were answered with rows, for as long as one question is asked in parts.

    Limits may come down, so that nothing is believed for longer.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._known: dict[_Subject, _SubjectSizes] = {}

    def begin(self, question: Question) -> None:
        """Forget how large parts were answered; how many rows a bucket may have is kept."""
        self._known[_subject(question)] = _SubjectSizes(density=self._of(question).density)

    def note(self, part: Question, rows: list[Row]) -> None:
        """Take in an answer that has rows."""
        known, size = self._of(part), _size(part)
        known.refused = [one for one in known.refused if not size.covers(one)]
        if not any(one.covers(size) for one in known.sizes):
            known.sizes = [*(one for one in known.sizes if not size.covers(one)), size]
        known.rows = max(known.rows, len(rows))
        if part.measurement is Measurement.TRAFFIC or part.asset.has_parts:
            buckets = Counter((row.space_id, row.timestamp) for row in rows)
            known.density = max(known.density, *buckets.values())

    def refuse(self, part: Question) -> None:
        """Take in that an answer has no rows that must have some."""
        known, size = self._of(part), _size(part)
        known.refused = [*(one for one in known.refused if not one.covers(size)), size]

    def refuses(self, part: Question) -> bool:
        """Tell whether a question that is no larger in any respect was too large."""
        return any(_size(part).covers(one) for one in self._of(part).refused)

    def covers(self, part: Question) -> bool:
        """Tell whether a question with as many ids, as long a range and as fine buckets was answered."""
        return any(one.covers(_size(part)) for one in self._of(part).sizes)

    def allows_rows(self, part: Question) -> bool:
        """Tell whether as many rows came at once as the answer to a question may have."""
        known = self._of(part)
        return len(part.ids) * part.buckets * known.density <= known.rows

    def _of(self, part: Question) -> _SubjectSizes:
        return self._known.setdefault(_subject(part), _SubjectSizes())


def coarser_question(part: Question) -> Question | None:
    """Return a question whose answer has rows if that to another has, but fewer of them; None if there is none."""
    return replace(part, every="1d") if BUCKETS[part.every] < DAY and part.seconds > BUCKETS[part.every] else None


def _subject(part: Question) -> _Subject:
    return part.measurement, part.asset


def _size(part: Question) -> _Size:
    return _Size(BUCKETS[part.every], len(part.ids), part.seconds)
