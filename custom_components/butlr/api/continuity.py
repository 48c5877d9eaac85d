"""What was read before goes on for what cannot be read now."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .estate import Estate, part_of, placed, split_part

# What an estate holds, what each of it hangs in, and the field that names that: parents first.
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
    """Return a new estate with what an old one had of the parts that could not be read this time.

    Of a list that could not be read in full, rows that are missing are as they were, with everything in them; of a row,
    the fields that could not be read. What is in the new answer, wherever it stands there, counts as it stands there.
    """
    if not new.unread:
        return new
    parts: dict[str, Any] = {kind: dict(getattr(new, kind)) for kind, _, _ in _PARENT_LISTS}
    _carry_fields(old, new, parts)
    # What names it may be what could not be read, and no credentials come to see another.
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
    """Let rows that stayed keep the fields that could not be read."""
    for part in new.unread:
        name, asset_id = split_part(part)
        for kind, rows in parts.items():
            before, now = getattr(old, kind).get(asset_id), rows.get(asset_id)
            if before is not None and now is not None and name in now.__dataclass_fields__:
                rows[asset_id] = replace(now, **{name: getattr(before, name)})


def _ids(estate: Estate) -> frozenset[str]:
    return frozenset((*estate.spaces, *estate.hives, *estate.sensors))
