"""The action get_topology, and the behavior that all actions share, over the websocket API."""

import asyncio
from collections.abc import Iterator
import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_HARDWARE, DOMAIN
from custom_components.butlr.services import ACTIONS
from tests.conftest import Ask, choose
from tests.helpers.registries import device_of, find, target_of
from tests.simulator import Simulator
from tests.simulator.estate import Hive, Sensor


async def test_actions_are_there_before_any_entry(hass: HomeAssistant) -> None:
    """Actions are registered without an entry, so that automations can be validated at any time."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert hass.services.async_services_for_domain(DOMAIN).keys() == {action.name for action in ACTIONS}


def branches(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every space and device of a topology."""
    if "device_id" in node:
        yield node
    for key in ("sites", "buildings", "floors", "rooms", "zones", "hardware", "unplaced"):
        below = node.get(key)
        for child in below if isinstance(below, list) else ():
            yield from branches(child)


@pytest.mark.parametrize("rooms", [5, 60])
async def test_the_whole_estate(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """Every asset is returned once and in its place, with its tags and what it senses."""
    estate, coverage = simulator.estate, simulator.estate.coverage
    response = await ask("get_topology")
    returned = {one["id"]: one for one in branches(response)}
    everything: list[Sensor | Hive] = [*estate.sensors.values(), *estate.hives.values()]
    real = {one.id for one in everything if one.real}
    assert returned.keys() == {*estate.buildings, *estate.floors, *estate.rooms, *estate.zones, *real}
    assert len(list(branches(response))) == len(returned)
    assert [site["time_zone"] for site in response["sites"]] == [site.timezone for site in estate.sites.values()]
    for room_id, room in estate.rooms.items():
        assert returned[room_id]["name"] == room.name
        assert returned[room_id]["device_id"] == device_of(hass, entry, room_id).id
        assert returned[room_id]["capacity"] == (room.capacity_max or None)
        untagged = (room.room_type or "").casefold() == "untagged"
        assert returned[room_id]["room_type"] == (None if untagged else room.room_type)
        assert returned[room_id]["custom_id"] == room.custom_id
        assert sorted(returned[room_id]["tags"]) == sorted(tag.name for tag in coverage.tags_on.get(room_id, ()))
        senses = {
            "people": coverage.has_presence(room_id),
            "traffic": bool(coverage.traffic_sensors(room_id)),
            "motion": any(one.real and one.has_pir for one in coverage.sensors_in.get(room_id, ())),
        }
        assert returned[room_id]["senses"] == [sense for sense, sensed in senses.items() if sensed]
        hardware = {one["id"] for one in returned[room_id]["hardware"]}
        assert hardware == {one.id for one in everything if one.real and one.room_id == room_id}
    for sensor in (one for one in estate.sensors.values() if one.real):
        assert returned[sensor.id]["online"] == coverage.works(sensor)
        assert returned[sensor.id]["mode"] == sensor.mode
        assert returned[sensor.id]["hive_id"] == (sensor.hive_id if sensor.hive_id in returned else None)
    spaces = {**estate.floors, **estate.rooms, **estate.zones}
    for tag in response["tags"]:
        kinds = [returned[one]["type"] for one in estate.tags[tag["id"]].space_ids if one in spaces]
        assert {kind: tag[f"{kind}s"] for kind in ("floor", "room", "zone")} == {
            kind: kinds.count(kind) for kind in ("floor", "room", "zone")
        }
    # Some rows have no name.
    assert {tag["name"] for tag in response["tags"]} == {tag.name for tag in estate.tags.values() if tag.name}


async def test_a_part_of_the_estate(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """The target is returned with the spaces in it and above it, and without hardware if so requested."""
    boardroom, ground = find(simulator, "Boardroom"), find(simulator, "Ground Floor")
    response = await ask("get_topology", target_of(hass, entry, boardroom, ground), hardware=False)
    assert [one["name"] for one in branches(response)] == [
        "Pier House",
        "Ground Floor",
        "Lobby",
        "Harbour Café",
        "Reception Desk",
        "Café Window Seats",
        "First Floor",
        "Boardroom",
    ]
    assert not any("hardware" in one for one in branches(response))
    assert "unplaced" not in response
    response = await ask("get_topology", target_of(hass, entry, boardroom))
    assert [one["name"] for one in branches(response)] == [
        "Pier House",
        "First Floor",
        "Boardroom",
        "Boardroom ceiling",
    ]
    assert {tag["name"]: tag["rooms"] for tag in response["tags"]} == {
        "meeting room": 1,
        "quiet": 0,
        "video": 0,
        "phone ban": 0,
    }


async def test_hardware_without_a_location(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """Hardware without a location is listed beside the sites; without hardware devices, no hardware is listed."""
    sensor = next(one for one in simulator.estate.sensors.values() if one.name == "Boardroom ceiling")
    sensor.room_id, sensor.floor_id = None, ""
    await entry.runtime_data.estate.async_refresh()
    response = await ask("get_topology")
    assert [one["id"] for one in response["unplaced"]] == [sensor.id]
    await choose(hass, entry, **{CONF_HARDWARE: False})
    response = await ask("get_topology")
    assert not any(one["type"] in ("sensor", "hive") for one in branches(response))


async def test_unconfirmed_spaces(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """Spaces missing in the newest answer are marked; Butlr is not asked about them, and they are never free."""
    missing = {find(simulator, "Boardroom"), find(simulator, "Focus Room")}
    target = target_of(hass, entry, *missing)
    for room_id in missing:
        simulator.estate.remove(room_id)
    await entry.runtime_data.estate.async_refresh()
    topology = {one["id"]: one for one in branches(await ask("get_topology"))}
    assert {key for key, one in topology.items() if one["type"] == "room" and one.get("unconfirmed")} == missing
    assert all(one.get("unconfirmed", True) is True for one in topology.values())
    simulator.requests.clear()
    for action in ("get_occupancy", "get_presence_time", "get_statistics"):
        response = await ask(action, target)
        assert response["spaces"] == []
        assert {one["id"] for one in response["unconfirmed"]} == missing
    free = await ask("find_available_rooms", target)
    assert (free["rooms"], free["left_out"]["unavailable"]) == ([], 2)
    assert not simulator.requests


async def test_removal_during_a_request(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """Removing the room or reloading the entry during a request is not an error."""
    boardroom = find(simulator, "Boardroom")
    simulator.faults.set("reporting", "hang", seconds=0.5, count=1)
    simulator.requests.clear()

    async def go() -> None:
        while not simulator.requests:  # noqa: ASYNC110 - the simulator tells nobody
            await asyncio.sleep(0.01)
        simulator.estate.remove(boardroom)
        await entry.runtime_data.estate.async_refresh()
        assert boardroom not in entry.runtime_data.estate.data.rooms
        assert await hass.config_entries.async_reload(entry.entry_id)

    response, _ = await asyncio.gather(ask("get_occupancy", target_of(hass, entry, boardroom)), go())
    (space,) = response["spaces"]
    assert (space["id"], space["floor"]) == (boardroom, "First Floor")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rooms", [1500])
async def test_a_large_estate_does_not_block(ask: Ask, simulator: Simulator) -> None:
    """The actions that need no request block the event loop only briefly, even in a large estate."""
    blocks: list[float] = []

    async def watch() -> None:
        while True:
            # CPU time of this thread, independent of the load of the machine.
            begun = time.thread_time()
            await asyncio.sleep(0)
            blocks.append(time.thread_time() - begun)

    watcher = asyncio.create_task(watch())
    assert (await ask("find_available_rooms", limit=200))["considered"] == 1500
    assert len(list(branches(await ask("get_topology", hardware=False)))) > 2000
    watcher.cancel()
    assert max(blocks) < 0.05
