"""Triggers in real automations: they run exactly when a number that is known crosses, wherever the space was chosen."""

from collections.abc import Mapping
import random
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.helpers import entity_registry as er
from homeassistant.util import slugify
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.butlr.trigger import TRIGGERS
from tests.helpers.automations import automate, furnish, set_others
from tests.helpers.hardware import go_offline, go_online, sensors_of
from tests.helpers.registries import device_of, find
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of
from tests.test_condition import is_people

BOARDROOM, FOCUS, CAFE = "sensor.boardroom_people", "sensor.focus_room_people", "sensor.harbour_cafe_people_estimate"


def crossing(target: Mapping[str, Any], people: float = 1, kind: str = "above", **options: Any) -> dict[str, Any]:
    """Return a trigger that fires when people cross a threshold."""
    return {
        "trigger": "butlr.people_crossed_threshold",
        "target": target,
        "options": {"threshold": {"type": kind, "value": {"number": people}}, **options},
    }


async def leave(scene: Scene, room: str) -> None:
    """Let one person leave a room, given its name."""
    await scene.simulator.move(from_=scene.room(room))
    await scene.settle()


async def enter(scene: Scene, *rooms: str) -> None:
    """Let a person enter each of some rooms, given their names."""
    for room in rooms:
        await scene.enter(room)
    await scene.settle()


async def pass_long(scene: Scene, times: int) -> None:
    """Let some minutes pass at once, as often as told: long enough for every poll but that of the estate."""
    for _ in range(times):
        await scene.pass_time(302)


async def lose_cloud(scene: Scene, room: str) -> None:
    """Let Butlr be unreachable until a room is unavailable; its pushes get lost, too."""
    for endpoint in ("login", "graphql", "reporting"):
        scene.simulator.faults.set(endpoint, "drop")
    scene.simulator.settings.update({"loss": 1.0})
    await pass_long(scene, 4)
    assert scene.state(room, "people") == STATE_UNAVAILABLE


async def find_cloud(scene: Scene, room: str) -> None:
    """Let Butlr be reachable again, and poll."""
    scene.simulator.faults.clear()
    scene.simulator.settings.update({"loss": 0.0})
    await pass_long(scene, 2)
    assert scene.state(room, "people") not in (STATE_UNAVAILABLE, STATE_UNKNOWN)


async def test_every_way_to_choose_a_room(scene: Scene) -> None:
    """An automation runs once for each crossing, the same by area, floor, label, device and entity.

    Neither the sensors of other integrations in the area nor other sensors of the room count.
    """
    await scene.set_up()
    targets = furnish(scene, "Boardroom", "Focus Room") | {"entity": {"entity_id": BOARDROOM}}
    automations = await automate(scene.hass, {name: crossing(target) for name, target in targets.items()})
    once = {name: [BOARDROOM] for name in targets}
    of_both = {name: [FOCUS] for name in ("floor", "label")}

    await enter(scene, "Boardroom")
    assert automations.taken() == {}
    await enter(scene, "Boardroom")
    assert automations.taken() == once
    await enter(scene, "Boardroom")
    set_others(scene.hass, "7")
    await scene.settle()
    assert automations.taken() == {}
    await enter(scene, "Focus Room", "Focus Room")
    assert automations.taken() == of_both
    await leave(scene, "Boardroom")
    await leave(scene, "Boardroom")
    assert automations.taken() == {}
    await enter(scene, "Boardroom")
    assert automations.taken() == once


