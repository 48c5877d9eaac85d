"""What the figures were measured on."""

from dataclasses import dataclass
from datetime import date
import os
from pathlib import Path
import platform
import re


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and what ran on it."""

    date: str
    processor: str
    cores: int
    system: str
    python: str
    home_assistant: str

    @classmethod
    def this(cls, home_assistant: str) -> Machine:
        """Describe this one, today."""
        return cls(
            date.today().isoformat(),  # noqa: DTZ011 - the date on the wall
            _processor(),
            os.cpu_count() or 1,
            f"{platform.system()} {platform.machine()}",
            platform.python_version(),
            home_assistant,
        )

    def __str__(self) -> str:
        """Return it in one line."""
        return (
            f"{self.date}, {self.processor}, {self.cores} cores, {self.system}, Python {self.python}, "
            f"Home Assistant {self.home_assistant}"
        )


def _processor() -> str:
    """Return the name that the processor gives itself."""
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()
