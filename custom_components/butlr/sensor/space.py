"""Sensors of spaces that show what polls and pushes report anyway."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from ..api.estate import Building, Estate, Floor, Space
from ..entity import PRIMARY_COUNT, SpaceEntity, SpaceEntityDescription
from ..live.busyness import Busyness, busyness_of, utilization_of
from ..live.space import Confidence, SpaceState
from .value import ValueSensor


@dataclass(frozen=True, kw_only=True)
class SpaceSensorDescription(SensorEntityDescription, SpaceEntityDescription):
    """Describes a sensor of a space; a value of None is unknown."""

    value_fn: Callable[[SpaceState, Space], StateType]


_ESTIMATE: Final = SpaceSensorDescription(
    key="people_estimate",
    translation_key="people_estimate",
    fields=("estimate",),
    state_class=SensorStateClass.MEASUREMENT,
    exists_fn=lambda estate, space: estate.senses_traffic(space) and not estate.counts_people(space),
    availability="traffic_available",
    value_fn=lambda state, space: state.estimate,
)

SPACE_SENSORS: Final = (
    SpaceSensorDescription(
        key="people",
        translation_key="people",
        fields=("people", "incomplete"),
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=Estate.counts_people,
        value_fn=lambda state, space: state.people,
    ),
    _ESTIMATE,
    # Most users do not need an estimate for spaces where people are counted.
    replace(
        _ESTIMATE,
        entity_registry_enabled_default=False,
        exists_fn=lambda estate, space: estate.senses_traffic(space) and estate.counts_people(space),
    ),
    SpaceSensorDescription(
        key="utilization",
        translation_key="utilization",
        fields=(*PRIMARY_COUNT, "incomplete"),
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        exists_fn=Estate.measures_capacity,
        value_fn=utilization_of,
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
        exists_fn=lambda estate, space: isinstance(space, Building | Floor),
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
        value_fn=busyness_of,
    ),
    SpaceSensorDescription(
        key="confidence",
        translation_key="confidence",
        device_class=SensorDeviceClass.ENUM,
        options=list(Confidence),
        entity_registry_enabled_default=False,
        exists_fn=lambda estate, space: space.id in estate.sensed,
        fields=("confidence",),
        value_fn=lambda state, space: state.confidence,
    ),
)


class SpaceSensor[DescriptionT: SpaceSensorDescription](SpaceEntity[DescriptionT, StateType], ValueSensor[StateType]):
    """A sensor of a space."""

    entity_description: DescriptionT

    @override
    def _is_incomplete(self) -> bool:
        return self._state.incomplete and "incomplete" in self.entity_description.fields

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Return the site's midnight for a value that is per day."""
        return None if self._day is None else dt_util.utc_from_timestamp(self._day)
