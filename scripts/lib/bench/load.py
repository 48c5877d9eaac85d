"""Post events to a webhook, and measure what they cost Home Assistant."""

import asyncio
import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import time

import aiohttp

from scripts.lib.processes.home_assistant import UnexpectedAnswerError, WebSocketClient


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook and the events to post to it."""

    url: str
    headers: Mapping[str, str]
    events: Iterator[tuple[str, int, bytes]]
    entity_ids: Mapping[str, str]
    """Entity ids of the people sensors, by space."""
    posted: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    """When the events that lead to a state were posted, by entity id and state."""

    async def post(self, session: aiohttp.ClientSession) -> None:
        """Post the next event."""
        space_id, people, body = next(self.events)
        self.posted[self.entity_ids.get(space_id, ""), str(people)].append(time.time())
        async with session.post(self.url, data=body, headers=self.headers) as response:
            if response.status != 200:
                raise UnexpectedAnswerError(f"{self.url}: {response.status}")

    async def post_at_rate(self, session: aiohttp.ClientSession, number: int, rate: float) -> None:
        """Post a number of events per second, whether the ones before are answered or not."""
        start = time.perf_counter()
        async with asyncio.TaskGroup() as posts:
            for index in range(number):
                await asyncio.sleep(start + index / rate - time.perf_counter())
                posts.create_task(self.post(session))
        # The last states are still on their way to the websocket clients.
        await asyncio.sleep(0.5)

    async def post_continuously(self, session: aiohttp.ClientSession, seconds: float) -> int:
        """Post on several connections, each as soon as the event before is answered; return the number of events."""
        number, end = 0, time.perf_counter() + seconds

        async def post_on() -> None:
            nonlocal number
            while time.perf_counter() < end:
                await self.post(session)
                number += 1

        await asyncio.gather(*(post_on() for _ in range(4)))
        return number

    def read_latencies(self, socket: WebSocketClient) -> tuple[list[float], int]:
        """Return the seconds from posting each event until its state was written, and how many states changed.

        The socket must subscribe to all entities.
        """
        latencies, changed = [], 0
        while not socket.events.empty():
            for entity_id, change in socket.events.get_nowait().get("c", {}).items():
                if state := change.get("+", {}).get("s"):
                    changed += 1
                    written, times = change["+"]["lc"], self.posted[entity_id, state]
                    if number := bisect.bisect_right(times, written):
                        latencies.append(written - times[number - 1])
                        del times[:number]
        return latencies, changed
