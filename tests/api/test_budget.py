"""Polls go first in the budget of reporting requests, and everything else gets its share."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from custom_components.butlr.api import budget as budget_module
from custom_components.butlr.api.budget import (
    BACKGROUND_BURST,
    BACKGROUND_BURST_PERIOD,
    BACKGROUND_REQUESTS_PER_MINUTE,
    REQUESTS_PER_MINUTE,
    Budget,
)
from custom_components.butlr.api.client import MAX_BACKGROUND_REQUESTS, ButlrClient

from .cloud import REPORTING, Asked, Clock, Cloud, Reply


class Sleeper:
    """Simulated time: whoever wakes first advances the clock."""

    def __init__(self, clock: Clock) -> None:
        """Begin with no sleeping task."""
        self._clock = clock
        self._waking: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        """Sleep until the clock has advanced."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waking.append((self._clock.now + seconds, future))
        await future

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, waking tasks in order."""
        end = self._clock.now + seconds
        while True:
            for _ in range(300):
                await asyncio.sleep(0)
            self._waking.sort(key=lambda one: one[0])
            if not self._waking or self._waking[0][0] > end:
                break
            self._clock.now, future = self._waking.pop(0)
            future.set_result(None)
        self._clock.now = end


class Spender:
    """Spends a budget and records when."""

    def __init__(self, clock: Clock) -> None:
        """Begin with a full budget."""
        self._clock = clock
        self.budget = Budget(clock)
        self.polls: list[float] = []
        self.others: list[float] = []
        self._tasks: list[asyncio.Task[None]] = []

    def want(self, count: int, *, background: bool = False) -> None:
        """Request to spend some of the budget now."""
        self._tasks += [asyncio.create_task(self._spend(background=background)) for _ in range(count)]

    async def _spend(self, *, background: bool) -> None:
        await self.budget.spend(background=background)
        (self.others if background else self.polls).append(self._clock.now)

    def most_in_a_minute(self) -> int:
        """Return the most requests that were sent within any minute."""
        sent = sorted(self.polls + self.others)
        return max(sum(timestamp <= later < timestamp + 60 for later in sent) for timestamp in sent)

    def stop(self) -> None:
        """Cancel what is still waiting."""
        for task in self._tasks:
            task.cancel()


@pytest.fixture
def sleeper(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Sleeper:
    """Let the budget sleep in simulated time."""
    sleeper = Sleeper(clock)
    monkeypatch.setattr(
        budget_module, "asyncio", SimpleNamespace(sleep=sleeper.sleep, Lock=asyncio.Lock, Event=asyncio.Event)
    )
    return sleeper


@pytest.fixture
async def spender(clock: Clock, sleeper: Sleeper) -> AsyncIterator[Spender]:
    """Return a budget and its spender."""
    spender = Spender(clock)
    yield spender
    spender.stop()


async def test_background_leaves_half(spender: Spender, sleeper: Sleeper) -> None:
    """A backlog gets half of each minute in small bursts, and a poll in the middle does not wait."""
    spender.want(200, background=True)
    await sleeper.pass_time(1)
    assert len(spender.others) == BACKGROUND_BURST == 5
    await sleeper.pass_time(58)
    assert len(spender.others) == BACKGROUND_REQUESTS_PER_MINUTE == 20
    spender.want(20)
    await sleeper.pass_time(1)
    assert len(spender.polls) == 20


async def test_polls_never_queue_behind_a_backlog(spender: Spender, sleeper: Sleeper, clock: Clock) -> None:
    """Polls of twenty requests a minute are as fast as without a backlog, which gets the rest."""
    spender.want(1000, background=True)
    await sleeper.pass_time(300)
    for _ in range(10):
        spender.want(20)
        await sleeper.pass_time(60)
        assert spender.polls[-20:] == [clock.now - 60] * 20
    assert len(spender.polls) == 200
    assert spender.most_in_a_minute() <= REQUESTS_PER_MINUTE
    assert len(spender.others) > 100


async def test_background_is_not_starved(spender: Spender, sleeper: Sleeper, clock: Clock) -> None:
    """Polls that use more than half of every minute are not delayed, and the background still gets a little."""
    spender.want(100, background=True)
    for _ in range(10):
        spender.want(34)
        await sleeper.pass_time(60)
        assert spender.polls[-34:] == [clock.now - 60] * 34
    assert len(spender.polls) == 340
    assert 600 / BACKGROUND_BURST_PERIOD <= len(spender.others) <= 2 * 600 / BACKGROUND_BURST_PERIOD
    assert spender.most_in_a_minute() <= REQUESTS_PER_MINUTE
    assert spender.most_in_a_minute() <= REQUESTS_PER_MINUTE


async def test_nothing_comes_before_a_poll_that_waits(spender: Spender, sleeper: Sleeper) -> None:
    """While polls need more than the budget, the background gets nothing."""
    spender.want(200)
    await sleeper.pass_time(1)
    spender.want(10, background=True)
    await sleeper.pass_time(238)
    assert (len(spender.polls), len(spender.others)) == (160, 0)
    await sleeper.pass_time(180)
    assert (len(spender.polls), len(spender.others)) == (200, 10)
    assert min(spender.others) >= max(spender.polls)
    assert spender.most_in_a_minute() <= REQUESTS_PER_MINUTE


async def test_slow_answers_leave_connections(cloud: Cloud, client: ButlrClient) -> None:
    """Slow answers to background requests do not keep a poll from being sent."""
    answered = asyncio.Event()

    async def slowly(asked: Asked) -> Reply:
        if asked.body["large"]:
            await answered.wait()
        return Reply(body={"data": []})

    cloud.always(REPORTING, slowly)
    large = [asyncio.create_task(client.report({"large": True}, background=True)) for _ in range(BACKGROUND_BURST)]
    await asyncio.sleep(0.1)
    assert len(cloud.at(REPORTING)) == MAX_BACKGROUND_REQUESTS
    await asyncio.gather(*(client.report({"large": False}) for _ in range(10)))
    answered.set()
    await asyncio.gather(*large)


async def test_background_waits_for_a_poll_at_work(spender: Spender, sleeper: Sleeper) -> None:
    """A poll sends its requests one by one; until it has finished, its room is not used."""
    with spender.budget.polling():
        spender.want(5, background=True)
        for _ in range(10):
            spender.want(3)
            await sleeper.pass_time(2)
        assert (len(spender.polls), spender.others) == (30, [])
    await sleeper.pass_time(45)
    # The polls used more than half of the minute, so one background request is sent per period.
    assert spender.others == [1020, 1035, 1050, 1065]


async def test_background_does_not_wait_for_ever(spender: Spender, sleeper: Sleeper) -> None:
    """If some poll is always running, one background request a minute is still sent."""
    with spender.budget.polling(), spender.budget.polling():
        spender.want(20, background=True)
        for _ in range(60):
            spender.want(1)
            await sleeper.pass_time(10)
        assert len(spender.others) == 9
    await sleeper.pass_time(31)
    assert len(spender.others) > 10
