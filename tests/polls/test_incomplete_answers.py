"""Answers that lack something, once or for good, without an error: what is gone, what is not shown, what stays."""

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

# What an answer lacks: the edits, and whether they are of what Live shows.
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
    """Let the next answers lack something."""
    for edit in edits:
        simulator.edits.add(**{"operation": "Topology", "count": count, **edit})


def registries(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Return everything that a person would miss."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return (
        {(one.id, one.name, one.via_device_id, one.area_id, frozenset(one.labels), one.model) for one in devices},
        {(one.entity_id, one.unique_id, one.device_id, one.disabled_by) for one in entities},
        dict(entry.options),
    )


def silent(hass: HomeAssistant) -> set[str]:
    """Return the entities of which nothing can be said."""
    return {state.entity_id for state in hass.states.async_all() if state.state == STATE_UNAVAILABLE}


@pytest.fixture
async def lived(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> MockConfigEntry:
    """Return an entry with areas and labels; its person took a label off, and there are people."""
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
async def test_one_answer_is_no_news(
    hass: HomeAssistant,
    lived: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    edits: list[dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is removed, changed or taken off; when all is back, everything is as before, at once."""
    before, unavailable, loaded = registries(hass, lived), silent(hass), lived.runtime_data
    shrink(simulator, edits)
    await pass_time(hass, freezer, POLL)
    assert simulator.edits.as_list() == []
    assert registries(hass, lived) == before
    # A second press of the button is no second witness.
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
async def test_the_first_answer_after_a_restart_is_no_news(
    hass: HomeAssistant,
    lived: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    edits: list[dict[str, Any]],
) -> None:
    """What was there before the restart is there after it, whatever the first answer lacks."""
    before, unavailable = registries(hass, lived), silent(hass)
    shrink(simulator, edits)
    await hass.config_entries.async_reload(lived.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert lived.state is ConfigEntryState.LOADED
    assert registries(hass, lived) == before
    await pass_time(hass, freezer, POLL)
    # Counts that came before it was known that sensors live.
    await pass_time(hass, freezer, 61)
    assert registries(hass, lived) == before
    assert silent(hass) == unavailable
    assert mismatches(hass, simulator) == []


@pytest.mark.parametrize("edits", SHRUNK.values(), ids=list(SHRUNK))
async def test_a_first_answer_without_a_memory(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    lived: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    edits: list[dict[str, Any]],
) -> None:
    """Where the file is lost as well, no device, no entity and no label is."""
    devices, entities, options = registries(hass, lived)
    await hass.config_entries.async_unload(lived.entry_id)
    hass_storage[f"butlr.{lived.entry_id}"] = {"version": 1, "data": []}
    shrink(simulator, edits)
    await set_up()
    now = registries(hass, lived)
    assert {one[0] for one in now[0]} == {one[0] for one in devices}
    assert {one[4] for one in now[0]} == {one[4] for one in devices}
    # A thing that is there has what it has now; nobody knows that it ever had more.
    fields = ("room_id", "mode", "model", "power_type", "capacity")
    if not any(edit["path"][-1] in fields or edit["path"][:2] == ["tags", "*"] for edit in edits):
        assert {one[0] for one in now[1]} == {one[0] for one in entities}
    assert now[2] == options
    for _ in range(2):
        await pass_time(hass, freezer, POLL)
    assert {one[0] for one in registries(hass, lived)[0]} == {one[0] for one in devices}
    assert {one[0] for one in registries(hass, lived)[1]} == {one[0] for one in entities}
    assert mismatches(hass, simulator) == []


async def test_what_is_missing_is_unavailable(
    hass: HomeAssistant,
    lived: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It shows nothing and counts nowhere; what is there goes on; pushes and polls do not bring it back."""
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
    lines = [record for record in caplog.records if record.levelno == logging.WARNING and "lacks" in record.message]
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
    """Sensors and hives that are lacking are not shown; the rooms that they sense go on as they were."""
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
    """Nobody is sent to a room that may not be there."""
    focus = find(simulator, "Focus Room")
    assert focus in {room["id"] for room in (await ask("find_available_rooms"))["rooms"]}
    shrink(simulator, SHRUNK["rooms empty"], count=None)
    await entry.runtime_data.estate.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    answer = await ask("find_available_rooms")
    assert (answer["rooms"], answer["reason"]) == ([], "unavailable")
    # Its tags are as they were.
    assert (await ask("find_available_rooms", tags=["quiet"]))["left_out"]["unavailable"] == 2


@pytest.mark.parametrize("edits", SHRUNK.values(), ids=list(SHRUNK))
async def test_a_second_answer_is_believed(
    hass: HomeAssistant,
    lived: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    edits: list[dict[str, Any]],
) -> None:
    """Minutes later it is true; nothing of what is gone is left, and nothing is orphaned; and it can come back."""
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


async def test_a_floor_that_is_taken_down(
    hass: HomeAssistant, lived: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Everything on it is unavailable after the first answer, and gone after the second; a restart begins anew."""
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


async def test_two_halves_do_not_agree(
    hass: HomeAssistant, lived: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A second answer that lacks something else confirms nothing, however often; nor does one that is not complete."""
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


async def test_a_choice_goes_on(
    hass: HomeAssistant, lived: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """While something is missing the options can be changed, and what is not wanted goes at once."""
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
    """An answer that names another one is a failure with a reason, in a start too; nothing is changed by it."""
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


async def test_an_organization_that_was_not_named_at_first(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """An entry that goes by the id of its site goes on by it when the organization has a name."""
    site = min(simulator.estate.sites)
    hass.config_entries.async_update_entry(entry, unique_id=site)
    await set_up()
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, site), entry.entry_id)
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, simulator.estate.id), entry.entry_id) is None
    await pass_time(hass, freezer, POLL)
    assert not entry.runtime_data.estate.failing


async def test_a_label_taken_off_stays_off(
    hass: HomeAssistant, lived: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """However often tags come and go, none is given again that a person took off."""
    focus, booth = find(simulator, "Focus Room"), find(simulator, "Phone Booth 1")
    for name in ("tags null", "tags empty", "tags on nothing", "tags without rooms"):
        shrink(simulator, SHRUNK[name])
        for _ in range(2):
            await pass_time(hass, freezer, POLL)
            assert labels_of(hass, lived, focus) == set()
            assert labels_of(hass, lived, booth) == {"Butlr: quiet"}
