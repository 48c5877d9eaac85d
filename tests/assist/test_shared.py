"""Answers about places of which only a part may be told, or is counted: at least so many, or unknown, never wrong."""

from datetime import datetime
import json
from typing import Any
from unittest.mock import patch

from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
import pytest

from custom_components.butlr.actions.available_rooms import SORT_USUALLY_FREE, find_rooms
from custom_components.butlr.api.readings import Count, Motion
from custom_components.butlr.assist import free_rooms
from custom_components.butlr.assist.people import people_everywhere, people_in
from custom_components.butlr.assist.places import Places
from custom_components.butlr.history.usual import UsualUse
from tests.helpers.hardware import go_offline
from tests.helpers.registries import device_of, find
from tests.helpers.reports import COPENHAGEN
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of
from tests.simulator.blueprint import Drawing
from tests.simulator.estate import Building, Floor

from .conftest import Expose
from .test_tools import AskTool, ask_tool, own_api, tools_house, true_use

__all__ = ["ask_tool", "tools_house"]

ROOMS_WITH_MOTION = ("Boardroom", "Focus Room", "Phone Booth 1")


@pytest.fixture
def shares_one_room(tools_house: Scene, expose: Expose) -> Scene:
    """Return a house of which the people in one room are told, and nothing else."""
    # Home Assistant exposes motion unless the person says otherwise.
    for name in ROOMS_WITH_MOTION:
        expose(tools_house.room(name), "motion", exposed=False)
    expose(tools_house.room("Focus Room"), "people")
    return tools_house


def put_into_area(house: Scene, area: str, *names: str) -> None:
    """Let spaces be in an area."""
    area_id = ar.async_get(house.hass).async_get_or_create(area).id
    for name in names:
        device = device_of(house.hass, house.entry, find(house.simulator, name))
        dr.async_get(house.hass).async_update_device(device.id, area_id=area_id)


async def draw_annex(house: Scene, rooms: int = 1) -> None:
    """Add a building whose only sensors are doors of rooms."""
    estate = house.simulator.estate
    drawing = Drawing(house.simulator.rng, estate, macs=1000)
    annex = Building(drawing.id("building"), "Annex", next(iter(estate.sites)), 2, None, [], "DK")
    floor = Floor(drawing.id("space"), "Annex Floor", annex.id, 5, None, 40, 20)
    estate.add(annex)
    estate.add(floor)
    hive = drawing.hive(floor, "Hive of annex")
    for number in range(rooms):
        room = drawing.room(floor, f"Nook {number}", None, 2)
        drawing.sensor(f"Door {number}", hive, room.id, mode="traffic", model="Heatic 2", entrance=True)
    await house.reload()
    await house.settle()


@pytest.mark.parametrize("place", ["Pier House", "First Floor", "meeting room", "Quarter"])
async def test_a_part_is_at_least(shares_one_room: Scene, ask_tool: AskTool, place: str) -> None:
    """A building, floor, tag or area of which one room is told has at least its people."""
    put_into_area(shares_one_room, "Quarter", "Boardroom", "Focus Room")
    answer, _ = await ask_tool("get_people", place=place)
    assert (answer["people_at_least"], answer["only_what_is_shared"]) == (1, True)
    assert "people" not in answer
    complete, _ = await ask_tool("get_people", own_api(shares_one_room), place=place)
    assert "only_what_is_shared" not in complete
    answer, error = await ask_tool("get_use", place=place, period="yesterday")
    if place in ("Pier House", "First Floor"):
        assert (error, "may not be told" in answer["error"]) == (True, True)
    else:
        assert answer["only_what_is_shared"] is True


async def test_nobody_in_a_part(shares_one_room: Scene, ask_tool: AskTool, expose: Expose) -> None:
    """That nobody is in what is told does not tell that nobody is there."""
    expose(shares_one_room.room("Focus Room"), "people", exposed=False)
    expose(shares_one_room.room("Lobby"), "people")
    answer, _ = await ask_tool("get_people", place="Ground Floor")
    assert (answer["people"], answer["only_what_is_shared"]) == (None, True)


