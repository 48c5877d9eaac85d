"""The poll of the estate: sites, buildings, floors, rooms, zones, hives, sensors and tags."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
import time
from typing import Any, override

from homeassistant.util import dt as dt_util

from ..api.estate import Estate, Site
from ..api.estate_reader import fetch_estate
from ..const import CONF_BUILDINGS, CONF_HARDWARE, DEFAULT_HARDWARE
from ..coordinator import ESTATE_INTERVAL, POLL_RETRY_DELAY, ButlrCoordinator, PollContext
from ..live.evidence import VALIDITY
from ..live.outages import Outages
from .estate_guard import EstateGuard


class EstateCoordinator(ButlrCoordinator[Estate]):
    """Polls the estate. Its data is the part of the organization that the user selected."""

    def __init__(self, context: PollContext) -> None:
        """Prepare the poll."""
        super().__init__(context, "estate", ESTATE_INTERVAL)
        self._live = context.live
        # A monotonic clock, because a corrected wall clock must not confirm a removal early.
        self.guard = EstateGuard(time.monotonic, context.entry.unique_id)
        # The whole organization, including buildings that are not selected.
        self.full_estate: Estate
        # Periods in which no sensor covered a space.
        self.outages = Outages()
        # Whether presence sensors of a space came back online with the newest estate.
        self.sensing_resumed = False
        # Selected sites without a usable time zone. Their days start at Home Assistant's midnight.
        self.without_time_zone: tuple[Site, ...] = ()

    @property
    def is_stale(self) -> bool:
        """Whether the estate is too old to be shown."""
        if self.succeeded_at is None:
            return True
        return self.client.now() >= self.succeeded_at + self.interval.total_seconds() + VALIDITY

    @override
    async def _fetch(self) -> Estate:
        answer = await fetch_estate(self.client)
        self.full_estate = await self.hass.async_add_executor_job(self.guard.verify, answer)
        # Without sensors almost no value is known, and the failure may be brief.
        lacks_sensors = "sensors" in self.full_estate.unread and not self.full_estate.confirmed(
            self.full_estate.sensors
        )
        self.interval = timedelta(seconds=POLL_RETRY_DELAY) if lacks_sensors else ESTATE_INTERVAL
        return await self._apply_options()

    async def apply_selection(self) -> None:
        """Apply changed options to the estate that is already known."""
        self.data = await self._apply_options()
        self.async_update_listeners()

    async def _apply_options(self) -> Estate:
        """Return the selected part of the organization, and pass it to `Live`."""
        estate = await self.hass.async_add_executor_job(_select, self.full_estate, self.config_entry.options)
        zones = {}
        for site in estate.sites.values():
            if site.time_zone and (zone := await dt_util.async_get_time_zone(site.time_zone)):
                zones[site.id] = zone
        self.without_time_zone = tuple(site for site in estate.sites.values() if site.id not in zones)
        self.outages.update(estate, self.client.now())
        await asyncio.sleep(0)  # each of the two takes milliseconds with thousands of spaces
        self.sensing_resumed = self._live.set_estate(estate, zones, dt_util.get_default_time_zone())
        return estate


def _select(full_estate: Estate, options: Mapping[str, Any]) -> Estate:
    """Return the part of an organization that the options select, with its lookup tables built."""
    estate = replace(full_estate, with_hardware=options.get(CONF_HARDWARE, DEFAULT_HARDWARE))
    if buildings := options.get(CONF_BUILDINGS):
        estate = estate.only(buildings)
    estate.index()
    return estate
