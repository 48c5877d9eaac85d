"""Automations are reloaded: one that was not changed goes on, and what people set by hand stays."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.blueprints.conftest import UseAll, automations_from
from tests.helpers.house import House
from tests.helpers.scene import Scene

ROOM = {"area_id": "boardroom"}
SETBACK = "climate.set_temperature climate.boardroom temperature=17"
LIGHT_OFF = "light.turn_off light.boardroom"
FAN_OFF = "fan.turn_off fan.boardroom"


async def reload(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, automations: list[dict[str, Any]]) -> None:
    """Reload the automations as Home Assistant does when one of them is saved."""

    async def read(_: HomeAssistant) -> dict[str, Any]:
        return {"automation": automations}

    monkeypatch.setattr("homeassistant.config.async_hass_config_yaml", read)
    await hass.services.async_call("automation", "reload", blocking=True)
    await hass.async_block_till_done()


async def test_what_was_set_by_hand(
    scene: Scene, house: House, use_all: UseAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an empty room, only an automation that was changed follows what is known."""
    house.add("light.boardroom", "on", area="boardroom")
    house.add("climate.boardroom", "heat", area="boardroom")
    house.add("fan.boardroom", "on", area="boardroom", percentage=60)
    wait = {"minutes": 3}
    blueprints: dict[str, dict[str, Any]] = {
        "heating": {"climate": ROOM, "wait": wait, "spaces": ROOM},
        "lights": {"lights": ROOM, "wait": wait, "spaces": ROOM},
        "ventilation": {"fans": ROOM, "wait": wait, "spaces": ROOM},
    }
    await use_all(blueprints)
    await scene.pass_minutes(2)
    other = {"id": "other", "alias": "other", "triggers": [], "actions": []}
    await reload(scene.hass, monkeypatch, [*automations_from(blueprints), other])
    await scene.pass_minutes(5)
    assert house.done() == []
    changed = {name: fields | {"wait": {"minutes": 2}} for name, fields in blueprints.items()}
    await reload(scene.hass, monkeypatch, automations_from(changed))
    await scene.pass_minutes(4)
    assert sorted(house.done()) == [SETBACK, FAN_OFF, LIGHT_OFF]
