"""Requests to the reporting API v3 as values (docs: reporting-api-overview).

A question names one measurement and the assets it is about. Its range may have any length and it may name any number of
assets: `Reporter` splits it into requests.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
import math
from typing import Any, Final

from .buckets import BUCKETS, MINUTE, cut, midnight, zone_named

# Seconds. Counts are read for the last five minutes in one-minute buckets, as Butlr's own client does (mcp:
# current-occupancy).
LIVE_RANGE: Final = 5 * MINUTE
LIVE_BUCKET: Final = MINUTE
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Measurement(StrEnum):
    """What can be requested (mcp: reporting-client.ts; docs: the page of each).

    `PRESENCE` are the counts of single sensors (older docs). The names of the presence times of rooms and zones are
    inferred from that of floors. For tags, only people counted by presence sensors are available.
    """

    ROOM_OCCUPANCY = "room_occupancy"
    FLOOR_OCCUPANCY = "floor_occupancy"
    ZONE_OCCUPANCY = "zone_occupancy"
    TAG_OCCUPANCY = "tag_occupancy"
    TRAFFIC = "traffic"
    TRAFFIC_ROOM_OCCUPANCY = "traffic_room_occupancy"
    TRAFFIC_FLOOR_OCCUPANCY = "traffic_floor_occupancy"
    # UNVERIFIED: the names of the presence times of rooms and zones
    ROOM_PRESENCE_TIME = "room_presence_time_secs"
    FLOOR_PRESENCE_TIME = "floor_presence_time_secs"
    ZONE_PRESENCE_TIME = "zone_presence_time_secs"
    PRESENCE = "presence"


class Asset(StrEnum):
    """The filter that says what the ids are; floors still use their old name (mcp: FILTER_FIELD_MAP).

    Answers about buildings, tags, hives and sensors contain rows of the rooms, floors or zones in them.
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
        """Return whether rows are about parts of the requested asset."""
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
    """How estimates from traffic are corrected; a string, not a boolean (docs: calibration-overview).

    Only for `TRAFFIC_ROOM_OCCUPANCY` and `TRAFFIC_FLOOR_OCCUPANCY`; slower than other requests.
    """

    CORRECTED = "true"
    RAW = "raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeConstraints:
    """The hours and days to include, in local time; `ranges` are HH:MM pairs, weekdays are lower-case English."""

    ranges: tuple[tuple[str, str], ...] = ()
    without_weekdays: tuple[str, ...] = ()

    def body(self, spelled: Callable[[str], str] = str) -> dict[str, Any]:
        """Return the request body, with weekdays spelled as the service expects them."""
        body: dict[str, Any] = {}
        if self.ranges:
            body["time_ranges"] = [{"start": start, "stop": stop} for start, stop in self.ranges]
        if self.without_weekdays:
            body["exclude_days_of_week"] = list(map(spelled, self.without_weekdays))
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about the assets `ids`, from `start` to `stop` (Unix seconds).

    `every` is one of BUCKETS; `function` is one of mean, max, min, sum, first, last and median. Buckets follow the
    clock of `time_zone` (IANA), which all assets should share. `least` and `most` bound the values in the answer;
    without a `least` of 0, zeros are left out.

    `zeros_for_silence` adds zeros for buckets without measurements: right for traffic, but for a count it would turn
    missing data into an empty space. `group_by` and `raw` change the shape of the answer, and the reader accepts every
    shape; only TAG_OCCUPANCY needs them, since the docs always send them there.
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
        """Return the length of the range in seconds."""
        return self.stop - self.start

    @property
    def buckets(self) -> int:
        """Return the approximate maximum number of rows per id."""
        return max(math.ceil(self.seconds / BUCKETS[self.every]), 1)

    def body(self) -> dict[str, Any]:
        """Return the request body; times are absolute, since relative times lose rows (docs: reporting-faqs)."""
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
        """Return the question for each half of its range, or None if it cannot be split between buckets."""
        middle = cut(self.start, self.stop, self.every, zone_named(self.time_zone))
        return None if middle is None else (replace(self, stop=middle), replace(self, start=middle))

    def first_days(self, days: int) -> tuple[Question, Question | None]:
        """Return the question for the first days of its range, and for the rest."""
        end = midnight(self.start, zone_named(self.time_zone), days)
        if end >= self.stop:
            return self, None
        return replace(self, stop=end), replace(self, start=end)

    def last_minutes(self) -> Question:
        """Return the question for the last full minutes of its range, in one-minute buckets, at any hour."""
        stop = full_minute(self.stop)
        return replace(self, start=stop - LIVE_RANGE, stop=stop, every="1m", hours=None)

    def last_day(self) -> Question:
        """Return the question for the last day of its range."""
        return replace(self, start=max(self.start, midnight(self.stop - 1, zone_named(self.time_zone))))


def presence_question(asset: Asset, ids: Sequence[str], now: float) -> Question:
    """Ask how many people presence sensors count: rows of the last five minutes, in any order.

    The current minute is left out: people who leave during it would stay in the count until the next answer.
    """
    stop = full_minute(now)
    return Question(
        measurement=PEOPLE_MEASUREMENTS[asset], asset=asset, ids=tuple(ids), start=stop - LIVE_RANGE, stop=stop
    )


def estimate_question(asset: Asset, ids: Sequence[str], now: float, since: float, time_zone: str) -> Question:
    """Ask for the calibrated estimate since `since`, the start of the day; `last`, since it is a running sum."""
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
    """Ask for the crossings since the site's midnight: rows per sensor and direction, to be summed.

    Only full minutes: crossings may be counted by the minute, and those of the current minute may be included or not.
    In the first minute of a day, `stop` is not after `start`, and there is nothing to request.
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


# The measurements of people, estimates and presence times, by kind of asset.
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
    """Return the end of the last full minute."""
    return now // LIVE_BUCKET * LIVE_BUCKET


def rfc3339(timestamp: float) -> str:
    """Format Unix seconds in UTC, to the second."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
