"""What is requested from statistics v4, in which batches, and how both layouts of the answer are read."""

import asyncio
import contextlib
from typing import Any

import aiohttp
from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api import statistics
from custom_components.butlr.api.buckets import DAY
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import ButlrOverloadedError, ButlrTimeoutError
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.questions import TimeConstraints
from custom_components.butlr.api.statistics import (
    STATISTICS_PATH,
    Statistic,
    WeekdaysIgnoredError,
    fetch_statistics,
    read_statistics,
)
from tests.helpers.timeouts import controlled_timeouts
from tests.simulator import Simulator
from tests.simulator.timeline import Bucket, stretches

from . import estate_data as ids
from .cloud import Asked, Clock, Cloud, Reply, example
from .estate_data import Answers

START, STOP = 1782086400.0, 1782691200.0
HOURS = TimeConstraints(ranges=(("08:00", "12:00"),), without_weekdays=("saturday", "sunday"))


async def test_request(cloud: Cloud, client: ButlrClient) -> None:
    """Times are absolute, weekdays are spelled as found, and unknown spaces are not requested."""
    cloud.always(STATISTICS_PATH, Reply(body=example("stats-room")))
    client.findings.note("weekday_case", "capitalized")
    found = await fetch_statistics(
        client,
        Answers().build(),
        [ids.BOARDROOM, ids.FOCUS, "room_elsewhere"],
        [Statistic.AVERAGE, Statistic.MEDIAN],
        START,
        STOP,
        HOURS,
    )
    assert found == {
        ids.BOARDROOM: {Statistic.AVERAGE: 1.8437, Statistic.MEDIAN: 0},
        ids.FOCUS: {Statistic.AVERAGE: 0.4121, Statistic.MEDIAN: 0},
    }
    (asked,) = cloud.at(STATISTICS_PATH)
    assert asked.body == {
        "measurements": ["occupancy_avg_presence", "occupancy_median_presence"],
        "items": [ids.BOARDROOM, ids.FOCUS],
        "start": "2026-06-22T00:00:00Z",
        "stop": "2026-06-29T00:00:00Z",
        "filters": {
            "time_ranges": [{"start": "08:00", "stop": "12:00"}],
            "exclude_days_of_week": ["Saturday", "Sunday"],
        },
    }


async def test_nothing_to_ask(cloud: Cloud, client: ButlrClient) -> None:
    """Without a known space there is no request; without hours there are no filters."""
    estate = Answers().build()
    assert await fetch_statistics(client, estate, ["room_elsewhere"], list(Statistic), START, STOP) == {}
    cloud.always(STATISTICS_PATH, Reply(body={"data": {}}))
    assert await fetch_statistics(client, estate, [ids.FOCUS], list(Statistic), START, STOP, TimeConstraints()) == {}
    (asked,) = cloud.at(STATISTICS_PATH)
    assert "filters" not in asked.body
    assert len(asked.body["measurements"]) == 8


async def test_overload(cloud: Cloud, client: ButlrClient) -> None:
    """An overloaded service gets fewer spaces, down to one; a second consecutive timeout is final."""
    estate = Answers().build()
    sizes: list[int] = []

    def answer(asked: Asked) -> Reply:
        sizes.append(len(asked.body["items"]))
        if sizes[-1] > limit:
            return Reply(status=504)
        return Reply(body={"data": {item: {"occupancy_avg_presence": 1} for item in asked.body["items"]}})

    cloud.always(STATISTICS_PATH, answer)
    rooms = list(estate.rooms)
    assert len(rooms) == 5
    limit = 1
    found = await fetch_statistics(client, estate, rooms, [Statistic.AVERAGE], START, STOP)
    assert (set(found), sizes) == (set(rooms), [5, 2, 1, 1, 1, 1, 1])
    limit = 0
    with pytest.raises(ButlrOverloadedError):
        await fetch_statistics(client, estate, rooms, [Statistic.AVERAGE], START, STOP)


async def test_timeout(cloud: Cloud, client: ButlrClient) -> None:
    """One timeout may be caused by the size, two in a row are not."""
    estate = Answers().build()
    cloud.always(STATISTICS_PATH, Reply(body={"data": {}}))
    cloud.script(STATISTICS_PATH, Reply(hang=True))
    with controlled_timeouts() as timeouts:
        cloud.hung = timeouts.hang
        assert await fetch_statistics(client, estate, estate.rooms, [Statistic.AVERAGE], START, STOP) == {}
        assert [len(asked.body["items"]) for asked in cloud.at(STATISTICS_PATH)] == [5, 2, 2, 1]
        cloud.script(STATISTICS_PATH, Reply(hang=True), Reply(hang=True))
        with pytest.raises(ButlrTimeoutError):
            await fetch_statistics(client, estate, estate.rooms, [Statistic.AVERAGE], START, STOP)


