"""The client handles tokens, refusals, GraphQL errors and limits, and reveals no secrets."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from custom_components.butlr.api.budget import REQUESTS_PER_MINUTE
from custom_components.butlr.api.client import DEFAULT_BASE_URL, MAX_CONCURRENT_REQUESTS, ButlrClient
from custom_components.butlr.api.errors import (
    ButlrAuthError,
    ButlrConnectionError,
    ButlrError,
    ButlrForbiddenError,
    ButlrGraphQLError,
    ButlrNotFoundError,
    ButlrOverloadedError,
    ButlrRateLimitError,
    ButlrResponseError,
)
from tests.helpers.timeouts import controlled_timeouts
from tests.simulator import Simulator

from .cloud import (
    CLIENT_ID,
    CLIENT_SECRET,
    GRAPHQL,
    LOGIN,
    REPORTING,
    Asked,
    Clock,
    Cloud,
    Reply,
    everything_about,
    example,
)

SITES = "query Sites { sites { data { id } } }"
GOOD = Reply(body={"data": {"sites": {"data": []}}})
FULL = Reply(body={"data": [{"value": 1}]})
UNAUTHENTICATED = Reply(body=example("graphql-error-unauthenticated"))


def failed(code: str, data: Any = None) -> Reply:
    """Return a GraphQL answer with one error."""
    return Reply(body={"errors": [{"message": "no", "extensions": {"code": code}}], "data": data})


async def ask(client: ButlrClient, path: str) -> Any:
    """Send a request to a path."""
    return await (client.graphql(SITES) if path == GRAPHQL else client.report({"filter": {}}))


def answer_all(cloud: Cloud) -> None:
    """Let both APIs answer successfully after their scripts."""
    cloud.always(GRAPHQL, GOOD)
    cloud.always(REPORTING, FULL)


@pytest.mark.parametrize("variables", [None, {}, {"ids": ["webhook_1"]}])
async def test_graphql_request(cloud: Cloud, client: ButlrClient, variables: dict[str, Any] | None) -> None:
    """A document is sent unchanged, with variables only if there are any, and a bearer token."""
    cloud.script(GRAPHQL, GOOD)
    assert await client.graphql(SITES, variables) == {"sites": {"data": []}}
    (asked,) = cloud.at(GRAPHQL)
    assert asked.body == ({"query": SITES} if variables is None else {"query": SITES, "variables": variables})
    assert (asked.method, asked.token, asked.headers["Content-Type"]) == ("POST", "token-1", "application/json")


@pytest.mark.parametrize("data", [[], {}, [{"value": 1}], {"room_1": {}}])
async def test_report_request(cloud: Cloud, client: ButlrClient, data: Any) -> None:
    """A question is sent unchanged; the result is the data of the answer, a list or an object, empty or not."""
    cloud.script(REPORTING, Reply(body={"data": data, "page_info": {"total_item_count": 0}}))
    assert await client.report({"filter": {"measurements": ["traffic"]}}) == data
    (asked,) = cloud.at(REPORTING)
    assert asked.body == {"filter": {"measurements": ["traffic"]}}
    assert (asked.method, asked.token) == ("POST", "token-1")


async def test_one_token_for_all(cloud: Cloud, session: aiohttp.ClientSession) -> None:
    """All APIs share the token; a base URL may end in a slash; Butlr's own URL is the default."""
    answer_all(cloud)
    client = ButlrClient(session, CLIENT_ID, CLIENT_SECRET, cloud.url + "/")
    await asyncio.gather(*(ask(client, path) for path in (GRAPHQL, REPORTING) * 3))
    assert (cloud.logins, len(cloud.at(GRAPHQL)), len(cloud.at(REPORTING))) == (1, 3, 3)
    assert ButlrClient(session, CLIENT_ID, CLIENT_SECRET).base_url == DEFAULT_BASE_URL == "https://api.butlr.io"


