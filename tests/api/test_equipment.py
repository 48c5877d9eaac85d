"""Which sensors and hives are real, where they are, what they sense, and whether they are online."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.butlr.api.estate import (
    NO_EQUIPMENT,
    Equipment,
    Estate,
    Hive,
    Mode,
    Sensor,
    is_placeholder_mac,
)

from . import estate_data as ids
from .cloud import example
from .estate_data import Answers


@pytest.fixture
def answers() -> Answers:
    """Return the example answers."""
    return Answers()


@pytest.fixture
def estate(answers: Answers) -> Estate:
    """Return the estate of the examples."""
    return answers.build()


@pytest.mark.parametrize("suffix", ["", "-with-placeholders"])
def test_devices(answers: Answers, suffix: str) -> None:
    """Eight sensors and two hives are real, with or without rows of placeholder devices among them."""
    answers.sensors = example(f"graphql-sensors{suffix}")["data"]
    answers.hives = example(f"graphql-hives{suffix}")["data"]
    estate = answers.build()
    assert [sensor.mac[-2:] for sensor in estate.sensors.values()] == [f"0{number}" for number in range(1, 9)]
    assert list(estate.hives) == [ids.GROUND_HIVE, ids.FIRST_HIVE]


def test_sensor_fields(estate: Estate) -> None:
    """A sensor is read with all fields; a null or blank room is None."""
    assert estate.sensors[ids.MAIN_ENTRANCE] == Sensor(
        id=ids.MAIN_ENTRANCE,
        name="Main entrance",
        mac="00-17-0d-00-00-71-20-01",
        mode="traffic",
        model="Heatic 2",
        floor_id=ids.GROUND,
        room_id=ids.LOBBY,
        hive_serial="9f31c07a5be2d410",
        is_entrance=True,
        online=True,
        power="Wired",
        last_heartbeat=1782121500.0,
    )
    booth = estate.sensors[ids.BOOTH_SENSOR]
    assert (booth.mode, booth.online, booth.is_entrance) == (Mode.PRESENCE, False, False)
    assert (booth.power, booth.battery_change_by) == ("Battery", datetime(2026, 5, 30, tzinfo=UTC).timestamp())
    assert [estate.sensors[key].room_id for key in (ids.DESKS_A_SENSOR, ids.DESKS_B_SENSOR)] == [None, None]
    assert estate.sensors[ids.DESKS_B_SENSOR].power is None


def test_hive_fields(estate: Estate) -> None:
    """A hive is read with all fields; its status fields are in camel case."""
    assert list(estate.hives.values()) == [
        Hive(
            id=ids.GROUND_HIVE,
            name="Hive ground",
            serial="9f31c07a5be2d410",
            floor_id=ids.GROUND,
            room_id=ids.LOBBY,
            online=True,
            version="2.4.4",
            type="2.0",
            last_heartbeat=1782121497.0,
            path_stability=99.2,
        ),
        Hive(
            id=ids.FIRST_HIVE,
            name="Hive first",
            serial="4a82e6d91c07b35f",
            floor_id=ids.FIRST,
            online=True,
            version="2.4.4",
            type="2.0",
            last_heartbeat=1782121494.0,
            path_stability=99.2,
        ),
    ]


@pytest.mark.parametrize(
    ("mac", "placeholder"),
    [
        ("", True),
        ("fa-ke-0d-00", True),
        ("FA-KE-0d-00", True),
        ("mi-rr-or-00", True),
        ("Mi-Rr-Or-00", True),
        ("00-17-fa-ke", False),
        ("00-17-0d-00-00-71-20-01", False),
    ],
)
def test_placeholder_macs(mac: str, placeholder: bool) -> None:
    """Mirrors, test sensors and planned sensors are ignored, in upper or lower case."""
    assert is_placeholder_mac(mac) is placeholder


@pytest.mark.parametrize(
    ("serial", "real"), [("Fake-1", False), ("  ", False), (None, False), ("a-fake", True), ("0", True)]
)
def test_placeholder_serials(answers: Answers, serial: str | None, real: bool) -> None:
    """A hive without a serial number, or with a fake one, is ignored."""
    answers.of(ids.GROUND_HIVE)["serialNumber"] = serial
    assert (ids.GROUND_HIVE in answers.build().hives) is real


@pytest.mark.parametrize("room_id", [None, "", " "])
def test_sensor_without_room(answers: Answers, room_id: str | None) -> None:
    """A sensor without a room belongs only to its floor."""
    answers.of(ids.FOCUS_CEILING)["room_id"] = room_id
    estate = answers.build()
    assert estate.sensors[ids.FOCUS_CEILING].room_id is None
    assert estate.equipment(ids.FOCUS) == NO_EQUIPMENT == Equipment()
    assert estate.sensors[ids.FOCUS_CEILING] in estate.equipment(ids.FIRST).sensors


@pytest.mark.parametrize("floor_id", [None, "", "space_deleted"])
def test_sensor_without_floor(answers: Answers, floor_id: str | None) -> None:
    """A sensor that names only its room is on that room's floor; without either it is nowhere."""
    answers.of(ids.FOCUS_CEILING)["floor_id"] = floor_id
    answers.of(ids.DESKS_A_SENSOR)["floor_id"] = floor_id
    estate = answers.build()
    assert estate.sensors[ids.FOCUS_CEILING].floor_id == ids.FIRST
    assert estate.sensors[ids.DESKS_A_SENSOR].floor_id == (floor_id or None)
    assert len(estate.equipment(ids.FIRST).sensors) == 4


