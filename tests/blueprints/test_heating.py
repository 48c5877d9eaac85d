"""Heating and cooling by people: comfort for those who stay, setback for what is known to be unused."""

from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
import pytest

from tests.blueprints.conftest import Use
from tests.helpers.house import House
from tests.helpers.scene import Scene

COMFORT = "climate.set_temperature climate.boardroom temperature=21"
SETBACK = "climate.set_temperature climate.boardroom temperature=17"


@pytest.fixture
def inputs(house: House) -> dict[str, Any]:
    """Return the fields of an automation for the Boardroom, at any hour."""
    house.add("climate.boardroom", "heat", area="boardroom")
    room = {"area_id": "boardroom"}
    return {"spaces": room, "climate": room, "from_time": "00:00:00", "to_time": "23:59:59"}


async def test_a_stay(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """A look inside does not count, nor does a short break."""
    await use("heating", **inputs)
    await scene.enter("Boardroom")
    await scene.pass_minutes(4)
    await scene.leave("Boardroom")
    await scene.pass_minutes(10)
    assert house.done() == []
    await scene.enter("Boardroom")
    await scene.pass_minutes(6)
    assert house.done() == [COMFORT]
    await scene.leave("Boardroom")
    await scene.pass_minutes(20)
    await scene.enter("Boardroom")
    await scene.pass_minutes(2)
    await scene.leave("Boardroom")
    await scene.pass_minutes(29)
    assert house.done() == []
    await scene.pass_minutes(1)
    assert house.done() == [SETBACK]


async def test_a_minimum_of_people(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """With a minimum, a single person is no use of the room. Presets are set instead of temperatures."""
    presets = {"comfort_preset": "comfort", "setback_preset": "eco"}
    await use("heating", **inputs | {"more_than": 1, "wait": {"minutes": 10}} | presets)
    await scene.enter("Boardroom")
    await scene.pass_minutes(12)
    assert house.done() == []
    await scene.enter("Boardroom")
    await scene.pass_minutes(6)
    assert house.done() == ["climate.set_preset_mode climate.boardroom preset_mode=comfort"]
    await scene.leave("Boardroom")
    await scene.pass_minutes(11)
    assert house.done() == ["climate.set_preset_mode climate.boardroom preset_mode=eco"]


async def test_outages(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """Nothing happens while the room is unknown; what happened meanwhile counts from when it is known again."""
    await use("heating", **inputs | {"wait": {"minutes": 10}})
    await scene.enter("Boardroom")
    await scene.pass_minutes(6)
    assert house.done() == [COMFORT]
    await scene.unload()
    await scene.leave("Boardroom")
    await scene.pass_minutes(20)
    assert house.done() == []
    await scene.hass.config_entries.async_setup(scene.entry.entry_id)
    await scene.pass_minutes(9)
    assert house.done() == []
    await scene.pass_minutes(2)
    assert house.done() == [SETBACK]
    await scene.unload()
    await scene.enter("Boardroom")
    await scene.hass.config_entries.async_setup(scene.entry.entry_id)
    await scene.pass_minutes(6)
    assert house.done() == [COMFORT]


async def test_others_join(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """Somebody who joins, or leaves while others stay, does not begin the wait anew."""
    await use("heating", **inputs)
    await scene.enter("Boardroom")
    await scene.pass_minutes(4)
    await scene.enter("Boardroom")
    await scene.pass_minutes(2)
    assert house.done() == [COMFORT]


@pytest.mark.parametrize("event", [EVENT_HOMEASSISTANT_STARTED, "automation_reloaded"])
@pytest.mark.parametrize(("people", "done"), [(0, SETBACK), (1, COMFORT)])
async def test_a_start(
    scene: Scene, house: House, use: Use, inputs: dict[str, Any], event: str, people: int, done: str
) -> None:
    """After a start or a change, the temperature follows what is known."""
    if people:
        await scene.enter("Boardroom")
    await use("heating", **inputs | {"wait": {"minutes": 6}})
    scene.hass.bus.async_fire(event)
    await scene.settle()
    await scene.pass_minutes(7)
    assert house.done() == [done]


async def test_hours(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """Who is there before the first hour gets comfort when it begins; at 3:00 in the clock of this test."""
    await use("heating", **inputs | {"from_time": "03:20:00", "to_time": "03:40:00", "wait": {"minutes": 5}})
    await scene.enter("Boardroom")
    await scene.pass_minutes(18)
    assert house.done() == []
    await scene.pass_minutes(3)
    assert house.done() == [COMFORT]
    await scene.leave("Boardroom")
    await scene.pass_minutes(20)
    assert house.done() == [SETBACK]
    await scene.enter("Boardroom")
    await scene.pass_minutes(10)
    assert house.done() == []


async def test_an_estimate_at_midnight(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """Whom the door has missed no longer counts after midnight."""
    await scene.hass.config.async_set_time_zone("Europe/Copenhagen")
    await scene.pass_time(11.7 * 3600)
    await scene.pass_minutes(6)
    await use("heating", **inputs | {"spaces": {"entity_id": "sensor.harbour_cafe_people_estimate"}})
    await scene.enter("Harbour Café")
    await scene.pass_minutes(6)
    assert house.done() == [COMFORT]
    await scene.pass_minutes(38)
    assert house.done() == []
    await scene.pass_minutes(5)
    assert house.done() == [SETBACK]
