"""The typical number of people at this hour: the average of the same weekday and hour over the last four weeks.

One request for statistics returns it, if Butlr's statistics respect weekdays. Otherwise it is the average of the four
hours.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
import math
from typing import Final, override

from homeassistant.core import callback

from ..api.buckets import HOUR, bucket_start, midnight
from ..api.estate import Estate
from ..api.history import BucketRange, asset_of, estimates_question, fetch_series, people_question
from ..api.questions import WEEKDAYS, Asset, TimeConstraints
from ..api.reporting import Reporter
from ..api.statistics import Statistic, WeekdaysIgnoredError, fetch_statistics
from ..coordinator import PollContext, gather_all
from ..live.evidence import VALIDITY
from ..polls.estate import EstateCoordinator
from ..polls.estimate_midnight import estimates_use_site_midnight
from .coordinator import Demand, OnDemandCoordinator

# Weeks that the average covers.
TYPICAL_WEEKS: Final = 4
# Relative deviation that still counts as typical.
TYPICAL_MARGIN: Final = 0.15
# A new hour is polled this long after it started, in seconds.
HOUR_DELAY: Final = 5.0


@dataclass(frozen=True, slots=True)
class _TypicalCount:
    """The typical number of people in the hour that started at `hour`, or None without data."""

    hour: float
    people: float | None

    @property
    def until(self) -> float:
        """When the number expires. It stays valid for a while after its hour, until the next number is known."""
        return self.hour + HOUR + VALIDITY


class TypicalCoordinator(OnDemandCoordinator):
    """Polls the typical number of people once an hour."""

    subject = "typical values"

    def __init__(self, context: PollContext, estate: EstateCoordinator) -> None:
        """Start without values."""
        super().__init__(context, estate, timedelta(hours=1))
        self._reporter = Reporter(context.client, background=True)
        self._counts: dict[str, _TypicalCount] = {}
        # The next time at which a value expires.
        self._deadline = math.inf

    def typical(self, space_id: str) -> float | None:
        """Return the typical number of people in a space at this hour of the week; None if it is unknown."""
        count = self._counts.get(space_id)
        return count.people if count and self.client.now() < count.until else None

    @callback
    def tick(self) -> None:
        """Notify listeners when a value has expired."""
        if self.client.now() >= self._deadline:
            self._update_deadline()
            self.async_update_listeners()

    def _update_deadline(self) -> None:
        """Find the next time at which a value expires."""
        now = self.client.now()
        self._deadline = min((count.until for count in self._counts.values() if count.until > now), default=math.inf)

    @override
    async def _fetch_values(self, demands: set[Demand], estate: Estate) -> None:
        now = self.client.now()
        spaces = {space_id for _, space_id in demands}
        self._counts = {space_id: count for space_id, count in self._counts.items() if space_id in spaces}
        batches: dict[tuple[tzinfo, bool], list[str]] = {}
        next_hour = now + HOUR
        for space_id in sorted(spaces):
            zone = self._live.zone(space_id)
            hour = bucket_start(now, "1h", zone)
            next_hour = min(next_hour, hour + HOUR)
            count = self._counts.get(space_id)
            if count is None or count.hour != hour:
                batches.setdefault((zone, estate.equipment(space_id).presence), []).append(space_id)
        self.interval = timedelta(seconds=next_hour - now + HOUR_DELAY)
        try:
            await gather_all(
                self._request_counts(ids, zone, now, estate, presence=presence)
                for (zone, presence), ids in batches.items()
            )
        finally:
            self._update_deadline()

    async def _request_counts(
        self, ids: list[str], zone: tzinfo, now: float, estate: Estate, *, presence: bool
    ) -> None:
        local = datetime.fromtimestamp(now, zone)
        statistic = Statistic.AVERAGE if presence else Statistic.AVERAGE_TRAFFIC
        # How the API writes the end of the day is not documented; the minute before it is close enough.
        end = f"{local.hour + 1:02}:00" if local.hour < 23 else "23:59"
        constraints = TimeConstraints(
            ranges=((f"{local.hour:02}:00", end),),
            without_weekdays=tuple(day for number, day in enumerate(WEEKDAYS) if number != local.weekday()),
        )
        first_day, today = midnight(now, zone, -7 * TYPICAL_WEEKS), midnight(now, zone)
        averages: dict[str, float] = {}
        if presence or estimates_use_site_midnight(self.client.findings, zone, first_day, today):
            try:
                statistics = await fetch_statistics(
                    self.client, estate, ids, [statistic], first_day, today, constraints, background=True
                )
                averages = {space_id: values[statistic] for space_id, values in statistics.items()}
            except WeekdaysIgnoredError:
                averages = await self._average_hours(ids, local, estate, presence=presence)
        hour = bucket_start(now, "1h", zone)
        for space_id in ids:
            self._counts[space_id] = _TypicalCount(hour, averages.get(space_id))

    async def _average_hours(
        self, ids: list[str], local: datetime, estate: Estate, *, presence: bool
    ) -> dict[str, float]:
        """Request the same hour of each week, and return the averages of the hours that Butlr has."""
        by_asset: dict[Asset, list[str]] = {}
        for space_id in ids:
            by_asset.setdefault(asset_of(estate.spaces[space_id]), []).append(space_id)
        make_question = people_question if presence else estimates_question
        counts: dict[str, list[float]] = {}
        for asset, asset_ids in by_asset.items():
            for weeks in range(1, TYPICAL_WEEKS + 1):
                # Calculated in local time, because the UTC offset may have changed since.
                start = (local.replace(minute=0, second=0, microsecond=0) - timedelta(weeks=weeks)).timestamp()
                hour = BucketRange(start, start + HOUR, str(local.tzinfo))
                question = make_question(asset, asset_ids, hour)
                for space_id, buckets in (await fetch_series(self._reporter, question)).items():
                    known = [people for people in buckets.values() if people is not None]
                    counts.setdefault(space_id, []).extend(known)
        return {space_id: sum(known) / len(known) for space_id, known in counts.items() if known}
