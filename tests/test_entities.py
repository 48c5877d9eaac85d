"""The entities of an estate: which there are, what they show, and what users can do with them."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    entity_registry as er,
)
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from tests.conftest import Http, SetUp, pass_time
from tests.helpers.registries import find
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator


async def test_entities(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, snapshot: SnapshotAssertion
) -> None:
    """Every entity with its id, key, class, unit, category, whether it is enabled, and its attributes."""
    await set_up()
    names = {
        space.id: space.name
        for kind in ("buildings", "floors", "rooms", "zones", "sensors", "hives")
        for space in getattr(simulator.estate, kind).values()
    }
    rows = []
    for registered in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        device_id, _, key = registered.unique_id.partition("_")[2].partition("_")
        device_id = f"{registered.unique_id.partition('_')[0]}_{device_id}"
        state = hass.states.get(registered.entity_id)
        rows.append(
            {
                "entity_id": registered.entity_id,
                "key": f"{names.get(device_id, 'organization')}: {key}",
                "translation_key": registered.translation_key,
                "device_class": registered.original_device_class,
                "unit": registered.unit_of_measurement,
                "category": registered.entity_category,
                "capabilities": registered.capabilities,
                "disabled": registered.disabled_by,
                "name": state and state.attributes["friendly_name"],
                "attributes": state and sorted(state.attributes),
            }
        )
    assert sorted(rows, key=lambda row: str(row["entity_id"])) == snapshot


async def test_everything_enabled_shows_something(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, reachable: Http
) -> None:
    """Entities that are disabled by default work once they are enabled."""
    await set_up()
    registry = er.async_get(hass)
    for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_update_entity(registered.entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    booth = find(simulator, "Focus Room")
    for _ in range(5):
        await simulator.move(to=booth)
    assert mismatches(hass, simulator) == []
    assert state_of(hass, booth, "over_capacity") == "on"
    assert state_of(hass, booth, "utilization") == "125.0"
    assert state_of(hass, find(simulator, "Boardroom"), "over_capacity") == "off"
    assert state_of(hass, find(simulator, "Ground Floor"), "people_estimate") == "5"
    last_push = state_of(hass, simulator.estate.id, "last_push")
    assert last_push not in (None, STATE_UNKNOWN)


async def test_a_renamed_entity_still_updates(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, reachable: Http
) -> None:
    """A user may change the id of an entity while it is running."""
    await set_up()
    er.async_get(hass).async_update_entity("sensor.boardroom_people", new_entity_id="sensor.how_many")
    await hass.async_block_till_done()
    await simulator.move(to=find(simulator, "Boardroom"))
    state = hass.states.get("sensor.how_many")
    assert state is not None
    assert state.state == "1"
    assert hass.states.get("sensor.boardroom_people") is None
    assert mismatches(hass, simulator) == []


async def test_update_entity_polls_once(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Updating several entities polls occupancy and traffic once."""
    await set_up()
    # While this finding is unknown, polls make additional requests.
    entry.runtime_data.client.findings.note("estimate_day", "site")
    await simulator.move(to=find(simulator, "Boardroom"))
    # Run the regular polls that are due, so that only requested ones follow.
    await pass_time(hass, freezer, 120)
    assert await async_setup_component(hass, "homeassistant", {})
    simulator.requests.clear()
    await hass.services.async_call(
        "homeassistant",
        "update_entity",
        {"entity_id": ["sensor.boardroom_people", "sensor.focus_room_people"]},
        blocking=True,
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, find(simulator, "Boardroom"), "people") == "1"
    assert sorted({request.kind for request in simulator.requests}) == sorted(
        {
            "floor_occupancy",
            "room_occupancy",
            "zone_occupancy",
            "traffic",
            "traffic_room_occupancy",
            "traffic_floor_occupancy",
        }
    )
    assert len(simulator.requests) == 9
