"""A reporting request, read strictly: what the real service would refuse is refused here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .settings import Json
from .timeline import MINUTE, parse_every, parse_moment

PRESENCE = {"room_occupancy": "room", "zone_occupancy": "zone", "floor_occupancy": "floor"}
ESTIMATES = {"traffic_room_occupancy": "room", "traffic_floor_occupancy": "floor"}
PRESENCE_TIME = {
    "room_presence_time_secs": "room",
    "zone_presence_time_secs": "zone",
    "floor_presence_time_secs": "floor",
}
MEASUREMENTS = frozenset({*PRESENCE, *ESTIMATES, *PRESENCE_TIME, "traffic", "tag_occupancy", "presence"})

ASSET_FILTERS = ("rooms", "zones", "spaces", "buildings", "clients", "sensors", "hives", "tags")
FUNCTIONS = ("mean", "max", "min", "sum", "first", "last", "median")
GROUPS = ("time", "field", "room_id", "zone_id", "space_id", "building_id", "tag_id", "mac_address")
_FILTER_FIELDS = frozenset({*ASSET_FILTERS, "measurements", "start", "stop", "value", "calibrated", "time_constraints"})
_BODY_FIELDS = frozenset({"filter", "window", "group_by", "paginate", "options", "calibration_points"})
_WINDOW_FIELDS = frozenset({"every", "function", "offset", "timezone", "create_empty", "fill"})
_COMPARISONS = ("gte", "lte", "gt", "lt")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class BadRequestError(Exception):
    """The request is invalid; answered with 400."""


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """Which times of the day and days of the week count."""

    ranges: tuple[tuple[int, int], ...] = ()
    """Minutes since midnight, [from, to)."""
    excluded: frozenset[int] = frozenset()
    """Days of the week, Monday = 0."""

    def admits(self, timestamp: int, zone: tzinfo) -> bool:
        """Return whether a timestamp counts."""
        if not self.ranges and not self.excluded:
            return True
        local = datetime.fromtimestamp(timestamp / 1000, zone)
        if local.weekday() in self.excluded:
            return False
        minute = local.hour * 60 + local.minute
        return not self.ranges or any(begin <= minute < end for begin, end in self.ranges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a reporting request asks."""

    measurements: tuple[str, ...]
    start: int
    stop: int
    assets: Mapping[str, tuple[str, ...]]
    """Ids by filter name."""
    value: Mapping[str, float]
    calibrated: bool
    times: TimeFilter
    every: int
    function: str
    timezone: tzinfo | None
    create_empty: bool
    fill_previous: bool
    fill_value: float | None
    order: tuple[str, ...] | None
    """None = no group_by at all."""
    raw: bool
    page: tuple[int, int] | None
    """(number from 1, limit)."""

    @property
    def keeps_zero(self) -> bool:
        """Return whether zero rows are wanted: only when a lower bound that admits them was given."""
        return "gte" in self.value and self.value["gte"] <= 0

    def admits(self, value: float) -> bool:
        """Return whether a row with that value is part of the answer."""
        if value == 0 and not self.keeps_zero:
            return False
        bounds = self.value
        return (
            value >= bounds.get("gte", value)
            and value <= bounds.get("lte", value)
            and ("gt" not in bounds or value > bounds["gt"])
            and ("lt" not in bounds or value < bounds["lt"])
        )


@dataclass(frozen=True, slots=True)
class _Window:
    """The window part of a request."""

    every: int = MINUTE
    function: str = "last"
    timezone: tzinfo | None = None
    create_empty: bool = False
    fill: Mapping[str, Any] = field(default_factory=dict)


def read_question(body: Any, now: int) -> Question:
    """Read a request body.

    Raises:
        BadRequestError: it is invalid.
    """
    try:
        return _read(_object(body, "body", _BODY_FIELDS), now)
    except (ValueError, TypeError, AttributeError, ZoneInfoNotFoundError) as error:
        raise BadRequestError(str(error)) from error


