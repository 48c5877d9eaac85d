"""Binary sensors: occupancy, motion and over capacity of spaces; connectivity and battery of hardware."""

from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Final, override

from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR_DOMAIN,
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.estate import Estate, Hive, Sensor, Space
from .entity import (
    PRIMARY_COUNT,
    HardwareEntity,
    HardwareEntityDescription,
    SpaceEntity,
    SpaceEntityDescription,
    has_battery,
)
from .live.space import SpaceState
from .runtime import ButlrConfigEntry
from .sync.entities import EntitySync

PARALLEL_UPDATES = 0
# A battery is due soon when it has less than this left, in seconds; Butlr uses the same limit (mcp:
# butlr-hardware-snapshot.ts).
BATTERY_DUE_SOON: Final = 30 * 86400


@dataclass(frozen=True, kw_only=True)
class SpaceBinarySensorDescription(BinarySensorEntityDescription, SpaceEntityDescription):
    """Describes a binary sensor of a space; a value of None is unknown."""

    value_fn: Callable[[SpaceState, Space], bool | None]


@dataclass(frozen=True, kw_only=True)
class HardwareBinarySensorDescription(BinarySensorEntityDescription, HardwareEntityDescription):
    """Describes a binary sensor of hardware; a value of None is unknown."""

    value_fn: Callable[[Estate, Hive | Sensor], bool | None]


def _battery_is_due(estate: Estate, device: Hive | Sensor) -> bool | None:
    if not isinstance(device, Sensor) or device.battery_change_by is None:
        return None
    return device.battery_change_by - time.time() < BATTERY_DUE_SOON


def _over_capacity(state: SpaceState, space: Space) -> bool | None:
    count = state.primary_count
    return None if count is None or space.capacity is None else count > space.capacity


SPACE_BINARY_SENSORS: Final = (
    # Motion comes before occupancy, so that the activity of a room shows it as the cause.
    SpaceBinarySensorDescription(
        key="motion",
        device_class=BinarySensorDeviceClass.MOTION,
        translation_key="motion",
        fields=("motion",),
        exists_fn=lambda estate, space: estate.equipment(space.id).motion,
        value_fn=lambda state, space: state.motion,
    ),
    SpaceBinarySensorDescription(
        key="occupancy",
        device_class=BinarySensorDeviceClass.OCCUPANCY,
        translation_key="occupancy",
        fields=("occupied",),
        exists_fn=lambda estate, space: True,
        value_fn=lambda state, space: state.occupied,
    ),
    SpaceBinarySensorDescription(
        key="over_capacity",
        translation_key="over_capacity",
        fields=PRIMARY_COUNT,
        entity_registry_enabled_default=False,
        exists_fn=Estate.measures_capacity,
        value_fn=_over_capacity,
    ),
)

HARDWARE_BINARY_SENSORS: Final = (
    HardwareBinarySensorDescription(
        key="connectivity",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        translation_key="connectivity",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda estate, device: estate.connected(device),
    ),
    HardwareBinarySensorDescription(
        key="battery",
        device_class=BinarySensorDeviceClass.BATTERY,
        translation_key="battery",
        entity_category=EntityCategory.DIAGNOSTIC,
        exists_fn=has_battery,
        value_fn=_battery_is_due,
    ),
)


class SpaceBinarySensor(SpaceEntity[SpaceBinarySensorDescription, bool], BinarySensorEntity):
    """A binary sensor of a space."""

    entity_description: SpaceBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self._value


class HardwareBinarySensor(HardwareEntity[HardwareBinarySensorDescription, bool], BinarySensorEntity):
    """A binary sensor of hardware."""

    entity_description: HardwareBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self._value


async def async_setup_entry(
    hass: HomeAssistant, entry: ButlrConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of the estate."""
    spaces, hardware = (SpaceBinarySensor, SPACE_BINARY_SENSORS), (HardwareBinarySensor, HARDWARE_BINARY_SENSORS)
    await EntitySync(hass, entry, BINARY_SENSOR_DOMAIN, async_add_entities, spaces, hardware).start()
