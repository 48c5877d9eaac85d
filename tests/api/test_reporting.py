"""Which batches the reporter sends, what it learns from empty answers and overload, and when it forgets."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
import json
import math
from typing import Any

import aiohttp
import pytest

from custom_components.butlr.api import documents, reporting
from custom_components.butlr.api.answers import Row, newest, read_rows
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import (
    ButlrConnectionError,
    ButlrOverloadedError,
    ButlrRateLimitError,
    ButlrResponseError,
    ButlrTimeoutError,
)
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.history import BucketRange, people_question
from custom_components.butlr.api.questions import Asset, Question, presence_question, rfc3339, traffic_question
from custom_components.butlr.api.reporting import Reporter
from custom_components.butlr.api.silence import KnownData
from custom_components.butlr.api.values import read_time
from tests.helpers.timeouts import controlled_timeouts
from tests.simulator import Simulator

from .cloud import REPORTING, Asked, Clock, Cloud, Reply

NOW = 1782121545.0
ROOMS = tuple(f"room_{number}" for number in range(400))
TIME = "2026-06-22T09:44:00Z"
LARGEST = 150


class Limits:
    """Answers one row per room: empty above a number of rooms, overloaded above another; some rooms have no rows."""

    def __init__(self, *, silent_above: int = 10**6, overloaded_above: int = 10**6) -> None:
        """Set the limits."""
        self.silent_above = silent_above
        self.overloaded_above = overloaded_above
        self.without: set[str] = set()
        self.sizes: list[int] = []

    def __call__(self, asked: Asked) -> Reply:
        """Answer one question."""
        rooms = asked.body["filter"]["rooms"]["eq"]
        self.sizes.append(len(rooms))
        if len(rooms) > self.overloaded_above:
            return Reply(status=504)
        known = [] if len(rooms) > self.silent_above else [room for room in rooms if room not in self.without]
        return Reply(body={"data": [{"room_id": room, "time": TIME, "value": 1} for room in known]})


class Taker:
    """Collects what a reporter returns."""

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: list[Row] = []
        self.answered: list[str] = []

    def __call__(self, rows: list[Row], part: Question) -> None:
        """Receive one answer."""
        assert {row.space_id for row in rows} <= set(part.ids)
        self.rows += rows
        self.answered += part.ids


type Ask = Callable[[int], Any]


@pytest.fixture
def limits(cloud: Cloud) -> Limits:
    """Let the scripted cloud answer within limits."""
    limits = Limits()
    cloud.always(REPORTING, limits)
    return limits


@pytest.fixture
def reporter(client: ButlrClient, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> Reporter:
    """Return a reporter that knows the label of rows; waiting for the budget takes no time."""
    client.findings.note("label.room_occupancy", "start")
    monkeypatch.setattr(client, "now", lambda: NOW)
    client.known_data = KnownData(client.now)
    return Reporter(client)


def presence(count: int, first: int = 0) -> Question:
    """Ask how many people are in some rooms."""
    return presence_question(Asset.ROOMS, ROOMS[first : first + count], NOW)


def day(count: int, hours: float) -> Question:
    """Ask for the crossings of some hours."""
    return traffic_question(Asset.ROOMS, ROOMS[:count], NOW - hours * 3600, NOW, "UTC")


async def ask(reporter: Reporter, limits: Limits, question: Question) -> tuple[list[int], Taker]:
    """Ask; return the batch sizes and the collected rows, and check that each room is answered once, in order."""
    limits.sizes = []
    taker = Taker()
    await reporter.ask(question, taker)
    assert taker.answered == list(question.ids)
    return limits.sizes, taker


@pytest.mark.parametrize(
    ("rooms", "sizes"), [(0, []), (1, [1]), (149, [149]), (150, [150]), (151, [150, 1]), (400, [150, 150, 100])]
)
async def test_batches(reporter: Reporter, limits: Limits, rooms: int, sizes: list[int]) -> None:
    """Rooms are requested 150 at a time, in order."""
    asked, taker = await ask(reporter, limits, presence(rooms))
    assert asked == sizes
    assert [row.space_id for row in taker.rows] == list(ROOMS[:rooms])


@pytest.mark.parametrize(
    ("limit", "first", "then"),
    [
        (75, [150, *[75] * 4], [75] * 4),
        # The second half of the rooms uses the size found for the first half.
        (74, [150, 75, *[37] * 4, 2, *[37] * 4, 2], [*[37] * 8, 4]),
        (36, [150, 75, 37, *[30] * 10], [30] * 10),
        (30, [150, 75, 37, *[30] * 10], [30] * 10),
    ],
)
async def test_halved_when_empty(
    reporter: Reporter, limits: Limits, limit: int, first: list[int], then: list[int]
) -> None:
    """An empty answer to a large batch is repeated in halves, down to the advised size, which is remembered."""
    limits.silent_above = limit
    for sizes in (first, then):
        asked, taker = await ask(reporter, limits, presence(300))
        assert (asked, len(taker.rows)) == (sizes, 300)


async def test_small_batches_are_not_halved(reporter: Reporter, limits: Limits) -> None:
    """An empty answer to a batch of the advised size means no data and is handed over."""
    limits.silent_above = 0
    asked, taker = await ask(reporter, limits, presence(30))
    assert (asked, taker.rows) == ([30], [])
    asked, taker = await ask(reporter, limits, presence(31))
    assert (asked, taker.rows) == ([31, 30, 1], [])


@pytest.mark.parametrize(
    ("hours", "advised"),
    [(2, 30), (2.05, 20), (5, 20), (5.1, 19), (8, 12), (8.05, 10), (10, 10), (10.5, 9), (24, 4)],
)
async def test_advised_size(reporter: Reporter, limits: Limits, hours: float, advised: int) -> None:
    """The longer the range, the smaller the batch that is certain to be answered."""
    limits.silent_above = 0
    asked, _ = await ask(reporter, limits, replace(day(advised, hours), zeros_for_silence=False))
    assert asked == [advised]
    asked, _ = await ask(reporter, limits, replace(day(2 * advised, hours), zeros_for_silence=False))
    # If the article's limit allows more than half, that is tried first.
    documented = [int(160 / hours)] if advised < int(160 / hours) < 2 * advised else []
    assert asked == [2 * advised, *documented, advised, advised]


@pytest.mark.parametrize(
    ("hours", "size", "asked"), [(2, 12, [12]), (4.4, 5, [5]), (23.5, 1, [1]), (4.4, 11, [11, 5, 5, 1])]
)
async def test_no_zeros_are_no_answer(
    reporter: Reporter, limits: Limits, hours: float, size: int, asked: list[int]
) -> None:
    """If zeros are requested, an empty answer means no data only in the smallest parts."""
    limits.silent_above = 0
    assert (await ask(reporter, limits, day(size, hours)))[0] == asked


async def test_one_row_is_an_answer(reporter: Reporter, limits: Limits) -> None:
    """If one room of a large batch has rows, the batch was answered, and the others have no data."""
    limits.without = set(ROOMS[1:])
    asked, taker = await ask(reporter, limits, presence(150))
    assert (asked, len(taker.rows)) == ([150], 1)


async def test_first_half_is_silent(reporter: Reporter, limits: Limits) -> None:
    """Rooms without data do not hide the rooms after them."""
    limits.silent_above = 75
    limits.without = set(ROOMS[:100])
    asked, taker = await ask(reporter, limits, presence(150))
    assert [row.space_id for row in taker.rows] == list(ROOMS[100:150])
    assert max(asked[1:]) <= 75


async def test_a_day_of_25_hours(reporter: Reporter, limits: Limits) -> None:
    """More than a day is not certain to be answered, but each of its parts is."""
    limits.silent_above = 0
    taker = Taker()
    await reporter.ask(replace(day(4, 25), zeros_for_silence=False), taker)
    assert limits.sizes == [4, 4, 4]
    assert taker.answered == [*ROOMS[:4]] * 2


async def test_silence_is_remembered(reporter: Reporter, limits: Limits) -> None:
    """A batch without data is not split at each poll until it has data again and loses it."""
    limits.without = set(ROOMS)
    split = [100, 50, 30, 30, 30, 10]
    assert (await ask(reporter, limits, presence(100)))[0] == split
    # One small part in turn is requested as well.
    asked = [(await ask(reporter, limits, presence(100)))[0] for _ in range(5)]
    assert asked == [[100, 30]] * 3 + [[100, 10], [100, 30]]
    # Another batch has not been tried yet.
    assert (await ask(reporter, limits, presence(100, first=200)))[0] == split
    limits.without = set()
    assert len((await ask(reporter, limits, presence(100)))[1].rows) == 100
    assert (await ask(reporter, limits, presence(100)))[0] == [100]
    limits.without = set(ROOMS)
    # A room that recently had data must have rows.
    assert (await ask(reporter, limits, presence(100)))[0] == split
    assert (await ask(reporter, limits, presence(100, first=200)))[0] == [100, 30]


async def test_silence_of_others_is_held_against_who_speaks(reporter: Reporter, limits: Limits) -> None:
    """If the same number of rooms with a known one among them is answered, the other rooms have no data."""
    limits.without = set(ROOMS[10:])
    await ask(reporter, limits, presence(10))
    sizes, taker = await ask(reporter, limits, presence(100, first=10))
    # The third request asks for the rooms in longer buckets.
    assert (sizes, taker.rows) == ([100, 100, 100], [])
    limits.silent_above = 60
    sizes, taker = await ask(reporter, limits, presence(100, first=10))
    assert sizes == [100, 100, 50, 50, 50, 50, 50]


async def test_forgotten_after_ten(reporter: Reporter, limits: Limits) -> None:
    """At every tenth request for a measurement, large batches are tried again."""
    limits.silent_above = 30
    sizes = [(await ask(reporter, limits, presence(60)))[0] for _ in range(20)]
    assert sizes == [[60, 30, 30], *[[30, 30]] * 8, [60, 30, 30], *[[30, 30]] * 9, [60, 30, 30]]


async def test_measurements_do_not_mix(reporter: Reporter, limits: Limits) -> None:
    """Limits of one measurement do not apply to another, nor does its count to ten."""
    limits.silent_above = 30
    await ask(reporter, limits, presence(60))
    limits.silent_above = 10**6
    assert (await ask(reporter, limits, day(60, 1)))[0] == [60]
    for _ in range(9):
        await ask(reporter, limits, day(1, 1))
    assert (await ask(reporter, limits, presence(60)))[0] == [30, 30]


async def test_overload_halves(reporter: Reporter, limits: Limits) -> None:
    """After an overload, rooms are requested in halves, down to the advised size, which is remembered."""
    limits.overloaded_above = 74
    asked, taker = await ask(reporter, limits, presence(150))
    assert (asked, len(taker.rows)) == ([150, 75, 37, 37, 37, 37, 2], 150)
    limits.overloaded_above = 30
    asked, _ = await ask(reporter, limits, presence(150))
    assert asked == [37, 30, 7, 30, 30, 30, 23]
    assert (await ask(reporter, limits, presence(150)))[0] == [30] * 5


async def test_overload_ends_at_the_advised_size(reporter: Reporter, limits: Limits) -> None:
    """A service that cannot answer the advised size has failed."""
    limits.overloaded_above = 0
    taker = Taker()
    with pytest.raises(ButlrOverloadedError):
        await reporter.ask(presence(150), taker)
    assert limits.sizes == [150, 75, 37, 30]
    with pytest.raises(ButlrOverloadedError):
        await Reporter(reporter._client).ask(presence(30), taker)
    assert limits.sizes[4:] == [30]
    assert taker.answered == []


@pytest.mark.parametrize(
    ("reply", "error"), [(Reply(status=500), ButlrConnectionError), (Reply(status=429), ButlrRateLimitError)]
)
async def test_error_keeps_what_came_before(
    cloud: Cloud, reporter: Reporter, limits: Limits, reply: Reply, error: type[Exception]
) -> None:
    """Parts answered before an error are handled; later parts are not requested."""
    cloud.script(REPORTING, limits, limits, reply)
    taker = Taker()
    with pytest.raises(error):
        await reporter.ask(presence(400), taker)
    assert taker.answered == list(ROOMS[: 2 * LARGEST])
    assert len(taker.rows) == 2 * LARGEST
    assert limits.sizes == [150, 150]


async def test_request(cloud: Cloud, reporter: Reporter, limits: Limits) -> None:
    """Each batch has the question's body with its own rooms."""
    question = presence(160)
    await ask(reporter, limits, question)
    assert [asked.body for asked in cloud.at(REPORTING)] == [
        question.about(ROOMS[:150]).body(),
        question.about(ROOMS[150:160]).body(),
    ]


