"""The log lines of an outage, and the request for new credentials: once each, and not for a single refusal."""

import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import Http, SetUp, pass_time
from tests.helpers.states import mismatches
from tests.simulator import Simulator

EVERYTHING = ("login", "graphql", "reporting")


@pytest.fixture(autouse=True)
def _noon(freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture) -> None:
    """Start at noon, away from midnight, when totals start over."""
    freezer.move_to("2026-11-25T11:00:00Z")
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the levels of the log lines of the integration."""
    return [record.levelname for record in caplog.records if record.name.startswith("custom_components.butlr")]


async def pass_minutes(hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: int) -> None:
    """Let minutes pass, and run the polls that are due in each."""
    for _ in range(minutes):
        await pass_time(hass, freezer, 60.5)


def asked(hass: HomeAssistant) -> list[str]:
    """Return the sources of the flows in progress."""
    return [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()]


@pytest.mark.parametrize("mode", ["500", "drop", "garbage", "graphql_errors"])
@pytest.mark.parametrize("endpoints", [EVERYTHING, ("login",), ("graphql",), ("reporting",)], ids="+".join)
async def test_an_outage_logs_two_lines(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    endpoints: tuple[str, ...],
    mode: str,
) -> None:
    """Three polls and the subscription fail, in any order, for longer than any of their intervals."""
    if mode == "graphql_errors" and "graphql" not in endpoints:
        pytest.skip("only GraphQL answers with such errors")
    await set_up()
    caplog.clear()
    for endpoint in endpoints:
        simulator.faults.set(endpoint, mode)
    if "login" in endpoints:
        simulator.expire_tokens()
    await pass_minutes(hass, freezer, 13)
    assert lines(caplog) == ["ERROR"]
    simulator.faults.clear()
    await pass_minutes(hass, freezer, 13)
    assert lines(caplog) == ["ERROR", "INFO"]
    assert asked(hass) == []
    assert mismatches(hass, simulator) == []


async def test_missing_pushes_are_not_logged(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Missing pushes create an issue, and subscribing again and again logs nothing."""
    hass.config.external_url = None
    await set_up()
    await pass_minutes(hass, freezer, 5)
    simulator.settings.webhook_permission = "forbidden"
    await hass.config.async_update(external_url="https://example.org")
    await pass_minutes(hass, freezer, 5)
    assert lines(caplog) == []


async def test_separate_refusals_are_ignored(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A successful login resets the count of refusals."""
    await set_up()
    for _ in range(4):
        simulator.faults.set("login", "401", count=1)
        simulator.expire_tokens()
        await pass_minutes(hass, freezer, 2)
        assert asked(hass) == []
    assert not entry.runtime_data.occupancy.failing
    assert mismatches(hass, simulator) == []


async def test_simultaneous_refusals_count_once(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A refusal that hits three polls at once counts as one."""
    await set_up()
    data = entry.runtime_data
    simulator.faults.set("login", "401")
    simulator.expire_tokens()
    for poll in (data.estate, data.occupancy, data.traffic):
        await poll.async_refresh()
        assert poll.failing
    assert asked(hass) == []
    simulator.faults.clear()
    await pass_minutes(hass, freezer, 11)
    assert asked(hass) == []
    assert mismatches(hass, simulator) == []


async def test_revoked_credentials_are_requested_once(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Revoked credentials start one request and log one line, however many polls are refused."""
    await set_up()
    caplog.clear()
    simulator.revoke()
    await pass_minutes(hass, freezer, 30)
    assert asked(hass) == [SOURCE_REAUTH]
    assert lines(caplog) == ["ERROR"]
