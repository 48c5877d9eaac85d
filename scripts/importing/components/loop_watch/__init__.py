"""Watches from inside Home Assistant for how long its event loop does not get to anything else."""

import asyncio
import gc
from http import HTTPStatus
import time

from aiohttp import web
from homeassistant.components.http import HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType

# How often the loop is asked for, in seconds. What is later than that was held up.
PACE = 0.002
# From how many seconds on a block is told of by itself.
LONG = 0.02


class LoopView(HomeAssistantView):
    """Tells of the blocks since the last question, and how long of each the loop worked, in seconds."""

    url = "/api/loop_watch"
    name = "api:loop_watch"

    def __init__(self) -> None:
        """Begin with none."""
        self.blocks: list[tuple[float, float]] = []
        self.collecting: list[float] = []
        self._collecting_since = 0.0
        gc.callbacks.append(self._collect)

    def _collect(self, phase: str, info: dict[str, int]) -> None:
        """Note how long Python collects garbage: nothing else happens meanwhile, whose garbage it ever is."""
        if phase == "start":
            self._collecting_since = time.perf_counter()
        elif (seconds := time.perf_counter() - self._collecting_since) >= LONG:
            self.collecting.append(seconds)

    async def watch(self) -> None:
        """Sleep, and see how much too late it ends."""
        while True:
            begun, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(PACE)
            if (late := time.perf_counter() - begun - PACE) >= LONG:
                self.blocks.append((late, time.thread_time() - worked))

    async def get(self, request: web.Request) -> web.Response:
        """Answer."""
        blocks, self.blocks = self.blocks, []
        collecting, self.collecting = self.collecting, []
        return self.json({"blocks": blocks, "collecting": collecting}, HTTPStatus.OK)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Watch from now on."""
    view = LoopView()
    hass.http.register_view(view)
    hass.async_create_background_task(view.watch(), "loop watch")
    return True
