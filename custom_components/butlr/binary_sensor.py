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
from homeassistant.components.number import DOMAIN as NUMBER_DOMAIN
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.buckets import MINUTE
from .api.estate import Estate, Hive, Sensor, Space
from .const import (
    CAPACITY_LIMIT,
    CONF_CAPACITY_DELAY,
    CONF_CAPACITY_MARGIN,
    DEFAULT_CAPACITY_DELAY,
    DEFAULT_CAPACITY_MARGIN,
    DOMAIN,
)
from .entity import (
    PRIMARY_COUNT,
    HardwareEntity,
    HardwareEntityDescription,
    SpaceEntity,
    SpaceEntityDescription,
    has_battery,
)
from .live.capacity import OverCapacity
from .live.space import SpaceState
from .runtime import ButlrConfigEntry, ButlrData
from .sync.entities import EntitySync
from .timer import Timer

PARALLEL_UPDATES = 0
# A battery is due soon when it has less than this left, in seconds; Butlr uses the same limit (mcp:
# butlr-hardware-snapshot.ts).
BATTERY_DUE_SOON: Final = 30 * 86400


@dataclass(frozen=True, kw_only=True)
class SpaceBinarySensorDescription(BinarySensorEntityDescription, SpaceEntityDescription):
    """Describes a binary sensor of a space; a value of None is unknown."""

    value_fn: Callable[[SpaceState, Space], bool | None]


@dataclass(frozen=True, kw_only=True)
class OverCapacityDescription(BinarySensorEntityDescription, SpaceEntityDescription):
    """Describes the binary sensor that compares the people in a space with its limit."""

    value_fn: Callable[[SpaceState, Space], int | None]


@dataclass(frozen=True, kw_only=True)
class HardwareBinarySensorDescription(BinarySensorEntityDescription, HardwareEntityDescription):
    """Describes a binary sensor of hardware; a value of None is unknown."""

    value_fn: Callable[[Estate, Hive | Sensor], bool | None]


def _battery_is_due(estate: Estate, device: Hive | Sensor) -> bool | None:
    if not isinstance(device, Sensor) or device.battery_change_by is None:
        return None
    return device.battery_change_by - time.time() < BATTERY_DUE_SOON


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
)

OVER_CAPACITY: Final = (
    OverCapacityDescription(
        key="over_capacity",
        translation_key="over_capacity",
        fields=(*PRIMARY_COUNT, "incomplete"),
        entity_registry_enabled_default=False,
        exists_fn=Estate.counts,
        value_fn=lambda state, space: state.primary_count,
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


class OverCapacityBinarySensor(SpaceEntity[OverCapacityDescription, bool], BinarySensorEntity):
    """Whether there are more people in a space than its limit."""

    entity_description: OverCapacityDescription

    def __init__(self, data: ButlrData, space: Space, description: OverCapacityDescription) -> None:
        """Start with nothing known."""
        super().__init__(data, space, description)
        hass = data.estate.hass
        self._over_capacity = OverCapacity()
        self._timer = Timer(hass, f"butlr over capacity of {space.id}", self.refresh)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._timer.stop)
        self.async_on_remove(self.data.limits.listen(self._space.id, self.refresh))

    @override
    def _read(self) -> tuple[bool, bool | None, float | None]:
        available, people, day = super()._read()
        options, now = self.data.estate.config_entry.options, time.monotonic()
        value = self._over_capacity.update(
            people if available else None,
            self._limit(),
            now,
            margin=options.get(CONF_CAPACITY_MARGIN, DEFAULT_CAPACITY_MARGIN),
            delay=options.get(CONF_CAPACITY_DELAY, DEFAULT_CAPACITY_DELAY) * MINUTE,
            incomplete=self._state.incomplete,
        )
        if (turns_off_at := self._over_capacity.turns_off_at) is None:
            self._timer.stop()
        else:
            self._timer.start(turns_off_at - now)
        return available, value, day

    def _limit(self) -> int | None:
        """Return the limit that a person set, while its number is enabled; otherwise Butlr's capacity.

        The registry tells, because at startup this entity may be added before the number.
        """
        registry = er.async_get(self.hass)
        number = registry.async_get_entity_id(NUMBER_DOMAIN, DOMAIN, f"{self._space.id}_{CAPACITY_LIMIT}")
        registered = registry.async_get(number) if number else None
        own = self.data.limits.get(self._space.id) if registered and not registered.disabled else None
        return own or self._space.capacity

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
    await EntitySync(
        hass,
        entry,
        BINARY_SENSOR_DOMAIN,
        async_add_entities,
        (SpaceBinarySensor, SPACE_BINARY_SENSORS),
        (OverCapacityBinarySensor, OVER_CAPACITY),
        (HardwareBinarySensor, HARDWARE_BINARY_SENSORS),
    ).start()