async def test_silence(cloud: Cloud, client: ButlrClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty answer for many spaces does not mean no data; one for a certain number does."""
    monkeypatch.setattr(statistics, "SAFE_STATISTICS_BATCH", 2)
    estate = Answers().build()

    most = 0

    def answer(asked: Asked) -> Reply:
        items = asked.body["items"] if len(asked.body["items"]) <= most else []
        return Reply(body={"data": {item: {"occupancy_avg_presence": 1} for item in items}})

    cloud.always(STATISTICS_PATH, answer)
    for limit, heard, sizes in ((2, 5, [5, 2, 2, 1]), (0, 0, [5, 2, 2, 1]), (5, 5, [5])):
        most, begun = limit, len(cloud.at(STATISTICS_PATH))
        found = await fetch_statistics(client, estate, estate.rooms, [Statistic.AVERAGE], START, STOP)
        assert len(found) == heard
        assert [len(asked.body["items"]) for asked in cloud.at(STATISTICS_PATH)[begun:]] == sizes


WITHOUT_MONDAYS = TimeConstraints(without_weekdays=("monday",))


class Weekdays:
    """Answers one value per space, and another one for Mondays than for all days."""

    def __init__(self, heeds: str, *, whole: float = 2.0, empty: float | None = None, refuses: str = "") -> None:
        """Apply one spelling; `empty` stands for an average of nothing, `refuses` for a spelling that is an error."""
        self.heeds = heeds
        self.whole = whole
        self.empty = empty
        self.refuses = refuses
        self.asked: list[list[str]] = []

    def __call__(self, asked: Asked) -> Reply:
        """Answer one request."""
        days = asked.body.get("filters", {}).get("exclude_days_of_week", [])
        self.asked.append(days)
        if self.refuses and any(getattr(day, self.refuses)() == day for day in days):
            return Reply(status=400)
        heeded = [day for day in days if self.heeds and getattr(day, self.heeds)() == day]
        figure = self.empty if len(heeded) == 7 else self.whole + 1 if heeded and self.whole else self.whole
        figures = {} if figure is None else {"occupancy_avg_presence": figure}
        return Reply(body={"data": dict.fromkeys(asked.body["items"], figures)})


@pytest.mark.parametrize("empty", [None, 0.0])
@pytest.mark.parametrize(("heeds", "reading"), [("capitalize", "capitalized"), ("lower", "lower"), ("", "ignored")])
async def test_spelling_of_weekdays(
    cloud: Cloud, client: ButlrClient, heeds: str, reading: str, empty: float | None
) -> None:
    """The spelling is found once: excluding all days must leave nothing where there is data otherwise."""
    weekdays = Weekdays(heeds, empty=empty)
    cloud.always(STATISTICS_PATH, weekdays)
    estate = Answers().build()

    async def ask() -> list[float]:
        args = (client, estate, [ids.BOARDROOM, ids.FOCUS], [Statistic.AVERAGE], START, STOP, WITHOUT_MONDAYS)
        return [known[Statistic.AVERAGE] for known in (await fetch_statistics(*args)).values()]

    if reading == "ignored":
        with pytest.raises(WeekdaysIgnoredError):
            await asyncio.gather(ask(), ask())
    else:
        assert list(await asyncio.gather(ask(), ask())) == [[3.0, 3.0]] * 2
    assert client.findings.as_dict() == {"weekday_case": reading}
    # Nothing is requested twice, and no values that would include all days are requested.
    seven = [len(days) for days in weekdays.asked]
    assert seven == {"capitalized": [0, 7, 1, 1], "lower": [0, 7, 7, 1, 1], "ignored": [0, 7, 7]}[reading]
    weekdays.asked.clear()
    with contextlib.suppress(WeekdaysIgnoredError):
        await ask()
    assert weekdays.asked == {"capitalized": [["Monday"]], "lower": [["monday"]], "ignored": []}[reading]


@pytest.mark.parametrize(
    ("weekdays", "reading"),
    [
        # A spelling that is an error is not applied, but proves nothing about the other one.
        (Weekdays("lower", refuses="capitalize"), "lower"),
        (Weekdays("capitalize", refuses="lower"), "capitalized"),
        (Weekdays("", refuses="capitalize"), None),
        (Weekdays("", refuses="lower"), None),
    ],
)
async def test_weekdays_that_are_refused(
    cloud: Cloud, client: ButlrClient, weekdays: Weekdays, reading: str | None
) -> None:
    """An undetermined spelling is not stored, and no value that may include all days is returned."""
    cloud.always(STATISTICS_PATH, weekdays)
    asked = fetch_statistics(client, Answers().build(), [ids.FOCUS], [Statistic.AVERAGE], START, STOP, WITHOUT_MONDAYS)
    if reading:
        assert await asked == {ids.FOCUS: {Statistic.AVERAGE: 3.0}}
    else:
        with pytest.raises(WeekdaysIgnoredError):
            await asked
    assert client.findings.get("weekday_case") == reading


async def test_nothing_proves_nothing(cloud: Cloud, client: ButlrClient) -> None:
    """Without data, or if nobody was present, the spelling stays open."""
    estate = Answers().build()
    cloud.always(STATISTICS_PATH, Reply(body={"data": {}}))
    asked = (client, estate, [ids.FOCUS], [Statistic.AVERAGE], START, STOP, WITHOUT_MONDAYS)
    assert await fetch_statistics(*asked) == {}
    assert len(cloud.at(STATISTICS_PATH)) == 1
    cloud.always(STATISTICS_PATH, Weekdays("", whole=0.0))
    assert await fetch_statistics(*asked) == {ids.FOCUS: {Statistic.AVERAGE: 0.0}}
    assert client.findings.as_dict() == {}


BOTH = [Statistic.AVERAGE, Statistic.MEDIAN]


@pytest.mark.parametrize(
    ("figures", "asked", "known"),
    [
        ({"occupancy_avg_presence": 1, "mean": 2}, BOTH, {Statistic.AVERAGE: 1}),
        ({"mean": 2, "median": 3, "count": 9}, BOTH, {Statistic.AVERAGE: 2, Statistic.MEDIAN: 3}),
        # It could be either of two averages.
        ({"mean": 2}, [Statistic.AVERAGE, Statistic.AVERAGE_USED], {}),
        ({"occupancy_avg_presence": {"mean": 4, "median": 5}}, BOTH, {Statistic.AVERAGE: 4}),
        ({"occupancy_avg_presence": None, "occupancy_median_presence": "3"}, BOTH, {}),
        ({"occupancy_avg_traffic": 3}, BOTH, {}),
        ([], BOTH, {}),
        (None, BOTH, {}),
    ],
)
def test_layouts(figures: Any, asked: list[Statistic], known: dict[Statistic, float]) -> None:
    """Full names count first, else mean and median if they are unambiguous."""
    assert read_statistics({"a": figures}, ["a"], asked) == ({"a": known} if known else {})


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
KEYS = st.sampled_from(["a", "mean", "median", *Statistic])


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20))
def test_any_json(data: Any) -> None:
    """For any JSON, only numbers are read."""
    for figures in read_statistics(data, ["a", "b"], list(Statistic)).values():
        assert all(isinstance(number, float) for number in figures.values())


@pytest.mark.parametrize("shape", ["measurement", "both"])
@pytest.mark.parametrize("rooms", [250])
async def test_simulator(simulator: Simulator, session: aiohttp.ClientSession, clock: Clock, shape: str) -> None:
    """Spaces of several time zones are requested separately; averages match the simulator's records."""
    simulator.settings.stats_shape = shape
    client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url, clock=clock)
    estate = await fetch_estate(client)
    stop = simulator.now() / 1000 // DAY * DAY
    start = stop - 7 * DAY
    asked = [space_id for space_id in estate.spaces if space_id not in estate.buildings]
    found = await fetch_statistics(client, estate, asked, list(Statistic), start, stop)
    assert len({site.time_zone for site in estate.sites.values()}) > 1
    assert found
    for space_id, figures in found.items():
        if Statistic.AVERAGE not in figures:
            continue
        begin, end = round(start * 1000), round(stop * 1000)
        ((_, stretch),) = stretches(simulator.world.steps(space_id, begin, end), [Bucket(begin, begin, end)])
        assert figures[Statistic.AVERAGE] == pytest.approx(stretch.measure("mean"), abs=1e-5)
        assert figures[Statistic.AVERAGE_USED] >= figures[Statistic.AVERAGE]
    assert sum(Statistic.AVERAGE in figures for figures in found.values()) > 20
