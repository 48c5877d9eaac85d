"""The estate changes while Home Assistant runs: what people see of it, and which of their changes are kept."""

from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.butlr.const import CONF_BUILDINGS, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from custom_components.butlr.issues.issue import Issue, issue_id
from tests.conftest import Http, SetUp, choose, pass_time
from tests.helpers.registries import butlr_ids, device_of, differences, find
from tests.helpers.states import entity_of, mismatches, state_of
from tests.simulator import Simulator
from tests.simulator.estate import Building, Floor, Room

POLL = ESTATE_INTERVAL.total_seconds() + 1


async def test_names_of_the_person_are_kept(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A rename at Butlr renames the device unless the person named it. Entity ids stay."""
    await set_up()
    boardroom, focus = find(simulator, "Boardroom"), find(simulator, "Focus Room")
    dr.async_get(hass).async_update_device(device_of(hass, entry, focus).id, name_by_user="My room")
    simulator.estate.rooms[boardroom].name = "Library"
    simulator.estate.rooms[focus].name = "Nook"
    await pass_time(hass, freezer, POLL)
    assert device_of(hass, entry, boardroom).name == "Library"
    assert (device_of(hass, entry, focus).name_by_user, device_of(hass, entry, focus).name) == ("My room", "Nook")
    names = [hass.states.get(f"sensor.{one}_people") for one in ("boardroom", "focus_room")]
    assert [state and state.name for state in names] == ["Library People", "My room People"]


async def test_a_room_becomes_another(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A room that moves, loses its capacity and gets another sensor is re-linked and has the right entities."""
    await set_up()
    loaded = entry.runtime_data
    boardroom, ground = find(simulator, "Boardroom"), find(simulator, "Ground Floor")
    room = simulator.estate.rooms[boardroom]
    ceiling = simulator.estate.sensors[find(simulator, "Boardroom ceiling")]
    for key in ("people", "utilization", "motion"):
        assert entity_of(hass, boardroom, key)
    room.floor_id, room.room_type, room.capacity_max = ground, "office", 0
    ceiling.mode, ceiling.model = "traffic", "Heatic 2"
    await pass_time(hass, freezer, POLL)
    device = device_of(hass, entry, boardroom)
    assert (device.via_device_id, device.model) == (device_of(hass, entry, ground).id, "Room (office)")
    assert device_of(hass, entry, ceiling.id).model == "Heatic 2 (traffic)"
    for key in ("people", "utilization", "motion"):
        assert entity_of(hass, boardroom, key) is None
    assert [one for one in hass.states.async_entity_ids() if "boardroom" in one and "ceiling" not in one] == [
        "binary_sensor.boardroom_occupancy",
        "event.boardroom_crossing",
        "sensor.boardroom_people_estimate",
        "sensor.boardroom_entries_today",
        "sensor.boardroom_exits_today",
    ]
    assert differences(hass, simulator, entry) == []
    assert not ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.TOO_MANY_ENTITIES))
    assert entry.runtime_data is loaded


async def test_what_goes_and_comes_back(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A room that disappears and returns is as the person had it, with its current state."""
    await set_up()
    focus = find(simulator, "Focus Room")
    er.async_get(hass).async_update_entity("sensor.focus_room_people", new_entity_id="sensor.how_many", name="How many")
    before = device_of(hass, entry, focus).id
    room = simulator.estate.rooms.pop(focus)
    await pass_time(hass, freezer, POLL)
    assert entity_of(hass, focus, "people") is None
    assert hass.states.get("sensor.how_many") is None
    simulator.estate.add(room)
    await pass_time(hass, freezer, POLL)
    assert device_of(hass, entry, focus).id == before
    assert entity_of(hass, focus, "people") == "sensor.how_many"
    assert state_of(hass, focus, "people") == "0"
    assert differences(hass, simulator, entry) == []


async def test_what_does_not_fit_is_added_when_there_is_room(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant limits enabled entities: a repair says so, and disabling one makes room for another."""
    registry = er.async_get(hass)

    def enabled() -> set[str]:
        entities = er.async_entries_for_config_entry(registry, entry.entry_id)
        return {one.entity_id for one in entities if not one.disabled_by}

    await set_up()
    # Make it predictable which entities do not fit.
    await hass.config_entries.async_unload(entry.entry_id)
    over = ["binary_sensor.desk_row_a_occupancy", "sensor.desk_row_a_people", "sensor.desk_row_b_people"]
    for entity_id in over:
        registry.async_remove(entity_id)
    first = enabled()
    with patch("homeassistant.helpers.entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY", len(first)):
        await hass.config_entries.async_setup(entry.entry_id)
        loaded = entry.runtime_data
        for _ in range(3):
            await pass_time(hass, freezer, POLL)
            assert enabled() == first
            assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.TOO_MANY_ENTITIES))
        for entity_id in ("sensor.boardroom_people", "sensor.lobby_people"):
            registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
        await pass_time(hass, freezer, POLL)
        added = enabled() - first
        assert len(added) == 2
        assert added < set(over)
        assert {str(state and state.state) for state in map(hass.states.get, added)} <= {"0", STATE_OFF}
    # Home Assistant's own warning would ask to report a fault.
    assert "Reached the maximum of" not in caplog.text
    await pass_time(hass, freezer, POLL)
    assert differences(hass, simulator, entry) == []
    assert entry.runtime_data is loaded


