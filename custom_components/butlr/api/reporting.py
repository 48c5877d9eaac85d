"""Questions to the reporting API v3 and the tolerant reader of its answers (docs: reporting-api-overview).

A question names one measurement and a batch of spaces. Answers come in many shapes: a flat list of rows, or objects
nested by asset, time, direction or MAC address, with rows or statistics at the leaves. The reader walks whatever comes;
the keys on the way tell asset, direction and time by their looks.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
import math
from operator import attrgetter
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrOverloadedError

# Counts are asked for the last five minutes in minute buckets, as Butlr's own client does (mcp: current-occupancy).
LIVE_RANGE: Final = 300.0
LIVE_BUCKET: Final = 60.0
LARGEST_BATCH: Final = 150
# How many items the support article "Querying Zone Occupancy Data" advises at most, by range in seconds.
ADVISED_BATCHES: Final = ((2 * 3600.0, 30), (8 * 3600.0, 20), (math.inf, 10))
# Its theoretical maxima can also be read as items times hours, 160 at most. Well below that an empty answer is silence.
SAFE_ITEM_HOURS: Final = 100.0
# What the keys of nested answers begin with that name an asset; a deeper answer than any documented is not followed.
ID_PREFIXES: Final = ("room_", "zone_", "space_", "floor_", "building_", "site_", "org_", "tag_", "sensor_", "hive_")
DEEPEST: Final = 6
STATISTICS: Final = ("last", "median", "mean", "max", "sum")


class Measurement(StrEnum):
    """What can be asked about the present (mcp: reporting-client.ts; docs: the page of each)."""

    ROOM_OCCUPANCY = "room_occupancy"
    FLOOR_OCCUPANCY = "floor_occupancy"
    ZONE_OCCUPANCY = "zone_occupancy"
    TRAFFIC = "traffic"
    TRAFFIC_ROOM_OCCUPANCY = "traffic_room_occupancy"
    TRAFFIC_FLOOR_OCCUPANCY = "traffic_floor_occupancy"


class Asset(StrEnum):
    """The filter that names spaces; floors still go by their old name (mcp: FILTER_FIELD_MAP)."""

    ROOMS = "rooms"
    ZONES = "zones"
    FLOORS = "spaces"

    @property
    def id_field(self) -> str:
        """Return the row field that holds the id of such a space."""
        return {Asset.ROOMS: "room_id", Asset.ZONES: "zone_id", Asset.FLOORS: "space_id"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about the spaces `ids`, from moment `start` to moment `stop`."""

    measurement: Measurement
    asset: Asset
    ids: tuple[str, ...]
    start: float
    stop: float
    every: str = "1m"
    function: str = "median"
    time_zone: str = "UTC"
    calibrated: bool = False

    def body(self, ids: Sequence[str]) -> dict[str, Any]:
        """Return the request body for some of the spaces.

        Times are absolute (relative ones lose rows, docs: reporting-faqs), and `value.gte 0` makes zero rows appear.
        `create_empty` adds zeros for buckets in which nothing was measured: that is what no movement means, but of a
        count it would turn silence into emptiness.
        """
        conditions: dict[str, Any] = {
            "measurements": [self.measurement.value],
            "start": rfc3339(self.start),
            "stop": rfc3339(self.stop),
            self.asset.value: {"eq": list(ids)},
            "value": {"gte": 0},
        }
        if self.calibrated:
            conditions["calibrated"] = "true"
        window: dict[str, Any] = {"every": self.every, "function": self.function, "timezone": self.time_zone}
        if self.measurement is Measurement.TRAFFIC:
            window["create_empty"] = True
        return {"filter": conditions, "window": window}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of an answer; `moment` is the start of its bucket, `direction` in or out for traffic."""

    space_id: str
    moment: float
    value: float
    direction: str | None = None
    mac: str | None = None


def presence_question(asset: Asset, ids: Sequence[str], now: float) -> Question:
    """Ask how many people presence sensors see; rows of the last five minutes, newest last per space or not."""
    measurement = {
        Asset.ROOMS: Measurement.ROOM_OCCUPANCY,
        Asset.ZONES: Measurement.ZONE_OCCUPANCY,
        Asset.FLOORS: Measurement.FLOOR_OCCUPANCY,
    }[asset]
    return Question(measurement=measurement, asset=asset, ids=tuple(ids), start=_live_start(now), stop=_second(now))


def estimate_question(asset: Asset, ids: Sequence[str], now: float, time_zone: str) -> Question:
    """Ask for the calibrated in minus out since the site's midnight; `last`, since it is a running sum."""
    measurement = Measurement.TRAFFIC_ROOM_OCCUPANCY if asset is Asset.ROOMS else Measurement.TRAFFIC_FLOOR_OCCUPANCY
    return Question(
        measurement=measurement,
        asset=asset,
        ids=tuple(ids),
        start=_live_start(now),
        stop=_second(now),
        function="last",
        time_zone=time_zone,
        calibrated=True,
    )


