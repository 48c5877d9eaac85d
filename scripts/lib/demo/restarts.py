"""Restart Home Assistant, the cloud or both during operation, and check how they recover."""

import argparse
import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
import random
import time

import aiohttp

from .checker import Checker, FinalCheck, Recovery
from .environment import ROOT, Environment, Scenario
from .log import HomeAssistantLog, Record, complaints, leaks
from .mismatches import UNAVAILABLE, find_unavailable
from .terminal import Steps, Terminal

# The time between two restarts, in seconds.
_PAUSE = (1.0, 5.0)
# How long the subscription and the first push after it may take, in seconds.
_SUBSCRIBED_WITHIN = 90.0
_PUSHED_WITHIN = 30.0
# How many lines the integration may log at INFO and above for one restart.
_MAX_LINES = 10


@dataclass(frozen=True, slots=True)
class Kill:
    """Which processes are ended, and how."""

    what: str
    home: str = ""
    """SIGTERM or SIGKILL; empty if Home Assistant keeps running."""
    cloud: bool = False
    late: bool = False
    """Restart the cloud only after Home Assistant has failed to reach it."""


KILLS = (
    Kill("Home Assistant (SIGTERM)", home="SIGTERM"),
    Kill("the cloud (SIGKILL)", cloud=True),
    Kill("both (SIGTERM, SIGKILL)", home="SIGTERM", cloud=True),
    Kill("Home Assistant (SIGKILL)", home="SIGKILL"),
    Kill("the cloud (SIGKILL)", cloud=True),
    Kill("both (SIGKILL), the cloud last", home="SIGKILL", cloud=True, late=True),
)


@dataclass(slots=True)
class Outcome:
    """The result of one restart. Times are in seconds since the end of the processes; None = not in time."""

    kill: Kill
    forgotten: bool
    """The cloud has lost its subscriptions."""
    expected: int
    """How many subscriptions there were before: one per webhook at the cloud."""
    loaded: float = 0.0
    """When everything ran again and the integration was loaded."""
    subscribed: float | None = None
    subscriptions: set[int] = field(default_factory=set)
    """The numbers of subscriptions that were seen once there should have been enough."""
    pushed: float | None = None
    recovery: Recovery = field(default_factory=lambda: Recovery([], [], 0, 0.0))
    unavailable: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """Return how many records the integration logged at INFO and above."""
        return sum(record.is_visible for record in self.records)

    @property
    def warnings(self) -> int:
        """Return how many warnings and errors there were by or about the integration."""
        return sum(record.is_complaint for record in self.records)

    def find_violations(self) -> list[str]:
        """Return the promises that were broken."""
        found = [f"still wrong after {self.recovery.polls} polls: {item}" for item in self.recovery.wrong]
        if self.subscriptions != {self.expected}:
            seen = ", ".join(map(str, sorted(self.subscriptions)))
            found.append(f"{seen} subscriptions within {_SUBSCRIBED_WITHIN:.0f} s instead of {self.expected}")
        elif self.pushed is None:
            found.append(f"no push within {_PUSHED_WITHIN:.0f} s")
        found += [f"still unavailable: {key}" for key in self.unavailable]
        if self.lines > _MAX_LINES:
            found.append(f"{self.lines} lines in the log at INFO or above")
        # The loss of the cloud may be logged once.
        if self.warnings > self.kill.cloud:
            found += complaints(self.records)
        return found

    def details(self) -> str:
        """Return a summary in one line."""
        wrong = f"wrong {len(self.recovery.before)} → {len(self.recovery.wrong)}"
        wrong += f" after {self.recovery.polls} poll{'s' if self.recovery.polls > 1 else ''}"
        return " · ".join(
            (
                f"loaded {self.loaded:.1f} s",
                f"subscriptions {'/'.join(map(str, sorted(self.subscriptions)))} at {_seconds(self.subscribed)}",
                f"push {_seconds(self.pushed)}",
                f"{wrong} ({self.recovery.seconds:.1f} s)",
                f"unavailable {len(self.unavailable)}",
                f"log {self.lines}, {self.warnings} of them warnings",
            )
        )


