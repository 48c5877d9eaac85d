"""Oversized answers are refused while they arrive, and no answer blocks the event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from compression import zstd
import json
import threading
import tracemalloc
from types import FunctionType, MappingProxyType, SimpleNamespace
from typing import Any, Self, cast
import zlib

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.butlr.api import bodies, client as client_module, documents
from custom_components.butlr.api.auth import ButlrAuth
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.documents import LARGE_DOCUMENT, MAX_OBJECTS, read_document
from custom_components.butlr.api.errors import (
    ButlrAuthError,
    ButlrConnectionError,
    ButlrError,
    ButlrRateLimitError,
    ButlrResponseError,
    ButlrTimeoutError,
    ButlrTooLargeError,
)

from .cloud import CLIENT_ID, CLIENT_SECRET, GRAPHQL, LOGIN, REPORTING, Clock, everything_about

MEBIBYTE = bodies.MEBIBYTE
TOKEN = "token-that-nobody-may-see"

type Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Flood:
    """A server that answers whatever a test sets; its login is honest by default."""

    def __init__(self) -> None:
        """Begin with only a login."""
        self.serve: dict[str, Serve] = {LOGIN: self._login}
        self.sent = 0
        self._server: TestServer

    async def start(self) -> str:
        """Start listening; return the base URL."""
        app = web.Application()
        app.router.add_post("/{path:.*}", lambda request: self.serve[request.path](request))
        self._server = TestServer(app)
        await self._server.start_server()
        return str(self._server.make_url("")).rstrip("/")

    async def stop(self) -> None:
        """Close the server."""
        await self._server.close()

    async def _login(self, _request: web.Request) -> web.Response:
        return web.json_response({"access_token": TOKEN, "expires_in": 3600})

    def pieces(self, piece: bytes, count: int, *, status: int = 200, pause: float = 0, **headers: str) -> Serve:
        """Return a handler that sends a piece repeatedly until the client disconnects."""

        async def serve(request: web.Request) -> web.StreamResponse:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            response = web.StreamResponse(status=status, headers=names)
            await response.prepare(request)
            for _ in range(count):
                await response.write(piece)
                self.sent += len(piece)
                await asyncio.sleep(pause)
            return response

        return serve


@pytest.fixture
async def flood(socket_enabled: None) -> AsyncIterator[Flood]:
    """Run the server."""
    flood = Flood()
    yield flood
    await flood.stop()


@pytest.fixture
async def client(flood: Flood, session: aiohttp.ClientSession, clock: Clock) -> ButlrClient:
    """Return a client of the server."""
    return ButlrClient(session, CLIENT_ID, CLIENT_SECRET, await flood.start(), clock=clock)


def compressed(encoding: str, size: int) -> bytes:
    """Return compressed zeros."""
    if encoding == "zstd":
        return zstd.compress(bytes(size))
    if encoding == "br":
        brotli: Any = pytest.importorskip("brotli")
        compressor = brotli.Compressor(quality=1)
        pieces = [compressor.process(bytes(MEBIBYTE)) for _ in range(size // MEBIBYTE)]
        return b"".join((*pieces, compressor.finish()))
    bits = {"gzip": 31, "deflate": 15, "raw deflate": -15}[encoding]
    packer = zlib.compressobj(wbits=bits)
    return b"".join((*(packer.compress(bytes(MEBIBYTE)) for _ in range(size // MEBIBYTE)), packer.flush()))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "br", "zstd"])
@pytest.mark.parametrize(("path", "most"), [(GRAPHQL, 32), (REPORTING, 16), (LOGIN, 16)])
async def test_a_bomb(client: ButlrClient, flood: Flood, encoding: str, path: str, most: int) -> None:
    """A megabyte that would decompress to hundreds is refused as soon as the limit is exceeded."""
    body = compressed(encoding, 256 * MEBIBYTE)
    assert len(body) < 2 * MEBIBYTE
    flood.serve[path] = flood.pieces(body, 1, Content_Encoding=encoding.removeprefix("raw "))
    tracemalloc.start()
    try:
        with pytest.raises(ButlrTooLargeError, match=f"larger than {most} MiB") as caught:
            await (client.report({}) if path == REPORTING else client.graphql("{ a }"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # It is read up to the limit, and the event loop keeps running.
    assert peak < (3 * most + 16) * MEBIBYTE
    assert TOKEN not in everything_about(caught.value)


@pytest.mark.parametrize(("path", "most"), [(GRAPHQL, 32), (REPORTING, 16), (LOGIN, 16)])
async def test_an_endless_stream(client: ButlrClient, flood: Flood, path: str, most: int) -> None:
    """An answer that declares an excessive size is not read at all."""
    flood.serve[path] = flood.pieces(bytes(MEBIBYTE), 10_000)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    turning = asyncio.create_task(turn())
    with pytest.raises(ButlrTooLargeError):
        await (client.report({}) if path == REPORTING else client.graphql("{ a }"))
    turning.cancel()
    assert flood.sent < (most + 16) * MEBIBYTE
    assert turns > 50


async def test_a_size_that_is_told(client: ButlrClient, flood: Flood) -> None:
    """An answer of exactly the limit is accepted."""
    flood.serve[GRAPHQL] = flood.pieces(b" ", 1, pause=30, Content_Length=str(33 * MEBIBYTE))
    with pytest.raises(ButlrTooLargeError):
        await client.graphql("{ a }")


@pytest.mark.parametrize("length", [-1, 0, 1])
async def test_the_limit_itself(
    client: ButlrClient, flood: Flood, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """What is just small enough is an answer."""
    body = json.dumps({"data": {"text": "x" * 3 * MEBIBYTE}}).encode()
    monkeypatch.setattr(client_module, "MAX_GRAPHQL_BODY_SIZE", len(body) + length)
    flood.serve[GRAPHQL] = flood.pieces(body, 1)
    if length < 0:
        with pytest.raises(ButlrTooLargeError):
            await client.graphql("{ a }")
    else:
        assert len((await client.graphql("{ a }"))["text"]) == 3 * MEBIBYTE


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, ButlrAuthError), (429, ButlrRateLimitError), (500, ButlrConnectionError), (200, ButlrTooLargeError)],
)
async def test_a_status_is_heard(client: ButlrClient, flood: Flood, status: int, error: type[ButlrError]) -> None:
    """The status counts even if the body is too large."""
    flood.serve[GRAPHQL] = flood.pieces(bytes(MEBIBYTE), 100, status=status, Retry_After="5")
    with pytest.raises(error):
        await client.graphql("{ a }")


@pytest.mark.parametrize("path", [GRAPHQL, LOGIN])
@pytest.mark.parametrize("pause", [0, 0.01])
async def test_an_answer_that_does_not_end(
    client: ButlrClient, flood: Flood, monkeypatch: pytest.MonkeyPatch, path: str, pause: float
) -> None:
    """The timeout applies to slow and to steady streams, and to data that decompresses to nothing."""
    short = aiohttp.ClientTimeout(total=0.3)
    monkeypatch.setattr(client_module, "REQUEST_TIMEOUT", short)
    if path == GRAPHQL:
        # Log in first, without the short timeout.
        await client.auth.token()
    monkeypatch.setattr("custom_components.butlr.api.auth.REQUEST_TIMEOUT", short)
    flood.serve[path] = flood.pieces(b" ", 1_000_000, pause=pause)
    with pytest.raises(ButlrTimeoutError if path == GRAPHQL else ButlrConnectionError, match="TimeoutError"):
        await client.graphql("{ a }")
    packer = zlib.compressobj(wbits=31)
    nothing = packer.flush(zlib.Z_FULL_FLUSH)
    flood.serve[path] = flood.pieces(nothing, 1_000_000, pause=pause, Content_Encoding="gzip")
    with pytest.raises(ButlrConnectionError):
        await client.graphql("{ a }")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "unheard-of"])
async def test_what_is_not_what_it_is_said_to_be(client: ButlrClient, flood: Flood, encoding: str) -> None:
    """A wrong encoding raises an error and nothing worse."""
    flood.serve[GRAPHQL] = flood.pieces(b"no such encoding", 1, Content_Encoding=encoding)
    with pytest.raises(ButlrError):
        await client.graphql("{ a }")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
async def test_what_is_compressed_is_read(client: ButlrClient, flood: Flood, encoding: str) -> None:
    """Compressed answers are read."""
    text = json.dumps({"data": {"text": "x" * MEBIBYTE}}).encode()
    packed = {
        "gzip": lambda: zlib.compress(text, wbits=31),
        "deflate": lambda: zlib.compress(text),
        "zstd": lambda: zstd.compress(text),
    }[encoding]()
    flood.serve[GRAPHQL] = flood.pieces(packed, 1, Content_Encoding=encoding)
    assert len((await client.graphql("{ a }"))["text"]) == MEBIBYTE


def rows(count: int) -> list[dict[str, Any]]:
    """Return rows of the size of sensor rows."""
    return [{"id": f"sensor_{number}", "name": "A sensor", "note": "x" * 300} for number in range(count)]


async def test_a_large_answer_is_read_beside_the_loop(client: ButlrClient, flood: Flood) -> None:
    """Other tasks run during the parsing, not only before and after."""
    body = json.dumps({"data": {"sensors": rows(60_000)}}).encode()
    flood.serve[GRAPHQL] = flood.pieces(body, 1)
    turns = 0
    seen: list[tuple[threading.Thread, int]] = []

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    def read(content: bytes) -> Any:
        seen.append((threading.current_thread(), turns))
        document = read_document(content)
        seen.append((threading.current_thread(), turns))
        return document

    turning = asyncio.create_task(turn())
    answer = await client._post(GRAPHQL, {}, read)
    turning.cancel()
    assert len(answer["data"]["sensors"]) == 60_000
    (thread, before), (_, after) = seen
    assert thread is not threading.main_thread()
    assert after > before


def test_a_large_document_is_not_read_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser must run some Python between objects, so that other threads can take over."""
    hooks: list[Any] = []

    def loads(body: bytes, **how: Any) -> Any:
        hooks.append(how.get("object_hook"))
        return json.loads(body, **how)

    monkeypatch.setattr(documents, "json", SimpleNamespace(loads=loads))
    read_document(json.dumps(rows(2000)).encode())
    read_document(json.dumps(rows(20)).encode())
    (hook,) = hooks
    assert isinstance(hook, FunctionType)


