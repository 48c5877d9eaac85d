"""How a place was used: the figures that the actions give for the same hours, and what is usual."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest

from custom_components.butlr.assist.facts import NotToldError
from custom_components.butlr.assist.places import Places
from custom_components.butlr.assist.use import Period, Range, use_of
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.history.statistics import CountRow, RecorderFailedError, RecorderStatistics
from tests.helpers.registries import target_of
from tests.helpers.reports import COPENHAGEN
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of

# A Wednesday, at noon; the day before.
NOW = datetime(2026, 11, 25, 11, tzinfo=UTC)
YESTERDAY = datetime(2026, 11, 24, tzinfo=COPENHAGEN)

type Use = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def use(unlimited_requests: None, house: Scene) -> Use:
    """Return a function that asks how a place was used in a period."""

    async def use(name: str, period: Period) -> dict[str, Any]:
        place = (await Places.load(house.hass, assistant=None)).find(name).place
        assert place
        now = house.data.client.now()
        return await use_of(place, Range.of(period, now, COPENHAGEN), now)

    return use


async def values(house: Scene, space_id: str, start: datetime, hours: int, function: str = "mean") -> dict[str, float]:
    """Return what the action answers for hours: people by the local time of each hour."""
    response: Any = await house.hass.services.async_call(
        DOMAIN,
        "get_occupancy",
        {"start_time": start, "end_time": start + timedelta(hours=hours), "function": function}
        | target_of(house.hass, house.entry, space_id),
        blocking=True,
        return_response=True,
    )
    (answer,) = response["spaces"]
    return {row["start"]: row["people"] for row in answer["values"]}


async def test_a_room_yesterday(house: Scene, use: Use) -> None:
    """The average, the busiest hour and the most people are those of the action; usual is the mean of four weeks."""
    boardroom = house.room("Boardroom")
    told = await use("Boardroom", Period.YESTERDAY)
    means = await values(house, boardroom, YESTERDAY, 24)
    assert told["average_people"] == round(fmean(means.values()), 1)
    assert told["busiest_hour"]["average_people"] == round(max(means.values()), 1)
    assert means[told["busiest_hour"]["start"]] == max(means.values())
    highest = await values(house, boardroom, YESTERDAY, 24, "max")
    assert told["most_people"] == max(highest.values()) == highest[told["most_people_in_interval_from"]]
    weeks = [await values(house, boardroom, YESTERDAY - timedelta(weeks=week), 24) for week in range(1, 5)]
    usual = fmean(fmean(week.values()) for week in weeks)
    assert told["usual_average_people"] == round(usual, 1)
    assert told["change_percent"] == round(100 * (fmean(means.values()) - usual) / usual)
    assert told["weeks_compared"] == 4
    if abs(fmean(means.values()) - usual) <= 0.15 * usual:
        assert told["compared_with_usual"] == "as usual"
    else:
        trend = "busier" if told["change_percent"] > 0 else "quieter"
        assert told["compared_with_usual"] == f"{trend} than usual"


@pytest.mark.recorder(NOW)
async def test_what_the_recorder_knows_is_usual(house: Scene, use: Use) -> None:
    """The recorder's hours of the weeks before are usual, without a question to Butlr; if it fails, Butlr is asked."""
    boardroom = house.room("Boardroom")
    asked_butlr = (await use("Boardroom", Period.YESTERDAY))["usual_average_people"]
    entity_id = entity_of(house.hass, boardroom, "people")
    assert entity_id
    recorder = RecorderStatistics(house.hass)
    await recorder.wait_until_ready()
    hours = [
        int((YESTERDAY - timedelta(weeks=week)).timestamp()) + hour * 3600 for week in (1, 2) for hour in range(24)
    ]
    await recorder.add_counts(entity_id, [CountRow(hour, 10, 9, 11) for hour in sorted(hours)])
    told = await use("Boardroom", Period.YESTERDAY)
    assert (told["usual_average_people"], told["weeks_compared"]) == (10, 2)
    assert told["compared_with_usual"] == "quieter than usual"
    assert "hours_compared" not in told
    with patch.object(RecorderStatistics, "means", side_effect=RecorderFailedError("locked")):
        assert (await use("Boardroom", Period.YESTERDAY))["usual_average_people"] == asked_butlr


