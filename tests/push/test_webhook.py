"""The webhook in Home Assistant: which requests it accepts, and what each of them changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
import hmac
from http import HTTPStatus
import json
import logging
import time
from typing import Any
from unittest.mock import Mock, patch

from aiohttp.web import Response
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.const import CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.util.aiohttp import MockRequest, MockStreamReader
import pytest

from custom_components.butlr.api.events import parse_event
from custom_components.butlr.api.readings import Count, Reading
from custom_components.butlr.const import CONF_WEBHOOK_SECRET, SECRET_HEADER
from custom_components.butlr.live.space import field_reader
from custom_components.butlr.push import receiver as receiver_module
from custom_components.butlr.push.receiver import MAX_BODY_BYTES
from tests.helpers.push import all_states, occupancy_event, secret_header, webhook_path
from tests.helpers.scene import Scene

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
    ("detections", lambda event: event | {"type": "DETECTIONS", "data": {"world": []}}, 200, "unwatched"),
    ("an unknown type", lambda event: event | {"type": "NEW_THING"}, 200, "unread"),
    ("far future", lambda event: event | {"timestamp": 4102444800000}, 200, "old"),
    ("beyond all time", lambda event: event | {"timestamp": 10**300}, 400, "invalid"),
    ("ancient", lambda event: event | {"timestamp": 1}, 200, "old"),
    ("yesterday", lambda event: event | {"timestamp": event["timestamp"] - 86_400_000}, 200, "old"),
    ("ancient motion", lambda event: event | {"type": "PIR_MOTION", "timestamp": 1}, 200, "old"),
]


async def handle(scene: Scene, request: Any) -> Response:
    """Let Home Assistant handle a request that did not come through its HTTP server."""
    return await async_handle_webhook(scene.hass, scene.entry.data[CONF_WEBHOOK_ID], request)


def mock_request(scene: Scene, event: Any) -> Any:
    """Return a request with the secret, as Home Assistant Cloud creates it."""
    return MockRequest(json.dumps(event).encode(), "cloud", method="POST", headers=secret_header(scene.entry))


async def let_sockets_work() -> None:
    """Let the event loop transfer what was written; the clock stands still, so nothing can be waited for."""
    for _ in range(200):
        await asyncio.sleep(0)


# -- requests that are refused or ignored ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "outcome"), [case[1:] for case in BAD_BODIES], ids=[case[0] for case in BAD_BODIES]
)
async def test_bad_bodies_change_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture, body: Any, status: int, outcome: str
) -> None:
    """Each is answered with the right status and counted; no state changes, and nothing is logged."""
    await scene.set_up()
    before = all_states(scene.hass)
    content = body if isinstance(body, bytes) else json.dumps(body(deepcopy(occupancy_event(scene.simulator)))).encode()
    response = await scene.http.post(webhook_path(scene.entry), data=content, headers=secret_header(scene.entry))
    await scene.settle()
    assert response.status == status
    assert all_states(scene.hass) == before
    assert scene.data.push.webhook.outcomes == {outcome: 1}
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
async def test_unauthenticated_requests_are_refused(
    scene: Scene, caplog: pytest.LogCaptureFixture, method: str, sent: dict[str, str] | None, status: int, outcome: str
) -> None:
    """Without the secret, or with another method than POST, nothing changes and no warning is logged."""
    await scene.set_up()
    before = all_states(scene.hass)
    path = webhook_path(scene.entry)
    sent = secret_header(scene.entry) if sent is None else sent
    response = await scene.http.request(method, path, json=occupancy_event(scene.simulator), headers=sent)
    assert response.status == status
    assert all_states(scene.hass) == before
    assert scene.data.push.webhook.outcomes == {outcome: 1}
    assert scene.data.push.last_push is None
    assert not [
        record for record in caplog.records if record.levelname in ("WARNING", "ERROR") and "webhook" in record.name
    ]


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
async def test_large_bodies_are_refused(scene: Scene, declared: bool) -> None:
    """Whether or not the request declares its length."""
    await scene.set_up()

    async def chunks() -> Any:
        for _ in range(32):
            yield b" " * MAX_BODY_BYTES

    content = b" " * 2_000_000 if declared else chunks()
    path = webhook_path(scene.entry)
    response = await scene.http.post(path, data=content, headers=secret_header(scene.entry))
    assert response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert scene.data.push.webhook.outcomes == {"too_large": 1}


async def test_requests_through_home_assistant_cloud(scene: Scene) -> None:
    """They have fewer attributes than requests of aiohttp, which must be enough."""
    await scene.set_up()
    for content, status in (
        (json.dumps(occupancy_event(scene.simulator)).encode(), HTTPStatus.OK),
        (b" " * (MAX_BODY_BYTES + 1), HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (b"", HTTPStatus.BAD_REQUEST),
    ):
        request = MockRequest(content, "cloud", method="POST", headers=secret_header(scene.entry))
        response = await handle(scene, request)
        assert response.status == status
    assert scene.state("Boardroom", "people") == "3"


async def test_the_state_is_written_before_the_answer(scene: Scene) -> None:
    """For one-minute variants and lower-case types, too."""
    await scene.set_up()
    for people, kind in enumerate(("ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1MIN", "room_occupancy_1m"), 4):
        event = occupancy_event(scene.simulator, people, type=kind)
        assert await scene.push(event) == HTTPStatus.OK
        assert scene.state("Boardroom", "people") == str(people)


async def test_custom_ids(scene: Scene) -> None:
    """An event may identify a room only by the customer's own id."""
    await scene.set_up()
    event = occupancy_event(scene.simulator, metadata={"room_custom_id": "MEET-1.01"})
    await scene.push(event)
    assert scene.state("Boardroom", "people") == "3"


