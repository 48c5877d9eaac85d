"""How a place was used in the past, and whether that is usual for it."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final

from ..actions.reports import ATTR_FUNCTION, ATTR_INTERVAL, occupancy_of, traffic_of
from ..actions.target import Scope, isoformat_local
from ..actions.time_range import ATTR_END_TIME, ATTR_START_TIME
from ..actions.usually_free import entity_of_people
from ..api.buckets import BUCKETS, DAY, bucket_start, midnight
from ..api.estate import Building, Floor, PrimarySource, Space
from ..const import LOGGER
from ..history.statistics import RecorderFailedError, RecorderStatistics
from ..live.small_groups import ShownCount, shown_crossings, shown_past
from ..on_demand.typical import TYPICAL_MARGIN, TYPICAL_WEEKS
from .facts import Facts, NotToldError, told_as
from .people import Parts
from .places import Place

# Up to this length, a range is divided into hours, in seconds; a longer one into days.
_MAX_BY_HOURS: Final = 8 * DAY
_DECIMALS: Final = 1
_WEEKS: Final = range(1, TYPICAL_WEEKS + 1)
# How long Butlr may take to tell what is usual, in seconds.
_EARLIER_TIMEOUT: Final = 25.0
# How many spaces that share an area or a tag are asked about at the most.
MAX_PARTS: Final = 20


class Period(StrEnum):
    """A time range in everyday words."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"


