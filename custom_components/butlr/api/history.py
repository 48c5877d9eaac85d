"""Questions about the past, and their answers by bucket (docs: the page of each measurement).

A bucket that Butlr has nothing of is in no answer: it is unknown, not zero. Buckets are named by their beginnings, Unix
seconds; those that the range's ends lie in are asked from their beginning, and as far as the range goes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .answers import Rows, crossings_by_bucket, series
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
    """Return as what a floor, room or zone is asked about; of a building itself there are no figures."""
    match space:
        case Floor():
            return Asset.FLOORS
        case Room():
            return Asset.ROOMS
        case _:
            return Asset.ZONES


@dataclass(frozen=True, slots=True)
class Span:
    """A range of time, from moment `start` to moment `stop` (Unix seconds), and the buckets in which it is told.

    They are one of BUCKETS long and follow the clock of `time_zone` (IANA); of each only the `hours` count.
    """

    start: float
    stop: float
    time_zone: str
    every: str = "1h"
    hours: TimeConstraints | None = None


def people_question(asset: Asset, ids: Iterable[str], span: Span, function: str = "mean") -> Question:
    """Ask how many people presence sensors saw: of floors, rooms and zones, and of tags in all that carry them.

    The docs advise the median for minutes, mean or max for longer buckets (docs: reporting-faqs).
    """
    question = _question(PEOPLE_MEASUREMENTS[asset], asset, ids, span, function)
    return replace(question, group_by=("tag_id", "time")) if asset is Asset.TAGS else question


def estimates_question(asset: Asset, ids: Iterable[str], span: Span, function: str = "mean") -> Question:
    """Ask for the calibrated in minus out of floors and rooms, which is another figure than people counted."""
    return replace(
        _question(ESTIMATE_MEASUREMENTS[asset], asset, ids, span, function), calibration=Calibration.CORRECTED
    )


def crossings_question(asset: Asset, ids: Iterable[str], span: Span) -> Question:
    """Ask for the crossings of floors and rooms: movements in and out, not distinct people.

    A bucket without movement and one without a working sensor look the same: neither is answered.
    """
    return _question(Measurement.TRAFFIC, asset, ids, span, "sum")


def presence_time_question(asset: Asset, ids: Iterable[str], span: Span) -> Question:
    """Ask for how many seconds there was anybody in floors, rooms and zones (docs: presence-time).

    The page calls it the total duration that people were detected: whether two people count twice is not documented.
    """
    return _question(PRESENCE_TIME_MEASUREMENTS[asset], asset, ids, span, "sum")


def _question(measurement: Measurement, asset: Asset, ids: Iterable[str], span: Span, function: str) -> Question:
    return Question(
        measurement=measurement,
        asset=asset,
        ids=tuple(ids),
        start=bucket_start(span.start, span.every, zone_named(span.time_zone)),
        stop=span.stop,
        every=span.every,
        function=function,
        time_zone=span.time_zone,
        hours=span.hours,
    )


async def fetch_series(reporter: Reporter, question: Question) -> dict[str, dict[float, float | None]]:
    """Return the figure of each bucket of each id, of ids that Butlr knows anything of.

    None is a bucket of which Butlr says that its figure cannot be used. Raises what Reporter.ask raises.
    """
    figures: dict[str, dict[float, float | None]] = {}

    def take(rows: Rows, part: Question) -> None:
        for asset_id, known in series(rows).items():
            figures.setdefault(asset_id, {}).update(known)

    await reporter.ask(question, take)
    return figures


async def fetch_crossings(
    reporter: Reporter, question: Question, counts: Callable[[str, str | None], bool]
) -> dict[str, dict[float, tuple[int, int] | None]]:
    """Return entries and exits of each bucket of each space with any; `counts` is Estate.counts_crossings.

    None is a bucket of which Butlr says that its figures cannot be used. Raises what Reporter.ask raises.
    """
    sums: dict[str, dict[float, tuple[int, int] | None]] = {}

    def take(rows: Rows, part: Question) -> None:
        for space_id, known in crossings_by_bucket(rows, counts).items():
            sums.setdefault(space_id, {}).update(known)

    await reporter.ask(question, take)
    return sums
