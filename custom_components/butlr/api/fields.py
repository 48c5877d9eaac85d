"""Single fields of a row: what is null is nothing, and what has another form than documented was not read."""

from collections.abc import Callable, Mapping
from typing import Any

from .texts import clean
from .values import plausible_timestamp, read_number, read_time


class RowFields:
    """The fields of one row; `unread` is told the name of each that has another form than documented."""

    def __init__(self, row: Mapping[str, Any], unread: Callable[[str], None]) -> None:
        """Read from a row."""
        self._row = row
        self._unread = unread

    def text(self, key: str, name: str | None = None) -> str | None:
        """Return a text that can be shown and stored."""
        value = self._row.get(key)
        if value is not None and not isinstance(value, str):
            self._unread(name or key)
        return clean(value)

    def boolean(self, key: str, name: str | None = None) -> bool | None:
        """Return yes or no."""
        value = self._row.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._unread(name or key)
        return None

    def number(self, key: str, name: str | None = None) -> float | None:
        """Return a number; one beyond all that can be meant is none."""
        value = self._row.get(key)
        if value is None or (number := read_number(value)) is not None:
            return None if value is None else number
        self._unread(name or key)
        return None

    def integer(self, key: str, name: str | None = None) -> int | None:
        """Return a whole number."""
        number = self.number(key, name)
        return None if number is None else int(number)

    def timestamp(self, key: str, name: str | None = None) -> float | None:
        """Return Unix seconds; what lies outside of our age is no moment: 0 and the year 1 mean never."""
        return plausible_timestamp(self.number(key, name))

    def date(self, key: str, name: str | None = None) -> float | None:
        """Return an RFC 3339 text as Unix seconds; without an offset it is taken as UTC."""
        value = self.text(key, name)
        if value is None:
            return None
        if (timestamp := read_time(value)) is None:
            self._unread(name or key)
        return plausible_timestamp(timestamp)

    def capacity(self) -> int | None:
        """Return the most people that a space is meant for; 0 is what that looks like when nobody configured it."""
        capacity = self._row.get("capacity")
        if capacity is not None and not isinstance(capacity, Mapping):
            self._unread("capacity")
            return None
        most = RowFields(capacity or {}, self._unread).integer("max", "capacity")
        return most if most is not None and most > 0 else None
