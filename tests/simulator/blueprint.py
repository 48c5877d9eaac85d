"""Estates to simulate: the small one of five rooms, drawn by hand, and generated ones of up to thousands of rooms."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import math
import random
import time

from .estate import Building, Estate, Floor, Hive, Room, Sensor, Site, Tag, Zone
from .floor_layout import lay_out
from .identifiers import new_id

PIR = "Heatic 2+"
PLAIN = "Heatic 2"

_ROOMS_A_FLOOR = 40
_FLOORS_A_BUILDING = 5
_BUILDINGS_A_SITE = 8

_SITES = (
    ("Harbour Campus", "Europe/Copenhagen", "DK"),
    ("Sunset Yard", None, "US"),
    ("Riverside Park", "Europe/London", "GB"),
    ("Bay View", "America/Los_Angeles", "US"),
    ("Garden City", "Asia/Kolkata", "IN"),
)
_BUILDINGS = ("Pier House", "Mill Court", "Beacon", "Ropewalk", "Granary", "Lantern", "Foundry", "Orchard", "Customs")
_ROOM_NAMES = (
    "Alder",
    "Ash",
    "Aspen",
    "Beech",
    "Birch",
    "Cedar",
    "Cherry",
    "Chestnut",
    "Cypress",
    "Elder",
    "Elm",
    "Fir",
    "Hawthorn",
    "Hazel",
    "Hickory",
    "Holly",
    "Hornbeam",
    "Juniper",
    "Larch",
    "Laurel",
    "Linden",
    "Magnolia",
    "Maple",
    "Mulberry",
    "Oak",
    "Olive",
    "Pear",
    "Pine",
    "Plane",
    "Plum",
    "Poplar",
    "Quince",
    "Rowan",
    "Spruce",
    "Sycamore",
    "Walnut",
    "Wattle",
    "Willow",
    "Yew",
    "Zelkova",
)
_ZONE_NAMES = ("Desk Row", "Window Seats", "Lounge Corner", "Project Tables", "Print Point", "Sofa Island")
_ROOM_TYPES = (("conference", 10), ("office", 4), ("Untagged", 1), (None, 6), ("huddle", 3), ("training", 20))


@dataclass(slots=True)
class Drawing:
    """An estate in the making."""

    rng: random.Random
    estate: Estate
    macs: int = 0

    def id(self, prefix: str) -> str:
        """Return a new identifier."""
        return new_id(self.rng, prefix)

    def room(self, floor: Floor, name: str, room_type: str | None, seats: int, custom_id: str | None = None) -> Room:
        """Draw a room."""
        room = Room(self.id("room"), name, floor.id, room_type, custom_id, seats, seats // 2 if seats > 1 else seats)
        self.estate.add(room)
        return room

    def zone(self, floor: Floor, name: str, room_id: str | None, seats: int = 4, custom_id: str | None = None) -> Zone:
        """Draw a zone; in a room when that is given."""
        zone = Zone(self.id("zone"), name, floor.id, room_id, custom_id, seats, 0)
        self.estate.add(zone)
        return zone

    def hive(self, floor: Floor, name: str, room_id: str | None = None) -> Hive:
        """Mount a gateway."""
        hive = Hive(self.id("hive"), name, f"{self.rng.getrandbits(64):016x}", floor.id, room_id)
        self.estate.add(hive)
        return hive

    def sensor(
        self,
        name: str,
        hive: Hive,
        room_id: str | None,
        *,
        mode: str = "presence",
        model: str = PIR,
        entrance: bool = False,
        battery: int | None = None,
    ) -> Sensor:
        """Mount a sensor; `battery` is the number of days until it needs a new one."""
        self.macs += 1
        mac = f"00-17-0d-00-00-{self.macs >> 16 & 255:02x}-{self.macs >> 8 & 255:02x}-{self.macs & 255:02x}"
        sensor = Sensor(
            self.id("sensor"), name, mac, mode, model, hive.floor_id, room_id, hive.id, is_entrance=entrance
        )
        if battery is not None:
            due = datetime.fromtimestamp(time.time(), UTC) + timedelta(days=battery)
            sensor.power_type = "Battery"
            sensor.battery_change_by_date = due.strftime("%Y-%m-%dT00:00:00Z")
            sensor.last_battery_change_date = (due - timedelta(days=540)).strftime("%Y-%m-%dT08:12:33.41Z")
        self.estate.add(sensor)
        return sensor

    def placeholders(self, hive: Hive, presence_room: Room, traffic_room: Room) -> None:
        """Add the rows that every real organization has and that mean nothing."""
        for name, mac, mode, room in (
            ("Mirror of ceiling", "mi-rr-or-00-00-71-20-03", "presence", presence_room),
            ("Test sensor", "fa-ke-0d-00-00-6d-00-01", "presence", presence_room),
            ("Test door", "fa-ke-0d-00-00-6d-00-02", "traffic", traffic_room),
            ("Planned sensor", "", "presence", presence_room),
        ):
            sensor = self.sensor(name, hive, room.id, mode=mode, entrance=mode == "traffic")
            sensor.mac_address = mac
            sensor.floor_id = room.floor_id
            sensor.is_online = False
            sensor.power_type = None
            sensor.installation_status = "INSTALLED" if mac else "UNINSTALLED"
        for name, serial in (("Test hive", "FAKE-0001"), ("Planned hive", "")):
            fake = self.hive(self.estate.floors[hive.floor_id], name, traffic_room.id)
            fake.serial = serial
            fake.is_online = fake.installed = False

    def tags(self, meeting: list[str], quiet: list[str]) -> None:
        """Add tags: two in use, one unused, one that only a deleted room has, one without a name."""
        gone = (self.id("room"), "Old Studio")
        for name, spaces, deleted in (
            ("meeting room", meeting, [gone]),
            ("quiet", quiet, []),
            ("phone ban", [], []),
            ("video", [], [gone]),
            ("", [], []),
        ):
            self.estate.add(Tag(self.id("tag"), name, spaces, deleted))


def draw_estate(rooms: int, seed: int) -> Estate:
    """Return an estate with that many rooms; the same seed draws the same one."""
    rng = random.Random(f"{seed}/estate")
    name = "Nordhavn Workspaces" if rooms <= 5 else "Meridian Offices"
    drawing = Drawing(rng, Estate(new_id(rng, "org"), name))
    if rooms <= 5:
        _draw_small(drawing)
    else:
        _draw_generated(drawing, rooms)
    lay_out(drawing.estate)
    return drawing.estate


def _draw_small(drawing: Drawing) -> None:
    """Draw one building of two floors, five rooms and four zones."""
    estate = drawing.estate
    site = Site(drawing.id("site"), "Harbour Campus", "Europe/Copenhagen", 1, "HC")
    building = Building(
        drawing.id("building"), "Pier House", site.id, 1, None, ["Pakhusvej 12", "2100 København Ø"], "DK"
    )
    ground = Floor(drawing.id("space"), "Ground Floor", building.id, 0, "FLOOR-0", 60, 30)
    first = Floor(drawing.id("space"), "First Floor", building.id, 1, None, 45, 22)
    for asset in (site, building, ground, first):
        estate.add(asset)

    lobby = drawing.room(ground, "Lobby", None, 0)
    cafe = drawing.room(ground, "Harbour Café", "cafeteria", 40, "CAFE-01")
    boardroom = drawing.room(first, "Boardroom", "conference", 12, "MEET-1.01")
    focus = drawing.room(first, "Focus Room", "office", 4)
    booth = drawing.room(first, "Phone Booth 1", "Untagged", 1)
    reception = drawing.zone(ground, "Reception Desk", lobby.id)
    drawing.zone(ground, "Café Window Seats", cafe.id)
    row_a = drawing.zone(first, "Desk Row A", None, custom_id="DESK-A")
    row_b = drawing.zone(first, "Desk Row B", "")

    below = drawing.hive(ground, "Hive ground", lobby.id)
    above = drawing.hive(first, "Hive first", "")
    drawing.sensor("Main entrance", below, lobby.id, mode="traffic", model=PLAIN, entrance=True)
    drawing.sensor("Café door", below, cafe.id, mode="traffic", model=PLAIN)
    drawing.sensor("Boardroom ceiling", above, boardroom.id)
    drawing.sensor("Focus Room ceiling", above, focus.id, battery=18)
    dead = drawing.sensor("Phone Booth 1", above, booth.id, battery=-23)
    _silence(dead)
    row_a.sensor_ids = [drawing.sensor("Desk Row A", above, None, battery=250).id]
    unknown_power = drawing.sensor("Desk Row B", above, "")
    unknown_power.power_type = None
    row_b.sensor_ids = [unknown_power.id]
    reception.sensor_ids = [drawing.sensor("Reception", below, lobby.id, model=PLAIN).id]
    drawing.placeholders(above, boardroom, cafe)
    drawing.tags([boardroom.id, focus.id], [focus.id, booth.id, row_a.id])


def _draw_generated(drawing: Drawing, rooms: int) -> None:
    """Draw sites, buildings and floors until all rooms have a place."""
    estate = drawing.estate
    floor_count = max(2, math.ceil(rooms / _ROOMS_A_FLOOR))
    sizes = [rooms // floor_count + (number < rooms % floor_count) for number in range(floor_count)]
    building_count = math.ceil(floor_count / _FLOORS_A_BUILDING)
    site_count = max(1, math.ceil(building_count / _BUILDINGS_A_SITE))
    # A second site without a time zone is worth having as soon as there are two buildings.
    site_count = max(site_count, 2) if building_count > 1 else site_count
    for number in range(site_count):
        name, timezone, _ = _SITES[number % len(_SITES)]
        turn = f" {number // len(_SITES) + 1}" if number >= len(_SITES) else ""
        estate.add(Site(drawing.id("site"), name + turn, timezone, number + 1, f"S{number + 1}"))
    sites = list(estate.sites.values())
    for number in range(building_count):
        site = sites[number * site_count // building_count]
        name = _BUILDINGS[number % len(_BUILDINGS)]
        turn = f" {number // len(_BUILDINGS) + 1}" if number >= len(_BUILDINGS) else ""
        country = _SITES[(site.number - 1) % len(_SITES)][2]
        address = [f"{drawing.rng.randint(1, 99)} Quay Street"]
        building = Building(drawing.id("building"), name + turn, site.id, number + 1, None, address, country)
        estate.add(building)
        for level, size in enumerate(sizes[number * _FLOORS_A_BUILDING : (number + 1) * _FLOORS_A_BUILDING]):
            _draw_floor(drawing, building, level, size)
    _finish_generated(drawing)


def _draw_floor(drawing: Drawing, building: Building, level: int, size: int) -> None:
    """Draw one floor with its rooms, zones and devices."""
    rng = drawing.rng
    name = "Ground Floor" if level == 0 else f"Floor {level}"
    custom_id = f"B{building.number}-F{level}" if rng.random() < 0.5 else None
    floor = Floor(drawing.id("space"), name, building.id, level, custom_id, size * 6, size * 3, size * 24.0)
    drawing.estate.add(floor)
    hives = [drawing.hive(floor, f"Hive {building.number}.{level}.{n + 1}") for n in range(max(1, size // 20) + 1)]
    rooms: list[Room] = []
    for number in range(size):
        label = f"{building.number}.{level}{number + 1:02}"
        if level == 0 and number == 0:
            room = drawing.room(floor, f"Lobby {building.number}", None, 0)
        elif level == 0 and number == 1:
            room = drawing.room(floor, f"Café {building.number}", "cafeteria", 40, f"CAFE-{building.number}")
        else:
            room_type, seats = rng.choice(_ROOM_TYPES)
            custom = f"R-{label}" if rng.random() < 0.3 else None
            room = drawing.room(floor, f"{_ROOM_NAMES[number % len(_ROOM_NAMES)]} {label}", room_type, seats, custom)
        rooms.append(room)
        _equip_room(drawing, floor, room, hives[number % len(hives)])
    if level > 0 and rng.random() < 0.5:
        drawing.sensor(f"Stairs {building.number}.{level}", hives[0], None, mode="traffic", model=PLAIN, entrance=True)
    for number in range(max(1, size // 2)):
        inside = rng.choice(rooms).id if rng.random() < 0.2 else rng.choice((None, ""))
        kind = _ZONE_NAMES[number % len(_ZONE_NAMES)]
        custom = f"Z-{building.number}.{level}.{number + 1}" if rng.random() < 0.3 else None
        zone = drawing.zone(floor, f"{kind} {building.number}.{level}.{number + 1}", inside, custom_id=custom)
        if rng.random() < 0.75:
            sensor = drawing.sensor(zone.name, rng.choice(hives), zone.room_id, battery=rng.randint(60, 700))
            zone.sensor_ids = [sensor.id]


def _equip_room(drawing: Drawing, floor: Floor, room: Room, hive: Hive) -> None:
    """Mount a room's sensors: most count people, some crossings, some both, some nothing."""
    rng = drawing.rng
    if room.name.startswith("Lobby"):
        drawing.sensor(f"{room.name} entrance", hive, room.id, mode="traffic", model=PLAIN, entrance=True)
        return
    chance = rng.random()
    if room.room_type == "cafeteria" or 0.12 <= chance < 0.28:
        drawing.sensor(f"{room.name} door", hive, room.id, mode="traffic", model=PLAIN)
    if room.room_type != "cafeteria" and chance >= 0.2:
        model = PIR if rng.random() < 0.85 else PLAIN
        battery = rng.randint(-10, 700) if rng.random() < 0.5 else None
        drawing.sensor(f"{room.name} ceiling", hive, room.id, model=model, battery=battery)


