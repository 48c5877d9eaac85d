"""What polls have in common, and two of them: estate and occupancy. What they learn goes into `Live`."""

from abc import abstractmethod
import asyncio
from collections.abc import Awaitable, Coroutine, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
import time
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .api.answers import Rows, Run, runs
from .api.client import ButlrClient
from .api.connectivity import all_as_known
from .api.errors import ButlrAuthError, ButlrError, ButlrOverloadedError, ButlrRateLimitError, ButlrResponseError
from .api.estate import Estate, Site
from .api.estate_reader import fetch_estate
from .api.events import OCCUPANCY_TYPES, EventType
from .api.questions import (
    LIVE_BUCKET,
    Asset,
    Question,
    presence_question,
)
from .api.readings import Count, NoCount, Reading
from .api.reporting import Reporter
from .const import CONF_BUILDINGS, CONF_HARDWARE, DOMAIN, LOGGER
from .evidence import KEEP, THIRD
from .failing import REFUSED_RETRY, Failing
from .live import Live
from .outages import Outages
from .proof import Proof
from .rounds import Rounds
from .witness import Witness

ESTATE_INTERVAL = timedelta(minutes=10)
OCCUPANCY_INTERVAL = timedelta(seconds=60)
OCCUPANCY_INTERVAL_WITH_PUSH = timedelta(minutes=5)
# A failed poll is tried again after this many seconds, whatever its interval.
RETRY = 60.0
# How long a space whose sensors are silent, and that is answered with people all the same, is not asked about again.
DOUBT_AGAIN = 180.0
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
        failing: Failing,
        what: str,
        interval: timedelta,
        debouncer: Debouncer[Any] | None = None,
    ) -> None:
        """Prepare a poll; `failing` is shared by all polls and knows those that fail at the moment."""
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
        # When this poll last got all that it asked for (Unix seconds), and how often it did.
        self.succeeded_at: float | None = None
        self._successes = 0
        self._rounds = Rounds(self._round, self._begin_rounds)

    @property
    def cloud_is_down(self) -> bool:
        """Whether this or any other poll of the entry fails at the moment."""
        return bool(self._failing)

    @callback
    def clock_moved(self, seconds: float) -> None:
        """Follow the clock, which turned out to be so many seconds later than it was thought to be."""
        if self.succeeded_at is not None:
            self.succeeded_at += seconds

    async def renew(self) -> bool:
        """Poll for somebody who asks for it now, and return whether Butlr answered.

        However many ask, and however often: each is answered by a poll that began when they asked, or later.
        """
        return await self._rounds.join()

    async def _round(self) -> bool:
        before = self._successes
        await self.async_refresh()
        return self._successes > before

    def _begin_rounds(self, rounds: Coroutine[Any, Any, None]) -> None:
        self.config_entry.async_create_background_task(self.hass, rounds, f"{self.name} for somebody")

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
            # No ConfigEntryAuthFailed, after which Home Assistant would never ask again: refusals may pass.
            raise self._failure(err, REFUSED_RETRY if self._failing.refuse(self, err) else RETRY) from err
        except ButlrError as err:
            raise self._failure(err, RETRY) from err
        self.succeeded_at = self.client.now()
        self._successes += 1
        self.update_interval = self.interval
        self._failing.succeed(self)
        if self._failing:
            # Another poll has yet to recover; the last one says so, once.
            self.last_update_success = True
        return data

    async def _fetch_twice_if_refused_at_start(self) -> DataT:
        try:
            return await self._fetch()
        except ButlrAuthError as err:
            if self.config_entry.state is not ConfigEntryState.SETUP_IN_PROGRESS:
                raise
            # A set-up that is retried begins with a new coordinator, which would never count to two. Once a person is
            # asked for new credentials, the old ones are tried once each time.
            self._failing.refuse(self, err)
            if self._failing.asks:
                raise
        await asyncio.sleep(REFUSAL_PAUSE)
        return await self._fetch()

    def _note_failure(self) -> None:
        """Join those that fail; where another was first, even by a moment of the same outage, it has said so."""
        if self._failing.others(self):
            # Home Assistant writes a line only for a poll that did succeed.
            self.last_update_success = False
        self._failing.add(self)

    def _failure(self, err: ButlrError, retry_after: float) -> UpdateFailed:
        self._note_failure()
        if isinstance(err, ButlrAuthError):
            return UpdateFailed(
                retry_after=retry_after, translation_domain=DOMAIN, translation_key="credentials_refused"
            )
        return UpdateFailed(
            retry_after=retry_after,
            translation_domain=DOMAIN,
            translation_key="update_failed",
            translation_placeholders={"error": str(err)},
        )


