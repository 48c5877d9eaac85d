"""Sync devices, entities, areas and labels with the estate, at setup and after each change."""

import asyncio
from collections.abc import Iterable
from typing import Any

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_platform

from ..api.estate import Estate
from ..issues.issue import Issue, update_issue
from ..runtime import ButlrConfigEntry
from .areas import assign_areas
from .chosen_buildings import review_chosen_buildings
from .devices import DeviceSync
from .entities import Rank
from .labels import sync_labels
from .store import SyncStore


class EstateSync:
    """Keeps the registries in sync with the estate, one change at a time."""

    def __init__(self, hass: HomeAssistant, entry: ButlrConfigEntry, store: SyncStore) -> None:
        """Initialize with an entry whose estate was read, and its store."""
        self._hass = hass
        self._entry = entry
        self._data = entry.runtime_data
        self._devices = DeviceSync(hass, entry)
        self._store = store
        self._lock = asyncio.Lock()
        self._stale = False
        self._unconfirmed: frozenset[str] = frozenset()

    async def start(self, platforms: Iterable[Platform]) -> None:
        """Sync once, then after every change of the estate."""
        estate = self._data.estate
        await self._devices.sync(estate.data)
        self._unconfirmed = estate.data.unconfirmed
        await self._hass.config_entries.async_forward_entry_setups(self._entry, platforms)
        # The platforms are set up at the same time, so each of them has added only the entities that come first.
        await self._sync_entities(estate.data, [rank for rank in Rank if rank > min(Rank)])
        await self._sync_extras(estate.data)
        self._entry.async_on_unload(estate.async_add_listener(self._on_estate))
        self._entry.async_on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._on_core_config))

    @callback
    def _on_core_config(self, event: Event[Any]) -> None:
        """Sync again when the language changes, because device models are translated."""
        if "language" in event.data:
            self._schedule_sync()

    @callback
    def tick(self) -> None:
        """Sync again once the estate has become stale."""
        if self._data.estate.is_stale and not self._stale:
            self._stale = True
            self._schedule_sync()

    @callback
    def _on_estate(self) -> None:
        """Sync after a poll or a new choice of buildings."""
        self._stale = self._data.estate.is_stale
        self._schedule_sync()

    def _schedule_sync(self) -> None:
        self._entry.async_create_background_task(self._hass, self._sync(), "butlr sync estate")

    async def _sync(self) -> None:
        async with self._lock:
            # Every step uses the same estate, even if a newer one arrives meanwhile.
            estate = self._data.estate.data
            new = await self._devices.sync(estate) | (self._unconfirmed - estate.unconfirmed)
            self._unconfirmed = estate.unconfirmed
            await self._sync_entities(estate, Rank)
            await self._sync_extras(estate)
            if self._data.estate.sensing_resumed or not new.isdisjoint(estate.spaces):
                # Some spaces have no data yet, and the next polls may be minutes away.
                for poll in (self._data.occupancy, self._data.traffic):
                    await poll.async_request_refresh()

    async def _sync_entities(self, estate: Estate, ranks: Iterable[Rank]) -> None:
        """Sync the entities of all platforms, rank by rank, and say how many are too many."""
        left_out = [0]
        for rank in ranks:
            left_out = [await sync_entities(estate, rank) for sync_entities in self._data.entity_syncs]
        numbers = {"left_out": str(sum(left_out)), "most": str(entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY)}
        update_issue(self._hass, self._entry, Issue.TOO_MANY_ENTITIES, numbers, exists=any(left_out))

    async def _sync_extras(self, estate: Estate) -> None:
        """Assign areas and labels, and save the store. Entities must exist by then, or areas would change their ids."""
        review_chosen_buildings(self._hass, self._entry, self._store)
        await assign_areas(self._hass, self._entry, estate, self._store)
        await sync_labels(self._hass, self._entry, estate, self._store)
        self._store.outages = self._data.estate.outages.as_dict()
        self._store.days = self._data.live.corrected_days()
        await self._store.set_estate(self._data.estate.full_estate)
        await self._store.save()
