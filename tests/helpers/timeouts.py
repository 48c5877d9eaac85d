"""Time-outs that come when a cloud leaves a request hanging, and only then: however busy the machine is."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from custom_components.butlr.api import auth, client


class Impatience:
    """Knows the requests that are under way, and ends them as soon as the cloud says that it will not answer."""

    def __init__(self) -> None:
        """Begin with none."""
        self._under_way: set[asyncio.Timeout] = set()

    @asynccontextmanager
    async def timeout(self, total: float | None) -> AsyncIterator[None]:
        """Stand in for the time-out of a request."""
        assert total == 30
        async with asyncio.timeout(None) as timeout:
            self._under_way.add(timeout)
            try:
                yield
            finally:
                self._under_way.discard(timeout)

    def hang(self) -> None:
        """Let the time of what is under way be over: the cloud leaves a request hanging."""
        for timeout in self._under_way:
            timeout.reschedule(asyncio.get_running_loop().time())


@contextmanager
def impatient() -> Iterator[Impatience]:
    """Let requests time out as soon as `hang` is called."""
    impatience = Impatience()
    hasty = SimpleNamespace(**{**vars(asyncio), "timeout": impatience.timeout})
    with patch.object(client, "asyncio", hasty), patch.object(auth, "asyncio", hasty):
        yield impatience
