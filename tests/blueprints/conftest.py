"""Blueprints of this repository in Home Assistant's own engine, among the simulator's rooms and a house of devices.

A test sets the scene (`house`), creates automations or scripts from blueprints (`use`), lets people move and time pass
(`scene`), and compares what was done (`house.done()`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from homeassistant.components.blueprint.models import DomainBlueprints
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.butlr.const import CONF_AREAS
from tests.helpers.automation_runs import Runs
from tests.helpers.house import House
from tests.helpers.scene import Scene
from tests.repository.test_files import ROOT

BLUEPRINTS: Final = ROOT / "blueprints"

type Use = Callable[..., Awaitable[str]]


@pytest.fixture
async def house(hass: HomeAssistant, scene: Scene) -> House:
    """Set the entry up with an area for each room, verify that pushes arrive, and empty the building."""
    hass.config_entries.async_update_entry(scene.entry, data={**scene.entry.data, CONF_AREAS: "create"})
    await scene.set_up_and_verify()
    await scene.leave("Boardroom")
    return House(hass)


@pytest.fixture
async def use(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Use]:
    """Return a function that creates automations from a blueprint of this repository, and returns their entity id."""
    monkeypatch.setattr(DomainBlueprints, "blueprint_folder", property(lambda self: BLUEPRINTS / self.domain))
    Runs(hass, monkeypatch)

    async def use(blueprint: str, domain: str = "automation", **inputs: Any) -> str:
        use_blueprint = {"path": f"butlr/{blueprint}.yaml", "input": inputs}
        if domain == "automation":
            config: Any = [{"id": blueprint, "alias": blueprint, "use_blueprint": use_blueprint}]
        else:
            config = {blueprint: {"use_blueprint": use_blueprint}}
        assert await async_setup_component(hass, domain, {domain: config})
        await hass.async_block_till_done()
        entity_id = f"{domain}.{blueprint}"
        # An automation that is not valid is unavailable.
        assert (state := hass.states.get(entity_id))
        assert state.state == (STATE_ON if domain == "automation" else "off")
        return entity_id

    yield use
    # Timers of the automations must not outlive the test.
    for domain in ("automation", "script"):
        if hass.services.has_service(domain, "turn_off"):
            await hass.services.async_call(domain, "turn_off", {"entity_id": "all"}, blocking=True)
