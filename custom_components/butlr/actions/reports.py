"""The answers that Butlr has to be asked for: what was, over a range, told in the time of each site.

What Butlr says nothing of is in no answer: it is unknown, not zero.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..api.buckets import BUCKETS, DAY, zone_named
from ..api.errors import ButlrAuthError, ButlrError, ButlrOverloadedError, ButlrRateLimitError, ButlrTimeoutError
from ..api.estate import Building, Estate, Floor, Space
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
from .target import Scope, local, resolve, some
from .time_range import LONGEST_DAYS, read_hours, read_range

ATTR_INTERVAL: Final = "interval"
ATTR_FUNCTION: Final = "function"
ATTR_RESOLUTION: Final = "resolution"
FUNCTIONS: Final = ("mean", "median", "max", "min", "first", "last")
# More than this nobody reads, nor any language model; it also bounds how many requests come of one question.
MOST_FIGURES: Final = 5000
MOST_FLOORS: Final = 10
DECIMALS: Final = 3


class Source(StrEnum):
    """What a figure comes from; the two are never mixed."""

    PRESENCE = "presence"
    TRAFFIC = "traffic"


def _best(estate: Estate, space: Space) -> Source | None:
    """Return what tells the people of a space: counts, where there are any."""
    return _presence(estate, space) or _traffic(estate, space)


def _presence(estate: Estate, space: Space) -> Source | None:
    return Source.PRESENCE if estate.counts_people(space) else None


def _traffic(estate: Estate, space: Space) -> Source | None:
    return Source.TRAFFIC if estate.senses_traffic(space) else None


@dataclass(frozen=True, slots=True)
class _Group:
    """Spaces that one question can be about: of one kind, one source, and one clock."""

    source: Source
    asset: Asset
    time_zone: str
    start: float
    stop: float
    spaces: tuple[Space, ...]

    @property
    def ids(self) -> list[str]:
        """Return their ids."""
        return [space.id for space in self.spaces]

    def span(self, every: str) -> BucketRange:
        """Return the range in buckets of some length."""
        return BucketRange(self.start, self.stop, self.time_zone, every)


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """What a call asks, and what of it no sensor can tell."""

    scope: Scope
    groups: tuple[_Group, ...]
    without_sensors: tuple[Space, ...]
    # Spaces whose estimates may be those of other days than the site's.
    uncertain: tuple[Space, ...] = ()

    def head(self, group: _Group, space: Space, start: float | None = None) -> dict[str, Any]:
        """Return what stands before the figures of a space."""
        return {
            **self.scope.place(space),
            "time_zone": group.time_zone,
            "start": local(group.start if start is None else start, group.time_zone),
            "end": local(group.stop, group.time_zone),
            "source": group.source.value,
        }

    def response(self, spaces: list[Any]) -> dict[str, Any]:
        """Return an answer."""
        return {
            "spaces": spaces,
            "without_sensors": [self.scope.place(space) for space in self.without_sensors],
            "estimates_uncertain": [self.scope.place(space) for space in self.uncertain],
        }

    def is_unsensed(self, group: _Group, space: Space, start: float, stop: float) -> bool:
        """Tell whether nothing sensed the people of a space for a while: what Butlr says of that time is no count."""
        outages = self.scope.data.estate.outages
        return group.source is Source.PRESENCE and outages.touch(space.id, start, stop)

    def of_the_site(self) -> _Inquiry:
        """Return the same without the estimates that may be those of other days."""
        findings = self.scope.data.client.findings
        certain, uncertain = [], list(self.uncertain)
        for group in self.groups:
            timestamps = group.start, group.stop
            if group.source is Source.TRAFFIC and not estimates_use_site_midnight(
                findings, zone_named(group.time_zone), *timestamps
            ):
                uncertain += group.spaces
            else:
                certain.append(group)
        return replace(self, groups=tuple(certain), uncertain=tuple(uncertain))


def _inquire(
    hass: HomeAssistant,
    call: ServiceCall,
    source_of: Callable[[Estate, Space], Source | None],
    longest_days: int = LONGEST_DAYS,
) -> _Inquiry:
    """Find out what a call asks; raises ServiceValidationError."""
    scope = resolve(hass, call)
    span = read_range(call.data, scope.data.client.now(), longest_days)
    groups: dict[tuple[Source, Asset, str, float], list[Space]] = {}
    without_sensors = []
    spaces = _spaces(scope)
    for space in spaces:
        if (source := source_of(scope.estate, space)) is None:
            without_sensors.append(space)
            continue
        midnight, time_zone = scope.data.live.day(space.id)
        groups.setdefault((source, asset_of(space), time_zone, span.since(midnight)), []).append(space)
    if not groups:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="nothing_sensed",
            translation_placeholders={"names": some(space.name for space in spaces) or scope.entry.title},
        )
    return _Inquiry(
        scope,
        tuple(
            _Group(source, asset, time_zone, start, max(span.stop, start + 1), tuple(found))
            for (source, asset, time_zone, start), found in groups.items()
        ),
        tuple(without_sensors),
    )


def _spaces(scope: Scope) -> list[Space]:
    """Return what was chosen, floors in the place of their building: of a building itself nothing is measured."""
    estate = scope.estate
    chosen = {space.id for space in (estate.buildings.values() if scope.chosen is None else scope.chosen)}
    return [
        space
        for space in estate.spaces.values()
        if not isinstance(space, Building)
        and (space.id in chosen or (isinstance(space, Floor) and space.building_id in chosen))
    ]


def _limit(figures: int) -> None:
    """Refuse what would be too much for an answer."""
    if figures > MOST_FIGURES:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="too_many_figures",
            translation_placeholders={"count": str(figures), "most": str(MOST_FIGURES)},
        )


@contextmanager
def _asking() -> Iterator[None]:
    """Say what kept Butlr from answering."""
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


async def _series[FigureT](
    inquiry: _Inquiry,
    question_of: Callable[[_Group], Question],
    fetch: Callable[[Reporter, Question], Awaitable[dict[str, dict[float, FigureT | None]]]],
    told: Callable[[_Group, dict[float, FigureT | None]], dict[str, Any]],
) -> dict[str, Any]:
    """Ask for the figures by bucket of every space, and return what is told of each."""
    questions = [(group, question_of(group)) for group in inquiry.groups]
    _limit(sum(question.buckets * len(question.ids) for _, question in questions))
    # Whoever asks can wait a moment; the polls go first.
    reporter = Reporter(inquiry.scope.data.client, background=True)
    spaces: list[Any] = []
    for group, question in questions:
        with _asking():
            figures = await fetch(reporter, question)
        for space in group.spaces:
            # Of the interval that a sum begins in, only what lies in the range counts.
            found = sorted(figures.get(space.id, {}).items())
            length = BUCKETS[question.every]
            known = {
                max(at, question.start): None if inquiry.is_unsensed(group, space, at, at + length) else figure
                for at, figure in found
            }
            spaces.append({**inquiry.head(group, space, question.start), **told(group, known)})
            await asyncio.sleep(0)
    return inquiry.response(spaces)


async def get_occupancy(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return how many people there were, interval by interval."""
    inquiry = _inquire(hass, call, _best).of_the_site()
    interval: str = call.data[ATTR_INTERVAL]
    # For minutes the docs advise the median (docs: reporting-faqs).
    function: str = call.data.get(ATTR_FUNCTION, "median" if interval == "1m" else "mean")

    def question_of(group: _Group) -> Question:
        ask = people_question if group.source is Source.PRESENCE else estimates_question
        return ask(group.asset, group.ids, group.span(interval), function)

    def told(group: _Group, figures: dict[float, float | None]) -> dict[str, Any]:
        return {
            "values": [
                {"start": local(at, group.time_zone), "people": _round(people)}
                for at, people in figures.items()
                if people is not None
            ]
        }

    return {
        "interval": interval,
        "function": function,
        **await _series(inquiry, question_of, fetch_series, told),
    }


