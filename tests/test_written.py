"""Entities write their states when, and only when, something that they show changed."""

from collections.abc import Iterator
import random
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers import device_registry as dr, entity_platform, entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.estate import Building, Floor, Room
from custom_components.butlr.binary_sensor import OVER_CAPACITY, SPACE_BINARY_SENSORS
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.entity import SpaceEntity, SpaceEntityDescription
from custom_components.butlr.event import SPACE_EVENTS
from custom_components.butlr.live.space import Confidence, SpaceState
from custom_components.butlr.number import SPACE_NUMBERS
from custom_components.butlr.sensor.empty_on import EMPTY_ON_SENSORS
from custom_components.butlr.sensor.on_demand import ON_DEMAND_SENSORS
from custom_components.butlr.sensor.space import SPACE_SENSORS
from tests.conftest import Http, SetUp, pass_time
from tests.helpers.push import occupancy_event, room_id, secret_header, webhook_path
from tests.helpers.states import entity_of
from tests.simulator import Simulator

# Entities of spaces that need no requests of their own.
LIVE_DESCRIPTIONS: tuple[SpaceEntityDescription, ...] = (
    *SPACE_SENSORS,
    *SPACE_BINARY_SENSORS,
    *OVER_CAPACITY,
    *SPACE_EVENTS,
    *SPACE_NUMBERS,
)
FIELD_VALUES: dict[str, tuple[Any, ...]] = {
    "available": (True, False),
    "traffic_available": (True, False),
    "people": (None, 0, 1, 7, 12),
    "estimate": (None, 0, 3, 9),
    "primary_count": (None, 0, 2, 8),
    "occupied": (None, False, True),
    "motion": (None, False, True),
    "entries": (None, 0, 41),
    "exits": (None, 0, 40),
    "day": (None, 1.0e9, 1.0e9 + 86400),
    "free_rooms": (None, 0, 5),
    "incomplete": (False, True),
    "confidence": tuple(Confidence),
}


def random_state(dice: random.Random) -> SpaceState:
    """Return a state whose fields need not fit each other."""
    return SpaceState(**{name: dice.choice(values) for name, values in FIELD_VALUES.items()})


def space_entities(hass: HomeAssistant) -> list[SpaceEntity[Any, Any]]:
    """Return the entities that show a value of a space."""
    platforms = entity_platform.async_get_platforms(hass, DOMAIN)
    found = [entity for platform in platforms for entity in platform.entities.values()]
    return [entity for entity in found if isinstance(entity, SpaceEntity)]


@pytest.fixture
def all_enabled() -> Iterator[None]:
    """Enable the entities that are not by default."""
    with patch.object(Entity, "entity_registry_enabled_default", new=True):
        yield


def show(entity: SpaceEntity[Any, Any], state: SpaceState) -> None:
    """Let an entity show a state as if it were that of its space."""
    with patch.object(entity.data.live, "state", return_value=state):
        entity.estate_changed()


async def test_every_change_is_written(hass: HomeAssistant, set_up: SetUp, all_enabled: None) -> None:
    """After random changes of its space, an entity has written all that it would write now."""
    await set_up()
    entities, dice = space_entities(hass), random.Random(1)
    assert {entity.entity_description.key for entity in entities} == {
        description.key for description in (*LIVE_DESCRIPTIONS, *ON_DEMAND_SENSORS, *EMPTY_ON_SENSORS)
    }
    for entity in entities:
        for _ in range(60):
            show(entity, random_state(dice))
            written = hass.states.get(entity.entity_id)
            # Home Assistant keeps the state object if a write changes nothing.
            entity.async_write_ha_state()
            assert hass.states.get(entity.entity_id) is written


async def test_what_stays_the_same_is_not_written_again(hass: HomeAssistant, set_up: SetUp) -> None:
    """It is not even reported: an estimate beside a count does not change the utilization."""
    await set_up()
    reported: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        reported.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    hass.bus.async_listen(EVENT_STATE_REPORTED, note, event_filter=callback(lambda _: True))
    utilization = next(one for one in space_entities(hass) if one.entity_description.key == "utilization")
    known = SpaceState(people=3, estimate=5, primary_count=4)
    show(utilization, known)
    assert reported == [utilization.entity_id]
    show(utilization, known._replace(estimate=6))
    assert reported == [utilization.entity_id]
    show(utilization, known._replace(available=False))
    show(utilization, known._replace(available=False, primary_count=7))
    assert reported == [utilization.entity_id] * 2, "an unavailable entity shows no value"
    show(utilization, known)
    assert reported == [utilization.entity_id] * 3


