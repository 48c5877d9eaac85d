"""Which devices count, and when they are on."""

from typing import Any

from homeassistant.const import EntityCategory
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.butlr.waste.devices import area_of, is_on
from tests.helpers.registries import find
from tests.helpers.scene import Scene
from tests.helpers.waste import add_device, put_in_area


@pytest.mark.parametrize(
    ("domain", "state", "attributes", "on"),
    [
        ("light", "on", {}, True),
        ("light", "off", {}, False),
        ("light", "unavailable", {}, None),
        ("light", "unknown", {}, None),
        ("light", "", {}, None),
        ("light", None, {}, None),
        ("media_player", "playing", {}, True),
        ("media_player", "paused", {}, True),
        ("media_player", "idle", {}, True),
        ("media_player", "off", {}, False),
        ("media_player", "standby", {}, False),
        ("climate", "off", {}, False),
        ("climate", "off", {"hvac_action": "heating"}, False),
        ("climate", "heat", {}, True),
        ("climate", "heat", {"hvac_action": None}, True),
        ("climate", "heat", {"hvac_action": "heating"}, True),
        ("climate", "heat", {"hvac_action": "idle"}, False),
        ("climate", "auto", {"hvac_action": "off"}, False),
        ("climate", "cool", {"hvac_action": "fan"}, True),
        ("climate", "unavailable", {"hvac_action": "heating"}, None),
    ],
)
def test_when_a_device_is_on(domain: str, state: str | None, attributes: dict[str, Any], on: bool | None) -> None:
    """What is unknown is neither on nor off."""
    assert is_on(domain, state, attributes) is on


async def test_which_devices_count(scene: Scene) -> None:
    """Lights, climate and media of the room's area count, and those that a target of the area would not select do not.

    A group counts only if it stands for devices that do not count themselves.
    """
    await scene.set_up()
    hass, boardroom = scene.hass, scene.room("Boardroom")
    registry = er.async_get(hass)
    assert area_of(hass, scene.entry.entry_id, scene.data.estate.data, boardroom) is None
    floor = find(scene.simulator, "First Floor")
    put_in_area(hass, scene.entry, "Big room", boardroom, scene.room("Focus Room"), floor)
    put_in_area(hass, scene.entry, "Elsewhere", scene.room("Harbour Café"))
    for entity_id in ("light.a", "light.b", "climate.c", "media_player.d", "switch.e", "light.hidden", "light.config"):
        add_device(hass, entity_id, "Big room")
    registry.async_update_entity("light.hidden", hidden_by=er.RegistryEntryHider.USER)
    registry.async_update_entity("light.config", entity_category=EntityCategory.CONFIG)
    add_device(hass, "light.elsewhere", "Elsewhere")
    add_device(hass, "light.both", "Big room", entity_id=["light.a", "light.b"])
    add_device(hass, "light.more", "Big room", entity_id=["light.a", "light.elsewhere"])
    area = area_of(hass, scene.entry.entry_id, scene.data.estate.data, boardroom)
    assert area is not None
    assert area.entity_ids == ("climate.c", "light.a", "light.b", "light.more", "media_player.d")
    assert set(area.space_ids) == {boardroom, scene.room("Focus Room"), floor}
    assert area_of(hass, "another entry", scene.data.estate.data, boardroom) is None
