"""Figures of the day so far that Butlr is asked for: the most people at once, and for how long there was anybody.

The day is the site's. Butlr answers for the time before Home Assistant was started, too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
import math
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.answers import Row, series
from ..api.buckets import midnight, zone_named
from ..api.client import ButlrClient
from ..api.errors import ButlrBadRequestError
from ..api.estate import Estate
from ..api.history import BucketRange, asset_of, estimates_question, people_question, presence_time_question
from ..api.questions import Asset, Measurement, Question
from ..api.reporting import Reporter
from ..api.values import round_people
from ..const import LOGGER
from ..coordinator import Failures, gather_all
from ..live.evidence import VALIDITY
from ..live.live import Live
from ..polls.estate import EstateCoordinator
from ..polls.estimate_midnight import estimates_use_site_midnight
from .coordinator import Demand, OnDemandCoordinator

INTERVAL: Final = timedelta(minutes=15)
# So long after a site's midnight its new day is asked about: by then there is something to tell, in seconds.
AFTER_MIDNIGHT: Final = 60.0
PEAK: Final = "peak_today"
TIME_OCCUPIED: Final = "time_occupied_today"
# Measurements whose names are inferred: Butlr may not know them.
INFERRED: Final = (Measurement.ROOM_PRESENCE_TIME, Measurement.ZONE_PRESENCE_TIME)


@dataclass(frozen=True, slots=True)
class _Figure:
    """What Butlr told of the day that began at `day`; None is nothing. It may be shown until `until`."""

    day: float
    value: float | None
    until: float


class TodayCoordinator(OnDemandCoordinator):
    """Polls what there was today of the spaces whose entities are enabled."""

    what = "daily values"

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        failing: Failures,
        live: Live,
        estate: EstateCoordinator,
    ) -> None:
        """Begin with nothing known."""
        super().__init__(hass, entry, client, failing, live, estate, INTERVAL)
        self._reporter = Reporter(client, background=True)
        self._told: dict[Demand, _Figure] = {}
        # The most people that were seen of a space since a midnight.
        self._seen: dict[str, tuple[float, int]] = {}
        self._refused: set[Measurement] = set()
        # When a figure expires or a day ends, whatever comes first.
        self._deadline = math.inf

    def peak(self, space_id: str, people: int | None) -> int | None:
        """Return the most people at once of a space today, with as many there now; None while Butlr has not answered.

        The figure never falls before midnight: Butlr's maximum may be smoother than what was seen.
        """
        day, _ = self._live.day(space_id)
        since, seen = self._seen.get(space_id, (day, None))
        if since != day:
            seen = None
        if people is not None:
            seen = max(people, seen or 0)
            self._seen[space_id] = (day, seen)
        told = self._today(PEAK, space_id, day)
        if told is None:
            return None
        most = None if told.value is None else round_people(told.value)
        return max((one for one in (most, seen) if one is not None), default=None)

    def time_occupied(self, space_id: str) -> float | None:
        """Return for how many seconds there was anybody in a space today, as of the last poll."""
        day, _ = self._live.day(space_id)
        told = self._today(TIME_OCCUPIED, space_id, day)
        if told is None or told.until <= self.client.now():
            return None
        return told.value

    def _today(self, key: str, space_id: str, day: float) -> _Figure | None:
        """Return what was told of the current day; what was known of one before says how the new one begins."""
        told = self._told.get((key, space_id))
        if told is None or told.day == day:
            return told
        if told.value is None:
            del self._told[key, space_id]
            return None
        # Nobody had been there for any time when the day began; how many were there then was seen.
        told = self._told[key, space_id] = _Figure(day, 0.0 if key == TIME_OCCUPIED else None, told.until)
        return told

    @override
    @callback
    def clock_moved(self, seconds: float) -> None:
        super().clock_moved(seconds)
        self._told = {want: replace(told, until=told.until + seconds) for want, told in self._told.items()}
        self._plan()

    @callback
    def tick(self) -> None:
        """Let time pass: at a midnight a new day begins, and what was not renewed expires."""
        if self.client.now() >= self._deadline:
            self._plan()
            self.async_update_listeners()

    @override
    async def _ask(self, wanted: set[Demand], estate: Estate) -> None:
        now = float(math.floor(self.client.now()))
        batches: dict[tuple[str, Asset, bool, float, str], list[str]] = {}
        for key, space_id in sorted(wanted):
            day, time_zone = self._live.day(space_id)
            if now > day:
                asset, presence = asset_of(estate.spaces[space_id]), estate.equipment(space_id).presence
                batches.setdefault((key, asset, presence, day, time_zone), []).append(space_id)
        questions = []
        for (key, asset, presence, day, time_zone), ids in batches.items():
            zone = zone_named(time_zone)
            # A day in which the time zone was corrected did not begin with a midnight of it.
            today = BucketRange(day, now, time_zone, "1d" if midnight(now, zone) == day else "1h")
            if key == TIME_OCCUPIED:
                question = presence_time_question(asset, ids, today)
            elif presence:
                question = people_question(asset, ids, today, "max")
            elif estimates_use_site_midnight(self.client.findings, zone, now):
                question = estimates_question(asset, ids, today, "max")
            else:
                self._forget(key, ids, day)
                continue
            questions.append(self._ask_about(key, replace(question, start=day), day))
        try:
            await gather_all(questions)
        finally:
            self._plan()

    def _forget(self, key: str, space_ids: Iterable[str], day: float) -> None:
        """Show nothing of what may be another day's."""
        for space_id in space_ids:
            self._told[key, space_id] = _Figure(day, None, math.inf)

    async def _ask_about(self, key: str, question: Question, day: float) -> None:
        until = math.inf if key == PEAK else self.client.now() + INTERVAL.total_seconds() + VALIDITY

        def take(rows: list[Row], part: Question) -> None:
            figures = series(rows)
            for space_id in part.ids:
                known = list(figures.get(space_id, {}).values())
                values = [value for value in known if value is not None]
                value = (max if key == PEAK else sum)(values) if values else None
                lacks = len(values) < len(known) or self._estate.outages.touch(space_id, day, question.stop)
                if key == TIME_OCCUPIED and lacks:
                    value = None  # it would be too short without saying so
                self._told[key, space_id] = _Figure(day, value, until)

        if question.measurement in self._refused:
            return
        try:
            await self._reporter.ask(question, take)
        except ButlrBadRequestError:
            if question.measurement not in INFERRED:
                raise
            self._refused.add(question.measurement)
            LOGGER.warning("Butlr does not support the measurement %s", question.measurement.value)

    def _plan(self) -> None:
        """Find out when what is shown changes by itself, and poll soon after the next midnight."""
        now = self.client.now()
        spaces = {space_id for _, space_id in self.demands()}
        zones = {self._live.zone(space_id) for space_id in spaces}
        next_day = min((midnight(now, zone, 1) for zone in zones), default=math.inf)
        expiries = (told.until for told in self._told.values() if told.until > now)
        self._deadline = min(next_day, *expiries) if self._told else next_day
        self.interval = min(INTERVAL, timedelta(seconds=min(next_day - now + AFTER_MIDNIGHT, 86400.0)))
