"""Actions, called over the websocket API as the frontend, a script or a language model calls them."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import DOMAIN
from custom_components.butlr.services import ACTIONS
from tests.conftest import Ask
from tests.mirror import device_of, find
from tests.simulator import Simulator


def at(hass: HomeAssistant, entry: MockConfigEntry, *butlr_ids: str) -> dict[str, list[str]]:
    """Return a target that consists of devices."""
    return {"device_id": [device_of(hass, entry, butlr_id).id for butlr_id in butlr_ids]}


def names(response: dict[str, Any]) -> list[str]:
    """Return the names of the rooms that were found."""
    return [room["name"] for room in response["rooms"]]


async def test_actions_are_there_before_any_entry(hass: HomeAssistant) -> None:
    """Automations that use them can be checked at any time."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert hass.services.async_services_for_domain(DOMAIN).keys() == {action.name for action in ACTIONS}


async def test_free_rooms(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """As many as are free in truth, the smallest that is large enough first."""
    truth = simulator.truth()["spaces"]
    free = {one for one in simulator.estate.rooms if truth[one]["available"] and truth[one]["occupied"] is False}
    response = await ask("find_available_rooms")
    assert {room["id"] for room in response["rooms"]} == free
    assert response["free"] == len(free)
    assert response["considered"] == len(simulator.estate.rooms)
    assert names(response)[:2] == ["Focus Room", "Boardroom"]
    assert names(await ask("find_available_rooms", capacity_min=5, tags="Meeting Room")) == ["Boardroom"]
    assert names(await ask("find_available_rooms", at(hass, entry, find(simulator, "Ground Floor")), limit=1)) == [
        "Harbour Café"
    ]


async def test_estate(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """A part of it, with what it hangs in."""
    boardroom = find(simulator, "Boardroom")
    response = await ask("get_estate", at(hass, entry, boardroom))
    (site,) = response["sites"]
    (building,) = site["buildings"]
    (floor,) = building["floors"]
    (room,) = floor["rooms"]
    assert [building["name"], floor["name"], room["id"]] == ["Pier House", "First Floor", boardroom]
    assert [device["name"] for device in room["hardware"]] == ["Boardroom ceiling"]
