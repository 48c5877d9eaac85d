"""The token is cached, renewed early and fetched once for all callers, and failures are distinguished."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from custom_components.butlr.api.auth import ButlrAuth, raise_for_status
from custom_components.butlr.api.errors import (
    ButlrAuthError,
    ButlrBadRequestError,
    ButlrConnectionError,
    ButlrError,
    ButlrForbiddenError,
    ButlrNotFoundError,
    ButlrRateLimitError,
    ButlrResponseError,
)
from tests.helpers.timeouts import controlled_timeouts
from tests.simulator import Simulator

from .cloud import CLIENT_ID, CLIENT_SECRET, LOGIN, Asked, Clock, Cloud, Reply, everything_about, example


@pytest.fixture
def auth(cloud: Cloud, session: aiohttp.ClientSession, clock: Clock) -> ButlrAuth:
    """Return a login at the scripted cloud."""
    return ButlrAuth(session, cloud.url, CLIENT_ID, CLIENT_SECRET, clock=clock)


def grant(**more: Any) -> Reply:
    """Return a login that succeeds."""
    return Reply(body={"access_token": "token-x", **more})


async def test_request(cloud: Cloud, session: aiohttp.ClientSession) -> None:
    """The login is the documented one, sent when first needed; a base URL may end in a slash."""
    auth = ButlrAuth(session, cloud.url + "/", CLIENT_ID, CLIENT_SECRET)
    assert (cloud.logins, auth.has_token) == (0, False)
    assert await auth.token() == "token-1"
    (asked,) = cloud.asked
    assert (asked.method, asked.path) == ("POST", LOGIN)
    assert asked.body == {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "audience": "https://butlrauth/",
        "grant_type": "client_credentials",
    }
    assert asked.headers["Content-Type"] == "application/json"
    assert "Authorization" not in asked.headers
    assert auth.has_token


async def test_documented_answer(cloud: Cloud, auth: ButlrAuth) -> None:
    """The documented answer gives its access token, once for all later callers."""
    cloud.script(LOGIN, Reply(body=example("login-client-credentials")))
    for _ in range(3):
        assert await auth.token() == "eyJhbGciOiJSUzI1NiJ9.EXAMPLE.m2m"
    assert cloud.logins == 1


@pytest.mark.parametrize(
    ("life", "trusted"), [(3666, 3366), (1000, 800), (1500, 1200), (1501, 1201), (10, 8), (0.5, 0.4), (86400.0, 86100)]
)
async def test_renewed_early(cloud: Cloud, auth: ButlrAuth, clock: Clock, life: float, trusted: float) -> None:
    """A token is renewed a fifth of its lifetime before its end, but at most 300 s before it."""
    cloud.script(LOGIN, grant(expires_in=life))
    await auth.token()
    clock.now = 1000 + trusted - 0.01
    assert auth.has_token
    assert await auth.token() == "token-x"
    clock.now = 1000 + trusted + 0.001
    assert not auth.has_token
    assert await auth.token() == "token-2"
    assert cloud.logins == 2


async def test_renewed_at_the_very_moment(cloud: Cloud, auth: ButlrAuth, clock: Clock) -> None:
    """At the exact renewal time, the token is renewed, and `has_token` is already False."""
    cloud.script(LOGIN, grant(expires_in=3666))
    await auth.token()
    clock.now = 4366.0
    assert not auth.has_token
    assert await auth.token() == "token-2"


async def test_life_counts_from_the_question(cloud: Cloud, auth: ButlrAuth, clock: Clock) -> None:
    """A slow answer does not extend a token's lifetime."""

    def slow(asked: Asked) -> Reply:
        clock.now += 20
        return grant(expires_in=1000)

    cloud.script(LOGIN, slow)
    await auth.token()
    clock.now = 1000 + 799
    assert auth.has_token
    clock.now = 1000 + 801
    assert not auth.has_token


ODD_LIVES: tuple[Any, ...] = (None, True, "3666", 0, -5, [1], {})


@pytest.mark.parametrize("answer", [{}, *({"expires_in": odd} for odd in ODD_LIVES)])
async def test_unknown_life(cloud: Cloud, auth: ButlrAuth, clock: Clock, answer: dict[str, Any]) -> None:
    """A token of unknown lifetime is used for five minutes, less the margin."""
    cloud.script(LOGIN, grant(**answer))
    await auth.token()
    clock.now = 1000 + 239
    assert auth.has_token
    clock.now = 1000 + 241
    assert not auth.has_token


