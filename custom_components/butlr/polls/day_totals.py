"""The totals of a day so far, requested so that Butlr answers at any hour. Plain Python; timestamps are Unix seconds.

Usually a question covers the whole day, which also corrects crossings that were counted late. If Butlr limits spaces
times hours, fewer spaces fit into such a question as the day goes on. Then the hours that are over are requested once
an hour and kept, and every poll adds only the hours since.
"""

from dataclasses import dataclass, replace
import math
from typing import Final

from ..api.answers import Row
from ..api.buckets import HOUR
from ..api.questions import Question
from ..api.reporting import REPORT_BATCH_SIZE, Reporter, RowHandler

# Butlr may recompute an hour until this long after its end, in seconds.
RECOMPUTE_WINDOW: Final = 600.0
# A day so far that is shorter than this, in seconds, is requested as a whole. In a longer one, the hours that are over
# are requested and kept whenever the part after the kept hours exceeds this.
MAX_OPEN_PART: Final = 2 * HOUR
# Spaces in a batch of a split day. The values of one batch are shown before the next is requested.
SPLIT_BATCH_SIZE: Final = 50
# Number of polls in which all kept hours are requested again: about an hour.
POLLS_PER_RECHECK: Final = 12


@dataclass(slots=True)
class _FinalHours:
    """The rows of a space from midnight (`start`) to the end of an hour (`end`), which Butlr no longer changes."""

    start: float
    end: float
    rows: list[Row]


class DayTotals:
    """Requests the totals of days, and keeps the hours that are over where a day must be split."""

    def __init__(self) -> None:
        """Start without kept hours."""
        # Keyed by space, in the order of the requests.
        self._kept: dict[str, _FinalHours] = {}

    async def request(self, reporter: Reporter, day: Question, apply_rows: RowHandler) -> None:
        """Request the day so far; `apply_rows` gets all rows of the day for some of the spaces at a time."""
        known = [space_id for space_id in self._kept if space_id in set(day.ids)]
        for space_id in known[: math.ceil(len(known) / POLLS_PER_RECHECK)]:
            del self._kept[space_id]
        last_hour = (day.stop - RECOMPUTE_WINDOW) // HOUR * HOUR
        position = 0
        while position < len(day.ids):
            # Each answer may change how many spaces fit into a question.
            fits = reporter.fits(day.about(day.ids[position:]))
            size = REPORT_BATCH_SIZE if fits else SPLIT_BATCH_SIZE
            part = day.about(day.ids[position : position + size])
            position += size
            if fits or last_hour - day.start < MAX_OPEN_PART:
                await reporter.ask(part, apply_rows)
            else:
                await self._request_final_hours(reporter, part, last_hour)
                await self._request_open_part(reporter, part, apply_rows)

    async def _request_final_hours(self, reporter: Reporter, part: Question, last_hour: float) -> None:
        """Request and keep the hours until `last_hour`, for spaces whose open part is too long."""
        starts: dict[float, list[str]] = {}
        for space_id in part.ids:
            kept = self._kept.get(space_id)
            if kept is None or kept.start != part.start:
                starts.setdefault(part.start, []).append(space_id)
            elif part.stop - kept.end > MAX_OPEN_PART:
                starts.setdefault(kept.end, []).append(space_id)
        for start, ids in starts.items():

            def keep(rows: list[Row], _asked: Question, start: float = start) -> None:
                by_space: dict[str, list[Row]] = {}
                for row in rows:
                    by_space.setdefault(row.space_id, []).append(row)
                # A space without any rows, not even zeros, is not kept: its data may be late or missing.
                for space_id, new in by_space.items():
                    earlier = [] if start == part.start else self._kept[space_id].rows
                    self._kept[space_id] = _FinalHours(part.start, last_hour, earlier + new)

            await reporter.ask(replace(part.about(ids), start=start, stop=last_hour), keep)

    async def _request_open_part(self, reporter: Reporter, part: Question, apply_rows: RowHandler) -> None:
        """Request the hours that are not kept, and pass on the rows of the whole day."""
        starts: dict[float, list[str]] = {}
        for space_id in part.ids:
            kept = self._kept.get(space_id)
            start = kept.end if kept is not None and kept.start == part.start else part.start
            starts.setdefault(start, []).append(space_id)
        for start, ids in starts.items():

            def add_kept(rows: list[Row], asked: Question, start: float = start) -> None:
                all_rows: list[Row] = []
                if start != part.start:
                    all_rows.extend(row for space_id in asked.ids for row in self._kept[space_id].rows)
                all_rows.extend(rows)
                apply_rows(all_rows, replace(asked, start=part.start))

            await reporter.ask(replace(part.about(ids), start=start), add_kept)
