"""The file beside the entry: damage in it affects nothing else."""

import logging
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.helpers.storage import Store, get_internal_store_manager
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_AREAS, CONF_LABELS
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from custom_components.butlr.sync.store import SyncStore
from tests.api.test_snapshot import JSON
from tests.conftest import SetUp, pass_time
from tests.helpers.registries import device_of, differences, find
from tests.simulator import Simulator
from tests.sync.test_areas import area_of
from tests.sync.test_labels import labels_of

POLL = ESTATE_INTERVAL.total_seconds() + 1
PARTS = ("placed", "floors", "labels", "labelled")
NEW_PARTS = ("offered", "forgotten", "buildings", "findings", "outages", "days", "limits", "estate")


def stored(entry: MockConfigEntry, storage: dict[str, Any]) -> Any:
    """Return the content of the file."""
    return storage[f"butlr.{entry.entry_id}"]["data"]


def warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return the warnings about the file, after checking that there is no traceback."""
    found = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert not [record for record in found if record.exc_info]
    return [record for record in found if "custom_components.butlr" in record.name]


@pytest.fixture
async def arranged(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> MockConfigEntry:
    """Return an entry with areas and labels, both changed by the person."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_AREAS: "create"}, options={**entry.options, CONF_LABELS: True}
    )
    await set_up()
    devices = dr.async_get(hass)
    elsewhere = ar.async_get(hass).async_create("Elsewhere")
    devices.async_update_device(device_of(hass, entry, find(simulator, "Boardroom")).id, area_id=None)
    devices.async_update_device(device_of(hass, entry, find(simulator, "Lobby")).id, area_id=elsewhere.id)
    devices.async_update_device(device_of(hass, entry, find(simulator, "Focus Room")).id, labels=set())
    await hass.config_entries.async_unload(entry.entry_id)
    return entry


def as_left(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator) -> None:
    """Compare what is shown with what the person set."""
    assert area_of(hass, entry, find(simulator, "Boardroom")) is None
    assert area_of(hass, entry, find(simulator, "Lobby")) == "Elsewhere"
    assert labels_of(hass, entry, find(simulator, "Focus Room")) == set()
    assert labels_of(hass, entry, find(simulator, "Phone Booth 1")) == {"Butlr: quiet"}


