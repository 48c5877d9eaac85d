"""The endpoint: what is let in, and what becomes of it."""

from copy import deepcopy
from http import HTTPStatus
import json
import time
from typing import Any

from homeassistant.components.webhook import async_generate_path, async_handle_webhook
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.util.aiohttp import MockRequest
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import SECRET_HEADER
from custom_components.butlr.endpoint import LARGEST_BODY
from tests.conftest import Http, SetUp
from tests.pushing import everything, headers, occupancy, room_id
from tests.simulator import Simulator
from tests.truth import state_of

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
        "another organisation",
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
    before = everything(hass)
    content = body if isinstance(body, bytes) else json.dumps(body(deepcopy(occupancy(simulator)))).encode()
    response = await reachable.post(
        async_generate_path(entry.data[CONF_WEBHOOK_ID]), data=content, headers=headers(entry)
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert response.status == status
    assert everything(hass) == before
    assert entry.runtime_data.push.endpoint.outcomes == {outcome: 1}
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
    before = everything(hass)
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    sent = headers(entry) if sent is None else sent
    response = await reachable.request(method, path, json=occupancy(simulator), headers=sent)
    assert response.status == status
    assert everything(hass) == before
    assert entry.runtime_data.push.endpoint.outcomes == {outcome: 1}
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
            yield b" " * LARGEST_BODY

    content = b" " * 2_000_000 if declared else chunks()
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    response = await reachable.post(path, data=content, headers=headers(entry))
    assert response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert entry.runtime_data.push.endpoint.outcomes == {"too_large": 1}


async def test_what_home_assistant_cloud_hands_in(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Its requests have less than aiohttp's, and must do."""
    await set_up()
    for content, status in (
        (json.dumps(occupancy(simulator)).encode(), HTTPStatus.OK),
        (b" " * (LARGEST_BODY + 1), HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (b"", HTTPStatus.BAD_REQUEST),
    ):
        request = MockRequest(content, "cloud", method="POST", headers=headers(entry))
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
        event = occupancy(simulator, people, type=kind)
        response = await reachable.post(path, json=event, headers=headers(entry))
        assert response.status == HTTPStatus.OK
        assert state_of(hass, room_id(simulator, "Boardroom"), "people") == str(people)


async def test_a_customers_own_ids_serve_as_well(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Events may name a room by the customer's key only."""
    await set_up()
    event = occupancy(simulator, metadata={"room_custom_id": "MEET-1.01"})
    await reachable.post(async_generate_path(entry.data[CONF_WEBHOOK_ID]), json=event, headers=headers(entry))
    assert state_of(hass, room_id(simulator, "Boardroom"), "people") == "3"


async def test_an_unknown_space_asks_for_the_estate_once(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A room that is new at Butlr is looked for, at most every five minutes."""
    await set_up()
    simulator.requests.clear()
    path = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    for _ in range(5):
        event = occupancy(simulator, metadata={"room_id": "room_new"})
        await reachable.post(path, json=event, headers=headers(entry))
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
        async_generate_path(entry.data[CONF_WEBHOOK_ID]), json=event, headers=headers(entry)
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert response.status == HTTPStatus.OK
    assert entry.runtime_data.push.endpoint.outcomes["not_chosen"] == 1
    assert simulator.requests == []
