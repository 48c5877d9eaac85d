"""Entities that are off by default, switched on as a person does, and what is asked of Butlr for them."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api import budget
from custom_components.butlr.api.client import REPORTING_PATH, ButlrClient
from tests.conftest import pass_time

type Asked = list[tuple[str, dict[str, Any]]]


def watch(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Write down what is asked in the background from now on: path and body."""
    asked: Asked = []
    report = ButlrClient.report

    async def watched(
        self: ButlrClient, body: dict[str, Any], *, path: str = REPORTING_PATH, background: bool = False, **how: Any
    ) -> Any:
        if background:
            asked.append((path, body))
        return await report(self, body, path=path, background=background, **how)

    monkeypatch.setattr(ButlrClient, "report", watched)
    return asked


def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing wait in the background: a clock that stands still would never let it through."""
    monkeypatch.setattr(budget, "BACKGROUND_BURST_PERIOD", 0.0)


async def switch(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory, *keys: str, on: bool = True
) -> list[str]:
    """Switch on (or off) all entities whose unique ids end so; return their ids when they have been asked for."""
    registry = er.async_get(hass)
    found = [
        one.entity_id
        for one in er.async_entries_for_config_entry(registry, entry.entry_id)
        if one.unique_id.endswith(keys)
    ]
    assert found
    for entity_id in found:
        registry.async_update_entity(entity_id, disabled_by=None if on else er.RegistryEntryDisabler.USER)
    # Home Assistant reloads by itself, half a minute later.
    await pass_time(hass, freezer, 31)
    await settle(hass, freezer)
    return found


async def settle(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let what is wanted be collected, asked for and answered; a large estate is asked in several goes."""
    for _ in range(4):
        await pass_time(hass, freezer, 5)
