"""Lights by occupancy and motion: on with the first person, off when everything is known to be empty."""

import asyncio

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import ServiceCall
from homeassistant.helpers import area_registry as ar, floor_registry as fr
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.blueprints.conftest import Use
from tests.helpers.hardware import go_offline, go_online, sensors_of
from tests.helpers.house import House
from tests.helpers.push import both_webhooks
from tests.helpers.scene import Scene

LIGHT = "light.boardroom"
ROOM = {"area_id": "boardroom"}
ON, OFF = f"light.turn_on {LIGHT}", f"light.turn_off {LIGHT}"


@pytest.fixture(autouse=True)
def _light(house: House) -> None:
    house.add(LIGHT, area="boardroom")
    house.add("switch.projector", area="boardroom")
    house.add("light.elsewhere")


async def test_a_stay(scene: Scene, house: House, use: Use) -> None:
    """The light is on from the first person until the room has been empty for five minutes; only once each."""
    await use("lights", spaces=ROOM, lights=ROOM)
    await scene.enter("Boardroom")
    assert house.done() == [ON]
    await scene.enter("Boardroom")
    await scene.leave("Boardroom")
    await scene.leave("Boardroom")
    await scene.pass_minutes(4)
    await scene.enter("Boardroom")
    await scene.pass_minutes(6)
    await scene.leave("Boardroom")
    await scene.pass_minutes(4)
    assert house.done() == []
    await scene.pass_minutes(1)
    assert house.done() == [OFF]
    await scene.pass_minutes(6)
    assert house.done() == []


async def test_motion_comes_first(scene: Scene, house: House, use: Use) -> None:
    """Motion turns the light on before the count arrives; a light turned off by hand stays off during the stay."""
    await use("lights", spaces=ROOM, lights=ROOM)
    occupancy, _ = both_webhooks(scene.simulator)
    kept, occupancy.event_types = occupancy.event_types, []
    await scene.pass_minutes(3)
    assert scene.state("Boardroom", "motion") == "off"
    await scene.enter("Boardroom")
    assert (scene.state("Boardroom", "people"), scene.state("Boardroom", "motion")) == ("0", "on")
    assert house.done() == [ON]
    occupancy.event_types = kept
    house.set(LIGHT, "off")
    await scene.enter("Boardroom")
    await scene.pass_minutes(12)
    assert scene.state("Boardroom", "occupancy") == "on"
    assert house.done() == []


async def test_unknown_is_not_empty(scene: Scene, house: House, use: Use) -> None:
    """While the room is unavailable nothing happens; its wait starts again when it is known to be empty."""
    await use("lights", spaces=ROOM, lights=ROOM)
    await scene.enter("Boardroom")
    await scene.leave("Boardroom")
    await scene.pass_minutes(3)
    (ceiling,) = (one for one in sensors_of(scene.simulator, "First Floor") if one.name == "Boardroom ceiling")
    go_offline(ceiling)
    await scene.pass_minutes(15)
    assert scene.state("Boardroom", "occupancy") == "unavailable"
    go_online(ceiling)
    await scene.pass_minutes(14)
    assert scene.state("Boardroom", "occupancy") == "off"
    assert house.done() == [ON, OFF]


async def test_a_reload_of_butlr(scene: Scene, house: House, use: Use) -> None:
    """Somebody who stays through a reload does not get the light a second time."""
    await use("lights", spaces=ROOM, lights=ROOM)
    await scene.enter("Boardroom")
    await scene.reload()
    await scene.pass_minutes(3)
    assert house.done() == [ON]
    await scene.leave("Boardroom")
    await scene.pass_minutes(6)
    assert house.done() == [OFF]


@pytest.mark.parametrize(("people", "done"), [(1, [ON]), (0, [OFF])])
async def test_home_assistant_starts(scene: Scene, house: House, use: Use, people: int, done: list[str]) -> None:
    """After a start, the light follows what is known then."""
    await use("lights", spaces=ROOM, lights=ROOM)
    await scene.unload()
    if people:
        await scene.enter("Boardroom")
    scene.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await scene.settle()
    assert house.done() == []
    await scene.hass.config_entries.async_setup(scene.entry.entry_id)
    await scene.pass_minutes(6)
    assert house.done() == done


