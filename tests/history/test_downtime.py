"""Downtime of Home Assistant, found in the states that the recorder has."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.butlr.history.statistics import RecorderStatistics

from .conftest import NOW

pytestmark = pytest.mark.recorder(NOW)
ENTITY_IDS = [f"sensor.total_{number}" for number in range(60)]
# Hours of the scenario begin with this one: an hour and a quarter before the first states.
START = "2026-11-24T12:00:00Z"


class Scenario:
    """Writes states of many entities at any hour, and reads the downtime that they show."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Start at hour 0."""
        self._hass = hass
        self._freezer = freezer
        self._start = dt_util.parse_datetime(START, raise_on_error=True)

    async def write(self, hour: float, state: str, entity_ids: list[str] = ENTITY_IDS, last_reset: str = "") -> None:
        """Write a state as at a start of Home Assistant: even if it is the same as before."""
        self._freezer.move_to(self._start + timedelta(hours=hour))
        for entity_id in entity_ids:
            self._hass.states.async_set(entity_id, state, {"last_reset": last_reset}, force_update=not last_reset)
        await async_wait_recording_done(self._hass)

    async def downtime(self, end: float) -> list[int]:
        """Return the hours of downtime before `end`, numbered from hour 0."""
        self._freezer.move_to(self._start + timedelta(hours=end))
        start = int(self._start.timestamp())
        hours = await RecorderStatistics(self._hass).downtime(ENTITY_IDS, start - 400 * 86400, start + int(end) * 3600)
        return [(hour - start) // 3600 for hour in hours]


@pytest.fixture
def scenario(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Scenario:
    """Return a scenario at hour 0."""
    return Scenario(hass, freezer)


async def test_hours_before_a_start_are_downtime(scenario: Scenario) -> None:
    """Whole hours without any state count, if all entities come back within minutes of each other."""
    await scenario.write(1.25, "1")
    await scenario.write(6.5, "1", ENTITY_IDS[:40])
    await scenario.write(6.6, "2", ENTITY_IDS[40:])
    assert await scenario.downtime(6.9) == [2, 3, 4, 5]


async def test_quiet_hours_are_not_downtime(scenario: Scenario) -> None:
    """If only some entities have a state after quiet hours, Home Assistant was on."""
    await scenario.write(1.25, "1")
    await scenario.write(6.5, "2", ENTITY_IDS[:40])
    await scenario.write(9.5, "3", ENTITY_IDS[40:])
    assert await scenario.downtime(12) == []


async def test_midnight_is_not_a_start(scenario: Scenario) -> None:
    """At midnight every total of the day gets a new `last_reset`, which proves that Home Assistant is on."""
    await scenario.write(1.25, "0", last_reset="today")
    await scenario.write(12, "0", last_reset="tomorrow")
    await scenario.write(15.5, "0")
    assert await scenario.downtime(15.9) == [13, 14]


async def test_time_before_the_first_state_is_not_downtime(scenario: Scenario) -> None:
    """Nobody knows whether Home Assistant was on before the recorder knew the entities."""
    assert await scenario.downtime(1) == []
    await scenario.write(1.25, "1")
    assert await scenario.downtime(1.9) == []


async def test_new_entities_do_not_hide_a_start(scenario: Scenario) -> None:
    """Entities without a state before the downtime do not count, nor does a single one that comes back late."""
    await scenario.write(1.25, "1", ENTITY_IDS[:30])
    await scenario.write(6.5, "1", ENTITY_IDS[1:30])
    await scenario.write(7.5, "1", ENTITY_IDS[30:])
    assert await scenario.downtime(7.9) == [2, 3, 4, 5]