async def test_people_whom_a_count_misses(tools_house: Scene, ask_tool: AskTool) -> None:
    """A floor counts nobody, and people are in its room with nothing but doors: it is not empty, and not quiet."""
    own = own_api(tools_house)
    answer, _ = await ask_tool("get_people", own, place="Ground Floor")
    assert (answer["people"], answer["occupied"], answer["people_estimated_elsewhere"]) == (None, True, 2)
    assert (answer["utilization_percent"], answer["busyness"]) == (None, None)
    assert "number is unknown" in answer["unknown_because"]
    answer, _ = await ask_tool("get_people", own, place="Pier House")
    assert (answer["people_at_least"], answer["people_estimated_elsewhere"]) == (5, 2)
    assert answer["utilization_percent_at_least"] == round(100 * 5 / answer["capacity"], 1)
    assert answer["busyness"] is None
    answer, _ = await ask_tool("explain_occupancy", own, place="Ground Floor")
    assert answer["people"] is None
    answer, _ = await ask_tool("get_use", own, place="Ground Floor", period="yesterday")
    assert answer["estimated_spaces_left_out"] == 1


async def test_an_empty_floor(house: Scene, tools_house: Scene, ask_tool: AskTool) -> None:
    """A floor that is known to be empty has nobody; that rests on an estimate."""
    for _ in range(2):
        await house.simulator.move(from_=find(house.simulator, "Harbour Café"))
    await house.settle()
    answer, _ = await ask_tool("get_people", own_api(house), place="Ground Floor")
    assert (answer["people"], answer["is_estimate"], answer["occupied"]) == (0, True, False)


async def test_parts_that_are_left_out(tools_house: Scene, ask_tool: AskTool) -> None:
    """Zones are added unless they may lie in a room that is; estimates are not added to counts."""
    own = own_api(tools_house)
    put_into_area(tools_house, "Desks", "Harbour Café", "Desk Row A")
    answer, _ = await ask_tool("get_people", own, place="Desks")
    assert (answer["people"], answer["people_estimated_elsewhere"]) == (1, 2)
    answer, _ = await ask_tool("get_use", own, place="Desks", period="yesterday")
    assert answer["estimated_spaces_left_out"] == 1
    put_into_area(tools_house, "Work", "Focus Room", "Desk Row A")
    answer, _ = await ask_tool("get_people", own, place="Work")
    assert (answer["people_at_least"], answer["zones_left_out"]) == (1, 1)
    answer, _ = await ask_tool("get_use", own, place="Work", period="yesterday")
    assert answer["zones_left_out"] == 1


async def test_a_building_with_nothing_but_doors(tools_house: Scene, ask_tool: AskTool) -> None:
    """It has sensors, and its number is the estimate. Of several buildings, each is told as a whole."""
    own = own_api(tools_house)
    await draw_annex(tools_house, rooms=30)
    for _ in range(4):
        await tools_house.simulator.move(to=find(tools_house.simulator, "Nook 7"))
    await tools_house.pass_minutes(6)
    answer, _ = await ask_tool("get_people", own, place="Annex")
    assert (answer["people"], answer["is_estimate"], answer["occupied"]) == (4, True, True)
    assert "unknown_because" not in answer
    answer, _ = await ask_tool("get_people", own)
    assert [one["place"] for one in answer["now"]] == ["Pier House", "Annex"]
    assert all("inside" not in one for one in answer["now"])
    assert [one["people"] for one in answer["inside"]] == [4, 3, 2, 1, 1]
    buildings = (await Places.load(tools_house.hass, assistant=None)).buildings
    assert people_everywhere(buildings, 2)["further_spaces_with_people"] == 3
    few = people_everywhere(buildings, 1)
    assert ([one["place"] for one in few["now"]], few["further_buildings"]) == (["Pier House"], 1)
    assert people_in(buildings[0], 1)["further_floors"] == 1
    assert len(json.dumps(answer)) < 2500
    answer, _ = await ask_tool("get_people", own, place="nook")
    assert (len(answer["which_one"]), answer["further"]) == (10, 20)


