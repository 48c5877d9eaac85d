"""Fetch a picture from an address that Butlr gave, without trusting the address or what is there.

The address may lead anywhere. It is asked for only by https, without credentials, and never at an address that is not
public: nobody outside may use Home Assistant to reach the network that it is in. The one exception is the host of the
API itself, which the user has entered.
"""

import asyncio
from dataclasses import dataclass
import re
from ssl import SSLContext
from typing import Final

import aiohttp
from yarl import URL

from .bodies import MEBIBYTE, read_body
from .errors import ButlrConnectionError, ButlrResponseError
from .public_hosts import is_private, open_public_session

MAX_PICTURE_SIZE: Final = 5 * MEBIBYTE
MAX_REDIRECTS: Final = 3
PICTURE_TIMEOUT: Final = 30.0
SVG: Final = "image/svg+xml"
# What may stand before the root of an SVG.
_SVG_START: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*|<!DOCTYPE\s+svg[^>\[]*>\s*)*<svg[\s>]",
    re.DOTALL,
)
_SVG_START_LENGTH: Final = 4096


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and its type as its content shows it."""

    content_type: str
    content: bytes


async def fetch_picture(address: str, api_address: str, ssl_context: SSLContext) -> Picture:
    """Return the picture at an address; raise ButlrConnectionError or ButlrResponseError."""
    api = URL(api_address)
    try:
        async with open_public_session(api, ssl_context) as session, asyncio.timeout(PICTURE_TIMEOUT):
            content = await _fetch(session, address, api)
    except TimeoutError, aiohttp.ClientError, OSError:
        raise ButlrConnectionError("No answer from the address of a floor plan") from None
    if content_type := picture_type(content):
        return Picture(content_type, content)
    raise ButlrResponseError("A floor plan is no picture that browsers show")


async def _fetch(session: aiohttp.ClientSession, address: str, api: URL) -> bytes:
    """Return what is at an address, after a few redirects, each of which is checked like the first address."""
    url = _checked(address, api)
    for _ in range(MAX_REDIRECTS + 1):
        async with session.get(url, allow_redirects=False) as response:
            if 300 <= response.status < 400 and (location := response.headers.get("Location")):
                url = _checked(location, api, url)
                continue
            if response.status != 200:
                raise ButlrResponseError(f"A floor plan was answered with HTTP {response.status}")
            return await read_body(response, MAX_PICTURE_SIZE)
    raise ButlrResponseError("A floor plan has too many redirects")


def _checked(address: str, api: URL, base: URL | None = None) -> URL:
    """Return an address that may be asked; raise ButlrResponseError for any other."""
    try:
        url = base.join(URL(address)) if base else URL(address)
        is_api = url.host is not None and url.origin() == api.origin()
    except ValueError:
        raise ButlrResponseError("The address of a floor plan is not a web address") from None
    if is_api and not url.user:
        return url
    if url.scheme != "https" or not url.host or url.user or url.password:
        raise ButlrResponseError("The address of a floor plan is not a public address with https")
    if is_private(url.host):
        raise ButlrResponseError("The address of a floor plan is not a public address")
    return url


def picture_type(content: bytes) -> str | None:
    """Return the type of a picture that every browser shows, by its content; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return SVG if _SVG_START.match(content[:_SVG_START_LENGTH]) else None
