"""Sync the entities of a platform with the estate.

Home Assistant accepts a limited number of enabled entities from one entry. So all platforms add theirs in ranks: those
of spaces first, then those of hardware, then those about the connection.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import Any

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_platform, entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..api.estate import Estate
from ..entity import ButlrEntity, EstateEntityDescription, HardwareEntityDescription, expand_descriptions
from ..runtime import ButlrConfigEntry, ButlrData, butlr_id_of
from .batches import in_batches

# Creates an entity from the asset that it belongs to and its description.
type Make = Callable[[ButlrData, Any, Any], ButlrEntity]
# An entity that should exist: its factory, its asset and its description.
type Desired = tuple[Make, Any, EstateEntityDescription]


class Rank(IntEnum):
    """When entities are added, if there may be too many."""

    SPACES = 0
    HARDWARE = 1
    DIAGNOSTICS = 2


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
        self._makers = [(make, [*descriptions]) for make, descriptions in makers]
        self._entities: dict[str, ButlrEntity] = {}
        # Registered entities that the estate has not yet been found to have.
        self._left: dict[str, er.RegistryEntry] = {}
        self._account: tuple[ButlrEntity, ...] = ()
        self._left_out = 0

    async def start(self, *account: ButlrEntity) -> None:
        """Add the entities of spaces. `EstateSync` adds the others when all platforms have done so."""
        self._account = account
        await self._sync(self._data.estate.data, Rank.SPACES)
        self._data.entity_syncs.append(self._sync)

    async def _sync(self, estate: Estate, rank: int) -> int:
        """Add missing entities of a rank and update the existing ones; finally remove those that are gone.

        Return how many of this and earlier ranks Home Assistant does not accept.
        """
        registry = er.async_get(self._hass)
        if rank == min(Rank):
            of_entry = er.async_entries_for_config_entry(registry, self._entry.entry_id)
            self._left = {one.unique_id: one for one in of_entry if one.domain == self._domain}
            # Recreate entities that were removed and came back.
            self._entities = {key: entity for key, entity in self._entities.items() if key in self._left}
            self._left_out = 0
        async for batch in in_batches(self._desired_entities(estate, rank)):
            self._sync_batch(registry, batch)
        if rank == max(Rank):
            self._add_account(registry)
            # Which entities exist depends on sensors, so remove nothing while part of the estate is unconfirmed.
            for registered in self._left.values() if not estate.unconfirmed else ():
                if _is_stale(self._hass, estate, registered):
                    registry.async_remove(registered.entity_id)
        return self._left_out

    def _sync_batch(
        self, registry: er.EntityRegistry, batch: Iterable[tuple[Make, Any, EstateEntityDescription]]
    ) -> None:
        new = []
        room = self._room(registry)
        for make, owner, description in batch:
            unique_id = f"{owner.id}_{description.key}"
            is_registered = self._left.pop(unique_id, None) is not None
            if entity := self._entities.get(unique_id):
                entity.estate_changed()
                continue
            if not is_registered and description.entity_registry_enabled_default:
                if room <= 0:
                    self._left_out += 1
                    continue
                room -= 1
            self._entities[unique_id] = entity = make(self._data, owner, description)
            new.append(entity)
        if new:
            self._add(new)

    def _add_account(self, registry: er.EntityRegistry) -> None:
        """Add the entities about the connection, once."""
        for entity in self._account:
            is_registered = self._left.pop(entity.unique_id or "", None) is not None
            if entity.unique_id in self._entities:
                continue
            if is_registered or not entity.entity_registry_enabled_default or self._room(registry) > 0:
                self._entities[entity.unique_id or ""] = entity
                self._add([entity])
            else:
                self._left_out += 1

    def _room(self, registry: er.EntityRegistry) -> int:
        """Return how many more enabled entities Home Assistant accepts from the entry."""
        enabled = registry.entities.get_enabled_count_for_config_entry_id(self._entry.entry_id)
        return entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY - enabled

    def _desired_entities(self, estate: Estate, rank: int) -> Iterator[Desired]:
        """Yield every entity of a rank that should exist."""
        for make, descriptions in self._makers:
            of_rank = [one for one in descriptions if _rank(one) == rank]
            for owner, description in expand_descriptions(estate, of_rank):
                yield make, owner, description


def _rank(description: EstateEntityDescription) -> Rank:
    if isinstance(description, HardwareEntityDescription):
        return Rank.HARDWARE
    return Rank.DIAGNOSTICS if description.entity_category is EntityCategory.DIAGNOSTIC else Rank.SPACES


def _is_stale(hass: HomeAssistant, estate: Estate, registered: er.RegistryEntry) -> bool:
    """Return whether an entity that the estate no longer has may be removed.

    An entity stays while its asset could not be read in full. A tag depends on all spaces and sensors, not on hives.
    """
    if registered.unique_id.startswith("tag_"):
        return estate.unread <= {"hives"}
    device = dr.async_get(hass).async_get(registered.device_id) if registered.device_id else None
    butlr_id = butlr_id_of(device) if device else None
    return butlr_id is None or (estate.has(butlr_id) and estate.is_sure_of(butlr_id))
