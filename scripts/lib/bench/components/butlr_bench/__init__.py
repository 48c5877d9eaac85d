"""The designs that the Butlr integration is compared with, inside the Home Assistant that is measured."""

import ctypes
import gc
import os
from pathlib import Path

from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.components.http import HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.json import json_loads

from .const import CONF_DESIGN, DOMAIN, PARSE_ONLY
from .copies import CopiesEntry, make_copies
from .designs import DESIGNS

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


class MemoryView(HomeAssistantView):
    """Free the memory that is not needed, and return the rest in bytes."""

    url = "/api/butlr_bench/memory"
    name = "api:butlr_bench:memory"

    async def get(self, request: Request) -> Response:
        """Return the resident memory."""
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240 - not on a disk
        return self.json(pages * os.sysconf("SC_PAGE_SIZE"))


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the webhook that only parses JSON, and the view."""

    async def parse(hass: HomeAssistant, webhook_id: str, request: Request) -> None:
        json_loads(await request.read())

    webhook.async_register(hass, DOMAIN, "Parse only", PARSE_ONLY, parse)
    hass.http.register_view(MemoryView)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: CopiesEntry) -> bool:
    """Add the copies, then register the webhook."""
    name, entry.runtime_data = entry.data[CONF_DESIGN], list(make_copies(hass, entry))
    await hass.config_entries.async_forward_entry_setups(entry, ["binary_sensor", "sensor"])
    apply = DESIGNS[name](hass, entry.runtime_data)

    async def receive(hass: HomeAssistant, webhook_id: str, request: Request) -> None:
        apply(json_loads(await request.read()))

    webhook.async_register(hass, DOMAIN, name, name, receive)
    return True
