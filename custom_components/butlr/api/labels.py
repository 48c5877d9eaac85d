"""Find out whether the time of a row is the start or the end of its bucket.

Recordings from production prove that rows of `traffic` carry the end and calibrated estimates the start; for people
counts it is unknown. Answers reveal it: in a range of whole buckets, only starts can equal the start of the range, and
only ends its end.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from .buckets import BUCKETS, DAY, HOUR, bucket_start, midnight, zone_named
from .findings import Findings
from .questions import ESTIMATE_MEASUREMENTS, PEOPLE_MEASUREMENTS, Measurement, Question


class Label(StrEnum):
    """Which end of its bucket the time of a row is."""

    START = "start"
    END = "end"


# From recordings of production; findings override it.
PROVEN_LABELS: Final = {
    Measurement.TRAFFIC: Label.END,
    **dict.fromkeys(ESTIMATE_MEASUREMENTS.values(), Label.START),
}
# UNVERIFIED: whether the time of a row of people counts is the start or the end of its bucket
_COUNTS: Final = frozenset(PEOPLE_MEASUREMENTS.values())


def label_of(measurement: Measurement, findings: Findings) -> Label | None:
    """Return the label of a measurement: as found, as recorded in production, or as found for a similar measurement.

    Counts of rooms, floors, zones and tags come from one service. Return None if the label is unknown.
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
    """Return the label that the times of an answer (Unix seconds) reveal, or None.

    The last bucket of a range that ends inside it may carry the end of the range or its own end.
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
    """Return the start of the bucket that the time of a row belongs to."""
    within = timestamp - 1 if label is Label.END else timestamp
    return bucket_start(within, question.every, zone_named(question.time_zone))


def _has_uncertain_buckets(question: Question) -> bool:
    """Return whether the range touches a day on which it is unknown where its buckets start."""
    if not HOUR < BUCKETS[question.every] < DAY:
        return False
    zone = zone_named(question.time_zone)
    return any(
        midnight(timestamp, zone, 1) - midnight(timestamp, zone) != DAY
        for timestamp in (question.start, question.stop - 1)
    )
