"""The demo: simulated people move, Home Assistant shows it, and at the end both are compared."""

import argparse
from contextlib import AsyncExitStack
import math
import time

import aiohttp
from rich.live import Live

from .checker import Checker, FinalCheck
from .environment import ROOT, Environment, Scenario
from .log import HomeAssistantLog, complaints, leaks
from .terminal import Terminal, milliseconds

# Seconds between two tables where the output is not a terminal.
_PLAIN_TABLE_EVERY = 10.0
# The settings of the simulator for `--unreliable`.
UNRELIABLE = {"loss": 0.3, "duplicates": 0.2, "disorder": 1.0, "disorder_delay": 0.5}


class Demo:
    """One run of the demo."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Prepare; `run` starts everything."""
        self._arguments = arguments
        self._terminal = Terminal()
        self._start = time.monotonic()
        self._set_up_seconds = 0.0

    async def run(self) -> int:
        """Start everything, show the states, stop everything, and return the exit code."""
        arguments = self._arguments
        scenario = Scenario(
            rooms=arguments.rooms,
            activity=arguments.activity,
            port=arguments.port,
            keep=arguments.keep,
            push=not arguments.without_push,
            settings={**(UNRELIABLE if arguments.unreliable else {}), **dict(arguments.reading)},
        )
        async with AsyncExitStack() as stack:
            environment = Environment(scenario, await stack.enter_async_context(aiohttp.ClientSession()))
            stack.push_async_callback(environment.close)
            with self._terminal.steps(5) as steps:
                await environment.begin(steps)
            self._set_up_seconds = time.monotonic() - self._start
            await self._show(environment)
            if arguments.seconds is None:
                return 0
            final_check = await Checker(
                environment, self._terminal, push=scenario.push, lossy=arguments.unreliable
            ).check_at_rest()
        # Home Assistant has stopped and written its log by now.
        return self._sum_up(environment, final_check)

    async def _show(self, environment: Environment) -> None:
        """Show the states until the time is over."""
        terminal, watcher = self._terminal, environment.watcher
        welcome = terminal.welcome(environment.home.url, environment.cloud.url, environment.identity)
        mode_key = next((key for key in watcher.entity_ids if key.endswith("_update_mode")), "")
        seconds = self._arguments.seconds
        end = math.inf if seconds is None else time.monotonic() + seconds

        def remaining() -> float | None:
            """Return the remaining seconds, or None without a time limit."""
            return None if seconds is None else end - time.monotonic()

        if not terminal.console.is_terminal:
            terminal.console.print(welcome)
            next_table = time.monotonic()
            while time.monotonic() < end:
                if time.monotonic() >= next_table:
                    next_table += _PLAIN_TABLE_EVERY
                    terminal.console.print(terminal.table(environment.spaces, watcher, whole=True))
                    terminal.console.print(terminal.status(watcher, watcher.states.get(mode_key), remaining()))
                await environment.wait()
            return
        with Live(console=terminal.console, auto_refresh=False) as live:
            while time.monotonic() < end:
                mode = watcher.states.get(mode_key)
                live.update(terminal.live(welcome, environment.spaces, watcher, mode, remaining()), refresh=True)
                await environment.wait()

    def _sum_up(self, environment: Environment, final_check: FinalCheck) -> int:
        """Print a summary and return the exit code."""
        watcher, unreliable = environment.watcher, self._arguments.unreliable
        records = HomeAssistantLog(environment.folder.log).read()
        faults = [str(mismatch) for mismatch in final_check.mismatches]
        faults += complaints(records) + leaks(records, environment.secrets())
        received = watcher.deliveries.acknowledged
        if not received and not self._arguments.without_push:
            faults.append("no push was received")
        if unreliable and final_check.polls > 1:
            faults.append(f"it took {final_check.polls} polls instead of one to correct everything")
        median, rest = milliseconds(watcher.delays.spread())
        rows = {
            "Home Assistant": environment.home.version,
            "Set up in": f"{self._set_up_seconds:.1f} s",
            "Rooms": str(sum(space.kind == "room" for space in environment.spaces)),
            "Entities": str(len(watcher.entity_ids)),
            "Events sent": str(watcher.deliveries.sent),
            "Pushes received": str(received),
            "Median delay, event to state": median,
            "": rest,
            "Median answer to a push": f"{latency:.1f} ms" if (latency := watcher.deliveries.latency) else "-",
            "Slowest answer to a ping": f"{watcher.slowest_ping:.0f} ms",
            "Values compared with the truth": str(final_check.compared),
            **(self._losses(environment, final_check) if unreliable else self._plain(final_check)),
            "Log": str(environment.folder.log.relative_to(ROOT)),
        }
        title = "Failed" if faults else "Everything as expected"
        self._terminal.summary(title, rows, faults, [str(item) for item in final_check.fixed_by_polls])
        return 1 if faults else 0

    @staticmethod
    def _plain(final_check: FinalCheck) -> dict[str, str]:
        """Return the results with a reliable cloud."""
        return {
            "Mismatches": str(len(final_check.mismatches)),
            "Corrected by a poll": str(len(final_check.fixed_by_polls)),
        }

    @staticmethod
    def _losses(environment: Environment, final_check: FinalCheck) -> dict[str, str]:
        """Return what an unreliable cloud did, and the results."""
        deliveries = environment.watcher.deliveries
        # Events that were sent twice count twice in `sent`.
        events = deliveries.lost + deliveries.sent - deliveries.duplicated
        polls = "one poll" if final_check.polls == 1 else f"{final_check.polls} polls"
        return {
            "Events": str(events),
            "Lost": _share(deliveries.lost, events),
            "Sent twice": _share(deliveries.duplicated, events - deliveries.lost),
            "Delayed, overtaken by others": _share(deliveries.held_back, events - deliveries.lost),
            "Mismatches before the poll": str(len(final_check.before)),
            "Mismatches after it": f"{len(final_check.mismatches)}, after {polls} and {final_check.seconds:.1f} s",
            "Motion whose events were lost": str(len(final_check.motion)),
        }


def _share(part: int, whole: int) -> str:
    """Return a number and its share of the whole."""
    return f"{part} ({100 * part / whole:.0f} %)" if whole else str(part)
