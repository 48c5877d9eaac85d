"""Import a past into a real Home Assistant, kill it on the way, and compare its database with the truth."""

import argparse
import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import datetime
from itertools import pairwise
import math
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
from .loop import LoopReport

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".import"
LOOP_WATCH = ROOT / "scripts" / "lib" / "processes" / "components" / "loop_watch"
# Nine hours from Copenhagen, where the simulated buildings are.
TIME_ZONE = "America/Los_Angeles"
# How often the progress is read, in seconds.
CHECK_INTERVAL = 2.0
# How long a start of Home Assistant keeps the event loop busy, in seconds.
SETTLING_TIME = 20.0
MINUTE = 60.0
# When all states are right at the latest once nobody moves, in seconds.
AGREEMENT_TIMEOUT = 20.0
# An access token is valid for half an hour; an import may take longer. In seconds.
TOKEN_LIFETIME = 1200.0
POLL_LINE = re.compile(
    r"^(\S+ \S+) .*Finished fetching Butlr occupancy data in ([\d.]+) seconds \(success: (\w+)\)", re.MULTILINE
)
DAY = 24 * HOUR


class ImportRun:
    """A simulated Butlr, a real Home Assistant, and an import from one into the other."""

    def __init__(self, options: argparse.Namespace, session: aiohttp.ClientSession, stack: AsyncExitStack) -> None:
        """Prepare; closing `stack` stops what was started."""
        self._options = options
        self._session = session
        self._stack = stack
        self._folder = ConfigFolder(FOLDER / "home-assistant", f"{CONFIGURATION}loop_watch:\n")
        self._identity = Identity.new(choose_port(0), choose_port(0))
        self._simulator_state = FOLDER / "simulator.json"
        self._simulator: SimulatorProcess
        self._home_assistant: HomeAssistantProcess
        self._watcher: StateWatcher
        self._watcher_stack = AsyncExitStack()
        self._loop_report = LoopReport()
        self._loop_read_at = time.monotonic()
        self._logged_in = time.monotonic()
        self._added_at = self.started_at = 0.0
        self._killed_at: list[float] = []

    async def begin(self) -> None:
        """Start everything with an empty database, and choose the days of history."""
        self._folder.create(ROOT, [LOOP_WATCH])
        self._simulator_state.unlink(missing_ok=True)
        plan = SimulatorOptions(
            root=ROOT,
            log=FOLDER / "simulator.log",
            port=self._identity.cloud_port,
            secret=self._identity.client_secret,
            rooms=self._options.rooms,
            activity=self._options.activity,
            state=self._simulator_state,
        )
        self._simulator = await SimulatorProcess.start(self._session, plan)
        self._stack.push_async_callback(self._simulator.child.stop)
        await self._simulator.change(fallback_timezone=TIME_ZONE)
        self._folder.begin_trial(self._identity.port)
        await self._start_home_assistant(onboarded=False)
        await self._home_assistant.onboard(self._identity)
        await self._home_assistant.wait_until_running()
        socket = await WebSocketClient.open(self._session, self._home_assistant)
        await socket.confirm_address(self._folder)
        await socket.configure(self._home_assistant.url)
        await socket.command("config/core/update", time_zone=TIME_ZONE)
        await socket.close()
        self._added_at = time.time()
        flow_id = await self._home_assistant.begin_butlr(self._simulator.url, self._identity.client_secret)
        entry_id = await self._home_assistant.end_flow(flow_id, {})
        await self._home_assistant.wait_until_loaded()
        # Do not measure how Home Assistant adds entities.
        await self._wait_until_settled()
        minutes = self._options.idle
        say(f"Home Assistant without an import, for {minutes} min")
        await self._start_watching()
        await asyncio.sleep(minutes * MINUTE)
        say(f"event loop {await self._read_loop()}; {self._describe_pushes()}")
        self._loop_report = LoopReport()
        self.started_at = time.time()
        await self._log_in()
        await self._home_assistant.change_options(entry_id, {"history_days": self._options.days})

    async def _start_home_assistant(self, *, onboarded: bool) -> None:
        self._home_assistant = await HomeAssistantProcess.start(
            self._session, self._folder, self._identity.port, onboarded=onboarded
        )

    async def _wait_until_settled(self) -> None:
        """Wait until a start is over, and drop what was measured meanwhile."""
        await asyncio.sleep(SETTLING_TIME)
        await self._get("/api/loop_watch")
        self._loop_read_at = time.monotonic()

    async def _start_watching(self) -> None:
        """Watch the states, and how long after an event they change."""
        socket = await WebSocketClient.open(self._session, self._home_assistant)
        self._watcher_stack.push_async_callback(socket.close)
        self._watcher = StateWatcher(self._simulator, socket)
        self._watcher_stack.push_async_callback(self._watcher.stop)
        await self._watcher.start()

    def _describe_pushes(self) -> str:
        """Describe the pushes since the last start of Home Assistant."""
        spread, deliveries = self._watcher.delays.spread(), self._watcher.deliveries
        took = (
            f"median {spread.median:.1f} ms, p95 {spread.p95:.1f} ms, worst {spread.worst:.0f} ms of {spread.samples:,}"
            if spread
            else "none shown"
        )
        return f"{deliveries.acknowledged:,} of {deliveries.sent:,} pushes accepted, event to state {took}"

    async def kill(self) -> None:
        """Kill Home Assistant, and start it again."""
        say(f"killed at {await self.progress()} %; event loop {await self._read_loop()}; {self._describe_pushes()}")
        await self._watcher_stack.aclose()
        await self._home_assistant.child.kill()
        self._killed_at.append(time.time())
        await self._start_home_assistant(onboarded=True)
        await self._log_in()
        await self._home_assistant.wait_until_running()
        await self._home_assistant.wait_until_loaded()
        await self._wait_until_settled()
        await self._start_watching()

    async def stop(self) -> None:
        """Stop Home Assistant, so that everything is in its database."""
        await self._watcher_stack.aclose()
        await self._home_assistant.child.stop()

    async def progress(self) -> int:
        """Return the progress of the import in percent; -1 before it has started."""
        states = await self._get("/api/states")
        state = next(one["state"] for one in states if one["entity_id"].endswith("_history_import"))
        return int(state) if state.isdigit() else -1

    async def _get(self, path: str) -> Any:
        """Send a GET request to Home Assistant."""
        if time.monotonic() - self._logged_in > TOKEN_LIFETIME:
            await self._log_in()
        return await self._home_assistant.request("GET", path)

    async def _log_in(self) -> None:
        """Get a new token."""
        self._home_assistant.token = ""
        await self._home_assistant.log_in(self._identity)
        self._logged_in = time.monotonic()

    async def watch(self) -> None:
        """Watch the import to its end, and kill Home Assistant at the chosen percentages."""
        kills = sorted(self._options.kill)
        shown = -1
        while (percent := await self.progress()) < 100:
            if percent != shown and percent % 5 == 0:
                shown = percent
                say(f"{percent} %; event loop {await self._read_loop()}")
            if kills and percent >= kills[0]:
                kills.pop(0)
                await self.kill()
            self._watcher.check()
            await asyncio.sleep(CHECK_INTERVAL)
        await self._read_loop()

    async def _read_loop(self) -> LoopReport:
        """Return the blocks of the event loop so far."""
        answer, now = await self._get("/api/loop_watch"), time.monotonic()
        self._loop_report.add(answer, now - self._loop_read_at)
        self._loop_read_at = now
        return self._loop_report

    async def report(self) -> bool:
        """Print the figures of the import; return whether it kept its promises."""
        requests = await self._simulator.requests()
        reports = [one for one in requests if one["path"].endswith("reporting")]
        most = max_per_minute([one["at"] / 1000 for one in reports], self._killed_at)
        minutes = (time.time() - self.started_at) / MINUTE
        say(f"{len(reports)} reporting requests in {minutes:.1f} min, at most {most} a minute from one Home Assistant")
        say(f"answered with {dict(Counter(one['status'] for one in requests))}")
        say(polls(self._folder.log))
        say(f"event loop {self._loop_report}")
        say(self._describe_pushes())
        wrong = await self._wrong_states()
        say(f"{len(wrong)} states are wrong once nobody moves")
        for one in wrong[:10]:
            say(f"  {one}")
        return bool(most <= REQUESTS_PER_MINUTE) and not wrong

    async def _wrong_states(self) -> list[Mismatch]:
        """Let nobody move, and return the states that do not become right."""
        await self._simulator.pause()
        deadline = time.monotonic() + AGREEMENT_TIMEOUT
        while True:
            truth = await self._simulator.truth()
            wrong, _ = compare(truth, self._watcher.states, self._watcher.motion_delivered)
            if not wrong or time.monotonic() > deadline:
                return wrong
            await asyncio.sleep(CHECK_INTERVAL)

    def check(self) -> bool:
        """Compare the database with the truth; return whether every hour is right."""
        simulator = Simulator(
            self._options.rooms,
            populated=True,
            memory=Memory.load(self._simulator_state),
            activity=self._options.activity,
            fallback_timezone=TIME_ZONE,
        )
        # Catch up with the time since people began to move.
        simulator.step()
        database = Database(self._folder.path, simulator, TIME_ZONE)
        # Home Assistant recorded the counts from this hour on by itself, and of the first hour only a part.
        recorded = int(self._added_at) // HOUR * HOUR
        start = int(self.started_at) // HOUR * HOUR - self._options.days * DAY
        stop = int(time.time() - 300) // HOUR * HOUR
        silent = {
            entity_id
            for key, entity_id in self._watcher.entity_ids.items()
            if self._watcher.states.get(key) in ("unavailable", "unknown")
        }
        result = database.check(start + HOUR if stop > recorded else start, stop, recorded, silent)
        say(f"{result.compared:,} hours compared with the truth, {len(result.wrong)} of them wrong")
        say(f"the sums of {result.waiting} entities wait until these have a state")
        for line in result.wrong[:10]:
            say(f"  {line}")
        return not result.wrong


