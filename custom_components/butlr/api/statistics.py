"""Statistics v4: one figure for a long range, computed at Butlr (docs: statistic-overview; mcp: stats-client.ts)."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from .answers import finite
from .client import ButlrClient
from .errors import ButlrOverloadedError, ButlrTimeoutError
from .estate import Estate
from .questions import Hours, rfc3339

STATISTICS_PATH: Final = "/api/v4/reporting/stats"
# No limit is documented; so many in one request are inferred from what reporting answers.
LARGEST_BATCH: Final = 50


class Statistic(StrEnum):
    """What is documented: nothing else (such as a maximum) is attested.

    `USED` leaves out the times when nobody was there. Figures from traffic are calibrated, and are no counts.
    """

    AVERAGE = "occupancy_avg_presence"
    MEDIAN = "occupancy_median_presence"
    AVERAGE_USED = "occupancy_used_avg_presence"
    MEDIAN_USED = "occupancy_used_median_presence"
    AVERAGE_TRAFFIC = "occupancy_avg_traffic"
    MEDIAN_TRAFFIC = "occupancy_median_traffic"
    AVERAGE_USED_TRAFFIC = "occupancy_used_avg_traffic"
    MEDIAN_USED_TRAFFIC = "occupancy_used_median_traffic"

    @property
    def summary_field(self) -> str:
        """Return the key of the same figure in the other layout of answers (mcp: types)."""
        return "mean" if "_avg_" in self else "median"


type Figures = dict[str, dict[Statistic, float]]


async def fetch_statistics(
    client: ButlrClient,
    estate: Estate,
    ids: Iterable[str],
    statistics: Sequence[Statistic],
    start: float,
    stop: float,
    hours: Hours | None = None,
    *,
    background: bool = False,
) -> Figures:
    """Return the statistics of floors, rooms and zones over a range; what Butlr has no data of is not in the answer.

    One request is about spaces of one time zone, by whose clock `hours` are meant. Requests that are too large for the
    service are asked again about fewer spaces. Raises what ButlrClient.report raises.
    """
    by_zone: dict[str | None, list[str]] = {}
    for space_id in ids:
        if space := estate.spaces.get(space_id):
            by_zone.setdefault(estate.site_of(space).time_zone, []).append(space_id)
    found: Figures = {}
    for space_ids in by_zone.values():
        size, done, timed_out = LARGEST_BATCH, 0, False
        while done < len(space_ids):
            batch = space_ids[done : done + size]
            try:
                data = await client.report(
                    _body(batch, statistics, start, stop, hours), path=STATISTICS_PATH, background=background
                )
            except (ButlrOverloadedError, ButlrTimeoutError) as err:
                if len(batch) == 1 or timed_out:
                    raise
                # A second time-out in a row is no question of size.
                timed_out = isinstance(err, ButlrTimeoutError)
                size = len(batch) // 2
                continue
            timed_out = False
            found |= read_statistics(data, batch, statistics)
            done += len(batch)
    return found


def _body(
    ids: Sequence[str], statistics: Sequence[Statistic], start: float, stop: float, hours: Hours | None
) -> dict[str, Any]:
    """Return the request body; relative times are refused (mcp: CHANGELOG 0.5.0)."""
    body: dict[str, Any] = {
        "measurements": [statistic.value for statistic in statistics],
        "items": list(ids),
        "start": rfc3339(start),
        "stop": rfc3339(stop),
    }
    if hours and (filters := hours.body(capitalised=True)):
        body["filters"] = filters
    return body


def read_statistics(data: Any, ids: Sequence[str], statistics: Sequence[Statistic]) -> Figures:
    """Read an answer by the names of the measurements; where these are missing, by mean and median.

    The sources disagree on the layout. In the second one a figure has no full name, so that it is taken only where one
    statistic alone can be meant.
    """
    found: Figures = {}
    for space_id in ids:
        figures = data.get(space_id) if isinstance(data, Mapping) else None
        if not isinstance(figures, Mapping):
            continue
        known = {one: number for one in statistics if (number := _figure(figures, one, statistics)) is not None}
        if known:
            found[space_id] = known
    return found


def _figure(figures: Mapping[str, Any], statistic: Statistic, asked: Sequence[Statistic]) -> float | None:
    value = figures.get(statistic)
    if isinstance(value, Mapping):
        return finite(value.get(statistic.summary_field))
    if (number := finite(value)) is not None:
        return number
    key = statistic.summary_field
    return finite(figures.get(key)) if sum(one.summary_field == key for one in asked) == 1 else None
