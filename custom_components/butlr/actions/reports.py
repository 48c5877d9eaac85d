"""The actions that request past values from Butlr, in the time zone of each site.

A value that Butlr does not return is left out of the response: it is unknown, not zero.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..api.buckets import BUCKETS, DAY, zone_named
from ..api.errors import ButlrAuthError, ButlrError, ButlrOverloadedError, ButlrRateLimitError, ButlrTimeoutError
from ..api.estate import Building, Estate, Floor, PrimarySource, Space
from ..api.heatmap import MAX_HEATMAP_RANGE, fetch_heatmap
from ..api.history import (
    BucketRange,
    asset_of,
    crossings_question,
    estimates_question,
    fetch_crossings,
    fetch_series,
    people_question,
    presence_time_question,
)
from ..api.questions import Asset, Question
from ..api.reporting import Reporter
from ..api.statistics import Statistic, WeekdaysIgnoredError, fetch_statistics
from ..const import DOMAIN
from ..polls.estimate_midnight import estimates_use_site_midnight
from .target import Scope, isoformat_local, join_names, resolve
from .time_range import MAX_RANGE_DAYS, read_time_constraints, read_time_range

ATTR_INTERVAL: Final = "interval"
ATTR_FUNCTION: Final = "function"
ATTR_RESOLUTION: Final = "resolution"
FUNCTIONS: Final = ("mean", "median", "max", "min", "first", "last")
# Maximum number of values in a response; this also limits the number of requests.
MAX_REPORT_VALUES: Final = 5000
MAX_HEATMAP_FLOORS: Final = 10
DECIMALS: Final = 3


def _presence(estate: Estate, space: Space) -> PrimarySource | None:
    return PrimarySource.PRESENCE if estate.counts_people(space) else None


def _traffic(estate: Estate, space: Space) -> PrimarySource | None:
    return PrimarySource.TRAFFIC if estate.senses_traffic(space) else None


@dataclass(frozen=True, slots=True)
class _Group:
    """Spaces that can share a question: of the same kind, source, time zone and start."""

    source: PrimarySource
    asset: Asset
    time_zone: str
    start: float
    end: float
    spaces: tuple[Space, ...]

    @property
    def ids(self) -> list[str]:
        """Return the ids of the spaces."""
        return [space.id for space in self.spaces]

    def buckets(self, every: str) -> BucketRange:
        """Return the time range, divided into buckets of a length."""
        return BucketRange(self.start, self.end, self.time_zone, every)


@dataclass(frozen=True, slots=True)
class _ReportCall:
    """The values that a call requests, and the spaces for which they cannot be requested."""

    scope: Scope
    groups: tuple[_Group, ...]
    without_sensors: tuple[Space, ...]
    # Spaces missing in Butlr's latest answer and not yet confirmed as gone.
    unconfirmed: tuple[Space, ...]
    # Spaces whose estimates may not start at the site's midnight.
    uncertain: tuple[Space, ...] = ()

    def describe(self, group: _Group, space: Space, start: float | None = None) -> dict[str, Any]:
        """Return the part of a response that precedes the values of a space."""
        return {
            **self.scope.describe(space),
            "time_zone": group.time_zone,
            "start": isoformat_local(group.start if start is None else start, group.time_zone),
            "end": isoformat_local(group.end, group.time_zone),
            "source": group.source.value,
        }

    def response(self, spaces: list[Any]) -> dict[str, Any]:
        """Return the response of an action."""
        return {
            "spaces": spaces,
            "without_sensors": [self.scope.describe(space) for space in self.without_sensors],
            "unconfirmed": [self.scope.describe(space) for space in self.unconfirmed],
            "estimates_uncertain": [self.scope.describe(space) for space in self.uncertain],
        }

    def has_outage(self, group: _Group, space: Space, start: float, end: float) -> bool:
        """Return whether all presence sensors of a space were offline at some point: Butlr then returns zero."""
        outages = self.scope.data.estate.outages
        return group.source is PrimarySource.PRESENCE and outages.overlap(space.id, start, end)

    def without_uncertain_estimates(self) -> _ReportCall:
        """Return this call without the estimates that may not start at the site's midnight."""
        findings = self.scope.data.client.findings
        certain, uncertain = [], list(self.uncertain)
        for group in self.groups:
            timestamps = group.start, group.end
            if group.source is PrimarySource.TRAFFIC and not estimates_use_site_midnight(
                findings, zone_named(group.time_zone), *timestamps
            ):
                uncertain += group.spaces
            else:
                certain.append(group)
        return replace(self, groups=tuple(certain), uncertain=tuple(uncertain))


