"""Without Home Assistant's recorder nothing can be imported, and everything else works."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_HISTORY_DAYS, DOMAIN
from tests.conftest import SetUp
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator


async def test_the_missing_recorder_is_reported_once(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log and the action say why no history is imported."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: 30})
    assert await set_up()
    warnings = [record for record in caplog.records if "recorder" in record.getMessage() and "butlr" in record.name]
    assert [record.levelname for record in warnings] == ["WARNING"]
    assert mismatches(hass, simulator) == []
    assert state_of(hass, simulator.estate.id, "history_import") == "unknown"
    for action in ("import_history", "get_waste"):
        with pytest.raises(ServiceValidationError) as raised:
            await hass.services.async_call(DOMAIN, action, {}, blocking=True, return_response=True)
        assert raised.value.translation_key == "no_recorder"
