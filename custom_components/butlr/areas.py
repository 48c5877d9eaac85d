"""New devices find their areas, if the person asked for it: once for each, and never back."""

import asyncio
import itertools
from typing import Final
import unicodedata

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, floor_registry as fr
from homeassistant.helpers.normalized_name_base_registry import normalize_name

from .api.estate import Estate, Floor, Hive, Room, Sensor, Space, Zone
from .const import AT_ONCE, CONF_AREAS, DOMAIN
from .memory import Memory
from .runtime import ButlrConfigEntry

NONE: Final = "none"
MATCH: Final = "match"
CREATE: Final = "create"
CHOICES: Final = (NONE, MATCH, CREATE)


async def place(hass: HomeAssistant, entry: ButlrConfigEntry, estate: Estate, memory: Memory) -> None:
    """Put devices that were never placed into the areas of the same names.

    Called after the entities were added: their ids begin with the area's name otherwise, which is that of the device.
    """
    choice = entry.data.get(CONF_AREAS)
    if choice not in (MATCH, CREATE):
        return
    devices, areas = dr.async_get(hass), ar.async_get(hass)
    known = list(areas.async_list_areas())
    by_name = {folded(alias): area for area in known for alias in area.aliases if alias}
    by_name |= {folded(area.name): area for area in known}
    everything = (*estate.spaces.values(), *estate.hardware.values())
    unplaced = [asset for asset in everything if asset.id not in memory.placed]
    for batch in itertools.batched(unplaced, AT_ONCE, strict=False):
        for asset in batch:
            memory.placed.add(asset.id)
            device = devices.async_get_device_by_identifier((DOMAIN, asset.id), entry.entry_id)
            if device is None or device.area_id:
                continue
            name = _place_of(estate, asset)
            area = by_name.get(folded(name))
            if area is None and choice == CREATE and isinstance(asset, Room | Zone):
                floor_id = _floor_id(hass, estate, estate.floors[asset.floor_id], memory)
                area = by_name[folded(name)] = areas.async_create(name, floor_id=floor_id)
            if area:
                devices.async_update_device(device.id, area_id=area.id)
        await asyncio.sleep(0)


def _place_of(estate: Estate, asset: Space | Hive | Sensor) -> str:
    """Return the name of the place that something is, or that it hangs in."""
    room = estate.rooms.get(asset.room_id or "") if isinstance(asset, Hive | Sensor) else None
    return (room or asset).name


def _floor_id(hass: HomeAssistant, estate: Estate, floor: Floor, memory: Memory) -> str | None:
    """Return the Home Assistant floor of a floor, made if need be; None if the person has deleted it since."""
    floors = fr.async_get(hass)
    if floor.id not in memory.floors:
        name = floor.name
        if any(other is not floor and folded(other.name) == folded(name) for other in estate.floors.values()):
            # Most buildings have a ground floor; each is one of its own.
            name = f"{estate.buildings[floor.building_id].name} {name}"
        known = list(floors.async_list_floors())
        by_name = {folded(alias): one for one in known for alias in one.aliases}
        by_name |= {folded(one.name): one for one in known}
        found = by_name.get(folded(name)) or floors.async_create(name, level=floor.number)
        memory.floors[floor.id] = found.floor_id
    known_id = memory.floors[floor.id]
    return known_id if floors.async_get_floor(known_id) else None


def folded(name: str) -> str:
    """Return a name without case, accents and spaces: what Home Assistant takes for the same name is the same."""
    decomposed = unicodedata.normalize("NFKD", normalize_name(name))
    return normalize_name("".join(letter for letter in decomposed if not unicodedata.combining(letter)))