async def test_an_unknown_space_refreshes_the_estate_once(scene: Scene) -> None:
    """The room may be new at Butlr; the estate is refreshed at most every five minutes."""
    await scene.set_up()
    scene.simulator.requests.clear()
    for _ in range(5):
        event = occupancy_event(scene.simulator, metadata={"room_id": "room_new"})
        await scene.push(event)
    await scene.settle()
    assert [request.kind for request in scene.simulator.requests] == ["Topology", "Sensors", "Hives"]


@pytest.mark.parametrize("rooms", [240])
async def test_spaces_of_other_buildings_are_ignored(scene: Scene) -> None:
    """Buildings that the user did not choose cause no request."""
    first, second = list(scene.simulator.estate.buildings)[:2]
    scene.hass.config_entries.async_update_entry(scene.entry, options={**scene.entry.options, "buildings": [first]})
    await scene.set_up()
    floors = {floor.id for floor in scene.simulator.estate.floors.values() if floor.building_id == second}
    room = next(room.id for room in scene.simulator.estate.rooms.values() if room.floor_id in floors)
    scene.simulator.requests.clear()
    event = {"type": "PIR_MOTION", "timestamp": int(time.time() * 1000), "metadata": {"room_id": room}}
    assert await scene.push(event) == HTTPStatus.OK
    await scene.settle()
    assert scene.data.push.webhook.outcomes["not_chosen"] == 1
    assert scene.simulator.requests == []


