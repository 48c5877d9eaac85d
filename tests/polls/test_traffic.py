"""Totals of the day when answers are empty, grouped or late."""

import time
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.questions import rfc3339
from custom_components.butlr.polls.traffic import CROSSING_DELAY
from tests.conftest import Http, SetUp, pass_time
from tests.helpers.registries import find
from tests.helpers.scene import Scene
from tests.helpers.states import mismatches, state_of
from tests.simulator import Simulator


async def test_empty_answers_are_unknown(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    reachable: Http,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Answers without data make values unknown, including today's totals, and never zero."""
    await set_up()
    lobby, boardroom = find(simulator, "Lobby"), find(simulator, "Boardroom")
    await simulator.move(to=boardroom)
    await pass_time(hass, freezer, 301)
    entries = int(state_of(hass, lobby, "entries_today") or 0)
    assert entries > 0
    simulator.faults.set("reporting", "empty")
    await pass_time(hass, freezer, 301)
    assert state_of(hass, lobby, "entries_today") == STATE_UNKNOWN
    assert state_of(hass, boardroom, "people") == STATE_UNKNOWN
    simulator.faults.clear()
    await pass_time(hass, freezer, 301)
    assert mismatches(hass, simulator) == []


async def test_grouped_sums_are_not_floor_totals(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Grouped answers have one sum for all sensors, which is valid for rooms, and for floors without room doors."""
    await set_up()
    lobby, ground = find(simulator, "Lobby"), find(simulator, "Ground Floor")
    client = entry.runtime_data.client
    report = client.report

    async def grouped(body: dict[str, Any], **more: Any) -> Any:
        if body["filter"]["measurements"] != ["traffic"]:
            return await report(body, **more)
        ids = next(value["eq"] for key, value in body["filter"].items() if key in ("rooms", "spaces"))
        return {space_id: {"in": {"sum": 9, "count": 1}, "out": {"sum": 4, "count": 1}} for space_id in ids}

    before = state_of(hass, ground, "entries_today")
    with patch.object(client, "report", grouped):
        await pass_time(hass, freezer, 301)
        assert (state_of(hass, lobby, "entries_today"), state_of(hass, lobby, "exits_today")) == ("9", "4")
        assert state_of(hass, ground, "entries_today") in (before, STATE_UNKNOWN)
        for sensor in simulator.estate.sensors.values():
            sensor.is_entrance = sensor.mode == "traffic"
        await pass_time(hass, freezer, 601)
        await pass_time(hass, freezer, 301)
        assert state_of(hass, ground, "entries_today") == "9"


async def test_crossings_counted_late_are_not_lost(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    simulator: Simulator,
    reachable: Http,
    freezer: FrozenDateTimeFactory,
) -> None:
    """While crossings are pushed, a poll that does not include the newest one yet does not remove it."""
    await set_up()
    lobby = find(simulator, "Lobby")
    await simulator.move(to=find(simulator, "Boardroom"))
    await pass_time(hass, freezer, 290)
    entries = int(state_of(hass, lobby, "entries_today") or 0)
    client = entry.runtime_data.client
    report = client.report
    answers: list[Any] = []

    async def late(body: dict[str, Any], **more: Any) -> Any:
        if body["filter"]["measurements"] == ["traffic"]:
            # Butlr counts a crossing after five seconds.
            counted = rfc3339(time.time() - 5)
            assert body["filter"]["stop"] <= counted
            answers.append(body)
        return await report(body, **more)

    await simulator.move(to=find(simulator, "Boardroom"))
    assert state_of(hass, lobby, "entries_today") == str(entries + 1)
    with patch.object(client, "report", late):
        await pass_time(hass, freezer, 8)
        await entry.runtime_data.traffic.async_refresh()
    assert answers
    assert state_of(hass, lobby, "entries_today") == str(entries + 1)
    assert mismatches(hass, simulator) == []


@pytest.mark.parametrize("second", [3, 30, 57])
async def test_crossings_in_the_minute_of_the_start(scene: Scene, second: int) -> None:
    """Crossings before the subscription are neither pushed nor in full minutes; they count soon after the minute."""
    scene.freezer.move_to(f"2026-11-25T11:05:{second:02}Z")
    lobby = find(scene.simulator, "Lobby")
    for _ in range(4):
        await scene.simulator.move(to=lobby)
    scene.freezer.tick(1)
    await scene.set_up()
    entries = scene.simulator.truth()["spaces"][lobby]["entries_today"]
    assert state_of(scene.hass, lobby, "entries_today") == str(entries - 4)
    await scene.pass_time(60 - second + CROSSING_DELAY + 6)
    assert state_of(scene.hass, lobby, "entries_today") == str(entries)
