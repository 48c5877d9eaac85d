"""A Butlr cloud to test against: a real HTTP server with people walking through its buildings.

`python -m tests.simulator --help` runs it by hand; tests use the `Simulator` class.
"""

from .delivery import Delivery, Webhook
from .estate import Building, Estate, Floor, Hive, Room, Sensor, Site, Tag, Zone
from .requests_log import RequestRecord
from .settings import Fault, Faults, Settings
from .simulator import Simulator

__all__ = [
    "Building",
    "Delivery",
    "Estate",
    "Fault",
    "Faults",
    "Floor",
    "Hive",
    "RequestRecord",
    "Room",
    "Sensor",
    "Settings",
    "Simulator",
    "Site",
    "Tag",
    "Webhook",
    "Zone",
]
