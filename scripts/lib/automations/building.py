"""A simulated Butlr, a real Home Assistant with rooms in areas, and what can happen to them."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp

from scripts.lib.processes.child_process import choose_port
from scripts.lib.processes.config_folder import ConfigFolder, Identity
from scripts.lib.processes.home_assistant import HomeAssistantProcess, WebSocketClient, set_up_home_assistant
from scripts.lib.processes.simulator_process import SimulatorOptions, SimulatorProcess

ROOT: Final = Path(__file__).parents[3]
ROOMS: Final = ("Boardroom", "Focus Room")
# How long a change may take to arrive, in seconds.
_WITHIN: Final = 120.0
_POLL_AGAIN: Final = 15.0
# Polled counts are about the last whole minutes; this long after a move they are what the pushes said, in seconds.
_POLLED_LATE: Final = 150.0


class Building:
    """Two rooms that have areas on one floor, and a label."""

    home: HomeAssistantProcess
    socket: WebSocketClient
    cloud: SimulatorProcess

    def __init__(self, folder: Path, session: aiohttp.ClientSession, stack: AsyncExitStack) -> None:
        """Prepare; `begin` starts everything, and `stack` ends it."""
        self._session, self._stack = session, stack
        self._folder = ConfigFolder(folder / "home-assistant")
        self._identity = Identity.new(choose_port(0), choose_port(0))
        self._log = folder / "simulator.log"
        self._space_ids: dict[str, str] = {}
        self._ceilings: dict[str, str] = {}
        self.capacity: dict[str, int] = {}
        # The targets by which automations choose rooms.
        self.targets: dict[str, dict[str, Any]] = {}
        # Called when there is a new connection.
        self.reconnected: Callable[[], Awaitable[None]] | None = None

    async def begin(self) -> None:
        """Start everything, add the integration, and put the rooms in areas."""
        self._folder.create(ROOT)
        identity = self._identity
        options = SimulatorOptions(ROOT, self._log, identity.cloud_port, identity.client_secret, rooms=5)
        self.cloud = await SimulatorProcess.start(self._session, options)
        self._stack.push_async_callback(self.cloud.child.stop)
        self.home, self.socket = await set_up_home_assistant(self._stack, self._session, self._folder, identity)
        await self.home.add_butlr(self.cloud.url, identity.client_secret)
        await self.home.wait_until_loaded()
        await self.cloud.wait_for_webhook(_WITHIN)
        estate = await self.cloud.estate()
        self._space_ids = {room["name"]: room["id"] for room in estate["rooms"] if room["name"] in ROOMS}
        self.capacity = {room["name"]: room["capacity_max"] for room in estate["rooms"] if room["name"] in ROOMS}
        rooms = {space_id: name for name, space_id in self._space_ids.items()}
        self._ceilings = {
            rooms[one["room_id"]]: one["id"]
            for one in estate["sensors"]
            if one["room_id"] in rooms and one["is_online"]
        }
        await self._furnish()
        for name in ROOMS:
            await self.leave(name, (await self.truth())[name] or 0)

    async def _furnish(self) -> None:
        """Create a floor, an area of each room and a label, and find the devices."""
        command = self.socket.command
        floor = (await command("config/floor_registry/create", name="First"))["floor_id"]
        label = (await command("config/label_registry/create", name="Watched"))["label_id"]
        devices = {
            butlr_id: device["id"]
            for device in await command("config/device_registry/list")
            for domain, butlr_id in device["identifiers"]
            if domain == "butlr"
        }
        areas = []
        for name, space_id in self._space_ids.items():
            area = (await command("config/area_registry/create", name=name, floor_id=floor))["area_id"]
            await command("config/device_registry/update", device_id=devices[space_id], area_id=area, labels=[label])
            areas.append(area)
        self.targets = {"area": {"area_id": areas}, "floor": {"floor_id": floor}, "label": {"label_id": label}}

    # -- what happens -----------------------------------------------------------------------------------------------

    async def enter(self, room: str, people: int = 1) -> None:
        """Let people enter a room, one after another."""
        for _ in range(people):
            await self.cloud.bring_someone(self._space_ids[room])
            await self._arrived()

    async def leave(self, room: str, people: int = 1) -> None:
        """Let people leave a room, one after another."""
        for _ in range(people):
            await self.cloud.send_someone_out(self._space_ids[room])
            await self._arrived()

    async def switch_sensor(self, room: str, *, online: bool) -> None:
        """Let the sensor of a room go offline or come back, and poll."""
        await self.cloud.edit(id=self._ceilings[room], is_online=online)
        await self._poll()

    async def reload(self) -> None:
        """Reload the integration, when a poll tells what the last push did."""
        await asyncio.sleep(_POLLED_LATE)
        (entry,) = await self.socket.command("config_entries/get", domain="butlr")
        await self.home.request("POST", f"/api/config/config_entries/entry/{entry['entry_id']}/reload", {})
        await self.home.wait_until_loaded()
        await self._arrived()

    async def restart(self, room: str) -> None:
        """Stop Home Assistant, let one person leave a room, and start it again."""
        await self.socket.close()
        await self.home.child.stop()
        await self.cloud.send_someone_out(self._space_ids[room])
        await asyncio.sleep(_POLLED_LATE)
        self.home = await HomeAssistantProcess.start(self._session, self._folder, self._identity.port, onboarded=True)
        self._stack.push_async_callback(self.home.child.stop)
        await self.home.log_in(self._identity)
        await self.home.wait_until_running()
        await self.home.wait_until_loaded()
        self.socket = await WebSocketClient.open(self._session, self.home)
        self._stack.push_async_callback(self.socket.close)
        if self.reconnected:
            await self.reconnected()
        await self._arrived()

    async def _poll(self) -> None:
        """Let the integration poll everything, again if need be: it does not poll twice within some seconds."""
        (button,) = [one for one in await self._states("button") if one.endswith("_refresh")]
        async with asyncio.timeout(_WITHIN):
            while True:
                await self.home.request("POST", "/api/services/button/press", {"entity_id": button})
                with contextlib.suppress(TimeoutError):
                    await self._arrived(_POLL_AGAIN)
                    return

    # -- what is the case -------------------------------------------------------------------------------------------

    async def truth(self) -> dict[str, int | None]:
        """Return the people of each room; None if nothing can be told of it."""
        spaces = await self.cloud.truth()
        return {
            name: spaces[space_id]["people"] if spaces[space_id]["available"] else None
            for name, space_id in self._space_ids.items()
        }

    async def _states(self, domain: str) -> dict[str, str]:
        states = await self.home.request("GET", "/api/states")
        return {one["entity_id"]: one["state"] for one in states if one["entity_id"].startswith(f"{domain}.")}

    async def _arrived(self, within: float = _WITHIN) -> None:
        """Wait until Home Assistant shows the truth."""
        async with asyncio.timeout(within):
            while True:
                states, truth = await self._states("sensor"), await self.truth()
                shown = {name: states.get(entity_of(name)) for name in truth}
                if shown == {name: "unavailable" if one is None else str(one) for name, one in truth.items()}:
                    return
                await asyncio.sleep(0.1)


def entity_of(room: str, shown: str = "people") -> str:
    """Return the entity that shows the people of a room, or something else."""
    return f"sensor.{room.lower().replace(' ', '_')}_{shown}"
