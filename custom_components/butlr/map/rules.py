"""What is shown of a space, from the states of its entities.

The frontend follows the same rules (frontend/src/spaces.ts). tests/map/cases.json holds both to the same answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Any, Final, NamedTuple

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE

from ..live.small_groups import ShownCount, shown_count
from ..live.space import Confidence

# A number of people as Home Assistant writes it.
_COUNT: Final = re.compile(r"([0-9]{1,9})(?:\.0+)?")


class Status(StrEnum):
    """The status of a space."""

    FREE = "free"
    OCCUPIED = "occupied"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"


class StatusStyle(NamedTuple):
    """How a status looks; `icon` is the path of an icon of 24 by 24 units."""

    color: str
    icon: str


# Each color is readable on a light and on a dark background, and no two look alike to people who are color-blind.
# The icons are those of Material Design Icons (Apache License 2.0): check-circle-outline, account,
# help-circle-outline and cloud-off-outline.
STATUS_STYLES: Final[Mapping[Status, StatusStyle]] = {
    Status.FREE: StatusStyle(
        "#009e73",
        "M12 2C6.5 2 2 6.5 2 12S6.5 22 12 22 22 17.5 22 12 17.5 2 12 2M12 20C7.59 20 4 16.41 4 12S7.59 4 12 4 20 7.59 "
        "20 12 16.41 20 12 20M16.59 7.58L10 14.17L7.41 11.59L6 13L10 17L18 9L16.59 7.58Z",
    ),
    Status.OCCUPIED: StatusStyle(
        "#d9541e",
        "M12,4A4,4 0 0,1 16,8A4,4 0 0,1 12,12A4,4 0 0,1 8,8A4,4 0 0,1 12,4M12,14C16.42,14 20,15.79 20,18V20H4V18C4,"
        "15.79 7.58,14 12,14Z",
    ),
    Status.UNKNOWN: StatusStyle(
        "#66708a",
        "M11,18H13V16H11V18M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2M12,20C7.59,20 "
        "4,16.41 4,12C4,7.59 7.59,4 12,4C16.41,4 20,7.59 20,12C20,16.41 16.41,20 12,20M12,6A4,4 0 0,0 8,10H10A2,2 0 "
        "0,1 12,8A2,2 0 0,1 14,10C14,12 11,11.75 11,15H13C13,12.75 16,12.5 16,10A4,4 0 0,0 12,6Z",
    ),
    Status.UNAVAILABLE: StatusStyle(
        "#9467bd",
        "M19.8 22.6L17.15 20H6.5Q4.2 20 2.6 18.4T1 14.5Q1 12.58 2.19 11.08 3.38 9.57 5.25 9.15 5.33 8.95 5.4 8.76 5.5 "
        "8.57 5.55 8.35L1.4 4.2L2.8 2.8L21.2 21.2M6.5 18H15.15L7.1 9.95Q7.05 10.23 7.03 10.5 7 10.73 7 11H6.5Q5.05 11 "
        "4.03 12.03 3 13.05 3 14.5 3 15.95 4.03 17 5.05 18 6.5 18M21.6 18.75L20.15 17.35Q20.58 17 20.79 16.54 21 "
        "16.08 21 15.5 21 14.45 20.27 13.73 19.55 13 18.5 13H17V11Q17 8.93 15.54 7.46 14.08 6 12 6 11.33 6 10.7 6.16 "
        "10.07 6.33 9.5 6.68L8.05 5.23Q8.93 4.63 9.91 4.31 10.9 4 12 4 14.93 4 16.96 6.04 19 8.07 19 11 20.73 11.2 "
        "21.86 12.5 23 13.78 23 15.5 23 16.5 22.63 17.31 22.25 18.15 21.6 18.75Z",
    ),
}


# What is marked although it is known: the rest is told by the status, or by the mark of an estimate.
DOUBTS: Final = (Confidence.PARTIAL, Confidence.STALE)
# The states of the occupancy entity that are known.
_STATUSES: Final[Mapping[str | None, Status]] = {STATE_ON: Status.OCCUPIED, STATE_OFF: Status.FREE}


@dataclass(frozen=True, slots=True)
class ShownSpace:
    """What is shown of a space: its status, the people in it if they are known, and whether anyone moves.

    `estimated` is whether the people are entries minus exits; `fewer_than` is shown instead of a small group. `doubt`
    is why a space that is free or occupied may not be.
    """

    status: Status
    people: int | None
    estimated: bool
    motion: bool
    fewer_than: int | None = None
    doubt: Confidence | None = None

    @property
    def count(self) -> ShownCount:
        """Return the people as they are shown."""
        return ShownCount(self.people, self.fewer_than)

    @property
    def hatching(self) -> str | None:
        """How it is hatched: what is unknown never looks empty, and what is doubtful never looks certain."""
        if self.status in (Status.UNKNOWN, Status.UNAVAILABLE):
            return self.status.value
        return "doubt" if self.doubt else None


def statuses() -> dict[str, Any]:
    """Return how each status looks, for the frontend."""
    return {status.value: style._asdict() for status, style in STATUS_STYLES.items()}


def shown_space(
    states: Mapping[str, str | None],
    *,
    estimated: bool,
    smallest_group: int = 0,
    parts: Iterable[ShownCount] = (),
    confidence: Confidence = Confidence.MEASURED,
) -> ShownSpace:
    """Return what is shown of a space, from the states of its entities by the keys of the entities.

    `parts` are the people of the spaces in it, as they are shown.
    `estimated` is whether entries minus exits stand for its people; a number that is not known is never replaced by the
    other (rule 7). A missing key is an entity that does not exist, or that the user may not read; None is one without a
    state. Only the state of the occupancy entity tells whether a space is free, never a number alone.
    """
    occupancy = states.get("occupancy")
    if occupancy == STATE_UNAVAILABLE:
        return ShownSpace(Status.UNAVAILABLE, None, estimated, motion=False)
    status = _STATUSES.get(occupancy, Status.UNKNOWN)
    people = count_of(states.get("people_estimate" if estimated else "people"))
    shown = shown_count(people, smallest_group, parts)
    motion = states.get("motion") == STATE_ON
    doubt = confidence if confidence in DOUBTS and status is not Status.UNKNOWN else None
    return ShownSpace(status, shown.number, estimated, motion, shown.fewer_than, doubt)


def count_of(state: str | None) -> int | None:
    """Return the number of people in a state, or None if it is not such a number."""
    found = _COUNT.fullmatch(state or "")
    return int(found[1]) if found else None
