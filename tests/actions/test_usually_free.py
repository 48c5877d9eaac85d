"""Until when free rooms are usually free, compared with the recorder's own statistics by another calculation."""

from datetime import date, datetime, timedelta
import random
import threading
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder import statistics as recorder_statistics
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy.exc import OperationalError

from custom_components.butlr.history import statistics as statistics_module
from custom_components.butlr.history.statistics import CountRow, RecorderStatistics
from tests.conftest import Ask
from tests.helpers.registries import find, target_of
from tests.helpers.reports import COPENHAGEN, NOW
from tests.helpers.states import entity_of
from tests.helpers.statistics import statistics
from tests.simulator import Simulator

pytestmark = pytest.mark.recorder(NOW)
# A Wednesday at 16:00, three days after the clocks went back.
TODAY = date(2026, 10, 28)
HOURS = range(16, 24)


def hour_of(week: int, hour: int) -> int:
    """Return the timestamp of an hour of the site's clock, on this day of the week some weeks ago."""
    day = TODAY - timedelta(weeks=week)
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=COPENHAGEN).timestamp())


def entity_of_people(hass: HomeAssistant, room_id: str) -> str:
    """Return the sensor that stands for the people of a room."""
    entity_id = entity_of(hass, room_id, "people") or entity_of(hass, room_id, "people_estimate")
    assert entity_id
    return entity_id


async def remember(hass: HomeAssistant, room_id: str, means: dict[int, float]) -> None:
    """Put the mean number of people of past hours into the recorder's statistics."""
    rows = [CountRow(start, mean, 0, round(mean + 1)) for start, mean in sorted(means.items())]
    recorder = RecorderStatistics(hass)
    await recorder.wait_until_ready()
    await recorder.add_counts(entity_of_people(hass, room_id), rows)


def weeks_of(used_at: set[int], weeks: range = range(1, 5)) -> dict[int, float]:
    """Return the means of whole days: two people in some hours, nobody in the others."""
    return {hour_of(week, hour): 2.0 if hour in used_at else 0.0 for week in weeks for hour in range(24)}


def usual_of(response: dict[str, Any]) -> dict[str, tuple[str, str | None, int | None, int]]:
    """Return what is usual, by the name of the room."""
    keys = ("usual_use", "usually_free_until", "usually_free_minutes", "baseline_weeks")
    return {room["name"]: tuple(room[key] for key in keys) for room in response["rooms"]}


def by_the_recorder(rows: list[dict[str, Any]]) -> tuple[str, str | None, int | None, int]:
    """Calculate what should be usual from the rows of the database, hour by hour."""
    means = {int(row["start"]): row["mean"] for row in rows}
    until, fewest = None, 4
    for hour in HOURS:
        known = [means[hour_of(week, hour)] for week in range(1, 5) if hour_of(week, hour) in means]
        if not known:
            break
        fewest = min(fewest, len(known))
        if sum(mean <= 0.1 for mean in known) * 2 <= len(known):
            break
        until = hour + 1
    if until is None:
        return ("used", None, 0, fewest) if known else ("unknown", None, None, 0)
    end = datetime(2026, 10, 28, tzinfo=COPENHAGEN) + timedelta(hours=until)
    use = "free_until_midnight" if until == 24 else "free_until_used" if known else "free_until_unknown"
    return use, end.isoformat(), (until - 16) * 60, fewest


async def test_what_is_usual(hass: HomeAssistant, ask: Ask, simulator: Simulator) -> None:
    """Rooms say until when they are usually free, in the time zone of the site; clocks changed on the way."""
    assert hass.config.time_zone == "US/Pacific"
    response = await ask("find_available_rooms")
    assert set(usual_of(response).values()) == {("unknown", None, None, 0)}
    assert response["without_baseline"] == response["free"] > 2
    await remember(hass, find(simulator, "Boardroom"), weeks_of({9, 10, 19}))
    await remember(hass, find(simulator, "Focus Room"), weeks_of({9}, range(1, 3)))
    await remember(hass, find(simulator, "Harbour Café"), weeks_of({16, 17}))
    response = await ask("find_available_rooms")
    usual = usual_of(response)
    assert usual["Boardroom"] == ("free_until_used", "2026-10-28T19:00:00+01:00", 180, 4)
    assert usual["Focus Room"] == ("free_until_midnight", "2026-10-29T00:00:00+01:00", 480, 2)
    assert response["without_baseline"] == response["free"] - len(set(usual) & {"Boardroom", "Focus Room"}) - (
        "Harbour Café" in usual
    )


