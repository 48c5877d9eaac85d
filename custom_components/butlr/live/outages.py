"""Outages: times when all presence sensors of a space were offline, so that Butlr's counts are not real.

Butlr answers zero for a room without an online sensor (butlr-api 4.11), even later, and does not report when that was.
So outages are recorded while they last. Plain Python; timestamps are Unix seconds.
"""

from collections.abc import Iterator, Mapping
import math
from typing import Any, Final

from ..api.buckets import DAY
from ..api.estate import Estate, Sensor

# How long outages are kept, in seconds: history is imported for a year at most.
OUTAGES_KEPT: Final = 400 * DAY

# The start and the end of an outage; the end of a current one is math.inf.
type Outage = tuple[float, float]


class Outages:
    """Records outages by the id of the space."""

    def __init__(self) -> None:
        """Start with no outages known."""
        self._outages: dict[str, list[Outage]] = {}
        # When it was last checked which sensors are online.
        self._checked_at = 0.0

    def update(self, estate: Estate, now: float) -> None:
        """Record which spaces have no presence sensor online now."""
        for space_id in estate.spaces:
            counters = estate.equipment(space_id).counters
            outages = self._outages.get(space_id, [])
            lasts = bool(outages) and outages[-1][1] == math.inf
            if lasts == (bool(counters) and not estate.any_online(counters)):
                continue
            if lasts:
                outages[-1] = outages[-1][0], now
            else:
                start = self._last_online(estate, counters)
                self._outages.setdefault(space_id, []).append((start, math.inf))
        self._checked_at = now
        self._outages = {
            space_id: kept
            for space_id, outages in self._outages.items()
            if (kept := [outage for outage in outages if outage[1] > now - OUTAGES_KEPT])
        }

    def _last_online(self, estate: Estate, counters: tuple[Sensor, ...]) -> float:
        """Return until when at least one of some sensors, all offline now, was certainly online."""
        return max(self._checked_at, *(_last_heartbeat(estate, sensor) for sensor in counters))

    def within(self, space_id: str, start: float, end: float) -> Iterator[Outage]:
        """Yield the outages of a space within a time range, cut to the range."""
        for outage_start, outage_end in self._outages.get(space_id, ()):
            if outage_start < end and outage_end > start:
                yield max(outage_start, start), min(outage_end, end)

    def overlap(self, space_id: str, start: float, end: float) -> bool:
        """Return whether a space had an outage within a time range."""
        return any(True for _ in self.within(space_id, start, end))

    def as_dict(self) -> dict[str, Any]:
        """Return the data to store as JSON; a current outage has no end."""
        return {
            # Rounded to the day, so that the stored file does not change with every check.
            "looked_at": self._checked_at // DAY * DAY,
            "spans": {
                space_id: [[start, None if end == math.inf else end] for start, end in outages]
                for space_id, outages in sorted(self._outages.items())
            },
        }

    def restore(self, stored: object) -> None:
        """Load what was stored, as far as it is valid."""
        if not isinstance(stored, Mapping) or not isinstance(stored.get("spans"), Mapping):
            return
        if _is_timestamp(stored.get("looked_at")):
            self._checked_at = float(stored["looked_at"])
        for space_id, spans in stored["spans"].items():
            outages = (
                [
                    (float(start), math.inf if end is None else float(end))
                    for start, end in (span for span in spans if isinstance(span, list) and len(span) == 2)
                    if _is_timestamp(start) and (end is None or _is_timestamp(end))
                ]
                if isinstance(spans, list)
                else []
            )
            if outages:
                self._outages[str(space_id)] = outages


def _last_heartbeat(estate: Estate, sensor: Sensor) -> float:
    """Return the last heartbeat of a sensor: at most that of its hive if the hive is offline."""
    hive = estate.hive_of(sensor)
    known = [sensor.last_heartbeat or 0.0]
    if hive and hive.online is False:
        known.append(hive.last_heartbeat or 0.0)
    return min(known)


def _is_timestamp(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
