"""Another system that has a webhook at Butlr: it records what it receives, byte for byte."""

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.simulator import Simulator
from tests.simulator.delivery import Webhook

API_KEY = {"key": "x-bms-key", "value": "bms-api-secret"}
BASIC_AUTH = {"username": "bms", "password": "bms-password"}
SECRETS = ("bms-api-secret", "bms-password", "bms-token")


@dataclass(slots=True)
class OtherSystem:
    """A building management system; `statuses` are its next answers, then `status`."""

    server: TestServer
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    status: int = 200
    most: int = 0
    """How many requests it was answering at once."""
    _answering: int = 0

    @property
    def url(self) -> str:
        """Return its address, which contains a secret as those of many systems do."""
        return str(self.server.make_url("/hook?token=bms-token"))

    def subscribe(self, simulator: Simulator, event_types: list[str], **details: Any) -> Webhook:
        """Give it a webhook at Butlr."""
        return simulator.add_foreign_webhook(event_types, "Facility Suite", **{"url": self.url, **details})

    async def receive(self, request: web.Request) -> web.Response:
        """Record an event and answer, after a moment."""
        self._answering += 1
        self.most = max(self.most, self._answering)
        await asyncio.sleep(0)
        self._answering -= 1
        status = self.statuses.pop(0) if self.statuses else self.status
        if status < 300:
            self.bodies.append(await request.read())
            self.headers.append({key.lower(): value for key, value in request.headers.items()})
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else None)


async def start_other_system() -> OtherSystem:
    """Start one; its server must be closed."""
    app = web.Application()
    server = TestServer(app)
    system = OtherSystem(server)
    app.router.add_post("/{path:.*}", system.receive)
    await server.start_server()
    return system


def basic_header() -> str:
    """Return the header of basic authentication."""
    text = f"{BASIC_AUTH['username']}:{BASIC_AUTH['password']}"
    return f"Basic {base64.b64encode(text.encode()).decode()}"
