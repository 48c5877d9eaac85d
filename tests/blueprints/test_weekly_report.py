"""The weekly report: hours and people of the last seven days, as they really were."""

from datetime import UTC, datetime

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from tests.blueprints.conftest import Use
from tests.helpers.care import NURSE
from tests.helpers.house import House
from tests.helpers.itineraries import max_people, occupied_seconds
from tests.helpers.on_demand import disable_background_pacing
from tests.helpers.scene import Scene

# The scene begins on a Wednesday; at the site it is noon.
TOLD = {"recipients": {"entity_id": NURSE}, "weekday": "wed", "at": "12:15:00"}
MIDNIGHT = datetime(2026, 11, 24, 23, tzinfo=UTC).timestamp()
WEEK = 7 * 86400


@pytest.fixture(autouse=True)
async def _at_the_site(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put Home Assistant where the site is, and send questions without a delay, since the clock stands still."""
    disable_background_pacing(monkeypatch)
    await hass.config.async_set_time_zone("Europe/Copenhagen")


def truth(scene: Scene, room: str, midnight: float = MIDNIGHT) -> str:
    """Return the line of a room, from the people's itineraries before a midnight."""
    room_id, simulator = scene.room(room), scene.simulator
    last, before = (
        occupied_seconds(simulator, room_id, midnight - weeks * WEEK, midnight - (weeks - 1) * WEEK) for weeks in (1, 2)
    )
    people = max_people(simulator, room_id, midnight - WEEK, midnight)
    change = round((last / before - 1) * 100)
    return f"{room}: {round(last / 3600, 1)} h ({change:+d} %), up to {people} people"


async def test_the_report(scene: Scene, house: House, use: Use) -> None:
    house.add(NURSE)
    await use("weekly_report", spaces={"area_id": ["boardroom", "focus_room", "harbour_cafe", "lobby"]}, **TOLD)
    await scene.pass_minutes(14)
    assert house.log == []
    await scene.pass_minutes(1)
    (act,) = house.log
    assert act.data["message"].splitlines() == [
        truth(scene, "Boardroom"),
        truth(scene, "Lobby"),
        truth(scene, "Focus Room"),
        "No figures: Harbour Café",
    ]


async def test_butlr_cannot_be_asked(scene: Scene, house: House, use: Use) -> None:
    """The message says so, instead of saying that nobody was there."""
    house.add(NURSE)
    await use("weekly_report", spaces={"area_id": "boardroom"}, **TOLD)
    scene.simulator.faults.set("reporting", "500")
    await scene.pass_minutes(15)
    (act,) = house.log
    assert act.data["message"] == "Butlr could not be asked, or knows nothing about these spaces."


async def test_other_days(scene: Scene, house: House, use: Use) -> None:
    house.add(NURSE)
    await use("weekly_report", spaces={"area_id": "boardroom"}, **{**TOLD, "weekday": "thu"})
    await scene.pass_minutes(16)
    assert house.log == []


async def test_a_week(scene: Scene, house: House, use: Use) -> None:
    """From Wednesday to Wednesday there is one report, on Monday, about the seven days before it."""
    house.add(NURSE)
    await use("weekly_report", spaces={"area_id": "boardroom"}, **{**TOLD, "weekday": "mon", "at": "07:00:00"})
    reports = {}
    for _ in range(28):
        await scene.pass_time(6 * 3600)
        for act in house.log:
            reports[dt_util.now().strftime("%a")] = act.data["message"]
        house.log.clear()
    assert reports == {"Mon": truth(scene, "Boardroom", MIDNIGHT + 5 * 86400)}