@pytest.mark.recorder(NOW)
async def test_a_part_of_the_hours_is_compared(house: Scene, use: Use) -> None:
    """How many hours are compared is told, if not all are."""
    entity_id = entity_of(house.hass, house.room("Boardroom"), "people")
    assert entity_id
    recorder = RecorderStatistics(house.hass)
    await recorder.wait_until_ready()
    hour = int((YESTERDAY - timedelta(weeks=1)).timestamp()) + 3 * 3600
    await recorder.add_counts(entity_id, [CountRow(hour, 10, 9, 11)])
    told = await use("Boardroom", Period.YESTERDAY)
    assert (told["usual_average_people"], told["hours_compared"], told["weeks_compared"]) == (10, 1, 1)


def test_days_of_a_clock_change() -> None:
    """Days of 23 and 25 hours are whole days."""
    first, last = (datetime(2026, 10, day, tzinfo=COPENHAGEN).timestamp() for day in (20, 30))
    days = Range(first, last, COPENHAGEN)
    assert (days.whole_intervals(last), days.whole_intervals(last - 1)) == (10, 9)
    sunday = datetime(2026, 10, 25, tzinfo=COPENHAGEN).timestamp()
    assert days.end_of(sunday) == sunday + 25 * 3600
    spring, end = (datetime(2027, 3, day, tzinfo=COPENHAGEN).timestamp() for day in (20, 30))
    assert Range(spring, end, COPENHAGEN).whole_intervals(end) == 10


async def test_a_building_is_the_sum_of_its_floors(house: Scene, use: Use) -> None:
    """Hours count in which every floor is known; peaks of floors are not added."""
    told = await use("Pier House", Period.TODAY)
    today = YESTERDAY + timedelta(days=1)
    floors = [await values(house, floor, today, 12) for floor in house.simulator.estate.floors]
    together = [sum(floor[hour] for floor in floors) for hour in floors[0] if all(hour in floor for floor in floors)]
    assert told["average_people"] == round(fmean(together), 1)
    assert told["busiest_hour"]["average_people"] == round(max(together), 1)
    assert "most_people" not in told


async def test_a_door(house: Scene, use: Use, hass: HomeAssistant) -> None:
    """A space with doors tells entries and exits."""
    told = await use("Harbour Café", Period.YESTERDAY)
    response: Any = await hass.services.async_call(
        DOMAIN,
        "get_traffic",
        {"start_time": YESTERDAY, "end_time": YESTERDAY + timedelta(days=1)}
        | target_of(hass, house.entry, house.room("Harbour Café")),
        blocking=True,
        return_response=True,
    )
    (answer,) = response["spaces"]
    assert (told["entries"], told["exits"]) == (answer["entries"], answer["exits"])
    assert told["entries"] > 0


async def test_a_long_range_by_days(house: Scene, use: Use) -> None:
    """A month has days instead of hours, and compares days of the week."""
    told = await use("quiet", Period.LAST_30_DAYS)
    assert "busiest_day" in told
    assert "busiest_hour" not in told
    assert told["compared_with_usual"] in {"as usual", "busier than usual", "quieter than usual"}


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.TODAY, 25, None),
        (Period.YESTERDAY, 24, 25),
        (Period.THIS_WEEK, 23, None),
        (Period.LAST_WEEK, 16, 23),
        (Period.LAST_7_DAYS, 18, 25),
    ],
)
def test_periods(period: Period, first: int, last: int | None) -> None:
    """Periods begin and end at the site's midnight; those that are running end now."""
    now = datetime(2026, 11, 25, 12, tzinfo=COPENHAGEN)
    end = datetime(2026, 11, last, tzinfo=COPENHAGEN) if last else now
    assert Range.of(period, now.timestamp(), COPENHAGEN) == Range(
        datetime(2026, 11, first, tzinfo=COPENHAGEN).timestamp(), end.timestamp(), COPENHAGEN
    )


async def test_too_many_spaces(house: Scene, use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag of many spaces is not added up."""
    monkeypatch.setattr("custom_components.butlr.assist.use.MAX_PARTS", 0)
    with pytest.raises(NotToldError, match="Ask for a building"):
        await use("quiet", Period.TODAY)
