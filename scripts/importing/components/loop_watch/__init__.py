"""Watches from inside Home Assistant for how long its event loop does not get to anything else."""

import asyncio
from dataclasses import asdict, dataclass
import gc
from http import HTTPStatus
import threading
import time

from aiohttp import web
from homeassistant.components.http import HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType

# How often the loop is asked for, in seconds. What is later than that was held up.
PACE = 0.002
# From how many seconds on a block is told of by itself.
LONG = 0.02


@dataclass(slots=True)
class Block:
    """How long the loop was held up, in seconds, and what of that was what."""

    late: float
    worked: float
    """How long the loop's thread had the processor; its collections are in it."""
    collected: float
    """How long Python collected garbage, in whichever thread: nothing else happens meanwhile."""
    collected_here: float
    """How long the loop's own thread had the processor for that."""


class LoopView(HomeAssistantView):
    """Tells of the blocks since the last question, and of collections of everything there is."""

    url = "/api/loop_watch"
    name = "api:loop_watch"

    def __init__(self) -> None:
        """Begin with none."""
        self._loop_thread = threading.get_ident()
        self._blocks: list[Block] = []
        self._full: list[float] = []
        self._collected = self._collected_here = 0.0
        self._began = self._began_here = 0.0
        gc.callbacks.append(self._collect)

    def _collect(self, phase: str, info: dict[str, int]) -> None:
        """Note how long Python collects garbage."""
        here = threading.get_ident() == self._loop_thread
        if phase == "start":
            self._began, self._began_here = time.perf_counter(), time.thread_time()
            return
        seconds = time.perf_counter() - self._began
        self._collected += seconds
        if here:
            self._collected_here += time.thread_time() - self._began_here
        if info["generation"] == 2:
            self._full.append(seconds)

    async def watch(self) -> None:
        """Sleep, and see how much too late it ends."""
        while True:
            self._collected = self._collected_here = 0.0
            begun, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(PACE)
            if (late := time.perf_counter() - begun - PACE) >= LONG:
                worked = time.thread_time() - worked
                self._blocks.append(Block(late, worked, self._collected, self._collected_here))

    async def get(self, request: web.Request) -> web.Response:
        """Answer."""
        blocks, self._blocks = self._blocks, []
        full, self._full = self._full, []
        return self.json({"blocks": [asdict(block) for block in blocks], "full_collections": full}, HTTPStatus.OK)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Watch from now on."""
    view = LoopView()
    hass.http.register_view(view)
    hass.async_create_background_task(view.watch(), "loop watch")
    return True
