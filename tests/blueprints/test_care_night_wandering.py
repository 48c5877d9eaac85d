"""The blueprint of somebody who is up at night: reported once for each time, only at night."""

from homeassistant.core import HomeAssistant
import pytest

from tests.blueprints.conftest import Use
from tests.helpers.care import TOLD, add_caregivers, texts
from tests.helpers.hardware import go_offline
from tests.helpers.house import House
from tests.helpers.scene import Scene

ROOMS = {"area_id": ["boardroom", "focus_room"]}
# Home Assistant's clock shows 3:00 when a test begins.
NIGHT = {"night_start": "02:00:00", "night_end": "06:00:00", "minutes": 5, "dark_after": 4}


UP = "nurse: Someone is up: Boardroom, since 03:00"


async def fail(scene: Scene, room: str) -> None:
    """Let the only sensor of a room fail."""
    go_offline(next(one for one in scene.simulator.estate.sensors.values() if one.name == f"{room} ceiling"))
    await scene.data.estate.async_refresh()
    await scene.settle()


@pytest.fixture
async def care(house: House, use: Use) -> House:
    """Watch two rooms at night."""
    add_caregivers(house)
    await use("care_night_wandering", spaces=ROOMS, **TOLD, **NIGHT)
    return house


async def test_up_and_about(scene: Scene, care: House) -> None:
    """Walking from room to room does not start the time again. It is told once, then escalated."""
    await scene.enter("Boardroom")
    await scene.pass_minutes(3)
    await scene.enter("Focus Room")
    await scene.leave("Boardroom")
    await scene.pass_minutes(1)
    assert texts(care) == []
    await scene.pass_minutes(1)
    assert texts(care) == ["nurse: Someone is up: Focus Room, since 03:00"]
    await scene.pass_minutes(9)
    assert texts(care) == []
    await scene.pass_minutes(1)
    assert texts(care) == ["doctor: Someone is up: Focus Room, since 03:00"]
    await scene.pass_minutes(15)
    assert texts(care) == []


async def test_back_to_bed(scene: Scene, care: House) -> None:
    """A short way is not reported; who is back in bed needs no doctor; the next time is a new one."""
    await scene.enter("Boardroom")
    await scene.pass_minutes(4)
    await scene.leave("Boardroom")
    await scene.pass_minutes(2)
    assert texts(care) == []
    await scene.enter("Boardroom")
    await scene.pass_minutes(6)
    assert texts(care) == ["nurse: Someone is up: Boardroom, since 03:06"]
    await scene.leave("Boardroom")
    await scene.pass_minutes(11)
    assert texts(care) == []
    await scene.enter("Boardroom")
    await scene.pass_minutes(6)
    assert texts(care) == ["nurse: Someone is up: Boardroom, since 03:23"]


@pytest.mark.parametrize(("start", "end", "told"), [("03:04:00", "06:00:00", 9), ("22:00:00", "03:03:00", None)])
async def test_only_at_night(scene: Scene, house: House, use: Use, start: str, end: str, told: int | None) -> None:
    """Who is up when the night begins is reported then; the day is nobody's business."""
    add_caregivers(house)
    await use("care_night_wandering", spaces=ROOMS, **TOLD, **{**NIGHT, "night_start": start, "night_end": end})
    await scene.enter("Boardroom")
    found = []
    for minute in range(1, 12):
        await scene.pass_minutes(1)
        found += [minute] * len(texts(house))
    assert found == ([told] if told else [])


async def test_an_outage(scene: Scene, care: House) -> None:
    """Who was up when the rooms could not be watched any more is not back in bed: it is told and escalated, once."""
    await scene.enter("Boardroom")
    await scene.pass_minutes(3)
    await scene.unload()
    await scene.pass_minutes(2)
    (act,) = care.log
    assert "since 03:00. Not watched: Boardroom, Focus Room. Please check." in act.data["message"]
    assert texts(care) == [UP]
    await scene.pass_minutes(4)
    assert texts(care) == ["nurse: Boardroom, Focus Room cannot be watched tonight: nothing is known"]
    await scene.set_up()
    await scene.pass_minutes(7)
    assert texts(care) == [UP.replace("nurse", "doctor")]


async def test_an_outage_ends_no_escalation(scene: Scene, care: House) -> None:
    await scene.enter("Boardroom")
    await scene.pass_minutes(6)
    assert texts(care) == [UP]
    await fail(scene, "Boardroom")
    await scene.pass_minutes(12)
    assert texts(care) == [
        "nurse: Boardroom cannot be watched tonight: nothing is known",
        UP.replace("nurse", "doctor"),
    ]


async def test_each_room_that_fails(scene: Scene, care: House) -> None:
    """A room that cannot be watched does not hide the next one, nor that a walk elsewhere has ended."""
    await fail(scene, "Focus Room")
    await scene.pass_minutes(6)
    assert texts(care) == ["nurse: Focus Room cannot be watched tonight: nothing is known"]
    await scene.enter("Boardroom")
    await scene.pass_minutes(3)
    await scene.leave("Boardroom")
    await scene.pass_minutes(5)
    assert texts(care) == []
    await fail(scene, "Boardroom")
    await scene.pass_minutes(7)
    assert texts(care) == ["nurse: Boardroom, Focus Room cannot be watched tonight: nothing is known"]
    await scene.pass_minutes(10)
    assert texts(care) == []


async def test_a_start_at_night(hass: HomeAssistant, scene: Scene, house: House, use: Use) -> None:
    """Who is already up when the automation is made, or Home Assistant starts, is reported, too."""
    await scene.enter("Boardroom")
    add_caregivers(house)
    await use("care_night_wandering", spaces=ROOMS, **TOLD, **NIGHT)
    hass.bus.async_fire("automation_reloaded")
    await scene.settle()
    await scene.pass_minutes(4)
    hass.bus.async_fire("automation_reloaded")
    await scene.settle()
    await scene.pass_minutes(2)
    assert texts(house) == ["nurse: Someone is up: Boardroom, since 03:00"]


async def test_another_automation_is_saved(hass: HomeAssistant, scene: Scene, care: House) -> None:
    """What was told and escalated is not told again."""
    await scene.enter("Boardroom")
    await scene.pass_minutes(17)
    assert len(texts(care)) == 2
    hass.bus.async_fire("automation_reloaded")
    await scene.pass_minutes(7)
    assert texts(care) == []
