"""The endpoint: what is let in, and what becomes of it."""

import asyncio
from collections.abc import Callable
from copy import deepcopy
import hmac
from http import HTTPStatus
import json
import logging
import time
from typing import Any
from unittest.mock import Mock, patch

from aiohttp.web import Response
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.webhook import async_generate_path, async_handle_webhook
from homeassistant.const import CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.util.aiohttp import MockRequest, MockStreamReader
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.butlr.api.events import parse_event
from custom_components.butlr.api.readings import Count, Reading
from custom_components.butlr.const import CONF_WEBHOOK_SECRET, SECRET_HEADER
from custom_components.butlr.push import webhook as webhook_module
from custom_components.butlr.push.webhook import MAX_BODY_BYTES
from tests.conftest import Http, SetUp
from tests.helpers.push import all_states, occupancy_event, room_id, secret_header
from tests.helpers.states import state_of
from tests.simulator import Simulator

NAN = '{"type": "ROOM_OCCUPANCY", "timestamp": %d, "metadata": {"room_id": "%s"}, "data": NaN}'
BAD_BODIES: list[tuple[str, Any, int, str]] = [
    ("broken JSON", b'{"type": "ROOM_OCC', 400, "invalid"),
    ("no JSON", b"\xff\xfe\x00", 400, "invalid"),
    ("nothing", b"", 400, "invalid"),
    ("a list", lambda event: [event], 400, "invalid"),
    ("a text", lambda event: "ROOM_OCCUPANCY", 400, "invalid"),
    ("deep nesting", b"[" * 60_000, 400, "invalid"),
    ("no type", lambda event: {key: event[key] for key in event if key != "type"}, 400, "invalid"),
    ("type is a number", lambda event: event | {"type": 7}, 400, "invalid"),
    ("no timestamp", lambda event: {key: event[key] for key in event if key != "timestamp"}, 400, "invalid"),
    ("timestamp is text", lambda event: event | {"timestamp": "now"}, 400, "invalid"),
    ("timestamp below zero", lambda event: event | {"timestamp": -1}, 400, "invalid"),
    ("no metadata", lambda event: event | {"metadata": None}, 400, "invalid"),
    ("no room", lambda event: event | {"metadata": {}}, 400, "invalid"),
    ("room is a number", lambda event: event | {"metadata": {"room_id": 1}}, 400, "invalid"),
    (
        "a room as a floor",
        lambda event: event | {"type": "FLOOR_OCCUPANCY", "metadata": {"floor_id": event["metadata"]["room_id"]}},
        200,
        "unknown_space",
    ),
    ("no data", lambda event: {key: event[key] for key in event if key != "data"}, 400, "invalid"),
    ("data is text", lambda event: event | {"data": "3"}, 400, "invalid"),
    ("data is true", lambda event: event | {"data": True}, 400, "invalid"),
    ("data is an object", lambda event: event | {"data": {"people": 3}}, 400, "invalid"),
    ("data is NaN", lambda event: event | {"data": float("nan")}, 400, "invalid"),
    ("data is infinite", lambda event: event | {"data": float("inf")}, 400, "invalid"),
    ("fewer than nobody", lambda event: event | {"data": -1}, 400, "invalid"),
    ("a nation", lambda event: event | {"data": 10**9}, 400, "invalid"),
    ("a huge number", lambda event: event | {"data": 10**400}, 400, "invalid"),
    ("traffic without numbers", lambda event: event | {"type": "TRAFFIC", "data": {"in": "1"}}, 400, "invalid"),
    ("an unknown room", lambda event: event | {"metadata": {"room_id": "room_other"}}, 200, "unknown_space"),
    (
        "another organization",
        lambda event: event | {"metadata": {**event["metadata"], "org_id": "org_x"}},
        200,
        "foreign",
    ),
    ("detections", lambda event: event | {"type": "DETECTIONS", "data": {"world": []}}, 200, "unread"),
    ("an unknown type", lambda event: event | {"type": "NEW_THING"}, 200, "unread"),
    ("far future", lambda event: event | {"timestamp": 4102444800000}, 200, "old"),
    ("beyond all time", lambda event: event | {"timestamp": 10**300}, 400, "invalid"),
    ("ancient", lambda event: event | {"timestamp": 1}, 200, "old"),
    ("yesterday", lambda event: event | {"timestamp": event["timestamp"] - 86_400_000}, 200, "old"),
    ("ancient motion", lambda event: event | {"type": "PIR_MOTION", "timestamp": 1}, 200, "old"),
]


