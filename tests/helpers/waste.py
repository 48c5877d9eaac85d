"""Rooms in areas, and devices in them that are turned on and off."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.helpers.registries import device_of


def put_in_area(hass: HomeAssistant, entry: MockConfigEntry, area: str | None, *butlr_ids: str) -> None:
    """Put the devices of spaces in an area, as a user does."""
    area_id = area and ar.async_get(hass).async_get_or_create(area).id
    for butlr_id in butlr_ids:
        dr.async_get(hass).async_update_device(device_of(hass, entry, butlr_id).id, area_id=area_id)


def add_device(hass: HomeAssistant, device: str, area: str | None, state: str = "off", **attributes: Any) -> str:
    """Add an entity of another integration to an area; return its entity id."""
    domain, name = device.split(".")
    registry = er.async_get(hass)
    registered = registry.async_get_or_create(domain, "test", name, suggested_object_id=name)
    area_id = area and ar.async_get(hass).async_get_or_create(area).id
    registry.async_update_entity(registered.entity_id, area_id=area_id)
    hass.states.async_set(device, state, attributes)
    return registered.entity_id
