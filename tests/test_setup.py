"""Setting up and unloading an entry."""

import logging
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import Http, SetUp, pass_time
from tests.helpers.registries import find
from tests.helpers.states import FIGURES, entity_of, mismatches, state_of
from tests.simulator import Simulator


def state_of_entry(entry: MockConfigEntry) -> ConfigEntryState:
    """Return the state of an entry; a function, so that type checkers do not narrow it."""
    state: ConfigEntryState = entry.state
    return state


@pytest.mark.parametrize("fault", ["500", "429", "garbage", "drop", "graphql_errors", "empty"])
async def test_cloud_down_at_start(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    fault: str,
) -> None:
    """Setup is retried automatically, and nothing is lost."""
    simulator.faults.set("graphql", fault, retry_after=1)
    await set_up()
    assert state_of_entry(entry) is ConfigEntryState.SETUP_RETRY
    simulator.faults.clear()
    await pass_time(hass, freezer, 60)
    assert state_of_entry(entry) is ConfigEntryState.LOADED
    assert mismatches(hass, simulator) == []


async def test_reporting_down_at_start(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The estate is shown with unknown values, which appear when reporting recovers."""
    simulator.faults.set("reporting", "500")
    await set_up()
    assert state_of_entry(entry) is ConfigEntryState.LOADED
    assert state_of(hass, find(simulator, "Boardroom"), "people") == STATE_UNKNOWN
    assert state_of(hass, find(simulator, "Ground Floor"), "free_rooms") == STATE_UNKNOWN
    simulator.faults.clear()
    await pass_time(hass, freezer, 61)
    assert mismatches(hass, simulator) == []


async def test_setup_does_not_wait_for_slow_polls(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """If the first counts are slow, the entities appear before them."""
    simulator.faults.set("reporting", "hang", seconds=3)
    with patch("custom_components.butlr.coordinator.MAX_FIRST_POLL_WAIT", 0.05):
        assert await hass.config_entries.async_setup(entry.entry_id)
    assert state_of(hass, find(simulator, "Boardroom"), "people") == STATE_UNKNOWN
    simulator.faults.clear()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert mismatches(hass, simulator) == []


async def test_credentials_refused_at_start(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """One refusal is ignored. Two start a request for new credentials."""
    simulator.faults.set("login", "401", count=1)
    await set_up()
    assert state_of_entry(entry) is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)
    simulator.revoke()
    await set_up()
    assert state_of_entry(entry) is ConfigEntryState.SETUP_RETRY
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_empty_answers_at_start(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Without any data, every value is unknown or unavailable."""
    simulator.faults.set("reporting", "empty")
    await set_up()
    told = {entity_of(hass, space_id, key) for space_id in simulator.truth()["spaces"] for _, key in FIGURES.values()}
    shown = {state.state for entity_id in told if entity_id and (state := hass.states.get(entity_id))}
    assert shown == {STATE_UNKNOWN, STATE_UNAVAILABLE}


async def test_unload(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator) -> None:
    """After unloading, all entities are unavailable."""
    await set_up()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert state_of_entry(entry) is ConfigEntryState.NOT_LOADED
    assert {state.state for state in hass.states.async_all()} == {STATE_UNAVAILABLE}


async def test_a_clean_run_logs_no_warnings_or_secrets(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    reachable: Http,
    caplog: pytest.LogCaptureFixture,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The integration logs no warning, and no secret even at debug level."""
    caplog.set_level(logging.DEBUG)
    await set_up()
    await simulator.move(to=find(simulator, "Boardroom"))
    for _ in range(15):
        await pass_time(hass, freezer, 60)
    ours = [record for record in caplog.records if "butlr" in record.name]
    assert not [record for record in ours if record.levelno > logging.INFO]
    text = "\n".join(record.getMessage() for record in ours)
    for secret in (simulator.client_secret, entry.data["webhook_secret"], entry.data["webhook_id"]):
        assert secret not in text
