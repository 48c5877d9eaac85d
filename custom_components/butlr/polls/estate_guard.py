"""Guards the estate against incomplete answers: nothing large disappears because of a single answer.

A failing backend may return null, an empty list or half a list, without an error. Applying it would remove devices and
entities, and with them what users built on them. So assets that an answer lacks stay in the estate as unconfirmed until
a second answer, minutes later, lacks exactly the same. A single item that leaves a list in which others stay is normal,
and is removed immediately. Plain Python: the clock is passed in.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from ..api.continuity import carry_over
from ..api.errors import ButlrOtherOrganizationError
from ..api.estate import Estate, Tag, part_of
from ..const import LOGGER

# Time after which a second answer confirms the first, in seconds. An earlier one may come from the same failure.
CONFIRMATION_DELAY: Final = 5 * 60.0
# The kinds of assets in each part of an answer, by the name under which the part may be unread.
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "sites": ("sites", "buildings", "floors", "rooms", "zones"),
    "sensors": ("sensors",),
    "hives": ("hives",),
    "tags": ("tags",),
}
# The kinds that are listed per parent: the field with the parent's id, and the kind of the parent.
_PARENTS: Final = {
    "buildings": ("site_id", "sites"),
    "floors": ("building_id", "buildings"),
    "rooms": ("floor_id", "floors"),
    "zones": ("floor_id", "floors"),
}
# Fields that decide which devices and entities exist. If one turns empty in at least half of the assets that had it,
# the old values are kept in the same way.
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
# The kinds of spaces that can have tags.
_TAGGED_KINDS: Final = ("floors", "rooms", "zones")


@dataclass(frozen=True, slots=True)
class _Suspect:
    """The items that an answer lacked, and the time of the first such answer by the clock."""

    missing: frozenset[str]
    since: float


class EstateGuard:
    """Compares each answer with the known estate."""

    def __init__(self, clock: Callable[[], float], organization_id: str | None = None) -> None:
        """Start without a known estate; the id of its organization may be known."""
        self._clock = clock
        self._organization_id = organization_id
        self._known: Estate | None = None
        # Ids from an earlier run, of assets about which nothing else is known.
        self._orphans: frozenset[str] = frozenset()
        # The unconfirmed ids that were logged.
        self._logged: frozenset[str] = frozenset()
        # What the newest answer lacks, keyed by the part of the answer.
        self._suspects: dict[tuple[Hashable, ...], _Suspect] = {}
        # The parts that the current answer was checked for.
        self._checked: set[tuple[Hashable, ...]] = set()

    def restore(self, known: Estate | None, orphans: Collection[str] = ()) -> None:
        """Set the estate of an earlier run, and the ids of assets that are not in it."""
        self._known = known
        self._orphans = frozenset(orphans)

    def verify(self, answer: Estate) -> Estate:
        """Return the estate after an answer; raise ButlrOtherOrganizationError."""
        self._known = estate = self.merge(self._known, self._with_organization(answer))
        added, self._logged = len(estate.unconfirmed - self._logged), estate.unconfirmed
        if added:
            LOGGER.warning(
                "%d known spaces or devices are missing in Butlr's latest answer. They are unavailable until they are "
                "back, or are removed if another answer confirms that they are gone",
                added,
            )
        return estate

    def _with_organization(self, answer: Estate) -> Estate:
        """Return the answer under the known organization id, which an answer need not contain.

        If the first answer contained none, the id of a site has been used since.
        """
        own = self._organization_id or answer.organization_id
        sites = {*answer.sites, *(self._known.sites if self._known else ())}
        if answer.named and own not in answer.named and own not in sites:
            raise ButlrOtherOrganizationError
        return replace(answer, organization_id=own)

    def merge(self, known: Estate | None, answer: Estate) -> Estate:
        """Return the estate after an answer, with what is unread or suspect taken from the known estate."""
        known = known or Estate(organization_id=answer.organization_id)
        estate = carry_over(known, answer)
        # The answer does not say whether these exist.
        carried = set(_ids(estate)) - set(_ids(answer))
        unconfirmed = set(known.unconfirmed & carried)
        self._checked.clear()
        merged: dict[str, Any] = {}
        for part, kinds in _PARTS.items():
            missing = _missing(known, estate, kinds)
            ids = frozenset(asset_id for assets in missing.values() for asset_id in assets)
            if any(asset_id in getattr(estate, kind) for kind in kinds for asset_id in unconfirmed):
                suspect = self._keep_suspect(part)
            else:
                suspect = self._is_suspect((part,), ids, partial(_is_single_removal, ids, known, estate))
            if suspect:
                for kind, assets in missing.items():
                    # New assets come last: a lookup by another identifier then finds them, not the missing ones.
                    merged[kind] = {**assets, **getattr(estate, kind)}
                    unconfirmed |= assets.keys()
            for kind in kinds:
                if restored := self._restore_fields(part, kind, known, estate):
                    merged[kind] = {**merged.get(kind, getattr(estate, kind)), **restored}
        estate = replace(estate, **merged)
        tags, suspect_tags = self._restore_tags(known, estate, unconfirmed)
        orphans = self._orphans - {*_ids(estate)} - {estate.organization_id}
        if not self._is_suspect(("orphans",), orphans):
            self._orphans = orphans = frozenset()
        self._suspects = {key: suspect for key, suspect in self._suspects.items() if key in self._checked}
        return replace(estate, tags=tags, unconfirmed=frozenset(unconfirmed | suspect_tags | orphans))

    def _keep_suspect(self, *key: Hashable) -> bool:
        """Keep a suspect unchanged, because an unread part of an answer neither confirms nor clears it."""
        self._checked.add(key)
        return True

    def _is_suspect(
        self, key: tuple[Hashable, ...], missing: frozenset[str], is_normal: Callable[[], bool] = lambda: False
    ) -> bool:
        """Return whether missing items still need confirmation, and record since when they have been missing."""
        self._checked.add(key)
        suspect = self._suspects.pop(key, None)
        if not missing or (suspect is None and is_normal()):
            return False
        if suspect is None or suspect.missing != missing:
            suspect = _Suspect(missing, self._clock())
        elif self._clock() - suspect.since >= CONFIRMATION_DELAY:
            return False
        self._suspects[key] = suspect
        return True

    def _restore_fields(self, part: str, kind: str, known: Estate, answer: Estate) -> dict[str, Any]:
        """Return the assets whose fields turned empty together, with their old values."""
        before, now = getattr(known, kind), getattr(answer, kind)
        restored: dict[str, dict[str, Any]] = {}
        for name in _FIELDS.get(kind, ()):
            old = {asset_id: value for asset_id, asset in before.items() if (value := _value(asset, name))}
            emptied = frozenset(asset_id for asset_id in old if asset_id in now and not _value(now[asset_id], name))
            together = emptied if len(emptied) > 1 and 2 * len(emptied) >= len(old) else frozenset()
            if self._is_suspect((part, kind, name), together):
                for asset_id in emptied:
                    restored.setdefault(asset_id, {})[name] = old[asset_id]
        return {asset_id: replace(now[asset_id], **values) for asset_id, values in restored.items()}

    def _restore_tags(
        self, known: Estate, estate: Estate, unconfirmed: Collection[str]
    ) -> tuple[dict[str, Tag], set[str]]:
        """Return the tags with the spaces that they may still have, and the ids of the suspect tags.

        A tag that loses all its spaces is suspect, because its spaces may not have been read. So are tags that together
        lose most spaces of a kind. A tag that moves to another space is not.
        """
        # The spaces that a tag lost, by kind.
        lost: dict[str, dict[str, list[str]]] = {kind: {} for kind in _TAGGED_KINDS}
        kept: dict[str, dict[str, None]] = {}
        suspects: set[str] = set()

        def check(key: tuple[Hashable, ...], spaces_by_tag: Mapping[str, list[str]]) -> None:
            pairs = frozenset(f"{tag_id} {space_id}" for tag_id, spaces in spaces_by_tag.items() for space_id in spaces)
            if self._is_suspect(key, pairs):
                for tag_id, spaces in spaces_by_tag.items():
                    kept.setdefault(tag_id, {}).update(dict.fromkeys(spaces))
                    suspects.add(tag_id)

        unread = "tags" in estate.unread
        for tag in estate.tags.values():
            kept[tag.id] = {}
            if unread or part_of("space_ids", tag.id) in estate.unread:
                self._keep_suspect("tags", tag.id)
                suspects |= {tag.id} & known.unconfirmed
                continue
            before = known.tags.get(tag.id, tag).space_ids
            now = {space_id for space_id in tag.space_ids if space_id in estate.spaces}
            gone = [space_id for space_id in before if space_id in estate.spaces and space_id not in now]
            # An unconfirmed space is also missing in its tags.
            kept[tag.id] = dict.fromkeys(space_id for space_id in gone if space_id in unconfirmed)
            gone = [space_id for space_id in gone if space_id not in unconfirmed]
            for kind, spaces_by_tag in lost.items():
                if of_kind := [space_id for space_id in gone if space_id in getattr(estate, kind)]:
                    spaces_by_tag[tag.id] = of_kind
            check(("tags", tag.id), {} if now else {tag.id: gone})
        for kind, spaces_by_tag in lost.items():
            spaces = getattr(estate, kind)
            left = sum(space_id in spaces for tag in estate.tags.values() for space_id in tag.space_ids)
            together = len(spaces_by_tag) > 1 and left <= sum(map(len, spaces_by_tag.values()))
            if unread:
                self._keep_suspect("tags", kind)
            else:
                check(("tags", kind), spaces_by_tag if together else {})
        tags = {
            tag.id: replace(tag, space_ids=(*tag.space_ids, *kept[tag.id])) if kept[tag.id] else tag
            for tag in estate.tags.values()
        }
        return tags, suspects


def _ids(estate: Estate) -> Iterator[str]:
    """Yield the ids of all assets and tags of an estate."""
    for kinds in _PARTS.values():
        for kind in kinds:
            yield from getattr(estate, kind)


def _missing(known: Estate, answer: Estate, kinds: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the known assets of some kinds that an answer lacks, if their parents are known or in the answer."""
    # An uninstalled asset is reported, so it is not missing.
    reported = {*_ids(answer), *answer.uninstalled}
    missing: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        assets = {asset_id: asset for asset_id, asset in getattr(known, kind).items() if asset_id not in reported}
        if kind in _PARENTS:
            field, parent_kind = _PARENTS[kind]
            parents = {*getattr(answer, parent_kind), *missing[parent_kind]}
            # Without its parent an asset is gone: the parent's id may belong to an asset of another kind now.
            assets = {asset_id: asset for asset_id, asset in assets.items() if getattr(asset, field) in parents}
        missing[kind] = assets
    return missing


def _is_single_removal(missing: Collection[str], known: Estate, answer: Estate) -> bool:
    """Return whether a single asset is missing from a list in which at least two others stay."""
    if len(missing) > 1:
        return False
    (gone,) = missing
    kind = next(kind for kinds in _PARTS.values() for kind in kinds if gone in getattr(known, kind))
    assets, (field, _) = getattr(known, kind), _PARENTS.get(kind, ("", ""))
    parent = getattr(assets[gone], field, None)
    siblings = [asset_id for asset_id, asset in assets.items() if getattr(asset, field, None) == parent]
    return sum(asset_id in getattr(answer, kind) for asset_id in siblings) >= 2


def _value(asset: Any, name: str) -> Any:
    """Return a field of an asset; a name that only repeats the id counts as empty."""
    value = getattr(asset, name)
    return None if name == "name" and value == asset.id else value