@dataclass(frozen=True, slots=True)
class Range:
    """A range of time (Unix seconds) at a site."""

    start: float
    end: float
    zone: tzinfo

    @classmethod
    def of(cls, period: Period, now: float, zone: tzinfo) -> Range:
        """Return the range of a period."""
        monday = -datetime.fromtimestamp(now, zone).weekday()
        first, last = {
            Period.TODAY: (0, None),
            Period.YESTERDAY: (-1, 0),
            Period.THIS_WEEK: (monday, None),
            Period.LAST_WEEK: (monday - 7, monday),
            Period.LAST_7_DAYS: (-7, 0),
            Period.LAST_30_DAYS: (-30, 0),
        }[period]
        return cls(midnight(now, zone, first), now if last is None else midnight(now, zone, last), zone)

    @property
    def interval(self) -> str:
        """Return the length of the intervals that the range is divided into."""
        return "1h" if self.end - self.start <= _MAX_BY_HOURS else "1d"

    def rounded_out(self, now: float) -> Range:
        """Return the whole hours or days of which this range has a part, until now: Butlr's numbers are of those."""
        if self.interval == "1d":
            start, end = midnight(self.start, self.zone), midnight(self.end - 1, self.zone, 1)
        else:
            start = bucket_start(self.start, self.interval, self.zone)
            end = bucket_start(self.end - 1, self.interval, self.zone) + BUCKETS[self.interval]
        rounded = Range(start, min(end, now), self.zone)
        # The hours that were added can make the range so long that it is divided into days.
        return rounded if rounded.interval == self.interval else rounded.rounded_out(now)

    def end_of(self, start: float) -> float:
        """Return the end of the interval that begins at a time."""
        return midnight(start, self.zone, 1) if self.interval == "1d" else start + BUCKETS[self.interval]

    def whole_intervals(self, now: float) -> int:
        """Return how many intervals of the range are over."""
        end = min(self.end, now)
        if self.interval == "1d":
            # A day may have 23 or 25 hours.
            first, last = (datetime.fromtimestamp(one, self.zone).date() for one in (self.start, end))
            return (last - first).days
        return int((end - self.start) // BUCKETS[self.interval])

    @property
    def unit(self) -> str:
        """Return what an interval is called."""
        return "day" if self.interval == "1d" else "hour"

    def fields(self, weeks_earlier: int = 0) -> dict[str, Any]:
        """Return the range as fields of an action; weeks are those of the local clock."""
        start, end = (
            datetime.fromtimestamp(one, self.zone) - timedelta(weeks=weeks_earlier) for one in (self.start, self.end)
        )
        return {ATTR_START_TIME: start, ATTR_END_TIME: end, ATTR_INTERVAL: self.interval}


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which spaces are asked about, and when."""

    scope: Scope
    time_range: Range


async def use_of(place: Place, time_range: Range, now: float) -> dict[str, Any]:
    """Return how many people were in a place, when it was busiest, and how that compares with the weeks before."""
    spaces, marks = _parts(place)
    scope = replace(place.scope, chosen=tuple(spaces))
    asked = _Asked(scope, time_range)
    means = await _means(asked)
    told: dict[str, Any] = {
        "place": place.label,
        "from": isoformat_local(time_range.start, str(time_range.zone)),
        "to": isoformat_local(time_range.end, str(time_range.zone)),
        **marks,
    }
    # An interval that is still running would be compared with whole ones.
    whole = {start: people for start, people in means.items() if time_range.end_of(start.timestamp()) <= now}
    smallest = scope.smallest_group
    told |= _told("average_people", _mean(whole.values()), smallest)
    if len(spaces) == 1 and not isinstance(spaces[0], Building):
        told |= await _crossings(place, spaces[0], asked)
    if not whole:
        return told | {"note": f"no whole {time_range.unit} of this range has a known number of people"}
    busiest = max(whole, key=lambda start: whole[start])
    told[f"busiest_{time_range.unit}"] = {
        "start": busiest.isoformat(),
        **_told("average_people", whole[busiest], smallest),
    }
    if (missing := time_range.whole_intervals(now) - len(whole)) > 0:
        told[f"{time_range.unit}s_without_a_known_number"] = missing
    if len(spaces) == 1 and not isinstance(spaces[0], Building):
        told |= await _peak(asked)
    return told | await _compared(whole, asked)


def _parts(place: Place) -> tuple[list[Space], dict[str, Any]]:
    """Return the spaces whose numbers are added, and what is to be said about them; raises NotToldError."""
    own = Facts(place, place.space) if place.space else None
    if own and own.source and not own.tells_people and isinstance(own.space, Building | Floor):
        raise NotToldError(f"The number of people in {place.label} may not be told. Ask about one of the rooms in it")
    parts = Parts((own,), hides=False, zones_left_out=0) if own and own.tells_people else Parts.of(place)
    chosen = parts.counted or parts.estimated
    if not chosen:
        raise NotToldError(f"The number of people in {place.label} may not be told, or no sensor counts them")
    if len(chosen) > MAX_PARTS:
        raise NotToldError(f"{place.label} has {len(chosen)} spaces. Ask for a building, a floor or a room instead")
    left_out = (len(parts.estimated) if parts.counted else 0) + sum(len(one.uncounted) for one in chosen)
    return [one.space for one in chosen], {
        **({} if parts.counted else {"is_estimate": True}),
        **({"estimated_spaces_left_out": left_out} if left_out else {}),
        **parts.marks(),
    }


async def _means(asked: _Asked, **fields: Any) -> dict[datetime, float]:
    """Return the people in all spaces together, by the start of each interval in which all are known."""
    response = await occupancy_of(asked.scope, {**asked.time_range.fields(), ATTR_FUNCTION: "mean", **fields})
    wanted = [one for one in response["spaces"] if one["source"] == _source(response)]
    if not wanted or response["unconfirmed"] or response["estimates_uncertain"]:
        return {}
    return _together({datetime.fromisoformat(row["start"]): row["people"] for row in one["values"]} for one in wanted)


def _together[KeyT](series: Iterable[Mapping[KeyT, float]]) -> dict[KeyT, float]:
    """Add several series where all of them have a value."""
    first, *others = series
    return {
        key: value + sum(one[key] for one in others)
        for key, value in first.items()
        if all(key in one for one in others)
    }


def _source(response: Mapping[str, Any]) -> str:
    """Return the source that is added: counts, unless there are only estimates."""
    sources = {one["source"] for one in response["spaces"]}
    return PrimarySource.PRESENCE if PrimarySource.PRESENCE in sources else PrimarySource.TRAFFIC


async def _peak(asked: _Asked) -> dict[str, Any]:
    """Return the highest number of people at a time."""
    highest = await _means(asked, **{ATTR_FUNCTION: "max"})
    if not highest:
        return {}
    at = max(highest, key=lambda start: highest[start])
    most = _told("most_people", round(highest[at]), asked.scope.smallest_group)
    return most | {"most_people_in_interval_from": at.isoformat()}


async def _crossings(place: Place, space: Space, asked: _Asked) -> dict[str, Any]:
    """Return how many people entered and left, if that may be told."""
    facts = Facts(place, space)
    if not place.scope.estate.senses_traffic(space) or not facts.tells("entries_today", "exits_today"):
        return {}
    answer = await traffic_of(asked.scope, asked.time_range.fields() | {ATTR_INTERVAL: "1d"})
    response: dict[str, Any] = next(iter(answer["spaces"]), {})
    shown = shown_crossings(response.get("entries"), response.get("exits"), asked.scope.smallest_group, facts.shown)
    told: dict[str, Any] = {}
    for key, count in zip(("entries", "exits"), shown, strict=True):
        if facts.tells(f"{key}_today") and key in response:
            told |= told_as(key, count)
    return told | ({"entries_and_exits_incomplete": True} if response.get("incomplete") else {})


async def _compared(whole: Mapping[datetime, float], asked: _Asked) -> dict[str, Any]:
    """Return how the use compares with the same days and hours of the weeks before."""
    earlier = await _earlier(whole, asked)
    pairs = [
        (people, sum(usual) / len(usual), len(usual))
        for start, people in whole.items()
        if (usual := [earlier[one] for week in _WEEKS if (one := _local(start, week)) in earlier])
    ]
    if not pairs:
        return {"compared_with_usual": "unknown"}
    now, usual, weeks = (sum(one) / len(pairs) for one in zip(*pairs, strict=True))
    if abs(now - usual) <= TYPICAL_MARGIN * usual:
        trend = "as usual"
    else:
        trend = "busier than usual" if now > usual else "quieter than usual"
    smallest = asked.scope.smallest_group
    # A number that is hidden could be worked out from the other one and the change.
    tells_change = usual and None not in (shown_past(now, smallest), shown_past(usual, smallest))
    return {
        "compared_with_usual": trend,
        **_told("usual_average_people", usual, smallest),
        **({"change_percent": round(100 * (now - usual) / usual)} if tells_change else {}),
        "weeks_compared": round(weeks, _DECIMALS),
        **({f"{asked.time_range.unit}s_compared": len(pairs)} if len(pairs) < len(whole) else {}),
    }


def _local(start: datetime, weeks_earlier: int = 0) -> datetime:
    """Return what the clock of the site shows at a time, or showed some weeks earlier."""
    return start.replace(tzinfo=None) - timedelta(weeks=weeks_earlier)


async def _earlier(whole: Mapping[datetime, float], asked: _Asked) -> dict[datetime, float]:
    """Return the people in the weeks before by local time: from the recorder, or else from Butlr."""
    time_range = asked.time_range
    if time_range.interval == "1d":
        fields = {ATTR_START_TIME: time_range.fields(TYPICAL_WEEKS)[ATTR_START_TIME]}
        return {_local(start): people for start, people in (await _means(asked, **fields)).items()}
    known = await _recorded(asked)
    if any(_local(start, week) in known for start in whole for week in _WEEKS):
        return known
    known = {}
    with suppress(TimeoutError):
        # Butlr's limit of requests can make this slow. What is known by then is better than no answer.
        async with asyncio.timeout(_EARLIER_TIMEOUT):
            for week in _WEEKS:
                known |= {_local(at): people for at, people in (await _means(asked, **time_range.fields(week))).items()}
    return known


async def _recorded(asked: _Asked) -> dict[datetime, float]:
    """Return the hourly means of the weeks before that the recorder has, by local time."""
    hass, time_range = asked.scope.hass, asked.time_range
    entities = [entity_of_people(asked.scope, space) for space in asked.scope.chosen or ()]
    if None in entities or not RecorderStatistics.is_set_up(hass):
        return {}
    ranges = [time_range.fields(week) for week in _WEEKS]
    periods = [(int(one[ATTR_START_TIME].timestamp()), int(one[ATTR_END_TIME].timestamp())) for one in ranges]
    try:
        means = await RecorderStatistics(hass).means([one for one in entities if one], periods)
    except RecorderFailedError as err:
        LOGGER.debug("What is usual is unknown: %s", err)
        return {}
    hours = _together(means.get(one or "", {}) for one in entities)
    return {datetime.fromtimestamp(at, time_range.zone).replace(tzinfo=None): people for at, people in hours.items()}


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None


def _told(key: str, mean: float | None, smallest: int) -> dict[str, Any]:
    """Return a mean number of people as it may be told."""
    shown = None if mean is None else shown_past(mean, smallest)
    if mean is not None and shown is None:
        return told_as(key, ShownCount(None, smallest))
    return {key: None if shown is None else round(shown, _DECIMALS)}
