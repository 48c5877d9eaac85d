"""The people of the whole organization: the sum of the buildings whose people are counted."""

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.helpers import entity_registry as er

from custom_components.butlr.const import DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from tests.helpers.hardware import go_offline, sensors_of
from tests.helpers.registries import differences
from tests.helpers.scene import Scene
from tests.simulator.estate import Building, Floor

POLL = ESTATE_INTERVAL.total_seconds() + 1


async def set_up_with_two_people(scene: Scene) -> None:
    """Set the entry up, and let one person be on each floor."""
    await scene.set_up()
    await scene.enter("Boardroom")
    await scene.enter("Lobby")
    await scene.pass_minutes(2)


async def test_the_total_is_the_sum_of_the_buildings(scene: Scene) -> None:
    """Of those whose people are known."""
    await set_up_with_two_people(scene)
    buildings = [int(scene.state(building_id, "people") or 0) for building_id in scene.simulator.estate.buildings]
    assert int(scene.organization_state("people") or 0) == sum(buildings) == 2


async def test_unknown_people_are_not_in_the_total(scene: Scene) -> None:
    """If the people of every building are unknown, the total is unavailable."""
    await set_up_with_two_people(scene)
    go_offline(*sensors_of(scene.simulator, "First Floor"))
    await scene.pass_time(POLL)
    await scene.pass_time(61)
    assert scene.organization_state("people") == "1"
    go_offline(*sensors_of(scene.simulator, "Ground Floor"))
    await scene.pass_time(POLL)
    assert scene.organization_state("people") == STATE_UNAVAILABLE
    assert differences(scene.hass, scene.simulator, scene.entry) == []


async def test_the_total_follows_the_estate(scene: Scene) -> None:
    """A building counts as soon as it has presence sensors; without any there is no total."""
    estate = scene.simulator.estate
    site = next(iter(estate.sites))
    estate.add(Building(id="building_2", name="Mill", site_id=site, number=2))
    estate.add(Floor(id="space_2", name="Mill Floor", building_id="building_2", number=0))
    await scene.set_up()
    assert scene.state("building_2", "people") is None
    assert scene.organization_state("people") == "0"
    for sensor in estate.sensors.values():
        if sensor.mode == "presence":
            sensor.floor_id, sensor.room_id = "space_2", None
    estate.zones.clear()
    # The zones are believed to be gone once several polls agree.
    for _ in range(3):
        await scene.pass_time(POLL)
    assert differences(scene.hass, scene.simulator, scene.entry) == []
    assert scene.state("building_2", "people") is not None
    assert scene.organization_state("people") == scene.state("building_2", "people")
    for sensor in estate.sensors.values():
        sensor.mode = "traffic"
    await scene.pass_time(POLL)
    assert er.async_get(scene.hass).async_get_entity_id("sensor", DOMAIN, f"{estate.id}_people") is None
    assert differences(scene.hass, scene.simulator, scene.entry) == []
