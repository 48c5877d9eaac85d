"""Statistics v4: one value for a long range, computed at Butlr (docs: statistic-overview; mcp: stats-client.ts)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrBadRequestError, ButlrError, ButlrGraphQLError, ButlrOverloadedError, ButlrTimeoutError
from .estate import Estate
from .questions import WEEKDAYS, TimeConstraints, rfc3339
from .values import read_number

STATISTICS_PATH: Final = "/api/v4/reporting/stats"
# No limit is documented; this one is inferred from the reporting API.
# UNVERIFIED: the batch size that statistics v4 answer
STATISTICS_SPACES_PER_REQUEST: Final = 50
# A request with this many spaces is answered for any range, as far as is known, so an empty answer means no data.
SAFE_STATISTICS_BATCH: Final = 10


class Statistic(StrEnum):
    """The documented statistics; no others (such as a maximum) are documented.

    `USED` leaves out the times when nobody was there. Values from traffic are calibrated estimates, not counts.
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
        """Return the key of the same value in the other layout of answers (mcp: types)."""
        return "mean" if "_avg_" in self else "median"


type StatisticValues = dict[str, dict[Statistic, float]]

# Spellings of weekdays in the order in which they are tried: the docs capitalize them, Butlr's own client does not.
# UNVERIFIED: the spelling of weekdays in statistics v4, and whether they are applied
WEEKDAY_SPELLINGS: Final[Mapping[str, Callable[[str], str]]] = {"capitalized": str.capitalize, "lower": str.lower}
WEEKDAYS_IGNORED: Final = "ignored"
# How many spaces with data are enough to see whether weekdays are applied.
WEEKDAY_PROBE_SIZE: Final = 5
ALL_WEEKDAYS_EXCLUDED: Final = TimeConstraints(without_weekdays=WEEKDAYS)


class WeekdaysIgnoredError(ButlrError):
    """Statistics include the excluded weekdays, or it cannot be determined whether they do."""


async def fetch_statistics(
    client: ButlrClient,
    estate: Estate,
    ids: Iterable[str],
    statistics: Sequence[Statistic],
    start: float,
    stop: float,
    hours: TimeConstraints | None = None,
    *,
    background: bool = False,
) -> StatisticValues:
    """Return the statistics of floors, rooms and zones over a range (Unix seconds); spaces without data are left out.

    Each request is about spaces of one time zone, in which `hours` are meant. Requests that are too large are repeated
    with fewer spaces. Raises WeekdaysIgnoredError if weekdays are excluded and Butlr ignores that, and what
    ButlrClient.report raises.
    """
    by_zone: dict[str | None, list[str]] = {}
    for space_id in ids:
        if space := estate.spaces.get(space_id):
            by_zone.setdefault(estate.site_of(space).time_zone, []).append(space_id)
    request = _StatisticsRequest(client, start, stop, background=background)
    found: StatisticValues = {}
    for space_ids in by_zone.values():
        if hours and hours.without_weekdays and not await request.detect_spelling(space_ids, statistics[0]):
            # There is no data for any of them on any day.
            continue
        found |= await request.ask(space_ids, statistics, hours)
    return found


