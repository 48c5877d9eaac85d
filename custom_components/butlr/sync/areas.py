"""Assign devices to areas if the user asked for it, once per device; a device is never moved back."""

from collections.abc import Iterable
from functools import cached_property

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, floor_registry as fr

from ..api.estate import Estate, Floor, Hive, Room, Sensor, Space, Zone, part_of
from ..api.names import NameIndex, composed
from ..const import AREAS_CREATE, AREAS_NONE, CONF_AREAS, CONF_ZONE_AREAS
from ..runtime import ButlrConfigEntry, device_of
from .area_icons import icon_of
from .batches import in_batches
from .store import SyncStore


def areas_choice(entry: ButlrConfigEntry) -> tuple[str, bool]:
    """Return the areas option and whether zones get areas too; entries of older versions keep the first in data."""
    choice: str = entry.options.get(CONF_AREAS, entry.data.get(CONF_AREAS, AREAS_NONE))
    return choice, entry.options.get(CONF_ZONE_AREAS, True)


async def assign_areas(hass: HomeAssistant, entry: ButlrConfigEntry, estate: Estate, store: SyncStore) -> None:
    """Assign devices that never had an area to the area of the same name.

    Call this after the entities were added. Otherwise their entity ids would repeat the area's name.
    """
    assigner = _AreaAssigner(hass, entry, estate, store)
    async for batch in in_batches(assigner.assets):
        for asset in batch:
            if asset.id not in store.had_area and _location_is_known(estate, asset):
                assigner.assign(asset)


class _AreaAssigner:
    """Assigns areas according to the options of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ButlrConfigEntry, estate: Estate, store: SyncStore) -> None:
        self.assets = (*estate.spaces.values(), *estate.hardware.values())
        self._hass = hass
        self._entry = entry
        self._estate = estate
        self._store = store
        self._choice, self._with_zones = areas_choice(entry)
        self._devices, self._areas = dr.async_get(hass), ar.async_get(hass)
        if store.offered is None:
            store.had_area -= {asset.id for asset in self.assets if not self._had_area(asset)}
        self._offered = store.offered = store.offered or {}

    @cached_property
    def _by_name(self) -> NameIndex[ar.AreaEntry]:
        """Return the areas by name. Built on first use, because it is slow with thousands of spaces."""
        by_name = NameIndex[ar.AreaEntry](asset.name for asset in self._estate.spaces.values())
        _add_all(by_name, self._areas.async_list_areas())
        return by_name

    def _had_area(self, asset: Space | Hive | Sensor) -> bool:
        """Return whether an older version, which marked all devices, may have given this one an area."""
        created = self._choice == AREAS_CREATE and isinstance(asset, Room | Zone)
        return created or (
            self._choice != AREAS_NONE and self._by_name.one((self._room_of(asset) or asset).name) is not None
        )

    def assign(self, asset: Space | Hive | Sensor) -> None:
        """Assign an area to a device that is not known to have had one."""
        if (device := self._find(asset.id)) is None:
            return
        if not device.area_id and self._is_due(asset) and (area_id := self._area_of(asset)):
            device = self._devices.async_update_device(device.id, area_id=area_id)
        if device and device.area_id:
            # From now on only the user changes the area of this device.
            self._store.had_area.add(asset.id)
            self._offered.pop(asset.id, None)

    def _find(self, butlr_id: str) -> dr.DeviceEntry | None:
        return device_of(self._hass, self._entry.entry_id, butlr_id)

    def _room_of(self, asset: Space | Hive | Sensor) -> Room | None:
        """Return the room in which hardware is installed."""
        return self._estate.rooms.get(asset.room_id or "") if isinstance(asset, Hive | Sensor) else None

    def _is_due(self, asset: Space | Hive | Sensor) -> bool:
        """Return whether an area is due: the options ask for one, and this choice was not tried before."""
        requested = self._choice != AREAS_NONE and (self._with_zones or not isinstance(asset, Zone))
        return requested and self._offered.get(asset.id) != self._choice

    def _area_of(self, asset: Space | Hive | Sensor) -> str | None:
        """Return the id of the matching area, creating it if the options say so."""
        if room := self._room_of(asset):
            # Sensors get the area of their room, even if the user moved the room.
            device = self._find(room.id)
            return device.area_id if device else None
        self._offered[asset.id] = self._choice
        area = self._by_name.one(asset.name)
        if area is None and self._choice == AREAS_CREATE and isinstance(asset, Room | Zone):
            floor_id = _floor_id(self._hass, self._estate, self._estate.floors[asset.floor_id], self._store)
            area = self._areas.async_create(asset.name, floor_id=floor_id, icon=icon_of(asset))
            self._by_name.add(asset.name, area)
        return area.id if area else None


def _location_is_known(estate: Estate, asset: Space | Hive | Sensor) -> bool:
    """Return whether the location of an asset could be read."""
    room_id = asset.room_id if isinstance(asset, Hive | Sensor) else None
    if part_of("room_id", asset.id) in estate.unread:
        return False
    return not room_id or room_id in estate.rooms or estate.lacks(room_id)


def _floor_id(hass: HomeAssistant, estate: Estate, floor: Floor, store: SyncStore) -> str | None:
    """Return the id of the Home Assistant floor, creating it once; None if the user deleted it since."""
    floors = fr.async_get(hass)
    if floor.id not in store.floors:
        name = floor.name
        if any(other is not floor and composed(other.name) == composed(name) for other in estate.floors.values()):
            # Floors of different buildings may share a name, such as Ground Floor.
            name = f"{estate.buildings[floor.building_id].name} {name}"
        by_name = NameIndex[fr.FloorEntry](one.name for one in estate.floors.values())
        _add_all(by_name, floors.async_list_floors())
        found = by_name.one(name) or floors.async_create(name, level=floor.number)
        store.floors[floor.id] = found.floor_id
    known_id = store.floors[floor.id]
    return known_id if floors.async_get_floor(known_id) else None


def _add_all[T: (ar.AreaEntry, fr.FloorEntry)](by_name: NameIndex[T], entries: Iterable[T]) -> None:
    """Add areas or floors by name, then by alias, so that a name wins over an alias."""
    entries = list(entries)
    for entry in entries:
        by_name.add(entry.name, entry)
    for entry in entries:
        for alias in filter(None, entry.aliases):
            by_name.add(alias, entry)