@pytest.mark.parametrize(
    ("entrance", "read"), [(True, True), (False, False), (None, False), ("true", False), (1, False)]
)
def test_entrance(answers: Answers, entrance: Any, read: bool) -> None:
    """A sensor is an entrance only if the answer says so."""
    answers.of(ids.MAIN_ENTRANCE)["is_entrance"] = entrance
    assert answers.build().sensors[ids.MAIN_ENTRANCE].is_entrance is read


@pytest.mark.parametrize(
    ("status", "installed"),
    [
        ("INSTALLED", True),
        ("UNINSTALLED", False),
        ("uninstalled", False),
        (" Uninstalled", False),
        (None, True),
        ("X", True),
        (5, True),
    ],
)
def test_installation_status(answers: Answers, status: Any, installed: bool) -> None:
    """An uninstalled sensor is ignored: it senses nothing, and its events count nowhere."""
    answers.of(ids.MAIN_ENTRANCE)["installation_status"] = status
    estate = answers.build()
    assert (ids.MAIN_ENTRANCE in estate.hardware) is installed
    assert estate.equipment(ids.GROUND).traffic is installed
    mac = answers.of(ids.MAIN_ENTRANCE)["mac_address"].lower()
    assert estate.is_uninstalled(mac) is not installed
    assert not estate.is_uninstalled("00-00")


@pytest.mark.parametrize("later_first", [True, False])
def test_a_sensor_that_moved(answers: Answers, later_first: bool) -> None:
    """Of two rows with one MAC address, the installed one counts, in either order."""
    rows = answers.sensors["sensors"]["data"]
    old = answers.of(ids.CAFE_DOOR)
    new = {**old, "id": "sensor_new", "room_id": ids.FOCUS, "floor_id": ids.FIRST, "mac_address": old["mac_address"]}
    old["installation_status"] = "UNINSTALLED"
    rows.insert(0 if later_first else len(rows), new)
    estate = answers.build()
    mac = old["mac_address"].lower()
    assert estate.sensors_by_mac[mac].id == "sensor_new"
    assert not estate.is_uninstalled(mac)
    assert estate.equipment(ids.FOCUS).traffic
    assert not estate.equipment(ids.CAFE).traffic


@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize(("online", "winner"), [((True, True), "sensor_2"), ((True, False), "sensor_1")])
def test_two_sensors_of_one_mac(answers: Answers, turned: bool, online: tuple[bool, bool], winner: str) -> None:
    """The online sensor counts, else the newer one; the order of the answer does not matter."""
    rows = answers.sensors["sensors"]["data"]
    row = answers.of(ids.CAFE_DOOR)
    rows.remove(row)
    twins = [{**row, "id": f"sensor_{one}", "is_online": is_online} for one, is_online in enumerate(online, 1)]
    rows += reversed(twins) if turned else twins
    assert answers.build().sensors_by_mac[row["mac_address"].lower()].id == winner


@pytest.mark.parametrize(
    ("model", "motion"),
    [
        ("Heatic 2+", True),
        ("Heatic2+", True),
        ("HEATIC 2+", True),
        ("heatic  2 +", True),
        ("Butlr Heatic 2+ Wired", True),
        ("Heatic 2", False),
        ("Heatic 12+", False),
        ("", False),
        (None, False),
    ],
)
def test_motion(answers: Answers, model: str | None, motion: bool) -> None:
    """A room with a Heatic 2+, however it is written, senses motion; floors and zones never do."""
    answers.of(ids.FOCUS_CEILING)["model"] = model
    answers.of(ids.DESKS_A_SENSOR)["model"] = model
    estate = answers.build()
    assert estate.sensors[ids.FOCUS_CEILING].senses_motion is motion
    assert estate.equipment(ids.FOCUS).motion is motion
    assert not estate.equipment(ids.FIRST).motion
    assert not estate.equipment(ids.DESKS_A).motion