@pytest.mark.parametrize("rooms", [30])
@pytest.mark.random_seeds
async def test_every_room_by_another_calculation(
    hass: HomeAssistant, ask: Ask, simulator: Simulator, seed: int
) -> None:
    """Whatever the recorder has, every room says what its rows mean; rooms are ranked by it on request."""
    generator = random.Random(seed)
    first = await ask("find_available_rooms", limit=200)
    for room in first["rooms"]:
        known = generator.random()
        usage = generator.random() ** 2
        means = {
            hour_of(week, hour): generator.choice((0.05, 0.1, 0.2, 3.0)) if generator.random() < usage else 0.0
            for week in range(6)
            for hour in range(24)
            if generator.random() < known and hour_of(week, hour) < hour_of(0, 16)
        }
        await remember(hass, room["id"], means)
    rows = await statistics(hass, {entity_of_people(hass, room["id"]) for room in first["rooms"]})
    truth = {room["name"]: by_the_recorder(rows.get(entity_of_people(hass, room["id"]), [])) for room in first["rooms"]}
    assert usual_of(await ask("find_available_rooms", limit=200)) == truth
    ranked = await ask("find_available_rooms", limit=200, sort="usually_free")
    assert usual_of(ranked) == truth
    minutes = [room["usually_free_minutes"] for room in ranked["rooms"]]
    known_minutes = [one for one in minutes if one is not None]
    assert known_minutes == sorted(known_minutes, reverse=True)
    assert minutes == [*known_minutes, *[None] * ranked["without_baseline"]]
    long = await ask("find_available_rooms", limit=200, usually_free_minutes=120)
    assert set(usual_of(long)) == {
        name for name, one in truth.items() if one[0] == "free_until_midnight" or (one[2] or 0) >= 120
    }
    assert long["left_out"]["no_baseline"] == ranked["without_baseline"]
    assert sum(long["left_out"].values()) + long["free"] == long["considered"]


async def test_ranked_with_reasons(hass: HomeAssistant, ask: Ask, simulator: Simulator) -> None:
    """Every room says what puts it before the next one."""
    best = await ask("find_available_rooms")
    assert [room["ranked_by"] for room in best["rooms"]][-1] is None
    assert [room["name"] for room in best["rooms"]][:2] == ["Focus Room", "Boardroom"]
    assert best["rooms"][0]["ranked_by"] == "capacity"
    await remember(hass, find(simulator, "Boardroom"), weeks_of({20}))
    await remember(hass, find(simulator, "Focus Room"), weeks_of({17}))
    usual = await ask("find_available_rooms", sort="usually_free")
    assert [(room["name"], room["ranked_by"]) for room in usual["rooms"]][:2] == [
        ("Boardroom", "usually_free"),
        ("Focus Room", "usually_free"),
    ]
    # Exactly as long as asked is long enough.
    assert [room["name"] for room in (await ask("find_available_rooms", usually_free_minutes=240))["rooms"]] == [
        "Boardroom"
    ]


async def test_why_there_is_none(hass: HomeAssistant, entry: MockConfigEntry, ask: Ask, simulator: Simulator) -> None:
    """The reason tells a room without a baseline from one that is usually used soon."""
    target = target_of(hass, entry, find(simulator, "Boardroom"))
    response = await ask("find_available_rooms", target, usually_free_minutes=60)
    assert (response["reason"], response["left_out"]["no_baseline"]) == ("no_baseline", 1)
    await remember(hass, find(simulator, "Boardroom"), weeks_of({16}))
    response = await ask("find_available_rooms", target, usually_free_minutes=60)
    assert (response["reason"], response["left_out"]["usually_used_soon"]) == ("usually_used_soon", 1)
    (room,) = (await ask("find_available_rooms", target))["rooms"]
    assert (room["usual_use"], room["usually_free_until"], room["usually_free_minutes"]) == ("used", None, 0)


async def test_statistics_follow_a_renamed_entity(hass: HomeAssistant, ask: Ask, simulator: Simulator) -> None:
    """The baseline is that of the entity as it is now called."""
    boardroom = find(simulator, "Boardroom")
    er.async_get(hass).async_update_entity(entity_of_people(hass, boardroom), new_entity_id="sensor.big_room")
    await hass.async_block_till_done(wait_background_tasks=True)
    await remember(hass, boardroom, weeks_of({20}))
    usual = usual_of(await ask("find_available_rooms"))
    assert usual["Boardroom"] == ("free_until_used", "2026-10-28T20:00:00+01:00", 240, 4)


async def test_a_recorder_that_cannot_read(
    hass: HomeAssistant, ask: Ask, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Rooms are found although the database fails; what is usual is unknown then."""
    await remember(hass, find(simulator, "Boardroom"), weeks_of({20}))
    with patch.object(
        statistics_module, "statistics_during_period", side_effect=OperationalError("SELECT", {}, Exception("locked"))
    ):
        response = await ask("find_available_rooms")
    assert response["without_baseline"] == response["free"] > 0
    assert "What is usual is unknown" in caplog.text


@pytest.mark.parametrize("rooms", [30])
async def test_the_queries_of_many_rooms(
    hass: HomeAssistant, ask: Ask, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only free rooms are looked up, in batches, with one query for each past week, beside the event loop."""
    monkeypatch.setattr(statistics_module, "ENTITY_BATCH_SIZE", 4)
    for boardroom in [one for one in simulator.estate.rooms if "oard" in simulator.estate.rooms[one].name]:
        await remember(hass, boardroom, weeks_of({20}))
    asked: list[tuple[int, bool]] = []
    real = recorder_statistics.statistics_during_period

    def count(*args: Any) -> Any:
        asked.append((len(args[3]), threading.current_thread() is threading.main_thread()))
        return real(*args)

    with patch.object(statistics_module, "statistics_during_period", side_effect=count):
        response = await ask("find_available_rooms", limit=1)
    assert response["free"] > 8
    assert sum(number for number, _ in asked) == 4 * response["free"]
    assert len(asked) == 4 * -(-response["free"] // 4)
    assert not any(in_loop for _, in_loop in asked)
