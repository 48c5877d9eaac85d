"""Sensors of the connection to Butlr, on the device of the organization."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from ..api.listeners import all_of
from ..push.supervisor import UpdateMode
from ..runtime import ButlrData
from .value import ValueSensor


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """Describes a sensor of the connection to Butlr."""

    value_fn: Callable[[ButlrData], StateType | datetime]
    # Calls the callback whenever the value may have changed; returns a function that unsubscribes it.
    listen_fn: Callable[[ButlrData, Callable[[], None]], Callable[[], None]]


def _last_push(data: ButlrData) -> datetime | None:
    return None if data.push.last_push is None else dt_util.utc_from_timestamp(data.push.last_push)


def _push_agreement(data: ButlrData) -> float | None:
    agreement = data.live.audit.agreement
    return None if agreement is None else agreement * 100


def _listen_to_polls(data: ButlrData, listener: Callable[[], None]) -> Callable[[], None]:
    return all_of(*(poll.async_add_listener(listener) for poll in (data.occupancy, data.traffic)))


ACCOUNT_SENSORS: Final = (
    AccountSensorDescription(
        key="update_mode",
        translation_key="update_mode",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=[mode.value for mode in UpdateMode],
        value_fn=lambda data: data.push.mode,
        listen_fn=lambda data, listener: data.push.listen_to_mode(listener),
    ),
    AccountSensorDescription(
        key="last_push",
        translation_key="last_push",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_last_push,
        listen_fn=lambda data, listener: data.push.listen_to_pushes(listener),
    ),
    AccountSensorDescription(
        key="push_agreement",
        translation_key="push_agreement",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_push_agreement,
        listen_fn=_listen_to_polls,
    ),
    AccountSensorDescription(
        key="push_delay",
        translation_key="push_delay",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda data: data.live.audit.delay,
        listen_fn=_listen_to_polls,
    ),
    AccountSensorDescription(
        key="history_import",
        translation_key="history_import",
        native_unit_of_measurement=PERCENTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda data: data.history.progress,
        listen_fn=lambda data, listener: data.history.listen(listener),
    ),
)


class AccountSensor(ValueSensor[StateType | datetime]):
    """A sensor of the connection to Butlr."""

    entity_description: AccountSensorDescription

    def __init__(self, data: ButlrData, description: AccountSensorDescription) -> None:
        """Attach the value to the device of the organization."""
        super().__init__(data, data.estate.data.organization_id, description)

    @override
    def _read(self) -> tuple[bool, StateType | datetime, float | None]:
        return True, self.entity_description.value_fn(self.data), None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.entity_description.listen_fn(self.data, self.refresh))
