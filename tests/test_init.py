"""Set-up, devices, entities, areas, change, unload: what becomes of an estate in Home Assistant."""

from dataclasses import replace
import logging
import time
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.questions import rfc3339
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from tests.conftest import Http, SetUp, pass_time
from tests.helpers.registries import find
from tests.helpers.states import FIGURES, entity_of, mismatches, state_of
from tests.simulator import Simulator
from tests.simulator.estate import Room, Zone


def state_of_entry(entry: MockConfigEntry) -> ConfigEntryState:
    """Return the state of an entry, anew at each call."""
    state: ConfigEntryState = entry.state
    return state


def tree(hass: HomeAssistant, entry: MockConfigEntry) -> list[str]:
    """Return the entry's devices, indented below what they are linked to."""
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
    """Organization > building > floors > rooms, zones and hives > sensors, known by Butlr's ids."""
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


async def test_entities(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, snapshot: SnapshotAssertion
) -> None:
    """Every entity with its id, key, class, unit, category, whether it is on, and what it shows."""
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
    """What is disabled by default works when a person enables it."""
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


async def test_a_renamed_entity_goes_on(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, reachable: Http
) -> None:
    """A person may give an entity another id while it runs."""
    await set_up()
    er.async_get(hass).async_update_entity("sensor.boardroom_people", new_entity_id="sensor.how_many")
    await hass.async_block_till_done()
    await simulator.move(to=find(simulator, "Boardroom"))
    state = hass.states.get("sensor.how_many")
    assert state is not None
    assert state.state == "1"
    assert hass.states.get("sensor.boardroom_people") is None
    assert mismatches(hass, simulator) == []


async def test_an_action_updates_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Updating any entity polls occupancy and traffic, once for all."""
    await set_up()
    # Whose midnight estimates go by would be asked as long as it is not known.
    entry.runtime_data.client.findings.note("estimate_day", "site")
    await simulator.move(to=find(simulator, "Boardroom"))
    # What is due by then is polled by itself.
    await pass_time(hass, freezer, 120)
    from homeassistant.setup import async_setup_component  # noqa: PLC0415

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


@pytest.mark.parametrize("fault", ["500", "429", "garbage", "drop", "graphql_errors", "empty"])
async def test_cloud_down_at_start(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    fault: str,
) -> None:
    """Set-up is retried by itself and loses nothing."""
    simulator.faults.set("graphql", fault, retry_after=1)
    await set_up()
    assert state_of_entry(entry) is ConfigEntryState.SETUP_RETRY
    simulator.faults.clear()
    await pass_time(hass, freezer, 60)
    assert state_of_entry(entry) is ConfigEntryState.LOADED
    assert mismatches(hass, simulator) == []


async def test_reporting_down_at_start(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The estate is there, its figures unknown; they come when reporting does."""
    simulator.faults.set("reporting", "500")
    await set_up()
    assert state_of_entry(entry) is ConfigEntryState.LOADED
    assert state_of(hass, find(simulator, "Boardroom"), "people") == STATE_UNKNOWN
    assert state_of(hass, find(simulator, "Ground Floor"), "free_rooms") == STATE_UNKNOWN
    simulator.faults.clear()
    await pass_time(hass, freezer, 61)
    assert mismatches(hass, simulator) == []


