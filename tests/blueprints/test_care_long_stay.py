"""The blueprint of unusually long stays: reported once for each stay, against this room's own usual."""

from math import ceil
from typing import Any

from homeassistant.components.trace.util import async_get_trace, async_list_traces
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from tests.blueprints.conftest import BLUEPRINTS, Use
from tests.blueprints.test_every_blueprint import load
from tests.helpers.care import TOLD, add_caregivers, texts
from tests.helpers.house import House
from tests.helpers.itineraries import stays
from tests.helpers.on_demand import disable_background_pacing
from tests.helpers.scene import Scene

DAY = 86400
BOTH_ROOMS = {"area_id": ["boardroom", "focus_room"]}
# In three days there were fewer than ten stays, so the fixed limit holds.
FIXED_LIMIT = {"days": 3, "minimum": 5, "fixed_limit": 9, "dark_after": 5}
LONG = "nurse: Boardroom has been occupied for 9 minutes, since 03:00"
LONGER = "doctor: Boardroom has been occupied for {} minutes, since 03:00"
KEY = "automation.care_long_stay"
ROOMS = ("Boardroom", "Focus Room")
ACKNOWLEDGE = "mobile_app_notification_action"


@pytest.fixture(autouse=True)
def _questions_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send questions about the past without a delay, since the clock stands still."""
    disable_background_pacing(monkeypatch)


@pytest.fixture
async def care(hass: HomeAssistant, house: House, use: Use) -> House:
    """Watch two rooms."""
    add_caregivers(house)
    # What the companion app needs to acknowledge.
    remember = [{"event": "notified", "event_data": {"action": "{{ acknowledge_action }}"}}]
    await use("care_long_stay", spaces=BOTH_ROOMS, more_actions=remember, **TOLD, **FIXED_LIMIT)
    return house


def usual_minutes(scene: Scene, room: str, days: int) -> int:
    """Return how long nearly all stays were, from the people's itineraries."""
    now = scene.freezer().timestamp()
    lengths: list[float] = []
    until = 0.0
    for arrival, departure in sorted(stays(scene.simulator, scene.room(room), now - days * DAY, now)):
        # Between two stays, at least one interval of five minutes is empty.
        if arrival // 300 > ceil(until / 300):
            lengths.append(0)
        lengths[-1] += max(departure - max(arrival, until), 0)
        until = max(until, departure)
    return ceil(sorted(lengths)[ceil(len(lengths) * 0.95) - 1] / 60)


