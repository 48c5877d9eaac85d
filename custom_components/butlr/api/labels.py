"""What the time of a row names: the start of its bucket, or the end.

Recordings of production prove that rows of `traffic` carry the end and calibrated estimates the start; of what presence
sensors count it is not known. An answer gives it away: in a range that begins and ends with whole buckets, only starts
equal the range's start, and only ends its stop.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from .buckets import BUCKETS, DAY, HOUR, bucket_start, midnight, zone_named
from .findings import Findings
from .questions import ESTIMATE_MEASUREMENTS, PEOPLE_MEASUREMENTS, Measurement, Question


class Label(StrEnum):
    """Which end of its bucket a row is named by."""

    START = "start"
    END = "end"


# What recordings of production prove. A cloud may be found to do otherwise.
PROVEN_LABELS: Final = {
    Measurement.TRAFFIC: Label.END,
    **dict.fromkeys(ESTIMATE_MEASUREMENTS.values(), Label.START),
}
_COUNTS: Final = frozenset(PEOPLE_MEASUREMENTS.values())


def label_of(measurement: Measurement, findings: Findings) -> Label | None:
    """Return what the rows of a measurement are named by: as found, as proven, or as is found of its like.

    Counts of rooms, floors, zones and tags come from one service. None is not known.
    """
    if found := findings.get(f"label.{measurement}"):
        return Label(found)
    if measurement in PROVEN_LABELS:
        return PROVEN_LABELS[measurement]
    if measurement in _COUNTS:
        alike = {label for other in _COUNTS if (label := findings.get(f"label.{other}"))}
        return Label(alike.pop()) if len(alike) == 1 else None
    return None


def find_label(question: Question, timestamps: Iterable[float]) -> Label | None:
    """Return what an answer shows its rows to be named by, from their times (Unix seconds); None where it does not.

    The last bucket of a range that ends within it may be named by the range's end or by its own.
    """
    zone, every = zone_named(question.time_zone), question.every
    if _has_uncertain_buckets(question):
        return None
    first, last = bucket_start(question.start, every, zone), bucket_start(question.stop - 1, every, zone)
    end = midnight(last, zone, 1) if BUCKETS[every] == DAY else last + BUCKETS[every]
    named = set(timestamps)
    starts = bool(named & {question.start, first})
    ends = bool(named & {question.stop, end})
    if starts == ends:
        return None
    return Label.START if starts else Label.END


def bucket_named(question: Question, timestamp: float, label: Label) -> float:
    """Return the beginning of the bucket that a time names."""
    within = timestamp - 1 if label is Label.END else timestamp
    return bucket_start(within, question.every, zone_named(question.time_zone))


def _has_uncertain_buckets(question: Question) -> bool:
    """Tell whether the range touches a day on which it is not known where its buckets lie."""
    if not HOUR < BUCKETS[question.every] < DAY:
        return False
    zone = zone_named(question.time_zone)
    return any(
        midnight(timestamp, zone, 1) - midnight(timestamp, zone) != DAY
        for timestamp in (question.start, question.stop - 1)
    )
