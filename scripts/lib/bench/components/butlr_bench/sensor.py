"""Sensors in either design."""

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .bare import BareSensor
from .copying import Copies
from .textbook import TextbookCoordinator, TextbookSensor


async def async_setup_entry(
    hass: HomeAssistant, entry: ConfigEntry[Copies], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add as many as are copied."""
    copies, feed = entry.runtime_data.by_platform.get(SENSOR_DOMAIN, ()), entry.runtime_data.feed
    if isinstance(feed, TextbookCoordinator):
        async_add_entities(TextbookSensor(feed, copy) for copy in copies)
        return
    entities = [BareSensor(copy) for copy in copies]
    async_add_entities(entities)
    if feed:
        for entity in entities:
            feed.add(entity)
