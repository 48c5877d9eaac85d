"""When none of the presence sensors of a space was heard: what Butlr answers of that time is no count.

Butlr answers zero for a room in which nothing senses (butlr-api 4.11), later as well as meanwhile, and does not tell
when that was. So it is noted while it lasts. Plain Python; moments are Unix seconds.
"""

from collections.abc import Iterator, Mapping
import math
from typing import Any, Final

from ..api.buckets import DAY
from ..api.estate import Estate, Sensor

# For how long outages are remembered: the past is imported for a year at most.
KEPT: Final = 400 * DAY

# From when to when; until math.inf while it lasts.
type Span = tuple[float, float]


class Outages:
    """Remembers outages by the id of the space."""

    def __init__(self) -> None:
        """Begin with none known."""
        self._spans: dict[str, list[Span]] = {}
        # When it was last seen which sensors are heard.
        self._looked_at = 0.0

    def follow(self, estate: Estate, now: float) -> None:
        """Take in which sensors are heard now."""
        for space_id in estate.spaces:
            counters = estate.equipment(space_id).counters
            spans = self._spans.get(space_id, [])
            lasts = bool(spans) and spans[-1][1] == math.inf
            if lasts == (bool(counters) and not any(map(estate.is_online, counters))):
                continue
            if lasts:
                spans[-1] = spans[-1][0], now
            else:
                self._spans.setdefault(space_id, []).append((self._heard_last(estate, counters), math.inf))
        self._looked_at = now
        self._spans = {
            space_id: kept
            for space_id, spans in self._spans.items()
            if (kept := [span for span in spans if span[1] > now - KEPT])
        }

    def _heard_last(self, estate: Estate, counters: tuple[Sensor, ...]) -> float:
        """Return until when at least one of some sensors that are silent was heard for certain."""
        return max(self._looked_at, *(_heartbeat(estate, sensor) for sensor in counters))

    def of(self, space_id: str, start: float, stop: float) -> Iterator[Span]:
        """Go through the outages of a space that lie in a range, as far as they do."""
        for begin, end in self._spans.get(space_id, ()):
            if begin < stop and end > start:
                yield max(begin, start), min(end, stop)

    def touch(self, space_id: str, start: float, stop: float) -> bool:
        """Tell whether there was an outage of a space in a range."""
        return any(True for _ in self.of(space_id, start, stop))

    def as_dict(self) -> dict[str, Any]:
        """Return everything, to be kept as JSON; an outage that lasts has no end."""
        return {
            # To the day: what is kept shall not change with every look.
            "looked_at": self._looked_at // DAY * DAY,
            "spans": {
                space_id: [[begin, None if end == math.inf else end] for begin, end in spans]
                for space_id, spans in sorted(self._spans.items())
            },
        }

    def restore(self, kept: object) -> None:
        """Take over what was kept, as far as it can be read."""
        if not isinstance(kept, Mapping) or not isinstance(kept.get("spans"), Mapping):
            return
        if _is_moment(kept.get("looked_at")):
            self._looked_at = float(kept["looked_at"])
        for space_id, spans in kept["spans"].items():
            read = (
                [
                    (float(begin), math.inf if end is None else float(end))
                    for begin, end in (span for span in spans if isinstance(span, list) and len(span) == 2)
                    if _is_moment(begin) and (end is None or _is_moment(end))
                ]
                if isinstance(spans, list)
                else []
            )
            if read:
                self._spans[str(space_id)] = read


def _heartbeat(estate: Estate, sensor: Sensor) -> float:
    """Return when a sensor was last heard: not after its hive, which may be what is silent."""
    hive = estate.hive_of(sensor)
    known = [sensor.last_heartbeat or 0.0]
    if hive and hive.online is False:
        known.append(hive.last_heartbeat or 0.0)
    return min(known)


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
