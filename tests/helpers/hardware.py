"""Hardware of the simulated estate that goes offline and comes back."""

import time

from tests.simulator import Simulator
from tests.simulator.estate import Hive, Sensor

from .registries import find


def sensors_of(simulator: Simulator, floor: str) -> list[Sensor]:
    """Return the real sensors of a floor, given its name."""
    floor_id = find(simulator, floor)
    return [one for one in simulator.estate.sensors.values() if one.real and one.floor_id == floor_id]


def go_offline(*devices: Sensor | Hive, heartbeat: bool = True) -> None:
    """Take devices offline now; without `heartbeat`, Butlr does not report their last one."""
    for device in devices:
        device.is_online = False
        device.offline_since = int(time.time()) if heartbeat else None


def go_online(*devices: Sensor | Hive) -> None:
    """Bring devices back."""
    for device in devices:
        device.is_online = True
        device.offline_since = None
