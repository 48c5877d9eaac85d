"""Import a past into a real Home Assistant, kill it on the way, and compare its database with the truth."""

import argparse
import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import datetime
from itertools import pairwise
from pathlib import Path
import re
import sys
import time
from typing import Any

import aiohttp

from custom_components.butlr.api.budget import REQUESTS_PER_MINUTE
from scripts.lib.demo.mismatches import Mismatch, compare
from scripts.lib.demo.watcher import StateWatcher
from scripts.lib.processes.child_process import choose_port
from scripts.lib.processes.config_folder import CONFIGURATION, ConfigFolder, Identity
from scripts.lib.processes.home_assistant import HomeAssistantProcess, WebSocketClient
from scripts.lib.processes.simulator_process import SimulatorOptions, SimulatorProcess
from tests.helpers.statistics import HOUR
from tests.simulator import Simulator
from tests.simulator.memory import Memory

from .database import Database
from .loop import Watched

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".import"
WATCH = ROOT / "scripts" / "lib" / "processes" / "components" / "loop_watch"
# What the demo's home is: nine hours from Copenhagen.
TIME_ZONE = "America/Los_Angeles"
LOOK = 2.0
SETTLED = 20.0
MINUTE = 60.0
# How soon what is shown agrees with people who stand still: pushes need no time to speak of.
AGREE = 20.0
TOKEN_LIFE = 1200.0
POLL = re.compile(
    r"^(\S+ \S+) .*Finished fetching Butlr occupancy data in ([\d.]+) seconds \(success: (\w+)\)", re.MULTILINE
)
DAY = 24 * HOUR


