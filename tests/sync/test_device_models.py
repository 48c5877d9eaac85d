"""Device models are in Home Assistant's language, because the device registry has no translation keys for them."""

from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_HARDWARE
from tests.conftest import SetUp, choose
from tests.helpers.registries import device_of, find
from tests.simulator import Simulator
from tests.test_hardware import hive_named, sensor_named

ENGLISH = [
    "Organization",
    "Building",
    "Floor",
    "Room (conference)",
    "Room",
    "Zone",
    "Hive 2.0",
    "Heatic 2+ (presence)",
    "Sensor (traffic)",
    "Sensor (stereo)",
    "Hive",
]
GERMAN = [
    "Organisation",
    "Gebäude",
    "Etage",
    "Raum (conference)",
    "Raum",
    "Zone",
    "Hive 2.0",
    "Heatic 2+ (Präsenz)",
    "Sensor (Durchgang)",
    "Sensor (stereo)",
    "Hive",
]


@pytest.mark.parametrize(("language", "right"), [("en", ENGLISH), ("de", GERMAN), ("en-GB", ENGLISH), ("xx", ENGLISH)])
async def test_models(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    language: str,
    right: list[str],
) -> None:
    """Models follow Home Assistant's language and are rewritten only when it changes."""
    estate = simulator.estate
    estate.rooms[find(simulator, "Lobby")].room_type = "Untagged"
    door, reception = sensor_named(simulator, "Café door"), sensor_named(simulator, "Reception")
    door.model = reception.model = ""
    reception.mode = "stereo"
    hive_named(simulator, "Hive ground").type = ""
    names = ("Pier House", "First Floor", "Boardroom", "Lobby", "Desk Row A", "Hive first", "Boardroom ceiling")
    ids = [estate.id, *(find(simulator, name) for name in names), door.id, reception.id]
    ids.append(hive_named(simulator, "Hive ground").id)

    def shown() -> list[str | None]:
        return [device_of(hass, entry, one).model for one in ids]

    hass.config.language = language
    await set_up()
    assert shown() == right
    with patch.object(dr.DeviceRegistry, "async_schedule_save") as save:
        await hass.config.async_update(external_url="https://example.com")
        await hass.async_block_till_done(wait_background_tasks=True)
    assert not save.called
    await hass.config.async_update(language="de")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown() == GERMAN
    await hass.config.async_update(language="ja")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown()[:4] == ["組織", "建物", "フロア", "部屋\uff08conference\uff09"]
    # Text from customers is inserted as it is.
    estate.rooms[find(simulator, "Lobby")].room_type = "{model} {0} %s"
    await entry.runtime_data.estate.async_refresh()
    await choose(hass, entry, **{CONF_HARDWARE: False})
    assert device_of(hass, entry, find(simulator, "Lobby")).model == "部屋\uff08{model} {0} %s\uff09"
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.config.async_update(language="en")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert device_of(hass, entry, estate.id).model == "組織"