async def test_outages_and_reloads(scene: Scene) -> None:
    """What is unavailable or unknown is no number: neither its beginning nor its end is a crossing.

    That holds for an outage of the cloud, for sensors that are offline, for an answer without numbers, and for a
    reload, whether or not somebody crossed meanwhile. The next crossing counts.
    """
    await scene.set_up()
    targets = furnish(scene, "Boardroom", "Focus Room")
    automations = await automate(
        scene.hass,
        {name: crossing(target) for name, target in targets.items()}
        | {f"{name} emptied": crossing(target, kind="below") for name, target in targets.items()}
        | {"changed": changing(targets["floor"])},
    )
    ceiling = scene.simulator.estate.sensors[find(scene.simulator, "Boardroom ceiling")]
    above = {name: [BOARDROOM] for name in (*targets, "changed")}
    await enter(scene, "Boardroom", "Boardroom")
    assert automations.taken() == above | {"changed": [BOARDROOM] * 2}

    await lose_cloud(scene, "Boardroom")
    await find_cloud(scene, "Boardroom")
    assert automations.taken() == {}
    await lose_cloud(scene, "Boardroom")
    await leave(scene, "Boardroom")
    await leave(scene, "Boardroom")
    await find_cloud(scene, "Boardroom")
    assert scene.state("Boardroom", "people") == "0"
    assert automations.taken() == {}

    go_offline(ceiling)
    await pass_long(scene, 3)
    assert scene.state("Boardroom", "people") == STATE_UNAVAILABLE
    await enter(scene, "Boardroom", "Boardroom")
    go_online(ceiling)
    await pass_long(scene, 3)
    assert scene.state("Boardroom", "people") == "2"
    assert automations.taken() == {}

    scene.simulator.faults.set("reporting", "empty")
    scene.simulator.settings.update({"loss": 1.0})
    await pass_long(scene, 2)
    assert scene.state("Boardroom", "people") == STATE_UNKNOWN
    await leave(scene, "Boardroom")
    await find_cloud(scene, "Boardroom")
    assert scene.state("Boardroom", "people") == "1"
    assert automations.taken() == {}

    for _ in range(2):
        await scene.reload()
    assert scene.state("Boardroom", "people") == "1"
    assert automations.taken() == {}
    await enter(scene, "Boardroom")
    assert automations.taken() == above


def changing(target: Mapping[str, Any], **threshold: Any) -> dict[str, Any]:
    """Return a trigger that fires when people change."""
    return {
        "trigger": "butlr.people_changed",
        "target": target,
        "options": {"threshold": threshold or {"type": "any"}},
    }


async def test_people_changed(scene: Scene) -> None:
    """It runs for each change, and with a threshold only while the new number is within it."""
    await scene.set_up()
    targets = furnish(scene, "Boardroom")
    between = {"type": "between", "value_min": {"number": 2}, "value_max": {"number": 3}}
    automations = await automate(
        scene.hass, {"any": changing(targets["area"]), "between": changing(targets["area"], **between)}
    )
    for number in range(1, 5):
        await enter(scene, "Boardroom")
        expected = {"any": [BOARDROOM]} | ({"between": [BOARDROOM]} if number in (2, 3) else {})
        assert automations.taken() == expected
    await scene.pass_minutes(6)
    set_others(scene.hass, "3")
    await scene.settle()
    assert automations.taken() == {}


async def test_utilization(scene: Scene) -> None:
    """It crosses in percent of the capacity, for a number and for an entity that shows percent."""
    await scene.set_up()
    target = furnish(scene, "Focus Room")["area"]
    scene.hass.states.async_set("number.limit", "50", {"unit_of_measurement": "%"})
    scene.hass.states.async_set("number.people", "1", {"unit_of_measurement": "people"})
    scene.hass.states.async_set("number.nothing", STATE_UNKNOWN, {"unit_of_measurement": "%"})
    values = {"number": {"number": 50}} | {one: {"entity": f"number.{one}"} for one in ("limit", "people", "nothing")}
    trigger = "butlr.utilization_crossed_threshold"
    automations = await automate(
        scene.hass,
        {
            name: {
                "trigger": trigger,
                "target": target,
                "options": {"threshold": {"type": "above", "value": value}},
            }
            for name, value in values.items()
        },
    )
    await enter(scene, "Focus Room", "Focus Room")
    assert automations.taken() == {}
    await enter(scene, "Focus Room")
    utilization = "sensor.focus_room_utilization"
    assert automations.taken() == {"number": [utilization], "limit": [utilization]}


