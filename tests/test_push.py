"""The endpoint and its subscription: what is let in, what is registered, and what becomes of it."""

from copy import deepcopy
from http import HTTPStatus
import json
import time
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.webhook import async_generate_path, async_handle_webhook
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util.aiohttp import MockRequest
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.butlr.const import CONF_WEBHOOK_SECRET
from custom_components.butlr.coordinator import OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH
from custom_components.butlr.push import LARGEST_BODY, RECOUNT, SECRET_HEADER
from tests.conftest import Http, SetUp
from tests.simulator import Simulator
from tests.truth import mismatches, state_of

SIX_TYPES = {"FLOOR_OCCUPANCY", "ROOM_OCCUPANCY", "ZONE_OCCUPANCY", "TRAFFIC", "PIR_MOTION", "PIR_NO_MOTION"}


def room_id(simulator: Simulator, name: str) -> str:
    """Return the id of a room by its name."""
    return next(room.id for room in simulator.estate.rooms.values() if room.name == name)


def occupancy(simulator: Simulator, people: Any = 3, **changes: Any) -> dict[str, Any]:
    """Return the event that people are in the Boardroom, now."""
    return {
        "id": "event_1",
        "type": "ROOM_OCCUPANCY",
        "timestamp": int(time.time() * 1000),
        "version": "v1.0.0",
        "metadata": {"org_id": simulator.estate.id, "room_id": room_id(simulator, "Boardroom")},
        "data": people,
        **changes,
    }


def headers(entry: MockConfigEntry) -> dict[str, str]:
    """Return the header that Butlr sends."""
    return {SECRET_HEADER: entry.data[CONF_WEBHOOK_SECRET]}


def everything(hass: HomeAssistant) -> dict[str, str]:
    """Return all states but those about the link itself."""
    return {state.entity_id: state.state for state in hass.states.async_all() if "update_mode" not in state.entity_id}


# -- the endpoint -----------------------------------------------------------------------------------------------------

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
    assert entry.runtime_data.push.outcomes == {outcome: 1}
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
    assert entry.runtime_data.push.outcomes == {outcome: 1}
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
    assert entry.runtime_data.push.outcomes == {"too_large": 1}


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
    assert entry.runtime_data.push.outcomes["not_chosen"] == 1
    assert simulator.requests == []


# -- the subscription -------------------------------------------------------------------------------------------------


async def test_registers_and_proves(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """One subscription with the secret header; the first event proves it and slows the occupancy poll down."""
    await set_up()
    (webhook,) = simulator.webhooks
    assert set(webhook.event_types) == SIX_TYPES
    assert webhook.url == f"{hass.config.external_url}{async_generate_path(entry.data[CONF_WEBHOOK_ID])}"
    assert webhook.api_key == {"key": SECRET_HEADER, "value": entry.data[CONF_WEBHOOK_SECRET]}
    assert webhook.send_on_value_change
    organisation = simulator.estate.id
    assert state_of(hass, organisation, "update_mode") == "polling"
    assert entry.runtime_data.occupancy.update_interval == OCCUPANCY_INTERVAL
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, organisation, "update_mode") == "push"
    assert entry.runtime_data.occupancy.update_interval == OCCUPANCY_INTERVAL_WITH_PUSH
    assert mismatches(hass, simulator) == []


