"""The devices of an estate, and how they follow its changes."""

from dataclasses import replace
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
)
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from tests.conftest import SetUp, pass_time
from tests.helpers.registries import find
from tests.helpers.states import state_of
from tests.simulator import Simulator
from tests.simulator.estate import Room, Zone


def tree(hass: HomeAssistant, entry: MockConfigEntry) -> list[str]:
    """Return the entry's devices, each indented below its parent device."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)

    def below(parent: str | None, depth: int) -> list[str]:
        lines = []
        for device in sorted((one for one in devices if one.via_device_id == parent), key=lambda one: one.name or ""):
            lines.append(f"{'  ' * depth}{device.name} | {device.model} | {device.manufacturer} | {device.entry_type}")
            lines += below(device.id, depth + 1)
        return lines

    return below(None, 0)


async def test_devices(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, snapshot: SnapshotAssertion
) -> None:
    """Organization > building > floors > rooms, zones and hives > sensors, identified by their Butlr ids."""
    await set_up()
    assert tree(hass, entry) == snapshot
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    estate = simulator.estate
    hardware = [one.id for one in estate.sensors.values() if one.real]
    hardware += [one.id for one in estate.hives.values() if one.real]
    expected = {estate.id, *estate.buildings, *estate.floors, *estate.rooms, *estate.zones, *hardware}
    assert {identifier for device in devices for identifier in device.identifiers} == {
        (DOMAIN, one) for one in expected
    }


async def test_a_partial_estate_removes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """An answer with data and errors leaves the estate as it was."""
    await set_up()
    before = tree(hass, entry)
    room = find(simulator, "Boardroom")
    simulator.estate.remove(room)
    simulator.faults.set("graphql", "graphql_errors")
    await pass_time(hass, freezer, ESTATE_INTERVAL.total_seconds() + 1)
    assert tree(hass, entry) == before
    simulator.faults.clear()
    await pass_time(hass, freezer, 61)
    assert tree(hass, entry) != before
    assert state_of(hass, room, "people") is None


async def test_unread_parts_are_kept(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """If tags and hives cannot be read, they are kept and the rest of the new estate is applied."""
    await set_up()
    coordinator = entry.runtime_data.estate
    before = coordinator.data
    assert before.tags
    assert before.hives
    simulator.estate.remove(find(simulator, "Boardroom"))
    partial = replace(
        await fetch_estate(entry.runtime_data.client), tags={}, hives={}, unread=frozenset({"tags", "hives"})
    )
    with patch("custom_components.butlr.polls.estate.fetch_estate", return_value=partial):
        await pass_time(hass, freezer, ESTATE_INTERVAL.total_seconds() + 1)
    assert (coordinator.data.tags, coordinator.data.hives) == (before.tags, before.hives)
    assert len(coordinator.data.rooms) == len(before.rooms) - 1
    assert not any("Boardroom | " in line for line in tree(hass, entry))


async def test_the_estate_changes(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Rooms are added, removed, moved and renamed without a reload, and entities follow the sensors."""
    await set_up()
    estate = simulator.estate
    gone, moved, sensor = find(simulator, "Focus Room"), find(simulator, "Phone Booth 1"), find(simulator, "Boardroom")
    ground = find(simulator, "Ground Floor")
    estate.remove(gone)
    estate.rooms[moved].floor_id = ground
    estate.rooms[moved].name = "Quiet Box"
    estate.add(Room(id="room_new", name="New Room", floor_id=ground, capacity_max=8))
    estate.add(
        Zone(id="zone_new", name="New Zone", floor_id=ground, sensor_ids=next(iter(estate.zones.values())).sensor_ids)
    )
    for one in estate.sensors.values():
        if one.room_id == sensor:
            one.model = "Heatic 2"
    await simulator.move(to=sensor)
    freezer.tick(60)
    estate.rooms[sensor].capacity_max = 4
    await pass_time(hass, freezer, ESTATE_INTERVAL.total_seconds() + 1)
    lines = tree(hass, entry)
    assert not any("Focus Room | " in line for line in lines)
    assert "      New Room | Room | Butlr | service" in lines
    assert any(line.strip().startswith("Quiet Box |") for line in lines)
    assert lines.index(next(line for line in lines if "Quiet Box" in line)) > lines.index(
        next(line for line in lines if "Ground Floor" in line)
    )
    registry = er.async_get(hass)
    assert registry.async_get_entity_id("binary_sensor", DOMAIN, f"{gone}_occupancy") is None
    assert registry.async_get_entity_id("binary_sensor", DOMAIN, f"{sensor}_motion") is None
    assert registry.async_get_entity_id("binary_sensor", DOMAIN, f"{sensor}_occupancy")
    assert state_of(hass, sensor, "utilization") == "25.0"
    assert state_of(hass, "room_new", "occupancy") == STATE_UNKNOWN
    assert state_of(hass, "zone_new", "people") == "0"
    # It has no sensors, so it has no utilization.
    assert state_of(hass, "room_new", "utilization") is None
    assert state_of(hass, "room_new", "occupancy") == STATE_UNKNOWN
    assert {one.unique_id.partition("_")[0] for one in er.async_entries_for_config_entry(registry, entry.entry_id)} == {
        "org",
        "building",
        "space",
        "room",
        "tag",
        "zone",
        "hive",
        "sensor",
    }
