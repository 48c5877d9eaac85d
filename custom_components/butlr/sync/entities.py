"""The estate as entities: what a platform has is kept equal to it."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
import itertools
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api.estate import Estate
from ..const import REGISTRY_BATCH_SIZE
from ..entity import ButlrEntity, EstateEntityDescription, expand_descriptions
from ..runtime import ButlrConfigEntry, ButlrData

# What makes an entity of its owner and its description.
type Make = Callable[[ButlrData, Any, Any], ButlrEntity]


class EntitySync:
    """Keeps a platform's entities equal to the estate: now, and whenever it changes, without a reload."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ButlrConfigEntry,
        domain: str,
        add: AddConfigEntryEntitiesCallback,
        *makers: tuple[Make, Iterable[EstateEntityDescription]],
    ) -> None:
        """Prepare for a platform, known by its `domain`."""
        self._hass = hass
        self._entry = entry
        self._data = entry.runtime_data
        self._domain = domain
        self._add = add
        self._makers = makers
        self._entities: dict[str, ButlrEntity] = {}
        self._fixed: frozenset[str | None] = frozenset()

    async def start(self, *fixed: ButlrEntity) -> None:
        """Add all entities, those among them that do not depend on the estate, and follow the estate from now on."""
        self._fixed = frozenset(entity.unique_id for entity in fixed)
        self._add(fixed)
        await self._follow(self._data.estate.data)
        self._data.followers.append(self._follow)

    async def _follow(self, estate: Estate) -> None:
        registry = er.async_get(self._hass)
        of_entry = er.async_entries_for_config_entry(registry, self._entry.entry_id)
        left = {one.unique_id: one for one in of_entry if one.domain == self._domain}
        # Whoever left and comes back is new again.
        self._entities = {key: entity for key, entity in self._entities.items() if key in left}
        for batch in itertools.batched(self._due(estate), REGISTRY_BATCH_SIZE, strict=False):
            new = []
            for make, owner, description in batch:
                unique_id = f"{owner.id}_{description.key}"
                left.pop(unique_id, None)
                if entity := self._entities.get(unique_id):
                    entity.estate_changed()
                else:
                    self._entities[unique_id] = entity = make(self._data, owner, description)
                    new.append(entity)
            if new:
                self._add(new)
            await asyncio.sleep(0)
        # What things have of entities follows from what is in them: while any of this may be missing, nothing is over.
        for unique_id, registered in left.items() if not estate.unconfirmed else ():
            if unique_id not in self._fixed and _is_over(self._hass, estate, registered):
                registry.async_remove(registered.entity_id)

    def _due(self, estate: Estate) -> Iterator[tuple[Make, Any, EstateEntityDescription]]:
        """Yield what makes every entity that there should be, with its owner and its description."""
        for make, descriptions in self._makers:
            for owner, description in expand_descriptions(estate, descriptions):
                yield make, owner, description


def _is_over(hass: HomeAssistant, estate: Estate, registered: er.RegistryEntry) -> bool:
    """Tell whether an entity that nothing has any more may go; what could not be read in full keeps all that it has.

    What a tag has follows from all spaces and their sensors. Hives have nothing to do with it.
    """
    if registered.unique_id.startswith("tag_"):
        return estate.unread <= {"hives"}
    device = dr.async_get(hass).async_get(registered.device_id) if registered.device_id else None
    return device is None or any(
        estate.has(identifier[1]) and estate.is_sure_of(identifier[1]) for identifier in device.identifiers
    )
