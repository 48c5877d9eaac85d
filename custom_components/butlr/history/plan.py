"""The gaps in long-term statistics, and the requests whose answers fill them.

A plan follows from the recorder's rows, so nothing has to be stored: an import that was killed continues where it
stopped, and one that is repeated finds nothing to do.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import batched, chain
import math
import time
from typing import Final

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..api.questions import Asset
from ..api.reporting import MAX_ANSWER_ROWS
from ..const import DOMAIN
from ..live.live import Live
from ..polls.estate import EstateCoordinator
from .hours import (
    HOUR_SECONDS,
    WEEK_HOURS,
    HistoryRequest,
    Hours,
    bucket_length,
    plan_requests,
    split_into_weeks,
)
from .statistics import RecorderStatistics
from .sums import repeated_hours

# An hour is imported this long after its end, in seconds: the recorder compiles it ten seconds after its end, and Butlr
# recomputes the last five minutes.
IMPORT_DELAY: Final = 5 * 60
DAY_SECONDS: Final = 24 * HOUR_SECONDS
# The longest day of a time zone, when its clocks go back.
LONGEST_DAY_SECONDS: Final = 25 * HOUR_SECONDS
# Number of entities whose counts are read from the recorder in one query.
COUNTS_BATCH_SIZE: Final = 20
# The functions that make up an hour of people, each with its own request.
COUNT_FUNCTIONS: Final = ("mean", "min", "max")
COUNT_KEY: Final = "people"
# The direction that an entity counts, by its key.
CROSSING_DIRECTIONS: Final = {"entries_today": "in", "exits_today": "out"}


@dataclass(slots=True)
class CountGaps:
    """The hours without a count of the people in a space."""

    entity_id: str
    missing: Hours


@dataclass(slots=True)
class SumGaps:
    """The hours without entries or exits of a space: entities by key, and hours by entity."""

    space_id: str
    entities: Mapping[str, str]
    missing: dict[str, Hours]
    zone: tzinfo
    doors: int
    # Request start and bucket length (s).
    start: int
    bucket: int

    @property
    def rows_per_hour(self) -> int:
        """Return the number of rows that an answer has for one hour."""
        return 2 * self.doors * (HOUR_SECONDS // self.bucket)


@dataclass(slots=True)
class SumPlan:
    """Sums that share requests, which cover all of the time from the first gap to now."""

    asset: Asset
    gaps: list[SumGaps]
    requests: list[HistoryRequest]


@dataclass(slots=True)
class Plan:
    """The hours before `end` to import, and the requests for them."""

    end: int
    counts: dict[str, CountGaps] = field(default_factory=dict)
    count_requests: list[tuple[Asset, HistoryRequest]] = field(default_factory=list)
    sums: list[SumPlan] = field(default_factory=list)
    # True while sums wait for the recorder's first short-term row, from which the recorder continues.
    waiting: bool = False

    @property
    def requests(self) -> int:
        """Return the number of requests, if Butlr answers each of them."""
        return len(self.count_requests) * len(COUNT_FUNCTIONS) + sum(len(plan.requests) for plan in self.sums)

    @property
    def hours(self) -> int:
        """Return the number of missing hours of all entities together."""
        sums = (hours for plan in self.sums for gaps in plan.gaps for hours in gaps.missing.values())
        return sum(len(gaps.missing) for gaps in self.counts.values()) + sum(map(len, sums))

    @property
    def spaces(self) -> int:
        """Return the number of spaces with missing hours."""
        return len(self.counts.keys() | {gaps.space_id for plan in self.sums for gaps in plan.gaps})


class Planner:
    """Finds the gaps in the last days, for all spaces of an estate or some of them."""

    def __init__(
        self,
        hass: HomeAssistant,
        recorder: RecorderStatistics,
        coordinator: EstateCoordinator,
        live: Live,
        only: Collection[str] | None,
        loaded_at: float | None,
    ) -> None:
        """Keep the current estate.

        Home Assistant has been on since `loaded_at`; None if no hours of downtime before that need a check.
        """
        self._hass = hass
        self._recorder = recorder
        self._estate = estate = coordinator.data
        self._outages = coordinator.outages
        # Read now: a space may be removed while the recorder reads.
        self._zones = {space_id: live.zone(space_id) for space_id in estate.spaces}
        self._only = only
        self._loaded_at = loaded_at

    async def plan(self, days: int, now: float) -> Plan:
        """Return the import plan for the last `days` days; `now` is the time at Butlr."""
        await self._recorder.wait_until_ready()
        plan = Plan(int(min(now, time.time()) - IMPORT_DELAY) // HOUR_SECONDS * HOUR_SECONDS)
        start = plan.end - days * DAY_SECONDS
        downtime = await self._downtime(start, plan.end)
        await self._plan_counts(plan, start, downtime)
        await self._plan_sums(plan, start, downtime)
        return plan

    async def _downtime(self, start: int, end: int) -> Hours:
        """Return the hours in which Home Assistant was off; all entities together show when that was."""
        if self._loaded_at is None:
            return Hours()
        entity_ids = [
            entity_id for key in (COUNT_KEY, *CROSSING_DIRECTIONS) for entity_id in self._entities(key, None).values()
        ]
        return await self._recorder.downtime(
            entity_ids, start, min(end, int(self._loaded_at) // HOUR_SECONDS * HOUR_SECONDS)
        )

    async def _plan_counts(self, plan: Plan, start: int, downtime: Hours) -> None:
        entities = self._entities(COUNT_KEY, self._only)
        for space_id, hours in (await self._missing_counts(entities, start, plan.end, downtime)).items():
            # While no sensor of a space was online, Butlr answers 0, which is not a count.
            for begin, end in self._outages.within(space_id, start, plan.end):
                for hour in range(int(begin // HOUR_SECONDS) * HOUR_SECONDS, math.ceil(end), HOUR_SECONDS):
                    hours.discard(hour)
            if hours:
                plan.counts[space_id] = CountGaps(entities[space_id], hours)
        for asset, space_ids in self._by_asset(plan.counts):
            gaps = {space_id: plan.counts[space_id].missing for space_id in space_ids}
            plan.count_requests += [(asset, request) for request in plan_requests(gaps, MAX_ANSWER_ROWS)]
        # Users look at the newest hours first.
        plan.count_requests.sort(key=lambda item: -item[1].start)

    async def _missing_counts(
        self, entities: Mapping[str, str], start: int, end: int, downtime: Hours
    ) -> dict[str, Hours]:
        """Return the hours of [start, end) without a count, or with one that the recorder made up, by space."""
        missing = {space_id: Hours.between(start, end) for space_id in entities}
        for first, last in split_into_weeks(start, end):
            for batch in batched(entities.items(), COUNTS_BATCH_SIZE, strict=False):
                counts = await self._recorder.counts([entity_id for _, entity_id in batch], first, last)
                for space_id, entity_id in batch:
                    for hour, constant in counts.get(entity_id, {}).items():
                        # A row that the recorder made up during a downtime repeats one value.
                        if not (constant and hour in downtime):
                            missing[space_id].discard(hour)
        return missing

    async def _plan_sums(self, plan: Plan, start: int, downtime: Hours) -> None:
        entities = {key: self._entities(key, self._only) for key in CROSSING_DIRECTIONS}
        incomplete: dict[str, SumGaps] = {}
        for space_id in dict.fromkeys(chain.from_iterable(entities.values())):
            of_space = {key: found[space_id] for key, found in entities.items() if space_id in found}
            missing: dict[str, Hours] = {}
            for entity_id in of_space.values():
                missing[entity_id], waiting = await self._missing_sums(entity_id, start, plan.end, downtime)
                plan.waiting |= waiting
            if any(missing.values()):
                incomplete[space_id] = self._sum_gaps(space_id, of_space, missing, plan.end)
        # The newest row may be in the current or next hour, so request up to the end of the next hour.
        until = max(plan.end, int(time.time()) // HOUR_SECONDS * HOUR_SECONDS) + HOUR_SECONDS
        for asset, space_ids in self._by_asset(incomplete):
            for group in _grouped(incomplete[space_id] for space_id in space_ids):
                hours = {gaps.space_id: Hours.between(gaps.start, until) for gaps in group}
                rows_per_hour = {gaps.space_id: gaps.rows_per_hour for gaps in group}
                plan.sums.append(SumPlan(asset, group, plan_requests(hours, MAX_ANSWER_ROWS, rows_per_hour)))

    async def _missing_sums(self, entity_id: str, start: int, end: int, downtime: Hours) -> tuple[Hours, bool]:
        """Return the missing hours of a sum, and whether more are missing that wait for the recorder's first row."""
        rows = await self._recorder.sums(entity_id, start, end)
        waiting = False
        until = end
        if (not rows or rows[-1].start + HOUR_SECONDS < end) and await self._recorder.newest_sum(
            entity_id, end
        ) is None:
            until = rows[-1].start if rows else start
            # Do not wait for an unavailable entity: once it is available again, its gap is filled like any other.
            waiting = self._recorder.has_value(entity_id)
        missing = Hours.between(start, until)
        for row in rows:
            missing.discard(row.start)
        return missing | repeated_hours(rows, downtime), waiting

    def _sum_gaps(self, space_id: str, entities: Mapping[str, str], missing: dict[str, Hours], end: int) -> SumGaps:
        first = min(next(iter(hours), end) for hours in missing.values())
        zone = self._zones[space_id]
        # The state before the first missing hour counts from the midnight before it.
        start = first - LONGEST_DAY_SECONDS
        doors = len(self._estate.equipment(space_id).doors)
        return SumGaps(space_id, entities, missing, zone, max(doors, 1), start, bucket_length(zone, start, end))

    def _entities(self, key: str, only: Collection[str] | None) -> dict[str, str]:
        """Return the recorded entity with a key, by floor, room or zone; a building only adds up their values."""
        found = {
            space_id: recorded_entity(self._hass, self._recorder, space_id, key)
            for _, space_ids in self._by_asset(self._estate.spaces)
            for space_id in space_ids
            if only is None or space_id in only
        }
        return {space_id: entity_id for space_id, entity_id in found.items() if entity_id}

    def _by_asset(self, space_ids: Collection[str]) -> Iterator[tuple[Asset, list[str]]]:
        """Yield the floors, then the rooms, then the zones among some spaces; a request covers only one kind."""
        estate = self._estate
        for asset, spaces in ((Asset.FLOORS, estate.floors), (Asset.ROOMS, estate.rooms), (Asset.ZONES, estate.zones)):
            yield asset, [space_id for space_id in spaces if space_id in space_ids]


def recorded_entity(hass: HomeAssistant, recorder: RecorderStatistics, space_id: str, key: str) -> str | None:
    """Return the id of the sensor with a key of a space, if it is recorded."""
    entity_id = er.async_get(hass).async_get_entity_id(SENSOR_DOMAIN, DOMAIN, f"{space_id}_{key}")
    return entity_id if entity_id and recorder.is_recorded(entity_id) else None


def _grouped(incomplete: Iterable[SumGaps]) -> Iterator[list[SumGaps]]:
    """Group sums that share requests: with the same start and bucket length, and answers of a limited size."""
    group: list[SumGaps] = []
    max_rows_per_hour = MAX_ANSWER_ROWS // WEEK_HOURS
    for gaps in sorted(incomplete, key=lambda gaps: (gaps.bucket, gaps.start)):
        if group and (
            (group[0].bucket, group[0].start) != (gaps.bucket, gaps.start)
            or sum(member.rows_per_hour for member in group) + gaps.rows_per_hour > max_rows_per_hour
        ):
            yield group
            group = []
        group.append(gaps)
    if group:
        yield group
