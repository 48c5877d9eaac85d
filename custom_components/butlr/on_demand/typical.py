"""What is usual at this hour: the average of the same weekday and hour over the last four weeks.

Statistics tell it in one figure, where they heed weekdays; else it follows from the four hours.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
import math
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.buckets import HOUR, bucket_start, midnight
from ..api.client import ButlrClient
from ..api.estate import Estate
from ..api.history import BucketRange, asset_of, estimates_question, fetch_series, people_question
from ..api.questions import WEEKDAYS, Asset, TimeConstraints
from ..api.reporting import Reporter
from ..api.statistics import Statistic, WeekdaysIgnoredError, fetch_statistics
from ..coordinator import Failures, gather_all
from ..live.evidence import VALIDITY
from ..live.live import Live
from ..polls.estate import EstateCoordinator
from ..polls.estimate_midnight import estimates_use_site_midnight
from .coordinator import Demand, OnDemandCoordinator

WEEKS: Final = 4
# How far from what is usual is still usual.
MARGIN: Final = 0.15
# So long after an hour began the next one is asked about, in seconds.
AFTER_THE_HOUR: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Typical:
    """The usual number of people in the hour that began at `hour`; None where Butlr has no data."""

    hour: float
    people: float | None


class TypicalCoordinator(OnDemandCoordinator):
    """Asks once an hour how many people are usual, for all spaces whose entities are enabled."""

    what = "typical values"

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
        super().__init__(hass, entry, client, failing, live, estate, timedelta(hours=1))
        self._reporter = Reporter(client, background=True)
        self._typical: dict[str, _Typical] = {}
        self._deadline = math.inf

    def typical(self, space_id: str) -> float | None:
        """Return how many people are usual in a space at this hour of the week; None is unknown.

        When an hour begins, that of the one before is shown until the new one is known, for ten minutes at most.
        """
        known = self._typical.get(space_id)
        return known.people if known and self.client.now() < known.hour + HOUR + VALIDITY else None

    @callback
    def tick(self) -> None:
        """Let time pass: what was not renewed expires."""
        if self.client.now() >= self._deadline:
            self._plan()
            self.async_update_listeners()

    def _plan(self) -> None:
        """Find out when what is shown expires."""
        expiries = (known.hour + HOUR + VALIDITY for known in self._typical.values())
        self._deadline = min((expiry for expiry in expiries if expiry > self.client.now()), default=math.inf)

    @override
    async def _ask(self, wanted: set[Demand], estate: Estate) -> None:
        now = self.client.now()
        spaces = {space_id for _, space_id in wanted}
        self._typical = {space_id: known for space_id, known in self._typical.items() if space_id in spaces}
        batches: dict[tuple[tzinfo, bool], list[str]] = {}
        next_hour = now + HOUR
        for space_id in sorted(spaces):
            zone = self._live.zone(space_id)
            hour = bucket_start(now, "1h", zone)
            next_hour = min(next_hour, hour + HOUR)
            known = self._typical.get(space_id)
            if known is None or known.hour != hour:
                batches.setdefault((zone, estate.equipment(space_id).presence), []).append(space_id)
        self.interval = timedelta(seconds=next_hour - now + AFTER_THE_HOUR)
        try:
            await gather_all(
                self._ask_about(ids, zone, now, estate, presence=presence) for (zone, presence), ids in batches.items()
            )
        finally:
            self._plan()

    async def _ask_about(self, ids: list[str], zone: tzinfo, now: float, estate: Estate, *, presence: bool) -> None:
        local = datetime.fromtimestamp(now, zone)
        statistic = Statistic.AVERAGE if presence else Statistic.AVERAGE_TRAFFIC
        # The end of the day has no name that is documented; a minute before it does as well.
        stop = f"{local.hour + 1:02}:00" if local.hour < 23 else "23:59"
        hours = TimeConstraints(
            ranges=((f"{local.hour:02}:00", stop),),
            without_weekdays=tuple(day for number, day in enumerate(WEEKDAYS) if number != local.weekday()),
        )
        begin, today = midnight(now, zone, -7 * WEEKS), midnight(now, zone)
        usual: dict[str, float] = {}
        if presence or estimates_use_site_midnight(self.client.findings, zone, begin, today):
            try:
                found = await fetch_statistics(
                    self.client, estate, ids, [statistic], begin, today, hours, background=True
                )
                usual = {space_id: known[statistic] for space_id, known in found.items()}
            except WeekdaysIgnoredError:
                usual = await self._average_of_hours(ids, local, estate, presence=presence)
        hour = bucket_start(now, "1h", zone)
        for space_id in ids:
            self._typical[space_id] = _Typical(hour, usual.get(space_id))

    async def _average_of_hours(
        self, ids: list[str], local: datetime, estate: Estate, *, presence: bool
    ) -> dict[str, float]:
        """Return the average of the hours themselves, as far as Butlr knows them."""
        by_asset: dict[Asset, list[str]] = {}
        for space_id in ids:
            by_asset.setdefault(asset_of(estate.spaces[space_id]), []).append(space_id)
        question_of = people_question if presence else estimates_question
        heard: dict[str, list[float]] = {}
        for asset, some in by_asset.items():
            for weeks in range(1, WEEKS + 1):
                # By the local clock, which need not have been as far from UTC then.
                begin = (local.replace(minute=0, second=0, microsecond=0) - timedelta(weeks=weeks)).timestamp()
                hour = BucketRange(begin, begin + HOUR, getattr(local.tzinfo, "key", "UTC"))
                question = question_of(asset, some, hour)
                for space_id, known in (await fetch_series(self._reporter, question)).items():
                    usable = [people for people in known.values() if people is not None]
                    heard.setdefault(space_id, []).extend(usable)
        return {space_id: sum(known) / len(known) for space_id, known in heard.items() if known}
