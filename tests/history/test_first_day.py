"""On the first day in Home Assistant, what is usual is known from Butlr's own history."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import Ask, pass_time
from tests.helpers.itineraries import average_people
from tests.helpers.on_demand import set_enabled
from tests.helpers.registries import find, target_of
from tests.helpers.states import state_of
from tests.simulator import Simulator

from .conftest import NOW

pytestmark = pytest.mark.recorder(NOW)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def usual(simulator: Simulator, room_id: str, hour: int) -> list[float]:
    """Return how many people were in a room on average in an hour of this weekday, four weeks back, by itineraries."""
    local = dt_util.utcnow().astimezone(COPENHAGEN).replace(hour=hour, minute=0, second=0, microsecond=0)
    starts = [(local - timedelta(weeks=week)).timestamp() for week in range(1, 5)]
    return [average_people(simulator, room_id, start, start + 3600) for start in starts]


def usually_free_until(simulator: Simulator, room_id: str) -> int:
    """Return the hour until which a room is usually free today; the present hour if it is usually used now."""
    now = dt_util.utcnow().astimezone(COPENHAGEN).hour
    used = (hour for hour in range(now, 24) if sum(mean <= 0.1 for mean in usual(simulator, room_id, hour)) <= 2)
    return next(used, 24)


async def test_usually_free(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """Once the past is imported, free rooms say until when they are usually free, from four weeks that Butlr has."""
    target = target_of(hass, entry, *(find(simulator, name) for name in ("Boardroom", "Focus Room")))
    assert {room["baseline_weeks"] for room in (await ask("find_available_rooms", target))["rooms"]} == {0}
    await ask("import_history", target, days=29)
    await hass.async_block_till_done(wait_background_tasks=True)
    rooms = (await ask("find_available_rooms", target))["rooms"]
    for room in rooms:
        until = usually_free_until(simulator, room["id"])
        assert room["baseline_weeks"] == 4, room["name"]
        assert room["usual_use"] == {12: "used", 24: "free_until_midnight"}.get(until, "free_until_used")
        if 12 < until < 24:
            assert datetime.fromisoformat(room["usually_free_until"]).hour == until
    assert {room["name"] for room in rooms} == {"Boardroom", "Focus Room"}


async def test_busier_than_usual(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """The trend needs neither an import nor the recorder: it is compared with the itineraries of four weeks."""
    boardroom = find(simulator, "Boardroom")
    await set_enabled(hass, entry, freezer, f"{boardroom}_busyness_trend")
    typical = sum(usual(simulator, boardroom, 12)) / 4
    assert entry.runtime_data.typical.typical(boardroom) == pytest.approx(typical, abs=1e-5)
    for _ in range(round(typical * 1.15) + 1):
        await simulator.move(to=boardroom)
    for _ in range(2):
        await pass_time(hass, freezer, 61)
    assert state_of(hass, boardroom, "people") == str(round(typical * 1.15) + 1)
    assert state_of(hass, boardroom, "busyness_trend") == "busier"