async def test_single_flight(cloud: Cloud, auth: ButlrAuth, clock: Clock) -> None:
    """However many callers wait for a token, one login is sent: at first, after a refusal, and at renewal."""
    assert set(await asyncio.gather(*(auth.token() for _ in range(20)))) == {"token-1"}
    assert set(await asyncio.gather(*(auth.token(refused="token-1") for _ in range(20)))) == {"token-2"}
    clock.now += 3666
    assert set(await asyncio.gather(*(auth.token() for _ in range(20)))) == {"token-3"}
    assert cloud.logins == 3


async def test_whoever_waits_shares_a_refusal(cloud: Cloud, auth: ButlrAuth) -> None:
    """Twenty concurrent callers share one refused login; a later caller tries again."""
    cloud.script(LOGIN, Reply(status=401), Reply(status=403))
    for logins, status in ((1, 401), (2, 403)):
        results = await asyncio.gather(*(auth.token() for _ in range(20)), return_exceptions=True)
        assert [str(result) for result in results] == [f"HTTP {status}"] * 20
        assert {type(result) for result in results} == {ButlrAuthError}
        assert cloud.logins == logins
    assert await auth.token() == "token-3"


async def test_refused_token(cloud: Cloud, auth: ButlrAuth) -> None:
    """A refused token is replaced before it expires; a refusal of an older token changes nothing."""
    assert await auth.token() == "token-1"
    assert await auth.token(refused="token-1") == "token-2"
    assert await auth.token(refused="token-1") == "token-2"
    assert await auth.token() == "token-2"
    assert cloud.logins == 2


async def test_refused_token_is_dropped_at_once(cloud: Cloud, auth: ButlrAuth) -> None:
    """A refused token is not returned again if the next login fails."""
    await auth.token()
    cloud.script(LOGIN, Reply(status=503))
    with pytest.raises(ButlrConnectionError):
        await auth.token(refused="token-1")
    assert not auth.has_token
    assert await auth.token() == "token-3"


STATUSES = [
    *((status, ButlrResponseError) for status in (201, 204, 301, 405, 422)),
    (400, ButlrBadRequestError),
    (404, ButlrNotFoundError),
    *((status, ButlrAuthError) for status in (401, 403)),
    *((status, ButlrConnectionError) for status in (408, 500, 502, 503, 504)),
]


@pytest.mark.parametrize(("status", "error"), STATUSES)
async def test_statuses(cloud: Cloud, auth: ButlrAuth, status: int, error: type[ButlrError]) -> None:
    """Each status raises the error that tells what to do, whatever the body contains."""
    body = None if status == 204 else {"access_token": "token-x", "expires_in": 1000}
    cloud.script(LOGIN, Reply(status=status, body=body))
    with pytest.raises(error, match=rf"^HTTP {status}$") as caught:
        await auth.token()
    assert type(caught.value) is error
    assert not auth.has_token
    assert await auth.token() == "token-2"


@pytest.mark.parametrize(("status", "error"), STATUSES)
def test_raise_for_status(status: int, error: type[ButlrError]) -> None:
    """The statuses mean the same for the other APIs."""
    with pytest.raises(error) as caught:
        raise_for_status(status)
    assert type(caught.value) is error


def test_success_raises_nothing() -> None:
    """HTTP 200 is the only success."""
    raise_for_status(200, "60")


@pytest.mark.parametrize(("name", "error"), [("login-error-401", ButlrAuthError), ("login-error-403", ButlrAuthError)])
async def test_refused_credentials(cloud: Cloud, auth: ButlrAuth, name: str, error: type[ButlrError]) -> None:
    """Refused credentials are not mistaken for a missing permission."""
    cloud.script(LOGIN, Reply(status=int(name[-3:]), body=example(name)))
    with pytest.raises(error) as caught:
        await auth.token()
    assert not isinstance(caught.value, ButlrForbiddenError)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 60),
        ("7", 7),
        ("7.5", 7.5),
        ("", 60),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ("nan", 60),
        ("0", 1),
        ("-3", 1),
        ("3600", 3600),
        ("99999", 3600),
        ("inf", 3600),
    ],
)
async def test_rate_limit(cloud: Cloud, auth: ButlrAuth, header: str | None, seconds: float) -> None:
    """After a 429, Retry-After is used within limits, and a minute if it is unreadable."""
    headers = {} if header is None else {"Retry-After": header}
    cloud.script(LOGIN, Reply(status=429, body=example("login-error-429"), headers=headers))
    with pytest.raises(ButlrRateLimitError) as caught:
        await auth.token()
    assert caught.value.retry_after == seconds


