"""Values of the day so far: the most people at once, and how long a space was occupied.

The day is the site's. Butlr also reports the hours before Home Assistant was started.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
import math
from typing import Final, override

from homeassistant.core import callback

from ..api.answers import Row, series
from ..api.buckets import midnight, zone_named
from ..api.errors import ButlrBadRequestError
from ..api.estate import Estate
from ..api.history import BucketRange, asset_of, estimates_question, people_question, presence_time_question
from ..api.questions import Asset, Measurement, Question
from ..api.reporting import Reporter
from ..api.values import round_people
from ..const import LOGGER
from ..coordinator import PollContext, gather_all
from ..live.evidence import VALIDITY
from ..polls.estate import EstateCoordinator
from ..polls.estimate_midnight import estimates_use_site_midnight
from .coordinator import Demand, OnDemandCoordinator

TODAY_INTERVAL: Final = timedelta(minutes=15)
# A new day is polled this long after the site's midnight, in seconds: by then Butlr has its first values.
MIDNIGHT_DELAY: Final = 60.0
PEAK: Final = "peak_today"
TIME_OCCUPIED: Final = "time_occupied_today"
# Measurements whose names are not documented. Butlr may reject them.
INFERRED: Final = (Measurement.ROOM_PRESENCE_TIME, Measurement.ZONE_PRESENCE_TIME)


@dataclass(frozen=True, slots=True)
class _TodayValue:
    """A value of the day that started at `day`, or None without data. It is valid until `until`."""

    day: float
    value: float | None
    until: float


class TodayCoordinator(OnDemandCoordinator):
    """Polls values of the day so far."""

    subject = "daily values"

    def __init__(self, context: PollContext, estate: EstateCoordinator) -> None:
        """Start without values."""
        super().__init__(context, estate, TODAY_INTERVAL)
        self._reporter = Reporter(context.client, background=True)
        self._values: dict[Demand, _TodayValue] = {}
        # The midnight of a day and the highest live count since then, by space.
        self._live_peaks: dict[str, tuple[float, int]] = {}
        self._rejected: set[Measurement] = set()
        # The next time at which a value expires or a day ends.
        self._deadline = math.inf

    def peak(self, space_id: str, people: int | None) -> int | None:
        """Return the most people at once in a space today, `people` now included; None before Butlr's first answer.

        The value never falls before midnight. Butlr's maximum may be lower than live counts, because it is smoothed.
        """
        day, _ = self._live.day(space_id)
        peak_day, live_peak = self._live_peaks.get(space_id, (day, None))
        if peak_day != day:
            live_peak = None
        if people is not None:
            live_peak = max(people, live_peak or 0)
            self._live_peaks[space_id] = (day, live_peak)
        polled = self._today(PEAK, space_id, day)
        if polled is None:
            return None
        polled_peak = None if polled.value is None else round_people(polled.value)
        return max((peak for peak in (polled_peak, live_peak) if peak is not None), default=None)

    def time_occupied(self, space_id: str) -> float | None:
        """Return how long a space was occupied today as of the last poll, in seconds."""
        day, _ = self._live.day(space_id)
        polled = self._today(TIME_OCCUPIED, space_id, day)
        if polled is None or polled.until <= self.client.now():
            return None
        return polled.value

    def _today(self, key: str, space_id: str, day: float) -> _TodayValue | None:
        """Return the value of the current day. A new day starts from the value of the one before."""
        polled = self._values.get((key, space_id))
        if polled is None or polled.day == day:
            return polled
        if polled.value is None:
            del self._values[key, space_id]
            return None
        # The time occupied starts at zero. The peak starts at the live count, which `peak` adds.
        polled = self._values[key, space_id] = _TodayValue(day, 0.0 if key == TIME_OCCUPIED else None, polled.until)
        return polled

    @override
    @callback
    def clock_moved(self, seconds: float) -> None:
        super().clock_moved(seconds)
        self._values = {demand: replace(value, until=value.until + seconds) for demand, value in self._values.items()}
        self._update_schedule()

    @callback
    def tick(self) -> None:
        """Notify listeners when a day has started or a value has expired."""
        if self.client.now() >= self._deadline:
            self._update_schedule()
            self.async_update_listeners()

    @override
    async def _fetch_values(self, demands: set[Demand], estate: Estate) -> None:
        now = float(math.floor(self.client.now()))
        batches: dict[tuple[str, Asset, bool, float, str], list[str]] = {}
        for key, space_id in sorted(demands):
            day, time_zone = self._live.day(space_id)
            if now > day:
                asset, presence = asset_of(estate.spaces[space_id]), estate.equipment(space_id).presence
                batches.setdefault((key, asset, presence, day, time_zone), []).append(space_id)
        requests = []
        for (key, asset, presence, day, time_zone), ids in batches.items():
            zone = zone_named(time_zone)
            # If the site's time zone was corrected during the day, the day did not start at midnight of the new zone.
            today = BucketRange(day, now, time_zone, "1d" if midnight(now, zone) == day else "1h")
            if key == TIME_OCCUPIED:
                question = presence_time_question(asset, ids, today)
            elif presence:
                question = people_question(asset, ids, today, "max")
            elif estimates_use_site_midnight(self.client.findings, zone, now):
                question = estimates_question(asset, ids, today, "max")
            else:
                self._clear(key, ids, day)
                continue
            requests.append(self._request_values(key, replace(question, start=day), day))
        try:
            await gather_all(requests)
        finally:
            self._update_schedule()

    def _clear(self, key: str, space_ids: Iterable[str], day: float) -> None:
        """Clear values that may include another day."""
        for space_id in space_ids:
            self._values[key, space_id] = _TodayValue(day, None, math.inf)

    async def _request_values(self, key: str, question: Question, day: float) -> None:
        until = math.inf if key == PEAK else self.client.now() + TODAY_INTERVAL.total_seconds() + VALIDITY

        def store_values(rows: list[Row], part: Question) -> None:
            by_space = series(rows)
            for space_id in part.ids:
                buckets = list(by_space.get(space_id, {}).values())
                known = [value for value in buckets if value is not None]
                value = (max if key == PEAK else sum)(known) if known else None
                has_gap = len(known) < len(buckets) or self._estate.outages.overlap(space_id, day, question.stop)
                if key == TIME_OCCUPIED and has_gap:
                    # The sum would be too low.
                    value = None
                self._values[key, space_id] = _TodayValue(day, value, until)

        if question.measurement in self._rejected:
            return
        try:
            await self._reporter.ask(question, store_values)
        except ButlrBadRequestError:
            if question.measurement not in INFERRED:
                raise
            self._rejected.add(question.measurement)
            LOGGER.warning("Butlr does not support the measurement %s", question.measurement.value)

    def _update_schedule(self) -> None:
        """Find the next time at which a value changes by itself, and schedule a poll soon after the next midnight."""
        now = self.client.now()
        spaces = {space_id for _, space_id in self.demands()}
        zones = {self._live.zone(space_id) for space_id in spaces}
        next_day = min((midnight(now, zone, 1) for zone in zones), default=math.inf)
        expiries = (value.until for value in self._values.values() if value.until > now)
        self._deadline = min(next_day, *expiries) if self._values else next_day
        self.interval = min(TODAY_INTERVAL, timedelta(seconds=min(next_day - now + MIDNIGHT_DELAY, 86400.0)))