class Import:
    """A cloud, a Home Assistant, and an import between them."""

    def __init__(self, options: argparse.Namespace, session: aiohttp.ClientSession, ending: AsyncExitStack) -> None:
        """Prepare; `ending` stops what was started."""
        self._options = options
        self._session = session
        self._ending = ending
        self._folder = ConfigFolder(FOLDER / "home-assistant", f"{CONFIGURATION}loop_watch:\n")
        self._identity = Identity.new(choose_port(0), choose_port(0))
        self._memory = FOLDER / "simulator.json"
        self._cloud: SimulatorProcess
        self._home: HomeAssistantProcess
        self._following: StateWatcher
        self._followers = AsyncExitStack()
        self._watched = Watched()
        self._looked = time.monotonic()
        self._logged_in = time.monotonic()
        self._added = self.begun = 0.0

    async def begin(self) -> None:
        """Start everything from nothing, and want history."""
        self._folder.create(ROOT, [WATCH])
        self._memory.unlink(missing_ok=True)
        plan = SimulatorOptions(
            root=ROOT,
            log=FOLDER / "simulator.log",
            port=self._identity.cloud_port,
            secret=self._identity.client_secret,
            rooms=self._options.rooms,
            activity=self._options.activity,
            state=self._memory,
        )
        self._cloud = await SimulatorProcess.start(self._session, plan)
        self._ending.push_async_callback(self._cloud.child.stop)
        await self._cloud.change(fallback_timezone=TIME_ZONE)
        self._folder.begin_trial(self._identity.port)
        await self._start(onboarded=False)
        await self._home.onboard(self._identity)
        await self._home.wait_until_running()
        socket = await WebSocketClient.open(self._session, self._home)
        await socket.confirm_address(self._folder)
        await socket.configure(self._home.url)
        await socket.command("config/core/update", time_zone=TIME_ZONE)
        await socket.close()
        self._added = time.time()
        flow_id = await self._home.begin_butlr(self._cloud.url, self._identity.client_secret)
        entry_id = await self._home.end_flow(flow_id, {})
        await self._home.wait_until_loaded()
        # Adding entities is Home Assistant's own work.
        await self._settle()
        minutes = self._options.idle
        say(f"Home Assistant without an import, for {minutes} min")
        await self._follow()
        await asyncio.sleep(minutes * MINUTE)
        say(f"event loop {await self._look()}; {self._pushes()}")
        self._watched = Watched()
        self.begun = time.time()
        await self._log_in()
        await self._home.change_options(entry_id, {"history_days": self._options.days})

    async def _start(self, *, onboarded: bool) -> None:
        self._home = await HomeAssistantProcess.start(
            self._session, self._folder, self._identity.port, onboarded=onboarded
        )

    async def _settle(self) -> None:
        """Leave out of the measurement what comes with a start."""
        await asyncio.sleep(SETTLED)
        await self._get("/api/loop_watch")
        self._looked = time.monotonic()

    async def _follow(self) -> None:
        """Follow what Home Assistant shows, and how long after it happened."""
        socket = await WebSocketClient.open(self._session, self._home)
        self._followers.push_async_callback(socket.close)
        self._following = StateWatcher(self._cloud, socket)
        self._followers.push_async_callback(self._following.stop)
        await self._following.start()

    def _pushes(self) -> str:
        """Return how the pushes fared since Home Assistant started last."""
        spread, deliveries = self._following.delays.spread(), self._following.deliveries
        took = (
            f"median {spread.median:.1f} ms, p95 {spread.p95:.1f} ms, worst {spread.worst:.0f} ms of {spread.samples:,}"
            if spread
            else "none shown"
        )
        return f"{deliveries.acknowledged:,} of {deliveries.sent:,} pushes taken, event to state {took}"

    async def kill(self) -> None:
        """Kill Home Assistant, and start it again."""
        say(f"killed at {await self.progress()} %; event loop {await self._look()}; {self._pushes()}")
        await self._followers.aclose()
        await self._home.child.kill()
        await self._start(onboarded=True)
        await self._log_in()
        await self._home.wait_until_running()
        await self._home.wait_until_loaded()
        await self._settle()
        await self._follow()

    async def stop(self) -> None:
        """Let Home Assistant end, so that its database is whole."""
        await self._followers.aclose()
        await self._home.child.stop()

    async def progress(self) -> int:
        """Return how much is imported, in percent."""
        states = await self._get("/api/states")
        state = next(one["state"] for one in states if one["entity_id"].endswith("_history_import"))
        return int(state) if state.isdigit() else -1

    async def _get(self, path: str) -> Any:
        """Ask Home Assistant; a token lasts for half an hour, an import may take longer."""
        if time.monotonic() - self._logged_in > TOKEN_LIFE:
            await self._log_in()
        return await self._home.request("GET", path)

    async def _log_in(self) -> None:
        """Get a new token."""
        self._home.token = ""
        await self._home.log_in(self._identity)
        self._logged_in = time.monotonic()

    async def watch(self) -> None:
        """Follow the import to its end, killing where that is wanted."""
        kills = sorted(self._options.kill)
        shown = -1
        while (percent := await self.progress()) < 100:
            if percent != shown and percent % 5 == 0:
                shown = percent
                say(f"{percent} %; event loop {await self._look()}")
            if kills and percent >= kills[0]:
                kills.pop(0)
                await self.kill()
            self._following.check()
            await asyncio.sleep(LOOK)
        await self._look()

    async def _look(self) -> Watched:
        """Return how the event loop fared so far."""
        answer, now = await self._get("/api/loop_watch"), time.monotonic()
        self._watched.add(answer, now - self._looked)
        self._looked = now
        return self._watched

    async def report(self) -> bool:
        """Say how it went; returns whether it went as promised."""
        requests = await self._cloud.requests()
        reports = [one for one in requests if one["path"].endswith("reporting")]
        timestamps = sorted(one["at"] / 1000 for one in reports)
        most = max(sum(start <= one < start + 60 for one in timestamps) for start in timestamps)
        say(f"{len(reports)} reporting requests in {(time.time() - self.begun) / 60:.1f} min, {most} a minute at most")
        say(f"answered with {dict(Counter(one['status'] for one in requests))}")
        say(polls(self._folder.log))
        say(f"event loop {self._watched}")
        say(self._pushes())
        wrong = await self._shown_wrong()
        say(f"{len(wrong)} figures shown wrong once nobody moves any more")
        for one in wrong[:10]:
            say(f"  {one}")
        return bool(most <= REQUESTS_PER_MINUTE) and not wrong

    async def _shown_wrong(self) -> list[Mismatch]:
        """Let nobody move, and return which figures do not agree with that after a while."""
        await self._cloud.pause()
        deadline = time.monotonic() + AGREE
        while True:
            truth = await self._cloud.truth()
            wrong, _ = compare(truth, self._following.states, self._following.motion_delivered)
            if not wrong or time.monotonic() > deadline:
                return wrong
            await asyncio.sleep(LOOK)

    def judge(self) -> bool:
        """Compare the database with the truth."""
        simulator = Simulator(
            self._options.rooms,
            populated=True,
            memory=Memory.load(self._memory),
            activity=self._options.activity,
            fallback_timezone=TIME_ZONE,
        )
        # It lets the time pass since people began to move.
        simulator.step()
        database = Database(self._folder.path, simulator, TIME_ZONE)
        # What Home Assistant saw itself is its own, though of the first hour it saw only the rest.
        recorded = int(self._added) // HOUR * HOUR
        start = int(self.begun) // HOUR * HOUR - self._options.days * DAY
        stop = int(time.time() - 300) // HOUR * HOUR
        silent = {
            entity_id
            for key, entity_id in self._following.entity_ids.items()
            if self._following.states.get(key) in ("unavailable", "unknown")
        }
        verdict = database.judge(start + HOUR if stop > recorded else start, stop, recorded, silent)
        say(f"{verdict.compared:,} hours compared with the truth, {len(verdict.wrong)} of them wrong")
        say(f"sums of {verdict.waiting} entities wait until these show a figure")
        for line in verdict.wrong[:10]:
            say(f"  {line}")
        return not verdict.wrong


