"""How far the state of a space can be trusted: one rule, which names its doubts. Plain Python.

A state without any doubt is measured. Otherwise it is as good as its gravest doubt. A floor or building is as good as
the weakest of what its state is put together from: its own number, and the spaces in it that sensors cover.
"""

from dataclasses import dataclass
from enum import StrEnum
import math
from typing import Final

from ..api.estate import PrimarySource
from .evidence import VALIDITY
from .space import Confidence, Level, SpaceNode

# A value that was to be renewed by a poll is stale if neither that poll nor its two retries renewed it, in seconds.
# Each retry begins a minute later, and each of the three may take some seconds.
RETRIES: Final = 150.0
POLLS: Final = 3
USUAL_DURATION: Final = 5.0
# How finely the duration of longer polls is followed, in seconds: each change looks at every space anew.
DURATION_STEP: Final = 10.0
# How often people are polled without pushes, and traffic always, in seconds.
COUNTS_EVERY: Final = 60.0
TRAFFIC_EVERY: Final = 300.0


class Doubt(StrEnum):
    """Why a state is not measured, or not all of it."""

    # Entries minus exits stand for the space.
    ESTIMATE = "estimate"
    INSIDE_ESTIMATED = "inside_estimated"
    # Some of the sensors of the number are offline.
    SENSORS_OFFLINE = "sensors_offline"
    # It is known whether anyone is there, but not how many.
    NO_NUMBER = "no_number"
    # The estimate began anew at midnight: whoever was there may still be.
    RESET = "reset"
    # A sum lacks a floor.
    INCOMPLETE = "incomplete"
    INSIDE_PARTIAL = "inside_partial"
    INSIDE_UNKNOWN = "inside_unknown"
    # The number was not renewed when it should have been.
    NOT_RENEWED = "not_renewed"
    INSIDE_STALE = "inside_stale"


_RATINGS: Final = {
    Doubt.ESTIMATE: Confidence.ESTIMATED,
    Doubt.INSIDE_ESTIMATED: Confidence.ESTIMATED,
    Doubt.NOT_RENEWED: Confidence.STALE,
    Doubt.INSIDE_STALE: Confidence.STALE,
}
_FROM_BEST: Final = tuple(Confidence)


@dataclass(slots=True)
class StaleAfter:
    """How old a number may be before it is stale, in seconds; it depends on how often polls renew it."""

    counts: float = COUNTS_EVERY + RETRIES
    traffic: float = TRAFFIC_EVERY + RETRIES


def stale_after(interval: float, duration: float) -> float:
    """Return how old a number may be before it is stale, given how often polls begin and how long they take.

    Polls of a large organization, or of a slow cloud, take longer than usual, and so do their retries.
    """
    longer = math.ceil(max(duration - USUAL_DURATION, 0.0) / DURATION_STEP) * DURATION_STEP
    return min(interval + RETRIES + POLLS * longer, VALIDITY)


def stale_at(node: SpaceNode, limits: StaleAfter) -> float | None:
    """Return when the number that stands for a space is stale unless it is renewed; None without such a number."""
    if node.source is PrimarySource.PRESENCE:
        return None if node.level is Level.BUILDING else node.evidence.count_renewed_at + limits.counts
    return node.evidence.estimate_renewed_at + limits.traffic if node.source is PrimarySource.TRAFFIC else None


def doubts(node: SpaceNode, count: int | None, stale: float | None, *, incomplete: bool, now: float) -> list[Doubt]:
    """Return the doubts about a state that is known.

    `count` is the number that stands for the space, and `stale` the time from `stale_at`. This runs at every push.
    """
    found: list[Doubt] = []
    if stale is not None:
        if count is None:
            found.append(Doubt.NO_NUMBER)
        elif now >= stale:
            found.append(Doubt.NOT_RENEWED)
        if node.partly_offline:
            found.append(Doubt.SENSORS_OFFLINE)
        if node.source is PrimarySource.TRAFFIC:
            found.append(Doubt.ESTIMATE)
            if node.evidence.was_reset:
                found.append(Doubt.RESET)
    if node.level is not Level.ROOM_OR_ZONE:
        sums = node.sums
        inside = (
            (Doubt.INSIDE_ESTIMATED, sums.estimated),
            (Doubt.INSIDE_PARTIAL, sums.partial),
            (Doubt.INSIDE_UNKNOWN, sums.unknown),
            (Doubt.INSIDE_STALE, sums.stale),
            (Doubt.INCOMPLETE, incomplete),
        )
        found += [doubt for doubt, exists in inside if exists]
    return found


def rate(found: list[Doubt]) -> Confidence:
    """Return how far a state that is known can be trusted, given the doubts about it."""
    if not found:
        return Confidence.MEASURED
    return max((_RATINGS.get(doubt, Confidence.PARTIAL) for doubt in found), key=_FROM_BEST.index)
