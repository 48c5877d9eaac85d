"""Chosen buildings that are gone: named in Repairs until the person chooses again."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_BUILDINGS, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from custom_components.butlr.issues.issue import Issue, issue_id
from tests.conftest import SetUp, choose, pass_time
from tests.helpers.flow_forms import shown_default
from tests.helpers.registries import butlr_ids, differences, find
from tests.simulator import Simulator
from tests.simulator.estate import Building, Floor, Room

POLL = ESTATE_INTERVAL.total_seconds() + 1


def told(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """Return the buildings named in Repairs."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry, Issue.BUILDINGS_GONE))
    return (issue.translation_placeholders or {})["buildings"] if issue else None


def build(simulator: Simulator, number: int, name: str = "Mill") -> str:
    """Add a building with a room."""
    site = next(iter(simulator.estate.sites))
    simulator.estate.add(Building(id=f"building_{number}", name=name, site_id=site, number=number))
    simulator.estate.add(Floor(id=f"space_{number}", name="Loft", building_id=f"building_{number}", number=0))
    simulator.estate.add(Room(id=f"room_{number}", name="Attic", floor_id=f"space_{number}"))
    return f"building_{number}"


@pytest.fixture
async def milled(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> MockConfigEntry:
    """Return an entry that has one of two buildings chosen."""
    mill = build(simulator, 2)
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_BUILDINGS: [mill]})
    await set_up()
    assert "room_2" in butlr_ids(hass, entry)
    return entry


async def test_a_building_is_made_anew(
    hass: HomeAssistant, milled: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Devices stay until a second answer confirms the loss; then an issue names the building until the next choice."""
    simulator.estate.remove("building_2")
    anew = build(simulator, 3, "mill")
    await pass_time(hass, freezer, POLL)
    assert "room_2" in butlr_ids(hass, milled)
    assert told(hass, milled) is None
    await pass_time(hass, freezer, POLL)
    assert butlr_ids(hass, milled).isdisjoint({"room_2", "room_3"})
    assert told(hass, milled) == "- `Mill`"
    # The issue is there after a restart too, when only the store still knows the name.
    await hass.config_entries.async_reload(milled.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(hass, milled) == "- `Mill`"
    # A building of the same name is preselected. The form does not mention buildings that cannot be selected.
    form = await hass.config_entries.options.async_init(milled.entry_id)
    assert shown_default(form, CONF_BUILDINGS) == [anew]
    await hass.config_entries.options.async_configure(form["flow_id"], {})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert milled.options[CONF_BUILDINGS] == [anew]
    assert told(hass, milled) is None
    assert differences(hass, simulator, milled) == []
    assert "room_3" in butlr_ids(hass, milled)


async def test_a_building_that_comes_back(
    hass: HomeAssistant, milled: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A building that returns is chosen as before, and the issue goes away."""
    hass.config_entries.async_update_entry(
        milled, options={**milled.options, CONF_BUILDINGS: ["building_2", find(simulator, "Pier House")]}
    )
    simulator.estate.remove("building_2")
    for _ in range(2):
        await pass_time(hass, freezer, POLL)
    assert told(hass, milled) == "- `Mill`"
    build(simulator, 2)
    await pass_time(hass, freezer, POLL)
    assert told(hass, milled) is None
    assert differences(hass, simulator, milled) == []


async def test_an_answer_without_it_is_not_told(
    hass: HomeAssistant, milled: MockConfigEntry, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """There is no issue before the loss is confirmed. Until then the choice stays whatever a person submits."""
    path = ["sites", "data", "*", "buildings"]
    simulator.edits.add(operation="Topology", path=path, count=1)
    await pass_time(hass, freezer, POLL)
    assert told(hass, milled) is None
    form = await hass.config_entries.options.async_init(milled.entry_id)
    assert shown_default(form, CONF_BUILDINGS) == ["building_2"]
    await choose(hass, milled)
    assert milled.options[CONF_BUILDINGS] == ["building_2"]
    await pass_time(hass, freezer, POLL)
    assert differences(hass, simulator, milled) == []


async def test_a_name_that_only_the_device_has(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    milled: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Without a stored name, the issue shows the device's name, or the id if there is no device."""
    await hass.config_entries.async_unload(milled.entry_id)
    del hass_storage[f"butlr.{milled.entry_id}"]
    pier = find(simulator, "Pier House")
    hass.config_entries.async_update_entry(
        milled, options={**milled.options, CONF_BUILDINGS: ["building_2", "building_9", pier]}
    )
    simulator.estate.remove("building_2")
    build(simulator, 4, "Kiln")
    await set_up()
    assert told(hass, milled) == "- `building_9`"
    # A form cannot deselect a building that may still exist.
    await choose(hass, milled, **{CONF_BUILDINGS: [pier]})
    assert told(hass, milled) is None
    assert milled.options[CONF_BUILDINGS] == [pier, "building_2"]
    await pass_time(hass, freezer, POLL)
    assert told(hass, milled) == "- `Mill`"
