"""Home Assistant's log: what the integration says in it, and what others say about it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
import re

_BEGIN = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^\]]+)\]")
_BAD = ("WARNING", "ERROR", "CRITICAL")
_OURS = "custom_components.butlr"
# How others name the integration when they complain about it: in a traceback, in a report of wrong usage, or when they
# put off its set-up.
_NAMED = re.compile(r"custom_components[./]butlr|integration 'butlr'|for butlr integration")
# The access tokens of the simulator begin like those of Butlr.
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}")


@dataclass(frozen=True, slots=True)
class Record:
    """One record, the lines of a traceback included."""

    level: str
    logger: str
    text: str

    @property
    def is_ours(self) -> bool:
        """Tell whether the integration itself speaks."""
        return self.logger.startswith(_OURS)

    @property
    def is_visible(self) -> bool:
        """Tell whether the integration says something that everybody sees: more than a debug message."""
        return self.is_ours and self.level != "DEBUG"

    @property
    def is_unregistered(self) -> bool:
        """Tell whether Home Assistant notes a push that came before the integration listened; it names the webhook."""
        return self.logger == "homeassistant.components.webhook" and "unregistered webhook" in self.text

    @property
    def is_complaint(self) -> bool:
        """Tell whether it is a warning, or worse, by or about the integration."""
        return self.level in _BAD and (self.is_ours or _NAMED.search(self.text) is not None)


class HomeLog:
    """The log file, read bit by bit; Home Assistant begins a new one at every start."""

    def __init__(self, path: Path) -> None:
        """Begin at the beginning."""
        self._path = path
        self._position = 0

    def start_over(self) -> None:
        """Expect a new file; what was written to the old one has been read by now."""
        self._position = 0

    def read(self) -> list[Record]:
        """Return the records since the last time; a line that is still being written comes with the next ones."""
        with self._path.open("rb") as file:
            file.seek(self._position)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._position += len(whole)
        return list(_records(whole.decode(errors="replace").splitlines()))


def _records(lines: Iterable[str]) -> Iterator[Record]:
    """Yield the records that lines belong to."""
    level, logger = "", ""
    kept: list[str] = []
    for line in lines:
        if begin := _BEGIN.match(line):
            if kept:
                yield Record(level, logger, "\n".join(kept))
            level, logger, kept = begin["level"], begin["logger"], []
        kept.append(line)
    if kept:
        yield Record(level, logger, "\n".join(kept))


def complaints(records: Iterable[Record]) -> list[str]:
    """Return the warnings by or about the integration."""
    return [f"logged: {record.text}" for record in records if record.is_complaint]


def leaks(records: Iterable[Record], secrets: Sequence[str]) -> list[str]:
    """Return where a secret is; not the text, which would show it once more."""
    return [
        f"a secret is in a line logged by {record.logger} at level {record.level}"
        for record in records
        if any(secret in record.text for secret in secrets) or (record.is_ours and _TOKEN.search(record.text))
    ]
