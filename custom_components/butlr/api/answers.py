"""Read what the reporting API answers (docs: reporting-api-overview and the page of each measurement).

Answers come in many shapes: a flat list of rows, or objects nested by asset, time, direction or MAC address, with rows
or statistics at the leaves. The reader walks all of them and recognizes asset, direction and time by the form of each
key.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
import math
from operator import attrgetter
from typing import Any, Final, NamedTuple

from .buckets import BUCKETS
from .questions import PRESENCE_TIME_MEASUREMENTS, Question
from .readings import MAX_PEOPLE
from .values import read_number, read_text, read_time, round_people

# Prefixes of the keys that are asset ids in a nested answer.
ID_PREFIXES: Final = ("room_", "zone_", "space_", "floor_", "building_", "site_", "org_", "tag_", "sensor_", "hive_")
MAX_ANSWER_DEPTH: Final = 6
STATISTIC_FIELDS: Final = ("last", "median", "mean", "max", "sum")
# The timestamp of a value that covers the whole requested range.
WHOLE_RANGE: Final = -math.inf
# Values with a larger share of missing data are unusable (support: Data Quality).
MAX_MISSING_SHARE: Final = 0.3
# The fields that say which part of the requested asset a row is about, narrowest first.
PART_FIELDS: Final = ("zone_id", "room_id", "space_id")
PART_PREFIXES: Final = ("zone_", "room_", "space_")


class Row(NamedTuple):
    """One value of an answer.

    `space_id` is one of the requested ids. `timestamp` (Unix seconds) is the time in the answer, or the start of the
    bucket once that is known. `value` is None if Butlr marks it as unusable. `direction` is "in" or "out" for traffic.
    For a tag, building, hive or sensor, `part` is the room, zone or floor that the value belongs to, if the answer
    names one.
    """

    space_id: str
    timestamp: float
    value: float | None
    direction: str | None = None
    mac: str | None = None
    part: str | None = None


def read_rows(question: Question, data: Any) -> Iterator[Row]:
    """Yield every row of an answer of any shape that belongs to one of the requested ids.

    A row need not repeat the requested `measurement` and `field`, and fields that do not apply are empty strings, so
    neither is read. Rows without a plausible number or without a space are skipped; rows marked as incomplete have no
    value.
    """
    yield from _AnswerReader(question).walk(data, _AnswerPath())


# UNVERIFIED: nested answers may come in any depth and order of keys, with rows or statistics at the leaves
@dataclass(frozen=True, slots=True)
class _AnswerPath:
    """What the keys from the root down to a node say."""

    space_id: str | None = None
    timestamp: float | None = None
    direction: str | None = None
    mac: str | None = None
    part: str | None = None
    depth: int = 0

    def down(self, key: str, asked: frozenset[str], *, parts: bool) -> _AnswerPath | None:
        """Return the path one key further down, or None if the key leads to something that was not requested."""
        deeper = replace(self, depth=self.depth + 1)
        if key in asked:
            return replace(deeper, space_id=key)
        if deeper.depth > MAX_ANSWER_DEPTH:
            return None
        if key.startswith(ID_PREFIXES):
            return replace(deeper, part=key) if parts and key.startswith(PART_PREFIXES) else None
        if key in ("in", "out"):
            return replace(deeper, direction=key)
        if (timestamp := read_time(key)) is not None:
            return replace(deeper, timestamp=timestamp)
        return replace(deeper, mac=key)


class _AnswerReader:
    """Walks one answer. Most answers are one flat list of hundreds of rows, so flat rows are read without recursion."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._asked = frozenset(question.ids)
        self._id_field = question.asset.id_field
        self._has_parts = question.asset.has_parts
        # A presence time may count the seconds of every person.
        # UNVERIFIED: whether presence times count the seconds of one person or of each
        is_time = question.measurement in PRESENCE_TIME_MEASUREMENTS.values()
        self._max_value = MAX_PEOPLE * BUCKETS[question.every] if is_time else MAX_PEOPLE
        # The rows of an answer share a few times and the same fields, so each is read once.
        self._times: dict[str, float | None] = {}
        self._fields: set[str] = set()
        self._marks: dict[str, Callable[[Any], bool]] = {}

    def walk(self, node: Any, path: _AnswerPath) -> Iterator[Row]:
        """Yield the rows below a node of the answer."""
        if isinstance(node, list):
            for item in node:
                if isinstance(item, dict):  # no known shape nests lists in lists
                    if "value" not in item:
                        yield from self._walk_object(item, path)
                    elif row := self._flat_row(item, path):
                        yield row
        elif isinstance(node, dict):
            yield from self._walk_object(node, path)

    def _walk_object(self, node: dict[str, Any], path: _AnswerPath) -> Iterator[Row]:
        if "value" in node:
            row = self._flat_row(node, path)
        elif "count" in node or self._question.function in node:
            row = self._statistic(node, path)
        else:
            for key, value in node.items():
                if further := path.down(key, self._asked, parts=self._has_parts):
                    yield from self.walk(value, further)
            return
        if row:
            yield row

    def _flat_row(self, node: dict[str, Any], path: _AnswerPath) -> Row | None:
        space_id = read_text(node.get(self._id_field)) or path.space_id
        value = self._plausible_value(node["value"])
        timestamp = self._time(node.get("time"))
        if timestamp is None:
            timestamp = path.timestamp
        if space_id not in self._asked or timestamp is None:
            return None
        if value is None and node["value"] is not None:
            return None  # not a number
        if self._is_incomplete(node):
            value = None
        direction = node.get("field")
        return Row(
            space_id,
            timestamp,
            value,
            direction if direction in ("in", "out") else path.direction,
            read_text(node.get("mac_address")) or path.mac,
            self._part(node) or path.part if self._has_parts else None,
        )

    def _plausible_value(self, value: object) -> float | None:
        """Return a number if it is plausible for the measurement."""
        number = read_number(value)
        return number if number is not None and abs(number) <= self._max_value else None

    @staticmethod
    def _part(node: dict[str, Any]) -> str | None:
        """Return the part of the requested asset that a row names."""
        return next((part for field in PART_FIELDS if (part := read_text(node.get(field)))), None)

    def _is_incomplete(self, node: dict[str, Any]) -> bool:
        """Return whether Butlr marks a value as unusable (support: Data Quality)."""
        if not self._fields.issuperset(node):
            for field in node.keys() - self._fields:
                self._fields.add(field)
                if mark := _MARKS.get("".join(filter(str.isalnum, field)).lower()):
                    self._marks[field] = mark
        return any(field in node and mark(node[field]) for field, mark in self._marks.items())

    def _time(self, value: object) -> float | None:
        """Read a time, caching each distinct text."""
        if not isinstance(value, str):
            return None
        if value not in self._times:
            self._times[value] = read_time(value)
        return self._times[value]

    def _statistic(self, node: dict[str, Any], path: _AnswerPath) -> Row | None:
        keys = (self._question.function, *STATISTIC_FIELDS)
        value = next((number for key in keys if (number := self._plausible_value(node.get(key))) is not None), None)
        space_id = path.space_id or (next(iter(self._asked)) if len(self._asked) == 1 else None)
        if value is None or space_id is None:
            return None
        if self._is_incomplete(node):
            value = None
        # Without a time on the path, the value covers the whole range.
        timestamp = WHOLE_RANGE if path.timestamp is None else path.timestamp
        return Row(space_id, timestamp, value, path.direction, path.mac, path.part)