BROKEN: dict[str, Any] = {
    "a list": {"version": 1, "data": []},
    "a text": {"version": 1, "data": "placed"},
    "an empty object": {"version": 1, "data": {}},
    "a later version": {"version": 2, "data": {"rooms": {}}},
    "a much later version": {"version": 99, "minor_version": 3, "data": None},
    "an earlier version": {"version": 0, "data": {"placed": []}},
    "no version": {"version": None, "data": {}},
    "a version in words": {"version": "one", "data": {}},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
async def test_a_broken_file_decides_over_nothing(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    arranged: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    broken: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One line is logged, set-up succeeds, and existing devices are left as the person arranged them."""
    hass_storage[f"butlr.{arranged.entry_id}"] = broken
    caplog.clear()
    assert await set_up()
    assert arranged.state is ConfigEntryState.LOADED
    assert len(warnings(caplog)) == 1
    as_left(hass, arranged, simulator)
    assert stored(arranged, hass_storage).keys() == {*PARTS, *NEW_PARTS}
    # From then on the file works normally.
    caplog.clear()
    await hass.config_entries.async_reload(arranged.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert warnings(caplog) == []
    as_left(hass, arranged, simulator)


@pytest.mark.parametrize("gone", [False, True], ids=["null", "no file"])
async def test_without_a_memory(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    arranged: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    gone: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without a file, nothing is done a second time."""
    hass_storage[f"butlr.{arranged.entry_id}"] = {"version": 1, "data": None}
    if gone:
        del hass_storage[f"butlr.{arranged.entry_id}"]
    caplog.clear()
    assert await set_up()
    assert warnings(caplog) == []
    as_left(hass, arranged, simulator)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("value", [None, 7, "text", [None], {"a": None}, "missing"], ids=str)
async def test_a_broken_part_leaves_the_others(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    arranged: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    part: str,
    value: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is valid is kept, other parts are reset, and the log names them."""
    content = stored(arranged, hass_storage)
    if value == "missing":
        del content[part]
    else:
        content[part] = value
    caplog.clear()
    assert await set_up()
    (warning,) = warnings(caplog)
    assert warning.getMessage().endswith(f"are reset: {part}")
    as_left(hass, arranged, simulator)
    assert differences_but_focus(hass, simulator, arranged) == []


def differences_but_focus(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> list[str]:
    """Return the differences from the expected state, except for labels that the person removed."""
    focus = find(simulator, "Focus Room")
    return [one for one in differences(hass, simulator, entry) if f"device {focus} has labels" not in one]


@pytest.mark.parametrize("part", NEW_PARTS)
async def test_an_older_file(
    hass_storage: dict[str, Any],
    arranged: MockConfigEntry,
    set_up: SetUp,
    part: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Parts that older versions did not write are not reported as damaged."""
    del stored(arranged, hass_storage)[part]
    caplog.clear()
    assert await set_up()
    assert warnings(caplog) == []
    stored(arranged, hass_storage)[part] = 7


async def test_what_comes_later_is_arranged(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    arranged: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Only existing devices count as done: a new tag becomes a label everywhere."""
    hass_storage[f"butlr.{arranged.entry_id}"] = {"version": 1, "data": []}
    assert await set_up()
    focus = find(simulator, "Focus Room")
    tag = next(tag for tag in simulator.estate.tags.values() if tag.name == "phone ban")
    tag.space_ids = [focus]
    await pass_time(hass, freezer, POLL)
    assert labels_of(hass, arranged, focus) == {"Butlr: phone ban"}


async def test_it_is_said_once(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    arranged: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The damage is logged once, however often the set-up is retried."""
    hass_storage[f"butlr.{arranged.entry_id}"] = {"version": 7, "data": {}}
    simulator.faults.set("graphql", "500")
    caplog.clear()
    await set_up()
    assert arranged.state is ConfigEntryState.SETUP_RETRY
    for _ in range(3):
        await pass_time(hass, freezer, 100)
    assert sum("reset" in record.getMessage() for record in warnings(caplog)) == 1
    simulator.faults.clear()
    await pass_time(hass, freezer, 100)
    as_left(hass, arranged, simulator)


@pytest.mark.parametrize("content", ["", "null", "[]", "{", '{"version": 1}', "\x00\x00", '"text"', "7"])
async def test_a_file_as_it_may_lie_there(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    content: str,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Cut off, overwritten with zeros, edited by hand: one log line, and the file is reset."""
    hass.config.config_dir = str(tmp_path)
    file = tmp_path / ".storage" / f"butlr.{entry.entry_id}"
    file.parent.mkdir()
    file.write_text(content)
    # Home Assistant lists the folder once, when it starts.
    get_internal_store_manager(hass).async_invalidate(file.name)
    with patch.object(Store, "_async_load", Store._async_load_data):
        assert await set_up()
    (told,) = warnings(caplog)
    assert file.name in told.getMessage()
    assert differences(hass, simulator, entry) == []


@given(JSON, st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_may_be_in_it(memory: SyncStore, value: Any, data: st.DataObject) -> None:
    """Nothing raises, and restored values have the right types."""
    content: Any = {name: [] if name in ("placed", "forgotten") else {} for name in (*PARTS, *NEW_PARTS)}
    content = value if data.draw(st.booleans()) else content | {data.draw(st.sampled_from(sorted(content))): value}
    memory._restore(content)
    assert all(isinstance(one, str) for one in memory.had_area | memory.forgotten)
    for names in (memory.floors, memory.buildings, memory.findings):
        assert all(isinstance(one, str) for one in names.values())
    assert all(isinstance(one, str) for pair in memory.labels.values() for one in pair)
    assert all(isinstance(ours, bool) for labels in memory.labeled.values() for ours in labels.values())


@pytest.fixture
def memory(hass: HomeAssistant, entry: MockConfigEntry) -> SyncStore:
    """Return an empty store."""
    return SyncStore(hass, entry)


async def test_findings_outlive_a_restart(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    """Findings are saved immediately and are known before the first request of the next start."""
    await set_up()
    findings = entry.runtime_data.client.findings
    before = findings.as_dict()
    findings.note("label.traffic", "start")
    await hass.async_block_till_done()
    assert stored(entry, hass_storage)["findings"] == {**before, "label.traffic": "start"}
    stored(entry, hass_storage)["findings"] |= {"label.presence_of_mind": "sideways", "unheard_of": "end"}
    simulator.faults.set("reporting", "500")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data.client.findings is not findings
    assert entry.runtime_data.client.findings.as_dict() == {**before, "label.traffic": "start"}
    # A listener of an unloaded entry is no longer called.
    writes = dict(hass_storage)
    findings.note("label.traffic", "end")
    await hass.async_block_till_done()
    assert stored(entry, writes)["findings"]["label.traffic"] == "start"


async def test_an_estate_is_written_when_it_changed(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A heartbeat writes nothing. Hardware that goes offline is written only for spaces that lose all sensors."""
    await set_up()
    written = stored(entry, hass_storage)
    assert {row["id"] for row in written["estate"]["rooms"]} == simulator.estate.rooms.keys()
    await pass_time(hass, freezer, POLL)
    assert stored(entry, hass_storage) is written
    next(iter(simulator.estate.hives.values())).is_online = False
    await pass_time(hass, freezer, POLL)
    dark = stored(entry, hass_storage)
    assert dark["outages"]["spans"].keys() > written["outages"]["spans"].keys()
    assert {part for part in dark if dark[part] != written[part]} == {"outages"}
    written = dark
    await pass_time(hass, freezer, POLL)
    assert stored(entry, hass_storage) is written
    next(iter(simulator.estate.rooms.values())).name = "Library"
    await pass_time(hass, freezer, POLL)
    assert stored(entry, hass_storage) is not written
    assert "Library" in {row["name"] for row in stored(entry, hass_storage)["estate"]["rooms"]}