def _read_call(
    scope: Scope,
    fields: Mapping[str, Any],
    source_of: Callable[[Estate, Space], PrimarySource | None],
    max_days: int = MAX_RANGE_DAYS,
) -> _ReportCall:
    """Return what a call requests, grouped by question; raises ServiceValidationError."""
    time_range = read_time_range(fields, scope.data.client.now(), max_days)
    groups: dict[tuple[PrimarySource, Asset, str, float], list[Space]] = {}
    without_sensors, unconfirmed = [], []
    spaces = _spaces(scope)
    for space in spaces:
        if space.id in scope.estate.unconfirmed:
            unconfirmed.append(space)
            continue
        if (source := source_of(scope.estate, space)) is None:
            without_sensors.append(space)
            continue
        midnight, time_zone = scope.data.live.day(space.id)
        groups.setdefault((source, asset_of(space), time_zone, time_range.start_at(midnight)), []).append(space)
    if not groups and not unconfirmed:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="nothing_sensed",
            translation_placeholders={"names": join_names(space.name for space in spaces) or scope.entry.title},
        )
    return _ReportCall(
        scope,
        tuple(
            _Group(source, asset, time_zone, start, max(time_range.end, start + 1), tuple(found))
            for (source, asset, time_zone, start), found in groups.items()
        ),
        tuple(without_sensors),
        tuple(unconfirmed),
    )


def _spaces(scope: Scope) -> list[Space]:
    """Return the chosen spaces, with the floors of a building in its place: Butlr has no values of buildings."""
    estate = scope.estate
    chosen = {space.id for space in (estate.buildings.values() if scope.chosen is None else scope.chosen)}
    return [
        space
        for space in estate.spaces.values()
        if not isinstance(space, Building)
        and (space.id in chosen or (isinstance(space, Floor) and space.building_id in chosen))
    ]


def _raise_if_too_many(values: int) -> None:
    """Raise ServiceValidationError if a response would have too many values."""
    if values > MAX_REPORT_VALUES:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="too_many_figures",
            translation_placeholders={"count": str(values), "most": str(MAX_REPORT_VALUES)},
        )


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise the errors of the client as HomeAssistantError with a translated message."""
    try:
        yield
    except ButlrAuthError as err:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="question_refused") from err
    except ButlrRateLimitError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="question_limited",
            translation_placeholders={"seconds": str(round(err.retry_after))},
        ) from err
    except (ButlrOverloadedError, ButlrTimeoutError) as err:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="question_too_large") from err
    except WeekdaysIgnoredError as err:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="weekdays_ignored") from err
    except ButlrError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="question_failed", translation_placeholders={"error": str(err)}
        ) from err


async def _series[ValueT](
    report: _ReportCall,
    question_of: Callable[[_Group], Question],
    fetch: Callable[[Reporter, Question], Awaitable[dict[str, dict[float, ValueT | None]]]],
    format_values: Callable[[_Group, dict[float, ValueT | None]], dict[str, Any]],
) -> dict[str, Any]:
    """Request the values of every space by bucket, and return the response."""
    questions = [(group, question_of(group)) for group in report.groups]
    _raise_if_too_many(sum(question.buckets * len(question.ids) for _, question in questions))
    # Background priority: polls go first.
    reporter = Reporter(report.scope.data.client, background=True)
    spaces: list[Any] = []
    for group, question in questions:
        with _translate_errors():
            values = await fetch(reporter, question)
        for space in group.spaces:
            length = BUCKETS[question.every]
            # The first interval of a sum includes only what is in the time range.
            known = {
                max(at, question.start): None if report.has_outage(group, space, at, at + length) else value
                for at, value in sorted(values.get(space.id, {}).items())
            }
            spaces.append({**report.describe(group, space, question.start), **format_values(group, known)})
            await asyncio.sleep(0)
    return report.response(spaces)


async def get_occupancy(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return how many people there were in each interval."""
    return await occupancy_of(resolve(hass, call), call.data)


