"""Sets of hours, and the requests that ask Butlr for them. Plain Python; an hour is the Unix timestamp of its start."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

# In seconds, as integers: hours are dictionary keys and arguments of `range`.
HOUR_SECONDS: Final = 3600
# The longest time that one request to Butlr, or one query of the recorder, covers.
WEEK_HOURS: Final = 7 * 24
WEEK_SECONDS: Final = WEEK_HOURS * HOUR_SECONDS
_WHOLE_WEEK: Final = (1 << WEEK_HOURS) - 1


class Hours:
    """A set of hours, stored as one bit mask per week, so that a year of hours for every space takes little memory."""

    def __init__(self, hours: Iterable[int] = ()) -> None:
        """Create a set of these hours."""
        # Bit masks by the start of the week.
        self.weeks: dict[int, int] = {}
        for hour in hours:
            self.add(hour)

    @classmethod
    def between(cls, start: int, end: int) -> Hours:
        """Return all hours of [start, end)."""
        hours = cls()
        for week in range(start // WEEK_SECONDS * WEEK_SECONDS, end, WEEK_SECONDS):
            first, last = max(start - week, 0) // HOUR_SECONDS, min(end - week, WEEK_SECONDS) // HOUR_SECONDS
            if mask := _WHOLE_WEEK >> (WEEK_HOURS - last) & _WHOLE_WEEK << first:
                hours.weeks[week] = mask
        return hours

    def add(self, hour: int) -> None:
        """Add an hour."""
        week = hour // WEEK_SECONDS * WEEK_SECONDS
        self.weeks[week] = self.weeks.get(week, 0) | 1 << (hour - week) // HOUR_SECONDS

    def discard(self, hour: int) -> None:
        """Remove an hour if it is in the set."""
        week = hour // WEEK_SECONDS * WEEK_SECONDS
        if mask := self.weeks.get(week, 0) & ~(1 << (hour - week) // HOUR_SECONDS):
            self.weeks[week] = mask
        else:
            self.weeks.pop(week, None)

    def __contains__(self, hour: int) -> bool:
        """Return whether an hour is in the set."""
        week = hour // WEEK_SECONDS * WEEK_SECONDS
        return bool(self.weeks.get(week, 0) >> (hour - week) // HOUR_SECONDS & 1)

    def __iter__(self) -> Iterator[int]:
        """Yield the hours in ascending order."""
        for week, mask in sorted(self.weeks.items()):
            for number in range(WEEK_HOURS):
                if mask >> number & 1:
                    yield week + number * HOUR_SECONDS

    def within(self, start: int, end: int) -> Iterator[int]:
        """Yield the hours in [start, end), in ascending order."""
        return (hour for hour in range(start, end, HOUR_SECONDS) if hour in self)

    def __len__(self) -> int:
        """Return the number of hours."""
        return sum(mask.bit_count() for mask in self.weeks.values())

    def __or__(self, other: Hours) -> Hours:
        """Return the union of two sets."""
        union = Hours()
        union.weeks = dict(self.weeks)
        for week, mask in other.weeks.items():
            union.weeks[week] = union.weeks.get(week, 0) | mask
        return union


def stretches(hours: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each stretch of consecutive hours; `hours` ascend."""
    start = end = None
    for hour in hours:
        if hour != end:
            if start is not None and end is not None:
                yield start, end
            start = hour
        end = hour + HOUR_SECONDS
    if start is not None and end is not None:
        yield start, end


def split_into_weeks(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of [start, end), each a week long or less."""
    for first in range(start, end, WEEK_SECONDS):
        yield first, min(first + WEEK_SECONDS, end)


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """One request to Butlr: the hours of [start, end) for some spaces."""

    start: int
    end: int
    space_ids: tuple[str, ...]


def plan_requests(
    missing: Mapping[str, Hours], max_rows: int, rows_per_hour: Mapping[str, int] | None = None
) -> list[HistoryRequest]:
    """Group missing hours into requests, newest first.

    `missing` is by space. An answer has at most `max_rows` rows; `rows_per_hour` is by space and defaults to 1.
    """
    by_week: dict[int, list[str]] = {}
    for space_id, hours in missing.items():
        for week in hours.weeks:
            by_week.setdefault(week, []).append(space_id)
    requests = []
    for week in sorted(by_week, reverse=True):
        # Sort spaces with the same gaps, the usual case, next to each other so that they share a request.
        space_ids = sorted(by_week[week], key=lambda space_id: -missing[space_id].weeks[week])
        batch: list[str] = []
        mask = rows = 0
        for space_id in space_ids:
            joined_mask = mask | missing[space_id].weeks[week]
            joined_rows = rows + (rows_per_hour[space_id] if rows_per_hour else 1)
            if batch and _span_hours(joined_mask) * joined_rows > max_rows:
                requests.append(_request(week, mask, batch))
                batch, joined_rows = [], joined_rows - rows
                joined_mask = missing[space_id].weeks[week]
            batch.append(space_id)
            mask, rows = joined_mask, joined_rows
        requests.append(_request(week, mask, batch))
    return requests


def _span_hours(mask: int) -> int:
    """Return the number of hours from the first to the last one of a week, both included."""
    return mask.bit_length() - ((mask & -mask).bit_length() - 1)


def _request(week: int, mask: int, space_ids: Iterable[str]) -> HistoryRequest:
    first = (mask & -mask).bit_length() - 1
    return HistoryRequest(week + first * HOUR_SECONDS, week + mask.bit_length() * HOUR_SECONDS, tuple(space_ids))


def bucket_length(zone: tzinfo, start: int, end: int) -> int:
    """Return the largest bucket length that aligns with local midnight (3600 s in almost all zones).

    Butlr has buckets of 15, 30 and 60 minutes.
    """
    offsets = {
        datetime.fromtimestamp(timestamp, zone).utcoffset()
        for timestamp in range(start, end + WEEK_SECONDS, WEEK_SECONDS)
    }
    remainders = {int(offset.total_seconds()) % HOUR_SECONDS for offset in offsets if offset is not None}
    shortest = HOUR_SECONDS // 4
    return next(
        length
        for length in (HOUR_SECONDS, HOUR_SECONDS // 2, shortest)
        if length == shortest or not any(remainder % length for remainder in remainders)
    )
