"""What all entities have in common: a part of the estate, a description, and the wish to say only news."""

from abc import abstractmethod
import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import EntityPlatform
from homeassistant.util import slugify

from .api.estate import Building, Estate, Floor, Hive, Sensor, Space
from .const import DOMAIN
from .coordinator import poll_now
from .live import SpaceState
from .runtime import ButlrData


@dataclass(frozen=True, kw_only=True)
class EstateEntityDescription(EntityDescription):
    """An entity that some parts of an estate have."""

    @abstractmethod
    def owners(self, estate: Estate) -> Iterable[Space | Hive | Sensor]:
        """Return those parts."""


@dataclass(frozen=True, kw_only=True)
class SpaceEntityDescription(EstateEntityDescription):
    """An entity that some spaces have."""

    exists_fn: Callable[[Estate, Space], bool]
    available_fn: Callable[[SpaceState], bool] = lambda state: state.available

    @override
    def owners(self, estate: Estate) -> Iterable[Space]:
        return (space for space in estate.spaces.values() if self.exists_fn(estate, space))


@dataclass(frozen=True, kw_only=True)
class HardwareEntityDescription(EstateEntityDescription):
    """An entity that some sensors or hives have; Butlr answers for those that are offline, too."""

    exists_fn: Callable[[Hive | Sensor], bool] = lambda device: True
    available_fn: Callable[[Estate, Hive | Sensor], bool] = lambda estate, device: True

    @override
    def owners(self, estate: Estate) -> Iterable[Hive | Sensor]:
        return (device for device in estate.hardware.values() if self.exists_fn(device))


class ButlrEntity(Entity):
    """An entity of a device that exists already; it is told of news, and writes only those that it shows."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, data: ButlrData, device_id: str, description: EntityDescription) -> None:
        """Name the entity after Butlr's id of its device, and its key."""
        self.data = data
        self.entity_description = description
        self._attr_unique_id = f"{device_id}_{description.key}"
        self._device_id = device_id
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, device_id)})
        # Entities that a person disabled are never added.
        self._added = False
        self._shown: tuple[Any, ...] = ()

    @callback
    @override
    def add_to_platform_start(
        self, hass: HomeAssistant, platform: EntityPlatform, parallel_updates: asyncio.Semaphore | None
    ) -> None:
        super().add_to_platform_start(hass, platform, parallel_updates)
        if name := self._name_with_area(hass):
            # Home Assistant would begin the id with the area's name and go on with this: boardroom_boardroom_people.
            self.entity_id = f"{platform.domain}.{slugify(f'{name} {self.suggested_object_id}')}"

    def _name_with_area(self, hass: HomeAssistant) -> str | None:
        """Return the device's name if it begins with that of its area, unless a person said what ids consist of."""
        entry_id = self.data.estate.config_entry.entry_id
        device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, self._device_id), entry_id)
        area = ar.async_get(hass).async_get_area(device.area_id) if device and device.area_id else None
        if device is None or area is None or er.async_get(hass).settings.entity_id_parts is not None:
            return None
        name = device.name_by_user or device.name or ""
        return name if f"{slugify(name)}_".startswith(f"{slugify(area.name)}_") else None

    def _listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` at news; returns what ends it. News of the estate reach every entity without it."""
        return lambda: None

    @abstractmethod
    def _seen(self) -> tuple[Any, ...]:
        """Return everything that the state depends on."""

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._listen(self.changed))
        self._shown = self._seen()
        self._added = True

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Let Home Assistant rename the entity in place (2026.11): nothing here depends on its id."""

    @callback
    def changed(self) -> None:
        """Write the state, unless this entity shows nothing of what changed."""
        if self._added and (seen := self._seen()) != self._shown:
            self._shown = seen
            self.async_write_ha_state()


class SpaceEntity[DescriptionT: SpaceEntityDescription](ButlrEntity):
    """An entity that shows a figure of a space."""

    entity_description: DescriptionT

    def __init__(self, data: ButlrData, space: Space, description: DescriptionT) -> None:
        """Attach the figure to the space's device."""
        super().__init__(data, space.id, description)
        self._space = space

    @property
    def space(self) -> Space:
        """Return the space as the newest estate has it, or had it before it went."""
        self._space = self.data.estate.data.spaces.get(self._space.id, self._space)
        return self._space

    @property
    def space_state(self) -> SpaceState:
        """Return the newest truth about the space."""
        return self.data.live.state(self._space.id)

    @property
    @override
    def available(self) -> bool:
        return self.entity_description.available_fn(self.space_state)

    @override
    def _listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        return self.data.live.listen(self._space.id, listener)

    async def async_update(self) -> None:
        """Answer the action that updates an entity: poll, for all spaces at once."""
        await poll_now(self.data.occupancy, self.data.traffic)


class HardwareEntity[DescriptionT: HardwareEntityDescription](ButlrEntity):
    """An entity that shows something of a sensor or hive, as the estate has it."""

    entity_description: DescriptionT

    def __init__(self, data: ButlrData, device: Hive | Sensor, description: DescriptionT) -> None:
        """Attach the figure to the device."""
        super().__init__(data, device.id, description)
        self._hardware = device

    @property
    def hardware(self) -> Hive | Sensor:
        """Return the device as the newest estate has it, or had it before it went."""
        self._hardware = self.data.estate.data.hardware.get(self._hardware.id, self._hardware)
        return self._hardware

    @property
    @override
    def available(self) -> bool:
        estate = self.data.estate
        return not estate.stale and self.entity_description.available_fn(estate.data, self.hardware)

    async def async_update(self) -> None:
        """Answer the action that updates an entity: poll the estate."""
        await poll_now(self.data.estate)


def described[DescriptionT: EstateEntityDescription](
    estate: Estate, descriptions: Iterable[DescriptionT]
) -> Iterator[tuple[Any, DescriptionT]]:
    """Yield which part of an estate has which entity."""
    for description in descriptions:
        for owner in description.owners(estate):
            yield owner, description


def has_people(estate: Estate, space: Space) -> bool:
    """Tell whether people are counted: by presence sensors, on the server for zones, as a sum for buildings."""
    if isinstance(space, Building):
        return any(
            estate.equipment(floor.id).presence for floor in estate.floors.values() if floor.building_id == space.id
        )
    return estate.equipment(space.id).presence


def has_traffic(estate: Estate, space: Space) -> bool:
    """Tell whether crossings are counted."""
    return estate.equipment(space.id).traffic


def has_rooms(_estate: Estate, space: Space) -> bool:
    """Tell whether a space consists of rooms."""
    return isinstance(space, Building | Floor)


def headcount(state: SpaceState) -> int | None:
    """Return the number that stands for a space: people where they are counted, else the estimate."""
    return state.estimate if state.people is None else state.people


def has_battery(device: Hive | Sensor) -> bool:
    """Tell whether hardware has a battery that wants to be changed; hives have none."""
    return isinstance(device, Sensor) and device.has_battery
