"""Rounds: one runs, one waits, the rest have joined, and each is answered by one that began when it asked, or later."""

import asyncio
from collections.abc import Coroutine
import random
from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.butlr import coordinator as rounds_module
from custom_components.butlr.coordinator import MAX_REFRESH_BURST, REFRESH_PACE, RefreshQueue


class Clock:
    """A clock of its own, in which rounds take a while."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand still."""
        self.now = 100.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        loop = SimpleNamespace(time=lambda: self.now, create_future=lambda: asyncio.get_running_loop().create_future())
        patched = SimpleNamespace(
            sleep=self.sleep, get_running_loop=lambda: loop, shield=asyncio.shield, Future=asyncio.Future
        )
        monkeypatch.setattr(rounds_module, "asyncio", patched)

    async def sleep(self, seconds: float) -> None:
        """Sleep in this time; for no time at all, as ever."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, future))
        await future

    async def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            self._sleepers.sort(key=lambda one: one[0])
            if not self._sleepers or self._sleepers[0][0] > end:
                break
            self.now, future = self._sleepers.pop(0)
            if not future.done():
                future.set_result(None)
        self.now = end


class Round:
    """What is done in rounds: it takes two seconds, and goes well unless told otherwise."""

    def __init__(self, clock: Clock) -> None:
        """Begin with none."""
        self.clock = clock
        self.begun: list[float] = []
        self.goes_well = True
        self.task: asyncio.Task[None] | None = None
        self.rounds = RefreshQueue(self._run, self._begin)

    async def _run(self) -> bool:
        self.begun.append(self.clock.now)
        well = self.goes_well
        await self.clock.sleep(2.0)
        return well

    def _begin(self, going: Coroutine[Any, Any, None]) -> None:
        self.task = asyncio.ensure_future(going)

    async def ask(self) -> tuple[float, float, bool]:
        """Ask; return when, when the answer came, and whether all went well."""
        asked = self.clock.now
        well = await self.rounds.request()
        return asked, self.clock.now, well


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a clock."""
    return Clock(monkeypatch)


@pytest.fixture
def round_(clock: Clock) -> Round:
    """Return what is asked for."""
    return Round(clock)


async def test_one_runs_one_waits_the_rest_have_joined(clock: Clock, round_: Round) -> None:
    """A hundred that ask at once share one, and a hundred that ask meanwhile the next."""
    first = [asyncio.create_task(round_.ask()) for _ in range(100)]
    await clock.run(1)
    second = [asyncio.create_task(round_.ask()) for _ in range(100)]
    await clock.run(10)
    assert round_.begun == [100, 102]
    assert {task.result() for task in first} == {(100, 102, True)}
    assert {task.result() for task in second} == {(101, 104, True)}


async def test_a_minute_of_impatience(clock: Clock, round_: Round) -> None:
    """Sixty in a minute: a few rounds at once, then one now and then; everybody is answered, nobody by an old one."""
    rng = random.Random(5)
    tasks = []
    for _ in range(600):
        tasks.append(asyncio.create_task(round_.ask()))
        await clock.run(rng.uniform(0, 2))
    await clock.run(200)
    begun = round_.begun
    for start in begun:
        assert sum(start <= timestamp < start + 60 for timestamp in begun) <= MAX_REFRESH_BURST + 60 / REFRESH_PACE
    assert len(begun) > 600 / REFRESH_PACE - MAX_REFRESH_BURST
    for task in tasks:
        asked, answered, well = task.result()
        assert well
        assert any(asked <= timestamp <= answered - 2 for timestamp in begun)
        assert answered - asked <= REFRESH_PACE * MAX_REFRESH_BURST + 4


async def test_what_went_wrong_is_told_to_those_who_shared_it(clock: Clock, round_: Round) -> None:
    """And to nobody else."""
    round_.goes_well = False
    first = [asyncio.create_task(round_.ask()) for _ in range(3)]
    await clock.run(1)
    round_.goes_well = True
    second = [asyncio.create_task(round_.ask()) for _ in range(3)]
    await clock.run(10)
    assert [task.result()[2] for task in first] == [False] * 3
    assert [task.result()[2] for task in second] == [True] * 3


async def test_whoever_gives_up_takes_nobody_along(clock: Clock, round_: Round) -> None:
    """The others are answered all the same."""
    first, second = asyncio.create_task(round_.ask()), asyncio.create_task(round_.ask())
    await clock.run(1)
    first.cancel()
    await clock.run(10)
    assert second.result()[2]


@pytest.mark.parametrize("running", [False, True])
async def test_an_early_end_answers_everybody(clock: Clock, round_: Round, running: bool) -> None:
    """Where what runs is ended, those who wait are told that it did not go well, and whoever comes later can ask."""
    tasks = [asyncio.create_task(round_.ask())]
    await clock.run(1 if running else 0)
    tasks.append(asyncio.create_task(round_.ask()))
    await clock.run(0)
    assert round_.task
    round_.task.cancel()
    await clock.run(1)
    assert [task.result()[2] for task in tasks] == [False, False]
    later = asyncio.create_task(round_.ask())
    await clock.run(10)
    assert later.result()[2]
