"""Pictures are fetched from anywhere, so nothing about the address or the answer is trusted."""

from collections.abc import AsyncIterator
import ssl

from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.butlr.api import pictures
from custom_components.butlr.api.errors import (
    ButlrConnectionError,
    ButlrError,
    ButlrResponseError,
    ButlrTooLargeError,
)
from custom_components.butlr.api.pictures import MAX_PICTURE_SIZE, MAX_REDIRECTS, fetch_picture, picture_type

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


class Host:
    """A web server that notes what it is asked."""

    def __init__(self) -> None:
        """Prepare the routes."""
        self.asked: list[web.Request] = []
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return str(self.server.make_url("")).rstrip("/")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        match request.path:
            case "/plan.png":
                return web.Response(body=PNG, content_type="text/html")
            case "/to":
                return web.Response(status=302, headers={"Location": request.query["url"]})
            case "/loop":
                return web.Response(status=307, headers={"Location": f"/loop?{len(self.asked)}"})
            case "/large":
                return web.Response(body=PNG + bytes(MAX_PICTURE_SIZE))
            case "/endless":
                response = web.StreamResponse()
                await response.prepare(request)
                for _ in range(2 * MAX_PICTURE_SIZE // 100_000):
                    await response.write(bytes(100_000))
                return response
            case "/page":
                return web.Response(body=b"<!DOCTYPE html><html><svg></svg></html>", content_type="image/png")
        return web.Response(status=404)


@pytest.fixture
async def api(socket_enabled: None) -> AsyncIterator[Host]:
    """Run the host of the API, whose pictures may be fetched although its address is private."""
    host = Host()
    await host.server.start_server()
    yield host
    await host.server.close()


@pytest.fixture
async def other(socket_enabled: None) -> AsyncIterator[Host]:
    """Run another host in the own network, which nobody outside may reach through this code."""
    host = Host()
    await host.server.start_server()
    yield host
    await host.server.close()


async def fetch(address: str, api: Host) -> pictures.Picture:
    """Fetch a picture."""
    return await fetch_picture(address, api.url, ssl.create_default_context())


async def test_a_picture_of_the_api(api: Host) -> None:
    """Its type is what its content says, and no credentials are sent."""
    picture = await fetch(f"{api.url}/plan.png?signature=1", api)
    assert (picture.content_type, picture.content) == ("image/png", PNG)
    (request,) = api.asked
    assert request.query["signature"] == "1"
    assert not {"Authorization", "Cookie"} & set(request.headers)


@pytest.mark.parametrize(
    "address",
    [
        "{other}/plan.png",
        "http://example.com/plan.png",
        "https://user:password@example.com/plan.png",
        "https://127.0.0.1/plan.png",
        "https://[::1]/plan.png",
        "https://[::ffff:127.0.0.1]/plan.png",
        "https://10.1.2.3/plan.png",
        "https://192.168.1.1/plan.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/plan.png",
        "https://0.0.0.0/plan.png",
        "https://224.0.0.1/plan.png",
        "ftp://example.com/plan.png",
        "file:///etc/passwd",
        "data:image/png;base64,iVBORw0KGgo=",
        "javascript:alert(1)",
        "//example.com/plan.png",
        "/plan.png",
        "https://",
        "https://example.com:99999/plan.png",
        "http://[",
        "",
    ],
)
async def test_addresses_that_are_not_asked(api: Host, other: Host, address: str) -> None:
    """Only https to public addresses is allowed, and the host of the API itself; directly or by a redirect."""
    address = address.replace("{other}", other.url)
    with pytest.raises(ButlrResponseError):
        await fetch(address, api)
    assert (api.asked, other.asked) == ([], [])
    if address and not address.startswith("/"):
        with pytest.raises(ButlrResponseError):
            await fetch(str(api.server.make_url("/to").with_query(url=address)), api)
        assert len(api.asked) == 1
        assert other.asked == []


@pytest.mark.parametrize("host", ["localhost", "2130706433", "127.1"])
async def test_names_of_private_addresses_are_not_asked(api: Host, other: Host, host: str) -> None:
    """A name is resolved first, and only its public addresses are used."""
    with pytest.raises(ButlrError):
        await fetch(f"https://{host}:{other.server.port}/plan.png", api)
    with pytest.raises(ButlrError):
        await fetch(f"https://{host}:{api.server.port}/plan.png", api)
    assert (api.asked, other.asked) == ([], [])


async def test_redirects(api: Host) -> None:
    """A few redirects are followed."""
    assert (await fetch(f"{api.url}/to?url=/plan.png", api)).content == PNG
    assert len(api.asked) == 2
    api.asked.clear()
    with pytest.raises(ButlrResponseError):
        await fetch(f"{api.url}/loop", api)
    assert len(api.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize("path", ["large", "endless"])
async def test_large_pictures(api: Host, path: str) -> None:
    """Reading stops at the limit, whether the answer tells its size or not."""
    with pytest.raises(ButlrTooLargeError):
        await fetch(f"{api.url}/{path}", api)


async def test_what_is_no_picture(api: Host) -> None:
    """A page is refused, whatever type it claims, and so is an error."""
    for path in ("page", "nothing"):
        with pytest.raises(ButlrResponseError):
            await fetch(f"{api.url}/{path}", api)


async def test_a_host_that_does_not_answer(api: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens on the network is one error."""
    url = api.url
    with monkeypatch.context() as patch:
        patch.setattr(pictures, "PICTURE_TIMEOUT", 0.0)
        with pytest.raises(ButlrConnectionError):
            await fetch(f"{url}/plan.png", api)
    await api.server.close()
    with pytest.raises(ButlrConnectionError):
        await fetch_picture(f"{url}/plan.png", url, ssl.create_default_context())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(10), "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (SVG, "image/svg+xml"),
        (
            b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n<!DOCTYPE svg PUBLIC "a" "b">\n' + SVG,
            "image/svg+xml",
        ),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"GIF89a", None),
        (b"%PDF-1.7", None),
        (b"<html><svg></svg></html>", None),
        (b"<!DOCTYPE html><svg></svg>", None),
        (b"<!-- --><script>alert(1)</script><svg>", None),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>', None),
        (b"<svgx>", None),
        (b"", None),
    ],
)
def test_types(content: bytes, expected: str | None) -> None:
    """The type is taken from the content, never from what the server says."""
    assert picture_type(content) == expected


def test_garbage_is_read_in_no_time() -> None:
    """A text that nearly begins like an SVG costs no more than any other."""
    for garbage in (b"<!-- " * 100_000, b" " * 1_000_000, b"<!DOCTYPE svg" * 100_000, b"<?xml" * 100_000):
        assert picture_type(garbage) is None