def newest(rows: Iterable[Row]) -> dict[str, Row]:
    """Return the newest row with a value for each space; answers are grouped by series, not sorted by time."""
    latest: dict[str, Row] = {}
    for row in rows:
        known = latest.get(row.space_id)
        if row.value is not None and (known is None or row.timestamp >= known.timestamp):
            latest[row.space_id] = row
    return latest


@dataclass(frozen=True, slots=True)
class CountRun:
    """The newest number of people, and the start (Unix seconds) of the run of buckets that agree on it."""

    people: int
    timestamp: float
    since: float


def count_runs(rows: Iterable[Row]) -> dict[str, CountRun]:
    """Return the newest number of people of each space, and since when it has not changed; rows come in any order.

    A bucket without a plausible number ends the run.
    """
    by_space: dict[str, list[Row]] = {}
    for row in rows:
        by_space.setdefault(row.space_id, []).append(row)
    result = {}
    for space_id, known in by_space.items():
        # The sort is stable: of two rows for one bucket, the later one in the answer counts.
        known.sort(key=_by_timestamp)
        people = since = timestamp = None
        for row in reversed(known):
            number = None if row.value is None or row.value < 0 else round_people(row.value)
            if people is None and number is not None:
                people, timestamp = number, row.timestamp
            elif number != people:
                break
            since = row.timestamp
        if people is not None and timestamp is not None and since is not None:
            result[space_id] = CountRun(people, timestamp, since)
    return result


