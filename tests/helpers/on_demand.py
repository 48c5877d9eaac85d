"""Enable entities that are disabled by default, and record the requests made for them."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api import budget
from custom_components.butlr.api.client import REPORTING_PATH, ButlrClient
from tests.conftest import pass_time

# The paths and bodies of requests.
type Requests = list[tuple[str, dict[str, Any]]]


def record_background_requests(monkeypatch: pytest.MonkeyPatch) -> Requests:
    """Record background requests from now on, in the returned list."""
    asked: Requests = []
    report = ButlrClient.report

    async def watched(
        self: ButlrClient, body: dict[str, Any], *, path: str = REPORTING_PATH, background: bool = False, **how: Any
    ) -> Any:
        if background:
            asked.append((path, body))
        return await report(self, body, path=path, background=background, **how)

    monkeypatch.setattr(ButlrClient, "report", watched)
    return asked


def disable_background_pacing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send background requests without delay, because a frozen clock would never send them."""
    monkeypatch.setattr(budget, "BACKGROUND_BURST_PERIOD", 0.0)


async def set_enabled(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory, *keys: str, on: bool = True
) -> list[str]:
    """Enable or disable the entities whose unique ids end with a key; return their ids once values were polled."""
    registry = er.async_get(hass)
    found = [
        one.entity_id
        for one in er.async_entries_for_config_entry(registry, entry.entry_id)
        if one.unique_id.endswith(keys)
    ]
    assert found
    for entity_id in found:
        registry.async_update_entity(entity_id, disabled_by=None if on else er.RegistryEntryDisabler.USER)
    # Home Assistant reloads the entry half a minute later.
    await pass_time(hass, freezer, 31)
    await settle(hass, freezer)
    return found


async def settle(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Wait until subscriptions are collected, requested and answered. A large estate takes several requests."""
    for _ in range(4):
        await pass_time(hass, freezer, 5)