def max_per_minute(timestamps: list[float], killed_at: list[float]) -> int:
    """Return the largest number of requests in a minute that one process of Home Assistant sent.

    A process that was killed cannot tell the next one how many it has sent.
    """
    return max(
        sum(start <= timestamp < min(start + MINUTE, end) for timestamp in timestamps)
        for start in timestamps
        for end in [next((killed for killed in sorted(killed_at) if killed > start), math.inf)]
    )


def polls(log: Path) -> str:
    """Describe the polls of people since the last start of Home Assistant, by the log lines of its coordinator."""
    found = [(datetime.fromisoformat(one[1]), float(one[2]), one[3]) for one in POLL_LINE.finditer(log.read_text())]
    gaps = [(after[0] - before[0]).total_seconds() for before, after in pairwise(found)]
    failed = sum(success != "True" for _, _, success in found)
    slowest = max((seconds for _, seconds, _ in found), default=0.0)
    return f"{len(found)} polls of people, {failed} failed, {slowest:.1f} s at most, {max(gaps, default=0):.0f} s apart"


def say(text: str) -> None:
    """Print a line with the time."""
    print(time.strftime("%H:%M:%S"), text, flush=True)


async def run(options: argparse.Namespace) -> bool:
    """Import, kill and compare; return whether everything was right."""
    FOLDER.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack, aiohttp.ClientSession() as session:
        one = ImportRun(options, session, stack)
        try:
            await one.begin()
            say(f"{options.days} days of {options.rooms} rooms")
            await one.watch()
            kept = await one.report()
        finally:
            await one.stop()
        return await asyncio.get_running_loop().run_in_executor(None, one.check) and kept


def main() -> int:
    """Run with the options of the command line."""
    parser = argparse.ArgumentParser(prog="scripts/history", description=__doc__)
    parser.add_argument("--rooms", type=int, default=5, help="number of rooms (default 5)")
    parser.add_argument("--days", type=int, default=60, help="days to import (default 60)")
    parser.add_argument(
        "--activity", type=float, default=1.5, help="how fast people live, 1 being life-like (default 1.5)"
    )
    parser.add_argument("--idle", type=int, default=1, help="minutes to watch before the import (default 1)")
    parser.add_argument("--kill", type=int, nargs="*", default=[], help="percentages at which to kill Home Assistant")
    return 0 if asyncio.run(run(parser.parse_args())) else 1


if __name__ == "__main__":
    sys.exit(main())
