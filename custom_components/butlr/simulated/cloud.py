"""Answers requests about the simulated building as Butlr documents them, and tells the events that are due."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate, product
import re
import time
from typing import Any, Final
from uuid import uuid4

from ..api.auth import LOGIN_PATH
from ..api.buckets import BUCKETS, HOUR, bucket_start, midnight, zone_named
from ..api.client import GRAPHQL_PATH, REPORTING_PATH
from ..api.questions import rfc3339
from ..api.statistics import STATISTICS_PATH
from .building import FLOORS, IDS, MACS, ORGANIZATION_ID, TextOf, doors_of, hives, room_of, sensors, sites
from .day import SimulatedDay, days_between

_KEYS: Final = {space_id: key for key, space_id in IDS.items()}
_ROW_FIELDS: Final = {"rooms": "room_id", "zones": "zone_id", "spaces": "space_id"}

type Seconds = dict[int | None, float]


class SimulatedCloud:
    """Everything that there is at Butlr: the building, and the webhooks."""

    def __init__(self, time_zone: Callable[[], str]) -> None:
        """Start without webhooks."""
        self._time_zone = time_zone
        self._webhooks: dict[str, dict[str, Any]] = {}

    def answer(self, path: str, body: dict[str, Any], text: TextOf) -> dict[str, Any]:
        """Return the answer to a request; `text` returns a name in the language of Home Assistant."""
        if path == LOGIN_PATH:
            return {"access_token": "simulated", "expires_in": 24 * HOUR}
        if path == GRAPHQL_PATH:
            # The fields at the root of the operation. Arguments have no braces.
            depth, answers, variables = 0, {}, body.get("variables", {})
            for token in re.findall(r"[{}]|\w+", re.sub(r"\([^)]*\)", "", body["query"])):
                depth += {"{": 1, "}": -1}.get(token, 0)
                if depth == 1 and token.isidentifier():
                    answers[token] = self._root(token, variables, text)
            return {"data": answers}
        # Nothing is known about where exactly people were, so heatmaps are empty.
        answers = {REPORTING_PATH: self._report, STATISTICS_PATH: self._statistics}
        return {"data": answers[path](body) if path in answers else []}

    def _root(self, root: str, variables: Mapping[str, Any], text: TextOf) -> Any:
        match root:
            case "sites":
                return sites(text, self._time_zone())
            case "sensors":
                now = time.time()
                return sensors(text, failing=next(self._days(now, now + 1)).is_failing(now))
            case "hives":
                return hives(text)
            case "createWebhooks" | "updateWebhooks":
                for one in variables["input"]:
                    webhook_id = one.get("id") or f"webhook_{uuid4()}"
                    self._webhooks[webhook_id] = self._webhooks.pop(webhook_id, {}) | one | {"id": webhook_id}
                return list(self._webhooks.values())[-1:]
            case "deleteWebhooks":
                for webhook_id in variables["ids"]:
                    self._webhooks.pop(webhook_id, None)
                return True
        return list(self._webhooks.values()) if root == "webhooks" else []

    def _days(self, start: float, stop: float) -> Iterator[SimulatedDay]:
        return days_between(start, stop, self._time_zone())

    def _range(self, asked: Mapping[str, Any]) -> tuple[float, float]:
        start, stop = (datetime.fromisoformat(asked[name]).timestamp() for name in ("start", "stop"))
        return start, min(stop, time.time())

    def _report(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        asked, window = body["filter"], body["window"]
        measurement, every, zone = asked["measurements"][0], window["every"], zone_named(window["timezone"])
        assets = next(name for name in _ROW_FIELDS if name in asked)
        start, stop = self._range(asked)
        rows = []
        while start < stop:
            following = bucket_start(start + BUCKETS[every], every, zone)
            end = min(following if following > start else midnight(start, zone, 1), stop)
            values_of = self._crossings if measurement == "traffic" else self._people
            for space_id in asked[assets]["eq"]:
                row = {_ROW_FIELDS[assets]: space_id, "time": rfc3339(end if measurement == "traffic" else start)}
                values = values_of(_KEYS.get(space_id, ""), start, end, measurement, window["function"])
                rows += [row | value for value in values]
            start = end
        return rows

    def _crossings(self, key: str, start: float, end: float, *_: str) -> Iterator[dict[str, Any]]:
        crossings = [one for day in self._days(start, end) for one in day.crossings if start <= one[0] < end]
        numbers = Counter((door, entered) for _, door, entered in crossings)
        for door, entered in product(doors_of(key), (True, False)):
            yield {"field": "in" if entered else "out", "value": numbers[door, entered], "mac_address": MACS[door]}

    def _people(self, key: str, start: float, end: float, measurement: str, how: str) -> Iterator[dict[str, Any]]:
        start, estimated = end - 0.001 if how == "last" else start, measurement.startswith("traffic_")
        seconds = self._seconds(key, start, end, estimated=estimated)
        unknown = seconds.pop(None, 0.0) / (end - start)
        if "presence_time" in measurement:
            yield {"value": sum(duration for people, duration in seconds.items() if people)}
        elif seconds or (unknown and not estimated):
            # An estimate is missing before the first crossing; a count that no sensor can tell is marked.
            yield {"value": _aggregate(seconds, how), "null_percentage": unknown}

    def _seconds(self, key: str, start: float, end: float, *, estimated: bool) -> Seconds:
        """Return for how many seconds of a range each number of people was counted or estimated."""
        seconds: Seconds = defaultdict(float)
        for day in self._days(start, end):
            if steps := (day.estimates if estimated else day.counts).get(key):
                for people, duration in steps.pieces(max(start, day.start), min(end, day.end)):
                    seconds[people] += duration
        return seconds

    def _statistics(self, body: Mapping[str, Any]) -> dict[str, dict[str, float]]:
        (start, stop), filters = self._range(body), body.get("filters", {})
        hours = filters.get("time_ranges", [{"start": "00:00", "stop": "24:00"}])
        days = [day for day in self._days(start, stop) if day.weekday not in filters.get("exclude_days_of_week", ())]
        data: dict[str, dict[str, float]] = defaultdict(dict)
        for item, name in product(body["items"], body["measurements"]):
            seconds: Seconds = defaultdict(float)
            for day, one in product(days, hours):
                begin, end = max(day.at(one["start"]), start), min(day.at(one["stop"]), stop)
                for people, duration in self._seconds(_KEYS[item], begin, end, estimated="traffic" in name).items():
                    seconds[people] += duration
            for people in (None, 0) if "used" in name else (None,):
                seconds.pop(people, None)
            if seconds:
                data[item][name] = _aggregate(seconds, "median" if "median" in name else "mean")
        return data

    def due(self, since: float, until: float) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield each event after `since`, with the endpoint of the webhook that subscribes to its type."""
        for day in self._days(since, until):
            first, last = (bisect_right(day.events, (edge, "~")) for edge in (since, until))
            for timestamp, kind, key, door, data in day.events[first:last]:
                floor = key if key in FLOORS else FLOORS[room_of(key).floor]
                space = {} if key in FLOORS else {f"{IDS[key].partition('_')[0]}_id": IDS[key]}
                metadata = {"org_id": ORGANIZATION_ID, "floor_id": IDS[floor], "mac_address": MACS.get(door, "")}
                event = {"id": f"event_{kind}_{door or key}_{timestamp}", "type": kind, "data": data}
                event |= {"timestamp": round(timestamp * 1000), "metadata": metadata | space}
                for webhook in tuple(self._webhooks.values()):
                    if kind in webhook["event_types"]:
                        yield webhook["endpoint_config"], event


def _aggregate(seconds: Seconds, how: str) -> float:
    """Return the number that stands for several, each with its duration; 0 if none is known."""
    known = sorted((people, duration) for people, duration in seconds.items() if people is not None)
    if how in ("min", "max"):
        return known[0 if how == "min" else -1][0] if known else 0
    total = sum(duration for _, duration in known)
    if how == "mean":
        return sum(people * duration for people, duration in known) / total if known else 0
    passed = list(accumulate(duration for _, duration in known))
    return known[bisect_left(passed, total / 2)][0] if known else 0
