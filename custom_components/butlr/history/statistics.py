"""Home Assistant's long-term statistics of our entities, by public functions of the recorder only.

Decision: entries and exits are imported into the statistics of the entities themselves, like the counts of people, and
not into external statistics (`butlr:...`). There is one graph without a break, and nothing to find or choose. It takes
more than an import: the rows that the recorder wrote from its own start at 0 have to be raised, and so does the
short-term row that it continues. `Recorder.async_adjust_statistics` is public and does both in one transaction. It is
what the websocket command `recorder/adjust_sum_statistics` ("Adjust sum" in the developer tools) calls.

No sum is raised twice, wherever an import is killed. The amount is calculated from the rows in the database, after the
recorder has run all jobs that were queued before. Rows are added only after the raise is seen in the database; if it
was lost, the import ends there and starts again later.

The recorder runs jobs one after the other, its own as well as ours. A job that fails is logged and dropped.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import Final, Literal

from homeassistant.components.recorder import get_instance, is_entity_recorded
from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    async_import_statistics,
    async_list_statistic_ids,
    async_update_statistics_metadata,
    get_last_short_term_statistics,
    get_last_statistics,
    statistics_during_period,
)
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from sqlalchemy.exc import SQLAlchemyError

from ..const import DOMAIN
from .downtime import STATES_BATCH_SIZE, discard_active_hours, ends_with_start
from .hours import HOUR_SECONDS, WEEK_HOURS, Hours, split_into_weeks, stretches
from .sums import SumRow

RECORDER_COMPONENT: Final = "recorder"
# Number of rows that are written at a time. The recorder's own jobs run in between.
STATISTICS_BATCH_SIZE: Final = WEEK_HOURS
# Number of entities that are read at a time, so that no single query keeps the recorder's threads for long.
ENTITY_BATCH_SIZE: Final = 100
# How long to wait for the recorder's queue, in seconds, and how often: a job may be dropped.
QUEUE_TIMEOUT: Final = 60.0
MAX_QUEUE_TIMEOUTS: Final = 5
# Number of rows searched for the newest one with a sum. Rows that another program wrote may have none.
MAX_ROWS_WITHOUT_SUM: Final = 24

type _RowType = Literal["change", "last_reset", "max", "mean", "min", "state", "sum"]


class RecorderFailedError(Exception):
    """The recorder could not read, or does not get through its queue."""


@dataclass(frozen=True, slots=True)
class CountRow:
    """The people of a space in the hour that begins at `start` (Unix seconds)."""

    start: int
    mean: float
    min: float
    max: float


class RecorderStatistics:
    """Reads and writes the hourly statistics of our entities."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare for a recorder that is set up."""
        self._hass = hass

    @staticmethod
    def is_set_up(hass: HomeAssistant) -> bool:
        """Return whether Home Assistant has a recorder."""
        return RECORDER_COMPONENT in hass.config.components

    def is_recorded(self, entity_id: str) -> bool:
        """Return whether an entity exists and is recorded; users may exclude some."""
        return self._hass.states.get(entity_id) is not None and is_entity_recorded(self._hass, entity_id)

    def has_value(self, entity_id: str) -> bool:
        """Return whether the recorder will have a row of an entity within five minutes."""
        state = self._hass.states.get(entity_id)
        return state is not None and state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)

    async def wait_until_ready(self) -> None:
        """Wait until Home Assistant has started and the recorder has compiled the statistics of its downtime."""
        started = asyncio.Event()

        @callback
        def start(_hass: HomeAssistant) -> None:
            started.set()

        cancel = async_at_started(self._hass, start)
        try:
            await started.wait()
        finally:
            cancel()
        # The recorder queues that job when Home Assistant has started, perhaps after the job that the first call below
        # waits for.
        await self.wait_until_written()
        await self.wait_until_written()

    async def wait_until_written(self) -> None:
        """Wait until the recorder has run all jobs that are in its queue now.

        An update of metadata that changes nothing is queued as the last job; the recorder calls back when it has run.
        Unlike `Recorder.async_block_till_done`, this also waits for a job that is running while the queue is empty.
        """
        done = asyncio.Event()

        def on_done() -> None:
            self._hass.loop.call_soon_threadsafe(done.set)

        for _ in range(MAX_QUEUE_TIMEOUTS):
            async_update_statistics_metadata(self._hass, DOMAIN, on_done=on_done)
            try:
                async with asyncio.timeout(QUEUE_TIMEOUT):
                    await done.wait()
            except TimeoutError:
                continue
            return
        raise RecorderFailedError("It does not get through its queue")

    async def downtime(self, entity_ids: Sequence[str], start: int, end: int) -> Hours:
        """Return the whole hours of [start, end) in which Home Assistant was off, as far as the recorder has states.

        These include hours before a downtime in which Home Assistant was on but nothing changed. `end` must not be
        after the latest start of Home Assistant.
        """
        quiet = Hours.between(start, end)
        # Each batch only reads the hours that are still quiet: few after the first batches.
        for batch in batched(entity_ids, STATES_BATCH_SIZE, strict=False):
            await self.read(partial(discard_active_hours, self._hass, quiet, batch))
        downtime = Hours()
        for first, last in stretches(quiet):
            if await self.read(partial(ends_with_start, self._hass, entity_ids, first, last)):
                downtime |= Hours.between(first, last)
        return downtime

    async def counts(self, entity_ids: Collection[str], start: int, end: int) -> dict[str, dict[int, bool]]:
        """Return the hours of [start, end) with a count, by entity, and whether the count never changed in the hour."""
        found = await self.read(lambda: self._hourly(entity_ids, start, end, {"min", "max"}))
        return {
            entity_id: {int(row["start"]): row["min"] == row["max"] for row in rows if row.get("min") is not None}
            for entity_id, rows in found.items()
        }

    async def means(self, entity_ids: Iterable[str], periods: Sequence[tuple[int, int]]) -> dict[str, dict[int, float]]:
        """Return the mean of each known hour of some periods [start, end), by entity."""
        means: dict[str, dict[int, float]] = {}
        for batch in batched(entity_ids, ENTITY_BATCH_SIZE, strict=False):
            for start, end in periods:
                for entity_id, rows in (await self.read(partial(self._hourly, batch, start, end, {"mean"}))).items():
                    known = means.setdefault(entity_id, {})
                    known.update((int(row["start"]), mean) for row in rows if (mean := row.get("mean")) is not None)
        return means

    async def sums(self, entity_id: str, start: int, end: int) -> list[SumRow]:
        """Return the hourly rows of a sum in [start, end), and the last one before them, if any."""

        def read() -> list[SumRow]:
            rows: list[StatisticsRow] = []
            # Begin an hour earlier: the row before is almost always there.
            for first, last in split_into_weeks(start - HOUR_SECONDS, end):
                rows += self._hourly((entity_id,), first, last, {"sum", "state", "last_reset"}).get(entity_id, ())
            found = _sum_rows(rows)
            if not found or found[0].start >= start:
                number = len(rows) + MAX_ROWS_WITHOUT_SUM
                older = get_last_statistics(
                    self._hass, number, entity_id, convert_units=False, types={"sum", "state", "last_reset"}
                )
                found = [
                    *sorted(
                        (row for row in _sum_rows(older.get(entity_id, ())) if row.start < start),
                        key=lambda row: row.start,
                    )[-1:],
                    *found,
                ]
            return found

        return await self.read(read)

    async def newest_sum(self, entity_id: str, since: int) -> SumRow | None:
        """Return the newest short-term row of a sum, if it begins at `since` or later."""

        def read() -> list[SumRow]:
            found = get_last_short_term_statistics(
                self._hass, 1, entity_id, convert_units=False, types={"sum", "state", "last_reset"}
            )
            return _sum_rows(found.get(entity_id, ()))

        return next((row for row in await self.read(read) if row.start >= since), None)

    async def add_counts(self, entity_id: str, rows: Iterable[CountRow]) -> None:
        """Write hours of counts; a row that exists is replaced."""
        await self._write(
            entity_id,
            [
                StatisticData(start=dt_util.utc_from_timestamp(row.start), mean=row.mean, min=row.min, max=row.max)
                for row in rows
            ],
        )

    async def add_sums(self, entity_id: str, rows: Iterable[SumRow]) -> None:
        """Write hours of a sum, the oldest first; a row that exists is replaced."""
        data = []
        for row in rows:
            item = StatisticData(start=dt_util.utc_from_timestamp(row.start), sum=row.sum)
            if row.state is not None and row.last_reset is not None:
                item["state"] = row.state
                item["last_reset"] = dt_util.utc_from_timestamp(row.last_reset)
            data.append(item)
        await self._write(entity_id, data)

    async def raise_sums(self, entity_id: str, raises: Iterable[tuple[int, float]]) -> None:
        """Raise a sum from each timestamp on, as "Adjust sum" does; the caller has to check that it was done."""
        if (metadata := await self._metadata(entity_id)) is None:
            return
        unit = metadata["unit_of_measurement"] or ""
        for start, amount in raises:
            get_instance(self._hass).async_adjust_statistics(entity_id, dt_util.utc_from_timestamp(start), amount, unit)
        await self.wait_until_written()

    async def _write(self, entity_id: str, data: Sequence[StatisticData]) -> None:
        if data and (metadata := await self._metadata(entity_id)) is not None:
            for batch in batched(data, STATISTICS_BATCH_SIZE, strict=False):
                await self._write_batch(metadata, batch)

    async def _write_batch(self, metadata: StatisticMetaData, batch: Sequence[StatisticData]) -> None:
        """Write rows of an entity, unless it was excluded or removed meanwhile."""
        if self.is_recorded(metadata["statistic_id"]):
            async_import_statistics(self._hass, metadata, batch)
            await self.wait_until_written()

    async def _metadata(self, entity_id: str) -> StatisticMetaData | None:
        """Return the metadata that the recorder has, or would write for a new statistic; None if the entity is gone."""
        try:
            listed = await async_list_statistic_ids(self._hass, {entity_id})
        except SQLAlchemyError as err:
            raise RecorderFailedError(f"It could not read: {type(err).__name__}") from err
        for known in listed:
            return StatisticMetaData(
                mean_type=known["mean_type"],
                has_sum=known["has_sum"],
                name=known["name"],
                source=known["source"],
                statistic_id=known["statistic_id"],
                unit_class=known["unit_class"],
                unit_of_measurement=known["statistics_unit_of_measurement"],
            )
        return None

    def _hourly(
        self, entity_ids: Collection[str], start: int, end: int, types: set[_RowType]
    ) -> dict[str, list[StatisticsRow]]:
        """Return the hourly rows of [start, end) by entity; to be run in the recorder's executor."""
        return statistics_during_period(
            self._hass,
            dt_util.utc_from_timestamp(start),
            dt_util.utc_from_timestamp(end),
            set(entity_ids),
            "hour",
            None,
            types,
        )

    async def read[ResultT](self, read: Callable[[], ResultT]) -> ResultT:
        """Run a function that reads the database; raises RecorderFailedError."""
        try:
            return await get_instance(self._hass).async_add_executor_job(read)
        except SQLAlchemyError as err:
            raise RecorderFailedError(f"It could not read: {type(err).__name__}") from err


def _sum_rows(rows: Iterable[StatisticsRow]) -> list[SumRow]:
    """Return the rows that have a sum."""
    return [
        SumRow(int(row["start"]), total, row.get("state"), row.get("last_reset"))
        for row in rows
        if (total := row.get("sum")) is not None
    ]
