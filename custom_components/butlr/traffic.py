"""The poll of traffic: the crossings of the day, and the estimates that follow from them."""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, override

from .api.answers import Row, Rows, crossings, newest, whole
from .api.buckets import zone_named
from .api.estate import Estate
from .api.events import EventType
from .api.questions import (
    LIVE_BUCKET,
    Asset,
    Question,
    estimate_question,
    full_minute,
    traffic_question,
)
from .api.readings import Estimate, NoEstimate, NoTotals, OwnEstimate, Reading, Totals
from .coordinator import FiguresCoordinator, all_of
from .estimate_day import EstimateDay, EstimateDayFinder, are_of_the_site, utc_midnight

TRAFFIC_INTERVAL = timedelta(minutes=5)
# How long a crossing may take to be counted in Butlr's totals, in seconds.
SETTLING = 10.0


class TrafficCoordinator(FiguresCoordinator):
    """Polls today's crossings and the estimate that follows from them, where there are traffic sensors."""

    what = "traffic"
    usual_interval = TRAFFIC_INTERVAL
    types = (EventType.TRAFFIC,)
    # Whether crossings are pushed as well.
    pushed = False

    def __init__(self, *parts: Any) -> None:
        """Begin without knowing whose midnight estimates begin again at."""
        super().__init__(*parts)
        self._finder = EstimateDayFinder()

    @override
    def _questions(self, estate: Estate) -> Iterable[Awaitable[None]]:
        # A crossing reaches Butlr's totals a little after it was sensed. While crossings are pushed, the totals are
        # asked for as they stood a moment ago, and the pushes since come on top: none falls between the two.
        now = self.client.now() - (SETTLING if self.pushed else 0.0)
        # Items of one question share a time zone, and with it their midnight.
        batches: dict[tuple[Asset, float, str], list[str]] = {}
        for asset, spaces in ((Asset.FLOORS, estate.floors), (Asset.ROOMS, estate.rooms)):
            for space_id in estate.confirmed(spaces):
                if estate.equipment(space_id).traffic:
                    batches.setdefault((asset, *self._live.day(space_id)), []).append(space_id)
        # In the first minute of a day nobody can have crossed that is counted yet.
        return [
            self._ask_day(traffic_question(asset, ids, midnight, now, time_zone), now, estate)
            for (asset, midnight, time_zone), ids in batches.items()
            if full_minute(now) > midnight
        ]

    async def _ask_day(self, day: Question, now: float, estate: Estate) -> None:
        """Ask for the crossings of the day so far, and for the estimate that Butlr makes of them."""
        sums: dict[str, tuple[int, int] | None] = {}
        latest: dict[str, Row] = {}
        of_site = are_of_the_site(self.client.findings, zone_named(day.time_zone), day.stop)
        found = EstimateDay.SITE if of_site else self.client.findings.get("estimate_day")

        def take_sums(rows: Rows, part: Question) -> None:
            sums.update(self._take_sums(rows, part, estate))

        def take_estimates(rows: Rows, part: Question) -> None:
            # Of the minutes before midnight there may be some: they are another day's.
            latest.update(newest(row for row in rows if row.moment >= day.start))
            if found:
                self._take(EventType.TRAFFIC, [_estimate(space_id, day, latest) for space_id in part.ids])

        questions = [self._reporter.ask(day, take_sums)]
        if found == EstimateDay.UTC:
            self._take(EventType.TRAFFIC, map(OwnEstimate, day.ids))
        else:
            estimates = estimate_question(day.asset, day.ids, now, day.start, day.time_zone)
            questions.append(self._reporter.ask(estimates, take_estimates))
        await all_of(questions)
        if not found:
            own = await self._find_day(day, sums, latest, estate)
            self._take(
                EventType.TRAFFIC,
                [OwnEstimate(one) if one in own else _estimate(one, day, latest) for one in day.ids],
            )

    def _take_sums(self, rows: Rows, part: Question, estate: Estate) -> dict[str, tuple[int, int] | None]:
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

    async def _find_day(
        self, day: Question, sums: dict[str, tuple[int, int] | None], latest: dict[str, Row], estate: Estate
    ) -> set[str]:
        """Find out whose midnight estimates go by; returns the spaces whose estimate may be that of another day.

        Where as many crossed since either midnight, it does not matter.
        """
        since_utc: dict[str, tuple[int, int] | None] = {}

        def take(rows: Rows, part: Question) -> None:
            since_utc.update(crossings(rows, estate.counts_crossings))

        utc = replace(day, start=utc_midnight(day.stop), time_zone="UTC")
        if utc.seconds > 0:
            await self._reporter.ask(utc, take)
        people = {space_id: whole(row.value) for space_id, row in latest.items() if row.value is not None}
        # Nothing at all is no answer, but what a service gives that was asked too much.
        found = self._finder.hold(sums, since_utc, people) if since_utc else None
        if found:
            self.client.findings.note("estimate_day", found)
        if found is EstimateDay.SITE:
            return set()
        return {
            space_id
            for space_id in day.ids
            if found or sums.get(space_id) is None or sums[space_id] != since_utc.get(space_id, (0, 0))
        }


def _estimate(space_id: str, day: Question, latest: Mapping[str, Row]) -> Reading:
    """Return what Butlr makes of a day's crossings."""
    if (row := latest.get(space_id)) is None or row.value is None:
        return NoEstimate(space_id)
    # Crossings since the end of the minute come on top.
    return Estimate(space_id, max(whole(row.value), 0), day.start, row.moment + LIVE_BUCKET)
