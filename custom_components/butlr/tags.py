"""How many people there are in all spaces that carry a tag of the customer's, on the device of the organisation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er

from .api.estate import Estate, Tag
from .entity import ComparedEntity, EstateEntityDescription
from .live import SpaceState
from .runtime import ButlrData


@dataclass(frozen=True, kw_only=True)
class TagSensorDescription(SensorEntityDescription, EstateEntityDescription):
    """A figure of all spaces that carry a tag."""

    @override
    def owners(self, estate: Estate) -> Iterable[Tag]:
        return (tag for tag in estate.tags.values() if counted_by(estate, tag))


# What the figure follows from.
FIGURES: Final = ("people", "available")

TAG_SENSORS = (
    TagSensorDescription(
        key="people",
        translation_key="tag_people",
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
    ),
)


def counted_by(estate: Estate, tag: Tag) -> list[str]:
    """Return the spaces whose people are those of a tag.

    Rooms and zones, as at Butlr (docs: query-occupancy-by-tag); the floors that carry it only where there are neither.
    """
    counted = [space_id for space_id in tag.space_ids if estate.equipment(space_id).presence]
    inside = [space_id for space_id in counted if space_id not in estate.floors]
    return inside or counted


class TagSensor(ComparedEntity, SensorEntity):
    """How many people there are in the spaces of a tag: the sum of what is known of them, without a request."""

    entity_description: TagSensorDescription

    def __init__(self, data: ButlrData, tag: Tag, description: TagSensorDescription) -> None:
        """Name the figure after the tag."""
        super().__init__(data, data.estate.data.organisation_id, description)
        self._attr_unique_id = f"{tag.id}_{description.key}"
        self._attr_translation_placeholders = {"tag": tag.name}
        self._tag = tag
        self._spaces = counted_by(data.estate.data, tag)
        self._ends: list[Callable[[], None]] = []

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
        return self.available, self.native_value, self._tag.name

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._listen()
        self.async_on_remove(self._silence)

    def _listen(self) -> None:
        """Hear of the spaces that carry the tag now."""
        self._silence()
        self._ends = [self.data.live.listen(space_id, FIGURES, self._hear) for space_id in self._spaces]

    def _silence(self) -> None:
        while self._ends:
            self._ends.pop()()

    @callback
    def _hear(self, _state: SpaceState) -> None:
        super().changed()

    @callback
    @override
    def changed(self) -> None:
        """Follow the tag to other spaces, and to another name."""
        estate = self.data.estate.data
        tag, self._tag = self._tag, estate.tags[self._tag.id]
        self._spaces = counted_by(estate, self._tag)
        if self._added:
            self._listen()
            if self._tag.name != tag.name:
                self._rename()
            super().changed()

    def _rename(self) -> None:
        self._attr_translation_placeholders = {"tag": self._tag.name}
        # Home Assistant keeps a name that was translated once, until it is given another way.
        self._attr_name = self._tag.name
        del self._attr_name
        er.async_get(self.hass).async_update_entity(self.entity_id, original_name=self.name)
