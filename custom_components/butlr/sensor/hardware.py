"""Sensors of hives and of Butlr's own sensors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from ..api.estate import Estate, Hive, Sensor
from ..entity import HardwareEntity, HardwareEntityDescription, has_battery
from .value import ValueSensor


@dataclass(frozen=True, kw_only=True)
class HardwareSensorDescription(SensorEntityDescription, HardwareEntityDescription):
    """Describes a sensor of hardware; a value of None is unknown."""

    value_fn: Callable[[Estate, Hive | Sensor], StateType | datetime]


def _battery_change_by(estate: Estate, device: Hive | Sensor) -> datetime | None:
    if not isinstance(device, Sensor) or device.battery_change_by is None:
        return None
    return dt_util.utc_from_timestamp(device.battery_change_by)


def _last_heartbeat(estate: Estate, device: Hive | Sensor) -> datetime | None:
    return None if device.last_heartbeat is None else dt_util.utc_from_timestamp(device.last_heartbeat)


HARDWARE_SENSORS: Final = (
    HardwareSensorDescription(
        key="battery_change_by",
        translation_key="battery_change_by",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        exists_fn=has_battery,
        value_fn=_battery_change_by,
    ),
    HardwareSensorDescription(
        key="last_heartbeat",
        translation_key="last_heartbeat",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_last_heartbeat,
    ),
    HardwareSensorDescription(
        key="path_stability",
        translation_key="path_stability",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        exists_fn=lambda device: isinstance(device, Hive),
        # An offline hive has no path to the internet.
        available_fn=lambda estate, device: estate.connected(device) is not False,
        value_fn=lambda estate, device: device.path_stability if isinstance(device, Hive) else None,
    ),
)


class HardwareSensor(
    HardwareEntity[HardwareSensorDescription, StateType | datetime], ValueSensor[StateType | datetime]
):
    """A sensor of hardware."""

    entity_description: HardwareSensorDescription
