"""Readers of single JSON and header values: each returns None for anything that is not such a value."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
import math
from typing import Final

# No count, capacity, floor number or duration comes near this.
MAX_NUMBER: Final = 1e15
# Unix seconds; the year 5138.
MAX_TIMESTAMP: Final = 1e11


def read_text(value: object) -> str | None:
    """Return a string as it is."""
    return value if isinstance(value, str) else None


def read_number(value: object) -> float | None:
    """Return a finite number below MAX_NUMBER in size."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < MAX_NUMBER else None  # NaN compares as False


def round_people(value: float) -> int:
    """Round a count to whole people, halves up."""
    return math.floor(value + 0.5)


def read_time(value: object) -> float | None:
    """Return an RFC 3339 time as Unix seconds; a time without an offset is in UTC.

    Some keys of grouped answers lack the `Z`.
    """
    if not isinstance(value, str) or len(value) < len("2026-01-31") or not value[:4].isdigit():
        return None
    try:
        return _in_utc(datetime.fromisoformat(value)).timestamp()
    except ValueError, OverflowError:
        return None


def read_http_date(value: str | None) -> float | None:
    """Return a Date header (RFC 9110) as Unix seconds."""
    try:
        return _in_utc(parsedate_to_datetime(value or "")).timestamp()
    except ValueError, OverflowError:
        return None


def plausible_timestamp(timestamp: float | None) -> float | None:
    """Return Unix seconds between 1970 and MAX_TIMESTAMP: Butlr writes "never" as 0 or the year 1."""
    return timestamp if timestamp is not None and 0 < timestamp < MAX_TIMESTAMP else None


def _in_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
