"""Questions about past buckets, and readers for their answers (docs: the page of each measurement).

A bucket without data at Butlr is missing from the answer: it is unknown, not zero. A bucket is named by its start, in
Unix seconds. The first bucket is requested from its start, even if the range begins within it; the last one ends with
the range.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .answers import Row, crossings_by_bucket, series
from .buckets import bucket_start, zone_named
from .estate import Floor, Room, Space
from .questions import (
    ESTIMATE_MEASUREMENTS,
    PEOPLE_MEASUREMENTS,
    PRESENCE_TIME_MEASUREMENTS,
    Asset,
    Calibration,
    Measurement,
    Question,
    TimeConstraints,
)
from .reporting import Reporter


def asset_of(space: Space) -> Asset:
    """Return the kind of asset that a floor, room or zone is for Butlr; buildings have no data of their own."""
    match space:
        case Floor():
            return Asset.FLOORS
        case Room():
            return Asset.ROOMS
        case _:
            return Asset.ZONES


@dataclass(frozen=True, slots=True)
class BucketRange:
    """The time from `start` to `end` (Unix seconds), divided into buckets.

    `every` is a key of BUCKETS. Buckets follow the clock of `time_zone` (IANA name) and use only the `hours`, if given.
    """

    start: float
    end: float
    time_zone: str
    every: str = "1h"
    hours: TimeConstraints | None = None


def people_question(asset: Asset, ids: Iterable[str], buckets: BucketRange, function: str = "mean") -> Question:
    """Ask for people counted by presence sensors, in floors, rooms, zones, or all rooms and zones with a tag.

    Butlr recommends the median for minutes, and mean or max for longer buckets (docs: reporting-faqs).
    """
    question = _question(PEOPLE_MEASUREMENTS[asset], asset, ids, buckets, function)
    return replace(question, group_by=("tag_id", "time")) if asset is Asset.TAGS else question


def estimates_question(asset: Asset, ids: Iterable[str], buckets: BucketRange, function: str = "mean") -> Question:
    """Ask for the calibrated estimate (entries minus exits) of floors and rooms."""
    return replace(
        _question(ESTIMATE_MEASUREMENTS[asset], asset, ids, buckets, function), calibration=Calibration.CORRECTED
    )


def crossings_question(asset: Asset, ids: Iterable[str], buckets: BucketRange) -> Question:
    """Ask for the crossings of floors and rooms: movements in and out, not distinct people.

    The answer omits a bucket without crossings, exactly as it omits one without a working sensor.
    """
    return _question(Measurement.TRAFFIC, asset, ids, buckets, "sum")


def presence_time_question(asset: Asset, ids: Iterable[str], buckets: BucketRange) -> Question:
    """Ask how many seconds floors, rooms and zones were occupied (docs: presence-time).

    The page calls it the total duration that people were detected; it does not say whether two people count twice.
    """
    return _question(PRESENCE_TIME_MEASUREMENTS[asset], asset, ids, buckets, "sum")


def _question(
    measurement: Measurement, asset: Asset, ids: Iterable[str], buckets: BucketRange, function: str
) -> Question:
    return Question(
        measurement=measurement,
        asset=asset,
        ids=tuple(ids),
        start=bucket_start(buckets.start, buckets.every, zone_named(buckets.time_zone)),
        stop=buckets.end,
        every=buckets.every,
        function=function,
        time_zone=buckets.time_zone,
        hours=buckets.hours,
    )


async def fetch_series(reporter: Reporter, question: Question) -> dict[str, dict[float, float | None]]:
    """Return the value of each bucket, for each id that Butlr has data for.

    A value is None if Butlr marks it as unusable. Raises what Reporter.ask raises.
    """
    values: dict[str, dict[float, float | None]] = {}

    def add(rows: list[Row], part: Question) -> None:
        for asset_id, known in series(rows).items():
            values.setdefault(asset_id, {}).update(known)

    await reporter.ask(question, add)
    return values


async def fetch_crossings(
    reporter: Reporter, question: Question, counts: Callable[[str, str | None], bool]
) -> dict[str, dict[float, tuple[int, int] | None]]:
    """Return entries and exits of each bucket, for each space that has any; `counts` is Estate.counts_crossings.

    A bucket is None if Butlr marks it as unusable. Raises what Reporter.ask raises.
    """
    totals: dict[str, dict[float, tuple[int, int] | None]] = {}

    def add(rows: list[Row], part: Question) -> None:
        for space_id, known in crossings_by_bucket(rows, counts).items():
            totals.setdefault(space_id, {}).update(known)

    await reporter.ask(question, add)
    return totals
