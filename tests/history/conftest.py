"""A recorder, and requests that need not wait."""

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

from .past import DAYS, Requests, record

# The small estate lies in Copenhagen, nine hours from Home Assistant; sixty days ago its clocks had not changed yet.
NOW = "2026-11-25T11:20:00Z"


@pytest.fixture
async def mock_recorder_before_hass(
    freezer: FrozenDateTimeFactory, async_test_recorder: RecorderInstanceContextManager
) -> None:
    """Let the recorder be set up before Home Assistant is, and begin when the tests do."""
    freezer.move_to(NOW)


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Record, and let Home Assistant load this checkout's integration."""


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """Do without a line for every row of the database."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def requests() -> Iterator[Requests]:
    """Ask as fast as possible."""
    requests = Requests()
    with patch.object(Budget, "spend", side_effect=requests.spend):
        yield requests


@pytest.fixture
def wanted(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Want history."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HISTORY_DAYS: DAYS})


@pytest.fixture
async def known(hass: HomeAssistant, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Set the entry up, and let the recorder know its entities."""
    await set_up()
    await record(hass, freezer, 10)
