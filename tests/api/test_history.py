"""Questions about the past, with answers compared hour by hour to what the simulated cloud knows to be true."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from custom_components.butlr.api import budget as budget_module
from custom_components.butlr.api.answers import Row
from custom_components.butlr.api.buckets import DAY, HOUR
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import ButlrOverloadedError, ButlrTimeoutError
from custom_components.butlr.api.estate import Estate
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.history import (
    BucketRange,
    crossings_question,
    estimates_question,
    fetch_crossings,
    fetch_series,
    people_question,
    presence_time_question,
)
from custom_components.butlr.api.questions import Asset, Measurement, Question, TimeConstraints, presence_question
from custom_components.butlr.api.reporting import Reporter
from tests.helpers.timeouts import controlled_timeouts
from tests.simulator import Simulator
from tests.simulator.timeline import Bucket, stretches

from .cloud import Clock

COPENHAGEN = "Europe/Copenhagen"


@pytest.fixture
def rooms() -> int:
    """Return the size of the estate."""
    return 40


@pytest.fixture
async def client(
    simulator: Simulator, session: aiohttp.ClientSession, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> ButlrClient:
    """Return a client of the simulated cloud; waiting for the budget takes no time."""
    client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url, clock=clock)

    async def sleep(seconds: float) -> None:
        clock.now += seconds

    monkeypatch.setattr(budget_module, "asyncio", SimpleNamespace(sleep=sleep))
    return client


@pytest.fixture
async def estate(client: ButlrClient) -> Estate:
    """Return the estate as the client reads it."""
    return await fetch_estate(client)


def sensed(estate: Estate) -> list[str]:
    """Return the rooms with presence sensors."""
    return [room_id for room_id in estate.rooms if estate.equipment(room_id).presence]


def last_days(simulator: Simulator, days: int) -> tuple[float, float]:
    """Return the range of the last full days in UTC."""
    stop = simulator.now() / 1000 // DAY * DAY
    return stop - days * DAY, stop


def truth(simulator: Simulator, space_id: str, timestamp: float, function: str, length: float = HOUR) -> float | None:
    """Return the truth about a space during an hour, from the simulator's records."""
    start, stop = round(timestamp * 1000), round((timestamp + length) * 1000)
    ((_, stretch),) = stretches(simulator.world.steps(space_id, start, stop), [Bucket(start, start, stop)])
    return stretch.measure(function)


def asked(simulator: Simulator) -> list[tuple[str, int]]:
    """Return the measurement and the number of ids of each reporting request."""
    return [(record.kind, record.ids) for record in simulator.requests if record.path.endswith("/reporting")]


@pytest.mark.parametrize("label", ["start", "end"])
@pytest.mark.parametrize("function", ["mean", "min", "max", "median", "last", "first"])
async def test_people_by_hour(
    simulator: Simulator, client: ButlrClient, estate: Estate, function: str, label: str
) -> None:
    """Ten days of all rooms by the hour, with any function and either label of rows."""
    simulator.settings.update({"dead_rows": "none", "presence_label": label})
    start, stop = last_days(simulator, 10)
    question = people_question(Asset.ROOMS, sensed(estate), BucketRange(start, stop, "UTC"), function)
    reporter = Reporter(client, background=True)
    figures = await fetch_series(reporter, question)
    expected = {
        room_id: {
            start + hour * HOUR: figure
            for hour in range(240)
            if (figure := truth(simulator, room_id, start + hour * HOUR, function)) is not None
        }
        for room_id in sensed(estate)
    }
    assert figures == {room_id: pytest.approx(known) for room_id, known in expected.items() if known}
    assert any(figure and figure > 1 for known in figures.values() for figure in known.values())
    # Two days, then four, then a week at once, for as many rooms as fit into an answer.
    assert [ids for _, ids in asked(simulator)] == [32, 32, 32]
    begun = len(simulator.requests)
    await fetch_series(reporter, question)
    assert [record.ids for record in simulator.requests[begun:]] == [21, 11, 32]


@pytest.mark.parametrize(
    ("counts", "limit"),
    [("rows", 160.0), ("rows", 40.0), ("rows", 4.0), ("hours", 100.0), ("hours", 160.0), ("hours", 700.0)],
)
@pytest.mark.parametrize("overload", [False, True])
async def test_limits_of_the_service(
    simulator: Simulator, client: ButlrClient, estate: Estate, counts: str, limit: float, overload: bool
) -> None:
    """Whatever the service's limit is, and however it shows, the answer is the same."""
    start, stop = last_days(simulator, 10)
    question = people_question(Asset.ROOMS, sensed(estate), BucketRange(start, stop, COPENHAGEN))
    whole = await fetch_series(Reporter(client), question)
    begun = len(simulator.requests)
    simulator.settings.update({"overload_limit" if overload else "processing_limit": limit, "limit_counts": counts})
    reporter = Reporter(client, background=True)
    assert await fetch_series(reporter, question) == whole
    first = len(simulator.requests) - begun
    begun = len(simulator.requests)
    assert await fetch_series(reporter, question) == whole
    # What was found out is not found out again.
    assert len(simulator.requests) - begun <= first
    # At most twice the minimum; each empty answer is checked against an id with data.
    if counts == "hours":
        assert first < 24 + 2 * len(sensed(estate)) * 10 * 24 / min(limit, 160.0)