class CountingRequest(MockRequest):
    """A request that counts how often its body is read."""

    reads = 0

    @property
    def content(self) -> MockStreamReader:
        """Return a body that counts each read."""
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
        # With the secret, bodies are read; that they are invalid is logged no more often.
        ("POST", ..., 400, True),
    ],
    ids=["none", "empty", "wrong", "method", "body"],
)
async def test_many_bad_requests(
    scene: Scene, caplog: pytest.LogCaptureFixture, method: str, secret: Any, status: int, reads: bool
) -> None:
    """Five hundred of them: one line in the log, no state changes, and no body is read without the secret."""
    await scene.set_up()
    before = all_states(scene.hass)
    sent = secret_header(scene.entry) if secret is ... else {SECRET_HEADER: secret} if secret is not None else {}
    content = b"{" if status == HTTPStatus.BAD_REQUEST else json.dumps(occupancy_event(scene.simulator)).encode()
    caplog.clear()
    with patch.object(receiver_module, "parse_event", wraps=parse_event) as parse:
        for _ in range(500):
            request: Any = CountingRequest(content, "test", method=method, headers=sent)
            response = await handle(scene, request)
            assert response.status == status
            assert bool(request.reads) is reads
    assert parse.call_count == (500 if reads else 0)
    # On a busy machine, asyncio warns about whatever took long.
    (line,) = [one for one in caplog.records if one.levelno >= logging.WARNING and one.name != "asyncio"]
    assert (line.name, line.levelname) == ("custom_components.butlr", "WARNING")
    assert sum(scene.data.push.webhook.outcomes.values()) == 500
    await scene.settle()
    assert all_states(scene.hass) == before
    # A good request is still accepted.
    assert (await handle(scene, mock_request(scene, occupancy_event(scene.simulator)))).status == HTTPStatus.OK
    assert scene.state("Boardroom", "people") == "3"


@pytest.mark.parametrize(
    "secret",
    ["\ud800", "\udcff\udcfe", "\udfff" * 50, "wröng", "🙂", "\0", "x" * 100_000],
    ids=["surrogate", "bytes", "surrogates", "latin", "emoji", "null", "long"],
)
async def test_secrets_that_are_not_text(scene: Scene, caplog: pytest.LogCaptureFixture, secret: str) -> None:
    """Home Assistant Cloud may pass on any header; each of these is simply a wrong secret."""
    await scene.set_up()
    caplog.clear()
    request: Any = CountingRequest(json.dumps(occupancy_event(scene.simulator)).encode(), "cloud", method="POST")
    request.headers[SECRET_HEADER] = secret
    response = await handle(scene, request)
    assert response.status == HTTPStatus.UNAUTHORIZED
    assert request.reads == 0
    assert scene.data.push.webhook.outcomes == {"unauthorized": 1}
    assert caplog.records == []


async def test_a_secret_of_invalid_bytes(scene: Scene) -> None:
    """The same over a real connection, without a client that validates headers."""
    await scene.set_up()
    reader, writer = await asyncio.open_connection(scene.http.host, scene.http.port)
    path = webhook_path(scene.entry).encode()
    header = SECRET_HEADER.encode() + b": \xff\xfe\xed\xa0\x80"
    writer.write(
        b"\r\n".join([b"POST " + path + b" HTTP/1.1", b"Host: test", header, b"Content-Length: 2", b"", b"{}"])
    )
    status = await reader.readline()
    writer.close()
    assert status.startswith(b"HTTP/1.1 401 ")
    assert scene.data.push.webhook.outcomes == {"unauthorized": 1}


async def test_secrets_are_compared_in_constant_time(scene: Scene) -> None:
    """`hmac.compare_digest` alone decides, and gets both secrets in full."""
    await scene.set_up()
    secret = scene.entry.data[CONF_WEBHOOK_SECRET]
    body = json.dumps(occupancy_event(scene.simulator)).encode()
    for sent in (secret, "", "wrong", secret[:-1], f"{secret}0"):
        for verdict, status in ((True, HTTPStatus.OK), (False, HTTPStatus.UNAUTHORIZED)):
            request: Any = MockRequest(body, "test", method="POST", headers={SECRET_HEADER: sent})
            with patch.object(hmac, "compare_digest", return_value=verdict) as compare:
                response = await handle(scene, request)
            assert response.status == status
            compare.assert_called_once_with(sent.encode(), secret.encode())