async def test_each_first_and_all(scene: Scene) -> None:
    """Each room, the first of them, or the last: then all of them are known to be above."""
    await scene.set_up()
    target = furnish(scene, "Boardroom", "Focus Room")["floor"]
    automations = await automate(
        scene.hass, {name: crossing(target, people=0, behavior=name) for name in ("each", "first", "all")}
    )
    await enter(scene, "Boardroom")
    assert automations.taken() == {"each": [BOARDROOM], "first": [BOARDROOM]}
    await enter(scene, "Focus Room")
    assert automations.taken() == {"each": [FOCUS], "all": [FOCUS]}
    await leave(scene, "Boardroom")
    assert automations.taken() == {}
    await enter(scene, "Boardroom")
    assert automations.taken() == {"each": [BOARDROOM], "all": [BOARDROOM]}


async def test_not_all_while_one_is_not_known(scene: Scene) -> None:
    """A room whose sensor is offline may be occupied: then not all rooms are known to be empty."""
    await scene.set_up()
    target = furnish(scene, "Boardroom", "Focus Room", "Phone Booth 1")["floor"]
    assert scene.state("Phone Booth 1", "people") == STATE_UNAVAILABLE
    emptied = crossing(target, people=1, kind="below", behavior="all")
    automations = await automate(
        scene.hass,
        {"at once": emptied, "later": {**emptied, "options": {**emptied["options"], "for": {"minutes": 5}}}},
    )
    await enter(scene, "Boardroom", "Focus Room")
    await leave(scene, "Boardroom")
    await leave(scene, "Focus Room")
    await scene.pass_minutes(6)
    assert automations.taken() == {}

    booth = scene.room("Phone Booth 1")
    go_online(*(one for one in scene.simulator.estate.sensors.values() if one.room_id == booth))
    await scene.pass_minutes(11)
    assert scene.state("Phone Booth 1", "people") == "0"
    await enter(scene, "Boardroom", "Focus Room")
    await leave(scene, "Boardroom")
    assert automations.taken() == {}
    await leave(scene, "Focus Room")
    assert automations.taken() == {"at once": [FOCUS]}
    await scene.pass_minutes(6)
    assert automations.taken() == {"later": [FOCUS]}


async def test_for_a_while(scene: Scene) -> None:
    """The number must stay above for that long; being unavailable in between ends it."""
    await scene.set_up()
    target = furnish(scene, "Boardroom", "Focus Room")["floor"]
    lasting: dict[str, Any] = {"for": {"minutes": 15}}
    automations = await automate(
        scene.hass, {name: crossing(target, people=0, behavior=name, **lasting) for name in ("each", "all")}
    )
    await enter(scene, "Boardroom")
    await scene.pass_minutes(14)
    await enter(scene, "Boardroom", "Focus Room")
    assert automations.taken() == {}
    await scene.pass_minutes(2)
    assert automations.taken() == {"each": [BOARDROOM]}
    await lose_cloud(scene, "Boardroom")
    await find_cloud(scene, "Boardroom")
    await scene.pass_minutes(16)
    assert automations.taken() == {}
    await leave(scene, "Focus Room")
    await enter(scene, "Focus Room")
    await scene.pass_minutes(16)
    assert automations.taken() == {"each": [FOCUS], "all": [FOCUS]}