class _StatisticsRequest:
    """Sends the requests about one range."""

    def __init__(self, client: ButlrClient, start: float, stop: float, *, background: bool) -> None:
        self._client = client
        self._start = start
        self._stop = stop
        self._background = background

    async def ask(
        self, ids: Sequence[str], statistics: Sequence[Statistic], hours: TimeConstraints | None
    ) -> StatisticValues:
        """Request statistics, with fewer spaces at once if the service cannot answer."""
        found: StatisticValues = {}
        size, done, timed_out = STATISTICS_SPACES_PER_REQUEST, 0, False
        while done < len(ids):
            batch = ids[done : done + size]
            try:
                values = await self._ask_once(batch, statistics, hours, self._client.findings.get("weekday_case"))
            except (ButlrOverloadedError, ButlrTimeoutError) as err:
                if len(batch) == 1 or timed_out:
                    raise
                # After a second consecutive timeout, the size is not the cause.
                timed_out = isinstance(err, ButlrTimeoutError)
                size = len(batch) // 2
                continue
            timed_out = False
            if not values and len(batch) > SAFE_STATISTICS_BATCH:
                # An empty answer may also mean that the request was too large.
                size = SAFE_STATISTICS_BATCH
                continue
            found |= values
            done += len(batch)
        return found

    async def detect_spelling(self, ids: Sequence[str], statistic: Statistic) -> bool:
        """Determine once which spelling of weekdays is applied; return whether there is data for the spaces.

        Unknown spellings may be silently ignored. Raises WeekdaysIgnoredError if all are, or if it cannot be
        determined.
        """
        # Concurrent callers wait for the result.
        async with self._client.findings.lock:
            spelling = self._client.findings.get("weekday_case")
            if spelling is None:
                # Without data, nothing can be determined.
                if not (control := await self.ask(ids, [statistic], None)):
                    return False
                if not any(control[one][statistic] for one in control):
                    # If nobody was there on any day, the values are the same for all choices of days.
                    return True
                if spelling := await self._probe(control, statistic):
                    self._client.findings.note("weekday_case", spelling)
        if spelling not in WEEKDAY_SPELLINGS:
            raise WeekdaysIgnoredError("Butlr ignores weekdays")
        return True

    async def _probe(self, control: StatisticValues, statistic: Statistic) -> str | None:
        """Return the spelling that has an effect when all days are excluded; None if it cannot be determined.

        Then no values may be left, except zeros: an average of nothing may be returned as zero.
        """
        most = sorted(control, key=lambda one: -control[one][statistic])[:WEEKDAY_PROBE_SIZE]
        determined = True
        for spelling in WEEKDAY_SPELLINGS:
            try:
                values = await self._ask_once(most, [statistic], ALL_WEEKDAYS_EXCLUDED, spelling)
            except ButlrBadRequestError, ButlrGraphQLError:
                # The weekday is unknown in this spelling, or excluding all of them is not allowed.
                determined = False
                continue
            if not any(known[statistic] for known in values.values()):
                return spelling
        return WEEKDAYS_IGNORED if determined else None

    async def _ask_once(
        self, ids: Sequence[str], statistics: Sequence[Statistic], hours: TimeConstraints | None, spelling: str | None
    ) -> StatisticValues:
        body = _body(
            ids, statistics, self._start, self._stop, hours, WEEKDAY_SPELLINGS.get(spelling or "", str.capitalize)
        )
        data = await self._client.report(body, path=STATISTICS_PATH, background=self._background)
        return read_statistics(data, ids, statistics)


def _body(
    ids: Sequence[str],
    statistics: Sequence[Statistic],
    start: float,
    stop: float,
    hours: TimeConstraints | None,
    spelled: Callable[[str], str],
) -> dict[str, Any]:
    """Return the request body; relative times are refused (mcp: CHANGELOG 0.5.0)."""
    body: dict[str, Any] = {
        "measurements": [statistic.value for statistic in statistics],
        "items": list(ids),
        "start": rfc3339(start),
        "stop": rfc3339(stop),
    }
    if hours and (filters := hours.body(spelled)):
        body["filters"] = filters
    return body


# UNVERIFIED: the second layout of statistics v4, with mean and median
def read_statistics(data: Any, ids: Sequence[str], statistics: Sequence[Statistic]) -> StatisticValues:
    """Read an answer by the names of the statistics, or else by mean and median.

    The sources disagree on the layout. In the second one, values have no full name, and are used only if just one of
    the requested statistics can be meant.
    """
    found: StatisticValues = {}
    for space_id in ids:
        values = data.get(space_id) if isinstance(data, Mapping) else None
        if not isinstance(values, Mapping):
            continue
        known = {one: number for one in statistics if (number := _value_of(values, one, statistics)) is not None}
        if known:
            found[space_id] = known
    return found


def _value_of(values: Mapping[str, Any], statistic: Statistic, asked: Sequence[Statistic]) -> float | None:
    value = values.get(statistic)
    if isinstance(value, Mapping):
        return read_number(value.get(statistic.summary_field))
    if (number := read_number(value)) is not None:
        return number
    key = statistic.summary_field
    return read_number(values.get(key)) if sum(one.summary_field == key for one in asked) == 1 else None
