"""No-show: a booked room is released only when nobody is known to have come."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.calendar import CalendarEvent
from homeassistant.components.calendar.const import DATA_COMPONENT
from homeassistant.util import dt as dt_util
import pytest

from tests.blueprints.conftest import Bookings, Use
from tests.helpers.hardware import go_offline, sensors_of
from tests.helpers.house import House
from tests.helpers.scene import Scene

MESSAGE = (
    "notify.send_message notify.desk message=Boardroom is booked from 03:20 to 04:00 (Team), but nobody has come. "
    "The room is empty."
)


@pytest.fixture
def inputs() -> dict[str, Any]:
    """Return the fields of an automation for the Boardroom."""
    release = {"action": "switch.turn_on", "target": {"entity_id": "switch.{{ (room ~ '_' ~ event.summary) | lower }}"}}
    return {
        "calendar": "calendar.bookings",
        "spaces": {"area_id": "boardroom"},
        "notify": {"entity_id": "notify.desk"},
        "actions": [release],
    }


async def test_nobody_comes(scene: Scene, house: House, use: Use, bookings: Bookings, inputs: dict[str, Any]) -> None:
    """Ten minutes after the beginning the room is released, once."""
    house.add("switch.boardroom_team")
    await use("no_show", **inputs)
    await scene.pass_minutes(29)
    assert house.done() == []
    await scene.pass_minutes(2)
    assert house.done()[0] == MESSAGE
    await scene.pass_minutes(40)
    assert house.done() == []


@pytest.mark.parametrize("minute", [10, 25])
async def test_somebody_comes(
    scene: Scene, house: House, use: Use, bookings: Bookings, inputs: dict[str, Any], minute: int
) -> None:
    """Whoever was there at the beginning, or came for a moment, has used the room."""
    await use("no_show", **inputs)
    await scene.pass_minutes(minute)
    await scene.enter("Boardroom")
    await scene.pass_minutes(12 if minute == 10 else 1)
    await scene.leave("Boardroom")
    await scene.pass_minutes(40)
    assert house.done() == []


@pytest.mark.parametrize("minute", [5, 22])
async def test_the_room_is_unknown(
    scene: Scene, house: House, use: Use, bookings: Bookings, inputs: dict[str, Any], minute: int
) -> None:
    """A room of which nothing is known for a while is not released."""
    await use("no_show", **inputs)
    await scene.pass_minutes(minute)
    go_offline(*sensors_of(scene.simulator, "First Floor"))
    await scene.data.estate.async_refresh()
    await scene.pass_minutes(45)
    assert scene.state("Boardroom", "occupancy") == "unavailable"
    assert house.done() == []


@pytest.mark.parametrize("change", ["canceled", "moved", "of a whole day", "over"])
async def test_there_is_no_booking_any_more(
    scene: Scene, house: House, use: Use, bookings: Bookings, inputs: dict[str, Any], change: str
) -> None:
    """A booking that was canceled or moved in the meantime, is too short, or is of a whole day, changes nothing."""
    (event,) = bookings.events
    if change == "over":
        event.end = event.start + timedelta(minutes=9)
    if change == "of a whole day":
        tomorrow = dt_util.now().date() + timedelta(days=1)
        bookings.events = [CalendarEvent(start=tomorrow, end=tomorrow + timedelta(days=1), summary="Fair")]
    await use("no_show", **inputs)
    await scene.pass_minutes(25)
    if change == "canceled":
        bookings.events.clear()
    if change == "moved":
        event.start += timedelta(minutes=15)
    # A booking that was moved begins at another time, and has its own wait then.
    await scene.pass_minutes(15)
    if change == "of a whole day":
        scene.freezer.move_to(datetime.combine(tomorrow, datetime.min.time(), dt_util.get_default_time_zone()))
        await scene.pass_minutes(15)
    assert house.done() == []


async def test_the_calendar_comes_later(
    scene: Scene, house: House, use: Use, bookings: Bookings, inputs: dict[str, Any]
) -> None:
    """A calendar that could not be set up before the automation counts from when it is there."""
    house.add("switch.boardroom_team")
    await bookings.async_remove()
    await use("no_show", **inputs)
    late = Bookings()
    late.events = bookings.events
    await scene.hass.data[DATA_COMPONENT].async_add_entities([late])
    house.add("switch.another")
    await scene.pass_minutes(31)
    assert house.done()[0] == MESSAGE
    await late.async_remove()
