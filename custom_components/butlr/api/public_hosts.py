"""Requests to addresses that others entered at Butlr: to public hosts only.

Nobody outside may use Home Assistant to reach the network that it is in.
"""

from ipaddress import ip_address
import socket
from ssl import SSLContext
from typing import override

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL


def open_public_session(api: URL, ssl_context: SSLContext) -> aiohttp.ClientSession:
    """Return a session that reaches public hosts, and the host of the API, which the user has entered."""
    connector = aiohttp.TCPConnector(resolver=_PublicResolver(api), ssl=ssl_context)
    # No proxy of the environment is used, since it would reach other hosts than those that are checked here.
    return aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


def is_private(host: str) -> bool:
    """Return whether a host is an IP address that is not public; names are checked when they are resolved."""
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return not address.is_global or address.is_multicast or (mapped is not None and not mapped.is_global)


class _PublicResolver(AbstractResolver):
    """Resolves names to public addresses only, so that a name cannot lead into the own network."""

    def __init__(self, api: URL) -> None:
        """Trust the host of the API, wherever it is."""
        self._trusted = (api.host, api.port)
        self._resolver = aiohttp.ThreadedResolver()

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if (host, port) != self._trusted:
            found = [one for one in found if not is_private(one["host"])]
        if not found:
            raise OSError("The host has no public address")
        return found

    @override
    async def close(self) -> None:
        await self._resolver.close()
