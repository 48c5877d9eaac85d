"""Events: people who cross a door, with their direction."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, override

from homeassistant.components.event import DOMAIN as EVENT_DOMAIN, EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.estate import Estate, Space
from .api.readings import Crossing
from .entity import SpaceEntity, SpaceEntityDescription
from .live.space import SpaceState
from .runtime import ButlrConfigEntry
from .sync.entities import EntitySync

PARALLEL_UPDATES = 0
ATTR_PEOPLE: Final = "people"


class Direction(StrEnum):
    """The types of the event."""

    ENTERED = "entered"
    EXITED = "exited"


@dataclass(frozen=True, kw_only=True)
class SpaceEventDescription(EventEntityDescription, SpaceEntityDescription):
    """Describes an event of a space. It has no value: `EventEntity` keeps the last event."""

    fields: tuple[str, ...] = ()
    value_fn: Callable[[SpaceState, Space], Any] = lambda state, space: None


SPACE_EVENTS: Final = (
    SpaceEventDescription(
        key="crossing",
        translation_key="crossing",
        event_types=list(Direction),
        exists_fn=Estate.senses_traffic,
        availability="traffic_available",
    ),
)


class CrossingEvent(SpaceEntity[SpaceEventDescription, None], EventEntity):
    """People who enter or leave a space, as it is pushed. Polled totals do not say when somebody crossed."""

    entity_description: SpaceEventDescription

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.data.live.listen_to_crossings(self._space.id, self._report))

    @callback
    def _report(self, crossing: Crossing) -> None:
        if not self._attr_available:
            # The door is evidently online; the next poll of the estate will show it. A trigger ignores an event that
            # makes an entity available, so that comes first.
            self._attr_available = True
            self._write()
        for direction, people in ((Direction.ENTERED, crossing.entries), (Direction.EXITED, crossing.exits)):
            if people:
                self._trigger_event(direction, {ATTR_PEOPLE: people})
                self._write()


async def async_setup_entry(
    hass: HomeAssistant, entry: ButlrConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the events of the estate."""
    await EntitySync(hass, entry, EVENT_DOMAIN, async_add_entities, (CrossingEvent, SPACE_EVENTS)).start()
