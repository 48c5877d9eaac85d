"""The client of Butlr's APIs: token, timeouts, request budget and error mapping."""

import asyncio
from collections.abc import Callable
import contextlib
from http import HTTPStatus
import time
from typing import Any

import aiohttp

from .address import check_address
from .auth import REQUEST_TIMEOUT, ButlrAuth, raise_for_status
from .bodies import MAX_BODY_SIZE, MAX_GRAPHQL_BODY_SIZE, read_body, read_with
from .budget import Budget
from .clock import ButlrClock
from .documents import read_document
from .errors import (
    ButlrAuthError,
    ButlrConnectionError,
    ButlrForbiddenError,
    ButlrGraphQLError,
    ButlrOverloadedError,
    ButlrRateLimitError,
    ButlrResponseError,
    ButlrTimeoutError,
    ButlrTooLargeError,
)
from .findings import Findings
from .silence import KnownData
from .transport import Transport, TransportResponse

DEFAULT_BASE_URL = "https://api.butlr.io"
GRAPHQL_PATH = "/api/v3/graphql"
REPORTING_PATH = "/api/v3/reporting"
MAX_CONCURRENT_REQUESTS = 4
# Slow answers to large background requests must not keep polls from being sent.
MAX_BACKGROUND_REQUESTS = 2
REFUSED_CODES = frozenset({"UNAUTHENTICATED", "FORBIDDEN"})


