"""The three polls: estate, occupancy, traffic. What they learn goes into `Live`."""

from abc import abstractmethod
import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .api.answers import Rows, crossings, newest, runs, whole
from .api.client import ButlrClient
from .api.errors import ButlrAuthError, ButlrError, ButlrOverloadedError, ButlrRateLimitError
from .api.estate import Estate, Site
from .api.estate_reader import fetch_estate
from .api.events import OCCUPANCY_TYPES, EventType
from .api.questions import LIVE_BUCKET, Asset, Question, estimate_question, presence_question, traffic_question
from .api.readings import Count, Estimate, NoCount, NoEstimate, NoTotals, Reading, Totals
from .api.reporting import Reporter
from .const import CONF_BUILDINGS, CONF_HARDWARE, DOMAIN, LOGGER
from .evidence import KEEP
from .live import Live
from .proof import Proof

ESTATE_INTERVAL = timedelta(minutes=10)
OCCUPANCY_INTERVAL = timedelta(seconds=60)
OCCUPANCY_INTERVAL_WITH_PUSH = timedelta(minutes=5)
TRAFFIC_INTERVAL = timedelta(minutes=5)
# A failed poll is tried again after this many seconds, whatever its interval.
RETRY = 60.0
# How long a crossing may take to be counted in Butlr's totals, in seconds.
SETTLING = 10.0
# One refusal may be a hiccup of the login service; two are not.
REFUSALS = 2
# How long set-up waits before it asks again after a refusal, in seconds.
REFUSAL_PAUSE = 1.0
PUSHED_AS = {
    Asset.FLOORS: EventType.FLOOR_OCCUPANCY,
    Asset.ROOMS: EventType.ROOM_OCCUPANCY,
    Asset.ZONES: EventType.ZONE_OCCUPANCY,
}


class ButlrCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """A poll of the Butlr cloud: says once that the cloud is gone, once that it is back."""

    config_entry: ConfigEntry[Any]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        failing: set[str],
        what: str,
        interval: timedelta,
        debouncer: Debouncer[Any] | None = None,
    ) -> None:
        """Prepare a poll; `failing` is shared by all polls and names those that fail at the moment."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=f"Butlr {what}",
            update_interval=interval,
            request_refresh_debouncer=debouncer,
        )
        self.client = client
        self.interval = interval
        # For how long after a good answer Butlr may ask for patience before it counts as a failure, in seconds.
        self.patience = KEEP
        self._failing = failing
        self._refusals = 0
        # When this poll last got all that it asked for (Unix seconds).
        self.succeeded_at: float | None = None

    @property
    def cloud_is_down(self) -> bool:
        """Whether this or any other poll of the entry fails at the moment."""
        return bool(self._failing)

    @abstractmethod
    async def _fetch(self) -> DataT:
        """Ask the cloud; raises ButlrError."""

    @override
    async def _async_update_data(self) -> DataT:
        try:
            data = await self._fetch_twice_if_refused_at_start()
        except (ButlrRateLimitError, ButlrOverloadedError) as err:
            pause = err.retry_after if isinstance(err, ButlrRateLimitError) else RETRY
            # The cloud is there and asks for patience: what is known stays valid for a while, so no error yet.
            if self.succeeded_at is not None and self.client.now() < self.succeeded_at + self.patience:
                LOGGER.debug("%s waits %.0f s: %s", self.name, pause, err)
                self.update_interval = timedelta(seconds=pause)
                return self.data
            raise self._failure(err, pause) from err
        except ButlrAuthError as err:
            self._refusals += 1
            if self._refusals < REFUSALS:
                raise self._failure(err, RETRY) from err
            self._note_failure()
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="credentials_refused") from err
        except ButlrError as err:
            raise self._failure(err, RETRY) from err
        self._refusals = 0
        self.succeeded_at = self.client.now()
        self.update_interval = self.interval
        self._failing.discard(self.name)
        if self._failing:
            # Another poll has yet to recover; the last one says so, once.
            self.last_update_success = True
        return data

    async def _fetch_twice_if_refused_at_start(self) -> DataT:
        try:
            return await self._fetch()
        except ButlrAuthError:
            if self.config_entry.state is not ConfigEntryState.SETUP_IN_PROGRESS:
                raise
            # A set-up that is retried begins with a new coordinator, which would never count to two.
            self._refusals += 1
        await asyncio.sleep(REFUSAL_PAUSE)
        return await self._fetch()

    def _note_failure(self) -> None:
        """Join those that fail; where another was first, even by a moment of the same outage, it has said so."""
        if self._failing - {self.name}:
            # Home Assistant writes a line only for a poll that did succeed.
            self.last_update_success = False
        self._failing.add(self.name)

    def _failure(self, err: ButlrError, retry_after: float) -> UpdateFailed:
        self._note_failure()
        return UpdateFailed(
            retry_after=retry_after,
            translation_domain=DOMAIN,
            translation_key="update_failed",
            translation_placeholders={"error": str(err)},
        )


class EstateCoordinator(ButlrCoordinator[Estate]):
    """Polls what there is: sites, buildings, floors, rooms, zones, hives, sensors and tags."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], client: ButlrClient, failing: set[str], live: Live
    ) -> None:
        """Prepare the estate poll."""
        super().__init__(hass, entry, client, failing, "estate", ESTATE_INTERVAL)
        self._live = live
        # The organisation with the buildings that were not chosen.
        self.whole: Estate
        # The chosen sites whose days begin at Home Assistant's midnight, for want of a time zone that it knows.
        self.without_time_zone: tuple[Site, ...] = ()

    @property
    def stale(self) -> bool:
        """Whether the estate is older than what was seen in it may be shown for."""
        seen = self.succeeded_at
        return seen is None or self.client.now() >= seen + self.interval.total_seconds() + KEEP

    @override
    async def _fetch(self) -> Estate:
        estate = await fetch_estate(self.client)
        if estate.unread and self.data is not None:
            # What could not be read is not gone.
            estate = replace(estate, **{part: getattr(self.whole, part) for part in estate.unread})
        self.whole = estate
        return await self._chosen()

    async def choose(self) -> None:
        """Follow a changed choice, with what is known of the organisation."""
        self.data = await self._chosen()
        self.async_update_listeners()

    async def _chosen(self) -> Estate:
        """Return what of the organisation is wanted, and let `Live` know."""
        estate = await self.hass.async_add_executor_job(_part, self.whole, self.config_entry.options)
        zones = {}
        for site in estate.sites.values():
            if site.time_zone and (zone := await dt_util.async_get_time_zone(site.time_zone)):
                zones[site.id] = zone
        self.without_time_zone = tuple(site for site in estate.sites.values() if site.id not in zones)
        self._live.set_estate(estate, zones, dt_util.get_default_time_zone())
        return estate


