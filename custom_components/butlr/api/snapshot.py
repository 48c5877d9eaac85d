"""Convert an estate to plain JSON and back, without the fields that change by the minute."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any, Final, get_args, get_origin, get_type_hints

from .estate import Building, Estate, Floor, Hive, Room, Sensor, Site, Tag, Zone
from .outlines import read_outline

type Snapshot = dict[str, list[dict[str, Any]]]

_SNAPSHOT_KINDS: Final[Mapping[str, type[Any]]] = {
    "sites": Site,
    "buildings": Building,
    "floors": Floor,
    "rooms": Room,
    "zones": Zone,
    "hives": Hive,
    "sensors": Sensor,
    "tags": Tag,
}
# The parent's id field and list; an asset without its parent is dropped.
_SNAPSHOT_PARENTS: Final = {
    "buildings": ("site_id", "sites"),
    "floors": ("building_id", "buildings"),
    "rooms": ("floor_id", "floors"),
    "zones": ("floor_id", "floors"),
}
# Field names that earlier versions wrote, and today's names.
_RENAMED_FIELDS: Final = {"organisation_id": "organization_id"}
_OUTLINE: Final = "outline"
# Fields that are only valid for a short time.
_VOLATILE: Final = frozenset({"online", "last_heartbeat", "path_stability"})


def _fields(kind: type[Any]) -> dict[str, tuple[Any, Any]]:
    """Return the type and default of each stored field; a value equal to the default is not written."""
    hints = get_type_hints(kind)
    return {field.name: (hints[field.name], field.default) for field in fields(kind) if field.name not in _VOLATILE}


_SNAPSHOT_FIELDS: Final = {kind: _fields(made_of) for kind, made_of in _SNAPSHOT_KINDS.items()}


def take_snapshot(estate: Estate) -> Snapshot:
    """Return an estate as JSON."""
    snapshot: Snapshot = {}
    for kind, kept in _SNAPSHOT_FIELDS.items():
        snapshot[kind] = [
            {
                name: _as_list(value) if isinstance(value, tuple) else value
                for name, (_, default) in kept.items()
                if (value := getattr(thing, name)) != default
            }
            for thing in getattr(estate, kind).values()
        ]
    return snapshot


def _as_list(value: tuple[Any, ...]) -> list[Any]:
    return [list(one) if isinstance(one, tuple) else one for one in value]


def read_snapshot(value: object) -> Estate | None:
    """Return the estate of a snapshot without its damaged parts; None if no building is left."""
    kept: dict[str, Any] = {}
    for kind in _SNAPSHOT_KINDS:
        rows = value.get(kind) if isinstance(value, dict) else None
        things = (_read_asset(kind, row) for row in (rows if isinstance(rows, list) else ()))
        kept[kind] = {thing.id: thing for thing in things if thing is not None}
        if kind in _SNAPSHOT_PARENTS:
            parent, above = _SNAPSHOT_PARENTS[kind]
            kept[kind] = {key: thing for key, thing in kept[kind].items() if getattr(thing, parent) in kept[above]}
    # No answer since the restart has confirmed the hardware.
    kept["unconfirmed"] = frozenset((*kept["hives"], *kept["sensors"]))
    return replace(Estate(organization_id=""), **kept) if kept["buildings"] else None


def _read_asset(kind: str, row: object) -> Any:
    """Return an asset from a stored row; None if anything about the row is wrong."""
    known = _SNAPSHOT_FIELDS[kind]
    if not isinstance(row, dict):
        return None
    values: dict[Any, Any] = {_RENAMED_FIELDS.get(name, name): value for name, value in row.items()}
    if _OUTLINE in values:
        # A map without a room is worse than a room without an outline.
        values[_OUTLINE] = read_outline(values[_OUTLINE])
    if any(name not in known or not _fits(value, known[name][0]) for name, value in values.items()):
        return None
    if any(default is MISSING and name not in values for name, (_, default) in known.items()):
        return None
    return _SNAPSHOT_KINDS[kind](
        **{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    )


def _fits(value: object, hint: Any) -> bool:
    """Return whether a value has the type of a field."""
    if isinstance(value, tuple):
        return True
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return type(value) in (get_args(hint) or (hint,))
