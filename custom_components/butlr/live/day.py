"""The current day of a site, from midnight to midnight. Plain Python."""

from dataclasses import dataclass, field
from datetime import tzinfo

from ..api.buckets import midnight


@dataclass(slots=True)
class Day:
    """The current day of a time zone: 23, 24 or 25 hours between two timestamps.

    If the time zone is corrected during a day, that day keeps its start, so that nothing is counted twice.
    """

    zone: tzinfo
    start: float = 0.0
    end: float = 0.0
    zone_name: str = field(init=False)

    def __post_init__(self) -> None:
        """Store the IANA name of the time zone."""
        self.zone_name = str(self.zone)

    def corrected(self, zone: tzinfo, now: float) -> Day:
        """Return the same day in another time zone, whose next midnight ends it."""
        self.roll(now)
        return Day(zone, self.start, midnight(now, zone, 1))

    def roll(self, now: float) -> None:
        """Move on to the day that contains `now`."""
        if self.start <= now < self.end:
            return
        self.start = midnight(now, self.zone)
        self.end = midnight(now, self.zone, 1)
