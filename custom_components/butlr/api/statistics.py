"""Statistics v4: one figure for a long range, computed at Butlr (docs: statistic-overview; mcp: stats-client.ts)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrBadRequestError, ButlrError, ButlrGraphQLError, ButlrOverloadedError, ButlrTimeoutError
from .estate import Estate
from .questions import WEEKDAYS, TimeConstraints, rfc3339
from .values import read_number

STATISTICS_PATH: Final = "/api/v4/reporting/stats"
# No limit is documented; so many in one request are inferred from what reporting answers.
STATISTICS_BATCH_SIZE: Final = 50
# So many are certain to be answered, whatever the range, as far as anybody knows: no figures of them are silence.
SAFE_STATISTICS_BATCH: Final = 10


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


type StatisticValues = dict[str, dict[Statistic, float]]

# How weekdays may be spelled, in the order in which that is tried: the docs capitalize them, Butlr's own client does
# not.
WEEKDAY_SPELLINGS: Final[Mapping[str, Callable[[str], str]]] = {"capitalized": str.capitalize, "lower": str.lower}
WEEKDAYS_IGNORED: Final = "ignored"
# So many spaces that have figures are enough to see whether weekdays are heeded.
WEEKDAY_PROBE_SIZE: Final = 5
ALL_WEEKDAYS_EXCLUDED: Final = TimeConstraints(without_weekdays=WEEKDAYS)


class WeekdaysIgnoredError(ButlrError):
    """Statistics are of all days, whichever are excluded; or nobody can tell whether they are."""


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
    """Return the statistics of floors, rooms and zones over a range; what Butlr has no data of is not in the answer.

    One request is about spaces of one time zone, by whose clock `hours` are meant. Requests that are too large for the
    service are asked again about fewer spaces. Raises WeekdaysIgnoredError where some weekdays are wanted and Butlr
    does not heed them, and what ButlrClient.report raises.
    """
    by_zone: dict[str | None, list[str]] = {}
    for space_id in ids:
        if space := estate.spaces.get(space_id):
            by_zone.setdefault(estate.site_of(space).time_zone, []).append(space_id)
    inquiry = _StatisticsRequest(client, start, stop, background=background)
    found: StatisticValues = {}
    for space_ids in by_zone.values():
        if hours and hours.without_weekdays and not await inquiry.heeds_weekdays(space_ids, statistics[0]):
            # Nothing is known of any of them, on no day.
            continue
        found |= await inquiry.ask(space_ids, statistics, hours)
    return found


class _StatisticsRequest:
    """Asks about one range."""

    def __init__(self, client: ButlrClient, start: float, stop: float, *, background: bool) -> None:
        self._client = client
        self._start = start
        self._stop = stop
        self._background = background

    async def ask(
        self, ids: Sequence[str], statistics: Sequence[Statistic], hours: TimeConstraints | None
    ) -> StatisticValues:
        """Ask about some spaces, about fewer at once where that is too much for the service."""
        found: StatisticValues = {}
        size, done, timed_out = STATISTICS_BATCH_SIZE, 0, False
        while done < len(ids):
            batch = ids[done : done + size]
            try:
                figures = await self._ask_once(batch, statistics, hours, self._client.findings.get("weekday_case"))
            except (ButlrOverloadedError, ButlrTimeoutError) as err:
                if len(batch) == 1 or timed_out:
                    raise
                # A second time-out in a row is no question of size.
                timed_out = isinstance(err, ButlrTimeoutError)
                size = len(batch) // 2
                continue
            timed_out = False
            if not figures and len(batch) > SAFE_STATISTICS_BATCH:
                # No figures are also what comes of asking for too many.
                size = SAFE_STATISTICS_BATCH
                continue
            found |= figures
            done += len(batch)
        return found

    async def heeds_weekdays(self, ids: Sequence[str], statistic: Statistic) -> bool:
        """Find out once in which spelling weekdays are heeded; returns whether anything is known of the spaces.

        Others may be ignored without a word. Raises WeekdaysIgnoredError where all are, or where that cannot be told.
        """
        # Whoever comes meanwhile waits for what is found.
        async with self._client.findings.finding:
            reading = self._client.findings.get("weekday_case")
            if reading is None:
                # Without a single figure none proves nothing.
                if not (control := await self.ask(ids, [statistic], None)):
                    return False
                if not any(control[one][statistic] for one in control):
                    # Nobody was there on any day: of whatever days the figures are, they are the same.
                    return True
                if reading := await self._probe(control, statistic):
                    self._client.findings.note("weekday_case", reading)
        if reading not in WEEKDAY_SPELLINGS:
            raise WeekdaysIgnoredError("Butlr does not heed weekdays")
        return True

    async def _probe(self, control: StatisticValues, statistic: Statistic) -> str | None:
        """Return what becomes of figures when all days are excluded; None where that cannot be told.

        Nothing may be left of them then, but a zero, which may be how an average of nothing is written.
        """
        most = sorted(control, key=lambda one: -control[one][statistic])[:WEEKDAY_PROBE_SIZE]
        told = True
        for reading in WEEKDAY_SPELLINGS:
            try:
                figures = await self._ask_once(most, [statistic], ALL_WEEKDAYS_EXCLUDED, reading)
            except ButlrBadRequestError, ButlrGraphQLError:
                # It has no such weekday, or wants one to be left.
                told = False
                continue
            if not any(known[statistic] for known in figures.values()):
                return reading
        return WEEKDAYS_IGNORED if told else None

    async def _ask_once(
        self, ids: Sequence[str], statistics: Sequence[Statistic], hours: TimeConstraints | None, reading: str | None
    ) -> StatisticValues:
        body = _body(
            ids, statistics, self._start, self._stop, hours, WEEKDAY_SPELLINGS.get(reading or "", str.capitalize)
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


def read_statistics(data: Any, ids: Sequence[str], statistics: Sequence[Statistic]) -> StatisticValues:
    """Read an answer by the names of the measurements; where these are missing, by mean and median.

    The sources disagree on the layout. In the second one a figure has no full name, so that it is taken only where one
    statistic alone can be meant.
    """
    found: StatisticValues = {}
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
        return read_number(value.get(statistic.summary_field))
    if (number := read_number(value)) is not None:
        return number
    key = statistic.summary_field
    return read_number(figures.get(key)) if sum(one.summary_field == key for one in asked) == 1 else None
