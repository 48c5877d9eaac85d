"""Conditions in real automations: they are met only by what is known, wherever the space was chosen."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.recorder import get_instance
from homeassistant.const import STATE_OFF, STATE_UNAVAILABLE
from homeassistant.helpers.condition import async_from_config, async_validate_condition_config
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.butlr.condition import CONDITIONS
from tests.helpers.automations import automate, furnish, set_others
from tests.helpers.hardware import go_online
from tests.helpers.registries import device_of, find
from tests.helpers.scene import Scene
from tests.simulator.additions import new_asset

NOTHING: set[str] = set()


def is_people(
    target: Mapping[str, Any], kind: str = "above", people: float = 1, name: str = "is_people", **options: Any
) -> dict[str, Any]:
    """Return a condition about a number."""
    return {
        "condition": f"butlr.{name}",
        "target": target,
        "options": {"threshold": {"type": kind, "value": {"number": people}}, **options},
    }


def is_free(target: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """Return a condition about a space that is free."""
    return {"condition": "butlr.is_free", "target": target, "options": options}


async def test_every_way_to_choose_a_room(scene: Scene) -> None:
    """People and utilization are tested the same by area, floor, label, device and entity; other sensors do not count.

    Any room suffices, unless all of them must match.
    """
    await scene.set_up()
    targets = furnish(scene, "Boardroom", "Focus Room")
    conditions = {
        f"{kind} {name}": is_people(target, name=f"is_{kind}", people=limit)
        for kind, limit in (("people", 1), ("utilization", 10))
        for name, target in (targets | {"entity": {"entity_id": f"sensor.boardroom_{kind}"}}).items()
    }
    conditions["all"] = is_people(targets["floor"], behavior="all")
    automations = await automate(scene.hass, conditions=conditions)
    set_others(scene.hass, "50")
    assert await automations.passed() == NOTHING
    await scene.enter("Boardroom")
    assert await automations.passed() == NOTHING
    await scene.enter("Boardroom")
    assert await automations.passed() == conditions.keys() - {"all"}
    await scene.simulator.move(from_=scene.room("Boardroom"))
    await scene.enter("Focus Room")
    # A quarter of its four seats.
    assert await automations.passed() == {"utilization floor", "utilization label"}
    await scene.enter("Focus Room")
    assert "all" not in await automations.passed()
    await scene.enter("Boardroom")
    assert await automations.passed() == set(conditions)


@pytest.mark.parametrize("loss", ["cloud", "reload"])
async def test_what_is_not_known_satisfies_nothing(scene: Scene, loss: str) -> None:
    """Neither "below", nor "outside", nor "free", nor "not occupied for all", before, during and after an outage."""
    await scene.set_up()
    targets = furnish(scene, "Boardroom", "Focus Room", "Phone Booth 1")
    booth = {"device_id": device_of(scene.hass, scene.entry, scene.room("Phone Booth 1")).id}
    rooms = {"area_id": [f"area_of_{room}" for room in ("boardroom", "focus_room")]}
    nowhere = {"area_id": "nowhere"}
    conditions = {
        "booth": is_people(booth, "below", 1),
        "booth free": is_free(booth),
        "booth utilization": is_people(booth, "below", 1, "is_utilization"),
        "floor": is_people(targets["floor"], "below", 1, behavior="all"),
        "floor free": is_free(targets["floor"], behavior="all"),
        "nowhere": is_people(nowhere, "below", 1, behavior="all"),
        "nowhere free": is_free(nowhere, behavior="all"),
    }
    known = {
        "rooms": is_people(rooms, "below", 1, behavior="all"),
        "rooms free": is_free(rooms, behavior="all"),
        "any": is_people(targets["floor"], "below", 1),
        "any free": is_free(targets["floor"]),
    }
    assert scene.state("Phone Booth 1", "people") == STATE_UNAVAILABLE
    automations = await automate(scene.hass, conditions=conditions | known)
    assert await automations.passed() == set(known)
    if loss == "reload":
        await scene.unload()
        # Somebody tries out what an automation does when this room is empty.
        scene.hass.states.async_set("binary_sensor.focus_room_occupancy", STATE_OFF, {"device_class": "occupancy"})
        assert await automations.passed() == NOTHING
        await scene.set_up()
    else:
        for endpoint in ("login", "graphql", "reporting"):
            scene.simulator.faults.set(endpoint, "drop")
        await scene.pass_minutes(12)
        assert await automations.passed() == NOTHING
        scene.simulator.faults.clear()
        await scene.pass_minutes(6)
    assert await automations.passed() == set(known)
    sensors = scene.simulator.estate.sensors.values()
    go_online(*(one for one in sensors if one.room_id == scene.room("Phone Booth 1")))
    await scene.pass_minutes(11)
    assert await automations.passed() == (conditions | known).keys() - {"nowhere", "nowhere free"}


async def test_free_for_a_while(scene: Scene) -> None:
    """It counts from when the last person left, or the motion sensor saw the last motion end, whatever is later.

    A start begins anew.
    """
    await scene.set_up()
    targets = furnish(scene, "Boardroom") | {"entity": {"entity_id": "binary_sensor.boardroom_occupancy"}}
    conditions = {name: is_free(target, **{"for": {"minutes": 10}}) for name, target in targets.items()}
    automations = await automate(scene.hass, conditions=conditions | {"now": is_free(targets["area"])})
    everything = {*conditions, "now"}
    await scene.pass_minutes(11)
    assert await automations.passed() == everything
    await scene.enter("Boardroom")
    assert await automations.passed() == NOTHING
    await scene.pass_minutes(11)
    await scene.simulator.move(from_=scene.room("Boardroom"))
    await scene.settle()
    assert await automations.passed() == {"now"}
    await scene.pass_minutes(9)
    await scene.pass_time(60)
    # The last motion ended half a minute after the person left.
    assert await automations.passed() == {"now"}
    await scene.pass_time(60)
    assert await automations.passed() == everything
    await scene.reload()
    assert await automations.passed() == {"now"}


async def test_who_came_and_went_ends_the_time(scene: Scene) -> None:
    """The occupancy of a room with a door did not change, because the estimate is zero before and after."""
    await scene.set_up_and_verify()
    cafe = scene.room("Harbour Café")
    target = {"device_id": device_of(scene.hass, scene.entry, cafe).id}
    automations = await automate(
        scene.hass, conditions={str(minutes): is_free(target, **{"for": {"minutes": minutes}}) for minutes in (0, 5)}
    )
    await scene.pass_minutes(6)
    assert await automations.passed() == {"0", "5"}
    scene.simulator.settings.update({"loss": 1.0})
    await scene.enter("Harbour Café")
    await scene.simulator.move(from_=cafe)
    entries = scene.state("Harbour Café", "entries_today")
    while scene.state("Harbour Café", "entries_today") == entries:
        await scene.pass_minutes(1)
        assert scene.state("Harbour Café", "occupancy") == STATE_OFF
    assert await automations.passed() == {"0"}


async def test_a_floor_and_a_building(scene: Scene) -> None:
    """They are free when nobody is known to be in them, for as long as that has been known of all their spaces."""
    await scene.set_up()
    conditions = {
        name: is_free({"device_id": device_of(scene.hass, scene.entry, find(scene.simulator, name)).id}, **{"for": 90})
        for name in ("Ground Floor", "First Floor", "Pier House")
    }
    automations = await automate(scene.hass, conditions=conditions)
    await scene.pass_minutes(6)
    assert await automations.passed() == set(conditions)
    # Who goes upstairs passes the entrance of the ground floor.
    await scene.enter("Focus Room")
    assert await automations.passed() == NOTHING
    await scene.pass_minutes(2)
    assert await automations.passed() == {"Ground Floor"}
    await scene.simulator.move(from_=scene.room("Focus Room"))
    await scene.pass_minutes(1)
    assert await automations.passed() == NOTHING
    await scene.pass_minutes(2)
    assert await automations.passed() == set(conditions)


async def test_the_editor_offers_and_tests_them(scene: Scene, hass_ws_client: WebSocketGenerator) -> None:
    """Home Assistant offers the conditions for a target, and shows in the editor whether one is met."""
    await scene.set_up()
    client = await hass_ws_client(scene.hass)
    target = furnish(scene, "Boardroom")["area"]
    await client.send_json_auto_id({"type": "get_conditions_for_target", "target": target})
    assert {f"butlr.{name}" for name in CONDITIONS} <= set((await client.receive_json())["result"])
    for condition, changes in ((is_free(target), [True, False]), (is_people(target, people=0), [False, True])):
        await client.send_json_auto_id({"type": "subscribe_condition", "condition": condition})
        answer = await client.receive_json()
        assert (answer["success"], (await client.receive_json())["event"]) == (True, {"result": changes[0]})
        await scene.enter("Boardroom")
        assert (await client.receive_json())["event"] == {"result": changes[1]}
        await client.send_json_auto_id({"type": "unsubscribe_events", "subscription": answer["id"]})
        assert (await client.receive_json())["success"]
        await scene.simulator.move(from_=scene.room("Boardroom"))
        await scene.settle()
    for minutes, polled in ((0, False), (5, True)):
        config = await async_validate_condition_config(scene.hass, is_free(target, **{"for": {"minutes": minutes}}))
        checker = await async_from_config(scene.hass, config)
        assert checker.needs_polling is polled
        checker.async_unload()


async def test_all_leaves_out_what_no_sensor_covers(scene: Scene) -> None:
    """Such a room is never known, so that the condition could not be met."""
    simulator = scene.simulator
    storage: Any = new_asset(simulator.estate, simulator.rng, "room", find(simulator, "First Floor"))
    storage.name = "Storage"
    simulator.estate.add(storage)
    await scene.set_up()
    await scene.pass_minutes(6)
    targets = furnish(scene, "Storage", "Boardroom")
    automations = await automate(
        scene.hass,
        conditions={
            "all": is_free(targets["floor"], behavior="all"),
            "storage": is_free(targets["area"], behavior="all"),
        },
    )
    assert await automations.passed() == {"all"}


@pytest.mark.recorder("2026-11-25T11:00:00Z")
async def test_the_time_before_a_start_does_not_count(scene: Scene) -> None:
    """The recorder has the same number before and after; nobody knows what was in between."""
    recorder = get_instance(scene.hass)
    await scene.set_up()
    target = furnish(scene, "Boardroom")["area"]
    await scene.enter("Boardroom")
    await scene.enter("Boardroom")
    await scene.settle()
    await recorder.async_block_till_done()
    # Nothing is recorded while Home Assistant is off.
    await scene.hass.services.async_call("recorder", "disable", {}, blocking=True)
    await scene.unload()
    await recorder.async_block_till_done()
    scene.freezer.tick(40 * 60)
    await scene.hass.services.async_call("recorder", "enable", {}, blocking=True)
    await scene.set_up()
    await recorder.async_block_till_done()
    lasting: dict[str, Any] = {"for": {"minutes": 30}}
    automations = await automate(
        scene.hass, conditions={"30 min": is_people(target, **lasting), "now": is_people(target)}
    )
    assert await automations.passed() == {"now"}
