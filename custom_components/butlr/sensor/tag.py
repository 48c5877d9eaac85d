"""How many people there are in all spaces that carry a tag of the customer's, on the device of the organization."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.sensor import SensorEntityDescription, SensorStateClass
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er

from ..api.estate import Estate, Tag
from ..entity import EstateEntityDescription
from ..runtime import ButlrData
from .organization import PeopleSumSensor


@dataclass(frozen=True, kw_only=True)
class TagSensorDescription(SensorEntityDescription, EstateEntityDescription):
    """A figure of all spaces that carry a tag."""

    @override
    def owners(self, estate: Estate) -> Iterable[Tag]:
        return (tag for tag in estate.tags.values() if counted_by(estate, tag))


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


class TagSensor(PeopleSumSensor[TagSensorDescription]):
    """How many people there are in the spaces of a tag."""

    def __init__(self, data: ButlrData, tag: Tag, description: TagSensorDescription) -> None:
        """Name the figure after the tag."""
        self._tag = tag
        super().__init__(data, data.estate.data.organization_id, description)
        self._attr_unique_id = f"{tag.id}_{description.key}"
        self._attr_translation_placeholders = {"tag": tag.name}

    @property
    @override
    def available(self) -> bool:
        return self._tag.id not in self.data.estate.data.unconfirmed and super().available

    @override
    def _counted(self) -> list[str]:
        return counted_by(self.data.estate.data, self._tag)

    @override
    def _seen(self) -> tuple[Any, ...]:
        return *super()._seen(), self._tag.name

    @callback
    @override
    def estate_changed(self) -> None:
        """Follow the tag to other spaces, and to another name."""
        before, self._tag = self._tag, self.data.estate.data.tags[self._tag.id]
        if self._added and self._tag.name != before.name:
            self._rename()
        super().estate_changed()

    def _rename(self) -> None:
        self._attr_translation_placeholders = {"tag": self._tag.name}
        # Home Assistant keeps a name that was translated once, until it is given another way.
        self._attr_name = self._tag.name
        del self._attr_name
        er.async_get(self.hass).async_update_entity(self.entity_id, original_name=self.name)
