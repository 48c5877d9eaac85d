"""People, estimates, utilization, entries, exits, free rooms; dates of hardware; and how news reach Home Assistant."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, override

from homeassistant.components.sensor import (
    DOMAIN as SENSOR_DOMAIN,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from ..api.estate import Estate, Hive, Sensor, Space
from ..coordinator import refresh_all_now
from ..entity import (
    PRIMARY_COUNT,
    ComparedEntity,
    HardwareEntity,
    HardwareEntityDescription,
    SpaceEntity,
    SpaceEntityDescription,
    has_battery,
    has_rooms,
)
from ..live.live import GONE, SpaceState
from ..on_demand.coordinator import OnDemandCoordinator
from ..on_demand.today import PEAK, TIME_OCCUPIED
from ..on_demand.typical import MARGIN
from ..push.supervisor import UpdateMode
from ..runtime import ButlrConfigEntry, ButlrData
from ..sync.entities import EntitySync
from .organization import OFFLINE_SENSOR_COUNTS, ORGANIZATION_PEOPLE, OfflineSensorCount, OrganizationPeopleSensor
from .tag import TAG_SENSORS, TagSensor

PARALLEL_UPDATES = 0
# From so many percent of the capacity on a space is no longer quiet, and busy.
MODERATE = 30
BUSY = 70


@dataclass(frozen=True, kw_only=True)
class SpaceSensorDescription(SensorEntityDescription, SpaceEntityDescription):
    """A figure of a space; None is unknown."""

    value_fn: Callable[[SpaceState, Space], StateType]


@dataclass(frozen=True, kw_only=True)
class OnDemandSensorDescription(SpaceSensorDescription):
    """A figure of a space that is asked for while its entity is enabled; None is unknown."""

    entity_registry_enabled_default: bool = False
    value_fn: Callable[[SpaceState, Space], StateType] = lambda state, space: None
    poll_fn: Callable[[ButlrData], OnDemandCoordinator]
    figure_fn: Callable[[ButlrData, SpaceState, Space], StateType]


@dataclass(frozen=True, kw_only=True)
class HardwareSensorDescription(SensorEntityDescription, HardwareEntityDescription):
    """A figure about a sensor or hive; None is unknown."""

    value_fn: Callable[[Hive | Sensor], StateType | datetime]


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """A figure about the link to Butlr itself, and what tells of news of it."""

    value_fn: Callable[[ButlrData], StateType | datetime]
    listen_fn: Callable[[ButlrData, Callable[[], None]], Callable[[], None]]


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else dt_util.utc_from_timestamp(seconds)


def _utilization(state: SpaceState, space: Space) -> float | None:
    number = state.primary_count
    return None if number is None or space.capacity is None else round(100 * number / space.capacity, 1)


class Busyness(StrEnum):
    """How full a space is."""

    QUIET = "quiet"
    MODERATE = "moderate"
    BUSY = "busy"


def _busyness(state: SpaceState, space: Space) -> Busyness | None:
    if (percent := _utilization(state, space)) is None:
        return None
    if percent < MODERATE:
        return Busyness.QUIET
    return Busyness.MODERATE if percent < BUSY else Busyness.BUSY


class Trend(StrEnum):
    """How a space is used, compared with what is usual."""

    LIGHTER = "lighter"
    TYPICAL = "typical"
    BUSIER = "busier"


def _trend(data: ButlrData, state: SpaceState, space: Space) -> Trend | None:
    usual, people = data.typical.typical(space.id), state.primary_count
    if usual is None or people is None:
        return None
    if people < usual * (1 - MARGIN):
        return Trend.LIGHTER
    return Trend.BUSIER if people > usual * (1 + MARGIN) else Trend.TYPICAL


def _is_sensed(estate: Estate, space: Space) -> bool:
    """Tell whether a space has figures of its own at Butlr."""
    equipment = estate.equipment(space.id)
    return equipment.presence or equipment.traffic


_ESTIMATE = SpaceSensorDescription(
    key="people_estimate",
    translation_key="people_estimate",
    fields=("estimate",),
    state_class=SensorStateClass.MEASUREMENT,
    exists_fn=lambda estate, space: estate.senses_traffic(space) and not estate.counts_people(space),
    availability="traffic_available",
    value_fn=lambda state, space: state.estimate,
)

SPACE_SENSORS = (
    SpaceSensorDescription(
        key="people",
        translation_key="people",
        fields=("people",),
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=Estate.counts_people,
        value_fn=lambda state, space: state.people,
    ),
    _ESTIMATE,
    # Beside a count the estimate is one figure too many for most.
    replace(
        _ESTIMATE,
        entity_registry_enabled_default=False,
        exists_fn=lambda estate, space: estate.senses_traffic(space) and estate.counts_people(space),
    ),
    SpaceSensorDescription(
        key="utilization",
        translation_key="utilization",
        fields=PRIMARY_COUNT,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        exists_fn=Estate.measures_capacity,
        value_fn=_utilization,
    ),
    SpaceSensorDescription(
        key="entries_today",
        translation_key="entries_today",
        fields=("entries",),
        state_class=SensorStateClass.TOTAL,
        per_day=True,
        exists_fn=Estate.senses_traffic,
        availability="traffic_available",
        value_fn=lambda state, space: state.entries,
    ),
    SpaceSensorDescription(
        key="exits_today",
        translation_key="exits_today",
        fields=("exits",),
        state_class=SensorStateClass.TOTAL,
        per_day=True,
        exists_fn=Estate.senses_traffic,
        availability="traffic_available",
        value_fn=lambda state, space: state.exits,
    ),
    SpaceSensorDescription(
        key="free_rooms",
        translation_key="free_rooms",
        fields=("free_rooms",),
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=has_rooms,
        value_fn=lambda state, space: state.free_rooms,
    ),
    SpaceSensorDescription(
        key="busyness",
        translation_key="busyness",
        device_class=SensorDeviceClass.ENUM,
        options=list(Busyness),
        entity_registry_enabled_default=False,
        exists_fn=Estate.measures_capacity,
        fields=PRIMARY_COUNT,
        value_fn=_busyness,
    ),
)

ON_DEMAND_SENSORS = (
    OnDemandSensorDescription(
        key="busyness_trend",
        translation_key="busyness_trend",
        device_class=SensorDeviceClass.ENUM,
        options=list(Trend),
        exists_fn=_is_sensed,
        fields=PRIMARY_COUNT,
        poll_fn=lambda data: data.typical,
        figure_fn=_trend,
    ),
    OnDemandSensorDescription(
        key=PEAK,
        translation_key=PEAK,
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=_is_sensed,
        fields=PRIMARY_COUNT,
        poll_fn=lambda data: data.today,
        figure_fn=lambda data, state, space: data.today.peak(space.id, state.primary_count),
    ),
    OnDemandSensorDescription(
        key=TIME_OCCUPIED,
        translation_key=TIME_OCCUPIED,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        state_class=SensorStateClass.TOTAL,
        per_day=True,
        exists_fn=lambda estate, space: estate.equipment(space.id).presence,
        fields=(),
        poll_fn=lambda data: data.today,
        figure_fn=lambda data, state, space: data.today.time_occupied(space.id),
    ),
)

HARDWARE_SENSORS = (
    HardwareSensorDescription(
        key="battery_change_by",
        translation_key="battery_change_by",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        exists_fn=has_battery,
        value_fn=lambda device: _moment(device.battery_change_by) if isinstance(device, Sensor) else None,
    ),
    HardwareSensorDescription(
        key="last_heartbeat",
        translation_key="last_heartbeat",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: _moment(device.last_heartbeat),
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
        # A hive that is not heard has no path.
        available_fn=lambda estate, device: estate.connected(device) is not False,
        value_fn=lambda device: device.path_stability if isinstance(device, Hive) else None,
    ),
)

ACCOUNT_SENSORS = (
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
        value_fn=lambda data: _moment(data.push.last_push),
        listen_fn=lambda data, listener: data.push.listen_to_pushes(listener),
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


class SpaceSensor[DescriptionT: SpaceSensorDescription](SpaceEntity[DescriptionT, StateType], SensorEntity):
    """A figure of a space."""

    entity_description: DescriptionT

    @property
    @override
    def native_value(self) -> StateType:
        return self._value

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Return the site's midnight for what is counted per day."""
        return _moment(self._day)