@pytest.mark.parametrize("description", LIVE_DESCRIPTIONS, ids=lambda description: str(description.key))
def test_an_entity_listens_to_all_that_it_shows(description: SpaceEntityDescription) -> None:
    """A field that its description does not name does not change its value."""
    dice = random.Random(2)
    named = {*description.fields, description.availability}
    others = [name for name in SpaceState._fields if name not in named]
    spaces = (
        Room(id="room_1", name="Room", floor_id="space_1", capacity=8),
        Floor(id="space_1", name="Floor", building_id="building_1"),
        Building(id="building_1", name="Building", site_id="site_1"),
    )
    for _ in range(200):
        state = random_state(dice)
        changed = state._replace(**{name: dice.choice(FIELD_VALUES[name]) for name in others})
        for space in spaces:
            assert description.value_fn(state, space) == description.value_fn(changed, space)


async def test_what_else_is_written_stays_right(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Names, icons and customizations that a person changes are in the state at once, and after the next push."""
    await set_up()
    people = entity_of(hass, room_id(simulator, "Boardroom"), "people")
    assert people

    async def push(number: int) -> Any:
        response = await reachable.post(
            webhook_path(entry), json=occupancy_event(simulator, number), headers=secret_header(entry)
        )
        assert response.status == 200
        state = hass.states.get(people)
        assert state is not None
        assert state.state == str(number)
        return state.attributes

    before = await push(1)
    assert await push(2) == before
    er.async_get(hass).async_update_entity(people, name="Heads", icon="mdi:head")
    await hass.async_block_till_done()
    attributes = await push(3)
    assert (attributes["friendly_name"], attributes["icon"]) == ("Heads", "mdi:head")
    er.async_get(hass).async_update_entity(people, name=None)
    await hass.async_block_till_done()
    identifier = (DOMAIN, room_id(simulator, "Boardroom"))
    device = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    assert device
    dr.async_get(hass).async_update_device(device.id, name_by_user="Bridge")
    await hass.async_block_till_done()
    assert (await push(4))["friendly_name"] == "Bridge People"
    await async_process_ha_core_config(hass, {"customize": {people: {"note": "by hand"}}})
    assert (await push(5))["note"] == "by hand"
    # Somebody else wrote over it, as Home Assistant's developer tools can.
    hass.states.async_set(people, "99", {"friendly_name": "Nonsense"})
    assert (await push(6))["friendly_name"] == "Bridge People"


async def test_a_rename_moves_what_is_written(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """After a new entity id the next push is written there, and nowhere else."""
    await set_up()
    people = entity_of(hass, room_id(simulator, "Boardroom"), "people")
    assert people
    er.async_get(hass).async_update_entity(people, new_entity_id="sensor.heads")
    await hass.async_block_till_done()
    await reachable.post(webhook_path(entry), json=occupancy_event(simulator, 5), headers=secret_header(entry))
    renamed = hass.states.get("sensor.heads")
    assert renamed is not None
    assert (renamed.state, renamed.name) == ("5", "Boardroom People")
    assert hass.states.get(people) is None


async def test_what_one_push_changes_has_one_context(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """So the logbook tells which led to which; what one poll tells of has nothing to do with each other."""
    await set_up()
    changes: list[Event[EventStateChangedData]] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        changes.append(event)

    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    async_track_state_change_event(hass, [one.entity_id for one in entities if "people" in one.entity_id], note)
    async_track_state_change_event(hass, [one.entity_id for one in entities if "utiliz" in one.entity_id], note)
    freezer.tick(1)
    await reachable.post(webhook_path(entry), json=occupancy_event(simulator, 19), headers=secret_header(entry))
    assert len(changes) == 2, "the people of the room, and how full that makes it"
    assert len({change.context.id for change in changes}) == 1
    changes.clear()
    # Polls find it as empty as it is, and someone else somewhere else.
    await pass_time(hass, freezer, 301)
    assert len(changes) >= 2
    assert len({change.context.id for change in changes}) == len(changes)


async def test_motion_leads_to_occupancy(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Where one push changes both, motion comes first: the room is occupied because of it, not the other way round."""
    await set_up()
    room = room_id(simulator, "Boardroom")
    written: list[str] = []
    keys = ("motion", "occupancy")
    names = {entity_of(hass, room, key): key for key in keys}

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        written.append(names[event.data["entity_id"]])

    async_track_state_change_event(hass, list(filter(None, names)), note)
    for people, kind in ((0, "ROOM_OCCUPANCY"), (None, "PIR_MOTION")):
        event = occupancy_event(simulator, people, type=kind)
        written.clear()
        await reachable.post(webhook_path(entry), json=event, headers=secret_header(entry))
    assert written == ["motion", "occupancy"]
