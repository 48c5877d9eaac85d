"""Hardware that stays offline: two issues that list it, and a number on the device of the organization."""

import time

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.const import CONF_BUILDINGS, CONF_HARDWARE, DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL
from custom_components.butlr.issues.issue import Issue, issue_id
from custom_components.butlr.issues.offline_hardware import MAX_LINES, OfflineDevices
from custom_components.butlr.runtime import create_client
from tests.conftest import choose
from tests.helpers.hardware import go_offline, go_online, sensors_of
from tests.helpers.scene import Scene
from tests.simulator import Simulator
from tests.simulator.estate import Hive, Sensor
from tests.test_hardware import hive_named

POLL = ESTATE_INTERVAL.total_seconds() + 1


def listed(scene: Scene, issue: Issue) -> str | None:
    """Return what an issue lists, or None if it does not exist."""
    found = scene.issue(issue)
    if found is None:
        return None
    assert not found.is_fixable
    placeholders = scene.placeholders(issue)
    assert placeholders["entry"] == scene.entry.title
    return placeholders["hives" if issue is Issue.HIVES_OFFLINE else "floors"]


def hives(scene: Scene) -> str | None:
    """Return the hives that are reported."""
    return listed(scene, Issue.HIVES_OFFLINE)


def floors(scene: Scene) -> str | None:
    """Return the floors that are reported."""
    return listed(scene, Issue.FLOORS_OFFLINE)


async def polls(scene: Scene, number: int = 1) -> None:
    """Let polls of the estate pass."""
    for _ in range(number):
        await scene.pass_time(POLL)


# -- hives ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heartbeat", [True, False])
async def test_an_offline_hive_is_reported_after_two_polls(scene: Scene, heartbeat: bool) -> None:
    """With the name of its floor; the issue is deleted when the hive is back."""
    await scene.set_up()
    hive = hive_named(scene.simulator, "Hive first")
    go_offline(hive, heartbeat=heartbeat)
    await polls(scene)
    assert hives(scene) is None
    await polls(scene)
    assert hives(scene) == "- `Hive first` (`First Floor`)"
    go_online(hive)
    await polls(scene)
    assert hives(scene) is None


async def test_a_hive_that_restarts_is_not_reported(scene: Scene) -> None:
    """Only consecutive polls count."""
    await scene.set_up()
    hive = hive_named(scene.simulator, "Hive first")
    for _ in range(2):
        go_offline(hive)
        await polls(scene)
        go_online(hive)
        await polls(scene)
    go_offline(hive)
    await polls(scene)
    assert hives(scene) is None


async def test_all_hives_are_in_one_issue(scene: Scene) -> None:
    """Their names cannot format it; the floors behind them are not reported as well."""
    ground, first = hive_named(scene.simulator, "Hive ground"), hive_named(scene.simulator, "Hive first")
    ground.name, ground.floor_id = "`Hive`\n**ground**", ""
    await scene.set_up()
    go_offline(ground, first)
    await polls(scene, 7)
    assert hives(scene) == "- `'Hive' **ground**`\n- `Hive first` (`First Floor`)"
    assert floors(scene) is None
    real = sum(one.real for one in scene.simulator.estate.sensors.values())
    assert scene.organization_state("sensors_offline") == str(real)


async def test_an_ignored_issue_stays_ignored_when_it_changes(scene: Scene) -> None:
    """Another hive is listed, or one less."""
    ground, first = hive_named(scene.simulator, "Hive ground"), hive_named(scene.simulator, "Hive first")
    await scene.set_up()
    go_offline(ground, first)
    await polls(scene, 2)
    ir.async_ignore_issue(scene.hass, DOMAIN, issue_id(scene.entry, Issue.HIVES_OFFLINE), True)
    go_online(ground)
    await polls(scene)
    assert hives(scene) == "- `Hive first` (`First Floor`)"
    issue = scene.issue(Issue.HIVES_OFFLINE)
    assert issue
    assert issue.dismissed_version


async def test_a_hive_with_an_old_heartbeat_is_reported_immediately(scene: Scene) -> None:
    """After a restart; the issue is deleted with the entry."""
    hive = hive_named(scene.simulator, "Hive first")
    go_offline(hive)
    hive.offline_since = int(time.time()) - 3600
    await scene.set_up()
    assert hives(scene)
    await scene.remove()
    assert hives(scene) is None


async def test_a_long_list_is_cut(scene: Scene) -> None:
    """Its last line says how many hives are left out."""
    for number in range(MAX_LINES + 5):
        hive = Hive(id=f"hive_n{number}", name=f"N{number}", floor_id="", serial=f"N-{number}")
        hive.is_online, hive.offline_since = False, 1_000_000
        scene.simulator.estate.add(hive)
    await scene.set_up()
    lines = (hives(scene) or "").splitlines()
    assert (len(lines), lines[-1]) == (MAX_LINES + 1, "- … (+5)")


