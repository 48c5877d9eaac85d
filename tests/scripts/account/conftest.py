"""Run the checks against a simulator with a simulated user; these tests start no Home Assistant."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
import itertools
from pathlib import Path
from typing import Any

import pytest

from scripts.lib.account.report import Report
from scripts.lib.account.run import Plan, Run, Terminal
from tests.simulator import Simulator

# Nothing listens there, so events are lost.
WEBHOOK = "http://127.0.0.1:9/butlr/private-path"


@pytest.fixture(autouse=True)
def _custom_integrations(socket_enabled: None) -> None:
    """Replace the fixture that would start Home Assistant."""


@dataclass(slots=True)
class Person:
    """A user at the terminal, and what was shown and found."""

    simulator: Simulator
    folder: Path
    answer: str = "yes"
    secret: str | None = None
    said: list[str] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)
    report: Report = field(default_factory=Report)
    listener: Callable[[str], None] = lambda text: None
    webhook: str = WEBHOOK
    listen: int | None = None
    walk: Callable[[float], Awaitable[None]] | None = None
    """Called while the run waits."""

    @property
    def path(self) -> Path:
        """Return the path of the report."""
        return self.folder / "report.json"

    async def run(self, *only: str, webhook: str | None = None) -> dict[str, str | None]:
        """Run the checks; return the readings by check."""
        simulator = self.simulator
        typed = iter([simulator.client_id, self.secret or simulator.client_secret, self.answer])

        # Every reading of this clock advances it by seconds, so that the request budget never delays a test.
        timestamps = itertools.count(0, 2)

        async def nap(seconds: float) -> None:
            self.naps.append(seconds)
            await (self.walk(seconds) if self.walk else asyncio.sleep(0))
            for _ in range(0, round(seconds), 2):
                next(timestamps)

        def say(text: str) -> None:
            self.said.append(text)
            self.listener(text)

        terminal = Terminal(say=say, ask=lambda _: next(typed), ask_secretly=lambda _: next(typed))
        plan = Plan(base_url=simulator.url, report=self.path, webhook=webhook, listen=self.listen, only=only)
        run = Run(plan, terminal, clock=timestamps.__next__, sleep=nap)
        self.report = run.report
        await run.run()
        return self.readings()

    def readings(self) -> dict[str, str | None]:
        """Return the readings found so far."""
        return {result.check.name: result.verdict.reading for result in self.report.results}

    def evidence(self, name: str) -> str:
        """Return the evidence for a reading."""
        return next(result.verdict.evidence for result in self.report.results if result.check.name == name)

    def shown(self) -> str:
        """Return everything that was shown and written."""
        written = [path.read_text() for path in self.folder.iterdir()]
        return "\n".join([*self.said, *written])


type Visit = Callable[..., Any]


@pytest.fixture
async def visit(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """Return a function that starts a simulator with some settings and a user for it."""
    running: list[Simulator] = []

    async def start(rooms: int = 5, **settings: Any) -> Person:
        simulator = Simulator(rooms, populated=True, **settings)
        running.append(simulator)
        await simulator.start()
        return Person(simulator, tmp_path)

    yield start
    for simulator in running:
        await simulator.stop()


def kinds(requests: Sequence[Any]) -> set[str]:
    """Return what the logged requests were about."""
    return {record.kind for record in requests}
