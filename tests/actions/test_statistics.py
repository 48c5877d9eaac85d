"""The action get_statistics, compared with where people really were."""

from collections.abc import Callable
from datetime import UTC, timedelta
import statistics
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import Ask
from tests.helpers.itineraries import people_by_minute
from tests.helpers.registries import find, target_of
from tests.helpers.reports import COPENHAGEN, HOUR, MONDAY, SUNDAY, TUESDAY, one
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("report_time")


WORKING = {
    "hours_start": "08:00",
    "hours_end": "18:00",
    "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
}


@pytest.mark.parametrize("hours", [{}, WORKING, {"weekdays": "sunday"}], ids=["all", "working hours", "Sundays"])
@pytest.mark.parametrize("name", ["Boardroom", "Harbour Café"])
@pytest.mark.parametrize("reading", ["capitalized", "lower"])
async def test_statistics(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ask: Ask,
    simulator: Simulator,
    name: str,
    hours: dict[str, Any],
    reading: str,
) -> None:
    """The averages and medians of ten days are correct, with and without the times when nobody was there."""
    simulator.settings.weekday_case = reading
    entry.runtime_data.client.findings.note("estimate_day", "site")
    space_id = find(simulator, name)
    start = MONDAY - timedelta(days=10)
    space = one(
        await ask(
            "get_statistics",
            target_of(hass, entry, space_id),
            start_time=start.isoformat(),
            end_time=TUESDAY.isoformat(),
            **hours,
        )
    )
    minutes: list[int] = []
    for day in range(11):
        morning = start + timedelta(days=day)
        if morning.strftime("%A").lower() not in hours.get("weekdays", morning.strftime("%A").lower()):
            continue
        begin = morning + timedelta(hours=8) if "hours_start" in hours else morning
        end = morning + timedelta(hours=18) if "hours_end" in hours else morning + timedelta(days=1)
        minutes += people_by_minute(simulator, space_id, begin.timestamp(), end.timestamp())
    occupied = [people for people in minutes if people]
    assert space["source"] == ("presence" if name == "Boardroom" else "traffic")
    assert space["average"] == pytest.approx(statistics.mean(minutes), abs=0.001)
    assert space["median"] == statistics.median_low(minutes)
    assert space["average_used"] == pytest.approx(statistics.mean(occupied) if occupied else 0, abs=0.001)
    assert space["median_used"] == (statistics.median_low(occupied) if occupied else 0)


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("17:00", "09:00", lambda hour: hour >= 17 or hour < 9),
        ("17:00", "00:00", lambda hour: hour >= 17),
        ("00:00", "09:00", lambda hour: hour < 9),
        ("17:00", "23:59:59", lambda hour: hour >= 17),
    ],
)
@pytest.mark.parametrize("weekdays", [None, ["monday", "friday"]])
async def test_statistics_of_a_night(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ask: Ask,
    simulator: Simulator,
    start: str,
    end: str,
    inside: Callable[[int], bool],
    weekdays: list[str] | None,
) -> None:
    """One request covers a night: the hours before the end and after the start of every included day."""
    boardroom = find(simulator, "Boardroom")
    begin = MONDAY - timedelta(days=10)
    simulator.requests.clear()
    space = one(
        await ask(
            "get_statistics",
            target_of(hass, entry, boardroom),
            start_time=begin.isoformat(),
            end_time=TUESDAY.isoformat(),
            hours_start=start,
            hours_end=end,
            **({"weekdays": weekdays} if weekdays else {}),
        )
    )
    minutes: list[int] = []
    hour = begin.astimezone(UTC)
    while hour < TUESDAY:
        local = hour.astimezone(COPENHAGEN)
        if inside(local.hour) and (not weekdays or local.strftime("%A").lower() in weekdays):
            minutes += people_by_minute(simulator, boardroom, hour.timestamp(), hour.timestamp() + HOUR)
        hour += timedelta(hours=1)
    assert any(minutes) or end == "09:00"
    assert space["average"] == pytest.approx(statistics.mean(minutes), abs=0.001)
    assert space["median"] == statistics.median_low(minutes)
    # Two more requests find out how Butlr spells weekdays.
    assert len([request for request in simulator.requests if request.path.endswith("stats")]) == (3 if weekdays else 1)


async def test_statistics_that_do_not_heed_weekdays(
    hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator
) -> None:
    """Ignored weekdays are an error; the same request without weekdays returns values."""
    simulator.settings.weekday_case = "ignored"
    target, start = target_of(hass, entry, find(simulator, "Boardroom")), {"start_time": SUNDAY.isoformat()}
    error = await ask("get_statistics", target, **start, weekdays=["monday"])
    assert (error["code"], error["translation_key"]) == ("home_assistant_error", "weekdays_ignored")
    assert one(await ask("get_statistics", target, **start, hours_start="09:00", hours_end="17:00"))["average"] > 0
    assert entry.runtime_data.client.findings.get("weekday_case") == "ignored"
