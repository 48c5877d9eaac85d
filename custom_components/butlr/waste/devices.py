"""Which devices of a room's area count, and when they are on.

Lights, climate devices and media players of the area of the room's device count, as a target of that area selects them:
hidden entities, and those that configure or diagnose a device, do not.

What is on in an area serves all of it. So a device is on for nobody only while every space of Butlr that shares the
area is known to be empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.climate import ATTR_HVAC_ACTION, DOMAIN as CLIMATE_DOMAIN, HVACAction, HVACMode
from homeassistant.components.light import DOMAIN as LIGHT_DOMAIN
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF, STATE_ON, STATE_STANDBY, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from ..api.estate import Estate
from ..runtime import butlr_id_of, device_of

COUNTED_DOMAINS: Final = (LIGHT_DOMAIN, CLIMATE_DOMAIN, MEDIA_PLAYER_DOMAIN)
_UNKNOWN_STATES: Final = (None, "", STATE_UNAVAILABLE, STATE_UNKNOWN)


@dataclass(frozen=True, slots=True)
class RoomArea:
    """The area of a room."""

    id: str
    # The buildings, floors, rooms and zones that share the area, the room itself included.
    space_ids: tuple[str, ...]
    # The entities of the devices that count.
    entity_ids: tuple[str, ...]


def area_of(hass: HomeAssistant, entry_id: str, estate: Estate, room_id: str) -> RoomArea | None:
    """Return the area of a room; None if it is in none."""
    device = device_of(hass, entry_id, room_id)
    area_id = device and dr.async_get_effective_area_id(hass, device)
    if not area_id:
        return None
    ids = {
        butlr_id_of(one)
        for one in dr.async_entries_for_area(dr.async_get(hass), area_id)
        if one.config_entry_id == entry_id
    }
    spaces = sorted(one for one in ids if one in estate.spaces)
    return RoomArea(area_id, tuple(spaces), _counted(hass, area_id))


def _counted(hass: HomeAssistant, area_id: str) -> tuple[str, ...]:
    """Return the entities of an area that count; a group whose members all count is left out."""
    found = async_extract_referenced_entity_ids(hass, TargetSelection({"area_id": [area_id]}))
    counted = {one for one in found.indirectly_referenced if split_entity_id(one)[0] in COUNTED_DOMAINS}

    def is_group(entity_id: str) -> bool:
        state = hass.states.get(entity_id)
        members = state.attributes.get(ATTR_ENTITY_ID) if state else None
        return isinstance(members, list | tuple) and bool(members) and set(members) <= counted

    return tuple(sorted(one for one in counted if not is_group(one)))


def is_on(domain: str, state: str | None, attributes: Mapping[str, Any]) -> bool | None:
    """Return whether a device, or a binary sensor, is on; None if that is unknown.

    A climate device that says what it does is on only while it heats, cools, dries or moves air.
    """
    if state in _UNKNOWN_STATES:
        return None
    if domain in (LIGHT_DOMAIN, BINARY_SENSOR_DOMAIN):
        return state == STATE_ON
    if domain == MEDIA_PLAYER_DOMAIN:
        return state not in (STATE_OFF, STATE_STANDBY)
    if state == HVACMode.OFF:
        return False
    return attributes.get(ATTR_HVAC_ACTION) not in (HVACAction.OFF, HVACAction.IDLE)


def is_on_now(hass: HomeAssistant, entity_id: str) -> bool | None:
    """Return whether a device is on now; None if that is unknown."""
    state = hass.states.get(entity_id)
    return is_on(split_entity_id(entity_id)[0], state.state, state.attributes) if state else None
