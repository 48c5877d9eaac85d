"""Answers that lack assets without an error, once or permanently: what is removed, unavailable or kept."""

import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_AREAS, CONF_BUILDINGS, CONF_HARDWARE, CONF_LABELS, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from tests.conftest import Ask, SetUp, choose, pass_time
from tests.helpers.registries import butlr_ids, device_of, differences, find
from tests.helpers.states import entity_of, mismatches, state_of
from tests.simulator import Simulator
from tests.simulator.estate import Building, Floor, Room
from tests.sync.test_labels import labels_of

POLL = ESTATE_INTERVAL.total_seconds() + 1
BUILDINGS = ["sites", "data", "*", "buildings"]
FLOORS = [*BUILDINGS, "*", "floors"]
ROOMS, ZONES = [*FLOORS, "*", "rooms"], [*FLOORS, "*", "zones"]

# What an answer lacks: the edits, and whether they change values in `Live`.
SHRUNK: dict[str, list[dict[str, Any]]] = {
    "buildings null": [{"path": BUILDINGS}],
    "buildings empty": [{"path": BUILDINGS, "value": []}],
    "floors null": [{"path": FLOORS}],
    "floors empty": [{"path": FLOORS, "value": []}],
    "floors halved": [{"path": FLOORS, "keep": 0.5}],
    "rooms null": [{"path": ROOMS}],
    "rooms empty": [{"path": ROOMS, "value": []}],
    "rooms halved": [{"path": ROOMS, "keep": 0.5}],
    "rooms left out": [{"path": ROOMS, "leave_out": True}],
    "rooms of one floor null": [{"path": [*FLOORS, 1, "rooms"]}],
    "two of three rooms of a floor": [{"path": [*FLOORS, 1, "rooms"], "keep": 0.4}],
    "zones null": [{"path": ZONES}],
    "zones empty": [{"path": ZONES, "value": []}],
    "zones halved": [{"path": ZONES, "keep": 0.5}],
    "rooms and zones null": [{"path": ROOMS}, {"path": ZONES}],
    "tags null": [{"path": ["tags"]}],
    "tags empty": [{"path": ["tags"], "value": []}],
    "tags halved": [{"path": ["tags"], "keep": 0.5}],
    "tags on nothing": [{"path": ["tags", "*", kind], "value": []} for kind in ("rooms", "zones", "floors")],
    "tags on nothing, null": [{"path": ["tags", "*", kind]} for kind in ("rooms", "zones", "floors")],
    "tags without rooms": [{"path": ["tags", "*", "rooms"]}],
    "sensors halved": [{"operation": "Sensors", "path": ["sensors", "data"], "keep": 0.5}],
    "sensors empty": [{"operation": "Sensors", "path": ["sensors", "data"], "value": []}],
    "sensors nowhere": [
        {"operation": "Sensors", "path": ["sensors", "data", "*", key]} for key in ("room_id", "floor_id")
    ],
    "sensors without a mode": [{"operation": "Sensors", "path": ["sensors", "data", "*", "mode"]}],
    "sensors without a model": [{"operation": "Sensors", "path": ["sensors", "data", "*", "model"]}],
    "no battery anywhere": [
        {"operation": "Sensors", "path": ["sensors", "data", "*", key]}
        for key in ("power_type", "battery_change_by_date")
    ],
    "hives halved": [{"operation": "Hives", "path": ["hives", "data"], "keep": 0.4}],
    "hives empty": [{"operation": "Hives", "path": ["hives", "data"], "value": []}],
    "no capacity anywhere": [{"path": [*ROOMS, "*", "capacity"]}, {"path": [*ZONES, "*", "capacity"]}],
    "no name anywhere": [{"path": [*ROOMS, "*", "name"]}, {"path": [*FLOORS, "*", "name"]}],
    "no organization": [
        {"path": ["sites", "data", "*", "org_id"]},
        {"path": ["tags", "*", "organization_id"]},
    ],
    "everything at once": [
        {"path": BUILDINGS},
        {"path": ["tags"], "value": []},
        {"operation": "Sensors", "path": ["sensors", "data"], "keep": 0.3},
        {"operation": "Hives", "path": ["hives", "data"], "value": []},
    ],
}


def shrink(simulator: Simulator, edits: list[dict[str, Any]], count: int | None = 1) -> None:
    """Apply edits to all following answers."""
    for edit in edits:
        simulator.edits.add(**{"operation": "Topology", "count": count, **edit})


