"""Binary sensors in either design."""

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .bare import BareBinarySensor
from .copying import Copies
from .textbook import TextbookBinarySensor, TextbookCoordinator


async def async_setup_entry(
    hass: HomeAssistant, entry: ConfigEntry[Copies], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add as many as are copied."""
    copies, feed = entry.runtime_data.by_platform.get(BINARY_SENSOR_DOMAIN, ()), entry.runtime_data.feed
    if isinstance(feed, TextbookCoordinator):
        async_add_entities(TextbookBinarySensor(feed, copy) for copy in copies)
        return
    entities = [BareBinarySensor(copy) for copy in copies]
    async_add_entities(entities)
    if feed:
        for entity in entities:
            feed.add(entity)
