"""The poll of people counts from presence sensors."""

from collections.abc import Awaitable, Iterable
from typing import Final, override

from ..api.answers import CountRun, Row, count_runs
from ..api.connectivity import is_connectivity_unchanged
from ..api.errors import ButlrResponseError
from ..api.estate import Estate
from ..api.events import OCCUPANCY_TYPES, EventType
from ..api.questions import LIVE_BUCKET, Asset, Question, presence_question
from ..api.readings import Count, NoCount, Reading
from ..coordinator import OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH, PollContext
from ..live.confidence import stale_after
from ..live.evidence import THIRD
from ..live.push_health import PushHealth
from .estate import EstateCoordinator
from .readings import ReadingsCoordinator

# A space without online sensors that reports people is not checked again for this long, in seconds.
VERIFY_COOLDOWN: Final = 180.0
_EVENT_TYPES: Final = {
    Asset.FLOORS: EventType.FLOOR_OCCUPANCY,
    Asset.ROOMS: EventType.ROOM_OCCUPANCY,
    Asset.ZONES: EventType.ZONE_OCCUPANCY,
}


class OccupancyCoordinator(ReadingsCoordinator):
    """Polls the people counts of presence sensors."""

    subject = "occupancy"
    default_interval = OCCUPANCY_INTERVAL
    types = OCCUPANCY_TYPES

    def __init__(self, context: PollContext, estate: EstateCoordinator, push_health: PushHealth) -> None:
        """Prepare the poll."""
        super().__init__(context, estate, push_health)
        # When a separate request last verified that the sensors of a space are online.
        self._verified_at: dict[str, float] = {}
        # Counts of this poll that are applied only after their sensors are verified to be online.
        self._suspect: list[tuple[EventType, Count]] = []
        # How long the last poll took, in seconds.
        self._duration = 0.0

    def adjust_interval(self, *, with_push: bool) -> None:
        """Poll slowly while pushes are verified to arrive, and at the default interval otherwise."""
        before = self.interval
        self.interval = OCCUPANCY_INTERVAL_WITH_PUSH if with_push else OCCUPANCY_INTERVAL
        if self.interval != before:
            self.update_interval = self.interval
            self._set_stale_after()
        if self.interval < before:
            # Pushes have stopped, and the next poll may be minutes away.
            self.config_entry.async_create_background_task(self.hass, self.async_refresh(), f"{self.name} without push")

    @override
    def _requests(self, estate: Estate) -> Iterable[Awaitable[None]]:
        now = self.client.now()

        def with_presence(ids: Iterable[str]) -> list[str]:
            return [space_id for space_id in estate.confirmed(ids) if estate.equipment(space_id).presence]

        questions = (
            presence_question(Asset.FLOORS, with_presence(estate.floors), now),
            presence_question(Asset.ROOMS, with_presence(estate.rooms), now),
            presence_question(Asset.ZONES, estate.confirmed(estate.zones), now),
        )
        return [self._request_counts(question) for question in questions]

    @override
    async def _fetch(self) -> None:
        started_at = self.client.now()
        self._suspect.clear()
        await super()._fetch()
        if self._suspect:
            await self._verify_suspects(self._estate.data)
        self._duration = self.client.now() - started_at
        self._set_stale_after()

    def _set_stale_after(self) -> None:
        """Let a count be as old as polls at this pace allow: those of a large estate take more than a minute."""
        self._live.set_counts_stale_after(stale_after(self.interval.total_seconds(), self._duration))

    async def _request_counts(self, question: Question) -> None:
        def apply_rows(rows: list[Row], part: Question) -> None:
            event_type, newest_runs = _EVENT_TYPES[part.asset], count_runs(rows)
            readings: list[Reading] = []
            for space_id in part.ids:
                run = newest_runs.get(space_id)
                if run is None:
                    readings.append(NoCount(space_id, part.start))
                    continue
                count = Count(space_id, run.people, run.timestamp + THIRD, run.since)
                if self._is_suspect(space_id, run):
                    self._suspect.append((event_type, count))
                else:
                    readings.append(count)
            self._apply(event_type, readings)

        await self._reporter.ask(question, apply_rows)

    def _is_suspect(self, space_id: str, run: CountRun) -> bool:
        """Return whether a count may come from sensors that went offline or came back since the last estate.

        Butlr reports zero for a room whose sensors are offline, minutes before the estate shows them as offline
        (butlr-api 4.11).
        """
        live = self._live
        if not live.senses(space_id):
            # The sensors may be online again. Checking that at every poll would cost too many requests.
            return run.people > 0 and self._last_verified(space_id) < run.timestamp - VERIFY_COOLDOWN
        if run.people:
            return False
        zero_since = live.zero_since(space_id)
        # A sensor that went offline reports its first zero within the minute in which that happened.
        return self._last_verified(space_id) < (run.since if zero_since is None else zero_since) + LIVE_BUCKET

    def _last_verified(self, space_id: str) -> float:
        """Return when the sensors of a space were last known to be online."""
        return max(self._verified_at.get(space_id, 0.0), self._estate.succeeded_at or 0.0)

    async def _verify_suspects(self, estate: Estate) -> None:
        """Check whether the sensors behind the suspect counts are online, and apply the counts whose sensors are.

        If the check fails, none of them is applied.
        """
        asked_at = self.client.now()
        sensors = [sensor for _, count in self._suspect for sensor in estate.equipment(count.space_id).counters]
        try:
            changed = not await is_connectivity_unchanged(self.client, estate, sensors)
        except ButlrResponseError:
            # This cloud does not support the smaller query, so poll the whole estate.
            changed = True
        if changed:
            await self._estate.async_refresh()
            if self._estate.failing:
                return
        for event_type, count in self._suspect:
            self._verified_at[count.space_id] = asked_at
            self._apply(event_type, (count,))
        polled_at = self._estate.succeeded_at or 0.0
        self._verified_at = {key: timestamp for key, timestamp in self._verified_at.items() if timestamp > polled_at}