async def test_silence_is_believed(simulator: Simulator, client: ButlrClient, estate: Estate) -> None:
    """Rooms without data cost a few more requests and are left out."""
    silent = [room_id for room_id in estate.rooms if room_id not in sensed(estate)] * 20
    start, stop = last_days(simulator, 60)
    # This is what the polls request.
    await Reporter(client).ask(presence_question(Asset.ROOMS, sensed(estate), simulator.now() / 1000), lambda *_: None)
    begun = len(simulator.requests)
    question = people_question(Asset.ROOMS, silent[:21], BucketRange(start, stop, "UTC"))
    parts: list[Question] = []
    await Reporter(client).ask(question, lambda rows, part: parts.append(part))
    assert sum(part.seconds * len(part.ids) for part in parts) == 60 * DAY * 21
    assert len(simulator.requests) - begun < 30


async def test_days_that_are_no_days(simulator: Simulator, client: ButlrClient, estate: Estate) -> None:
    """Days of 23 and 25 hours are read completely."""
    zone = ZoneInfo(COPENHAGEN)
    rooms = [room_id for room_id in sensed(estate) if str(simulator.world.timezone(room_id)) == COPENHAGEN][:3]
    for day, hours in ((datetime(2026, 3, 29, tzinfo=zone), 23), (datetime(2026, 10, 25, tzinfo=zone), 25)):
        begin = day.timestamp()
        start, stop = begin - 2 * DAY, begin + 3 * DAY
        daily = await fetch_series(
            Reporter(client), people_question(Asset.ROOMS, rooms, BucketRange(start, stop, COPENHAGEN, "1d"), "max")
        )
        hourly = await fetch_series(
            Reporter(client), people_question(Asset.ROOMS, rooms, BucketRange(start, stop, COPENHAGEN), "max")
        )
        for room_id in rooms:
            within = [hourly[room_id][begin + hour * HOUR] or 0 for hour in range(hours)]
            assert daily[room_id][begin] == max(within)
            assert begin + hours * HOUR in daily[room_id]


async def test_minutes(simulator: Simulator, client: ButlrClient, estate: Estate) -> None:
    """Minutes are read for a day at most, a few rooms at a time; a day of 25 hours in two parts."""
    zone = ZoneInfo(COPENHAGEN)
    begin = datetime(2026, 10, 25, tzinfo=zone).timestamp()
    question = people_question(
        Asset.ROOMS, sensed(estate)[:4], BucketRange(begin, begin + 25 * HOUR, COPENHAGEN, "1m"), "median"
    )
    parts: list[Question] = []
    rows: list[Row] = []

    def take(found: list[Row], part: Question) -> None:
        parts.append(part)
        rows.extend(found)

    await Reporter(client).ask(question, take)
    assert max(part.seconds for part in parts) <= DAY
    assert len({(row.space_id, row.timestamp) for row in rows}) == len(rows) == 4 * 25 * 60
    for row in rows[::97]:
        assert row.value == truth(simulator, row.space_id, row.timestamp, "median", 60)


async def test_crossings_by_hour(simulator: Simulator, client: ButlrClient, estate: Estate) -> None:
    """Crossings of rooms are those of all doors, of floors those of entrances; test sensors do not count."""
    start, stop = last_days(simulator, 10)
    for asset, spaces in ((Asset.ROOMS, estate.rooms), (Asset.FLOORS, estate.floors)):
        ids = [space_id for space_id in spaces if estate.equipment(space_id).traffic]
        question = crossings_question(asset, ids, BucketRange(start, stop, "UTC"))
        found = await fetch_crossings(Reporter(client), question, estate.counts_crossings)
        for space_id in ids:
            doors = [simulator.estate.sensors[sensor.id] for sensor in estate.equipment(space_id).doors]
            expected: dict[float, list[int]] = {}
            for door in doors:
                for timestamp, direction in simulator.world.crossings(door, round(start * 1000), round(stop * 1000)):
                    hour = timestamp / 1000 // HOUR * HOUR
                    expected.setdefault(hour, [0, 0])[direction < 0] += 1
            busy = {timestamp: both for timestamp, both in found.get(space_id, {}).items() if both and any(both)}
            assert busy == {timestamp: (entries, exits) for timestamp, (entries, exits) in expected.items()}
        assert any(found.values())


async def test_estimates_by_hour(simulator: Simulator, client: ButlrClient, estate: Estate) -> None:
    """Estimates are calibrated and never negative."""
    start, stop = last_days(simulator, 3)
    ids = [room_id for room_id in estate.rooms if estate.equipment(room_id).traffic]
    figures = await fetch_series(
        Reporter(client), estimates_question(Asset.ROOMS, ids, BucketRange(start, stop, "UTC"), "max")
    )
    for room_id, known in figures.items():
        for timestamp, value in known.items():
            span = (round(timestamp * 1000), round(timestamp * 1000 + HOUR * 1000))
            steps = simulator.world.estimate_steps(room_id, *span, calibrated=True, zone=UTC)
            ((_, stretch),) = stretches(steps, [Bucket(span[0], *span)])
            assert value is not None
            assert value == stretch.measure("max")
            assert value >= 0
    assert figures


