"""System health: the state of the connection to Butlr."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .api.address import check_address
from .api.client import DEFAULT_BASE_URL
from .api.errors import ButlrAddressError
from .const import CONF_BASE_URL, DOMAIN
from .runtime import ButlrConfigEntry, ButlrData, is_loaded
from .simulated.session import SIMULATED_URL


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register the system health information."""
    register.async_register_info(system_health_info, "/config/integrations/integration/butlr")


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the information; with several organizations, the worst value of each."""
    entries: list[ButlrConfigEntry] = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    loaded = [entry.runtime_data for entry in entries if is_loaded(entry)]
    addresses = {entry.data[CONF_BASE_URL] for entry in entries} or {DEFAULT_BASE_URL}
    return {
        "can_reach_cloud": _reach_all(hass, addresses),
        "organizations": f"{len(loaded)} / {len(entries)}",
        "token_held": bool(loaded) and all(data.client.auth.has_token for data in loaded),
        "update_mode": ", ".join(sorted(data.push.mode for data in loaded)) or None,
        "last_poll": _oldest(map(_last_poll, loaded)),
        "last_push": _oldest(data.push.last_push for data in loaded),
    }


async def _reach_all(hass: HomeAssistant, addresses: Iterable[str]) -> str | dict[str, str]:
    answers: list[str | dict[str, str]] = await asyncio.gather(*(_reach(hass, address) for address in addresses))
    return next((answer for answer in answers if answer != "ok"), "ok")


async def _reach(hass: HomeAssistant, address: str) -> str | dict[str, str]:
    """Return whether an address is reachable. An address that must not receive credentials is not contacted."""
    if address == SIMULATED_URL:
        return "ok"
    try:
        check_address(address)
    except ButlrAddressError:
        return {"type": "failed", "error": "unreachable"}
    return await system_health.async_check_can_reach_url(hass, address)


def _last_poll(data: ButlrData) -> float | None:
    timestamps = [poll.succeeded_at for poll in (data.estate, data.occupancy, data.traffic) if poll.succeeded_at]
    return max(timestamps, default=None)


def _oldest(timestamps: Iterable[float | None]) -> datetime | None:
    """Return the oldest timestamp, or None if one of them is missing."""
    known = list(timestamps)
    oldest = min((timestamp for timestamp in known if timestamp is not None), default=None)
    return None if oldest is None or None in known else dt_util.utc_from_timestamp(oldest)
