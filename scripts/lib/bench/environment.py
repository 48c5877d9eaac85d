"""Start the simulators and the Home Assistant that is measured, and add the entries."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
import secrets
import sys
from typing import Any

import aiohttp

from scripts.lib.processes.child_process import choose_port
from scripts.lib.processes.config_folder import ConfigFolder, Identity
from scripts.lib.processes.home_assistant import HomeAssistantProcess, WebSocketClient, set_up_home_assistant
from scripts.lib.processes.simulator_process import SimulatorOptions, SimulatorProcess

from .components.butlr_bench.const import CONF_COPY_OF, CONF_DESIGN, DOMAIN
from .estates import Size, events
from .load import Target

ROOT = Path(__file__).parents[3]
COMPONENTS = (Path(__file__).parent / "components" / DOMAIN, ROOT / "scripts/lib/processes/components/loop_watch")
CONFIGURATION = f"""\
config:
recorder:
logger:
  default: warning
loop_watch:
{DOMAIN}:
"""


class Environment:
    """A Home Assistant, and a simulator for each Butlr entry."""

    home: HomeAssistantProcess
    socket: WebSocketClient

    def __init__(self, stack: AsyncExitStack, session: aiohttp.ClientSession, folder: Path) -> None:
        """Prepare; `stack` ends what is started."""
        self._stack = stack
        self._folder = folder
        self._secret = secrets.token_urlsafe(24)
        self.session = session
        self.clouds: dict[str, SimulatorProcess] = {}
        self.entry_ids: dict[str, str] = {}
        self.set_ups: dict[str, dict[str, float]] = {}
        """What it took to add each entry, per 1,000 spaces."""
        self.targets: dict[str, Target] = {}

    async def open(self) -> None:
        """Start Home Assistant."""
        folder = ConfigFolder(self._folder / "home-assistant", CONFIGURATION)
        folder.create(ROOT, COMPONENTS)
        identity = Identity.new(choose_port(0), 0)
        self.home, self.socket = await set_up_home_assistant(self._stack, self.session, folder, identity)

    async def add_estate(self, name: str, size: Size) -> None:
        """Start a simulator, add its estate without hardware, and wait for the subscription."""
        log = self._folder / f"simulator-{name}.log"
        options = SimulatorOptions(ROOT, log, choose_port(0), self._secret, size.rooms, seed=size.seed)
        cloud = self.clouds[name] = await SimulatorProcess.start(self.session, options)
        self._stack.push_async_callback(cloud.child.stop)
        flow_id = await self.home.begin_butlr(cloud.url, self._secret)
        await self._finish(name, flow_id, {"hardware": False}, size)
        webhook = await cloud.wait_for_webhook(300)
        headers = {webhook.header: webhook.secret, "Content-Type": "application/json"}
        people = {one["unique_id"].removesuffix("_people"): one["entity_id"] for one in await self.entities(name)}
        self.targets[name] = Target(webhook.url, headers, events(size), people)

    async def add_copies(self, design: str, of: str, size: Size) -> None:
        """Add copies of an entry's entities in another design."""
        flow_id = await self.home.begin_flow(DOMAIN)
        await self._finish(design, flow_id, {CONF_DESIGN: design, CONF_COPY_OF: self.entry_ids[of]}, size)
        self.add_webhook(design, of, size)

    def add_webhook(self, name: str, of: str, size: Size) -> None:
        """Prepare to post the events of an estate to a webhook of the benchmark."""
        self.targets[name] = Target(f"{self.home.url}/api/webhook/{name}", self.targets[of].headers, events(size), {})

    async def _finish(self, name: str, flow_id: str, answer: Mapping[str, Any], size: Size) -> None:
        """Submit the last form, which sets the entry up, and measure that."""
        say(f"Adding {size.spaces:,} spaces ({name})")
        memory, before = await self.free_memory(), self.home.child.usage()
        self.entry_ids[name] = await self.home.end_flow(flow_id, answer)
        usage, memory = self.home.child.usage() - before, await self.free_memory() - memory
        found = {"seconds": usage.clock, "cpu": usage.all_threads, "memory": memory}
        found["entities"] = len(await self.entities(name))
        self.set_ups[name] = {key: 1000 * value / size.spaces for key, value in found.items()}

    async def entities(self, name: str) -> list[dict[str, Any]]:
        """Return the enabled entities of an entry, as the registry lists them."""
        found = await self.socket.command("config/entity_registry/list")
        return [one for one in found if one["config_entry_id"] == self.entry_ids[name] and not one["disabled_by"]]

    async def pause_polls(self, names: Iterable[str]) -> None:
        """Pause polling, which would set people who were posted here back to those of the simulator."""
        for name in names:
            await self.socket.command("config_entries/update", entry_id=self.entry_ids[name], pref_disable_polling=True)

    async def free_memory(self) -> int:
        """Wait until Home Assistant is idle, let it free what it can, and return its memory in bytes."""
        used = 1.0
        while used > 0.08:  # of a processor
            before = self.home.child.usage()
            await asyncio.sleep(1)
            used = (self.home.child.usage() - before).all_threads
        return int(await self.home.request("GET", f"/api/{DOMAIN}/memory"))


def say(text: str) -> None:
    """Report the progress."""
    print(text, file=sys.stderr, flush=True)
