"""Requests that wait for nothing, and an entry whose history is wanted or already recorded."""

from collections.abc import Iterator
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.budget import Budget
from custom_components.butlr.const import CONF_HISTORY_DAYS
from tests.conftest import SetUp
from tests.helpers.history import HistoryRequests, record

# The small estate is in Copenhagen, nine hours from Home Assistant. Its clocks changed within the last sixty days.
NOW = "2026-11-25T11:20:00Z"
DAYS = 60


@pytest.fixture(autouse=True)
def requests() -> Iterator[HistoryRequests]:
    """Let every request through, and count them."""
    requests = HistoryRequests()
    with patch.object(Budget, "spend", side_effect=requests.spend):
        yield requests


@pytest.fixture
def history_wanted(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Choose days of history in the options."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: DAYS})


@pytest.fixture
async def recorded(hass: HomeAssistant, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Set up the entry, and wait until the recorder has rows of its entities."""
    await set_up()
    await record(hass, freezer, 10)
