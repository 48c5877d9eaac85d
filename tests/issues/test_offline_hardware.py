"""Hardware that is offline for long: two repairs with names, and a number on the device of the organization."""

import time

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.const import CONF_BUILDINGS, CONF_HARDWARE, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from custom_components.butlr.issues.issue import Issue, issue_id
from custom_components.butlr.issues.offline_hardware import MAX_LINES, OfflineDevices
from custom_components.butlr.runtime import create_client
from tests.conftest import SetUp, choose, pass_time
from tests.helpers.registries import differences, find
from tests.helpers.states import state_of
from tests.simulator import Simulator
from tests.simulator.estate import Building, Floor, Hive, Sensor
from tests.test_hardware import hive_named

POLL = ESTATE_INTERVAL.total_seconds() + 1


def told(hass: HomeAssistant, entry: MockConfigEntry, issue: Issue) -> str | None:
    """Return what a repair lists; None while there is none."""
    found = ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, issue))
    if found is None:
        return None
    assert not found.is_fixable
    placeholders = found.translation_placeholders or {}
    assert placeholders["entry"] == entry.title
    return placeholders["hives" if issue is Issue.HIVES_OFFLINE else "floors"]


def of_floor(simulator: Simulator, name: str) -> list[Sensor]:
    """Return the real sensors of a floor."""
    floor_id = find(simulator, name)
    return [one for one in simulator.estate.sensors.values() if one.real and one.floor_id == floor_id]


def silence(*devices: Sensor | Hive, heartbeat: bool = True) -> None:
    """Let hardware go offline now."""
    for device in devices:
        device.is_online = False
        device.offline_since = int(time.time()) if heartbeat else None


def revive(*devices: Sensor | Hive) -> None:
    """Let hardware come back."""
    for device in devices:
        device.is_online = True
        device.offline_since = None


@pytest.mark.parametrize("heartbeat", [True, False])
async def test_a_hive(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    heartbeat: bool,
) -> None:
    """Two polls in a row find it offline: it is named with its floor, which is not told as well, until it is back."""
    await set_up()
    ground, first = hive_named(simulator, "Hive ground"), hive_named(simulator, "Hive first")
    silence(first, heartbeat=heartbeat)
    await pass_time(hass, freezer, POLL)
    # A hive that restarts is no matter.
    assert told(hass, entry, Issue.HIVES_OFFLINE) is None
    revive(first)
    await pass_time(hass, freezer, POLL)
    silence(first, heartbeat=heartbeat)
    await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.HIVES_OFFLINE) is None
    await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.HIVES_OFFLINE) == "- `Hive first` (`First Floor`)"
    # One repair, that says more when there is more.
    ground.name, ground.floor_id = "`Hive`\n**ground**", ""
    silence(ground, heartbeat=heartbeat)
    for _ in range(6):
        await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.HIVES_OFFLINE) == "- `'Hive' **ground**`\n- `Hive first` (`First Floor`)"
    assert told(hass, entry, Issue.FLOORS_OFFLINE) is None
    assert int(state_of(hass, simulator.estate.id, "sensors_offline") or 0) == sum(
        one.real for one in simulator.estate.sensors.values()
    )
    ir.async_ignore_issue(hass, DOMAIN, issue_id(entry, Issue.HIVES_OFFLINE), True)
    revive(ground)
    await pass_time(hass, freezer, POLL)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.HIVES_OFFLINE))
    assert issue
    assert issue.dismissed_version
    assert told(hass, entry, Issue.HIVES_OFFLINE) == "- `Hive first` (`First Floor`)"
    revive(first)
    await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.HIVES_OFFLINE) is None


