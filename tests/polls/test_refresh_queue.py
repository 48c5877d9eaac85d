"""Requested refreshes: one runs, one waits, and every request is answered by a refresh that started after it."""

import asyncio
from collections.abc import Coroutine
import random
from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.butlr import coordinator as rounds_module
from custom_components.butlr.coordinator import MAX_REFRESH_BURST, REFRESH_PACE, RefreshQueue


class Clock:
    """A virtual clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Start at zero."""
        self.now = 100.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        loop = SimpleNamespace(time=lambda: self.now, create_future=lambda: asyncio.get_running_loop().create_future())
        patched = SimpleNamespace(
            sleep=self.sleep, get_running_loop=lambda: loop, shield=asyncio.shield, Future=asyncio.Future
        )
        monkeypatch.setattr(rounds_module, "asyncio", patched)

    async def sleep(self, seconds: float) -> None:
        """Sleep in virtual time."""
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


class Refresh:
    """A refresh of two seconds that succeeds unless the test says otherwise."""

    def __init__(self, clock: Clock) -> None:
        """Start without refreshes."""
        self.clock = clock
        self.started_at: list[float] = []
        self.succeeds = True
        self.task: asyncio.Task[None] | None = None
        self.queue = RefreshQueue(self._refresh, self._start_task)

    async def _refresh(self) -> bool:
        self.started_at.append(self.clock.now)
        succeeded = self.succeeds
        await self.clock.sleep(2.0)
        return succeeded

    def _start_task(self, refreshes: Coroutine[Any, Any, None]) -> None:
        self.task = asyncio.ensure_future(refreshes)

    async def request(self) -> tuple[float, float, bool]:
        """Request a refresh; return when it was requested, when it was answered, and whether it succeeded."""
        requested_at = self.clock.now
        succeeded = await self.queue.request()
        return requested_at, self.clock.now, succeeded


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a clock."""
    return Clock(monkeypatch)


@pytest.fixture
def refresh(clock: Clock) -> Refresh:
    """Return a refresh."""
    return Refresh(clock)


async def test_simultaneous_requests_share_a_refresh(clock: Clock, refresh: Refresh) -> None:
    """A hundred simultaneous requests share one refresh, and a hundred requests during it share the next."""
    first = [asyncio.create_task(refresh.request()) for _ in range(100)]
    await clock.run(1)
    second = [asyncio.create_task(refresh.request()) for _ in range(100)]
    await clock.run(10)
    assert refresh.started_at == [100, 102]
    assert {task.result() for task in first} == {(100, 102, True)}
    assert {task.result() for task in second} == {(101, 104, True)}


async def test_many_requests(clock: Clock, refresh: Refresh) -> None:
    """Sixty requests in a minute cause a few refreshes in a row, then paced ones. Each answers earlier requests."""
    rng = random.Random(5)
    tasks = []
    for _ in range(600):
        tasks.append(asyncio.create_task(refresh.request()))
        await clock.run(rng.uniform(0, 2))
    await clock.run(200)
    started_at = refresh.started_at
    for start in started_at:
        assert sum(start <= timestamp < start + 60 for timestamp in started_at) <= MAX_REFRESH_BURST + 60 / REFRESH_PACE
    assert len(started_at) > 600 / REFRESH_PACE - MAX_REFRESH_BURST
    for task in tasks:
        requested_at, answered_at, succeeded = task.result()
        assert succeeded
        assert any(requested_at <= timestamp <= answered_at - 2 for timestamp in started_at)
        assert answered_at - requested_at <= REFRESH_PACE * MAX_REFRESH_BURST + 4


async def test_a_failure_is_returned_to_its_requests(clock: Clock, refresh: Refresh) -> None:
    """A failed refresh returns False to the requests that shared it, and to no other."""
    refresh.succeeds = False
    first = [asyncio.create_task(refresh.request()) for _ in range(3)]
    await clock.run(1)
    refresh.succeeds = True
    second = [asyncio.create_task(refresh.request()) for _ in range(3)]
    await clock.run(10)
    assert [task.result()[2] for task in first] == [False] * 3
    assert [task.result()[2] for task in second] == [True] * 3


async def test_a_canceled_request(clock: Clock, refresh: Refresh) -> None:
    """Canceling one request does not cancel the others."""
    first, second = asyncio.create_task(refresh.request()), asyncio.create_task(refresh.request())
    await clock.run(1)
    first.cancel()
    await clock.run(10)
    assert second.result()[2]


@pytest.mark.parametrize("running", [False, True])
async def test_a_canceled_task_answers_every_request(clock: Clock, refresh: Refresh, running: bool) -> None:
    """If the task ends early, waiting requests return False, and later requests work."""
    tasks = [asyncio.create_task(refresh.request())]
    await clock.run(1 if running else 0)
    tasks.append(asyncio.create_task(refresh.request()))
    await clock.run(0)
    assert refresh.task
    refresh.task.cancel()
    await clock.run(1)
    assert [task.result()[2] for task in tasks] == [False, False]
    later = asyncio.create_task(refresh.request())
    await clock.run(10)
    assert later.result()[2]