def test_equipment(estate: Estate) -> None:
    """A room counts by its own sensors, a floor's traffic by its entrances, a zone always, a building never."""
    doors = [ids.MAIN_ENTRANCE, ids.CAFE_DOOR]
    desks = [ids.DESKS_A_SENSOR, ids.DESKS_B_SENSOR]
    ceilings = [ids.BOARDROOM_CEILING, ids.FOCUS_CEILING, ids.BOOTH_SENSOR]
    expected: dict[str, tuple[list[str], list[str], bool, bool]] = {
        ids.BUILDING: ([], [], False, False),
        ids.GROUND: ([*doors, ids.RECEPTION], [ids.MAIN_ENTRANCE], True, False),
        ids.FIRST: ([*ceilings, *desks], [], True, False),
        ids.LOBBY: ([ids.MAIN_ENTRANCE, ids.RECEPTION], [ids.MAIN_ENTRANCE], True, False),
        ids.CAFE: ([ids.CAFE_DOOR], [ids.CAFE_DOOR], False, False),
        ids.BOARDROOM: ([ids.BOARDROOM_CEILING], [], True, True),
        ids.FOCUS: ([ids.FOCUS_CEILING], [], True, True),
        ids.BOOTH: ([ids.BOOTH_SENSOR], [], True, True),
        ids.RECEPTION_DESK: ([ids.RECEPTION], [], True, False),
        ids.WINDOW_SEATS: ([], [], True, False),
        ids.DESKS_A: ([ids.DESKS_A_SENSOR], [], True, False),
        ids.DESKS_B: ([ids.DESKS_B_SENSOR], [], True, False),
    }
    assert expected.keys() == estate.spaces.keys()
    for space_id, (sensors, counting, presence, motion) in expected.items():
        own = estate.equipment(space_id)
        assert [sensor.id for sensor in own.sensors] == sensors
        assert [sensor.id for sensor in own.doors] == counting
        assert (own.presence, own.traffic, own.motion) == (presence, bool(counting), motion)
    assert estate.equipment("room_deleted") == NO_EQUIPMENT


def test_floor_traffic_needs_an_entrance(answers: Answers) -> None:
    """A floor without an entrance sensor has no traffic, even if its rooms have."""
    answers.of(ids.MAIN_ENTRANCE)["is_entrance"] = False
    estate = answers.build()
    assert not estate.equipment(ids.GROUND).traffic
    assert estate.equipment(ids.LOBBY).traffic
    assert estate.equipment(ids.CAFE).traffic


def test_zone_members(answers: Answers) -> None:
    """Of the sensors that a zone lists, those in the flat list count, each once; those of its room do not."""
    listed = [ids.RECEPTION, ids.MIRROR, "sensor_deleted", ids.RECEPTION, ids.MAIN_ENTRANCE]
    answers.of(ids.RECEPTION_DESK)["sensors"] = [{"id": sensor_id} for sensor_id in listed]
    answers.of(ids.DESKS_A)["sensors"] = None
    answers.of(ids.DESKS_B).update(sensors=[], room_id=ids.BOARDROOM)
    estate = answers.build()
    counted = [sensor.id for sensor in estate.equipment(ids.RECEPTION_DESK).sensors]
    assert counted == [ids.RECEPTION, ids.MAIN_ENTRANCE]
    assert [sensor.id for sensor in estate.equipment(ids.RECEPTION_DESK).sensors] == [ids.RECEPTION, ids.MAIN_ENTRANCE]
    for zone_id in (ids.DESKS_A, ids.DESKS_B):
        # Butlr counts it with the presence sensors of its floor.
        around = estate.equipment(estate.zones[zone_id].floor_id).counters
        assert estate.equipment(zone_id) == Equipment(counters=around, presence=True)
        assert around


@pytest.mark.parametrize(
    ("sensor", "hive", "serial", "online"),
    [
        (True, True, "4A82E6D91C07B35F", True),
        (True, None, "4a82e6d91c07b35f", True),
        (True, True, None, True),
        (None, True, "4a82e6d91c07b35f", True),
        (False, True, "4a82e6d91c07b35f", False),
        (True, False, "4a82e6d91c07b35f", False),
        (True, False, "4A82e6d91c07b35f", False),
        (True, False, None, True),
        (True, False, "unknown", True),
        (False, False, None, False),
    ],
)
def test_online(answers: Answers, sensor: Any, hive: Any, serial: str | None, online: bool) -> None:
    """Sensors behind an offline hive are offline; behind an unknown hive, their own state counts."""
    answers.of(ids.FOCUS_CEILING).update(is_online=sensor, hive_serial=serial)
    answers.of(ids.FIRST_HIVE)["isOnline"] = hive
    estate = answers.build()
    assert estate.is_online(estate.sensors[ids.FOCUS_CEILING]) is online
    assert estate.connected(estate.sensors[ids.FOCUS_CEILING]) is (None if online and sensor is None else online)
    assert estate.connected(estate.hives[ids.FIRST_HIVE]) is hive


