"""Capacity: a notice for each time that a space is too full, and one when it is over."""

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
import pytest

from tests.blueprints.conftest import Use
from tests.helpers.house import House
from tests.helpers.registries import find
from tests.helpers.scene import Scene

BOOTH = {"area_id": ["focus_room", "boardroom"]}
FULL = "notify.send_message notify.desk message=Focus Room is too full: 125 % of the capacity."
OVER = "notify.send_message notify.desk message=Focus Room is no longer too full: 75 % of the capacity."


@pytest.fixture(autouse=True)
def _desk(house: House) -> None:
    house.add("notify.desk", "unknown")


async def crowd(scene: Scene, people: int, room: str = "Focus Room") -> None:
    """Let people come to a room, or leave it, until there are as many."""
    while (now := int(scene.state(room, "people") or 0)) != people:
        await (scene.enter(room) if now < people else scene.leave(room))


async def test_once_for_each_time(scene: Scene, house: House, use: Use) -> None:
    """The notice comes after two minutes, once; the next one only after it was over by a margin."""
    await use("capacity", spaces=BOOTH, notify={"entity_id": "notify.desk"})
    await crowd(scene, 4)
    await scene.pass_minutes(3)
    await crowd(scene, 5)
    await scene.pass_minutes(1)
    await crowd(scene, 4)
    await scene.pass_minutes(3)
    assert house.done() == []
    await crowd(scene, 5)
    await scene.pass_minutes(3)
    assert house.done() == [FULL]
    await crowd(scene, 4)
    await scene.pass_minutes(3)
    await crowd(scene, 5)
    await scene.pass_minutes(5)
    assert house.done() == []
    await crowd(scene, 3)
    assert house.done() == [OVER]
    await crowd(scene, 5)
    await scene.pass_minutes(3)
    assert house.done() == [FULL]


async def test_each_space(scene: Scene, house: House, use: Use) -> None:
    """While one space is too full, another one gets its own notice; all clear only where that is wanted."""
    await use("capacity", spaces=BOOTH, limit=50, all_clear=False, notify={"entity_id": "notify.desk"})
    await crowd(scene, 3)
    await scene.pass_minutes(3)
    await crowd(scene, 7, "Boardroom")
    await scene.pass_minutes(3)
    await crowd(scene, 1)
    await crowd(scene, 1, "Boardroom")
    await scene.pass_minutes(3)
    await crowd(scene, 3)
    await scene.pass_minutes(3)
    focus, board = (
        f"{FULL[: FULL.index('Focus')]}{text} % of the capacity."
        for text in ("Focus Room is too full: 75", "Boardroom is too full: 58")
    )
    assert house.done() == [focus, board, focus]


async def test_an_outage(scene: Scene, house: House, use: Use) -> None:
    """Unknown is neither full nor over; after the outage there is no second notice, and it can be over."""
    await use("capacity", spaces=BOOTH, notify={"entity_id": "notify.desk"})
    await crowd(scene, 5)
    await scene.pass_minutes(3)
    await scene.unload()
    await scene.pass_minutes(5)
    await scene.hass.config_entries.async_setup(scene.entry.entry_id)
    await scene.pass_minutes(3)
    assert house.done() == [FULL]
    await crowd(scene, 3)
    assert house.done() == [OVER]


@pytest.mark.parametrize("event", [EVENT_HOMEASSISTANT_STARTED, "automation_reloaded"])
async def test_a_start(scene: Scene, house: House, use: Use, event: str) -> None:
    """What is too full at a start is told; an empty room is not."""
    await crowd(scene, 5)
    await use("capacity", spaces=BOOTH, notify={"entity_id": "notify.desk"})
    scene.hass.bus.async_fire(event)
    await scene.settle()
    await scene.pass_minutes(3)
    assert house.done() == [FULL]


async def test_a_wrong_target(scene: Scene, use: Use, caplog: pytest.LogCaptureFixture) -> None:
    """A target without utilization is an error in the log."""
    await use("capacity", spaces={"area_id": "lobby"})
    scene.hass.bus.async_fire("automation_reloaded")
    await scene.settle()
    assert "These spaces have no utilization of Butlr." in caplog.text


async def test_others_flicker(scene: Scene, house: House, use: Use) -> None:
    """A space that stays too full is told in time, while at any moment another one is too full for a short time."""
    rows = [find(scene.simulator, f"Desk Row {row}") for row in "AB"]
    entities = [f"sensor.{name}_utilization" for name in ("boardroom", "desk_row_a", "desk_row_b")]
    await use(
        "capacity",
        spaces={"entity_id": entities},
        limit=10,
        notify={"entity_id": "notify.desk"},
        message="{{ space }} {{ over }}",
    )
    sitting = await scene.simulator.move(to=rows[0])
    await crowd(scene, 2, "Boardroom")
    await scene.settle()
    for row in (rows[1], rows[0]) * 2:
        await scene.pass_time(35)
        arrived = await scene.simulator.move(to=row)
        await scene.settle()
        await scene.simulator.move(to=None, person=sitting)
        await scene.settle()
        sitting = arrived
    assert house.done() == ["notify.send_message notify.desk message=Boardroom False"]


async def test_failing_message(scene: Scene, house: House, use: Use) -> None:
    """What else is to be done is done, though the message could not be sent."""
    house.fail("notify", "send_message")
    sign = {"action": "switch.turn_on", "target": {"entity_id": house.add("switch.sign")}}
    await use("capacity", spaces=BOOTH, limit=50, notify={"entity_id": "notify.desk"}, actions=[sign])
    await crowd(scene, 3)
    await scene.pass_minutes(3)
    assert house.done() == ["switch.turn_on switch.sign"]
