"""What can be asked of the reporting API v3, and how (docs: reporting-api-overview).

A question names one measurement and the spaces it is about. Its range may be of any length, and its spaces of any
number: `Reporter` asks it in parts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
import math
from typing import Any, Final

from .buckets import BUCKETS, MINUTE, cut, midnight, zone_named

# Counts are asked for the last five minutes in minute buckets, as Butlr's own client does (mcp: current-occupancy).
LIVE_RANGE: Final = 5 * MINUTE
LIVE_BUCKET: Final = MINUTE
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Measurement(StrEnum):
    """What can be asked (mcp: reporting-client.ts; docs: the page of each).

    `PRESENCE` are the counts of single sensors (old docs). The names of the presence time of rooms and zones are
    inferred from that of floors. Tags have people counted by presence sensors only.
    """

    ROOM_OCCUPANCY = "room_occupancy"
    FLOOR_OCCUPANCY = "floor_occupancy"
    ZONE_OCCUPANCY = "zone_occupancy"
    TAG_OCCUPANCY = "tag_occupancy"
    TRAFFIC = "traffic"
    TRAFFIC_ROOM_OCCUPANCY = "traffic_room_occupancy"
    TRAFFIC_FLOOR_OCCUPANCY = "traffic_floor_occupancy"
    ROOM_PRESENCE_TIME = "room_presence_time_secs"
    FLOOR_PRESENCE_TIME = "floor_presence_time_secs"
    ZONE_PRESENCE_TIME = "zone_presence_time_secs"
    PRESENCE = "presence"


class Asset(StrEnum):
    """The filter that says what the ids are; floors still go by their old name (mcp: FILTER_FIELD_MAP).

    Answers about buildings, tags, hives and sensors tell of the rooms, floors or zones in them.
    """

    ROOMS = "rooms"
    ZONES = "zones"
    FLOORS = "spaces"
    BUILDINGS = "buildings"
    TAGS = "tags"
    HIVES = "hives"
    SENSORS = "sensors"

    @property
    def id_field(self) -> str:
        """Return the row field that holds such an id."""
        return _ID_FIELDS[self]

    @property
    def has_parts(self) -> bool:
        """Whether answers name something else beside what was asked about."""
        return self not in (Asset.ROOMS, Asset.ZONES, Asset.FLOORS)


_ID_FIELDS: Final = {
    Asset.ROOMS: "room_id",
    Asset.ZONES: "zone_id",
    Asset.FLOORS: "space_id",
    Asset.BUILDINGS: "building_id",
    Asset.TAGS: "tag_id",
    Asset.HIVES: "hive_id",
    Asset.SENSORS: "sensor_id",
}


class Calibration(StrEnum):
    """How estimates from traffic are corrected; a text, not a boolean (docs: calibration-overview).

    Only for `TRAFFIC_ROOM_OCCUPANCY` and `TRAFFIC_FLOOR_OCCUPANCY`, and slower than plain questions.
    """

    CORRECTED = "true"
    RAW = "raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeConstraints:
    """Which hours and days count, by the local clock; `ranges` as HH:MM pairs, weekdays in lower-case English."""

    ranges: tuple[tuple[str, str], ...] = ()
    without_weekdays: tuple[str, ...] = ()

    def body(self, spelled: Callable[[str], str] = str) -> dict[str, Any]:
        """Return them as they are sent, weekdays spelled as the service wants them."""
        body: dict[str, Any] = {}
        if self.ranges:
            body["time_ranges"] = [{"start": start, "stop": stop} for start, stop in self.ranges]
        if self.without_weekdays:
            body["exclude_days_of_week"] = list(map(spelled, self.without_weekdays))
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about what `ids` name, from moment `start` to moment `stop` (Unix seconds).

    `every` is one of BUCKETS, `function` one of mean, max, min, sum, first, last and median. Buckets follow the clock
    of `time_zone` (IANA), which all ids should share. `least` and `most` bound the values that are answered: without a
    `least` of 0 those of zero are left out.

    `zeros_for_silence` adds zeros for buckets in which nothing was measured: that is what no movement means, but of a
    count it would turn silence into emptiness. `group_by` and `raw` change the shape of the answer, which the reader
    takes in every shape; there is no need for them but with TAG_OCCUPANCY, where the docs always send them.
    """

    measurement: Measurement
    asset: Asset
    ids: tuple[str, ...]
    start: float
    stop: float
    every: str = "1m"
    function: str = "median"
    time_zone: str = "UTC"
    calibration: Calibration | None = None
    hours: TimeConstraints | None = None
    least: float | None = 0
    most: float | None = None
    zeros_for_silence: bool = False
    group_by: tuple[str, ...] = ()
    raw: bool = False

    @property
    def seconds(self) -> float:
        """Return the length of the range."""
        return self.stop - self.start

    @property
    def buckets(self) -> int:
        """Return how many rows an answer has for each id, at most and about."""
        return max(math.ceil(self.seconds / BUCKETS[self.every]), 1)

    def body(self) -> dict[str, Any]:
        """Return the request body; times are absolute, since relative ones lose rows (docs: reporting-faqs)."""
        conditions: dict[str, Any] = {
            "measurements": [self.measurement.value],
            "start": rfc3339(self.start),
            "stop": rfc3339(self.stop),
            self.asset.value: {"eq": list(self.ids)},
        }
        bounds = {"gte": self.least, "lte": self.most}
        if bounds := {name: bound for name, bound in bounds.items() if bound is not None}:
            conditions["value"] = bounds
        if self.calibration:
            conditions["calibrated"] = self.calibration.value
        if self.hours:
            conditions["time_constraints"] = self.hours.body()
        window: dict[str, Any] = {"every": self.every, "function": self.function, "timezone": self.time_zone}
        if self.zeros_for_silence:
            window["create_empty"] = True
        body = {"filter": conditions, "window": window}
        if self.group_by or self.raw:
            group: dict[str, Any] = {"order": list(self.group_by)} if self.group_by else {}
            body["group_by"] = group | {"raw": True} if self.raw else group
        return body

    def about(self, ids: Iterable[str]) -> Question:
        """Return the same question about other ids."""
        return replace(self, ids=tuple(ids))

    def halves(self) -> tuple[Question, Question] | None:
        """Return the same question about the two halves of its range; None if it cannot be cut between buckets."""
        middle = cut(self.start, self.stop, self.every, zone_named(self.time_zone))
        return None if middle is None else (replace(self, stop=middle), replace(self, start=middle))

    def first_days(self, days: int) -> tuple[Question, Question | None]:
        """Return the same question about the first days of its range, and about what is left."""
        end = midnight(self.start, zone_named(self.time_zone), days)
        if end >= self.stop:
            return self, None
        return replace(self, stop=end), replace(self, start=end)

    def last_minutes(self) -> Question:
        """Return the same question about the last full minutes of its range, one by one, at any hour."""
        stop = full_minute(self.stop)
        return replace(self, start=stop - LIVE_RANGE, stop=stop, every="1m", hours=None)

    def last_day(self) -> Question:
        """Return the same question about the last day of its range."""
        return replace(self, start=max(self.start, midnight(self.stop - 1, zone_named(self.time_zone))))