async def test_one_number_of_each_space(scene: Scene) -> None:
    """The estimate counts where nobody is counted; beside a count, only if the automation names it.

    The same holds for a tag, which is no space: its sensor counts only if it is named.
    """
    await scene.set_up()
    estate = scene.simulator.estate
    tag = next(one.id for one in estate.tags.values() if scene.room("Focus Room") in one.space_ids)
    beside, tagged = (
        entity_of(scene.hass, scene.room("Lobby"), "people_estimate"),
        entity_of(scene.hass, tag, "people"),
    )
    for entity_id in (beside, tagged):
        assert entity_id
        er.async_get(scene.hass).async_update_entity(entity_id, disabled_by=None)
    await scene.reload()
    organization = device_of(scene.hass, scene.entry, estate.id).id
    automations = await automate(
        scene.hass,
        {
            "floor": crossing(furnish(scene, "Harbour Café", "Lobby", "Focus Room")["floor"], people=0),
            "named": crossing({"entity_id": [beside, tagged]}, people=0),
            "organization": crossing({"device_id": organization}, people=0),
        },
    )
    people = "sensor.harbour_campus_people"
    await enter(scene, "Lobby")
    assert automations.taken() == {"floor": ["sensor.lobby_people"], "named": [beside], "organization": [people]}
    await enter(scene, "Harbour Café")
    assert automations.taken() == {"floor": [CAFE]}
    await enter(scene, "Focus Room")
    assert automations.taken() == {"floor": [FOCUS], "named": [tagged]}


async def test_the_editor_offers_them(scene: Scene, hass_ws_client: WebSocketGenerator) -> None:
    """Home Assistant offers the triggers for every target with entities of spaces, and knows their fields."""
    await scene.set_up()
    client = await hass_ws_client(scene.hass)
    names = {f"butlr.{name}" for name in TRIGGERS}
    targets = furnish(scene, "Boardroom") | {"entity": {"entity_id": BOARDROOM}}
    for target in targets.values():
        await client.send_json_auto_id({"type": "get_triggers_for_target", "target": target})
        assert names <= set((await client.receive_json())["result"])
    await client.send_json_auto_id({"type": "get_triggers_for_target", "target": {"entity_id": "sensor.other"}})
    assert not names & set((await client.receive_json())["result"])


@pytest.mark.random_seeds
async def test_random_days(scene: Scene, seed: int) -> None:
    """Whatever people and the cloud do: each automation runs as often as the people that are known cross."""
    rng, rooms = random.Random(seed), ("Boardroom", "Focus Room")
    await scene.set_up()
    targets = furnish(scene, *rooms)
    kinds = {kind: crossing(targets["floor"], behavior=kind) for kind in ("each", "first", "all")}
    automations = await automate(scene.hass, {**kinds, "changed": changing(targets["label"])})
    before = people_in(scene, rooms)
    for _ in range(30):
        room = rng.choice(rooms)
        if rng.random() < 0.1:
            await gap(scene, rng, room)
            before = people_in(scene, rooms)
            assert automations.taken() == {}
            continue
        await (leave if before[room] and rng.random() < 0.5 else enter)(scene, room)
        now = people_in(scene, rooms)
        above = sum(people > 1 for people in now.values())
        crossed = before[room] <= 1 < now[room]
        due = {
            "changed": True,
            "each": crossed,
            "first": crossed and above == 1,
            "all": crossed and above == len(rooms),
        }
        assert automations.taken() == {name: [f"sensor.{slugify(room)}_people"] for name, yes in due.items() if yes}
        before = now


def people_in(scene: Scene, rooms: tuple[str, ...]) -> dict[str, int]:
    """Return how many people are really in each room."""
    spaces = scene.simulator.truth()["spaces"]
    return {room: spaces[scene.room(room)]["people"] for room in rooms}


async def gap(scene: Scene, rng: random.Random, room: str) -> None:
    """Let a room be unavailable for a while; in an outage, somebody may move unseen."""
    # Polled counts are some minutes old: what changed right before a start would be seen after it.
    await pass_long(scene, 1)
    if rng.random() < 0.5:
        await scene.reload()
    else:
        await lose_cloud(scene, room)
        if rng.random() < 0.5:
            await enter(scene, room)
        await find_cloud(scene, room)
    await pass_long(scene, 1)


