"""Home Assistant's recorder, as far as it keeps long-term statistics of our entities: what it has, and adding to it.

Everything is written through the recorder's queue, in which its own work stands as well. What fails there is logged and
dropped, so whatever must have been written before something else is looked at first. Reading happens in its executor.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from itertools import batched, chain
import math
from typing import Any, Final

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.db_schema import RecorderRuns, States, Statistics, StatisticsShortTerm
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
    process_timestamp,
)
from homeassistant.components.recorder.statistics import async_import_statistics, get_metadata
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import session_scope
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError

from .hours import HOUR, Hours, SumRow

RECORDER: Final = "recorder"
# How many rows are read at once, and handed over and written before others follow: what lives while the recorder works
# is looked through for garbage, and when that was much, so is everything there is, which stops Home Assistant for a
# moment.
AT_ONCE: Final = 50
# When a sign that the recorder got through its queue is waited for no longer, in seconds: it may have been dropped.
LOST: Final = 60.0


class RecorderFailedError(Exception):
    """The recorder could not read, or runs no more."""


class RecorderStatistics:
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
        recorder = get_instance(self._hass)
        while True:
            # Not `async_block_till_done`: that does not wait for a task that runs while the queue is empty.
            done = self._hass.loop.create_future()
            recorder.queue_task(SynchronizeTask(done))
            try:
                async with asyncio.timeout(LOST):
                    await done
            except TimeoutError:
                if not recorder.is_alive():
                    raise RecorderFailedError("It runs no more") from None
            else:
                return

    async def off(self) -> Hours:
        """Return the whole hours in which Home Assistant was off, as far as the recorder remembers its runs.

        For these it makes up rows of the last states, if it remembers those.
        """
        return await self._in_executor(partial(_off, self._hass))

    async def flat(self, entity_id: str, start: int, stop: int) -> dict[int, bool]:
        """Return of which hours of [start, stop) there is a count, and whether that stayed the same all the hour."""
        wanted = _select(Statistics, Statistics.min, Statistics.max, between=(start, stop))

        def read(rows: Iterable[Row[Any]]) -> dict[int, bool]:
            return {int(hour): least == most for hour, least, most in rows if least is not None}

        return await self._read(entity_id, read, wanted)

    async def sums(self, entity_id: str, start: int, stop: float = math.inf) -> list[SumRow]:
        """Return the hourly rows of a sum in [start, stop), and the one before them if there is any."""
        before = _newest(_select_sums(Statistics, 0, start))
        return await self._read(entity_id, _sums, before, _select_sums(Statistics, start, stop))

    async def newest_sum(self, entity_id: str, since: int) -> SumRow | None:
        """Return the row of the last five minutes, if there is any since then."""
        wanted = _newest(_select_sums(StatisticsShortTerm, since, math.inf))
        return next(iter(await self._read(entity_id, _sums, wanted)), None)

    async def add_counts(self, entity_id: str, rows: Iterable[_Figures]) -> None:
        """Write hours of counts: when, mean, least, most; a row that is there already is replaced."""
        await self._write(entity_id, rows, _count, has_sum=False)

    async def add_sums(self, entity_id: str, rows: Iterable[_Figures]) -> None:
        """Write hours of a sum, the oldest first: when, the sum, how many crossed since which midnight."""
        await self._write(entity_id, rows, _sum, has_sum=True)

    async def raise_sums(self, entity_id: str, raises: Iterable[tuple[int, float]]) -> None:
        """Raise a sum from some moments on, as "Adjust sum" does; whether it was done has to be looked at."""
        unit = (await self._metadata(entity_id, has_sum=True))["unit_of_measurement"] or ""
        for start, number in raises:
            get_instance(self._hass).async_adjust_statistics(entity_id, dt_util.utc_from_timestamp(start), number, unit)
        await self.settled()

    async def _write(
        self, entity_id: str, rows: Iterable[_Figures], row_of: Callable[..., StatisticData], *, has_sum: bool
    ) -> None:
        """Write rows in small portions."""
        about = await self._metadata(entity_id, has_sum=has_sum)
        for some in batched(rows, AT_ONCE, strict=False):
            await self._add(about, [row_of(*row) for row in some])

    async def _add(self, about: StatisticMetaData, data: list[StatisticData]) -> None:
        """Write rows of an entity, unless somebody excluded it meanwhile."""
        if self.records(about["statistic_id"]):
            async_import_statistics(self._hass, about, data)
            await self.settled()

    async def _metadata(self, entity_id: str, *, has_sum: bool) -> StatisticMetaData:
        """Return what the recorder knows about a statistic, or would write of one that is new."""
        known = await self._in_executor(lambda: get_metadata(self._hass, statistic_ids={entity_id}))
        if entity_id in known:
            return known[entity_id][1]
        state = self._hass.states.get(entity_id)
        return StatisticMetaData(
            mean_type=StatisticMeanType.NONE if has_sum else StatisticMeanType.ARITHMETIC,
            has_sum=has_sum,
            name=None,
            source=RECORDER,
            statistic_id=entity_id,
            unit_class=None,
            unit_of_measurement=state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None,
        )

    async def _read[ResultT](
        self, entity_id: str, reader: Callable[[Iterable[Row[Any]]], ResultT], *wanted: Select[Any]
    ) -> ResultT:
        """Read rows of an entity, a few at a time: the recorder's own function holds several objects of all."""

        def read() -> ResultT:
            known = get_metadata(self._hass, statistic_ids={entity_id}).get(entity_id)
            if known is None:
                return reader(())
            about = {"metadata_id": known[0]}
            with session_scope(hass=self._hass, read_only=True) as session:
                return reader(chain.from_iterable(session.execute(one, about).yield_per(AT_ONCE) for one in wanted))

        return await self._in_executor(read)

    async def _in_executor[ResultT](self, read: Callable[[], ResultT]) -> ResultT:
        """Raises RecorderFailedError."""
        try:
            return await get_instance(self._hass).async_add_executor_job(read)
        except SQLAlchemyError as err:
            raise RecorderFailedError(f"It could not read: {type(err).__name__}") from err


type _Table = type[Statistics | StatisticsShortTerm]
type _Figures = tuple[int, float, float, float]


def _count(start: int, mean: float, least: float, most: float) -> StatisticData:
    return StatisticData(start=dt_util.utc_from_timestamp(start), mean=mean, min=least, max=most)


def _sum(start: int, total: float, state: float, midnight: float) -> StatisticData:
    return StatisticData(
        start=dt_util.utc_from_timestamp(start),
        state=state,
        sum=total,
        last_reset=dt_util.utc_from_timestamp(midnight),
    )


def _select(table: _Table, *columns: Any, between: tuple[float, float]) -> Select[Any]:
    """Select when and what of an entity's rows, ascending."""
    start, stop = between
    wanted = select(table.start_ts, *columns).where(table.metadata_id == bindparam("metadata_id"))
    wanted = wanted.where(table.start_ts >= start).order_by(table.start_ts)
    return wanted if stop == math.inf else wanted.where(table.start_ts < stop)


def _select_sums(table: _Table, start: float, stop: float) -> Select[Any]:
    return _select(table, table.sum, table.state, table.last_reset_ts, between=(start, stop)).where(
        table.sum.is_not(None)
    )


def _newest(wanted: Select[Any]) -> Select[Any]:
    """Select the last one only."""
    return wanted.order_by(None).order_by(wanted.selected_columns.start_ts.desc()).limit(1)


def _sums(rows: Iterable[Row[Any]]) -> list[SumRow]:
    return [SumRow(int(start), *figures) for start, *figures in rows]


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
