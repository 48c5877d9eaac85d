"""Data of version 0.1.0 works, and data of a later version is not changed."""

import secrets
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import DOMAIN
from tests.helpers.registries import differences, find
from tests.simulator import Simulator
from tests.sync.test_areas import area_of


def stored(simulator: Simulator, **changes: Any) -> MockConfigEntry:
    """Return an entry as version 0.1.0 stored it."""
    return MockConfigEntry(
        domain=DOMAIN,
        version=changes.get("version", 1),
        minor_version=changes.get("minor_version", 1),
        title="Harbour Campus",
        unique_id=simulator.estate.id,
        data={
            "client_id": simulator.client_id,
            "client_secret": simulator.client_secret,
            "base_url": simulator.url,
            "webhook_id": secrets.token_hex(32),
            "webhook_secret": secrets.token_hex(32),
            "cloudhook_url": None,
            "areas": "create",
        },
        options={"buildings": [], "hardware": changes.get("hardware", True)},
    )


@pytest.mark.parametrize("hardware", [True, False])
async def test_version_0_1_0(hass: HomeAssistant, simulator: Simulator, hardware: bool) -> None:
    """Devices, ids and areas stay. Hardware is added if it was selected; labels are not."""
    entry = stored(simulator, hardware=hardware)
    entry.add_to_hass(hass)
    devices, entities = dr.async_get(hass), er.async_get(hass)
    # Version 0.1.0 created these. The user has removed the room from its area and renamed an entity.
    room = find(simulator, "Boardroom")
    device = devices.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, room)}, name="Boardroom", model="Room (conference)"
    )
    registered = entities.async_get_or_create(
        "sensor", DOMAIN, f"{room}_people", config_entry=entry, device_id=device.id, suggested_object_id="how_many"
    )
    # The user has enabled this one, which then only compared two numbers.
    over_capacity = entities.async_get_or_create(
        "binary_sensor", DOMAIN, f"{room}_over_capacity", config_entry=entry, device_id=device.id
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.version, entry.minor_version) == (1, 1)
    shown = hass.states.get(over_capacity.entity_id)
    assert shown is not None
    assert shown.state == "off"
    limit = entities.async_get_entity_id("number", DOMAIN, f"{room}_capacity_limit")
    assert limit is not None
    assert hass.states.get(limit) is None
    hass.config_entries.async_update_entry(entry, options={**entry.options, "labels": False})
    assert differences(hass, simulator, entry) == []
    assert entities.async_get_entity_id("sensor", DOMAIN, f"{room}_people") == registered.entity_id == "sensor.how_many"
    assert area_of(hass, entry, room) is None
    assert area_of(hass, entry, find(simulator, "Focus Room")) == "Focus Room"
    assert len(ar.async_get(hass).areas) == 8


@pytest.mark.parametrize(
    ("version", "state"), [((1, 7), ConfigEntryState.LOADED), ((2, 1), ConfigEntryState.MIGRATION_ERROR)]
)
async def test_a_later_version(
    hass: HomeAssistant, simulator: Simulator, version: tuple[int, int], state: ConfigEntryState
) -> None:
    """A later minor version loads, a later major version does not, and neither is changed."""
    entry = stored(simulator, version=version[0], minor_version=version[1])
    entry.add_to_hass(hass)
    before = entry.as_dict()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is state
    assert entry.as_dict() == before
