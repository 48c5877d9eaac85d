"""Asks the reporting API v3 in parts that it can answer (support: Querying Zone Occupancy Data).

Over its processing limit the API answers 200 with no data; overloaded it answers 504, or nothing in time. How large a
question may be is attested for zones in minute buckets only, so the reporter finds out, and remembers for a while.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import batched
import math
from typing import Final

from .answers import WHOLE_RANGE, Rows, read_rows
from .buckets import BUCKETS, DAY, HOUR
from .client import ButlrClient
from .documents import read_answer
from .errors import ButlrOverloadedError, ButlrResponseError, ButlrTimeoutError
from .labels import Label, bucket_named, find_label, label_of
from .questions import Measurement, Question

LARGEST_BATCH: Final = 150
# How many items the support article "Querying Zone Occupancy Data" advises at most, by range in seconds.
ADVISED_BATCHES: Final = ((2 * HOUR, 30), (8 * HOUR, 20), (math.inf, 10))
# Its theoretical maxima can also be read as items times hours, 160 at most. Well below that an empty answer is silence.
SAFE_ITEM_HOURS: Final = 100.0
# What the article advises in rows: thirty items, two hours of minutes. No larger answer is asked for.
LARGEST_ANSWER: Final = 3600
# After so many rows others get on: to read them takes some thousandths of a second.
ROWS_AT_ONCE: Final = 500
# For how many days is asked at once, at most: minutes for one (docs: reporting-faqs), hours for a week.
MOST_DAYS: Final = {60.0: 1, HOUR: 7, DAY: 60}
# A range of up to a day of 25 hours is short: it is made smaller by asking about fewer items first.
SHORT: Final = 25 * HOUR
# What is not even answered for an hour is not answered for want of service, whatever the range.
SHORTEST: Final = HOUR
# About so many items is asked to learn what rows are named by.
PROBED: Final = 10
# So many time-outs in a row are no question of size.
PATIENCE: Final = 2

# Gets the rows of an answer, and the question that it answers: about some of the ids, and a part of the range.
type Take = Callable[[Rows, Question], None]
type _Kind = tuple[Measurement, str]


class Reporter:
    """Asks questions in parts, and remembers how large a part Butlr answers.

    An empty answer to a large part is asked again in smaller ones, down to the advised size; below that it is silence.
    """

    def __init__(self, client: ButlrClient, *, background: bool = False) -> None:
        """Start with the largest parts; in the `background` polls go first."""
        self._client = client
        self._background = background
        self._largest: dict[Measurement, int] = {}
        # Batches that were silent in every size: not worth splitting again at each poll.
        self._silent: set[tuple[Measurement, tuple[str, ...]]] = set()
        self._asked: Counter[Measurement] = Counter()
        # The longest range in days worth asking for, and the most item-hours of one that were answered.
        self._days: dict[_Kind, int] = {}
        self._answered: dict[_Kind, float] = {}
        self._timeouts = 0
        self._probed: set[Measurement] = set()

    async def ask(self, question: Question, take: Take) -> None:
        """Ask about everything that a question is about; `take` gets each part's answer, the oldest range first.

        A part without rows was answered as well: there is nothing known of it. Raises what ButlrClient.report raises;
        answers that came before an error have been taken.
        """
        self._forget_now_and_then(question.measurement)
        rest: Question | None = question
        while rest is not None:
            part, rest = rest.first_days(self._most_days(question)) if rest.seconds > DAY else (rest, None)
            await self._ask_range(part, take)

    def _forget_now_and_then(self, measurement: Measurement) -> None:
        """Try large parts again every tenth time: what made small ones necessary may have passed."""
        self._asked[measurement] += 1
        if self._asked[measurement] % 10 == 0:
            self._largest.pop(measurement, None)
            self._silent = {key for key in self._silent if key[0] is not measurement}
            self._days = {kind: days for kind, days in self._days.items() if kind[0] is not measurement}

    def _most_days(self, question: Question) -> int:
        documented = next(days for length, days in MOST_DAYS.items() if BUCKETS[question.every] <= length)
        return self._days.get(_kind(question), documented)

    async def _ask_range(self, part: Question, take: Take) -> None:
        """Ask about all ids in one range, so many at once as answers are not too large."""
        if part.every == "1m" and part.seconds > DAY and (halves := part.halves()):
            # Minutes are for 24 hours at most, and a day may have 25.
            for half in halves:
                await self._ask_range(half, take)
            return
        start = 0
        while start < len(part.ids):
            size = min(self._largest.get(part.measurement, LARGEST_BATCH), LARGEST_ANSWER // part.buckets)
            batch = part.about(part.ids[start : start + max(size, 1)])
            if part.seconds > SHORT:
                await self._ask_long(batch, take)
            else:
                await self._ask_batch(batch, take)
            start += len(batch.ids)
            # Answers may be large, and there are others who want to get on.
            await asyncio.sleep(0)

    async def _rows(self, part: Question) -> Rows:
        try:
            data = await self._client.report(part.body(), background=self._background, read=read_answer)
        except ButlrTimeoutError:
            self._timeouts += 1
            raise
        self._timeouts = 0
        # Reading comes after the network's own work on a large answer, not in one go with it.
        await asyncio.sleep(0)
        rows = Rows()
        try:
            for some in batched(read_rows(part, data), ROWS_AT_ONCE, strict=False):
                rows.extend(some)
                await asyncio.sleep(0)
        except ValueError as err:
            raise ButlrResponseError(f"The reporting answer is not JSON: {err}") from None
        await self._place(part, rows)
        return rows

    async def _place(self, part: Question, rows: Rows) -> None:
        """Give rows the starts of their buckets, noting what the answer gives away of how Butlr names these.

        Where nothing tells, a row is taken for the older of the two that it may be.
        """
        moments = rows.moments() - {WHOLE_RANGE}
        findings = self._client.findings
        if found := find_label(part, moments):
            findings.note(f"label.{part.measurement}", found)
        label = found or label_of(part.measurement, findings)
        if label is None and moments and part.every != "1m" and part.measurement not in self._probed:
            # An answer without its first and last bucket does not tell; one about a few minutes does.
            self._probed.add(part.measurement)
            await self._rows(part.about(part.ids[:PROBED]).last_minutes())
            label = label_of(part.measurement, findings)
        moved = {moment: bucket_named(part, moment, label or Label.END) for moment in moments}
        rows.move(moved | {WHOLE_RANGE: part.start})

    async def _ask_long(self, part: Question, take: Take) -> None:
        """Ask about a range of more than a day; in halves where it is too long."""
        kind, weight = _kind(part), len(part.ids) * part.seconds / HOUR
        try:
            rows = await self._rows(part)
        except (ButlrOverloadedError, ButlrTimeoutError) as err:
            self._give_up_if_gone(err)
            await self._ask_halves(part, err, take)
            return
        if rows:
            self._answered[kind] = max(weight, self._answered.get(kind, 0.0))
        elif weight > self._answered.get(kind, SAFE_ITEM_HOURS) and await self._speaks(part):
            await self._ask_halves(part, ButlrOverloadedError("No answer to so long a range"), take)
            return
        take(rows, part)

    async def _speaks(self, part: Question) -> bool:
        """Tell whether something is known of a part that was answered with nothing, by its last day."""
        key = (part.measurement, part.ids)
        if key in self._silent:
            return False
        heard = Rows()
        await self._ask_range(part.last_day(), lambda rows, _: heard.extend(rows))
        if not heard:
            self._silent.add(key)
        return bool(heard)

    async def _ask_batch(self, batch: Question, take: Take) -> None:
        """Ask about a short range, in halves and halves of halves of the ids while that is too much."""
        advised = _advised_batch(batch.seconds)
        ids = batch.ids
        key = (batch.measurement, ids)
        size, done, heard = len(ids), 0, False
        while done < len(ids):
            part = batch.about(ids[done : done + size])
            too_large = False
            rows = Rows()
            try:
                rows = await self._rows(part)
                too_large = not rows and key not in self._silent
            except (ButlrOverloadedError, ButlrTimeoutError) as err:
                self._give_up_if_gone(err)
                if len(part.ids) <= advised:
                    await self._ask_halves(part, err, take)
                    done += len(part.ids)
                    continue
                too_large = True
            if too_large and len(part.ids) > advised:
                size = max(len(part.ids) // 2, advised)
                continue
            take(rows, part)
            heard = heard or bool(rows)
            done += len(part.ids)
        if heard:
            self._silent.discard(key)
            if size < len(ids):
                self._largest[batch.measurement] = size
        elif len(ids) > advised:
            self._silent.add(key)

    async def _ask_halves(self, part: Question, err: Exception, take: Take) -> None:
        """Ask about a shorter range, which is what can help."""
        halves = part.halves() if part.seconds > SHORTEST else None
        if halves is None:
            raise err
        if part.seconds > DAY:
            self._days[_kind(part)] = max(round(part.seconds / DAY / 2), 1)
        for half in halves:
            await self._ask_range(half, take)

    def _give_up_if_gone(self, err: Exception) -> None:
        if isinstance(err, ButlrTimeoutError) and self._timeouts >= PATIENCE:
            self._timeouts = 0
            raise err


def _kind(question: Question) -> _Kind:
    return question.measurement, question.every


def _advised_batch(seconds: float) -> int:
    seconds = max(seconds, 1.0)
    advised = next(size for longest, size in ADVISED_BATCHES if seconds <= longest)
    return min(advised, max(int(SAFE_ITEM_HOURS * HOUR / seconds), 1))
