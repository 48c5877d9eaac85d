"""Sensors of tags, which customers give to spaces: the people of all spaces with a tag."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import SensorEntityDescription, SensorStateClass
from homeassistant.core import callback
from homeassistant.helpers.translation import async_get_cached_translations

from ..api.estate import Estate, Tag
from ..const import DOMAIN
from ..entity import EstateEntityDescription
from ..runtime import ButlrData
from .organization import PeopleSumSensor


@dataclass(frozen=True, kw_only=True)
class TagSensorDescription(SensorEntityDescription, EstateEntityDescription):
    """Describes a sensor of all spaces with a tag."""

    @override
    def owners(self, estate: Estate) -> Iterable[Tag]:
        return (tag for tag in estate.tags.values() if find_counted_spaces(estate, tag))


TAG_SENSORS: Final = (
    TagSensorDescription(
        key="people",
        translation_key="tag_people",
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
    ),
)


def find_counted_spaces(estate: Estate, tag: Tag) -> list[str]:
    """Return the ids of the spaces whose people are summed for a tag.

    As at Butlr, these are rooms and zones (docs: query-occupancy-by-tag). Floors count only where no room or zone does.
    """
    counted = [space_id for space_id in tag.space_ids if estate.equipment(space_id).presence]
    inside = [space_id for space_id in counted if space_id not in estate.floors]
    return inside or counted


class TagSensor(PeopleSumSensor[TagSensorDescription]):
    """The people of all spaces with a tag."""

    def __init__(self, data: ButlrData, tag: Tag, description: TagSensorDescription) -> None:
        """Name the sum after the tag, on the device of the organization."""
        self._tag = tag
        super().__init__(data, data.estate.data.organization_id, description)
        self._attr_unique_id = f"{tag.id}_{description.key}"
        self._attr_translation_placeholders = {"tag": tag.name}

    @override
    def _read(self) -> tuple[bool, int | None, float | None]:
        available, people, day = super()._read()
        return available and self._tag.id not in self.data.estate.data.unconfirmed, people, day

    @override
    def _find_spaces(self, estate: Estate) -> list[str]:
        return find_counted_spaces(estate, self._tag)

    @callback
    @override
    def estate_changed(self) -> None:
        old, self._tag = self._tag, self.data.estate.data.tags[self._tag.id]
        super().estate_changed()
        if self._tag.name != old.name:
            self._rename()

    def _rename(self) -> None:
        self._attr_translation_placeholders = {"tag": self._tag.name}
        if not self._is_added:
            return
        # Home Assistant translates the name only once.
        texts = async_get_cached_translations(self.hass, self.hass.config.language, "entity", DOMAIN)
        key = f"component.{DOMAIN}.entity.{self.platform.domain}.{self.translation_key}.name"
        self._attr_name = texts[key].format(tag=self._tag.name)
        self._write()
