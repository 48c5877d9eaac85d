"""Sensors of the whole organization, on its device: its people, and how many of its sensors are offline."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.core import callback

from ..api.estate import Estate, Organization
from ..entity import EstateEntityDescription
from ..issues.offline_hardware import offline_sensors
from ..live.space import SpaceState
from ..runtime import ButlrData
from .value import ValueSensor


@dataclass(frozen=True, kw_only=True)
class OrganizationSensorDescription(SensorEntityDescription, EstateEntityDescription):
    """Describes a sensor of the organization."""

    exists_fn: Callable[[Estate], bool] = lambda estate: True

    @override
    def owners(self, estate: Estate) -> Iterable[Organization]:
        return (Organization(estate.organization_id),) if self.exists_fn(estate) else ()


# The fields of SpaceState that a sum of people depends on.
PEOPLE_SUM_FIELDS: Final = ("people", "available", "incomplete")


def _counted_buildings(estate: Estate) -> list[str]:
    """Return the buildings whose people are counted."""
    return [building.id for building in estate.buildings.values() if estate.counts_people(building)]


ORGANIZATION_PEOPLE: Final = (
    OrganizationSensorDescription(
        key="people",
        translation_key="people",
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=lambda estate: bool(_counted_buildings(estate)),
    ),
)

OFFLINE_SENSOR_COUNTS: Final = (
    OrganizationSensorDescription(
        key="sensors_offline",
        translation_key="sensors_offline",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
)


class PeopleSumSensor[DescriptionT: SensorEntityDescription](ValueSensor[int]):
    """The sum of the known people of some spaces that do not overlap; it costs no request."""

    entity_description: DescriptionT

    def __init__(self, data: ButlrData, device_id: str, description: DescriptionT) -> None:
        """Find the spaces to sum."""
        super().__init__(data, device_id, description)
        self._space_ids = self._find_spaces(data.estate.data)
        self._unsubscribe: list[Callable[[], None]] = []

    @abstractmethod
    def _find_spaces(self, estate: Estate) -> list[str]:
        """Return the ids of the spaces whose people are summed."""

    @override
    def _read(self) -> tuple[bool, int | None, float | None]:
        states = [state for state in map(self.data.live.state, self._space_ids) if state.available]
        known = [state.people for state in states if state.people is not None]
        return bool(states), sum(known) if known else None, None

    @override
    def _is_incomplete(self) -> bool:
        states = map(self.data.live.state, self._space_ids)
        return any(not state.available or state.people is None or state.incomplete for state in states)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._listen()
        self.async_on_remove(self._stop_listening)

    def _listen(self) -> None:
        """Listen to the spaces that are summed now, and only to these."""
        self._stop_listening()
        listen = self.data.live.listen
        self._unsubscribe = [listen(space_id, PEOPLE_SUM_FIELDS, self._space_changed) for space_id in self._space_ids]

    def _stop_listening(self) -> None:
        while self._unsubscribe:
            self._unsubscribe.pop()()

    @callback
    def _space_changed(self, _state: SpaceState) -> None:
        self.refresh()

    @callback
    @override
    def estate_changed(self) -> None:
        self._space_ids = self._find_spaces(self.data.estate.data)
        if self._is_added:
            self._listen()
        super().estate_changed()


class OrganizationPeopleSensor(PeopleSumSensor[OrganizationSensorDescription]):
    """The people of all buildings."""

    def __init__(self, data: ButlrData, owner: Organization, description: OrganizationSensorDescription) -> None:
        """Attach the sum to the device of the organization."""
        super().__init__(data, owner.id, description)

    @override
    def _find_spaces(self, estate: Estate) -> list[str]:
        return _counted_buildings(estate)


class OfflineSensorCount(ValueSensor[int]):
    """The number of sensors that are offline themselves or because their hive is."""

    entity_description: OrganizationSensorDescription

    def __init__(self, data: ButlrData, owner: Organization, description: OrganizationSensorDescription) -> None:
        """Attach the number to the device of the organization."""
        super().__init__(data, owner.id, description)

    @override
    def _read(self) -> tuple[bool, int | None, float | None]:
        estate = self.data.estate.data
        if not estate.confirmed(estate.sensors) and "sensors" in estate.unread:
            count = None
        else:
            count = len(offline_sensors(estate.sensors.values(), estate))
        return not self.data.estate.is_stale, count, None
