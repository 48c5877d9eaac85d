"""What follows the estate: devices, entities, areas, labels; at set-up and at every change, without a reload."""

import asyncio
from collections.abc import Iterable
from typing import Any

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE, Platform
from homeassistant.core import Event, HomeAssistant, callback

from ..api.estate import Estate
from ..runtime import ButlrConfigEntry
from . import areas, chosen_buildings as choice, labels
from .devices import DeviceSync
from .store import SyncStore


class EstateSync:
    """Lets Home Assistant have what the estate has, one change after the other."""

    def __init__(self, hass: HomeAssistant, entry: ButlrConfigEntry, memory: SyncStore) -> None:
        """Prepare for an entry whose estate has been read, and what is remembered of it."""
        self._hass = hass
        self._entry = entry
        self._data = entry.runtime_data
        self._devices = DeviceSync(hass, entry)
        self._memory = memory
        self._changing = asyncio.Lock()
        self._stale = False
        self._unconfirmed: frozenset[str] = frozenset()

    async def start(self, platforms: Iterable[Platform]) -> None:
        """Bring the estate in, and follow it from now on."""
        estate = self._data.estate
        await self._devices.follow(estate.data)
        self._unconfirmed = estate.data.unconfirmed
        await self._hass.config_entries.async_forward_entry_setups(self._entry, platforms)
        await self._arrange(estate.data)
        self._entry.async_on_unload(estate.async_add_listener(self._polled))
        self._entry.async_on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._configured))

    @callback
    def _configured(self, event: Event[Any]) -> None:
        """Name the models of devices in another language."""
        if "language" in event.data:
            self._follow_soon()

    @callback
    def tick(self) -> None:
        """Tell those that show the estate itself when it has become too old to be shown."""
        if self._data.estate.is_stale and not self._stale:
            self._stale = True
            self._follow_soon()

    @callback
    def _polled(self) -> None:
        """Follow a new answer or a new choice; after a poll that failed there is nothing new to follow."""
        self._stale = self._data.estate.is_stale
        self._follow_soon()

    def _follow_soon(self) -> None:
        self._entry.async_create_background_task(self._hass, self._follow(), "butlr follow estate")

    async def _follow(self) -> None:
        async with self._changing:
            # The same estate for all, even if the next one comes meanwhile.
            estate = self._data.estate.data
            new = await self._devices.follow(estate) | (self._unconfirmed - estate.unconfirmed)
            self._unconfirmed = estate.unconfirmed
            for follow in self._data.followers:
                await follow(estate)
            await self._arrange(estate)
            if self._data.estate.sensing_resumed or not new.isdisjoint(estate.spaces):
                # Nothing is known of these spaces yet, or any more, and the next polls may be minutes away.
                for poll in (self._data.occupancy, self._data.traffic):
                    await poll.async_request_refresh()

    async def _arrange(self, estate: Estate) -> None:
        """Put devices where they belong; after their entities were added, whose ids depend on it otherwise."""
        choice.review(self._hass, self._entry, self._memory)
        await areas.place(self._hass, self._entry, estate, self._memory)
        await labels.follow(self._hass, self._entry, estate, self._memory)
        self._memory.outages = self._data.estate.outages.as_dict()
        self._memory.days = self._data.live.corrected_days()
        await self._memory.remember(self._data.estate.full_estate)
        await self._memory.save()