async def test_buildings_are_chosen_without_a_reload(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    reachable: Http,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Dropping a building removes everything in it. Choosing it again restores its values, and pushes continue."""
    site = next(iter(simulator.estate.sites))
    simulator.estate.add(Building(id="building_2", name="Mill", site_id=site, number=2))
    simulator.estate.add(Floor(id="space_2", name="Loft", building_id="building_2", number=0))
    simulator.estate.add(Room(id="room_2", name="Attic", floor_id="space_2"))
    await set_up()
    first = find(simulator, "Pier House")
    loaded, asked = entry.runtime_data, len(simulator.requests)
    await choose(hass, entry, **{CONF_BUILDINGS: ["building_2"]})
    assert differences(hass, simulator, entry) == []
    assert first not in butlr_ids(hass, entry)
    assert len(simulator.requests) == asked
    await choose(hass, entry, **{CONF_BUILDINGS: [first]})
    assert differences(hass, simulator, entry) == []
    assert "building_2" not in butlr_ids(hass, entry)
    # Readings from before a space was chosen do not count.
    freezer.tick(1)
    await simulator.move(to=find(simulator, "Boardroom"))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, find(simulator, "Boardroom"), "people") == "1"
    await choose(hass, entry, **{CONF_BUILDINGS: [first, "building_2"]})
    assert differences(hass, simulator, entry) == []
    await pass_time(hass, freezer, POLL)
    assert mismatches(hass, simulator) == []
    assert entry.runtime_data is loaded


async def test_only_what_is_gone_can_be_deleted(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """A person can delete a device that the estate lacks, but no other, and none while Butlr is not connected."""
    assert await async_setup_component(hass, "config", {})
    await set_up()
    client = await hass_ws_client(hass)
    # For example a hive that stays because hives can no longer be read.
    left = dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, "hive_left")})

    async def delete(device_id: str) -> bool:
        answer = await client.remove_device(device_id)
        return bool(answer["success"])

    for name in ("Boardroom", "Pier House", "Hive first", "Café door"):
        assert not await delete(device_of(hass, entry, find(simulator, name)).id)
    assert not await delete(device_of(hass, entry, simulator.estate.id).id)
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert not await delete(left.id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    left = dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, "hive_left")})
    assert await delete(left.id)
    assert differences(hass, simulator, entry) == []


async def test_what_others_removed_is_made_again(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The registries equal the estate after the next poll, whoever changed them."""
    await set_up()
    dr.async_get(hass).async_remove_device(device_of(hass, entry, find(simulator, "Boardroom")).id)
    dr.async_get(hass).async_remove_device(device_of(hass, entry, find(simulator, "Hive ground")).id)
    er.async_get(hass).async_remove("sensor.lobby_entries_today")
    await hass.async_block_till_done()
    assert differences(hass, simulator, entry) != []
    await pass_time(hass, freezer, POLL)
    assert differences(hass, simulator, entry) == []


@pytest.mark.parametrize("fault", ["empty", "graphql_errors", "500", "garbage", "drop"])
async def test_no_partial_answer_loses_anything(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    fault: str,
) -> None:
    """If any of the three requests fails, all devices stay."""
    await set_up()
    before, entities = butlr_ids(hass, entry), set(er.async_get(hass).entities)
    graphql = entry.runtime_data.client.graphql
    for failing in range(3):
        number = 0

        async def failing_once(document: str, failing: int = failing) -> object:
            nonlocal number
            if number == failing:
                simulator.faults.set("graphql", fault, count=1)
            number += 1
            return await graphql(document)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(entry.runtime_data.client, "graphql", failing_once)
            await entry.runtime_data.estate.async_refresh()
            await hass.async_block_till_done(wait_background_tasks=True)
        assert number
        assert butlr_ids(hass, entry) == before
        assert set(er.async_get(hass).entities) == entities
        simulator.faults.clear()
        await entry.runtime_data.estate.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)
        assert differences(hass, simulator, entry) == []
