"""Watches from inside Home Assistant for how long its event loop does not get to anything else."""

import asyncio
from dataclasses import asdict

from aiohttp import web
from homeassistant.components.http import HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType

from .loop_meter import LoopMeter

# From how many seconds on a turn is told of by itself.
LONG = 0.02


class LoopView(HomeAssistantView):
    """Tells of the long turns since the last question, and of collections of everything there is."""

    url = "/api/loop_watch"
    name = "api:loop_watch"

    def __init__(self, meter: LoopMeter) -> None:
        """Tell what a meter measures."""
        self._meter = meter

    async def get(self, request: web.Request) -> web.Response:
        """Answer."""
        meter = self._meter
        turns, meter.long = meter.long, []
        full, meter.full_collections = meter.full_collections, []
        return self.json({"turns": [asdict(turn) for turn in turns], "full_collections": full})


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Watch from now on."""
    meter = LoopMeter(hass.loop, LONG)

    async def watch() -> None:
        with meter.running():
            await asyncio.Event().wait()

    hass.http.register_view(LoopView(meter))
    hass.async_create_background_task(watch(), "loop watch")
    return True