@pytest.mark.parametrize("rooms", [80])
async def test_simulator(simulator: Simulator, session: aiohttp.ClientSession, clock: Clock) -> None:
    """The simulated cloud's answers are read, and its processing limit is worked around."""
    client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url, clock=clock)
    estate = await fetch_estate(client)
    rooms = [room_id for room_id in estate.rooms if estate.equipment(room_id).presence]
    question = presence_question(Asset.ROOMS, rooms, simulator.now() / 1000)
    whole_answer = Taker()
    await Reporter(client).ask(question, whole_answer)
    heard = newest(whole_answer.rows)
    assert 30 < len(heard) <= len(rooms)
    assert all(row.value is not None and row.value >= 0 for row in heard.values())
    # Rooms times hours: thirty rooms for six minutes are within the limit, all rooms are not.
    simulator.settings.processing_limit = 30 * 0.1
    asked = len(simulator.requests)
    small_answers = Taker()
    await Reporter(client).ask(question, small_answers)
    sizes = [record.ids for record in simulator.requests[asked:]]
    assert (sizes[0], max(sizes[1:]), sum(sizes[1:])) == (len(rooms), 30, len(rooms))
    assert newest(small_answers.rows).keys() == heard.keys()


WEEK = 7 * 86400


@pytest.mark.usefixtures("naps")
@pytest.mark.parametrize(("label", "minute"), [(None, 43), ("end", 43), ("start", 44)])
async def test_label(cloud: Cloud, client: ButlrClient, label: str | None, minute: int) -> None:
    """Rows get the starts of their buckets; with an unknown label, the older of the two that are possible."""
    if label:
        client.findings.note("label.room_occupancy", label)
    cloud.script(REPORTING, Reply(body={"data": [{"room_id": "room_0", "time": TIME, "value": 1}]}))
    taker = Taker()
    await Reporter(client).ask(presence(1), taker)
    assert [rfc3339(row.timestamp) for row in taker.rows] == [f"2026-06-22T09:{minute}:00Z"]


