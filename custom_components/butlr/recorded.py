"""Home Assistant's recorder, as far as it keeps long-term statistics of our entities: what it has, and adding to it.

Everything is written through the recorder's queue, in which its own work stands as well: what was queued before is done
before. Reading happens in its executor.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import batched
from typing import Any, Final, Literal

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.db_schema import RecorderRuns, States
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
    process_timestamp,
)
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    get_metadata,
    statistics_during_period,
)
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import session_scope
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from sqlalchemy import func, select

from .backfill import HOUR, Hours, Repair, SumRow

RECORDER: Final = "recorder"
# How many rows are handed over at once: the recorder checks them in the event loop, and keeps them until it commits.
AT_ONCE: Final = 150


class Recorded:
    """Long-term statistics in Home Assistant's database."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare for a recorder that is there."""
        self._hass = hass

    @staticmethod
    def is_there(hass: HomeAssistant) -> bool:
        """Tell whether Home Assistant records at all."""
        return RECORDER in hass.config.components

    def records(self, entity_id: str) -> bool:
        """Tell whether an entity is recorded: people may exclude some."""
        wanted = get_instance(self._hass).entity_filter
        return self._hass.states.get(entity_id) is not None and (wanted is None or wanted(entity_id))

    def shows_a_number(self, entity_id: str) -> bool:
        """Tell whether the recorder will have a row of an entity within five minutes."""
        state = self._hass.states.get(entity_id)
        return state is not None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)

    async def ready(self) -> None:
        """Wait until Home Assistant has started and the recorder has made up for the time that it was off."""
        started = asyncio.Event()

        @callback
        def start(_hass: HomeAssistant) -> None:
            started.set()

        cancel = async_at_started(self._hass, start)
        try:
            await started.wait()
        finally:
            cancel()
        await get_instance(self._hass).async_recorder_ready.wait()
        await self.settled()

    async def settled(self) -> None:
        """Wait until everything is written that stands in the recorder's queue now."""
        # Not `async_block_till_done`: that does not wait for a task that runs while the queue is empty.
        done = self._hass.loop.create_future()
        get_instance(self._hass).queue_task(SynchronizeTask(done))
        await done

    async def off(self) -> Hours:
        """Return the whole hours in which Home Assistant was off, as far as the recorder remembers its runs.

        For these it makes up rows of the last states, if it remembers those.
        """
        return await get_instance(self._hass).async_add_executor_job(_off, self._hass)

    async def flat(self, entity_ids: Collection[str], start: int, stop: int) -> dict[str, dict[int, bool]]:
        """Return of which hours of [start, stop) there is a count, and whether that stayed the same all the hour."""
        return await self._read(_flat, entity_ids, start, stop, "hour")

    async def sums(self, entity_ids: Collection[str], start: int, stop: int | None = None) -> dict[str, list[SumRow]]:
        """Return the hourly rows of sums in [start, stop), and the one before them if there is any."""
        result: dict[str, list[SumRow]] = {one: [] for one in entity_ids}
        result.update(await self._read(_sums, entity_ids, start - HOUR, stop, "hour"))
        unjoined = [one for one in entity_ids if not (rows := result[one]) or rows[0].start >= start]
        for entity_id, rows in (await self._read(_sums, unjoined, 0, start, "hour")).items():
            result[entity_id] = [*rows[-1:], *result[entity_id]]
        return result

    async def newest_sums(self, entity_ids: Collection[str], since: int) -> dict[str, SumRow]:
        """Return the rows of the last five minutes, for what has any since then."""
        rows = await self._read(_sums, entity_ids, since, None, "5minute")
        return {entity_id: found[-1] for entity_id, found in rows.items() if found}

    async def add_counts(self, counts: dict[str, list[tuple[int, float, float, float]]]) -> None:
        """Write hours of counts: when, mean, least, most; a row that is there already is replaced."""
        metadata = await self._metadata(counts, has_sum=False)
        for entity_id, rows in counts.items():
            if rows and self.records(entity_id):
                data = [
                    StatisticData(start=dt_util.utc_from_timestamp(start), mean=mean, min=least, max=most)
                    for start, mean, least, most in rows
                ]
                async_import_statistics(self._hass, metadata[entity_id], data)
            await asyncio.sleep(0)

    async def repair(self, repairs: dict[str, Repair]) -> None:
        """Raise sums, then add to them, the oldest hours first.

        In this order: wherever it ends, the hours that are still missing are found again, and what was raised already
        is not raised twice.
        """
        metadata = await self._metadata(repairs, has_sum=True)
        for entity_id, repair in repairs.items():
            if not self.records(entity_id):
                continue
            about = metadata[entity_id]
            for start, number in repair.raises:
                get_instance(self._hass).async_adjust_statistics(
                    entity_id, dt_util.utc_from_timestamp(start), number, about["unit_of_measurement"] or ""
                )
            for rows in batched(repair.rows, AT_ONCE, strict=False):
                data = [
                    StatisticData(
                        start=dt_util.utc_from_timestamp(row.start),
                        state=row.state or 0.0,
                        sum=row.sum,
                        last_reset=dt_util.utc_from_timestamp(row.last_reset or 0),
                    )
                    for row in rows
                ]
                async_import_statistics(self._hass, about, data)
                await asyncio.sleep(0)

    async def _metadata(self, entity_ids: Iterable[str], *, has_sum: bool) -> dict[str, StatisticMetaData]:
        """Return what the recorder knows about statistics, or would write of those that are new."""
        ids = set(entity_ids)
        known = await get_instance(self._hass).async_add_executor_job(
            lambda: get_metadata(self._hass, statistic_ids=ids)
        )
        result: dict[str, StatisticMetaData] = {}
        for entity_id in ids:
            state = self._hass.states.get(entity_id)
            result[entity_id] = (
                known[entity_id][1]
                if entity_id in known
                else StatisticMetaData(
                    mean_type=StatisticMeanType.NONE if has_sum else StatisticMeanType.ARITHMETIC,
                    has_sum=has_sum,
                    name=None,
                    source=RECORDER,
                    statistic_id=entity_id,
                    unit_class=None,
                    unit_of_measurement=state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None,
                )
            )
        return result

    async def _read[ResultT](
        self,
        reader: Callable[[Mapping[str, Sequence[Any]]], dict[str, ResultT]],
        entity_ids: Collection[str],
        start: int,
        stop: int | None,
        period: Literal["5minute", "hour"],
    ) -> dict[str, ResultT]:
        """Read rows; there may be tens of thousands, so that they are made handy elsewhere, too."""
        if not entity_ids:
            return {}
        begin = dt_util.utc_from_timestamp(start)
        end = None if stop is None else dt_util.utc_from_timestamp(stop)
        types: set[Any] = {"min", "max", "sum", "state", "last_reset"}

        def read() -> dict[str, ResultT]:
            return reader(statistics_during_period(self._hass, begin, end, set(entity_ids), period, None, types))

        return await get_instance(self._hass).async_add_executor_job(read)


def _flat(rows: Mapping[str, Sequence[Any]]) -> dict[str, dict[int, bool]]:
    return {
        entity_id: {int(row["start"]): row["min"] == row["max"] for row in found if row["min"] is not None}
        for entity_id, found in rows.items()
    }


def _sums(rows: Mapping[str, Sequence[Any]]) -> dict[str, list[SumRow]]:
    return {
        entity_id: [
            SumRow(int(row["start"]), row["sum"], row.get("state"), row.get("last_reset"))
            for row in found
            if row["sum"] is not None
        ]
        for entity_id, found in rows.items()
    }


def _off(hass: HomeAssistant) -> Hours:
    hours = Hours()
    with session_scope(hass=hass, read_only=True) as session:
        for (start,) in session.execute(select(RecorderRuns.start)).all():
            began = process_timestamp(start).timestamp()
            # When a run ended is not known if Home Assistant was killed; the last state before the next one is.
            last = session.scalar(select(func.max(States.last_updated_ts)).where(States.last_updated_ts < began))
            if last is not None:
                hours |= Hours.between(-int(-last // HOUR) * HOUR, int(began // HOUR) * HOUR)
    return hours