async def test_one_clock_for_all(cloud: Cloud, client: ButlrClient, clock: Clock) -> None:
    """The clock passed to the client is also used for the login."""
    answer_all(cloud)
    await client.graphql(SITES)
    clock.now += 3666
    await client.graphql(SITES)
    assert [asked.token for asked in cloud.at(GRAPHQL)] == ["token-1", "token-2"]


REFUSALS = [
    (GRAPHQL, Reply(status=401)),
    (GRAPHQL, Reply(status=403)),
    (GRAPHQL, Reply(status=401, body=UNAUTHENTICATED.body)),
    (GRAPHQL, UNAUTHENTICATED),
    (GRAPHQL, failed("FORBIDDEN")),
    (GRAPHQL, failed("UNAUTHENTICATED", {"sites": None, "tags": None})),
    (GRAPHQL, Reply(status=400, body=UNAUTHENTICATED.body)),
    (REPORTING, Reply(status=401)),
    (REPORTING, Reply(status=403, body={"error": "denied"})),
]


@pytest.mark.parametrize(("path", "refusal"), REFUSALS)
async def test_refused_once(cloud: Cloud, client: ButlrClient, path: str, refusal: Reply) -> None:
    """A refused token is replaced, and the request is sent again with the new one."""
    answer_all(cloud)
    cloud.script(path, refusal)
    assert await ask(client, path)
    assert [asked.token for asked in cloud.at(path)] == ["token-1", "token-2"]
    assert cloud.logins == 2


@pytest.mark.parametrize(("path", "refusal"), REFUSALS)
async def test_refused_twice(cloud: Cloud, client: ButlrClient, path: str, refusal: Reply) -> None:
    """If the new token is refused too, the request is not allowed: no third attempt, and the credentials are valid."""
    answer_all(cloud)
    cloud.script(path, refusal, refusal)
    with pytest.raises(ButlrForbiddenError):
        await ask(client, path)
    assert (len(cloud.at(path)), cloud.logins) == (2, 2)


async def test_credentials_withdrawn(cloud: Cloud, client: ButlrClient) -> None:
    """If the login after a refusal is refused too, the credentials are invalid."""
    cloud.script(GRAPHQL, Reply(status=401))
    await client.auth.token()
    cloud.script(LOGIN, Reply(status=401))
    with pytest.raises(ButlrAuthError) as caught:
        await client.graphql(SITES)
    assert not isinstance(caught.value, ButlrForbiddenError)
    assert len(cloud.at(GRAPHQL)) == 1


async def test_another_error_after_a_refusal(cloud: Cloud, client: ButlrClient) -> None:
    """An error of the second attempt is raised as what it is."""
    cloud.script(GRAPHQL, Reply(status=401), Reply(status=500))
    with pytest.raises(ButlrConnectionError):
        await client.graphql(SITES)


async def test_many_refused_at_once(cloud: Cloud, client: ButlrClient) -> None:
    """Requests refused with the same token cause one login."""
    cloud.always(GRAPHQL, lambda asked: Reply(status=401) if asked.token == "token-1" else GOOD)
    await asyncio.gather(*(client.graphql(SITES) for _ in range(12)))
    assert cloud.logins == 2


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("graphql-error-bad-user-input", ("BAD_USER_INPUT",)),
        ("graphql-error-not-found", ("NOT_FOUND",)),
        ("graphql-error-camelcase-null", ()),
        ("graphql-error-partial-data", ()),
    ],
)
async def test_errors_beside_data(cloud: Cloud, client: ButlrClient, name: str, codes: tuple[str, ...]) -> None:
    """An `errors` list raises an error whatever is beside it, and the error keeps the data."""
    cloud.script(GRAPHQL, Reply(body=example(name)))
    with pytest.raises(ButlrGraphQLError) as caught:
        await client.graphql(SITES)
    assert caught.value.codes == codes
    assert caught.value.data == example(name)["data"]
    assert caught.value.errors == example(name)["errors"]
    assert (len(cloud.at(GRAPHQL)), cloud.logins) == (1, 1)


