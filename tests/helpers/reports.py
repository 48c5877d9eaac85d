"""Times and readers of responses for the tests of the actions that request past values."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
# A Wednesday; the clocks went back on the Sunday before.
NOW = datetime(2026, 10, 28, 15, 0, tzinfo=UTC)
MONDAY = datetime(2026, 10, 26, tzinfo=COPENHAGEN)
SUNDAY = datetime(2026, 10, 25, tzinfo=COPENHAGEN)
TUESDAY = datetime(2026, 10, 27, tzinfo=COPENHAGEN)
HOUR = 3600.0


def timestamp(text: str) -> float:
    """Return the timestamp of a time in a response, which must be in the time zone of the site."""
    time = datetime.fromisoformat(text)
    assert time.utcoffset() == datetime.fromtimestamp(time.timestamp(), COPENHAGEN).utcoffset()
    return time.timestamp()


def one(response: dict[str, Any]) -> dict[str, Any]:
    """Return the only space of a response."""
    (space,) = response["spaces"]
    assert response["without_sensors"] == []
    return dict(space)
