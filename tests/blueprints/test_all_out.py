"""All out: what has to be done when the last person has left a building."""

from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
import pytest

from tests.blueprints.conftest import Use
from tests.helpers.house import House
from tests.helpers.scene import Scene

AREAS = ["boardroom", "focus_room"]
OFF = "light.turn_off light.boardroom light.focus"
MESSAGE = "notify.send_message notify.janitor message=Everybody has left."


@pytest.fixture
def inputs(house: House) -> dict[str, Any]:
    """Return the fields of an automation for the rooms upstairs."""
    house.add("light.boardroom", "on", area="boardroom")
    house.add("light.focus", "on", area="focus_room")
    house.add("media_player.screen", "playing", area="boardroom")
    house.add("notify.janitor", "unknown")
    house.add("binary_sensor.window", "off", friendly_name="Window")
    house.add("lock.door", "locked", friendly_name="Back door")
    return {
        "spaces": {"area_id": AREAS},
        "lights": {"area_id": AREAS},
        "media": {"area_id": AREAS},
        "checked": ["binary_sensor.window", "lock.door"],
        "notify": {"entity_id": "notify.janitor"},
        "came": [{"action": "switch.turn_on", "target": {"entity_id": "switch.sign"}}],
        "actions": [{"action": "switch.turn_off", "target": {"entity_id": "switch.sign"}}],
    }


async def test_a_day(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """First in, a short break, last out; what is open is named."""
    house.add("switch.sign")
    await use("all_out", **inputs)
    await scene.enter("Boardroom")
    assert house.done() == ["switch.turn_on switch.sign"]
    await scene.enter("Focus Room")
    await scene.leave("Boardroom")
    await scene.pass_minutes(15)
    await scene.leave("Focus Room")
    await scene.pass_minutes(9)
    await scene.enter("Focus Room")
    await scene.leave("Focus Room")
    await scene.pass_minutes(9)
    assert house.done() == []
    house.set("lock.door", "unlocked")
    house.set("binary_sensor.window", "on")
    await scene.pass_minutes(1)
    assert house.done() == [
        OFF,
        "media_player.turn_off media_player.screen",
        f"{MESSAGE} Still open or on: Window, Back door.",
        "switch.turn_off switch.sign",
    ]
    await scene.pass_minutes(15)
    assert house.done() == []


async def test_an_outage(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """While something is not known nobody has left, and who stayed through an outage does not come again."""
    await use("all_out", **inputs | {"wait": {"minutes": 2}})
    await scene.enter("Boardroom")
    await scene.leave("Boardroom")
    await scene.unload()
    await scene.pass_minutes(5)
    assert house.done() == ["switch.turn_on"]
    await scene.hass.config_entries.async_setup(scene.entry.entry_id)
    await scene.pass_minutes(3)
    assert house.done() == [OFF, "media_player.turn_off media_player.screen", MESSAGE, "switch.turn_off"]


@pytest.mark.parametrize(("people", "done"), [(0, [OFF]), (1, [])])
async def test_a_start(
    scene: Scene, house: House, use: Use, inputs: dict[str, Any], people: int, done: list[str]
) -> None:
    """After a start, lights in an empty building are turned off. Nobody is said to have come or left."""
    if people:
        await scene.enter("Focus Room")
    await use("all_out", spaces=inputs["spaces"], lights=inputs["lights"], notify=inputs["notify"])
    scene.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await scene.pass_minutes(11)
    assert house.done() == done
    if people:
        await scene.leave("Focus Room")
        await scene.pass_minutes(11)
        assert house.done() == [OFF, MESSAGE]


@pytest.mark.parametrize("people", [0, 1])
async def test_a_reload(scene: Scene, house: House, use: Use, inputs: dict[str, Any], people: int) -> None:
    """A change of the automation turns nothing off, but who is there can leave."""
    if people:
        await scene.enter("Focus Room")
    await use("all_out", **inputs)
    scene.hass.bus.async_fire("automation_reloaded")
    await scene.settle()
    await scene.pass_minutes(11)
    assert house.done() == []
    if people:
        await scene.leave("Focus Room")
        await scene.pass_minutes(11)
        assert house.done()[0] == OFF


async def test_somebody_comes_meanwhile(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """Somebody who comes during the last steps is the first person, and leaves later."""
    house.add("switch.sign")
    await use("all_out", **inputs | {"actions": [{"delay": {"minutes": 3}}]})
    await scene.enter("Boardroom")
    await scene.leave("Boardroom")
    await scene.pass_minutes(11)
    assert house.done()[-1] == MESSAGE
    await scene.enter("Boardroom")
    assert house.done() == []
    await scene.pass_minutes(3)
    assert house.done() == ["switch.turn_on switch.sign"]
    await scene.leave("Boardroom")
    await scene.pass_minutes(11)
    assert house.done() == [OFF, "media_player.turn_off media_player.screen", MESSAGE]


async def test_a_failing_device(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """What else is to be done is done, though some of the devices do not answer."""
    for domain, action in (("light", "turn_off"), ("media_player", "turn_off"), ("notify", "send_message")):
        house.fail(domain, action)
    await use("all_out", **inputs | {"came": []})
    await scene.enter("Boardroom")
    await scene.leave("Boardroom")
    await scene.pass_minutes(11)
    assert house.done() == ["switch.turn_off"]
