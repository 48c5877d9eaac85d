"""The small values that polls and pushes both become before they reach the newest truth.

One reading, two doors: each tells of one space what was sensed and when (Unix seconds).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """Presence sensors saw this many people; a poll also tells `since` which minute it has been as many."""

    space_id: str
    people: int
    moment: float
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Motion:
    """The PIR of a room sees motion, or no longer."""

    space_id: str
    detected: bool
    moment: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """People crossed the line of a traffic sensor; `sensor` and `event_id` tell a repeat from another crossing."""

    space_id: str
    entries: int
    exits: int
    moment: float
    sensor: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """All crossings from the site's midnight `since` up to `until`."""

    space_id: str
    entries: int
    exits: int
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Entries minus exits of the day since the site's midnight `since`, calibrated, as of `until`."""

    space_id: str
    people: int
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class NoCount:
    """A poll succeeded and said nothing of the people in a space since `since`."""

    space_id: str
    since: float


@dataclass(frozen=True, slots=True)
class NoEstimate:
    """A poll succeeded and had no estimate of a space."""

    space_id: str


@dataclass(frozen=True, slots=True)
class NoTotals:
    """A poll up to `until` succeeded and had no crossings of a space.

    Zeros may be left out, so `others` matters: it tells whether the same answer had crossings of other spaces.
    """

    space_id: str
    until: float
    others: bool


type Reading = Count | Motion | Crossing | Totals | Estimate | NoCount | NoEstimate | NoTotals
