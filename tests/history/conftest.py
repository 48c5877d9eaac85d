"""A recorder for every test, and requests that wait for nothing."""

from collections.abc import Iterator
import logging
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from custom_components.butlr.api.budget import Budget
from custom_components.butlr.const import CONF_HISTORY_DAYS
from tests.conftest import SetUp
from tests.helpers.history import HistoryRequests, record

# The small estate is in Copenhagen, nine hours from Home Assistant. Its clocks changed within the last sixty days.
NOW = "2026-11-25T11:20:00Z"
DAYS = 60


@pytest.fixture
async def mock_recorder_before_hass(
    freezer: FrozenDateTimeFactory, async_test_recorder: RecorderInstanceContextManager
) -> None:
    """Set up the recorder before Home Assistant, at the time at which the tests start."""
    freezer.move_to(NOW)


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Set up the recorder, and let Home Assistant load this checkout's integration."""


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """Do not log every row of the database."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


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
