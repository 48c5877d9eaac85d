"""Base classes of all entities: their devices, their ids, and state writes that are skipped without a change."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.util import slugify

from .api.estate import Estate, Hive, Organization, Sensor, Space, Tag
from .const import ATTR_INCOMPLETE, DOMAIN
from .coordinator import refresh_all_now
from .live.space import SpaceState
from .runtime import ButlrData, device_of

# The field of SpaceState with the number that stands for a space: its people, or its estimate.
PRIMARY_COUNT: Final = ("primary_count",)


@dataclass(frozen=True, kw_only=True)
class EstateEntityDescription(EntityDescription):
    """Describes an entity that some assets of an estate have."""

    @abstractmethod
    def owners(self, estate: Estate) -> Iterable[Organization | Space | Hive | Sensor | Tag]:
        """Return the assets that have the entity."""


@dataclass(frozen=True, kw_only=True)
class SpaceEntityDescription(EstateEntityDescription):
    """Describes an entity that some spaces have."""

    exists_fn: Callable[[Estate, Space], bool]
    # The fields of SpaceState that the value depends on.
    fields: tuple[str, ...]
    # The field of SpaceState that tells whether there is a value.
    availability: str = "available"
    value_fn: Callable[[SpaceState, Space], Any]
    # Whether the value counts from the site's midnight.
    per_day: bool = False

    @override
    def owners(self, estate: Estate) -> Iterable[Space]:
        return (space for space in estate.spaces.values() if self.exists_fn(estate, space))


@dataclass(frozen=True, kw_only=True)
class HardwareEntityDescription(EstateEntityDescription):
    """Describes an entity that some sensors or hives have. Offline hardware has values, too."""

    exists_fn: Callable[[Hive | Sensor], bool] = lambda device: True
    available_fn: Callable[[Estate, Hive | Sensor], bool] = lambda estate, device: True
    value_fn: Callable[[Estate, Hive | Sensor], Any]

    @override
    def owners(self, estate: Estate) -> Iterable[Hive | Sensor]:
        return (device for device in estate.hardware.values() if self.exists_fn(device))


class ButlrEntity(Entity):
    """An entity of a device that is already registered."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    # Entities that are disabled are created, but never added.
    _is_added = False

    def __init__(self, data: ButlrData, device_id: str, description: EntityDescription) -> None:
        """Build the unique id from the Butlr id of the device and the key of the description."""
        self.data = data
        self.entity_description = description
        self._attr_unique_id = f"{device_id}_{description.key}"
        self._device_id = device_id
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, device_id)})

    @override
    async def async_prepare_to_add_to_hass(self) -> None:
        """Suggest an entity id without the area if the device's name already begins with it.

        Home Assistant would put the area's name before the device's, as in boardroom_boardroom_people.
        """
        await super().async_prepare_to_add_to_hass()
        entry_id = self.data.estate.config_entry.entry_id
        device = device_of(self.hass, entry_id, self._device_id)
        if device is None or not device.area_id or not (area := ar.async_get(self.hass).async_get_area(device.area_id)):
            return
        name = device.name_by_user or device.name or ""
        if f"{slugify(name)}_".startswith(f"{slugify(area.name)}_"):
            self.entity_id = f"{self.platform.domain}.{slugify(f'{name} {self.suggested_object_id}')}"

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._is_added = True

    @override
    async def async_will_remove_from_hass(self) -> None:
        await super().async_will_remove_from_hass()
        self._is_added = False

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Let Home Assistant rename the entity in place (2026.11): nothing here depends on its entity id."""

    @callback
    def estate_changed(self) -> None:
        """Update from a new estate."""


class ValueEntity[ValueT](ButlrEntity):
    """An entity that shows one value, and writes its state only when something that it shows has changed."""

    _value: ValueT | None = None
    # The site's midnight that the value counts from (Unix seconds); None for a value that is not per day.
    _day: float | None = None
    # Whether the value is a sum that lacks a part.
    _incomplete = False

    @abstractmethod
    def _read(self) -> tuple[bool, ValueT | None, float | None]:
        """Return whether there is a value, the value, and the midnight that it counts from."""

    def _is_incomplete(self) -> bool:
        """Return whether the value is a sum that lacks a part."""
        return False

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._attr_available, self._value, self._day = self._read()
        self._incomplete = self._is_incomplete()

    @callback
    @override
    def estate_changed(self) -> None:
        self.refresh()

    @callback
    def refresh(self) -> None:
        """Read the value, and write the state if that changes it."""
        if not self._is_added:
            return
        was_available, old = self._attr_available, (self._value, self._day, self._incomplete)
        available, self._value, self._day = self._read()
        self._incomplete = self._is_incomplete()
        if available is not was_available:
            self._attr_available = available
        elif not available or (self._value, self._day, self._incomplete) == old:
            return
        self._write()

    @property
    @override
    def extra_state_attributes(self) -> dict[str, bool] | None:
        """Return that the value lacks a part. Triggers and conditions then take it for unknown."""
        return {ATTR_INCOMPLETE: True} if self._incomplete else None

    def _write(self) -> None:
        """Write the state, in the context of the push that changed it: the logbook then links a floor to its room."""
        if context := self.data.push.receiver.context:
            self.async_set_context(context)
        self.async_write_ha_state()


class SpaceEntity[DescriptionT: SpaceEntityDescription, ValueT](ValueEntity[ValueT]):
    """An entity that shows a value of a space."""

    entity_description: DescriptionT

    def __init__(self, data: ButlrData, space: Space, description: DescriptionT) -> None:
        """Attach the value to the device of the space."""
        super().__init__(data, space.id, description)
        self._space = space
        self._state = data.live.state(space.id)

    @override
    def _read(self) -> tuple[bool, ValueT | None, float | None]:
        state, description = self._state, self.entity_description
        return (
            getattr(state, description.availability),
            description.value_fn(state, self._space),
            state.day if description.per_day else None,
        )

    @override
    async def async_added_to_hass(self) -> None:
        self._state = self.data.live.state(self._space.id)
        await super().async_added_to_hass()
        description = self.entity_description
        fields = (*description.fields, description.availability, *(("day",) if description.per_day else ()))
        self.async_on_remove(self.data.live.listen(self._space.id, fields, self._state_changed))

    @callback
    def _state_changed(self, state: SpaceState) -> None:
        self._state = state
        self.refresh()

    @callback
    @override
    def estate_changed(self) -> None:
        self._space = self.data.estate.data.spaces[self._space.id]
        self._state_changed(self.data.live.state(self._space.id))

    async def async_update(self) -> None:
        """Poll all spaces when the action `homeassistant.update_entity` asks for this one."""
        await refresh_all_now(self.data.occupancy, self.data.traffic)


class HardwareEntity[DescriptionT: HardwareEntityDescription, ValueT](ValueEntity[ValueT]):
    """An entity that shows a value of a sensor or hive from the newest estate."""

    entity_description: DescriptionT

    def __init__(self, data: ButlrData, device: Hive | Sensor, description: DescriptionT) -> None:
        """Attach the value to the device of the hardware."""
        super().__init__(data, device.id, description)
        self._hardware = device

    @override
    def _read(self) -> tuple[bool, ValueT | None, float | None]:
        poll, estate, description = self.data.estate, self.data.estate.data, self.entity_description
        # Hardware that left the estate keeps its last values until its device is removed.
        self._hardware = estate.hardware.get(self._hardware.id, self._hardware)
        available = (
            not poll.is_stale
            and self._hardware.id not in estate.unconfirmed
            and description.available_fn(estate, self._hardware)
        )
        return available, description.value_fn(estate, self._hardware), None

    async def async_update(self) -> None:
        """Poll the estate when the action `homeassistant.update_entity` asks for this entity."""
        await refresh_all_now(self.data.estate)


def expand_descriptions[DescriptionT: EstateEntityDescription](
    estate: Estate, descriptions: Iterable[DescriptionT]
) -> Iterator[tuple[Any, DescriptionT]]:
    """Yield each asset of an estate with each description of an entity that it has."""
    for description in descriptions:
        for owner in description.owners(estate):
            yield owner, description


def has_battery(device: Hive | Sensor) -> bool:
    """Return whether hardware has a battery that needs to be replaced from time to time; hives have none."""
    return isinstance(device, Sensor) and device.has_battery