class EstateCoordinator(ButlrCoordinator[Estate]):
    """Polls what there is: sites, buildings, floors, rooms, zones, hives, sensors and tags."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], client: ButlrClient, failing: Failing, live: Live
    ) -> None:
        """Prepare the estate poll."""
        super().__init__(hass, entry, client, failing, "estate", ESTATE_INTERVAL)
        self._live = live
        self.witness = Witness(time.monotonic, entry.unique_id)
        # The organisation with the buildings that were not chosen.
        self.whole: Estate
        # When nothing sensed a space.
        self.outages = Outages()
        # Whether people are sensed again, since the estate before, where none were.
        self.awakened = False
        # The chosen sites whose days begin at Home Assistant's midnight, for want of a time zone that it knows.
        self.without_time_zone: tuple[Site, ...] = ()

    @property
    def answered_at(self) -> float:
        """When Butlr last answered what there is, in Unix seconds."""
        return self.succeeded_at or 0.0

    @property
    def stale(self) -> bool:
        """Whether the estate is older than what was seen in it may be shown for."""
        seen = self.succeeded_at
        return seen is None or self.client.now() >= seen + self.interval.total_seconds() + KEEP

    @override
    async def _fetch(self) -> Estate:
        answer = await fetch_estate(self.client)
        self.whole = await self.hass.async_add_executor_job(self.witness.take, answer)
        # Hardly anything is sensed without sensors, and a failure may pass soon.
        blind = "sensors" in self.whole.unread and not self.whole.confirmed(self.whole.sensors)
        self.interval = timedelta(seconds=RETRY) if blind else ESTATE_INTERVAL
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
        self.awakened = self._live.set_estate(estate, zones, dt_util.get_default_time_zone())
        self.outages.follow(estate, self.client.now())
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
        failing: Failing,
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

    def __init__(self, *parts: Any) -> None:
        """Begin with nothing confirmed but what the estate tells."""
        super().__init__(*parts)
        # When the sensors of a space were last asked about by themselves, and what waits for that.
        self._confirmed: dict[str, float] = {}
        self._doubted: list[tuple[EventType, Count]] = []

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
            return [space_id for space_id in estate.confirmed(ids) if estate.equipment(space_id).presence]

        questions = (
            presence_question(Asset.FLOORS, sensed(estate.floors), now),
            presence_question(Asset.ROOMS, sensed(estate.rooms), now),
            presence_question(Asset.ZONES, estate.confirmed(estate.zones), now),
        )
        return [self._ask(question) for question in questions]

    @override
    async def _fetch(self) -> None:
        self._doubted.clear()
        await super()._fetch()
        if self._doubted:
            await self._confirm(self._estate.data)

    async def _ask(self, question: Question) -> None:
        def take(rows: Rows, part: Question) -> None:
            kind, latest = PUSHED_AS[part.asset], runs(rows)
            readings: list[Reading] = []
            for space_id in part.ids:
                run = latest.get(space_id)
                if run is None:
                    readings.append(NoCount(space_id, part.start))
                    continue
                count = Count(space_id, run.people, run.moment + THIRD, run.since)
                if self._is_doubtful(space_id, run):
                    self._doubted.append((kind, count))
                else:
                    readings.append(count)
            self._take(kind, readings)

        await self._reporter.ask(question, take)

    def _is_doubtful(self, space_id: str, run: Run) -> bool:
        """Tell whether a count may be what Butlr answers of a room in which nothing senses any more, or again.

        Such a room is answered with zero, and that its sensor is dead the estate tells minutes later (butlr-api 4.11).
        """
        live = self._live
        if not live.senses(space_id):
            # Whatever comes of it now and then: not at every poll.
            return run.people > 0 and self._confirmed_at(space_id) < run.moment - DOUBT_AGAIN
        if run.people:
            return False
        since = live.zero_since(space_id)
        # Whatever ended may have ended in the first minute that was zero, or its sensor have.
        return self._confirmed_at(space_id) < (run.since if since is None else since) + LIVE_BUCKET

    def _confirmed_at(self, space_id: str) -> float:
        """Return when the sensors of a space were last known to be online."""
        return max(self._confirmed.get(space_id, 0.0), self._estate.answered_at)

    async def _confirm(self, estate: Estate) -> None:
        """Ask whether the sensors are heard that doubtful counts come from, and believe these as far as they are.

        What cannot be asked now is not believed now.
        """
        asked_at = self.client.now()
        sensors = [sensor for _, count in self._doubted for sensor in estate.equipment(count.space_id).counters]
        try:
            changed = not await all_as_known(self.client, estate, sensors)
        except ButlrResponseError:
            # Not asked in a way that this cloud understands: then everything.
            changed = True
        if changed:
            await self._estate.async_refresh()
            if not self._estate.last_update_success:
                return
        for kind, count in self._doubted:
            self._confirmed[count.space_id] = asked_at
            self._take(kind, (count,))
        self._confirmed = {key: moment for key, moment in self._confirmed.items() if moment > self._estate.answered_at}


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


async def renew(*polls: ButlrCoordinator[Any]) -> bool:
    """Poll side by side for somebody who asks for it now; returns whether Butlr answered all of them."""
    return all(await asyncio.gather(*(poll.renew() for poll in polls)))


async def poll_now(*polls: ButlrCoordinator[Any]) -> None:
    """Poll outside of the usual intervals; requests that come close together are one poll."""
    for poll in polls:
        await poll.async_request_refresh()
