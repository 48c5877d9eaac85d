"""People counts of a large estate come first, at any hour and under any limit. The tests use virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
import contextlib
from datetime import datetime
import heapq
from itertools import pairwise
import json
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import aiohttp
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api import budget as budget_module
from custom_components.butlr.api.budget import REQUESTS_PER_MINUTE
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.estate import Estate
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.coordinator import Failures, PollContext
from custom_components.butlr.live.live import Live
from custom_components.butlr.live.push_health import PushHealth
from custom_components.butlr.live.space import SpaceState
from custom_components.butlr.polls import traffic as traffic_module
from custom_components.butlr.polls.occupancy import OccupancyCoordinator
from custom_components.butlr.polls.traffic import TrafficCoordinator
from tests.simulator import Simulator
from tests.simulator.questions import read_question

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
# Response time of the cloud, in seconds.
LATENCY = 0.2
PER_THOUSAND_ROOMS = 15.0


class VirtualTime:
    """Time that passes only while all tasks wait."""

    def __init__(self, now: float) -> None:
        """Start at a timestamp."""
        self.now = now
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = 0

    def __call__(self) -> float:
        """Return the current time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Sleep in virtual time."""
        self._number += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, self._number, future))
        await future

    async def wait(self, tasks: Iterable[asyncio.Task[None]], timeout: float) -> tuple[set[asyncio.Task[None]], None]:  # noqa: ASYNC109 - as in asyncio
        """Wait for tasks, for at most `timeout` seconds."""
        end = asyncio.ensure_future(self.sleep(timeout))
        await asyncio.wait({*tasks, end}, return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        return {task for task in tasks if task.done()}, None

    async def run(self, seconds: float, look: Callable[[], bool]) -> None:
        """Let time pass until a condition is met."""
        end = self.now + seconds
        while True:
            for _ in range(30):
                await asyncio.sleep(0)
            if look() or not self._sleepers or self._sleepers[0][0] > end:
                return
            self.now, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)


def virtual_asyncio(time: VirtualTime) -> SimpleNamespace:
    """Return a replacement for the asyncio functions that the budget uses, in virtual time."""
    return SimpleNamespace(
        sleep=time.sleep, Lock=asyncio.Lock, Event=asyncio.Event, timeout=lambda _: contextlib.nullcontext()
    )


class Cloud:
    """A simulated cloud that answers without a network, and the polls of an estate in it."""

    def __init__(self, time: VirtualTime, simulator: Simulator, client: ButlrClient) -> None:
        """Connect a client to the simulator."""
        self.time = time
        self.simulator = simulator
        self.client = client
        self.asked: list[tuple[float, str, float]] = []
        self.live = Live(time)
        self.estate: Estate
        self.occupancy: OccupancyCoordinator
        self.traffic: TrafficCoordinator

    async def answer(self, path: str, body: dict[str, Any], *_: object) -> Any:
        """Answer after the response time."""
        async with self.client._slots:
            await self.time.sleep(LATENCY)
            if path.endswith("graphql"):
                return json.loads(self.simulator.graphql.answer(body)[1])
            question = read_question(body, self.simulator.now())
            hours = (question.stop - question.start) / 3_600_000
            self.asked.append((self.time.now, question.measurements[0], hours))
            return json.loads(json.dumps(self.simulator.reporting.answer(question)))

    async def begin(self, hass: HomeAssistant) -> None:
        """Read the estate, and prepare the polls."""
        reading = asyncio.ensure_future(fetch_estate(self.client))
        while not reading.done():
            await self.time.run(60, reading.done)
            # Answers are parsed in another thread.
            await asyncio.sleep(0.01)
        self.estate = reading.result()
        self.estate.index()
        zones = {site.id: ZoneInfo(site.time_zone) for site in self.estate.sites.values() if site.time_zone}
        self.live.set_estate(self.estate, zones, COPENHAGEN)
        entry = MockConfigEntry()
        estate: Any = SimpleNamespace(data=self.estate, succeeded_at=self.time.now)
        context = PollContext(
            hass=hass, entry=entry, client=self.client, live=self.live, failures=Failures(hass, entry)
        )
        push_health = PushHealth(self.time)
        self.occupancy = OccupancyCoordinator(context, estate, push_health)
        self.traffic = TrafficCoordinator(context, estate, push_health)

    async def poll(self, poll: OccupancyCoordinator | TrafficCoordinator) -> None:
        """Poll repeatedly."""
        while True:
            await poll._fetch()
            await self.time.sleep(poll.default_interval.total_seconds())

    def unknown(self, figure: str, spaces: Iterable[str]) -> list[str]:
        """Return the spaces whose field is unknown."""
        shown: Callable[[SpaceState], Any] = lambda state: getattr(state, figure)  # noqa: E731
        return [space_id for space_id in spaces if shown(self.live.state(space_id)) is None]


@pytest.fixture
async def cloud(
    hass: HomeAssistant, rooms: int, at: str, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cloud]:
    """Return a cloud with an estate of `rooms` rooms, at a time of day in Copenhagen."""
    time = VirtualTime(datetime.fromisoformat(f"2026-03-10T{at}:00").replace(tzinfo=COPENHAGEN).timestamp())
    monkeypatch.setattr(Simulator, "now", lambda self: round(time.now * 1000))
    monkeypatch.setattr(budget_module, "asyncio", virtual_asyncio(time))
    monkeypatch.setattr(traffic_module, "asyncio", SimpleNamespace(wait=time.wait))
    simulator = Simulator(rooms=rooms, populated=True, fallback_timezone=str(COPENHAGEN), **settings)
    session: Any = SimpleNamespace(spec=aiohttp.ClientSession)
    client = ButlrClient(session, "id", "secret", "http://cloud.invalid", clock=time)
    cloud = Cloud(time, simulator, client)
    with patch.object(client, "_post", cloud.answer), patch.object(client, "now", time):
        await cloud.begin(hass)
        yield cloud


LIMITED: dict[str, Any] = {"limit_counts": "hours"}
# How strict the cloud is, and when. Totals take most requests late in the day; at midnight they take none.
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "late": ({}, "23:30"),
    "in the morning": ({}, "08:30"),
    "after midnight": ({}, "00:10"),
    "at midnight": ({}, "00:00"),
    "late, 160 hours": (LIMITED, "23:30"),
    "after midnight, 160 hours": (LIMITED, "00:10"),
    "late, 60 hours": (LIMITED | {"processing_limit": 60}, "23:30"),
    "in the morning, 30 hours": (LIMITED | {"processing_limit": 30}, "08:30"),
    "late, 30 hours": (LIMITED | {"processing_limit": 30}, "23:30"),
}
# Two polls of traffic and ten of people; under the strictest limit, an hour is enough to request every day once.
AT_LEAST = 620.0
AT_MOST = 3600.0


@pytest.mark.parametrize(("settings", "at"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("rooms", [1000])
async def test_people_come_before_totals(cloud: Cloud, settings: dict[str, Any], rooms: int, at: str) -> None:
    """All people counts are known before the totals, and finally all values are right."""
    truth = cloud.simulator.truth()["spaces"]
    mine = [one for one in cloud.estate.spaces if one in truth and truth[one]["available"]]
    sensed = [one for one in mine if truth[one]["occupied"] is not None and one not in cloud.estate.buildings]
    doors = [one for one in mine if truth[one]["entries_today"] is not None]
    assert len(sensed) > rooms
    assert len(doors) > rooms / 10
    begun, known = cloud.time.now, {"occupied": -1.0, "entries": -1.0}

    def look() -> bool:
        cloud.live.tick()
        for figure, spaces in (("occupied", sensed), ("entries", doors)):
            if known[figure] < 0 and not cloud.unknown(figure, spaces):
                known[figure] = cloud.time.now - begun
        return min(known.values()) >= 0 and cloud.time.now - begun > AT_LEAST

    tasks = [asyncio.ensure_future(cloud.poll(poll)) for poll in (cloud.occupancy, cloud.traffic)]
    await cloud.time.run(AT_MOST, look)
    for task in tasks:
        assert not task.done() or task.result() is None
        task.cancel()
    # A cloud that is stricter than documented may take more requests for spaces without crossings.
    patience = 1.0 if settings.get("processing_limit", 160) == 160 else 5.0
    assert 0 <= known["occupied"] <= patience * PER_THOUSAND_ROOMS * rooms / 1000
    # In the first minute of a day the totals are zero without a request.
    assert known["entries"] >= known["occupied"] or at == "00:00"
    # Requests stay within the budget, and people are polled every minute.
    timestamps = [timestamp for timestamp, _, _ in cloud.asked]
    assert (
        max(sum(start <= timestamp < start + 59 for timestamp in timestamps) for start in timestamps)
        <= REQUESTS_PER_MINUTE + 4
    )
    asked = [timestamp for timestamp, kind, _ in cloud.asked if kind == "floor_occupancy"]
    assert max(later - earlier for earlier, later in pairwise(asked)) < 125
    # No value expired and no person moved, so values are unchanged unless a day has ended.
    assert cloud.unknown("occupied", sensed) == []
    shown = {one: cloud.live.state(one) for one in doors}
    yesterday = {one for one in doors if shown[one].day != cloud.live.day(one)[0]}
    ended = cloud.simulator.truth()["spaces"]
    assert [one for one in doors if shown[one].entries != ended[one]["entries_today"] and one not in yesterday] == []


@pytest.mark.parametrize("settings", [{"limit_counts": "hours"}], ids=["160 hours"])
@pytest.mark.parametrize("at", ["23:30"])
@pytest.mark.parametrize("rooms", [5000])
async def test_the_largest_estate(cloud: Cloud, rooms: int) -> None:
    """Late in the evening, when totals take most requests, the time per room does not grow."""
    truth = cloud.simulator.truth()["spaces"]
    sensed = [
        one
        for one in cloud.estate.spaces
        if one not in cloud.estate.buildings
        and one in truth
        and truth[one]["available"]
        and truth[one]["occupied"] is not None
    ]
    assert len(sensed) > rooms
    begun, tasks = cloud.time.now, [asyncio.ensure_future(cloud.poll(one)) for one in (cloud.occupancy, cloud.traffic)]
    await cloud.time.run(PER_THOUSAND_ROOMS * rooms / 1000, lambda: not cloud.unknown("occupied", sensed))
    for task in tasks:
        assert not task.done() or task.result() is None
        task.cancel()
    assert cloud.unknown("occupied", sensed) == []
    assert cloud.time.now - begun <= PER_THOUSAND_ROOMS * rooms / 1000