@pytest.mark.parametrize("code", ["FORBIDDEN", "UNAUTHENTICATED"])
@pytest.mark.parametrize("data", [{"sites": {"data": []}, "tags": None}, {"tags": None, "sites": {"data": [1]}}])
async def test_field_refused_beside_data(cloud: Cloud, client: ButlrClient, code: str, data: Any) -> None:
    """Beside data, a refusal concerns a field, not the token."""
    cloud.script(GRAPHQL, failed(code, data))
    with pytest.raises(ButlrGraphQLError) as caught:
        await client.graphql(SITES)
    assert caught.value.data == data
    assert caught.value.codes == (code,)
    assert (len(cloud.at(GRAPHQL)), cloud.logins) == (1, 1)


@pytest.mark.parametrize("errors", [{"message": "no"}, "no", ["no"], [None, 5]])
async def test_errors_of_an_odd_shape(cloud: Cloud, client: ButlrClient, errors: Any) -> None:
    """Errors in an undocumented shape are still errors."""
    cloud.script(GRAPHQL, Reply(body={"errors": errors, "data": {"sites": {"data": []}}}))
    with pytest.raises(ButlrGraphQLError):
        await client.graphql(SITES)


@pytest.mark.parametrize("errors", [None, []])
async def test_no_errors(cloud: Cloud, client: ButlrClient, errors: Any) -> None:
    """An empty list of errors is no error, however it is written."""
    cloud.script(GRAPHQL, Reply(body={"errors": errors, "data": {"sites": 1}}))
    assert await client.graphql(SITES) == {"sites": 1}


@pytest.mark.parametrize("status", [400, 422])
async def test_refused_document(cloud: Cloud, client: ButlrClient, status: int) -> None:
    """A refused document is described by its codes; without errors in the body it is a plain refusal."""
    cloud.script(GRAPHQL, Reply(status=status, body=example("graphql-error-bad-user-input")))
    with pytest.raises(ButlrGraphQLError, match="BAD_USER_INPUT"):
        await client.graphql(SITES)
    bodies: tuple[Any, ...] = (None, b"<html>", {"errors": "no"}, {"error": "no"}, [])
    for body in bodies:
        cloud.script(GRAPHQL, Reply(status=status, body=body))
        with pytest.raises(ButlrResponseError, match=f"HTTP {status}") as caught:
            await client.graphql(SITES)
        assert not isinstance(caught.value, ButlrGraphQLError)


async def test_refused_question(cloud: Cloud, client: ButlrClient) -> None:
    """A question that the reporting API refuses is not repeated."""
    cloud.script(REPORTING, Reply(status=400, body=example("reporting-error-400")))
    with pytest.raises(ButlrResponseError, match=r"^HTTP 400$"):
        await client.report({})


@pytest.mark.parametrize("path", [GRAPHQL, REPORTING])
@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, ButlrResponseError) for status in (201, 204, 302, 405, 418)),
        (404, ButlrNotFoundError),
        *((status, ButlrConnectionError) for status in (408, 500, 502, 503)),
        (504, ButlrOverloadedError),
    ],
)
async def test_statuses(cloud: Cloud, client: ButlrClient, path: str, status: int, error: type[ButlrError]) -> None:
    """Each status raises the error that tells what to do, even with errors in the body."""
    for body in (None, {"errors": [{"message": "x"}], "data": None}):
        cloud.script(path, Reply(status=status, body=None if status == 204 else body))
        with pytest.raises(error) as caught:
            await ask(client, path)
        assert type(caught.value) is error
    assert cloud.logins == 1


