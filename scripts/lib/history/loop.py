"""How long Home Assistant's event loop was blocked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from scripts.lib.processes.components.loop_watch.loop_meter import Block

LONGEST_BLOCKS = 3


@dataclass(slots=True)
class LoopReport:
    """The blocks that the component `loop_watch` measured inside Home Assistant."""

    blocks: list[Block] = field(default_factory=list)
    full_collections: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, answer: dict[str, Any], seconds: float) -> Self:
        """Add the blocks of the last `seconds`."""
        self.blocks += (Block(**block) for block in answer["blocks"])
        self.full_collections += answer["full_collections"]
        self.seconds += seconds
        return self

    def __str__(self) -> str:
        """Describe the longest blocks: on a busy machine, the loop may be blocked while it has nothing to do."""
        return (
            f"blocked for {_longest(block.seconds_otherwise for block in self.blocks)},"
            f" using {_longest(block.cpu_otherwise for block in self.blocks)} of CPU time;"
            f" {len(self.full_collections)} full garbage collections in {self.seconds / 60:.0f} min"
            f" ({_longest(self.full_collections)})"
        )


def _longest(seconds: Iterable[float]) -> str:
    """Describe the longest times."""
    found = sorted(seconds, reverse=True)[:LONGEST_BLOCKS]
    return f"{', '.join(f'{1000 * one:.0f}' for one in found)} ms" if found else "less than 5 ms"
