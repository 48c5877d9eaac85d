"""Webhooks at Butlr work in whichever spelling it accepts, and the secret is not revealed."""

from collections.abc import Iterator
from dataclasses import replace
import itertools
from typing import Any

import aiohttp
import pytest

from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import (
    ButlrConnectionError,
    ButlrError,
    ButlrForbiddenError,
    ButlrGraphQLError,
    ButlrResponseError,
)
from custom_components.butlr.api.subscriptions import (
    CAMEL_CASE_FIELDS,
    Subscription,
    Subscriptions,
    is_certain,
    is_refusal,
)
from tests.simulator import Simulator

from .cloud import GRAPHQL, Asked, Clock, Cloud, Reply, everything_about, example

SECRET = "shared-secret-of-the-webhook"
URL = "https://home.example.org/api/webhook/0123"
SUBSCRIPTION = Subscription(
    name="Home Assistant", event_types=("ROOM_OCCUPANCY", "TRAFFIC"), url=URL, header="X-Key", secret=SECRET
)
SNAKE = {name: name for name in CAMEL_CASE_FIELDS}


class StrictCloud:
    """Accepts one spelling of each contested input field and refuses every other field, before anything runs.

    It names only the `first` refused field, like a server that stops there, or all of them: by a path that ends in the
    field, as in the documented example, or in the `words` of other servers, which repeat the value and its place.
    """

    def __init__(self, spelling: dict[str, str], manner: str = "first") -> None:
        """Accept a spelling, by names in snake case."""
        self.spelling = spelling
        self.manner = manner
        self.webhooks: dict[str, dict[str, Any]] = {}
        self.refusal: dict[str, Any] | None = None

    def __call__(self, asked: Asked) -> Reply:
        """Run a document about webhooks."""
        variables = asked.body.get("variables", {})
        unknown = list(self._unknown(asked.operation, variables.get("input", [])))
        if unknown:
            errors = unknown[:1] if self.manner == "first" else unknown
            return Reply(body={"errors": errors, "data": None})
        if self.refusal:
            return Reply(body={"errors": [self.refusal], "data": None})
        if asked.operation == "DeleteWebhooks":
            for webhook_id in variables["ids"]:
                del self.webhooks[webhook_id]
            return Reply(body={"data": {"deleteWebhooks": True}})
        if asked.operation == "Webhooks":
            return Reply(body={"data": {"webhooks": list(self.webhooks.values()) or None}})
        changed = [self._store(item) for item in variables["input"]]
        root = {"CreateWebhooks": "createWebhooks", "UpdateWebhooks": "updateWebhooks"}[asked.operation]
        return Reply(body={"data": {root: changed}})

    def _unknown(self, operation: str, items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Return an error for each field that the input types do not have."""
        name = self.spelling
        known = {"name", "send_on_value_change", name["event_types"], name["endpoint_config"]}
        if operation == "UpdateWebhooks":
            known.add("id")
        for index, item in enumerate(items):
            for key, value in item.items():
                if key not in known:
                    yield self._error(index, key)
                elif key == name["endpoint_config"]:
                    inner = {"url", name["http_timeout"], name["api_key"]}
                    yield from (self._error(index, key, field) for field in value if field not in inner)

    def _error(self, index: int, *path: str) -> dict[str, Any]:
        code = {"extensions": {"code": "BAD_USER_INPUT"}}
        if self.manner != "words":
            return {"message": "unknown field", "path": ["variable", "input", index, *path], **code}
        value = "{ name: 'x', event_types: [], endpoint_config: { http_timeout: 10, api_key: {} } }"
        where = ".".join([f"input[{index}]", *path[:-1]])
        return {
            "message": f'Invalid value {value} at "{where}"; Field "{path[-1]}" is not defined by its type.',
            **code,
        }

    def _store(self, item: dict[str, Any]) -> dict[str, Any]:
        """Store a webhook in the spelling of outputs."""
        endpoint = item[self.spelling["endpoint_config"]]
        webhook = {
            "id": item.get("id") or f"webhook_{len(self.webhooks) + 1}",
            "name": item["name"],
            "event_types": item[self.spelling["event_types"]],
            "endpoint_config": {
                "url": endpoint["url"],
                "http_timeout": endpoint[self.spelling["http_timeout"]],
                "api_key": endpoint.get(self.spelling["api_key"]),
            },
            "send_on_value_change": item["send_on_value_change"],
        }
        self.webhooks[webhook["id"]] = webhook
        return webhook


def spellings() -> list[dict[str, str]]:
    """Return every mixture of the two spellings."""
    return [
        dict(zip(CAMEL_CASE_FIELDS, chosen, strict=True)) for chosen in itertools.product(*CAMEL_CASE_FIELDS.items())
    ]


def describe(spelling: dict[str, str]) -> str:
    """Name a mixture by its camel-case fields."""
    return "+".join(camel for camel in spelling.values() if camel not in CAMEL_CASE_FIELDS) or "snake"


@pytest.fixture(params=spellings(), ids=describe)
def spelling(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return a mixture of the two spellings."""
    mixture: dict[str, str] = request.param
    return mixture


@pytest.fixture(params=["first", "all", "words"])
def strict(request: pytest.FixtureRequest, cloud: Cloud, spelling: dict[str, str]) -> StrictCloud:
    """Let the scripted cloud accept one spelling only."""
    strict = StrictCloud(spelling, request.param)
    cloud.always(GRAPHQL, strict)
    return strict


async def test_any_spelling(cloud: Cloud, subscriptions: Subscriptions, strict: StrictCloud) -> None:
    """In any mixture, a webhook is created, listed, changed and deleted; the spelling that worked is remembered."""
    created = await subscriptions.create(SUBSCRIPTION)
    assert created == replace(SUBSCRIPTION, id="webhook_1")
    assert len(strict.webhooks) == 1
    # Each field is respelled at most once.
    assert len(cloud.at(GRAPHQL)) <= 1 + len(CAMEL_CASE_FIELDS)
    tried = len(cloud.at(GRAPHQL))
    assert await subscriptions.list() == [created]
    changed = replace(created, event_types=("PIR_MOTION",), url=f"{URL}4", secret="new", on_change_only=False)
    await subscriptions.update(changed)
    assert await subscriptions.list() == [changed]
    await subscriptions.delete(["webhook_1"])
    assert await subscriptions.list() == []
    assert len(cloud.at(GRAPHQL)) == tried + 5


@pytest.mark.parametrize("spelling", [{**CAMEL_CASE_FIELDS}], ids=describe, indirect=True)
async def test_update_respells(cloud: Cloud, subscriptions: Subscriptions, strict: StrictCloud) -> None:
    """An update finds the spelling by itself, even if nothing was created before."""
    wanted = replace(SUBSCRIPTION, id="webhook_9")
    await subscriptions.update(wanted)
    assert await subscriptions.list() == [wanted]


@pytest.mark.parametrize("spelling", [SNAKE], ids=describe, indirect=True)
async def test_back_again(subscriptions: Subscriptions, strict: StrictCloud) -> None:
    """A cloud that changes its spelling is followed, there and back."""
    for mixture in (SNAKE, CAMEL_CASE_FIELDS, SNAKE, CAMEL_CASE_FIELDS):
        strict.spelling = dict(mixture)
        await subscriptions.create(SUBSCRIPTION)
    assert len(strict.webhooks) == 4


@pytest.mark.parametrize("spelling", [SNAKE], ids=describe, indirect=True)
async def test_requests(cloud: Cloud, subscriptions: Subscriptions, strict: StrictCloud) -> None:
    """The inputs are the documented ones, with the whole endpoint; a header is sent only with its secret."""
    await subscriptions.create(SUBSCRIPTION)
    await subscriptions.update(replace(SUBSCRIPTION, id="webhook_1", header=None, on_change_only=False))
    await subscriptions.update(replace(SUBSCRIPTION, id="webhook_1", secret=None))
    await subscriptions.delete(("webhook_1",))
    first, second, third, fourth = (asked.body["variables"] for asked in cloud.at(GRAPHQL))
    expected = {
        "name": "Home Assistant",
        "event_types": ["ROOM_OCCUPANCY", "TRAFFIC"],
        "endpoint_config": {"url": URL, "http_timeout": 10, "api_key": {"key": "X-Key", "value": SECRET}},
        "send_on_value_change": True,
    }
    assert first == {"input": [expected]}
    bare = expected | {"id": "webhook_1", "endpoint_config": {"url": URL, "http_timeout": 10}}
    assert second == {"input": [bare | {"send_on_value_change": False}]}
    assert third == {"input": [bare]}
    assert fourth == {"ids": ["webhook_1"]}


def test_variables_of_the_examples(client: ButlrClient) -> None:
    """The contested fields are those that differ between the two documented sets of variables."""
    snake, camel = (example(f"graphql-create-webhooks-variables-{name}")["input"][0] for name in ("snake", "camel"))
    differ = {name for name in snake if name not in camel}
    differ |= {name for name in snake["endpoint_config"] if name not in camel["endpointConfig"]}
    assert differ == CAMEL_CASE_FIELDS.keys() - {"basic_auth"}
    assert set(CAMEL_CASE_FIELDS.values()) - {"basicAuth"} <= {*camel, *camel["endpointConfig"]}


@pytest.mark.parametrize(
    "refusal",
    [
        {"message": "webhook for this event type exists", "extensions": {"code": "CONFLICT"}},
        {"message": "permission denied", "path": ["createWebhooks"]},
        {"message": "url must be https", "path": ["variable", "input", 0, "url"]},
    ],
)
@pytest.mark.parametrize("spelling", [SNAKE], ids=describe, indirect=True)
async def test_refused_for_another_reason(
    cloud: Cloud, subscriptions: Subscriptions, strict: StrictCloud, refusal: dict[str, Any]
) -> None:
    """A refusal that no spelling fixes is raised immediately, and the spelling stays."""
    strict.refusal = refusal
    for attempt in (subscriptions.create(SUBSCRIPTION), subscriptions.update(replace(SUBSCRIPTION, id="w"))):
        with pytest.raises(ButlrGraphQLError) as caught:
            await attempt
        assert caught.value.errors == [refusal]
    assert len(cloud.at(GRAPHQL)) == 2
    strict.refusal = None
    await subscriptions.create(SUBSCRIPTION)
    assert len(cloud.at(GRAPHQL)) == 3


@pytest.mark.parametrize("spelling", [SNAKE], ids=describe, indirect=True)
async def test_refusal_that_names_a_field(cloud: Cloud, subscriptions: Subscriptions, strict: StrictCloud) -> None:
    """A refusal of a field's value is raised after the other spelling has failed too, and the spelling stays."""
    strict.refusal = {"message": "bad value in event_types"}
    with pytest.raises(ButlrGraphQLError):
        await subscriptions.create(SUBSCRIPTION)
    assert len(cloud.at(GRAPHQL)) == 2
    strict.refusal = None
    await subscriptions.create(SUBSCRIPTION)
    assert len(cloud.at(GRAPHQL)) == 3


async def test_endless_refusal_ends(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """A cloud that refuses every spelling gets only a few requests, and the spelling stays."""
    error = {"message": "no such fields: " + ", ".join([*CAMEL_CASE_FIELDS, *CAMEL_CASE_FIELDS.values()])}
    cloud.always(GRAPHQL, Reply(body={"errors": [error], "data": None}))
    with pytest.raises(ButlrGraphQLError):
        await subscriptions.create(SUBSCRIPTION)
    assert len(cloud.at(GRAPHQL)) == 2
    cloud.always(GRAPHQL, Reply(body=example("graphql-create-webhooks")))
    await subscriptions.create(SUBSCRIPTION)
    assert "event_types" in cloud.at(GRAPHQL)[-1].body["variables"]["input"][0]


async def test_outage(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """An outage is unrelated to spelling."""
    cloud.always(GRAPHQL, Reply(status=500))
    with pytest.raises(ButlrConnectionError):
        await subscriptions.create(SUBSCRIPTION)
    assert len(cloud.at(GRAPHQL)) == 1


@pytest.mark.parametrize("name", ["create-webhooks", "update-webhooks", "webhooks-list"])
async def test_examples(cloud: Cloud, subscriptions: Subscriptions, name: str) -> None:
    """The documented answers are read; only an explicit true means that just changes are sent."""
    cloud.always(GRAPHQL, Reply(body=example(f"graphql-{name}")))
    expected = Subscription(
        id="webhook_3CyPAS2RD5lw5WdDBxt8VGDj1th",
        name="Building automation",
        event_types=("ROOM_OCCUPANCY_1MIN", "ZONE_OCCUPANCY_1MIN", "PIR_MOTION", "PIR_NO_MOTION"),
        url="https://automation.example.org/hooks/butlr/7f3a",
        header="x-butlr-key",
        secret="example-shared-secret",
        on_change_only=False,
    )
    if name == "create-webhooks":
        assert await subscriptions.create(SUBSCRIPTION) == expected
    elif name == "update-webhooks":
        await subscriptions.update(expected)
    else:
        assert await subscriptions.list() == [expected]


async def test_delete_example(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """Exactly the given ids are deleted."""
    cloud.always(GRAPHQL, Reply(body=example("graphql-delete-webhooks")))
    await subscriptions.delete(["a", "b"])
    assert cloud.at(GRAPHQL)[0].body["variables"] == {"ids": ["a", "b"]}


@pytest.mark.parametrize("rows", [None, [], ..., [None, 5, {}, {"id": None}, {"id": 5}, {"id": "a\x00"}]])
async def test_no_webhooks(cloud: Cloud, subscriptions: Subscriptions, rows: Any) -> None:
    """The list may be empty or null; rows without an id are skipped; creating must return a webhook."""
    data: dict[str, Any] = {} if rows is ... else {"webhooks": rows, "createWebhooks": rows}
    cloud.always(GRAPHQL, Reply(body={"data": data}))
    assert await subscriptions.list() == []
    with pytest.raises(ButlrResponseError, match="no created webhook"):
        await subscriptions.create(SUBSCRIPTION)


async def test_sparse_rows(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """Webhooks of other systems may lack everything but an id; event types are compared in upper case."""
    rows = [
        {"id": "w1"},
        {"id": "w2", "name": None, "event_types": None, "endpoint_config": None, "send_on_value_change": None},
        {"id": "w3", "event_types": ["pir_motion"], "endpoint_config": {"url": None, "api_key": None}},
    ]
    cloud.always(GRAPHQL, Reply(body={"data": {"webhooks": rows}}))
    empty = Subscription(id="w1", name="", event_types=(), url="", on_change_only=False)
    assert await subscriptions.list() == [
        empty,
        replace(empty, id="w2"),
        replace(empty, id="w3", event_types=("PIR_MOTION",)),
    ]


async def test_nothing_secret_is_told(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """Neither the secret nor the URL, which is secret too, appears in a subscription or its errors."""
    assert SECRET not in f"{SUBSCRIPTION} {SUBSCRIPTION!r}"
    assert URL not in f"{SUBSCRIPTION} {SUBSCRIPTION!r}"
    for status in (200, 400, 500):

        def echo(asked: Asked, status: int = status) -> Reply:
            return Reply(status=status, body={"errors": [{"message": str(asked.body), "path": [SECRET]}]})

        cloud.always(GRAPHQL, echo)
        for attempt in (subscriptions.create(SUBSCRIPTION), subscriptions.update(replace(SUBSCRIPTION, id="w"))):
            with pytest.raises(ButlrError) as caught:
                await attempt
            assert SECRET not in everything_about(caught.value)
            assert URL not in everything_about(caught.value)


@pytest.mark.parametrize("understood", ["snake", "camel", "both"])
async def test_simulator(simulator: Simulator, session: aiohttp.ClientSession, clock: Clock, understood: str) -> None:
    """The simulated cloud, which checks the schema, accepts the four documents in its spelling."""
    simulator.settings.webhook_input = understood
    client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url, clock=clock)
    subscriptions = Subscriptions(client)
    created = await subscriptions.create(SUBSCRIPTION)
    assert created == replace(SUBSCRIPTION, id=created.id)
    changed = replace(created, event_types=("PIR_MOTION",), on_change_only=False)
    await subscriptions.update(changed)
    assert await subscriptions.list() == [changed]
    await subscriptions.delete([created.id])
    assert await subscriptions.list() == []
    with pytest.raises(ButlrGraphQLError, match="NOT_FOUND"):
        await subscriptions.delete([created.id])


# -- switched on or off ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "asked_later"),
    [
        (422, {"errors": [{"message": 'Cannot query field "status" on type "Webhook".'}]}, 1),
        (400, {"errors": [{"message": "bad query", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}, 1),
        (200, {"errors": [{"message": "no", "path": ["webhooks", 0, "status"]}], "data": {"webhooks": [None]}}, 1),
        # After another kind of error, the field is requested again next time.
        (400, {"errors": [{"message": "bad day"}]}, 2),
        (400, {"error": "bad request"}, 2),
    ],
)
async def test_a_cloud_that_does_not_tell_of_status(
    cloud: Cloud, subscriptions: Subscriptions, status: int, body: dict[str, Any], asked_later: int
) -> None:
    """The list is requested without status once, and never again with it."""

    def answer(asked: Asked) -> Reply:
        if " status" in asked.body["query"]:
            return Reply(status=status, body=body)
        return Reply(body={"data": {"webhooks": [{"id": "w1"}]}})

    cloud.always(GRAPHQL, answer)
    for times in (2, 2 + asked_later):
        (webhook,) = await subscriptions.list()
        assert webhook.active
        assert len(cloud.at(GRAPHQL)) == times


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, {}, ButlrConnectionError),
        (200, {"errors": [{"message": "down", "path": ["webhooks"]}], "data": None}, ButlrGraphQLError),
        (422, {"errors": [{"message": "bad"}]}, ButlrGraphQLError),
        (200, {"errors": [{"message": "permission denied", "path": ["webhooks"]}]}, ButlrForbiddenError),
        (422, {"errors": [{"message": "permission denied", "path": ["webhooks"]}]}, ButlrForbiddenError),
    ],
)
async def test_a_list_that_cannot_be_had(
    cloud: Cloud, subscriptions: Subscriptions, status: int, body: dict[str, Any], error: type[ButlrError]
) -> None:
    """Other errors are unrelated to the field."""
    cloud.always(GRAPHQL, Reply(status=status, body=body))
    with pytest.raises(error):
        await subscriptions.list()
    cloud.always(GRAPHQL, Reply(body={"data": {"webhooks": [{"id": "w1", "status": False}]}}))
    assert [webhook.active for webhook in await subscriptions.list()] == [False]


@pytest.mark.parametrize(("status", "active"), [(None, True), (True, True), (False, False), ("false", True)])
async def test_only_an_explicit_false_is_off(
    cloud: Cloud, subscriptions: Subscriptions, status: Any, active: bool
) -> None:
    """A missing status is no reason to recreate a webhook."""
    cloud.always(GRAPHQL, Reply(body={"data": {"webhooks": [{"id": "w1", "status": status}]}}))
    (webhook,) = await subscriptions.list()
    assert webhook.active is active


async def test_switching_on(cloud: Cloud, subscriptions: Subscriptions) -> None:
    """The status is sent beside everything else, and only on request."""
    cloud.always(GRAPHQL, Reply(body=example("graphql-update-webhooks")))
    await subscriptions.update(replace(SUBSCRIPTION, id="w"), switch_on=True)
    await subscriptions.update(replace(SUBSCRIPTION, id="w"))
    first, second = (asked.body["variables"]["input"][0] for asked in cloud.at(GRAPHQL))
    assert first == second | {"status": True}


@pytest.mark.parametrize("refusal", ["path", "400", "422"])
@pytest.mark.parametrize("understood", ["snake", "camel", "both"])
async def test_simulator_that_names_one_field_at_a_time(
    simulator: Simulator, session: aiohttp.ClientSession, clock: Clock, understood: str, refusal: str
) -> None:
    """However unknown fields are refused, the other spelling is found and noted."""
    simulator.settings.update({"webhook_input": understood, "refusal": refusal})
    client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url, clock=clock)
    subscriptions = Subscriptions(client)
    created = await subscriptions.create(SUBSCRIPTION)
    await subscriptions.update(replace(created, event_types=("PIR_MOTION",)))
    assert client.findings.get("webhook_input") == ("camel" if understood == "camel" else "snake")
    with pytest.raises(ButlrGraphQLError) as caught:
        await subscriptions.create(replace(SUBSCRIPTION, event_types=("PIR_MOTION",)))
    assert (is_refusal(caught.value), is_certain(caught.value)) == (True, False)
    assert len(await subscriptions.list()) == 1


@pytest.mark.parametrize("rows", ["x", {}, 5, True])
async def test_webhooks_that_cannot_be_read(cloud: Cloud, subscriptions: Subscriptions, rows: Any) -> None:
    """An unreadable list is not an empty one: otherwise a second webhook of ours would be created."""
    cloud.always(GRAPHQL, Reply(body={"data": {"webhooks": rows}}))
    with pytest.raises(ButlrResponseError, match="no list of webhooks"):
        await subscriptions.list()


@pytest.mark.parametrize("wrong", [5, ["x"], {"a": 1}, True])
async def test_a_webhook_with_fields_of_a_wrong_type(cloud: Cloud, subscriptions: Subscriptions, wrong: Any) -> None:
    """Fields of a wrong type are ignored, and the others are read."""
    endpoint = {"url": wrong, "api_key": {"key": wrong, "value": wrong}}
    row = {"id": "w", "name": wrong, "event_types": [wrong, "traffic"], "endpoint_config": endpoint}
    named = {"id": "v", "name": "A\ud800\x00B", "event_types": 5, "endpoint_config": {"url": "https://a.b"}}
    cloud.always(GRAPHQL, Reply(body={"data": {"webhooks": [row, named]}}))
    one, two = await subscriptions.list()
    assert (one.name, one.event_types, one.url, one.header, one.secret) == ("", ("TRAFFIC",), "", None, None)
    assert (two.name, two.event_types, two.url) == ("A B", (), "https://a.b")
