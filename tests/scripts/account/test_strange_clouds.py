"""With clouds that answer little, nothing or nonsense, every check ends with a verdict and claims nothing."""

from dataclasses import replace
import socket
from typing import Any

import aiohttp
import pytest

from scripts.lib.account.catalogue import CHECKS
from scripts.lib.account.checks import word, words
from scripts.lib.account.forms import shape_of
from scripts.lib.account.listening import Listener
from scripts.lib.account.report import identifying_texts
from tests.simulator.world import Crossed

from .conftest import WEBHOOK, Person, Visit

# The checks that need no data.
_OF_ITSELF = {"clock", "speed", "refused_for_now", "token_life", "login_scope"}


def misunderstood(person: Person) -> list[str]:
    """Return the checks whose answers were not understood."""
    results = person.report.results
    return [f"{one.check.name}: {one.verdict.evidence}" for one in results if "understood" in one.verdict.evidence]


@pytest.mark.parametrize("fault", ["empty", "garbage", "500", "504", "drop"])
async def test_services_that_fail(visit: Visit, fault: str) -> None:
    """Without reporting data, checks that need it determine nothing."""
    person = await visit()
    person.simulator.faults.set("reporting", fault)
    person.simulator.faults.set("stats", fault)
    found = await person.run()
    assert len(found) == len(CHECKS)
    assert misunderstood(person) == []
    figures = [name for name in found if name.startswith(("label.", "estimate", "limit_", "shape"))]
    assert {found[name] for name in figures} <= {None}
    assert found["estate"] == "whole"


async def test_nothing_there(visit: Visit) -> None:
    """An organization without sensors, zones and tags leaves little to check."""
    person = await visit()
    estate = person.simulator.estate
    for shelf in ("sensors", "zones", "tags", "hives"):
        for asset_id in list(getattr(estate, shelf)):
            estate.remove(asset_id)
    found = await person.run(webhook=WEBHOOK)
    assert misunderstood(person) == []
    told = {name for name, reading in found.items() if reading is not None}
    assert not [name for name in told if name.startswith(("label.", "rows_of", "limit_", "shape", "sensors_"))]


async def test_one_room(visit: Visit) -> None:
    """With a single sensor, checks that need two determine nothing."""
    person = await visit()
    estate = person.simulator.estate
    keep = next(one.id for one in estate.sensors.values() if one.real and one.is_online and one.mode == "presence")
    for sensor_id in [one for one in estate.sensors if one != keep]:
        estate.remove(sensor_id)
    found = await person.run()
    assert misunderstood(person) == []
    assert found["label.room_occupancy"] == "start"
    assert (found["row_order"], found["sensors_by_id"], found["label.traffic"]) == (None, None, None)


@pytest.mark.parametrize(
    "answer",
    [
        {"data": None},
        {"data": {"sites": None, "sensors": {"data": None}, "hives": {}, "tags": None, "webhooks": {"data": [7]}}},
        {"data": {"sites": {"data": [{"id": "site_1", "buildings": 7}]}, "sensors": {"data": [7, {"id": 7}]}}},
    ],
)
async def test_graphql_of_another_kind(visit: Visit, answer: Any) -> None:
    """Whatever GraphQL answers, no check breaks and no webhook is created."""
    person = await visit()
    person.simulator.graphql.answer = lambda body: (200, _bytes(answer))
    found = await person.run(webhook=WEBHOOK)
    assert len([name for name in found if not name.startswith("trial.")]) == len(CHECKS)
    assert misunderstood(person) == []
    assert found["estate"] is None


def _bytes(answer: Any) -> bytes:
    return str(answer).replace("'", '"').replace("None", "null").encode()


async def test_other_forms(visit: Visit) -> None:
    """Undocumented names, wrappers and values are reported as what they are."""
    person = await visit()
    usual = person.simulator.reporting.answer

    def otherwise(question: Any) -> Any:
        """Answer without page_info, with null fields, and in no order."""
        rows = usual(question)["data"]
        if isinstance(rows, list):
            rows = [{key: None if value == "" else value for key, value in row.items()} for row in reversed(rows)]
        return {"data": rows}

    person.simulator.reporting.answer = otherwise
    found = await person.run("page_counts", "empty_fields", "row_order")
    assert found == {"page_counts": "not reported", "empty_fields": "null", "row_order": "unsorted"}


