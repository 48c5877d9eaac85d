"""How much of the capacity of a space is used, and how busy that is. Plain Python."""

from enum import StrEnum
from typing import Final

from ..api.estate import Space
from .space import SpaceState

# From this utilization on (%), a space is moderately busy, or busy.
MODERATE_UTILIZATION: Final = 30
BUSY_UTILIZATION: Final = 70


class Busyness(StrEnum):
    """How full a space is."""

    QUIET = "quiet"
    MODERATE = "moderate"
    BUSY = "busy"


def utilization_of(state: SpaceState, space: Space) -> float | None:
    """Return how much of the capacity is used, in percent; None without a capacity or a number."""
    return percent_of(state.primary_count, space)


def percent_of(count: int | None, space: Space) -> float | None:
    """Return how much of the capacity of a space a number of people is, in percent."""
    return None if count is None or space.capacity is None else round(100 * count / space.capacity, 1)


def busyness_of(state: SpaceState, space: Space) -> Busyness | None:
    """Return how busy a space is; None if its utilization is unknown."""
    return busyness_with(state.primary_count, space)


def busyness_with(count: int | None, space: Space) -> Busyness | None:
    """Return how busy a space is with a number of people."""
    if (utilization := percent_of(count, space)) is None:
        return None
    if utilization < MODERATE_UTILIZATION:
        return Busyness.QUIET
    return Busyness.MODERATE if utilization < BUSY_UTILIZATION else Busyness.BUSY
