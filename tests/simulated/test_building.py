"""The simulated building in a real Home Assistant: without network, as alive and as true as the real cloud."""

from collections.abc import Awaitable, Callable
import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, ConfigEntryState, ConfigFlowContext
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.butlr.api.subscriptions import Subscriptions
from custom_components.butlr.const import CONF_WAY_IN, DOMAIN, WAY_SIMULATED
from custom_components.butlr.diagnostics import async_get_config_entry_diagnostics
from custom_components.butlr.push.supervisor import UpdateMode
from custom_components.butlr.runtime import ButlrData, create_client
from custom_components.butlr.simulated.building import IDS, ROOMS
from custom_components.butlr.simulated.day import OUTAGE, SimulatedDay, days_between
from custom_components.butlr.system_health import system_health_info
from tests.helpers.flow_forms import start, submit
from tests.helpers.states import state_of

type Wait = Callable[[float], Awaitable[None]]


@pytest.fixture
def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Wait:
    """Return a function that lets time pass in small steps, with everything that is due."""

    async def wait(seconds: float) -> None:
        for _ in range(int(seconds // 10)):
            freezer.tick(10)
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)

    return wait


async def add(hass: HomeAssistant) -> ConfigEntry[ButlrData]:
    """Add the simulated building as a person does; nothing but the way in is chosen."""
    form = await submit(hass, await start(hass), {CONF_WAY_IN: WAY_SIMULATED})
    assert (form["step_id"], form["errors"]) == ("spaces", {})
    entry: ConfigEntry[ButlrData] = (await submit(hass, form, {}))["result"]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.title, entry.unique_id) == ("Simulated building", "org_simulated")
    return entry


def today(entry: ConfigEntry[ButlrData]) -> SimulatedDay:
    """Return the day that is running."""
    now = entry.runtime_data.client.now()
    return next(days_between(now, now + 1, "US/Pacific"))


def differences(hass: HomeAssistant, entry: ConfigEntry[ButlrData]) -> dict[str, tuple[str | None, str]]:
    """Return the states that are not the number of people who are there, as (state, truth)."""
    day, now = today(entry), entry.runtime_data.client.now()
    found = {}
    for key, steps in day.counts.items():
        truth = str(next(steps.pieces(now, now + 1))[0])
        shown = state_of(hass, IDS[key], "people")
        if truth not in (shown, "None"):
            found[key] = shown, truth
    for key in (key for key, room in ROOMS.items() if not room.counters):
        truth = str(next(day.estimates[key].pieces(now, now + 1))[0] or 0)
        if (shown := state_of(hass, IDS[key], "people_estimate")) != truth:
            found[key] = shown, truth
    return found


async def test_a_working_day(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    wait: Wait,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is alive within a minute and true to itself, also while a sensor fails, after a restart and at midnight."""
    caplog.set_level(logging.WARNING)
    # A quarter of an hour before the sensor of the boardroom fails, in the morning of a Wednesday.
    freezer.move_to("2026-11-25T18:55:00Z")
    simulated = await add(hass)
    before = {state.entity_id: state.state for state in hass.states.async_all("sensor")}
    await wait(60)
    after = {state.entity_id: state.state for state in hass.states.async_all("sensor")}
    assert sum(before[entity_id] != after[entity_id] for entity_id in before) > 2
    assert simulated.runtime_data.push.mode is UpdateMode.PUSH
    # Each event since the setup was delivered once.
    now = simulated.runtime_data.client.now()
    due = [event for event in today(simulated).events if now - 60 < event[0] <= now]
    assert simulated.runtime_data.push.webhook.outcomes == {"applied": len(due)}
    assert differences(hass, simulated) == {}

    # Everything is marked as simulated.
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), simulated.entry_id)
    assert len(devices) == 1 + 1 + 2 + 12 + 2 + 16 + 1
    assert not [device.name for device in devices if "simulated" not in (device.name or "").lower()]

    # It can be added once, has no credentials to change, and is called simulated in diagnostics.
    again = await submit(hass, await start(hass), {CONF_WAY_IN: WAY_SIMULATED})
    assert again["reason"] == "already_configured"
    context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=simulated.entry_id)
    assert (await hass.config_entries.flow.async_init(DOMAIN, context=context))["reason"] == "simulated"
    assert (await async_get_config_entry_diagnostics(hass, simulated))["entry"]["address"] == "simulated"
    assert await (await system_health_info(hass))["can_reach_cloud"] == "ok"

    report = await hass.services.async_call(DOMAIN, "get_privacy_report", {}, blocking=True, return_response=True)
    assert "Everything in it is made up" in str((report or {})["text"])

    boardroom = IDS["boardroom"]
    await wait(1200)
    assert today(simulated).is_failing(simulated.runtime_data.client.now())
    assert state_of(hass, boardroom, "people") == "unavailable"
    assert differences(hass, simulated) == {}
    await wait(OUTAGE)
    assert (state_of(hass, boardroom, "people") or "").isdigit()
    assert differences(hass, simulated) == {}

    await hass.config_entries.async_reload(simulated.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await wait(180)
    assert differences(hass, simulated) == {}

    # Three minutes before midnight.
    freezer.move_to("2026-11-26T07:57:00Z")
    await wait(300)
    assert differences(hass, simulated) == {}
    assert simulated.runtime_data.push.mode is UpdateMode.PUSH

    assert not [issue for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN]
    assert not [one.getMessage() for one in caplog.records if DOMAIN in one.name]
    webhooks = Subscriptions(create_client(hass, simulated.data))
    assert len(await webhooks.list()) == 2
    assert await hass.config_entries.async_remove(simulated.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await webhooks.list() == []
    assert not [one.getMessage() for one in caplog.records if DOMAIN in one.name]
