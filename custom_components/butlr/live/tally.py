"""How many readings were applied and rejected. Plain Python."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Counters: applied readings, and rejected ones by reason."""

    applied: int = 0
    older: int = 0
    stale: int = 0
    repeated: int = 0
    corrupt: int = 0
    unknown_space: int = 0
    unsensed: int = 0