class OnDemandSensor(SpaceSensor[OnDemandSensorDescription]):
    """A figure of a space that is asked for while this entity is enabled."""

    @override
    def _take(self, state: SpaceState) -> None:
        super()._take(state)
        # Most are never added: nothing is found out for them.
        if not self._added or state == GONE:
            return
        self._value = self.entity_description.figure_fn(self.data, state, self._space)
        if self.entity_description.per_day:
            self._day = self.data.live.day(self._space.id)[0]

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        description = self.entity_description
        poll = description.poll_fn(self.data)
        self.async_on_remove(await poll.subscribe(description.key, self._space.id, self._news))

    @callback
    def _news(self) -> None:
        self._show(self.data.live.state(self._space.id))

    @override
    def _write_value(self) -> None:
        # A person may have chosen another unit.
        self.async_write_ha_state()

    @override
    async def async_update(self) -> None:
        """Answer the action that updates an entity: poll, for all that is wanted at once."""
        await refresh_all_now(self.entity_description.poll_fn(self.data))


class HardwareSensor(HardwareEntity[HardwareSensorDescription], SensorEntity):
    """A figure about a sensor or hive."""

    entity_description: HardwareSensorDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        return self.entity_description.value_fn(self.hardware)

    @override
    def _seen(self) -> tuple[Any, ...]:
        return self.available, self.native_value


class AccountSensor(ComparedEntity, SensorEntity):
    """A figure about the link to Butlr itself."""

    entity_description: AccountSensorDescription

    def __init__(self, data: ButlrData, description: AccountSensorDescription) -> None:
        """Attach the figure to the organization."""
        super().__init__(data, data.estate.data.organization_id, description)

    @property
    @override
    def native_value(self) -> StateType | datetime:
        return self.entity_description.value_fn(self.data)

    @override
    def _seen(self) -> tuple[Any, ...]:
        return (self.native_value,)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.entity_description.listen_fn(self.data, self.estate_changed))


async def async_setup_entry(
    hass: HomeAssistant, entry: ButlrConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of the estate and of the link."""
    link = [AccountSensor(entry.runtime_data, description) for description in ACCOUNT_SENSORS]
    makers = (
        (SpaceSensor, SPACE_SENSORS),
        (OnDemandSensor, ON_DEMAND_SENSORS),
        (OrganizationPeopleSensor, ORGANIZATION_PEOPLE),
        (OfflineSensorCount, OFFLINE_SENSOR_COUNTS),
        (TagSensor, TAG_SENSORS),
        (HardwareSensor, HARDWARE_SENSORS),
    )
    await EntitySync(hass, entry, SENSOR_DOMAIN, async_add_entities, *makers).start(*link)
