"""What all entities have in common: a part of the estate, a description, and the wish to say only news."""

from abc import abstractmethod
import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.core_config import DATA_CUSTOMIZE
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import EntityPlatform
from homeassistant.helpers.entity_values import EntityValues
from homeassistant.util import slugify

from .api.estate import Building, Estate, Floor, Hive, Organization, Sensor, Space, Tag
from .const import DOMAIN
from .coordinator import refresh_all_now
from .live.live import SpaceState
from .runtime import ButlrData


@dataclass(frozen=True, kw_only=True)
class EstateEntityDescription(EntityDescription):
    """An entity that some parts of an estate have."""

    @abstractmethod
    def owners(self, estate: Estate) -> Iterable[Organization | Space | Hive | Sensor | Tag]:
        """Return those parts."""


@dataclass(frozen=True, kw_only=True)
class SpaceEntityDescription(EstateEntityDescription):
    """An entity that some spaces have."""

    exists_fn: Callable[[Estate, Space], bool]
    # The names in SpaceState of what the value follows from, and of what tells whether there is any.
    fields: tuple[str, ...]
    availability: str = "available"
    value_fn: Callable[[SpaceState, Space], Any]
    # Whether the figure counts since the site's midnight.
    per_day: bool = False

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

    @override
    async def async_added_to_hass(self) -> None:
        self._added = True

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Let Home Assistant rename the entity in place (2026.11): nothing here depends on its id."""

    @callback
    def estate_changed(self) -> None:
        """Take in that there is something new: of the estate, or of what the entity listens to."""


class ComparedEntity(ButlrEntity):
    """An entity that compares what it depends on with what it was written for."""

    _shown: tuple[Any, ...] = ()

    @abstractmethod
    def _seen(self) -> tuple[Any, ...]:
        """Return everything that the state depends on."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._shown = self._seen()

    @callback
    @override
    def estate_changed(self) -> None:
        if self._added and (seen := self._seen()) != self._shown:
            self._shown = seen
            self.async_write_ha_state()


class SpaceEntity[DescriptionT: SpaceEntityDescription, ValueT](ButlrEntity):
    """An entity that shows a figure of a space."""

    entity_description: DescriptionT

    def __init__(self, data: ButlrData, space: Space, description: DescriptionT) -> None:
        """Attach the figure to the space's device."""
        super().__init__(data, space.id, description)
        self._space = space
        # The attributes as Home Assistant wrote them last, and the customizations that it took into them.
        self._attributes: Mapping[str, Any] | None = None
        self._customized: EntityValues | None = None
        self._take(data.live.state(space.id))

    def _take(self, state: SpaceState) -> None:
        """Keep what is shown of a state: the figure, and what else is written with it."""
        self._value: ValueT | None = self.entity_description.value_fn(state, self._space)
        self._available: bool = getattr(state, self.entity_description.availability)
        self._day = state.day if self.entity_description.per_day else None

    @property
    @override
    def available(self) -> bool:
        return self._available

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        description = self.entity_description
        fields = (*description.fields, description.availability, *(("day",) if description.per_day else ()))
        self.async_on_remove(self.data.live.listen(self._space.id, fields, self._show))
        self._take(self.data.live.state(self._space.id))

    @callback
    @override
    def estate_changed(self) -> None:
        """Take over what the newest estate has of the space."""
        self._space = self.data.estate.data.spaces[self._space.id]
        if self._added:
            self._show(self.data.live.state(self._space.id))

    @callback
    def _show(self, state: SpaceState) -> None:
        """Write the newest truth, if it differs in what this entity shows."""
        value, available, day = self._value, self._available, self._day
        self._take(state)
        if self._available is not available or self._day != day:
            self.async_write_ha_state()
        elif available and self._value != value:
            self._write_value()

    def _write_value(self) -> None:
        """Write a new value where nothing else is new.

        Home Assistant works out every attribute anew with each write, and that takes several times as long as all the
        rest of a push. They change only with the registries, upon which it writes by itself, and with customizations.
        """
        attributes = self._attributes
        if attributes is None or self.hass.data.get(DATA_CUSTOMIZE) is not self._customized:
            self.async_write_ha_state()
            return
        value = self._value
        text = STATE_UNKNOWN if value is None else self._text(value)
        context = self.data.push.webhook.context
        self.hass.states.async_set(self.entity_id, text, attributes, False, context, self._state_info)

    def _text(self, value: ValueT) -> str:
        """Return a value as its state."""
        return str(value)

    @callback
    @override
    def _async_write_ha_state(self) -> None:
        super()._async_write_ha_state()
        written = self.hass.states.get(self.entity_id)
        self._attributes = written.attributes if written else None
        self._customized = self.hass.data.get(DATA_CUSTOMIZE)

    async def async_update(self) -> None:
        """Answer the action that updates an entity: poll, for all spaces at once."""
        await refresh_all_now(self.data.occupancy, self.data.traffic)


class HardwareEntity[DescriptionT: HardwareEntityDescription](ComparedEntity):
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
        if estate.is_stale or self._hardware.id in estate.data.unconfirmed:
            return False
        return self.entity_description.available_fn(estate.data, self.hardware)

    async def async_update(self) -> None:
        """Answer the action that updates an entity: poll the estate."""
        await refresh_all_now(self.data.estate)


def expand_descriptions[DescriptionT: EstateEntityDescription](
    estate: Estate, descriptions: Iterable[DescriptionT]
) -> Iterator[tuple[Any, DescriptionT]]:
    """Yield which part of an estate has which entity."""
    for description in descriptions:
        for owner in description.owners(estate):
            yield owner, description


def has_rooms(_estate: Estate, space: Space) -> bool:
    """Tell whether a space consists of rooms."""
    return isinstance(space, Building | Floor)


# What follows from the number that stands for a space.
PRIMARY_COUNT: Final = ("primary_count",)


def has_battery(device: Hive | Sensor) -> bool:
    """Tell whether hardware has a battery that wants to be changed; hives have none."""
    return isinstance(device, Sensor) and device.has_battery