class Restarts:
    """A run with restarts."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Prepare; `run` starts everything."""
        self._arguments = arguments
        self._terminal = Terminal()
        self._rng = random.Random()
        self._log: HomeAssistantLog
        self._records: list[Record] = []
        self._outcomes: list[Outcome] = []
        self._expected = 0

    async def run(self) -> int:
        """Start everything, restart it as often as requested, compare, and return the exit code."""
        arguments = self._arguments
        scenario = Scenario(
            rooms=arguments.rooms,
            activity=arguments.activity,
            port=arguments.port,
            persistent=True,
            settings=dict(arguments.reading),
        )
        async with AsyncExitStack() as stack:
            environment = Environment(scenario, await stack.enter_async_context(aiohttp.ClientSession()))
            stack.push_async_callback(environment.close)
            self._log = HomeAssistantLog(environment.folder.log)
            checker = Checker(environment, self._terminal, lossy=True)
            with self._terminal.steps(6 + arguments.restarts) as steps:
                await environment.begin(steps)
                with steps.step("Waiting until everything is on disk"):
                    await environment.wait_until_written()
                self._expected = len(await environment.cloud.subscriptions())
                usual = {key for key, state in environment.watcher.states.items() if state == UNAVAILABLE}
                for number in range(arguments.restarts):
                    await self._restart(environment, checker, steps, number, usual)
            final_check = await checker.check_at_rest()
        self._records += self._log.read()
        return self._sum_up(environment, final_check)

    async def _restart(
        self, environment: Environment, checker: Checker, steps: Steps, number: int, usual: set[str]
    ) -> None:
        """End processes, restart them, and check the recovery."""
        kill = KILLS[number % len(KILLS)]
        clouds = sum(outcome.kill.cloud for outcome in self._outcomes)
        outcome = Outcome(kill, self._arguments.forgetful and kill.cloud and clouds % 2 == 0, self._expected)
        title = f"{number + 1:2d}/{self._arguments.restarts} {kill.what}{', forgetful' if outcome.forgotten else ''}"
        steps.begin(title)
        await environment.wait(self._rng.uniform(*_PAUSE))
        self._records += self._log.read()
        await environment.stop_watching()
        ended = time.monotonic()
        await self._end(environment, outcome)
        await self._start(environment, kill, outcome)
        await environment.home.wait_until_loaded()
        outcome.loaded = time.monotonic() - ended
        await environment.watch()
        await self._wait_for_subscription(environment, outcome, ended)
        await self._wait_for_push(environment, outcome, ended)
        outcome.recovery = await checker.check_recovery()
        outcome.unavailable = find_unavailable(await environment.cloud.truth(), environment.watcher.states, usual)
        outcome.subscriptions.add(len(await environment.cloud.subscriptions()))
        outcome.records += self._log.read()
        self._records += outcome.records
        self._outcomes.append(outcome)
        steps.finish(title, outcome.details(), good=not outcome.find_violations())

    async def _end(self, environment: Environment, outcome: Outcome) -> None:
        """End the processes, all at the same time."""
        kill = outcome.kill
        ends: list[Awaitable[None]] = []
        if kill.home:
            ends.append(environment.home.child.kill() if kill.home == "SIGKILL" else environment.home.child.stop())
        if kill.cloud:
            ends.append(environment.cloud.child.kill())
        await asyncio.gather(*ends)
        if outcome.forgotten:
            environment.options.forget_subscriptions()
        if kill.home:
            await environment.socket.close()
            outcome.records += self._log.read()
            self._log.start_over()
        else:
            # Home Assistant notices the loss.
            await environment.request_poll()

    @staticmethod
    async def _start(environment: Environment, kill: Kill, outcome: Outcome) -> None:
        """Restart the processes that were ended."""
        if kill.late:
            await environment.start_home()
            await environment.home.wait_until("setup_retry")
            await environment.start_cloud()
        else:
            starts = [environment.start_home()] if kill.home else []
            await asyncio.gather(*starts, *([environment.start_cloud()] if kill.cloud else []))

    @staticmethod
    async def _wait_for_subscription(environment: Environment, outcome: Outcome, ended: float) -> None:
        """Wait until there are as many subscriptions as before."""
        deadline = time.monotonic() + _SUBSCRIBED_WITHIN
        while (number := len(await environment.cloud.subscriptions())) < outcome.expected:
            if time.monotonic() > deadline:
                break
            await environment.wait()
        else:
            outcome.subscribed = time.monotonic() - ended
        outcome.subscriptions.add(number)

    @staticmethod
    async def _wait_for_push(environment: Environment, outcome: Outcome, ended: float) -> None:
        """Wait until Home Assistant has received an event."""
        if outcome.subscribed is None:
            return
        before = 0 if outcome.kill.cloud else (await environment.cloud.deliveries()).acknowledged
        deadline = time.monotonic() + _PUSHED_WITHIN
        while (await environment.cloud.deliveries()).acknowledged <= before:
            if time.monotonic() > deadline:
                return
            await environment.wait()
        outcome.pushed = time.monotonic() - ended

    def _sum_up(self, environment: Environment, final_check: FinalCheck) -> int:
        """Print a summary and return the exit code."""
        outcomes = self._outcomes
        faults = [
            f"restart {number}: {text}" for number, one in enumerate(outcomes, 1) for text in one.find_violations()
        ]
        faults += [f"at the end: {mismatch}" for mismatch in final_check.mismatches]
        unregistered = [record for record in self._records if record.is_unregistered]
        faults += leaks((record for record in self._records if not record.is_unregistered), environment.secrets())
        polls = "one poll" if final_check.polls == 1 else f"{final_check.polls} polls"
        immediately = sum(one.recovery.polls == 1 and not one.recovery.wrong for one in outcomes)
        in_time = sum(one.recovery.polls == 2 and not one.recovery.wrong for one in outcomes)
        rows = {
            "Home Assistant": environment.home.version,
            "Rooms": str(sum(space.kind == "room" for space in environment.spaces)),
            "Restarts": f"{len(outcomes)} ({sum(bool(one.kill.home) for one in outcomes)} of Home Assistant, "
            f"{sum(one.kill.cloud for one in outcomes)} of the cloud, "
            f"{sum(one.forgotten for one in outcomes)} of these forgetful)",
            "Loaded again, at most": f"{max(one.loaded for one in outcomes):.1f} s",
            "Same number of subscriptions": f"{sum(one.subscriptions == {one.expected} for one in outcomes)} "
            f"of {len(outcomes)}, "
            f"at most after {max((one.subscribed or 0.0) for one in outcomes):.1f} s",
            "A push after it": f"{sum(one.pushed is not None for one in outcomes)}, "
            f"at most after {max((one.pushed or 0.0) for one in outcomes):.1f} s",
            "Pushes before the webhook was registered": str(len(unregistered)),
            "Mismatches before a poll": str(sum(len(one.recovery.before) for one in outcomes)),
            "No mismatch after the first poll": f"{immediately} of {len(outcomes)}",
            "Only after the poll of the next minute": str(in_time),
            "Entities left unavailable": str(sum(len(one.unavailable) for one in outcomes)),
            "Log lines per restart, at most": str(max(one.lines for one in outcomes)),
            "Warnings in total": str(sum(one.warnings for one in outcomes)),
            "Values compared at the end": str(final_check.compared),
            "Mismatches at the end": f"{len(final_check.mismatches)}, after {polls}",
            "Log": str(environment.folder.log.relative_to(ROOT)),
        }
        notes = [str(item) for item in final_check.fixed_by_polls]
        self._terminal.summary("Failed" if faults else "Everything as expected", rows, faults, notes)
        return 1 if faults else 0


def _seconds(value: float | None) -> str:
    """Return a duration as text."""
    return "never" if value is None else f"{value:.1f} s"
