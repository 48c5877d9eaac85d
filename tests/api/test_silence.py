"""With any limit of the service and any missing data, all values are found in a bounded number of requests."""

from collections.abc import Callable
import contextlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
import math
from typing import Any, cast

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.butlr.api.answers import Row
from custom_components.butlr.api.buckets import BUCKETS, DAY, HOUR
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import ButlrOverloadedError, ButlrTimeoutError
from custom_components.butlr.api.findings import Findings
from custom_components.butlr.api.questions import Asset, Measurement, Question, rfc3339, traffic_question
from custom_components.butlr.api.reporting import Reporter
from custom_components.butlr.api.silence import AnsweredSizes, KnownData
from custom_components.butlr.api.values import read_time

# A Monday.
NOW = datetime(2026, 6, 22, tzinfo=UTC).timestamp()
ROOMS = tuple(f"room_{number}" for number in range(40))


@dataclass(frozen=True)
class Limit:
    """A limit of the service: above `most` it answers without rows or reports overload."""

    what: str
    most: float
    overloads: bool = False

    def allows(self, ids: int, seconds: float, every: str, rows: int) -> bool:
        """Return whether a request of this size is answered."""
        hours, minutes = seconds / HOUR, BUCKETS[every] / 60
        sizes = {
            "nothing": 0.0,
            "items": ids,
            "hours": hours,
            "item-hours": ids * hours,
            "item-hours by bucket": ids * hours / minutes,
            "buckets": ids * math.ceil(seconds / BUCKETS[every]),
            "rows": rows,
        }
        return sizes[self.what] <= self.most


# At least what is certain to be answered: four items for a day by the hour.
LIMITS = st.one_of(
    st.just(Limit("nothing", 0)),
    st.builds(Limit, st.just("items"), st.integers(4, 60), st.booleans()),
    st.builds(Limit, st.just("hours"), st.integers(24, 300), st.booleans()),
    st.builds(Limit, st.just("item-hours"), st.integers(100, 4000), st.booleans()),
    st.builds(Limit, st.just("item-hours by bucket"), st.integers(2, 70), st.booleans()),
    st.builds(Limit, st.just("buckets"), st.integers(100, 4000), st.booleans()),
    st.builds(Limit, st.just("rows"), st.integers(200, 4000), st.booleans()),
)