@pytest.mark.parametrize("path", [GRAPHQL, REPORTING])
@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", [], b"null", 5, "data", {}, {"data": None}, {"data": "x"}])
async def test_senseless_answers(cloud: Cloud, client: ButlrClient, path: str, body: Any) -> None:
    """An answer without data is an error, never an empty estate or missing data."""
    cloud.script(path, Reply(body=body))
    with pytest.raises(ButlrResponseError) as caught:
        await ask(client, path)
    assert not isinstance(caught.value, ButlrGraphQLError)


async def test_data_of_graphql_is_an_object(cloud: Cloud, client: ButlrClient) -> None:
    """A list is not GraphQL data, although it is reporting data."""
    cloud.script(GRAPHQL, Reply(body={"data": [1]}))
    with pytest.raises(ButlrResponseError, match="no data"):
        await client.graphql(SITES)


@pytest.mark.parametrize("path", [GRAPHQL, REPORTING])
async def test_rate_limit_is_honoured(cloud: Cloud, client: ButlrClient, clock: Clock, path: str) -> None:
    """After a 429, nothing is sent to any API until the time is up; callers get the remaining time."""
    answer_all(cloud)
    cloud.script(path, Reply(status=429, headers={"Retry-After": "30"}))
    with pytest.raises(ButlrRateLimitError) as caught:
        await ask(client, path)
    assert caught.value.retry_after == 30
    sent = len(cloud.asked)
    clock.now += 29.5
    for other in (GRAPHQL, REPORTING):
        with pytest.raises(ButlrRateLimitError) as caught:
            await ask(client, other)
        assert caught.value.retry_after == pytest.approx(0.5)
    assert len(cloud.asked) == sent
    clock.now += 0.5
    assert await ask(client, GRAPHQL)
    assert await ask(client, REPORTING)


async def test_rate_limit_without_a_time(cloud: Cloud, client: ButlrClient, clock: Clock) -> None:
    """A 429 without a time pauses for a minute."""
    answer_all(cloud)
    cloud.script(GRAPHQL, Reply(status=429, body={"errors": [{"message": "slow down"}]}))
    with pytest.raises(ButlrRateLimitError):
        await client.graphql(SITES)
    clock.now += 59
    with pytest.raises(ButlrRateLimitError, match="try again in 1 s"):
        await client.graphql(SITES)
    clock.now += 1
    assert await client.graphql(SITES)


async def test_no_answer_in_time(cloud: Cloud, client: ButlrClient) -> None:
    """A server that does not answer is abandoned after 30 s, like in Butlr's own client."""
    await client.auth.token()
    cloud.script(GRAPHQL, Reply(hang=True), Reply(drop=True))
    with controlled_timeouts() as timeouts:
        cloud.hung = timeouts.hang
        for reason in ("TimeoutError", "ServerDisconnectedError|ClientOSError"):
            with pytest.raises(ButlrConnectionError, match=reason) as caught:
                await client.graphql(SITES)
            assert not isinstance(caught.value, ButlrOverloadedError)


async def test_redirect_is_not_followed(cloud: Cloud, client: ButlrClient) -> None:
    """A token is sent only to the configured address."""
    cloud.script(GRAPHQL, Reply(status=307, headers={"Location": f"{cloud.url}/elsewhere"}))
    cloud.always("/elsewhere", GOOD)
    with pytest.raises(ButlrResponseError):
        await client.graphql(SITES)
    assert not cloud.at("/elsewhere")


async def test_at_most_four_at_once(cloud: Cloud, client: ButlrClient) -> None:
    """At most four requests run at once, and each gets its turn, errors or not."""
    running, peak = 0, 0

    async def slowly(asked: Asked) -> Reply:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0.01)
        running -= 1
        return GOOD if len(cloud.at(GRAPHQL)) > 8 else Reply(status=500)

    cloud.always(GRAPHQL, slowly)
    answers = await asyncio.gather(*(client.graphql(SITES) for _ in range(20)), return_exceptions=True)
    assert peak == MAX_CONCURRENT_REQUESTS == 4
    assert len(answers) == len(cloud.at(GRAPHQL)) == 20
    assert {"sites": {"data": []}} in answers


