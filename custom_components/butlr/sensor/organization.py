"""Figures of the whole organization, on its own device: its people, and how many of its sensors are offline."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.core import callback

from ..api.estate import Estate, Organization
from ..entity import ComparedEntity, EstateEntityDescription
from ..issues.offline_hardware import offline_sensors
from ..live.live import SpaceState
from ..runtime import ButlrData


@dataclass(frozen=True, kw_only=True)
class OrganizationSensorDescription(SensorEntityDescription, EstateEntityDescription):
    """A figure of the organization."""

    exists_fn: Callable[[Estate], bool] = lambda estate: True

    @override
    def owners(self, estate: Estate) -> Iterable[Organization]:
        return (Organization(estate.organization_id),) if self.exists_fn(estate) else ()


# What a sum of people follows from.
FIGURES: Final = ("people", "available")


def _counted_buildings(estate: Estate) -> list[str]:
    """Return the buildings whose people are counted."""
    return [building.id for building in estate.buildings.values() if estate.counts_people(building)]


ORGANIZATION_PEOPLE = (
    OrganizationSensorDescription(
        key="people",
        translation_key="people",
        state_class=SensorStateClass.MEASUREMENT,
        exists_fn=lambda estate: bool(_counted_buildings(estate)),
    ),
)

OFFLINE_SENSOR_COUNTS = (
    OrganizationSensorDescription(
        key="sensors_offline",
        translation_key="sensors_offline",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
)


class PeopleSumSensor[DescriptionT: SensorEntityDescription](ComparedEntity, SensorEntity):
    """How many people there are in some spaces: the sum of what is known of them, without a request."""

    entity_description: DescriptionT

    def __init__(self, data: ButlrData, device_id: str, description: DescriptionT) -> None:
        """Find out which spaces count."""
        super().__init__(data, device_id, description)
        self._spaces = self._counted()
        self._ends: list[Callable[[], None]] = []

    @abstractmethod
    def _counted(self) -> list[str]:
        """Return the spaces whose people are to be summed, none of which lies in another."""

    def _states(self) -> list[SpaceState]:
        """Return the states of those of its spaces that can be spoken of."""
        return [state for state in map(self.data.live.state, self._spaces) if state.available]

    @property
    @override
    def available(self) -> bool:
        return bool(self._states())

    @property
    @override
    def native_value(self) -> int | None:
        known = [state.people for state in self._states() if state.people is not None]
        return sum(known) if known else None

    @override
    def _seen(self) -> tuple[Any, ...]:
        return self.available, self.native_value

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._listen()
        self.async_on_remove(self._silence)

    def _listen(self) -> None:
        """Hear of the spaces that count now."""
        self._silence()
        self._ends = [self.data.live.listen(space_id, FIGURES, self._hear) for space_id in self._spaces]

    def _silence(self) -> None:
        while self._ends:
            self._ends.pop()()

    @callback
    def _hear(self, _state: SpaceState) -> None:
        super().estate_changed()

    @callback
    @override
    def estate_changed(self) -> None:
        """Follow the estate: other spaces may count."""
        self._spaces = self._counted()
        if self._added:
            self._listen()
            super().estate_changed()


class OrganizationPeopleSensor(PeopleSumSensor[OrganizationSensorDescription]):
    """How many people there are in all buildings."""

    def __init__(self, data: ButlrData, owner: Organization, description: OrganizationSensorDescription) -> None:
        """Attach the sum to the organization."""
        super().__init__(data, owner.id, description)

    @override
    def _counted(self) -> list[str]:
        return _counted_buildings(self.data.estate.data)


class OfflineSensorCount(ComparedEntity, SensorEntity):
    """How many sensors are not heard, by themselves or because their hive is not."""

    entity_description: OrganizationSensorDescription

    def __init__(self, data: ButlrData, owner: Organization, description: OrganizationSensorDescription) -> None:
        """Attach the number to the organization."""
        super().__init__(data, owner.id, description)

    @property
    @override
    def available(self) -> bool:
        return not self.data.estate.is_stale

    @property
    @override
    def native_value(self) -> int | None:
        estate = self.data.estate.data
        if not estate.confirmed(estate.sensors) and "sensors" in estate.unread:
            return None
        return len(offline_sensors(estate.sensors.values(), estate))

    @override
    def _seen(self) -> tuple[Any, ...]:
        return self.available, self.native_value
