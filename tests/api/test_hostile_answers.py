"""Invalid answers do no harm."""

import asyncio
import json
from typing import Any

import pytest

from custom_components.butlr.api.answers import read_rows
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import (
    ButlrError,
    ButlrGraphQLError,
    ButlrNoSitesError,
    ButlrRateLimitError,
    ButlrResponseError,
)
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.history import BucketRange, presence_time_question
from custom_components.butlr.api.questions import Asset, presence_question
from custom_components.butlr.api.reporting import Reporter
from custom_components.butlr.api.subscriptions import CAMEL_CASE_FIELDS, Subscriptions

from . import estate_data as ids
from .cloud import GRAPHQL, LOGIN, REPORTING, Asked, Clock, Cloud, Reply, example
from .estate_data import Answers
from .test_events import readings
from .test_reporting import NOW, Limits, Taker, presence
from .test_subscriptions import SUBSCRIPTION, StrictCloud

GOOD = Reply(body={"data": {"sites": {"data": []}}})


# An empty list of sites beside tags is an estate without spaces.
async def test_an_estate_without_sites() -> None:
    """Tags of an organization are no estate."""
    answers = Answers()
    answers.topology["sites"]["data"] = []
    with pytest.raises(ButlrNoSitesError):
        answers.build()


# A foreign space may have the same custom id as one of ours.
def test_a_given_id_is_final() -> None:
    """The custom id counts only if there is no id."""
    answers = Answers()
    document = example("webhook-room-occupancy")  # unknown id of a room, known custom id MEET-1.01
    document["metadata"]["room_id"] = "room_in_a_building_that_was_not_chosen"
    assert readings(document, answers.build()) == ()


def test_a_key_counts_on_its_own_level() -> None:
    """The custom id of a floor never finds a room."""
    answers = Answers()
    answers.of(ids.CAFE)["customID"] = "1"
    answers.of(ids.GROUND)["customID"] = "1"
    document = example("webhook-floor-occupancy")
    document["metadata"] = {"floor_custom_id": "1"}
    (count,) = readings(document, answers.build())
    assert count.space_id == ids.GROUND


# The refusal must not be hidden by the error of the other spelling.
async def test_the_first_refusal_is_told(cloud: Cloud, client: ButlrClient) -> None:
    """A refusal that no spelling fixes is raised as it was first."""
    strict = StrictCloud({name: name for name in CAMEL_CASE_FIELDS}, "all")
    strict.refusal = {
        "message": "event_types: another webhook holds ROOM_OCCUPANCY",
        "extensions": {"code": "CONFLICT"},
    }
    cloud.always(GRAPHQL, strict)
    with pytest.raises(ButlrGraphQLError) as caught:
        await Subscriptions(client).create(SUBSCRIPTION)
    assert caught.value.codes == ("CONFLICT",)


# If a later part fails, parts that were answered after a split are kept.
async def test_answers_while_halving_are_kept(cloud: Cloud, client: ButlrClient) -> None:
    """Parts answered before an error have been handled."""
    limits = Limits(silent_above=75)
    cloud.script(REPORTING, limits, limits, Reply(status=500))
    taker = Taker()
    with pytest.raises(ButlrError):
        await Reporter(client).ask(presence(150), taker)
    assert len(taker.answered) == 75


async def test_overload_while_halving(cloud: Cloud, client: ButlrClient, naps: list[float]) -> None:
    """An overloaded service gets smaller requests after a split, too."""
    limits = Limits(silent_above=100)

    def answer(asked: Asked) -> Reply:
        size = len(asked.body["filter"]["rooms"]["eq"])
        if size == 75:
            limits.sizes.append(size)
            return Reply(status=504)
        return limits(asked)

    cloud.always(REPORTING, answer)
    taker = Taker()
    await Reporter(client).ask(presence(150), taker)
    assert len(taker.answered) == 150


# The reader must not raise for any JSON.
@pytest.mark.parametrize("room", [["r"], {"id": "r"}])
def test_a_space_that_is_no_text(room: Any) -> None:
    """A row whose space is not a string is skipped."""
    question = presence_question(Asset.ROOMS, ["r"], NOW)
    rows = [{"room_id": room, "time": "2026-06-22T09:44:00Z", "value": 1}]
    assert list(read_rows(question, rows)) == []


