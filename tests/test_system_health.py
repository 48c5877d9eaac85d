"""System health shows the state of the connection to Butlr."""

import asyncio
from collections.abc import Mapping
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.system_health import get_info
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_BASE_URL, DOMAIN
from custom_components.butlr.system_health import system_health_info
from tests.conftest import Http, SetUp
from tests.helpers.push import room_id
from tests.simulator import Simulator


async def told(hass: HomeAssistant) -> Mapping[str, Any]:
    """Return the values as a person reads them, including those that take a while."""
    assert await async_setup_component(hass, "system_health", {})
    return (await get_info(hass))[DOMAIN]


async def test_a_healthy_link(
    hass: HomeAssistant,
    simulator: Simulator,
    reachable: Http,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The cloud answers, a token is held, pushes arrive, and the last poll and push are shown."""
    freezer.move_to("2026-11-25T11:00:00Z")
    await set_up()
    before = await told(hass)
    assert (before["update_mode"], before["last_push"]) == ("polling", None)
    freezer.move_to("2026-11-25T11:00:01Z")
    await simulator.move(to=room_id(simulator, "Boardroom"))
    assert await told(hass) == {
        "can_reach_cloud": "ok",
        "organizations": "1 / 1",
        "token_held": True,
        "update_mode": "push",
        "last_poll": "2026-11-25T11:00:00+00:00",
        "last_push": "2026-11-25T11:00:01+00:00",
    }


async def test_a_cloud_that_is_down(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The check uses the entry's own address, whether or not the entry could be set up."""
    await simulator.stop()
    await set_up()
    assert await told(hass) == {
        "can_reach_cloud": "Failed: unreachable",
        "organizations": "0 / 1",
        "token_held": False,
        "update_mode": None,
        "last_poll": None,
        "last_push": None,
    }


async def test_of_several_organizations_the_worst(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """With several organizations the worst values are shown. Disabled entries are ignored."""
    other = MockConfigEntry(domain=DOMAIN, unique_id="org_other", data={**entry.data, "base_url": "http://127.0.0.1:9"})
    other.add_to_hass(hass)
    MockConfigEntry(
        domain=DOMAIN, unique_id="org_third", data=entry.data, disabled_by=ConfigEntryDisabler.USER
    ).add_to_hass(hass)
    await set_up()
    health = await told(hass)
    assert (health["can_reach_cloud"], health["organizations"]) == ("Failed: unreachable", "1 / 2")


async def test_nothing_in_it_names_anything(
    hass: HomeAssistant, simulator: Simulator, reachable: Http, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """People paste this into public reports."""
    await set_up()
    text = str(await told(hass))
    for secret in (entry.title, entry.entry_id, simulator.estate.id, simulator.url, *map(str, entry.data.values())):
        assert secret in ("none", "None") or secret not in text


async def test_a_cloud_that_hangs(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other values are available before the address check is done."""
    await set_up()
    never = asyncio.Event()

    async def hang(hass: HomeAssistant, url: str) -> str:
        await never.wait()
        return "ok"

    monkeypatch.setattr("homeassistant.components.system_health.async_check_can_reach_url", hang)
    information = await system_health_info(hass)
    assert information["organizations"] == "1 / 1"
    information["can_reach_cloud"].close()


async def test_an_address_that_is_none(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """No request goes to an invalid address here either."""
    address = simulator.url.replace("http://", "http://name:word@")
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_BASE_URL: address})
    await set_up()
    assert (await told(hass))["can_reach_cloud"] == "Failed: unreachable"
    assert simulator.requests == []
