"""Statistics v4: what is asked, in which batches, and how both layouts of the answer are read."""

from typing import Any

import aiohttp
from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.buckets import DAY
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import ButlrOverloadedError, ButlrTimeoutError
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.questions import Hours
from custom_components.butlr.api.statistics import (
    STATISTICS_PATH,
    Statistic,
    fetch_statistics,
    read_statistics,
)
from tests.simulator import Simulator
from tests.simulator.timeline import Bucket, stretches

from . import estate_data as ids
from .cloud import Asked, Clock, Cloud, Reply, example
from .estate_data import Answers

START, STOP = 1782086400.0, 1782691200.0
HOURS = Hours(ranges=(("08:00", "12:00"),), without_weekdays=("saturday", "sunday"))


async def test_request(cloud: Cloud, client: ButlrClient) -> None:
    """Times are absolute, days of the week are capitalised, unknown spaces are not asked about."""
    cloud.always(STATISTICS_PATH, Reply(body=example("stats-room")))
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
    """No known space, no request; no hours, no filters."""
    estate = Answers().build()
    assert await fetch_statistics(client, estate, ["room_elsewhere"], list(Statistic), START, STOP) == {}
    cloud.always(STATISTICS_PATH, Reply(body={"data": {}}))
    assert await fetch_statistics(client, estate, [ids.FOCUS], list(Statistic), START, STOP, Hours()) == {}
    (asked,) = cloud.at(STATISTICS_PATH)
    assert "filters" not in asked.body
    assert len(asked.body["measurements"]) == 8


async def test_overload(cloud: Cloud, client: ButlrClient) -> None:
    """An overloaded service is asked about fewer spaces, down to one; a second time-out in a row is the end."""
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


async def test_timeout(cloud: Cloud, client: ButlrClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """One time-out may be a question of size, two in a row are not."""
    await client.auth.token()
    monkeypatch.setattr("custom_components.butlr.api.client.TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    estate = Answers().build()
    cloud.always(STATISTICS_PATH, Reply(body={"data": {}}))
    cloud.script(STATISTICS_PATH, Reply(hang=True))
    assert await fetch_statistics(client, estate, estate.rooms, [Statistic.AVERAGE], START, STOP) == {}
    assert [len(asked.body["items"]) for asked in cloud.at(STATISTICS_PATH)] == [5, 2, 2, 1]
    cloud.script(STATISTICS_PATH, Reply(hang=True), Reply(hang=True))
    with pytest.raises(ButlrTimeoutError):
        await fetch_statistics(client, estate, estate.rooms, [Statistic.AVERAGE], START, STOP)


BOTH = [Statistic.AVERAGE, Statistic.MEDIAN]


@pytest.mark.parametrize(
    ("figures", "asked", "known"),
    [
        ({"occupancy_avg_presence": 1, "mean": 2}, BOTH, {Statistic.AVERAGE: 1}),
        ({"mean": 2, "median": 3, "count": 9}, BOTH, {Statistic.AVERAGE: 2, Statistic.MEDIAN: 3}),
        # Which of two averages it is, nobody can tell.
        ({"mean": 2}, [Statistic.AVERAGE, Statistic.AVERAGE_USED], {}),
        ({"occupancy_avg_presence": {"mean": 4, "median": 5}}, BOTH, {Statistic.AVERAGE: 4}),
        ({"occupancy_avg_presence": None, "occupancy_median_presence": "3"}, BOTH, {}),
        ({"occupancy_avg_traffic": 3}, BOTH, {}),
        ([], BOTH, {}),
        (None, BOTH, {}),
    ],
)
def test_layouts(figures: Any, asked: list[Statistic], known: dict[Statistic, float]) -> None:
    """Full names first, else mean and median where they can mean one thing only."""
    assert read_statistics({"a": figures}, ["a"], asked) == ({"a": known} if known else {})


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
KEYS = st.sampled_from(["a", "mean", "median", *Statistic])


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20))
def test_any_json(data: Any) -> None:
    """Whatever comes, only numbers are read."""
    for figures in read_statistics(data, ["a", "b"], list(Statistic)).values():
        assert all(isinstance(number, float) for number in figures.values())


@pytest.mark.parametrize("shape", ["measurement", "both"])
@pytest.mark.parametrize("rooms", [250])
async def test_simulator(simulator: Simulator, session: aiohttp.ClientSession, clock: Clock, shape: str) -> None:
    """Spaces of several time zones, in requests of one each; averages are those of the simulator's records."""
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
