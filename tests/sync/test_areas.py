"""The areas option, and the entity ids that follow from each choice."""

from dataclasses import replace
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import hass_frontend
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
)
from homeassistant.helpers.entity_registry import EntityNamePart
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api import estate as api
from custom_components.butlr.const import CONF_AREAS, CONF_BUILDINGS, CONF_ZONE_AREAS, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from custom_components.butlr.sync import area_icons
from custom_components.butlr.sync.area_icons import ROOM_ICON, ZONE_ICON, icon_of
from tests.conftest import SetUp, choose, pass_time
from tests.helpers.registries import device_of, differences, find
from tests.helpers.states import entity_of
from tests.simulator import Simulator
from tests.simulator.estate import Building, Floor, Room, Zone

POLL = ESTATE_INTERVAL.total_seconds() + 1


def area_of(hass: HomeAssistant, entry: MockConfigEntry, butlr_id: str) -> str | None:
    """Return the name of a device's area."""
    area_id = device_of(hass, entry, butlr_id).area_id
    area = ar.async_get(hass).async_get_area(area_id) if area_id else None
    return area.name if area else None


def ask_for(hass: HomeAssistant, entry: MockConfigEntry, choice: str) -> None:
    """Set the areas option."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_AREAS: choice})


@pytest.mark.parametrize("choice", ["none", "match", "create"])
async def test_each_choice(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, choice: str
) -> None:
    """Names match regardless of case, accents and spaces, and aliases match too. Hardware goes to its room's area."""
    ask_for(hass, entry, choice)
    areas = ar.async_get(hass)
    areas.async_create("BOARD ROOM", aliases={"Harbour Cafe"})
    areas.async_create("Foyer", aliases={"Lobby", "desk row a"})
    areas.async_create("Desk Row A")
    await set_up()

    def shown(name: str) -> str | None:
        return area_of(hass, entry, find(simulator, name))

    matched = ["Boardroom", "Harbour Café", "Lobby", "Boardroom ceiling", "Café door", "Reception", "Hive ground"]
    right = ["BOARD ROOM", "BOARD ROOM", "Foyer", "BOARD ROOM", "BOARD ROOM", "Foyer", "Foyer"]
    assert [shown(name) for name in matched] == ([None] * 7 if choice == "none" else right)
    # A name wins over another area's alias.
    assert shown("Desk Row A") == (None if choice == "none" else "Desk Row A")
    made = ["Focus Room", "Desk Row B", "Reception Desk"]
    assert [shown(name) for name in made] == (made if choice == "create" else [None] * 3)
    assert shown("Focus Room ceiling") == ("Focus Room" if choice == "create" else None)
    # Areas are created for rooms and zones only.
    for name in ("Hive first", "First Floor", "Pier House"):
        assert areas.async_get_area_by_name(name) is None
    floors = {floor.name: floor.level for floor in fr.async_get(hass).async_list_floors()}
    assert floors == ({"Ground Floor": 0, "First Floor": 1} if choice == "create" else {})
    if choice == "create":
        area = areas.async_get_area_by_name("Focus Room")
        floor = fr.async_get(hass).async_get_floor_by_name("First Floor")
        assert area
        assert floor
        assert area.floor_id == floor.floor_id


@pytest.mark.parametrize("choice", ["none", "match", "create"])
async def test_ids_of_a_new_person(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    choice: str,
) -> None:
    """No entity id repeats a name: not at first, not for an entity added later, not when ids are recreated."""
    ask_for(hass, entry, choice)
    ar.async_get(hass).async_create("Boardroom")
    ar.async_get(hass).async_create("Lounge", aliases={"Lobby"})
    simulator.estate.rooms[find(simulator, "Boardroom")].capacity_max = 0
    await set_up()
    room, lobby = find(simulator, "Boardroom"), find(simulator, "Lobby")
    simulator.estate.rooms[room].capacity_max = simulator.estate.rooms[lobby].capacity_max = 8
    simulator.estate.sensors[find(simulator, "Boardroom ceiling")].power_type = "Battery"
    simulator.estate.add(Room(id="room_new", name="Atrium", floor_id=find(simulator, "First Floor"), capacity_max=3))
    await pass_time(hass, freezer, POLL)
    assert differences(hass, simulator, entry) == []
    late = {
        entity_of(hass, room, "utilization"),
        entity_of(hass, find(simulator, "Boardroom ceiling"), "battery"),
        entity_of(hass, "room_new", "occupancy"),
    }
    assert late == {
        "sensor.boardroom_utilization",
        "binary_sensor.boardroom_ceiling_battery",
        "binary_sensor.atrium_occupancy",
    }
    # With a different area name, Home Assistant starts the id with the area.
    in_area = "" if choice == "none" else "lounge_"
    assert entity_of(hass, lobby, "utilization") == f"sensor.{in_area}lobby_utilization"
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    registry = er.async_get(hass)
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        words = registry.async_regenerate_entity_id(registered).partition(".")[2].split("_")
        assert not any(words[:size] == words[size : 2 * size] for size in range(1, 4)), words
    assert (
        registry.async_regenerate_entity_id(registry.entities["sensor.boardroom_people"]) == "sensor.boardroom_people"
    )


