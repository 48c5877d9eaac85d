"""The maintenance digest: exactly what is offline, due or unavailable, once on the chosen days."""

from datetime import date, timedelta
import random

from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from custom_components.butlr.const import CONF_HARDWARE
from tests.blueprints.conftest import Use
from tests.helpers.care import NURSE
from tests.helpers.hardware import go_offline, go_online
from tests.helpers.house import House
from tests.helpers.scene import Scene
from tests.simulator.estate import Hive, Sensor

# The scene begins on a Wednesday at 3:00 by Home Assistant's clock; it is the 25th.
DUE_UNTIL = date(2026, 11, 25) + timedelta(days=30)
TOLD = {"recipients": {"entity_id": NURSE}, "weekdays": ["wed"], "at": "03:15:00"}
FINE = "All sensors are online, and no battery has to be changed."


def truth(scene: Scene) -> list[str]:
    """Return the lines of the digest, from what is really the case."""
    estate = scene.simulator.estate
    hives = sorted(hive.name for hive in estate.hives.values() if hive.real and not hive.is_online)
    sensors = [sensor for sensor in estate.sensors.values() if sensor.real]
    dates = {
        sensor.name: date.fromisoformat((sensor.battery_change_by_date or "9999-12-31")[:10]) for sensor in sensors
    }
    lists = {
        "Hives offline": hives,
        "Sensors offline": sorted(
            sensor.name for sensor in sensors if not (sensor.is_online and estate.hives[sensor.hive_id].is_online)
        ),
        "Batteries to change": [
            f"{name} ({day})" for day, name in sorted((day, name) for name, day in dates.items()) if day < DUE_UNTIL
        ],
        "Not available": sorted(
            space["name"] for space in scene.simulator.truth()["spaces"].values() if not space["available"]
        ),
    }
    return [f"{words} ({len(names)}): {', '.join(names)}" for words, names in lists.items() if names]


def messages(house: House) -> list[str]:
    """Return the messages since the last call."""
    found = [act.data["message"] for act in house.log]
    house.log.clear()
    return found


async def test_what_is_reported(scene: Scene, house: House, use: Use) -> None:
    house.add(NURSE)
    await use("maintenance_digest", **TOLD)
    go_offline(next(hive for hive in scene.simulator.estate.hives.values() if hive.real))
    await scene.pass_minutes(14)
    assert messages(house) == []
    await scene.pass_minutes(1)
    (message,) = messages(house)
    assert message.splitlines() == truth(scene)
    assert len(truth(scene)) == 4
    await scene.pass_minutes(3)
    assert messages(house) == []


@pytest.mark.parametrize("when_fine", [True, False])
async def test_nothing_to_do(scene: Scene, house: House, use: Use, when_fine: bool) -> None:
    house.add(NURSE)
    go_online(*scene.simulator.estate.sensors.values())
    for sensor in scene.simulator.estate.sensors.values():
        sensor.battery_change_by_date = None
    await use("maintenance_digest", when_fine=when_fine, **TOLD)
    await scene.pass_minutes(15)
    assert messages(house) == [FINE] * when_fine


async def test_butlr_not_loaded(scene: Scene, house: House, use: Use) -> None:
    """All is not well if nothing is known; long lists are cut."""
    house.add(NURSE)
    await use("maintenance_digest", when_fine=True, most=2, **TOLD)
    await scene.unload()
    await scene.pass_minutes(15)
    (message,) = messages(house)
    assert message.startswith("Not available (12): Boardroom, ")
    assert message.endswith(", …")


@pytest.mark.parametrize("hardware", [True, False])
async def test_nothing_was_looked_at(scene: Scene, house: House, use: Use, hardware: bool) -> None:
    """All is not well if no sensors are among what was chosen, or none exist in Home Assistant."""
    house.add(NURSE)
    scene.hass.config_entries.async_update_entry(scene.entry, options={**scene.entry.options, CONF_HARDWARE: hardware})
    await scene.settle()
    floor = er.async_get(scene.hass).async_get("binary_sensor.first_floor_occupancy")
    assert floor
    spaces = {"device_id": floor.device_id} if hardware else {"area_id": "focus_room"}
    await use("maintenance_digest", **TOLD, spaces=spaces)
    await scene.pass_minutes(15)
    assert messages(house) == ["It is not known whether all sensors are online."]


async def test_other_days_and_places(scene: Scene, house: House, use: Use) -> None:
    """Only chosen places count, and nothing is sent on other days."""
    house.add(NURSE)
    await use("maintenance_digest", **{**TOLD, "weekdays": ["wed", "thu"]}, spaces={"area_id": "focus_room"})
    await scene.pass_minutes(15)
    assert messages(house) == ["Batteries to change (1): Focus Room ceiling (2026-12-13)"]


async def test_a_week(scene: Scene, house: House, use: Use) -> None:
    """On the chosen days of a week, and only then, the digest tells what is really the case at that moment."""
    house.add(NURSE)
    rng = random.Random(14)
    estate = scene.simulator.estate
    devices: list[Sensor | Hive] = [*estate.sensors.values(), *estate.hives.values()]
    await use("maintenance_digest", **TOLD | {"weekdays": ["thu", "sat", "mon"], "at": "08:00:00"})
    told = {}
    for _ in range(7):
        day = dt_util.now().replace(hour=7, minute=40)
        for hours in (8, 16, 24):
            for device in rng.sample(devices, 3):
                (go_offline if device.is_online else go_online)(device)
            scene.freezer.move_to(day + timedelta(hours=hours))
            await scene.pass_time(1)
        await scene.data.estate.async_refresh()
        await scene.settle()
        expected = truth(scene)
        for _ in range(4):
            await scene.pass_time(302)
        if found := messages(house):
            told[dt_util.now().strftime("%a")] = [message.splitlines() for message in found] == [expected]
    assert told == {"Thu": True, "Sat": True, "Mon": True}
