"""Over capacity, its margin and delay, and the limit that a person sets where Butlr's capacity does not count."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.butlr.binary_sensor import OverCapacityBinarySensor
from custom_components.butlr.const import CONF_CAPACITY_DELAY, CONF_CAPACITY_MARGIN, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from tests.conftest import choose
from tests.helpers.hardware import go_offline
from tests.helpers.on_demand import set_enabled
from tests.helpers.registries import find
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of

ROOM = "Focus Room"
OVER, LIMIT = "binary_sensor.focus_room_over_capacity", "number.focus_room_capacity_limit"
# Sets the number of people in the room.
type Fill = Callable[[int], Awaitable[None]]


@pytest.fixture
async def fill(scene: Scene) -> Fill:
    """Enable the entities; return a function that lets people enter and leave the room, which has a capacity of 4."""
    await scene.set_up_and_verify()
    await set_enabled(scene.hass, scene.entry, scene.freezer, "over_capacity", "capacity_limit")
    inside: list[str] = []

    async def fill(people: int) -> None:
        while len(inside) < people:
            inside.append(await scene.enter(ROOM))
        while len(inside) > people:
            await scene.simulator.move(to=None, person=inside.pop())
        await scene.settle()
        assert scene.state(ROOM, "people") == str(people)

    return fill


def state(hass: HomeAssistant, entity_id: str) -> State:
    """Return the state of an entity that exists."""
    found = hass.states.get(entity_id)
    assert found is not None
    return found


async def set_limit(scene: Scene, limit: float, entity_id: str = LIMIT) -> None:
    """Set a limit as a person does."""
    await scene.hass.services.async_call("number", "set_value", {"entity_id": entity_id, "value": limit}, blocking=True)
    await scene.settle()


def changes_of(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return the list of states that the entity has from now on."""
    changes: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        changes.append(new.state if new else "")

    async_track_state_change_event(hass, entity_id, note)
    return changes


async def test_nothing_changes_unless_it_is_chosen(hass: HomeAssistant, scene: Scene, fill: Fill) -> None:
    """The options start at zero: it is on above Butlr's capacity, and off again as soon as it is not above."""
    assert not {CONF_CAPACITY_MARGIN, CONF_CAPACITY_DELAY} & scene.entry.options.keys()
    changes = changes_of(hass, OVER)
    for people in (4, 5, 4, 6, 0):
        await fill(people)
        assert state(hass, OVER).state == (STATE_ON if people > 4 else STATE_OFF)
    assert changes == [STATE_ON, STATE_OFF, STATE_ON, STATE_OFF]
    assert (state(hass, LIMIT).state, state(hass, LIMIT).attributes["unit_of_measurement"]) == ("4", "people")


async def test_margin_and_delay(hass: HomeAssistant, scene: Scene, fill: Fill) -> None:
    """It is on at once. It is off when there have been a margin fewer people than the limit for all of the delay."""
    await choose(hass, scene.entry, **{CONF_CAPACITY_MARGIN: 2, CONF_CAPACITY_DELAY: 5})
    changes = changes_of(hass, OVER)
    await fill(5)
    assert changes == [STATE_ON]
    await fill(3)
    await scene.pass_minutes(7)
    await fill(2)
    await scene.pass_time(299)
    await fill(3)
    await fill(2)
    await scene.pass_time(299)
    assert changes == [STATE_ON]
    await scene.pass_time(2)
    assert changes == [STATE_ON, STATE_OFF]
    # Another choice counts at once, without a reload.
    await fill(5)
    await fill(4)
    await choose(hass, scene.entry, **{CONF_CAPACITY_MARGIN: 0, CONF_CAPACITY_DELAY: 0})
    assert changes == [STATE_ON, STATE_OFF, STATE_ON, STATE_OFF]


async def test_a_limit_of_ones_own(hass: HomeAssistant, scene: Scene, fill: Fill) -> None:
    """It replaces Butlr's capacity for over capacity only, until it is cleared with zero."""
    await fill(3)
    changes = changes_of(hass, OVER)
    await set_limit(scene, 2)
    assert (state(hass, LIMIT).state, changes) == ("2", [STATE_ON])
    assert scene.state(ROOM, "utilization") == "75.0"
    await set_limit(scene, 10)
    await fill(6)
    assert (state(hass, LIMIT).state, changes) == ("10", [STATE_ON, STATE_OFF])
    assert scene.state(ROOM, "utilization") == "150.0"
    await set_limit(scene, 0)
    assert (state(hass, LIMIT).state, changes) == ("4", [STATE_ON, STATE_OFF, STATE_ON])
    # Without a limit of one's own, a new capacity at Butlr counts.
    scene.simulator.estate.rooms[scene.room(ROOM)].capacity_max = 8
    await scene.pass_time(ESTATE_INTERVAL.total_seconds() + 1)
    assert (state(hass, LIMIT).state, state(hass, OVER).state) == ("8", STATE_OFF)


async def test_a_restart_keeps_the_limit(hass: HomeAssistant, scene: Scene, fill: Fill) -> None:
    """It is there before the first state is written, so nothing is on or off for a moment."""
    await fill(5)
    await set_limit(scene, 6)
    assert state(hass, OVER).state == STATE_OFF
    changes = changes_of(hass, OVER)
    for _ in range(2):
        await scene.reload()
    assert set(changes) == {STATE_UNAVAILABLE, STATE_OFF}
    assert state(hass, LIMIT).state == "6"
    await fill(7)
    assert state(hass, OVER).state == STATE_ON


