"""Calls of actions that are refused, and the error that each must raise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.helpers.translation import async_load_integrations
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import DOMAIN
from tests.conftest import Ask
from tests.helpers.registries import device_of, find
from tests.repository.test_files import ENGLISH
from tests.simulator import Simulator
from tests.simulator.estate import Hive, Sensor


@dataclass(frozen=True, kw_only=True)
class World:
    """The set-up from which targets are made."""

    hass: HomeAssistant
    entry: MockConfigEntry
    simulator: Simulator

    def device(self, name: str) -> str:
        """Return the id of the device of a space."""
        return str(device_of(self.hass, self.entry, find(self.simulator, name)).id)

    def hardware(self, name: str) -> str:
        """Return the id of the device of a sensor or hive."""
        estate = self.simulator.estate
        hardware: dict[str, Sensor | Hive] = {**estate.sensors, **estate.hives}
        found = next(key for key, one in hardware.items() if one.name == name)
        return str(device_of(self.hass, self.entry, found).id)

    def foreign(self) -> str:
        """Return the id of a device of another integration."""
        other = MockConfigEntry(domain="lamp")
        other.add_to_hass(self.hass)
        registry = dr.async_get(self.hass)
        return str(
            registry.async_get_or_create(config_entry_id=other.entry_id, identifiers={("lamp", "1")}, name="Lamp").id
        )

    def area(self, *device_ids: str) -> str:
        """Return the id of an area with some devices."""
        area = ar.async_get(self.hass).async_create("Somewhere")
        for device_id in device_ids:
            dr.async_get(self.hass).async_update_device(device_id, area_id=area.id)
        return area.id


type Target = Callable[[World], dict[str, Any]] | None


@dataclass(frozen=True)
class Wrong:
    """An invalid call, the translation key of its error, and the placeholders."""

    action: str
    target: Target
    data: dict[str, Any]
    key: str
    filled: dict[str, str] = field(default_factory=dict)


def boardroom(world: World) -> dict[str, Any]:
    """Target a room with presence sensors."""
    return {"device_id": world.device("Boardroom")}


def floor(world: World) -> dict[str, Any]:
    """Target a floor with presence sensors."""
    return {"device_id": world.device("First Floor")}


async def expect(
    hass: HomeAssistant, ask: Ask, simulator: Simulator, wrong: Wrong, target: dict[str, Any] | None = None
) -> None:
    """Call the action, and compare its error with the expected one."""
    await async_load_integrations(hass, {DOMAIN, "homeassistant"})
    simulator.requests.clear()
    error = await ask(wrong.action, target, **wrong.data)
    assert (error["code"], error["translation_key"]) == ("service_validation_error", wrong.key)
    assert (error["translation_placeholders"] or {}) == wrong.filled
    if error["translation_domain"] == DOMAIN:
        text = ENGLISH["exceptions"][wrong.key]["message"].format(**wrong.filled)
        # Home Assistant removes the final period.
        assert error["message"] == f"Validation error: {text.removesuffix('.')}"
    assert not simulator.requests
