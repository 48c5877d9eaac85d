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

    def __init__(self, meter: LoopMeter, watch: asyncio.Task[None]) -> None:
        """Report what a meter measures as long as the task runs."""
        self._meter = meter
        self._watch = watch

    async def get(self, request: web.Request) -> web.Response:
        """Return the measurements and start over."""
        meter = self._meter
        blocks, meter.blocks = meter.blocks, []
        full, meter.full_collections = meter.full_collections, []
        return self.json({"blocks": [asdict(block) for block in blocks], "full_collections": full})

    async def delete(self, request: web.Request) -> web.Response:
        """Stop measuring, which takes a few percent of the processor."""
        self._watch.cancel()
        return self.json({})


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Start the measurement."""
    meter = LoopMeter(hass.loop, MIN_REPORTED)

    async def watch() -> None:
        with meter.running():
            await asyncio.Event().wait()

    task = hass.async_create_background_task(watch(), "loop watch")
    hass.http.register_view(LoopView(meter, task))
    return True