async def test_budget(cloud: Cloud, client: ButlrClient, clock: Clock, naps: list[float]) -> None:
    """Forty reporting requests may be sent in any minute; the next waits until the oldest is a minute old."""
    answer_all(cloud)
    for _ in range(REQUESTS_PER_MINUTE):
        await client.report({})
        clock.now += 1
    assert (REQUESTS_PER_MINUTE, naps) == (40, [])
    await client.report({})
    assert naps == [20.0]
    await client.report({})
    assert naps == [20.0, 1.0]
    clock.now += 60
    for _ in range(40):
        await client.report({})
    assert naps == [20.0, 1.0]


async def test_budget_of_a_burst(cloud: Cloud, client: ButlrClient, clock: Clock, naps: list[float]) -> None:
    """A burst is spread: no more than forty requests are sent within any minute."""
    sent: list[float] = []

    def note(asked: Asked) -> Reply:
        sent.append(clock.now)
        return FULL

    cloud.always(REPORTING, note)
    begun = clock.now
    await asyncio.gather(*(client.report({}) for _ in range(95)))
    assert naps == [60.0, 60.0]
    assert len(sent) == 95
    # The clock jumps while requests are under way, so compare only the end.
    assert clock.now == begun + 120


async def test_budget_is_for_reporting(cloud: Cloud, client: ButlrClient, naps: list[float]) -> None:
    """GraphQL requests are few; they neither wait for the budget nor use it."""
    answer_all(cloud)
    for _ in range(45):
        await client.graphql(SITES)
    for _ in range(40):
        await client.report({})
    await client.graphql(SITES)
    assert naps == []


@pytest.mark.parametrize("path", [GRAPHQL, REPORTING])
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 422, 429, 500, 504])
async def test_nothing_secret_is_told(cloud: Cloud, client: ButlrClient, path: str, status: int) -> None:
    """No error shows a credential, a token or any text from the server."""

    def echo(asked: Asked) -> Reply:
        text = f"private {CLIENT_SECRET} {asked.token}"
        error = {"message": text, "path": [text], "extensions": {"code": text, "text": text}}
        return Reply(status=status, body={"errors": [error], "error": text})

    cloud.always(path, echo)
    with pytest.raises(ButlrError) as caught:
        await ask(client, path)
    told = everything_about(caught.value) + repr(client)
    assert not [word for word in (CLIENT_SECRET, "token-1", "token-2", "private") if word in told]


async def test_real_time(cloud: Cloud, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default, a monotonic clock is used, also for the login."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    client = ButlrClient(session, CLIENT_ID, CLIENT_SECRET, cloud.url)
    monkeypatch.undo()
    cloud.script(GRAPHQL, Reply(status=429))
    with pytest.raises(ButlrRateLimitError):
        await client.graphql(SITES)
    assert client.auth.has_token
    clock.now += 3666
    assert not client.auth.has_token
    cloud.script(GRAPHQL, GOOD)
    assert await client.graphql(SITES)


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("401", ButlrForbiddenError),
        ("403", ButlrForbiddenError),
        ("429", ButlrRateLimitError),
        ("500", ButlrConnectionError),
        ("504", ButlrOverloadedError),
        ("garbage", ButlrResponseError),
        ("graphql_errors", ButlrGraphQLError),
        ("drop", ButlrConnectionError),
    ],
)
async def test_simulated_faults(
    simulator: Simulator, session: aiohttp.ClientSession, clock: Clock, mode: str, error: type[ButlrError]
) -> None:
    """The faults of the simulated cloud are distinguished and recoverable."""
    client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url, clock=clock)
    simulator.faults.set("graphql", mode)
    with pytest.raises(error) as caught:
        await client.graphql(SITES)
    assert type(caught.value) is error
    simulator.faults.clear()
    clock.now += 60
    assert (await client.graphql(SITES))["sites"]["data"]
