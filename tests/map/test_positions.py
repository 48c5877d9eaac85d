"""Live positions: who is shown them, in which coordinates, and how often."""

import asyncio
from collections.abc import Callable
import json
from typing import Any
from unittest.mock import patch

from freezegun import api as freezegun_api
from homeassistant.auth.models import User
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntryChange
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from custom_components.butlr.api.documents import read_document
from custom_components.butlr.api.events import PositionsEvent
from custom_components.butlr.const import CONF_POSITIONS
from custom_components.butlr.map.positions import MAX_AGE, PACE
from custom_components.butlr.map.topology import topology
from tests.conftest import choose
from tests.helpers.positions import drawing_of, event_of, events, look
from tests.helpers.scene import Scene
from tests.simulator.positions import positions


@pytest.fixture
async def floor(scene: Scene) -> str:
    """Set the entry up with live positions of the first floor, and return its id."""
    await scene.set_up()
    floor_id = scene.simulator.estate.rooms[scene.room("Boardroom")].floor_id
    await choose(scene.hass, scene.entry, **{CONF_POSITIONS: [floor_id]})
    return floor_id


@pytest.fixture
async def client(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> MockHAClientWebSocket:
    """Return the connection of an administrator."""
    return await hass_ws_client(hass)


# -- what is shown -----------------------------------------------------------------------------------------------------


async def test_people_are_where_they_are(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """A dot is inside the outline of its room as it is drawn, and every sensor tells whom it sees."""
    await scene.enter("Boardroom")
    await scene.enter("Boardroom")
    await scene.enter("Focus Room")
    assert (await look(client, floor))["success"]
    scene.simulator.tell_positions()
    await scene.simulator.settle()
    await scene.pass_time(PACE)
    drawing = await drawing_of(scene, floor)
    truth = positions(scene.simulator.world, floor, scene.simulator.now() - round(PACE * 1000))
    sensors = {key: points for event in await events(client) for key, points in event["sensors"].items()}
    assert sensors.keys() == truth.keys()
    assert sorted(map(len, sensors.values())) == [0, 0, 1, 2]
    left, top = drawing["origin"]
    for key, points in sensors.items():
        assert points == [pytest.approx([x - left, top - y], abs=0.01) for x, y in truth[key]]
    shapes = {shape["id"]: shape["outline"] for shape in drawing["shapes"]}
    ceiling = scene.simulator.estate.coverage.room_sensors(scene.room("Boardroom"), "presence")[0]
    xs, ys = zip(*shapes[scene.room("Boardroom")], strict=True)
    for x, y in sensors[ceiling.id]:
        assert min(xs) <= x <= max(xs)
        assert min(ys) <= y <= max(ys)


async def test_the_pace(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """The first event is sent at once, then the newest positions of each sensor five times a second at most."""
    await look(client, floor)
    boardroom = scene.simulator.estate.coverage.room_sensors(scene.room("Boardroom"), "presence")[0].id
    focus = scene.simulator.estate.coverage.room_sensors(scene.room("Focus Room"), "presence")[0].id
    await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert [list(event["sensors"]) for event in await events(client)] == [[boardroom]]
    for number in range(5):
        scene.freezer.tick(0.01)
        await scene.push(event_of(scene, "Boardroom", [number, 1]))
        await scene.push(event_of(scene, "Focus Room"))
    assert await events(client) == []
    await scene.pass_time(PACE)
    (event,) = await events(client)
    assert list(event["sensors"]) == [boardroom, focus]
    left, _ = (await drawing_of(scene, floor))["origin"]
    assert event["sensors"][boardroom][0][0] == pytest.approx(4 - left)
    assert event["sensors"][focus] == []
    await scene.pass_time(PACE)
    assert await events(client) == []


async def test_old_positions_are_not_live(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """Neither those that were delivered late, nor those older than what is shown; a wrong clock is taken as now."""
    await look(client, floor)

    async def shown(event: dict[str, Any]) -> int:
        assert await scene.push(event) == 200
        await scene.pass_time(1)
        return len(await events(client))

    assert await shown(event_of(scene, "Boardroom", [1, 1], age=MAX_AGE + 1)) == 0
    assert await shown(event_of(scene, "Boardroom", [1, 1], age=MAX_AGE - 1)) == 1
    assert await shown(event_of(scene, "Boardroom", [1, 1])) == 1
    assert await shown(event_of(scene, "Boardroom", [1, 1], age=2)) == 0
    assert await shown(event_of(scene, "Boardroom", [1, 1], age=-86_400)) == 1
    assert await shown(event_of(scene, "Boardroom", [1, 1])) == 1


async def test_strange_events(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """A sensor that is not in the estate yet is shown under the id of the event; one without an id or list is not."""
    await look(client, floor)
    await scene.push(event_of(scene, "Boardroom", [1, 1], mac_address="00-new", sensor_id="new"))
    assert [list(event["sensors"]) for event in await events(client)] == [["new"]]
    await scene.pass_time(1)
    await scene.push(event_of(scene, "Boardroom", [1, 1], mac_address="00-new", sensor_id=""))
    await scene.push(event_of(scene, "Boardroom") | {"data": None})
    await scene.push(
        event_of(scene, "Boardroom", [1, 1], floor_id=scene.simulator.estate.rooms[scene.room("Lobby")].floor_id)
    )
    await scene.push(event_of(scene, "Boardroom", [1, 1], org_id="org_other"))
    await scene.pass_time(1)
    assert await events(client) == []
    with patch("custom_components.butlr.map.positions.MAX_SENSORS", 2):
        for number in range(4):
            await scene.push(event_of(scene, "Boardroom", [1, 1], mac_address="00-new", sensor_id=f"more{number}"))
        await scene.pass_time(1)
        assert [list(event["sensors"]) for event in await events(client)] == [["more0"]]


# -- who is shown it -------------------------------------------------------------------------------------------------


async def refusal(client: MockHAClientWebSocket, floor_id: str) -> str:
    """Return the code of the refusal to show a floor."""
    answer = await look(client, floor_id)
    assert not answer["success"]
    return str(answer["error"]["code"])


async def told_floors(scene: Scene, user: User | None = None) -> list[str]:
    """Return the floors with live positions that a user is told."""
    user = user or MockUser(is_owner=True).add_to_hass(scene.hass)
    (organization,) = (await topology(scene.hass, user))["organizations"]
    floors: list[str] = organization["positions"]
    return floors


async def test_only_where_they_are_switched_on(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """The floor is told in the topology; once it is switched off, nothing is sent anymore."""
    ground = scene.simulator.estate.rooms[scene.room("Lobby")].floor_id
    assert await told_floors(scene) == [floor]
    assert await refusal(client, ground) == "positions_off"
    assert await refusal(client, "space_other") == "positions_off"
    await look(client, floor)
    await choose(scene.hass, scene.entry, **{CONF_POSITIONS: []})
    assert await told_floors(scene) == []
    assert await events(client) == [{"ended": "positions_off"}]
    await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert await events(client) == []
    assert await refusal(client, floor) == "positions_off"


async def test_after_a_reload_the_browser_asks_again(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """It is told when its subscription has come to an end; other changes of the entry do not end it."""
    await look(client, floor)
    scene.hass.config_entries.async_update_entry(scene.entry, title="Campus")
    change = ConfigEntryChange.UPDATED, MockConfigEntry(domain="other")
    async_dispatcher_send(scene.hass, SIGNAL_CONFIG_ENTRY_CHANGED, *change)
    await scene.settle()
    await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert [list(event) for event in await events(client)] == [["sensors"]]
    await scene.reload()
    assert await events(client) == [{"ended": "positions_off"}]
    await look(client, floor)
    await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert [list(event) for event in await events(client)] == [["sensors"]]
    await scene.unload()
    assert await events(client) == [{"ended": "positions_off"}]
    assert await refusal(client, floor) == "positions_off"


async def test_a_floor_without_outlines(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """There is nothing to draw dots on."""
    for space in (*scene.simulator.estate.rooms.values(), *scene.simulator.estate.zones.values()):
        space.coordinates = []
    await scene.data.estate.async_refresh()
    assert await told_floors(scene) == []
    assert await refusal(client, floor) == "positions_without_outlines"


async def test_without_pushes(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """Whether there is no public address, or another system has the event type."""
    await scene.set_external_url(None)
    assert await refusal(client, floor) == "positions_not_pushed"
    scene.simulator.add_foreign_webhook(["DETECTIONS"])
    await scene.set_external_url(scene.url)
    assert await refusal(client, floor) == "positions_not_pushed"


@pytest.fixture
async def guest(scene: Scene, floor: str, hass_ws_client: WebSocketGenerator) -> tuple[MockUser, MockHAClientWebSocket]:
    """Return a user who may not read anything, and the connection of that user."""
    user = MockUser().add_to_hass(scene.hass)
    user.mock_policy({})
    token = await scene.hass.auth.async_create_refresh_token(user, CLIENT_ID)
    return user, await hass_ws_client(scene.hass, scene.hass.auth.async_create_access_token(token))


def allow(scene: Scene, user: MockUser, *spaces: str) -> None:
    """Let a user read the entities of some spaces only."""
    devices, entities = dr.async_get(scene.hass), er.async_get(scene.hass)
    readable = {}
    for space_id in spaces:
        device = devices.async_get_device_by_identifier(("butlr", space_id), scene.entry.entry_id)
        assert device is not None
        for entity in er.async_entries_for_device(entities, device.id):
            readable[entity.entity_id] = {"read": True}
    user.mock_policy({"entities": {"entity_ids": readable}})


async def test_whoever_may_not_see_every_room(
    scene: Scene, floor: str, guest: tuple[MockUser, MockHAClientWebSocket]
) -> None:
    """Positions show all rooms of the floor, so one room that is hidden hides them."""
    user, client = guest
    assert await refusal(client, floor) == "positions_off"
    estate = scene.simulator.estate
    spaces = [room.id for room in estate.rooms.values() if room.floor_id == floor]
    spaces += [zone.id for zone in estate.zones.values() if zone.floor_id == floor]
    for readable in ([floor], spaces, [floor, *spaces[1:]]):
        allow(scene, user, *readable)
        assert await told_floors(scene, user) == []
        assert await refusal(client, floor) == "positions_hidden"
    allow(scene, user, floor, *spaces)
    assert await told_floors(scene, user) == [floor]
    assert (await look(client, floor))["success"]
    await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert len(await events(client)) == 1
    # Another user was changed, then this one, then so that a room is hidden.
    for changed, readable, ended in (("other", [floor], 0), (user.id, [floor, *spaces], 0), (user.id, [floor], 1)):
        allow(scene, user, *readable)
        scene.hass.bus.async_fire("user_updated", {"user_id": changed})
        await scene.settle()
        assert await events(client) == [{"ended": "positions_hidden"}] * ended
    await scene.pass_time(1)
    await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert await events(client) == []


async def test_those_who_stop_looking(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """From then on, events are only counted; the same after the connection is closed."""
    outcomes = scene.data.push.webhook.outcomes
    answer = await look(client, floor)
    await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert outcomes["shown"] == 1
    await client.send_json_auto_id({"type": "unsubscribe_events", "subscription": answer["id"]})
    await client.receive_json()
    await client.receive_json()
    with patch.object(PositionsEvent, "points", side_effect=AssertionError):
        await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert outcomes["unwatched"] == 1
    await look(client, floor)
    await client.close()
    await scene.settle()
    await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert outcomes["unwatched"] == 2
    assert outcomes["failed"] == 0


async def test_whoever_leaves_before_the_answer(scene: Scene, floor: str, client: MockHAClientWebSocket) -> None:
    """Nothing is left of the connection."""
    asked, closed = asyncio.Event(), asyncio.Event()

    async def slow(*args: Any) -> dict[str, Any]:
        asked.set()
        await closed.wait()
        return await topology(*args)

    with patch("custom_components.butlr.map.positions.topology", slow):
        await client.send_json_auto_id({"type": "butlr/positions", "floor_id": floor})
        await asked.wait()
        await client.close()
        closed.set()
        await scene.settle()
    await scene.push(event_of(scene, "Boardroom", [1, 1]))
    assert scene.data.push.webhook.outcomes["unwatched"] == 1


# -- cost --------------------------------------------------------------------------------------------------------------


async def test_the_cost_of_an_unwatched_event(scene: Scene, floor: str) -> None:
    """It costs about three times as much as parsing its JSON, and does not depend on how many people it has."""

    def best(function: Callable[[], object]) -> float:
        """Return the seconds that a call takes; the clock of this test stands still."""
        times = []
        for _ in range(9):
            start = freezegun_api.real_perf_counter()
            for _ in range(100):
                function()
            times.append(freezegun_api.real_perf_counter() - start)
        return min(times) / 100

    push = scene.data.push
    costs = []
    for people in (0, 40):
        event = event_of(scene, "Boardroom", *[[number / 7, number / 11] for number in range(people)])
        body = json.dumps(event).encode()
        parsing = best(lambda: read_document(body))  # noqa: B023
        unwatched = best(lambda: push.receiver.receive(body, push.positions.receive))  # noqa: B023
        costs.append((parsing, unwatched - parsing))
    (_, empty), (parsing, full) = costs
    assert full < 2 * empty, costs
    assert full < 10 * parsing, costs