# -- floors -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def half(scene: Scene) -> list[Sensor]:
    """Return half of the sensors of the first floor, all of which are online."""
    sensors = sensors_of(scene.simulator, "First Floor")
    go_online(*sensors)
    if len(sensors) % 2:
        scene.simulator.estate.remove(sensors.pop().id)
    await scene.set_up()
    assert scene.organization_state("sensors_offline") == "0"
    return sensors[: len(sensors) // 2]


@pytest.mark.parametrize("heartbeat", [True, False])
async def test_half_of_a_floor_is_reported_after_an_hour(scene: Scene, half: list[Sensor], heartbeat: bool) -> None:
    """An hour after the last heartbeat, else after the poll that found the sensors offline."""
    go_offline(*half, heartbeat=heartbeat)
    # After six polls, an hour has passed since the heartbeat, but 50 minutes since the first poll.
    for _ in range(5 if heartbeat else 6):
        await polls(scene)
        assert floors(scene) is None
        assert scene.organization_state("sensors_offline") == str(len(half))
    await polls(scene)
    assert floors(scene) == f"- `First Floor` (`Pier House`): {len(half)}/{2 * len(half)}"


@pytest.mark.parametrize("heartbeat", [True, False])
async def test_less_than_half_of_a_floor_is_not_reported(scene: Scene, half: list[Sensor], heartbeat: bool) -> None:
    """A sensor that came back counts again only after another hour."""
    go_offline(*half, heartbeat=heartbeat)
    await polls(scene, 7)
    assert floors(scene)
    go_online(half[0])
    await polls(scene)
    assert floors(scene) is None
    go_offline(half[0], heartbeat=heartbeat)
    await polls(scene)
    assert floors(scene) is None


@pytest.fixture
async def behind_a_dead_hive(scene: Scene) -> list[Sensor]:
    """Return the sensors of the first floor: the first has its own hive, the others are behind an offline one."""
    sensors = sensors_of(scene.simulator, "First Floor")
    go_online(*sensors)
    hive = hive_named(scene.simulator, "Hive first")
    other = Hive(id="hive_2", name="Hive 2", floor_id=hive.floor_id, serial="HIVE-2")
    scene.simulator.estate.add(other)
    sensors[0].hive_id = other.id
    go_offline(hive)
    # A heartbeat from 1970 does not count.
    hive.offline_since = 0
    await scene.set_up()
    await polls(scene, 7)
    return sensors


async def test_a_floor_behind_a_dead_hive_is_not_reported(scene: Scene, behind_a_dead_hive: list[Sensor]) -> None:
    """The hive is."""
    assert floors(scene) is None
    assert hives(scene)


async def test_a_floor_with_more_than_a_dead_hive_is_reported(scene: Scene, behind_a_dead_hive: list[Sensor]) -> None:
    """Then the sensors behind the hive count as well."""
    own, *behind = behind_a_dead_hive
    go_offline(own)
    own.offline_since = int(time.time()) - 3600
    await polls(scene)
    total = len(behind) + 1
    assert floors(scene) == f"- `First Floor` (`Pier House`): {total}/{total}"
    own.installation_status = "UNINSTALLED"
    await polls(scene)
    assert floors(scene) is None
    assert scene.organization_state("sensors_offline") == str(len(behind))


# -- failures, and buildings that were not chosen ---------------------------------------------------------------------


async def test_nothing_is_reported_during_an_outage(scene: Scene) -> None:
    """What is offline is unknown then; the number of offline sensors becomes unavailable."""
    await scene.set_up()
    go_offline(hive_named(scene.simulator, "Hive first"))
    await polls(scene)
    scene.simulator.faults.set("graphql", "500")
    await polls(scene, 12)
    assert hives(scene) is None
    assert scene.organization_state("sensors_offline") == STATE_UNAVAILABLE
    scene.simulator.faults.clear()
    await polls(scene)
    assert hives(scene)
    assert scene.organization_state("sensors_offline") not in (STATE_UNAVAILABLE, STATE_UNKNOWN)


@pytest.mark.parametrize("rooms", [240])
async def test_only_chosen_buildings_are_reported(scene: Scene) -> None:
    """Hardware is reported even if it has no devices in Home Assistant."""
    estate = scene.simulator.estate
    first, second = list(estate.buildings)[:2]
    chosen = {floor.id for floor in estate.floors.values() if floor.building_id == first}
    offline = [hive for hive in estate.hives.values() if hive.real and hive.floor_id in chosen]
    go_offline(*offline)
    for hive in offline:
        hive.offline_since = int(time.time()) - 7200
    await scene.set_up()
    await choose(scene.hass, scene.entry, **{CONF_BUILDINGS: [first], CONF_HARDWARE: False})
    lines = hives(scene)
    assert lines
    assert len(lines.splitlines()) == len(offline)
    of_first = [one for one in estate.sensors.values() if one.real and one.floor_id in chosen]
    assert int(scene.organization_state("sensors_offline") or 0) >= sum(
        one.hive_id in {hive.id for hive in offline} for one in of_first
    )
    await choose(scene.hass, scene.entry, **{CONF_BUILDINGS: [second]})
    assert all(hive.name not in (hives(scene) or "") for hive in offline)


async def test_an_estate_without_sensors(scene: Scene) -> None:
    """The number of offline sensors is unknown, not 0."""
    scene.simulator.estate.sensors.clear()
    await scene.set_up()
    assert scene.organization_state("sensors_offline") == STATE_UNKNOWN


async def test_offline_for_an_hour(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator) -> None:
    """To the second, by the timestamps that are passed in."""
    for sensor in sensors_of(simulator, "First Floor"):
        go_offline(sensor, heartbeat=False)
    estate = await fetch_estate(create_client(hass, entry.data))
    devices, now = OfflineDevices(), 1_800_000_000.0
    devices.update(estate, now)
    devices.update(estate, now + 3599)
    assert devices.floors(estate, now + 3599) == []
    assert [floor.name for floor, *_ in devices.floors(estate, now + 3600)] == ["First Floor"]