@pytest.mark.parametrize("asset", [Asset.ROOMS, Asset.ZONES, Asset.FLOORS])
async def test_presence_time(simulator: Simulator, client: ButlrClient, estate: Estate, asset: Asset) -> None:
    """Presence times by the hour are right."""
    spaces = {Asset.ROOMS: estate.rooms, Asset.ZONES: estate.zones, Asset.FLOORS: estate.floors}[asset]
    ids = [space_id for space_id in spaces if estate.equipment(space_id).presence]
    start, stop = last_days(simulator, 2)
    figures = await fetch_series(Reporter(client), presence_time_question(asset, ids, BucketRange(start, stop, "UTC")))
    assert figures
    for space_id, known in figures.items():
        for timestamp, value in known.items():
            begin = round(timestamp * 1000)
            steps = simulator.world.steps(space_id, begin, begin + 3_600_000)
            ((_, stretch),) = stretches(steps, [Bucket(begin, begin, begin + 3_600_000)])
            assert value == stretch.occupied()


async def test_tags(simulator: Simulator, client: ButlrClient, estate: Estate) -> None:
    """A tag counts the people of all of its rooms and zones; requested as rooms, each has its own."""
    simulator.settings.dead_rows = "none"
    start, stop = last_days(simulator, 2)
    totals = await fetch_series(
        Reporter(client), people_question(Asset.TAGS, list(estate.tags), BucketRange(start, stop, "UTC"), "max")
    )
    assert totals
    assert set(totals) <= set(estate.tags)
    about_rooms = Question(
        measurement=Measurement.ROOM_OCCUPANCY,
        asset=Asset.TAGS,
        ids=tuple(estate.tags),
        start=start,
        stop=stop,
        every="1h",
        function="max",
    )
    rows: list[Row] = []
    await Reporter(client).ask(about_rooms, lambda found, part: rows.extend(found))
    parts = {(row.space_id, row.part) for row in rows}
    assert parts == {
        (tag.id, room_id)
        for tag in estate.tags.values()
        for room_id in tag.space_ids
        if room_id in estate.rooms and estate.equipment(room_id).presence
    }
    for row in rows[::13]:
        assert row.part is not None
        assert row.value == truth(simulator, row.part, row.timestamp, "max")


@pytest.mark.parametrize("label", ["start", "end"])
async def test_hours_of_work(simulator: Simulator, client: ButlrClient, estate: Estate, label: str) -> None:
    """Only the requested hours and days have values, in local time.

    Such an answer has neither the first nor the last hour of its range and does not reveal the label of its rows.
    """
    simulator.settings.presence_label = label
    start, stop = last_days(simulator, 7)
    hours = TimeConstraints(ranges=(("09:00", "17:00"),), without_weekdays=("saturday", "sunday"))
    question = people_question(Asset.ROOMS, sensed(estate)[:2], BucketRange(start, stop, COPENHAGEN, hours=hours))
    figures = await fetch_series(Reporter(client), question)
    for known in figures.values():
        times = [datetime.fromtimestamp(timestamp, ZoneInfo(COPENHAGEN)) for timestamp in known]
        assert {time.hour for time in times} == set(range(9, 17))
        assert {time.weekday() for time in times} <= set(range(5))


async def test_a_range_that_begins_anywhere(simulator: Simulator, client: ButlrClient, estate: Estate) -> None:
    """The first bucket is requested from its start, so that it is complete."""
    start, stop = last_days(simulator, 1)
    question = people_question(Asset.ROOMS, sensed(estate)[:2], BucketRange(start + 1234, stop, "UTC"))
    assert question.start == start
    assert crossings_question(Asset.ROOMS, [], BucketRange(start + 1234, stop, "UTC", "1d")).start == start


async def test_a_cloud_that_is_gone(simulator: Simulator, client: ButlrClient, estate: Estate) -> None:
    """After timeouts, smaller requests are sent, but not endlessly."""
    start, stop = last_days(simulator, 10)
    question = people_question(Asset.ROOMS, sensed(estate), BucketRange(start, stop, "UTC"))
    whole = await fetch_series(Reporter(client), question)
    with controlled_timeouts() as timeouts:
        simulator.hung = timeouts.hang
        simulator.faults.set("reporting", "hang", seconds=0.05, count=1)
        assert await fetch_series(Reporter(client), question) == whole
        simulator.faults.set("reporting", "hang", seconds=0.05)
        begun = len(simulator.requests)
        with pytest.raises(ButlrTimeoutError):
            await fetch_series(Reporter(client), question)
        assert len(simulator.requests) - begun == 2
    simulator.faults.set("reporting", "504")
    with pytest.raises(ButlrOverloadedError):
        await fetch_series(Reporter(client), question)
    assert len(simulator.requests) - begun < 20
    await asyncio.sleep(1)  # until the simulator has finished the hanging requests
