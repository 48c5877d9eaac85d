"""Crossings as events: what a person's automation is triggered by, and nothing else."""

from collections.abc import Awaitable, Callable
import time
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events, mock_restore_cache_with_extra_data

from custom_components.butlr.coordinator import ESTATE_INTERVAL
from custom_components.butlr.live.evidence import PUSH_DEADLINE, VALIDITY
from custom_components.butlr.polls.traffic import TRAFFIC_INTERVAL
from tests.helpers.automations import furnish
from tests.helpers.hardware import go_offline, go_online
from tests.helpers.registries import find
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of
from tests.simulator.additions import new_asset

LOBBY, CAFE, FLOOR = "event.lobby_crossing", "event.harbour_cafe_crossing", "event.ground_floor_crossing"
# What an automation received: the entity, the direction and the people.
type Received = list[tuple[str, str, int]]
type Automate = Callable[..., Awaitable[Received]]


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Return a function that adds an automation with a trigger for each target.

    It returns what the automation receives from then on.
    """

    async def automate(*targets: dict[str, Any]) -> Received:
        received: Received = []

        @callback
        def note(event: Event[Any]) -> None:
            received.append((event.data["entity_id"], event.data["event_type"], event.data["people"]))

        hass.bus.async_listen("test_received", note)
        attributes = "trigger.to_state.attributes"
        automation = {
            "alias": "Test",
            "mode": "queued",
            "max": 1000,
            "triggers": [
                {"trigger": "event.received", "target": target, "options": {"event_type": ["entered", "exited"]}}
                for target in targets
            ],
            "actions": {
                "event": "test_received",
                "event_data": {
                    "entity_id": "{{ trigger.entity_id }}",
                    "event_type": f"{{{{ {attributes}.event_type }}}}",
                    "people": f"{{{{ {attributes}.people }}}}",
                },
            },
        }
        assert await async_setup_component(hass, "automation", {"automation": automation})
        await hass.async_block_till_done()
        return received

    return automate


@pytest.fixture
async def received(scene: Scene, automate: Automate) -> Received:
    """Set the entry up; return what an automation for all doors receives."""
    await scene.set_up_and_verify()
    return await automate({"entity_id": [LOBBY, CAFE, FLOOR]})


def traffic(scene: Scene, door: str = "Café door", age: float = 0, **changes: Any) -> dict[str, Any]:
    """Return an event of a door, by its name."""
    sensor = scene.simulator.estate.sensors[find(scene.simulator, door)]
    return {
        "id": f"event_{door}_{time.time() - age}",
        "type": "TRAFFIC",
        "timestamp": round((time.time() - age) * 1000),
        "metadata": {"org_id": scene.simulator.estate.id, "mac_address": sensor.mac_address},
        "data": {"in": 1, "out": 0},
        **changes,
    }


async def test_people_come_and_go(scene: Scene, received: Received) -> None:
    """Who comes in by the main entrance enters the lobby and the floor; the door of a room is no entrance."""
    lobby, cafe = find(scene.simulator, "Lobby"), find(scene.simulator, "Harbour Café")
    person = await scene.simulator.move(to=lobby)
    await scene.settle()
    assert received == [(LOBBY, "entered", 1), (FLOOR, "entered", 1)]
    received.clear()
    await scene.pass_time(1)
    await scene.simulator.move(to=cafe, person=person)
    await scene.settle()
    assert (CAFE, "entered", 1) in received
    assert FLOOR not in {entity_id for entity_id, *_ in received}
    received.clear()
    await scene.pass_time(1)
    await scene.simulator.move(to=None, person=person)
    await scene.settle()
    assert (FLOOR, "exited", 1) in received
    assert {direction for _, direction, _ in received} <= {"exited", "entered"}
    assert scene.mismatches == []


async def test_a_busy_door(scene: Scene, automate: Automate) -> None:
    """With duplicates, disorder, polls and a reload, every kind of target is told of every crossing exactly once."""
    scene.simulator.settings.update({"duplicates": 1.0, "recompute": 0.5})
    await scene.set_up_and_verify()
    cafe = find(scene.simulator, "Harbour Café")
    targets = furnish(scene, "Harbour Café").values()
    received = await automate(*targets)
    inside: list[str] = []
    expected: Received = []
    for number in range(12):
        if number % 3 == 2:
            await scene.simulator.move(to=None, person=inside.pop())
            expected.append((CAFE, "exited", 1))
        else:
            inside.append(await scene.simulator.move(to=cafe))
            expected.append((CAFE, "entered", 1))
        await scene.settle()
        await scene.pass_time(50 if number % 4 else TRAFFIC_INTERVAL.total_seconds() + 1)
        if number == 6:
            await scene.reload()
    assert received == [one for one in expected for _ in targets]
    assert scene.mismatches == []


async def test_how_many(scene: Scene, received: Received) -> None:
    """One push may report several people, in both directions: those who enter come first."""
    assert await scene.push(traffic(scene, data={"in": 3, "out": 2})) == 200
    await scene.settle()
    assert received == [(CAFE, "entered", 3), (CAFE, "exited", 2)]
    state = scene.hass.states.get(CAFE)
    assert state is not None
    assert (state.attributes["event_type"], state.attributes["people"]) == ("exited", 2)


async def test_a_room_with_several_doors(scene: Scene, received: Received) -> None:
    """Each door of a room counts, even in the same millisecond; only the entrance counts for the floor."""
    estate = scene.simulator.estate
    door: Any = new_asset(estate, scene.simulator.rng, "sensor", next(iter(estate.hives)))
    door.name, door.mode, door.room_id = "Back door", "traffic", find(scene.simulator, "Lobby")
    door.floor_id = find(scene.simulator, "Ground Floor")
    estate.add(door)
    await scene.pass_time(ESTATE_INTERVAL.total_seconds() + 1)
    both = [traffic(scene, name) for name in ("Back door", "Main entrance")]
    for event in both + both:
        await scene.push(event)
    await scene.settle()
    assert received == [(LOBBY, "entered", 1), (LOBBY, "entered", 1), (FLOOR, "entered", 1)]


async def test_a_poll_may_be_faster(scene: Scene, received: Received) -> None:
    """A poll that counted the crossing before its push does not hide it; one between two repeats brings no second."""
    webhooks = scene.simulator.webhooks
    for webhook in webhooks:
        webhook.status = False
    before = int(scene.state("Harbour Café", "entries_today") or 0)
    await scene.enter("Harbour Café")
    event = traffic(scene)
    await scene.pass_time(70)
    await scene.data.traffic.async_refresh()
    await scene.settle()
    assert scene.state("Harbour Café", "entries_today") == str(before + 1)
    assert received == []
    for _ in range(2):
        await scene.push(event)
        await scene.settle()
        await scene.pass_time(20)
        await scene.data.traffic.async_refresh()
    assert received == [(CAFE, "entered", 1)]
    assert scene.state("Harbour Café", "entries_today") == str(before + 1)


@pytest.mark.parametrize(("age", "expected"), [(PUSH_DEADLINE - 1, 1), (PUSH_DEADLINE + 1, 0)])
async def test_a_late_event_is_none(scene: Scene, received: Received, age: float, expected: int) -> None:
    """It counts for the day, but nobody is at the door any more."""
    await scene.pass_time(200)
    await scene.push(traffic(scene, age=age))
    await scene.settle()
    assert len(received) == expected


async def test_nothing_after_a_restart(scene: Scene, received: Received) -> None:
    """Neither what was restored, nor what was sensed before, nor the totals of the first poll."""
    event = traffic(scene)
    await scene.push(event)
    await scene.settle()
    before = scene.hass.states.get(CAFE)
    assert before is not None
    received.clear()
    await scene.unload()
    await scene.enter("Harbour Café")
    state = scene.hass.states.get(CAFE)
    assert state is not None
    assert state.state == STATE_UNAVAILABLE
    scene.freezer.tick(30)
    late = traffic(scene)
    scene.freezer.tick(1)
    assert await scene.set_up()
    for one in (event, late):
        await scene.push(one)
    await scene.settle()
    assert received == []
    after = scene.hass.states.get(CAFE)
    assert after is not None
    assert (after.state, after.attributes) == (before.state, before.attributes)
    await scene.push(traffic(scene))
    await scene.settle()
    assert received == [(CAFE, "entered", 1)]


async def test_restored_from_the_file(hass: HomeAssistant, scene: Scene) -> None:
    """After a restart of Home Assistant the last event is shown again, with its people."""
    stored = State(CAFE, "2026-11-25T10:00:00.000+00:00")
    mock_restore_cache_with_extra_data(
        hass, [(stored, {"last_event_type": "exited", "last_event_attributes": {"people": 4}})]
    )
    await scene.set_up()
    state = hass.states.get(CAFE)
    assert state is not None
    assert (state.state, state.attributes["event_type"], state.attributes["people"]) == (stored.state, "exited", 4)
    lobby = hass.states.get(LOBBY)
    assert lobby is not None
    assert (lobby.state, lobby.attributes["event_types"]) == (STATE_UNKNOWN, ["entered", "exited"])


async def test_a_door_that_is_offline(scene: Scene, received: Received) -> None:
    """An event is not available while its doors are offline; a crossing proves that one is back before a poll does."""
    door = scene.simulator.estate.sensors[find(scene.simulator, "Café door")]
    go_offline(door)
    await scene.pass_time(ESTATE_INTERVAL.total_seconds() + 1)
    state = scene.hass.states.get(CAFE)
    assert state is not None
    assert state.state == STATE_UNAVAILABLE
    await scene.push(traffic(scene))
    await scene.settle()
    assert received == [(CAFE, "entered", 1)]
    received.clear()
    go_online(door)
    await scene.pass_time(ESTATE_INTERVAL.total_seconds() + 1)
    assert received == []
    state = scene.hass.states.get(CAFE)
    assert state is not None
    assert state.attributes["people"] == 1


async def test_an_outage_of_the_cloud(scene: Scene, received: Received) -> None:
    """Pushes that still arrive are events, before and after the door has become unavailable; its return is none."""
    scene.simulator.faults.set("reporting", "500")
    for _ in range(3):
        await scene.pass_time(VALIDITY / 2 + 1)
    state = scene.hass.states.get(CAFE)
    assert state is not None
    assert state.state == STATE_UNAVAILABLE
    for _ in range(2):
        await scene.push(traffic(scene))
        await scene.settle()
        await scene.pass_time(1)
    assert received == [(CAFE, "entered", 1)] * 2
    scene.simulator.faults.clear()
    await scene.pass_time(TRAFFIC_INTERVAL.total_seconds() + 1)
    assert received == [(CAFE, "entered", 1)] * 2


async def test_what_nobody_crossed(scene: Scene, received: Received) -> None:
    """Numbers that are none, doors of others and timestamps that cannot be: no event, and nothing fails."""
    wrong: tuple[dict[str, Any], ...] = (
        {"data": {"in": 0, "out": 0}},
        {"data": {}},
        {"data": {"in": -1, "out": 0}},
        {"data": {"in": 1e9, "out": 0}},
        {"data": {"in": "1"}},
        {"data": {"in": True}},
        {"data": 1},
        {"type": "TRAFFIC_1MIN"},
        {"timestamp": 10**15},
        {"timestamp": -1},
        {"metadata": {"org_id": "org_of_others", "mac_address": "00-17-0d-00-00-00-00-01"}},
        {"metadata": {"mac_address": "fa-ke-00-00-00-00-00-01"}},
        {"metadata": {"room_id": "room_of_others"}},
        {"metadata": {"room_id": scene.room("Boardroom")}},
    )
    for changes in wrong:
        assert await scene.push(traffic(scene, **changes)) in (200, 400)
    await scene.settle()
    assert received == []
    assert scene.data.push.webhook.outcomes["failed"] == 0
    await scene.push(traffic(scene))
    await scene.settle()
    assert received == [(CAFE, "entered", 1)]


async def test_a_room_without_a_door_has_no_event(scene: Scene) -> None:
    """Nobody could cross it; a room whose door is taken down loses the event."""
    await scene.set_up()
    assert entity_of(scene.hass, scene.room("Boardroom"), "crossing") is None
    assert entity_of(scene.hass, scene.room("Harbour Café"), "crossing") == CAFE
    scene.simulator.estate.sensors[find(scene.simulator, "Café door")].installation_status = "UNINSTALLED"
    await scene.pass_time(ESTATE_INTERVAL.total_seconds() + 1)
    assert entity_of(scene.hass, scene.room("Harbour Café"), "crossing") is None


async def test_one_push_has_one_context(scene: Scene, received: Received) -> None:
    """The logbook shows which changes belong to a crossing."""
    changes = async_capture_events(scene.hass, "state_changed")
    await scene.push(traffic(scene, "Main entrance"))
    contexts = {
        event.data["entity_id"]: event.context.id
        for event in changes
        if event.data["entity_id"] in (LOBBY, FLOOR, "sensor.lobby_entries_today")
    }
    assert len(contexts) == 3
    assert len(set(contexts.values())) == 1
    assert len(received) == 2
