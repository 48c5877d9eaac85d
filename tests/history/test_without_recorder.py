"""Without Home Assistant's recorder there is nothing to import into, and nothing else is worse for it."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_HISTORY_DAYS, DOMAIN
from tests.conftest import SetUp
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator


async def test_it_is_said_once(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever wants history learns from the log and from the action why there is none."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: 30})
    assert await set_up()
    said = [record for record in caplog.records if "recorder" in record.getMessage() and "butlr" in record.name]
    assert [record.levelname for record in said] == ["WARNING"]
    assert mismatches(hass, simulator) == []
    assert state_of(hass, simulator.estate.id, "history_import") == "unknown"
    with pytest.raises(ServiceValidationError) as raised:
        await hass.services.async_call(DOMAIN, "import_history", {}, blocking=True)
    assert raised.value.translation_key == "no_recorder"
