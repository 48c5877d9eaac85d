"""What the client needs of an HTTP session: aiohttp's, or one that answers within this process."""

from collections.abc import AsyncIterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

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