async def test_a_limit_counts_while_its_number_is_enabled(hass: HomeAssistant, scene: Scene, fill: Fill) -> None:
    """Nothing hidden decides: who disables the number has Butlr's capacity back; the limit waits for being enabled."""
    await fill(5)
    await set_limit(scene, 6)
    assert state(hass, OVER).state == STATE_OFF
    er.async_get(hass).async_update_entity(LIMIT, disabled_by=er.RegistryEntryDisabler.USER)
    await scene.settle()
    assert hass.states.get(LIMIT) is None
    assert state(hass, OVER).state == STATE_ON
    await set_enabled(hass, scene.entry, scene.freezer, "capacity_limit")
    assert (state(hass, LIMIT).state, state(hass, OVER).state) == ("6", STATE_OFF)


async def test_a_space_without_a_capacity(hass: HomeAssistant, scene: Scene, fill: Fill) -> None:
    """Over capacity is unknown there until a person sets a limit. A room that only doors count has one, too."""
    estate = scene.simulator.estate
    for name in (ROOM, "Harbour Café"):
        estate.rooms[scene.room(name)].capacity_max = 0
    # A capacity is gone when two answers lack it.
    for _ in range(2):
        await scene.pass_time(ESTATE_INTERVAL.total_seconds() + 1)
    await fill(3)
    assert (state(hass, LIMIT).state, state(hass, OVER).state) == (STATE_UNKNOWN, STATE_UNKNOWN)
    assert entity_of(hass, scene.room(ROOM), "utilization") is None
    await set_limit(scene, 2)
    assert (state(hass, LIMIT).state, state(hass, OVER).state) == ("2", STATE_ON)
    cafe = "binary_sensor.harbour_cafe_over_capacity"
    assert state(hass, cafe).state == STATE_UNKNOWN
    await set_limit(scene, 1, "number.harbour_cafe_capacity_limit")
    for expected in (STATE_OFF, STATE_ON):
        await scene.enter("Harbour Café")
        assert state(hass, cafe).state == expected
    await set_limit(scene, 0)
    assert (state(hass, LIMIT).state, state(hass, OVER).state) == (STATE_UNKNOWN, STATE_UNKNOWN)


async def test_what_is_unknown_is_not_over(hass: HomeAssistant, scene: Scene, fill: Fill) -> None:
    """While the sensors are offline there is no state, and that time is no time with few people; the limit stays."""
    await choose(hass, scene.entry, **{CONF_CAPACITY_MARGIN: 1, CONF_CAPACITY_DELAY: 15})
    await fill(5)
    await fill(2)
    sensor = scene.simulator.estate.sensors[find(scene.simulator, "Focus Room ceiling")]
    go_offline(sensor)
    await scene.pass_time(ESTATE_INTERVAL.total_seconds() + 1)
    assert (state(hass, OVER).state, state(hass, LIMIT).state) == (STATE_UNAVAILABLE, "4")
    await set_limit(scene, 3)
    await set_limit(scene, 0)
    sensor.is_online, sensor.offline_since = True, None
    await scene.pass_time(ESTATE_INTERVAL.total_seconds() + 1)
    await fill(5)
    assert state(hass, OVER).state == STATE_ON
    await fill(3)
    await scene.pass_minutes(14)
    assert state(hass, OVER).state == STATE_ON
    await scene.pass_minutes(1)
    assert state(hass, OVER).state == STATE_OFF


@pytest.mark.parametrize(("wrong", "error"), [(-1, ServiceValidationError), (1e9, ServiceValidationError)])
async def test_a_limit_that_cannot_be(
    hass: HomeAssistant, scene: Scene, fill: Fill, wrong: float, error: type[Exception]
) -> None:
    """Home Assistant rejects it with its reason, and the limit stays."""
    await set_limit(scene, 3.9)
    with pytest.raises(error):
        await set_limit(scene, wrong)
    assert state(hass, LIMIT).state == "3"


async def test_a_damaged_file_costs_the_damaged_limits(
    hass: HomeAssistant, hass_storage: dict[str, Any], scene: Scene, fill: Fill
) -> None:
    """Those that can be read stay."""
    await set_limit(scene, 7)
    stored = hass_storage[f"butlr.{scene.entry.entry_id}"]["data"]["limits"]
    assert stored == {scene.room(ROOM): 7}
    await scene.unload()
    stored |= {"room_1": True, "room_2": 0, "room_3": "5", "room_4": 10**9, "room_5": 2.5}
    await scene.set_up()
    assert state(hass, LIMIT).state == "7"
    assert hass_storage[f"butlr.{scene.entry.entry_id}"]["data"]["limits"] == {scene.room(ROOM): 7}


async def test_a_disabled_entity_starts_no_timer(hass: HomeAssistant, scene: Scene, fill: Fill) -> None:
    """A change of the estate or of the options still reaches it, but it is no longer there."""
    await choose(hass, scene.entry, **{CONF_CAPACITY_DELAY: 600})
    (entity,) = (one.entities[OVER] for one in async_get_platforms(hass, DOMAIN) if OVER in one.entities)
    assert isinstance(entity, OverCapacityBinarySensor)
    await fill(5)
    await fill(4)
    assert entity._timer.running
    er.async_get(hass).async_update_entity(OVER, disabled_by=er.RegistryEntryDisabler.USER)
    await scene.settle()
    entity.estate_changed()
    assert not entity._timer.running
