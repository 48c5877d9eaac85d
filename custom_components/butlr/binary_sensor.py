"""Occupied, motion, over capacity."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR_DOMAIN,
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.estate import Space
from .entity import SpaceEntity, SpaceEntityDescription, follow_estate, headcount
from .live import SpaceState
from .runtime import ButlrConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SpaceBinarySensorDescription(BinarySensorEntityDescription, SpaceEntityDescription):
    """A yes or no about a space; None is unknown."""

    value_fn: Callable[[SpaceState, Space], bool | None]


def _over_capacity(state: SpaceState, space: Space) -> bool | None:
    number = headcount(state)
    return None if number is None or space.capacity is None else number > space.capacity


SPACE_BINARY_SENSORS = (
    SpaceBinarySensorDescription(
        key="occupancy",
        device_class=BinarySensorDeviceClass.OCCUPANCY,
        translation_key="occupancy",
        exists_fn=lambda estate, space: True,
        value_fn=lambda state, space: state.occupied,
    ),
    SpaceBinarySensorDescription(
        key="motion",
        device_class=BinarySensorDeviceClass.MOTION,
        translation_key="motion",
        exists_fn=lambda estate, space: estate.equipment(space.id).motion,
        value_fn=lambda state, space: state.motion,
    ),
    SpaceBinarySensorDescription(
        key="over_capacity",
        translation_key="over_capacity",
        entity_registry_enabled_default=False,
        exists_fn=lambda estate, space: space.capacity is not None,
        value_fn=_over_capacity,
    ),
)


class SpaceBinarySensor(SpaceEntity[SpaceBinarySensorDescription], BinarySensorEntity):
    """A yes or no about a space."""

    entity_description: SpaceBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.value_fn(self.space_state, self.space)

    @override
    def _seen(self) -> tuple[Any, ...]:
        return self.available, self.is_on


async def async_setup_entry(
    hass: HomeAssistant, entry: ButlrConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of the estate."""
    await follow_estate(hass, entry, BINARY_SENSOR_DOMAIN, SPACE_BINARY_SENSORS, SpaceBinarySensor, async_add_entities)
