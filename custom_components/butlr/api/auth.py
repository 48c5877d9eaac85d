"""Exchange client credentials for a bearer token (docs: authentication; mcp: clients/auth-client.ts)."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
import math
import re
import time
from typing import Any

import aiohttp

from .address import check_address
from .bodies import MAX_BODY_SIZE, read_body, read_with
from .documents import read_document
from .errors import (
    ButlrAuthError,
    ButlrBadRequestError,
    ButlrConnectionError,
    ButlrNotFoundError,
    ButlrRateLimitError,
    ButlrResponseError,
)
from .transport import Transport
from .values import read_number

LOGIN_PATH = "/api/v2/clients/login"
# The literal value that Butlr's own client sends, including the slash.
AUDIENCE = "https://butlrauth/"
REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=30)
# Characters; the token is sent in a header with every request.
MAX_TOKEN_LENGTH = 16 * 1024
# Seconds; used if the answer does not say how long a token lives.
DEFAULT_TOKEN_LIFETIME = 300.0
# Seconds; anything longer is considered an error.
MAX_TOKEN_LIFETIME = 366 * 86400.0


# Characters that are allowed in a header.
_TOKEN = re.compile(f"[!-~]{{1,{MAX_TOKEN_LENGTH}}}")


class ButlrAuth:
    """Holds the access token: cached, renewed early, and renewed by one caller at a time."""

    def __init__(
        self,
        session: Transport,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        clock: Callable[[], float] | None = None,
        on_date: Callable[[str | None, float], None] | None = None,
    ) -> None:
        """Prepare a login at `base_url`; nothing is sent before a token is needed.

        `on_date` is called with the Date header of every answer and the seconds the request took.
        """
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock or time.monotonic
        self._on_date = on_date
        self._token: str | None = None
        # How many logins were refused, and the text of the last refusal.
        self._refusals = 0
        self._refusal = ""
        self._renew_at = 0.0
        self._lock = asyncio.Lock()

    @property
    def has_token(self) -> bool:
        """Whether there is a token that need not be renewed yet."""
        return self._token is not None and self._clock() < self._renew_at

    async def token(self, refused: str | None = None) -> str:
        """Return a token; pass the one that an API just `refused` to get another one.

        Raises ButlrAuthError, ButlrRateLimitError, ButlrConnectionError, ButlrResponseError or ButlrAddressError.
        """
        before = self._refusals
        async with self._lock:
            # Callers that waited for the lock share the token, or the refusal, of the first one.
            if self._token is None or self._token == refused or self._clock() >= self._renew_at:
                self._token = None
                if self._refusals > before:
                    raise ButlrAuthError(self._refusal)
                try:
                    self._token = await self._login()
                except ButlrAuthError as err:
                    self._refusals, self._refusal = self._refusals + 1, str(err)
                    raise
            return self._token

    async def _login(self) -> str:
        """Request a new token, and set when to renew it."""
        body = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "audience": AUDIENCE,
            "grant_type": "client_credentials",
        }
        check_address(self._base_url)
        sent_at = self._clock()
        try:
            async with (
                # aiohttp's own timeout does not run while data keeps arriving.
                asyncio.timeout(REQUEST_TIMEOUT.total),
                self._session.post(
                    self._base_url + LOGIN_PATH, json=body, timeout=REQUEST_TIMEOUT, allow_redirects=False
                ) as response,
            ):
                if self._on_date:
                    self._on_date(response.headers.get("Date"), self._clock() - sent_at)
                raise_for_status(response.status, response.headers.get("Retry-After"))
                content = await read_body(response, MAX_BODY_SIZE)
        except (aiohttp.ClientError, TimeoutError) as err:
            raise ButlrConnectionError(f"No answer to the login: {type(err).__name__}") from None
        try:
            answer = await read_with(read_document, content)
        except ValueError:
            raise ButlrResponseError("The answer to the login is not JSON") from None
        token = read_token(answer)
        life = read_number(answer.get("expires_in"))
        if life is None or not 0 < life <= MAX_TOKEN_LIFETIME:
            life = DEFAULT_TOKEN_LIFETIME
        self._renew_at = sent_at + life - min(300.0, 0.2 * life)
        return token


def read_token(answer: Any) -> str:
    """Return the access token in the answer to a login; raise ButlrResponseError if there is none."""
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise ButlrResponseError("The answer to the login has no access token")
    return token


def raise_for_status(status: int, retry_after: str | None = None) -> None:
    """Raise the error for an HTTP status that tells the caller what to do (mcp: errors/mcp-errors.ts)."""
    if status == HTTPStatus.OK:
        return
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise ButlrAuthError(f"HTTP {status}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise ButlrRateLimitError(_seconds(retry_after))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise ButlrConnectionError(f"HTTP {status}")
    if status == HTTPStatus.BAD_REQUEST:
        raise ButlrBadRequestError(f"HTTP {status}")
    if status == HTTPStatus.NOT_FOUND:
        raise ButlrNotFoundError(f"HTTP {status}")
    raise ButlrResponseError(f"HTTP {status}")


def _seconds(retry_after: str | None) -> float:
    """Return the seconds of a Retry-After header; 60 if it is absent or a date (mcp: errors/mcp-errors.ts)."""
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return 60.0
    return 60.0 if math.isnan(seconds) else min(max(seconds, 1.0), 3600.0)
