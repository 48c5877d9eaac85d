"""Places by the names that people use, as far as an assistant may tell of them."""

from homeassistant.components.conversation import DOMAIN as CONVERSATION
from homeassistant.core import Context
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
)
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events

from custom_components.butlr.assist.places import Found, Kind, Places
from tests.helpers.registries import device_of
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of
from tests.simulator.blueprint import Drawing
from tests.simulator.estate import Building, Floor, Site, Tag

from .conftest import Expose


async def everything(house: Scene) -> Places:
    """Return the places of an assistant to which exposure does not matter."""
    return await Places.load(house.hass, assistant=None)


def outcome(found: Found) -> tuple[str | None, list[str]]:
    """Return the label of the place that is meant, and those of its alternatives."""
    return found.place.label if found.place else None, [one.label for one in found.alternatives]


async def test_every_label_means_its_place(house: Scene) -> None:
    """What is offered can be asked for."""
    places = await everything(house)
    assert {one.kind for one in places.all} == {Kind.BUILDING, Kind.FLOOR, Kind.ROOM, Kind.ZONE, Kind.TAG}
    for place in places.all:
        assert places.find(place.label).place == place
    assert outcome(places.find("Boardroom")) == ("Boardroom (First Floor, Pier House)", [])
    assert outcome(places.find("reception desk on the ground floor"))[0] == (
        "Reception Desk (zone, Ground Floor, Pier House)"
    )


async def test_the_room_and_its_zone(house: Scene) -> None:
    """The café is the room, not the window seats in it, which may be meant."""
    assert outcome((await everything(house)).find("the cafe")) == (
        "Harbour Café (Ground Floor, Pier House)",
        ["Café Window Seats (zone, Ground Floor, Pier House)"],
    )


async def test_names_of_the_person(house: Scene) -> None:
    """A device's name, an entity's alias, an area, its alias and a floor of Home Assistant mean a place."""
    hass = house.hass
    boardroom, lobby = (device_of(hass, house.entry, house.room(name)) for name in ("Boardroom", "Lobby"))
    dr.async_get(hass).async_update_device(boardroom.id, name_by_user="War Room")
    area = ar.async_get(hass).async_create("Entrance", aliases={"foyer"})
    floor = fr.async_get(hass).async_create("Downstairs", aliases={"street level"})
    ar.async_get(hass).async_update(area.id, floor_id=floor.floor_id)
    dr.async_get(hass).async_update_device(lobby.id, area_id=area.id)
    people = entity_of(hass, house.room("Focus Room"), "people")
    assert people
    er.async_get(hass).async_update_entity(people, aliases=[er.COMPUTED_NAME, "thinking box"])
    places = await everything(house)
    assert outcome(places.find("war room"))[0] == "War Room (First Floor, Pier House)"
    assert outcome(places.find("boardroom"))[0] == "War Room (First Floor, Pier House)"
    assert outcome(places.find("thinking box"))[0] == "Focus Room (First Floor, Pier House)"
    for name in ("entrance", "the foyer", "foyr"):
        assert outcome(places.find(name))[0] == "Entrance (area)"
    for name in ("downstairs", "street level"):
        assert outcome(places.find(name))[0] == "Downstairs (floor)"
    assert outcome(places.find("lobby downstairs"))[0] == "Lobby (Ground Floor, Pier House)"
    assert outcome(places.find("downstairs", kinds=[Kind.ROOM])) == (None, [])


async def test_an_area_of_the_same_name_is_the_room(house: Scene) -> None:
    """Areas that were created for rooms do not make their names ambiguous; another area of that name does."""
    hass = house.hass
    area = ar.async_get(hass).async_create("Lobby")
    dr.async_get(hass).async_update_device(device_of(hass, house.entry, house.room("Lobby")).id, area_id=area.id)
    assert outcome((await everything(house)).find("Lobby"))[0] == "Lobby (Ground Floor, Pier House)"
    dr.async_get(hass).async_update_device(device_of(hass, house.entry, house.room("Lobby")).id, area_id=None)
    dr.async_get(hass).async_update_device(device_of(hass, house.entry, house.room("Boardroom")).id, area_id=area.id)
    found = (await everything(house)).find("Lobby")
    assert found.ambiguous
    assert outcome(found) == (None, ["Lobby (Ground Floor, Pier House)", "Lobby (area)"])


async def test_two_rooms_with_one_name(house: Scene) -> None:
    """Rooms that nothing tells apart have their ids as labels, and neither is guessed."""
    hass, rooms = house.hass, [house.room("Boardroom"), house.room("Focus Room")]
    for room in rooms:
        dr.async_get(hass).async_update_device(device_of(hass, house.entry, room).id, name_by_user="Twin")
    places = await everything(house)
    assert outcome(places.find("Twin")) == (None, rooms)
    assert outcome(places.find(rooms[1])) == (rooms[1], [])


