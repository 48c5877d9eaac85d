"""More entities than Home Assistant accepts: which come first, what is said, and what the forms offer."""

from collections import Counter
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_platform, entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import (
    CONF_ADVANCED,
    CONF_BASE_URL,
    CONF_BUILDINGS,
    CONF_HARDWARE,
    DOMAIN,
)
from custom_components.butlr.issues.issue import Issue, issue_id
from tests.conftest import SetUp
from tests.helpers.flow_forms import shown_default, start, submit
from tests.simulator import Simulator


def limit(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let Home Assistant accept so many enabled entities."""
    monkeypatch.setattr(entity_platform, "MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY", most)


def enabled(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Counter[str]:
    """Count the enabled entities of spaces, hardware and the organization."""
    ours = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)

    def kind(one: er.RegistryEntry) -> str:
        if one.unique_id.startswith(("sensor_", "hive_")):
            return "hardware"
        return "diagnostics" if one.entity_category else "spaces"

    return Counter(kind(one) for one in ours if not one.disabled_by)


async def test_which_come_first(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Spaces come before hardware, and diagnostics before neither, whichever platform is set up first."""
    await set_up()
    every = enabled(hass, entry)
    assert all(every[kind] for kind in ("spaces", "hardware", "diagnostics"))
    issues, registry = ir.async_get(hass), er.async_get(hass)
    for most in (every["spaces"] - 3, every["spaces"] + 3, every["spaces"] + every["hardware"] + 1):
        await hass.config_entries.async_unload(entry.entry_id)
        for one in er.async_entries_for_config_entry(registry, entry.entry_id):
            registry.async_remove(one.entity_id)
        registry.deleted_entities.clear()
        limit(monkeypatch, most)
        await set_up()
        left, expected = most, Counter[str]()
        for kind in ("spaces", "hardware", "diagnostics"):
            expected[kind] = min(every[kind], left)
            left -= expected[kind]
        assert enabled(hass, entry) == +expected
        issue = issues.async_get_issue(DOMAIN, issue_id(entry, Issue.TOO_MANY_ENTITIES))
        assert issue
        assert issue.translation_placeholders == {
            "entry": entry.title,
            "left_out": str(every.total() - most),
            "most": str(most),
        }
    # Home Assistant was not asked for more than it accepts, which it would take for a fault of the integration.
    assert "Reached the maximum" not in caplog.text
    # Those that are disabled make room for others, at the next sync.
    for one in er.async_entries_for_config_entry(registry, entry.entry_id):
        if one.entity_category is EntityCategory.DIAGNOSTIC:
            registry.async_update_entity(one.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await entry.runtime_data.estate.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not issues.async_get_issue(DOMAIN, issue_id(entry, Issue.TOO_MANY_ENTITIES))


@pytest.mark.parametrize("rooms", [240])
@pytest.mark.usefixtures("unlimited_requests")
async def test_what_the_forms_offer(hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The forms offer what fits: first without hardware, then without the last buildings. It really fits."""
    answers = {
        CONF_CLIENT_ID: simulator.client_id,
        CONF_CLIENT_SECRET: simulator.client_secret,
        CONF_ADVANCED: {CONF_BASE_URL: simulator.url},
    }
    form = await submit(hass, await start(hass), answers)
    numbers = form["description_placeholders"] or {}
    every, of_spaces = int(numbers["entities"]), int(numbers["entities_of_spaces"])
    buildings = list(simulator.estate.buildings)
    assert len(buildings) > 1
    for most, offered in (
        (every, (buildings, True)),
        (every - 1, (buildings, False)),
        (of_spaces, (buildings, False)),
        (of_spaces - 1, (buildings[:-1], False)),
        (1, (buildings[:1], False)),
    ):
        hass.config_entries.flow.async_abort(form["flow_id"])
        limit(monkeypatch, most)
        form = await submit(hass, await start(hass), answers)
        assert (shown_default(form, CONF_BUILDINGS), shown_default(form, CONF_HARDWARE)) == offered, most
        assert (form["description_placeholders"] or {})["accepted"] == str(most)
    hass.config_entries.flow.async_abort(form["flow_id"])
    limit(monkeypatch, of_spaces - 1)
    form = await submit(hass, await start(hass), answers)
    entry = (await submit(hass, form, {}))["result"]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.options[CONF_BUILDINGS] == buildings[:-1]
    assert entry.options[CONF_HARDWARE] is False
    assert 0 < enabled(hass, entry).total() < of_spaces
    assert not ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.TOO_MANY_ENTITIES))
    # The options show the choice as it is, also when it no longer fits: to submit them unchanged removes nothing.
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_HARDWARE: True})
    before = dict(entry.options)
    limit(monkeypatch, 1)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert (shown_default(form, CONF_BUILDINGS), shown_default(form, CONF_HARDWARE)) == (buildings[:-1], True)
    await hass.config_entries.options.async_configure(form["flow_id"], {})
    assert {key: entry.options[key] for key in before} == before
