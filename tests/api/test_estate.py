"""What the estate reader makes of the documented answers, with null, blank, repeated and foreign parts in them."""

import copy
from dataclasses import replace
import itertools
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.butlr.api.errors import ButlrNoSitesError, ButlrResponseError
from custom_components.butlr.api.estate import (
    Building,
    Estate,
    Floor,
    Mode,
    Room,
    Site,
    Tag,
    Zone,
    is_placeholder_mac,
)
from custom_components.butlr.api.estate_reader import build_estate

from . import estate_data as ids
from .estate_data import Answers


@pytest.fixture
def answers() -> Answers:
    """Return the example answers."""
    return Answers()


@pytest.fixture
def estate(answers: Answers) -> Estate:
    """Return the estate of the examples."""
    return answers.build()


def drawn(answers: Answers, space_id: str) -> tuple[tuple[float, float], ...]:
    """Return the outline of a room or zone as the answer contains it."""
    return tuple((x, y) for x, y in answers.of(space_id)["coordinates"])


def test_spaces(answers: Answers, estate: Estate) -> None:
    """Every level of the example is read with its fields and parent; a capacity of 0 is None."""
    assert estate.organization_id == ids.ORGANIZATION
    assert estate.unread == frozenset()
    assert estate.sites == {
        ids.SITE: Site(
            id=ids.SITE, name="Harbour Campus", time_zone="Europe/Copenhagen", organization_id=ids.ORGANIZATION
        )
    }
    assert estate.buildings == {
        ids.BUILDING: Building(id=ids.BUILDING, name="Pier House", capacity=105, site_id=ids.SITE)
    }
    assert list(estate.floors.values()) == [
        Floor(id=ids.GROUND, name="Ground Floor", capacity=60, custom_id="FLOOR-0", building_id=ids.BUILDING, number=0),
        Floor(id=ids.FIRST, name="First Floor", capacity=45, building_id=ids.BUILDING, number=1),
    ]
    assert list(estate.rooms.values()) == [
        Room(id=ids.LOBBY, name="Lobby", floor_id=ids.GROUND, outline=drawn(answers, ids.LOBBY)),
        Room(
            id=ids.CAFE,
            name="Harbour Café",
            capacity=40,
            custom_id="CAFE-01",
            floor_id=ids.GROUND,
            room_type="cafeteria",
            outline=drawn(answers, ids.CAFE),
        ),
        Room(
            id=ids.BOARDROOM,
            name="Boardroom",
            capacity=12,
            custom_id="MEET-1.01",
            floor_id=ids.FIRST,
            room_type="conference",
            outline=drawn(answers, ids.BOARDROOM),
        ),
        Room(
            id=ids.FOCUS,
            name="Focus Room",
            capacity=4,
            floor_id=ids.FIRST,
            room_type="office",
            outline=drawn(answers, ids.FOCUS),
        ),
        Room(id=ids.BOOTH, name="Phone Booth 1", capacity=1, floor_id=ids.FIRST, outline=drawn(answers, ids.BOOTH)),
    ]
    ground: dict[str, Any] = {"capacity": 4, "floor_id": ids.GROUND}
    first: dict[str, Any] = {"capacity": 4, "floor_id": ids.FIRST}
    assert all(zone.outline == drawn(answers, zone.id) for zone in estate.zones.values())
    assert [replace(zone, outline=()) for zone in estate.zones.values()] == [
        Zone(id=ids.RECEPTION_DESK, name="Reception Desk", room_id=ids.LOBBY, sensor_ids=(ids.RECEPTION,), **ground),
        Zone(id=ids.WINDOW_SEATS, name="Café Window Seats", room_id=ids.CAFE, **ground),
        Zone(id=ids.DESKS_A, name="Desk Row A", custom_id="DESK-A", sensor_ids=(ids.DESKS_A_SENSOR,), **first),
        Zone(id=ids.DESKS_B, name="Desk Row B", sensor_ids=(ids.DESKS_B_SENSOR,), **first),
    ]


