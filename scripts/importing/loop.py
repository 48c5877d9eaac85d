"""For how long Home Assistant's event loop was held up, by what, over a while."""

from dataclasses import dataclass, field
from typing import Any, Self

LONGEST = 3


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of time in which the loop got to nothing else, in seconds."""

    late: float
    worked: float
    collected: float
    collected_here: float

    @property
    def late_otherwise(self) -> float:
        """Return how long it was for anything else than Python's collecting of garbage."""
        return max(self.late - self.collected, 0.0)

    @property
    def worked_otherwise(self) -> float:
        """Return how long it worked at anything else than that."""
        return max(self.worked - self.collected_here, 0.0)


@dataclass(slots=True)
class Watched:
    """What the watch inside Home Assistant has told."""

    blocks: list[Block] = field(default_factory=list)
    full_collections: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, answer: dict[str, Any], seconds: float) -> Self:
        """Take in what was told of some seconds."""
        self.blocks += (Block(**block) for block in answer["blocks"])
        self.full_collections += answer["full_collections"]
        self.seconds += seconds
        return self

    def __str__(self) -> str:
        """Tell the longest; on a busy machine the loop may be held up without having anything to do."""
        return (
            f"held up by {_longest(block.late_otherwise for block in self.blocks)},"
            f" working {_longest(block.worked_otherwise for block in self.blocks)} of one;"
            f" {len(self.full_collections)} collections of all garbage in {self.seconds / 60:.0f} min"
            f" ({_longest(self.full_collections)})"
        )


def _longest(seconds: Any) -> str:
    """Return the longest ones as words."""
    found = sorted(seconds, reverse=True)[:LONGEST]
    return f"{', '.join(f'{1000 * one:.0f}' for one in found)} ms" if found else "less than 20 ms"