async def test_set_up_does_not_wait_for_long(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """When counts take long to come, the entities are there before them."""
    simulator.faults.set("reporting", "hang", seconds=3)
    with patch("custom_components.butlr.MAX_FIRST_POLL_WAIT", 0.05):
        assert await hass.config_entries.async_setup(entry.entry_id)
    assert state_of(hass, find(simulator, "Boardroom"), "people") == STATE_UNKNOWN
    simulator.faults.clear()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert mismatches(hass, simulator) == []


async def test_credentials_refused_at_start(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Two refusals ask for new credentials; one is a hiccup."""
    simulator.faults.set("login", "401", count=1)
    await set_up()
    assert state_of_entry(entry) is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)
    simulator.revoke()
    await set_up()
    assert state_of_entry(entry) is ConfigEntryState.SETUP_RETRY
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_credentials_revoked_later(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The first refusal waits, the second asks; new credentials bring everything back."""
    await set_up()
    secret = simulator.client_secret
    simulator.revoke()
    await pass_time(hass, freezer, 61)
    assert hass.config_entries.flow.async_progress() == []
    await pass_time(hass, freezer, 61)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    simulator.revoke(secret)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert mismatches(hass, simulator) == []


async def test_cloud_down_later(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The last truth for ten minutes, then unavailable, then back by itself; one line down, one up."""
    await set_up()
    caplog.set_level(logging.INFO)
    caplog.clear()
    for endpoint in ("login", "graphql", "reporting"):
        simulator.faults.set(endpoint, "drop")
    boardroom, canteen = find(simulator, "Boardroom"), find(simulator, "Harbour Café")
    for _ in range(19):
        await pass_time(hass, freezer, 30)
    assert state_of(hass, boardroom, "people") == "0"
    assert state_of(hass, canteen, "entries_today") != STATE_UNAVAILABLE
    await pass_time(hass, freezer, 30)
    await pass_time(hass, freezer, 11)
    for space, key in (
        (boardroom, "people"),
        (boardroom, "occupancy"),
        (canteen, "entries_today"),
        (canteen, "occupancy"),
    ):
        assert state_of(hass, space, key) == STATE_UNAVAILABLE
    simulator.faults.clear()
    for _ in range(4):
        await pass_time(hass, freezer, 31)
    assert mismatches(hass, simulator) == []
    lines = [record for record in caplog.records if record.name.startswith("custom_components.butlr")]
    assert [record.levelname for record in lines] == ["ERROR", "INFO"]


@pytest.mark.parametrize("fault", ["429", "504"])
async def test_a_busy_cloud_is_no_error(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    """Polls slow down as asked, say nothing for ten minutes, and recover."""
    await set_up()
    caplog.clear()
    simulator.faults.set("reporting", fault, retry_after=120)
    for _ in range(17):
        await pass_time(hass, freezer, 30)
    assert not [record for record in caplog.records if record.levelno > logging.INFO and "butlr" in record.name]
    assert state_of(hass, find(simulator, "Boardroom"), "people") == "0"
    simulator.faults.clear()
    for _ in range(6):
        await pass_time(hass, freezer, 30)
    assert not entry.runtime_data.occupancy.failing
    assert mismatches(hass, simulator) == []


async def test_retry_after_is_honoured(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing is sent before the time that Butlr asked for has passed."""
    await set_up()
    simulator.faults.set("reporting", "429", retry_after=200, count=1)
    await pass_time(hass, freezer, 61)
    simulator.requests.clear()
    for _ in range(19):
        await pass_time(hass, freezer, 10)
    assert simulator.requests == []
    await pass_time(hass, freezer, 20)
    assert simulator.requests


async def test_a_partial_estate_removes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Errors beside data leave the old estate as it is."""
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


async def test_empty_answers_are_no_zeros(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    reachable: Http,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A cloud that answers 200 without data makes figures unknown, totals of today included, and never zero."""
    await set_up()
    lobby, boardroom = find(simulator, "Lobby"), find(simulator, "Boardroom")
    await simulator.move(to=boardroom)
    await pass_time(hass, freezer, 301)
    entries = int(state_of(hass, lobby, "entries_today") or 0)
    assert entries > 0
    simulator.faults.set("reporting", "empty")
    await pass_time(hass, freezer, 301)
    assert state_of(hass, lobby, "entries_today") == STATE_UNKNOWN
    assert state_of(hass, boardroom, "people") == STATE_UNKNOWN
    simulator.faults.clear()
    await pass_time(hass, freezer, 301)
    assert mismatches(hass, simulator) == []


async def test_sums_over_all_doors_are_no_floor_total(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Grouped answers do not tell the sensors apart: they serve for rooms, and for floors without room doors."""
    await set_up()
    lobby, ground = find(simulator, "Lobby"), find(simulator, "Ground Floor")
    client = entry.runtime_data.client
    report = client.report

    async def grouped(body: dict[str, Any], **more: Any) -> Any:
        if body["filter"]["measurements"] != ["traffic"]:
            return await report(body, **more)
        ids = next(value["eq"] for key, value in body["filter"].items() if key in ("rooms", "spaces"))
        return {space_id: {"in": {"sum": 9, "count": 1}, "out": {"sum": 4, "count": 1}} for space_id in ids}

    before = state_of(hass, ground, "entries_today")
    with patch.object(client, "report", grouped):
        await pass_time(hass, freezer, 301)
        assert (state_of(hass, lobby, "entries_today"), state_of(hass, lobby, "exits_today")) == ("9", "4")
        assert state_of(hass, ground, "entries_today") in (before, STATE_UNKNOWN)
        for sensor in simulator.estate.sensors.values():
            sensor.is_entrance = sensor.mode == "traffic"
        await pass_time(hass, freezer, 601)
        await pass_time(hass, freezer, 301)
        assert state_of(hass, ground, "entries_today") == "9"


async def test_crossings_that_are_counted_late_are_not_lost(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    reachable: Http,
    freezer: FrozenDateTimeFactory,
) -> None:
    """While crossings are pushed, a poll whose newest seconds lack one does not take it back."""
    await set_up()
    lobby = find(simulator, "Lobby")
    await simulator.move(to=find(simulator, "Boardroom"))
    await pass_time(hass, freezer, 290)
    entries = int(state_of(hass, lobby, "entries_today") or 0)
    client = entry.runtime_data.client
    report = client.report
    answers: list[Any] = []

    async def late(body: dict[str, Any], **more: Any) -> Any:
        if body["filter"]["measurements"] == ["traffic"]:
            # Butlr counts what was sensed up to five seconds ago.
            counted = rfc3339(time.time() - 5)
            assert body["filter"]["stop"] <= counted
            answers.append(body)
        return await report(body, **more)

    await simulator.move(to=find(simulator, "Boardroom"))
    assert state_of(hass, lobby, "entries_today") == str(entries + 1)
    with patch.object(client, "report", late):
        await pass_time(hass, freezer, 8)
        await entry.runtime_data.traffic.async_refresh()
    assert answers
    assert state_of(hass, lobby, "entries_today") == str(entries + 1)
    assert mismatches(hass, simulator) == []


async def test_a_start_with_empty_answers(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Nothing was ever told, so nothing is known."""
    simulator.faults.set("reporting", "empty")
    await set_up()
    told = {entity_of(hass, space_id, key) for space_id in simulator.truth()["spaces"] for _, key in FIGURES.values()}
    shown = {state.state for entity_id in told if entity_id and (state := hass.states.get(entity_id))}
    assert shown == {STATE_UNKNOWN, STATE_UNAVAILABLE}


async def test_what_could_not_be_read_is_carried_over(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Without tags and hives the rest of a new estate is taken over, and theirs is kept."""
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
    """Rooms come, go, move and are renamed without a reload; entities come and go with what senses them."""
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
    # Nothing is there that could tell how full it is.
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


async def test_unload(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator) -> None:
    """Nothing goes on afterwards."""
    await set_up()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert state_of_entry(entry) is ConfigEntryState.NOT_LOADED
    assert {state.state for state in hass.states.async_all()} == {STATE_UNAVAILABLE}


async def test_a_clean_run_is_silent_and_keeps_secrets(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    reachable: Http,
    caplog: pytest.LogCaptureFixture,
    freezer: FrozenDateTimeFactory,
) -> None:
    """No warning of ours, and no secret in our log even at debug level."""
    caplog.set_level(logging.DEBUG)
    await set_up()
    await simulator.move(to=find(simulator, "Boardroom"))
    for _ in range(15):
        await pass_time(hass, freezer, 60)
    ours = [record for record in caplog.records if "butlr" in record.name]
    assert not [record for record in ours if record.levelno > logging.INFO]
    text = "\n".join(record.getMessage() for record in ours)
    for secret in (simulator.client_secret, entry.data["webhook_secret"], entry.data["webhook_id"]):
        assert secret not in text
