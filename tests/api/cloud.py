"""A scripted Butlr cloud: an HTTP server that sends the answers of a test's script and records requests."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
import json
from pathlib import Path
import re
import traceback
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

LOGIN = "/api/v2/clients/login"
GRAPHQL = "/api/v3/graphql"
REPORTING = "/api/v3/reporting"
CLIENT_ID = "client_2xExample"
CLIENT_SECRET = "s3cr3t-never-to-be-shown"
EXAMPLES = Path(__file__).parent / "examples"


@cache
def _text(name: str) -> str:
    return (EXAMPLES / f"{name}.json").read_text(encoding="utf-8")


def example(name: str) -> Any:
    """Return a fresh copy of a recorded or documented document."""
    return json.loads(_text(name))


class Clock:
    """A clock that only a test moves."""

    def __init__(self, now: float = 1000.0) -> None:
        """Begin at a time."""
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the server saw it."""

    method: str
    path: str
    body: Any
    headers: Mapping[str, str]

    @property
    def token(self) -> str | None:
        """Return the bearer token."""
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if kind == "Bearer" else None

    @property
    def operation(self) -> str:
        """Return the name of a GraphQL operation."""
        found = re.match(r"\s*(?:query|mutation) (\w+)", self.body["query"])
        return found[1] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; a `body` of bytes is sent as it is, anything else as JSON, None is an empty body."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    drop: bool = False


type Answer = Reply | Callable[[Asked], Reply | Awaitable[Reply]]


class Cloud:
    """The server. Each path has a script of answers to send once each, then a standing answer."""

    def __init__(self) -> None:
        """Prepare a cloud that issues token-1, token-2, ... and knows nothing else."""
        self.asked: list[Asked] = []
        # Called when a request is left hanging.
        self.hung: Callable[[], None] = lambda: None
        self._scripts: dict[str, deque[Answer]] = {}
        self._standing: dict[str, Answer] = {LOGIN: self._grant}
        self._released = asyncio.Event()
        self._server: TestServer | None = None

    @property
    def url(self) -> str:
        """Return the base URL."""
        assert self._server is not None
        return str(self._server.make_url("")).rstrip("/")

    async def start(self) -> None:
        """Listen on a loopback port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(app)
        await self._server.start_server()

    async def stop(self) -> None:
        """Close the server and release hanging requests."""
        assert self._server is not None
        self._released.set()
        await self._server.close()

    def script(self, path: str, *answers: Answer) -> None:
        """Append answers to send once each, in this order."""
        self._scripts.setdefault(path, deque()).extend(answers)

    def always(self, path: str, answer: Answer) -> None:
        """Set what a path answers after its script has ended."""
        self._standing[path] = answer

    def at(self, path: str) -> list[Asked]:
        """Return the requests to a path."""
        return [asked for asked in self.asked if asked.path == path]

    @property
    def logins(self) -> int:
        """Return the number of logins."""
        return len(self.at(LOGIN))

    def _grant(self, asked: Asked) -> Reply:
        return Reply(body={"access_token": f"token-{self.logins}", "expires_in": 3666, "token_type": "Bearer"})

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        asked = Asked(request.method, request.path, json.loads(content) if content else None, dict(request.headers))
        self.asked.append(asked)
        script = self._scripts.get(request.path)
        answer = script.popleft() if script else self._standing.get(request.path, Reply(status=404))
        if not isinstance(answer, Reply):
            reply = answer(asked)
            answer = reply if isinstance(reply, Reply) else await reply
        if answer.hang:
            self.hung()
            await self._released.wait()
        if answer.drop and request.transport is not None:
            request.transport.abort()
        raw = isinstance(answer.body, bytes)
        body = answer.body if raw else b"" if answer.body is None else json.dumps(answer.body).encode()
        return web.Response(status=answer.status, body=body, headers=dict(answer.headers))


def everything_about(error: BaseException) -> str:
    """Return everything that a log could show of an exception."""
    return f"{error} {error!r} {error.args} {''.join(traceback.format_exception(error))}"
