"""A keep-alive connection that posts one body after the other.

An HTTP client of a library needs as much of the processor as the server that is measured here, and on a machine of two
cores would be what is measured. This one knows no more of HTTP than Home Assistant's answers to a webhook need.
"""

import asyncio
from collections.abc import Callable
import re
import time
from typing import override

from yarl import URL

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OK = b"HTTP/1.1 200 "


class RefusedError(Exception):
    """An answer was no success, or none at all."""


class Connection(asyncio.Protocol):
    """Posts the next body when the one before is answered."""

    def __init__(self, head: bytes, next_body: Callable[[], bytes | None], answered: Callable[[float], None]) -> None:
        """Ask for the next body until there is none; tell how long each answer took, in seconds."""
        self._head = head
        self._next_body = next_body
        self._answered = answered
        self._transport: asyncio.WriteTransport
        self._sent = 0.0
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - what every TCP connection has
        self._transport = transport

    def post(self) -> None:
        """Send the next body, if there is one."""
        body = self._next_body()
        if body is None:
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = _LENGTH.search(head)
        if length is None or not head.startswith(_OK):
            self._fail(RefusedError(head.partition(b"\r\n")[0].decode(errors="replace")))
        elif len(body) >= int(length[1]):
            self._buffer = b""
            self._answered(time.perf_counter() - self._sent)
            self.post()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(RefusedError(f"the connection ended: {exc}"))

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def _fail(self, error: Exception) -> None:
        """Tell who waits."""
        if not self.done.done():
            self.done.set_exception(error)


def head_of(url: str, header: str, secret: str) -> bytes:
    """Return a request up to the value of its length, which comes last."""
    address = URL(url)
    lines = [
        f"POST {address.raw_path} HTTP/1.1",
        f"Host: {address.authority}",
        "Content-Type: application/json",
        f"{header}: {secret}",
        "Content-Length: ",
    ]
    return "\r\n".join(lines).encode()
