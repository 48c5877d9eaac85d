"""Is what Home Assistant shows what is the case?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN, UNAVAILABLE = "unknown", "unavailable"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that Home Assistant shows otherwise than it is."""

    key: str
    """Unique id of the entity."""
    space: str
    what: str
    truth: str
    shown: str | None

    def __str__(self) -> str:
        """Return one line for a person."""
        shown = "there is no such entity" if self.shown is None else f"Home Assistant shows {self.shown}"
        return f"{self.space}: {self.what} is {self.truth}, {shown}"


def _number(value: Any) -> str:
    """Return a number as a state."""
    return UNKNOWN if value is None else str(value)


def _yes_no(value: Any) -> str:
    """Return a yes or no as a state."""
    return UNKNOWN if value is None else "on" if value else "off"


# What the simulator calls it, the key of the entity, how it is written, and whether it may be switched off.
_FIGURES: tuple[tuple[str, str, Callable[[Any], str], bool], ...] = (
    ("people", "people", _number, False),
    ("occupied", "occupancy", _yes_no, False),
    ("motion", "motion", _yes_no, False),
    ("entries_today", "entries_today", _number, False),
    ("exits_today", "exits_today", _number, False),
    ("free_rooms", "free_rooms", _number, False),
    ("estimate", "people_estimate", _number, True),
)


def compare(
    truth: Mapping[str, Mapping[str, Any]], states: Mapping[str, str], motion_heard: set[str]
) -> tuple[list[Mismatch], int]:
    """Return what differs, and how many figures were compared.

    A figure that a space has must be shown, except one that is off by default. Motion may be unknown as long as no
    event told of it: Butlr has no way to ask for it.
    """
    mismatches: list[Mismatch] = []
    compared = 0
    for space_id, figures in truth.items():
        for name, key, written, optional in _FIGURES:
            unique_id = f"{space_id}_{key}"
            shown = states.get(unique_id)
            if shown is None and (optional or figures[name] is None):
                continue
            expected = written(figures[name]) if figures["available"] else UNAVAILABLE
            compared += 1
            if shown == expected or (expected == UNKNOWN and shown == UNAVAILABLE):
                continue
            if name == "motion" and shown == UNKNOWN and figures["available"] and unique_id not in motion_heard:
                continue
            mismatches.append(Mismatch(unique_id, f"{figures['name']} ({figures['kind']})", name, expected, shown))
    return mismatches, compared


def unavailable(truth: Mapping[str, Mapping[str, Any]], states: Mapping[str, str], usual: set[str]) -> list[str]:
    """Return the entities that are unavailable though what they are about is there.

    `usual` are those that are unavailable as long as all is well: of a room that is there, a door may be offline.
    """
    found = []
    for key, state in states.items():
        figures = truth.get("_".join(key.split("_")[:2]))
        if state == UNAVAILABLE and key not in usual and (figures is None or figures["available"]):
            found.append(key)
    return found