def test_a_very_deep_answer() -> None:
    """An extremely nested answer is not followed."""
    question = presence_question(Asset.ROOMS, ["r"], NOW)
    assert list(read_rows(question, json.loads("[" * 5000 + "]" * 5000))) == []


@pytest.mark.parametrize("mac", [5, ["m"], {"a": 1}])
def test_a_mac_that_is_no_text(mac: Any) -> None:
    """A MAC address that is not a string is ignored."""
    question = presence_question(Asset.ROOMS, ["r"], NOW)
    rows = [{"room_id": "r", "time": "2026-06-22T09:44:00Z", "value": 1, "field": "in", "mac_address": mac}]
    assert [row for row in read_rows(question, rows) if not isinstance(row.mac, str | None)] == []


def test_a_space_that_was_not_asked_for() -> None:
    """Values of a space that was not requested are skipped."""
    question = presence_question(Asset.ROOMS, ["r"], NOW)
    assert list(read_rows(question, {"room_other": {"2026-06-22T09:44:00Z": {"count": 1, "median": 7}}})) == []


# Huge numbers
@pytest.mark.parametrize("field", ["capacity", "heartbeat", "floor"])
def test_huge_numbers_in_the_estate(field: str) -> None:
    """Huge numbers in an estate are ignored."""
    answers = Answers()
    if field == "capacity":
        answers.of(ids.CAFE)["capacity"]["max"] = 10**400
    elif field == "floor":
        answers.of(ids.GROUND)["floorNumber"] = 10**400
    else:
        answers.of(ids.RECEPTION)["last_heartbeat"] = 10**400
    answers.build()


@pytest.mark.parametrize("value", [1e300, -1e300, 10**400, 100_001, float("nan"), float("inf"), "2", True, [2], {}])
@pytest.mark.parametrize("shape", ["flat", "statistic"])
def test_figures_that_nobody_measured(value: Any, shape: str) -> None:
    """A row with an implausible value is skipped, and its neighbors are not."""
    question = presence_question(Asset.ROOMS, ["r", "s"], NOW)
    time = "2026-06-22T09:44:00Z"
    if shape == "flat":
        data: Any = [{"room_id": room, "time": time, "value": one} for room, one in (("r", value), ("s", 2))]
    else:
        data = {room: {time: {"count": 1, "median": one}} for room, one in (("r", value), ("s", 2))}
    assert [(row.space_id, row.value) for row in read_rows(question, data)] == [("s", 2)]


def test_seconds_of_presence_are_more_than_people() -> None:
    """Seconds of presence may exceed the limit of people."""
    question = presence_time_question(Asset.ROOMS, ["r"], BucketRange(NOW - 86400, NOW, "UTC", "1d"))
    rows = [{"room_id": "r", "time": "2026-06-22T00:00:00Z", "value": value} for value in (200_000.0, 1e12)]
    assert [row.value for row in read_rows(question, rows)] == [200_000.0]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_not_finite(number: str) -> None:
    """Numbers that are not finite are ignored."""
    answers = Answers()
    answers.of(ids.RECEPTION)["last_heartbeat"] = float(number)
    assert answers.build().sensors[ids.RECEPTION].last_heartbeat is None


async def test_a_huge_token_life(cloud: Cloud, client: ButlrClient) -> None:
    """An excessive token lifetime is ignored."""
    cloud.script(LOGIN, Reply(body=b'{"access_token": "t", "expires_in": 1' + b"0" * 400 + b"}"))
    assert await client.auth.token() == "t"


@pytest.mark.parametrize("life", [b"NaN", b"Infinity"])
async def test_a_token_life_that_is_not_finite(cloud: Cloud, client: ButlrClient, clock: Clock, life: bytes) -> None:
    """An infinite token lifetime is ignored."""
    cloud.script(LOGIN, Reply(body=b'{"access_token": "t", "expires_in": ' + life + b"}"))
    await client.auth.token()
    clock.now += 10**6
    assert await client.auth.token() == "token-2"


