"""Read the fields of one GraphQL row: null is None, and an undocumented form is noted as unread."""

from collections.abc import Callable, Mapping
from typing import Any

from .texts import clean
from .values import plausible_timestamp, read_number, read_time


class RowFields:
    """The fields of one row; `unread` is called with the name of each field in an undocumented form."""

    def __init__(self, row: Mapping[str, Any], unread: Callable[[str], None]) -> None:
        """Read from a row."""
        self._row = row
        self._unread = unread

    def text(self, key: str, name: str | None = None) -> str | None:
        """Return a text that can be displayed and stored."""
        value = self._row.get(key)
        if value is not None and not isinstance(value, str):
            self._unread(name or key)
        return clean(value)

    def boolean(self, key: str, name: str | None = None) -> bool | None:
        """Return a boolean."""
        value = self._row.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._unread(name or key)
        return None

    def number(self, key: str, name: str | None = None) -> float | None:
        """Return a finite number of plausible size."""
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
        """Return Unix seconds; implausible values such as 0, which Butlr writes for "never", are None."""
        return plausible_timestamp(self.number(key, name))

    def date(self, key: str, name: str | None = None) -> float | None:
        """Return an RFC 3339 time in Unix seconds; a time without an offset is in UTC."""
        value = self.text(key, name)
        if value is None:
            return None
        if (timestamp := read_time(value)) is None:
            self._unread(name or key)
        return plausible_timestamp(timestamp)

    def capacity(self) -> int | None:
        """Return the capacity in people; 0 means that it is not configured."""
        capacity = self._row.get("capacity")
        if capacity is not None and not isinstance(capacity, Mapping):
            self._unread("capacity")
            return None
        most = RowFields(capacity or {}, self._unread).integer("max", "capacity")
        return most if most is not None and most > 0 else None
