"""The device of a floor or a building as target: it is empty only when everything in it is known to be empty."""

from datetime import timedelta
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from tests.blueprints.conftest import Bookings, UseAll
from tests.helpers.care import NURSE
from tests.helpers.hardware import go_online
from tests.helpers.house import House
from tests.helpers.registries import device_of, find
from tests.helpers.scene import Scene

# The blueprints that get the building. The others get the floor.
OF_THE_BUILDING = ("all_out", "no_show")
ON = "light.turn_on light.desks"
OFF = ["light.turn_off light.desks", "switch.turn_off switch.sign"]
CLEAN = "notify.send_message notify.desk message=Clean"
RELEASE = "notify.send_message notify.desk message=Nobody"
STILL = f"notify.send_message {NURSE} title=Home message=Still"


@pytest.fixture
def inputs(scene: Scene, house: House) -> dict[str, dict[str, Any]]:
    """Return the fields of all blueprints for which spaces have to be known to be empty."""
    for entity_id in ("light.desks", "switch.sign", NURSE):
        house.add(entity_id)
    cleaned = house.add("tag.floor", dt_util.utcnow().isoformat())
    sign = {"action": "switch.turn_off", "target": {"entity_id": "switch.sign"}}
    desk = {"entity_id": "notify.desk"}
    return {
        "lights": {"lights": {"entity_id": "light.desks"}, "wait": {"minutes": 10}},
        "all_out": {"actions": [sign], "wait": {"minutes": 11}},
        "cleaning": {
            "cleaned": cleaned,
            "people_hours": 0,
            "free_for": {"minutes": 12},
            "from_time": "00:00:00",
            "to_time": "23:59:59",
            "notify": desk,
            "message": "Clean",
        },
        "no_show": {"calendar": "calendar.bookings", "notify": desk, "message": "Nobody"},
        "care_no_movement": {
            "place": "Home",
            "still": 0.5,
            "quiet_start": "00:00:00",
            "quiet_end": "00:00:00",
            "recipients": {"entity_id": NURSE},
            "escalations": 0,
            "message": "Still",
        },
    }


async def test_an_unknown_room(
    scene: Scene, house: House, use_all: UseAll, bookings: Bookings, inputs: dict[str, dict[str, Any]]
) -> None:
    """While the booth is not known, nobody has verifiably left, although floor and building show nobody."""
    simulator = scene.simulator
    bookings.events.append(bookings.booking(dt_util.now() + timedelta(minutes=60)))
    # No sensor covers this room any more. Nobody will ever know whether it is empty.
    simulator.estate.sensors[find(simulator, "Focus Room ceiling")].installation_status = "UNINSTALLED"
    await scene.data.estate.async_refresh()
    await scene.settle()
    assert (scene.state("Focus Room", "occupancy"), scene.state("Phone Booth 1", "occupancy")) == (
        "unknown",
        "unavailable",
    )
    floor, building = (
        device_of(scene.hass, scene.entry, find(simulator, name)) for name in ("First Floor", "Pier House")
    )
    for blueprint, fields in inputs.items():
        fields["spaces"] = {"device_id": (building if blueprint in OF_THE_BUILDING else floor).id}
    await use_all(inputs)
    row = find(simulator, "Desk Row A")
    await simulator.move(to=row)
    await simulator.move(to=None, from_=row)
    await scene.pass_minutes(35)
    assert [scene.state(find(simulator, name), "occupancy") for name in ("First Floor", "Pier House")] == ["off"] * 2
    assert house.done() == [ON, STILL]
    go_online(next(one for one in simulator.estate.sensors.values() if one.name == "Phone Booth 1"))
    await scene.data.estate.async_refresh()
    await scene.pass_minutes(14)
    assert house.done() == [*OFF, CLEAN]
    await scene.pass_minutes(23)
    assert house.done() == [RELEASE]
