"""Read response bodies in pieces, up to a limit, without blocking the event loop."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from .documents import LARGE_DOCUMENT
from .errors import ButlrTooLargeError
from .transport import TransportResponse

MEBIBYTE: Final = 1024 * 1024
# Bytes. An organization of 5,000 rooms takes 2 MiB of GraphQL; the largest reporting answer takes 4 MiB.
MAX_GRAPHQL_BODY_SIZE: Final = 32 * MEBIBYTE
MAX_BODY_SIZE: Final = 16 * MEBIBYTE


async def read_body(response: TransportResponse, limit: int) -> bytes:
    """Return the body of a response; raise ButlrTooLargeError as soon as more than `limit` bytes have arrived.

    Bytes are counted after decompression. aiohttp decompresses a few hundred kilobytes at a time and waits until they
    have been read.
    """
    if (response.content_length or 0) > limit:
        response.close()
        raise ButlrTooLargeError(limit)
    body = bytearray()
    async for piece in response.content.iter_any():
        if len(body) + len(piece) > limit:
            response.close()
            raise ButlrTooLargeError(limit)
        body += piece
        # Data that is already buffered is returned without waiting, so yield to the event loop here.
        await asyncio.sleep(0)
    return bytes(body)


async def read_with(read: Callable[[bytes], Any], body: bytes) -> Any:
    """Parse a document; large ones in a thread."""
    return read(body) if len(body) < LARGE_DOCUMENT else await asyncio.to_thread(read, body)