def presence_question(asset: Asset, ids: Sequence[str], now: float) -> Question:
    """Ask how many people presence sensors see; rows of the last five minutes, newest last per space or not.

    Never about the minute that still runs: whoever left in it would be there until the next answer.
    """
    stop = full_minute(now)
    return Question(
        measurement=PEOPLE_MEASUREMENTS[asset], asset=asset, ids=tuple(ids), start=stop - LIVE_RANGE, stop=stop
    )


def estimate_question(asset: Asset, ids: Sequence[str], now: float, since: float, time_zone: str) -> Question:
    """Ask for the calibrated in minus out of the day that began at `since`; `last`, since it is a running sum."""
    stop = full_minute(now)
    return Question(
        measurement=ESTIMATE_MEASUREMENTS[asset],
        asset=asset,
        ids=tuple(ids),
        start=max(stop - LIVE_RANGE, since),
        stop=stop,
        function="last",
        time_zone=time_zone,
        calibration=Calibration.CORRECTED,
    )


def traffic_question(asset: Asset, ids: Sequence[str], since: float, now: float, time_zone: str) -> Question:
    """Ask for the crossings since the site's midnight; rows per sensor and direction, to be summed.

    Whole minutes only: crossings may be counted minute by minute, and one of the running minute may be in or not. In
    the first minute of a day there is nothing to ask: `stop` is not after `start`.
    """
    return Question(
        measurement=Measurement.TRAFFIC,
        asset=asset,
        ids=tuple(ids),
        start=since,
        stop=full_minute(now),
        every="1d",
        function="sum",
        time_zone=time_zone,
        zeros_for_silence=True,
    )


# Who is counted, estimated, and for how long there was anybody, by what is asked about.
PEOPLE_MEASUREMENTS: Final = {
    Asset.ROOMS: Measurement.ROOM_OCCUPANCY,
    Asset.ZONES: Measurement.ZONE_OCCUPANCY,
    Asset.FLOORS: Measurement.FLOOR_OCCUPANCY,
    Asset.TAGS: Measurement.TAG_OCCUPANCY,
}
ESTIMATE_MEASUREMENTS: Final = {
    Asset.ROOMS: Measurement.TRAFFIC_ROOM_OCCUPANCY,
    Asset.FLOORS: Measurement.TRAFFIC_FLOOR_OCCUPANCY,
}
PRESENCE_TIME_MEASUREMENTS: Final = {
    Asset.ROOMS: Measurement.ROOM_PRESENCE_TIME,
    Asset.ZONES: Measurement.ZONE_PRESENCE_TIME,
    Asset.FLOORS: Measurement.FLOOR_PRESENCE_TIME,
}


def full_minute(now: float) -> float:
    """Return the end of the last minute that is over."""
    return now // LIVE_BUCKET * LIVE_BUCKET


def rfc3339(timestamp: float) -> str:
    """Write a moment in UTC, to the second."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
