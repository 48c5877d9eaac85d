"""Refusals: one is ignored, two start a request for new credentials, and temporary ones leave no trace."""

import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN, HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import DOMAIN
from tests.conftest import Http, SetUp, pass_time
from tests.helpers.registries import find
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry in setup without a delay, because the clock is frozen."""
    monkeypatch.setattr("custom_components.butlr.coordinator.REFUSAL_RETRY_DELAY", 0.0)


def requests(hass: HomeAssistant, entry: MockConfigEntry) -> int:
    """Return the number of requests for new credentials. Each is a flow and an issue."""
    flows = [flow for flow in hass.config_entries.flow.async_progress() if flow["context"]["source"] == SOURCE_REAUTH]
    repair = (HOMEASSISTANT_DOMAIN, f"config_entry_reauth_{DOMAIN}_{entry.entry_id}") in ir.async_get(hass).issues
    assert repair is bool(flows)
    return len(flows)


def logins(simulator: Simulator) -> int:
    """Return the number of login attempts."""
    return sum(request.kind == "login" for request in simulator.requests)


def ours(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the levels of the log lines of the integration, without debug lines."""
    return [
        one.levelname
        for one in caplog.records
        if one.name.startswith("custom_components.butlr") and one.levelno > logging.DEBUG
    ]


def refuse(simulator: Simulator, endpoint: str, mode: str) -> None:
    """Refuse all further requests to an endpoint."""
    simulator.expire_tokens()
    simulator.faults.set(endpoint, mode)


@pytest.mark.parametrize("mode", ["401", "403"])
@pytest.mark.parametrize("endpoint", ["login", "graphql", "reporting"])
@pytest.mark.parametrize("minutes", [3, 9, 240])
async def test_temporary_refusals(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    reachable: Http,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    endpoint: str,
    mode: str,
    minutes: int,
) -> None:
    """Within five minutes all polls recover and the request is withdrawn; each change is logged once."""
    await set_up()
    caplog.set_level(logging.INFO)
    caplog.clear()
    refuse(simulator, endpoint, mode)
    simulator.requests.clear()
    for _ in range(minutes):
        await pass_time(hass, freezer, 60)
        assert requests(hass, entry) <= 1
    # Each refused poll logs in once, or twice if a service refuses its token.
    assert logins(simulator) <= 3 + minutes
    simulator.faults.clear()
    boardroom = find(simulator, "Boardroom")
    await simulator.move(to=boardroom)
    for _ in range(5):
        await pass_time(hass, freezer, 61)
    data = entry.runtime_data
    # Polls that were not due were not refused.
    assert not any(poll.failing for poll in (data.estate, data.occupancy, data.traffic))
    assert requests(hass, entry) == 0
    assert mismatches(hass, simulator) == []
    # The estate is polled every ten minutes only.
    assert ours(caplog).count("ERROR") == (endpoint != "graphql" or minutes > 10)
    assert ours(caplog).count("INFO") <= 2
    assert "WARNING" not in ours(caplog)
    # From now on they run at their default intervals.
    simulator.requests.clear()
    for _ in range(11):
        await pass_time(hass, freezer, 61)
    assert {"Topology", "room_occupancy", "traffic"} <= {request.kind for request in simulator.requests}


async def test_one_success_retries_all(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The first poll that succeeds retries the others immediately."""
    await set_up()
    refuse(simulator, "login", "401")
    for _ in range(30):
        await pass_time(hass, freezer, 60)
    data = entry.runtime_data
    polls = (data.estate, data.occupancy, data.traffic)
    assert all(poll.failing for poll in polls)
    assert state_of(hass, find(simulator, "Boardroom"), "people") == STATE_UNAVAILABLE
    assert requests(hass, entry) == 1
    simulator.faults.clear()
    simulator.requests.clear()
    await data.traffic.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not any(poll.failing for poll in polls)
    assert logins(simulator) == 1
    assert mismatches(hass, simulator) == []


async def test_a_refusing_service_keeps_the_request(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """While readings are refused, a successful poll of the estate does not withdraw the request."""
    await set_up()
    refuse(simulator, "reporting", "403")
    asked: list[int] = []
    for _ in range(60):
        await pass_time(hass, freezer, 60)
        asked.append(requests(hass, entry))
    assert asked == sorted(asked)
    assert asked[-1] == 1
    assert not entry.runtime_data.estate.failing
    assert sum(request.path.endswith("reporting") for request in simulator.requests) < 60 * 6


async def test_revoked_credentials(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Revoked credentials cause one lasting request, few logins, and unavailable entities."""
    await set_up()
    simulator.revoke()
    simulator.requests.clear()
    for minute in range(120):
        await pass_time(hass, freezer, 60)
        if minute > 10:
            assert requests(hass, entry) == 1
            assert state_of(hass, find(simulator, "Boardroom"), "people") == STATE_UNAVAILABLE
    assert logins(simulator) < 90
    secret = simulator.client_secret
    (flow,) = hass.config_entries.flow.async_progress()
    await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"client_id": simulator.client_id, "client_secret": secret}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert requests(hass, entry) == 0
    assert entry.data["client_secret"] == secret
    assert mismatches(hass, simulator) == []


@pytest.mark.parametrize("mode", ["401", "403"])
@pytest.mark.parametrize("endpoint", ["login", "graphql"])
async def test_refusals_during_setup(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    endpoint: str,
    mode: str,
) -> None:
    """Setup starts one request, is retried automatically, and withdraws the request once it succeeds."""
    simulator.faults.set(endpoint, mode)
    await set_up()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "credentials_refused"
    assert requests(hass, entry) == 1
    for _ in range(60):
        await pass_time(hass, freezer, 60)
        assert requests(hass, entry) == 1
    # Home Assistant increases the delay each time.
    assert logins(simulator) < 45
    simulator.faults.clear()
    for _ in range(11):
        await pass_time(hass, freezer, 61)
    state: ConfigEntryState = entry.state
    assert state is ConfigEntryState.LOADED
    assert requests(hass, entry) == 0
    assert mismatches(hass, simulator) == []


async def test_readings_refused_during_setup(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The estate is shown with unknown values until readings are accepted."""
    simulator.faults.set("reporting", "403")
    await set_up()
    assert entry.state is ConfigEntryState.LOADED
    assert requests(hass, entry) == 1
    simulator.faults.clear()
    for _ in range(5):
        await pass_time(hass, freezer, 61)
    assert requests(hass, entry) == 0
    assert mismatches(hass, simulator) == []


async def test_disabled_entities_are_not_refused(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Disabling the last entity of a refused poll withdraws the request."""
    await set_up()
    entity_id = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{find(simulator, 'Boardroom')}_busyness_trend"
    )
    assert entity_id
    er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    await pass_time(hass, freezer, 31)
    simulator.faults.set("stats", "403")
    for _ in range(5):
        await pass_time(hass, freezer, 61)
    assert requests(hass, entry) == 1
    er.async_get(hass).async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await pass_time(hass, freezer, 61)
    await pass_time(hass, freezer, 61)
    assert requests(hass, entry) == 0
