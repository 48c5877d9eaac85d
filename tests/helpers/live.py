"""A small estate in a `Live`, with a clock that is set by hand."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from custom_components.butlr.api.estate import Building, Estate, Floor, Hive, Room, Sensor, Site, Zone
from custom_components.butlr.api.readings import (
    Reading,
)
from custom_components.butlr.live.live import Live

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 6, 22, 12, 0, tzinfo=COPENHAGEN).timestamp()
MIDNIGHT = datetime(2026, 6, 22, 0, 0, tzinfo=COPENHAGEN).timestamp()
MINUTE = 60.0


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: float = NOON) -> None:
        """Set the clock."""
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def sensor(number: int, *, room: str | None, mode: str = "presence", entrance: bool = False, **more: object) -> Sensor:
    """Return a sensor on the floor `space_1`."""
    return Sensor(
        id=f"sensor_{number}",
        name=f"Sensor {number}",
        mac=f"00-17-0d-00-00-00-00-{number:02d}",
        mode=mode,
        floor_id="space_1",
        room_id=room,
        is_entrance=entrance,
        hive_serial="hive-1",
        online=True,
        **more,  # type: ignore[arg-type]
    )


def estate(**changes: object) -> Estate:
    """Return a building with a floor: a meeting room with PIR, a canteen with a door sensor, a bare room, a zone."""
    parts: dict[str, object] = {
        "organization_id": "org_1",
        "sites": {"site_1": Site(id="site_1", name="Site", time_zone="Europe/Copenhagen")},
        "buildings": {"building_1": Building(id="building_1", name="Building", site_id="site_1")},
        "floors": {"space_1": Floor(id="space_1", name="Floor", building_id="building_1")},
        "rooms": {
            "room_meeting": Room(id="room_meeting", name="Meeting", floor_id="space_1"),
            "room_canteen": Room(id="room_canteen", name="Canteen", floor_id="space_1"),
            "room_bare": Room(id="room_bare", name="Bare", floor_id="space_1"),
        },
        "zones": {"zone_desk": Zone(id="zone_desk", name="Desk", floor_id="space_1")},
        "sensors": {
            "sensor_1": sensor(1, room="room_meeting", model="Heatic 2+"),
            "sensor_2": sensor(2, room="room_canteen", mode="traffic"),
            "sensor_3": sensor(3, room=None, mode="traffic", entrance=True),
        },
        "hives": {"hive_1": Hive(id="hive_1", name="Hive", serial="HIVE-1", floor_id="space_1", online=True)},
    }
    return Estate(**{**parts, **changes})  # type: ignore[arg-type]


def make_live(clock: Clock, of: Estate | None = None) -> Live:
    """Return a `Live` that has had an estate for some minutes, and no readings."""
    live = Live(clock)
    clock.now -= 450
    live.set_estate(of or estate(), {"site_1": COPENHAGEN}, UTC)
    clock.now += 450
    return live


def poll(live: Live, *readings: Reading) -> None:
    """Apply readings as a poll does."""
    live.apply(readings, polled=True)
