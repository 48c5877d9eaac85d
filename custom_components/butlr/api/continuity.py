"""Keep what was read before for the parts of the estate that cannot be read now."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .estate import Estate, part_of, placed, split_part

# Each list of an estate, the list of its parents, and the field that holds the parent's id; parents first.
_PARENT_LISTS: Final = (
    ("sites", None, ""),
    ("buildings", "sites", "site_id"),
    ("floors", "buildings", "building_id"),
    ("rooms", "floors", "floor_id"),
    ("zones", "floors", "floor_id"),
    ("hives", None, ""),
    ("sensors", None, ""),
    ("tags", None, ""),
)


def carry_over(old: Estate, new: Estate) -> Estate:
    """Return a new estate, completed from an old one where it could not be read.

    Missing rows of a list that was not read in full are taken from the old estate, with everything in them; so are
    unread fields of a row. Everything that the new answer contains is used unchanged, even if it has moved.
    """
    if not new.unread:
        return new
    parts: dict[str, Any] = {kind: dict(getattr(new, kind)) for kind, _, _ in _PARENT_LISTS}
    _carry_fields(old, new, parts)
    # The part with the organization's id may be unread, and credentials always belong to the same organization.
    parts["organization_id"] = old.organization_id or new.organization_id
    taken = {parts["organization_id"], *new.uninstalled}.union(*(parts[kind] for kind, _, _ in _PARENT_LISTS))
    carried: set[str] = set()
    for kind, above, field in _PARENT_LISTS:
        for asset_id, one in getattr(old, kind).items():
            parent = getattr(one, field) if above else ""
            unread = part_of(kind, parent) in new.unread if above else kind in new.unread
            if asset_id not in taken and (parent in carried or (unread and (not above or parent in parts[above]))):
                parts[kind][asset_id] = one
                carried.add(asset_id)
                taken.add(asset_id)
    parts["sensors"] = placed(parts["sensors"], parts["floors"], parts["rooms"])
    return replace(new, **parts, gone=(old.gone | _ids(old)) - taken)


def _carry_fields(old: Estate, new: Estate, parts: Mapping[str, dict[str, Any]]) -> None:
    """Fill in the unread fields of rows that are still there."""
    for part in new.unread:
        name, asset_id = split_part(part)
        for kind, rows in parts.items():
            before, now = getattr(old, kind).get(asset_id), rows.get(asset_id)
            if before is not None and now is not None and name in now.__dataclass_fields__:
                rows[asset_id] = replace(now, **{name: getattr(before, name)})


def _ids(estate: Estate) -> frozenset[str]:
    return frozenset((*estate.spaces, *estate.hives, *estate.sensors))
