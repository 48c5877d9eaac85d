"""What the frontend is told: the tree of an organization, its entities, and the drawings of its floors."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
import itertools
from threading import Lock
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions import filter_entity_ids_by_permission
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.hass_dict import HassKey

from ..api.buckets import zone_or_none
from ..api.estate import Building, Estate, Floor, Hive, PrimarySource, Room, Sensor, Space, Zone
from ..const import DOMAIN
from ..live.small_groups import smallest_group
from ..push.positions import chosen_floors
from ..runtime import ButlrData, butlr_id_of, is_loaded
from .layout import Drawing, DrawnSpace, draw_floor, grouped
from .plans import background
from .rules import statuses
from .text import natural

# The entities that show how many people passed the doors of a space.
_DOOR_KEYS: Final = frozenset({"entries_today", "exits_today"})
# How many drawings of each floor are kept: users who may see different rooms get different ones.
_KEPT_DRAWINGS: Final = 4

type Entities = dict[str, str]


@dataclass(frozen=True, slots=True)
class _FloorInput:
    """Everything that a drawing depends on."""

    floor_id: str
    spaces: tuple[DrawnSpace, ...]
    door: bool


@dataclass(slots=True)
class _Drawings:
    """The newest drawings of each floor, with what they depend on and as JSON."""

    by_floor: dict[str, list[tuple[_FloorInput, Drawing, dict[str, Any]]]] = field(default_factory=dict)
    # Users who open the panel at the same time wait for one drawing.
    lock: Lock = field(default_factory=Lock)

    def find(self, wanted: _FloorInput) -> tuple[Drawing, dict[str, Any]]:
        """Return the drawing of a floor and its JSON; it is drawn unless that was done before."""
        known = self.by_floor.setdefault(wanted.floor_id, [])
        for made_of, drawing, as_dict in known:
            if made_of == wanted:
                return drawing, as_dict
        drawing = draw_floor(wanted.floor_id, wanted.spaces, door=wanted.door)
        known.insert(0, (wanted, drawing, drawing.as_dict()))
        del known[_KEPT_DRAWINGS:]
        return known[0][1:]


_DRAWINGS: Final[HassKey[_Drawings]] = HassKey(f"{DOMAIN}_drawings")


async def topology(hass: HomeAssistant, user: User) -> dict[str, Any]:
    """Return what a user may see of all organizations (the type `Topology` of the frontend).

    The result shares parts with later results, and must not be changed.
    """
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    for entry in filter(is_loaded, entries):
        entry.runtime_data.floor_plans.request_soon()
    trees = [_VisibleTree(hass, entry, user) for entry in entries]
    drawings = hass.data.setdefault(_DRAWINGS, _Drawings())
    # Thousands of rooms would block the event loop.
    organizations = await hass.async_add_executor_job(_build, trees, drawings)
    for organization, tree in zip(organizations, trees, strict=True):
        organization["reason"] = await _reason(hass, tree.entry)
    return {"organizations": organizations, "statuses": statuses()}


def _build(trees: Iterable[_VisibleTree], drawings: _Drawings) -> list[dict[str, Any]]:
    """Return the trees as JSON."""
    with drawings.lock:
        return [tree.as_dict(drawings) for tree in trees]


async def visible_floors(hass: HomeAssistant, entry: ConfigEntry[Any], user: User) -> Container[str]:
    """Return the ids of the floors of which a user may see anything."""
    tree = _VisibleTree(hass, entry, user)
    return await hass.async_add_executor_job(lambda: tree.floor_inputs)


async def _reason(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str | None:
    """Return why an entry is not loaded, in the language of Home Assistant."""
    domain, key = entry.error_reason_translation_domain, entry.error_reason_translation_key
    if key and domain:
        texts = await async_get_translations(hass, hass.config.language, "exceptions", {domain})
        if text := texts.get(f"component.{domain}.exceptions.{key}.message"):
            placeholders = entry.error_reason_translation_placeholders or {}
            try:
                return text.format(**placeholders)
            except KeyError:
                return text
    return entry.reason or None


class _VisibleTree:
    """What a user may see of one organization, as it is when this is created.

    Only the constructor needs the event loop.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], user: User) -> None:
        """Copy the lists of the registries, and check what the user may read."""
        self.entry = entry
        self._state = entry.state.value
        self._smallest_group = smallest_group(entry.options)
        # Home Assistant removes it from an entry that is unloaded meanwhile.
        self._data: ButlrData | None = entry.runtime_data if is_loaded(entry) else None
        self._estate = self._data.estate.data if self._data else None
        self._default_time_zone = hass.config.time_zone
        self._registered_devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        self._registered = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        enabled = (one.entity_id for one in self._registered if one.disabled_by is None)
        self._readable = frozenset(filter_entity_ids_by_permission(user, enabled, POLICY_READ))
        self._with_positions = chosen_floors(entry, self._data.estate) if self._data else frozenset()
        self._devices: dict[str, dr.DeviceEntry] = {}
        self._entities: dict[str, Entities] = {}
        self._tags: dict[str, list[str]] = {}

    @cached_property
    def floor_inputs(self) -> dict[str, _FloorInput]:
        """Return what the drawings of the floors depend on, by floor; floors of which nothing is visible are not in it.

        Reading this also looks everything up.
        """
        self._devices = {butlr_id: one for one in self._registered_devices if (butlr_id := butlr_id_of(one))}
        self._entities = readable_entities(self._registered, self._readable, self._devices)
        return self._read(self._estate) if self._estate else {}

    def _read(self, estate: Estate) -> dict[str, _FloorInput]:
        for tag in sorted(estate.tags.values(), key=lambda tag: natural(tag.name)):
            for space_id in tag.space_ids:
                self._tags.setdefault(space_id, []).append(tag.name)
        of_floor: dict[str, list[DrawnSpace]] = {}
        spaces: Iterable[Room | Zone] = itertools.chain(estate.rooms.values(), estate.zones.values())
        for space in spaces:
            if entities := self._entities.get(space.id):
                of_floor.setdefault(space.floor_id, []).append(
                    DrawnSpace(
                        id=space.id,
                        kind="room" if isinstance(space, Room) else "zone",
                        name=self._name(space),
                        outline=space.outline,
                        room_id=space.room_id if isinstance(space, Zone) else None,
                        door=not _DOOR_KEYS.isdisjoint(entities),
                    )
                )
        found = {}
        for floor in estate.floors.values():
            entities = self._entities.get(floor.id, {})
            if entities or floor.id in of_floor:
                drawn = tuple(grouped(of_floor.get(floor.id, ())))
                found[floor.id] = _FloorInput(floor.id, drawn, not _DOOR_KEYS.isdisjoint(entities))
        return found

    def as_dict(self, drawings: _Drawings) -> dict[str, Any]:
        """Return the organization as JSON."""
        estate, entry, floors = self._estate, self.entry, self.floor_inputs
        organization_id = estate.organization_id if estate else entry.unique_id or entry.entry_id
        device = self._devices.get(organization_id)
        return {
            "id": organization_id,
            "name": (device and (device.name_by_user or device.name)) or entry.title,
            "entry_id": entry.entry_id,
            "device_id": device.id if device else None,
            "state": self._state,
            "smallest_group": self._smallest_group,
            "entities": self._entities.get(organization_id, {}),
            "buildings": self._buildings(estate, floors, drawings) if estate else [],
            "hardware": self._hardware(estate) if estate else [],
            "positions": self._positions(estate, drawings) if estate else [],
        }

    def _positions(self, estate: Estate, drawings: _Drawings) -> list[str]:
        """Return the floors whose live positions the user may see: all or none, since they show every room."""
        if not self._with_positions:
            return []
        butlr_ids = {device.id: butlr_id for butlr_id, device in self._devices.items()}
        hidden = {
            butlr_ids.get(one.device_id or "", "")
            for one in self._registered
            if one.disabled_by is None and one.entity_id not in self._readable
        }
        hidden_floors = {getattr(estate.spaces.get(one), "floor_id", one) for one in hidden}
        return [
            floor_id
            for floor_id, wanted in self.floor_inputs.items()
            if floor_id in self._with_positions - hidden_floors and drawings.find(wanted)[0].origin
        ]

    def _buildings(self, estate: Estate, visible: Iterable[str], drawings: _Drawings) -> list[dict[str, Any]]:
        floors: dict[str, list[Floor]] = {}
        for floor_id in visible:
            floors.setdefault(estate.floors[floor_id].building_id, []).append(estate.floors[floor_id])
        return [
            {
                **self._place(building),
                "time_zone": self._time_zone(estate, building),
                "floors": [
                    self._floor(estate, floor, drawings)
                    for floor in sorted(floors.get(building.id, ()), key=self._floor_order)
                ],
            }
            for building in sorted(estate.buildings.values(), key=lambda one: natural(self._name(one)))
            if building.id in floors or self._entities.get(building.id)
        ]

    def _time_zone(self, estate: Estate, building: Building) -> str:
        """Return the time zone of a building's site; without a known one, the site is where Home Assistant is."""
        name = estate.site_of(building).time_zone
        return name if name and zone_or_none(name) else self._default_time_zone

    def _floor_order(self, floor: Floor) -> Any:
        return floor.number is None, floor.number or 0, natural(self._name(floor))

    def _floor(self, estate: Estate, floor: Floor, drawings: _Drawings) -> dict[str, Any]:
        wanted = self.floor_inputs[floor.id]
        drawing, as_dict = drawings.find(wanted)
        plan = background(self.entry.entry_id, floor.id, self._data.floor_plans, drawing) if self._data else None
        return {
            **self._place(floor),
            "number": floor.number,
            "tags": self._tags.get(floor.id, []),
            "spaces": [self._space(estate, estate.spaces[one.id]) for one in wanted.spaces],
            "drawing": {**as_dict, "plan": plan},
        }

    def _space(self, estate: Estate, space: Space) -> dict[str, Any]:
        device = self._devices.get(space.id)
        return {
            "kind": "room" if isinstance(space, Room) else "zone",
            **self._place(space),
            "area_id": device.area_id if device else None,
            "room_type": space.room_type if isinstance(space, Room) else None,
            "room_id": space.room_id if isinstance(space, Zone) else None,
            "tags": self._tags.get(space.id, []),
            "estimated": estate.primary_source(space) is PrimarySource.TRAFFIC,
        }

    def _place(self, space: Space) -> dict[str, Any]:
        device = self._devices.get(space.id)
        return {
            "id": space.id,
            "name": self._name(space),
            "device_id": device.id if device else None,
            "capacity": space.capacity,
            "smallest_group": self._smallest_group,
            "entities": self._entities.get(space.id, {}),
        }

    def _hardware(self, estate: Estate) -> list[dict[str, Any]]:
        found = []
        for one in sorted(estate.hardware.values(), key=lambda one: natural(self._name(one))):
            if entities := self._entities.get(one.id):
                device = self._devices.get(one.id)
                found.append(
                    {
                        "kind": "hive" if isinstance(one, Hive) else "sensor",
                        "id": one.id,
                        "name": self._name(one),
                        "device_id": device.id if device else None,
                        "model": one.model if isinstance(one, Sensor) else one.type,
                        "mode": one.mode or None if isinstance(one, Sensor) else None,
                        "floor_id": one.floor_id,
                        "room_id": one.room_id,
                        "entities": entities,
                    }
                )
        return found

    def _name(self, asset: Space | Hive | Sensor) -> str:
        """Return the name that Home Assistant shows."""
        device = self._devices.get(asset.id)
        return (device and (device.name_by_user or device.name)) or asset.name


def readable_entities(
    registered: Iterable[er.RegistryEntry], readable: Container[str], devices: Mapping[str, dr.DeviceEntry]
) -> dict[str, Entities]:
    """Return the entities that a user may read: their ids by Butlr id and key."""
    butlr_ids = {device.id: butlr_id for butlr_id, device in devices.items()}
    found: dict[str, Entities] = {}
    for one in registered:
        butlr_id = butlr_ids.get(one.device_id or "")
        # The sensor of a tag belongs to the organization's device, but not to the organization.
        if butlr_id and one.entity_id in readable and one.unique_id.startswith(f"{butlr_id}_"):
            found.setdefault(butlr_id, {})[one.unique_id[len(butlr_id) + 1 :]] = one.entity_id
    return found