async def test_a_hive_that_has_been_dead_for_long(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Its heartbeat tells at the start; the day is gone with the entry."""
    hive = hive_named(simulator, "Hive first")
    silence(hive)
    hive.offline_since = int(time.time()) - 3600
    await set_up()
    assert told(hass, entry, Issue.HIVES_OFFLINE)
    await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass, entry, Issue.HIVES_OFFLINE) is None


@pytest.mark.parametrize("heartbeat", [True, False])
async def test_half_a_floor(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    heartbeat: bool,
) -> None:
    """An hour by the heartbeat, or by when a poll found it; less than half is no matter, and neither is a flap."""
    sensors = of_floor(simulator, "First Floor")
    revive(*sensors)
    if len(sensors) % 2:
        simulator.estate.remove(sensors.pop().id)
    half = sensors[: len(sensors) // 2]
    await set_up()
    assert state_of(hass, simulator.estate.id, "sensors_offline") == "0"
    silence(*half, heartbeat=heartbeat)
    # What calls itself online tells nothing of when it was last heard.
    for number in range(6):
        assert told(hass, entry, Issue.FLOORS_OFFLINE) is None
        assert state_of(hass, simulator.estate.id, "sensors_offline") == ("0" if number == 0 else str(len(half)))
        await pass_time(hass, freezer, POLL)
    # By the heartbeat an hour has passed, by the polls 50 minutes.
    line = f"- `First Floor` (`Pier House`): {len(half)}/{len(sensors)}"
    assert told(hass, entry, Issue.FLOORS_OFFLINE) == (line if heartbeat else None)
    await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.FLOORS_OFFLINE) == line
    revive(half[0])
    await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.FLOORS_OFFLINE) is None
    # It counts again when it has been offline for an hour again.
    silence(half[0], heartbeat=heartbeat)
    await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.FLOORS_OFFLINE) is None


async def test_sensors_of_a_dead_hive_and_others(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """What a hive silences counts for its floor as soon as there is more to it than the hive."""
    sensors = of_floor(simulator, "First Floor")
    revive(*sensors)
    hive = hive_named(simulator, "Hive first")
    other = Hive(id="hive_2", name="Hive 2", floor_id=hive.floor_id, serial="HIVE-2")
    simulator.estate.add(other)
    own, *behind = sensors
    own.hive_id = other.id
    # Heartbeats of before the flood are none.
    silence(hive)
    hive.offline_since = 0
    await set_up()
    for _ in range(7):
        await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.FLOORS_OFFLINE) is None
    silence(own)
    own.offline_since = int(time.time()) - 3600
    await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.FLOORS_OFFLINE) == f"- `First Floor` (`Pier House`): {len(sensors)}/{len(sensors)}"
    assert behind
    own.installation_status = "UNINSTALLED"
    await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.FLOORS_OFFLINE) is None
    assert state_of(hass, simulator.estate.id, "sensors_offline") == str(len(behind))


async def test_while_butlr_is_out_of_reach(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Nobody knows what is offline then: no repair comes of it, and the number is unavailable when it is too old."""
    await set_up()
    hive = hive_named(simulator, "Hive first")
    silence(hive)
    await pass_time(hass, freezer, POLL)
    simulator.faults.set("graphql", "500")
    for _ in range(12):
        await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.HIVES_OFFLINE) is None
    assert state_of(hass, simulator.estate.id, "sensors_offline") == STATE_UNAVAILABLE
    simulator.faults.clear()
    await pass_time(hass, freezer, POLL)
    assert told(hass, entry, Issue.HIVES_OFFLINE)
    assert state_of(hass, simulator.estate.id, "sensors_offline") not in (STATE_UNAVAILABLE, STATE_UNKNOWN)


