"""What the frontend is told about an organization."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.butlr.api.estate import Room, Zone
from custom_components.butlr.map.topology import topology
from tests.helpers.scene import Scene


async def told(scene: Scene, user: User | None = None) -> Any:
    """Return what a user is told about the only organization."""
    (organization,) = (await topology(scene.hass, user or owner(scene)))["organizations"]
    return organization


def owner(scene: Scene) -> User:
    """Return a user who may see everything."""
    user: User = MockUser(is_owner=True).add_to_hass(scene.hass)
    return user


async def test_the_tree(scene: Scene) -> None:
    """Every floor, room and zone is there, in the order in which people look for them."""
    await scene.set_up()
    organization = await told(scene)
    assert (organization["id"], organization["state"], organization["reason"]) == (
        scene.simulator.estate.id,
        "loaded",
        None,
    )
    (building,) = organization["buildings"]
    assert building["time_zone"] == "Europe/Copenhagen"
    assert [floor["name"] for floor in building["floors"]] == ["Ground Floor", "First Floor"]
    ground, first = ([space["name"] for space in floor["spaces"]] for floor in building["floors"])
    assert ground == ["Harbour Café", "Café Window Seats", "Lobby", "Reception Desk"]
    assert first == ["Boardroom", "Focus Room", "Phone Booth 1", "Desk Row A", "Desk Row B"]
    assert organization["entities"]["update_mode"].startswith("sensor.")
    assert {one["kind"] for one in organization["hardware"]} == {"hive", "sensor"}


async def test_names_and_entity_ids_are_those_of_home_assistant(scene: Scene) -> None:
    """What a user renames is told as it is now, and a disabled entity is not told."""
    await scene.set_up()
    entities, devices = er.async_get(scene.hass), dr.async_get(scene.hass)
    before = space_named(await told(scene), "Boardroom")
    entities.async_update_entity(before["entities"]["people"], new_entity_id="sensor.heads")
    entities.async_update_entity(before["entities"]["motion"], disabled_by=er.RegistryEntryDisabler.USER)
    devices.async_update_device(before["device_id"], name_by_user="Room <b>1</b>")
    after = space_named(await told(scene), "Room <b>1</b>")
    assert after["entities"]["people"] == "sensor.heads"
    assert "motion" in before["entities"]
    assert "motion" not in after["entities"]


async def test_what_a_user_may_not_read(scene: Scene) -> None:
    """A space without a readable entity is not there, and neither is a floor without anything."""
    await scene.set_up()
    every = await told(scene)
    entity_id = space_named(every, "Boardroom")["entities"]["occupancy"]
    user = MockUser().add_to_hass(scene.hass)
    user.mock_policy({"entities": {"entity_ids": {entity_id: {"read": True}}}})
    organization = await told(scene, user)
    assert organization["entities"] == {}
    assert organization["hardware"] == []
    (floor,) = organization["buildings"][0]["floors"]
    (space,) = floor["spaces"]
    assert space["entities"] == {"occupancy": entity_id}
    assert [shape["id"] for shape in floor["drawing"]["shapes"]] == [space["id"]]


async def test_an_organization_that_is_not_loaded(scene: Scene) -> None:
    """Its state and the translated reason are told, and no building."""
    scene.simulator.faults.set("login", "500")
    await scene.set_up()
    organization = await told(scene)
    assert organization["state"] == "setup_retry"
    assert organization["reason"]
    assert organization["buildings"] == []


@pytest.mark.parametrize(
    ("outlines", "layouts"), [("rectangles", {"plan"}), ("shapes", {"plan"}), ("some", {"plan"}), ("none", {"tiles"})]
)
@pytest.mark.parametrize("rooms", [40])
async def test_drawings(scene: Scene, outlines: str, layouts: set[str]) -> None:
    """Each floor is drawn as its outlines are at Butlr, and every space is on it."""
    scene.simulator.settings.update({"outlines": outlines})
    await scene.set_up()
    floors = [floor for building in (await told(scene))["buildings"] for floor in building["floors"]]
    assert {floor["drawing"]["layout"] for floor in floors} == layouts
    corners = set()
    for floor in floors:
        spaces = {space["id"] for space in floor["spaces"]}
        assert {shape["id"] for shape in floor["drawing"]["shapes"]} == spaces
        corners |= {len(shape["outline"]) for shape in floor["drawing"]["shapes"]}
        doors = {one["id"] for one in (floor, *floor["spaces"]) if "entries_today" in one["entities"]}
        assert {door["space_id"] for door in floor["drawing"]["doors"]} == doors
    assert (max(corners) > 4) == (outlines in ("shapes", "some"))


async def test_an_outline_that_changes_or_cannot_be_read(scene: Scene) -> None:
    """The map follows the next poll of the estate. Garbage instead of an outline costs the outline, not the room."""
    await scene.set_up()
    before = await told(scene)
    path = ["sites", "data", 0, "buildings", 0, "floors", "*", "rooms", 0, "coordinates"]
    values: tuple[Any, ...] = ([[0, 0], ["a", 1], [2, 2]], "garbage", [[0, 0], [1, None], [3, 3]], {}, 7)
    for value in values:
        scene.simulator.edits.clear()
        scene.simulator.edits.add(operation="Topology", path=path, value=value)
        await scene.data.estate.async_refresh()
        await scene.settle()
        assert scene.data.estate.data.unread == frozenset()
        assert len(outlined(scene)) == len(scene.data.estate.data.spaces) - 3 - 2
        assert (await told(scene))["buildings"] != before["buildings"]
    scene.simulator.edits.clear()
    await scene.data.estate.async_refresh()
    await scene.settle()
    assert await told(scene) == before


async def test_outlines_survive_a_restart(scene: Scene) -> None:
    """With the estate of the last poll, the map is there before Butlr answers."""
    await scene.set_up()
    known = outlined(scene)
    assert known
    # A part that cannot be read comes from the stored estate.
    path = ["sites", "data", 0, "buildings", 0, "floors", 0, "rooms"]
    scene.simulator.edits.add(operation="Topology", path=path, value="garbage")
    await scene.reload()
    assert outlined(scene) == known


async def test_drawings_are_kept(scene: Scene) -> None:
    """What has not changed is not drawn again, and users who see the same share one drawing."""
    await scene.set_up()
    first = [floor["drawing"]["shapes"] for floor in (await told(scene))["buildings"][0]["floors"]]
    await scene.data.estate.async_refresh()
    again = [floor["drawing"]["shapes"] for floor in (await told(scene))["buildings"][0]["floors"]]
    assert all(one is other for one, other in zip(first, again, strict=True))


def outlined(scene: Scene) -> dict[str, Any]:
    """Return the outlines of the estate by space."""
    estate = scene.data.estate.data
    spaces: list[Room | Zone] = [*estate.rooms.values(), *estate.zones.values()]
    return {space.id: space.outline for space in spaces if space.outline}


def space_named(organization: Any, name: str) -> Any:
    """Return a room or zone by its name."""
    floors = [floor for building in organization["buildings"] for floor in building["floors"]]
    return next(space for floor in floors for space in floor["spaces"] if space["name"] == name)
