"""Is what Home Assistant shows what is the case, and is its log clean?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any

_RECORD = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^\]]+)\]")
_BAD = ("WARNING", "ERROR", "CRITICAL")
_OURS = "custom_components.butlr"
# How others name the integration when they complain about it: in a traceback, or in a report of wrong usage.
_NAMED = re.compile(r"custom_components[./]butlr|integration 'butlr'")
# The access tokens of the simulator begin like those of Butlr.
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}")

UNKNOWN, UNAVAILABLE = "unknown", "unavailable"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that Home Assistant shows otherwise than it is."""

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
            mismatches.append(Mismatch(f"{figures['name']} ({figures['kind']})", name, expected, shown))
    return mismatches, compared


def _records(log: Path) -> Iterator[tuple[str, str, str]]:
    """Yield level, logger and text of every log record, lines of a traceback with the record they belong to."""
    level, logger = "", ""
    lines: list[str] = []
    for line in log.read_text(errors="replace").splitlines():
        if begin := _RECORD.match(line):
            if lines:
                yield level, logger, "\n".join(lines)
            level, logger, lines = begin["level"], begin["logger"], []
        lines.append(line)
    if lines:
        yield level, logger, "\n".join(lines)


def complaints(log: Path, secrets: Sequence[str]) -> list[str]:
    """Return what a clean log does not have: warnings by or about the integration, and secrets anywhere."""
    found: list[str] = []
    for level, logger, text in _records(log):
        ours = logger.startswith(_OURS)
        if level in _BAD and (ours or _NAMED.search(text)):
            found.append(f"logged: {text}")
        if any(secret in text for secret in secrets) or (ours and _TOKEN.search(text)):
            # Not the text: it would show the secret once more.
            found.append(f"a secret is in a line logged by {logger} at level {level}")
    return found
