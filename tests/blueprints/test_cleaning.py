"""Clean after use: asked for when the people-hours since the last cleaning are reached."""

from datetime import timedelta
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import SupportsResponse
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from tests.blueprints.conftest import Use
from tests.helpers.house import House
from tests.helpers.scene import Scene

TAG = "tag.boardroom"


@pytest.fixture
def inputs(house: House) -> dict[str, Any]:
    """Return the fields of an automation for the Boardroom, which has just been cleaned."""
    house.add(TAG, dt_util.utcnow().isoformat())
    house.add("notify.cleaning", "unknown")
    return {
        "spaces": {"area_id": "boardroom"},
        "cleaned": TAG,
        "people_hours": 2,
        "notify": {"entity_id": "notify.cleaning"},
        "message": "{{ space }}: {{ hours }} {{ estimated }}",
        "from_time": "00:00:00",
        "to_time": "23:59:59",
    }


def asked(hours: float, space: str = "Boardroom", *, estimated: bool = False) -> str:
    """Return the action that asks for cleaning."""
    return f"notify.send_message notify.cleaning message={space}: {hours} {estimated}"


async def meet(scene: Scene, people: int, minutes: int, room: str = "Boardroom") -> None:
    """Let people stay in a room, and then a quarter of an hour pass."""
    for _ in range(people):
        await scene.enter(room)
    await scene.pass_time(minutes * 60)
    for _ in range(people):
        await scene.leave(room)
    for _ in range(3):
        await scene.pass_time(301)


async def test_enough_use(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """Asked for once, when it is enough; after the cleaning, counting begins again."""
    await use("cleaning", **inputs)
    await meet(scene, 2, 30)
    assert house.done() == []
    await meet(scene, 3, 30)
    (request,) = house.done()
    hours = float(request.split()[-2])
    assert request == asked(hours)
    assert hours == pytest.approx(2.5, abs=0.2)
    await meet(scene, 1, 30)
    assert house.done() == []
    house.set(TAG, dt_util.utcnow().isoformat())
    await scene.settle()
    await meet(scene, 2, 30)
    assert house.done() == []
    await meet(scene, 2, 40)
    assert len(house.done()) == 1


async def test_reminders(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """The message comes again until the room has been cleaned."""
    await use("cleaning", **inputs | {"people_hours": 1, "remind": 1})
    await meet(scene, 3, 30)
    assert len(house.done()) == 1
    for _ in range(21):
        await scene.pass_time(301)
    assert len(house.done()) == 1
    house.set(TAG, "unavailable")
    house.set(TAG, dt_util.utcnow().isoformat())
    for _ in range(21):
        await scene.pass_time(301)
    assert house.done() == []


@pytest.mark.parametrize("state", ["unknown", "unavailable"])
async def test_never_cleaned(scene: Scene, house: House, use: Use, inputs: dict[str, Any], state: str) -> None:
    """Before the first cleaning the day counts; while the button is unavailable, nothing is known."""
    house.set(TAG, state)
    await use("cleaning", **inputs | {"people_hours": 1})
    await meet(scene, 3, 30)
    assert len(house.done()) == (state == "unknown")


async def test_hours_of_the_day(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """At night nothing is asked; in the morning it is, if the room is free."""
    local = dt_util.now()
    await use("cleaning", **inputs | {"from_time": f"{local.hour + 3}:00:00", "people_hours": 1})
    await meet(scene, 3, 30)
    assert house.done() == []
    scene.freezer.move_to(local.replace(minute=0, second=0) + timedelta(hours=2, minutes=50))
    for _ in range(3):
        await scene.pass_time(301)
    assert len(house.done()) == 1


async def test_empty_for_always(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """Also at a start, the room must have been empty for long enough."""
    await meet(scene, 3, 60)
    await scene.enter("Boardroom")
    await use("cleaning", **inputs | {"people_hours": 1, "free_for": {"minutes": 30}})
    await scene.leave("Boardroom")
    scene.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await scene.pass_minutes(10)
    await scene.enter("Boardroom")
    await scene.leave("Boardroom")
    scene.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await scene.pass_minutes(28)
    assert house.done() == []
    await scene.pass_minutes(3)
    assert len(house.done()) == 1


@pytest.mark.parametrize(
    ("spaces", "days", "interval"),
    [(1, 1, "15m"), (19, 2, "15m"), (19, 2.9, "1h"), (6, 29, "1h"), (7, 31, "6h"), (60, 31, "1d")],
)
async def test_large_targets(
    scene: Scene, house: House, use: Use, inputs: dict[str, Any], spaces: int, days: float, interval: str
) -> None:
    """The figures of many rooms over many days are still few enough for one answer."""
    calls = async_mock_service(
        scene.hass,
        "butlr",
        "get_occupancy",
        response={"spaces": [], "interval": interval},
        supports_response=SupportsResponse.ONLY,
    )
    house.set(TAG, (dt_util.utcnow() - timedelta(days=days)).isoformat())
    ids = []
    for number in range(spaces - 1):
        entry = er.async_get(scene.hass).async_get_or_create(
            "binary_sensor", "test", f"{number}", suggested_object_id=f"room_{number}", config_entry=scene.entry
        )
        house.set(entry.entity_id, "off", device_class="occupancy")
        ids.append(entry.entity_id)
    await use("cleaning", **inputs | {"spaces": {"entity_id": [*ids, "binary_sensor.boardroom_occupancy"]}})
    scene.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await scene.pass_minutes(11)
    assert calls[0].data["interval"] == interval


@pytest.mark.parametrize("certain", [True, False])
async def test_estimates(scene: Scene, house: House, use: Use, inputs: dict[str, Any], certain: bool) -> None:
    """A room with traffic sensors only is counted by its estimate, and the message says so.

    While it is not certain from which midnight Butlr's estimates count, they are not known.
    """
    if certain:
        scene.data.client.findings.note("estimate_day", "site")
    cafe = {"entity_id": "binary_sensor.harbour_cafe_occupancy"}
    await use("cleaning", **inputs | {"spaces": cafe, "people_hours": 1})
    await meet(scene, 3, 30, "Harbour Café")
    requests = house.done()
    assert len(requests) == certain
    for request in requests:
        assert request.startswith("notify.send_message notify.cleaning message=Harbour Café: ")
        assert request.endswith("True")


async def test_a_start(scene: Scene, house: House, use: Use, inputs: dict[str, Any]) -> None:
    """What was used before a restart still counts."""
    await meet(scene, 3, 30)
    await use("cleaning", **inputs | {"people_hours": 1})
    scene.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await scene.settle()
    assert len(house.done()) == 1
