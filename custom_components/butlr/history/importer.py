"""The import of Butlr's past into long-term statistics: hours that are missing there are requested and written."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.client import ButlrClient
from ..api.errors import ButlrError
from ..api.history import BucketRange, crossings_question, fetch_crossings, fetch_series, people_question
from ..api.listeners import Listeners
from ..api.questions import Asset
from ..api.reporting import Reporter
from ..const import CONF_HISTORY_DAYS, DEFAULT_HISTORY_DAYS, LOGGER
from ..live.live import Live
from ..polls.estate import EstateCoordinator
from ..timer import Timer
from .hours import HOUR_SECONDS, HistoryRequest
from .plan import (
    COUNT_FUNCTIONS,
    COUNT_KEY,
    CROSSING_DIRECTIONS,
    LONGEST_DAY_SECONDS,
    Plan,
    Planner,
    SumGaps,
    SumPlan,
    recorded_entity,
)
from .statistics import CountRow, RecorderFailedError, RecorderStatistics
from .sums import CrossingBuckets, SumRepair, complete_sum

# Delays before the next search for gaps, in seconds: after a complete import, and after an incomplete one. The second
# delay doubles each time. The recorder has a row of a new entity after five minutes.
IMPORT_INTERVAL: Final = 24 * 3600.0
IMPORT_RETRY_INTERVAL: Final = 6 * 60.0
BUCKET_NAMES: Final = {HOUR_SECONDS: "1h", HOUR_SECONDS // 2: "30m", HOUR_SECONDS // 4: "15m"}
# Hours are the same in every time zone, except where zones are off by half an hour.
BUCKET_TIME_ZONE: Final = "UTC"


class HistoryRunningError(Exception):
    """An import is already running."""


class HistoryStoppedError(Exception):
    """The config entry was unloaded."""


@dataclass(slots=True)
class _ImportRequest:
    """Days and spaces to import, and when to check again (Unix seconds)."""

    days: int
    only: frozenset[str] | None = None
    due: float = 0.0
    retry_interval: float = IMPORT_RETRY_INTERVAL

    def reschedule(self, *, complete: bool) -> None:
        """Set when to check again, after an import."""
        self.due = time.time() + (IMPORT_INTERVAL if complete else self.retry_interval)
        self.retry_interval = IMPORT_RETRY_INTERVAL if complete else min(2 * self.retry_interval, IMPORT_INTERVAL)

    def covers(self, other: _ImportRequest) -> bool:
        """Return whether this request includes all days and spaces of another."""
        return self.days >= other.days and (self.only is None or (other.only is not None and other.only <= self.only))

    def merged(self, other: _ImportRequest) -> _ImportRequest:
        """Return one request for two with the same number of days."""
        only = None if self.only is None or other.only is None else self.only | other.only
        return _ImportRequest(self.days, only, min(self.due, other.due), min(self.retry_interval, other.retry_interval))


class HistoryImporter:
    """Imports the past of an organization, one import at a time."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], client: ButlrClient, live: Live, estate: EstateCoordinator
    ) -> None:
        """Prepare; nothing is imported unless the options or an action ask for it."""
        self._hass = hass
        self._entry = entry
        self._live = live
        self._estate = estate
        self._client = client
        self._reporter = Reporter(client, background=True)
        self._recorder = RecorderStatistics(hass)
        self._listeners = Listeners[()]()
        self._loaded_at = time.time()
        # Number of days before `_loaded_at` in which the hours of downtime are known to be correct.
        self._checked_days = 0
        # The request of the options, and those of actions that are not complete yet.
        self._options_request = _ImportRequest(0)
        self._pending: list[_ImportRequest] = []
        self._running = False
        self._stopped = False
        self._timer = Timer(hass, "butlr import history", self._import_if_due)
        # Progress of the import in percent; None before the first one.
        self.progress: int | None = None

    def setup(self) -> None:
        """Import what the options ask for, now and whenever hours may be missing again."""
        if self._history_days and not RecorderStatistics.is_set_up(self._hass):
            LOGGER.warning("No history is imported for %s: Home Assistant's recorder is not set up", self._entry.title)
        # The coordinator also notifies of changed options.
        self._entry.async_on_unload(self._estate.async_add_listener(self._import_if_due))
        self._entry.async_on_unload(self._stop)
        self._import_if_due()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when the progress changes; return a function that unsubscribes."""
        return self._listeners.add(listener)

    async def start(self, days: int, only: Iterable[str] | None) -> Plan:
        """Start importing the last days in the background, of some spaces or all, and return the plan.

        Raises HistoryRunningError, HistoryStoppedError, and RecorderFailedError.
        """
        if self._running:
            raise HistoryRunningError
        request = _ImportRequest(days, None if only is None else frozenset(only))
        plan = await self._plan(request)
        if self._stopped:
            raise HistoryStoppedError
        self._run_in_background(self._import(request, plan))
        return plan

    @property
    def _history_days(self) -> int:
        return int(self._entry.options.get(CONF_HISTORY_DAYS, DEFAULT_HISTORY_DAYS))

    @callback
    def _stop(self) -> None:
        """Start no more imports; the entry cancels the one that is running."""
        self._stopped = True
        self._timer.stop()

    @callback
    def _import_if_due(self) -> None:
        """Start an import if one is due."""
        days, now = self._history_days, time.time()
        if days > self._options_request.days:
            self._options_request.due = 0.0
        self._options_request.days = days
        if self._running or not RecorderStatistics.is_set_up(self._hass):
            return
        requests = [*self._pending, self._options_request] if days else self._pending
        if due := [request for request in requests if now >= request.due]:
            self._running = True
            # Start the import that has been due the longest.
            self._run_in_background(self._import(min(due, key=lambda request: request.due)))

    def _run_in_background(self, importing: Coroutine[Any, Any, None]) -> None:
        self._entry.async_create_background_task(self._hass, importing, "butlr import history")

    async def _plan(self, request: _ImportRequest) -> Plan:
        """Return the plan; no other import starts until it is carried out."""
        self._running = True
        try:
            loaded_at = self._loaded_at if request.days > self._checked_days else None
            planner = Planner(self._hass, self._recorder, self._estate, self._live, request.only, loaded_at)
            return await planner.plan(request.days, self._client.now())
        except BaseException:
            self._running = False
            raise

    async def _import(self, request: _ImportRequest, plan: Plan | None = None) -> None:
        """Import what a request lacks, and schedule the next check."""
        complete = False
        try:
            complete = await self._run_plan(plan or await self._plan(request))
        except (ButlrError, RecorderFailedError) as err:
            LOGGER.debug("The history import will be resumed later: %s", err)
        finally:
            self._running = False
        if complete and request.only is None:
            self._checked_days = max(self._checked_days, request.days)
        request.reschedule(complete=complete)
        self._update_pending(request, complete=complete)
        next_due = min((one.due for one in (*self._pending, self._options_request) if one.days), default=None)
        if next_due is None:
            self._timer.stop()
        else:
            self._timer.start(max(next_due - time.time(), 1.0))

    def _update_pending(self, request: _ImportRequest, *, complete: bool) -> None:
        """Keep an incomplete request of an action; drop the requests that a complete one covers."""
        self._pending = [one for one in self._pending if one is not request and not (complete and request.covers(one))]
        if complete or request is self._options_request:
            return
        if same := next((one for one in self._pending if one.days == request.days), None):
            self._pending.remove(same)
            request = request.merged(same)
        if not any(one.covers(request) for one in self._pending):
            self._pending = [*(one for one in self._pending if not request.covers(one)), request]

    async def _run_plan(self, plan: Plan) -> bool:
        """Request all missing hours and write each answer; return whether the import is complete."""
        done = 0

        def add_progress(requests: int) -> None:
            nonlocal done
            done += requests
            # Cap at 99 % until the import is really complete.
            self._set_progress(99 if done >= plan.requests else 100 * done // plan.requests)

        if plan.requests:
            self._set_progress(0)
        complete = not plan.waiting
        for asset, request in plan.count_requests:
            complete &= await self._import_counts(plan, asset, request)
            add_progress(len(COUNT_FUNCTIONS))
        for sum_plan in plan.sums:
            crossings = {gaps.space_id: _empty_buckets(gaps, sum_plan.requests) for gaps in sum_plan.gaps}
            # Oldest first: the newest answer has to include what the recorder wrote while the others were requested.
            for request in reversed(sum_plan.requests):
                await self._fetch_crossings(sum_plan, request, crossings)
                add_progress(1)
            complete &= await self._write_sums(plan, sum_plan, crossings)
        self._set_progress(100 if complete else 99)
        return complete

    @callback
    def _set_progress(self, percent: int) -> None:
        if percent != self.progress:
            self.progress = percent
            self._listeners.notify()

    def _is_current(self, entity_id: str, space_id: str, key: str) -> bool:
        """Return whether an entity still belongs to a space: users rename, exclude and remove entities."""
        return recorded_entity(self._hass, self._recorder, space_id, key) == entity_id

    # --- people -----------------------------------------------------------------------------------------------------

    async def _import_counts(self, plan: Plan, asset: Asset, request: HistoryRequest) -> bool:
        """Import the people of some spaces; return whether every space was written."""
        answers = []
        for function in COUNT_FUNCTIONS:
            buckets = BucketRange(request.start, request.end, BUCKET_TIME_ZONE)
            question = people_question(asset, request.space_ids, buckets, function)
            answers.append(await fetch_series(self._reporter, question))
        complete = True
        for space_id in request.space_ids:
            gaps = plan.counts[space_id]
            if not self._is_current(gaps.entity_id, space_id, COUNT_KEY):
                complete = False
                continue
            mean, least, most = (answer.get(space_id, {}) for answer in answers)
            rows = []
            for hour in gaps.missing.within(request.start, request.end):
                # Skip an hour unless all three values are known.
                known = [value for values in (mean, least, most) if (value := values.get(hour)) is not None]
                if len(known) == len(COUNT_FUNCTIONS):
                    rows.append(CountRow(hour, *known))
            await self._recorder.add_counts(gaps.entity_id, rows)
        return complete

    # --- entries and exits ------------------------------------------------------------------------------------------

    async def _fetch_crossings(
        self, sum_plan: SumPlan, request: HistoryRequest, crossings: dict[str, dict[str, CrossingBuckets]]
    ) -> None:
        """Add the answer to one request to the crossings, by space and direction."""
        end = max(min(request.end, self._client.now()), request.start + 1)
        buckets = BucketRange(request.start, end, BUCKET_TIME_ZONE, BUCKET_NAMES[sum_plan.gaps[0].bucket])
        question = crossings_question(sum_plan.asset, request.space_ids, buckets)
        totals = await fetch_crossings(self._reporter, question, self._estate.data.counts_crossings)
        for space_id, by_bucket in totals.items():
            for timestamp, entries_and_exits in by_bucket.items():
                numbers = entries_and_exits or (None, None)
                for direction, number in zip(CROSSING_DIRECTIONS.values(), numbers, strict=True):
                    crossings[space_id][direction].add(timestamp, number)

    async def _write_sums(
        self, plan: Plan, sum_plan: SumPlan, crossings: dict[str, dict[str, CrossingBuckets]]
    ) -> bool:
        """Write the entries and exits of some spaces; return whether all are complete."""
        await self._recorder.wait_until_written()
        complete = True
        for gaps in sum_plan.gaps:
            for key, direction in CROSSING_DIRECTIONS.items():
                if (entity_id := gaps.entities.get(key)) and gaps.missing[entity_id]:
                    complete &= self._is_current(entity_id, gaps.space_id, key) and await self._write_sum(
                        plan, gaps, entity_id, crossings[gaps.space_id][direction]
                    )
        return complete

    async def _write_sum(self, plan: Plan, gaps: SumGaps, entity_id: str, crossings: CrossingBuckets) -> bool:
        """Write one sum; return whether it is complete.

        Recorded rows are raised first. If the import is killed after that, the hours are still missing: the next import
        finds them, and sees that nothing is left to raise. Rows are added only after the raise is seen in the database:
        once no hour is missing, no import would check it again.
        """
        repair = await self._repair(plan, gaps, entity_id, crossings)
        if repair.raises:
            await self._recorder.raise_sums(entity_id, repair.raises)
            repair = await self._repair(plan, gaps, entity_id, crossings)
            if repair.raises:
                return False
        await self._recorder.add_sums(entity_id, repair.rows)
        return not repair.waiting

    async def _repair(self, plan: Plan, gaps: SumGaps, entity_id: str, crossings: CrossingBuckets) -> SumRepair:
        """Return the rows and raises that complete a sum, based on the rows that the recorder has now."""
        first = gaps.start + LONGEST_DAY_SECONDS
        recorded = await self._recorder.sums(entity_id, first, int(time.time()) + HOUR_SECONDS)
        newest = await self._recorder.newest_sum(entity_id, plan.end)
        # A year has almost 9,000 hours, so this would block the event loop.
        return await self._hass.async_add_executor_job(
            complete_sum, crossings.usable(gaps.missing[entity_id]), recorded, newest, crossings, gaps.zone
        )


def _empty_buckets(gaps: SumGaps, requests: list[HistoryRequest]) -> dict[str, CrossingBuckets]:
    """Return buckets for the crossings of a space, by direction."""
    end = max(request.end for request in requests)
    return {direction: CrossingBuckets(gaps.start, end, gaps.bucket) for direction in CROSSING_DIRECTIONS.values()}