def polls(log: Path) -> str:
    """Return how the polls of people fared since Home Assistant started last, by what its own coordinator logs."""
    found = [(datetime.fromisoformat(one[1]), float(one[2]), one[3]) for one in POLL.finditer(log.read_text())]
    gaps = [(after[0] - before[0]).total_seconds() for before, after in pairwise(found)]
    failed = sum(success != "True" for _, _, success in found)
    slowest = max((seconds for _, seconds, _ in found), default=0.0)
    return f"{len(found)} polls of people, {failed} failed, {slowest:.1f} s at most, {max(gaps, default=0):.0f} s apart"


def say(text: str) -> None:
    """Write a line with the time."""
    print(time.strftime("%H:%M:%S"), text, flush=True)


async def run(options: argparse.Namespace) -> bool:
    """Import, kill, compare."""
    FOLDER.mkdir(exist_ok=True)
    async with AsyncExitStack() as ending, aiohttp.ClientSession() as session:
        one = Import(options, session, ending)
        try:
            await one.begin()
            say(f"{options.days} days of {options.rooms} rooms")
            await one.watch()
            kept = await one.report()
        finally:
            await one.stop()
        return await asyncio.get_running_loop().run_in_executor(None, one.judge) and kept


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(prog="scripts/history", description=__doc__)
    parser.add_argument("--rooms", type=int, default=5, help="how many rooms the estate has (default 5)")
    parser.add_argument("--days", type=int, default=60, help="how many days to import (default 60)")
    parser.add_argument(
        "--activity", type=float, default=1.5, help="how much faster than life people live meanwhile (default 1.5)"
    )
    parser.add_argument("--idle", type=int, default=1, help="for how many minutes to watch before (default 1)")
    parser.add_argument("--kill", type=int, nargs="*", default=[], help="at how many percent to kill Home Assistant")
    return 0 if asyncio.run(run(parser.parse_args())) else 1


if __name__ == "__main__":
    sys.exit(main())