async def variables(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the variables of the runs that watch a room, from their traces."""
    found = []
    for run in await async_list_traces(hass, "automation", KEY):
        trace: Any = (await async_get_trace(hass, KEY, run["run_id"]))["trace"]
        found.append(
            {name: value for step in trace.values() for name, value in step[-1].get("changed_variables", {}).items()}
        )
    return [run for run in found if "usual" in run]


async def test_told_once_and_escalated(scene: Scene, care: House) -> None:
    """A stay in one room does not wait for that in another; who leaves in time is not reported."""
    await scene.enter("Boardroom")
    await scene.pass_minutes(3)
    await scene.enter("Focus Room")
    await scene.pass_minutes(5)
    await scene.leave("Focus Room")
    assert texts(care) == []
    await scene.pass_minutes(1)
    assert texts(care) == [LONG]
    await scene.pass_minutes(9)
    assert texts(care) == []
    await scene.pass_minutes(1)
    assert texts(care) == [LONGER.format(19)]
    await scene.pass_minutes(15)
    assert texts(care) == []


async def test_acknowledged(hass: HomeAssistant, scene: Scene, care: House) -> None:
    """A button of the notification ends the escalation. A new stay is a new one."""
    actions = async_capture_events(hass, "notified")
    await scene.enter("Boardroom")
    await scene.pass_minutes(9)
    assert texts(care) == [LONG]
    hass.bus.async_fire(ACKNOWLEDGE, {"action": "BUTLR_ACKNOWLEDGE_of_another"})
    hass.bus.async_fire(ACKNOWLEDGE, {"action": actions[0].data["action"]})
    await scene.pass_minutes(12)
    await scene.leave("Boardroom")
    await scene.enter("Boardroom")
    await scene.pass_minutes(8)
    assert texts(care) == []
    await scene.pass_minutes(1)
    assert texts(care) == ["nurse: Boardroom has been occupied for 9 minutes, since 03:21"]


async def test_who_leaves_needs_no_doctor(scene: Scene, care: House) -> None:
    await scene.enter("Boardroom")
    await scene.pass_minutes(10)
    assert texts(care) == [LONG]
    await scene.leave("Boardroom")
    await scene.pass_minutes(12)
    assert texts(care) == []


async def test_a_room_that_was_occupied_before(hass: HomeAssistant, scene: Scene, house: House, use: Use) -> None:
    """A stay that began before the automation exists is found, too."""
    await scene.enter("Boardroom")
    await scene.pass_minutes(2)
    add_caregivers(house)
    await use("care_long_stay", spaces=BOTH_ROOMS, **TOLD, **FIXED_LIMIT)
    await scene.pass_minutes(8)
    assert texts(house) == ["nurse: Boardroom has been occupied for 9 minutes, since 03:00"]


async def test_an_outage(scene: Scene, care: House) -> None:
    """Unwatched rooms are reported, and their stays are counted from when they can be watched again."""
    await scene.enter("Boardroom")
    await scene.pass_minutes(3)
    await scene.unload()
    await scene.pass_minutes(8)
    assert sorted(texts(care)) == [f"nurse: {room} cannot be watched now: nothing is known about it" for room in ROOMS]
    await scene.set_up()
    await scene.pass_minutes(8)
    assert texts(care) == []
    await scene.pass_minutes(2)
    (text,) = texts(care)
    assert text.startswith("nurse: Boardroom has been occupied for 9 minutes")


async def test_against_its_own_usual(hass: HomeAssistant, scene: Scene, house: House, use: Use) -> None:
    """The limit comes from the stays in this room, as they really were."""
    add_caregivers(house)
    usual = {room: usual_minutes(scene, room, 14) for room in ROOMS}
    assert usual["Boardroom"] > usual["Focus Room"]
    await use("care_long_stay", spaces=BOTH_ROOMS, factor=1.5, minimum=5, **TOLD)
    for room in ROOMS:
        await scene.enter(room)
    await scene.pass_minutes(7)
    found = {run["room"]: (run["usual"], run["limit"]) for run in await variables(hass)}
    assert found == {room: (minutes, minutes * 1.5) for room, minutes in usual.items()}


async def test_quiet_hours(scene: Scene, house: House, use: Use) -> None:
    """What is too long in quiet hours is reported at their end, if it still lasts."""
    add_caregivers(house)
    quiet = {"quiet_start": "02:00:00", "quiet_end": "03:30:00"}
    await use("care_long_stay", spaces=BOTH_ROOMS, **quiet, **TOLD, **FIXED_LIMIT)
    await scene.enter("Boardroom")
    await scene.enter("Focus Room")
    await scene.pass_minutes(15)
    await scene.leave("Focus Room")
    await scene.pass_minutes(13)
    assert texts(house) == []
    await scene.pass_minutes(3)
    assert texts(house) == ["nurse: Boardroom has been occupied for 30 minutes, since 03:00"]


async def test_a_pause(scene: Scene, care: House) -> None:
    """Stays that were due while Home Assistant was suspended are found once, soon after."""
    await scene.enter("Boardroom")
    await scene.pass_minutes(2)
    await scene.pass_time(8 * 60)
    await scene.pass_minutes(5)
    (text,) = texts(care)
    assert text.startswith("nurse: Boardroom has been occupied for ")
    await scene.pass_minutes(30)
    assert [text[:6] for text in texts(care)] == ["doctor"]


def test_a_large_house() -> None:
    """Home Assistant drops the runs above the maximum, so it must be larger than a house."""
    assert load(BLUEPRINTS / "automation" / "butlr" / "care_long_stay.yaml").data["max"] >= 1000
