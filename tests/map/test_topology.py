"""What the frontend is told about an organization."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockUser

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


def space_named(organization: Any, name: str) -> Any:
    """Return a room or zone by its name."""
    floors = [floor for building in organization["buildings"] for floor in building["floors"]]
    return next(space for floor in floors for space in floor["spaces"] if space["name"] == name)
