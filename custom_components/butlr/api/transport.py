"""What the client needs of an HTTP session: aiohttp's, or one that answers within this process."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any, Final, Protocol

import aiohttp


class ResponseBody(Protocol):
    """The body of a response, as it arrives."""

    def iter_any(self) -> AsyncIterable[bytes]:
        """Return the pieces of the body."""


class TransportResponse(Protocol):
    """A response whose head has arrived."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers."""

    @property
    def content_length(self) -> int | None:
        """Return the length of the body if it was declared."""

    @property
    def content(self) -> ResponseBody:
        """Return the body."""

    def close(self) -> None:
        """Close the connection without reading the rest."""


class Transport(Protocol):
    """Sends requests."""

    def post(
        self,
        url: str,
        *,
        json: dict[str, Any],
        headers: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout,
        allow_redirects: bool,
    ) -> AbstractAsyncContextManager[TransportResponse]:
        """Return the context of one exchange."""


class CompleteResponse:
    """A response that has already arrived as a whole."""

    status: Final = HTTPStatus.OK
    headers: Mapping[str, str] = {}

    def __init__(self, body: bytes) -> None:
        """Take the body."""
        self.content_length = len(body)
        self.content = self
        self._body = body

    async def iter_any(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        yield self._body

    def close(self) -> None:
        """Do nothing: there is no connection."""