async def test_whole_hours(tools_house: Scene, ask_tool: AskTool) -> None:
    """A range of minutes is told as the whole hour that the numbers are of, and they are the truth."""
    own = own_api(tools_house)
    answer, _ = await ask_tool("get_use", own, place="Boardroom", start="2026-11-24T13:20", end="2026-11-24T13:40")
    start, end = (datetime(2026, 11, 24, hour, tzinfo=COPENHAGEN) for hour in (13, 14))
    assert (answer["from"], answer["to"]) == (start.isoformat(), end.isoformat())
    assert answer["average_people"] == round(true_use(tools_house, "Boardroom", start, end)["mean"], 1)
    answer, _ = await ask_tool("get_use", own, place="Boardroom", start="2026-11-01T13:20", end="2026-11-20T13:40")
    assert (answer["from"][:19], answer["to"][:19]) == ("2026-11-01T00:00:00", "2026-11-21T00:00:00")
    answer, _ = await ask_tool("get_use", own, place="Boardroom", period="yesterday")
    yesterday = (datetime(2026, 11, day, tzinfo=COPENHAGEN) for day in (24, 25))
    assert answer["average_people"] == round(true_use(tools_house, "Boardroom", *yesterday)["mean"], 1)


def test_free_rooms_of_several_organizations() -> None:
    """They are ranked together: the smallest first, or the one that usually stays free for the longest."""
    rooms = [
        {"capacity": capacity, "free_minutes": minutes, "usually_free_minutes": usually}
        for capacity, minutes, usually in ((None, 90, 600), (12, 5, None), (4, 10, 60), (4, 20, 30))
    ]
    assert sorted(rooms, key=free_rooms.rank_anywhere) == [rooms[3], rooms[2], rooms[1], rooms[0]]
    usually = sorted(rooms, key=lambda one: free_rooms.rank_anywhere(one, SORT_USUALLY_FREE))
    assert usually == [rooms[0], rooms[2], rooms[3], rooms[1]]


async def test_a_room_that_is_usually_used_now(tools_house: Scene, ask_tool: AskTool) -> None:
    """That a free room is usually used at this time is told."""

    async def used(*arguments: Any) -> dict[str, Any]:
        found = await find_rooms(*arguments)
        return {**found, "rooms": [{**room, "usual_use": UsualUse.USED.value} for room in found["rooms"]]}

    with patch.object(free_rooms, "find_rooms", used):
        answer, _ = await ask_tool("find_free_room", own_api(tools_house), place="Lobby")
    assert answer["free_rooms"][0]["usually_used_at_this_time"] is True
    answer, _ = await ask_tool("find_free_room", own_api(tools_house), place="Lobby")
    assert "usually_used_at_this_time" not in answer["free_rooms"][0]


async def test_an_explanation_tells_what_is_shared(shares_one_room: Scene, ask_tool: AskTool, expose: Expose) -> None:
    """Spaces in a place, its sensors and the way of updates are told if all of them may be."""
    house = shares_one_room
    expose(find(house.simulator, "First Floor"), "occupancy")
    answer, _ = await ask_tool("explain_occupancy", place="First Floor")
    secret = {"occupied_spaces", "number_of_occupied_spaces", "sensors", "sensors_offline", "updates_come_by"}
    assert not secret & set(answer)
    assert secret <= set((await ask_tool("explain_occupancy", own_api(house), place="First Floor"))[0])