class Torrent:
    """A response whose data is always available without waiting."""

    content_length = None
    status = 200
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, piece: bytes, count: int) -> None:
        """Repeat one piece."""
        self._piece, self._count = piece, count
        self.content = self

    async def iter_any(self) -> AsyncIterator[bytes]:
        """Yield the pieces."""
        for _ in range(self._count):
            yield self._piece

    async def __aenter__(self) -> Self:
        """Enter the response context."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """There is nothing to close."""


async def test_what_is_there_already_lets_others_get_on() -> None:
    """Reading yields to the event loop after each piece."""
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    turning = asyncio.create_task(turn())
    assert await bodies.read_body(cast("aiohttp.ClientResponse", Torrent(b"x", 1000)), 1000) == b"x" * 1000
    turning.cancel()
    assert turns > 900


@pytest.mark.parametrize("path", [GRAPHQL, LOGIN])
async def test_what_is_there_already_has_its_time_too(
    client: ButlrClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The timeout of a session runs only while it waits, so ours must apply as well."""
    short = aiohttp.ClientTimeout(total=0.1)
    monkeypatch.setattr(client_module, "REQUEST_TIMEOUT", short)
    monkeypatch.setattr("custom_components.butlr.api.auth.REQUEST_TIMEOUT", short)
    if path == GRAPHQL:
        await client.auth.token()
    monkeypatch.setattr(client._session, "post", lambda *_, **__: Torrent(b"", 300_000))
    with pytest.raises(ButlrConnectionError, match="TimeoutError"):
        await client.graphql("{ a }")


