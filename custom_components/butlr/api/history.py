"""Questions about the past, and their answers by bucket (docs: the page of each measurement).

A bucket that Butlr has nothing of is in no answer: it is unknown, not zero. Buckets are named by their beginnings, Unix
seconds; those that the range's ends lie in are asked from their beginning, and as far as the range goes.
"""

from collections.abc import Callable, Sequence

from .answers import Rows, crossings_by_bucket, series
from .buckets import bucket_start, zone_named
from .estate import Floor, Room, Space
from .questions import ESTIMATES, PEOPLE, PRESENCE_TIMES, Asset, Calibration, Hours, Measurement, Question
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


def people_question(
    asset: Asset,
    ids: Sequence[str],
    start: float,
    stop: float,
    time_zone: str,
    *,
    every: str = "1h",
    function: str = "mean",
    hours: Hours | None = None,
) -> Question:
    """Ask how many people presence sensors saw: of floors, rooms and zones, and of tags in all that carry them.

    The docs advise the median for minutes, mean or max for longer buckets (docs: reporting-faqs).
    """
    return Question(
        measurement=PEOPLE[asset],
        asset=asset,
        ids=tuple(ids),
        start=bucket_start(start, every, zone_named(time_zone)),
        stop=stop,
        every=every,
        function=function,
        time_zone=time_zone,
        hours=hours,
        group_by=("tag_id", "time") if asset is Asset.TAGS else (),
    )


def estimates_question(
    asset: Asset,
    ids: Sequence[str],
    start: float,
    stop: float,
    time_zone: str,
    *,
    every: str = "1h",
    function: str = "mean",
    hours: Hours | None = None,
) -> Question:
    """Ask for the calibrated in minus out of floors and rooms, which is another figure than people counted."""
    return Question(
        measurement=ESTIMATES[asset],
        asset=asset,
        ids=tuple(ids),
        start=bucket_start(start, every, zone_named(time_zone)),
        stop=stop,
        every=every,
        function=function,
        time_zone=time_zone,
        calibration=Calibration.CORRECTED,
        hours=hours,
    )


def crossings_question(
    asset: Asset,
    ids: Sequence[str],
    start: float,
    stop: float,
    time_zone: str,
    *,
    every: str = "1h",
    hours: Hours | None = None,
) -> Question:
    """Ask for the crossings of floors and rooms: movements in and out, not distinct people.

    A bucket without movement and one without a working sensor look the same: neither is answered.
    """
    return Question(
        measurement=Measurement.TRAFFIC,
        asset=asset,
        ids=tuple(ids),
        start=bucket_start(start, every, zone_named(time_zone)),
        stop=stop,
        every=every,
        function="sum",
        time_zone=time_zone,
        hours=hours,
    )


def presence_time_question(
    asset: Asset,
    ids: Sequence[str],
    start: float,
    stop: float,
    time_zone: str,
    *,
    every: str = "1h",
    hours: Hours | None = None,
) -> Question:
    """Ask for how many seconds there was anybody in floors, rooms and zones (docs: presence-time).

    The page calls it the total duration that people were detected: whether two people count twice is not documented.
    """
    return Question(
        measurement=PRESENCE_TIMES[asset],
        asset=asset,
        ids=tuple(ids),
        start=bucket_start(start, every, zone_named(time_zone)),
        stop=stop,
        every=every,
        function="sum",
        time_zone=time_zone,
        hours=hours,
    )


async def fetch_series(reporter: Reporter, question: Question) -> dict[str, dict[float, float]]:
    """Return the figure of each bucket of each id, of ids that Butlr knows anything of.

    Raises what Reporter.ask raises.
    """
    figures: dict[str, dict[float, float]] = {}

    def take(rows: Rows, part: Question) -> None:
        for asset_id, known in series(rows).items():
            figures.setdefault(asset_id, {}).update(known)

    await reporter.ask(question, take)
    return figures


async def fetch_crossings(
    reporter: Reporter, question: Question, counts: Callable[[str, str | None], bool]
) -> dict[str, dict[float, tuple[int, int]]]:
    """Return entries and exits of each bucket of each space with any; `counts` is Estate.counts_crossings.

    Raises what Reporter.ask raises.
    """
    sums: dict[str, dict[float, tuple[int, int]]] = {}

    def take(rows: Rows, part: Question) -> None:
        for space_id, known in crossings_by_bucket(rows, counts).items():
            sums.setdefault(space_id, {}).update(known)

    await reporter.ask(question, take)
    return sums