def test_tags(answers: Answers) -> None:
    """Tags are read with their spaces; blank rows are dropped, and a deleted room does no harm."""
    answers.of(ids.MEETING_ROOM)["rooms"].append({"id": "room_deleted"})
    answers.of(ids.PHONE_BAN).update(rooms=None, zones=None, floors=[{"id": ids.GROUND}])
    blank = [{"id": "", "name": "a"}, {"id": "tag_b", "name": " "}, {"id": "tag_c", "name": None}, {"name": "d"}, None]
    answers.topology["tags"] += blank
    estate = answers.build()
    assert list(estate.tags) == [ids.MEETING_ROOM, ids.QUIET, ids.PHONE_BAN]
    assert estate.tags[ids.QUIET] == Tag(id=ids.QUIET, name="quiet", space_ids=(ids.FOCUS, ids.BOOTH, ids.DESKS_A))
    assert {ids.BOARDROOM, ids.FOCUS} <= set(estate.tags[ids.MEETING_ROOM].space_ids)
    assert estate.tags[ids.PHONE_BAN].space_ids == (ids.GROUND,)
    assert "room_deleted" not in estate.spaces


@pytest.mark.parametrize(
    ("capacity", "read"),
    [
        ({"max": 0, "mid": 4}, None),
        ({"max": -1}, None),
        ({"max": None}, None),
        ({}, None),
        (None, None),
        (7, None),
        ({"max": "7"}, None),
        ({"max": True}, None),
        ({"max": float("nan")}, None),
        ({"max": float("inf")}, None),
        ({"max": 1e15}, None),
        ({"max": 1}, 1),
        ({"max": 7.0}, 7),
        ({"max": 999_999_999}, 999_999_999),
    ],
)
def test_capacity(answers: Answers, capacity: Any, read: int | None) -> None:
    """A capacity that is not configured or not a plausible number is None."""
    answers.of(ids.FOCUS)["capacity"] = capacity
    assert answers.build().rooms[ids.FOCUS].capacity == read


@pytest.mark.parametrize("blank", [None, "", "  ", 5])
def test_blank_fields(answers: Answers, blank: Any) -> None:
    """Null, blank and missing texts are None; a name falls back to the id."""
    answers.site.update(timezone=blank, name=blank)
    answers.of(ids.CAFE).update(name=blank, roomType=blank, customID=blank)
    answers.of(ids.GROUND)["floorNumber"] = None
    answers.of(ids.BOARDROOM_CEILING).update(model=blank, mode=blank, hive_serial=blank, last_heartbeat="x", name=blank)
    del answers.of(ids.GROUND_HIVE)["hiveVersion"]
    estate = answers.build()
    assert estate.sites[ids.SITE] == Site(id=ids.SITE, name=ids.SITE, organization_id=ids.ORGANIZATION)
    assert estate.rooms[ids.CAFE] == Room(
        id=ids.CAFE, name=ids.CAFE, capacity=40, floor_id=ids.GROUND, outline=drawn(answers, ids.CAFE)
    )
    assert estate.floors[ids.GROUND].number is None
    sensor = estate.sensors[ids.BOARDROOM_CEILING]
    assert (sensor.name, sensor.model, sensor.mode, sensor.hive_serial) == (f"Sensor {sensor.mac}", None, "", None)
    assert sensor.last_heartbeat is None
    assert not sensor.senses_motion
    assert estate.is_online(sensor)
    assert estate.hives[ids.GROUND_HIVE].version is None


def test_texts_are_trimmed(answers: Answers) -> None:
    """Names are stripped of surrounding spaces; a mode may be in any case."""
    answers.of(ids.CAFE)["name"] = "  Harbour Café\n"
    answers.of(ids.RECEPTION)["mode"] = " Presence"
    estate = answers.build()
    assert estate.rooms[ids.CAFE].name == "Harbour Café"
    assert estate.sensors[ids.RECEPTION].mode == Mode.PRESENCE


def test_look_up(answers: Answers) -> None:
    """Spaces are found by id and custom id, sensors and hives by their numbers in any case."""
    answers.of(ids.MAIN_ENTRANCE)["mac_address"] = "00-17-0D-00-00-71-20-AA"
    answers.of(ids.GROUND_HIVE)["serialNumber"] = "9F31C07A"
    estate = answers.build()
    assert list(estate.spaces) == [ids.BUILDING, *estate.floors, *estate.rooms, *estate.zones]
    assert {key: space.id for key, space in estate.spaces_by_custom_id.items()} == {
        (Floor, "FLOOR-0"): ids.GROUND,
        (Room, "CAFE-01"): ids.CAFE,
        (Room, "MEET-1.01"): ids.BOARDROOM,
        (Zone, "DESK-A"): ids.DESKS_A,
    }
    assert estate.sensors_by_mac["00-17-0d-00-00-71-20-aa"].id == ids.MAIN_ENTRANCE
    assert estate.hives_by_serial["9f31c07a"].id == ids.GROUND_HIVE


