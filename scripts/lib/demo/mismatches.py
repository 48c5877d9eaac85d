"""Find differences between the states of Home Assistant and the truth of the simulator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN, UNAVAILABLE = "unknown", "unavailable"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A value that Home Assistant shows wrong."""

    key: str
    """Unique id of the entity."""
    space: str
    what: str
    truth: str
    shown: str | None

    def __str__(self) -> str:
        """Return one line for a person."""
        shown = "the entity does not exist" if self.shown is None else f"Home Assistant shows {self.shown}"
        return f"{self.space}: {self.what} is {self.truth}, {shown}"


def _number(value: Any) -> str:
    """Return the state for a number."""
    return UNKNOWN if value is None else str(value)


def _yes_no(value: Any) -> str:
    """Return the state for a yes or no."""
    return UNKNOWN if value is None else "on" if value else "off"


# Name in the simulator, key of the entity, conversion to a state, and whether the entity may be disabled.
_VALUES: tuple[tuple[str, str, Callable[[Any], str], bool], ...] = (
    ("people", "people", _number, False),
    ("occupied", "occupancy", _yes_no, False),
    ("motion", "motion", _yes_no, False),
    ("entries_today", "entries_today", _number, False),
    ("exits_today", "exits_today", _number, False),
    ("free_rooms", "free_rooms", _number, False),
    ("estimate", "people_estimate", _number, True),
)


def compare(
    truth: Mapping[str, Mapping[str, Any]], states: Mapping[str, str], motion_delivered: set[str]
) -> tuple[list[Mismatch], int]:
    """Return the differences, and how many values were compared.

    Every value of a space must be shown, except those of entities that may be disabled. Motion may be unknown as long
    as no event has been delivered for it, since it cannot be polled.
    """
    mismatches: list[Mismatch] = []
    compared = 0
    for space_id, values in truth.items():
        for name, key, as_state, optional in _VALUES:
            unique_id = f"{space_id}_{key}"
            shown = states.get(unique_id)
            if shown is None and (optional or values[name] is None):
                continue
            expected = as_state(values[name]) if values["available"] else UNAVAILABLE
            compared += 1
            if shown == expected or (expected == UNKNOWN and shown == UNAVAILABLE):
                continue
            if name == "motion" and shown == UNKNOWN and values["available"] and unique_id not in motion_delivered:
                continue
            mismatches.append(Mismatch(unique_id, f"{values['name']} ({values['kind']})", name, expected, shown))
    return mismatches, compared


def find_unavailable(truth: Mapping[str, Mapping[str, Any]], states: Mapping[str, str], usual: set[str]) -> list[str]:
    """Return the entities that are unavailable although their space is available.

    `usual` entities are unavailable even without a failure: a sensor may be offline in a room that is available.
    """
    found = []
    for key, state in states.items():
        values = truth.get("_".join(key.split("_")[:2]))
        if state == UNAVAILABLE and key not in usual and (values is None or values["available"]):
            found.append(key)
    return found
