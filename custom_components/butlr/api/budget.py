"""How many requests Butlr's reporting service gets, and who goes first."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from .buckets import MINUTE

# The reporting API publishes no limit; notes of Butlr's own developers estimate 50 a minute (mcp-hist). Stay below.
REQUESTS_PER_MINUTE: Final = 40
# What waits in the background leaves the other half of a minute's requests to the polls, and comes in small bursts, so
# that a poll that begins just then still finds room for all of its own.
BACKGROUND_REQUESTS_PER_MINUTE: Final = REQUESTS_PER_MINUTE // 2
BACKGROUND_BURST: Final = 5
# A burst takes so many seconds. Where the polls alone use more than half, the background gets one request in that time.
BACKGROUND_BURST_PERIOD: Final = 15.0
# How soon the background looks again whether the polls that wait are through, in seconds.
BACKGROUND_RECHECK: Final = 1.0
# For so long a request of the background lets polls go first that are at work, in seconds: some are never through.
MAX_BACKGROUND_WAIT: Final = 60.0
# People go first. What tells how many came today waits for that, and leaves the other half of a minute's requests to
# the people of the next. Where these alone take all of the budget, the rest gets so few requests a minute as soon as it
# has waited for so long, in seconds.
AFTER_PEOPLE_PER_MINUTE: Final = REQUESTS_PER_MINUTE // 2
MIN_AFTER_PEOPLE_PER_MINUTE: Final = REQUESTS_PER_MINUTE // 4
MAX_AFTER_PEOPLE_WAIT: Final = 180.0


class Budget:
    """Holds requests back until fewer than the budget were sent during the last minute.

    Questions about people queue among themselves only. Then come the other polls, then the background: however much
    waits there, the next poll goes first.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin with a minute in which nothing was sent; `clock` must never go back."""
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=REQUESTS_PER_MINUTE)
        self._sent_about_people: deque[float] = deque(maxlen=REQUESTS_PER_MINUTE - MIN_AFTER_PEOPLE_PER_MINUTE)
        self._sent_after_people: deque[float] = deque(maxlen=AFTER_PEOPLE_PER_MINUTE)
        self._sent_in_background: deque[float] = deque(maxlen=BACKGROUND_BURST)
        self._people = asyncio.Lock()
        self._rest = asyncio.Lock()
        self._background = asyncio.Lock()
        # How many questions about people, and of other polls, are under way, and how many requests of polls wait.
        self._people_at_work = 0
        self._rest_at_work = 0
        self._polls_waiting = 0
        # Since when requests of the rest have been waiting.
        self._rest_since: deque[float] = deque()
        # Whether polls have sent something, or are through, since the background looked.
        self._news = asyncio.Event()

    @property
    def used(self) -> int:
        """How many requests were sent during the last minute."""
        return sum(timestamp > self._clock() - MINUTE for timestamp in self._sent)

    @contextmanager
    def polling(self, *, after_people: bool = False) -> Iterator[None]:
        """Hold back what goes later: a poll sends one request after the other, and shall find room for all of them."""
        self._people_at_work += not after_people
        self._rest_at_work += after_people
        try:
            yield
        finally:
            self._people_at_work -= not after_people
            self._rest_at_work -= after_people
            self._news.set()

    async def spend(self, *, background: bool = False, after_people: bool = False) -> None:
        """Return when a request may be sent, which counts from then on."""
        if background:
            await self._spend_in_background()
            return
        self._polls_waiting += 1
        try:
            await (self._spend_after_people() if after_people else self._spend_for_people())
        finally:
            self._polls_waiting -= 1
            self._news.set()

    async def _spend_for_people(self) -> None:
        async with self._people:
            while (wait := self._wait_for_people()) > 0:  # noqa: ASYNC110 - time itself is waited for
                await asyncio.sleep(wait)
            self._sent.append(self._clock())
            self._sent_about_people.append(self._clock())

    def _wait_for_people(self) -> float:
        wait, sent = self._wait(REQUESTS_PER_MINUTE), self._sent_about_people
        if self._rest_is_overdue and len(sent) == sent.maxlen:
            wait = max(wait, sent[0] + MINUTE - self._clock())
        return wait

    async def _spend_after_people(self) -> None:
        since = self._clock()
        self._rest_since.append(since)
        try:
            async with self._rest:
                await self._let_people_go_first()
                while (wait := self._wait_after_people()) > 0:
                    await asyncio.sleep(wait)
                    await self._let_people_go_first()
                self._sent.append(self._clock())
                self._sent_after_people.append(self._clock())
        finally:
            self._rest_since.remove(since)

    def _wait_after_people(self) -> float:
        wait, sent = self._wait(REQUESTS_PER_MINUTE), self._sent_after_people
        return max(wait, sent[0] + MINUTE - self._clock()) if len(sent) == sent.maxlen else wait

    async def _let_people_go_first(self) -> None:
        """Wait while people are asked for, since whatever comes free is theirs, but not for ever."""
        while self._people_at_work and not self._rest_is_overdue:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rest_since[0] + MAX_AFTER_PEOPLE_WAIT - self._clock()):
                    await self._news.wait()

    @property
    def _rest_is_overdue(self) -> bool:
        return bool(self._rest_since) and self._clock() >= self._rest_since[0] + MAX_AFTER_PEOPLE_WAIT

    async def _spend_in_background(self) -> None:
        async with self._background:
            begun = self._clock()
            while (self._people_at_work or self._rest_at_work) and self._clock() < begun + MAX_BACKGROUND_WAIT:
                self._news.clear()
                await self._news.wait()
            while (wait := self._wait_in_background()) > 0:  # noqa: ASYNC110 - time itself is waited for
                await asyncio.sleep(wait)
            self._sent.append(self._clock())
            self._sent_in_background.append(self._clock())

    def _wait(self, most: int) -> float:
        """Return in how many seconds there will be fewer than `most` requests in the last minute."""
        if len(self._sent) < most:
            return 0.0
        return self._sent[-most] + MINUTE - self._clock()

    def _wait_in_background(self) -> float:
        if self._polls_waiting:
            # Whatever comes free is theirs.
            return max(self._wait(BACKGROUND_REQUESTS_PER_MINUTE), BACKGROUND_RECHECK)
        sent, now = self._sent_in_background, self._clock()
        with_room = self._wait(BACKGROUND_REQUESTS_PER_MINUTE)
        if len(sent) == BACKGROUND_BURST:
            with_room = max(with_room, sent[0] + BACKGROUND_BURST_PERIOD - now)
        without_room = max(self._wait(REQUESTS_PER_MINUTE), sent[-1] + BACKGROUND_BURST_PERIOD - now if sent else 0.0)
        return min(with_room, without_room)