async def occupancy_of(scope: Scope, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many people there were in each interval of the action's fields."""
    report = _read_call(scope, fields, Estate.primary_source).without_uncertain_estimates()
    interval: str = fields[ATTR_INTERVAL]
    # The docs recommend the median for minutes (docs: reporting-faqs).
    function: str = fields.get(ATTR_FUNCTION, "median" if interval == "1m" else "mean")

    def question_of(group: _Group) -> Question:
        ask = people_question if group.source is PrimarySource.PRESENCE else estimates_question
        return ask(group.asset, group.ids, group.buckets(interval), function)

    def format_values(group: _Group, counts: dict[float, float | None]) -> dict[str, Any]:
        return {
            "values": [
                {"start": isoformat_local(at, group.time_zone), "people": _round(people)}
                for at, people in counts.items()
                if people is not None
            ]
        }

    return {
        "interval": interval,
        "function": function,
        **await _series(report, question_of, fetch_series, format_values),
    }


async def get_traffic(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return how many people entered and left, in total and in each interval, and when it was busiest."""
    return await traffic_of(resolve(hass, call), call.data)


async def traffic_of(scope: Scope, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many people entered and left in the time range of the action's fields."""
    report = _read_call(scope, fields, _traffic)
    estate = report.scope.estate
    interval: str = fields[ATTR_INTERVAL]

    def question_of(group: _Group) -> Question:
        return replace(crossings_question(group.asset, group.ids, group.buckets(interval)), start=group.start)

    async def fetch(reporter: Reporter, question: Question) -> dict[str, dict[float, tuple[int, int] | None]]:
        return await fetch_crossings(reporter, question, estate.counts_crossings)

    def format_values(group: _Group, known: dict[float, tuple[int, int] | None]) -> dict[str, Any]:
        crossings = {at: both for at, both in known.items() if both}
        values = [_interval_crossings(isoformat_local(at, group.time_zone), *both) for at, both in crossings.items()]
        incomplete = _incomplete(group, known)
        if not crossings:
            return {
                "entries": None,
                "exits": None,
                "net": None,
                "peak": None,
                "values": values,
                "incomplete": incomplete,
            }
        entries, exits = (sum(one) for one in zip(*crossings.values(), strict=True))
        # The first of several equally busy intervals.
        peak = max(crossings, key=lambda at: sum(crossings[at]))
        return {
            "entries": entries,
            "exits": exits,
            "net": entries - exits,
            "peak": _interval_crossings(isoformat_local(peak, group.time_zone), *crossings[peak]),
            "values": values,
            "incomplete": incomplete,
        }

    return {"interval": interval, **await _series(report, question_of, fetch, format_values)}


def _incomplete(group: _Group, known: Mapping[float, object | None]) -> list[str]:
    """Return the starts of the intervals without a usable value, which are not part of any sum."""
    return [isoformat_local(at, group.time_zone) for at, value in known.items() if value is None]


def _interval_crossings(start: str, entries: int, exits: int) -> dict[str, Any]:
    return {"start": start, "entries": entries, "exits": exits}


async def get_presence_time(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return for how long spaces were occupied, in total and in each interval."""
    report = _read_call(resolve(hass, call), call.data, _presence)
    interval: str = call.data[ATTR_INTERVAL]

    def question_of(group: _Group) -> Question:
        return replace(presence_time_question(group.asset, group.ids, group.buckets(interval)), start=group.start)

    def format_values(group: _Group, known: dict[float, float | None]) -> dict[str, Any]:
        occupied = {at: seconds for at, seconds in known.items() if seconds is not None}
        return {
            "seconds": _round(sum(occupied.values())) if occupied else None,
            "values": [
                {"start": isoformat_local(at, group.time_zone), "seconds": _round(seconds)}
                for at, seconds in occupied.items()
            ],
            "incomplete": _incomplete(group, known),
        }

    return {"interval": interval, **await _series(report, question_of, fetch_series, format_values)}


# The statistics by the name that the response uses.
_STATISTICS: Final = {
    PrimarySource.PRESENCE: {
        "average": Statistic.AVERAGE,
        "median": Statistic.MEDIAN,
        "average_used": Statistic.AVERAGE_USED,
        "median_used": Statistic.MEDIAN_USED,
    },
    PrimarySource.TRAFFIC: {
        "average": Statistic.AVERAGE_TRAFFIC,
        "median": Statistic.MEDIAN_TRAFFIC,
        "average_used": Statistic.AVERAGE_USED_TRAFFIC,
        "median_used": Statistic.MEDIAN_USED_TRAFFIC,
    },
}


async def get_statistics(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the average and median number of people, with and without the times when nobody was there."""
    hours = read_time_constraints(call.data)
    report = _read_call(resolve(hass, call), call.data, Estate.primary_source).without_uncertain_estimates()
    _raise_if_too_many(sum(len(group.spaces) for group in report.groups) * len(_STATISTICS[PrimarySource.PRESENCE]))
    spaces: list[Any] = []
    for group in report.groups:
        statistics = _STATISTICS[group.source]
        with _translate_errors():
            values = await fetch_statistics(
                report.scope.data.client,
                report.scope.estate,
                group.ids,
                tuple(statistics.values()),
                group.start,
                group.end,
                hours,
                background=True,
            )
        for space in group.spaces:
            known = values.get(space.id, {})
            rounded = {name: _round(known.get(statistic)) for name, statistic in statistics.items()}
            # Butlr counts the time of an outage as nobody being there.
            incomplete = report.has_outage(group, space, group.start, group.end)
            spaces.append({**report.describe(group, space), **rounded, "incomplete": incomplete})
    return report.response(spaces)


async def get_heatmap(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return where people spent their time on floors; the fields of a cell are those that Butlr returns."""
    report = _read_call(resolve(hass, call), call.data, _presence, int(MAX_HEATMAP_RANGE // DAY))
    floors = [(group, space) for group in report.groups for space in group.spaces]
    if others := [space.name for _, space in floors if not isinstance(space, Floor)]:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="heatmap_of_floors",
            translation_placeholders={"names": join_names(others)},
        )
    if len(floors) > MAX_HEATMAP_FLOORS:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="too_many_floors",
            translation_placeholders={"count": str(len(floors)), "most": str(MAX_HEATMAP_FLOORS)},
        )
    resolution = float(call.data[ATTR_RESOLUTION])
    spaces: list[Any] = []
    for group, floor in floors:
        with _translate_errors():
            cells = await fetch_heatmap(
                report.scope.data.client, floor.id, group.start, group.end, resolution, background=True
            )
        shown: list[Any] = cells[:MAX_REPORT_VALUES]
        spaces.append({**report.describe(group, floor), "cells": shown, "cells_omitted": len(cells) - len(shown)})
    return {"resolution": resolution, **report.response(spaces)}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)
