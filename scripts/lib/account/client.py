"""The integration's own client, which waits when limited and records metadata of every request."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
import itertools
import time
from types import SimpleNamespace
from typing import Any, Final, override

import aiohttp

from custom_components.butlr.api.auth import AUDIENCE, LOGIN_PATH, REQUEST_TIMEOUT, raise_for_status
from custom_components.butlr.api.budget import Budget
from custom_components.butlr.api.client import GRAPHQL_PATH, REPORTING_PATH, ButlrClient
from custom_components.butlr.api.documents import read_document
from custom_components.butlr.api.errors import ButlrConnectionError, ButlrRateLimitError
from custom_components.butlr.api.values import read_http_date

# How often a request is sent, and the longest Retry-After (seconds) to wait for.
MAX_ATTEMPTS: Final = 3
MAX_RETRY_AFTER: Final = 180.0

type Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """The metadata of one request and its answer."""

    path: str
    status: int
    seconds: float
    date: float | None = None
    """The answer's Date header in Unix seconds."""
    received: float = 0
    """When the answer arrived by this machine's clock."""


@dataclass(slots=True)
class Wire:
    """Records the metadata of every answer of a session."""

    exchanges: list[Exchange] = field(default_factory=list)

    def session(self) -> aiohttp.ClientSession:
        """Return a session that is recorded."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._begin)
        trace.on_request_end.append(self._end)
        return aiohttp.ClientSession(trace_configs=[trace])

    def of(self, path: str) -> list[Exchange]:
        """Return the exchanges with one path."""
        return [exchange for exchange in self.exchanges if exchange.path == path]

    async def _begin(self, _: Any, context: SimpleNamespace, __: Any) -> None:
        context.started = time.perf_counter()

    async def _end(self, _: Any, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        seconds = time.perf_counter() - context.started
        date = read_http_date(params.response.headers.get("Date"))
        self.exchanges.append(Exchange(params.url.path, params.response.status, seconds, date, time.time()))


class CheckingClient(ButlrClient):
    """The integration's client, so that the checks see what the integration sees.

    It gives GraphQL a budget of its own, waits when Butlr limits requests, and keeps the answers to GraphQL documents
    for checks that read more of them than the integration does.
    """

    def __init__(
        self,
        wire: Wire,
        session: aiohttp.ClientSession,
        client_id: str,
        client_secret: str,
        base_url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Prepare a client; `clock` and `sleep` control the waiting."""
        super().__init__(session, client_id, client_secret, base_url, clock=clock)
        self.wire = wire
        self.answers: dict[str, dict[str, Any]] = {}
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._plain_session = session
        self._graphql_budget = Budget(clock)
        self._sleep = sleep

    @override
    async def graphql(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            await self._graphql_budget.spend()
            return await super(CheckingClient, self).graphql(document, variables)

        answer = self.answers[document] = await self._patiently(ask)
        return answer

    @override
    async def report(
        self,
        body: dict[str, Any],
        *,
        path: str = REPORTING_PATH,
        background: bool = False,
        read: Callable[[bytes], Any] = read_document,
        **more: Any,
    ) -> Any:
        async def ask() -> Any:
            return await super(CheckingClient, self).report(body, path=path, read=read, **more)

        return await self._patiently(ask)

    async def report_whole(self, body: dict[str, Any], *, path: str = REPORTING_PATH) -> Any:
        """Return a whole answer, including what wraps its data; raises what `report` raises."""
        return await self.report(body, path=path, read=lambda content: {"data": read_document(content)})

    async def _patiently[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        for attempt in itertools.count(1):
            try:
                return await ask()
            except ButlrRateLimitError as err:
                if attempt == MAX_ATTEMPTS or err.retry_after > MAX_RETRY_AFTER:
                    raise
                await self._sleep(err.retry_after)
        raise AssertionError("unreachable")  # pragma: no cover

    async def log_in(self) -> dict[str, Any]:
        """Log in again and return the whole answer; raises what a login raises."""
        body = {**self._credentials, "audience": AUDIENCE, "grant_type": "client_credentials"}
        status, answer = await self._plainly(LOGIN_PATH, body, {})
        raise_for_status(status)
        return answer if isinstance(answer, dict) else {}

    async def ask_with_invalid_token(self, path: str) -> tuple[int, Any]:
        """Send a request with an invalid token; return the HTTP status and the answer."""
        await self._graphql_budget.spend()
        body = {"query": "query Stranger { __typename }"} if path == GRAPHQL_PATH else {}
        return await self._plainly(path, body, {"Authorization": "Bearer none"})

    async def _plainly(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, Any]:
        try:
            async with self._plain_session.post(
                self.base_url + path, json=body, headers=headers, timeout=REQUEST_TIMEOUT, allow_redirects=False
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as err:
            raise ButlrConnectionError(f"No answer from {path}: {type(err).__name__}") from None
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise_for_status(response.status, response.headers.get("Retry-After"))
        try:
            return response.status, read_document(content)
        except ValueError:
            return response.status, None
