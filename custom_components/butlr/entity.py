"""What all entities have in common: a space (or the organisation), a description, and the wish to say only news."""

from abc import abstractmethod
import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
import itertools
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.estate import Building, Estate, Floor, Space
from .const import AT_ONCE, DOMAIN
from .coordinator import poll_now
from .live import SpaceState
from .runtime import ButlrConfigEntry, ButlrData


@dataclass(frozen=True, kw_only=True)
class SpaceEntityDescription(EntityDescription):
    """An entity that some spaces have."""

    exists_fn: Callable[[Estate, Space], bool]
    available_fn: Callable[[SpaceState], bool] = lambda state: state.available


class ButlrEntity(Entity):
    """An entity of a device that exists already; it is told of news, and writes only those that it shows."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, data: ButlrData, device_id: str, description: EntityDescription) -> None:
        """Name the entity after Butlr's id of its device, and its key."""
        self.data = data
        self.entity_description = description
        self._attr_unique_id = f"{device_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, device_id)})
        # Entities that a person disabled are never added.
        self._added = False
        self._shown: tuple[Any, ...] = ()

    @abstractmethod
    def _listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` at news; returns what ends it."""

    @abstractmethod
    def _seen(self) -> tuple[Any, ...]:
        """Return everything that the state depends on."""

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._listen(self.changed))
        self._shown = self._seen()
        self._added = True

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Let Home Assistant rename the entity in place (2026.11): nothing here depends on its id."""

    @callback
    def changed(self) -> None:
        """Write the state, unless this entity shows nothing of what changed."""
        if self._added and (seen := self._seen()) != self._shown:
            self._shown = seen
            self.async_write_ha_state()


class SpaceEntity[DescriptionT: SpaceEntityDescription](ButlrEntity):
    """An entity that shows a figure of a space."""

    entity_description: DescriptionT

    def __init__(self, data: ButlrData, space: Space, description: DescriptionT) -> None:
        """Attach the figure to the space's device."""
        super().__init__(data, space.id, description)
        self._space = space

    @property
    def space(self) -> Space:
        """Return the space as the newest estate has it, or had it before it went."""
        self._space = self.data.estate.data.spaces.get(self._space.id, self._space)
        return self._space

    @property
    def space_state(self) -> SpaceState:
        """Return the newest truth about the space."""
        return self.data.live.state(self._space.id)

    @property
    @override
    def available(self) -> bool:
        return self.entity_description.available_fn(self.space_state)

    @override
    def _listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        return self.data.live.listen(self._space.id, listener)

    async def async_update(self) -> None:
        """Answer the action that updates an entity: poll, for all spaces at once."""
        await poll_now(self.data.occupancy, self.data.traffic)


def described[DescriptionT: SpaceEntityDescription](
    estate: Estate, descriptions: Iterable[DescriptionT]
) -> Iterable[tuple[Space, DescriptionT]]:
    """Yield which space of an estate has which entity."""
    descriptions = tuple(descriptions)
    for space in estate.spaces.values():
        for description in descriptions:
            if description.exists_fn(estate, space):
                yield space, description


async def follow_estate[DescriptionT: SpaceEntityDescription](
    hass: HomeAssistant,
    entry: ButlrConfigEntry,
    domain: str,
    descriptions: Iterable[DescriptionT],
    create: Callable[[ButlrData, Space, DescriptionT], SpaceEntity[DescriptionT]],
    add: AddConfigEntryEntitiesCallback,
    fixed: Iterable[Entity] = (),
) -> None:
    """Keep a platform's entities equal to the estate: now, and whenever it changes, without a reload.

    `fixed` are the entities that do not depend on the estate. An estate that could not be read whole never gets here.
    """
    data = entry.runtime_data
    entities: dict[str, SpaceEntity[DescriptionT]] = {}
    fixed = tuple(fixed)
    fixed_ids = {entity.unique_id for entity in fixed}

    async def follow() -> None:
        estate = data.estate.data
        current = {
            f"{space.id}_{description.key}": (space, description)
            for space, description in described(estate, descriptions)
        }
        kept = current.keys() | fixed_ids
        registry = er.async_get(hass)
        for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
            if registered.domain == domain and registered.unique_id not in kept:
                registry.async_remove(registered.entity_id)
        for unique_id in entities.keys() - current.keys():
            del entities[unique_id]  # whoever left and comes back is new again
        for batch in itertools.batched(current, AT_ONCE, strict=False):
            new = []
            for unique_id in batch:
                if entity := entities.get(unique_id):
                    entity.changed()
                else:
                    entities[unique_id] = create(data, *current[unique_id])
                    new.append(entities[unique_id])
            if new:
                add(new)
            await asyncio.sleep(0)

    add(fixed)
    await follow()
    data.followers.append(follow)


def has_people(estate: Estate, space: Space) -> bool:
    """Tell whether people are counted: by presence sensors, on the server for zones, as a sum for buildings."""
    if isinstance(space, Building):
        return any(
            estate.equipment(floor.id).presence for floor in estate.floors.values() if floor.building_id == space.id
        )
    return estate.equipment(space.id).presence


def has_traffic(estate: Estate, space: Space) -> bool:
    """Tell whether crossings are counted."""
    return estate.equipment(space.id).traffic


def has_rooms(_estate: Estate, space: Space) -> bool:
    """Tell whether a space consists of rooms."""
    return isinstance(space, Building | Floor)


def headcount(state: SpaceState) -> int | None:
    """Return the number that stands for a space: people where they are counted, else the estimate."""
    return state.estimate if state.people is None else state.people