async def test_later_ids_speak_the_same_language(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """An id without the area's name is in Home Assistant's language, like all others."""
    hass.config.language = "de"
    ask_for(hass, entry, "create")
    room = find(simulator, "Boardroom")
    simulator.estate.rooms[room].capacity_max = 0
    await set_up()
    assert entity_of(hass, room, "people") == "sensor.boardroom_personen"
    simulator.estate.rooms[room].capacity_max = 8
    await pass_time(hass, freezer, POLL)
    assert entity_of(hass, room, "utilization") == "sensor.boardroom_auslastung"


async def test_ids_are_what_the_person_wants(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Later ids use a device's new name, and follow the person's entity id format."""
    await set_up()
    room, lobby = find(simulator, "Lobby"), find(simulator, "Boardroom")
    devices, area = dr.async_get(hass), ar.async_get(hass).async_create("Hall")
    devices.async_update_device(device_of(hass, entry, room).id, name_by_user="Hall of Fame", area_id=area.id)
    simulator.estate.rooms[room].capacity_max = 9
    await pass_time(hass, freezer, POLL)
    assert entity_of(hass, room, "utilization") == "sensor.hall_of_fame_utilization"
    er.async_get(hass).async_update_settings(entity_id_parts=[EntityNamePart.AREA, EntityNamePart.ENTITY])
    simulator.estate.rooms[room].capacity_max = 0
    await pass_time(hass, freezer, POLL)
    devices.async_update_device(device_of(hass, entry, lobby).id, area_id=area.id, name_by_user="Hall")
    for sensor in simulator.estate.sensors.values():
        if sensor.room_id == lobby:
            sensor.mode = "traffic"
    await pass_time(hass, freezer, POLL)
    assert entity_of(hass, lobby, "entries_today") == "sensor.hall_entries_today"


async def test_once_and_never_again(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Changes by the person stay: after a reload, a rename, a move, and when the device was away."""
    ask_for(hass, entry, "create")
    await set_up()
    devices, room = dr.async_get(hass), find(simulator, "Boardroom")
    elsewhere = ar.async_get(hass).async_create("Elsewhere")
    focus = find(simulator, "Focus Room")
    devices.async_update_device(device_of(hass, entry, room).id, area_id=None)
    devices.async_update_device(device_of(hass, entry, focus).id, area_id=elsewhere.id)

    def shown() -> list[str | None]:
        return [area_of(hass, entry, one) for one in (room, focus)]

    assert shown() == [None, "Elsewhere"]
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown() == [None, "Elsewhere"]
    asset = simulator.estate.rooms[room]
    asset.name, asset.floor_id = "Board Room 2", find(simulator, "Ground Floor")
    await pass_time(hass, freezer, POLL)
    assert shown() == [None, "Elsewhere"]
    gone = [simulator.estate.rooms.pop(one) for one in (room, focus)]
    await pass_time(hass, freezer, POLL)
    for one in gone:
        simulator.estate.add(one)
    await pass_time(hass, freezer, POLL)
    assert shown() == [None, "Elsewhere"]
    # Areas that the person deleted are not created again for devices that were in them.
    ar.async_get(hass).async_delete("desk_row_a")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert area_of(hass, entry, find(simulator, "Desk Row A")) is None


async def test_later_devices(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """New spaces get an area when they appear, and floors that share a name become separate floors."""
    ask_for(hass, entry, "create")
    fr.async_get(hass).async_create("Erdgeschoss", aliases={"ground floor"})
    await set_up()
    estate, floors, areas = simulator.estate, fr.async_get(hass), ar.async_get(hass)
    lobby = areas.async_get_area_by_name("Lobby")
    assert lobby
    assert lobby.floor_id == "erdgeschoss"
    site = next(iter(estate.sites))
    estate.add(Building(id="building_2", name="Mill", site_id=site, number=2))
    estate.add(Floor(id="space_2", name="Ground Floor", building_id="building_2", number=0))
    estate.add(Room(id="room_2", name="Mill Lobby", floor_id="space_2"))
    estate.add(Zone(id="zone_2", name="Nook", floor_id=find(simulator, "Ground Floor")))
    floors.async_delete("first_floor")
    estate.add(Room(id="room_3", name="Den", floor_id=find(simulator, "First Floor")))
    await pass_time(hass, freezer, POLL)
    assert differences(hass, simulator, entry) == []
    placed = {name: areas.async_get_area_by_name(name) for name in ("Mill Lobby", "Nook", "Den")}
    assert {name: area and area.floor_id for name, area in placed.items()} == {
        "Mill Lobby": "mill_ground_floor",
        "Nook": "erdgeschoss",
        # The person deleted this floor.
        "Den": None,
    }
    # After a building is dropped and chosen again, its rooms are still in their areas.
    devices = dr.async_get(hass)
    devices.async_update_device(device_of(hass, entry, "room_2").id, area_id=None)
    await choose(hass, entry, **{CONF_BUILDINGS: [find(simulator, "Pier House")]})
    assert devices.async_get_device_by_identifier((DOMAIN, "room_2"), entry.entry_id) is None
    await choose(hass, entry, **{CONF_BUILDINGS: list(estate.buildings)})
    assert area_of(hass, entry, "room_2") is None
    assert area_of(hass, entry, "zone_2") == "Nook"


async def test_a_new_entry_begins_anew(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Deleting the entry and adding it again with areas assigns devices that had no area."""
    await set_up()
    elsewhere = ar.async_get(hass).async_create("Elsewhere")
    focus = find(simulator, "Focus Room")
    dr.async_get(hass).async_update_device(device_of(hass, entry, focus).id, area_id=elsewhere.id)
    options = dict(entry.options)
    data = {**entry.data, CONF_AREAS: "create"}
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    again = MockConfigEntry(domain=DOMAIN, unique_id=simulator.estate.id, data=data, options=options)
    again.add_to_hass(hass)
    assert await hass.config_entries.async_setup(again.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert area_of(hass, again, find(simulator, "Boardroom")) == "Boardroom"
    assert area_of(hass, again, focus) == "Elsewhere"


@pytest.mark.parametrize("later", ["match", "create"])
async def test_chosen_later(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, later: str
) -> None:
    """Devices that never had an area get one. Devices that the person changed are left alone."""
    areas, devices = ar.async_get(hass), dr.async_get(hass)
    elsewhere = areas.async_create("Elsewhere")
    areas.async_create("Boardroom")
    areas.async_create("Lobby")
    await set_up()
    lobby, focus = find(simulator, "Lobby"), find(simulator, "Focus Room")
    devices.async_update_device(device_of(hass, entry, lobby).id, area_id=elsewhere.id)
    devices.async_update_device(device_of(hass, entry, focus).id, area_id=elsewhere.id)
    await choose(hass, entry)
    devices.async_update_device(device_of(hass, entry, focus).id, area_id=None)

    def shown(*names: str) -> list[str | None]:
        return [area_of(hass, entry, find(simulator, name)) for name in names]

    await choose(hass, entry, **{CONF_AREAS: later})
    assert entry.options[CONF_AREAS] == later
    assert shown("Boardroom", "Boardroom ceiling", "Lobby", "Reception") == ["Boardroom"] * 2 + ["Elsewhere"] * 2
    # The person put this device into an area once and took it out again.
    assert shown("Focus Room") == [None]
    made = later == "create"
    assert shown("Harbour Café", "Café door", "Desk Row A") == (
        ["Harbour Café", "Harbour Café", "Desk Row A"] if made else [None] * 3
    )
    # Nothing is assigned twice or moved back.
    devices.async_update_device(device_of(hass, entry, find(simulator, "Boardroom")).id, area_id=None)
    for choice in ("none", "match", "create", "none", "create"):
        await choose(hass, entry, **{CONF_AREAS: choice})
    assert shown("Boardroom", "Lobby", "Focus Room") == [None, "Elsewhere", None]
    assert shown("Harbour Café", "Desk Row A") == ["Harbour Café", "Desk Row A"]


async def test_zones_are_left_out(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """With areas for zones switched off, zones get none; switching it on later assigns them."""
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_AREAS: "create", CONF_ZONE_AREAS: False}
    )
    areas = ar.async_get(hass)
    areas.async_create("Desk Row A")
    await set_up()
    zones = list(simulator.estate.zones)
    assert [area_of(hass, entry, one) for one in zones] == [None] * len(zones)
    assert len(areas.areas) == 1 + len(simulator.estate.rooms)
    assert area_of(hass, entry, find(simulator, "Boardroom ceiling")) == "Boardroom"
    await choose(hass, entry, **{CONF_ZONE_AREAS: True})
    assert [area_of(hass, entry, one) for one in zones] == [zone.name for zone in simulator.estate.zones.values()]
    await choose(hass, entry, **{CONF_ZONE_AREAS: False})
    assert area_of(hass, entry, zones[0])


@pytest.mark.parametrize("choice", ["match", "create"])
async def test_hardware_is_where_its_room_is(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    choice: str,
) -> None:
    """Sensors follow their room's area, whatever its name, as soon as the room has one."""
    areas, devices, estate = ar.async_get(hass), dr.async_get(hass), simulator.estate
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_AREAS: choice})
    areas.async_create("Boardroom")
    await set_up()
    room, focus = find(simulator, "Boardroom"), find(simulator, "Focus Room")
    areas.async_update("boardroom", name="Big Room")
    ceiling = estate.sensors[find(simulator, "Boardroom ceiling")]
    estate.add(replace(ceiling, id="sensor_new", name="New", mac_address="00-17-0d-00-00-77-00-01"))
    if choice == "match":
        assert area_of(hass, entry, find(simulator, "Focus Room ceiling")) is None
        devices.async_update_device(device_of(hass, entry, focus).id, area_id=areas.async_create("Quiet").id)
    await pass_time(hass, freezer, POLL)
    assert area_of(hass, entry, "sensor_new") == area_of(hass, entry, room) == "Big Room"
    placed = 0
    for sensor in estate.sensors.values():
        if sensor.real and sensor.room_id in estate.rooms:
            placed += (area := area_of(hass, entry, sensor.room_id)) is not None
            assert area_of(hass, entry, sensor.id) == area, sensor.name
    assert placed >= (3 if choice == "match" else 6)
    # This happens once: the person may move a sensor or its room afterwards.
    devices.async_update_device(device_of(hass, entry, "sensor_new").id, area_id=None)
    devices.async_update_device(
        device_of(hass, entry, room).id, area_id="focus_room" if choice == "create" else "quiet"
    )
    await pass_time(hass, freezer, POLL)
    assert area_of(hass, entry, "sensor_new") is None
    assert area_of(hass, entry, ceiling.id) == "Big Room"


@pytest.mark.parametrize(("before", "remembered"), [("none", True), ("none", False), ("match", True), ("create", True)])
async def test_the_memory_of_an_older_version(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hass_storage: dict[str, Any],
    before: str,
    remembered: bool,
) -> None:
    """An older version marked all devices as assigned. Devices that cannot have had an area get one later."""
    ask_for(hass, entry, before)
    areas, devices = ar.async_get(hass), dr.async_get(hass)
    areas.async_create("Boardroom")
    await set_up()
    board, cafe, ceiling = (find(simulator, name) for name in ("Boardroom", "Harbour Café", "Boardroom ceiling"))
    for one in (board, cafe, ceiling):
        devices.async_update_device(device_of(hass, entry, one).id, area_id=None)
    if before == "create":
        areas.async_delete("harbour_cafe")
    await hass.config_entries.async_unload(entry.entry_id)
    key = f"{DOMAIN}.{entry.entry_id}"
    everything = [*simulator.estate.rooms, *simulator.estate.zones, *simulator.estate.sensors, "room_gone"]
    if remembered:
        hass_storage[key]["data"] = {"placed": everything, "floors": {}, "labels": {}, "labelled": {}}
    else:
        del hass_storage[key]
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [area_of(hass, entry, one) for one in (board, cafe)] == [None, None]
    await choose(hass, entry, **{CONF_AREAS: "create"})
    await choose(hass, entry, **{CONF_AREAS: "match"})
    await choose(hass, entry, **{CONF_AREAS: "create"})
    # These devices had an area, so the person must have taken them out.
    assert area_of(hass, entry, board) == ("Boardroom" if before == "none" else None)
    assert area_of(hass, entry, ceiling) == ("Boardroom" if before == "none" else None)
    assert area_of(hass, entry, cafe) == (None if before == "create" else "Harbour Café")
    assert hass_storage[key]["data"]["offered"].keys().isdisjoint(hass_storage[key]["data"]["placed"])


async def test_icons(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator) -> None:
    """Created areas get an icon for their purpose. Existing areas keep theirs."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_AREAS: "create"})
    areas = ar.async_get(hass)
    areas.async_create("Lobby")
    await set_up()

    def icon(name: str) -> str | None:
        area = areas.async_get_area_by_name(name)
        assert area
        return area.icon

    assert icon("Lobby") is None
    assert (icon("Boardroom"), icon("Desk Row A")) == ("mdi:presentation", "mdi:desk")


@pytest.mark.parametrize(
    ("kind", "name", "icon"),
    [
        ("conference", "Oslo", "mdi:presentation"),
        ("Meeting Room", "Phone", "mdi:presentation"),
        ("Besprechungsraum", "1.07", "mdi:presentation"),
        ("SALLE DE RÉUNION", "1.07", "mdi:presentation"),
        ("Sala de reuniones", "1.07", "mdi:presentation"),
        ("会議室", "1.07", "mdi:presentation"),
        ("phone_booth", "1.07", "mdi:phone"),
        ("kitchen", "1.07", "mdi:countertop"),
        ("Cafe\u0301", "1.07", "mdi:coffee"),
        ("cafeteria", "1.07", "mdi:silverware-fork-knife"),
        ("Großraumbüro", "1.07", "mdi:desk"),
        ("open-office", "1.07", "mdi:desk"),
        ("restroom", "1.07", "mdi:toilet"),
        ("WC", "1.07", "mdi:toilet"),
        ("corridor", "1.07", "mdi:walk"),
        ("classroom", "1.07", "mdi:school"),
        ("bedroom", "1.07", "mdi:bed"),
        ("storage", "1.07", "mdi:package-variant-closed"),
        ("lobby", "1.07", "mdi:sofa"),
        # A type that says nothing leaves the choice to the name. Short words match only as whole words.
        ("Untagged", "Phone Booth 1", "mdi:phone"),
        ("untagged", "Lablanca", "mdi:door"),
        ("Type 7", "Kantoor 3", "mdi:desk"),
        (None, "Oslo", "mdi:door"),
        ("", "", "mdi:door"),
        ("zone", "Desk Row A", "mdi:desk"),
        ("zone", "A", "mdi:select-group"),
    ],
)
def test_which_icon(kind: str | None, name: str, icon: str) -> None:
    """The icon follows the type in several languages, else the name, else it is a door or part of a floor."""
    space: api.Room | api.Zone = api.Room(id="x", name=name, floor_id="y", room_type=kind)
    if kind == "zone":
        space = api.Zone(id="x", name=name, floor_id="y")
    assert icon_of(space) == icon


def test_icons_exist() -> None:
    """Every icon exists in Home Assistant."""
    listed = Path(next(iter(hass_frontend.__path__))) / "static" / "mdi" / "iconList.json"
    known = {f"mdi:{icon['name']}" for icon in json.loads(listed.read_text())}
    assert {ROOM_ICON, ZONE_ICON, *(icon for icon, _ in area_icons._WORDS)} <= known


async def test_other_rooms_are_not_taken_for_one(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Names that differ by a letter are different; names that look the same are equal, and an exact match wins."""
    ask_for(hass, entry, "create")
    areas, ground = ar.async_get(hass), find(simulator, "Ground Floor")
    there = ("ホール", "Bar", "ป่า", "Cafe\u0301 Sud", "Salon", "Kaf\u00e9", "Kafe", "Hall\u00e8")
    for name in there:
        areas.async_create(name)
    rooms = ("ボール", "ポール", "Bår", "ป้า", "Café Sud", "Salón", "Salôn", "Cafe Nord", "Café Nord", "Kafe", "HALLE")
    for number, name in enumerate(rooms):
        simulator.estate.add(Room(id=f"room_n{number}", name=name, floor_id=ground))
    simulator.estate.add(Room(id="room_none", name="\u200b\u2060\u00ad", floor_id=ground))
    await set_up()
    shown = {name: area_of(hass, entry, f"room_n{number}") for number, name in enumerate(rooms)}
    assert shown == {name: name for name in rooms} | {"Café Sud": "Cafe\u0301 Sud", "HALLE": "Hallè"}
    assert (device_of(hass, entry, "room_none").name, area_of(hass, entry, "room_none")) == ("room_none", "room_none")
