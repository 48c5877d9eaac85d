"""Answers as they come in, piece by piece: nothing from the network is trusted in size, and none stops the loop."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import aiohttp

from .documents import LARGE_DOCUMENT
from .errors import ButlrTooLargeError

MEBIBYTE: Final = 1024 * 1024
# An organization of 5,000 rooms takes 2 MiB of GraphQL, the largest question of the reporting service 4 MiB.
MAX_GRAPHQL_BODY_SIZE: Final = 32 * MEBIBYTE
MAX_BODY_SIZE: Final = 16 * MEBIBYTE


async def read_body(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return the body of an answer; raises ButlrTooLargeError as soon as more than `most` bytes of it came.

    They are counted as they are read, which is after decompression: aiohttp decompresses some hundred kilobytes at a
    time, and goes on when these were taken.
    """
    if (response.content_length or 0) > most:
        response.close()
        raise ButlrTooLargeError(most)
    body = bytearray()
    async for piece in response.content.iter_any():
        if len(body) + len(piece) > most:
            response.close()
            raise ButlrTooLargeError(most)
        body += piece
        # What comes fast is there already, and waiting for it lets nobody else get on.
        await asyncio.sleep(0)
    return bytes(body)


async def read_with(read: Callable[[bytes], Any], body: bytes) -> Any:
    """Read a document; a large one beside the event loop."""
    return read(body) if len(body) < LARGE_DOCUMENT else await asyncio.to_thread(read, body)
