"""The simulators and the Home Assistant that is measured, and what it takes to add each entry."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
import secrets
import time
from typing import Any

import aiohttp

from scripts.lib.processes.children import ChildError, choose_port
from scripts.lib.processes.cloud import Cloud, CloudPlan, Endpoint
from scripts.lib.processes.home import Home, HomeError, HomeSocket
from scripts.lib.processes.home_folder import HomeFolder, Identity

from .components.butlr_bench.const import (
    CONF_COPY_OF,
    CONF_DESIGN,
    DESIGN_BARE,
    DESIGN_TARGETED,
    DESIGN_TEXTBOOK,
    DOMAIN,
    PARSE_ONLY as PARSE_ONLY_ID,
    TARGETED as TARGETED_ID,
    TEXTBOOK as TEXTBOOK_ID,
)
from .load import Target, processor_time
from .results import LARGEST, MIDDLE, PARSE_ONLY, SMALL, TARGETED, TEXTBOOK, Results, SetUp
from .sizes import Size

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".bench"
COMPONENT = Path(__file__).parent / "components" / DOMAIN
POLLED = "polled"
# No recorder: it would write to disk what is measured here in microseconds. Home Assistant does not start without its
# frontend; nobody looks at it.
CONFIGURATION = f"""\
config:
logger:
  default: warning
{DOMAIN}:
"""
_SETTLED = 0.05
_PATIENCE = 300.0

type Say = Callable[[str], None]


@dataclass(slots=True)
class Entry:
    """An estate with its simulator, as an entry in Home Assistant."""

    id: str
    size: Size
    cloud: Cloud


@dataclass(slots=True)
class Stage:
    """Everything that runs."""

    home: Home
    process_id: int
    entries: dict[str, Entry] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)

    async def instrument(self, path: str, method: str = "GET") -> dict[str, Any]:
        """Ask the component inside Home Assistant."""
        answer: dict[str, Any] = await self.home.request(method, f"/api/{DOMAIN}/{path}")
        return answer


class Staging:
    """Starts everything that a run needs."""

    def __init__(self, ending: AsyncExitStack, session: aiohttp.ClientSession, results: Results, say: Say) -> None:
        """Prepare; `ending` stops what was started."""
        self._ending = ending
        self._session = session
        self._results = results
        self._say = say
        self._secret = secrets.token_urlsafe(24)
        self._folder = HomeFolder(FOLDER / "home-assistant", CONFIGURATION)
        self._stage: Stage

    async def open(self, sizes: Mapping[str, Size]) -> Stage:
        """Start Home Assistant and add the small estate and the one whose polls are measured.

        The small one comes first: what the integration's code itself takes is in it. Polls are measured before there
        is more, for Python's garbage collector stops everything the longer, the more there is in the process.
        """
        self._say("Starting Home Assistant")
        await self._start_home()
        await self._add_estate(SMALL, sizes[SMALL])
        await self._add_estate(POLLED, sizes[POLLED])
        # What moves there shall be news to the poll.
        await self._stage.entries[POLLED].cloud.change(loss=1.0)
        await self._introduce(POLLED)
        return self._stage

    async def complete(self, sizes: Mapping[str, Size]) -> None:
        """Add the other estates, what is compared with them, and all their endpoints.

        All are in one process at the same time, so that each round measures them side by side.
        """
        await self._add_estate(LARGEST, sizes[LARGEST])
        bare = await self._add_copy("bare", DESIGN_BARE, LARGEST)
        await self._stage.home.remove_entry(bare)
        await self._add_estate(MIDDLE, sizes[MIDDLE])
        await self._add_copy(TARGETED, DESIGN_TARGETED, MIDDLE)
        await self._add_copy(TEXTBOOK, DESIGN_TEXTBOOK, MIDDLE)
        self._say("Waiting for the first polls and the subscriptions")
        for name in (SMALL, MIDDLE, LARGEST):
            await self._introduce(name)
        middle = self._stage.targets[MIDDLE]
        others = {PARSE_ONLY: PARSE_ONLY_ID, TARGETED: TARGETED_ID, TEXTBOOK: TEXTBOOK_ID}
        for name, webhook_id in others.items():
            url = f"{self._stage.home.url}/api/webhook/{webhook_id}"
            endpoint = Endpoint(url, middle.endpoint.header, middle.endpoint.secret)
            self._stage.targets[name] = Target(name, endpoint, middle.size)

    async def _start_home(self) -> None:
        """Start Home Assistant with the component of the benchmark in it."""
        identity = Identity.new(choose_port(0), 0)
        self._folder.create(ROOT, [COMPONENT])
        self._folder.begin_trial(identity.port)
        home = await Home.start(self._session, self._folder, identity.port, onboarded=False)
        self._ending.push_async_callback(home.child.stop)
        await home.onboard(identity)
        await home.wait_until_running()
        socket = await HomeSocket.open(self._session, home)
        await socket.confirm_address(self._folder)
        await socket.configure(home.url)
        await socket.close()
        self._stage = Stage(home, home.child.process.pid)
        loaded = (await self._stage.instrument("process"))["components"]
        if "recorder" in loaded:
            raise HomeError("the recorder is loaded; it would be measured too")

    async def _add_estate(self, name: str, size: Size) -> None:
        """Start a simulator and go through the config flow; the last form, which adds the entities, is measured."""
        self._say(f"Adding {size.spaces:,} spaces")
        plan = CloudPlan(
            root=ROOT,
            log=FOLDER / f"simulator-{name}.log",
            port=choose_port(0),
            secret=self._secret,
            rooms=size.rooms,
            seed=size.seed,
        )
        cloud = await Cloud.start(self._session, plan)
        self._ending.push_async_callback(cloud.child.stop)
        flow_id = await self._stage.home.begin_butlr(cloud.url, self._secret)
        entry_id = await self._measure_set_up(name, flow_id, {}, size.spaces)
        self._stage.entries[name] = Entry(entry_id, size, cloud)
        self._results.spaces[name] = size.spaces

    async def _add_copy(self, name: str, design: str, of: str) -> str:
        """Add as many entities as an estate has, in another design."""
        entry = self._stage.entries[of]
        self._say(f"Adding as many entities as {entry.size.spaces:,} spaces have, {design}")
        flow_id = await self._stage.home.begin_flow(DOMAIN)
        answer = {CONF_DESIGN: design, CONF_COPY_OF: entry.id}
        return await self._measure_set_up(name, flow_id, answer, entry.size.spaces)

    async def _measure_set_up(self, name: str, flow_id: str, answer: Mapping[str, Any], spaces: int) -> str:
        """Fill in the last form, which sets the entry up; returns its id."""
        stage = self._stage
        before = await self._settled()
        begun, cpu = time.perf_counter(), processor_time(stage.process_id)
        entry_id = await stage.home.end_flow(flow_id, answer)
        seconds, cpu = time.perf_counter() - begun, processor_time(stage.process_id) - cpu
        after = await self._settled()
        entities = after["enabled"].get(entry_id, 0)
        if not entities:
            raise HomeError(f"the entry {name} has no entities; see {self._folder.log}")
        self._results.set_ups[name] = SetUp(spaces, entities, seconds, cpu, after["memory"] - before["memory"])
        return entry_id

    async def _settled(self) -> dict[str, Any]:
        """Wait until Home Assistant has nothing to do; returns what its process holds then."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            before = processor_time(self._stage.process_id)
            await asyncio.sleep(1)
            self._stage.home.child.check()
            if processor_time(self._stage.process_id) - before <= _SETTLED:
                break
        return await self._stage.instrument("process")

    async def _introduce(self, name: str) -> None:
        """Wait until the first polls of an entry are over and its subscription is made."""
        entry = self._stage.entries[name]
        deadline = time.monotonic() + _PATIENCE
        while True:
            push = await self._stage.instrument(f"push/{entry.id}")
            endpoint = await entry.cloud.endpoint()
            if endpoint and push["polled"]:
                self._stage.targets[name] = Target(name, endpoint, entry.size)
                return
            if time.monotonic() > deadline:
                raise ChildError(f"The entry {name} does not poll or subscribe: {push}, {endpoint}")
            await asyncio.sleep(0.5)
