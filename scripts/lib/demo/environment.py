"""Start, watch and restart the simulator and the Home Assistant of the demo."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
import time
from typing import Any

import aiohttp

from scripts.lib.processes.child_process import choose_port
from scripts.lib.processes.config_folder import ConfigFolder, Identity
from scripts.lib.processes.home_assistant import HomeAssistantProcess, UnexpectedAnswerError, WebSocketClient
from scripts.lib.processes.simulator_process import SimulatorOptions, SimulatorProcess, Space

from .arguments import PORT
from .terminal import Steps
from .watcher import StateWatcher

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".demo"
CLOUD_PORT = 8900
# Home Assistant runs a requested poll immediately, or some seconds later if there was another one just before.
_POLLED_WITHIN = 30.0
# How long the requests of such a delayed poll take at most, in seconds.
_ANSWERED = 2.0
# How long Home Assistant may take to write everything to disk, in seconds.
_WRITTEN_WITHIN = 60.0
# Seconds between two updates of the terminal.
_FRAME = 0.25
_PRESENCE = {"floor_occupancy", "room_occupancy", "zone_occupancy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a run consists of."""

    rooms: int
    activity: float
    port: int | None = None
    """Port of Home Assistant; None = the default one, or a free one."""
    keep: bool = False
    """Continue with the Home Assistant of an earlier run."""
    push: bool = True
    persistent: bool = False
    """Let the simulator keep its state when it is killed."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the simulator, applied before Home Assistant starts."""


class Environment:
    """A simulator, a Home Assistant, and a watcher of both."""

    cloud: SimulatorProcess
    home: HomeAssistantProcess
    socket: WebSocketClient
    watcher: StateWatcher
    spaces: list[Space]

    def __init__(self, scenario: Scenario, session: aiohttp.ClientSession) -> None:
        """Choose the ports; `begin` starts everything."""
        self.scenario = scenario
        self.folder = ConfigFolder(FOLDER / "home-assistant")
        self._session = session
        self._stop_functions: dict[str, Callable[[], Awaitable[None]]] = {}
        self._kept = self.folder.kept() if scenario.keep else None
        if self._kept:
            port = scenario.port or self._kept.port
            cloud_port = choose_port(self._kept.cloud_port, required=True)
            self.identity = Identity(choose_port(port, required=True), cloud_port, self._kept.client_secret)
        else:
            port = choose_port(scenario.port or PORT, required=scenario.port is not None)
            self.identity = Identity.new(port, choose_port(CLOUD_PORT))
        self.options = SimulatorOptions(
            root=ROOT,
            log=FOLDER / "simulator.log",
            port=self.identity.cloud_port,
            secret=self.identity.client_secret,
            rooms=scenario.rooms,
            activity=scenario.activity,
            state=FOLDER / "simulator.json" if scenario.persistent else None,
        )

    async def begin(self, steps: Steps) -> None:
        """Start everything, from nothing or from what is kept, and set up the integration."""
        kept, folder = self._kept, self.folder
        if not kept:
            folder.create(ROOT)
        if self.options.state:
            self.options.state.unlink(missing_ok=True)
        folder.begin_trial(self.identity.port)
        with steps.step(f"Starting a Butlr cloud of {self.scenario.rooms} rooms"):
            await self.start_cloud()
            self.spaces = await self.cloud.spaces()
        with steps.step("Starting Home Assistant"):
            await self._start_home(onboarded=kept is not None)
        with steps.step("Logging in" if kept else "Onboarding"):
            await (self.home.log_in if kept else self.home.onboard)(self.identity)
            await self.home.wait_until_running()
            await self._connect()
            await self.socket.confirm_address(folder)
            await self.socket.configure(self.home.url if self.scenario.push else None)
        with steps.step("Waiting for Butlr" if kept else "Adding Butlr"):
            if not kept:
                await self.home.add_butlr(self.cloud.url, self.identity.client_secret)
            await self.home.wait_until_loaded()
            folder.keep(self.identity)
        with steps.step("Reading the states"):
            await self.watch()

    async def start_cloud(self) -> None:
        """Start or restart the simulator."""
        self.cloud = await SimulatorProcess.start(self._session, self.options)
        self._stop_functions["cloud"] = self.cloud.child.stop
        if self.scenario.settings:
            await self.cloud.change(**self.scenario.settings)

    async def start_home(self) -> None:
        """Restart Home Assistant; the integration may not be ready when this returns."""
        await self._start_home(onboarded=True)
        await self.home.log_in(self.identity)
        await self.home.wait_until_running()
        await self._connect()

    async def _start_home(self, *, onboarded: bool) -> None:
        """Start the process of Home Assistant."""
        self.home = await HomeAssistantProcess.start(
            self._session, self.folder, self.identity.port, onboarded=onboarded
        )
        self._stop_functions["home"] = self.home.child.stop

    async def _connect(self) -> None:
        """Open the websocket connection."""
        self.socket = await WebSocketClient.open(self._session, self.home)
        self._stop_functions["socket"] = self.socket.close

    async def watch(self) -> None:
        """Watch the states, and the deliveries of the simulator."""
        self.watcher = StateWatcher(self.cloud, self.socket)
        self._stop_functions["following"] = self.watcher.stop
        await self.watcher.start()

    async def stop_watching(self) -> None:
        """Stop watching, so that the end of either process is not an error."""
        await self.watcher.stop()

    async def close(self) -> None:
        """Stop everything that runs, the watcher first."""
        async with AsyncExitStack() as stack:
            for name in ("cloud", "home", "socket", "following"):
                if end := self._stop_functions.get(name):
                    stack.push_async_callback(end)

    async def wait_until_written(self) -> None:
        """Wait until Home Assistant can be killed without losing its set-up; raise UnexpectedAnswerError on timeout."""
        deadline = time.monotonic() + _WRITTEN_WITHIN
        while not self.folder.survives_a_kill(self.identity.port):
            if time.monotonic() > deadline:
                raise UnexpectedAnswerError("Home Assistant does not write its configuration to disk")
            await self.wait()

    async def wait(self, seconds: float = _FRAME) -> None:
        """Wait, and raise an error if a process or the watcher has failed."""
        for child in (self.cloud.child, self.home.child):
            child.check()
        self.watcher.check()
        await asyncio.sleep(seconds)

    async def refresh(self) -> None:
        """Let the integration poll, and wait until it has."""
        await self.cloud.clear_requests()
        await self.request_poll()
        if await self._polled():
            return
        deadline = time.monotonic() + _POLLED_WITHIN
        while not await self._polled():
            if time.monotonic() > deadline:
                raise UnexpectedAnswerError("the integration does not poll on request")
            await self.wait()
        await self.wait(_ANSWERED)

    async def request_poll(self) -> None:
        """Request a poll; the integration may be unable to do it."""
        await self.home.refresh(next(iter(self.watcher.entity_ids.values())))

    async def _polled(self) -> bool:
        """Return whether the integration has requested people and, if there are traffic sensors, traffic."""
        requested = await self.cloud.requested_measurements()
        traffic = "traffic" in requested or not any(key.endswith("_entries_today") for key in self.watcher.states)
        return traffic and not requested.isdisjoint(_PRESENCE)

    def secrets(self) -> list[str]:
        """Return the secrets that no log may contain."""
        return [self.identity.client_secret, *self.folder.webhook_secrets()]
