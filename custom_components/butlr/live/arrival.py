"""How the values that are shown arrived. Kept in memory only. Plain Python."""

from typing import NamedTuple


class Arrival(NamedTuple):
    """How a value arrived: when it was sensed and received (Unix seconds), and whether by a poll or a push."""

    what: str
    value: int | None
    sensed_at: float
    received_at: float
    polled: bool