class FiguresCoordinator(ButlrCoordinator[None]):
    """A poll of figures: its data are in `Live`, not here, and it bears witness of what was pushed."""

    what: str
    usual_interval: timedelta
    types: tuple[EventType, ...]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        failing: set[str],
        live: Live,
        estate: EstateCoordinator,
        proof: Proof,
    ) -> None:
        """Prepare a poll of figures of the spaces of an estate."""
        super().__init__(hass, entry, client, failing, self.what, self.usual_interval)
        self._live = live
        self._estate = estate
        self._proof = proof
        self._reporter = Reporter(client)

    @abstractmethod
    def _questions(self, estate: Estate) -> Iterable[Awaitable[None]]:
        """Return what asks the cloud, side by side."""

    @override
    async def _fetch(self) -> None:
        begun = self.client.now()
        await all_of(self._questions(self._estate.data))
        self._proof.polled(self.types, begun)

    def _take(self, kind: EventType, readings: Iterable[Reading]) -> None:
        """Take in what a poll tells, noting what should have been pushed before."""
        readings = tuple(readings)
        for reading in readings:
            if (since := self._live.overdue(reading)) is not None:
                self._proof.missed(kind, since)
        self._live.apply(readings, polled=True)


class OccupancyCoordinator(FiguresCoordinator):
    """Polls the people that presence sensors count."""

    what = "occupancy"
    usual_interval = OCCUPANCY_INTERVAL
    types = OCCUPANCY_TYPES

    def relax(self, *, push: bool) -> None:
        """Poll slowly while pushes are proven to arrive, at the usual pace otherwise."""
        before = self.interval
        self.interval = OCCUPANCY_INTERVAL_WITH_PUSH if push else OCCUPANCY_INTERVAL
        if self.interval != before:
            self.update_interval = self.interval
        if self.interval < before:
            # The next poll may be minutes away, and nothing is pushed any more.
            self.config_entry.async_create_background_task(self.hass, self.async_refresh(), "butlr poll at once")

    @override
    def _questions(self, estate: Estate) -> Iterable[Awaitable[None]]:
        now = self.client.now()

        def sensed(ids: Iterable[str]) -> list[str]:
            return [space_id for space_id in ids if estate.equipment(space_id).presence]

        questions = (
            presence_question(Asset.FLOORS, sensed(estate.floors), now),
            presence_question(Asset.ROOMS, sensed(estate.rooms), now),
            presence_question(Asset.ZONES, list(estate.zones), now),
        )
        return [self._ask(question) for question in questions]

    async def _ask(self, question: Question) -> None:
        def take(rows: Rows, part: Question) -> None:
            latest = runs([row for row in rows if row.value >= 0])
            self._take(
                PUSHED_AS[part.asset],
                (
                    Count(space_id, run.people, run.moment, run.since)
                    if (run := latest.get(space_id))
                    else NoCount(space_id, part.start)
                    for space_id in part.ids
                ),
            )

        await self._reporter.ask(question, take)


