"""The button that asks for everything."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import SetUp
from tests.mirror import differences, find
from tests.simulator import Simulator
from tests.truth import entity_of, mismatches, state_of


async def press(hass: HomeAssistant, simulator: Simulator) -> None:
    """Press the button of the organisation."""
    entity_id = entity_of(hass, simulator.estate.id, "refresh")
    assert entity_id == "button.harbour_campus_refresh"
    await hass.services.async_call("button", "press", {"entity_id": entity_id}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_everything_is_asked_for(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A new name, a person and a crossing are there at once."""
    await set_up()
    boardroom = find(simulator, "Boardroom")
    simulator.estate.rooms[boardroom].name = "Library"
    await simulator.move(to=boardroom)
    freezer.tick(120)
    simulator.requests.clear()
    await press(hass, simulator)
    assert state_of(hass, boardroom, "people") == "1"
    assert differences(hass, simulator, entry) == []
    assert mismatches(hass, simulator) == []
    assert {request.kind for request in simulator.requests} >= {
        "Topology",
        "Sensors",
        "Hives",
        "room_occupancy",
        "traffic",
    }


@pytest.mark.parametrize("endpoint", ["graphql", "reporting"])
async def test_what_did_not_work_is_said(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    endpoint: str,
) -> None:
    """The person is told, and may press again."""
    await set_up()
    freezer.tick(120)
    simulator.faults.set(endpoint, "500")
    with pytest.raises(HomeAssistantError) as raised:
        await press(hass, simulator)
    assert raised.value.translation_key == "refresh_failed"
    simulator.faults.clear()
    await press(hass, simulator)
    assert mismatches(hass, simulator) == []
