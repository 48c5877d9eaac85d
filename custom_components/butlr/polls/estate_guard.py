"""Shrinking needs a witness: one answer without an error is not yet the truth about what is gone.

A backend that failed may answer null, an empty list or half of one, and not say so. Whoever believed it would remove
devices and entities, and with them what people built on them. So what an answer lacks stays in the estate as
unconfirmed, until a second one, minutes later, lacks exactly the same. A single thing that is taken out of a list in
which others stay is everyday life, and believed at once. Plain Python: the clock is handed in.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from ..api.continuity import carry_over
from ..api.errors import ButlrOtherOrganizationError
from ..api.estate import Estate, Tag, part_of
from ..const import LOGGER

# A second answer is a witness when so many seconds have passed: a button that is pressed twice asks the same backend
# in the same state.
CONFIRMATION_DELAY: Final = 5 * 60.0
# What comes together in an answer, by the name under which it may be unread.
_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "sites": ("sites", "buildings", "floors", "rooms", "zones"),
    "sensors": ("sensors",),
    "hives": ("hives",),
    "tags": ("tags",),
}
# What the lists of an answer belong to, and of what kind that is; of the others there is one list each.
_PARENTS: Final = {
    "buildings": ("site_id", "sites"),
    "floors": ("building_id", "buildings"),
    "rooms": ("floor_id", "floors"),
    "zones": ("floor_id", "floors"),
}
# Things keep what is known of them in the same way: where a field turns empty in half of all that had it, none of these
# became so. What does not decide over devices and entities is not among them.
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "buildings": ("name", "capacity"),
    "floors": ("name", "capacity", "custom_id", "number"),
    "rooms": ("name", "capacity", "custom_id", "room_type"),
    "zones": ("name", "capacity", "custom_id", "sensor_ids"),
    "hives": ("name", "floor_id", "type", "version"),
    "sensors": (
        "name",
        "mode",
        "model",
        "floor_id",
        "room_id",
        "hive_serial",
        "is_entrance",
        "power",
        "battery_change_by",
    ),
}
_TAGGED: Final = ("floors", "rooms", "zones")


@dataclass(frozen=True, slots=True)
class _Doubt:
    """What an answer lacked, and when that was first so."""

    lacking: frozenset[str]
    since: float


class EstateGuard:
    """Holds each answer against what is known."""

    def __init__(self, clock: Callable[[], float], organization_id: str | None = None) -> None:
        """Begin without knowing anything but, perhaps, whose estate it is."""
        self._clock = clock
        self._organization_id = organization_id
        self._known: Estate | None = None
        self._strays: frozenset[str] = frozenset()
        # What is unconfirmed as the log has it.
        self._told: frozenset[str] = frozenset()
        self._doubts: dict[tuple[Hashable, ...], _Doubt] = {}
        self._looked_at: set[tuple[Hashable, ...]] = set()

    def recall(self, known: Estate | None, strays: Collection[str] = ()) -> None:
        """Know what was there before; of `strays` nothing is known but their ids."""
        self._known = known
        self._strays = frozenset(strays)

    def take(self, answer: Estate) -> Estate:
        """Return what there is after an answer; raises ButlrOtherOrganizationError."""
        self._known = estate = self.hear(self._known, self._owned(answer))
        news, self._told = len(estate.unconfirmed - self._told), estate.unconfirmed
        if news:
            LOGGER.warning(
                "%d known spaces or devices are missing in Butlr's latest answer. They are unavailable until they are "
                "back, or are removed if another answer confirms that they are gone",
                news,
            )
        return estate

    def _owned(self, answer: Estate) -> Estate:
        """Return an estate under the id that is known, which an answer need not name.

        Where none named one at first, the id of a site has stood for it ever since.
        """
        own = self._organization_id or answer.organization_id
        sites = {*answer.sites, *(self._known.sites if self._known else ())}
        if answer.named and own not in answer.named and own not in sites:
            raise ButlrOtherOrganizationError
        return replace(answer, organization_id=own)

    def hear(self, known: Estate | None, answer: Estate) -> Estate:
        """Return what there is, as an answer tells: neither what it leaves unread nor what it alone lacks is gone."""
        known = known or Estate(organization_id=answer.organization_id)
        estate = carry_over(known, answer)
        # Of these the answer tells neither that they are there nor that they are not.
        carried = set(_ids(estate)) - set(_ids(answer))
        unconfirmed = set(known.unconfirmed & carried)
        self._looked_at.clear()
        parts: dict[str, Any] = {}
        for group, kinds in _GROUPS.items():
            lacking = _lacking(known, estate, kinds)
            ids = frozenset(key for part in lacking.values() for key in part)
            if any(key in getattr(estate, kind) for kind in kinds for key in unconfirmed):
                waits = self._goes_on(group)
            else:
                waits = self._waits((group,), ids, partial(_is_everyday, ids, known, estate))
            if waits:
                for kind, part in lacking.items():
                    # What comes last is found first by the other names that things have.
                    parts[kind] = {**part, **getattr(estate, kind)}
                    unconfirmed |= part.keys()
            for kind in kinds:
                if held := self._held_fields(group, kind, known, estate):
                    parts[kind] = {**parts.get(kind, getattr(estate, kind)), **held}
        estate = replace(estate, **parts)
        tags, doubted = self._held_memberships(known, estate, unconfirmed)
        strays = self._strays - {*_ids(estate)} - {estate.organization_id}
        if not self._waits(("strays",), strays):
            self._strays = strays = frozenset()
        self._doubts = {key: doubt for key, doubt in self._doubts.items() if key in self._looked_at}
        return replace(estate, tags=tags, unconfirmed=frozenset(unconfirmed | doubted | strays))

    def _goes_on(self, *key: Hashable) -> bool:
        """Let a doubt be as it was: an answer that was not read there is no witness, neither for nor against."""
        self._looked_at.add(key)
        return True

    def _waits(
        self, key: tuple[Hashable, ...], lacking: frozenset[str], is_everyday: Callable[[], bool] = lambda: False
    ) -> bool:
        """Tell whether something that is lacking has to wait for a witness, and remember since when."""
        self._looked_at.add(key)
        doubt = self._doubts.pop(key, None)
        if not lacking or (doubt is None and is_everyday()):
            return False
        if doubt is None or doubt.lacking != lacking:
            doubt = _Doubt(lacking, self._clock())
        elif self._clock() - doubt.since >= CONFIRMATION_DELAY:
            return False
        self._doubts[key] = doubt
        return True

    def _held_fields(self, group: str, kind: str, known: Estate, answer: Estate) -> dict[str, Any]:
        """Return the things whose fields turned empty together, as they were."""
        before, now = getattr(known, kind), getattr(answer, kind)
        held: dict[str, dict[str, Any]] = {}
        for name in _FIELDS.get(kind, ()):
            had = {key: value for key, thing in before.items() if (value := _value(thing, name))}
            lost = frozenset(key for key in had if key in now and not _value(now[key], name))
            together = lost if len(lost) > 1 and 2 * len(lost) >= len(had) else frozenset()
            if self._waits((group, kind, name), together):
                for key in lost:
                    held.setdefault(key, {})[name] = had[key]
        return {key: replace(now[key], **values) for key, values in held.items()}

    def _held_memberships(
        self, known: Estate, estate: Estate, unconfirmed: Collection[str]
    ) -> tuple[dict[str, Tag], set[str]]:
        """Return the tags with the spaces that they may still be on, and the ids of those of which it is not sure.

        Taken off all its spaces, a tag looks as if they had not been read; so do tags that lose most spaces of a kind
        together. Whoever puts one tag elsewhere is followed at once.
        """
        # The spaces that a tag lost, by kind.
        lost: dict[str, dict[str, list[str]]] = {kind: {} for kind in _TAGGED}
        kept: dict[str, dict[str, None]] = {}
        doubted: set[str] = set()

        def hold(key: tuple[Hashable, ...], doubtful: Mapping[str, list[str]]) -> None:
            pairs = frozenset(f"{tag_id} {space_id}" for tag_id, spaces in doubtful.items() for space_id in spaces)
            if self._waits(key, pairs):
                for tag_id, spaces in doubtful.items():
                    kept.setdefault(tag_id, {}).update(dict.fromkeys(spaces))
                    doubted.add(tag_id)

        unread = "tags" in estate.unread
        for tag in estate.tags.values():
            kept[tag.id] = {}
            if unread or part_of("space_ids", tag.id) in estate.unread:
                self._goes_on("tags", tag.id)
                doubted |= {tag.id} & known.unconfirmed
                continue
            before = known.tags.get(tag.id, tag).space_ids
            now = {one for one in tag.space_ids if one in estate.spaces}
            gone = [one for one in before if one in estate.spaces and one not in now]
            # A space that is missing itself is missing in the lists of its tags, too.
            kept[tag.id] = dict.fromkeys(one for one in gone if one in unconfirmed)
            gone = [one for one in gone if one not in unconfirmed]
            for kind, by_tag in lost.items():
                if of_kind := [one for one in gone if one in getattr(estate, kind)]:
                    by_tag[tag.id] = of_kind
            hold(("tags", tag.id), {} if now else {tag.id: gone})
        for kind, by_tag in lost.items():
            spaces = getattr(estate, kind)
            left = sum(one in spaces for tag in estate.tags.values() for one in tag.space_ids)
            together = len(by_tag) > 1 and left <= sum(map(len, by_tag.values()))
            if unread:
                self._goes_on("tags", kind)
            else:
                hold(("tags", kind), by_tag if together else {})
        tags = {
            tag.id: replace(tag, space_ids=(*tag.space_ids, *kept[tag.id])) if kept[tag.id] else tag
            for tag in estate.tags.values()
        }
        return tags, doubted


def _ids(estate: Estate) -> Iterator[str]:
    """Yield the ids of everything in an estate, whatever it is."""
    for kinds in _GROUPS.values():
        for kind in kinds:
            yield from getattr(estate, kind)


def _lacking(known: Estate, answer: Estate, kinds: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return what is known and not in an answer, of some kinds; all that it hangs in is known, or in the answer."""
    # What is said to hang nowhere is not lacking.
    there = {*_ids(answer), *answer.uninstalled}
    lacking: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        part = {key: thing for key, thing in getattr(known, kind).items() if key not in there}
        if kind in _PARENTS:
            parent, above = _PARENTS[kind]
            homes = {*getattr(answer, above), *lacking[above]}
            # An id may have become that of something else: what hung in the one thing does not hang in the other.
            part = {key: thing for key, thing in part.items() if getattr(thing, parent) in homes}
        lacking[kind] = part
    return lacking


def _is_everyday(lacking: Collection[str], known: Estate, answer: Estate) -> bool:
    """Tell whether a single thing is lacking, of a list in which two others stay."""
    if len(lacking) > 1:
        return False
    (gone,) = lacking
    kind = next(kind for kinds in _GROUPS.values() for kind in kinds if gone in getattr(known, kind))
    things, (parent, _) = getattr(known, kind), _PARENTS.get(kind, ("", ""))
    home = getattr(things[gone], parent, None)
    siblings = [key for key, thing in things.items() if getattr(thing, parent, None) == home]
    return sum(key in getattr(answer, kind) for key in siblings) >= 2


def _value(thing: Any, name: str) -> Any:
    """Return a field of something; a name that is but its id is none."""
    value = getattr(thing, name)
    return None if name == "name" and value == thing.id else value
