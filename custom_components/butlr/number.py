"""Numbers: the limit of a space, where Butlr's capacity is not the one that counts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.number import DOMAIN as NUMBER_DOMAIN, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.estate import Estate, Space
from .api.readings import MAX_PEOPLE
from .const import CAPACITY_LIMIT
from .entity import SpaceEntity, SpaceEntityDescription
from .live.space import SpaceState
from .runtime import ButlrConfigEntry
from .sync.entities import EntitySync

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SpaceNumberDescription(NumberEntityDescription, SpaceEntityDescription):
    """Describes a number that people set for a space; `value_fn` returns what counts while they have not."""

    fields: tuple[str, ...] = ()
    value_fn: Callable[[SpaceState, Space], int | None]


SPACE_NUMBERS: Final = (
    SpaceNumberDescription(
        key=CAPACITY_LIMIT,
        translation_key=CAPACITY_LIMIT,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        mode=NumberMode.BOX,
        native_min_value=0,
        native_max_value=MAX_PEOPLE,
        native_step=1,
        exists_fn=Estate.counts,
        value_fn=lambda state, space: space.capacity,
    ),
)


class CapacityLimit(SpaceEntity[SpaceNumberDescription, int], NumberEntity):
    """The number of people above which a space is over capacity: the limit that a person set, or Butlr's capacity."""

    entity_description: SpaceNumberDescription

    @override
    def _read(self) -> tuple[bool, int | None, float | None]:
        """Read the limit. It can be set while the sensors are offline, too."""
        _, capacity, _ = super()._read()
        return True, self.data.limits.get(self._space.id) or capacity, None

    @override
    async def async_will_remove_from_hass(self) -> None:
        await super().async_will_remove_from_hass()
        # If the number was disabled, its limit no longer counts.
        self.data.limits.notify(self._space.id)

    @property
    @override
    def native_value(self) -> int | None:
        return self._value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the limit. Zero clears it: then Butlr's capacity counts again."""
        await self.data.limits.set(self._space.id, int(value) or None)
        self.refresh()


async def async_setup_entry(
    hass: HomeAssistant, entry: ButlrConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of the estate."""
    await EntitySync(hass, entry, NUMBER_DOMAIN, async_add_entities, (CapacityLimit, SPACE_NUMBERS)).start()
