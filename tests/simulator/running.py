"""The connections that a server of the tests is serving, so that stopping the server ends all of them."""

import asyncio
import weakref

from aiohttp import web
from aiohttp.typedefs import Handler


class RunningRequests:
    """Remembers the task of each connection, also of one whose client has gone.

    aiohttp forgets a connection as soon as its client disconnects, so its own shutdown does not wait for a handler that
    is still running, such as one that was told to hang.
    """

    def __init__(self, app: web.Application) -> None:
        """Watch all requests of an application that is not running yet."""
        self._tasks: weakref.WeakSet[asyncio.Task[None]] = weakref.WeakSet()
        app.middlewares.append(self._remember)

    @web.middleware
    async def _remember(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._tasks.add(request.task)
        return await handler(request)

    async def stop(self) -> None:
        """Cancel everything that is still running, and wait for its end."""
        running = [task for task in self._tasks if not task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