@pytest.mark.parametrize(
    ("power", "date", "battery"),
    [
        ("Battery", "2026-05-30T00:00:00Z", True),
        ("battery", None, True),
        ("Wired", "2026-05-30T00:00:00Z", False),
        ("WIRED", None, False),
        (None, "2026-05-30T00:00:00Z", True),
        (None, None, False),
        ("Solar", None, False),
    ],
)
def test_batteries(answers: Answers, power: Any, date: Any, battery: bool) -> None:
    """A wired sensor has no battery; others have one if Butlr says so or knows when to replace it."""
    answers.of(ids.FOCUS_CEILING).update(power_type=power, battery_change_by_date=date)
    assert answers.build().sensors[ids.FOCUS_CEILING].has_battery is battery


@pytest.mark.parametrize(
    ("date", "timestamp"),
    [
        ("2026-05-30T00:00:00Z", 1780099200.0),
        ("2026-05-30T00:00:00.123456789Z", 1780099200.123456),
        ("2026-05-30T02:00:00+02:00", 1780099200.0),
        ("2026-05-30T00:00:00", 1780099200.0),
        ("2026-05-30", 1780099200.0),
        # What Butlr's backend language writes for a missing time.
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59Z", None),
        ("soon", None),
        ("", None),
        (None, None),
        (1780099200, None),
    ],
)
def test_dates(answers: Answers, date: Any, timestamp: float | None) -> None:
    """RFC 3339 times become timestamps; malformed and implausible ones become None."""
    answers.of(ids.FOCUS_CEILING)["battery_change_by_date"] = date
    assert answers.build().sensors[ids.FOCUS_CEILING].battery_change_by == timestamp


@pytest.mark.parametrize(
    ("heartbeat", "timestamp"),
    [(1782121500, 1782121500.0), (0, None), (-5, None), (1782121500000, None), (1e300, None)],
)
def test_heartbeats(answers: Answers, heartbeat: Any, timestamp: float | None) -> None:
    """Heartbeats are in seconds; 0 means never, and implausible values are None."""
    answers.of(ids.FOCUS_CEILING)["last_heartbeat"] = heartbeat
    answers.of(ids.FIRST_HIVE)["lastHeartbeat"] = heartbeat
    estate = answers.build()
    assert estate.sensors[ids.FOCUS_CEILING].last_heartbeat == estate.hives[ids.FIRST_HIVE].last_heartbeat == timestamp


def test_hardware_without_a_name(answers: Answers) -> None:
    """A nameless device is named after what is printed on it."""
    answers.of(ids.FOCUS_CEILING)["name"] = answers.of(ids.FIRST_HIVE)["name"] = " "
    estate = answers.build()
    assert estate.sensors[ids.FOCUS_CEILING].name == "Sensor 00-17-0d-00-00-71-20-04"
    assert estate.hives[ids.FIRST_HIVE].name == "Hive 4a82e6d91c07b35f"


def test_what_there_is(estate: Estate) -> None:
    """Hardware may be excluded; what could not be read is neither present nor gone."""
    for one in (ids.ORGANIZATION, ids.BUILDING, ids.FIRST, ids.LOBBY, ids.DESKS_A):
        assert estate.has(one)
        assert not estate.lacks(one)
    assert list(estate.hardware)[:2] == [ids.GROUND_HIVE, ids.FIRST_HIVE]
    bare = replace(estate, with_hardware=False, unread=frozenset({"hives", "sensors", "tags"}))
    assert (bare.hardware, bare.has(ids.GROUND_HIVE), bare.lacks(ids.GROUND_HIVE)) == ({}, False, True)
    assert bare.equipment(ids.BOARDROOM).presence
    unsure = replace(estate, hives={}, unread=frozenset({"hives"}))
    assert (unsure.has(ids.GROUND_HIVE), unsure.lacks(ids.GROUND_HIVE)) == (False, False)
    assert unsure.lacks("room_gone")
    assert unsure.lacks("sensor_gone")


def test_where_things_are(answers: Answers) -> None:
    """Everything is in a building, except hardware of the organization without a location."""
    answers.of(ids.FOCUS_CEILING).update(floor_id=None, room_id="")
    estate = answers.build()
    things = [*estate.spaces.values(), *estate.hardware.values()]
    buildings = {thing.id: estate.building_of(thing) for thing in things}
    assert buildings.pop(ids.FOCUS_CEILING) is None
    assert set(buildings.values()) == {estate.buildings[ids.BUILDING]}