async def get_traffic(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return how many people went in and out, in all, interval by interval, and when it was busiest."""
    inquiry = _inquire(hass, call, _traffic)
    estate = inquiry.scope.estate
    interval: str = call.data[ATTR_INTERVAL]

    def question_of(group: _Group) -> Question:
        return replace(crossings_question(group.asset, group.ids, group.span(interval)), start=group.start)

    async def fetch(reporter: Reporter, question: Question) -> dict[str, dict[float, tuple[int, int] | None]]:
        return await fetch_crossings(reporter, question, estate.counts_crossings)

    def told(group: _Group, known: dict[float, tuple[int, int] | None]) -> dict[str, Any]:
        figures = {at: both for at, both in known.items() if both}
        values = [_crossed(local(at, group.time_zone), *both) for at, both in figures.items()]
        incomplete = _incomplete(group, known)
        if not figures:
            return {
                "entries": None,
                "exits": None,
                "net": None,
                "peak": None,
                "values": values,
                "incomplete": incomplete,
            }
        entries, exits = (sum(one) for one in zip(*figures.values(), strict=True))
        # The first of equally busy ones.
        peak = max(figures, key=lambda at: sum(figures[at]))
        return {
            "entries": entries,
            "exits": exits,
            "net": entries - exits,
            "peak": _crossed(local(peak, group.time_zone), *figures[peak]),
            "values": values,
            "incomplete": incomplete,
        }

    return {"interval": interval, **await _series(inquiry, question_of, fetch, told)}


def _incomplete(group: _Group, figures: Mapping[float, object | None]) -> list[str]:
    """Return when the intervals begin whose figures cannot be used: they are in no sum."""
    return [local(at, group.time_zone) for at, figure in figures.items() if figure is None]


def _crossed(start: str, entries: int, exits: int) -> dict[str, Any]:
    return {"start": start, "entries": entries, "exits": exits}


async def get_presence_time(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return for how long anybody was there, in all and interval by interval."""
    inquiry = _inquire(hass, call, _presence)
    interval: str = call.data[ATTR_INTERVAL]

    def question_of(group: _Group) -> Question:
        return replace(presence_time_question(group.asset, group.ids, group.span(interval)), start=group.start)

    def told(group: _Group, known: dict[float, float | None]) -> dict[str, Any]:
        figures = {at: seconds for at, seconds in known.items() if seconds is not None}
        return {
            "seconds": _round(sum(figures.values())) if figures else None,
            "values": [
                {"start": local(at, group.time_zone), "seconds": _round(seconds)} for at, seconds in figures.items()
            ],
            "incomplete": _incomplete(group, known),
        }

    return {"interval": interval, **await _series(inquiry, question_of, fetch_series, told)}


# What each figure is called here, by what it comes from.
_STATISTICS: Final = {
    Source.PRESENCE: {
        "average": Statistic.AVERAGE,
        "median": Statistic.MEDIAN,
        "average_used": Statistic.AVERAGE_USED,
        "median_used": Statistic.MEDIAN_USED,
    },
    Source.TRAFFIC: {
        "average": Statistic.AVERAGE_TRAFFIC,
        "median": Statistic.MEDIAN_TRAFFIC,
        "average_used": Statistic.AVERAGE_USED_TRAFFIC,
        "median_used": Statistic.MEDIAN_USED_TRAFFIC,
    },
}


async def get_statistics(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return how many people there were on average, with and without the times when nobody was there."""
    hours = read_hours(call.data)
    inquiry = _inquire(hass, call, _best).of_the_site()
    _limit(sum(len(group.spaces) for group in inquiry.groups) * len(_STATISTICS[Source.PRESENCE]))
    spaces: list[Any] = []
    for group in inquiry.groups:
        wanted = _STATISTICS[group.source]
        with _asking():
            figures = await fetch_statistics(
                inquiry.scope.data.client,
                inquiry.scope.estate,
                group.ids,
                tuple(wanted.values()),
                group.start,
                group.stop,
                hours,
                background=True,
            )
        for space in group.spaces:
            known = figures.get(space.id, {})
            told = {name: _round(known.get(statistic)) for name, statistic in wanted.items()}
            # Some of the time nothing was sensed: Butlr counts that as nobody.
            incomplete = inquiry.is_unsensed(group, space, group.start, group.stop)
            spaces.append({**inquiry.head(group, space), **told, "incomplete": incomplete})
    return inquiry.response(spaces)


async def get_heatmap(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return where on a floor people spent their time; what the figures of a cell are called is up to Butlr."""
    inquiry = _inquire(hass, call, _presence, int(MAX_HEATMAP_RANGE // DAY))
    floors = [(group, space) for group in inquiry.groups for space in group.spaces]
    if others := [space.name for _, space in floors if not isinstance(space, Floor)]:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="heatmap_of_floors",
            translation_placeholders={"names": some(others)},
        )
    if len(floors) > MOST_FLOORS:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="too_many_floors",
            translation_placeholders={"count": str(len(floors)), "most": str(MOST_FLOORS)},
        )
    resolution = float(call.data[ATTR_RESOLUTION])
    spaces: list[Any] = []
    for group, floor in floors:
        with _asking():
            cells = await fetch_heatmap(
                inquiry.scope.data.client, floor.id, group.start, group.stop, resolution, background=True
            )
        shown: list[Any] = cells[:MOST_FIGURES]
        spaces.append({**inquiry.head(group, floor), "cells": shown, "cells_omitted": len(cells) - len(shown)})
    return {"resolution": resolution, **inquiry.response(spaces)}


def _round(figure: float | None) -> float | None:
    return None if figure is None else round(figure, DECIMALS)
