"""Two Home Assistants of one organization: one has the webhooks and shares the pushes over MQTT, the other receives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import time

import aiohttp

from .broker import BrokerProcess
from .child_process import choose_port
from .config_folder import ConfigFolder, Identity
from .home_assistant import HomeAssistantProcess, WebSocketClient, set_up_home_assistant
from .simulator_process import SimulatorOptions, SimulatorProcess

# How long anything may take that does not wait for a poll, in seconds.
TIMEOUT = 120.0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition is true; raise TimeoutError if that takes too long."""
    deadline = time.monotonic() + TIMEOUT
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.2)


@dataclass(slots=True)
class Member:
    """One of the two Home Assistants."""

    folder: ConfigFolder
    identity: Identity
    home: HomeAssistantProcess
    socket: WebSocketClient
    session: aiohttp.ClientSession
    entry_id: str = ""

    async def add_butlr(self, cloud: SimulatorProcess, **options: object) -> None:
        """Add the organization without its hardware, then change its options."""
        flow_id = await self.home.begin_butlr(cloud.url, self.identity.client_secret)
        self.entry_id = await self.home.end_flow(flow_id, {"hardware": False})
        await self.home.change_options(self.entry_id, {"hardware": False, **options})

    async def states(self) -> dict[str, str]:
        """Return the states of the entities of Butlr, by unique id."""
        entities = await self.socket.command("config/entity_registry/list")
        unique_ids = {one["entity_id"]: one["unique_id"] for one in entities if one["platform"] == "butlr"}
        states = await self.socket.command("get_states")
        return {unique_ids[one["entity_id"]]: one["state"] for one in states if one["entity_id"] in unique_ids}

    async def wait_for_mode(self, mode: str) -> None:
        """Wait until updates reach this Home Assistant in a way: "push" or "polling"."""

        async def reached() -> bool:
            return mode in [state for key, state in (await self.states()).items() if key.endswith("_update_mode")]

        await until(reached)

    async def kill(self) -> None:
        """Kill it once everything that it needs for a start is on disk."""

        async def written() -> bool:
            return self.folder.survives_a_kill(self.identity.port)

        await until(written)
        await self.home.child.kill()
        await self.socket.close()

    async def start(self) -> None:
        """Start it again."""
        self.home = await HomeAssistantProcess.start(self.session, self.folder, self.identity.port, onboarded=True)
        await self.home.log_in(self.identity)
        await self.home.wait_until_running()
        self.socket = await WebSocketClient.open(self.session, self.home)
        await self.home.wait_until_loaded()


@dataclass(slots=True)
class Pair:
    """A cloud, a broker, and the two Home Assistants."""

    folder: Path
    cloud: SimulatorProcess
    broker: BrokerProcess
    sharing: Member
    receiving: Member

    async def stop(self) -> None:
        """Stop what runs now, which may not be what was started at first."""
        for child in (self.sharing.home.child, self.receiving.home.child, self.broker.child, self.cloud.child):
            await child.stop()

    async def restart_broker(self) -> None:
        """Start the broker again at its port; it has forgotten everything."""
        self.broker = await BrokerProcess.start(self.folder, self.broker.port)

    async def verify(self, room: str, other: str) -> None:
        """Let a person walk to another room and back until pushes are known to reach both."""
        for member in (self.sharing, self.receiving):
            async with asyncio.timeout(TIMEOUT):
                waiting = asyncio.create_task(member.wait_for_mode("push"))
                while not waiting.done():
                    await self.cloud.move(room, other)
                    await self.cloud.move(other, room)
                    await asyncio.wait([waiting], timeout=1)
                await waiting


@asynccontextmanager
async def open_pair(
    root: Path, folder: Path, rooms: int, configuration: str, components: Iterable[Path] = ()
) -> AsyncIterator[Pair]:
    """Start everything, with the organization added to both; end everything afterwards."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=300)))
        identity = Identity.new(choose_port(0), 0)
        log = folder / "simulator.log"
        options = SimulatorOptions(root, log, choose_port(0), identity.client_secret, rooms)

        async def start(name: str) -> Member:
            member_folder = ConfigFolder(folder / name, configuration)
            member_folder.create(root, components)
            own = Identity(choose_port(0), 0, identity.client_secret)
            home, socket = await set_up_home_assistant(stack, session, member_folder, own)
            return Member(member_folder, own, home, socket, session)

        cloud, broker, sharing, receiving = await asyncio.gather(
            SimulatorProcess.start(session, options), BrokerProcess.start(folder), start("sharing"), start("receiving")
        )
        pair = Pair(folder, cloud, broker, sharing, receiving)
        stack.push_async_callback(pair.stop)
        for member in (sharing, receiving):
            await member.home.add_mqtt(broker.port)
        await sharing.add_butlr(cloud, mqtt="share")
        await cloud.wait_for_webhook(TIMEOUT)
        await receiving.add_butlr(cloud, mqtt="receive")

        # Until the options were changed, it had webhooks of its own.
        async def released() -> bool:
            return len(await cloud.subscriptions()) <= 2

        await until(released)
        yield pair