def traffic_question(asset: Asset, ids: Sequence[str], midnight: float, now: float, time_zone: str) -> Question:
    """Ask for the crossings since the site's midnight; rows per sensor and direction, to be summed."""
    return Question(
        measurement=Measurement.TRAFFIC,
        asset=asset,
        ids=tuple(ids),
        start=midnight,
        stop=max(_second(now), midnight + 1),
        every="1d",
        function="sum",
        time_zone=time_zone,
    )


def _live_start(now: float) -> float:
    """Return a whole minute, so that buckets are aligned."""
    return (now - LIVE_RANGE) // LIVE_BUCKET * LIVE_BUCKET


def _second(now: float) -> float:
    return float(math.floor(now))


class Reporter:
    """Asks questions in batches and remembers how large a batch Butlr answers.

    Over its processing limit the API answers 200 with no data (support: Querying Zone Occupancy Data). An empty answer
    to a large batch is therefore asked again in smaller ones, down to the advised size; below that it is silence.
    """

    def __init__(self, client: ButlrClient) -> None:
        """Start with the largest batches."""
        self._client = client
        self._largest: dict[Measurement, int] = {}
        # Batches that were silent in every size: not worth splitting again at each poll.
        self._silent: set[tuple[Measurement, tuple[str, ...]]] = set()
        self._asked: Counter[Measurement] = Counter()

    async def ask(self, question: Question, take: Callable[[list[Row], tuple[str, ...]], None]) -> None:
        """Ask about all spaces of a question; `take` gets each answer's rows and the ids they answer for.

        Raises what ButlrClient.report raises; answers that came before an error have been taken.
        """
        self._forget_now_and_then(question.measurement)
        advised = _advised_batch(question.stop - question.start)
        start = 0
        while start < len(question.ids):
            batch = question.ids[start : start + self._largest.get(question.measurement, LARGEST_BATCH)]
            await self._ask_batch(question, batch, advised, take)
            start += len(batch)

    def _forget_now_and_then(self, measurement: Measurement) -> None:
        """Try large batches again every tenth time: what made small ones necessary may have passed."""
        self._asked[measurement] += 1
        if self._asked[measurement] % 10 == 0:
            self._largest.pop(measurement, None)
            self._silent = {key for key in self._silent if key[0] is not measurement}

    async def _ask_batch(
        self,
        question: Question,
        batch: tuple[str, ...],
        advised: int,
        take: Callable[[list[Row], tuple[str, ...]], None],
    ) -> None:
        """Ask about a batch, in halves and halves of halves while an answer is empty or the service overloaded."""
        key = (question.measurement, batch)
        size, done, heard = len(batch), 0, False
        while done < len(batch):
            part = batch[done : done + size]
            too_large = False
            rows: list[Row] = []
            try:
                rows = list(read_rows(question, await self._client.report(question.body(part)), part))
                too_large = not rows and key not in self._silent
            except ButlrOverloadedError:
                if len(part) <= advised:
                    raise
                too_large = True
            if too_large and len(part) > advised:
                size = max(len(part) // 2, advised)
                continue
            take(rows, part)
            heard = heard or bool(rows)
            done += len(part)
        if heard:
            self._silent.discard(key)
            if size < len(batch):
                self._largest[question.measurement] = size
        elif len(batch) > advised:
            self._silent.add(key)


def _advised_batch(seconds: float) -> int:
    seconds = max(seconds, 1.0)
    advised = next(size for longest, size in ADVISED_BATCHES if seconds <= longest)
    return min(advised, max(int(SAFE_ITEM_HOURS * 3600 / seconds), 1))


def read_rows(question: Question, data: Any, asked: Sequence[str]) -> Iterator[Row]:
    """Read every row of an answer, whatever its shape, that belongs to a space that was asked for.

    `measurement` and `field` of a row need not repeat what was asked, and fields that do not apply are empty strings;
    neither matters here. Rows without a finite number or without a space are passed over.
    """
    yield from _Reader(question, frozenset(asked)).walk(data, _Path())


@dataclass(frozen=True, slots=True)
class _Path:
    """What the keys on the way down have told."""

    space_id: str | None = None
    moment: float | None = None
    direction: str | None = None
    mac: str | None = None
    depth: int = 0

    def down(self, key: str, asked: frozenset[str]) -> _Path | None:
        """Return the path one key further; None where it leads to something that was not asked for."""
        deeper = replace(self, depth=self.depth + 1)
        if key in asked:
            return replace(deeper, space_id=key)
        if key.startswith(ID_PREFIXES) or deeper.depth > DEEPEST:
            return None
        if key in ("in", "out"):
            return replace(deeper, direction=key)
        if (moment := parse_time(key)) is not None:
            return replace(deeper, moment=moment)
        return replace(deeper, mac=key)


class _Reader:
    """Walks one answer. Most answers are one flat list of hundreds of rows, so a row costs no walk of its own."""

    def __init__(self, question: Question, asked: frozenset[str]) -> None:
        self._question = question
        self._asked = asked
        self._id_field = question.asset.id_field
        # The rows of an answer share a few buckets.
        self._moments: dict[str, float | None] = {}

    def walk(self, node: Any, path: _Path) -> Iterator[Row]:
        """Yield the rows of a part of the answer."""
        if isinstance(node, list):
            for item in node:
                if isinstance(item, dict):  # no shape has lists within lists
                    if "value" not in item:
                        yield from self._walk_object(item, path)
                    elif row := self._flat_row(item, path):
                        yield row
        elif isinstance(node, dict):
            yield from self._walk_object(node, path)

    def _walk_object(self, node: dict[str, Any], path: _Path) -> Iterator[Row]:
        if "value" in node:
            row = self._flat_row(node, path)
        elif "count" in node or self._question.function in node:
            row = self._statistic(node, path)
        else:
            for key, value in node.items():
                if further := path.down(key, self._asked):
                    yield from self.walk(value, further)
            return
        if row:
            yield row

    def _flat_row(self, node: dict[str, Any], path: _Path) -> Row | None:
        space_id = _text(node.get(self._id_field)) or path.space_id
        value = _finite(node.get("value"))
        moment = self._moment(node.get("time"))
        if moment is None:
            moment = path.moment
        if space_id not in self._asked or value is None or moment is None:
            return None
        direction = node.get("field")
        return Row(
            space_id,
            moment,
            value,
            direction if direction in ("in", "out") else path.direction,
            _text(node.get("mac_address")) or path.mac,
        )

    def _moment(self, value: object) -> float | None:
        """Read a time, each different one once."""
        if not isinstance(value, str):
            return None
        if value not in self._moments:
            self._moments[value] = parse_time(value)
        return self._moments[value]

    def _statistic(self, node: dict[str, Any], path: _Path) -> Row | None:
        keys = (self._question.function, *STATISTICS)
        value = next((number for key in keys if (number := _finite(node.get(key))) is not None), None)
        space_id = path.space_id or (next(iter(self._asked)) if len(self._asked) == 1 else None)
        if value is None or space_id is None:
            return None
        # Without a time on the path the figure covers the whole range.
        moment = self._question.start if path.moment is None else path.moment
        return Row(space_id, moment, value, path.direction, path.mac)


def newest(rows: Sequence[Row]) -> dict[str, Row]:
    """Return the newest row of each space; answers are grouped by series, not sorted by time."""
    latest: dict[str, Row] = {}
    for row in rows:
        known = latest.get(row.space_id)
        if known is None or row.moment >= known.moment:
            latest[row.space_id] = row
    return latest


@dataclass(frozen=True, slots=True)
class Run:
    """The number of people in the newest bucket of a space, and the first of the buckets in a row that agree on it."""

    people: int
    moment: float
    since: float


def runs(rows: Sequence[Row]) -> dict[str, Run]:
    """Return the newest number of each space and since when it has been that; rows come in any order."""
    series: dict[str, list[Row]] = {}
    for row in rows:
        series.setdefault(row.space_id, []).append(row)
    result = {}
    for space_id, known in series.items():
        # Stable: of two rows for one bucket the later in the answer counts.
        known.sort(key=_moment_of)
        newest_row = known[-1]
        people, since = whole(newest_row.value), newest_row.moment
        for row in reversed(known):
            if whole(row.value) != people:
                break
            since = row.moment
        result[space_id] = Run(people, newest_row.moment, since)
    return result


_moment_of = attrgetter("moment")


def crossings(rows: Sequence[Row], counts: Callable[[str, str | None], bool]) -> dict[str, tuple[int, int]]:
    """Sum entries and exits of each space over its sensors; `counts(space_id, mac)` says whose rows belong to it.

    A missing direction means none; a space without any row is not in the answer.
    """
    sums: dict[str, list[float]] = {}
    for row in rows:
        if row.direction is not None and row.value >= 0 and counts(row.space_id, row.mac):
            sums.setdefault(row.space_id, [0.0, 0.0])[row.direction == "out"] += row.value
    return {space_id: (whole(entries), whole(exits)) for space_id, (entries, exits) in sums.items()}


def whole(value: float) -> int:
    """Round a count to whole people, halves up: half a person seen is a person seen."""
    return math.floor(value + 0.5)


def parse_time(value: object) -> float | None:
    """Read an RFC 3339 time; some keys of grouped answers lack the Z and are UTC all the same."""
    if not isinstance(value, str) or len(value) < 10 or not value[:4].isdigit():
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def rfc3339(moment: float) -> str:
    """Write a moment in UTC, to the second."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
