"""Pushes made by hand."""

import time
from typing import Any

from homeassistant.components.webhook import async_generate_path
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_WEBHOOK_SECRET, SECRET_HEADER
from tests.simulator import Simulator
from tests.simulator.delivery import Webhook

COUNTS = {"FLOOR_OCCUPANCY", "ROOM_OCCUPANCY", "ZONE_OCCUPANCY"}
MOVEMENTS = {"TRAFFIC", "PIR_MOTION", "PIR_NO_MOTION"}
SIX_TYPES = COUNTS | MOVEMENTS


def ours(simulator: Simulator) -> list[Webhook]:
    """Return what the integration made at Butlr."""
    return [webhook for webhook in simulator.webhooks if not webhook.foreign]


def both(simulator: Simulator) -> tuple[Webhook, Webhook]:
    """Return the webhook for counts and the one for movements."""
    counts, movements = sorted(ours(simulator), key=lambda webhook: not webhook.send_on_value_change)
    return counts, movements


def subscribed(simulator: Simulator) -> set[str]:
    """Return the event types that are subscribed, each once."""
    kinds = [kind for webhook in ours(simulator) for kind in webhook.event_types]
    assert len(kinds) == len(set(kinds))
    return set(kinds)


def room_id(simulator: Simulator, name: str) -> str:
    """Return the id of a room by its name."""
    return next(room.id for room in simulator.estate.rooms.values() if room.name == name)


def occupancy(simulator: Simulator, people: Any = 3, **changes: Any) -> dict[str, Any]:
    """Return the event that people are in the Boardroom, now."""
    return {
        "id": "event_1",
        "type": "ROOM_OCCUPANCY",
        "timestamp": int(time.time() * 1000),
        "version": "v1.0.0",
        "metadata": {"org_id": simulator.estate.id, "room_id": room_id(simulator, "Boardroom")},
        "data": people,
        **changes,
    }


def headers(entry: MockConfigEntry) -> dict[str, str]:
    """Return the header that Butlr sends."""
    return {SECRET_HEADER: entry.data[CONF_WEBHOOK_SECRET]}


def everything(hass: HomeAssistant) -> dict[str, str]:
    """Return all states but those about the link itself."""
    return {state.entity_id: state.state for state in hass.states.async_all() if "update_mode" not in state.entity_id}


def path_of(entry: MockConfigEntry) -> str:
    """Return the path of the entry's webhook."""
    path: str = async_generate_path(entry.data[CONF_WEBHOOK_ID])
    return path
