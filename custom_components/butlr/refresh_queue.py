"""Rounds of something that many may ask for at once: one runs, one waits, and the rest have joined. Plain Python."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

# So many rounds may begin one after the other, and in the long run one in so many seconds.
BURST: Final = 3
PACE: Final = 20.0


class Rounds:
    """Answers everybody who asks with a round that began when they asked, or later."""

    def __init__(
        self, run: Callable[[], Awaitable[bool]], begin: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        """Prepare: `run` is one round and returns whether it went well, `begin` starts what happens meanwhile."""
        self._run = run
        self._begin = begin
        self._going = False
        self._next: asyncio.Future[bool] | None = None
        self._begun: deque[float] = deque(maxlen=BURST)

    async def join(self) -> bool:
        """Wait for the end of the next round that begins, and return whether it went well."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            if not self._going:
                self._going = True
                self._begin(self._go())
        # Whoever gives up must not take the others along.
        return await asyncio.shield(self._next)

    async def _go(self) -> None:
        loop = asyncio.get_running_loop()
        asked = self._next
        try:
            # Whoever asks in the same moment has joined by then.
            await asyncio.sleep(0)
            while (asked := self._next) is not None:
                if len(self._begun) == BURST and (wait := self._begun[0] + BURST * PACE - loop.time()) > 0:
                    await asyncio.sleep(wait)
                self._begun.append(loop.time())
                self._next = None
                asked.set_result(await self._run())
        finally:
            # Where it ends early, nobody shall wait for ever.
            self._going = False
            for left in (asked, self._next):
                if left is not None and not left.done():
                    left.set_result(False)
            self._next = None
