"""The poll of traffic: entries and exits of the day so far, and the estimate that Butlr derives from them.

Where a space has only traffic sensors, the estimate decides whether it is occupied. So estimates are requested first,
with questions that one request answers at any hour. The totals of a day grow during the day and may take several
requests.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain
from typing import Final, override

from ..api.answers import Row, crossings, newest
from ..api.buckets import DAY
from ..api.errors import ButlrError, ButlrRateLimitError
from ..api.estate import Estate
from ..api.events import EventType
from ..api.questions import LIVE_BUCKET, Asset, Question, estimate_question, full_minute, traffic_question
from ..api.readings import Estimate, NoEstimate, NoTotals, OwnEstimate, Reading, Totals
from ..api.reporting import Reporter
from ..api.values import round_people
from ..coordinator import PollContext, gather_all
from ..live.confidence import TRAFFIC_EVERY
from ..live.push_health import PushHealth
from .day_totals import RECOMPUTE_WINDOW, DayTotals
from .estate import EstateCoordinator
from .estimate_midnight import NO_CROSSINGS, CrossingSums, EstimateMidnight, EstimateMidnightDetector, utc_midnight
from .readings import ReadingsCoordinator

TRAFFIC_INTERVAL: Final = timedelta(seconds=TRAFFIC_EVERY)
# Time until Butlr's totals include a crossing, in seconds.
CROSSING_DELAY: Final = 10.0
# How long a poll waits for the totals, in seconds. In a large estate they take longer, because requests are spread.
MAX_TOTALS_WAIT: Final = 30.0


@dataclass(slots=True)
class _DayPoll:
    """The questions about the day so far of some spaces, and the answers."""

    totals_question: Question
    estimates_question: Question
    # Makes the requests that decide whether a space is occupied.
    reporter: Reporter
    estimates: dict[str, Row] = field(default_factory=dict)
    # Crossings between the site's midnight and that of UTC. An estimate may start at either.
    between_midnights: CrossingSums = field(default_factory=dict)
    totals: CrossingSums = field(default_factory=dict)
    # Ids of the spaces whose totals were requested.
    requested: set[str] = field(default_factory=set)


class TrafficCoordinator(ReadingsCoordinator):
    """Polls the totals of the day and the estimates of spaces with traffic sensors."""

    subject = "traffic"
    default_interval = TRAFFIC_INTERVAL
    types = (EventType.TRAFFIC,)
    # Whether crossings are pushed as well.
    crossings_pushed = False

    def __init__(self, context: PollContext, estate: EstateCoordinator, push_health: PushHealth) -> None:
        """Prepare the poll."""
        super().__init__(context, estate, push_health)
        self._totals_reporter = Reporter(context.client, after_people=True)
        self._midnight_detector = EstimateMidnightDetector()
        self._day_totals = DayTotals()
        # The questions of the current poll, and the task that requests the totals of this poll or an earlier one.
        self._days: list[_DayPoll] = []
        self._totals_task: asyncio.Task[ButlrError | None] | None = None
        # Final crossings between the site's midnight and that of UTC, by these two midnights.
        self._between_midnights: dict[tuple[float, float], CrossingSums] = {}

    @override
    def _requests(self, estate: Estate) -> Iterable[Awaitable[None]]:
        # While crossings are pushed, request the totals as of a moment ago and add the pushes since. Otherwise a
        # crossing that the totals do not include yet would be lost.
        now = self.client.now() - (CROSSING_DELAY if self.crossings_pushed else 0.0)
        self._between_midnights = {
            midnights: sums for midnights, sums in self._between_midnights.items() if midnights[1] > now - 2 * DAY
        }
        return [self._request_estimates(day, estate) for day in self._group_days(estate, now)]

    def _group_days(self, estate: Estate, now: float) -> Iterator[_DayPoll]:
        """Yield the days so far of all spaces with traffic sensors; spaces without other sensors are grouped apart."""
        # The spaces of one question share a time zone, and so their midnight.
        batches: dict[tuple[bool, Asset, float, str], list[str]] = {}
        for asset, spaces in ((Asset.FLOORS, estate.floors), (Asset.ROOMS, estate.rooms)):
            for space_id in spaces:
                if (equipment := estate.equipment(space_id)).traffic:
                    key = (equipment.presence, asset, *self._live.day(space_id))
                    batches.setdefault(key, []).append(space_id)
        for (presence, asset, midnight, time_zone), ids in batches.items():
            if full_minute(now) <= midnight:
                # The first minute of the day is not over, so Butlr has no totals yet.
                zeros = [
                    (Totals(space_id, 0, 0, midnight, midnight), Estimate(space_id, 0, midnight, midnight))
                    for space_id in ids
                ]
                self._apply(EventType.TRAFFIC, chain.from_iterable(zeros))
            else:
                yield _DayPoll(
                    traffic_question(asset, ids, midnight, now, time_zone),
                    estimate_question(asset, ids, now, midnight, time_zone),
                    self._totals_reporter if presence else self._reporter,
                )

    @override
    async def _fetch(self) -> None:
        """Request the estimates, then the totals. Totals that take long arrive while the next polls run."""
        started_at, estate = self.client.now(), self._estate.data
        self._days = []
        error: ButlrError | None = None
        try:
            await gather_all(self._requests(estate))
        except ButlrRateLimitError:
            raise
        except ButlrError as err:
            # The totals may be available although the estimates are not.
            error = err
        if self._totals_task is None or self._totals_task.done():
            self._totals_task = self.config_entry.async_create_background_task(
                self.hass, self._request_all_totals(self._days, started_at, estate), f"{self.name}, totals of the day"
            )
        done, _ = await asyncio.wait((self._totals_task,), timeout=MAX_TOTALS_WAIT)
        for task in done:
            error = error or task.result()
        if error:
            raise error

    async def _request_estimates(self, day: _DayPoll, estate: Estate) -> None:
        """Request the estimates, and the totals of spaces whose occupancy depends on an estimate that Butlr lacks."""
        self._days.append(day)
        question = day.totals_question
        finding = self.client.findings.get("estimate_day")
        if utc_midnight(question.stop) == question.start:
            finding = EstimateMidnight.SITE
        # Spaces whose estimate is calculated from the totals, because Butlr's may include another day.
        calculated = set(question.ids) if finding == EstimateMidnight.UTC else set()
        if finding != EstimateMidnight.UTC:
            day.estimates = await self._fetch_estimates(day)
        if not finding:
            day.between_midnights = await self._fetch_between_midnights(day, estate)
            calculated = {space_id for space_id in question.ids if day.between_midnights.get(space_id) != NO_CROSSINGS}
        self._apply(
            EventType.TRAFFIC,
            [
                OwnEstimate(space_id) if space_id in calculated else _to_reading(space_id, question, day.estimates)
                for space_id in question.ids
            ],
        )
        if day.reporter is self._reporter:
            unknown = [space_id for space_id in question.ids if self._live.state(space_id).estimate is None]
            await self._request_totals(day, unknown, estate)

    async def _request_all_totals(
        self, days: Iterable[_DayPoll], started_at: float, estate: Estate
    ) -> ButlrError | None:
        """Request the totals that have not been requested yet, and return the error if there was one."""
        try:
            await gather_all(
                self._request_totals(
                    replace(day, reporter=self._totals_reporter),
                    [space_id for space_id in day.totals_question.ids if space_id not in day.requested],
                    estate,
                )
                for day in days
            )
        except ButlrError as err:
            # Returned, not raised: the poll may not be waiting any more, and the next one retries.
            return err
        for day in days:
            if day.between_midnights:
                self._detect_midnight(day)
        self._push_health.record_poll(self.types, started_at)
        return None

    async def _request_totals(self, day: _DayPoll, ids: Iterable[str], estate: Estate) -> None:
        def apply_rows(rows: list[Row], part: Question) -> None:
            day.totals.update(self._apply_totals(rows, part, estate))

        question = day.totals_question.about(ids)
        await self._day_totals.request(day.reporter, question, apply_rows)
        day.requested.update(question.ids)

    @staticmethod
    async def _fetch_estimates(day: _DayPoll) -> dict[str, Row]:
        estimates: dict[str, Row] = {}

        def collect(rows: list[Row], part: Question) -> None:
            # Minutes before midnight belong to the previous day.
            estimates.update(newest(row for row in rows if row.timestamp >= day.totals_question.start))

        await day.reporter.ask(day.estimates_question, collect)
        return estimates

    def _apply_totals(self, rows: list[Row], part: Question, estate: Estate) -> CrossingSums:
        """Apply the totals of the day, and return them."""
        sums = crossings(rows, estate.counts_crossings)
        merged = {row.space_id for row in rows if row.mac is None}
        readings: list[Reading] = []
        for space_id in part.ids:
            if space_id not in sums:
                others = len(rows) > 0 and space_id not in merged
                readings.append(NoTotals(space_id, part.stop, others=others))
            elif (totals := sums[space_id]) is not None:
                readings.append(Totals(space_id, *totals, since=part.start, until=part.stop))
        self._apply(EventType.TRAFFIC, readings)
        # A space without rows had no crossings, if other spaces have rows.
        return {space_id: sums.get(space_id, NO_CROSSINGS) for space_id in part.ids} if sums else {}

    async def _fetch_between_midnights(self, day: _DayPoll, estate: Estate) -> CrossingSums:
        """Return the crossings between the site's midnight and that of UTC; empty if they are unknown.

        A space without such crossings has the same estimate for both days. If the day so far is shorter than the time
        between the midnights, nothing is requested: then its totals serve as well.
        """
        question = day.totals_question
        start, stop = sorted((question.start, utc_midnight(question.stop)))
        if stop - start > question.seconds:
            return {}
        final = self._between_midnights.setdefault((start, stop), {})
        sums: CrossingSums = {}

        def collect(rows: list[Row], part: Question) -> None:
            if found := crossings(rows, estate.counts_crossings):
                sums.update({space_id: found.get(space_id, NO_CROSSINGS) for space_id in part.ids})

        missing = [space_id for space_id in question.ids if space_id not in final]
        await day.reporter.ask(replace(question.about(missing), start=start, stop=stop), collect)
        if question.stop > stop + RECOMPUTE_WINDOW:
            final.update(sums)
        return final | sums

    def _detect_midnight(self, day: _DayPoll) -> None:
        """Compare the estimates with the crossings since either midnight, and record which one they start at."""
        other_midnight = utc_midnight(day.totals_question.stop)
        if day.estimates_question.start < other_midnight:
            # In the minutes after midnight in UTC the newest estimate may be one of the day before.
            return
        sign = 1 if other_midnight < day.totals_question.start else -1
        since_utc: CrossingSums = {}
        for space_id, totals in day.totals.items():
            between = day.between_midnights.get(space_id)
            since_utc[space_id] = (
                None
                if totals is None or between is None
                else (totals[0] + sign * between[0], totals[1] + sign * between[1])
            )
        people = {space_id: round_people(row.value) for space_id, row in day.estimates.items() if row.value is not None}
        if finding := self._midnight_detector.add(day.totals, since_utc, people):
            self.client.findings.note("estimate_day", finding)


def _to_reading(space_id: str, day: Question, estimates: Mapping[str, Row]) -> Reading:
    """Return Butlr's estimate for a space as a reading."""
    if (row := estimates.get(space_id)) is None or row.value is None:
        return NoEstimate(space_id)
    # The estimate includes the crossings until the end of its minute.
    return Estimate(space_id, max(round_people(row.value), 0), day.start, row.timestamp + LIVE_BUCKET)
