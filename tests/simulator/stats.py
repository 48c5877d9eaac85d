"""Statistics v4 and the heatmap."""

from collections.abc import Sequence
from datetime import UTC
import math
import statistics
from typing import Any

from .questions import BadRequestError, TimeFilter, read_times
from .settings import Json, Settings
from .timeline import DAY, HOUR, Bucket, Steps, Stretch, is_relative, lay_buckets, parse_moment, stretches
from .world import World

MEASUREMENTS = tuple(
    f"occupancy_{used}{function}_{source}"
    for used in ("", "used_")
    for function in ("avg", "median")
    for source in ("presence", "traffic")
)
_RESOLUTIONS = (0.25, 0.5, 1.0)


class Stats:
    """Answers for long ranges, in one value each."""

    def __init__(self, world: World, settings: Settings) -> None:
        """Use this world."""
        self._world = world
        self._settings = settings

    def answer(self, body: Any, now: int) -> Json:
        """Return the response body of /v4/reporting/stats.

        Raises:
            BadRequestError: the request is invalid.
        """
        measurements, items, start, stop = self._read(body, now)
        times = self._times(body.get("filters"))
        spaces = [item for item in items if self._knows(item)]
        if len({str(self._world.timezone(item)) for item in spaces}) > 1:
            raise BadRequestError("items must be in one time zone")
        data: dict[str, Json] = {}
        for item in spaces:
            figures: Json = {}
            for measurement in measurements:
                stretch = self._stretch(item, measurement, start, stop, times)
                if stretch is not None and stretch.values:
                    figures[measurement] = _figure(stretch, measurement)
                    if self._settings.stats_shape == "both":
                        figures |= _summary(stretch)
            if figures:
                data[item] = figures
        return {"data": data}

    def weight(self, body: Any, now: int) -> float:
        """Return ids times hours.

        Raises:
            BadRequestError: the request is invalid.
        """
        _, items, start, stop = self._read(body, now)
        return len(items) * (stop - start) / HOUR

    def _read(self, body: Any, now: int) -> tuple[Sequence[str], Sequence[str], int, int]:
        """Read a request.

        Raises:
            BadRequestError: it is invalid.
        """
        if not isinstance(body, dict):
            raise BadRequestError("body must be an object")
        measurements, items = body.get("measurements"), body.get("items")
        if not isinstance(measurements, list) or not measurements or not set(measurements) <= set(MEASUREMENTS):
            raise BadRequestError(f"measurements must be some of {', '.join(MEASUREMENTS)}")
        if not isinstance(items, list) or not items:
            raise BadRequestError("items is required")
        start, stop = body.get("start"), body.get("stop")
        if not isinstance(start, str) or not isinstance(stop, str):
            raise BadRequestError("start and stop are required")
        if is_relative(start) or is_relative(stop):
            raise BadRequestError("relative times are not supported")
        try:
            begin, end = parse_moment(start, now), min(parse_moment(stop, now), now)
        except ValueError as error:
            raise BadRequestError(str(error)) from error
        if begin >= end:
            raise BadRequestError("Start time must be before stop time")
        return measurements, items, begin, end

    def _times(self, filters: Any) -> TimeFilter:
        """Read the filters; a weekday in a spelling that is not heeded is passed over without a word.

        Raises:
            BadRequestError: they are invalid.
        """
        times = read_times(filters)
        match self._settings.weekday_case:
            case "capitalized":
                spelled = str.capitalize
            case "lower":
                spelled = str.lower
            case "any":
                return times
            case _:
                return TimeFilter(times.ranges)
        days = filters.get("exclude_days_of_week") or () if isinstance(filters, dict) else ()
        heeded = read_times({"exclude_days_of_week": [day for day in days if day == spelled(day)]})
        return TimeFilter(times.ranges, heeded.excluded)

    def _knows(self, item: str) -> bool:
        """Return whether there are values for an id at all."""
        estate = self._world.estate
        return item in estate.floors or item in estate.rooms or item in estate.zones

    def _stretch(self, item: str, measurement: str, start: int, stop: int, times: TimeFilter) -> Stretch | None:
        """Return all that was measured in the range, with the excluded times left out."""
        coverage = self._world.estate.coverage
        steps: Steps
        if measurement.endswith("presence"):
            if not coverage.has_presence(item):
                return None
            steps = self._world.steps(item, start, stop)
        else:
            if item in self._world.estate.zones or not coverage.traffic_sensors(item):
                return None
            zone = UTC if self._settings.estimate_day == "utc" else self._world.timezone(item)
            steps = self._world.estimate_steps(item, start, stop, calibrated=True, zone=zone)
        buckets = [Bucket(start, start, stop)]
        if times.ranges or times.excluded:
            zone = self._world.timezone(item)
            quarters = lay_buckets(start, stop, HOUR // 4, zone)
            buckets = [bucket for bucket in quarters if times.admits(bucket.start, zone)]
        whole = Stretch()
        for _, stretch in stretches(steps, buckets):
            whole.values += stretch.values
            whole.spans += stretch.spans
        return whole


def _figure(stretch: Stretch, measurement: str) -> float:
    """Return one value; the `used` ones leave unoccupied time out."""
    part = stretch
    if "_used_" in measurement:
        kept = [(v, s) for v, s in zip(stretch.values, stretch.spans, strict=True) if v > 0]
        part = Stretch([v for v, _ in kept], [s for _, s in kept])
    return round(part.measure("mean" if "_avg_" in measurement else "median") or 0, 6)


def _summary(stretch: Stretch) -> Json:
    """Return the values under the names that one client expects."""
    return {
        "count": len(stretch.values),
        "first": stretch.values[0],
        "last": stretch.values[-1],
        "max": max(stretch.values),
        "mean": round(stretch.measure("mean") or 0, 6),
        "median": stretch.measure("median"),
        "min": min(stretch.values),
        "stdev": round(statistics.pstdev(stretch.values), 6),
        "sum": sum(stretch.values),
    }


def heatmap(world: World, body: Any, now: int, shape: str) -> Json:
    """Return a sparse grid of a floor: where people spent their minutes; `shape` is the setting heatmap_shape.

    Raises:
        BadRequestError: the request is invalid.
    """
    try:
        chosen = body["filter"]
        floor_id = chosen["space_id"]
        start, stop = parse_moment(chosen["start"], now), parse_moment(chosen["stop"], now)
        resolution = body["window"]["heatmap_v2_options"]["grid_resolution"]
        if body["data_types"] != ["heatmap_v2"] or resolution not in _RESOLUTIONS:
            raise BadRequestError("unknown data type or resolution")
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequestError(f"invalid heatmap request: {error}") from error
    if start >= stop or stop - start > 7 * DAY:
        raise BadRequestError("at most 7 days")
    cells: list[Json] = []
    coverage = world.estate.coverage
    for space in (*coverage.rooms_of.get(floor_id, ()), *coverage.zones_of.get(floor_id, ())):
        if not coverage.has_presence(space.id) or len(space.coordinates) < 3:
            continue
        steps = world.steps(space.id, start, min(stop, now))
        minutes = sum((stretch.measure("sum") or 0) for _, stretch in stretches(steps, [Bucket(start, start, stop)]))
        if minutes or not chosen.get("omit_empty_value"):
            (left, bottom), (right, top) = space.coordinates[0], space.coordinates[2]
            x, y = ((low + high) / 2 // resolution * resolution for low, high in ((left, right), (bottom, top)))
            cells.append({"x": x + resolution / 2, "y": y + resolution / 2, "value": round(minutes, 3)})
    return {"data": _shaped(cells, resolution, shape)}


def _shaped(cells: list[Json], resolution: float, shape: str) -> Any:
    """Return cells as one of the readings has them: lists in a list of objects, in one object, bare; or objects."""
    if shape == "objects":
        return {"heatmap_v2": cells}
    lists = [[cell["x"], cell["y"], cell["value"]] for cell in cells]
    if shape == "bare":
        return lists
    width, height = (max((math.ceil(cell[name] / resolution) for cell in cells), default=0) for name in ("x", "y"))
    grid = {"grid_resolution": resolution, "width": width, "height": height, "array_cells": lists}
    return [grid] if shape == "wrapped" else grid
