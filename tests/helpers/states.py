"""Home Assistant's states held against what is really the case in the simulator."""

from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.butlr.const import DOMAIN
from tests.simulator import Simulator

# The simulator's name of a figure -> the platform and key of the entity that shows it.
FIGURES = {
    "people": (Platform.SENSOR, "people"),
    "estimate": (Platform.SENSOR, "people_estimate"),
    "occupied": (Platform.BINARY_SENSOR, "occupancy"),
    "motion": (Platform.BINARY_SENSOR, "motion"),
    "entries_today": (Platform.SENSOR, "entries_today"),
    "exits_today": (Platform.SENSOR, "exits_today"),
    "free_rooms": (Platform.SENSOR, "free_rooms"),
}


def entity_of(hass: HomeAssistant, device_id: str, key: str) -> str | None:
    """Return the id of an entity by the Butlr id of its device and its key."""
    registry = er.async_get(hass)
    platforms = (Platform.SENSOR, Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.NUMBER)
    found = (registry.async_get_entity_id(platform, DOMAIN, f"{device_id}_{key}") for platform in platforms)
    return next(filter(None, found), None)


def state_of(hass: HomeAssistant, device_id: str, key: str) -> str | None:
    """Return the state of an entity by the Butlr id of its device and its key; None when there is none."""
    entity_id = entity_of(hass, device_id, key)
    state = hass.states.get(entity_id) if entity_id else None
    return state.state if state else None


def expected(value: Any) -> str:
    """Return how Home Assistant writes a figure."""
    if isinstance(value, bool):
        return STATE_ON if value else STATE_OFF
    return str(value)


def mismatches(hass: HomeAssistant, simulator: Simulator) -> list[str]:
    """Return every difference between the states and the truth.

    Motion that was never pushed is unknown by design. An estimate beside a count is disabled by default.
    """
    registry = er.async_get(hass)
    wrong = []
    for space_id, space in simulator.truth()["spaces"].items():
        for figure, (platform, key) in FIGURES.items():
            entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{space_id}_{key}")
            if space[figure] is None:
                # An entity may exist that nothing can be said of, such as the occupancy of a room without sensors.
                if entity_id and (state := hass.states.get(entity_id)) and state.state not in _NOTHING:
                    wrong.append(f"{space['name']} {figure}: {state.state} instead of nothing")
                continue
            if entity_id is None:
                wrong.append(f"{space['name']} {figure}: no entity")
                continue
            if (state := hass.states.get(entity_id)) is None:
                continue
            right = expected(space[figure]) if space["available"] else STATE_UNAVAILABLE
            if state.state != right and not (figure == "motion" and state.state == STATE_UNKNOWN):
                wrong.append(f"{space['name']} {figure}: {state.state} instead of {right}")
    return wrong


_NOTHING = (STATE_UNKNOWN, STATE_UNAVAILABLE)
