"""The bodies of pushes: people come and go one by one, in a random space each time."""

from collections.abc import Sequence
from dataclasses import dataclass
import json
import random
from typing import Self

from tests.simulator import Settings
from tests.simulator.blueprint import draw_estate
from tests.simulator.events import EventWriter

MOST_PEOPLE = 6
# Written in place of what differs from event to event; no other part of a body looks like them.
_MOMENT, _PEOPLE = 987_654_321_987, 987_654_321


@dataclass(frozen=True, slots=True)
class Template:
    """The body of an event of one space, in the parts between moment and number."""

    before: bytes
    between: bytes
    after: bytes

    @classmethod
    def cut(cls, body: bytes) -> Self:
        """Cut a body that was written with the stand-ins."""
        before, rest = body.split(str(_MOMENT).encode())
        between, after = rest.split(str(_PEOPLE).encode())
        return cls(before, between, after)


class Walk:
    """Writes one body after the other; the same seed writes the same ones, their moments apart."""

    def __init__(self, templates: Sequence[Template], seed: int = 0) -> None:
        """Begin with nobody anywhere."""
        self._templates = templates
        self._people = [0] * len(templates)
        self._random = random.Random(seed)

    def next(self, timestamp: int) -> bytes:
        """Return the body of the next event, sensed at a moment in milliseconds; each changes a count."""
        index = int(self._random.random() * len(self._templates))
        people = self._people[index]
        step = 1 if people == 0 or (people < MOST_PEOPLE and self._random.random() < 0.5) else -1
        self._people[index] = people = people + step
        template = self._templates[index]
        return b"%s%d%s%d%s" % (template.before, timestamp, template.between, people, template.after)


def templates_of(rooms: int, seed: int) -> list[Template]:
    """Return a template for each room and zone whose people are counted, in the words of the simulator."""
    estate = draw_estate(rooms, seed)
    writer, coverage = EventWriter(estate, Settings(), seed), estate.coverage
    return [
        Template.cut(json.dumps(writer.occupancy(space_id, _PEOPLE, _MOMENT)).encode())
        for space_id in (*estate.rooms, *estate.zones)
        if coverage.has_presence(space_id) and coverage.sees(space_id)
    ]
