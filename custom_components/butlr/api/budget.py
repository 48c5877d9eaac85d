"""The budget of requests to Butlr's reporting service, and the order in which callers may spend it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from .buckets import MINUTE

# UNVERIFIED: the limit of reporting requests a minute
# The reporting API publishes no limit; notes of Butlr's developers estimate 50 a minute (mcp-hist).
REQUESTS_PER_MINUTE: Final = 40
# Background requests leave half of the budget to the polls. They come in small bursts, so that a poll that starts
# meanwhile still has room for all of its own requests.
BACKGROUND_REQUESTS_PER_MINUTE: Final = REQUESTS_PER_MINUTE // 2
BACKGROUND_BURST: Final = 5
# Seconds per burst. If the polls use more than half of the budget, the background gets one request per period.
BACKGROUND_BURST_PERIOD: Final = 15.0
# Seconds until a background request checks again whether waiting polls have finished.
BACKGROUND_RECHECK: Final = 1.0
# Seconds that a background request waits for running polls, because some polls never finish.
MAX_BACKGROUND_WAIT: Final = 60.0
# Requests about who is present go first; requests about today's totals wait for them and leave half of the budget to
# them. If requests about people take the whole budget, the others get this minimum once one of them has waited for
# MAX_AFTER_PEOPLE_WAIT seconds.
AFTER_PEOPLE_PER_MINUTE: Final = REQUESTS_PER_MINUTE // 2
MIN_AFTER_PEOPLE_PER_MINUTE: Final = REQUESTS_PER_MINUTE // 4
MAX_AFTER_PEOPLE_WAIT: Final = 180.0


class Budget:
    """Delays requests so that at most REQUESTS_PER_MINUTE are sent in any minute.

    There are three queues. Requests about people go first, then the other polls, then the background. A poll goes
    before all background requests, even if many of them have been waiting.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with an unused budget; `clock` returns seconds and must be monotonic."""
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=REQUESTS_PER_MINUTE)
        self._sent_about_people: deque[float] = deque(maxlen=REQUESTS_PER_MINUTE - MIN_AFTER_PEOPLE_PER_MINUTE)
        self._sent_for_others: deque[float] = deque(maxlen=AFTER_PEOPLE_PER_MINUTE)
        self._sent_in_background: deque[float] = deque(maxlen=BACKGROUND_BURST)
        self._people = asyncio.Lock()
        self._others = asyncio.Lock()
        self._background = asyncio.Lock()
        # Running polls about people, running other polls, and waiting requests of any poll.
        self._people_polls = 0
        self._other_polls = 0
        self._polls_waiting = 0
        # When each waiting request of the other polls began to wait.
        self._waiting_since: deque[float] = deque()
        # Set when a poll has sent a request or finished.
        self._progress = asyncio.Event()

    @property
    def used(self) -> int:
        """How many requests were sent in the last minute."""
        return sum(timestamp > self._clock() - MINUTE for timestamp in self._sent)

    @contextmanager
    def polling(self, *, after_people: bool = False) -> Iterator[None]:
        """Hold back lower priorities while a poll runs, so that there is room for all of its requests."""
        self._people_polls += not after_people
        self._other_polls += after_people
        try:
            yield
        finally:
            self._people_polls -= not after_people
            self._other_polls -= after_people
            self._progress.set()

    async def spend(self, *, background: bool = False, after_people: bool = False) -> None:
        """Wait until a request may be sent, and count it as sent."""
        if background:
            await self._spend_in_background()
            return
        self._polls_waiting += 1
        try:
            await (self._spend_after_people() if after_people else self._spend_for_people())
        finally:
            self._polls_waiting -= 1
            self._progress.set()

    async def _spend_for_people(self) -> None:
        async with self._people:
            while (wait := self._wait_for_people()) > 0:  # noqa: ASYNC110 - time itself is waited for
                await asyncio.sleep(wait)
            self._sent.append(self._clock())
            self._sent_about_people.append(self._clock())

    def _wait_for_people(self) -> float:
        wait, sent = self._wait(REQUESTS_PER_MINUTE), self._sent_about_people
        if self._others_are_overdue and len(sent) == sent.maxlen:
            wait = max(wait, sent[0] + MINUTE - self._clock())
        return wait

    async def _spend_after_people(self) -> None:
        since = self._clock()
        self._waiting_since.append(since)
        try:
            async with self._others:
                await self._wait_for_people_polls()
                while (wait := self._wait_after_people()) > 0:
                    await asyncio.sleep(wait)
                    await self._wait_for_people_polls()
                self._sent.append(self._clock())
                self._sent_for_others.append(self._clock())
        finally:
            self._waiting_since.remove(since)

    def _wait_after_people(self) -> float:
        wait, sent = self._wait(REQUESTS_PER_MINUTE), self._sent_for_others
        return max(wait, sent[0] + MINUTE - self._clock()) if len(sent) == sent.maxlen else wait

    async def _wait_for_people_polls(self) -> None:
        """Wait while polls about people run, but for no longer than MAX_AFTER_PEOPLE_WAIT."""
        while self._people_polls and not self._others_are_overdue:
            self._progress.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._waiting_since[0] + MAX_AFTER_PEOPLE_WAIT - self._clock()):
                    await self._progress.wait()

    @property
    def _others_are_overdue(self) -> bool:
        return bool(self._waiting_since) and self._clock() >= self._waiting_since[0] + MAX_AFTER_PEOPLE_WAIT

    async def _spend_in_background(self) -> None:
        async with self._background:
            started = self._clock()
            while (self._people_polls or self._other_polls) and self._clock() < started + MAX_BACKGROUND_WAIT:
                self._progress.clear()
                await self._progress.wait()
            while (wait := self._wait_in_background()) > 0:  # noqa: ASYNC110 - time itself is waited for
                await asyncio.sleep(wait)
            self._sent.append(self._clock())
            self._sent_in_background.append(self._clock())

    def _wait(self, limit: int) -> float:
        """Return the seconds until fewer than `limit` requests were sent in the last minute."""
        if len(self._sent) < limit:
            return 0.0
        return self._sent[-limit] + MINUTE - self._clock()

    def _wait_in_background(self) -> float:
        if self._polls_waiting:
            # Free capacity belongs to the waiting polls.
            return max(self._wait(BACKGROUND_REQUESTS_PER_MINUTE), BACKGROUND_RECHECK)
        sent, now = self._sent_in_background, self._clock()
        with_room = self._wait(BACKGROUND_REQUESTS_PER_MINUTE)
        if len(sent) == BACKGROUND_BURST:
            with_room = max(with_room, sent[0] + BACKGROUND_BURST_PERIOD - now)
        without_room = max(self._wait(REQUESTS_PER_MINUTE), sent[-1] + BACKGROUND_BURST_PERIOD - now if sent else 0.0)
        return min(with_room, without_room)
