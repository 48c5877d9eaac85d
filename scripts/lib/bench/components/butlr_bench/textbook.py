"""The design of the developer documentation: one coordinator, whose every entity hears of every push."""

import logging
from typing import Any, override

from aiohttp.web import Request
from homeassistant.components import webhook
from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import CoordinatorEntity, DataUpdateCoordinator

from .const import DOMAIN, TEXTBOOK
from .copying import Copies, Copy

_LOGGER = logging.getLogger(__name__)


class TextbookCoordinator(DataUpdateCoordinator[dict[str, int]]):
    """Holds the people of every space; nothing is polled here, so that only pushes are measured."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Copies]) -> None:
        """Start without anybody."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN)
        self.entry = entry
        self.data = {}

    def register_webhook(self) -> None:
        """Take pushes in from now on."""
        webhook.async_register(self.hass, DOMAIN, "Textbook", TEXTBOOK, self._handle)
        self.entry.async_on_unload(lambda: webhook.async_unregister(self.hass, TEXTBOOK))

    async def _handle(self, hass: HomeAssistant, webhook_id: str, request: Request) -> None:
        """Make the next data of the last one, and tell all."""
        event = await request.json()
        metadata = event["metadata"]
        space_id = metadata.get("zone_id") or metadata.get("room_id") or metadata["floor_id"]
        self.async_set_updated_data({**self.data, space_id: event["data"]})


class TextbookEntity(CoordinatorEntity[TextbookCoordinator]):
    """What both kinds have in common."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: TextbookCoordinator, copy: Copy) -> None:
        """Show a figure of a space."""
        super().__init__(coordinator)
        self._copy = copy
        self._attr_unique_id = copy.unique_id
        self._attr_name = copy.name
        self._attr_device_info = copy.device_info

    @property
    def people(self) -> int | None:
        """Return how many people are in the space."""
        return self.coordinator.data.get(self._copy.space_id)


class TextbookSensor(TextbookEntity, SensorEntity):
    """People or what follows from them; figures that the pushes do not touch stand still."""

    def __init__(self, coordinator: TextbookCoordinator, copy: Copy) -> None:
        """Copy unit and state class too."""
        super().__init__(coordinator, copy)
        self._attr_native_unit_of_measurement = copy.unit
        if state_class := copy.capabilities.get("state_class"):
            self._attr_state_class = SensorStateClass(state_class)

    @property
    @override
    def native_value(self) -> Any:
        match self._copy.key:
            case "people":
                return self.people
            case "utilization":
                return None if self.people is None else 10.0 * self.people
            case _:
                return 0


class TextbookBinarySensor(TextbookEntity, BinarySensorEntity):
    """Whether anybody is there; other kinds stand still."""

    def __init__(self, coordinator: TextbookCoordinator, copy: Copy) -> None:
        """Copy the device class too."""
        super().__init__(coordinator, copy)
        if copy.device_class:
            self._attr_device_class = BinarySensorDeviceClass(copy.device_class)

    @property
    @override
    def is_on(self) -> bool | None:
        if self._copy.key != "occupancy" or self.people is None:
            return False
        return self.people > 0