def registries(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Return the devices, entities, areas and labels of an entry."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return (
        {(one.id, one.name, one.via_device_id, one.area_id, frozenset(one.labels), one.model) for one in devices},
        {(one.entity_id, one.unique_id, one.device_id, one.disabled_by) for one in entities},
        dict(entry.options),
    )


def silent(hass: HomeAssistant) -> set[str]:
    """Return the unavailable entities."""
    return {state.entity_id for state in hass.states.async_all() if state.state == STATE_UNAVAILABLE}


@pytest.fixture
async def lived(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> MockConfigEntry:
    """Return an entry with areas and labels, where the user has removed a label and people are present."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_AREAS: "create"}, options={**entry.options, CONF_LABELS: True}
    )
    await set_up()
    dr.async_get(hass).async_update_device(device_of(hass, entry, find(simulator, "Focus Room")).id, labels=set())
    for name in ("Boardroom", "Boardroom", "Desk Row A"):
        await simulator.move(to=find(simulator, name))
    await pass_time(hass, freezer, POLL)
    assert mismatches(hass, simulator) == []
    return entry


@pytest.mark.parametrize("edits", SHRUNK.values(), ids=list(SHRUNK))
async def test_one_answer_removes_nothing(
    hass: HomeAssistant,
    lived: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    edits: list[dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A single incomplete answer removes and changes nothing, and the next complete one restores all states."""
    before, unavailable, loaded = registries(hass, lived), silent(hass), lived.runtime_data
    shrink(simulator, edits)
    await pass_time(hass, freezer, POLL)
    assert simulator.edits.as_list() == []
    assert registries(hass, lived) == before
    # A second answer within minutes confirms nothing.
    shrink(simulator, edits)
    freezer.tick(1)
    await lived.runtime_data.estate.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert registries(hass, lived) == before
    await pass_time(hass, freezer, POLL)
    assert registries(hass, lived) == before
    assert silent(hass) == unavailable
    assert mismatches(hass, simulator) == []
    assert lived.runtime_data is loaded
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("edits", SHRUNK.values(), ids=list(SHRUNK))
async def test_the_first_answer_after_a_restart_removes_nothing(
    hass: HomeAssistant,
    lived: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    edits: list[dict[str, Any]],
) -> None:
    """An incomplete first answer after a restart removes nothing."""
    before, unavailable = registries(hass, lived), silent(hass)
    shrink(simulator, edits)
    await hass.config_entries.async_reload(lived.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert lived.state is ConfigEntryState.LOADED
    assert registries(hass, lived) == before
    await pass_time(hass, freezer, POLL)
    # These counts were polled before their sensors were known to be online.
    await pass_time(hass, freezer, 61)
    assert registries(hass, lived) == before
    assert silent(hass) == unavailable
    assert mismatches(hass, simulator) == []


@pytest.mark.parametrize("edits", SHRUNK.values(), ids=list(SHRUNK))
async def test_a_first_answer_without_a_stored_file(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    lived: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    edits: list[dict[str, Any]],
) -> None:
    """If the stored file is lost too, devices, entities and labels stay."""
    devices, entities, options = registries(hass, lived)
    await hass.config_entries.async_unload(lived.entry_id)
    hass_storage[f"butlr.{lived.entry_id}"] = {"version": 1, "data": []}
    shrink(simulator, edits)
    await set_up()
    now = registries(hass, lived)
    assert {one[0] for one in now[0]} == {one[0] for one in devices}
    assert {one[4] for one in now[0]} == {one[4] for one in devices}
    # Without the file, the old fields of an asset that is in the answer are unknown.
    fields = ("room_id", "mode", "model", "power_type", "capacity")
    if not any(edit["path"][-1] in fields or edit["path"][:2] == ["tags", "*"] for edit in edits):
        assert {one[0] for one in now[1]} == {one[0] for one in entities}
    assert now[2] == options
    for _ in range(2):
        await pass_time(hass, freezer, POLL)
    assert {one[0] for one in registries(hass, lived)[0]} == {one[0] for one in devices}
    assert {one[0] for one in registries(hass, lived)[1]} == {one[0] for one in entities}
    assert mismatches(hass, simulator) == []


async def test_missing_spaces_are_unavailable(
    hass: HomeAssistant,
    lived: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Missing spaces are unavailable and not counted, even if pushes and polls report them."""
    building, first, ground = (find(simulator, name) for name in ("Pier House", "First Floor", "Ground Floor"))
    boardroom, desks, lobby = (find(simulator, name) for name in ("Boardroom", "Desk Row A", "Lobby"))
    free = [int(str(state_of(hass, one, "free_rooms"))) for one in (building, first, ground)]
    people = [int(str(state_of(hass, one, "people"))) for one in (building, first, ground)]
    assert free[1]
    assert people[1]
    simulator.requests.clear()
    shrink(simulator, SHRUNK["floors halved"], count=None)
    await pass_time(hass, freezer, POLL)
    for missing, keys in (
        (first, ("occupancy", "people", "free_rooms")),
        (boardroom, ("people",)),
        (desks, ("people",)),
    ):
        for key in keys:
            assert state_of(hass, missing, key) == STATE_UNAVAILABLE
    assert state_of(hass, lobby, "occupancy") != STATE_UNAVAILABLE
    assert state_of(hass, building, "free_rooms") == state_of(hass, ground, "free_rooms") == str(free[2])
    assert state_of(hass, building, "people") == state_of(hass, ground, "people") == str(people[2])
    lines = [
        record for record in caplog.records if record.levelno == logging.WARNING and "latest answer" in record.message
    ]
    assert len(lines) == 1
    await lived.runtime_data.occupancy.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, boardroom, "people") == STATE_UNAVAILABLE
    simulator.edits.clear()
    await lived.runtime_data.estate.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert mismatches(hass, simulator) == []
    assert state_of(hass, boardroom, "people") == "2"
    assert len(lines) == 1


async def test_missing_hardware_is_unavailable(
    hass: HomeAssistant, lived: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Missing sensors and hives are unavailable, while their rooms keep working."""
    figures = {state.entity_id: state.state for state in hass.states.async_all() if "people" in state.entity_id}
    shrink(simulator, [*SHRUNK["sensors halved"], *SHRUNK["hives halved"]])
    await pass_time(hass, freezer, POLL)
    estate = lived.runtime_data.estate.data
    assert {one.partition("_")[0] for one in estate.unconfirmed} == {"sensor", "hive"}
    for one in estate.hardware:
        gone = state_of(hass, one, "connectivity") == STATE_UNAVAILABLE
        assert gone is (one in estate.unconfirmed)
    after = {state.entity_id: state.state for state in hass.states.async_all()}
    assert figures.items() <= after.items()


async def test_a_missing_room_is_not_free(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """A missing room is neither free nor found."""
    focus = find(simulator, "Focus Room")
    assert focus in {room["id"] for room in (await ask("find_available_rooms"))["rooms"]}
    shrink(simulator, SHRUNK["rooms empty"], count=None)
    await entry.runtime_data.estate.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    answer = await ask("find_available_rooms")
    assert (answer["rooms"], answer["reason"]) == ([], "unavailable")
    # Its tags are unchanged.
    assert (await ask("find_available_rooms", tags=["quiet"]))["left_out"]["unavailable"] == 2


@pytest.mark.parametrize("edits", SHRUNK.values(), ids=list(SHRUNK))
async def test_a_second_answer_removes(
    hass: HomeAssistant,
    lived: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    edits: list[dict[str, Any]],
) -> None:
    """A second answer minutes later removes the assets without leftovers, and they can come back."""
    estate = lived.runtime_data.estate
    shrink(simulator, edits, count=None)
    for _ in range(2):
        await pass_time(hass, freezer, POLL)
    assert estate.data.unconfirmed == frozenset()
    here = {estate.data.organization_id, *estate.data.spaces, *estate.data.hardware}
    if not estate.data.unread:
        assert butlr_ids(hass, lived) == here
    for registered in er.async_entries_for_config_entry(er.async_get(hass), lived.entry_id):
        state = hass.states.get(registered.entity_id)
        assert (state is None) is bool(registered.disabled_by)
        assert not (state and state.attributes.get("restored"))
    simulator.edits.clear()
    for _ in range(2):
        await pass_time(hass, freezer, POLL)
    assert [one for one in differences(hass, simulator, lived) if "labels" not in one] == []
    assert mismatches(hass, simulator) == []


async def test_a_removed_floor(
    hass: HomeAssistant, lived: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A removed floor is unavailable after the first answer and gone after the second; a restart starts over."""
    first = find(simulator, "First Floor")
    on_it = {first, *(room.id for room in simulator.estate.rooms.values() if room.floor_id == first)}
    simulator.estate.remove(first)
    await pass_time(hass, freezer, POLL)
    assert on_it < butlr_ids(hass, lived)
    await hass.config_entries.async_reload(lived.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert on_it < butlr_ids(hass, lived)
    await pass_time(hass, freezer, POLL)
    assert on_it.isdisjoint(butlr_ids(hass, lived))
    assert [one for one in differences(hass, simulator, lived) if "labels" not in one] == []


async def test_different_answers_confirm_nothing(
    hass: HomeAssistant, lived: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Answers that lack different assets, and unread answers, confirm nothing."""
    before = butlr_ids(hass, lived)
    for number in range(4):
        shrink(simulator, [{"path": [*FLOORS, number % 2, "rooms"], "value": []}])
        await pass_time(hass, freezer, POLL)
        assert butlr_ids(hass, lived) == before
    shrink(simulator, SHRUNK["rooms null"])
    await pass_time(hass, freezer, POLL)
    simulator.faults.set("graphql", "graphql_errors", count=1)
    await pass_time(hass, freezer, POLL)
    assert butlr_ids(hass, lived) == before
    await pass_time(hass, freezer, POLL)
    assert silent(hass).isdisjoint({entity_of(hass, find(simulator, "Boardroom"), "people")})


async def test_options_work_while_assets_are_missing(
    hass: HomeAssistant, lived: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """While assets are missing, the options still work, and deselected buildings are removed immediately."""
    site = next(iter(simulator.estate.sites))
    simulator.estate.add(Building(id="building_2", name="Mill", site_id=site, number=2))
    simulator.estate.add(Floor(id="space_2", name="Loft", building_id="building_2", number=0))
    simulator.estate.add(Room(id="room_2", name="Attic", floor_id="space_2"))
    await pass_time(hass, freezer, POLL)
    first = find(simulator, "Pier House")
    shrink(simulator, SHRUNK["buildings null"], count=None)
    await pass_time(hass, freezer, POLL)
    await choose(hass, lived, **{CONF_BUILDINGS: [first]})
    assert lived.options[CONF_BUILDINGS] == [first]
    assert "room_2" not in butlr_ids(hass, lived)
    assert find(simulator, "Boardroom") in butlr_ids(hass, lived)
    await choose(hass, lived, **{CONF_BUILDINGS: [first, "building_2"]})
    assert state_of(hass, "room_2", "occupancy") == STATE_UNAVAILABLE
    await choose(hass, lived, **{CONF_BUILDINGS: [first, "building_2"], CONF_HARDWARE: False})
    assert not {one for one in butlr_ids(hass, lived) if one.startswith(("sensor_", "hive_"))}


async def test_another_organization_is_not_mixed_in(
    hass: HomeAssistant,
    lived: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An answer of another organization is a failure with a reason, in setup too, and changes nothing."""
    before = registries(hass, lived)
    other = [{"path": ["sites", "data", "*", "org_id"], "value": "org_other"}]
    other += [{"path": ["tags", "*", "organization_id"], "value": "org_other"}]
    shrink(simulator, other, count=None)
    await pass_time(hass, freezer, POLL)
    assert lived.runtime_data.estate.failing
    assert "another organization" in caplog.text
    assert registries(hass, lived) == before
    await hass.config_entries.async_reload(lived.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert lived.reason
    assert "another organization" in lived.reason
    assert registries(hass, lived) == before
    simulator.edits.clear()
    await pass_time(hass, freezer, POLL)
    assert lived.state is ConfigEntryState.LOADED
    assert registries(hass, lived) == before


async def test_an_organization_that_was_missing_at_first(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """An entry identified by the id of its site stays so when answers contain the organization."""
    site = min(simulator.estate.sites)
    hass.config_entries.async_update_entry(entry, unique_id=site)
    await set_up()
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, site), entry.entry_id)
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, simulator.estate.id), entry.entry_id) is None
    await pass_time(hass, freezer, POLL)
    assert not entry.runtime_data.estate.failing


async def test_a_removed_label_stays_removed(
    hass: HomeAssistant, lived: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A label that the user removed is not assigned again, however often its tag comes and goes."""
    focus, booth = find(simulator, "Focus Room"), find(simulator, "Phone Booth 1")
    for name in ("tags null", "tags empty", "tags on nothing", "tags without rooms"):
        shrink(simulator, SHRUNK[name])
        for _ in range(2):
            await pass_time(hass, freezer, POLL)
            assert labels_of(hass, lived, focus) == set()
            assert labels_of(hass, lived, booth) == {"Butlr: quiet"}
