"""The base of all sensors."""

from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorEntity
from homeassistant.helpers.typing import StateType

from ..entity import ValueEntity


class ValueSensor[ValueT: StateType | datetime](ValueEntity[ValueT], SensorEntity):
    """A sensor that shows the value of its entity."""

    @property
    @override
    def native_value(self) -> ValueT | None:
        return self._value
