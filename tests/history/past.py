"""What Home Assistant knows of the past, held against what happened, and what makes it know that."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.db_schema import RecorderRuns, Statistics, StatisticsMeta
from homeassistant.components.recorder.tasks import CompileMissingStatisticsTask, StatisticsTask
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from sqlalchemy import select

from tests.conftest import pass_time
from tests.helpers.statistics import HOUR, crossed, people, spaces_with, statistics
from tests.simulator import Simulator

DAYS = 60


class Requests:
    """Stands for the budget: lets every request through at once, counts those about the past, and can hold them up."""

    def __init__(self) -> None:
        """Begin with none."""
        self.past = 0
        self.most: int | None = None
        self.held = asyncio.Event()

    async def spend(self, *, background: bool = False, after_people: bool = False) -> None:
        """Count a request."""
        if background:
            self.past += 1
            if self.most is not None and self.past > self.most:
                self.held.set()
                await asyncio.Event().wait()

    def hold(self, most: int | None) -> None:
        """Begin to count anew, and hold up what comes after so many."""
        self.past, self.most = 0, most
        self.held.clear()


async def record(hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: int = 5) -> None:
    """Let time pass, with polls, and the recorder compile its rows of every five minutes, and of the hours."""
    for _ in range(0, minutes, 5):
        start = dt_util.utcnow().replace(second=0, microsecond=0)
        start -= timedelta(minutes=start.minute % 5)
        await pass_time(hass, freezer, 300)
        await async_wait_recording_done(hass)
        get_instance(hass).queue_task(StatisticsTask(start, fire_events=False))
        await async_wait_recording_done(hass)


class Past:
    """What Home Assistant knows of the past, held against what happened."""

    def __init__(self, hass: HomeAssistant, simulator: Simulator, days: int = DAYS) -> None:
        """Judge the days that are wanted at this moment, and all hours since."""
        self.hass = hass
        self.simulator = simulator
        self.start = int(dt_util.utcnow().timestamp()) // HOUR * HOUR - days * 24 * HOUR

    async def wrong(self, *recorded: int) -> list[str]:
        """Return what differs from the truth: any hour missing, too much, or with other figures.

        The recorder's own counts of some hours are not judged: it saw only a part of them, and by polls.
        """
        return [*await self.wrong_counts(*recorded), *await self.wrong_sums()]

    def hours(self, found: Iterable[int]) -> list[int]:
        """Return all hours to look at: those that should be there, and those that are."""
        return sorted({*range(self.start, int(dt_util.utcnow().timestamp()) // HOUR * HOUR, HOUR), *found})

    async def wrong_counts(self, *recorded: int) -> list[str]:
        """Return what differs of people."""
        spaces = spaces_with(self.hass, self.simulator, "people")
        rows = await statistics(self.hass, set(spaces.values()))
        wrong = []
        for space_id, entity_id in spaces.items():
            found = {int(row["start"]): (row["mean"], row["min"], row["max"]) for row in rows.get(entity_id, [])}
            for hour in self.hours(found):
                truth = people(self.simulator, space_id, hour)
                if hour not in recorded and found.get(hour) != (truth and pytest.approx(truth)):
                    wrong.append(f"{entity_id} {at(hour)}: {found.get(hour)} instead of {truth}")
        return wrong

    async def wrong_sums(self) -> list[str]:
        """Return what differs of entries and exits."""
        wrong = []
        for position, key in enumerate(("entries_today", "exits_today")):
            spaces = spaces_with(self.hass, self.simulator, key)
            rows = await statistics(self.hass, set(spaces.values()))
            for space_id, entity_id in spaces.items():
                found = {int(row["start"]): row for row in rows.get(entity_id, [])}
                for hour in self.hours(found):
                    end = hour + HOUR
                    row = found.get(hour, {})
                    midnight = self._midnight(space_id, end - 1)
                    truth = (
                        crossed(self.simulator, space_id, hour, end)[position],
                        crossed(self.simulator, space_id, midnight, end)[position],
                        midnight,
                    )
                    shown = row.get("change"), row.get("state"), row.get("last_reset")
                    if shown != truth:
                        wrong.append(f"{entity_id} {at(hour)}: {shown} instead of {truth}")
        return wrong

    def _midnight(self, space_id: str, timestamp: int) -> int:
        estate = self.simulator.estate
        zone = ZoneInfo(estate.site_of(space_id).timezone or self.hass.config.time_zone)
        return int(
            datetime.combine(datetime.fromtimestamp(timestamp, zone).date(), datetime.min.time(), zone).timestamp()
        )


def at(timestamp: int) -> str:
    """Write a moment."""
    return datetime.fromtimestamp(timestamp, dt_util.UTC).isoformat()


async def outage(hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory, hours: int) -> None:
    """Let people live while Home Assistant is off, and it start again, with what the recorder does then."""
    await async_wait_recording_done(hass)
    for _ in range(hours):
        freezer.tick(HOUR)
        simulator.step()
    instance = get_instance(hass)

    def begin() -> None:
        with session_scope(hass=hass) as session:
            session.add(RecorderRuns(start=dt_util.utcnow(), created=dt_util.utcnow()))

    await instance.async_add_executor_job(begin)
    instance.queue_task(CompileMissingStatisticsTask())
    await async_wait_recording_done(hass)


def database(hass: HomeAssistant) -> list[Any]:
    """Return all that stands in the long-term statistics."""
    with session_scope(hass=hass, read_only=True) as session:
        return sorted(
            tuple(row) for row in session.execute(select(StatisticsMeta.statistic_id, *_COLUMNS).join(StatisticsMeta))
        )


_COLUMNS = (
    Statistics.start_ts,
    Statistics.mean,
    Statistics.min,
    Statistics.max,
    Statistics.state,
    Statistics.sum,
    Statistics.last_reset_ts,
)


async def rows_of(hass: HomeAssistant) -> list[Any]:
    """Return all that stands in the long-term statistics, when all is written."""
    await async_wait_recording_done(hass)
    return await get_instance(hass).async_add_executor_job(database, hass)