async def test_automations_are_reloaded(scene: Scene, house: House, use: Use) -> None:
    """After a change of the automation, the lights of those who are there stay as they are, until they leave."""
    await scene.enter("Boardroom")
    await use("lights", spaces=ROOM, lights=ROOM)
    scene.hass.bus.async_fire("automation_reloaded")
    await scene.settle()
    await scene.pass_minutes(6)
    assert house.done() == []
    await scene.leave("Boardroom")
    await scene.pass_minutes(6)
    assert house.done() == [OFF]


async def test_a_floor_with_several_rooms(scene: Scene, house: House, use: Use) -> None:
    """All rooms must be empty. Occupancy sensors of others do not count; the light of each area is turned on."""
    floor = fr.async_get(scene.hass).async_create("Upstairs")
    for area in ("boardroom", "focus_room"):
        ar.async_get(scene.hass).async_update(area, floor_id=floor.floor_id)
    house.add("binary_sensor.of_others", "on", area="boardroom", device_class="occupancy")
    house.add("light.focus", area="focus_room")
    await use("lights", spaces={"floor_id": [floor.floor_id]}, lights={"floor_id": floor.floor_id}, wait="00:02:00")
    await scene.enter("Boardroom")
    await scene.enter("Focus Room")
    await scene.leave("Boardroom")
    await scene.pass_minutes(5)
    assert house.done() == [f"{ON} light.focus"]
    await scene.leave("Focus Room")
    await scene.pass_minutes(3)
    assert house.done() == [f"{OFF} light.focus"]


async def test_only_in_the_dark(scene: Scene, house: House, use: Use) -> None:
    """The light is turned on when it gets dark during a stay, with the brightness that was chosen."""
    house.add("sensor.lux", "400", device_class="illuminance")
    await use("lights", spaces=ROOM, lights={"entity_id": LIGHT}, illuminance=["sensor.lux"], brightness=40)
    await scene.enter("Boardroom")
    assert house.done() == []
    house.set("sensor.lux", "150")
    await scene.settle()
    assert house.done() == [f"{ON} brightness_pct=40"]
    house.set("sensor.lux", "unavailable")
    await scene.leave("Boardroom")
    await scene.pass_minutes(6)
    await scene.enter("Boardroom")
    assert house.done() == [OFF, f"{ON} brightness_pct=40"]


async def test_only_if(scene: Scene, house: House, use: Use) -> None:
    """Where the further conditions do not hold, the light is not turned on."""
    condition = {"condition": "state", "entity_id": "switch.projector", "state": "off"}
    await use("lights", spaces=ROOM, lights=ROOM, only_if=[condition])
    house.set("switch.projector", "on")
    await scene.enter("Boardroom")
    assert house.done() == []
    await scene.leave("Boardroom")
    await scene.pass_minutes(6)
    house.set("switch.projector", "off")
    await scene.enter("Boardroom")
    assert house.done() == [OFF, ON]


async def test_a_wrong_target(scene: Scene, use: Use, caplog: pytest.LogCaptureFixture) -> None:
    """A target without occupancy of Butlr is an error in the log, once somebody looks for one."""
    await use("lights", spaces={"entity_id": "light.elsewhere"}, lights=ROOM)
    scene.hass.bus.async_fire("automation_reloaded")
    await scene.settle()
    assert "These spaces have no occupancy of Butlr." in caplog.text


async def test_somebody_comes_while_it_turns_off(scene: Scene, house: House, use: Use) -> None:
    """Nobody stays in the dark because the lights took a while to turn off."""
    reached, gate = asyncio.Event(), asyncio.Event()

    async def turn_off(call: ServiceCall) -> None:
        reached.set()
        await gate.wait()
        house.set("light.boardroom", "off")

    scene.hass.services.async_register("light", "turn_off", turn_off)
    await use("lights", spaces={"area_id": "boardroom"}, lights={"area_id": "boardroom"}, wait={"minutes": 1})
    await scene.enter("Boardroom")
    await scene.leave("Boardroom")
    scene.freezer.tick(61)
    async_fire_time_changed(scene.hass)
    await reached.wait()
    occupancy = scene.hass.states.get("binary_sensor.boardroom_occupancy")
    assert occupancy
    scene.hass.states.async_set(occupancy.entity_id, "on", occupancy.attributes)
    gate.set()
    await scene.settle()
    assert house.state("light.boardroom") == "on"
