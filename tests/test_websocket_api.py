"""The websocket commands: what each user is told, when, and what it costs."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import json
from typing import Any
from unittest.mock import patch

from homeassistant.auth import EVENT_USER_UPDATED
from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import User
from homeassistant.auth.permissions import PermissionLookup
from homeassistant.auth.permissions.types import PolicyType
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockConfigEntry, MockGroup
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from custom_components.butlr.api.readings import Count, Motion, NoCount
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.map.topology import _build, topology as build_topology
from custom_components.butlr.websocket_api import _PUBLISHER, MAX_POSTPONED, SEND_DELAY
from tests.conftest import choose
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of

SOON = SEND_DELAY + 0.1
# What the commands call for every topology.
TOPOLOGY = "custom_components.butlr.websocket_api.topology"

type Open = Callable[..., Awaitable[Screen]]


@dataclass
class Screen:
    """A browser that shows the panel."""

    client: MockHAClientWebSocket

    async def ask(self, command: str) -> Any:
        """Send a command and return its answer."""
        await self.client.send_json_auto_id({"type": command})
        return await self.client.receive_json()

    async def events(self) -> list[dict[str, Any]]:
        """Return the events that have arrived since the last call."""
        await self.client.send_json_auto_id({"type": "ping"})
        events = []
        while (message := await self.client.receive_json())["type"] != "pong":
            events.append(message["event"])
        return events

    async def topologies(self) -> list[dict[str, Any]]:
        """Return the topologies that have arrived since the last call."""
        return [event["topology"] for event in await self.events() if "topology" in event]

    async def as_of(self) -> list[dict[str, int]]:
        """Return the timestamps that have arrived since the last call."""
        return [event["as_of"] for event in await self.events() if "as_of" in event]


@pytest.fixture
def connect(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Open:
    """Return a function that connects a user, an administrator unless another is given."""

    async def connect(user: User | None = None) -> Screen:
        if user is None:
            return Screen(await hass_ws_client(hass))
        token = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
        return Screen(await hass_ws_client(hass, hass.auth.async_create_access_token(token)))

    return connect


@pytest.fixture
def look(connect: Open) -> Open:
    """Return a function that lets a user subscribe."""

    async def look(user: User | None = None) -> Screen:
        screen = await connect(user)
        answer = await screen.ask("butlr/subscribe")
        assert answer["success"], answer
        return screen

    return look


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often the topology is built, by the name of the user."""
    counter: Counter[str] = Counter()

    async def counted(hass: HomeAssistant, user: User) -> dict[str, Any]:
        counter[user.name or ""] += 1
        return await build_topology(hass, user)

    monkeypatch.setattr(TOPOLOGY, counted)
    return counter


async def user_with(hass: HomeAssistant, name: str, policy: PolicyType) -> User:
    """Create a user whose group has a policy."""
    group = MockGroup(id=name, name=name)
    group.policy = policy
    group.add_to_hass(hass)
    user = await hass.auth.async_create_user(name, group_ids=[group.id])
    # Tests do not load the file of users, with which Home Assistant sets this.
    user.perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    return user


