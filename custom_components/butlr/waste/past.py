"""When entities were on, from the states in the recorder."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
import math
from typing import Final

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.climate import DOMAIN as CLIMATE_DOMAIN
from homeassistant.components.recorder import is_entity_recorded
from homeassistant.components.recorder.history import get_significant_states
from homeassistant.const import (
    COMPRESSED_STATE_ATTRIBUTES,
    COMPRESSED_STATE_LAST_CHANGED,
    COMPRESSED_STATE_LAST_UPDATED,
    COMPRESSED_STATE_STATE,
)
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.util import dt as dt_util

from ..history.downtime import MAX_STARTUP, STATES_BATCH_SIZE, state_timestamps
from ..history.hours import split_into_weeks
from ..history.statistics import RecorderStatistics
from .devices import is_on
from .downtime import find_downtimes, first_sign
from .spans import Span, Spans, spans_of, union, without

# Number of climate devices in one query: they write a state with each change of a temperature.
CLIMATE_BATCH_SIZE: Final = 5
# Number of entities in one query for the states of a few minutes.
SIGNS_BATCH_SIZE: Final = 1000

# The timestamps from which on an entity had a value, the oldest first; None is unknown.
type Changes = list[tuple[float, bool | None]]


@dataclass(slots=True)
class _History:
    """What the recorder knows of one entity."""

    changes: Changes = field(default_factory=list)
    # The timestamps at which the entity wrote the state that it already had.
    repeated: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Past:
    """What the recorder knows of entities in a period."""

    start: float
    end: float
    # When Home Assistant was off or starting; then nothing is known.
    downtimes: Spans
    changes: dict[str, Changes]

    def when(self, entity_id: str, *, on: bool) -> list[Span]:
        """Return when an entity is known to have been on, or not on."""
        silences: Changes = [(silence, None) for silence, _ in self.downtimes]
        changes = sorted([*silences, *self.changes.get(entity_id, ())], key=lambda change: change[0])
        return without(spans_of(changes, on, self.start, self.end), self.downtimes)


async def read_past(hass: HomeAssistant, entity_ids: Collection[str], start: float, end: float, now: float) -> Past:
    """Read when entities were on; raises RecorderFailedError. All of them must be recorded."""
    recorder = RecorderStatistics(hass)
    every_id = [one for one in hass.states.async_entity_ids() if is_entity_recorded(hass, one)]

    async def read_signs(since: float, until: float) -> list[float]:
        signs: list[float] = []
        for batch in batched(every_id, SIGNS_BATCH_SIZE, strict=False):
            signs += await recorder.read(partial(_signs, hass, batch, since, until))
        return signs

    # Whether Home Assistant was on at the end only shows afterwards.
    until = min(await first_sign(end, now, read_signs) + MAX_STARTUP, now)
    climate = {one for one in entity_ids if split_entity_id(one)[0] == CLIMATE_DOMAIN}
    known: dict[str, _History] = {}
    for ids, size in ((set(entity_ids) - climate, STATES_BATCH_SIZE), (climate, CLIMATE_BATCH_SIZE)):
        for batch in batched(sorted(ids), size, strict=False):
            known |= await recorder.read(partial(_histories, hass, batch, start, until))
    repeated = {timestamp for history in known.values() for timestamp in history.repeated}
    changes = {entity_id: history.changes for entity_id, history in known.items()}
    groups: tuple[list[list[float]], list[list[float]]] = ([], [])
    for entity_id, history in changes.items():
        if history:
            is_ours = split_entity_id(entity_id)[0] == BINARY_SENSOR_DOMAIN
            groups[is_ours].append([timestamp for timestamp, _ in history])
    lost = {timestamp for history in changes.values() for timestamp, value in history[1:] if value is None}
    return Past(start, end, union(await find_downtimes(repeated, lost, groups, start, read_signs)), changes)


def _signs(hass: HomeAssistant, entity_ids: Sequence[str], start: float, end: float) -> list[float]:
    """Return the timestamps of all states in (start, end)."""
    found = state_timestamps(hass, entity_ids, start, end, with_start=False)
    return [timestamp for timestamps in found for timestamp in timestamps]


def _histories(hass: HomeAssistant, entity_ids: Sequence[str], start: float, end: float) -> dict[str, _History]:
    """Return what the recorder knows of entities in a period; only climate devices need attributes."""
    with_attributes = split_entity_id(entity_ids[0])[0] == CLIMATE_DOMAIN
    histories = {entity_id: _History() for entity_id in entity_ids}
    last: dict[str, str | None] = {}
    # The recorder leaves out a state at the very start of a period.
    for since, until in split_into_weeks(math.ceil(start) - 1, math.ceil(end)):
        found = get_significant_states(
            hass,
            dt_util.utc_from_timestamp(since),
            dt_util.utc_from_timestamp(until),
            list(entity_ids),
            significant_changes_only=not with_attributes,
            no_attributes=not with_attributes,
            compressed_state_format=True,
        )
        for entity_id, states in found.items():
            domain, history = split_entity_id(entity_id)[0], histories[entity_id]
            for one in (state for state in states if isinstance(state, dict)):
                timestamp, state = one[COMPRESSED_STATE_LAST_UPDATED], one[COMPRESSED_STATE_STATE]
                if timestamp == since and entity_id in last:
                    # The state at the start of a further period is known already.
                    continue
                is_new = COMPRESSED_STATE_LAST_CHANGED not in one
                if is_new and entity_id in last and last[entity_id] == state:
                    history.repeated.append(timestamp)
                last[entity_id] = state
                value = is_on(domain, state, one.get(COMPRESSED_STATE_ATTRIBUTES, {}))
                # Even a new state that means the same says something: before it, there may have been a downtime.
                if is_new or not history.changes or history.changes[-1][1] is not value:
                    history.changes.append((timestamp, value))
    return histories