class TrafficCoordinator(FiguresCoordinator):
    """Polls today's crossings and the estimate that follows from them, where there are traffic sensors."""

    what = "traffic"
    usual_interval = TRAFFIC_INTERVAL
    types = (EventType.TRAFFIC,)
    # Whether crossings are pushed as well.
    pushed = False

    @override
    def _questions(self, estate: Estate) -> Iterable[Awaitable[None]]:
        # A crossing reaches Butlr's totals a little after it was sensed. While crossings are pushed, the totals are
        # asked for as they stood a moment ago, and the pushes since come on top: none falls between the two.
        now = self.client.now() - (SETTLING if self.pushed else 0.0)
        # Items of one question share a time zone, and with it their midnight.
        batches: dict[tuple[Asset, float, str], list[str]] = {}
        for asset, spaces in ((Asset.FLOORS, estate.floors), (Asset.ROOMS, estate.rooms)):
            for space_id in spaces:
                if estate.equipment(space_id).traffic:
                    batches.setdefault((asset, *self._live.day(space_id)), []).append(space_id)
        polls: list[Awaitable[None]] = []
        for (asset, midnight, time_zone), ids in batches.items():
            polls.append(self._ask_totals(traffic_question(asset, ids, midnight, now, time_zone), estate))
            polls.append(self._ask_estimates(estimate_question(asset, ids, now, time_zone), midnight))
        return polls

    async def _ask_totals(self, question: Question, estate: Estate) -> None:
        def take(rows: Rows, part: Question) -> None:
            sums = crossings(rows, estate.counts_crossings)
            merged = {row.space_id for row in rows if row.mac is None}
            self._take(
                EventType.TRAFFIC,
                (
                    Totals(space_id, *sums[space_id], since=part.start, until=part.stop)
                    if space_id in sums
                    else NoTotals(space_id, part.stop, others=bool(rows) and space_id not in merged)
                    for space_id in part.ids
                ),
            )

        await self._reporter.ask(question, take)

    async def _ask_estimates(self, question: Question, midnight: float) -> None:
        def take(rows: Rows, part: Question) -> None:
            latest = newest(rows)
            readings: list[Reading] = []
            for space_id in part.ids:
                if row := latest.get(space_id):
                    # The bucket's end, unless it still runs: crossings since then come on top.
                    until = min(row.moment + LIVE_BUCKET, part.stop)
                    readings.append(Estimate(space_id, max(whole(row.value), 0), midnight, until))
                else:
                    readings.append(NoEstimate(space_id))
            self._take(EventType.TRAFFIC, readings)

        await self._reporter.ask(question, take)


def _part(whole: Estate, options: Mapping[str, Any]) -> Estate:
    """Return what a person chose of an organisation, with what is looked up in it all the time."""
    estate = replace(whole, with_hardware=options.get(CONF_HARDWARE, True))
    if chosen := options.get(CONF_BUILDINGS):
        estate = estate.only(chosen)
    estate.index()
    return estate


async def all_of(questions: Iterable[Awaitable[None]]) -> None:
    """Ask side by side, all to their ends; then raise what went wrong, a refusal first."""
    results = await asyncio.gather(*questions, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    for error in sorted(errors, key=lambda error: not isinstance(error, ButlrAuthError)):
        raise error


async def poll_now(*polls: ButlrCoordinator[Any]) -> None:
    """Poll outside of the usual intervals; requests that come close together are one poll."""
    for poll in polls:
        await poll.async_request_refresh()