async def test_two_buildings_with_one_name(house: Scene) -> None:
    """Buildings and tags that share a name have labels that tell them apart, or neither is guessed."""
    estate = house.simulator.estate
    drawing = Drawing(house.simulator.rng, estate, macs=1_000)
    site = Site(drawing.id("site"), "Other Campus", "Europe/Copenhagen", 2, "OC")
    building = Building(drawing.id("building"), "Pier House", site.id, 2, None, [], "DK")
    floor = Floor(drawing.id("space"), "Annex Floor", building.id, -5, None, 40, 20)
    for one in (site, building, floor, Tag(drawing.id("tag"), "meeting room", [house.room("Lobby")], [])):
        estate.add(one)
    drawing.sensor("Nook ceiling", drawing.hive(floor, "Hive"), drawing.room(floor, "Nook", None, 2).id)
    await house.reload()
    places = await everything(house)
    found = places.find("Pier House")
    assert found.ambiguous
    assert len(found.alternatives) == len({one.label for one in found.alternatives}) == 2
    for place in found.alternatives:
        assert places.find(place.label).place == place
    assert outcome(places.find("Pier House Other Campus"))[0] == "Pier House (Other Campus)"
    assert outcome(places.find("floor minus 5"))[0] == "Annex Floor (Pier House)"
    # Two tags of one organization that nothing tells apart.
    found = places.find("meeting room")
    assert found.ambiguous
    assert places.find(found.alternatives[0].label).place is None


async def test_a_tag_and_one_of_its_rooms(house: Scene) -> None:
    """The rooms with a tag are not one of them whose name only begins to fit."""
    boardroom = device_of(house.hass, house.entry, house.room("Boardroom"))
    dr.async_get(house.hass).async_update_device(boardroom.id, name_by_user="Large Meeting Room")
    places = await everything(house)
    found = places.find("meeting rooms")
    assert found.ambiguous
    assert outcome(found)[1] == ["Large Meeting Room (First Floor, Pier House)", "meeting room (tag)"]
    assert outcome(places.find("meeting room"))[0] == "meeting room (tag)"


async def test_only_what_is_exposed(house: Scene, expose: Expose) -> None:
    """What an assistant may not see does not exist for it; what contains something visible can be named."""
    boardroom = house.room("Boardroom")
    places = await Places.load(house.hass, assistant=CONVERSATION)
    assert (places.all, places.buildings) == ([], [])
    expose(boardroom, "people")
    expose(house.room("Lobby"), "people", exposed=False)
    places = await Places.load(house.hass, assistant=CONVERSATION)
    assert [one.label for one in places.all] == [
        "Pier House",
        "First Floor (Pier House)",
        "Boardroom (First Floor, Pier House)",
        *(f"{tag.name} (tag)" for tag in house.simulator.estate.tags.values() if boardroom in tag.space_ids),
    ]
    (building,) = places.buildings
    assert [space.id for space in building.inside()] == [boardroom]
    assert outcome(places.find("Lobby")) == outcome(places.find("no such room")) == (None, [])
    ((_, visible),) = places.organizations
    assert visible.tells(boardroom, ["people"])
    assert not visible.tells(boardroom, ["occupancy"])
    assert not visible.tells(house.room("Lobby"), ["people", "occupancy"])


async def test_only_what_the_user_may_read(house: Scene) -> None:
    """A user's permissions hold, whatever is exposed, and end with the user; nobody is told a disabled entity."""
    hass = house.hass
    boardroom, lobby = house.room("Boardroom"), house.room("Lobby")
    user = MockUser().add_to_hass(hass)
    user.mock_policy({"entities": {"entity_ids": {entity_of(hass, boardroom, "people"): True}}})
    places = await Places.load(hass, assistant=None, context=Context(user_id=user.id))
    assert [one.space.id for one in places.all if one.kind is Kind.ROOM and one.space] == [boardroom]
    places = await Places.load(hass, assistant=None, context=Context(user_id="somebody who is gone"))
    assert places.all == []
    for one in er.async_entries_for_device(er.async_get(hass), device_of(hass, house.entry, lobby).id):
        er.async_get(hass).async_update_entity(one.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await house.settle()
    places = await everything(house)
    assert "Lobby" not in {one.name for one in places.all}


async def test_asking_writes_nothing(house: Scene, expose: Expose) -> None:
    """No entry of a registry is written by asking."""
    expose(house.room("Boardroom"), "people")
    before = dict(er.async_get(house.hass).entities)
    changes = [
        async_capture_events(house.hass, str(kind))
        for kind in (er.EVENT_ENTITY_REGISTRY_UPDATED, dr.EVENT_DEVICE_REGISTRY_UPDATED)
    ]
    for assistant in (CONVERSATION, None):
        places = await Places.load(house.hass, assistant=assistant)
        places.find("bordroom")
        places.find("lobby")
    await house.settle()
    assert changes == [[], []]
    assert dict(er.async_get(house.hass).entities) == before


@pytest.mark.parametrize("rooms", [60])
async def test_aliases_without_a_clear_winner(house: Scene) -> None:
    """Rooms on two floors share a name; the floor tells which is meant."""
    places = await everything(house)
    assert len(outcome(places.find("aspen"))[1]) == 2
    assert outcome(places.find("apsen on the ground floor"))[0] == "Aspen 1.003 (Ground Floor, Pier House)"
    assert outcome(places.find("Aspen 1st floor"))[0] == "Aspen 1.103 (Floor 1, Pier House)"
