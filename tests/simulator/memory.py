"""What a simulator remembers across restarts: a file beside the process.

The real cloud goes on counting while its API is away, and its customers' subscriptions outlive any of its servers. The
estate follows from the seed, and what people did follows from the seed and the moment they began, so the file holds no
more than that moment and the subscriptions: a simulator that starts again lets the time since then pass immediately.
Only pauses and changes made over the control interface are forgotten.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
import json
from pathlib import Path
from typing import Self

from .delivery import Webhook


@dataclass(slots=True)
class Memory:
    """The file and what is in it; timestamps in milliseconds since the epoch."""

    path: Path
    starts: int = 0
    """How often a simulator has started with this file: what has an id of its own must not get an old one again."""
    drawn: int = 0
    """When the past was made up; 0 = not yet."""
    begun: int = 0
    """When people began to live; 0 = they have not moved yet."""
    webhooks: list[Webhook] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file; where there is none, there is nothing to remember."""
        if not path.exists():
            return cls(path)
        content = json.loads(path.read_text())
        webhooks = [Webhook(**webhook) for webhook in content.pop("webhooks")]
        return cls(path, webhooks=webhooks, **content)

    def keep(self, webhooks: Iterable[Webhook]) -> None:
        """Write what there is to know; whoever is killed meanwhile leaves the old file whole."""
        self.webhooks = list(webhooks)
        content = {"starts": self.starts, "drawn": self.drawn, "begun": self.begun}
        content_json = json.dumps(content | {"webhooks": [asdict(webhook) for webhook in self.webhooks]}, indent=1)
        draft = self.path.with_name(f"{self.path.name}.new")
        draft.write_text(content_json)
        draft.replace(self.path)
