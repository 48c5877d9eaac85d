"""Sensors and hives as devices, and their entities."""

from datetime import UTC, datetime, timedelta
import time
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.const import CONF_BUILDINGS, CONF_HARDWARE
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from tests.conftest import SetUp, choose, pass_time
from tests.helpers.on_demand import disable_background_pacing
from tests.helpers.registries import butlr_ids, device_of, differences
from tests.helpers.states import entity_of, state_of
from tests.simulator import Simulator
from tests.simulator.estate import Hive, Sensor

POLL = ESTATE_INTERVAL.total_seconds() + 1


def sensor_named(simulator: Simulator, name: str) -> Sensor:
    """Return a sensor by its name."""
    return next(sensor for sensor in simulator.estate.sensors.values() if sensor.name == name)


def hive_named(simulator: Simulator, name: str) -> Hive:
    """Return a hive by its name."""
    return next(hive for hive in simulator.estate.hives.values() if hive.name == name)


def enable_everything(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Enable the entities that are disabled by default."""
    registry = er.async_get(hass)
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_update_entity(registered.entity_id, disabled_by=None)


async def test_what_devices_say(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Devices have model, serial number and version; sensors are linked to their hive, else to their floor."""
    stray, homeless = sensor_named(simulator, "Café door"), sensor_named(simulator, "Reception")
    stray.hive_id = "hive_gone"
    homeless.hive_id, homeless.floor_id, homeless.room_id = "", "", None
    await set_up()
    hive, sensor = hive_named(simulator, "Hive first"), sensor_named(simulator, "Boardroom ceiling")
    shown = device_of(hass, entry, hive.id)
    assert (shown.name, shown.model, shown.serial_number, shown.hw_version) == (
        "Hive first",
        "Hive 2.0",
        hive.serial,
        "2.4.4",
    )
    assert shown.via_device_id == device_of(hass, entry, hive.floor_id).id
    shown = device_of(hass, entry, sensor.id)
    assert (shown.model, shown.serial_number, shown.entry_type) == ("Heatic 2+ (presence)", sensor.mac_address, None)
    assert shown.via_device_id == device_of(hass, entry, hive.id).id
    assert device_of(hass, entry, stray.id).via_device_id == device_of(hass, entry, stray.floor_id).id
    assert device_of(hass, entry, homeless.id).via_device_id == device_of(hass, entry, simulator.estate.id).id
    stray.hive_id, stray.model, stray.mode, stray.name = hive.id, "", "", "Ceiling"
    hive.type = ""
    hive.floor_id = ""
    await pass_time(hass, freezer, POLL)
    shown = device_of(hass, entry, stray.id)
    assert (shown.name, shown.model, shown.via_device_id) == ("Ceiling", "Sensor", device_of(hass, entry, hive.id).id)
    assert device_of(hass, entry, hive.id).model == "Hive"
    assert device_of(hass, entry, hive.id).via_device_id == device_of(hass, entry, simulator.estate.id).id


async def test_what_they_show(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Entities show connectivity, batteries by Butlr's own thresholds, heartbeats, and the path of a hive."""
    disable_background_pacing(monkeypatch)
    await set_up()
    enable_everything(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    soon, dead, fine, wired, unknown = (
        sensor_named(simulator, name).id
        for name in ("Focus Room ceiling", "Phone Booth 1", "Desk Row A", "Boardroom ceiling", "Desk Row B")
    )
    hive = hive_named(simulator, "Hive first")
    shown = {one: (state_of(hass, one, "connectivity"), state_of(hass, one, "battery")) for one in (soon, dead, fine)}
    assert shown == {soon: (STATE_ON, STATE_ON), dead: (STATE_OFF, STATE_ON), fine: (STATE_ON, STATE_OFF)}
    for one in (wired, unknown, hive.id):
        assert state_of(hass, one, "connectivity") == STATE_ON
        assert entity_of(hass, one, "battery") is None
        assert entity_of(hass, one, "battery_change_by") is None
    due = simulator.estate.sensors[soon].battery_change_by_date
    assert due
    assert state_of(hass, soon, "battery_change_by") == due.replace("Z", "+00:00")
    # What is known of a device that is offline is shown: it is what tells why.
    offline_since = simulator.estate.sensors[dead].offline_since
    assert offline_since
    assert state_of(hass, dead, "last_heartbeat") == datetime.fromtimestamp(offline_since, UTC).isoformat()
    assert state_of(hass, hive.id, "last_heartbeat") not in (None, STATE_UNKNOWN, STATE_UNAVAILABLE)
    assert state_of(hass, hive.id, "path_stability") == "99.2"
    # A hive that is offline silences its sensors, whatever they say of themselves.
    hive.is_online = False
    hive.offline_since = int(time.time())
    simulator.estate.sensors[fine].battery_change_by_date = None
    await pass_time(hass, freezer, POLL)
    assert state_of(hass, hive.id, "connectivity") == state_of(hass, wired, "connectivity") == STATE_OFF
    assert state_of(hass, hive.id, "path_stability") == STATE_UNAVAILABLE
    assert state_of(hass, fine, "battery") == state_of(hass, fine, "battery_change_by") == STATE_UNKNOWN
    assert differences(hass, simulator, entry) == []


async def test_a_battery_becomes_due(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A battery is due thirty days before its date, at the next poll."""
    sensor = sensor_named(simulator, "Desk Row A")
    due = datetime.now(UTC) + timedelta(days=30, minutes=15)
    sensor.battery_change_by_date = due.strftime("%Y-%m-%dT%H:%M:%S.41Z")
    await set_up()
    assert state_of(hass, sensor.id, "battery") == STATE_OFF
    await pass_time(hass, freezer, POLL)
    assert state_of(hass, sensor.id, "battery") == STATE_OFF
    await pass_time(hass, freezer, POLL)
    assert state_of(hass, sensor.id, "battery") == STATE_ON


async def test_without_hardware(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Without the option only spaces stay; with it again, the devices return as the user left them."""
    await set_up()
    loaded = entry.runtime_data
    sensor = sensor_named(simulator, "Focus Room ceiling")
    dr.async_get(hass).async_update_device(device_of(hass, entry, sensor.id).id, name_by_user="Above the desk")
    er.async_get(hass).async_update_entity(
        "binary_sensor.focus_room_ceiling_battery", new_entity_id="binary_sensor.change_me"
    )
    await hass.async_block_till_done()
    before = butlr_ids(hass, entry)
    await choose(hass, entry, **{CONF_HARDWARE: False})
    assert differences(hass, simulator, entry) == []
    assert {one.partition("_")[0] for one in before - butlr_ids(hass, entry)} == {"sensor", "hive"}
    assert state_of(hass, sensor.room_id or "", "people") == "0"
    await pass_time(hass, freezer, POLL)
    assert differences(hass, simulator, entry) == []
    await choose(hass, entry, **{CONF_HARDWARE: True})
    assert differences(hass, simulator, entry) == []
    assert device_of(hass, entry, sensor.id).name_by_user == "Above the desk"
    assert entity_of(hass, sensor.id, "battery") == "binary_sensor.change_me"
    assert entry.runtime_data is loaded


async def test_the_cloud_is_gone(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The last values stay until they are ten minutes overdue, then become unavailable, and return by themselves."""
    await set_up()
    sensor = sensor_named(simulator, "Boardroom ceiling").id
    simulator.faults.set("graphql", "500")
    for _ in range(119):
        await pass_time(hass, freezer, 10)
    assert state_of(hass, sensor, "connectivity") == STATE_ON
    await pass_time(hass, freezer, 11)
    assert state_of(hass, sensor, "connectivity") == STATE_UNAVAILABLE
    assert state_of(hass, sensor_named(simulator, "Desk Row A").id, "battery") == STATE_UNAVAILABLE
    assert state_of(hass, simulator.estate.id, "update_mode") == "polling"
    simulator.faults.clear()
    await pass_time(hass, freezer, 61)
    assert state_of(hass, sensor, "connectivity") == STATE_ON


@pytest.mark.parametrize("lost", ["hives", "sensors"])
async def test_a_start_without_hardware(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    lost: str,
) -> None:
    """If the first answer lacks all hives or sensors, nothing is removed or linked to another device."""
    await set_up()
    sensor = sensor_named(simulator, "Boardroom ceiling")
    devices = {device.id: device.via_device_id for device in dr.async_get(hass).devices}
    entities = set(er.async_get(hass).entities)
    graphql = ButlrClient.graphql

    async def losing(client: ButlrClient, document: str) -> dict[str, Any]:
        answer = await graphql(client, document)
        return {root: {"data": []} if root == lost else rows for root, rows in answer.items()}

    with patch.object(ButlrClient, "graphql", losing):
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert {device.id: device.via_device_id for device in dr.async_get(hass).devices} == devices
    assert set(er.async_get(hass).entities) == entities
    # Whoever does not want hardware has none, whatever could be read.
    await choose(hass, entry, **{CONF_HARDWARE: False})
    assert not {one for one in butlr_ids(hass, entry) if one.startswith(("hive_", "sensor_"))}
    await choose(hass, entry, **{CONF_HARDWARE: True})
    await pass_time(hass, freezer, POLL)
    await pass_time(hass, freezer, 61)
    assert differences(hass, simulator, entry) == []
    assert state_of(hass, sensor.id, "connectivity") == STATE_ON
    assert state_of(hass, sensor.room_id or "", "people") == "0"


async def test_an_empty_list_is_no_news(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """An answer without any sensor is believed only if it has other rows; the last real hive may be removed."""
    await set_up()
    estate = simulator.estate
    kept = dict(estate.sensors)
    estate.sensors.clear()
    await pass_time(hass, freezer, POLL)
    assert kept.keys() & butlr_ids(hass, entry)
    assert entity_of(hass, next(iter(estate.rooms)), "entries_today")
    estate.sensors.update(kept)
    for hive in [hive for hive in estate.hives.values() if hive.real]:
        estate.remove(hive.id)
    for _ in range(2):
        await pass_time(hass, freezer, POLL)
    assert differences(hass, simulator, entry) == []


async def test_an_action_polls_the_estate(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Updating an entity of hardware polls the estate with its three requests."""
    await set_up()
    assert await async_setup_component(hass, "homeassistant", {})
    sensor = sensor_named(simulator, "Boardroom ceiling")
    sensor.is_online = False
    simulator.requests.clear()
    entity_id = entity_of(hass, sensor.id, "connectivity")
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": entity_id}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [request.kind for request in simulator.requests] == ["Topology", "Sensors", "Hives"]
    assert state_of(hass, sensor.id, "connectivity") == STATE_OFF


@pytest.mark.parametrize("rooms", [240])
async def test_of_some_buildings(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Hardware is chosen with its building; hardware without a place is always included."""
    estate = simulator.estate
    first = next(iter(estate.buildings))
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_BUILDINGS: [first]})
    homeless = next(sensor for sensor in estate.sensors.values() if sensor.real)
    homeless.floor_id, homeless.room_id = "", None
    await set_up()
    assert differences(hass, simulator, entry) == []
    assert homeless.id in butlr_ids(hass, entry)


async def test_two_unwritten_polls_write_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A poll without changes writes neither to a registry nor to a state."""
    await set_up()
    states = {state.entity_id: state.last_reported for state in hass.states.async_all()}
    with (
        patch.object(dr.DeviceRegistry, "async_schedule_save") as devices,
        patch.object(er.EntityRegistry, "async_schedule_save") as entities,
    ):
        freezer.tick(1)
        await entry.runtime_data.estate.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)
    assert not devices.called
    assert not entities.called
    assert {state.entity_id: state.last_reported for state in hass.states.async_all()} == states
