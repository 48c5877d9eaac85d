"""Long-term statistics held against what really happened in the simulator, hour by hour, computed independently."""

import itertools
from typing import Any

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from tests.helpers.states import entity_of
from tests.simulator import Simulator

HOUR = 3600


def people(simulator: Simulator, space_id: str, hour: int) -> tuple[float, int, int] | None:
    """Return how many people there were on average, at least and at most in an hour; None if nobody can tell.

    Nobody can where some of it was sensed by nothing: what Butlr answers of that time is zero.
    """
    start, stop = hour * 1000, (hour + HOUR) * 1000
    steps = [*simulator.world.steps(space_id, start, stop), (stop, 0)]
    spans = [(value, end - begin) for (begin, value), (end, _) in itertools.pairwise(steps) if value >= 0]
    if (measured := sum(span for _, span in spans)) < stop - start:
        return None
    values = [value for value, span in spans if span]
    return sum(value * span for value, span in spans) / measured, min(values), max(values)


def crossed(simulator: Simulator, space_id: str, start: int, stop: int) -> tuple[int, int]:
    """Return how many came in and went out in [start, stop)."""
    directions = [
        direction
        for door in simulator.estate.coverage.traffic_sensors(space_id)
        for _, direction in simulator.world.crossings(door, start * 1000, stop * 1000)
    ]
    return sum(one > 0 for one in directions), sum(one < 0 for one in directions)


async def statistics(hass: HomeAssistant, entity_ids: set[str], start: int = 0) -> dict[str, list[Any]]:
    """Return the hourly rows of statistics, as the database has them."""
    return await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        dt_util.utc_from_timestamp(start),
        None,
        entity_ids,
        "hour",
        None,
        {"mean", "min", "max", "sum", "state", "last_reset", "change"},
    )


def spaces_with(hass: HomeAssistant, simulator: Simulator, key: str) -> dict[str, str]:
    """Return the entity that shows a figure, by floor, room or zone."""
    estate = simulator.estate
    found = {one: entity_of(hass, one, key) for one in (*estate.floors, *estate.rooms, *estate.zones)}
    return {space_id: entity_id for space_id, entity_id in found.items() if entity_id}