# Rate limits
async def test_a_rate_limit_at_the_login(cloud: Cloud, client: ButlrClient) -> None:
    """A 429 at the login pauses all requests."""
    cloud.always(LOGIN, Reply(status=429, headers={"Retry-After": "60"}))
    for _ in range(3):
        with pytest.raises(ButlrRateLimitError):
            await client.graphql("{ a }")
    assert cloud.logins == 1


async def test_waiting_requests_respect_a_pause(cloud: Cloud, client: ButlrClient) -> None:
    """A request that waited for its turn is not sent during a pause."""
    cloud.always(GRAPHQL, Reply(status=429, headers={"Retry-After": "60"}))
    await asyncio.gather(*(client.graphql("{ a }") for _ in range(20)), return_exceptions=True)
    assert len(cloud.at(GRAPHQL)) <= 4


async def test_the_longer_pause_counts(cloud: Cloud, client: ButlrClient, clock: Clock) -> None:
    """A shorter pause does not end a longer one."""
    waits = iter(["60", "1"])
    both = asyncio.Barrier(2)

    async def answer(asked: Asked) -> Reply:
        wait = next(waits, None)
        if wait is None:
            return GOOD
        await both.wait()
        await asyncio.sleep(0.05 if wait == "1" else 0)
        return Reply(status=429, headers={"Retry-After": wait})

    cloud.always(GRAPHQL, answer)
    await asyncio.gather(client.graphql("{ a }"), client.graphql("{ a }"), return_exceptions=True)
    clock.now += 5
    with pytest.raises(ButlrRateLimitError):
        await client.graphql("{ a }")


async def test_a_pause_costs_no_budget(cloud: Cloud, client: ButlrClient, naps: list[float]) -> None:
    """A request that is not sent does not count in the budget."""
    cloud.script(REPORTING, Reply(status=429, headers={"Retry-After": "600"}))
    for _ in range(60):
        with pytest.raises(ButlrRateLimitError):
            await client.report({})
    assert naps == []


# Strange GraphQL answers must not raise TypeError, KeyError or AttributeError.
@pytest.mark.parametrize("path", [5, {"a": 1}, True])
async def test_an_error_with_an_odd_path(cloud: Cloud, client: ButlrClient, path: Any) -> None:
    """An error with a strange path is an ordinary error."""
    cloud.always(GRAPHQL, Reply(body={"errors": [{"message": "x", "path": path}], "data": None}))
    with pytest.raises(ButlrError):
        await fetch_estate(client)


@pytest.mark.parametrize("data", [[1], "x", 5])
async def test_odd_data_beside_errors(cloud: Cloud, client: ButlrClient, data: Any) -> None:
    """Strange data beside errors is ignored."""
    answers = Answers()

    def answer(asked: Asked) -> Reply:
        if asked.operation == "Topology":
            return Reply(body={"errors": [{"path": ["tags"]}], "data": data})
        return Reply(body={"data": answers.sensors if asked.operation == "Sensors" else answers.hives})

    cloud.always(GRAPHQL, answer)
    with pytest.raises(ButlrError):
        await fetch_estate(client)


@pytest.mark.parametrize(
    "row",
    [
        {"id": "w", "event_types": 5},
        {"id": "w", "endpoint_config": "x"},
        {"id": "w", "endpoint_config": {"api_key": "k"}},
    ],
)
async def test_an_odd_webhook(cloud: Cloud, client: ButlrClient, row: Any) -> None:
    """A strange webhook is read as far as possible."""
    cloud.always(GRAPHQL, Reply(body={"data": {"webhooks": [row]}}))
    (webhook,) = await Subscriptions(client).list()
    assert (webhook.id, webhook.event_types, webhook.url, webhook.secret) == ("w", (), "", None)


@pytest.mark.parametrize("path", [LOGIN, GRAPHQL])
async def test_a_very_deep_document(cloud: Cloud, client: ButlrClient, path: str) -> None:
    """An extremely nested document is an invalid answer."""
    cloud.script(path, Reply(body=b"[" * 200_000))
    with pytest.raises(ButlrResponseError):
        await client.graphql("{ a }")
