"""Find the hours in which Home Assistant was off in the recorded states of our entities.

When Home Assistant starts again, the recorder makes up statistics of these hours from the last states. No public
function of the recorder returns when Home Assistant ran, but the states show it: no entity writes one during a
downtime, and afterwards nearly every entity writes one within minutes, even if its value did not change.

The functions read the database, so they run in the recorder's executor.
"""

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Final

from homeassistant.components.recorder.history import get_significant_states
from homeassistant.const import COMPRESSED_STATE_LAST_UPDATED
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .hours import HOUR_SECONDS, Hours, split_into_weeks, stretches

# Number of entities in one query for states.
STATES_BATCH_SIZE: Final = 50
# How long entities take to come back after a start, in seconds.
MAX_STARTUP: Final = 15 * 60
# Share of the entities that have a new state after a start. It is less than 1 because an entity may have been renamed
# or added meanwhile.
MIN_RESTARTED: Final = 0.9


def discard_active_hours(hass: HomeAssistant, quiet: Hours, entity_ids: Sequence[str]) -> None:
    """Remove the hours from `quiet` in which one of the entities wrote a state."""
    for stretch in list(stretches(quiet)):
        for first, last in split_into_weeks(*stretch):
            for timestamps in state_timestamps(hass, entity_ids, first, last, with_start=False):
                for timestamp in timestamps:
                    quiet.discard(int(timestamp // HOUR_SECONDS) * HOUR_SECONDS)


def ends_with_start(hass: HomeAssistant, entity_ids: Sequence[str], start: int, end: int) -> bool:
    """Return whether Home Assistant started at the end of the quiet hours [start, end)."""
    # The first state after the quiet hours, of each entity that had a state before them.
    returned: list[float] = []
    known = 0
    for batch in batched(entity_ids, STATES_BATCH_SIZE, strict=False):
        # The first state is within an hour of the end, and the others within minutes of it.
        for timestamps in state_timestamps(hass, batch, start, end + 2 * HOUR_SECONDS, with_start=True):
            if timestamps and timestamps[0] <= start:
                known += 1
                returned += timestamps[1:2]
    if not returned:
        return False
    first = min(returned)
    restarted = sum(timestamp <= first + MAX_STARTUP for timestamp in returned)
    return restarted >= MIN_RESTARTED * known


def state_timestamps(
    hass: HomeAssistant, entity_ids: Sequence[str], start: float, end: float, *, with_start: bool
) -> Iterator[list[float]]:
    """Yield the ascending timestamps of the states in (start, end), entity by entity.

    With `with_start`, an entity that had a state at `start` begins with that timestamp, and states that only differ in
    their attributes are left out: the totals of a day all get a new `last_reset` at midnight.
    """
    found = get_significant_states(
        hass,
        dt_util.utc_from_timestamp(start),
        dt_util.utc_from_timestamp(end),
        list(entity_ids),
        include_start_time_state=with_start,
        significant_changes_only=with_start,
        no_attributes=True,
        compressed_state_format=True,
    )
    for states in found.values():
        yield [state[COMPRESSED_STATE_LAST_UPDATED] for state in states if isinstance(state, dict)]
