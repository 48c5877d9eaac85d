"""Split questions to the reporting API v3 into requests that it can answer (support: Querying Zone Occupancy Data).

Above its processing limit, the API answers 200 without data; under load it answers 504 or nothing in time. The limit is
documented for zones in one-minute buckets only, so the reporter determines it and remembers it for a while.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
import contextlib
from itertools import batched
import math
from typing import Final

from .answers import WHOLE_RANGE, Row, read_rows
from .buckets import BUCKETS, DAY, HOUR
from .client import ButlrClient
from .errors import ButlrOverloadedError, ButlrTimeoutError
from .labels import Label, bucket_named, find_label, label_of
from .questions import Asset, Measurement, Question
from .silence import AnsweredSizes, coarser_question

# Maximum number of ids in one request.
REPORT_BATCH_SIZE: Final = 150
# Pairs of (range in seconds, maximum number of items) that the article "Querying Zone Occupancy Data" recommends.
ADVISED_BATCHES: Final = ((2 * HOUR, 30), (8 * HOUR, 20), (math.inf, 10))
# The article's theoretical limits can also be read as items times hours, at most 160. Well below that, within a day, an
# empty answer means that there is no data.
DOCUMENTED_ITEM_HOURS: Final = 160.0
SAFE_ITEM_HOURS: Final = 100.0
# One item for a day is certain to be answered.
CERTAIN_ITEM_HOURS: Final = 25.0
# The article's advice in rows: thirty items for two hours of minutes. Larger answers are not requested.
MAX_ANSWER_ROWS: Final = 3600
# Reading this many rows takes a few milliseconds; then the event loop gets a turn.
ROWS_PER_SLICE: Final = 500
# Days per request, by bucket length: at first, as in Butlr's own client (mcp) and the docs for minutes (docs:
# reporting-faqs), and at most. The number is doubled after each answer.
INITIAL_DAYS_PER_REQUEST: Final = {60.0: 1, HOUR: 2, DAY: 60}
MAX_DAYS_PER_REQUEST: Final = {60.0: 1, HOUR: 7, DAY: 60}
# Seconds, a day of 25 hours; shorter ranges are split by items first.
MAX_SHORT_RANGE: Final = 25 * HOUR
# Seconds; if not even an hour is answered, the service is failing and a shorter range does not help.
MIN_SPLIT_RANGE: Final = HOUR
# How many items to request to learn the label of rows.
LABEL_PROBE_SIZE: Final = 10
# Seconds; a range that ends this recently belongs to a poll and will be requested again.
MAX_RECENT_AGE: Final = 120.0
# After this many consecutive timeouts, the size of the request is not the cause.
MAX_TIMEOUTS: Final = 2

# Called with the rows of each answer and the question it answers: some of the ids, and a part of the range.
type RowHandler = Callable[[list[Row], Question], None]
type _Kind = tuple[Measurement, str]
type _Batch = tuple[Measurement, Asset, str, tuple[str, ...]]


class Reporter:
    """Splits questions into requests, and remembers how large a request Butlr answers.

    If the answer to a possibly too large request is empty, the reporter checks a request of that size that must have
    rows, or repeats it in smaller parts, down to a size that is certain to be answered. An empty answer then means no
    data.
    """

    def __init__(self, client: ButlrClient, *, background: bool = False, after_people: bool = False) -> None:
        """Start with the largest requests; `after_people` and `background` are the priorities of ButlrClient.report."""
        self._client = client
        self._background = background
        self._after_people = after_people
        # Ids times seconds that were answered, for measurements whose full batches were not.
        self._largest: dict[Measurement, float] = {}
        # Batches that were empty in every size. They are not split again at each poll: each poll requests another small
        # part, which starts with the id at this index.
        self._empty_batches: dict[_Batch, int] = {}
        # How often the same ids were requested.
        self._asked: Counter[tuple[Measurement, int]] = Counter()
        self._answered = AnsweredSizes()
        # Shared by all reporters of a client.
        self._known_data = client.known_data
        # The longest range to request, and the shortest that failed, in days.
        self._days: dict[_Kind, int] = {}
        self._too_many_days: dict[_Kind, int] = {}
        self._timeouts = 0
        self._probed: set[Measurement] = set()

    async def ask(self, question: Question, handle: RowHandler) -> None:
        """Request everything a question is about; call `handle` with the rows of each part, oldest range first.

        A part without rows has no data. Raises what ButlrClient.report raises; parts answered before an error have been
        handled.
        """
        self._forget_limits_periodically(question)
        self._answered.begin(question)
        rest: Question | None = question if question.ids else None
        polling = (
            contextlib.nullcontext() if self._background else self._client.polling(after_people=self._after_people)
        )
        with polling:
            while rest is not None:
                part, rest = rest.first_days(self._most_days(question)) if rest.seconds > DAY else (rest, None)
                await self._ask_range(part, handle)

    def fits(self, question: Question) -> bool:
        """Return whether all ids of a question fit into one request, as far as is known."""
        return self._largest_batch(question) >= min(len(question.ids), REPORT_BATCH_SIZE)

    def _largest_batch(self, part: Question) -> int:
        """Return how many ids to request together: more for a short range than for a long one."""
        most = self._largest.get(part.measurement, math.inf)
        return max(int(min(most / part.seconds + 1e-6, REPORT_BATCH_SIZE)), 1)

    def _forget_limits_periodically(self, question: Question) -> None:
        """Try large requests again every tenth time, since the limit may have changed.

        A poll may ask several questions; the first one that is asked for the tenth time resets its whole measurement.
        """
        measurement, key = question.measurement, (question.measurement, hash(question.ids))
        self._asked[key] += 1
        if self._asked[key] >= 10:
            self._asked = Counter({other: times for other, times in self._asked.items() if other[0] != measurement})
            self._largest.pop(measurement, None)
            for kind in [kind for kind in self._days if kind[0] == measurement]:
                self._days[kind] = max(self._days[kind], _by_bucket(INITIAL_DAYS_PER_REQUEST, kind[1]))
                self._too_many_days.pop(kind, None)

    def _most_days(self, question: Question) -> int:
        return self._days.get(_kind(question), _by_bucket(INITIAL_DAYS_PER_REQUEST, question.every))

    def _allow_more_days(self, part: Question) -> None:
        """Double the days per request after an answer, up to the shortest range that failed."""
        kind, days = _kind(part), round(part.seconds / DAY)
        if days >= self._most_days(part):
            too_many = self._too_many_days.get(kind, math.inf)
            self._days[kind] = int(max(min(days * 2, too_many - 1, _by_bucket(MAX_DAYS_PER_REQUEST, part.every)), 1))

    async def _ask_range(self, part: Question, handle: RowHandler) -> None:
        """Request one range for all ids, in batches whose answers are not too large."""
        if part.every == "1m" and part.seconds > DAY and (halves := part.halves()):
            # Minutes are limited to 24 hours per request, and a day may have 25.
            for half in halves:
                await self._ask_range(half, handle)
            return
        start = 0
        while start < len(part.ids):
            size = min(self._largest_batch(part), MAX_ANSWER_ROWS // part.buckets)
            batch = part.about(part.ids[start : start + max(size, 1)])
            if part.seconds > MAX_SHORT_RANGE:
                await self._ask_long(batch, handle)
            else:
                await self._ask_batch(batch, handle)
            start += len(batch.ids)
            # Let other tasks run between large answers.
            await asyncio.sleep(0)

    async def _rows(self, part: Question) -> list[Row]:
        """Send one request, and return the rows of its answer."""
        try:
            data = await self._client.report(part.body(), background=self._background, after_people=self._after_people)
        except ButlrTimeoutError:
            self._timeouts += 1
            raise
        self._timeouts = 0
        # Let other tasks run between receiving and reading a large answer.
        await asyncio.sleep(0)
        rows: list[Row] = []
        for piece in batched(read_rows(part, data), ROWS_PER_SLICE, strict=False):
            rows += piece
            await asyncio.sleep(0)
        return await self._name_by_bucket_starts(part, rows)

    async def _name_by_bucket_starts(self, part: Question, rows: list[Row]) -> list[Row]:
        """Return the rows with the starts of their buckets as timestamps, and note the label that the answer reveals.

        Without a known label, a row is assigned to the older of its two possible buckets.
        """
        timestamps = {row.timestamp for row in rows} - {WHOLE_RANGE}
        findings = self._client.findings
        if found := find_label(part, timestamps):
            findings.note(f"label.{part.measurement}", found)
        label = found or label_of(part.measurement, findings)
        if label is None and timestamps and part.every != "1m" and part.measurement not in self._probed:
            # The answer lacks its first and last bucket and reveals no label; the answer about a few minutes has them.
            self._probed.add(part.measurement)
            await self._rows(part.about(part.ids[:LABEL_PROBE_SIZE]).last_minutes())
            label = label_of(part.measurement, findings)
        starts = {timestamp: bucket_named(part, timestamp, label or Label.END) for timestamp in timestamps}
        starts[WHOLE_RANGE] = part.start
        return [row._replace(timestamp=starts[row.timestamp]) for row in rows]

    async def _ask_long(self, part: Question, handle: RowHandler) -> None:
        """Request a range of more than a day; split the range if it is too long."""
        if self._answered.refuses(part) and part.halves():
            await self._ask_halves(part, ButlrOverloadedError("A range of this length was not answered"), handle)
            return
        try:
            rows = await self._rows(part)
        except (ButlrOverloadedError, ButlrTimeoutError) as err:
            self._raise_after_timeouts(err)
            await self._ask_halves(part, err, handle)
            return
        if rows:
            self._note(part, rows)
        elif not await self._means_no_data(part) and part.halves():
            await self._ask_halves(part, ButlrOverloadedError("No answer to a range of this length"), handle)
            return
        self._allow_more_days(part)
        handle(rows, part)

    async def _means_no_data(self, part: Question) -> bool:
        """Return whether an empty answer means that there is no data.

        It does if requests as large are known to be answered. Otherwise send one of that size that must have rows.
        """
        if _is_safe(part):
            return True
        if not self._answered.covers(part):
            if part.seconds > MAX_SHORT_RANGE and not self._known_data.control(part):
                await self._probe(part)
            control = self._known_data.control(part)
            if control is None or control == part:
                return False
            if not await self._has_rows(control):
                self._answered.refuse(control)
                return False
        if self._answered.allows_rows(part):
            return True
        shorter = coarser_question(part)
        # The shorter answer would have had rows if there were any data.
        return shorter is not None and self._answered.allows_rows(shorter) and await self._has_rows(shorter) is False

    async def _has_rows(self, part: Question) -> bool | None:
        """Return whether a request has rows in its answer; None if it was not answered."""
        try:
            rows = await self._rows(part)
        except (ButlrOverloadedError, ButlrTimeoutError) as err:
            self._raise_after_timeouts(err)
            return None
        if rows:
            self._note(part, rows)
        return bool(rows)

    def _note(self, part: Question, rows: list[Row]) -> None:
        self._answered.note(part, rows)
        self._known_data.note(part, rows)

    async def _probe(self, part: Question) -> None:
        """Find any id with data in the last day."""
        for probe in self._known_data.probes(part):
            if await self._has_rows(probe):
                return

    async def _ask_batch(self, batch: Question, handle: RowHandler) -> None:
        """Request a short range; split the ids as long as they are too many."""
        advised = _advised_batch(batch)
        ids = batch.ids
        size, done, has_rows = self._first_size(batch), 0, False
        while done < len(ids):
            part = batch.about(ids[done : done + size])
            too_large = False
            rows: list[Row] = []
            try:
                rows = await self._rows(part)
                too_large = not rows and not await self._means_no_data_in_batch(part)
            except (ButlrOverloadedError, ButlrTimeoutError) as err:
                self._raise_after_timeouts(err)
                if len(part.ids) <= advised:
                    await self._ask_halves(part, err, handle)
                    done += len(part.ids)
                    continue
                too_large = True
            if too_large and len(part.ids) > advised:
                size = max(_smaller_size(part), advised)
                continue
            done += len(part.ids)
            if too_large and part.seconds > DAY and part.halves():
                await self._ask_halves(part, ButlrOverloadedError("No answer to a day of this length"), handle)
                continue
            if rows:
                self._note(part, rows)
            handle(rows, part)
            has_rows = has_rows or bool(rows)
        self._remember(batch, size, has_rows=has_rows)

    def _first_size(self, batch: Question) -> int:
        """Return how many ids to request first: fewer than a size that failed before."""
        size, advised = len(batch.ids), _advised_batch(batch)
        while size > advised and self._answered.refuses(batch.about(batch.ids[:size])):
            size = max(_smaller_size(batch.about(batch.ids[:size])), advised)
        return size

    def _remember(self, batch: Question, size: int, *, has_rows: bool) -> None:
        """Store how many ids had to be requested together to get rows, or that there were none."""
        if has_rows:
            self._empty_batches.pop(_batch(batch), None)
            if size < len(batch.ids):
                self._largest[batch.measurement] = size * batch.seconds
        elif size < len(batch.ids) and self._is_recent(batch):
            self._empty_batches.setdefault(_batch(batch), 0)

    async def _means_no_data_in_batch(self, part: Question) -> bool:
        """Return the same as `_means_no_data` for a short range; if it is recent, check another part at each poll."""
        place = self._empty_batches.get(_batch(part)) if self._is_recent(part) else None
        if place is None:
            return await self._means_no_data(part)
        probe = part.about(part.ids[place : place + _advised_batch(part)])
        if await self._has_rows(probe):
            del self._empty_batches[_batch(part)]
            return False
        after = place + len(probe.ids)
        self._empty_batches[_batch(part)] = after if after < len(part.ids) else 0
        return True

    def _is_recent(self, part: Question) -> bool:
        return part.stop >= self._client.now() - MAX_RECENT_AGE

    async def _ask_halves(self, part: Question, err: Exception, handle: RowHandler) -> None:
        """Request each half of a range."""
        halves = part.halves() if part.seconds > MIN_SPLIT_RANGE else None
        if halves is None:
            raise err
        if part.seconds > MAX_SHORT_RANGE:
            days = round(part.seconds / DAY)
            self._days[_kind(part)] = max(days // 2, 1)
            self._too_many_days[_kind(part)] = days
        for half in halves:
            await self._ask_range(half, handle)

    def _raise_after_timeouts(self, err: Exception) -> None:
        if isinstance(err, ButlrTimeoutError) and self._timeouts >= MAX_TIMEOUTS:
            self._timeouts = 0
            raise err


def _kind(question: Question) -> _Kind:
    return question.measurement, question.every


def _batch(question: Question) -> _Batch:
    return question.measurement, question.asset, question.every, question.ids


def _by_bucket(days: Mapping[float, int], every: str) -> int:
    return next(many for longest, many in days.items() if BUCKETS[every] <= longest)


def _advised_batch(part: Question) -> int:
    """Return the largest number of ids for which an empty answer certainly means no data."""
    seconds = max(part.seconds, 1.0)
    advised = next(size for longest, size in ADVISED_BATCHES if seconds <= longest)
    # If zeros were requested, an entirely empty answer is suspicious.
    safe = CERTAIN_ITEM_HOURS if part.zeros_for_silence else SAFE_ITEM_HOURS
    return min(advised, max(int(safe * HOUR / seconds), 1))


def _smaller_size(part: Question) -> int:
    """Return how many ids to request instead: half, or as many as the article allows."""
    documented = int(DOCUMENTED_ITEM_HOURS * HOUR / max(part.seconds, 1.0))
    half = len(part.ids) // 2
    return documented if half < documented < len(part.ids) else half


def _is_safe(part: Question) -> bool:
    """Return whether a request is certain to be answered."""
    return part.seconds <= DAY and len(part.ids) <= _advised_batch(part)
