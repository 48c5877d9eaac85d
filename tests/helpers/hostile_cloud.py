"""A proxy in front of the simulator that corrupts its answers."""

from collections.abc import Awaitable, Callable
import json
import re
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.simulator import Simulator
from tests.simulator.running import RunningRequests

# Changes an answer in place or returns another one: bytes are sent as they are, anything else as JSON.
type Change = Callable[[Any], Any]
type Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HostileProxy:
    """Forwards requests and changes answers: of GraphQL by operation name, of others by path."""

    def __init__(self, simulator: Simulator) -> None:
        """Forward to a simulator."""
        self._simulator = simulator
        self._server: TestServer
        self._session: aiohttp.ClientSession
        self._running: RunningRequests
        self.changes: dict[str, Change] = {}
        # Handlers that answer instead of the simulator.
        self.instead: dict[str, Serve] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Return the base URL."""
        return str(self._server.make_url("")).rstrip("/")

    async def start(self) -> None:
        """Listen on a loopback port."""
        app = web.Application()
        self._running = RunningRequests(app)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(app)
        self._session = aiohttp.ClientSession()
        # The access log fails with a frozen clock.
        await self._server.start_server(access_log=None)

    async def stop(self) -> None:
        """Close the server."""
        await self._session.close()
        await self._server.close()
        await self._running.stop()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        name = request.path
        if found := re.match(rb'\{"query": ?"[\s\\n]*(?:query|mutation) (\w+)', content):
            name = found[1].decode()
        self.asked.append(name)
        if instead := self.instead.get(name):
            return await instead(request)
        headers = {key: request.headers[key] for key in ("Authorization", "Content-Type") if key in request.headers}
        async with self._session.request(
            request.method, self._simulator.url + request.path, data=content, headers=headers
        ) as response:
            status, body = response.status, await response.read()
        if change := self.changes.get(name):
            answer = json.loads(body)
            changed = change(answer)
            answer = answer if changed is None else changed
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return web.Response(status=status, body=body, content_type="application/json")
