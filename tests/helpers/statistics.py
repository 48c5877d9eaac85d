"""Long-term statistics, and what they should be by the simulator's own calculation, hour by hour."""

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
    """Return the mean, minimum and maximum number of people in an hour; None if nobody can know.

    That is the case if no sensor covered the space for a part of the hour: Butlr answers 0 for that time.
    """
    start, end = hour * 1000, (hour + HOUR) * 1000
    steps = [*simulator.world.steps(space_id, start, end), (end, 0)]
    spans = [(value, until - since) for (since, value), (until, _) in itertools.pairwise(steps) if value >= 0]
    if (measured := sum(span for _, span in spans)) < end - start:
        return None
    values = [value for value, span in spans if span]
    return sum(value * span for value, span in spans) / measured, min(values), max(values)


def crossed(simulator: Simulator, space_id: str, start: int, end: int) -> tuple[int, int]:
    """Return entries and exits in [start, end)."""
    directions = [
        direction
        for door in simulator.estate.coverage.traffic_sensors(space_id)
        for _, direction in simulator.world.crossings(door, start * 1000, end * 1000)
    ]
    return sum(direction > 0 for direction in directions), sum(direction < 0 for direction in directions)


async def statistics(hass: HomeAssistant, entity_ids: set[str], start: int = 0) -> dict[str, list[Any]]:
    """Return the hourly rows in the database."""
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
    """Return the entity with a key, by floor, room or zone."""
    estate = simulator.estate
    found = {space_id: entity_of(hass, space_id, key) for space_id in (*estate.floors, *estate.rooms, *estate.zones)}
    return {space_id: entity_id for space_id, entity_id in found.items() if entity_id}
