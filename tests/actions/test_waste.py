"""What was on in empty rooms, compared with the rows of the database by another calculation."""

from datetime import UTC, datetime, timedelta
import random
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy.exc import OperationalError

from custom_components.butlr.entity import ValueEntity
from custom_components.butlr.waste import past as past_module
from tests.conftest import Ask
from tests.helpers.registries import find, target_of
from tests.helpers.states import entity_of
from tests.helpers.waste import RecordedDay, add_device, put_in_area
from tests.simulator import Simulator

NOW = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
pytestmark = pytest.mark.recorder(NOW)

LIGHT, HEATING, SCREEN, CAFE_LIGHT = "light.a", "climate.b", "media_player.c", "light.d"


@pytest.fixture
async def day(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ask: Ask,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> RecordedDay:
    """Put devices in the areas of two rooms. From now on, the test writes all states."""
    monkeypatch.setattr(ValueEntity, "_write", lambda entity: None)
    put_in_area(hass, entry, "Big room", find(simulator, "Boardroom"))
    put_in_area(hass, entry, "Café", find(simulator, "Harbour Café"))
    for device in (LIGHT, HEATING, SCREEN):
        add_device(hass, device, "Big room")
    add_device(hass, CAFE_LIGHT, "Café")
    return RecordedDay(hass, freezer)


def occupancy(hass: HomeAssistant, simulator: Simulator, room: str) -> str:
    """Return the occupancy of a room."""
    entity_id = entity_of(hass, find(simulator, room), "occupancy")
    assert entity_id
    return entity_id


def minutes_of(response: dict[str, Any], kind: str = "rooms") -> dict[str, float]:
    """Return the minutes by name, in the order of the response."""
    return {one["name"]: one["empty_on_minutes"] for one in response[kind]}


async def test_ranks_rooms_and_devices(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, day: RecordedDay
) -> None:
    """Each room has the time in which any device was on for nobody; a device has its own."""
    boardroom = occupancy(hass, simulator, "Boardroom")
    await day.set(1, CAFE_LIGHT, "on")
    await day.set(2, CAFE_LIGHT, "off")
    await day.set(10, LIGHT, "on")
    await day.set(20, boardroom, "on")
    await day.set(25, SCREEN, "playing")
    await day.set(30, boardroom, "off")
    await day.set(40, LIGHT, "off")
    await day.set(45, boardroom, "unavailable")
    await day.set(50, boardroom, "off")
    await day.set(55, SCREEN, "unavailable")
    await day.set(60, HEATING, "heat", {"hvac_action": "idle"})
    await day.set(62, HEATING, "heat", {"hvac_action": "heating"})
    await day.set(65, HEATING, "heat", {"hvac_action": "idle"})
    await day.wait_until(70)
    response = await day.get_waste()
    room = response["rooms"][0]
    assert minutes_of(response) == {"Boardroom": 10 + 15 + 5 + 3, "Harbour Café": 1}
    assert (room["empty_minutes"], room["known_minutes"]) == (20 + 15 + 20, 65)
    assert [(one["name"], one["empty_on_minutes"], one["on_minutes"]) for one in room["devices"]] == [
        ("a", 20, 30),
        ("c", 20, 30),
        ("b", 3, 3),
    ]
    assert minutes_of(response, "devices") == {"a": 20, "c": 20, "b": 3, "d": 1}
    assert (room["start"], room["end"], room["area_id"]) == (
        "2026-11-25T12:00:00+01:00",
        "2026-11-25T13:10:00+01:00",
        "big_room",
    )
    for entity_id in (LIGHT, SCREEN, HEATING):
        truth = await day.truth([boardroom], entity_id, day.start, day.start + 4200)
        assert minutes_of(response, "devices")[entity_id[-1]] == pytest.approx(truth, abs=0.1)
    assert response["measured"] == 2
    assert response["downtimes"] == []
    assert {one["name"] for one in response["without_area"]} >= {"Focus Room"}
    limited = await day.get_waste(limit=1)
    assert (len(limited["rooms"]), len(limited["devices"]), limited["measured"]) == (1, 1, 2)
    # A part of the period, and one room.
    target = target_of(hass, entry, find(simulator, "Boardroom"))
    part = await day.get_waste(target, start_time=day.at(15), end_time=day.at(35))
    assert minutes_of(part) == {"Boardroom": 10}
    # More than a week, which is read in parts.
    week = await day.get_waste(target, start_time=day.at(35) - timedelta(days=7))
    assert minutes_of(week) == {"Boardroom": 33}


async def test_a_downtime_is_not_counted(hass: HomeAssistant, ask: Ask, simulator: Simulator, day: RecordedDay) -> None:
    """While Home Assistant is off, nothing is known; the last states before it do not last."""
    boardroom = occupancy(hass, simulator, "Boardroom")
    await day.set(5, LIGHT, "on")
    await day.stop(30)
    # Both changed meanwhile, so that neither shows by itself that Home Assistant was off.
    await day.restart(150, 30, **{boardroom: "on", LIGHT: "off"})
    await day.set(160, LIGHT, "on")
    await day.set(170, boardroom, "off")
    await day.wait_until(180)
    response = await day.get_waste()
    assert minutes_of(response)["Boardroom"] == 25 + 10
    (downtime,) = response["downtimes"]
    assert datetime.fromisoformat(downtime["start"]) == day.at(30)
    assert datetime.fromisoformat(downtime["end"]) == day.at(150)
    assert response["rooms"][0]["known_minutes"] == 180 - 120
    # A period that ends within the downtime: that Home Assistant was off shows only later.
    early = await day.get_waste(end_time=day.at(100))
    assert minutes_of(early)["Boardroom"] == 25
    # A period that begins within the downtime.
    late = await day.get_waste(start_time=day.at(60))
    assert minutes_of(late)["Boardroom"] == 10
    assert datetime.fromisoformat(late["downtimes"][0]["start"]) == day.at(60)


async def test_a_start_without_the_network(
    hass: HomeAssistant, ask: Ask, simulator: Simulator, day: RecordedDay
) -> None:
    """After a power cut, everything may be unavailable first; the light that was on before did not stay on."""
    # Nothing is unavailable before, so that no entity repeats that.
    await day.wait_until(4)
    for entity_id in hass.states.async_entity_ids("binary_sensor"):
        hass.states.async_set(entity_id, "off")
    await day.set(5, LIGHT, "on")
    await day.stop(30)
    before = {state.entity_id: state.state for state in hass.states.async_all() if state.domain != "sun"}
    await day.restart(630, 30, **dict.fromkeys(before, "unavailable"))
    await day.wait_until(632)
    for entity_id, state in before.items():
        hass.states.async_set(entity_id, state)
    await day.set(633, LIGHT, "off")
    await day.wait_until(640)
    response = await day.get_waste()
    truth = await day.truth([occupancy(hass, simulator, "Boardroom")], LIGHT, day.start, day.start + 640 * 60)
    assert minutes_of(response)["Boardroom"] == pytest.approx(truth, abs=0.1) == 25 + 1
    (downtime,) = response["downtimes"]
    assert datetime.fromisoformat(downtime["start"]) == day.at(30)
    assert datetime.fromisoformat(downtime["end"]) == day.at(630)


async def test_a_quiet_night_counts(hass: HomeAssistant, ask: Ask, simulator: Simulator, day: RecordedDay) -> None:
    """A long time in which nothing writes a state is no downtime, if only some entities write one afterwards."""
    await day.set(5, LIGHT, "on")
    await day.set(605, LIGHT, "off")
    await day.set(606, occupancy(hass, simulator, "Boardroom"), "unavailable")
    await day.wait_until(610)
    response = await day.get_waste()
    assert minutes_of(response)["Boardroom"] == 600
    assert response["downtimes"] == []


async def test_a_floor_that_shares_an_area(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, day: RecordedDay
) -> None:
    """What is on serves everybody on the floor, if the floor is in the area."""
    floor = find(simulator, "First Floor")
    put_in_area(hass, entry, "Big room", floor)
    floor_occupancy = entity_of(hass, floor, "occupancy") or ""
    await day.set(5, floor_occupancy, "off")
    await day.set(10, LIGHT, "on")
    await day.set(15, floor_occupancy, "on")
    await day.set(20, LIGHT, "off")
    await day.wait_until(30)
    assert minutes_of(await day.get_waste())["Boardroom"] == 5


@pytest.mark.random_seeds
async def test_any_day_by_another_calculation(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, day: RecordedDay, seed: int
) -> None:
    """Whatever happens, in rooms that share an area and across downtimes, the minutes are those of the rows."""
    generator = random.Random(seed)
    put_in_area(hass, entry, "Big room", find(simulator, "Focus Room"))
    shared = [occupancy(hass, simulator, name) for name in ("Boardroom", "Focus Room")]
    states: dict[str, tuple[str, ...]] = {
        **dict.fromkeys(shared, ("on", "off", "off", "off", "unknown", "unavailable")),
        LIGHT: ("on", "off", "unavailable"),
        SCREEN: ("off", "playing", "idle", "standby"),
        HEATING: ("off", "heat", "cool"),
    }
    minute = 0.0
    for _ in range(60):
        minute += generator.choice((1 / 6, 0.5, 1, 7, 20))
        if generator.random() < 0.06:
            await day.stop(minute)
            stopped, minute = minute, minute + generator.randint(20, 300)
            now = {one: generator.choice(states[one]) for one in (*shared, LIGHT) if generator.random() < 0.7}
            await day.restart(minute, stopped, **now)
            continue
        entity_id = generator.choice(list(states))
        attributes = {"hvac_action": generator.choice(("idle", "heating"))} if entity_id == HEATING else None
        await day.set(minute, entity_id, generator.choice(states[entity_id]), attributes)
    await day.wait_until(minute + 5)
    start = day.start + 60 * generator.randint(0, int(minute) // 3)
    response = await day.get_waste(start_time=dt_util.utc_from_timestamp(start))
    for entity_id in (LIGHT, SCREEN, HEATING):
        truth = await day.truth(shared, entity_id, start, dt_util.utcnow().timestamp())
        assert minutes_of(response, "devices")[entity_id[-1]] == pytest.approx(truth, abs=0.25), entity_id
    assert len({minutes_of(response)[name] for name in ("Boardroom", "Focus Room")}) == 1


@pytest.mark.parametrize("recorder_config", [{"exclude": {"entities": [LIGHT, "binary_sensor.boardroom_occupancy"]}}])
async def test_what_cannot_be_measured(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, recorder_config: dict[str, Any]
) -> None:
    """Rooms are named with the reason: no area, nothing in it, or not recorded."""
    put_in_area(hass, entry, "Big room", find(simulator, "Boardroom"))
    put_in_area(hass, entry, "Small room", find(simulator, "Focus Room"))
    put_in_area(hass, entry, "Café", find(simulator, "Harbour Café"))
    add_device(hass, SCREEN, "Big room", "on")
    add_device(hass, LIGHT, "Small room", "on")
    sensors = [one for one in simulator.estate.sensors.values() if one.room_id == find(simulator, "Lobby")]
    for sensor in sensors:
        sensor.room_id = None
    await hass.config_entries.async_reload(entry.entry_id)
    # Without times: since the midnight of the site.
    response = await ask("get_waste")
    assert response["rooms"] == response["devices"] == []
    named = {
        reason: [one["name"] for one in response[reason]]
        for reason in ("not_recorded", "without_devices", "without_area", "without_sensors")
    }
    assert named["not_recorded"] == ["Boardroom", "Focus Room"]
    assert named["without_devices"] == ["Harbour Café"]
    assert named["without_sensors"] == ["Lobby"]
    assert not {"Boardroom", "Lobby"} & set(named["without_area"])
    # A room whose occupancy is disabled is not recorded either.
    er.async_get(hass).async_remove(occupancy(hass, simulator, "Boardroom"))
    assert [one["name"] for one in (await ask("get_waste"))["not_recorded"]] == ["Boardroom", "Focus Room"]


async def test_a_neighbor_of_which_nothing_is_known(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, day: RecordedDay
) -> None:
    """If a space that shares the area cannot be known to be empty, the room is named instead of measured."""
    put_in_area(hass, entry, "Big room", find(simulator, "Focus Room"))
    await day.wait_until(1)
    assert (await day.get_waste())["measured"] == 3
    registry = er.async_get(hass)
    focus_room = occupancy(hass, simulator, "Focus Room")
    registry.async_update_entity(focus_room, disabled_by=er.RegistryEntryDisabler.USER)
    response = await day.get_waste()
    assert [one["name"] for one in response["not_recorded"]] == ["Boardroom", "Focus Room"]
    assert list(minutes_of(response)) == ["Harbour Café"]
    registry.async_update_entity(focus_room, disabled_by=None)
    for sensor in simulator.estate.sensors.values():
        if sensor.room_id == find(simulator, "Focus Room"):
            sensor.room_id = None
    await hass.config_entries.async_reload(entry.entry_id)
    response = await day.get_waste()
    assert {one["name"] for one in response["without_sensors"]} >= {"Boardroom", "Focus Room"}
    assert list(minutes_of(response)) == ["Harbour Café"]


async def test_invalid_calls(hass: HomeAssistant, ask: Ask, day: RecordedDay) -> None:
    """A period that is too long is rejected, and a database that fails is reported."""
    start = (NOW - timedelta(days=32)).isoformat()
    assert (await ask("get_waste", start_time=start))["translation_key"] == "range_too_long"
    with patch.object(
        past_module, "get_significant_states", side_effect=OperationalError("SELECT", {}, Exception("locked"))
    ):
        await day.wait_until(1)
        assert (await ask("get_waste"))["translation_key"] == "recorder_failed"
