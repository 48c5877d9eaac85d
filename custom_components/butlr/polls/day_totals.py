"""The sums of a day so far, asked in questions that are answered at any hour. Plain Python; moments are Unix seconds.

A day is asked about as a whole, which mends whatever was counted late. The later it is, the fewer items fit into such a
question where Butlr limits items times hours: then hours that are over are asked about once, and again every hour, and
what came since then comes on top.
"""

from dataclasses import dataclass, replace
import math
from typing import Final

from ..api.answers import Row
from ..api.buckets import HOUR
from ..api.questions import Question
from ..api.reporting import REPORT_BATCH_SIZE, Reporter, RowHandler

# So long after its end an hour may still be recomputed, in seconds.
RECOMPUTE_WINDOW: Final = 600.0
# A shorter day is asked about as a whole, and what is open of a longer one is closed when it is as long, in seconds.
SHORT: Final = 2 * HOUR
# So many spaces at a time: what is known of them is shown before the next are asked about.
AT_A_TIME: Final = 50
# In so many polls everything that is closed is asked about once more: an hour's.
CHECKED_IN: Final = 12


@dataclass(slots=True)
class _Closed:
    """What was counted of a space from the midnight `since` to the hour `until`, all of it final by then."""

    since: float
    until: float
    rows: list[Row]


class DayTotals:
    """Asks for the sums of days, and remembers those of hours that are over, where that is necessary."""

    def __init__(self) -> None:
        """Begin with nothing remembered."""
        # By space, those first that were asked about the longest ago.
        self._closed: dict[str, _Closed] = {}

    async def ask(self, reporter: Reporter, day: Question, take: RowHandler) -> None:
        """Ask about the day so far; `take` gets the rows of the whole day of some spaces at a time."""
        known = [one for one in self._closed if one in set(day.ids)]
        for space_id in known[: math.ceil(len(known) / CHECKED_IN)]:
            del self._closed[space_id]
        hour = (day.stop - RECOMPUTE_WINDOW) // HOUR * HOUR
        start = 0
        while start < len(day.ids):
            # How much is answered at once may turn out with every question.
            fits = reporter.fits(day.about(day.ids[start:]))
            size = REPORT_BATCH_SIZE if fits else AT_A_TIME
            part = day.about(day.ids[start : start + size])
            start += size
            if fits or hour - day.start < SHORT:
                await reporter.ask(part, take)
            else:
                await self._close(reporter, part, hour)
                await self._ask_open(reporter, part, take)

    async def _close(self, reporter: Reporter, part: Question, hour: float) -> None:
        """Ask about the hours that are over, of spaces of which not enough of them is known."""
        begins: dict[float, list[str]] = {}
        for space_id in part.ids:
            closed = self._closed.get(space_id)
            if closed is None or closed.since != part.start:
                begins.setdefault(part.start, []).append(space_id)
            elif part.stop - closed.until > SHORT:
                begins.setdefault(closed.until, []).append(space_id)
        for begin, ids in begins.items():

            def take(rows: list[Row], some: Question, begin: float = begin) -> None:
                by_space: dict[str, list[Row]] = {}
                for row in rows:
                    by_space.setdefault(row.space_id, []).append(row)
                # Whoever has no rows, not even zeros, may be silent or not have been answered: that is not final.
                for space_id, own in by_space.items():
                    before = [] if begin == part.start else self._closed[space_id].rows
                    self._closed[space_id] = _Closed(part.start, hour, before + own)

            await reporter.ask(replace(part.about(ids), start=begin, stop=hour), take)

    async def _ask_open(self, reporter: Reporter, part: Question, take: RowHandler) -> None:
        """Ask about what is not over, and hand on the whole day."""
        begins: dict[float, list[str]] = {}
        for space_id in part.ids:
            closed = self._closed.get(space_id)
            is_known = closed is not None and closed.since == part.start
            begins.setdefault(closed.until if closed and is_known else part.start, []).append(space_id)
        for begin, ids in begins.items():

            def take_open(rows: list[Row], some: Question, begin: float = begin) -> None:
                whole: list[Row] = []
                if begin != part.start:
                    whole.extend(row for space_id in some.ids for row in self._closed[space_id].rows)
                whole.extend(rows)
                take(whole, replace(some, start=part.start))

            await reporter.ask(replace(part.about(ids), start=begin), take_open)
