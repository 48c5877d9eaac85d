"""The small values that polls and pushes both become before they reach the newest truth.

One reading, two doors: each tells of one space what was sensed and when (Unix seconds). Tuples, for one is made for
every push and thousands are for a poll.
"""

from typing import Final, NamedTuple

# More people than this in one space, or crossings at one door in one go, is no measurement.
MAX_PEOPLE: Final = 100_000


class Count(NamedTuple):
    """Presence sensors saw this many people; a poll also tells `since` which minute it has been as many.

    A polled count is the median of a minute: `moment` is when that is newer than a push which says otherwise.
    """

    space_id: str
    people: int
    timestamp: float
    since: float | None = None


class Motion(NamedTuple):
    """The PIR of a room sees motion, or no longer."""

    space_id: str
    detected: bool
    timestamp: float


class Crossing(NamedTuple):
    """People crossed the line of a traffic sensor; `sensor` and `event_id` tell a repeat from another crossing."""

    space_id: str
    entries: int
    exits: int
    timestamp: float
    sensor: str = ""
    event_id: str = ""


class Totals(NamedTuple):
    """All crossings from the site's midnight `since` up to `until`."""

    space_id: str
    entries: int
    exits: int
    since: float
    until: float


class Estimate(NamedTuple):
    """Entries minus exits of the day since the site's midnight `since`, calibrated, as of `until`."""

    space_id: str
    people: int
    since: float
    until: float


class NoCount(NamedTuple):
    """A poll succeeded and said nothing of the people in a space since `since`."""

    space_id: str
    since: float


class NoEstimate(NamedTuple):
    """A poll succeeded and had no estimate of a space: nobody crossed, or nothing is known."""

    space_id: str


class OwnEstimate(NamedTuple):
    """Butlr's estimate may be that of another day: entries minus exits since the site's midnight stand for it."""

    space_id: str


class NoTotals(NamedTuple):
    """A poll up to `until` succeeded and had no crossings of a space.

    Zeros may be left out, so `others` matters: it tells whether the same answer had crossings of other spaces.
    """

    space_id: str
    until: float
    others: bool


type Reading = Count | Motion | Crossing | Totals | Estimate | NoCount | NoEstimate | OwnEstimate | NoTotals
