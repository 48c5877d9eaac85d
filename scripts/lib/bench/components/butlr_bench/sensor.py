"""Sensors of a design."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .copies import CopiesEntry, CopySensor


async def async_setup_entry(
    hass: HomeAssistant, entry: CopiesEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the copies of this platform."""
    async_add_entities(entity for entity in entry.runtime_data if isinstance(entity, CopySensor))
