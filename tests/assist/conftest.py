"""Fixtures of the tests of what people ask: a simulated cloud, and what is exposed to the assistant."""

from collections.abc import Callable

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from tests.helpers.scene import Scene
from tests.helpers.states import entity_of

type Expose = Callable[..., None]


@pytest.fixture
async def house(scene: Scene) -> Scene:
    """Return a scene that is set up, with Home Assistant's own exposure of entities."""
    assert await async_setup_component(scene.hass, "homeassistant", {})
    await scene.set_up()
    return scene


@pytest.fixture
def expose(hass: HomeAssistant) -> Expose:
    """Return a function that exposes entities of something, given its Butlr id, as a person does."""

    def expose(butlr_id: str, *keys: str, exposed: bool = True) -> None:
        for key in keys:
            entity_id = entity_of(hass, butlr_id, key)
            assert entity_id, (butlr_id, key)
            async_expose_entity(hass, "conversation", entity_id, exposed)

    return expose
