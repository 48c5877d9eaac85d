"""One client for Butlr's APIs: it keeps the token, the time-outs and the manners."""

import asyncio
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
import time
from typing import Any

import aiohttp

from .auth import ButlrAuth, raise_for_status
from .documents import read_document
from .errors import (
    ButlrAuthError,
    ButlrConnectionError,
    ButlrForbiddenError,
    ButlrGraphQLError,
    ButlrOverloadedError,
    ButlrRateLimitError,
    ButlrResponseError,
)

DEFAULT_BASE_URL = "https://api.butlr.io"
GRAPHQL_PATH = "/api/v3/graphql"
REPORTING_PATH = "/api/v3/reporting"
TIMEOUT = aiohttp.ClientTimeout(total=30)
# The reporting API publishes no limit; notes of Butlr's own developers estimate 50 a minute (mcp-hist). Stay below.
REPORTING_PER_MINUTE = 40
CONCURRENT_REQUESTS = 4
REFUSED_CODES = frozenset({"UNAUTHENTICATED", "FORBIDDEN"})


class ButlrClient:
    """Asks the Butlr cloud, politely.

    Every method may raise ButlrAuthError (credentials refused), ButlrForbiddenError (credentials fine, request not
    allowed), ButlrRateLimitError, ButlrConnectionError or ButlrResponseError.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        client_id: str,
        client_secret: str,
        base_url: str = DEFAULT_BASE_URL,
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Prepare a client for one organisation's credentials."""
        self._session = session
        self.base_url = base_url.rstrip("/")
        self._clock = clock or time.monotonic
        self.auth = ButlrAuth(session, base_url, client_id, client_secret, clock=self._clock)
        self._slots = asyncio.Semaphore(CONCURRENT_REQUESTS)
        self._sent: deque[float] = deque(maxlen=REPORTING_PER_MINUTE)
        self._budget_lock = asyncio.Lock()
        self._quiet_until = 0.0

    @property
    def pause(self) -> float:
        """For how many seconds from now Butlr wants to be left alone."""
        return max(self._quiet_until - self._clock(), 0.0)

    @property
    def reports_in_the_last_minute(self) -> int:
        """How much of the budget of reporting requests is used up."""
        return sum(moment > self._clock() - 60.0 for moment in self._sent)

    async def graphql(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run a GraphQL document and return its `data`.

        An `errors` list raises ButlrGraphQLError even when data stands beside it: a backend that failed must not read
        as an empty estate (mcp: utils/graphql-helpers.ts). The error carries the data for those who want it.
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

    async def report(self, body: dict[str, Any]) -> Any:
        """Post a question to the reporting API v3 and return its `data`: a list or an object (docs: reporting)."""
        self._respect_pause()
        await self._wait_for_budget()
        answer = await self._post(REPORTING_PATH, body)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list | dict):
            raise ButlrResponseError("The reporting answer has no data")
        return answer["data"]

    async def _wait_for_budget(self) -> None:
        """Hold a request back until fewer than the budget were sent during the last minute."""
        async with self._budget_lock:
            if len(self._sent) == REPORTING_PER_MINUTE and (wait := self._sent[0] + 60.0 - self._clock()) > 0:
                await asyncio.sleep(wait)
            self._sent.append(self._clock())

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        async with self._slots:
            self._respect_pause()
            try:
                return await self._post_with_token(path, body)
            except ButlrRateLimitError as err:
                self._quiet_until = max(self._quiet_until, self._clock() + err.retry_after)
                raise

    async def _post_with_token(self, path: str, body: dict[str, Any]) -> Any:
        token = await self.auth.token()
        try:
            return await self._send(path, body, token)
        except ButlrAuthError:
            # The token may have been withdrawn or expired on the way; a fresh one gets one more try.
            token = await self.auth.token(refused=token)
        try:
            return await self._send(path, body, token)
        except ButlrAuthError as err:
            raise ButlrForbiddenError(f"Refused with a fresh token: {err}") from None

    def _respect_pause(self) -> None:
        """Send nothing before the time that Butlr asked for has passed."""
        if (quiet := self._quiet_until - self._clock()) > 0:
            raise ButlrRateLimitError(quiet)

    async def _send(self, path: str, body: dict[str, Any], token: str) -> Any:
        try:
            async with self._session.post(
                self.base_url + path,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as response:
                status = response.status
                retry_after = response.headers.get("Retry-After")
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as err:
            raise ButlrConnectionError(f"No answer from {path}: {type(err).__name__}") from None
        try:
            answer = read_document(content)
        except ValueError:
            answer = None
        if isinstance(answer, dict) and isinstance(errors := answer.get("errors"), list):
            error = ButlrGraphQLError(errors)
            data = answer.get("data")
            # Beside data a refusal concerns one field (scopes are not documented), not the token.
            if REFUSED_CODES.intersection(error.codes) and not (isinstance(data, dict) and any(data.values())):
                raise ButlrAuthError(str(error))
            if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
                raise error
        if status == HTTPStatus.GATEWAY_TIMEOUT:
            raise ButlrOverloadedError(f"HTTP {status}")
        raise_for_status(status, retry_after)
        if answer is None:
            raise ButlrResponseError(f"The answer from {path} is not JSON")
        return answer
