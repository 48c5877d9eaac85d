"""Timeouts that occur exactly when a cloud leaves a request hanging, however busy the machine is."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from custom_components.butlr.api import auth, client


class RequestTimeouts:
    """Tracks running requests, and times them out when `hang` is called."""

    def __init__(self) -> None:
        """Begin with no requests."""
        self._under_way: set[asyncio.Timeout] = set()

    @asynccontextmanager
    async def timeout(self, total: float | None) -> AsyncIterator[None]:
        """Replace `asyncio.timeout` for a request."""
        assert total == 30
        async with asyncio.timeout(None) as timeout:
            self._under_way.add(timeout)
            try:
                yield
            finally:
                self._under_way.discard(timeout)

    def hang(self) -> None:
        """Time out all running requests."""
        for timeout in self._under_way:
            timeout.reschedule(asyncio.get_running_loop().time())


@contextmanager
def controlled_timeouts() -> Iterator[RequestTimeouts]:
    """Let requests time out only when `hang` is called."""
    timeouts = RequestTimeouts()
    hasty = SimpleNamespace(**{**vars(asyncio), "timeout": timeouts.timeout})
    with patch.object(client, "asyncio", hasty), patch.object(auth, "asyncio", hasty):
        yield timeouts
