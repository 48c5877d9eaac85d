"""How Home Assistant's event loop fared over a while."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from scripts.lib.processes.components.loop_watch.loop_meter import Block

LONGEST = 3


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
            f"held up by {_longest(block.seconds_otherwise for block in self.blocks)},"
            f" working {_longest(block.cpu_otherwise for block in self.blocks)} of one;"
            f" {len(self.full_collections)} collections of all garbage in {self.seconds / 60:.0f} min"
            f" ({_longest(self.full_collections)})"
        )


def _longest(seconds: Iterable[float]) -> str:
    """Return the longest ones as words."""
    found = sorted(seconds, reverse=True)[:LONGEST]
    return f"{', '.join(f'{1000 * one:.0f}' for one in found)} ms" if found else "less than 5 ms"