def _finish_generated(drawing: Drawing) -> None:
    """Add what every organization has: placeholders, tags, a dead sensor and a dead gateway."""
    estate, rng = drawing.estate, drawing.rng
    coverage = estate.coverage
    rooms = list(estate.rooms.values())
    counted = [room for room in rooms if coverage.has_presence(room.id)]
    cafe = next(room for room in rooms if room.room_type == "cafeteria")
    hives = list(estate.hives.values())
    entrance_hives = {sensor.hive_id for sensor in estate.sensors.values() if sensor.is_entrance}
    sole = [room for room in counted if len(coverage.room_sensors(room.id, "presence")) == 1]
    victim = coverage.room_sensors(rng.choice(sole).id, "presence")[0]
    dead_hive = rng.choice([hive for hive in hives if hive.id not in entrance_hives and hive.id != victim.hive_id])
    meeting = [room.id for room in rooms if room.room_type in ("conference", "training")]
    quiet = [room.id for room in rooms if room.room_type == "office"] + list(estate.zones)[::7] + [cafe.floor_id]
    drawing.placeholders(hives[0], counted[0], cafe)
    drawing.tags(meeting, quiet)
    _silence(victim)
    dead_hive.is_online = False
    dead_hive.offline_since = int(time.time()) - 2 * 86_400


def _silence(sensor: Sensor) -> None:
    """Take a sensor offline two days ago."""
    sensor.is_online = False
    sensor.offline_since = int(time.time()) - 2 * 86_400