def test_parents(estate: Estate) -> None:
    """Every space knows its parent and its site."""
    building, ground = estate.buildings[ids.BUILDING], estate.floors[ids.GROUND]
    assert estate.parent_of(estate.rooms[ids.LOBBY]) is ground
    assert estate.parent_of(estate.zones[ids.WINDOW_SEATS]) is ground
    assert estate.parent_of(ground) is building
    assert estate.parent_of(building) is None
    assert {estate.site_of(space).id for space in estate.spaces.values()} == {ids.SITE}


def two_buildings(answers: Answers) -> Estate:
    """Move the first floor into a building of its own, on a site of its own."""
    second = {**answers.building, "id": "building_2", "floors": [answers.building["floors"].pop()]}
    answers.topology["sites"]["data"].append({"id": "site_2", "name": "Hill", "buildings": [second]})
    answers.of(ids.GROUND_HIVE)["floor_id"] = None
    answers.of(ids.RECEPTION_DESK)["sensors"].append({"id": ids.BOARDROOM_CEILING})
    return answers.build()


def test_only_some_buildings(answers: Answers) -> None:
    """A part of the estate has everything in its buildings, and the devices without a location."""
    estate = two_buildings(answers)
    ground, first = estate.only([ids.BUILDING]), estate.only({"building_2"})
    assert [list(part.sites) for part in (ground, first)] == [[ids.SITE], ["site_2"]]
    assert [list(part.buildings) for part in (ground, first)] == [[ids.BUILDING], ["building_2"]]
    assert [list(part.floors) for part in (ground, first)] == [[ids.GROUND], [ids.FIRST]]
    assert [list(part.rooms) for part in (ground, first)] == [
        [ids.LOBBY, ids.CAFE],
        [ids.BOARDROOM, ids.FOCUS, ids.BOOTH],
    ]
    assert [list(part.zones) for part in (ground, first)] == [
        [ids.RECEPTION_DESK, ids.WINDOW_SEATS],
        [ids.DESKS_A, ids.DESKS_B],
    ]
    assert list(ground.sensors) == [ids.MAIN_ENTRANCE, ids.CAFE_DOOR, ids.RECEPTION]
    assert len(first.sensors) == 5
    assert [list(part.hives) for part in (ground, first)] == [[ids.GROUND_HIVE], [ids.GROUND_HIVE, ids.FIRST_HIVE]]
    listed = [[sensor.id for sensor in part.equipment(ids.RECEPTION_DESK).sensors] for part in (estate, ground)]
    assert listed == [[ids.RECEPTION, ids.BOARDROOM_CEILING], [ids.RECEPTION]]
    assert [sensor.id for sensor in ground.equipment(ids.RECEPTION_DESK).sensors] == [ids.RECEPTION]
    assert (ground.organization_id, ground.tags) == (ids.ORGANIZATION, estate.tags)
    assert first.site_of(first.rooms[ids.FOCUS]).id == "site_2"
    assert not estate.only([]).spaces
    assert replace(estate, unread=frozenset({"hives"})).only([]).unread == {"hives"}
    assert estate.only(estate.buildings) == estate


def test_organization(answers: Answers) -> None:
    """The organization is named by the sites, else by the tags; else the oldest site stands in."""
    answers.topology["sites"]["data"].append({"id": "site_1", "name": "Old"})
    answers.site["org_id"] = "org_of_sites"
    assert answers.build().organization_id == "org_of_sites"
    answers.site["org_id"] = " "
    assert answers.build().organization_id == ids.ORGANIZATION
    for tag in answers.topology["tags"]:
        tag["organization_id"] = None
    assert answers.build().organization_id == "site_1"


