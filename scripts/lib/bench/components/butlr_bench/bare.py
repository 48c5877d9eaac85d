"""The least that Home Assistant asks of entities with a registered id and a device: a value that stands still."""

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.helpers.entity import Entity

from .copying import Copy


class BareEntity(Entity):
    """What both kinds have in common."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, copy: Copy) -> None:
        """Be called as the entity that this one stands beside."""
        self.copy = copy
        self._attr_unique_id = copy.unique_id
        self._attr_name = copy.name
        self._attr_device_info = copy.device_info


class BareSensor(BareEntity, SensorEntity):
    """A number."""

    _attr_native_value: float | None = 0


class BareBinarySensor(BareEntity, BinarySensorEntity):
    """A yes or no."""

    _attr_is_on: bool | None = False
