"""Which midnight Butlr's estimates start at: the site's, or that of UTC. Plain Python; timestamps are Unix seconds.

In one recording, rooms without a crossing since midnight in UTC have no estimate; that question named no time zone.
Whether a named time zone moves that midnight is not documented. The regular polls reveal it: they report the crossings
since either midnight, and the estimates match only one of the two.
"""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Final

from ..api.buckets import midnight
from ..api.findings import Findings

# Consecutive polls that must agree, because estimates and crossings may briefly lag behind each other.
AGREEING_POLLS: Final = 2
# Entries and exits of a space without crossings.
NO_CROSSINGS: Final = (0, 0)

# Entries and exits by space; None if Butlr marks them as incomplete.
type CrossingSums = dict[str, tuple[int, int] | None]


class EstimateMidnight(StrEnum):
    """The two possibilities; the values are those of the finding."""

    SITE = "site"
    UTC = "utc"


def utc_midnight(now: float) -> float:
    """Return the last midnight in UTC."""
    return midnight(now, UTC)


def estimates_use_site_midnight(findings: Findings, zone: tzinfo, *timestamps: float) -> bool:
    """Return whether estimates at these timestamps are known to count from the site's midnight."""
    same = all(midnight(timestamp, zone) == utc_midnight(timestamp) for timestamp in timestamps)
    return same or findings.get("estimate_day") == EstimateMidnight.SITE


class EstimateMidnightDetector:
    """Compares estimates with the crossings since either midnight until it is clear which one they start at."""

    def __init__(self) -> None:
        """Start without evidence."""
        self._candidate: EstimateMidnight | None = None
        self._polls = 0

    def add(
        self, since_site: CrossingSums, since_utc: CrossingSums, estimates: Mapping[str, int]
    ) -> EstimateMidnight | None:
        """Add the entries and exits since either midnight and the estimates of one poll; return the result if certain.

        Sums are None if Butlr marks them as incomplete. A space that is missing in `since_utc` had no crossings. A
        missing estimate means no crossings since the day of the estimate started.
        """
        votes = {
            vote
            for space_id, crossings in since_site.items()
            if crossings is not None
            and (other := since_utc.get(space_id, NO_CROSSINGS)) is not None
            and (vote := _vote(crossings, other, estimates.get(space_id)))
        }
        if len(votes) != 1:
            if votes:
                self._candidate, self._polls = None, 0
            return None
        vote = votes.pop()
        self._polls = self._polls + 1 if vote is self._candidate else 1
        self._candidate = vote
        return vote if self._polls >= AGREEING_POLLS else None


def _vote(since_site: tuple[int, int], since_utc: tuple[int, int], estimate: int | None) -> EstimateMidnight | None:
    """Return the midnight that the estimate of one space starts at, or None if both are possible."""
    if (since_site == NO_CROSSINGS) == (since_utc == NO_CROSSINGS):
        return None
    # Only one of the two days has crossings. Only that day's estimate exists, and only it can be above zero.
    day, other = (
        (EstimateMidnight.SITE, EstimateMidnight.UTC)
        if since_utc == NO_CROSSINGS
        else (EstimateMidnight.UTC, EstimateMidnight.SITE)
    )
    if estimate is None:
        return other
    return day if estimate > 0 else None