_by_timestamp = attrgetter("timestamp")


def crossings(rows: Iterable[Row], counts: Callable[[str, str | None], bool]) -> dict[str, tuple[int, int] | None]:
    """Return (entries, exits) of each space over the range; see `crossings_by_bucket`."""
    in_one_bucket = (row._replace(timestamp=WHOLE_RANGE) for row in rows)
    return {space_id: buckets[WHOLE_RANGE] for space_id, buckets in crossings_by_bucket(in_one_bucket, counts).items()}


def _entries_and_exits(entries: float, exits: float) -> tuple[int, int] | None:
    return None if math.isnan(entries + exits) else (round_people(entries), round_people(exits))


def series(rows: Iterable[Row]) -> dict[str, dict[float, float | None]]:
    """Return the value of each bucket of each id; None is unusable. Buckets missing in the answer are left out."""
    values: dict[str, dict[float, float | None]] = {}
    for row in rows:
        values.setdefault(row.space_id, {})[row.timestamp] = row.value
    return values


def crossings_by_bucket(
    rows: Iterable[Row], counts: Callable[[str, str | None], bool]
) -> dict[str, dict[float, tuple[int, int] | None]]:
    """Return (entries, exits) of each bucket of each space, summed over its sensors.

    `counts(space_id, mac)` tells whether the rows of a sensor belong to a space. A direction without rows is 0; a space
    without any row is left out. A sum with an unusable part is None, since it would be too small.
    """
    sums: dict[str, dict[float, list[float]]] = {}
    for row in rows:
        if row.direction is not None and counts(row.space_id, row.mac):
            crossed = math.nan if row.value is None else max(row.value, 0.0)
            both = sums.setdefault(row.space_id, {}).setdefault(row.timestamp, [0.0, 0.0])
            both[row.direction == "out"] += crossed
    return {
        space_id: {timestamp: _entries_and_exits(*both) for timestamp, both in sorted(buckets.items())}
        for space_id, buckets in sums.items()
    }


def _is_true(mark: object) -> bool:
    """Return whether a mark is set, in any spelling."""
    return mark is True or mark == 1 or (isinstance(mark, str) and mark.strip().lower() in ("true", "1", "yes"))


def _is_unusable(mark: object) -> bool:
    """Return whether a share of missing data, a number or a text, is too large."""
    try:
        return float(mark) > MAX_MISSING_SHARE if isinstance(mark, int | float | str) else False
    except ValueError, OverflowError:
        return False


# Keyed by field name in lower case, without separators.
# UNVERIFIED: how a row is marked as incomplete, and the scale of its share of missing data
_MARKS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "dataincomplete": _is_true,
    "incomplete": _is_true,
    "isincomplete": _is_true,
    "nullpercentage": _is_unusable,
    "nullpercent": _is_unusable,
    "nullratio": _is_unusable,
}
