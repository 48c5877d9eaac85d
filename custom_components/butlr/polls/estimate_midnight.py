"""Whose midnight Butlr's estimates begin again at: the site's, or that of UTC. Plain Python; moments are Unix seconds.

One recording shows rooms without any estimate that nobody had crossed into since midnight in UTC, for a question that
named no time zone. Whether the zone that is named moves that midnight is not known. What is asked anyway gives it away:
the crossings since either midnight, and which of the two the estimates go by.
"""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Final

from ..api.buckets import midnight
from ..api.findings import Findings

# How often in a row the answers must say the same: estimates and crossings may lag behind each other for a moment.
WITNESSES: Final = 2
NO_CROSSINGS: Final = (0, 0)

type Sums = Mapping[str, tuple[int, int] | None]


class EstimateMidnight(StrEnum):
    """The readings; the values are those of the finding."""

    SITE = "site"
    UTC = "utc"


def utc_midnight(now: float) -> float:
    """Return the last midnight in UTC."""
    return midnight(now, UTC)


def estimates_use_site_midnight(findings: Findings, zone: tzinfo, *timestamps: float) -> bool:
    """Tell whether estimates of the days that some moments lie in are known to be those of a site's days."""
    same = all(midnight(timestamp, zone) == utc_midnight(timestamp) for timestamp in timestamps)
    return same or findings.get("estimate_day") == EstimateMidnight.SITE


class EstimateMidnightFinder:
    """Holds estimates against the crossings of both days until they give away which one they belong to."""

    def __init__(self) -> None:
        """Begin without a clue."""
        self._clue: EstimateMidnight | None = None
        self._times = 0

    def hold(self, since_site: Sums, since_utc: Sums, estimates: Mapping[str, int]) -> EstimateMidnight | None:
        """Take in the entries and exits since either midnight, and the estimates; return what is certain by now.

        Sums are None where Butlr says that they cannot be used; whoever is missing in `since_utc` has none. An estimate
        that is missing means that nobody crossed since its day began.
        """
        votes = {
            vote
            for space_id, crossed in since_site.items()
            if crossed is not None
            and (other := since_utc.get(space_id, NO_CROSSINGS)) is not None
            and (vote := _vote(crossed, other, estimates.get(space_id)))
        }
        if len(votes) != 1:
            if votes:
                self._clue, self._times = None, 0
            return None
        clue = votes.pop()
        self._times = self._times + 1 if clue is self._clue else 1
        self._clue = clue
        return clue if self._times >= WITNESSES else None


def _vote(since_site: tuple[int, int], since_utc: tuple[int, int], estimate: int | None) -> EstimateMidnight | None:
    """Return which day the estimate of one space goes by, as far as it tells them apart."""
    if (since_site == NO_CROSSINGS) == (since_utc == NO_CROSSINGS):
        return None
    # Somebody crossed on one of the two days only: that day's estimate is not missing, and is the only one with people.
    day, other = (
        (EstimateMidnight.SITE, EstimateMidnight.UTC)
        if since_utc == NO_CROSSINGS
        else (EstimateMidnight.UTC, EstimateMidnight.SITE)
    )
    if estimate is None:
        return other
    return day if estimate > 0 else None
