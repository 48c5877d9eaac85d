"""What tests of the import need: a recorder that compiles, requests without a budget, and a check of every hour."""

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


class HistoryRequests:
    """Replaces the budget: lets every request through, counts those of imports, and can pause them."""

    def __init__(self) -> None:
        """Start with no requests."""
        self.count = 0
        self.limit: int | None = None
        self.paused = asyncio.Event()

    async def spend(self, *, background: bool = False, after_people: bool = False) -> None:
        """Count a request."""
        if background:
            self.count += 1
            if self.limit is not None and self.count > self.limit:
                self.paused.set()
                await asyncio.Event().wait()

    def pause_after(self, limit: int | None) -> None:
        """Count from 0 again, and pause the import after `limit` requests."""
        self.count, self.limit = 0, limit
        self.paused.clear()


async def record(hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: int = 5) -> None:
    """Let time pass with polls, while the recorder compiles its five-minute and hourly rows."""
    for _ in range(0, minutes, 5):
        start = dt_util.utcnow().replace(second=0, microsecond=0)
        start -= timedelta(minutes=start.minute % 5)
        await pass_time(hass, freezer, 300)
        await async_wait_recording_done(hass)
        get_instance(hass).queue_task(StatisticsTask(start, fire_events=False))
        await async_wait_recording_done(hass)


class HistoryCheck:
    """Compares statistics with the truth."""

    def __init__(self, hass: HomeAssistant, simulator: Simulator, days: int) -> None:
        """Check the last days before now, and all hours since."""
        self.hass = hass
        self.simulator = simulator
        self.start = int(dt_util.utcnow().timestamp()) // HOUR * HOUR - days * 24 * HOUR

    async def wrong(self, *recorded: int) -> list[str]:
        """Return every hour that is missing, should not be there, or has wrong values.

        The counts of `recorded` hours are not checked: the recorder saw a part of these hours only, and by polls.
        """
        return [*await self.wrong_counts(*recorded), *await self.wrong_sums()]

    def hours(self, found: Iterable[int]) -> list[int]:
        """Return all hours to check: those that should be there, and those that are."""
        return sorted({*range(self.start, int(dt_util.utcnow().timestamp()) // HOUR * HOUR, HOUR), *found})

    async def wrong_counts(self, *recorded: int) -> list[str]:
        """Return the wrong hours of people."""
        spaces = spaces_with(self.hass, self.simulator, "people")
        rows = await statistics(self.hass, set(spaces.values()))
        wrong = []
        for space_id, entity_id in spaces.items():
            found = {int(row["start"]): (row["mean"], row["min"], row["max"]) for row in rows.get(entity_id, [])}
            for hour in self.hours(found):
                truth = people(self.simulator, space_id, hour)
                if hour not in recorded and found.get(hour) != (truth and pytest.approx(truth)):
                    wrong.append(f"{entity_id} {iso(hour)}: {found.get(hour)} instead of {truth}")
        return wrong

    async def wrong_sums(self) -> list[str]:
        """Return the wrong hours of entries and exits."""
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
                    values = row.get("change"), row.get("state"), row.get("last_reset")
                    if values != truth:
                        wrong.append(f"{entity_id} {iso(hour)}: {values} instead of {truth}")
        return wrong

    def _midnight(self, space_id: str, timestamp: int) -> int:
        estate = self.simulator.estate
        zone = ZoneInfo(estate.site_of(space_id).timezone or self.hass.config.time_zone)
        return int(
            datetime.combine(datetime.fromtimestamp(timestamp, zone).date(), datetime.min.time(), zone).timestamp()
        )


def iso(timestamp: int) -> str:
    """Return a timestamp in ISO format."""
    return datetime.fromtimestamp(timestamp, dt_util.UTC).isoformat()


async def outage(hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory, hours: int) -> None:
    """Turn Home Assistant off while people live on, and let the recorder do what it does when it starts again."""
    await async_wait_recording_done(hass)
    for _ in range(hours):
        freezer.tick(HOUR)
        simulator.step()
    instance = get_instance(hass)

    def begin_run() -> None:
        with session_scope(hass=hass) as session:
            session.add(RecorderRuns(start=dt_util.utcnow(), created=dt_util.utcnow()))

    await instance.async_add_executor_job(begin_run)
    instance.queue_task(CompileMissingStatisticsTask())
    await async_wait_recording_done(hass)


def _database(hass: HomeAssistant) -> list[Any]:
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
    """Return all rows of the long-term statistics, once everything is written."""
    await async_wait_recording_done(hass)
    return await get_instance(hass).async_add_executor_job(_database, hass)