async def test_a_small_answer_costs_no_thread(client: ButlrClient, flood: Flood) -> None:
    """A small answer is parsed without a thread."""
    flood.serve[GRAPHQL] = flood.pieces(b'{"data": {}}', 1)
    assert await client._post(GRAPHQL, {}, lambda body: threading.current_thread()) is threading.main_thread()


@pytest.mark.parametrize("piece", [b"[],", b"{},", b"0,", b'[["a"]],'])
def test_a_document_of_too_many_things(piece: bytes) -> None:
    """Sixteen megabytes of tiny values would need half a gigabyte."""
    body = b'{"data": {"a": [' + piece * (16 * MEBIBYTE // len(piece)) + b"0]}}"
    with pytest.raises(ValueError, match="too much"):
        read_document(body)


@pytest.mark.parametrize("large", [True, False])
def test_a_number_of_thousands_of_digits(large: bool) -> None:
    """It becomes infinity, and the other numbers are read."""
    more = rows(1000 if large else 1)
    text = json.dumps({"data": [{"value": 1}, {"value": 0}, *more]}).replace('"value": 0', f'"value": {"9" * 6000}')
    assert (len(text) >= LARGE_DOCUMENT) is large
    values = [row.get("value") for row in read_document(text.encode())["data"]]
    assert values[:2] == [1, float("inf")]


def test_a_large_document_that_is_deep() -> None:
    """An extremely nested document is refused."""
    with pytest.raises(ValueError, match="deep"):
        read_document(b'{"a":' * (MAX_OBJECTS // 2))


def test_limits() -> None:
    """An estate of 5,000 rooms is far below the limits."""
    assert (bodies.MAX_GRAPHQL_BODY_SIZE, bodies.MAX_BODY_SIZE) == (32 * MEBIBYTE, 16 * MEBIBYTE)
    assert documents.MAX_VALUES >= 2_000_000


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b'"token"',
        b"null",
        b"{}",
        b'{"access_token": {"a": 1}}',
        b'{"access_token": ["t"]}',
        b'{"access_token": 5}',
        b'{"access_token": ""}',
        b'{"access_token": "two\\nlines"}',
        b'{"access_token": "a\\u0000b"}',
        b'{"access_token": "\\ud800"}',
        b'{"access_token": "caf\\u00e9"}',
        b'{"access_token": "with a space"}',
        b'{"access_token": "' + b"x" * 20_000 + b'"}',
        b"<html>",
        b"",
        b"\xff\xfe",
    ],
)
async def test_a_login_of_a_wrong_type(client: ButlrClient, flood: Flood, answer: bytes) -> None:
    """The error mentions the login but not the answer."""
    flood.serve[LOGIN] = flood.pieces(answer, 1)
    with pytest.raises(ButlrResponseError, match="login") as caught:
        await client.graphql("{ a }")
    assert "two" not in everything_about(caught.value).replace("two_", "")


@pytest.mark.parametrize("life", ['"3600"', '"long"', "{}", "[1]", "true", "-5", "0", "1e300", "9" * 6000, "null"])
async def test_a_life_of_a_wrong_type(session: aiohttp.ClientSession, flood: Flood, clock: Clock, life: str) -> None:
    """The token is used for the default lifetime."""
    flood.serve[LOGIN] = flood.pieces(f'{{"access_token": "t", "expires_in": {life}}}'.encode(), 1)
    auth = ButlrAuth(session, await flood.start(), CLIENT_ID, CLIENT_SECRET, clock=clock)
    assert await auth.token() == "t"
    assert auth.has_token
    clock.now += 300
    assert not auth.has_token