@pytest.mark.parametrize(
    ("body", "status", "outcome"), [case[1:] for case in BAD_BODIES], ids=[case[0] for case in BAD_BODIES]
)
async def test_bad_bodies_change_nothing(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    body: Any,
    status: int,
    outcome: str,
) -> None:
    """Each gets the right status, is counted, moves no state and logs nothing a person would see."""
    await set_up()
    before = all_states(hass)
    content = body if isinstance(body, bytes) else json.dumps(body(deepcopy(occupancy_event(simulator)))).encode()
    response = await reachable.post(
        async_generate_path(entry.data[CONF_WEBHOOK_ID]), data=content, headers=secret_header(entry)
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert response.status == status
    assert all_states(hass) == before
    assert entry.runtime_data.push.webhook.outcomes == {outcome: 1}
    assert not [
        record for record in caplog.records if record.levelname in ("WARNING", "ERROR") and "butlr" in record.name
    ]


@pytest.mark.parametrize(
    ("method", "sent", "status", "outcome"),
    [
        ("POST", {}, 401, "unauthorized"),
        ("POST", {SECRET_HEADER: ""}, 401, "unauthorized"),
        ("POST", {SECRET_HEADER: "wrong"}, 401, "unauthorized"),
        ("POST", {SECRET_HEADER: "wröng"}, 401, "unauthorized"),
        ("GET", None, 405, "wrong_method"),
        ("PUT", None, 405, "wrong_method"),
        ("HEAD", None, 405, "wrong_method"),
    ],
)
async def test_strangers_are_turned_away(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    method: str,
    sent: dict[str, str] | None,
    status: int,
    outcome: str,
) -> None:
    """Without the secret, or by another method, nothing is read and nobody warned."""
    await set_up()
    before = all_states(hass)
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    sent = secret_header(entry) if sent is None else sent
    response = await reachable.request(method, path, json=occupancy_event(simulator), headers=sent)
    assert response.status == status
    assert all_states(hass) == before
    assert entry.runtime_data.push.webhook.outcomes == {outcome: 1}
    assert entry.runtime_data.push.last_push is None
    assert not [
        record for record in caplog.records if record.levelname in ("WARNING", "ERROR") and "webhook" in record.name
    ]


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
async def test_two_megabytes(
    hass: HomeAssistant, reachable: Http, entry: MockConfigEntry, set_up: SetUp, declared: bool
) -> None:
    """Too large is refused, whether or not it says so beforehand."""
    await set_up()

    async def chunks() -> Any:
        for _ in range(32):
            yield b" " * MAX_BODY_BYTES

    content = b" " * 2_000_000 if declared else chunks()
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    response = await reachable.post(path, data=content, headers=secret_header(entry))
    assert response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert entry.runtime_data.push.webhook.outcomes == {"too_large": 1}


async def test_what_home_assistant_cloud_hands_in(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Its requests have less than aiohttp's, and must do."""
    await set_up()
    for content, status in (
        (json.dumps(occupancy_event(simulator)).encode(), HTTPStatus.OK),
        (b" " * (MAX_BODY_BYTES + 1), HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (b"", HTTPStatus.BAD_REQUEST),
    ):
        request = MockRequest(content, "cloud", method="POST", headers=secret_header(entry))
        response = await async_handle_webhook(hass, entry.data[CONF_WEBHOOK_ID], request)
        assert response.status == status
    assert state_of(hass, room_id(simulator, "Boardroom"), "people") == "3"


async def test_a_push_shows_before_the_answer(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """When Butlr has its 200, the state is written; one-minute variants and lower case count as well."""
    await set_up()
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    for people, kind in enumerate(("ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1MIN", "room_occupancy_1m"), 4):
        event = occupancy_event(simulator, people, type=kind)
        response = await reachable.post(path, json=event, headers=secret_header(entry))
        assert response.status == HTTPStatus.OK
        assert state_of(hass, room_id(simulator, "Boardroom"), "people") == str(people)


async def test_a_customers_own_ids_serve_as_well(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Events may name a room by the customer's key only."""
    await set_up()
    event = occupancy_event(simulator, metadata={"room_custom_id": "MEET-1.01"})
    await reachable.post(async_generate_path(entry.data[CONF_WEBHOOK_ID]), json=event, headers=secret_header(entry))
    assert state_of(hass, room_id(simulator, "Boardroom"), "people") == "3"


async def test_an_unknown_space_asks_for_the_estate_once(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A room that is new at Butlr is looked for, at most every five minutes."""
    await set_up()
    simulator.requests.clear()
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    for _ in range(5):
        event = occupancy_event(simulator, metadata={"room_id": "room_new"})
        await reachable.post(path, json=event, headers=secret_header(entry))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [request.kind for request in simulator.requests] == ["Topology", "Sensors", "Hives"]


@pytest.mark.parametrize("rooms", [240])
async def test_spaces_that_were_not_chosen(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """They are ignored, and nothing is asked for their sake."""
    first, second = list(simulator.estate.buildings)[:2]
    hass.config_entries.async_update_entry(entry, options={**entry.options, "buildings": [first]})
    await set_up()
    floors = {floor.id for floor in simulator.estate.floors.values() if floor.building_id == second}
    room = next(room.id for room in simulator.estate.rooms.values() if room.floor_id in floors)
    simulator.requests.clear()
    event = {"type": "PIR_MOTION", "timestamp": int(time.time() * 1000), "metadata": {"room_id": room}}
    response = await reachable.post(
        async_generate_path(entry.data[CONF_WEBHOOK_ID]), json=event, headers=secret_header(entry)
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert response.status == HTTPStatus.OK
    assert entry.runtime_data.push.webhook.outcomes["not_chosen"] == 1
    assert simulator.requests == []


class Unread(MockRequest):
    """A request that counts how often its body is asked for."""

    reads = 0

    @property
    def content(self) -> MockStreamReader:
        """Return a body that cannot be read without being noticed."""
        request, stream = self, super().content

        class Reader(MockStreamReader):
            async def read(self, byte_count: int = -1) -> bytes:
                request.reads += 1
                return await stream.read(byte_count)

        return Reader(b"")


@pytest.mark.parametrize(
    ("method", "secret", "status", "reads"),
    [
        ("POST", None, 401, False),
        ("POST", "", 401, False),
        ("POST", "0" * 64, 401, False),
        ("PUT", ..., 405, False),
        # With the secret bodies are read; that they are no events is said no more often.
        ("POST", ..., 400, True),
    ],
    ids=["none", "empty", "wrong", "method", "body"],
)
async def test_a_flood_costs_little(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    method: str,
    secret: Any,
    status: int,
    reads: bool,
) -> None:
    """Five hundred bad requests: one line in the log, no state moved, and nothing read of what has no secret."""
    await set_up()
    before = all_states(hass)
    sent = secret_header(entry) if secret is ... else {SECRET_HEADER: secret} if secret is not None else {}
    content = b"{" if status == HTTPStatus.BAD_REQUEST else json.dumps(occupancy_event(simulator)).encode()
    caplog.clear()
    with patch.object(webhook_module, "parse_event", wraps=parse_event) as parse:
        for _ in range(500):
            request: Any = Unread(content, "test", method=method, headers=sent)
            response = await async_handle_webhook(hass, entry.data[CONF_WEBHOOK_ID], request)
            assert response.status == status
            assert bool(request.reads) is reads
    assert parse.call_count == (500 if reads else 0)
    # On a busy machine asyncio complains of whatever took long.
    (line,) = [one for one in caplog.records if one.levelno >= logging.WARNING and one.name != "asyncio"]
    assert (line.name, line.levelname) == ("custom_components.butlr", "WARNING")
    assert sum(entry.runtime_data.push.webhook.outcomes.values()) == 500
    await hass.async_block_till_done(wait_background_tasks=True)
    assert all_states(hass) == before
    # After all that the right one is let in.
    request = MockRequest(
        json.dumps(occupancy_event(simulator)).encode(), "test", method="POST", headers=secret_header(entry)
    )
    assert (await async_handle_webhook(hass, entry.data[CONF_WEBHOOK_ID], request)).status == HTTPStatus.OK
    assert state_of(hass, room_id(simulator, "Boardroom"), "people") == "3"


@pytest.mark.parametrize(
    "secret",
    ["\ud800", "\udcff\udcfe", "\udfff" * 50, "wröng", "🙂", "\0", "x" * 100_000],
    ids=["surrogate", "bytes", "surrogates", "latin", "emoji", "null", "long"],
)
async def test_secrets_that_are_no_text(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    secret: str,
) -> None:
    """Whatever stands in the header, as Home Assistant Cloud may hand it in, is just a wrong secret."""
    await set_up()
    caplog.clear()
    request: Any = Unread(json.dumps(occupancy_event(simulator)).encode(), "cloud", method="POST")
    request.headers[SECRET_HEADER] = secret
    response = await async_handle_webhook(hass, entry.data[CONF_WEBHOOK_ID], request)
    assert response.status == HTTPStatus.UNAUTHORIZED
    assert request.reads == 0
    assert entry.runtime_data.push.webhook.outcomes == {"unauthorized": 1}
    assert caplog.records == []


async def test_a_secret_of_raw_bytes(
    hass: HomeAssistant, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The same over a real connection, where no client minds what it sends."""
    await set_up()
    reader, writer = await asyncio.open_connection(reachable.host, reachable.port)
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID]).encode()
    header = SECRET_HEADER.encode() + b": \xff\xfe\xed\xa0\x80"
    writer.write(
        b"\r\n".join([b"POST " + path + b" HTTP/1.1", b"Host: test", header, b"Content-Length: 2", b"", b"{}"])
    )
    status = await reader.readline()
    writer.close()
    assert status.startswith(b"HTTP/1.1 401 ")
    assert entry.runtime_data.push.webhook.outcomes == {"unauthorized": 1}


async def test_what_decides_takes_constant_time(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Whether a secret is right is the word of `hmac.compare_digest` alone, over all of both."""
    await set_up()
    secret = entry.data[CONF_WEBHOOK_SECRET]
    body = json.dumps(occupancy_event(simulator)).encode()
    for sent in (secret, "", "wrong", secret[:-1], f"{secret}0"):
        for verdict, status in ((True, HTTPStatus.OK), (False, HTTPStatus.UNAUTHORIZED)):
            request: Any = MockRequest(body, "test", method="POST", headers={SECRET_HEADER: sent})
            with patch.object(hmac, "compare_digest", return_value=verdict) as compare:
                response = await async_handle_webhook(hass, entry.data[CONF_WEBHOOK_ID], request)
            assert response.status == status
            compare.assert_called_once_with(sent.encode(), secret.encode())


async def test_the_log_keeps_secrets(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Not even at the debug level does the log hold a secret, or an id by which somebody could reach us."""
    caplog.set_level(logging.DEBUG, "")
    caplog.clear()
    # Registration is refused, forbidden and disputed before it succeeds: all that has lines of its own.
    simulator.settings.update({"webhook_input": "camel", "webhook_permission": "forbidden"})
    simulator.add_foreign_webhook(["PIR_MOTION"])
    await set_up()
    subscription = entry.runtime_data.push.subscription
    for permission, fault in (("403", "none"), ("granted", "graphql_errors"), ("granted", "none")):
        simulator.settings.webhook_permission = permission
        simulator.faults.set("graphql", fault)
        await subscription.retry_refused()
    assert len(simulator.webhooks) == 3
    await simulator.move(to=room_id(simulator, "Boardroom"))
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    for body in (*(case[1] for case in BAD_BODIES), occupancy_event(simulator)):
        content = (
            body
            if isinstance(body, bytes)
            else json.dumps(body(occupancy_event(simulator)) if callable(body) else body)
        )
        await reachable.post(path, data=content, headers=secret_header(entry))
        await reachable.post(path, data=content, headers={SECRET_HEADER: "wrong"})
    for method in ("GET", "PUT", "HEAD", "DELETE"):
        await reachable.request(method, path, headers=secret_header(entry))
    simulator.revoke()
    for _ in range(3):
        freezer.tick(61)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    lines = [(record, logging.Formatter("%(message)s").format(record)) for record in caplog.records]
    assert any(record.name == "custom_components.butlr" and record.levelno == logging.DEBUG for record, _ in lines)
    for name in (CONF_CLIENT_SECRET, CONF_WEBHOOK_SECRET):
        assert [text for record, text in lines if entry.data[name] in text and _is_ours(record)] == []
    known = [
        (record.name, record.levelname, str(record.msg))
        for record, text in lines
        if entry.data[CONF_WEBHOOK_ID] in text and _is_ours(record)
    ]
    # These lines at the debug level are Home Assistant's own, about every request and every webhook of everybody.
    assert set(known) == {
        ("homeassistant.components.webhook", "DEBUG", "Handling webhook %s payload for %s"),
        ("homeassistant.helpers.http", "DEBUG", "Serving %s to %s (auth: %s)"),
    }
    # Nor do our own lines tell which spaces somebody has.
    ids = [*simulator.estate.rooms, *simulator.estate.floors, *simulator.estate.zones, simulator.estate.id]
    assert not [text for record, text in lines if "butlr" in record.name for one in ids if one in text]


def _is_ours(record: logging.LogRecord) -> bool:
    """Tell whether a line is from the integration or what it stands on; the simulator and test clients log as well."""
    return record.name.startswith(("custom_components.butlr", "homeassistant."))


async def test_who_comes_together_is_answered_apart(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Of what arrives at the same time, what is broken or given up takes nothing from the others, however many.

    What cannot be taken in is not asked for again, and the log says so once, without the webhook's id.
    """
    await set_up()
    endpoint = entry.runtime_data.push.webhook
    apply: Callable[[tuple[Reading, ...]], bool] = entry.runtime_data.live.apply

    def fail_at_seven(readings: tuple[Reading, ...]) -> bool:
        if isinstance(readings[0], Count) and readings[0].people == 7:
            raise RuntimeError("seven")
        return apply(readings)

    def deliver(people: Any) -> asyncio.Task[Response]:
        content = json.dumps(occupancy_event(simulator, people)).encode()
        request: Any = MockRequest(content, "test", method="POST", headers=secret_header(entry))
        return hass.async_create_task(
            async_handle_webhook(hass, entry.data[CONF_WEBHOOK_ID], request), eager_start=False
        )

    caplog.clear()
    with patch.object(entry.runtime_data.live, "apply", side_effect=fail_at_seven):
        people = [*range(5), "many", 7, 8, 7, *range(9, 150), 2]
        answers = [deliver(number) for number in people]
        answers[7].cancel()
        results = await asyncio.gather(*answers, return_exceptions=True)
    failed = {
        number: result
        for number, result in zip(people, results, strict=True)
        if not isinstance(result, Response) or result.status != HTTPStatus.OK
    }
    assert failed.keys() == {"many", 8}
    assert isinstance(failed["many"], Response)
    assert failed["many"].status == HTTPStatus.BAD_REQUEST
    assert isinstance(failed[8], asyncio.CancelledError)
    assert state_of(hass, room_id(simulator, "Boardroom"), "people") == "2"
    assert endpoint.outcomes["failed"] == 2
    assert endpoint.context is None
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert line.name == "custom_components.butlr"
    assert entry.data[CONF_WEBHOOK_ID] not in caplog.text
    # Butlr was heard all the same.
    assert entry.runtime_data.push.last_push is not None


@pytest.mark.parametrize("hang_up", ["in the head", "in the body", "after the body"])
async def test_a_peer_that_hangs_up(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp, hang_up: str
) -> None:
    """Whenever a peer goes away, and whatever its event does, the next events are taken in as ever."""
    await set_up()
    content = json.dumps(occupancy_event(simulator, 7)).encode()
    secret = f"{SECRET_HEADER}: {entry.data[CONF_WEBHOOK_SECRET]}"
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    head = f"POST {path} HTTP/1.1\r\nHost: test\r\n{secret}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    sent = {"in the head": head[:40], "in the body": head + content[:50], "after the body": head + content}[hang_up]
    url = reachable.make_url("")
    with patch.object(entry.runtime_data.live, "apply", side_effect=RuntimeError("seven")):
        for _ in range(5):
            _, writer = await asyncio.open_connection(url.host, url.port)
            writer.write(sent)
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.transport.abort()
        await asyncio.sleep(0.05)
    assert entry.runtime_data.push.webhook.context is None
    for people in (1, 2):
        response = await reachable.post(path, json=occupancy_event(simulator, people), headers=secret_header(entry))
        assert response.status == HTTPStatus.OK
        assert state_of(hass, room_id(simulator, "Boardroom"), "people") == str(people)


async def test_an_entity_that_fails_takes_nothing_from_the_others(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each is told of an event; Butlr gets its 200, and the log a line when one begins to fail."""
    await set_up()
    room, live = room_id(simulator, "Boardroom"), entry.runtime_data.live
    broken = Mock(side_effect=RuntimeError("cannot be shown"))
    end = live.listen(room, ("people",), broken)
    # It is called before the entities are.
    listeners, alone = live._nodes[room].listeners, frozenset({"people"})
    live._nodes[room].listeners = {alone: listeners.pop(alone), **listeners}
    caplog.clear()
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    for people, fails, lines in ((3, True, 1), (4, True, 1), (5, False, 1), (6, True, 2)):
        broken.side_effect = RuntimeError("cannot be shown") if fails else None
        response = await reachable.post(path, json=occupancy_event(simulator, people), headers=secret_header(entry))
        assert response.status == HTTPStatus.OK
        assert state_of(hass, room, "people") == str(people)
        assert state_of(hass, room, "occupancy") == "on"
        assert len([record for record in caplog.records if record.levelname == "ERROR"]) == lines
    assert broken.call_count == 4
    assert entry.runtime_data.push.webhook.outcomes == {"applied": 4}
    end()
    assert not live._nodes[room].listeners[alone]


async def test_a_body_that_comes_in_pieces(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """It is read to its declared end, however slowly it comes."""
    await set_up()
    content = json.dumps(occupancy_event(simulator, 6)).encode()
    secret = f"{SECRET_HEADER}: {entry.data[CONF_WEBHOOK_SECRET]}"
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    head = f"POST {path} HTTP/1.1\r\nHost: test\r\n{secret}\r\nContent-Length: {len(content)}\r\n\r\n"
    url = reachable.make_url("")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    for piece in (head.encode(), content[:50], content[50:51], content[51:]):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)
    assert b" 200 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert state_of(hass, room_id(simulator, "Boardroom"), "people") == "6"
