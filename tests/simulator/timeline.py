"""Time as the simulator keeps it: milliseconds since the epoch, step functions and the windows laid over them."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time as wall_time, timedelta, tzinfo
import re
import statistics

MINUTE = 60_000
HOUR = 3_600_000
DAY = 86_400_000

NO_DATA = -1_000_000
"""The value of a step function while nothing is being measured."""

type Steps = list[tuple[int, int]]
"""Change points of a step function: (timestamp, value from then on), ascending."""

_UNITS = {"s": 1_000, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_RELATIVE = re.compile(r"-(\d+)([smhdw])")
_EVERY = re.compile(r"(\d+)([smhdw])")
_KEPT = 200_000


class Series:
    """A step function that is being written; only the newest steps are kept when it grows very long."""

    __slots__ = ("_moments", "_values")

    def __init__(self, timestamp: int, value: int) -> None:
        """Begin with a value."""
        self._moments = array("q", [timestamp])
        self._values = array("l", [value])

    @property
    def value(self) -> int:
        """Return the newest value."""
        return self._values[-1]

    def set(self, timestamp: int, value: int) -> bool:
        """Continue with another value from that moment on; tells whether it is another."""
        if value == self._values[-1]:
            return False
        if timestamp == self._moments[-1]:
            self._values[-1] = value
            return True
        self._moments.append(timestamp)
        self._values.append(value)
        if len(self._moments) > _KEPT:
            del self._moments[: _KEPT // 2]
            del self._values[: _KEPT // 2]
        return True

    def steps(self, start: int, stop: int) -> Steps:
        """Return the steps within [start, stop), the first at `start` itself (if the series had begun)."""
        first = max(0, bisect_right(self._moments, start) - 1)
        found: Steps = []
        for position in range(first, len(self._moments)):
            timestamp = self._moments[position]
            if timestamp >= stop:
                break
            found.append((max(timestamp, start), self._values[position]))
        return found


@dataclass(frozen=True, slots=True)
class Bucket:
    """One window: its label and the part of it that was asked for."""

    label: int
    start: int
    stop: int


@dataclass(slots=True)
class Stretch:
    """What a step function did within one bucket: values and how long each lasted."""

    values: list[int] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)

    def measure(self, function: str) -> float | None:
        """Return one value of the stretch, weighted by time; None when nothing was measured.

        Raises:
            ValueError: no such function.
        """
        if not self.values:
            return None
        if len(self.values) == 1 and function != "sum":
            return self.values[0]
        match function:
            case "mean":
                return sum(v * s for v, s in zip(self.values, self.spans, strict=True)) / sum(self.spans)
            case "median":
                return self._median()
            case "max":
                return max(self.values)
            case "min":
                return min(self.values)
            case "first":
                return self.values[0]
            case "last":
                return self.values[-1]
            case "sum":
                return sum(v * s for v, s in zip(self.values, self.spans, strict=True)) / MINUTE
            case _:
                raise ValueError(f"unknown window function {function}")

    def _median(self) -> float:
        """Return the value that held at the middle of the time."""
        ordered = sorted(zip(self.values, self.spans, strict=True))
        left = sum(self.spans) / 2
        for value, span in ordered:
            left -= span
            if left <= 0:
                return value
        return ordered[-1][0]

    def occupied(self) -> float:
        """Return the seconds with a value above zero."""
        return sum(span for value, span in zip(self.values, self.spans, strict=True) if value > 0) / 1000


def stretches(steps: Steps, buckets: Sequence[Bucket]) -> Iterator[tuple[Bucket, Stretch]]:
    """Lay buckets (ascending, not overlapping) over a step function."""
    position = 0
    for bucket in buckets:
        while position + 1 < len(steps) and steps[position + 1][0] <= bucket.start:
            position += 1
        stretch = Stretch()
        at = position
        while at < len(steps):
            timestamp, value = steps[at]
            if timestamp >= bucket.stop:
                break
            until = steps[at + 1][0] if at + 1 < len(steps) else bucket.stop
            span = min(until, bucket.stop) - max(timestamp, bucket.start)
            if span > 0 and value != NO_DATA:
                stretch.values.append(value)
                stretch.spans.append(span)
            at += 1
        yield bucket, stretch


def lay_buckets(start: int, stop: int, every: int, zone: tzinfo, *, aligned: bool = True) -> list[Bucket]:
    """Divide [start, stop) into buckets, aligned to local time unless told otherwise."""
    if every % DAY == 0:
        return _day_buckets(start, stop, every // DAY, zone)
    label = start
    if aligned:
        offset = utc_offset(start, zone)
        label = (start + offset) // every * every - offset
    buckets: list[Bucket] = []
    while label < stop:
        buckets.append(Bucket(label, max(label, start), min(label + every, stop)))
        label += every
    return buckets


def _day_buckets(start: int, stop: int, days: int, zone: tzinfo) -> list[Bucket]:
    """Divide into local days (or several); a day has 23 or 25 hours when the clocks change."""
    first = local_date(start, zone)
    if days == 7:
        first -= timedelta(days=first.weekday())
    buckets: list[Bucket] = []
    while (label := midnight(first, zone)) < stop:
        first += timedelta(days=days)
        buckets.append(Bucket(label, max(label, start), min(midnight(first, zone), stop)))
    return buckets


def parse_every(text: str) -> int:
    """Return the milliseconds of a duration such as 5m.

    Raises:
        ValueError: not a duration.
    """
    match = _EVERY.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise ValueError(f"invalid duration {text!r}")
    return int(match[1]) * _UNITS[match[2]]


def parse_moment(text: str, now: int) -> int:
    """Return the milliseconds of an RFC 3339 time, a plain date or a relative time such as -5m.

    Raises:
        ValueError: not a time.
    """
    if match := _RELATIVE.fullmatch(text):
        return now - int(match[1]) * _UNITS[match[2]]
    timestamp = datetime.fromisoformat(text)
    if timestamp.tzinfo is None:
        if "T" in text:
            raise ValueError(f"time without zone: {text!r}")
        timestamp = timestamp.replace(tzinfo=UTC)
    return round(timestamp.timestamp() * 1000)


def is_relative(text: str) -> bool:
    """Return whether a time is given relative to now."""
    return bool(_RELATIVE.fullmatch(text)) or text == "now"


def rfc3339(timestamp: int, *, zulu: bool = True) -> str:
    """Write a timestamp as Butlr does: UTC, fractions only when there are some."""
    whole, fraction = divmod(timestamp, 1000)
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if fraction:
        text += f".{fraction:03}".rstrip("0")
    return f"{text}Z" if zulu else text


def local_date(timestamp: int, zone: tzinfo) -> date:
    """Return the calendar day of a timestamp somewhere."""
    return datetime.fromtimestamp(timestamp / 1000, zone).date()


def midnight(day: date, zone: tzinfo) -> int:
    """Return when a calendar day began somewhere."""
    return round(datetime.combine(day, wall_time(), zone).timestamp() * 1000)


def day_start(timestamp: int, zone: tzinfo) -> int:
    """Return the last local midnight before a timestamp."""
    return midnight(local_date(timestamp, zone), zone)


def utc_offset(timestamp: int, zone: tzinfo) -> int:
    """Return how many milliseconds a zone is ahead of UTC at that moment."""
    offset = datetime.fromtimestamp(timestamp / 1000, zone).utcoffset()
    return round((offset or timedelta()).total_seconds() * 1000)


def statistics_of(values: Sequence[float]) -> dict[str, float]:
    """Return the values that grouped reporting answers carry at their leaves."""
    return {
        "sum": plain(sum(values)),
        "min": plain(min(values)),
        "max": plain(max(values)),
        "count": len(values),
        "mean": sum(values) / len(values),
        "median": plain(statistics.median(values)),
        "stddev": statistics.pstdev(values),
        "first": plain(values[0]),
        "last": plain(values[-1]),
    }


def plain(value: float) -> float:
    """Return a whole number as an integer."""
    return int(value) if value == int(value) else value