@pytest.mark.parametrize("rooms", [240])
async def test_of_what_is_chosen(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Buildings that are not chosen are none of our business; hardware counts without devices of its own."""
    estate = simulator.estate
    first, second = list(estate.buildings)[:2]
    floors = {floor.id for floor in estate.floors.values() if floor.building_id == first}
    hives = [hive for hive in estate.hives.values() if hive.real and hive.floor_id in floors]
    silence(*hives)
    for hive in hives:
        hive.offline_since = int(time.time()) - 7200
    await set_up()
    await choose(hass, entry, **{CONF_BUILDINGS: [first], CONF_HARDWARE: False})
    lines = told(hass, entry, Issue.HIVES_OFFLINE)
    assert lines
    assert len(lines.splitlines()) == len(hives)
    of_first = [one for one in estate.sensors.values() if one.real and one.floor_id in floors]
    assert int(state_of(hass, estate.id, "sensors_offline") or 0) >= sum(
        one.hive_id in {hive.id for hive in hives} for one in of_first
    )
    await choose(hass, entry, **{CONF_BUILDINGS: [second]})
    assert all(hive.name not in (told(hass, entry, Issue.HIVES_OFFLINE) or "") for hive in hives)


async def test_many_hives(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A list that nobody reads ends with how many more there are."""
    for number in range(MAX_LINES + 5):
        hive = Hive(id=f"hive_n{number}", name=f"N{number}", floor_id="", serial=f"N-{number}")
        hive.is_online, hive.offline_since = False, 1_000_000
        simulator.estate.add(hive)
    await set_up()
    lines = (told(hass, entry, Issue.HIVES_OFFLINE) or "").splitlines()
    assert (len(lines), lines[-1]) == (MAX_LINES + 1, "- … (+5)")


async def test_what_was_never_read(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Without a single row of sensors their number is not 0 but unknown."""
    simulator.estate.sensors.clear()
    await set_up()
    assert state_of(hass, simulator.estate.id, "sensors_offline") == STATE_UNKNOWN


async def test_an_hour_is_an_hour(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator) -> None:
    """To the second, by the time at Butlr that is handed in."""
    for sensor in of_floor(simulator, "First Floor"):
        silence(sensor, heartbeat=False)
    estate = await fetch_estate(create_client(hass, entry.data))
    outages, now = OfflineDevices(), 1_800_000_000.0
    outages.update(estate, now)
    outages.update(estate, now + 3599)
    assert outages.floors(estate, now + 3599) == []
    assert [floor.name for floor, *_ in outages.floors(estate, now + 3600)] == ["First Floor"]


# -- people of the organization ----------------------------------------------------------------------------------------


async def test_people_in_all(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The sum of the buildings; what is unknown counts nothing, and where nothing can be known there is no sum."""
    estate = simulator.estate
    await set_up()
    await simulator.move(to=find(simulator, "Boardroom"))
    await simulator.move(to=find(simulator, "Lobby"))
    await pass_time(hass, freezer, 61)
    await pass_time(hass, freezer, 61)
    buildings = [int(state_of(hass, building_id, "people") or 0) for building_id in estate.buildings]
    assert int(state_of(hass, estate.id, "people") or 0) == sum(buildings) == 2
    silence(*of_floor(simulator, "First Floor"))
    await pass_time(hass, freezer, POLL)
    await pass_time(hass, freezer, 61)
    assert state_of(hass, estate.id, "people") == "1"
    silence(*of_floor(simulator, "Ground Floor"))
    await pass_time(hass, freezer, POLL)
    assert state_of(hass, estate.id, "people") == STATE_UNAVAILABLE
    assert differences(hass, simulator, entry) == []


async def test_people_of_buildings_that_come_and_go(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A building whose people are not counted stays out of it, a new one comes in; without any there is no total."""
    estate = simulator.estate
    site = next(iter(estate.sites))
    estate.add(Building(id="building_2", name="Mill", site_id=site, number=2))
    estate.add(Floor(id="space_2", name="Mill Floor", building_id="building_2", number=0))
    await set_up()
    assert state_of(hass, "building_2", "people") is None
    assert state_of(hass, estate.id, "people") == "0"
    for sensor in estate.sensors.values():
        if sensor.mode == "presence":
            sensor.floor_id, sensor.room_id = "space_2", None
    estate.zones.clear()
    # That all zones are gone is believed when it stays so.
    for _ in range(3):
        await pass_time(hass, freezer, POLL)
    assert differences(hass, simulator, entry) == []
    assert state_of(hass, "building_2", "people") is not None
    assert state_of(hass, estate.id, "people") == state_of(hass, "building_2", "people")
    for sensor in estate.sensors.values():
        sensor.mode = "traffic"
    await pass_time(hass, freezer, POLL)
    assert er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{estate.id}_people") is None
    assert differences(hass, simulator, entry) == []
