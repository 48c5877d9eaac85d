"""What is passed on to another system: when, in which order, how often it is tried, and where it never goes."""

import base64
from collections.abc import AsyncIterator
import itertools
import json
import time
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_BASE_URL, CONF_TAKEN_OVER
from custom_components.butlr.push import forwarding as forwarding_module
from custom_components.butlr.push.forwarding import (
    MAX_WAIT,
    MAX_WAITING,
    Forwarding,
    forwarding_of,
    stop_forwarding,
)
from custom_components.butlr.push.taken_over import TakenWebhook, TakeoverRecord, taken_secret
from tests.helpers.other_system import API_KEY, OtherSystem, start_other_system

ID = "webhook_1"


@pytest.fixture
async def other(socket_enabled: None) -> AsyncIterator[OtherSystem]:
    """Run another system, and let nobody wait long for it."""
    system = await start_other_system()
    with patch.object(forwarding_module, "RETRY_DELAYS", (0.001,)):
        yield system
    await system.server.close()


@pytest.fixture
async def forwarding(hass: HomeAssistant, entry: MockConfigEntry, other: OtherSystem) -> AsyncIterator[Forwarding]:
    """Take one webhook over, and pass its events on."""
    endpoint = {"url": other.url, "http_timeout": 10, "api_key": API_KEY, "basic_auth": None}
    row = {"id": ID, "name": "Facility Suite", "event_types": ["ROOM_OCCUPANCY"], "endpoint_config": endpoint}
    record = TakeoverRecord(True, (TakenWebhook(row, taken=True),))
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TAKEN_OVER: record.as_dict()})
    forwarding = forwarding_of(hass, entry)
    assert forwarding.webhook_of(taken_secret(entry, ID).encode()) == ID
    assert forwarding.webhook_of(b"") is None
    yield forwarding
    await stop_forwarding(hass, entry)


def event(number: int, room: str = "1") -> bytes:
    """Return a body as Butlr sends it."""
    return json.dumps({"id": number, "metadata": {"room_id": room}}).encode()


async def settle(hass: HomeAssistant) -> None:
    """Wait until everything has been sent."""
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_what_fails_is_sent_again_in_order(
    hass: HomeAssistant, forwarding: Forwarding, other: OtherSystem, caplog: pytest.LogCaptureFixture
) -> None:
    """A failing server, and one that asks for patience; what it refuses is not repeated and holds nothing up."""
    caplog.set_level("INFO", "custom_components.butlr")
    other.statuses = [500, 200, 429, 408, 425, 200, 400, 302]
    for number in range(5):
        forwarding.pass_on(ID, event(number), "application/json; charset=utf-8")
    forwarding.pass_on("webhook_unknown", event(9), "application/json")
    # The first is under way.
    assert forwarding.waiting == 4
    await settle(hass)
    assert other.bodies == [event(number) for number in (0, 1, 4)]
    assert {headers["content-type"] for headers in other.headers} == {"application/json; charset=utf-8"}
    assert forwarding.outcomes == {"sent": 3, "refused": 2}
    told = [record.message for record in caplog.records if "other system" in record.message]
    assert told == [f"The other system {does} the events of Butlr" for does in ("does not accept", "accepts again")] * 2


async def test_a_system_that_is_down(hass: HomeAssistant, forwarding: Forwarding, other: OtherSystem) -> None:
    """What is too old is dropped, as is the oldest if too many wait; nobody who passes events on waits for that."""
    other.status = 503
    clock = itertools.count(step=MAX_WAIT / 4)
    with patch.object(forwarding_module, "time", spec=time) as clocks:
        clocks.monotonic.side_effect = lambda: next(clock)
        forwarding.pass_on(ID, event(0), "application/json")
        await settle(hass)
    assert (forwarding.outcomes, forwarding.waiting) == ({"failed": 1}, 0)
    for number in range(MAX_WAITING + 3):
        forwarding.pass_on(ID, event(number), "application/json")
    assert (forwarding.outcomes["dropped"], forwarding.waiting) == (2, MAX_WAITING)
    other.status = 200
    await settle(hass)
    numbers = [json.loads(body)["id"] for body in other.bodies]
    assert numbers == [0, *range(3, MAX_WAITING + 3)]