# Whether a room has data, by the hour since the epoch.
HABITS: dict[str, Callable[[float], bool]] = {
    "always": lambda hour: True,
    "never": lambda hour: False,
    "working days": lambda hour: (hour // 24 + 3) % 7 < 5,
    "weekends": lambda hour: (hour // 24 + 3) % 7 >= 5,
    "by day": lambda hour: 8 <= hour % 24 < 18,
    "once": lambda hour: hour == NOW // HOUR - 200,
    "lately": lambda hour: hour >= NOW // HOUR - 100,
    "formerly": lambda hour: hour < NOW // HOUR - 250,
    "last hour": lambda hour: hour == NOW // HOUR - 1,
}


@dataclass
class Service:
    """Stands in for the client of a service with a limit."""

    limit: Limit
    habits: dict[str, str]
    known_data: KnownData = field(init=False)
    findings: Findings = field(default_factory=Findings)
    time: float = NOW
    requests: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing known."""
        self.known_data = KnownData(self.now)
        for measurement in ("room_occupancy", "traffic"):
            self.findings.note(f"label.{measurement}", "start")

    def now(self) -> float:
        """Return the time."""
        return self.time

    def polling(self, **_: object) -> contextlib.AbstractContextManager[None]:
        """Hold back nothing."""
        return contextlib.nullcontext()

    def truth(self, ids: Any, start: float, stop: float, every: str, directions: Any = (None,)) -> list[Any]:
        """Return the rows of all buckets with data."""
        length, rows = BUCKETS[every], []
        for one in ids:
            knows = HABITS[self.habits.get(one, "never")]
            for number in range(int(start // length), math.ceil(stop / length)):
                begin, end = max(number * length, start), min((number + 1) * length, stop)
                if any(knows(hour) for hour in range(int(begin // HOUR), math.ceil(end / HOUR))):
                    rows += [(one, number * length, direction) for direction in directions]
        return rows

    async def report(self, body: dict[str, Any], **_: object) -> Any:
        """Answer a request."""
        self.requests += 1
        asked = body["filter"]
        (ids,) = (asked[kind]["eq"] for kind in ("rooms", "spaces") if kind in asked)
        start, stop = (read_time(asked[name]) or 0.0 for name in ("start", "stop"))
        directions = ("in", "out") if asked["measurements"] == ["traffic"] else (None,)
        rows = self.truth(ids, start, min(stop, self.time), body["window"]["every"], directions)
        if not self.limit.allows(len(ids), stop - start, body["window"]["every"], len(rows)):
            if self.limit.overloads:
                raise ButlrOverloadedError("too much")
            return []
        return [
            {"room_id": one, "time": rfc3339(timestamp), "value": 1, "field": direction}
            for one, timestamp, direction in rows
        ]


class Heard:
    """Collects what a reporter returns."""

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: list[Any] = []
        self.item_seconds = 0.0

    def __call__(self, rows: list[Row], part: Question) -> None:
        """Receive an answer."""
        self.rows += [(row.space_id, row.timestamp, row.direction) for row in rows]
        self.item_seconds += len(part.ids) * part.seconds


def question(
    ids: tuple[str, ...], days: float, every: str = "1h", *, before: float = 0, traffic: bool = False
) -> Question:
    """Return a question about some days."""
    return Question(
        measurement=Measurement.TRAFFIC if traffic else Measurement.ROOM_OCCUPANCY,
        asset=Asset.ROOMS,
        ids=ids,
        start=NOW - (before + days) * DAY,
        stop=NOW - before * DAY,
        every=every,
        function="sum" if traffic else "mean",
    )


def reporter(service: Service, *, background: bool = True) -> Reporter:
    """Return a reporter of a service."""
    return Reporter(cast(ButlrClient, service), background=background)


async def expect(service: Service, of: Reporter, asked: Question) -> int:
    """Ask, compare the rows with the truth, and return the number of requests."""
    before, heard = service.requests, Heard()
    await of.ask(asked, heard)
    directions = ("in", "out") if asked.measurement is Measurement.TRAFFIC else (None,)
    assert sorted(heard.rows) == sorted(service.truth(asked.ids, asked.start, asked.stop, asked.every, directions))
    assert heard.item_seconds == pytest.approx(len(asked.ids) * asked.seconds)
    return service.requests - before


async def expect_bounded(service: Service, of: Reporter, asked: Question) -> None:
    """Ask in not many more requests than there are parts that are certain to be answered."""
    parts = math.ceil(len(asked.ids) / 4) * math.ceil(asked.seconds / DAY)
    assert await expect(service, of, asked) <= 20 + 4 * parts


SPANS = st.tuples(st.integers(1, 21), st.integers(0, 14), st.sampled_from(["1h", "1h", "6h", "1d"]))


@settings(max_examples=300)
@given(
    limit=LIMITS,
    habits=st.lists(st.sampled_from(sorted(HABITS)), min_size=1, max_size=30),
    spans=st.lists(SPANS, min_size=1, max_size=4),
    traffic=st.booleans(),
)
@example(limit=Limit("item-hours", 160), habits=["always"] * 3, spans=[(3, 0, "1h")], traffic=False)
@example(
    limit=Limit("item-hours", 100),
    habits=["never", "once"] * 3,
    spans=[(14, 0, "1h"), (7, 7, "1h")],
    traffic=False,
)
@example(
    limit=Limit("rows", 200),
    habits=["never"] * 20 + ["always"] * 10,
    spans=[(21, 0, "1h"), (21, 0, "1h")],
    traffic=False,
)
@example(
    limit=Limit("buckets", 100),
    habits=["weekends"] * 10,
    spans=[(3, 0, "1d"), (9, 0, "1d"), (9, 0, "1h")],
    traffic=False,
)
async def test_all_is_heard(limit: Limit, habits: list[str], spans: list[tuple[int, int, str]], traffic: bool) -> None:
    """Several questions to one reporter, which learns, find all values."""
    service = Service(limit, dict(zip(ROOMS, habits, strict=False)))
    of = reporter(service)
    for days, before, every in spans:
        await expect_bounded(service, of, question(ROOMS[: len(habits)], days, every, before=before, traffic=traffic))


@pytest.mark.parametrize(
    ("limit", "first", "then"),
    [
        # A week is requested at once; requests by the day show whether as many rows are answered.
        (Limit("nothing", 0), 23, 17),
        (Limit("rows", 200), 23, 17),
        (Limit("hours", 48), 63, 57),
        # Five rooms and a day.
        (Limit("item-hours", 160), 399, 397),
    ],
)
async def test_silence_where_somebody_speaks(limit: Limit, first: int, then: int) -> None:
    """A request that must have rows is sent once per question; after that, empty answers of that size are believed."""
    service = Service(limit, {ROOMS[0]: "always"})
    of = reporter(service)
    await expect(service, of, question(ROOMS[:1], 1))
    counts = [await expect(service, of, question(ROOMS[1:22], 56)) for _ in range(3)]
    assert counts == [first, then, then]


async def test_silence_of_everybody() -> None:
    """Without any data, only empty answers of small parts are believed, since none is known to be answered."""
    service = Service(Limit("nothing", 0), {})
    of = reporter(service)
    assert await expect(service, of, question(ROOMS[:1], 56)) == 56 + 2
    assert await expect(service, of, question(ROOMS[:21], 56)) < 21 * 56 * 24 / 100 * 2


async def test_reporters_learn_from_each_other() -> None:
    """Data found by the polls tells what a question about the past must find."""
    service = Service(Limit("nothing", 0), {ROOMS[0]: "always"})
    await expect(service, reporter(service, background=False), live(ROOMS))
    assert await expect(service, reporter(service), question(ROOMS[1:2], 2)) == 2


def live(ids: tuple[str, ...]) -> Question:
    """Return a question about the last hour."""
    return question(ids, 1 / 24)


@pytest.mark.parametrize("most", [35, 10**6])
async def test_a_batch_that_is_asked_again_and_again(most: int) -> None:
    """While a batch has no data, one small part in turn is requested as well, so that new data is not missed."""
    service = Service(Limit("items", most), {})
    of = reporter(service, background=False)
    ids = tuple(f"room_{number}" for number in range(100))
    # A hundred, fifty, and thirty at a time.
    assert await expect(service, of, live(ids)) == 6
    assert [await expect(service, of, live(ids)) for _ in range(8)] == [2] * 8
    service.habits["room_70"] = "always"
    heard = Heard()
    for _ in range(4):
        await of.ask(live(ids), heard)
    assert {row[0] for row in heard.rows} == {"room_70"}
    assert await expect(service, of, live(ids)) == (4 if most == 35 else 1)


async def test_limits_that_come_and_go() -> None:
    """An answered size is not assumed for the next question."""
    service = Service(Limit("nothing", 0), dict.fromkeys(ROOMS[:20], "always"))
    of = reporter(service)
    assert await expect(service, of, question(ROOMS[:20], 4)) == 2
    service.limit = Limit("items", 10)
    await expect(service, of, question(ROOMS[:20], 4))
    service.limit = Limit("nothing", 0)
    for _ in range(10):
        last = await expect(service, of, question(ROOMS[:20], 4))
    assert last <= 2


async def test_rows_of_traffic() -> None:
    """There are two rows per bucket and room, so all rooms may be too much where half of them were empty."""
    habits = {room: "always" if number < 4 else "lately" for number, room in enumerate(ROOMS[:8])}
    service = Service(Limit("rows", 400), habits)
    await expect(service, reporter(service), question(ROOMS[:8], 8, traffic=True))


async def test_an_error_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """If neither the part nor a coarser request is answered, smaller parts are requested."""
    service = Service(Limit("rows", 150), {ROOMS[0]: "always", **dict.fromkeys(ROOMS[1:9], "lately")})
    report = service.report

    async def without_days(body: dict[str, Any], **how: object) -> Any:
        if body["window"]["every"] == "1d":
            service.requests += 1
            raise ButlrOverloadedError("too much")
        return await report(body, **how)

    monkeypatch.setattr(service, "report", without_days)
    of = reporter(service)
    await expect(service, of, question(ROOMS[:9], 8))


async def test_time_outs_of_controls() -> None:
    """A failed service is given up, whichever request was last."""
    service = Service(Limit("nothing", 0), {ROOMS[0]: "always"})
    of = reporter(service)
    await expect(service, of, question(ROOMS[:1], 1))

    async def gone(body: dict[str, Any], **_: object) -> Any:
        service.requests += 1
        if service.requests == 2:
            return []
        raise ButlrTimeoutError("no answer")

    service.report = gone  # type: ignore[method-assign]
    with pytest.raises(ButlrTimeoutError):
        await of.ask(question(ROOMS[1:2], 2), Heard())
    assert service.requests == 4


def test_finer_buckets_are_more() -> None:
    """Answered days prove nothing about hours, but answered hours do about days."""
    answered = AnsweredSizes()
    rows: list[Row] = []
    rows.extend(iter_rows("room_0"))
    answered.note(question(ROOMS[:10], 7, "6h"), rows)
    assert answered.covers(question(ROOMS[:10], 7, "1d"))
    assert not answered.covers(question(ROOMS[:10], 7, "1h"))
    assert not answered.covers(question(ROOMS[:11], 7, "1d"))
    assert not answered.covers(question(ROOMS[:10], 8, "1d"))
    # Another measurement may have another limit.
    assert not answered.covers(question(ROOMS[:10], 7, "6h", traffic=True))
    answered.refuse(question(ROOMS[:20], 7, "6h"))
    answered.refuse(question(ROOMS[:30], 7, "6h"))
    assert answered.refuses(question(ROOMS[:20], 7, "6h"))
    assert not answered.refuses(question(ROOMS[:19], 7, "6h"))
    answered.note(question(ROOMS[:25], 7, "1h"), rows)
    assert not answered.refuses(question(ROOMS[:20], 7, "6h"))
    assert answered.refuses(question(ROOMS[:30], 7, "6h"))


def iter_rows(room: str) -> list[Row]:
    """Return one row."""
    return [Row(room, NOW - DAY, 1.0)]


def test_zeros_that_stand_for_silence_tell_of_nobody() -> None:
    """A control must have real rows, not only added zeros."""
    known_data = KnownData(lambda: NOW)
    asked = traffic_question(Asset.ROOMS, ROOMS[:3], NOW - DAY / 2, NOW, "UTC")
    rows: list[Row] = []
    rows.extend([Row(ROOMS[0], NOW - DAY, 0.0, "in")])
    known_data.note(asked, rows)
    assert known_data.control(question(ROOMS[5:6], 2, traffic=True)) is None
    rows.extend([Row(ROOMS[1], NOW - DAY, 2.0, "in")])
    known_data.note(asked, rows)
    control = known_data.control(question(ROOMS[5:7], 2, before=9, traffic=True))
    assert control is not None
    assert control.ids == (ROOMS[5], ROOMS[1])
    assert (control.start, control.stop) == (NOW - 2 * DAY, NOW)


@pytest.mark.parametrize("zone", ["Europe/Copenhagen", "Asia/Kolkata", "America/Los_Angeles"])
@pytest.mark.parametrize("every", ["1h", "6h", "1d"])
def test_a_control_is_as_large(zone: str, every: str) -> None:
    """This holds across clock changes, and when the newest bucket has only started."""
    now = datetime(2026, 10, 25, 13, 20, tzinfo=UTC).timestamp()
    known_data = KnownData(lambda: now)
    rows: list[Row] = []
    rows.extend([Row(ROOMS[0], now - 7200, 1.0)])
    known_data.note(replace(question(ROOMS[:1], 1), start=now - 7200, stop=now), rows)
    for days in (1, 2, 7):
        part = replace(question(ROOMS[5:7], days, every), time_zone=zone)
        control = known_data.control(part)
        assert control is not None
        assert control.start <= now - 7200 < control.stop <= now
        assert control.seconds >= part.seconds
