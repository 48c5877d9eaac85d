"""Ventilation by people: three steps, more at once, less only when fewer people are known."""

from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
import pytest

from tests.blueprints.conftest import Use
from tests.blueprints.test_capacity import crowd
from tests.helpers.hardware import go_offline, go_online, sensors_of
from tests.helpers.house import House
from tests.helpers.scene import Scene

OFF = "fan.turn_off fan.air"


def fan(percentage: int) -> str:
    """Return the action that sets the speed."""
    return f"fan.set_percentage fan.air percentage={percentage}"


@pytest.fixture
def inputs(house: House) -> dict[str, Any]:
    """Return the fields of an automation for two rooms with one fan."""
    house.add("fan.air")
    return {
        "spaces": {"area_id": ["boardroom", "focus_room"]},
        "fans": {"entity_id": "fan.air"},
        "many_more_than": 2,
        "crowd_more_than": 3,
    }


async def begin_again(scene: Scene, event: str) -> None:
    """End the run of the automation, and tell it why it begins again."""
    for action in ("turn_off", "turn_on"):
        target = {"entity_id": "automation.ventilation"}
        await scene.hass.services.async_call("automation", action, target, blocking=True)
    scene.hass.bus.async_fire(event)
    await scene.settle()


async def test_steps(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """The fullest room decides."""
    await use("ventilation", **inputs)
    await crowd(scene, 2)
    await crowd(scene, 2, "Boardroom")
    assert house.done() == [fan(30)]
    await crowd(scene, 3)
    await scene.settle()
    assert house.done() == [fan(60)]
    await crowd(scene, 4, "Boardroom")
    await scene.settle()
    assert house.done() == [fan(100)]
    await crowd(scene, 2, "Boardroom")
    await scene.pass_minutes(9)
    assert house.done() == []
    await scene.pass_minutes(2)
    assert house.done() == [fan(60)]
    await crowd(scene, 0)
    await crowd(scene, 0, "Boardroom")
    await scene.pass_minutes(11)
    assert house.done() == [OFF]


async def test_unknown_is_not_less(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """While one of the rooms is unknown it is not less; then it is, after the wait."""
    await use("ventilation", **inputs)
    await crowd(scene, 1, "Boardroom")
    (ceiling,) = (one for one in sensors_of(scene.simulator, "First Floor") if one.name == "Focus Room ceiling")
    go_offline(ceiling)
    await scene.data.estate.async_refresh()
    assert scene.state("Focus Room", "occupancy") == "unavailable"
    await crowd(scene, 0, "Boardroom")
    await scene.pass_minutes(12)
    assert house.done() == [fan(30)]
    go_online(ceiling)
    await scene.data.estate.async_refresh()
    await scene.pass_minutes(9)
    assert house.done() == []
    await scene.pass_minutes(7)
    assert house.done() == [OFF]


async def test_a_full_room_is_unknown(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """Somebody who comes to another room does not make it less, also after a change of the automation."""
    await use("ventilation", **inputs)
    await crowd(scene, 4, "Boardroom")
    await scene.settle()
    assert house.done()[-1] == fan(100)
    (ceiling,) = (one for one in sensors_of(scene.simulator, "First Floor") if one.name == "Boardroom ceiling")
    go_offline(ceiling)
    await scene.data.estate.async_refresh()
    await crowd(scene, 1)
    await scene.pass_minutes(15)
    assert house.done() == []
    await begin_again(scene, "automation_reloaded")
    await scene.pass_minutes(15)
    assert house.done() == []


async def test_each_step_waits(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """More people after fewer do not make it less at once, and nobody is not less before the wait."""
    await use("ventilation", **inputs)
    await crowd(scene, 4, "Boardroom")
    await crowd(scene, 2, "Boardroom")
    await scene.pass_minutes(1)
    await crowd(scene, 3, "Boardroom")
    await scene.pass_minutes(7)
    assert house.done() == [fan(30), fan(100)]
    await crowd(scene, 0, "Boardroom")
    await scene.pass_minutes(3)
    assert house.done() == [fan(60)]
    await scene.pass_minutes(6)
    assert house.done() == []
    await scene.pass_minutes(2)
    assert house.done() == [OFF]


@pytest.mark.parametrize(("people", "done"), [(0, OFF), (4, fan(100))])
async def test_a_start(scene: Scene, house: House, use: Use, inputs: dict[str, Any], people: int, done: str) -> None:
    """After a change of the automation, the fan follows what is known; further actions know the percentage."""
    house.add("light.signal")
    further = {
        "action": "light.turn_on",
        "target": {"entity_id": "light.signal"},
        "data": {"level": "{{ percentage }}"},
    }
    house.set("fan.air", "on", percentage=60)
    await crowd(scene, people)
    await use("ventilation", **inputs | {"actions": [further]})
    scene.hass.bus.async_fire("automation_reloaded")
    await scene.settle()
    await scene.pass_minutes(11)
    assert house.done() == [done, f"light.turn_on light.signal level={100 if people else 0}"]


async def test_without_fans(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """After a start, it is not known what is set: nothing that may be less is done while a room is unknown."""
    house.add("light.signal")
    signal = {"entity_id": "light.signal"}
    further = {"action": "light.turn_on", "target": signal, "data": {"level": "{{ percentage }}"}}
    await use("ventilation", **inputs | {"fans": {}, "actions": [further]})

    def level(*percentages: int) -> list[str]:
        return [f"light.turn_on light.signal level={percentage}" for percentage in percentages]

    await crowd(scene, 1)
    await scene.settle()
    assert house.done() == level(30)
    (ceiling,) = (one for one in sensors_of(scene.simulator, "First Floor") if one.name == "Boardroom ceiling")
    go_offline(ceiling)
    await scene.data.estate.async_refresh()
    for action in ("turn_off", "turn_on"):
        await scene.hass.services.async_call(
            "automation", action, {"entity_id": "automation.ventilation"}, blocking=True
        )
    scene.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await scene.pass_minutes(12)
    assert house.done() == []
    await crowd(scene, 3)
    await scene.settle()
    assert house.done() == level(60)
    await crowd(scene, 0)
    await scene.pass_minutes(12)
    assert house.done() == []
    go_online(ceiling)
    await scene.data.estate.async_refresh()
    await scene.pass_minutes(16)
    assert house.done() == level(0)
