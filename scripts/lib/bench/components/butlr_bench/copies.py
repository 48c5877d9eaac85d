"""Copies of the entities of a Butlr entry: the least that Home Assistant requires of an entity with a device."""

from collections.abc import Iterator
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from .const import CONF_COPY_OF, DOMAIN

type CopiesEntry = ConfigEntry[list[CopyEntity]]


class CopyEntity(Entity):
    """An entity with the name, device and attributes of another one."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, owner: str, entry: er.RegistryEntry, device_name: str | None) -> None:
        """Copy the entity of a registry entry; `owner` makes the unique id unique."""
        kind, number, self.key = entry.unique_id.split("_", 2)
        self.space_id = f"{kind}_{number}"
        self.value: Any = 0
        self._attr_unique_id = f"{owner}_{entry.unique_id}"
        self._attr_name = entry.original_name
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, f"{owner}_{self.space_id}")}, name=device_name)
        self._attr_device_class: Any = entry.original_device_class
        self._attr_state_class: Any = (entry.capabilities or {}).get("state_class")
        self._attr_native_unit_of_measurement = entry.unit_of_measurement

    def show(self, value: float) -> None:
        """Write a new value."""
        self.value = value
        self.async_write_ha_state()


class CopySensor(CopyEntity, SensorEntity):
    """A number."""

    @property
    def native_value(self) -> Any:
        """Return the value."""
        return self.value


class CopyBinarySensor(CopyEntity, BinarySensorEntity):
    """Yes or no."""

    @property
    def is_on(self) -> bool:
        """Return the value."""
        return bool(self.value)


def make_copies(hass: HomeAssistant, copies: ConfigEntry[Any]) -> Iterator[CopyEntity]:
    """Yield a copy of every enabled sensor and binary sensor of the original entry."""
    for entry in er.async_entries_for_config_entry(er.async_get(hass), copies.data[CONF_COPY_OF]):
        kind = {"sensor": CopySensor, "binary_sensor": CopyBinarySensor}.get(entry.domain)
        device = dr.async_get(hass).async_get(entry.device_id or "")
        if kind and device and not entry.disabled_by:
            yield kind(copies.entry_id, entry, device.name)
