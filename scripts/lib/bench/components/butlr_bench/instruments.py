"""What can be measured inside Home Assistant only, over its HTTP API."""

import asyncio
import ctypes
import gc
import os
from pathlib import Path
import time
from typing import Any, Final

from aiohttp.web import Request, Response
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.butlr.coordinator import ButlrCoordinator
from custom_components.butlr.runtime import ButlrData

from .changes import Changes
from .loop_meter import LoopMeter

# Over how many seconds it is measured what the loop does without the poll.
IDLE: Final = 1.0
# How long what a poll leaves behind may take, such as following a new estate.
AFTERMATH: Final = 1.0
POLLS: Final = ("estate", "occupancy", "traffic")


def _butlr(hass: HomeAssistant, entry_id: str) -> ButlrData:
    """Return the parts of a loaded entry of Butlr."""
    entry = hass.config_entries.async_get_known_entry(entry_id)
    data: ButlrData = entry.runtime_data
    return data


class ProcessView(HomeAssistantView):
    """The memory of the process, with everything given back that is not needed, and the entities it holds."""

    url = "/api/butlr_bench/process"
    name = "api:butlr_bench:process"

    async def get(self, request: Request) -> Response:
        """Tell."""
        hass = request.app[KEY_HASS]
        gc.collect()
        # Without this, what a set-up needed for moments only would count as what it holds.
        ctypes.CDLL(None).malloc_trim(0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240 - not a disk
        registry = er.async_get(hass).entities
        entries = {
            entry.entry_id: registry.get_enabled_count_for_config_entry_id(entry.entry_id)
            for entry in hass.config_entries.async_entries()
        }
        return self.json(
            {
                "id": os.getpid(),
                "memory": pages * os.sysconf("SC_PAGE_SIZE"),
                "states": hass.states.async_entity_ids_count(),
                "enabled": entries,
                "components": sorted(name for name in hass.config.components if "." not in name),
            }
        )


class PushView(HomeAssistantView):
    """What became of the pushes to an entry of Butlr, and whether its first polls are over."""

    url = "/api/butlr_bench/push/{entry_id}"
    name = "api:butlr_bench:push"

    async def get(self, request: Request, entry_id: str) -> Response:
        """Tell."""
        data = _butlr(request.app[KEY_HASS], entry_id)
        polled = [poll.succeeded_at is not None for poll in (data.occupancy, data.traffic)]
        return self.json({"outcomes": data.push.webhook.outcomes, "mode": data.push.mode, "polled": all(polled)})


class ChangesView(HomeAssistantView):
    """How many states change from a POST to the GET that follows."""

    url = "/api/butlr_bench/changes"
    name = "api:butlr_bench:changes"

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._changes: Changes | None = None

    async def post(self, request: Request) -> Response:
        """Begin to count."""
        self._changes = Changes(request.app[KEY_HASS])
        self._changes.start()
        return self.json({})

    async def get(self, request: Request) -> Response:
        """End, and tell."""
        changes, self._changes = self._changes, None
        return self.json({"number": changes.stop() if changes else 0})


class PollView(HomeAssistantView):
    """One poll of an entry of Butlr, at once: what it costs and how long it keeps others waiting."""

    url = "/api/butlr_bench/poll/{entry_id}/{what}"
    name = "api:butlr_bench:poll"

    async def post(self, request: Request, entry_id: str, what: str) -> Response:
        """Poll and measure; what the loop does anyway in that time is taken off its processor time."""
        hass = request.app[KEY_HASS]
        data = _butlr(hass, entry_id)
        poll: ButlrCoordinator[Any] = {name: getattr(data, name) for name in POLLS}[what]
        # A poll of a large estate is spread over minutes; here its cost is measured, not its manners.
        data.client._budget._sent.clear()  # noqa: SLF001
        idle = LoopMeter(hass.loop)
        with idle.running():
            await asyncio.sleep(IDLE)
        meter, changes = LoopMeter(hass.loop), Changes(hass)
        begun, process = time.perf_counter(), time.process_time()
        changes.start()
        with meter.running():
            await poll.async_refresh()
            seconds = time.perf_counter() - begun
            await asyncio.sleep(AFTERMATH)
        idle_cpu = idle.cpu / IDLE * (time.perf_counter() - begun)
        return self.json(
            {
                "what": what,
                "succeeded": poll.last_update_success,
                "seconds": seconds,
                "loop_cpu": max(meter.cpu - idle_cpu, 0.0),
                "process_cpu": time.process_time() - process,
                "longest_block": meter.longest,
                "longest_block_cpu": meter.longest_cpu,
                "longest_block_own": meter.longest_own,
                "longest_collection": meter.longest_collection,
                "turns": meter.turns,
                "changed": changes.stop(),
            }
        )
