"""Edits of answers: whatever stands at a path of an answer is replaced, shortened or left out, without an error."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
import json
import math
from typing import Any, Self

from .settings import Json

ANY = "*"
"""As an operation every one, as a step of a path every item of a list or object."""

type Holder = dict[str, Any] | list[Any]


@dataclass(slots=True, kw_only=True)
class Edit:
    """What is done to the answers of one operation, as the request log names it: `Topology`, `room_occupancy`, `login`.

    Where the path leads nowhere, nothing is done. A null on the way ends it, as at Butlr.
    """

    operation: str = ANY
    path: tuple[str | int, ...]
    """From the root of the answer, for GraphQL and reporting from `data`."""
    value: Any = None
    """What is put there, unless a share is kept or it is left out."""
    keep: float | None = None
    """Which share of the list there stays, rounded down."""
    leave_out: bool = False
    """Whether it is taken out instead."""
    count: int | None = None
    """After so many edited answers it is over; None = until taken back."""

    @classmethod
    def read(cls, value: Json) -> Self:
        """Build an edit from JSON.

        Raises:
            ValueError: not an edit.
        """
        path = value.get("path")
        if value.keys() - {item.name for item in fields(cls)} or not isinstance(path, list | tuple) or not path:
            raise ValueError(f"not an edit: {value!r}")
        return cls(**{**value, "path": tuple(path)})

    def apply(self, answer: Any) -> bool:
        """Edit an answer in place; return whether there was anything to edit."""
        *way, last = self.path
        holders = [answer]
        for step in way:
            holders = [holder[key] for holder in holders for key in _keys(holder, step)]
        done = False
        for holder in holders:
            for key in reversed(list(_keys(holder, last))):
                done = True
                self._put(holder, key)
        return done

    def _put(self, holder: Any, key: Any) -> None:
        """Do it at one place."""
        if self.leave_out:
            del holder[key]
        elif self.keep is None:
            # A copy: what is edited later must not change what is put elsewhere.
            holder[key] = json.loads(json.dumps(self.value))
        elif isinstance(holder[key], list):
            del holder[key][math.floor(len(holder[key]) * self.keep) :]


def _keys(holder: Any, step: str | int) -> Iterator[Any]:
    """Yield the keys that a step of a path stands for."""
    if isinstance(holder, dict):
        yield from list(holder) if step == ANY else [step] if step in holder else ()
    elif isinstance(holder, list):
        places = range(len(holder))
        yield from places if step == ANY else [step] if isinstance(step, int) and step in places else ()


class Edits:
    """The edits that are in force, in the order in which they were made."""

    def __init__(self) -> None:
        """Start without any."""
        self._edits: list[Edit] = []

    def add(self, **edit: Any) -> Edit:
        """Edit answers from now on, e.g. `add(operation="Topology", path=["sites", "data", 0, "buildings"], count=1)`.

        Raises:
            ValueError: not an edit.
        """
        made = Edit.read(edit)
        self._edits.append(made)
        return made

    def clear(self) -> None:
        """Remove all edits."""
        self._edits.clear()

    def apply(self, operation: str, content: bytes) -> bytes:
        """Return an answer as it is sent."""
        due = [edit for edit in self._edits if edit.operation in (ANY, operation)]
        if not due:
            return content
        answer = json.loads(content)
        root = answer["data"] if isinstance(answer, dict) and "data" in answer else answer
        for edit in due:
            if edit.apply(root) and edit.count is not None:
                edit.count -= 1
        self._edits = [edit for edit in self._edits if edit.count is None or edit.count > 0]
        return json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()

    def as_list(self) -> list[Json]:
        """Return the edits in force as JSON."""
        return [asdict(edit) for edit in self._edits]
