"""The small values that polls and pushes both become before they reach the newest truth.

One reading, two doors: each tells of one space what was sensed and when (Unix seconds).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """Presence sensors saw this many people."""

    space_id: str
    people: int
    moment: float


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
class Silence:
    """A poll succeeded and said nothing about a space: no count (or no estimate) since `since`."""

    space_id: str
    since: float
    traffic: bool = False


type Reading = Count | Motion | Crossing | Totals | Estimate | Silence
