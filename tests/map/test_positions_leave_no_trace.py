"""Live positions are kept nowhere: not in a state, the database, diagnostics, a log or a stored file."""

import json

from homeassistant.components.recorder import get_instance
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.butlr.const import CONF_POSITIONS
from custom_components.butlr.diagnostics import async_get_config_entry_diagnostics, async_get_device_diagnostics
from tests.conftest import choose
from tests.helpers.positions import drawing_of, event_of, events, look
from tests.helpers.scene import Scene

pytestmark = pytest.mark.recorder


def database(hass: HomeAssistant) -> str:
    """Return everything in the database."""
    engine = get_instance(hass).engine
    assert engine is not None
    connection = engine.raw_connection()
    try:
        return "\n".join(connection.driver_connection.iterdump())  # type: ignore[union-attr]
    finally:
        connection.close()


async def test_positions_are_nowhere(
    scene: Scene, hass_ws_client: WebSocketGenerator, caplog: pytest.LogCaptureFixture, hass_storage: dict[str, object]
) -> None:
    """While somebody looks, and afterward."""
    hass = scene.hass
    for name in ("custom_components.butlr", "homeassistant.components.webhook", "homeassistant.components.recorder"):
        caplog.set_level("DEBUG", name)
    await scene.set_up()
    floor = scene.simulator.estate.rooms[scene.room("Boardroom")].floor_id
    await choose(hass, scene.entry, **{CONF_POSITIONS: [floor]})
    client = await hass_ws_client(hass)
    await look(client, floor)
    await scene.push(event_of(scene, "Boardroom", [1234.5678, 8765.4321]))
    left, top = (await drawing_of(scene, floor))["origin"]
    shown = [f"{1234.5678 - left:.2f}", f"{top - 8765.4321:.2f}"]
    told = json.dumps(await events(client))
    assert all(number in told for number in shown)
    await client.close()
    await scene.pass_minutes(2)
    await scene.push(event_of(scene, "Boardroom", [1234.5678, 8765.4321]))
    device = dr.async_get(hass).async_get_device_by_identifier(("butlr", floor), scene.entry.entry_id)
    assert device is not None
    await get_instance(hass).async_block_till_done()
    dumps = {
        # Home Assistant itself can log every message to a browser.
        "log": "\n".join(one.getMessage() for one in caplog.records if "websocket_api" not in one.name),
        "states": str([(state.state, dict(state.attributes)) for state in hass.states.async_all()]),
        "diagnostics": str(await async_get_config_entry_diagnostics(hass, scene.entry)),
        "diagnostics of the floor": str(await async_get_device_diagnostics(hass, scene.entry, device)),
        "entry": str(scene.entry.as_dict()),
        "files": str(hass_storage),
        "database": await get_instance(hass).async_add_executor_job(database, hass),
    }
    assert "Boardroom" in dumps["database"]
    numbers = ("1234.56", "8765.43", *shown)
    assert [name for name, text in dumps.items() if any(number in text for number in numbers)] == []