async def test_a_system_that_is_far_away(hass: HomeAssistant, forwarding: Forwarding, other: OtherSystem) -> None:
    """Many waiting events are sent several at once; only the order of each place is kept."""
    bodies = [event(number, str(number % 40)) for number in range(200)] + [b"no JSON", b"[]"]
    other.statuses = [503] * 5
    for body in bodies:
        forwarding.pass_on(ID, body, "application/json")
    await settle(hass)
    assert other.most > 1
    assert sorted(other.bodies) == sorted(bodies)
    for room in range(40):
        of_room = [body for body in bodies if body.startswith(b"{") and f'"{room}"'.encode() in body]
        assert [body for body in other.bodies if body in of_room] == of_room


async def test_nothing_goes_into_the_own_network(
    hass: HomeAssistant, entry: MockConfigEntry, forwarding: Forwarding, other: OtherSystem
) -> None:
    """The address must be public, also after its name is resolved; then the line is as if it did not answer."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_BASE_URL: "https://api.butlr.io"})
    await stop_forwarding(hass, entry)
    real = forwarding_of(hass, entry)
    real.pass_on(ID, event(0), "application/json")
    assert real.waiting == 0
    for address, reached in {
        "https://bms.example.org/hook": True,
        "http://bms.example.org/hook": False,
        "https://192.168.1.10/hook": False,
        "https://[::1]/hook": False,
        "https://127.0.0.1:8123/hook": False,
        "ftp://bms.example.org": False,
        "": False,
    }.items():
        assert real.can_reach(address) is reached, address
    record = TakeoverRecord.of(entry)
    assert record is not None
    row = record.webhooks[0].row
    endpoint = {**row["endpoint_config"], "url": "https://localhost:1/hook"}
    local = TakeoverRecord(True, (TakenWebhook({**row, "endpoint_config": endpoint}),))
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TAKEN_OVER: local.as_dict()})
    await stop_forwarding(hass, entry)
    real = forwarding_of(hass, entry)
    with patch.object(forwarding_module, "MAX_WAIT", 0.0):
        real.pass_on(ID, event(0), "application/json")
        await settle(hass)
    assert (real.outcomes, other.bodies) == ({"failed": 1}, [])


def keep(hass: HomeAssistant, entry: MockConfigEntry, other: OtherSystem, **endpoint: object) -> None:
    """Change the record: the endpoint was another one when the webhook was taken over; without any, nothing is left."""
    endpoint = {"url": other.url, "http_timeout": 10, **endpoint} if endpoint else {}
    row = {"id": ID, "name": "Facility Suite", "event_types": ["ROOM_OCCUPANCY"], "endpoint_config": endpoint}
    record = TakeoverRecord(True, (TakenWebhook(row, taken=True),) if endpoint else ())
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TAKEN_OVER: record.as_dict()})


async def test_another_endpoint(
    hass: HomeAssistant, entry: MockConfigEntry, forwarding: Forwarding, other: OtherSystem
) -> None:
    """Its owner changed it, and it was taken over again; a user name is sent as it is."""
    keep(hass, entry, other, url=f"{other.url}&new", basic_auth={"username": "bms:1", "password": "é"})
    forwarding.update()
    assert forwarding.pass_on(ID, event(0), "application/json")
    await settle(hass)
    (headers,) = other.headers
    assert "x-bms-key" not in headers
    assert headers["authorization"] == f"Basic {base64.b64encode('bms:1:é'.encode()).decode()}"


async def test_what_waits_when_it_is_given_back(
    hass: HomeAssistant, entry: MockConfigEntry, forwarding: Forwarding, other: OtherSystem
) -> None:
    """It is still sent, although Butlr already sends what comes after it to the other system."""
    other.statuses = [503]
    for number in range(3):
        forwarding.pass_on(ID, event(number), "application/json")
    keep(hass, entry, other)
    forwarding.update()
    assert not forwarding.pass_on(ID, event(3), "application/json")
    await stop_forwarding(hass, entry)
    assert other.bodies == [event(number) for number in range(3)]


async def test_the_end(hass: HomeAssistant, entry: MockConfigEntry, forwarding: Forwarding, other: OtherSystem) -> None:
    """What waits is sent before; what cannot be sent by then is given up."""
    forwarding.pass_on(ID, event(0), "application/json")
    await stop_forwarding(hass, entry)
    assert other.bodies == [event(0)]
    again = forwarding_of(hass, entry)
    other.status = 503
    with patch.object(forwarding_module, "DRAIN_TIMEOUT", 0.05):
        again.pass_on(ID, event(1), "application/json")
        await stop_forwarding(hass, entry)
    assert other.bodies == [event(0)]