async def test_totals_are_counted_again_after_a_subscription(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """What Butlr had not counted yet when the subscription began is there a little later; unloading cancels that."""
    await set_up()
    simulator.requests.clear()
    freezer.tick(RECOUNT + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "traffic" in {request.kind for request in simulator.requests}
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_unload(entry.entry_id)
    simulator.requests.clear()
    freezer.tick(RECOUNT + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.requests == []


async def test_is_found_again_after_a_restart(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A reload neither creates, changes nor deletes anything at Butlr."""
    await set_up()
    (before,) = simulator.webhooks
    for _ in range(3):
        simulator.requests.clear()
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert not [
            request
            for request in simulator.requests
            if request.kind.endswith("Webhooks") and request.kind != "Webhooks"
        ]
    assert simulator.webhooks == [before]


async def test_a_new_public_address(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The subscription follows the external URL; without one it goes, and polling serves."""
    await set_up()
    (before,) = simulator.webhooks
    await simulator.move(to=room_id(simulator, "Boardroom"))
    await hass.config.async_update(external_url="http://127.0.0.1:9")
    await hass.async_block_till_done(wait_background_tasks=True)
    (after,) = simulator.webhooks
    assert (after.id, after.url.startswith("http://127.0.0.1:9/")) == (before.id, True)
    simulator.requests.clear()
    await hass.config.async_update(external_url=None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.webhooks == []
    assert "room_occupancy" in {request.kind for request in simulator.requests}
    assert state_of(hass, simulator.estate.id, "update_mode") == "polling"
    assert entry.runtime_data.occupancy.update_interval == OCCUPANCY_INTERVAL


async def test_duplicates_of_ours_go(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A second one of ours is deleted; what is not ours is never touched."""
    await set_up()
    (ours,) = simulator.webhooks
    simulator.dispatcher.webhooks["webhook_old"] = type(ours)(
        "webhook_old", ours.name, ["DETECTIONS"], "https://old.example.org/api/webhook/x"
    )
    foreign = simulator.add_foreign_webhook(["SENSOR_HEALTH"])
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.webhooks == [ours, foreign]


async def test_what_a_removed_entry_left_behind_is_ours(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Butlr could not be reached when an entry was removed: the next one takes its webhook over, and only that."""
    await set_up()
    (ours,) = simulator.webhooks
    ours.name, ours.api_key = "Home Assistant OLDENTRY", {"key": SECRET_HEADER, "value": "old"}
    ours.url = f"{hass.config.external_url}{async_generate_path('old')}"
    foreign = simulator.add_foreign_webhook(["DETECTIONS"], "Home Assistant ELSEWHERE")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert foreign in simulator.webhooks
    (after,) = [webhook for webhook in simulator.webhooks if webhook is not foreign]
    assert (after.id, set(after.event_types)) == (ours.id, SIX_TYPES)
    assert after.url.endswith(entry.data[CONF_WEBHOOK_ID])


async def test_what_others_hold_is_theirs(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Of a type that is taken, the one-minute variant is subscribed, else it is left to the polls."""
    foreign = simulator.add_foreign_webhook(["ROOM_OCCUPANCY", "ZONE_OCCUPANCY", "ZONE_OCCUPANCY_1MIN", "TRAFFIC"])
    await set_up()
    assert foreign in simulator.webhooks
    (ours,) = [webhook for webhook in simulator.webhooks if not webhook.foreign]
    assert set(ours.event_types) == {"FLOOR_OCCUPANCY", "ROOM_OCCUPANCY_1MIN", "PIR_MOTION", "PIR_NO_MOTION"}
    # Pushes arrive, but zones are not among them: they need the usual pace of polls.
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert state_of(hass, simulator.estate.id, "update_mode") == "push"
    assert entry.runtime_data.occupancy.update_interval == OCCUPANCY_INTERVAL


async def test_everything_taken(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Then nothing is registered, what was ours goes, and polling serves."""
    await set_up()
    await simulator.move(to=room_id(simulator, "Boardroom"))
    simulator.webhooks[0].event_types = ["PIR_MOTION"]
    occupancy_types = {kind for kind in SIX_TYPES if kind.endswith("OCCUPANCY")}
    foreign = simulator.add_foreign_webhook([*SIX_TYPES, *(f"{kind}_1MIN" for kind in occupancy_types)])
    await entry.runtime_data.push.reconcile()
    assert simulator.webhooks == [foreign]
    assert state_of(hass, simulator.estate.id, "update_mode") == "polling"


@pytest.mark.parametrize("spelling", ["snake", "camel", "both"])
@pytest.mark.parametrize("introspection", [True, False])
async def test_either_spelling_of_the_inputs(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    spelling: str,
    introspection: bool,
) -> None:
    """Creating and updating survive both, and nothing is created twice."""
    simulator.settings.update({"webhook_input": spelling, "introspection": introspection})
    await set_up()
    assert len(simulator.webhooks) == 1
    await hass.config.async_update(external_url="http://127.0.0.1:9")
    await hass.async_block_till_done(wait_background_tasks=True)
    (webhook,) = simulator.webhooks
    assert webhook.url.startswith("http://127.0.0.1:9/")
    assert webhook.api_key == {"key": SECRET_HEADER, "value": entry.data[CONF_WEBHOOK_SECRET]}


@pytest.mark.parametrize("permission", ["403", "forbidden"])
async def test_without_permission_polling_serves(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    permission: str,
) -> None:
    """Credentials that may not subscribe are good for everything else; nobody is asked for new ones."""
    simulator.settings.webhook_permission = permission
    assert await set_up()
    assert state_of(hass, simulator.estate.id, "update_mode") == "polling"
    assert mismatches(hass, simulator) == []
    assert hass.config_entries.flow.async_progress() == []


async def test_registration_is_tried_again(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """After 30 s, doubling, until it works; setting up does not wait for it."""
    hass.set_state(CoreState.starting)
    await set_up()
    simulator.faults.set("graphql", "500")
    simulator.requests.clear()
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    tries = []
    for second in range(0, 241, 10):
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        if any(request.kind == "Webhooks" for request in simulator.requests):
            tries.append(second)
        simulator.requests.clear()
        freezer.tick(10)
    assert tries == [0, 30, 90, 210]
    simulator.faults.clear()
    freezer.tick(240)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(simulator.webhooks) == 1


async def test_a_passing_graphql_error_is_tried_again(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Only a refusal is final; a backend that fails beside HTTP 200 may recover."""
    await set_up()
    (before,) = simulator.webhooks
    simulator.faults.set("graphql", "graphql_errors")
    await hass.config.async_update(external_url="http://127.0.0.1:9")
    await hass.async_block_till_done(wait_background_tasks=True)
    simulator.faults.clear()
    freezer.tick(31)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    (after,) = simulator.webhooks
    assert (after.id, after.url.startswith("http://127.0.0.1:9/")) == (before.id, True)


async def test_other_settings_do_not_concern_the_subscription(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Butlr is not asked when, say, the name of the home changes."""
    await set_up()
    simulator.requests.clear()
    await hass.config.async_update(location_name="Elsewhere")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.requests == []


async def test_removal_when_nothing_is_left_at_butlr(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Somebody may have deleted the webhook there; what others have stays."""
    await set_up()
    simulator.dispatcher.webhooks.clear()
    foreign = simulator.add_foreign_webhook(["DETECTIONS"])
    await hass.config_entries.async_remove(entry.entry_id)
    assert simulator.webhooks == [foreign]


async def test_only_https_reaches_home_assistant_from_outside(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """A plain http address is no use to the real cloud, only to one that is plain http itself."""
    await set_up()
    push = entry.runtime_data.push
    assert await push._public_url() is not None
    with patch.object(entry.runtime_data.client, "base_url", "https://api.butlr.io"):
        assert await push._public_url() is None
        hass.config.external_url = "https://home.example.org"
        assert await push._public_url() == f"https://home.example.org{async_generate_path(entry.data[CONF_WEBHOOK_ID])}"


async def test_removal_deletes_the_subscription(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """With the entry goes what it made at Butlr, and only that; unloading alone deletes nothing."""
    foreign = simulator.add_foreign_webhook(["DETECTIONS"])
    await set_up()
    await hass.config_entries.async_unload(entry.entry_id)
    assert len(simulator.webhooks) == 2
    await hass.config_entries.async_remove(entry.entry_id)
    assert simulator.webhooks == [foreign]


async def test_removal_while_the_cloud_is_down(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The entry goes all the same, and the person is told what stays behind."""
    await set_up()
    simulator.faults.set("graphql", "500")
    await hass.config_entries.async_remove(entry.entry_id)
    assert not hass.config_entries.async_entries("butlr")
    assert "could not be deleted" in caplog.text
