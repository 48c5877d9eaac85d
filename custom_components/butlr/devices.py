"""The estate as devices: organisation > buildings > floors > rooms and zones."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
import itertools
import unicodedata

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, floor_registry as fr

from .api.estate import Building, Estate, Floor, Room, Space, Zone
from .const import AT_ONCE, CONF_AREAS, DOMAIN, MANUFACTURER
from .runtime import ButlrConfigEntry

# What Butlr shows for a room nobody gave a type.
UNTAGGED = "untagged"


@dataclass(frozen=True, slots=True)
class _Device:
    id: str
    name: str
    model: str
    via: str | None


def _tree(estate: Estate, title: str) -> Iterator[_Device]:
    """Yield the devices of an estate, each after the one it is linked to."""
    yield _Device(estate.organisation_id, title, "Organisation", None)
    for space in estate.spaces.values():
        parent = estate.parent_of(space)
        yield _Device(space.id, space.name, _model(space), parent.id if parent else estate.organisation_id)


def _model(space: Space) -> str:
    match space:
        case Building():
            return "Building"
        case Floor():
            return "Floor"
        case Room(room_type=str(room_type)) if room_type.casefold() != UNTAGGED:
            return f"Room ({room_type})"
        case Room():
            return "Room"
        case _:
            return "Zone"


def count_devices(estate: Estate) -> int:
    """Return how many devices come of an estate."""
    return 1 + len(estate.spaces)


class Devices:
    """Keeps the device registry equal to the estate."""

    def __init__(self, hass: HomeAssistant, entry: ButlrConfigEntry) -> None:
        """Start with what the registry remembers of the entry."""
        self._hass = hass
        self._entry = entry
        self._synced: dict[str, _Device] = {}
        self._ids: dict[str, str] = {}

    async def follow(self, estate: Estate) -> frozenset[str]:
        """Add, change and remove devices; returns the rooms and zones whose devices are new."""
        registry = dr.async_get(self._hass)
        known = dr.async_entries_for_config_entry(registry, self._entry.entry_id)
        before = {identifier[1] for device in known for identifier in device.identifiers}
        changed = [device for device in _tree(estate, self._entry.title) if self._synced.get(device.id) != device]
        for batch in itertools.batched(changed, AT_ONCE, strict=False):
            for device in batch:
                self._write(registry, device)
            await asyncio.sleep(0)
        kept = {estate.organisation_id, *estate.spaces}
        for entry in known:
            if not any(identifier[1] in kept for identifier in entry.identifiers):
                registry.async_remove_device(entry.id)
        self._synced = {key: device for key, device in self._synced.items() if key in kept}
        return frozenset(estate.rooms.keys() | estate.zones.keys()) - before

    def _write(self, registry: dr.DeviceRegistry, device: _Device) -> None:
        self._ids[device.id] = registry.async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={(DOMAIN, device.id)},
            entry_type=dr.DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model=device.model,
            name=device.name,
            via_device_id=self._ids[device.via] if device.via else None,
        ).id
        self._synced[device.id] = device


def assign_areas(hass: HomeAssistant, entry: ButlrConfigEntry, estate: Estate, space_ids: frozenset[str]) -> None:
    """Put new devices into the areas of the same names, if the person asked for it; never a device twice.

    Called after the entities were added, so that their ids do not repeat the name of the area.
    """
    choice = entry.data.get(CONF_AREAS)
    if choice not in ("match", "create"):
        return
    devices, areas = dr.async_get(hass), ar.async_get(hass)
    by_name = {_folded(name): area for area in areas.async_list_areas() for name in (*area.aliases, area.name) if name}
    for space_id in space_ids:
        space = estate.spaces[space_id]
        device = devices.async_get_device_by_identifier((DOMAIN, space_id), entry.entry_id)
        if not isinstance(space, Room | Zone) or device is None or device.area_id:
            continue
        area = by_name.get(_folded(space.name))
        if area is None and choice == "create":
            floor_id = _floor_id(hass, estate.floors[space.floor_id])
            area = by_name[_folded(space.name)] = areas.async_create(space.name, floor_id=floor_id)
        if area:
            devices.async_update_device(device.id, area_id=area.id)


def _floor_id(hass: HomeAssistant, floor: Floor) -> str:
    floors = fr.async_get(hass)
    known = floors.async_get_floor_by_name(floor.name) or floors.async_create(floor.name, level=floor.number)
    return known.floor_id


def _folded(name: str) -> str:
    """Return a name without case and accents."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold().strip()
