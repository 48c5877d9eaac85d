"""Devices find their areas, if the person asked for it: once for each, and never back."""

import asyncio
from collections.abc import Iterable
from functools import cached_property
import itertools

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, floor_registry as fr

from ..api.estate import Estate, Floor, Hive, Room, Sensor, Space, Zone, part_of
from ..api.names import NameIndex, composed
from ..const import AREAS_CREATE, AREAS_NONE, CONF_AREAS, CONF_ZONE_AREAS, DOMAIN, REGISTRY_BATCH_SIZE
from ..runtime import ButlrConfigEntry
from .area_icons import icon_of
from .store import SyncStore


def areas_choice(entry: ButlrConfigEntry) -> tuple[str, bool]:
    """Return what a person wants of areas, and whether for zones, too; older entries have the first in their data."""
    choice: str = entry.options.get(CONF_AREAS, entry.data.get(CONF_AREAS, AREAS_NONE))
    return choice, entry.options.get(CONF_ZONE_AREAS, True)


async def place(hass: HomeAssistant, entry: ButlrConfigEntry, estate: Estate, memory: SyncStore) -> None:
    """Put devices that were never in an area into those of the same names.

    Called after the entities were added: their ids begin with the area's name otherwise, which is that of the device.
    """
    placing = _Placing(hass, entry, estate, memory)
    for batch in itertools.batched(placing.everything, REGISTRY_BATCH_SIZE, strict=False):
        for asset in batch:
            if asset.id not in memory.placed and _has_place(estate, asset):
                placing.place(asset)
        await asyncio.sleep(0)


class _Placing:
    """Knows the areas that there are, and what a person wants of them."""

    def __init__(self, hass: HomeAssistant, entry: ButlrConfigEntry, estate: Estate, memory: SyncStore) -> None:
        self.everything = (*estate.spaces.values(), *estate.hardware.values())
        self._hass = hass
        self._entry = entry
        self._estate = estate
        self._memory = memory
        self._choice, self._with_zones = areas_choice(entry)
        self._devices, self._areas = dr.async_get(hass), ar.async_get(hass)
        if memory.offered is None:
            memory.placed -= {asset.id for asset in self.everything if not self._was_placed(asset)}
        self._offered = memory.offered = memory.offered or {}

    @cached_property
    def _by_name(self) -> NameIndex[ar.AreaEntry]:
        """Return the areas by name: only when one is looked for, since it takes a while for thousands."""
        by_name = NameIndex[ar.AreaEntry](asset.name for asset in self._estate.spaces.values())
        _add_all(by_name, self._areas.async_list_areas())
        return by_name

    def _was_placed(self, asset: Space | Hive | Sensor) -> bool:
        """Tell whether an older version, which counted all devices as placed, can have had an area for one."""
        made = self._choice == AREAS_CREATE and isinstance(asset, Room | Zone)
        return made or (
            self._choice != AREAS_NONE and self._by_name.one((self._room_of(asset) or asset).name) is not None
        )

    def place(self, asset: Space | Hive | Sensor) -> None:
        """Offer an area to something that is not known to have been in one."""
        if (device := self._find(asset.id)) is None:
            return
        if not device.area_id and self._is_due(asset) and (area_id := self._area_of(asset)):
            device = self._devices.async_update_device(device.id, area_id=area_id)
        if device and device.area_id:
            # By our doing or the person's: what becomes of it is for the person to say.
            self._memory.placed.add(asset.id)
            self._offered.pop(asset.id, None)

    def _find(self, butlr_id: str) -> dr.DeviceEntry | None:
        return self._devices.async_get_device_by_identifier((DOMAIN, butlr_id), self._entry.entry_id)

    def _room_of(self, asset: Space | Hive | Sensor) -> Room | None:
        """Return the room that hardware hangs in."""
        return self._estate.rooms.get(asset.room_id or "") if isinstance(asset, Hive | Sensor) else None

    def _is_due(self, asset: Space | Hive | Sensor) -> bool:
        """Tell whether the person wants something to have an area, and it was not offered one in this way."""
        wanted = self._choice != AREAS_NONE and (self._with_zones or not isinstance(asset, Zone))
        return wanted and self._offered.get(asset.id) != self._choice

    def _area_of(self, asset: Space | Hive | Sensor) -> str | None:
        """Return the id of the area where something belongs, which is made if that is wanted."""
        if room := self._room_of(asset):
            # Wherever that is by now, or will be: so that who looks at a room finds its sensors there.
            device = self._find(room.id)
            return device.area_id if device else None
        self._offered[asset.id] = self._choice
        area = self._by_name.one(asset.name)
        if area is None and self._choice == AREAS_CREATE and isinstance(asset, Room | Zone):
            floor_id = _floor_id(self._hass, self._estate, self._estate.floors[asset.floor_id], self._memory)
            area = self._areas.async_create(asset.name, floor_id=floor_id, icon=icon_of(asset))
            self._by_name.add(asset.name, area)
        return area.id if area else None


def _has_place(estate: Estate, asset: Space | Hive | Sensor) -> bool:
    """Tell whether it is known where something is; a room that could not be read will be there later."""
    room_id = asset.room_id if isinstance(asset, Hive | Sensor) else None
    if part_of("room_id", asset.id) in estate.unread:
        return False
    return not room_id or room_id in estate.rooms or estate.lacks(room_id)


def _floor_id(hass: HomeAssistant, estate: Estate, floor: Floor, memory: SyncStore) -> str | None:
    """Return the Home Assistant floor of a floor, made if need be; None if the person has deleted it since."""
    floors = fr.async_get(hass)
    if floor.id not in memory.floors:
        name = floor.name
        if any(other is not floor and composed(other.name) == composed(name) for other in estate.floors.values()):
            # Most buildings have a ground floor; each is one of its own.
            name = f"{estate.buildings[floor.building_id].name} {name}"
        by_name = NameIndex[fr.FloorEntry](one.name for one in estate.floors.values())
        _add_all(by_name, floors.async_list_floors())
        found = by_name.one(name) or floors.async_create(name, level=floor.number)
        memory.floors[floor.id] = found.floor_id
    known_id = memory.floors[floor.id]
    return known_id if floors.async_get_floor(known_id) else None


def _add_all[T: (ar.AreaEntry, fr.FloorEntry)](by_name: NameIndex[T], entries: Iterable[T]) -> None:
    """Let areas or floors be found: a name of its own counts more than another's alias."""
    entries = list(entries)
    for entry in entries:
        by_name.add(entry.name, entry)
    for entry in entries:
        for alias in filter(None, entry.aliases):
            by_name.add(alias, entry)
