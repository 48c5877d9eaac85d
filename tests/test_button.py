"""The button that polls everything now."""

import asyncio
from collections import Counter

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.budget import REQUESTS_PER_MINUTE
from custom_components.butlr.coordinator import MAX_REFRESH_BURST, REFRESH_PACE
from tests.conftest import SetUp
from tests.helpers.registries import differences, find
from tests.helpers.states import entity_of, mismatches, state_of
from tests.simulator import Simulator


async def press(hass: HomeAssistant, simulator: Simulator) -> None:
    """Press the button of the organization."""
    entity_id = entity_of(hass, simulator.estate.id, "refresh")
    assert entity_id == "button.harbour_campus_refresh"
    await hass.services.async_call("button", "press", {"entity_id": entity_id}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_everything_is_asked_for(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A new name, a person and a crossing are shown immediately."""
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
    """A failed refresh raises an error, and the button can be pressed again."""
    await set_up()
    freezer.tick(120)
    simulator.faults.set(endpoint, "500")
    with pytest.raises(HomeAssistantError) as raised:
        await press(hass, simulator)
    assert raised.value.translation_key == "refresh_failed"
    simulator.faults.clear()
    await press(hass, simulator)
    assert mismatches(hass, simulator) == []


async def settle(simulator: Simulator) -> None:
    """Wait until there has been no request for a while, without advancing timers."""
    quiet, asked = 0, -1
    while quiet < 5:
        await asyncio.to_thread(lambda: None)
        for _ in range(50):
            await asyncio.sleep(0)
        quiet = quiet + 1 if len(simulator.requests) == asked else 0
        asked = len(simulator.requests)


@pytest.mark.parametrize("service", ["button.press", "homeassistant.update_entity"])
async def test_a_minute_of_impatience(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    service: str,
) -> None:
    """Sixty presses in a minute all show the state of that time or later, and stay within the request budget."""
    await set_up()
    assert await async_setup_component(hass, "homeassistant", {})
    domain, name = service.split(".")
    boardroom = find(simulator, "Boardroom")
    button = "button.harbour_campus_refresh"
    entity_id = button if domain == "button" else ["sensor.boardroom_people", "sensor.boardroom_ceiling_last_heartbeat"]
    await simulator.move(to=boardroom)
    freezer.tick(120)
    simulator.requests.clear()
    presses: list[asyncio.Task[None]] = []

    async def press() -> None:
        timestamp = simulator.now()
        await hass.services.async_call(domain, name, {"entity_id": entity_id}, blocking=True)
        # Home Assistant itself does not update an entity that is being updated.
        assert domain != "button" or any(
            request.at >= timestamp and request.status == 200 for request in simulator.requests
        )
        assert state_of(hass, boardroom, "people") == "1"

    for _ in range(60):
        presses.append(asyncio.create_task(press()))
        await settle(simulator)
        freezer.tick(1)
    for _ in range(60):
        await settle(simulator)
        freezer.tick(1)
    await asyncio.gather(*presses)
    asked = Counter(request.path.rpartition("/")[2] for request in simulator.requests)
    # A few at once, then one every twenty seconds, and what is polled by itself.
    assert asked["graphql"] <= 3 * (MAX_REFRESH_BURST + 120 / REFRESH_PACE)
    assert asked["reporting"] <= 2 * REQUESTS_PER_MINUTE
    assert mismatches(hass, simulator) == []


async def test_many_at_once_share(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Simultaneous presses share one refresh, and all of them raise its error."""
    await set_up()
    freezer.tick(120)
    simulator.requests.clear()
    await asyncio.gather(*(press(hass, simulator) for _ in range(20)))
    assert sum(request.path.endswith("graphql") for request in simulator.requests) == 3
    simulator.faults.set("graphql", "500")
    results = await asyncio.gather(*(press(hass, simulator) for _ in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {HomeAssistantError}


async def test_patience_is_no_answer(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """While Butlr limits requests no entity fails yet, but pressing the button raises an error."""
    await set_up()
    freezer.tick(120)
    simulator.faults.set("reporting", "429", retry_after=30)
    with pytest.raises(HomeAssistantError):
        await press(hass, simulator)
    assert not entry.runtime_data.occupancy.failing