async def test_nothing_secret_is_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Neither secrets nor the webhook's id nor ids of spaces, even at the debug level."""
    caplog.set_level(logging.DEBUG, "")
    caplog.clear()
    # Subscribing is forbidden, fails and meets a claimed type before it succeeds: all of that is logged.
    scene.simulator.settings.update({"webhook_input": "camel", "webhook_permission": "forbidden"})
    scene.simulator.add_foreign_webhook(["PIR_MOTION"])
    await scene.set_up()
    subscription = scene.subscription
    for permission, fault in (("403", "none"), ("granted", "graphql_errors"), ("granted", "none")):
        scene.simulator.settings.webhook_permission = permission
        scene.simulator.faults.set("graphql", fault)
        await subscription.retry_refused()
    assert len(scene.simulator.webhooks) == 3
    await scene.enter("Boardroom")
    path = webhook_path(scene.entry)
    for body in (*(case[1] for case in BAD_BODIES), occupancy_event(scene.simulator)):
        content = (
            body
            if isinstance(body, bytes)
            else json.dumps(body(occupancy_event(scene.simulator)) if callable(body) else body)
        )
        await scene.http.post(path, data=content, headers=secret_header(scene.entry))
        await scene.http.post(path, data=content, headers={SECRET_HEADER: "wrong"})
    for method in ("GET", "PUT", "HEAD", "DELETE"):
        await scene.http.request(method, path, headers=secret_header(scene.entry))
    scene.simulator.revoke()
    for _ in range(3):
        await scene.pass_time(61)
    await scene.unload()

    lines = [(record, logging.Formatter("%(message)s").format(record)) for record in caplog.records]
    assert any(record.name == "custom_components.butlr" and record.levelno == logging.DEBUG for record, _ in lines)
    for name in (CONF_CLIENT_SECRET, CONF_WEBHOOK_SECRET):
        assert [text for record, text in lines if scene.entry.data[name] in text and _is_ours(record)] == []
    known = [
        (record.name, record.levelname, str(record.msg))
        for record, text in lines
        if scene.entry.data[CONF_WEBHOOK_ID] in text and _is_ours(record)
    ]
    # Home Assistant itself logs these lines at the debug level, for every request and webhook.
    assert set(known) == {
        ("homeassistant.components.webhook", "DEBUG", "Handling webhook %s payload for %s"),
        ("homeassistant.helpers.http", "DEBUG", "Serving %s to %s (auth: %s)"),
    }
    # Our own lines contain no ids of spaces.
    ids = [
        *scene.simulator.estate.rooms,
        *scene.simulator.estate.floors,
        *scene.simulator.estate.zones,
        scene.simulator.estate.id,
    ]
    assert not [text for record, text in lines if "butlr" in record.name for one in ids if one in text]


def _is_ours(record: logging.LogRecord) -> bool:
    """Return whether a record is from the integration or Home Assistant; the simulator and test clients log, too."""
    return record.name.startswith(("custom_components.butlr", "homeassistant."))


async def test_simultaneous_requests_do_not_affect_each_other(scene: Scene) -> None:
    """Among many, one is invalid and one is canceled; all others are applied in order."""
    await scene.set_up()
    people = [*range(5), "many", 7, 8, *range(9, 150), 2]
    answers = [
        scene.hass.async_create_task(
            handle(scene, mock_request(scene, occupancy_event(scene.simulator, number))), eager_start=False
        )
        for number in people
    ]
    answers[people.index(8)].cancel()
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
    assert scene.state("Boardroom", "people") == "2"


@pytest.fixture
async def failing_at_seven(scene: Scene) -> AsyncIterator[Scene]:
    """Return a scene in which applying seven people raises an error."""
    await scene.set_up()
    apply: Callable[[tuple[Reading, ...]], bool] = scene.data.live.apply

    def fail_at_seven(readings: tuple[Reading, ...]) -> bool:
        if isinstance(readings[0], Count) and readings[0].people == 7:
            raise RuntimeError("seven")
        return apply(readings)

    with patch.object(scene.data.live, "apply", side_effect=fail_at_seven):
        yield scene


async def test_an_event_that_cannot_be_applied_is_accepted(failing_at_seven: Scene) -> None:
    """Sending it again would not help, so Butlr gets its 200; it counts as a received push."""
    scene = failing_at_seven
    for people in (1, 7, 2):
        response = await handle(scene, mock_request(scene, occupancy_event(scene.simulator, people)))
        assert response.status == HTTPStatus.OK
    assert scene.state("Boardroom", "people") == "2"
    assert scene.data.push.webhook.outcomes["failed"] == 1
    assert scene.data.push.receiver.context is None
    assert scene.data.push.last_push is not None


