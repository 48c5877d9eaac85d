"""Polls while the cloud is down, busy, or refuses the credentials."""

import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import SetUp, pass_time
from tests.helpers.registries import find
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator


async def test_cloud_down_later(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The last values stay for ten minutes, then entities are unavailable until the cloud is back.

    The outage and its end are logged once each.
    """
    await set_up()
    caplog.set_level(logging.INFO)
    caplog.clear()
    for endpoint in ("login", "graphql", "reporting"):
        simulator.faults.set(endpoint, "drop")
    boardroom, canteen = find(simulator, "Boardroom"), find(simulator, "Harbour Café")
    for _ in range(19):
        await pass_time(hass, freezer, 30)
    assert state_of(hass, boardroom, "people") == "0"
    assert state_of(hass, canteen, "entries_today") != STATE_UNAVAILABLE
    await pass_time(hass, freezer, 30)
    await pass_time(hass, freezer, 11)
    for space, key in (
        (boardroom, "people"),
        (boardroom, "occupancy"),
        (canteen, "entries_today"),
        (canteen, "occupancy"),
    ):
        assert state_of(hass, space, key) == STATE_UNAVAILABLE
    simulator.faults.clear()
    for _ in range(4):
        await pass_time(hass, freezer, 31)
    assert mismatches(hass, simulator) == []
    lines = [record for record in caplog.records if record.name.startswith("custom_components.butlr")]
    assert [record.levelname for record in lines] == ["ERROR", "INFO"]


@pytest.mark.parametrize("fault", ["429", "504"])
async def test_a_busy_cloud_is_no_error(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    """Polls slow down as requested, log nothing for ten minutes, and recover."""
    await set_up()
    caplog.clear()
    simulator.faults.set("reporting", fault, retry_after=120)
    for _ in range(17):
        await pass_time(hass, freezer, 30)
    assert not [record for record in caplog.records if record.levelno > logging.INFO and "butlr" in record.name]
    assert state_of(hass, find(simulator, "Boardroom"), "people") == "0"
    simulator.faults.clear()
    for _ in range(6):
        await pass_time(hass, freezer, 30)
    assert not entry.runtime_data.occupancy.failing
    assert mismatches(hass, simulator) == []


async def test_retry_after_is_respected(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """No request is sent before the time in Retry-After has passed."""
    await set_up()
    simulator.faults.set("reporting", "429", retry_after=200, count=1)
    await pass_time(hass, freezer, 61)
    simulator.requests.clear()
    for _ in range(19):
        await pass_time(hass, freezer, 10)
    assert simulator.requests == []
    await pass_time(hass, freezer, 20)
    assert simulator.requests


async def test_credentials_revoked_later(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The first refusal is ignored, the second starts a request, and new credentials restore everything."""
    await set_up()
    secret = simulator.client_secret
    simulator.revoke()
    await pass_time(hass, freezer, 61)
    assert hass.config_entries.flow.async_progress() == []
    await pass_time(hass, freezer, 61)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    simulator.revoke(secret)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert mismatches(hass, simulator) == []