async def test_the_rooms_that_are_shared(shares_one_room: Scene, ask_tool: AskTool, expose: Expose) -> None:
    """A floor tells everybody on it; that its list of rooms is not whole is said."""
    house = shares_one_room
    expose(find(house.simulator, "First Floor"), "people")
    answer, _ = await ask_tool("get_people", place="First Floor")
    assert (answer["people"], answer["not_all_inside_is_shared"]) == (5, True)
    assert answer["rooms"] == {"occupied": 1, "free": 0, "unknown": 0}
    assert [one["people"] for one in answer["inside"]] == [1]
    answer, _ = await ask_tool("get_people", own_api(house), place="First Floor")
    assert "not_all_inside_is_shared" not in answer


async def test_motion_that_is_not_shared(shares_one_room: Scene, ask_tool: AskTool, expose: Expose) -> None:
    """Where only motion knows that somebody is there, that is told if motion or the occupancy may be told."""
    house = shares_one_room
    boardroom, booth, now = house.room("Boardroom"), house.room("Phone Booth 1"), house.data.client.now()
    expose(boardroom, "people")
    expose(booth, "people")
    house.data.live.apply([Count(boardroom, 0, now + 5), Motion(boardroom, True, now + 6)])
    for tool in ("get_people", "explain_occupancy"):
        answer, _ = await ask_tool(tool, place="Boardroom")
        assert (answer["people"], answer["occupied"]) == (None, None)
        assert "occupied" not in answer.get("unknown_because", "")
    assert (answer["shown_as"], answer["reason"]) == ("unknown", "not_shared")
    assert not {"motion", "empty_for_minutes"} & set(answer)
    answer, _ = await ask_tool("find_free_room", place="Boardroom")
    assert (answer["considered"], answer["only_what_is_shared"]) == (0, True)
    expose(boardroom, "occupancy")
    answer, _ = await ask_tool("explain_occupancy", place="Boardroom")
    assert (answer["shown_as"], answer["reason"]) == ("occupied", "not_shared")
    answer, _ = await ask_tool("explain_occupancy", own_api(house), place="Boardroom")
    assert (answer["shown_as"], answer["reason"], answer["motion"]) == ("occupied", "motion", True)
    # That its sensors are offline is told if their connectivity is.
    answer, _ = await ask_tool("explain_occupancy", place="Phone Booth 1")
    assert (answer["shown_as"], answer["reason"]) == ("unavailable", "not_shared")
    answer, _ = await ask_tool("get_attention")
    assert [one["because"] for one in answer["spaces_without_data"]] == ["not_shared"]
    # Whoever may know everything is told it, also if sensors have no entities.
    options = {**house.entry.options, "hardware": False}
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    await house.reload()
    (sensor,) = [one for one in house.simulator.estate.sensors.values() if one.name == "Phone Booth 1"]
    assert not entity_of(house.hass, sensor.id, "connectivity")
    answer, _ = await ask_tool("explain_occupancy", own_api(house), place="Phone Booth 1")
    assert (answer["reason"], answer["sensors_offline"]) == ("sensors_offline", 1)


async def test_a_hive_that_is_not_shared(tools_house: Scene, ask_tool: AskTool, expose: Expose) -> None:
    """That the hive is the cause is told if its connectivity is."""
    (sensor,) = [one for one in tools_house.simulator.estate.sensors.values() if one.name == "Boardroom ceiling"]
    expose(sensor.id, "connectivity")
    go_offline(*tools_house.simulator.estate.hives.values())
    await tools_house.pass_minutes(12)
    answer, _ = await ask_tool("get_attention")
    assert [one.get("because") for one in answer["sensors_and_hives_offline"]] == [None]


async def test_busyness_is_no_percentage(shares_one_room: Scene, ask_tool: AskTool, expose: Expose) -> None:
    """Where only the busyness is told, the share of the capacity is not."""
    house = shares_one_room
    busyness = entity_of(house.hass, house.room("Boardroom"), "busyness")
    assert busyness
    er.async_get(house.hass).async_update_entity(busyness, disabled_by=None)
    await house.reload()
    expose(house.room("Boardroom"), "busyness")
    answer, _ = await ask_tool("get_people", place="Boardroom")
    assert answer["busyness"] == "quiet"
    assert "utilization_percent" not in answer
