"""The webhooks of the integration at the simulated cloud, and pushes made by hand."""

import time
from typing import Any

from homeassistant.components.webhook import async_generate_path
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_WEBHOOK_SECRET, SECRET_HEADER
from tests.simulator import Simulator
from tests.simulator.delivery import Webhook

OCCUPANCY_TYPES = {"FLOOR_OCCUPANCY", "ROOM_OCCUPANCY", "ZONE_OCCUPANCY"}
MOVEMENT_TYPES = {"TRAFFIC", "PIR_MOTION", "PIR_NO_MOTION"}
ALL_TYPES = OCCUPANCY_TYPES | MOVEMENT_TYPES


def our_webhooks(simulator: Simulator) -> list[Webhook]:
    """Return the webhooks that the integration created at Butlr."""
    return [webhook for webhook in simulator.webhooks if not webhook.foreign]


def both_webhooks(simulator: Simulator) -> tuple[Webhook, Webhook]:
    """Return the webhook for occupancy and the one for movements."""
    occupancy, movements = sorted(our_webhooks(simulator), key=lambda webhook: not webhook.send_on_value_change)
    return occupancy, movements


def subscribed_types(simulator: Simulator) -> set[str]:
    """Return the event types of our webhooks; none of them may be in two."""
    types = [event_type for webhook in our_webhooks(simulator) for event_type in webhook.event_types]
    assert len(types) == len(set(types))
    return set(types)


def room_id(simulator: Simulator, name: str) -> str:
    """Return the id of a room by its name."""
    return next(room.id for room in simulator.estate.rooms.values() if room.name == name)


def occupancy_event(simulator: Simulator, people: Any = 3, **changes: Any) -> dict[str, Any]:
    """Return an event of now that reports people in the Boardroom."""
    return {
        "id": "event_1",
        "type": "ROOM_OCCUPANCY",
        "timestamp": int(time.time() * 1000),
        "version": "v1.0.0",
        "metadata": {"org_id": simulator.estate.id, "room_id": room_id(simulator, "Boardroom")},
        "data": people,
        **changes,
    }


def secret_header(entry: MockConfigEntry) -> dict[str, str]:
    """Return the header by which Butlr authenticates."""
    return {SECRET_HEADER: entry.data[CONF_WEBHOOK_SECRET]}


def all_states(hass: HomeAssistant) -> dict[str, str]:
    """Return all states except the update mode."""
    return {state.entity_id: state.state for state in hass.states.async_all() if "update_mode" not in state.entity_id}


def webhook_path(entry: MockConfigEntry) -> str:
    """Return the path of the entry's webhook in Home Assistant."""
    path: str = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    return path
