"""Every state is true or unknown, under every reading of what Butlr's documentation leaves open."""

from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_OFF, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import SetUp, pass_time
from tests.helpers.open_readings import READINGS
from tests.helpers.registries import find
from tests.helpers.states import entity_of, mismatches, state_of
from tests.simulator import Simulator

# The readings that affect values.
OF_FIGURES = (
    "traffic_label",
    "estimate_label",
    "presence_label",
    "dead_rows",
    "incomplete_rows",
    "absent_estimates",
    "estimate_day",
    "raw_shape",
)
ONE_BY_ONE = [{name: value} for name in OF_FIGURES for value in READINGS[name][1:]]
THE_OTHER_WAY_ROUND = {name: READINGS[name][-1] for name in OF_FIGURES}
ALL: list[dict[str, Any]] = [
    {},
    *ONE_BY_ONE,
    THE_OTHER_WAY_ROUND,
    {**THE_OTHER_WAY_ROUND, "dead_rows": "zero"},
    {**THE_OTHER_WAY_ROUND, "absent_estimates": "absent", "dead_rows": "zero", "incomplete_rows": "nullPercentage"},
]


@pytest.fixture(params=ALL, ids=lambda readings: ",".join(f"{k}={v}" for k, v in readings.items()) or "production")
def readings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the readings that the cloud uses."""
    found: dict[str, Any] = request.param
    return found


@pytest.fixture
async def cloud(simulator: Simulator, readings: dict[str, Any], freezer: FrozenDateTimeFactory) -> Simulator:
    """Return a cloud in the evening, an hour before its site's midnight and two hours before that of UTC."""
    simulator.settings.update(readings)
    freezer.move_to(datetime(2027, 1, 11, 22, 0, tzinfo=UTC))
    simulator.catch_up()
    return simulator


async def settle(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let all polls run while nobody moves."""
    for _ in range(4):
        await pass_time(hass, freezer, 150)


async def until(hass: HomeAssistant, freezer: FrozenDateTimeFactory, timestamp: datetime) -> None:
    """Let time pass, with every poll in between."""
    while datetime.now(UTC) < timestamp:
        await pass_time(hass, freezer, 240)


async def test_polls_tell_the_truth(
    hass: HomeAssistant, cloud: Simulator, entry: MockConfigEntry, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Without pushes, polls alone make all values right: in the evening, after both midnights, with dead sensors."""
    cafe, boardroom = find(cloud, "Harbour Café"), find(cloud, "Boardroom")
    guests = [await cloud.move(to=cafe) for _ in range(3)]
    await set_up()
    await settle(hass, freezer)
    assert state_of(hass, cafe, "people_estimate") == "3"
    assert mismatches(hass, cloud) == []
    # After the site's midnight it is unknown who stays, but nobody has crossed yet.
    await until(hass, freezer, datetime(2027, 1, 11, 23, 1, tzinfo=UTC))
    await settle(hass, freezer)
    assert state_of(hass, cafe, "people_estimate") == "0"
    assert mismatches(hass, cloud) == []
    await cloud.move(to=None, person=guests.pop())
    for _ in range(3):
        await cloud.move(to=cafe)
    await cloud.move(to=boardroom)
    await settle(hass, freezer)
    assert state_of(hass, cafe, "people_estimate") == "2"
    assert mismatches(hass, cloud) == []
    # After midnight in UTC, nobody has left.
    await until(hass, freezer, datetime(2027, 1, 12, 0, 1, tzinfo=UTC))
    await settle(hass, freezer)
    assert state_of(hass, cafe, "people_estimate") == "2"
    assert mismatches(hass, cloud) == []
    await cloud.move(to=cafe)
    await settle(hass, freezer)
    assert mismatches(hass, cloud) == []


@pytest.mark.parametrize("door", [True, False], ids=["door lives", "all dead"])
async def test_a_dead_sensor_is_no_empty_room(
    hass: HomeAssistant,
    cloud: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    door: bool,
) -> None:
    """A room never shows empty because its ceiling sensor died; when the sensor is back, all values are right."""
    room_id = find(cloud, "Lobby" if door else "Boardroom")
    await cloud.move(to=room_id)
    await set_up()
    await settle(hass, freezer)
    assert state_of(hass, room_id, "people") == "1"
    shown: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        assert event.data["new_state"]
        shown.append(event.data["new_state"].state)

    watched = [entity_of(hass, room_id, key) for key in ("people", "occupancy")]
    async_track_state_change_event(hass, [one for one in watched if one], note)
    for sensor in cloud.estate.coverage.room_sensors(room_id, "presence"):
        sensor.is_online = False
    cloud.catch_up()
    for _ in range(30):
        await pass_time(hass, freezer, 61)
        assert not {"0", STATE_OFF} & set(shown)
    assert state_of(hass, room_id, "people") in (STATE_UNKNOWN, STATE_UNAVAILABLE)
    assert mismatches(hass, cloud) == []
    for sensor in cloud.estate.coverage.room_sensors(room_id, "presence"):
        sensor.is_online = True
    cloud.catch_up()
    for _ in range(12):
        await pass_time(hass, freezer, 61)
    assert state_of(hass, room_id, "people") == "1"
    assert mismatches(hass, cloud) == []
