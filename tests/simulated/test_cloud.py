"""What the simulated building answers about the past agrees with what its people did."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from json import dumps
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from custom_components.butlr.api.buckets import HOUR
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.heatmap import fetch_heatmap
from custom_components.butlr.api.history import (
    BucketRange,
    crossings_question,
    estimates_question,
    fetch_crossings,
    fetch_series,
    people_question,
    presence_time_question,
)
from custom_components.butlr.api.questions import Asset, TimeConstraints
from custom_components.butlr.api.reporting import Reporter
from custom_components.butlr.api.statistics import Statistic, fetch_statistics
from custom_components.butlr.api.transport import CompleteResponse
from custom_components.butlr.simulated.building import FAILING_ROOM, FLOORS, IDS, ROOMS, ZONES, doors_of, room_of
from custom_components.butlr.simulated.cloud import SimulatedCloud
from custom_components.butlr.simulated.day import OUTAGE, SimulatedDay, Visit

ZONE = "Europe/Berlin"


class Session:
    """Answers the client with a cloud, and no Home Assistant."""

    cloud = SimulatedCloud(lambda: ZONE)

    @asynccontextmanager
    async def post(self, url: str, *, json: dict[str, Any], **_: object) -> AsyncIterator[CompleteResponse]:
        """Answer a request; each text is its key."""
        answer = self.cloud.answer(URL(url).path, json, lambda key: "{name}" if key == "name" else key)
        yield CompleteResponse(dumps(answer).encode())


@pytest.fixture
def client(freezer: FrozenDateTimeFactory) -> ButlrClient:
    """Return a client in the evening of the last Monday of October 2026, the day after the clocks changed."""
    freezer.move_to("2026-10-26T20:30:00Z")
    return ButlrClient(Session(), "simulated", "simulated", "https://simulated.invalid")


def people_seconds(visits: Iterable[Visit], start: float, stop: float) -> float:
    """Return for how many seconds people were somewhere, all together."""
    return sum(max(min(one.end, stop) - max(one.start, start), 0) for one in visits)


def somebody_seconds(visits: Iterable[Visit], start: float, stop: float) -> float:
    """Return for how many seconds anybody was somewhere."""
    seconds, reached = 0.0, start
    for one in sorted(visits):
        seconds += max(min(one.end, stop) - max(one.start, reached), 0)
        reached = max(reached, one.end)
    return seconds


async def test_the_estate(client: ButlrClient) -> None:
    """All of it can be read, each space has its sensors, and every sensor is in use."""
    estate = await fetch_estate(client)
    assert not estate.unread
    assert estate.organization_id == "org_simulated"
    assert (len(estate.floors), len(estate.rooms), len(estate.zones), len(estate.hives)) == (2, 12, 2, 1)
    assert [building.name for building in estate.buildings.values()] == ["building"]
    assert [site.time_zone for site in estate.sites.values()] == [ZONE]
    for key, room in ROOMS.items():
        equipment = estate.equipment(IDS[key])
        assert bool(equipment.pirs) is equipment.presence is bool(room.counters)
        assert equipment.traffic is not equipment.presence
        assert len(estate.rooms[IDS[key]].outline) == 4
    assert all(estate.equipment(IDS[floor]).traffic for floor in FLOORS)
    assert all(len(estate.equipment(IDS[zone]).sensors) == 1 for zone in ZONES)
    offline = [sensor.room_id for sensor in estate.sensors.values() if not sensor.online]
    # At half past nine in the evening.
    assert offline == []


async def test_people_of_two_days(client: ButlrClient) -> None:
    """Means, maxima and presence times of each hour, over a day of 25 hours and the next."""
    reporter = Reporter(client)
    days = [SimulatedDay(date(2026, 10, one), ZONE) for one in (25, 26)]
    hours = BucketRange(days[0].start, days[1].start + 20 * HOUR, ZONE)
    visits = [visit for day in days for visit in day.visits]
    outages = [Visit(start, start + OUTAGE, "", 0) for day in days for start in day.outages]
    for asset, keys in ((Asset.ROOMS, ("cafe", "open_office", FAILING_ROOM)), (Asset.ZONES, tuple(ZONES))):
        ids = [IDS[key] for key in keys]
        means = await fetch_series(reporter, people_question(asset, ids, hours))
        most = await fetch_series(reporter, people_question(asset, ids, hours, "max"))
        used = await fetch_series(reporter, presence_time_question(asset, ids, hours))
        for key in keys:
            there = [one for one in visits if key in (one.place, room_of(one.place).key)]
            assert [*means[IDS[key]]] == [hours.start + hour * HOUR for hour in range(45)]
            for start, mean in means[IDS[key]].items():
                offline = people_seconds(outages, start, start + HOUR) if key == FAILING_ROOM else 0
                if offline:
                    assert mean is None
                    continue
                assert mean == pytest.approx(people_seconds(there, start, start + HOUR) / HOUR)
                assert used[IDS[key]][start] == pytest.approx(somebody_seconds(there, start, start + HOUR))
                moments = [start, *(one.start for one in there if start < one.start < start + HOUR)]
                assert most[IDS[key]][start] == max(
                    sum(1 for one in there if one.start <= moment < one.end) for moment in moments
                )
    whole = await fetch_series(reporter, people_question(Asset.ROOMS, [IDS["cafe"]], replace(hours, every="1d")))
    assert list(whole[IDS["cafe"]]) == [day.start for day in days]
    floors = await fetch_series(reporter, people_question(Asset.FLOORS, [IDS["ground_floor"]], hours))
    counted = [one for one in visits if (room := room_of(one.place)).counters and room.floor == 0]
    for start, mean in floors[IDS["ground_floor"]].items():
        assert mean == pytest.approx(people_seconds(counted, start, start + HOUR) / HOUR)


async def test_crossings_and_estimates(client: ButlrClient) -> None:
    """Entries and exits of each hour are those that the doors noticed, and the estimate is their difference."""
    reporter, estate = Reporter(client), await fetch_estate(client)
    day = SimulatedDay(date(2026, 10, 26), ZONE)
    hours = BucketRange(day.start, day.start + 20 * HOUR, ZONE)
    for asset, key in ((Asset.ROOMS, "workshop"), (Asset.FLOORS, "upper_floor"), (Asset.FLOORS, "ground_floor")):
        ids = [IDS[key]]
        counted = (await fetch_crossings(reporter, crossings_question(asset, ids, hours), estate.counts_crossings))[
            IDS[key]
        ]
        estimated = (await fetch_series(reporter, estimates_question(asset, ids, hours, "last"))).get(IDS[key], {})
        inside = 0
        for start, both in counted.items():
            noticed = [one for one in day.crossings if one[1] in doors_of(key) and start <= one[0] < start + HOUR]
            entered = sum(entered for _, _, entered in noticed)
            assert both == (entered, len(noticed) - entered)
            inside += 2 * entered - len(noticed)
            if start in estimated:
                assert estimated[start] == max(inside, 0)
        assert sum(both[0] for both in counted.values() if both) > 5
        assert len(estimated) > 5
    # As recordings of Butlr show it.
    assert client.findings.get("label.traffic") == "end"


async def test_statistics(client: ButlrClient) -> None:
    """Averages of the office hours of weekdays, with the days and hours that were chosen."""
    estate = await fetch_estate(client)
    friday, saturday = (SimulatedDay(date(2026, 10, one), ZONE) for one in (23, 24))
    office = TimeConstraints(ranges=(("08:00", "18:00"),), without_weekdays=("saturday", "sunday"))
    values = await fetch_statistics(
        client, estate, [IDS["cafe"]], [Statistic.AVERAGE], friday.start, saturday.end, office
    )
    start = friday.start + 8 * HOUR
    there = [one for one in friday.visits if one.place == "cafe"]
    expected = people_seconds(there, start, start + 10 * HOUR) / (10 * HOUR)
    assert values[IDS["cafe"]][Statistic.AVERAGE] == pytest.approx(expected)
    used = await fetch_statistics(
        client, estate, [IDS["cafe"]], [Statistic.AVERAGE_USED, Statistic.MEDIAN], friday.start, friday.end
    )
    assert used[IDS["cafe"]][Statistic.AVERAGE_USED] == pytest.approx(
        people_seconds(there, friday.start, friday.end) / somebody_seconds(there, friday.start, friday.end)
    )
    assert used[IDS["cafe"]][Statistic.MEDIAN] in (0, 1)


async def test_heatmaps_are_empty(client: ButlrClient) -> None:
    """Where exactly people were is not simulated, and nothing is invented."""
    assert await fetch_heatmap(client, IDS["upper_floor"], client.now() - HOUR, client.now()) == []