def read_times(given: Any) -> TimeFilter:
    """Read time ranges and excluded days, as reporting and statistics spell them.

    Raises:
        BadRequestError: they are invalid.
    """
    try:
        constraints = _object(given or {}, "time_constraints", {"time_ranges", "exclude_days_of_week"})
        ranges = tuple((_minute(item["start"]), _minute(item["stop"])) for item in constraints.get("time_ranges") or ())
        excluded = frozenset(_DAYS.index(day.lower()) for day in constraints.get("exclude_days_of_week") or ())
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise BadRequestError(f"invalid time constraints: {error}") from error
    return TimeFilter(ranges, excluded)


def _read(body: Json, now: int) -> Question:
    """Read a body that is an object."""
    chosen = _object(body.get("filter"), "filter", _FILTER_FIELDS)
    measurements = _strings(chosen.get("measurements"), "measurements")
    if not measurements or not MEASUREMENTS.issuperset(measurements):
        raise ValueError(f"unknown measurement in {list(measurements)}")
    start, stop = _range(chosen, now)
    window = _window(body.get("window"))
    group = _object(body.get("group_by") or {}, "group_by", {"order", "raw"})
    order = _strings(group.get("order") or [], "order")
    if not set(order) <= set(GROUPS):
        raise ValueError(f"cannot group by {list(order)}")
    if "precision" in _object(body.get("options") or {}, "options", None):
        raise ValueError("unknown option precision")
    page = body.get("paginate")
    calibrated = chosen.get("calibrated", "false")
    if calibrated not in ("true", "false", "raw"):
        raise ValueError("calibrated must be a string: true, false or raw")
    return Question(
        measurements=measurements,
        start=start,
        stop=stop,
        assets={
            name: _strings(_object(chosen[name], name, {"eq"}).get("eq"), name)
            for name in ASSET_FILTERS
            if name in chosen
        },
        value={name: float(bound) for name, bound in _object(chosen.get("value") or {}, "value", _COMPARISONS).items()},
        calibrated=calibrated == "true",
        times=read_times(chosen.get("time_constraints")),
        every=window.every,
        function=window.function,
        timezone=window.timezone,
        create_empty=window.create_empty,
        fill_previous=bool(window.fill.get("use_previous")),
        fill_value=window.fill.get("value"),
        order=order if body.get("group_by") else None,
        raw=bool(group.get("raw")),
        page=(int(page["page"]), int(page["limit"])) if page else None,
    )


def _range(chosen: Json, now: int) -> tuple[int, int]:
    """Read start and stop; the future is cut off."""
    if not isinstance(chosen.get("start"), str):
        raise ValueError("start is required")  # noqa: TRY004
    if chosen.get("stop") == "now":
        raise ValueError("invalid stop: now")
    start = parse_moment(chosen["start"], now)
    stop = parse_moment(chosen["stop"], now) if chosen.get("stop") is not None else now
    if start >= stop:
        raise ValueError("Start time must be before stop time")
    return start, max(min(stop, now), start)


def _window(given: Any) -> _Window:
    """Read the window."""
    if given is None:
        return _Window()
    window = _object(given, "window", _WINDOW_FIELDS)
    function = window.get("function", "last")
    if function not in FUNCTIONS:
        raise ValueError(f"unknown window function {function}")
    timezone = window.get("timezone")
    return _Window(
        parse_every(window.get("every", "1m")),
        function,
        _zone(timezone) if timezone else None,
        bool(window.get("create_empty")),
        _object(window.get("fill") or {}, "fill", {"use_previous", "value"}),
    )


def _zone(name: str) -> tzinfo:
    """Return a time zone by its IANA name."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _object(value: Any, name: str, known: Any) -> Json:
    """Return an object with known keys only.

    Raises:
        ValueError: it is not one.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object")  # noqa: TRY004
    if known is not None and (unknown := value.keys() - set(known)):
        raise ValueError(f"unknown field in {name}: {', '.join(sorted(unknown))}")
    return value


def _strings(value: Any, name: str) -> tuple[str, ...]:
    """Return a list of texts.

    Raises:
        ValueError: it is not one.
    """
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name} must be a list of strings")
    return tuple(value)


def _minute(text: str) -> int:
    """Return the minute of the day of HH:MM; 24:00 is the end of the day."""
    hour, minute = text.split(":")[:2]
    value = int(hour) * 60 + int(minute)
    if not 0 <= value <= 24 * 60:
        raise ValueError(f"invalid time of day {text!r}")
    return value
