"""The poll of the people that presence sensors count."""

from collections.abc import Awaitable, Iterable
from typing import Any, override

from ..api.answers import CountRun, Row, count_runs
from ..api.connectivity import is_connectivity_unchanged
from ..api.errors import ButlrResponseError
from ..api.estate import Estate
from ..api.events import OCCUPANCY_TYPES, EventType
from ..api.questions import LIVE_BUCKET, Asset, Question, presence_question
from ..api.readings import Count, NoCount, Reading
from ..coordinator import OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH
from ..live.evidence import THIRD
from .readings import ReadingsCoordinator

# How long a space whose sensors are silent, and that is answered with people all the same, is not asked about again.
VERIFY_COOLDOWN = 180.0
PUSHED_AS = {
    Asset.FLOORS: EventType.FLOOR_OCCUPANCY,
    Asset.ROOMS: EventType.ROOM_OCCUPANCY,
    Asset.ZONES: EventType.ZONE_OCCUPANCY,
}


class OccupancyCoordinator(ReadingsCoordinator):
    """Polls the people that presence sensors count."""

    what = "occupancy"
    default_interval = OCCUPANCY_INTERVAL
    types = OCCUPANCY_TYPES

    def __init__(self, *parts: Any) -> None:
        """Begin with nothing confirmed but what the estate tells."""
        super().__init__(*parts)
        # When the sensors of a space were last asked about by themselves, and what waits for that.
        self._confirmed: dict[str, float] = {}
        self._doubted: list[tuple[EventType, Count]] = []

    def adjust_interval(self, *, with_push: bool) -> None:
        """Poll slowly while pushes are proven to arrive, at the usual pace otherwise."""
        before = self.interval
        self.interval = OCCUPANCY_INTERVAL_WITH_PUSH if with_push else OCCUPANCY_INTERVAL
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
        def take(rows: list[Row], part: Question) -> None:
            kind, latest = PUSHED_AS[part.asset], count_runs(rows)
            readings: list[Reading] = []
            for space_id in part.ids:
                run = latest.get(space_id)
                if run is None:
                    readings.append(NoCount(space_id, part.start))
                    continue
                count = Count(space_id, run.people, run.timestamp + THIRD, run.since)
                if self._is_doubtful(space_id, run):
                    self._doubted.append((kind, count))
                else:
                    readings.append(count)
            self._take(kind, readings)

        await self._reporter.ask(question, take)

    def _is_doubtful(self, space_id: str, run: CountRun) -> bool:
        """Tell whether a count may be what Butlr answers of a room in which nothing senses any more, or again.

        Such a room is answered with zero, and that its sensor is dead the estate tells minutes later (butlr-api 4.11).
        """
        live = self._live
        if not live.senses(space_id):
            # Whatever comes of it now and then: not at every poll.
            return run.people > 0 and self._confirmed_at(space_id) < run.timestamp - VERIFY_COOLDOWN
        if run.people:
            return False
        since = live.zero_since(space_id)
        # Whatever ended may have ended in the first minute that was zero, or its sensor have.
        return self._confirmed_at(space_id) < (run.since if since is None else since) + LIVE_BUCKET

    def _confirmed_at(self, space_id: str) -> float:
        """Return when the sensors of a space were last known to be online."""
        return max(self._confirmed.get(space_id, 0.0), self._estate.succeeded_at or 0.0)

    async def _confirm(self, estate: Estate) -> None:
        """Ask whether the sensors are heard that doubtful counts come from, and believe these as far as they are.

        What cannot be asked now is not believed now.
        """
        asked_at = self.client.now()
        sensors = [sensor for _, count in self._doubted for sensor in estate.equipment(count.space_id).counters]
        try:
            changed = not await is_connectivity_unchanged(self.client, estate, sensors)
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
        polled_at = self._estate.succeeded_at or 0.0
        self._confirmed = {key: timestamp for key, timestamp in self._confirmed.items() if timestamp > polled_at}