async def test_an_event_that_cannot_be_applied_is_logged_once(
    failing_at_seven: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the webhook's id."""
    scene = failing_at_seven
    caplog.clear()
    for _ in range(3):
        await handle(scene, mock_request(scene, occupancy_event(scene.simulator, 7)))
    (line,) = [record for record in caplog.records if record.levelname == "ERROR" and record.name != "aiohttp.access"]
    assert line.name == "custom_components.butlr"
    assert scene.entry.data[CONF_WEBHOOK_ID] not in caplog.text


@pytest.mark.parametrize("hang_up", ["in the head", "in the body", "after the body"])
async def test_clients_that_disconnect(scene: Scene, hang_up: str) -> None:
    """Whenever a client disconnects, later events are applied as usual."""
    await scene.set_up()
    content = json.dumps(occupancy_event(scene.simulator, 7)).encode()
    secret = f"{SECRET_HEADER}: {scene.entry.data[CONF_WEBHOOK_SECRET]}"
    path = webhook_path(scene.entry)
    head = f"POST {path} HTTP/1.1\r\nHost: test\r\n{secret}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    sent = {"in the head": head[:40], "in the body": head + content[:50], "after the body": head + content}[hang_up]
    url = scene.http.make_url("")
    with patch.object(scene.data.live, "apply", side_effect=RuntimeError("seven")):
        for _ in range(5):
            _, writer = await asyncio.open_connection(url.host, url.port)
            writer.write(sent)
            await writer.drain()
            await let_sockets_work()
            writer.transport.abort()
        await let_sockets_work()
    assert scene.data.push.receiver.context is None
    for people in (1, 2):
        assert await scene.push(occupancy_event(scene.simulator, people)) == HTTPStatus.OK
        assert scene.state("Boardroom", "people") == str(people)


async def test_a_listener_that_fails_does_not_affect_others(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Every listener is called, Butlr gets its 200, and a failure is logged once until the listener works again."""
    await scene.set_up()
    room, live = scene.room("Boardroom"), scene.data.live
    broken = Mock(side_effect=RuntimeError("cannot be shown"))
    end = live.listen(room, ("people",), broken)
    # It is called before the entities are.
    listeners, alone = live._nodes[room].listeners, field_reader("people")
    live._nodes[room].listeners = {alone: listeners.pop(alone), **listeners}
    caplog.clear()
    for people, fails, lines in ((3, True, 1), (4, True, 1), (5, False, 1), (6, True, 2)):
        broken.side_effect = RuntimeError("cannot be shown") if fails else None
        assert await scene.push(occupancy_event(scene.simulator, people)) == HTTPStatus.OK
        assert scene.state(room, "people") == str(people)
        assert scene.state(room, "occupancy") == "on"
        errors = [record for record in caplog.records if record.levelname == "ERROR" and "butlr" in record.name]
        assert len(errors) == lines
    assert broken.call_count == 4
    assert scene.data.push.webhook.outcomes == {"applied": 4}
    end()
    assert not live._nodes[room].listeners[alone]


async def test_a_body_in_several_pieces(scene: Scene) -> None:
    """It is read up to its declared length, however slowly it arrives."""
    await scene.set_up()
    content = json.dumps(occupancy_event(scene.simulator, 6)).encode()
    secret = f"{SECRET_HEADER}: {scene.entry.data[CONF_WEBHOOK_SECRET]}"
    path = webhook_path(scene.entry)
    head = f"POST {path} HTTP/1.1\r\nHost: test\r\n{secret}\r\nContent-Length: {len(content)}\r\n\r\n"
    url = scene.http.make_url("")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    for piece in (head.encode(), content[:50], content[50:51], content[51:]):
        writer.write(piece)
        await writer.drain()
        await let_sockets_work()
    assert b" 200 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert scene.state("Boardroom", "people") == "6"
