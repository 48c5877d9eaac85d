"""Sensors of spaces whose values cost requests: they are polled only while the entity is enabled."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfTime
from homeassistant.helpers.typing import StateType

from ..api.estate import Building, Estate, Space
from ..coordinator import refresh_all_now
from ..entity import PRIMARY_COUNT
from ..live.space import GONE, SpaceState
from ..on_demand.coordinator import OnDemandCoordinator
from ..on_demand.today import PEAK, TIME_OCCUPIED
from ..on_demand.typical import TYPICAL_MARGIN
from ..runtime import ButlrData
from .space import SpaceSensor, SpaceSensorDescription


@dataclass(frozen=True, kw_only=True)
class OnDemandSensorDescription(SpaceSensorDescription):
    """Describes a sensor of a space that is polled only while its entity is enabled."""

    entity_registry_enabled_default: bool = False
    value_fn: Callable[[SpaceState, Space], StateType] = lambda state, space: None
    poll_fn: Callable[[ButlrData], OnDemandCoordinator]
    polled_value_fn: Callable[[ButlrData, SpaceState, Space], StateType]


class Trend(StrEnum):
    """How a space is used, compared with what is typical at this time."""

    LIGHTER = "lighter"
    TYPICAL = "typical"
    BUSIER = "busier"


def _trend(data: ButlrData, state: SpaceState, space: Space) -> Trend | None:
    typical, count = data.typical.typical(space.id), state.primary_count
    if typical is None or count is None:
        return None
    if count < typical * (1 - TYPICAL_MARGIN):
        return Trend.LIGHTER
    return Trend.BUSIER if count > typical * (1 + TYPICAL_MARGIN) else Trend.TYPICAL


def _is_counted_itself(estate: Estate, space: Space) -> bool:
    """Return whether Butlr has values of the space itself; those of a building are sums over its floors."""
    return not isinstance(space, Building) and estate.counts(space)


ON_DEMAND_SENSORS: Final = (
    OnDemandSensorDescription(
        key="busyness_trend",
        translation_key="busyness_trend",
        device_class=SensorDeviceClass.ENUM,
        options=list(Trend),
        exists_fn=_is_counted_itself,
        fields=PRIMARY_COUNT,
        poll_fn=lambda data: data.typical,
        polled_value_fn=_trend,
    ),
    OnDemandSensorDescription(
        key=PEAK,
        translation_key=PEAK,
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=_is_counted_itself,
        fields=PRIMARY_COUNT,
        poll_fn=lambda data: data.today,
        polled_value_fn=lambda data, state, space: data.today.peak(space.id, state.primary_count),
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
        polled_value_fn=lambda data, state, space: data.today.time_occupied(space.id),
    ),
)


class OnDemandSensor(SpaceSensor[OnDemandSensorDescription]):
    """A sensor of a space that is polled only while this entity is enabled."""

    @override
    def _read(self) -> tuple[bool, StateType, float | None]:
        available, value, day = super()._read()
        if self._state == GONE:
            return available, value, day
        description = self.entity_description
        if description.per_day:
            day = self.data.live.day(self._space.id)[0]
        return available, description.polled_value_fn(self.data, self._state, self._space), day

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        description = self.entity_description
        poll = description.poll_fn(self.data)
        self.async_on_remove(await poll.subscribe(description.key, self._space.id, self.refresh))

    @override
    async def async_update(self) -> None:
        """Poll this and all other desired values when `homeassistant.update_entity` asks for this entity."""
        await refresh_all_now(self.entity_description.poll_fn(self.data))
