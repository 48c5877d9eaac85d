"""Butlr's past becomes Home Assistant's: hours that long-term statistics lack are asked for and written."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..api.client import ButlrClient
from ..api.errors import ButlrError
from ..api.history import BucketRange, crossings_question, fetch_crossings, fetch_series, people_question
from ..api.questions import Asset
from ..api.reporting import Reporter
from ..const import CONF_HISTORY_DAYS, LOGGER
from ..live.live import Live
from ..polls.estate import EstateCoordinator
from .hours import HOUR, Crossings, Repair, Task, complete
from .plan import DIRECTIONS, FUNCTIONS, PEOPLE, Plan, Planner, Sums, recorded_entity
from .statistics import RecorderFailedError, RecorderStatistics

# How long until what is missing is looked for again, in seconds: usually, and, doubling, when something was left. The
# recorder knows an entity after five minutes.
AGAIN: Final = 24 * 3600.0
RETRY: Final = 6 * 60.0
EVERY: Final = {HOUR: "1h", HOUR // 2: "30m", HOUR // 4: "15m"}
UTC: Final = "UTC"


class HistoryRunningError(Exception):
    """An import is under way."""


class HistoryStoppedError(Exception):
    """The entry was unloaded."""


@dataclass(slots=True)
class _Wish:
    """The last days that are wanted, of some spaces or all, and when to look what of them is missing (Unix seconds)."""

    days: int
    only: frozenset[str] | None = None
    due: float = 0.0
    retry: float = RETRY

    def done(self, *, everything: bool) -> None:
        """Look again in a day if everything is there, else sooner."""
        self.due = time.time() + (AGAIN if everything else self.retry)
        self.retry = RETRY if everything else min(2 * self.retry, AGAIN)

    def covers(self, other: _Wish) -> bool:
        """Tell whether another one wants nothing that this one does not."""
        return self.days >= other.days and (self.only is None or (other.only is not None and other.only <= self.only))

    def joined(self, other: _Wish) -> _Wish:
        """Return one wish for two of as many days."""
        only = None if self.only is None or other.only is None else self.only | other.only
        return _Wish(self.days, only, min(self.due, other.due), min(self.retry, other.retry))


class HistoryImporter:
    """Imports the past of an organization, one import at a time."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], client: ButlrClient, live: Live, estate: EstateCoordinator
    ) -> None:
        """Prepare; nothing is imported unless the options or a person want it."""
        self._hass = hass
        self._entry = entry
        self._live = live
        self._estate = estate
        self._client = client
        self._reporter = Reporter(client, background=True)
        self._recorded = RecorderStatistics(hass)
        self._listeners: list[Callable[[], None]] = []
        # What the options want, and what actions wanted and could not have at once: of as many days one wish.
        self._options = _Wish(0)
        self._left: list[_Wish] = []
        self._running = False
        self._stopped = False
        self._cancel_look: CALLBACK_TYPE | None = None
        # How much of the import is done, in percent; None before the first one.
        self.progress: int | None = None

    def setup(self) -> None:
        """Import what the options want, now and whenever something may be missing again."""
        if self._wanted_days and not RecorderStatistics.is_there(self._hass):
            LOGGER.warning("No history of %s is imported: Home Assistant's recorder is not set up", self._entry.title)
        # Told of every change of the options, too.
        self._entry.async_on_unload(self._estate.async_add_listener(self._look))
        self._entry.async_on_unload(self._stop)
        self._look()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when there is progress; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def begin(self, days: int, only: Iterable[str] | None) -> Plan:
        """Return what is missing of the last days, of some spaces or all; it is imported in the background.

        Raises HistoryRunningError, HistoryStoppedError, and RecorderFailedError.
        """
        if self._running:
            raise HistoryRunningError
        wish = _Wish(days, None if only is None else frozenset(only))
        plan = await self._plan(wish)
        if self._stopped:
            raise HistoryStoppedError
        self._background(self._import(wish, plan))
        return plan

    @property
    def _wanted_days(self) -> int:
        return int(self._entry.options.get(CONF_HISTORY_DAYS, 0))

    @callback
    def _stop(self) -> None:
        """Begin nothing any more; what is under way is cancelled by the entry."""
        self._stopped = True
        self._stop_looking()

    @callback
    def _stop_looking(self) -> None:
        if self._cancel_look:
            self._cancel_look()
            self._cancel_look = None

    @callback
    def _look(self, *_: object) -> None:
        """Begin an import if one is due."""
        days, now = self._wanted_days, time.time()
        if days > self._options.days:
            self._options.due = 0.0
        self._options.days = days
        if self._running or not RecorderStatistics.is_there(self._hass):
            return
        wishes = [*self._left, self._options] if days else self._left
        if due := [one for one in wishes if now >= one.due]:
            self._running = True
            # Who has waited longest.
            self._background(self._import(min(due, key=lambda one: one.due)))

    def _background(self, importing: Coroutine[Any, Any, None]) -> None:
        self._entry.async_create_background_task(self._hass, importing, "butlr import history")

    async def _plan(self, wish: _Wish) -> Plan:
        """Find out what is missing; from now on until that is imported nothing else is."""
        self._running = True
        try:
            planner = Planner(self._hass, self._recorded, self._estate, self._live, wish.only)
            return await planner.plan(wish.days, self._client.now())
        except BaseException:
            self._running = False
            raise

    async def _import(self, wish: _Wish, plan: Plan | None = None) -> None:
        """Import what is missing of what is wanted; what cannot be had now is tried again later."""
        everything = False
        try:
            everything = await self._ask_and_write(plan or await self._plan(wish))
        except (ButlrError, RecorderFailedError) as err:
            LOGGER.debug("The import of history goes on later: %s", err)
        finally:
            self._running = False
        wish.done(everything=everything)
        self._leave(wish, everything=everything)
        next_due = min((one.due for one in (*self._left, self._options) if one.days), default=None)
        self._stop_looking()
        if next_due is not None:
            pause = max(next_due - time.time(), 1.0)
            self._cancel_look = async_call_later(self._hass, pause, HassJob(self._look, cancel_on_shutdown=True))

    def _leave(self, wish: _Wish, *, everything: bool) -> None:
        """Keep what was wanted and is not there yet; what others could not have stays, as far as it is not there."""
        self._left = [one for one in self._left if one is not wish and not (everything and wish.covers(one))]
        if everything or wish is self._options:
            return
        if same := next((one for one in self._left if one.days == wish.days), None):
            self._left.remove(same)
            wish = wish.joined(same)
        if not any(one.covers(wish) for one in self._left):
            self._left = [*(one for one in self._left if not wish.covers(one)), wish]

    async def _ask_and_write(self, plan: Plan) -> bool:
        """Ask for all that is missing, and write it bit by bit; returns whether nothing is left for later."""
        asked = 0

        def progress(requests: int) -> None:
            nonlocal asked
            asked += requests
            # Never complete before it is, nor empty when something was done.
            self._show(99 if asked >= plan.requests else 100 * asked // plan.requests)

        if plan.requests:
            self._show(0)
        complete_now = not plan.waiting
        for asset, task in plan.count_tasks:
            complete_now &= await self._import_counts(plan, asset, task)
            progress(len(FUNCTIONS))
        for asset, group, wanted in plan.sums:
            crossed = {one.space_id: _crossings(one, wanted) for one in group}
            # From the oldest on, as sums grow.
            for task in reversed(wanted):
                await self._ask_crossings(asset, group[0].step, task, crossed)
                progress(1)
            complete_now &= await self._write_sums(plan, group, crossed)
        self._show(100 if complete_now else 99)
        return complete_now

    @callback
    def _show(self, percent: int) -> None:
        if percent != self.progress:
            self.progress = percent
            for listener in tuple(self._listeners):
                listener()

    # --- people -----------------------------------------------------------------------------------------------------

    async def _import_counts(self, plan: Plan, asset: Asset, task: Task) -> bool:
        """Import the people of some spaces; returns whether nothing is left for later."""
        figures = []
        for function in FUNCTIONS:
            question = people_question(asset, task.space_ids, BucketRange(task.start, task.stop, UTC), function)
            figures.append(await fetch_series(self._reporter, question))
        complete_now = True
        for space_id in task.space_ids:
            one = plan.counts[space_id]
            if not self._shows(one.entity_id, space_id, PEOPLE):
                complete_now = False
                continue
            mean, least, most = (of.get(space_id, {}) for of in figures)
            rows = []
            for hour in one.missing.within(task.start, task.stop):
                # An hour of which not all is told is not told.
                told = [figure for of in (mean, least, most) if (figure := of.get(hour)) is not None]
                if len(told) == len(FUNCTIONS):
                    rows.append((hour, told[0], told[1], told[2]))
            await self._recorded.add_counts(one.entity_id, rows)
        return complete_now

    def _shows(self, entity_id: str, space_id: str, key: str) -> bool:
        """Tell whether a figure is still that of this entity: people rename entities, and exclude or remove them."""
        return recorded_entity(self._hass, self._recorded, space_id, key) == entity_id

    # --- entries and exits ------------------------------------------------------------------------------------------

    async def _ask_crossings(
        self, asset: Asset, step: int, task: Task, crossed: dict[str, dict[str, Crossings]]
    ) -> None:
        stop = max(min(task.stop, self._client.now()), task.start + 1)
        question = crossings_question(asset, task.space_ids, BucketRange(task.start, stop, UTC, EVERY[step]))
        sums = await fetch_crossings(self._reporter, question, self._estate.data.counts_crossings)
        for space_id, buckets in sums.items():
            for timestamp, both in buckets.items():
                for direction, number in zip(DIRECTIONS.values(), both or (None, None), strict=True):
                    crossed[space_id][direction].add(timestamp, number)

    async def _write_sums(self, plan: Plan, group: list[Sums], crossed: dict[str, dict[str, Crossings]]) -> bool:
        """Write the entries and exits of some spaces, and join them with what the recorder has by now."""
        await self._recorded.settled()
        complete_now = True
        # One after the other: the more there is at once, the longer Python's garbage collector stops everything.
        for one in group:
            for key, direction in DIRECTIONS.items():
                if (entity_id := one.entities.get(key)) and one.missing[entity_id]:
                    complete_now &= self._shows(entity_id, one.space_id, key) and await self._write_sum(
                        plan, one, entity_id, crossed[one.space_id][direction]
                    )
        return complete_now

    async def _write_sum(self, plan: Plan, one: Sums, entity_id: str, crossed: Crossings) -> bool:
        """Write one of them; returns whether nothing is left for later.

        What the recorder has is raised first. Wherever it ends, the hours that are still missing are found again, and
        what was raised already is not raised twice. Once no hour is missing nobody would look any more: rows follow
        only when the raise is seen to have been done.
        """
        repair = await self._repair(plan, one, entity_id, crossed)
        if repair.raises:
            await self._recorded.raise_sums(entity_id, repair.raises)
            repair = await self._repair(plan, one, entity_id, crossed)
            if repair.raises:
                return False
        await self._recorded.add_sums(entity_id, repair.rows)
        return not repair.waiting

    async def _repair(self, plan: Plan, one: Sums, entity_id: str, crossed: Crossings) -> Repair:
        """Find out what makes a sum complete, as it is now."""
        recorded = await self._recorded.sums(entity_id, one.start + 25 * HOUR)
        newest = await self._recorded.newest_sum(entity_id, plan.stop)
        # A year has nearly nine thousand hours.
        return await self._hass.async_add_executor_job(
            complete, crossed.told(one.missing[entity_id]), recorded, newest, crossed, one.zone
        )


def _crossings(sums: Sums, wanted: list[Task]) -> dict[str, Crossings]:
    """Return where the crossings of a space are counted."""
    stop = max(task.stop for task in wanted)
    return {direction: Crossings(sums.start, stop, sums.step) for direction in DIRECTIONS.values()}
