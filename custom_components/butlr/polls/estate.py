"""The poll of the estate: sites, buildings, floors, rooms, zones, hives, sensors and tags."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
import time
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..api.client import ButlrClient
from ..api.estate import Estate, Site
from ..api.estate_reader import fetch_estate
from ..const import CONF_BUILDINGS, CONF_HARDWARE
from ..coordinator import ESTATE_INTERVAL, POLL_RETRY_DELAY, ButlrCoordinator, Failures
from ..live.evidence import VALIDITY
from ..live.live import Live
from ..live.outages import Outages
from .estate_guard import EstateGuard


class EstateCoordinator(ButlrCoordinator[Estate]):
    """Polls what there is: sites, buildings, floors, rooms, zones, hives, sensors and tags."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], client: ButlrClient, failing: Failures, live: Live
    ) -> None:
        """Prepare the estate poll."""
        super().__init__(hass, entry, client, failing, "estate", ESTATE_INTERVAL)
        self._live = live
        self.guard = EstateGuard(time.monotonic, entry.unique_id)
        # The organization with the buildings that were not chosen.
        self.full_estate: Estate
        # When nothing sensed a space.
        self.outages = Outages()
        # Whether people are sensed again, since the estate before, where none were.
        self.sensing_resumed = False
        # The chosen sites whose days begin at Home Assistant's midnight, for want of a time zone that it knows.
        self.without_time_zone: tuple[Site, ...] = ()

    @property
    def is_stale(self) -> bool:
        """Whether the estate is older than what was seen in it may be shown for."""
        seen = self.succeeded_at
        return seen is None or self.client.now() >= seen + self.interval.total_seconds() + VALIDITY

    @override
    async def _fetch(self) -> Estate:
        answer = await fetch_estate(self.client)
        self.full_estate = await self.hass.async_add_executor_job(self.guard.take, answer)
        # Hardly anything is sensed without sensors, and a failure may pass soon.
        blind = "sensors" in self.full_estate.unread and not self.full_estate.confirmed(self.full_estate.sensors)
        self.interval = timedelta(seconds=POLL_RETRY_DELAY) if blind else ESTATE_INTERVAL
        return await self._chosen()

    async def apply_selection(self) -> None:
        """Follow a changed choice, with what is known of the organization."""
        self.data = await self._chosen()
        self.async_update_listeners()

    async def _chosen(self) -> Estate:
        """Return what of the organization is wanted, and let `Live` know."""
        estate = await self.hass.async_add_executor_job(_part, self.full_estate, self.config_entry.options)
        zones = {}
        for site in estate.sites.values():
            if site.time_zone and (zone := await dt_util.async_get_time_zone(site.time_zone)):
                zones[site.id] = zone
        self.without_time_zone = tuple(site for site in estate.sites.values() if site.id not in zones)
        self.sensing_resumed = self._live.set_estate(estate, zones, dt_util.get_default_time_zone())
        self.outages.follow(estate, self.client.now())
        return estate


def _part(whole: Estate, options: Mapping[str, Any]) -> Estate:
    """Return what a person chose of an organization, with what is looked up in it all the time."""
    estate = replace(whole, with_hardware=options.get(CONF_HARDWARE, True))
    if chosen := options.get(CONF_BUILDINGS):
        estate = estate.only(chosen)
    estate.index()
    return estate
