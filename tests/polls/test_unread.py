"""Answers with unreadable parts: the rest is applied, and nothing is removed."""

from collections.abc import Callable
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_AREAS, CONF_LABELS
from custom_components.butlr.coordinator import ESTATE_INTERVAL, POLL_RETRY_DELAY
from tests.conftest import SetUp, pass_time
from tests.helpers.hostile_cloud import HostileProxy
from tests.helpers.registries import butlr_ids, device_of, differences, find
from tests.helpers.states import state_of
from tests.simulator import Simulator

POLL = ESTATE_INTERVAL.total_seconds() + 1


def floor_row(answer: Any, number: int = 1) -> Any:
    """Return the row of the ground floor, or the first."""
    return answer["data"]["sites"]["data"][0]["buildings"][0]["floors"][number]


def fail(answer: Any, *path: Any) -> None:
    """Set a part of the answer to null, with an error."""
    node = answer["data"]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = None
    answer["errors"] = [{"message": "no", "path": list(path), "extensions": {"code": "INTERNAL"}}]


def spoil(rows: Any, **fields: Any) -> None:
    """Replace fields of all rows."""
    for row in rows:
        row.update(fields)


FLOOR = ("sites", "data", 0, "buildings", 0, "floors", 1)
NOWHERE = {"hive_serial": 1, "room_id": [], "floor_id": True}
# What is broken, and in the answer to which operation.
BROKEN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "the rooms of a floor failed": ("Topology", lambda answer: fail(answer, *FLOOR, "rooms")),
    "a floor failed": ("Topology", lambda answer: fail(answer, *FLOOR)),
    "the floors failed": ("Topology", lambda answer: fail(answer, *FLOOR[:-1])),
    "the buildings failed": ("Topology", lambda answer: fail(answer, *FLOOR[:4])),
    "rooms are an object": ("Topology", lambda answer: floor_row(answer).update(rooms={})),
    "zones are a text": ("Topology", lambda answer: floor_row(answer).update(zones="none")),
    "a room is null": ("Topology", lambda answer: floor_row(answer)["rooms"].__setitem__(0, None)),
    "a room has no id": ("Topology", lambda answer: floor_row(answer)["rooms"][0].update(id=None)),
    "a name is a number": ("Topology", lambda answer: floor_row(answer)["rooms"][0].update(name=5, capacity=[1])),
    "tags are an object": ("Topology", lambda answer: answer["data"].update(tags={})),
    "a tag is a list": ("Topology", lambda answer: answer["data"]["tags"].__setitem__(0, [])),
    "a tag's rooms are objects": ("Topology", lambda answer: spoil(answer["data"]["tags"], rooms={})),
    "a zone's sensors are": ("Topology", lambda answer: floor_row(answer)["zones"][0].update(sensors={})),
    "a sensor failed": ("Sensors", lambda answer: fail(answer, "sensors", "data", 3)),
    "a sensor is null": ("Sensors", lambda answer: answer["data"]["sensors"]["data"].__setitem__(2, None)),
    "the sensors failed": ("Sensors", lambda answer: fail(answer, "sensors")),
    "sensors are an object": ("Sensors", lambda answer: answer["data"].update(sensors={"data": {}})),
    "modes are numbers": ("Sensors", lambda answer: spoil(answer["data"]["sensors"]["data"], mode=1)),
    "places are numbers": ("Sensors", lambda answer: spoil(answer["data"]["sensors"]["data"], **NOWHERE)),
    "models are lists": ("Sensors", lambda answer: spoil(answer["data"]["sensors"]["data"], model=[], name={})),
    "a hive failed": ("Hives", lambda answer: fail(answer, "hives", "data", 0)),
    "hives are a text": ("Hives", lambda answer: answer["data"].update(hives="none")),
    "serials are lists": ("Hives", lambda answer: spoil(answer["data"]["hives"]["data"], serialNumber=[])),
}
# Cases in which an answer at start lacks other parts.
AT_START = (
    "the rooms of a floor failed",
    "a name is a number",
    "a tag's rooms are objects",
    "a sensor failed",
    "places are numbers",
    "models are lists",
    "serials are lists",
)


def registered(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return the devices and entities of an entry, with the fields that users see."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {
        **{device.id: (device.name, device.area_id, device.labels, device.via_device_id) for device in devices},
        **{one.id: one.entity_id for one in entities},
    }


@pytest.fixture(autouse=True)
def _everything(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Enable areas and labels."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_AREAS: "create"}, options={**entry.options, CONF_LABELS: True}
    )


