"""A real Home Assistant and a simulated Butlr as processes, for what only a whole Home Assistant can show."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from scripts.lib.processes.child_process import choose_port
from scripts.lib.processes.config_folder import ConfigFolder, Identity
from scripts.lib.processes.home_assistant import HomeAssistantProcess, WebSocketClient, set_up_home_assistant
from scripts.lib.processes.simulator_process import SimulatorOptions, SimulatorProcess

ROOT: Final = Path(__file__).parents[2]


@dataclass
class RealHome:
    """A Home Assistant in which the integration is loaded, and its cloud."""

    http: aiohttp.ClientSession
    config: ConfigFolder
    identity: Identity
    cloud: SimulatorProcess
    home: HomeAssistantProcess
    socket: WebSocketClient


async def wait_until[Result](find: Callable[[], Awaitable[Result]]) -> Result:
    """Return what is found, as soon as there is anything."""
    async with asyncio.timeout(150):
        while True:
            if found := await find():
                return found
            await asyncio.sleep(0.2)


async def start_real_home(stack: AsyncExitStack, folder: Path) -> RealHome:
    """Start both in a folder and add the integration; `stack` ends them."""
    identity = Identity.new(choose_port(0), choose_port(0))
    http = await stack.enter_async_context(aiohttp.ClientSession())
    config = ConfigFolder(folder / "config")
    config.create(ROOT)
    options = SimulatorOptions(
        root=ROOT, log=folder / "cloud.log", port=identity.cloud_port, secret=identity.client_secret, rooms=5
    )
    cloud = await SimulatorProcess.start(http, options)
    stack.push_async_callback(cloud.child.stop)
    home, socket = await set_up_home_assistant(stack, http, config, identity)
    await home.add_butlr(cloud.url, identity.client_secret)
    await home.wait_until_loaded()
    return RealHome(http, config, identity, cloud, home, socket)