NO_OBJECTS: tuple[Any, ...] = ([], ["access_token"], b"null", 5, "token", {})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        *((body, "is not JSON") for body in (b"", b"<html>", b"\xff\xfe\x00", b'{"access_token": "tok')),
        *((body, "has no access token") for body in NO_OBJECTS),
        *(({"access_token": token, "expires_in": 9}, "has no access token") for token in (None, "", 5, True, ["x"])),
    ],
)
async def test_senseless_answers(cloud: Cloud, auth: ButlrAuth, body: Any, text: str) -> None:
    """An answer without a token raises an error and leaves no state."""
    cloud.script(LOGIN, Reply(body=body))
    with pytest.raises(ButlrResponseError, match=text):
        await auth.token()
    assert not auth.has_token
    assert await auth.token() == "token-2"


async def test_no_answer_in_time(cloud: Cloud, auth: ButlrAuth) -> None:
    """A server that does not answer is abandoned after 30 s, like in Butlr's own client."""
    cloud.script(LOGIN, Reply(hang=True))
    with controlled_timeouts() as timeouts:
        cloud.hung = timeouts.hang
        with pytest.raises(ButlrConnectionError, match="TimeoutError"):
            await auth.token()
        assert await auth.token() == "token-2"


async def test_dropped_connection(cloud: Cloud, auth: ButlrAuth) -> None:
    """A broken connection raises an error that can be retried."""
    cloud.script(LOGIN, Reply(drop=True))
    with pytest.raises(ButlrConnectionError):
        await auth.token()


async def test_nobody_listens(session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
    """A refused connection raises an error that can be retried."""
    auth = ButlrAuth(session, f"http://127.0.0.1:{unused_tcp_port}", CLIENT_ID, CLIENT_SECRET)
    with pytest.raises(ButlrConnectionError):
        await auth.token()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(cloud: Cloud, auth: ButlrAuth, status: int) -> None:
    """Credentials are sent only to the configured address."""
    cloud.always("/elsewhere", grant())
    cloud.script(LOGIN, Reply(status=status, headers={"Location": f"{cloud.url}/elsewhere"}))
    with pytest.raises(ButlrResponseError):
        await auth.token()
    assert [asked.path for asked in cloud.asked] == [LOGIN]


def echo(asked: Asked) -> Reply:
    """Return everything that was sent, as a hostile server might."""
    return Reply(body={"error": f"no: {asked.body}", "token": "granted"})


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 429, 500])
async def test_nothing_secret_is_told(cloud: Cloud, auth: ButlrAuth, status: int) -> None:
    """No error shows a credential or any text from the server."""
    cloud.script(LOGIN, lambda asked: Reply(status=status, body=echo(asked).body))
    with pytest.raises(ButlrError) as caught:
        await auth.token()
    told = everything_about(caught.value) + repr(auth)
    assert not [word for word in (CLIENT_SECRET, CLIENT_ID, "granted", "grant_type") if word in str(caught.value)]
    assert CLIENT_SECRET not in told
    assert "granted" not in told


async def test_real_time(cloud: Cloud, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default, a monotonic clock is used."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    auth = ButlrAuth(session, cloud.url, CLIENT_ID, CLIENT_SECRET)
    monkeypatch.undo()
    await auth.token()
    assert auth.has_token
    clock.now += 3666
    assert not auth.has_token


async def test_simulator(simulator: Simulator, session: aiohttp.ClientSession, clock: Clock) -> None:
    """The simulated cloud, which checks the login as documented, accepts only the right secret."""
    auth = ButlrAuth(session, simulator.url, simulator.client_id, simulator.client_secret, clock=clock)
    assert await auth.token() == await auth.token()
    with pytest.raises(ButlrAuthError):
        await ButlrAuth(session, simulator.url, simulator.client_id, "wrong", clock=clock).token()
    assert [(record.path, record.status) for record in simulator.requests] == [(LOGIN, 200), (LOGIN, 401)]
