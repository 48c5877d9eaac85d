"""Actions, called over the websocket API as the frontend, a script or a language model calls them."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.butlr.const import DOMAIN
from custom_components.butlr.services import ACTIONS
from tests.conftest import SetUp
from tests.mirror import device_of, find
from tests.simulator import Simulator

type Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def ask(hass: HomeAssistant, set_up: SetUp, hass_ws_client: WebSocketGenerator) -> Ask:
    """Return what calls an action of a loaded entry, and answers with the response or the error."""
    await set_up()
    client = await hass_ws_client(hass)

    async def ask(name: str, target: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
        call: dict[str, Any] = {
            "type": "call_service",
            "domain": DOMAIN,
            "service": name,
            "service_data": data,
            "return_response": True,
        }
        if target is not None:
            call["target"] = target
        await client.send_json_auto_id(call)
        answer = await client.receive_json()
        response: dict[str, Any] = answer["result"]["response"] if answer["success"] else answer["error"]
        return response

    return ask


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


WRONG: dict[str, tuple[str, dict[str, Any] | None, dict[str, Any], str, str]] = {
    "capacities reversed": (
        "find_available_rooms",
        None,
        {"capacity_min": 8, "capacity_max": 4},
        "capacity_reversed",
        "The smallest capacity (8) is above the largest (4). Correct one of them",
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_wrong_input_is_refused_before_any_request(
    hass: HomeAssistant,
    ask: Ask,
    simulator: Simulator,
    wrong: tuple[str, dict[str, Any] | None, dict[str, Any], str, str],
) -> None:
    """With a text that says what is wrong and what to do; Butlr hears nothing."""
    name, target, data, key, message = wrong
    await async_load_integrations(hass, {DOMAIN})
    simulator.requests.clear()
    error = await ask(name, target, **data)
    assert (error["code"], error["translation_key"]) == ("service_validation_error", key)
    assert error["message"] == f"Validation error: {message}"
    assert not simulator.requests


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
