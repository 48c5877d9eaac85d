"""The sensor of the time today in which a room was empty while something in its area was on."""

from typing import Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfTime
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity
from homeassistant.helpers.typing import StateType

from ..api.estate import Estate, Room, Space
from ..live.space import GONE
from ..runtime import ButlrData
from ..waste.today import EmptyOnToday, EmptyOnWatch
from .space import SpaceSensor, SpaceSensorDescription


def _can_be_known_empty(estate: Estate, space: Space) -> bool:
    return isinstance(space, Room) and bool(estate.equipment(space.id).sensors)


EMPTY_ON_SENSORS: Final = (
    SpaceSensorDescription(
        key="empty_on_today",
        translation_key="empty_on_today",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        state_class=SensorStateClass.TOTAL,
        per_day=True,
        entity_registry_enabled_default=False,
        exists_fn=_can_be_known_empty,
        fields=(),
        value_fn=lambda state, space: None,
    ),
)


class EmptyOnSensor(SpaceSensor[SpaceSensorDescription], RestoreEntity):
    """A sensor that counts as it happens, and goes on after a restart with what it had counted before."""

    def __init__(self, watch: EmptyOnWatch, data: ButlrData, space: Space, description: SpaceSensorDescription) -> None:
        """Attach the value to the device of the room."""
        super().__init__(data, space, description)
        self._watch = watch
        self._today: EmptyOnToday | None = None

    @override
    def _read(self) -> tuple[bool, StateType, float | None]:
        available, value, day = super()._read()
        live = self.data.live
        # The newest state, which this entity may not have been told yet.
        if self._today and live.state(self._space.id) != GONE:
            value, day = self._today.minutes, live.day(self._space.id)[0]
        return available, value, day

    @override
    async def async_added_to_hass(self) -> None:
        today = self._today = EmptyOnToday(self.hass, self._watch, self.data, self._space.id)
        if stored := await self.async_get_last_extra_data():
            today.restore(stored.as_dict())
        self.async_on_remove(today.start(self.refresh))
        await super().async_added_to_hass()

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData | None:
        """Return what is kept across restarts."""
        return RestoredExtraData(self._today.stored) if self._today else None
