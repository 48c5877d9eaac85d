"""What of the past is missing in long-term statistics, and the questions whose answers fill it.

It follows from the recorder's own rows, so that nothing needs to be remembered: an import that was killed goes on where
it stood, and one that is repeated finds nothing to do.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
import itertools
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
from .hours import HOUR, WINDOW_HOURS, Hours, Task, invented, step_of, tasks
from .statistics import RecorderStatistics

DAY: Final = 24 * HOUR
# An hour can be written when the recorder has compiled it, which it does ten seconds after its end, and when Butlr no
# longer recomputes it, which it does for about five minutes.
SETTLING: Final = 5 * 60
FUNCTIONS: Final = ("mean", "min", "max")
PEOPLE: Final = "people"
# What shows the crossings of which direction.
DIRECTIONS: Final = {"entries_today": "in", "exits_today": "out"}


@dataclass(slots=True)
class Counts:
    """The people of a space whose statistics lack hours."""

    entity_id: str
    missing: Hours


@dataclass(slots=True)
class Sums:
    """The entries and exits of a space that lack hours: the entities by direction, and the hours by entity."""

    space_id: str
    entities: Mapping[str, str]
    missing: dict[str, Hours]
    zone: tzinfo
    doors: int
    # What is asked for begins here, in buckets of so many seconds.
    start: int
    step: int

    @property
    def rows(self) -> int:
        """Return how many rows of an answer tell of one hour."""
        return 2 * self.doors * (HOUR // self.step)


@dataclass(slots=True)
class Plan:
    """What is to be imported, up to the moment `stop`; each group of sums is asked for from its start to its end."""

    stop: int
    counts: dict[str, Counts] = field(default_factory=dict)
    count_tasks: list[tuple[Asset, Task]] = field(default_factory=list)
    sums: list[tuple[Asset, list[Sums], list[Task]]] = field(default_factory=list)
    # Whether sums are left out until the recorder knows their entities, for it goes on from what it wrote itself.
    waiting: bool = False

    @property
    def requests(self) -> int:
        """Return how many requests it takes, if Butlr answers each."""
        return len(self.count_tasks) * len(FUNCTIONS) + sum(len(wanted) for _, _, wanted in self.sums)

    @property
    def hours(self) -> int:
        """Return how many hours are missing, all entities together."""
        sums = (hours for _, group, _ in self.sums for one in group for hours in one.missing.values())
        return sum(len(one.missing) for one in self.counts.values()) + sum(map(len, sums))

    @property
    def spaces(self) -> int:
        """Return how many spaces lack hours."""
        return len(self.counts.keys() | {one.space_id for _, group, _ in self.sums for one in group})


class Planner:
    """Finds out what of an estate's past is missing in the last days, for some of its spaces or all."""

    def __init__(
        self,
        hass: HomeAssistant,
        recorded: RecorderStatistics,
        coordinator: EstateCoordinator,
        live: Live,
        only: Collection[str] | None,
    ) -> None:
        """Prepare for an estate as it is now."""
        self._hass = hass
        self._recorded = recorded
        self._estate = estate = coordinator.data
        self._outages = coordinator.outages
        # Of this moment as well: a space may go while others are looked at.
        self._zones = {space_id: live.zone(space_id) for space_id in estate.spaces}
        self._only = only

    async def plan(self, days: int, now: float) -> Plan:
        """Look; `now` is the time at Butlr. An hour is over when both Butlr and the recorder are through with it."""
        await self._recorded.ready()
        plan = Plan(int(min(now, time.time()) - SETTLING) // HOUR * HOUR)
        start = plan.stop - days * DAY
        off = await self._recorded.off()
        await self._plan_counts(plan, start, off)
        await self._plan_sums(plan, start, off)
        return plan

    async def _plan_counts(self, plan: Plan, start: int, off: Hours) -> None:
        entities = self._entities(PEOPLE)
        for space_id, entity_id in entities.items():
            missing = Hours.between(start, plan.stop)
            for hour, is_flat in (await self._recorded.flat(entity_id, start, plan.stop)).items():
                # What the recorder made up while Home Assistant was off did not change.
                if not (is_flat and hour in off):
                    missing.discard(hour)
            # What Butlr says of hours in which nothing sensed a space is no count.
            for begin, end in self._outages.of(space_id, start, plan.stop):
                for hour in range(int(begin // HOUR) * HOUR, math.ceil(end), HOUR):
                    missing.discard(hour)
            if missing:
                plan.counts[space_id] = Counts(entity_id, missing)
        for asset, ids in self._by_asset(plan.counts):
            some = {space_id: plan.counts[space_id].missing for space_id in ids}
            plan.count_tasks += [(asset, task) for task in tasks(some, MAX_ANSWER_ROWS)]
        # The newest of all first: that is what people look at.
        plan.count_tasks.sort(key=lambda one: -one[1].start)

    async def _plan_sums(self, plan: Plan, start: int, off: Hours) -> None:
        entities = {key: self._entities(key) for key in DIRECTIONS}
        lacking: dict[str, Sums] = {}
        for space_id in dict.fromkeys(itertools.chain.from_iterable(entities.values())):
            wanted = {key: found[space_id] for key, found in entities.items() if space_id in found}
            missing = {
                entity_id: await self._missing_sums(plan, entity_id, start, off) for entity_id in wanted.values()
            }
            if any(missing.values()):
                lacking[space_id] = self._sums(space_id, wanted, missing, plan.stop)
        # What the recorder wrote last may tell of the running hour, in which a day may have begun, and of the next one,
        # if that begins meanwhile.
        until = max(plan.stop, int(time.time()) // HOUR * HOUR) + HOUR
        for asset, ids in self._by_asset(lacking):
            for group in _grouped(lacking[space_id] for space_id in ids):
                asked = {one.space_id: Hours.between(one.start, until) for one in group}
                wanted_tasks = tasks(asked, MAX_ANSWER_ROWS, {one.space_id: one.rows for one in group})
                plan.sums.append((asset, group, wanted_tasks))

    async def _missing_sums(self, plan: Plan, entity_id: str, start: int, off: Hours) -> Hours:
        rows = await self._recorded.sums(entity_id, start, plan.stop)
        until = plan.stop
        if (not rows or rows[-1].start + HOUR < until) and await self._recorded.newest_sum(entity_id, until) is None:
            until = rows[-1].start if rows else start
            # What shows nothing is not worth waiting for: when it is back, its gap is one like any other.
            plan.waiting |= self._recorded.shows_a_number(entity_id)
        missing = Hours.between(start, until)
        for row in rows:
            missing.discard(row.start)
        return missing | invented(rows, off)

    def _sums(self, space_id: str, entities: Mapping[str, str], missing: dict[str, Hours], stop: int) -> Sums:
        first = min(next(iter(hours), stop) for hours in missing.values())
        zone = self._zones[space_id]
        # What was shown before the first missing hour began with the day, and a day has 25 hours at most.
        start = first - 25 * HOUR
        doors = len(self._estate.equipment(space_id).doors)
        return Sums(space_id, entities, missing, zone, max(doors, 1), start, step_of(zone, start, stop))

    def _entities(self, key: str) -> dict[str, str]:
        """Return which recorded entity shows a figure of which space; those of buildings only add up others."""
        found = {
            space_id: recorded_entity(self._hass, self._recorded, space_id, key)
            for _, ids in self._by_asset(self._estate.spaces)
            for space_id in ids
            if self._only is None or space_id in self._only
        }
        return {space_id: entity_id for space_id, entity_id in found.items() if entity_id}

    def _by_asset(self, space_ids: Collection[str]) -> Iterator[tuple[Asset, list[str]]]:
        """Go through the spaces that can be asked about together."""
        estate = self._estate
        for asset, spaces in ((Asset.FLOORS, estate.floors), (Asset.ROOMS, estate.rooms), (Asset.ZONES, estate.zones)):
            yield asset, [space_id for space_id in spaces if space_id in space_ids]


def recorded_entity(hass: HomeAssistant, recorded: RecorderStatistics, space_id: str, key: str) -> str | None:
    """Return the entity that shows a figure of a space, if it is recorded."""
    entity_id = er.async_get(hass).async_get_entity_id(SENSOR_DOMAIN, DOMAIN, f"{space_id}_{key}")
    return entity_id if entity_id and recorded.records(entity_id) else None


def _grouped(lacking: Iterable[Sums]) -> Iterator[list[Sums]]:
    """Put those together that are asked for together: the same time in the same buckets, in answers of some size."""
    group: list[Sums] = []
    for one in sorted(lacking, key=lambda one: (one.step, one.start)):
        same = group and (group[0].step, group[0].start) == (one.step, one.start)
        if group and not (same and sum(member.rows for member in group) + one.rows <= MAX_ANSWER_ROWS // WINDOW_HOURS):
            yield group
            group = []
        group.append(one)
    if group:
        yield group
