"""Credentials are sent only to the address that the user sees."""

import itertools

from hypothesis import given, strategies as st
import pytest
from yarl import URL

from custom_components.butlr.api.address import check_address
from custom_components.butlr.api.client import DEFAULT_BASE_URL, ButlrClient
from custom_components.butlr.api.errors import ButlrAddressError

from .cloud import CLIENT_ID, CLIENT_SECRET, Cloud, everything_about

BAD = (
    "",
    " ",
    "api.butlr.io",
    "//api.butlr.io",
    "ftp://api.butlr.io",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://",
    "https:///path",
    "https:/api.butlr.io",
    "https://?a",
    "https://name@other.host/",
    "https://name:word@other.host",
    "https://:@other.host",
    "https://@other.host",
    "https://api.butlr.io@other.host/",
    "https://api.butlr.io\\@other.host/",
    "https://api.butlr.io%40other.host/",
    "https://api.butlr.io/@other",
    "https://api.butlr.io?a=b",
    "https://api.butlr.io/?",
    "https://api.butlr.io#",
    "https://api.butlr.io/a#b",
    "https://api.butlr.io:",
    "https://api.butlr.io:0",
    "https://api.butlr.io:70000",
    "https://api.butlr.io:port",
    "https://api.butlr.io:443:444",
    "https://[::1",
    "https://[name]",
    "https://api butlr.io",
    "https://api.butlr.io/a b",
    "https://api.butlr.io\n",
    "https://api.butlr.io\x00",
    "https://api.butlr\u200b.io",
    "https://api.butlr\ud800.io",
    "https://api.butlr\u202e.io",
    "https://api.butlr.io/" + "a" * 3000,
)


@pytest.mark.parametrize(
    "address",
    [
        DEFAULT_BASE_URL,
        "http://127.0.0.1:8080",
        "HTTPS://API.BUTLR.IO",
        "http://[::1]:8080",
        "http://simulator",
        "http://simulator.local/butlr",
        "https://bücher.example",
    ],
)
def test_addresses_of_web_servers(address: str) -> None:
    """Addresses of web servers are accepted."""
    check_address(address)


@pytest.mark.parametrize("address", BAD, ids=itertools.count())
def test_other_addresses(address: str) -> None:
    """Other addresses are refused, and the error does not repeat what may be a secret."""
    with pytest.raises(ButlrAddressError) as caught:
        check_address(address)
    assert "other" not in str(caught.value)
    assert "word" not in str(caught.value)


@given(st.text(alphabet="htps:/@?#\\.a1[]% \n"), st.text(alphabet="@?#\\/:a.1[]%"))
def test_what_is_good_leads_where_it_says(beginning: str, end: str) -> None:
    """An accepted address has only scheme, host, port and path."""
    for address in (beginning + end, f"https://{beginning}{end}", f"https://a.b{end}"):
        try:
            check_address(address)
        except ButlrAddressError:
            continue
        url = URL(address)
        assert url.scheme in ("http", "https")
        assert url.host
        assert (url.user, url.password, url.query_string, url.fragment) == (None, None, "", "")


@pytest.mark.parametrize(
    "address", ["https://name:word@{host}/", "http://name@{host}", "http://{host}/?a=", "http://{host}#"]
)
async def test_nothing_is_sent(cloud: Cloud, client: ButlrClient, address: str) -> None:
    """Not even a login is sent to a refused address."""
    host = cloud.url.removeprefix("http://")
    other = ButlrClient(client._session, CLIENT_ID, CLIENT_SECRET, address.format(host=host))
    with pytest.raises(ButlrAddressError) as caught:
        await other.graphql("{ a }")
    # Nor is a request with an existing token.
    with pytest.raises(ButlrAddressError):
        await other._send("/api/v3/graphql", {}, "token", bytes)
    assert cloud.asked == []
    assert CLIENT_SECRET not in everything_about(caught.value)
