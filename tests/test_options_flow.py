"""The options flow, against the simulated cloud."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import (
    CONF_AREAS,
    CONF_BUILDINGS,
    CONF_CAPACITY_DELAY,
    CONF_CAPACITY_MARGIN,
    CONF_HARDWARE,
    CONF_HISTORY_DAYS,
    CONF_LABELS,
    CONF_MQTT,
    CONF_PANEL,
    CONF_POSITIONS,
    CONF_SMALLEST_GROUP,
    CONF_ZONE_AREAS,
    DOMAIN,
    MQTT_OFF,
)
from custom_components.butlr.push.positions import chosen_floors
from tests.conftest import SetUp
from tests.helpers.flow_forms import offered_labels, shown_default
from tests.simulator import Simulator


@pytest.mark.parametrize("rooms", [240])
@pytest.mark.usefixtures("unlimited_requests")
async def test_options(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp) -> None:
    """The choice can be changed later, all buildings stay available, and the entry follows."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_AREAS: "match"})
    await set_up()
    first, *others = simulator.estate.buildings
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "init")
    assert shown_default(form, CONF_BUILDINGS) == [first, *others]
    assert (shown_default(form, CONF_AREAS), shown_default(form, CONF_ZONE_AREAS)) == ("match", True)
    assert shown_default(form, CONF_PANEL) is True
    result = await hass.config_entries.options.async_configure(form["flow_id"], {CONF_BUILDINGS: [first]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.options == {
        CONF_BUILDINGS: [first],
        CONF_HARDWARE: True,
        CONF_LABELS: False,
        CONF_HISTORY_DAYS: 0,
        # The data of an older entry has this value.
        CONF_AREAS: "match",
        CONF_ZONE_AREAS: True,
        CONF_PANEL: True,
        CONF_POSITIONS: [],
        CONF_MQTT: MQTT_OFF,
        CONF_SMALLEST_GROUP: 0,
        CONF_CAPACITY_MARGIN: 0,
        CONF_CAPACITY_DELAY: 0,
    }
    registry = dr.async_get(hass)
    assert registry.async_get_device_by_identifier((DOMAIN, first), entry.entry_id)
    assert not registry.async_get_device_by_identifier((DOMAIN, others[0]), entry.entry_id)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown_default(form, CONF_BUILDINGS) == [first]
    await hass.config_entries.options.async_configure(form["flow_id"], {CONF_BUILDINGS: [first, *others]})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.options[CONF_BUILDINGS] == []
    assert registry.async_get_device_by_identifier((DOMAIN, others[0]), entry.entry_id)


async def test_live_positions_are_chosen_by_floor(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """None at first; a floor that is gone or cannot be drawn is not offered, unless it is chosen already."""
    await set_up()
    ground, first = simulator.estate.floors.values()
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown_default(form, CONF_POSITIONS) == []
    assert offered_labels(form, CONF_POSITIONS) == [ground.name, first.name]
    await hass.config_entries.options.async_configure(form["flow_id"], {CONF_POSITIONS: [first.id]})
    assert entry.options[CONF_POSITIONS] == [first.id]
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown_default(form, CONF_POSITIONS) == [first.id]
    for room in simulator.estate.rooms.values():
        room.coordinates = []
    for zone in simulator.estate.zones.values():
        zone.coordinates = []
    await entry.runtime_data.estate.async_refresh()
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert offered_labels(form, CONF_POSITIONS) == [first.name]
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_POSITIONS: [ground.id, "space_gone"]})
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert shown_default(form, CONF_POSITIONS) == [ground.id]
    # A dot on the map would tell how many people are in a room.
    both = {CONF_POSITIONS: [ground.id], CONF_SMALLEST_GROUP: 3}
    form = await hass.config_entries.options.async_configure(form["flow_id"], both)
    assert (form["type"], form["errors"]) == (FlowResultType.FORM, {CONF_SMALLEST_GROUP: "positions_show_groups"})
    assert shown_default(form, CONF_SMALLEST_GROUP) == 3
    assert chosen_floors(entry, entry.runtime_data.estate) == {ground.id}
    await hass.config_entries.options.async_configure(form["flow_id"], both | {CONF_POSITIONS: []})
    assert (entry.options[CONF_POSITIONS], entry.options[CONF_SMALLEST_GROUP]) == ([], 3)
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_POSITIONS: [ground.id]})
    assert not chosen_floors(entry, entry.runtime_data.estate)


@pytest.mark.parametrize("rooms", [240])
@pytest.mark.usefixtures("unlimited_requests")
async def test_floors_of_several_buildings(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The floors of different buildings often have the same names."""
    await set_up()
    form = await hass.config_entries.options.async_init(entry.entry_id)
    names = {building.id: building.name for building in simulator.estate.buildings.values()}
    floors = simulator.estate.floors.values()
    assert sorted(offered_labels(form, CONF_POSITIONS)) == sorted(
        f"{names[one.building_id]}: {one.name}" for one in floors
    )


async def test_no_building_in_the_options(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The same error in the options changes nothing, and the previous choice is still selected."""
    await set_up()
    before = dict(entry.options)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    answers = {CONF_BUILDINGS: [], CONF_LABELS: True}
    form = await hass.config_entries.options.async_configure(form["flow_id"], answers)
    assert (form["type"], form["errors"]) == (FlowResultType.FORM, {CONF_BUILDINGS: "no_buildings"})
    assert dict(entry.options) == before
    assert shown_default(form, CONF_LABELS) is True
    assert shown_default(form, CONF_BUILDINGS) == list(simulator.estate.buildings)
    result = await hass.config_entries.options.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_BUILDINGS] == []


async def test_no_options_while_not_loaded(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Without a connection there is nothing to choose, and the flow says so."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")