class Past:
    """Answers one row per room and part of a range, within limits of the range."""

    def __init__(self, *, overloaded_above: float = math.inf, speaks_before: float = math.inf) -> None:
        """Set the longest range, and when the rooms stop having data."""
        self.overloaded_above = overloaded_above
        self.speaks_before = speaks_before
        self.ranges: list[float] = []

    def __call__(self, asked: Asked) -> Reply:
        """Answer one request."""
        start, stop = (read_time(asked.body["filter"][key]) or 0 for key in ("start", "stop"))
        self.ranges.append((stop - start) / 86400)
        if stop - start > self.overloaded_above:
            return Reply(status=504)
        rooms = asked.body["filter"]["rooms"]["eq"] if start < self.speaks_before else []
        return Reply(body={"data": [{"room_id": room, "time": rfc3339(start), "value": 1} for room in rooms]})


def weeks(count: int, rooms: int) -> Question:
    """Return a question about full weeks by the hour."""
    start = NOW // 86400 * 86400
    return people_question(Asset.ROOMS, ROOMS[:rooms], BucketRange(start, start + count * WEEK, "UTC"))


WEEK_OF_HOURS = 7 * 24


def large(rooms: tuple[str, ...]) -> bytes:
    """Return an hourly answer about a week that is large enough to be parsed in a thread."""
    rows = [
        {"room_id": room, "time": rfc3339(NOW + 3600 * hour), "value": hour, "measurement": "x" * 50}
        for room in rooms
        for hour in range(WEEK_OF_HOURS)
    ]
    body = json.dumps({"data": rows}).encode()
    assert len(body) > documents.LARGE_DOCUMENT
    return body