class ButlrClient:
    """Sends requests to the Butlr cloud.

    Every method may raise ButlrAuthError (credentials refused), ButlrForbiddenError (credentials valid, request not
    allowed), ButlrRateLimitError, ButlrConnectionError or ButlrResponseError, and ButlrAddressError before anything is
    sent.
    """

    def __init__(
        self,
        session: Transport,
        client_id: str,
        client_secret: str,
        base_url: str = DEFAULT_BASE_URL,
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Prepare a client for the credentials of one organization."""
        self._session = session
        self.base_url = base_url.rstrip("/")
        self._clock = clock or time.monotonic
        self.clock = ButlrClock()
        self.auth = ButlrAuth(
            session, base_url, client_id, client_secret, clock=self._clock, on_date=self.clock.observe
        )
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
        self._background_slots = asyncio.Semaphore(MAX_BACKGROUND_REQUESTS)
        self._budget = Budget(self._clock)
        self._pause_until = 0.0
        # What this cloud's answers revealed about points that the documentation leaves open.
        self.findings = Findings()
        # Spaces that recently had data.
        self.known_data = KnownData(self.now)

    def now(self) -> float:
        """Return the time by Butlr's clock in Unix seconds; every timestamp from Butlr is by that clock."""
        return self.clock.now()

    @property
    def pause(self) -> float:
        """Seconds for which Butlr asked not to receive requests."""
        return max(self._pause_until - self._clock(), 0.0)

    @property
    def reports_in_the_last_minute(self) -> int:
        """How many reporting requests were sent in the last minute."""
        return self._budget.used

    def polling(self, *, after_people: bool = False) -> contextlib.AbstractContextManager[None]:
        """Return a context manager that holds back lower priorities while a poll runs."""
        return self._budget.polling(after_people=after_people)

    async def graphql(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run a GraphQL document and return its `data` (docs: graphql-api-overview).

        An `errors` list raises ButlrGraphQLError even if there is data as well: a failed backend must not look like an
        empty estate (mcp: utils/graphql-helpers.ts). The error carries the data.
        """
        body: dict[str, Any] = {"query": document}
        if variables is not None:
            body["variables"] = variables
        answer = await self._post(GRAPHQL_PATH, body)
        if not isinstance(answer, dict):
            raise ButlrResponseError("The GraphQL answer is not an object")
        data = answer.get("data")
        if errors := answer.get("errors"):
            raise ButlrGraphQLError(errors if isinstance(errors, list) else [errors], data)
        if not isinstance(data, dict):
            raise ButlrResponseError("The GraphQL answer has no data")
        return data

    async def report(
        self,
        body: dict[str, Any],
        *,
        path: str = REPORTING_PATH,
        background: bool = False,
        after_people: bool = False,
        read: Callable[[bytes], Any] = read_document,
        wrapped: bool = True,
    ) -> Any:
        """Post a request to the reporting service and return its `data`, a list or an object.

        All paths share one budget (docs: reporting-api-overview). Requests about who is present go first, then those
        `after_people`, then those in the `background`, which leave half of the budget and of the connections to the
        polls. If not `wrapped`, the whole answer is returned, an object or a list.
        """
        async with self._background_slots if background else contextlib.nullcontext():
            self._respect_pause()
            await self._budget.spend(background=background, after_people=after_people)
            answer = await self._post(path, body, read)
        if not wrapped and isinstance(answer, list | dict):
            return answer
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list | dict):
            raise ButlrResponseError("The reporting answer has no data")
        return answer["data"]

    async def _post(self, path: str, body: dict[str, Any], read: Callable[[bytes], Any] = read_document) -> Any:
        async with self._slots:
            self._respect_pause()
            try:
                return await self._post_with_token(path, body, read)
            except ButlrRateLimitError as err:
                self._pause_until = max(self._pause_until, self._clock() + err.retry_after)
                raise

    async def _post_with_token(self, path: str, body: dict[str, Any], read: Callable[[bytes], Any]) -> Any:
        token = await self.auth.token()
        try:
            return await self._send(path, body, token, read)
        except ButlrAuthError:
            # The token may have expired or been revoked in flight; try once more with a new one.
            token = await self.auth.token(refused=token)
        try:
            return await self._send(path, body, token, read)
        except ButlrAuthError as err:
            raise ButlrForbiddenError(f"Refused with a fresh token: {err}") from None

    def _respect_pause(self) -> None:
        """Raise ButlrRateLimitError while Butlr's Retry-After has not passed."""
        if (pause := self.pause) > 0:
            raise ButlrRateLimitError(pause)

    async def _send(self, path: str, body: dict[str, Any], token: str, read: Callable[[bytes], Any]) -> Any:
        """Send one request and return the parsed answer; raise a ButlrError for every failure."""
        check_address(self.base_url)
        sent_at = self._clock()
        try:
            async with (
                # aiohttp's own timeout does not run while data keeps arriving.
                asyncio.timeout(REQUEST_TIMEOUT.total),
                self._session.post(
                    self.base_url + path,
                    json=body,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=REQUEST_TIMEOUT,
                    allow_redirects=False,
                ) as response,
            ):
                self.clock.observe(response.headers.get("Date"), self._clock() - sent_at)
                status, retry_after = response.status, response.headers.get("Retry-After")
                content = await _read_or_raise(
                    response, MAX_GRAPHQL_BODY_SIZE if path == GRAPHQL_PATH else MAX_BODY_SIZE
                )
        except TimeoutError as err:
            raise ButlrTimeoutError(f"No answer from {path}: {type(err).__name__}") from None
        except aiohttp.ClientError as err:
            raise ButlrConnectionError(f"No answer from {path}: {type(err).__name__}") from None
        try:
            answer = await read_with(read, content)
        except ValueError:
            answer = None
        if isinstance(answer, dict) and isinstance(errors := answer.get("errors"), list):
            error = ButlrGraphQLError(errors, status=status)
            data = answer.get("data")
            # If there is data as well, a refusal concerns one field (scopes are not documented), not the token.
            if REFUSED_CODES.intersection(error.codes) and not (isinstance(data, dict) and any(data.values())):
                raise ButlrAuthError(str(error))
            if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
                raise error
        if status == HTTPStatus.GATEWAY_TIMEOUT:
            raise ButlrOverloadedError(f"HTTP {status}")
        raise_for_status(status, retry_after)
        if answer is None:
            raise ButlrResponseError(f"The answer from {path} is not JSON")
        return answer


async def _read_or_raise(response: TransportResponse, limit: int) -> bytes:
    """Return the body of a response; if it is too large, raise the error for its status, if any, instead."""
    try:
        return await read_body(response, limit)
    except ButlrTooLargeError:
        raise_for_status(response.status, response.headers.get("Retry-After"))
        raise