def test_no_sites(answers: Answers) -> None:
    """An organization without a site is an error of its own; unreadable sites are another one."""
    answers.topology["sites"]["data"] = []
    with pytest.raises(ButlrNoSitesError):
        answers.build()
    answers.topology["sites"]["data"] = [{"id": None}, {"name": "no id"}, None, 5]
    with pytest.raises(ButlrResponseError) as caught:
        answers.build()
    assert not isinstance(caught.value, ButlrNoSitesError)


def test_doubles(answers: Answers) -> None:
    """Of two rows for one id the first one counts; a space is in one place."""
    before = answers.build()
    answers.building["floors"][1]["rooms"].append({"id": ids.LOBBY, "name": "Twin"})
    twin = copy.deepcopy(answers.site)
    floors = twin["buildings"][0]["floors"]
    spaces = [row for floor in floors for kind in ("rooms", "zones") for row in floor[kind]]
    for row in (twin, twin["buildings"][0], *floors, *spaces):
        row["name"] = "Twin"
    answers.topology["sites"]["data"].append(twin)
    assert answers.build() == before


@pytest.mark.parametrize("root", ["sites", "sensors", "hives"])
@pytest.mark.parametrize("wrapper", [None, [], {}, {"data": None}, {"data": {}}, "x", ...])
def test_root_missing(answers: Answers, root: str, wrapper: Any) -> None:
    """Null instead of a list is a failure, not an empty estate; without sites there is nothing to show."""
    answer = {"sites": answers.topology, "sensors": answers.sensors, "hives": answers.hives}[root]
    answer[root] = wrapper
    if wrapper is ...:
        del answer[root]
    if root != "sites":
        estate = answers.build()
        assert (len(estate.rooms), getattr(estate, root), set(estate.unread)) == (5, {}, {root})
        return
    with pytest.raises(ButlrResponseError, match=f"no {root}") as caught:
        answers.build()
    assert not isinstance(caught.value, ButlrNoSitesError)


@pytest.mark.parametrize("tags", [None, {}, "x", ...])
def test_tags_missing(answers: Answers, tags: Any) -> None:
    """Without tags the estate is still usable."""
    answers.topology["tags"] = tags
    if tags is ...:
        del answers.topology["tags"]
    estate = answers.build()
    assert (len(estate.rooms), estate.tags, estate.organization_id) == (5, {}, ids.ORGANIZATION)
    assert estate.unread == {"tags"}


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to everything in a document."""
    items: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    below = [paths(value, (*path, key)) for key, value in items]
    return [*([path] if path else []), *itertools.chain.from_iterable(below)]


EVERYWHERE = paths([Answers().topology, Answers().sensors, Answers().hives])
NOTHINGS = st.sampled_from([None, "", " ", 0, -1, True, [], {}, [None], {"id": None}, float("nan"), "x", 1.5])


@given(st.dictionaries(st.sampled_from(EVERYWHERE), NOTHINGS, max_size=30))
@settings(max_examples=300)
def test_nothing_where_something_stood(changes: dict[tuple[Any, ...], Any]) -> None:
    """With nulls and nonsense in the answers, the result is a consistent estate or one of two errors."""
    fresh = Answers()
    documents: Any = [fresh.topology, fresh.sensors, fresh.hives]
    # Change the deepest paths first, so that every path stays valid.
    for path in sorted(changes, key=len, reverse=True):
        node = documents
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = changes[path]
    if not all(isinstance(document, dict) for document in documents):
        return
    try:
        estate = build_estate(*documents)
    except ButlrResponseError:
        return
    for space in estate.spaces.values():
        assert estate.site_of(space).id in estate.sites
        assert estate.equipment(space.id).sensors == tuple(
            estate.sensors[sensor.id] for sensor in estate.equipment(space.id).sensors
        )
    assert all(sensor.mac and not is_placeholder_mac(sensor.mac) for sensor in estate.sensors.values())
    assert estate.only(estate.buildings).spaces == estate.spaces


@pytest.mark.parametrize("given", ["Untagged", "untagged", "UNTAGGED", " Untagged ", "", None])
def test_a_room_that_nobody_gave_a_type(given: str | None) -> None:
    """The placeholder for a missing type is ignored, in any case."""
    answers = Answers()
    answers.of(ids.BOARDROOM)["roomType"] = given
    assert answers.build().rooms[ids.BOARDROOM].room_type is None