async def test_others_get_on_while_a_large_answer_is_read(
    cloud: Cloud, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loop gets a turn after every five hundred rows."""
    cloud.script(REPORTING, Reply(body=large(ROOMS[:20])))
    read = 0
    seen = set()

    def counted(question: Question, data: object) -> Iterator[Row]:
        nonlocal read
        for row in read_rows(question, data):
            read += 1
            yield row

    async def look() -> None:
        while True:
            seen.add(read)
            await asyncio.sleep(0)

    monkeypatch.setattr(reporting, "INITIAL_DAYS_PER_REQUEST", reporting.MAX_DAYS_PER_REQUEST)
    monkeypatch.setattr(reporting, "read_rows", counted)
    looking = asyncio.create_task(look())
    taker = Taker()
    await reporter.ask(weeks(1, 20), taker)
    looking.cancel()
    assert [row.value for row in taker.rows] == list(range(WEEK_OF_HOURS)) * 20
    assert seen == {*range(0, 3360, 500), 3360}


async def test_a_large_answer_that_breaks_off(cloud: Cloud, reporter: Reporter) -> None:
    """Nothing of a truncated answer is used."""
    cloud.script(REPORTING, Reply(body=large(ROOMS[:20])[:-200]))
    taker = Taker()
    with pytest.raises(ButlrResponseError, match="not JSON"):
        await reporter.ask(weeks(1, 20), taker)
    assert taker.answered == []


async def test_what_was_answered_once_is_not_doubted(cloud: Cloud, reporter: Reporter) -> None:
    """After an answered week, an empty one means no data, if it could not have more rows."""
    past = Past(speaks_before=NOW + WEEK / 2)
    cloud.always(REPORTING, past)
    taker = Taker()
    await reporter.ask(weeks(4, 1), taker)
    assert past.ranges[:3] == [2, 4, 7]
    assert len(taker.rows) == 2
    assert set(past.ranges[3:]) == {7, 1}


async def test_long_ranges_are_tried_again(cloud: Cloud, reporter: Reporter) -> None:
    """Two days at first, doubled after each answer; a range that was too long is remembered for a while."""
    past = Past()
    cloud.always(REPORTING, past)
    await reporter.ask(weeks(4, 3), Taker())
    assert past.ranges == [2, 4, 7, 7, 7, 1]
    past.overloaded_above = 5 * 86400
    past.ranges = []
    await reporter.ask(weeks(2, 3), Taker())
    assert past.ranges[:3] in ([7, 3, 4], [7, 4, 3])
    for _ in range(7):
        past.ranges = []
        await reporter.ask(weeks(2, 3), Taker())
        assert max(past.ranges) <= 6
    # The limit has been found by then.
    assert set(past.ranges) == {5, 4}
    past.overloaded_above = math.inf
    await reporter.ask(weeks(2, 3), Taker())
    past.ranges = []
    await reporter.ask(weeks(2, 3), Taker())
    assert past.ranges == [7, 7]


async def test_time_outs_in_a_row(cloud: Cloud, reporter: Reporter) -> None:
    """Timeouts with answers in between do not count as consecutive."""
    past = Past()
    cloud.always(REPORTING, past)
    await reporter.ask(weeks(1, 3), Taker())
    with controlled_timeouts() as timeouts:
        cloud.hung = timeouts.hang
        for _ in range(3):
            cloud.script(REPORTING, Reply(hang=True))
            taker = Taker()
            await reporter.ask(weeks(1, 3), taker)
            assert {row.space_id for row in taker.rows} == set(ROOMS[:3])
        cloud.script(REPORTING, Reply(hang=True), Reply(hang=True))
        with pytest.raises(ButlrTimeoutError):
            await reporter.ask(weeks(1, 3), Taker())