def rooms(topology: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rooms and zones of a topology by name."""
    return {
        space["name"]: space
        for organization in topology["organizations"]
        for building in organization["buildings"]
        for floor in building["floors"]
        for space in floor["spaces"]
    }


def device_of(scene: Scene, room: str) -> dr.DeviceEntry:
    """Return the device of a room."""
    found = dr.async_get(scene.hass).async_get_device_by_identifier((DOMAIN, scene.room(room)), scene.entry.entry_id)
    assert found
    return found


def occupancy_of(scene: Scene, room: str) -> str:
    """Return the id of the occupancy entity of a room."""
    found = entity_of(scene.hass, scene.room(room), "occupancy")
    assert found
    return found


def listened_to(scene: Scene) -> list[int]:
    """Return how many listeners there are of each kind that the commands need, and to the estate."""
    events = (
        er.EVENT_ENTITY_REGISTRY_UPDATED,
        dr.EVENT_DEVICE_REGISTRY_UPDATED,
        EVENT_CORE_CONFIG_UPDATE,
        EVENT_USER_UPDATED,
    )
    listeners = scene.hass.bus.async_listeners()
    return [*(listeners.get(event, 0) for event in events), len(scene.data.estate._listeners)]


# -- what is told ------------------------------------------------------------------------------------------------------


async def test_both_commands_tell_the_same(scene: Scene, connect: Open) -> None:
    """The first event of the subscription comes at once, and is what the other command answers."""
    await scene.set_up()
    screen = await connect()
    topology = (await screen.ask("butlr/topology"))["result"]
    assert (await screen.ask("butlr/subscribe"))["success"]
    first, second = await screen.events()
    assert first == {"topology": topology}
    assert second.keys() == {"as_of"}
    assert rooms(topology)["Boardroom"]["entities"]["occupancy"] == occupancy_of(scene, "Boardroom")


@pytest.mark.parametrize("group", [GROUP_ID_USER, GROUP_ID_READ_ONLY])
async def test_users_see_what_administrators_see(scene: Scene, look: Open, group: str) -> None:
    """Home Assistant's own groups may read everything."""
    await scene.set_up()
    user = await scene.hass.auth.async_create_user("Ada", group_ids=[group])
    assert not user.is_admin
    assert await (await look(user)).topologies() == await (await look()).topologies()


async def test_without_permission_nothing_is_told(scene: Scene, look: Open) -> None:
    """A user who may read no entity gets no name, no id and no outline of any room, floor or building."""
    await scene.set_up()
    user = await user_with(scene.hass, "visitor", {})
    (topology,) = await (await look(user)).topologies()
    (organization,) = topology["organizations"]
    assert (organization["buildings"], organization["hardware"], organization["entities"]) == ([], [], {})
    told = json.dumps(topology)
    assert not [one.id for one in scene.simulator.estate.rooms.values() if one.id in told or one.name in told]


@pytest.mark.parametrize("by", ["entity", "device", "area"])
async def test_a_user_sees_what_the_policy_allows(scene: Scene, look: Open, by: str) -> None:
    """One room, allowed in each way that Home Assistant has; of the others there is no trace."""
    await scene.set_up()
    device, entity_id = device_of(scene, "Boardroom"), occupancy_of(scene, "Boardroom")
    area = ar.async_get(scene.hass).async_create("Meetings")
    dr.async_get(scene.hass).async_update_device(device.id, area_id=area.id)
    read = {"read": True}
    policies: dict[str, PolicyType] = {
        "entity": {"entities": {"entity_ids": {entity_id: read}}},
        "device": {"entities": {"device_ids": {device.id: read}}},
        "area": {"entities": {"area_ids": {area.id: read}}},
    }
    user = await user_with(scene.hass, "guest", policies[by])
    (topology,) = await (await look(user)).topologies()
    assert rooms(topology).keys() == {"Boardroom"}
    entities = rooms(topology)["Boardroom"]["entities"]
    assert entities == {"occupancy": entity_id} if by == "entity" else len(entities) > 1
    told = json.dumps(topology)
    others = [one for one in scene.simulator.estate.rooms.values() if one.name != "Boardroom"]
    assert not [one.id for one in others if one.id in told or one.name in told]


async def test_without_entries(hass: HomeAssistant, look: Open) -> None:
    """Without any organization, the commands work and tell that there is none."""
    assert await async_setup_component(hass, DOMAIN, {})
    screen = await look()
    (event,) = await screen.events()
    assert event["topology"]["organizations"] == []


@pytest.mark.parametrize("command", ["butlr/topology", "butlr/subscribe"])
async def test_an_error_says_what_to_do(
    scene: Scene, connect: Open, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours is a translated error, logged once, and leaves no subscription behind."""
    await scene.set_up()
    before = listened_to(scene)
    with patch(TOPOLOGY, side_effect=KeyError("x")):
        screen = await connect()
        for _ in range(2):
            error = (await screen.ask(command))["error"]
            assert error["translation_key"] == "topology_failed"
            assert error["translation_domain"] == DOMAIN
            assert "Check the Home Assistant logs" in error["message"]
    assert caplog.text.count("KeyError: 'x'") == 1
    assert listened_to(scene) == before
    assert (await screen.ask(command))["success"]


async def test_unknown_fields_are_refused(scene: Scene, connect: Open) -> None:
    """The commands have no arguments."""
    await scene.set_up()
    client = (await connect()).client
    await client.send_json_auto_id({"type": "butlr/subscribe", "entry_id": scene.entry.entry_id})
    assert (await client.receive_json())["error"]["code"] == "invalid_format"


# -- changes -----------------------------------------------------------------------------------------------------------


def rename_device(scene: Scene) -> None:
    """Rename a room as a user does."""
    dr.async_get(scene.hass).async_update_device(device_of(scene, "Boardroom").id, name_by_user="The Bridge")


def rename_entity(scene: Scene) -> None:
    """Change the id of an entity."""
    er.async_get(scene.hass).async_update_entity(
        occupancy_of(scene, "Boardroom"), new_entity_id="binary_sensor.the_bridge"
    )


def disable_entity(scene: Scene) -> None:
    """Disable an entity."""
    er.async_get(scene.hass).async_update_entity(
        occupancy_of(scene, "Boardroom"), disabled_by=er.RegistryEntryDisabler.USER
    )


def remove_entity(scene: Scene) -> None:
    """Remove an entity from the registry."""
    er.async_get(scene.hass).async_remove(occupancy_of(scene, "Boardroom"))


def move_device(scene: Scene) -> None:
    """Move a room to an area."""
    area = ar.async_get(scene.hass).async_get_or_create("Meetings")
    dr.async_get(scene.hass).async_update_device(device_of(scene, "Boardroom").id, area_id=area.id)


def rename_organization(scene: Scene) -> None:
    """Rename the device of the organization."""
    registry = dr.async_get(scene.hass)
    found = registry.async_get_device_by_identifier((DOMAIN, scene.simulator.estate.id), scene.entry.entry_id)
    assert found
    registry.async_update_device(found.id, name_by_user="Head Office")


CHANGES = (rename_device, rename_entity, disable_entity, remove_entity, move_device, rename_organization)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_change_is_told_once(
    scene: Scene, connect: Open, look: Open, change: Callable[[Scene], None], builds: Counter[str]
) -> None:
    """Every change of what is shown arrives a second later, once, to everybody who looks."""
    await scene.set_up()
    screens = [await look(), await look(await user_with(scene.hass, "reader", {"entities": {"all": {"read": True}}}))]
    for screen in screens:
        await screen.events()
    builds.clear()
    change(scene)
    await scene.hass.async_block_till_done()
    assert [await screen.events() for screen in screens] == [[], []]
    await scene.pass_time(SOON)
    # Both may see everything, so one topology serves both.
    assert builds.total() == 1
    (first,), (second,) = [await screen.topologies() for screen in screens]
    assert first == second == (await screens[0].ask("butlr/topology"))["result"]
    await scene.pass_time(SOON)
    assert await screens[0].events() == []


async def test_what_is_not_shown_is_not_told(scene: Scene, look: Open, builds: Counter[str]) -> None:
    """Neither other integrations, nor states, nor the name of an area lead to an event."""
    await scene.set_up()
    screen = await look()
    await screen.events()
    builds.clear()
    area = ar.async_get(scene.hass).async_create("Meetings")
    ar.async_get(scene.hass).async_update(area.id, name="Talks")
    other = er.async_get(scene.hass).async_get_or_create("light", "other", "1")
    er.async_get(scene.hass).async_update_entity(other.entity_id, name="Lamp")
    other_entry = MockConfigEntry(domain="other")
    other_entry.add_to_hass(scene.hass)
    dr.async_get(scene.hass).async_get_or_create(config_entry_id=other_entry.entry_id, identifiers={("other", "1")})
    await scene.hass.config.async_update(elevation=3)
    await scene.enter("Boardroom")
    await scene.pass_time(SOON)
    assert builds.total() == 0
    # This one looks for changes in vain.
    er.async_get(scene.hass).async_update_entity(occupancy_of(scene, "Boardroom"), icon="mdi:ghost")
    await scene.pass_time(SOON)
    assert builds.total() == 1
    assert await screen.topologies() == []


async def test_a_change_is_told_only_to_whom_it_concerns(scene: Scene, look: Open) -> None:
    """A user who may not see a room does not hear of its change."""
    await scene.set_up()
    policy: PolicyType = {"entities": {"entity_ids": {occupancy_of(scene, "Boardroom"): {"read": True}}}}
    administrator, screen = await look(), await look(await user_with(scene.hass, "guest", policy))
    await administrator.events()
    await screen.events()
    other = next(room.name for room in scene.simulator.estate.rooms.values() if room.name != "Boardroom")
    dr.async_get(scene.hass).async_update_device(device_of(scene, other).id, name_by_user="Hidden")
    await scene.pass_time(SOON)
    assert await screen.events() == []
    assert "Hidden" in rooms((await administrator.topologies())[0])
    rename_device(scene)
    await scene.pass_time(SOON)
    (topology,) = await screen.topologies()
    assert rooms(topology).keys() == {"The Bridge"}


async def test_permissions_change(scene: Scene, look: Open) -> None:
    """A user who is moved to another group sees what that group may see, without logging in again."""
    await scene.set_up()
    user = await user_with(scene.hass, "visitor", {})
    screen = await look(user)
    (before,) = await screen.topologies()
    assert rooms(before) == {}
    await scene.hass.auth.async_update_user(user, group_ids=[GROUP_ID_READ_ONLY])
    await scene.pass_time(SOON)
    (after,) = await screen.topologies()
    assert "Boardroom" in rooms(after)
    await scene.hass.auth.async_update_user(user, group_ids=["visitor"])
    await scene.pass_time(SOON)
    assert await screen.topologies() == [before]


async def test_the_estate_changes(scene: Scene, look: Open) -> None:
    """What a poll of the estate finds is told, even if no registry has it."""
    await scene.set_up()
    screen = await look()
    (before,) = await screen.topologies()
    scene.simulator.estate.rooms[scene.room("Boardroom")].capacity_max = 77
    await scene.data.estate.refresh_now()
    await scene.pass_time(SOON)
    (after,) = await screen.topologies()
    assert rooms(before)["Boardroom"]["capacity"] != 77
    assert rooms(after)["Boardroom"]["capacity"] == 77
    await scene.data.estate.refresh_now()
    await scene.pass_time(SOON)
    assert await screen.topologies() == []


@pytest.mark.parametrize("setting", [{"language": "de"}, {"time_zone": "Asia/Tokyo"}], ids=["language", "time zone"])
async def test_settings_of_home_assistant_change(
    scene: Scene, look: Open, builds: Counter[str], setting: dict[str, str]
) -> None:
    """Reasons are in Home Assistant's language, and buildings without a time zone have Home Assistant's."""
    await scene.set_up()
    await look()
    builds.clear()
    await scene.hass.config.async_update(**setting)
    await scene.pass_time(SOON)
    assert builds.total() == 1


async def test_the_options_change(scene: Scene, look: Open) -> None:
    """Without hardware there is none in the topology."""
    await scene.set_up()
    screen = await look()
    (before,) = await screen.topologies()
    assert before["organizations"][0]["hardware"]
    await choose(scene.hass, scene.entry, hardware=False)
    await scene.pass_time(SOON)
    *_, after = await screen.topologies()
    assert after["organizations"][0]["hardware"] == []


# -- the life of an entry ----------------------------------------------------------------------------------------------


async def test_a_reload_does_not_empty_the_map(scene: Scene, look: Open) -> None:
    """Nobody is told of a reload after which everything is as it was; changes are told afterwards, too."""
    await scene.set_up()
    screen = await look()
    await screen.events()
    await scene.reload()
    await scene.pass_time(SOON)
    assert await screen.topologies() == []
    scene.simulator.estate.rooms[scene.room("Boardroom")].capacity_max = 77
    await scene.data.estate.refresh_now()
    await scene.pass_time(SOON)
    assert len(await screen.topologies()) == 1


async def test_a_slow_reload_waits(scene: Scene, look: Open) -> None:
    """A reload that takes a few seconds changes nothing; one that hangs is told."""
    await scene.set_up()
    screen = await look()
    await screen.events()
    scene.entry.mock_state(scene.hass, ConfigEntryState.SETUP_IN_PROGRESS)
    for _ in range(MAX_POSTPONED):
        await scene.pass_time(SOON)
        assert await screen.topologies() == []
    await scene.pass_time(SOON)
    (topology,) = await screen.topologies()
    assert topology["organizations"][0]["state"] == "setup_in_progress"
    scene.entry.mock_state(scene.hass, ConfigEntryState.LOADED)
    await scene.pass_time(SOON)
    (topology,) = await screen.topologies()
    assert topology["organizations"][0]["state"] == "loaded"


async def test_an_entry_comes_and_goes(scene: Scene, look: Open) -> None:
    """Each state of an entry is told: set up, retrying with the reason, unloaded, removed."""
    hass = scene.hass
    assert await async_setup_component(hass, DOMAIN, {})
    await scene.remove()
    screen = await look()
    (topology,) = await screen.topologies()
    assert topology["organizations"] == []
    scene.entry.add_to_hass(hass)
    scene.simulator.faults.set("graphql", "500")
    await scene.set_up()
    await scene.pass_time(SOON)
    *_, topology = await screen.topologies()
    (organization,) = topology["organizations"]
    assert (organization["state"], organization["buildings"]) == ("setup_retry", [])
    assert organization["reason"]
    scene.simulator.faults.clear()
    await scene.reload()
    await scene.pass_time(SOON)
    *_, topology = await screen.topologies()
    assert topology["organizations"][0]["state"] == "loaded"
    assert "Boardroom" in rooms(topology)
    await scene.unload()
    await scene.pass_time(SOON)
    *_, topology = await screen.topologies()
    (organization,) = topology["organizations"]
    assert (organization["state"], organization["buildings"]) == ("not_loaded", [])
    await scene.remove()
    await scene.pass_time(SOON)
    *_, topology = await screen.topologies()
    assert topology["organizations"] == []


async def test_a_failure_keeps_what_is_shown(scene: Scene, look: Open, caplog: pytest.LogCaptureFixture) -> None:
    """A fault while a change is told is logged once; the next change is told."""
    await scene.set_up()
    screen = await look()
    await screen.events()
    with patch(TOPOLOGY, side_effect=KeyError("x")):
        for change in (rename_device, move_device):
            change(scene)
            await scene.pass_time(SOON)
    assert await screen.events() == []
    assert caplog.text.count("KeyError: 'x'") == 1
    rename_organization(scene)
    await scene.pass_time(SOON)
    assert len(await screen.topologies()) == 1


# -- the age of what is shown ------------------------------------------------------------------------------------------


async def test_as_of(scene: Scene, look: Open) -> None:
    """The newest poll or push counts, and is told at most every 30 seconds."""
    await scene.set_up_and_verify()
    screen, entry_id = await look(), scene.entry.entry_id
    polled = scene.data.occupancy.succeeded_at
    assert polled
    first = {entry_id: int(max(polled, scene.data.push.last_push or 0))}
    assert await screen.as_of() == [first]
    await scene.pass_time(10)
    await scene.enter("Boardroom")
    pushed = scene.data.push.last_push
    assert pushed
    assert await screen.as_of() == []
    await scene.pass_time(20)
    assert await screen.as_of() == [{entry_id: int(pushed)}]
    assert int(pushed) == first[entry_id] + 10
    await scene.data.occupancy.async_refresh()
    polled = scene.data.occupancy.succeeded_at
    assert polled
    await scene.pass_time(15)
    assert await screen.as_of() == []
    await scene.pass_time(15.1)
    assert await screen.as_of() == [{entry_id: int(polled)}]


async def test_nothing_new_is_not_told(scene: Scene, look: Open) -> None:
    """While nothing confirms the values, their age is not sent again."""
    await scene.set_up()
    screen = await look()
    await screen.events()
    scene.simulator.faults.set("reporting", "500")
    await scene.pass_time(30.1)
    assert await screen.events() == []


async def test_as_of_follows_the_entries(scene: Scene, look: Open) -> None:
    """An entry that is not loaded confirms nothing; one that is loaded again says so at once."""
    await scene.set_up()
    screen = await look()
    (first,) = await screen.as_of()
    assert first.keys() == {scene.entry.entry_id}
    await scene.unload()
    await scene.pass_time(SOON)
    assert await screen.as_of() == [{}]
    await scene.reload()
    await scene.pass_time(SOON)
    (again,) = await screen.as_of()
    assert again.keys() == first.keys()


# -- what it costs -----------------------------------------------------------------------------------------------------


async def test_a_storm_is_one_change(scene: Scene, look: Open, builds: Counter[str]) -> None:
    """Thousands of registry events lead to one topology."""
    await scene.set_up()
    screen = await look()
    await screen.events()
    builds.clear()
    registry, entity_id = er.async_get(scene.hass), occupancy_of(scene, "Boardroom")
    for number in range(3000):
        registry.async_update_entity(entity_id, name=f"Name {number}")
    rename_device(scene)
    await scene.pass_time(SOON)
    assert builds.total() == 1
    assert len(await screen.topologies()) == 1


async def test_nobody_looks(scene: Scene, connect: Open, builds: Counter[str]) -> None:
    """Without subscribers, nothing is listened to and nothing is built."""
    await scene.set_up()
    before = listened_to(scene)
    screen = await connect()
    answer = await screen.ask("butlr/subscribe")
    assert listened_to(scene) == [number + 1 for number in before]
    await screen.events()
    rename_device(scene)
    await screen.client.send_json_auto_id({"type": "unsubscribe_events", "subscription": answer["id"]})
    assert (await screen.client.receive_json())["success"]
    builds.clear()
    move_device(scene)
    await scene.pass_time(31)
    assert builds.total() == 0
    assert listened_to(scene) == before


async def test_a_browser_is_closed(scene: Scene, look: Open, builds: Counter[str]) -> None:
    """A connection that closes ends its subscription; others go on."""
    await scene.set_up()
    before = listened_to(scene)
    first, second = await look(), await look()
    await second.events()
    await first.client.close()
    await scene.settle()
    builds.clear()
    rename_device(scene)
    await scene.pass_time(SOON)
    assert len(await second.topologies()) == 1
    await second.client.close()
    await scene.settle()
    assert listened_to(scene) == before


async def test_an_entry_goes_while_it_is_drawn(scene: Scene, look: Open, caplog: pytest.LogCaptureFixture) -> None:
    """An entry that is unloaded while its floors are being drawn is told as it was, and then as it is."""
    await scene.set_up()
    hass, unload = scene.hass, scene.hass.config_entries.async_unload

    def slow(*arguments: Any) -> list[dict[str, Any]]:
        asyncio.run_coroutine_threadsafe(unload(scene.entry.entry_id), hass.loop).result()
        return _build(*arguments)

    with patch("custom_components.butlr.map.topology._build", slow):
        screen = await look()
    await scene.pass_time(SOON)
    *_, topology = await screen.topologies()
    assert [one["state"] for one in topology["organizations"]] == ["not_loaded"]
    assert "could not be built" not in caplog.text


async def test_a_browser_is_closed_before_the_answer(scene: Scene, connect: Open) -> None:
    """A connection that closes while its first topology is being built leaves nothing behind."""
    await scene.set_up()
    before = listened_to(scene)
    screen = await connect()

    async def slow(hass: HomeAssistant, user: User) -> dict[str, Any]:
        await screen.client.close()
        await hass.async_block_till_done()
        return await build_topology(hass, user)

    with patch(TOPOLOGY, slow):
        await screen.client.send_json_auto_id({"type": "butlr/subscribe"})
        await screen.client.receive()
        await scene.settle()
    assert listened_to(scene) == before


async def test_browsers_that_reconnect_together_share_the_work(scene: Scene, connect: Open) -> None:
    """After a restart all screens of a building come back at once; one topology for each kind of user answers all."""
    await scene.set_up()
    builds: Counter[str] = Counter()
    policy: PolicyType = {"entities": {"domains": {"sensor": {"read": True}}}}
    guest = await user_with(scene.hass, "guest", policy)
    screens = [await connect(user) for user in (*[None] * 10, guest, guest)]
    all_have_asked = asyncio.Event()

    async def slow(hass: HomeAssistant, user: User) -> dict[str, Any]:
        await all_have_asked.wait()
        builds[user.name or ""] += 1
        return await build_topology(hass, user)

    with patch(TOPOLOGY, slow):
        asking = asyncio.gather(*(screen.ask("butlr/subscribe") for screen in screens))
        while len(scene.hass.data[_PUBLISHER]._subscribers) < len(screens):  # noqa: ASYNC110 - nothing tells of a subscriber
            await asyncio.sleep(0)
        all_have_asked.set()
        answers = await asking
    assert all(answer["success"] for answer in answers)
    events = [await screen.events() for screen in screens]
    assert all([*first, *second] == ["topology", "as_of"] for first, second in events)
    assert events[:10] == [events[0]] * 10
    assert events[10] == events[11] != events[0]
    assert sorted(builds.values()) == [1, 1]


async def test_permissions_end_while_the_topology_is_built(scene: Scene, look: Open) -> None:
    """A user who loses a permission meanwhile is not sent what others may see."""
    await scene.set_up()
    await user_with(scene.hass, "visitor", {})
    user = await scene.hass.auth.async_create_user("Ada", group_ids=[GROUP_ID_READ_ONLY])
    screen = await look(user)
    await screen.events()

    async def slow(hass: HomeAssistant, built_for: User) -> dict[str, Any]:
        built = await build_topology(hass, built_for)
        await hass.auth.async_update_user(user, group_ids=["visitor"])
        return built

    with patch(TOPOLOGY, slow):
        rename_device(scene)
        await scene.pass_time(SOON)
    assert await screen.topologies() == []
    await scene.pass_time(SOON)
    assert [rooms(topology) for topology in await screen.topologies()] == [{}]


async def test_users_who_see_the_same_share_the_work(scene: Scene, look: Open, builds: Counter[str]) -> None:
    """The topology is built once for all who may see everything, and once for each other user."""
    await scene.set_up()
    policy: PolicyType = {"entities": {"domains": {"sensor": {"read": True}}}}
    guest = await user_with(scene.hass, "guest", policy)
    screens = [await look(user) for user in (None, None, None, guest, guest)]
    for screen in screens:
        await screen.events()
    builds.clear()
    rename_device(scene)
    await scene.pass_time(SOON)
    assert builds.total() == 2
    assert builds["guest"] == 1
    assert [len(await screen.topologies()) for screen in screens] == [1] * 5


async def test_rooms_that_are_known_only_in_part(scene: Scene, look: Open) -> None:
    """Which rooms are in doubt is sent when that changes, and only of rooms whose occupancy may be seen."""
    await scene.set_up()
    boardroom, now = scene.room("Boardroom"), scene.data.client.now()
    screen = await look()
    assert not [event for event in await screen.events() if "doubts" in event]
    scene.data.live.apply([NoCount(boardroom, now), Motion(boardroom, True, now + 1)], polled=True)
    assert scene.data.live.state(boardroom).confidence == "partial"
    await scene.pass_time(SOON)
    scene.hass.data[_PUBLISHER]._on_as_of_timer()
    assert [event["doubts"] for event in await screen.events() if "doubts" in event] == [{boardroom: "partial"}]
    scene.data.live.apply([Count(boardroom, 2, now + 2)])
    await scene.pass_time(SOON)
    assert [event["doubts"] for event in await screen.events() if "doubts" in event] == [{}]
