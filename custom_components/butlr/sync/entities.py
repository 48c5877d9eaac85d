"""Sync the entities of a platform with the estate."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api.estate import Estate
from ..entity import ButlrEntity, EstateEntityDescription, expand_descriptions
from ..runtime import ButlrConfigEntry, ButlrData, butlr_id_of
from .batches import in_batches

# Creates an entity from the asset that it belongs to and its description.
type Make = Callable[[ButlrData, Any, Any], ButlrEntity]


class EntitySync:
    """Keeps the entities of one platform in sync with the estate, without a reload."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ButlrConfigEntry,
        domain: str,
        add: AddConfigEntryEntitiesCallback,
        *makers: tuple[Make, Iterable[EstateEntityDescription]],
    ) -> None:
        """Initialize for the platform with a domain such as sensor."""
        self._hass = hass
        self._entry = entry
        self._data = entry.runtime_data
        self._domain = domain
        self._add = add
        self._makers = makers
        self._entities: dict[str, ButlrEntity] = {}
        self._fixed: frozenset[str | None] = frozenset()

    async def start(self, *fixed: ButlrEntity) -> None:
        """Add the fixed entities and those of the estate, then sync after each change."""
        self._fixed = frozenset(entity.unique_id for entity in fixed)
        self._add(fixed)
        await self._sync(self._data.estate.data)
        self._data.entity_syncs.append(self._sync)

    async def _sync(self, estate: Estate) -> None:
        """Add missing entities, update the existing ones, and remove those that the estate no longer has."""
        registry = er.async_get(self._hass)
        of_entry = er.async_entries_for_config_entry(registry, self._entry.entry_id)
        left = {one.unique_id: one for one in of_entry if one.domain == self._domain}
        # Recreate entities that were removed and came back.
        self._entities = {key: entity for key, entity in self._entities.items() if key in left}
        async for batch in in_batches(self._desired_entities(estate)):
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
        # Which entities exist depends on sensors, so remove nothing while part of the estate is unconfirmed.
        for unique_id, registered in left.items() if not estate.unconfirmed else ():
            if unique_id not in self._fixed and _is_stale(self._hass, estate, registered):
                registry.async_remove(registered.entity_id)

    def _desired_entities(self, estate: Estate) -> Iterator[tuple[Make, Any, EstateEntityDescription]]:
        """Yield every entity that should exist: its factory, its asset and its description."""
        for make, descriptions in self._makers:
            for owner, description in expand_descriptions(estate, descriptions):
                yield make, owner, description


def _is_stale(hass: HomeAssistant, estate: Estate, registered: er.RegistryEntry) -> bool:
    """Return whether an entity that the estate no longer has may be removed.

    An entity stays while its asset could not be read in full. A tag depends on all spaces and sensors, not on hives.
    """
    if registered.unique_id.startswith("tag_"):
        return estate.unread <= {"hives"}
    device = dr.async_get(hass).async_get(registered.device_id) if registered.device_id else None
    butlr_id = butlr_id_of(device) if device else None
    return butlr_id is None or (estate.has(butlr_id) and estate.is_sure_of(butlr_id))
