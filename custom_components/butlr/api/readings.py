"""The small values that polls and pushes both become before they are applied to the live state.

Each says what was sensed in one space, and when (Unix seconds). They are NamedTuples because one is built for every
push, and thousands for a poll.
"""

from typing import Final, NamedTuple

# More people in one space, or crossings of one door in one event, are not plausible.
MAX_PEOPLE: Final = 100_000


class Count(NamedTuple):
    """The number of people that presence sensors counted; in a poll, it has been the same `since` a minute.

    A polled count is the median of a minute, so `timestamp` is chosen to overrule only older pushes.
    """

    space_id: str
    people: int
    timestamp: float
    since: float | None = None


class Motion(NamedTuple):
    """The PIR of a room started or stopped sensing motion."""

    space_id: str
    detected: bool
    timestamp: float


class Crossing(NamedTuple):
    """People crossed the line of a traffic sensor; `sensor` and `event_id` help to recognize a repeated event."""

    space_id: str
    entries: int
    exits: int
    timestamp: float
    sensor: str = ""
    event_id: str = ""


class Totals(NamedTuple):
    """Entries and exits from the site's midnight `since` up to `until`."""

    space_id: str
    entries: int
    exits: int
    since: float
    until: float


class Estimate(NamedTuple):
    """Calibrated entries minus exits from the site's midnight `since` up to `until`."""

    space_id: str
    people: int
    since: float
    until: float


class NoCount(NamedTuple):
    """A poll succeeded without a count of a space since `since`."""

    space_id: str
    since: float


class NoEstimate(NamedTuple):
    """A poll succeeded without an estimate of a space: nobody crossed, or the estimate is unknown."""

    space_id: str


class OwnEstimate(NamedTuple):
    """Butlr's estimate may belong to another day, so entries minus exits since the site's midnight replace it."""

    space_id: str


class NoTotals(NamedTuple):
    """A poll up to `until` succeeded without crossings of a space.

    Zeros may be left out, so `others` is whether the same answer had crossings of other spaces.
    """

    space_id: str
    until: float
    others: bool


type Reading = Count | Motion | Crossing | Totals | Estimate | NoCount | NoEstimate | OwnEstimate | NoTotals