async def test_login_tells_little(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A login without scope and lifetime is reported as such."""
    person = await visit(token_life=1000)
    assert (await person.run("token_life"))["token_life"] == "1000 s"

    async def bare(client: Any) -> dict[str, Any]:
        """Answer with as little as a login can."""
        return {"access_token": "t"}

    monkeypatch.setattr("scripts.lib.account.client.CheckingClient.log_in", bare)
    found = await person.run("token_life", "login_scope")
    assert found == {"token_life": "not reported", "login_scope": "not reported"}


async def test_models(visit: Visit) -> None:
    """A model typed by a customer is counted but not shown."""
    person = await visit()
    sensors = list(person.simulator.estate.sensors.values())
    sensors[0].model, sensors[1].model = "Heatic3", "Anna's old one"
    found = await person.run("models")
    assert found["models"] == "Heatic 2, Heatic 2+, Heatic3, another model"
    assert "Anna" not in person.shown()


async def test_two_time_zones(visit: Visit) -> None:
    """If rooms are in two time zones, the check tells whether one request for statistics can span them."""
    person = await visit()
    estate = person.simulator.estate
    (site,) = estate.sites.values()
    (building,) = estate.buildings.values()
    far, other = replace(site, id="site_far", timezone="Asia/Tokyo"), replace(building, id="building_far")
    other.site_id = far.id
    estate.add(far)
    estate.add(other)
    # The floors are now in different buildings, and each has a room with an online presence sensor.
    list(estate.floors.values())[1].building_id = other.id
    next(one for one in estate.sensors.values() if one.name == "Reception").room_id = next(iter(estate.rooms))
    assert await person.run("stats_zones", "site_time_zones") == {
        "site_time_zones": "every site has one",
        "stats_zones": "rejected",
    }


async def test_hears_only_what_bears_the_secret(visit: Visit) -> None:
    """Requests without the secret have no effect on the trial."""
    person = await visit()
    writer = person.simulator._writer
    door = next(one for one in person.simulator.estate.sensors.values() if one.mode == "traffic")
    event = writer.write(Crossed(door, inward=True, timestamp=person.simulator.now()))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with Listener(port, "x-check", "right") as listener, aiohttp.ClientSession() as session:
        statuses = []
        for secret, body in (("wrong", event), ("right", {"type": "TRAFFIC"}), ("right", event), ("right", event)):
            url, headers = f"http://127.0.0.1:{port}/any/path", {"x-check": secret}
            async with session.post(url, json=body, headers=headers) as answer:
                statuses.append(answer.status)
    assert statuses == [401, 400, 200, 200]
    assert len(listener.crossings) == 1


def test_words() -> None:
    """Only field names, codes and the like are shown of what a cloud writes."""
    assert word("ROOM_OCCUPANCY_1MIN") == "ROOM_OCCUPANCY_1MIN"
    for text in ("room_2abCdEfGhIjKlMnOpQrStUvWxYz", "room_AbCdEfGhIjKlMnOpQrStUvWxYzA", "00-17-0d", "Anna's room", 7):
        assert word(text) == "another word"
    assert words([]) == "none"


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        ([], "[]"),
        ({}, "{}"),
        (7, "value"),
        ({"room_1": {"2026-01-01T00:00:00Z": [{"value": 1}]}}, "{room: {time: [rows]}}"),
        ({"00-17-0d-00-00-6d-35-fc": {"in": {"count": 1}}}, "{mac: {direction: figures}}"),
        ({"Anna": {"value": 1}}, "{Anna: row}"),
    ],
)
def test_shapes(data: Any, shape: str) -> None:
    """Nested answers are described by the kinds of their keys."""
    assert shape_of(data) == shape


def test_identifying_texts() -> None:
    """Texts that identify the account are found at any depth."""
    answer = {"webhooks": [{"id": "webhook_1", "endpoint_config": {"url": "https://a.example", "http_timeout": 10}}]}
    assert set(identifying_texts(answer)) == {"webhook_1", "https://a.example"}
