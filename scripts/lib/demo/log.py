"""Read Home Assistant's log, and find records by or about the integration."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
import re

_BEGIN = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^\]]+)\]")
_BAD = ("WARNING", "ERROR", "CRITICAL")
_OURS = "custom_components.butlr"
# How other loggers name the integration: in a traceback, in a report about wrong usage, or when its set-up is retried.
_NAMED = re.compile(r"custom_components[./]butlr|integration 'butlr'|for butlr integration")
# The start of an access token, of the simulator and of Butlr.
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}")


@dataclass(frozen=True, slots=True)
class Record:
    """One record, including the lines of a traceback."""

    level: str
    logger: str
    text: str

    @property
    def is_ours(self) -> bool:
        """Return whether the integration logged it."""
        return self.logger.startswith(_OURS)

    @property
    def is_visible(self) -> bool:
        """Return whether the integration logged it at a level that is shown by default."""
        return self.is_ours and self.level != "DEBUG"

    @property
    def is_unregistered(self) -> bool:
        """Return whether Home Assistant reports a push before the webhook was registered; the text contains its id."""
        return self.logger == "homeassistant.components.webhook" and "unregistered webhook" in self.text

    @property
    def is_complaint(self) -> bool:
        """Return whether it is a warning or error by or about the integration."""
        return self.level in _BAD and (self.is_ours or _NAMED.search(self.text) is not None)


class HomeAssistantLog:
    """The log file, read in parts; Home Assistant starts a new file with every start."""

    def __init__(self, path: Path) -> None:
        """Start at the beginning of the file."""
        self._path = path
        self._position = 0

    def start_over(self) -> None:
        """Expect a new file; call `read` for the rest of the old one first."""
        self._position = 0

    def read(self) -> list[Record]:
        """Return the records since the last call; an incomplete line is returned by the next one."""
        with self._path.open("rb") as file:
            file.seek(self._position)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._position += len(whole)
        return list(_records(whole.decode(errors="replace").splitlines()))


def _records(lines: Iterable[str]) -> Iterator[Record]:
    """Yield the records that the lines form."""
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
    """Return the warnings and errors by or about the integration."""
    return [f"logged: {record.text}" for record in records if record.is_complaint]


def leaks(records: Iterable[Record], secrets: Sequence[str]) -> list[str]:
    """Return the loggers and levels of records that contain a secret; not the text, which would show it again."""
    return [
        f"{record.logger} logged a secret at level {record.level}"
        for record in records
        if any(secret in record.text for secret in secrets) or (record.is_ours and _TOKEN.search(record.text))
    ]