async def test_a_sum_that_lacks_a_floor(scene: Scene) -> None:
    """Nobody moves when a floor is lost, nor when it is back: nothing fires, and no condition is met meanwhile."""
    await scene.set_up_and_verify()
    hass = scene.hass
    places = ("Pier House", scene.simulator.estate.id)
    targets = {
        place: {
            "device_id": device_of(hass, scene.entry, place if " " not in place else find(scene.simulator, place)).id
        }
        for place in places
    }
    automations = await automate(
        hass,
        {
            f"{kind} {place}": crossing(target, 3, kind)
            for place, target in targets.items()
            for kind in ("above", "below")
        }
        | {"changed": changing(targets["Pier House"])},
        {f"is below {place}": is_people(target, "below", 4) for place, target in targets.items()},
    )
    await enter(scene, "Lobby", "Lobby", "Boardroom", "Boardroom", "Boardroom")
    assert {f"above {place}" for place in places} < automations.taken().keys()
    lost = [one for one in sensors_of(scene.simulator, "First Floor") if one.is_online]
    go_offline(*lost)
    await pass_long(scene, 3)
    building = hass.states.get("sensor.pier_house_people")
    assert building
    assert (building.state, building.attributes["incomplete"]) == ("2", True)
    assert automations.taken() == {}
    assert await automations.passed() == set()
    go_online(*lost)
    await pass_long(scene, 4)
    building = hass.states.get("sensor.pier_house_people")
    assert building
    assert (building.state, "incomplete" in building.attributes) == ("6", False)
    assert automations.taken() == {}
    await enter(scene, "Boardroom")
    assert automations.taken() == {"changed": ["sensor.pier_house_people"]}


async def test_not_the_first_while_another_may_be(scene: Scene) -> None:
    """A room that had people when its sensor was lost may still have them."""
    await scene.set_up()
    target = furnish(scene, "Boardroom", "Focus Room")["floor"]
    await enter(scene, "Boardroom")
    # The room was within the threshold before the automation began.
    automations = await automate(scene.hass, {"first": crossing(target, people=0, behavior="first")})
    ceiling = scene.simulator.estate.sensors[find(scene.simulator, "Boardroom ceiling")]
    go_offline(ceiling)
    await pass_long(scene, 3)
    assert scene.state("Boardroom", "people") == STATE_UNAVAILABLE
    await enter(scene, "Focus Room")
    assert automations.taken() == {}


def numbers(scene: Scene, entity_ids: list[str]) -> list[str | None]:
    """Return the states of entities."""
    return [state.state if (state := scene.hass.states.get(one)) else None for one in entity_ids]


async def test_midnight_resets_an_estimate(scene: Scene) -> None:
    """Nobody leaves because it is midnight: the estimates become zero, and nothing fires. Who comes next counts."""
    await scene.set_up()
    entities = [CAFE, "sensor.harbour_cafe_utilization", "sensor.lobby_people_estimate", "sensor.lobby_people"]
    er.async_get(scene.hass).async_update_entity(entities[2], disabled_by=None)
    await scene.reload()
    target = {"entity_id": entities}
    below = crossing(target, kind="below")
    emptied = {**below, "trigger": "butlr.utilization_crossed_threshold"}
    automations = await automate(
        scene.hass, {"changed": changing(target), "below": below, "emptied": emptied, "above": crossing(target, 0)}
    )
    # It is noon at the site.
    await scene.pass_time(11.9 * 3600)
    await pass_long(scene, 1)
    await enter(scene, "Harbour Café", "Harbour Café", "Lobby")
    automations.taken()
    assert numbers(scene, entities) == ["2", "5.0", "3", "1"]
    await pass_long(scene, 2)
    assert numbers(scene, entities) == ["0", "0.0", "0", "1"]
    assert automations.taken() == {}
    await leave(scene, "Lobby")
    await enter(scene, "Harbour Café")
    assert automations.taken() == {
        "changed": ["sensor.lobby_people", CAFE],
        "below": ["sensor.lobby_people"],
        "above": [CAFE],
    }
