"""Numbers of people that are too small to be shown: the one rule for everything that a person sees. Plain Python.

A number from 1 up to the smallest group is shown as "fewer than". The number of a space that contains such a space is
hidden, too, if both could be subtracted. States are not affected. frontend/src/small-groups.ts is the same rule;
tests/live/small_groups.json holds both to the same answers.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from ..api.estate import Estate, PrimarySource, Space, Zone
from ..const import CONF_SMALLEST_GROUP, DEFAULT_SMALLEST_GROUP

# With a smaller number, nothing is hidden: there is no number between 0 and 1.
_LEAST_THAT_HIDES: Final = 2


class ShownCount(NamedTuple):
    """A number as it is shown: as it is, only as fewer than another one, or unknown."""

    number: int | None
    fewer_than: int | None = None

    @property
    def least(self) -> int:
        """Return the lowest number that it can stand for."""
        return 1 if self.fewer_than else self.number or 0

    @property
    def most(self) -> int:
        """Return the highest number that it can stand for; 0 if it is unknown."""
        return self.fewer_than - 1 if self.fewer_than else self.number or 0


def smallest_group(options: Mapping[str, Any]) -> int:
    """Return the smallest number of people that is shown, from the options of a config entry; 0 shows every number."""
    chosen = int(options.get(CONF_SMALLEST_GROUP, DEFAULT_SMALLEST_GROUP))
    return chosen if chosen >= _LEAST_THAT_HIDES else 0


def shown_count(number: int | None, smallest: int, parts: Iterable[ShownCount] = ()) -> ShownCount:
    """Return a number as it is shown; `parts` are the numbers of the spaces in it, as they are shown.

    If a part is hidden, the whole is shown only if it is higher than the parts can be together. Otherwise, it would
    tell the part. The limit that is shown instead follows from what is shown anyway.
    """
    if not smallest or not number:
        return ShownCount(number)
    shown = list(parts)
    limit = together(shown).fewer_than or smallest
    return ShownCount(None, limit) if number < limit else ShownCount(number)


def together(counts: Iterable[ShownCount]) -> ShownCount:
    """Return the sum of numbers as it is shown; it is hidden if one of them is. Unknown numbers do not count."""
    shown = list(counts)
    most = sum(one.most for one in shown)
    return ShownCount(None, most + 1) if any(one.fewer_than for one in shown) else ShownCount(most)


def shown_crossings(
    entries: int | None, exits: int | None, smallest: int, people: ShownCount | None = None
) -> tuple[ShownCount, ShownCount]:
    """Return entries and exits as they are shown. Exits are unknown if the difference would tell a number of people."""
    left = shown_count(exits, smallest)
    if smallest and entries is not None and exits is not None:
        limit = (people and people.fewer_than) or smallest
        if 0 < abs(entries - exits) < limit:
            left = ShownCount(None)
    return shown_count(entries, smallest), left


def shown_past(people: float, smallest: int) -> float | None:
    """Return a past number of people as exactly as it is shown; None if it is only shown as fewer than the smallest.

    It is a mean, or the most of an hour. What was shown of the parts at that time is not known, so that the rule for
    wholes cannot be applied. Multiples of the smallest group do not tell a part when they are subtracted.
    """
    if not smallest or people <= 0:
        return people
    return None if people < smallest else smallest * int(people / smallest + 0.5)


def counted_parts(estate: Estate) -> dict[str, list[Space]]:
    """Return the spaces whose people are among those of another space, by the id of that space."""
    parts: dict[str, list[Space]] = {}
    for space in estate.spaces.values():
        around = estate.parent_of(space)
        if isinstance(space, Zone) and (room := estate.rooms.get(space.room_id or "")):
            parts.setdefault(room.id, []).append(space)
            if estate.counts_people(room):
                continue
        if around and not (
            estate.primary_source(around) is PrimarySource.PRESENCE
            and estate.primary_source(space) is PrimarySource.TRAFFIC
        ):
            parts.setdefault(around.id, []).append(space)
    return parts