async def test_a_broken_part_removes_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Existing devices and entities stay, and other changes are applied."""
    caplog.set_level(logging.WARNING)
    assert await set_up()
    before = registered(hass, entry)
    lobby = simulator.estate.rooms[find(simulator, "Lobby")]
    for number, (name, (operation, break_it)) in enumerate(BROKEN.items()):
        hostile.changes = {operation: break_it}
        await pass_time(hass, freezer, POLL)
        # An answer without any floor is a failure.
        nothing_left = name in ("the floors failed", "the buildings failed")
        assert entry.runtime_data.estate.failing is nothing_left, name
        assert bool(entry.runtime_data.estate.data.unread) is not nothing_left, name
        assert registered(hass, entry) == before, name
        assert differences(hass, simulator, entry) == [], name
        lobby.capacity_max = number + 1
        await pass_time(hass, freezer, POLL)
        followed = entry.runtime_data.estate.data.rooms[lobby.id].capacity == number + 1
        assert followed is not nothing_left, name
        hostile.changes.clear()
        await pass_time(hass, freezer, POLL)
        assert entry.runtime_data.estate.data.unread == frozenset(), name
        assert differences(hass, simulator, entry) == [], name
        # Lobby has a capacity now, and entities that depend on it.
        before = registered(hass, entry)
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("name", AT_START)
async def test_a_broken_part_removes_nothing_after_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
    name: str,
) -> None:
    """Without a stored estate, devices and entities stay as well, and the next complete answer restores all."""
    assert await set_up()
    before = registered(hass, entry)
    operation, break_it = BROKEN[name]
    hostile.changes[operation] = break_it
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.estate.data.unread
    assert registered(hass, entry) == before
    hostile.changes.clear()
    await pass_time(hass, freezer, POLL)
    assert differences(hass, simulator, entry) == []
    assert registered(hass, entry) == before


@pytest.mark.parametrize("name", AT_START)
async def test_a_broken_part_does_not_prevent_setup(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
    name: str,
) -> None:
    """Setup applies the readable parts, and a later answer the rest."""
    operation, break_it = BROKEN[name]
    hostile.changes[operation] = break_it
    assert await set_up()
    assert entry.runtime_data.estate.data.unread
    loaded = entry.runtime_data
    hostile.changes.clear()
    await pass_time(hass, freezer, POLL)
    assert entry.runtime_data is loaded
    assert differences(hass, simulator, entry) == []
    sensor = device_of(hass, entry, find(simulator, "Focus Room ceiling"))
    area = ar.async_get(hass).async_get_area(sensor.area_id or "")
    assert area
    assert area.name == "Focus Room"


async def test_without_sensors_the_estate_is_polled_soon(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Without sensors, the estate is polled again after a minute."""
    hostile.changes["Sensors"] = lambda answer: answer["data"].update(sensors=None)
    await set_up()
    assert state_of(hass, find(simulator, "Focus Room"), "occupancy")
    hostile.changes.clear()
    await pass_time(hass, freezer, POLL_RETRY_DELAY + 1)
    assert differences(hass, simulator, entry) == []
    assert entry.runtime_data.estate.update_interval == ESTATE_INTERVAL


def of(simulator: Simulator, kind: str) -> str:
    """Return an id that is already in use."""
    names = {
        "floor": "First Floor",
        "ground": "Ground Floor",
        "building": "Pier House",
        "room": "Boardroom",
        "hive": "Hive First Floor",
    }
    if kind == "organization":
        return simulator.estate.id
    if kind == "hive":
        return next(iter(hive.id for hive in simulator.estate.hives.values() if hive.real))
    if kind == "tag":
        return next(tag.id for tag in simulator.estate.tags.values() if tag.name == "quiet")
    return find(simulator, names[kind])


# The asset that gets the id of another.
CONFUSED = (
    ("Focus Room", "floor"),
    ("Focus Room", "ground"),
    ("Focus Room", "building"),
    ("Focus Room", "organization"),
    ("Desk Row A", "room"),
    ("Desk Row A", "floor"),
    ("First Floor", "building"),
    ("First Floor", "organization"),
    ("Focus Room ceiling", "hive"),
    ("Focus Room ceiling", "room"),
    ("quiet", "room"),
    ("quiet", "hive"),
)


def confuse(simulator: Simulator, victim: str, kind: str) -> Callable[[Any], None]:
    """Return an edit that gives an asset the id of another."""
    taken, own = of(simulator, kind), of(simulator, "tag") if victim == "quiet" else find(simulator, victim)

    def change(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("id") == own and "name" in node:
                node["id"] = taken
            for value in node.values():
                change(value)
        elif isinstance(node, list):
            for value in node:
                change(value)

    return change


async def test_ids_that_become_ambiguous(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An id used twice keeps its old meaning, and what cannot be read because of it stays."""
    caplog.set_level(logging.WARNING)
    assert await set_up()
    before, loaded = registered(hass, entry), entry.runtime_data
    for victim, kind in CONFUSED:
        hostile.changes = dict.fromkeys(("Topology", "Sensors"), confuse(simulator, victim, kind))
        await pass_time(hass, freezer, POLL)
        assert loaded.estate.data.unread, (victim, kind)
        assert registered(hass, entry) == before, (victim, kind)
        assert differences(hass, simulator, entry) == [], (victim, kind)
        hostile.changes.clear()
        await pass_time(hass, freezer, POLL)
        assert differences(hass, simulator, entry) == [], (victim, kind)
    assert entry.runtime_data is loaded
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(("victim", "kind"), [CONFUSED[0], CONFUSED[3], CONFUSED[4], CONFUSED[7], CONFUSED[8]])
async def test_ids_that_are_ambiguous_from_the_start(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    hostile: HostileProxy,
    freezer: FrozenDateTimeFactory,
    victim: str,
    kind: str,
) -> None:
    """From the start, only the second meaning is missing until the ids are unique again."""
    taken = of(simulator, kind)
    hostile.changes = dict.fromkeys(("Topology", "Sensors"), confuse(simulator, victim, kind))
    assert await set_up()
    names = {simulator.estate.id: entry.title} | {hive.id: hive.name for hive in simulator.estate.hives.values()}
    names |= {space.id: space.name for _, space in simulator.estate.spaces()}
    assert device_of(hass, entry, taken).name == names[taken]
    assert find(simulator, victim) not in butlr_ids(hass, entry)
    loaded = entry.runtime_data
    hostile.changes.clear()
    await pass_time(hass, freezer, POLL)
    assert entry.runtime_data is loaded
    assert differences(hass, simulator, entry) == []
