"""The poll of traffic: the crossings of the day so far, and the estimate that Butlr makes of them.

Where there are only doors, the estimate tells whether somebody is there: that is asked for first, in questions that are
answered at any hour. The crossings of a whole day are more, the later it is, and may take several questions.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain
from typing import Any, Final, override

from ..api.answers import Row, crossings, newest
from ..api.buckets import DAY
from ..api.errors import ButlrError, ButlrRateLimitError
from ..api.estate import Estate
from ..api.events import EventType
from ..api.questions import LIVE_BUCKET, Asset, Question, estimate_question, full_minute, traffic_question
from ..api.readings import Estimate, NoEstimate, NoTotals, OwnEstimate, Reading, Totals
from ..api.reporting import Reporter
from ..api.values import round_people
from ..coordinator import gather_all
from ..polls.readings import ReadingsCoordinator
from .day_totals import RECOMPUTE_WINDOW, DayTotals
from .estimate_midnight import NO_CROSSINGS, EstimateMidnight, EstimateMidnightFinder, utc_midnight

TRAFFIC_INTERVAL: Final = timedelta(minutes=5)
# How long a crossing may take to be counted in Butlr's totals, in seconds.
CROSSING_DELAY: Final = 10.0

# How long a poll waits for the crossings, in seconds; those of a large estate take longer: requests are spread.
COUNTING_TAKES: Final = 30.0

# Entries and exits by space; None where Butlr says that they cannot be used.
type Sums = dict[str, tuple[int, int] | None]


@dataclass(slots=True)
class _Day:
    """What is asked about the day so far of some spaces, who asks what tells of people, and what was answered."""

    question: Question
    estimates: Question
    reporter: Reporter
    latest: dict[str, Row] = field(default_factory=dict)
    # Who crossed between the two midnights at which a day may begin.
    between: Sums = field(default_factory=dict)
    sums: Sums = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)


class TrafficCoordinator(ReadingsCoordinator):
    """Polls today's crossings and the estimate that follows from them, where there are traffic sensors."""

    what = "traffic"
    default_interval = TRAFFIC_INTERVAL
    types = (EventType.TRAFFIC,)
    # Whether crossings are pushed as well.
    crossings_pushed = False

    def __init__(self, *parts: Any) -> None:
        """Begin without knowing whose midnight estimates begin again at."""
        super().__init__(*parts)
        self._later = Reporter(self.client, after_people=True)
        self._finder = EstimateMidnightFinder()
        self._totals = DayTotals()
        # What the poll under way has asked about, and what asks for the crossings of it, or of a poll before.
        self._asked: list[_Day] = []
        self._counting: asyncio.Task[ButlrError | None] | None = None
        # Who crossed between the site's midnight and that of UTC, once that is final; one pair of midnights a site.
        self._between: dict[tuple[float, float], Sums] = {}

    @override
    def _questions(self, estate: Estate) -> Iterable[Awaitable[None]]:
        # A crossing reaches Butlr's totals a little after it was sensed. While crossings are pushed, the totals are
        # asked for as they stood a moment ago, and the pushes since come on top: none falls between the two.
        now = self.client.now() - (CROSSING_DELAY if self.crossings_pushed else 0.0)
        self._between = {span: sums for span, sums in self._between.items() if span[1] > now - 2 * DAY}
        return [self._ask_people(day, estate) for day in self._days(estate, now)]

    def _days(self, estate: Estate, now: float) -> Iterator[_Day]:
        """Yield the days so far of all spaces that have doors, those apart that have nothing else."""
        # Items of one question share a time zone, and with it their midnight.
        batches: dict[tuple[bool, Asset, float, str], list[str]] = {}
        for asset, spaces in ((Asset.FLOORS, estate.floors), (Asset.ROOMS, estate.rooms)):
            for space_id in spaces:
                if (equipment := estate.equipment(space_id)).traffic:
                    key = (equipment.presence, asset, *self._live.day(space_id))
                    batches.setdefault(key, []).append(space_id)
        for (presence, asset, midnight, time_zone), ids in batches.items():
            if full_minute(now) <= midnight:
                # In the first minute of a day nobody can have crossed that is counted yet.
                begun = [(Totals(one, 0, 0, midnight, midnight), Estimate(one, 0, midnight, midnight)) for one in ids]
                self._take(EventType.TRAFFIC, chain.from_iterable(begun))
            else:
                yield _Day(
                    traffic_question(asset, ids, midnight, now, time_zone),
                    estimate_question(asset, ids, now, midnight, time_zone),
                    self._later if presence else self._reporter,
                )

    @override
    async def _fetch(self) -> None:
        """Ask for the estimates, then for the crossings; what takes long of these goes on beside the next polls."""
        begun, estate = self.client.now(), self._estate.data
        self._asked = []
        error: ButlrError | None = None
        try:
            await gather_all(self._questions(estate))
        except ButlrRateLimitError:
            raise
        except ButlrError as err:
            # Whatever is wrong with the estimates, it may not be wrong with the crossings.
            error = err
        if self._counting is None or self._counting.done():
            counting = self._count(self._asked, begun, estate)
            name = f"{self.name}, crossings of the day"
            self._counting = self.config_entry.async_create_background_task(self.hass, counting, name)
        done, _ = await asyncio.wait((self._counting,), timeout=COUNTING_TAKES)
        for task in done:
            error = error or task.result()
        if error:
            raise error

    async def _ask_people(self, day: _Day, estate: Estate) -> None:
        """Ask for the estimates, and for the crossings of those that are occupied by an estimate nobody has else."""
        self._asked.append(day)
        question = day.question
        found = self.client.findings.get("estimate_day")
        if utc_midnight(question.stop) == question.start:
            found = EstimateMidnight.SITE
        own = set(question.ids) if found == EstimateMidnight.UTC else set()
        if found != EstimateMidnight.UTC:
            day.latest = await self._fetch_estimates(day)
        if not found:
            day.between = await self._fetch_between(day, estate)
            own = {space_id for space_id in question.ids if day.between.get(space_id) != NO_CROSSINGS}
        self._take(
            EventType.TRAFFIC,
            [OwnEstimate(one) if one in own else _estimate(one, question, day.latest) for one in question.ids],
        )
        if day.reporter is self._reporter:
            waiting = [one for one in question.ids if self._live.state(one).estimate is None]
            await self._ask_sums(day, waiting, estate)

    async def _count(self, days: Iterable[_Day], begun: float, estate: Estate) -> ButlrError | None:
        """Ask for all crossings that have not been asked for; returns what went wrong."""
        try:
            await gather_all(
                self._ask_sums(
                    replace(day, reporter=self._later),
                    [space_id for space_id in day.question.ids if space_id not in day.counted],
                    estate,
                )
                for day in days
            )
        except ButlrError as err:
            # Perhaps nobody waits for it any more: the next poll asks again.
            return err
        for day in days:
            if day.between:
                self._find_day(day)
        self._push_health.record_poll(self.types, begun)
        return None

    async def _ask_sums(self, day: _Day, ids: Iterable[str], estate: Estate) -> None:
        def take(rows: list[Row], part: Question) -> None:
            day.sums.update(self._take_sums(rows, part, estate))

        question = day.question.about(ids)
        await self._totals.ask(day.reporter, question, take)
        day.counted.update(question.ids)

    @staticmethod
    async def _fetch_estimates(day: _Day) -> dict[str, Row]:
        latest: dict[str, Row] = {}

        def take(rows: list[Row], part: Question) -> None:
            # Of the minutes before midnight there may be some: they are another day's.
            latest.update(newest(row for row in rows if row.timestamp >= day.question.start))

        await day.reporter.ask(day.estimates, take)
        return latest

    def _take_sums(self, rows: list[Row], part: Question, estate: Estate) -> Sums:
        """Take in the crossings of the day; returns them."""
        sums = crossings(rows, estate.counts_crossings)
        merged = {row.space_id for row in rows if row.mac is None}
        readings: list[Reading] = []
        for space_id in part.ids:
            if space_id not in sums:
                others = len(rows) > 0 and space_id not in merged
                readings.append(NoTotals(space_id, part.stop, others=others))
            elif (crossed := sums[space_id]) is not None:
                readings.append(Totals(space_id, *crossed, since=part.start, until=part.stop))
        self._take(EventType.TRAFFIC, readings)
        # Who has no rows while others have: nobody crossed there.
        return {space_id: sums.get(space_id, (0, 0)) for space_id in part.ids} if sums else {}

    async def _fetch_between(self, day: _Day, estate: Estate) -> Sums:
        """Ask who crossed between the midnights of the site and of UTC, of whom the estimate may be another day's.

        Where nobody did, as many crossed since either of them. Nothing at all is no answer. Where the day so far is
        shorter than that, it is as well to go by its crossings.
        """
        question = day.question
        span = sorted((question.start, utc_midnight(question.stop)))
        if span[1] - span[0] > question.seconds:
            return {}
        known = self._between.setdefault((span[0], span[1]), {})
        sums: Sums = {}

        def take(rows: list[Row], part: Question) -> None:
            if crossed := crossings(rows, estate.counts_crossings):
                sums.update({space_id: crossed.get(space_id, NO_CROSSINGS) for space_id in part.ids})

        unknown = [space_id for space_id in question.ids if space_id not in known]
        await day.reporter.ask(replace(question.about(unknown), start=span[0], stop=span[1]), take)
        if question.stop > span[1] + RECOMPUTE_WINDOW:
            known.update(sums)
        return known | sums

    def _find_day(self, day: _Day) -> None:
        """Hold the estimates against the crossings since either midnight, and note whose they go by.

        Of the minutes after midnight in UTC the newest estimate may be one of the day before.
        """
        other_midnight = utc_midnight(day.question.stop)
        if day.estimates.start < other_midnight:
            return
        earlier = 1 if other_midnight < day.question.start else -1
        since_utc: Sums = {}
        for space_id, crossed in day.sums.items():
            other = day.between.get(space_id)
            since_utc[space_id] = (
                None
                if crossed is None or other is None
                else (crossed[0] + earlier * other[0], crossed[1] + earlier * other[1])
            )
        people = {space_id: round_people(row.value) for space_id, row in day.latest.items() if row.value is not None}
        if found := self._finder.hold(day.sums, since_utc, people):
            self.client.findings.note("estimate_day", found)


def _estimate(space_id: str, day: Question, latest: Mapping[str, Row]) -> Reading:
    """Return what Butlr makes of a day's crossings."""
    if (row := latest.get(space_id)) is None or row.value is None:
        return NoEstimate(space_id)
    # Crossings since the end of the minute come on top.
    return Estimate(space_id, max(round_people(row.value), 0), day.start, row.timestamp + LIVE_BUCKET)
