"""The blueprint of rooms in which nothing moves: the hours are counted outside quiet hours, and only while watched."""

from homeassistant.core import HomeAssistant
import pytest

from tests.blueprints.conftest import Use
from tests.helpers.care import TOLD, add_caregivers, texts
from tests.helpers.hardware import go_offline
from tests.helpers.house import House
from tests.helpers.scene import Scene

HOME = {"area_id": ["boardroom", "focus_room"]}
WATCH = {"place": "Apartment 12", "still": 0.5, "quiet_start": "00:00:00", "quiet_end": "00:00:00", "dark_after": 5}


@pytest.fixture
async def care(house: House, use: Use) -> House:
    """Watch an apartment of two rooms, in which the last movement was at 3:00."""
    add_caregivers(house)
    await use("care_no_movement", spaces=HOME, **TOLD, **WATCH)
    return house


async def test_told_and_escalated(scene: Scene, house: House, use: Use) -> None:
    """Each movement starts the time again, whether somebody comes, goes or moves. Empty rooms count if chosen."""
    care = house
    add_caregivers(care)
    await use("care_no_movement", spaces=HOME, also_empty=True, **TOLD, **WATCH)
    await scene.enter("Boardroom")
    await scene.settle()
    await scene.pass_minutes(20)
    await scene.leave("Boardroom")
    await scene.settle()
    await scene.pass_minutes(29)
    assert texts(care) == []
    await scene.pass_minutes(1)
    assert texts(care) == ["nurse: Apartment 12: no movement since 03:20"]
    await scene.pass_minutes(9)
    assert texts(care) == []
    await scene.pass_minutes(1)
    assert texts(care) == ["doctor: Apartment 12: no movement since 03:20"]


async def test_nobody_at_home(scene: Scene, care: House) -> None:
    """Who left is not missed, but who may be in a room that is not watched is."""
    await scene.enter("Boardroom")
    await scene.leave("Boardroom")
    await scene.settle()
    await scene.pass_minutes(45)
    assert texts(care) == []
    await scene.enter("Boardroom")
    await scene.leave("Boardroom")
    go_offline(next(one for one in scene.simulator.estate.sensors.values() if one.name == "Focus Room ceiling"))
    await scene.data.estate.async_refresh()
    await scene.settle()
    await scene.pass_minutes(31)
    assert texts(care) == ["nurse: Apartment 12: no movement since 03:45"]


async def test_numbers_are_movement(scene: Scene, care: House) -> None:
    """One more person in a room that is occupied is a movement, too."""
    await scene.enter("Boardroom")
    await scene.settle()
    await scene.pass_minutes(20)
    await scene.enter("Boardroom")
    await scene.settle()
    await scene.pass_minutes(29)
    assert texts(care) == []
    await scene.pass_minutes(1)
    assert texts(care) == ["nurse: Apartment 12: no movement since 03:20"]


async def test_movement_ends_the_escalation(scene: Scene, care: House) -> None:
    await scene.enter("Boardroom")
    await scene.settle()
    await scene.pass_minutes(30)
    assert texts(care) == ["nurse: Apartment 12: no movement since 03:00"]
    await scene.enter("Focus Room")
    await scene.settle()
    await scene.pass_minutes(28)
    assert texts(care) == []


async def test_quiet_hours_do_not_count(scene: Scene, house: House, use: Use) -> None:
    add_caregivers(house)
    quiet = {"quiet_start": "03:10:00", "quiet_end": "04:00:00"}
    await use("care_no_movement", spaces=HOME, **TOLD, **{**WATCH, **quiet})
    await scene.enter("Boardroom")
    await scene.settle()
    await scene.pass_minutes(78)
    assert texts(house) == []
    await scene.pass_minutes(2)
    assert texts(house) == ["nurse: Apartment 12: no movement since 03:00"]


async def test_an_outage(scene: Scene, care: House) -> None:
    """An outage is reported and is no movement, and the time is counted from its end."""
    await scene.enter("Boardroom")
    await scene.settle()
    await scene.pass_minutes(20)
    await scene.unload()
    await scene.pass_minutes(6)
    assert texts(care) == ["nurse: Apartment 12 cannot be watched now: nothing is known about its rooms"]
    await scene.set_up()
    await scene.pass_minutes(28)
    assert texts(care) == []
    await scene.pass_minutes(2)
    assert texts(care) == ["nurse: Apartment 12: no movement since 03:26"]


async def test_a_part_that_is_not_watched(scene: Scene, care: House) -> None:
    """The message says where nobody could have been seen."""
    await scene.enter("Boardroom")
    go_offline(next(one for one in scene.simulator.estate.sensors.values() if one.name == "Focus Room ceiling"))
    await scene.settle()
    await scene.pass_minutes(31)
    (act,) = care.log
    assert act.data["message"] == (
        "Apartment 12: no movement since 03:00. Not watched: Focus Room. Please check. This is not a medical alarm."
    )


async def test_a_start(hass: HomeAssistant, scene: Scene, care: House) -> None:
    """Without any movement, the time is counted from the start; a reload of other automations changes nothing."""
    await scene.enter("Boardroom")
    hass.bus.async_fire("automation_reloaded")
    await scene.settle()
    await scene.pass_minutes(10)
    hass.bus.async_fire("automation_reloaded")
    await scene.settle()
    await scene.pass_minutes(19)
    assert texts(care) == []
    await scene.pass_minutes(1)
    assert texts(care) == ["nurse: Apartment 12: no movement since 03:00"]
    await scene.pass_minutes(11)
    assert len(texts(care)) == 1
    hass.bus.async_fire("automation_reloaded")
    await scene.pass_minutes(31)
    assert texts(care) == []
