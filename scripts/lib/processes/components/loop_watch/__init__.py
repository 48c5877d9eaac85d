"""Report from inside Home Assistant how long its event loop is blocked."""

import asyncio
from dataclasses import asdict
from typing import Final

from aiohttp import web
from homeassistant.components.http import HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType

from .loop_meter import LoopMeter

# The shortest block that is reported, in seconds.
MIN_REPORTED: Final = 0.005


class LoopView(HomeAssistantView):
    """Return the blocks and full garbage collections since the last request."""

    url = "/api/loop_watch"
    name = "api:loop_watch"

    def __init__(self, meter: LoopMeter) -> None:
        """Report what a meter measures."""
        self._meter = meter

    async def get(self, request: web.Request) -> web.Response:
        """Return the measurements and start over."""
        meter = self._meter
        blocks, meter.blocks = meter.blocks, []
        full, meter.full_collections = meter.full_collections, []
        return self.json({"blocks": [asdict(block) for block in blocks], "full_collections": full})


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Start the measurement."""
    meter = LoopMeter(hass.loop, MIN_REPORTED)

    async def watch() -> None:
        with meter.running():
            await asyncio.Event().wait()

    hass.http.register_view(LoopView(meter))
    hass.async_create_background_task(watch(), "loop watch")
    return True
