"""The model of an estate: everything that an organization has at Butlr.

Site > Building > Floor > Room and Zone; hives and sensors belong to floors (docs: graphql-api-overview). Zones are
siblings of rooms: `Zone.room_id` is a hint, and the sensors of that room do not count for the zone (mcp: CHANGELOG
0.5.0).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from .outlines import Point

# Prefixes of MAC addresses that do not belong to real sensors, but to mirrors of other sensors and to test sensors
# (mcp: utils/graphql-helpers.ts).
PLACEHOLDER_MACS: Final = ("mi-rr-or", "fa-ke")
# The id prefixes of what a list contains, including everything below it (docs: graphql-api-overview).
_PREFIXES: Final = {
    "sites": ("building_", "space_", "room_", "zone_"),
    "buildings": ("building_", "space_", "room_", "zone_"),
    "floors": ("space_", "room_", "zone_"),
    "rooms": ("room_",),
    "zones": ("zone_",),
    "hives": ("hive_",),
    "sensors": ("sensor_",),
}
_KNOWN_PREFIXES: Final = ("building_", "space_", "room_", "zone_", "hive_", "sensor_")
_HARDWARE: Final = ("hives", "sensors")
_OF_HARDWARE: Final = ("hive_", "sensor_")
# Separates a list or field from the id of its owner in the names of unread parts.
_OF: Final = " of "


class Mode(StrEnum):
    """How a sensor is mounted and what it counts (docs: spatial-metrics)."""

    PRESENCE = "presence"
    TRAFFIC = "traffic"


class PrimarySource(StrEnum):
    """The sensors whose number stands for a space: the people in it, or entries minus exits."""

    PRESENCE = "presence"
    TRAFFIC = "traffic"


@dataclass(frozen=True, slots=True)
class Organization:
    """The customer that everything else belongs to."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A location with one time zone; `time_zone` is an IANA name or None."""

    id: str
    name: str
    time_zone: str | None = None
    organization_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Something people can be in; `capacity` is a number of people, or None if it is not configured."""

    id: str
    name: str
    capacity: int | None = None
    custom_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Building(Space):
    """A building of a site."""

    site_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor(Space):
    """A floor; its id starts with `space_`, the old name of floors."""

    building_id: str
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room(Space):
    """A room; `room_type` is the customer's free text, `outline` its polygon on the floor plan or empty."""

    floor_id: str
    room_type: str | None = None
    outline: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone(Space):
    """A zone of a floor; `sensor_ids` may include sensors that do not exist, or be empty for a zone with counts."""

    floor_id: str
    room_id: str | None = None
    sensor_ids: tuple[str, ...] = ()
    outline: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hive:
    """A gateway that sensors report through; `last_heartbeat` is in Unix seconds."""

    id: str
    name: str
    serial: str
    floor_id: str | None = None
    room_id: str | None = None
    online: bool | None = None
    version: str | None = None
    type: str | None = None
    last_heartbeat: float | None = None
    path_stability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """A heat sensor; `battery_change_by` and `last_heartbeat` are in Unix seconds."""

    id: str
    name: str
    mac: str
    mode: str
    model: str | None = None
    floor_id: str | None = None
    room_id: str | None = None
    hive_serial: str | None = None
    is_entrance: bool = False
    online: bool | None = None
    power: str | None = None
    battery_change_by: float | None = None
    last_heartbeat: float | None = None

    @property
    def senses_motion(self) -> bool:
        """Whether it has a PIR element, which is a Heatic 2+; the docs also write Heatic2+."""
        return "heatic2+" in "".join((self.model or "").split()).lower()

    @property
    def has_battery(self) -> bool:
        """Whether it has a battery that needs replacing, as far as Butlr knows."""
        power = (self.power or "").lower()
        return power == "battery" or (power != "wired" and self.battery_change_by is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A label of the customer on floors, rooms and zones."""

    id: str
    name: str
    space_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Equipment:
    """The real sensors behind the values of a space.

    `doors` are the traffic sensors whose crossings count for it, `counters` the presence sensors of which at least one
    must be online for a count to be believed, `pirs` the sensors that sense motion in it. `presence` is whether people
    are counted.
    """

    sensors: tuple[Sensor, ...] = ()
    doors: tuple[Sensor, ...] = ()
    counters: tuple[Sensor, ...] = ()
    pirs: tuple[Sensor, ...] = ()
    presence: bool = False

    @property
    def motion(self) -> bool:
        """Whether motion is sensed."""
        return bool(self.pirs)

    @property
    def traffic(self) -> bool:
        """Whether crossings are counted."""
        return bool(self.doors)


NO_EQUIPMENT: Final = Equipment()


@dataclass(frozen=True, kw_only=True)
class Estate:
    """Everything that an organization has at Butlr, keyed by Butlr id.

    `unread` names the parts that could not be read completely: a whole list (sites, sensors, hives or tags), or a list
    or field of an asset as `part_of` names it. An asset missing from an unread part may still exist. `gone` are ids
    that disappeared from lists that were complete, although other parts were unread. `uninstalled` maps the ids of
    sensors that are not installed anywhere to their MAC addresses; they count nowhere, even if they still send events.

    `unconfirmed` are the ids of assets missing in the newest answer that are not yet believed gone; for some, only the
    id is known. `named` are the organization ids that the answer itself contains. `with_hardware` is whether hives and
    sensors become devices; they are always used for spaces.
    """

    organization_id: str
    sites: Mapping[str, Site] = field(default_factory=dict)
    buildings: Mapping[str, Building] = field(default_factory=dict)
    floors: Mapping[str, Floor] = field(default_factory=dict)
    rooms: Mapping[str, Room] = field(default_factory=dict)
    zones: Mapping[str, Zone] = field(default_factory=dict)
    hives: Mapping[str, Hive] = field(default_factory=dict)
    sensors: Mapping[str, Sensor] = field(default_factory=dict)
    tags: Mapping[str, Tag] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    uninstalled: Mapping[str, str] = field(default_factory=dict)
    unconfirmed: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    with_hardware: bool = True

    def index(self) -> None:
        """Build the lookup tables now instead of on first use; in a large estate this is slow."""
        _ = self.spaces, self.hardware, self.sensors_by_mac, self.hives_by_serial, self.online_sensors, self._equipment

    @cached_property
    def spaces(self) -> dict[str, Space]:
        """Return buildings, floors, rooms and zones by id, parents first."""
        return {**self.buildings, **self.floors, **self.rooms, **self.zones}

    @cached_property
    def hardware(self) -> dict[str, Hive | Sensor]:
        """Return hives, then the sensors that may report through them, by id; empty unless `with_hardware`."""
        return {**self.hives, **self.sensors} if self.with_hardware else {}

    @cached_property
    def spaces_by_custom_id(self) -> dict[tuple[type[Space], str], Space]:
        """Return the spaces that have a custom id of the customer, by kind and custom id."""
        return {(type(space), space.custom_id): space for space in self.spaces.values() if space.custom_id}

    @cached_property
    def sensors_by_mac(self) -> dict[str, Sensor]:
        """Return the sensors by MAC address in lower case.

        If two sensors have one address, the online one counts, else the newer one: ids start with their creation time.
        """
        ordered = sorted(self.sensors.values(), key=lambda sensor: (sensor.online is True, sensor.id))
        return {sensor.mac.lower(): sensor for sensor in ordered}

    def is_uninstalled(self, mac: str) -> bool:
        """Return whether a MAC address, in lower case, belongs to a sensor that is not installed anywhere."""
        return mac not in self.sensors_by_mac and mac in self.uninstalled.values()

    @cached_property
    def hives_by_serial(self) -> dict[str, Hive]:
        """Return the hives by serial number in lower case."""
        return {hive.serial.lower(): hive for hive in self.hives.values()}

    def site_of(self, space: Space) -> Site:
        """Return the site of a space."""
        floor = self.floors[space.floor_id] if isinstance(space, Room | Zone) else space
        building_id = floor.building_id if isinstance(floor, Floor) else floor.id
        return self.sites[self.buildings[building_id].site_id]

    def parent_of(self, space: Space) -> Space | None:
        """Return the floor of a room or zone, or the building of a floor."""
        if isinstance(space, Room | Zone):
            return self.floors[space.floor_id]
        if isinstance(space, Floor):
            return self.buildings[space.building_id]
        return None

    def building_of(self, asset: Organization | Space | Hive | Sensor) -> Building | None:
        """Return the building of an asset; hardware may have no location, and an organization has no building."""
        if isinstance(asset, Building):
            return asset
        floor = asset if isinstance(asset, Floor) else self.floors.get(getattr(asset, "floor_id", None) or "")
        return self.buildings[floor.building_id] if floor else None

    def counts_people(self, space: Space) -> bool:
        """Return whether presence sensors count people; a building's people are the sum of its floors."""
        if isinstance(space, Building):
            floors = (floor for floor in self.floors.values() if floor.building_id == space.id)
            return any(self.equipment(floor.id).presence for floor in floors)
        return self.equipment(space.id).presence

    def senses_traffic(self, space: Space) -> bool:
        """Return whether traffic sensors count entries and exits."""
        return self.equipment(space.id).traffic

    def primary_source(self, space: Space) -> PrimarySource | None:
        """Return which number stands for the space (rule 7); None if nothing is counted in it."""
        if self.counts_people(space):
            return PrimarySource.PRESENCE
        return PrimarySource.TRAFFIC if self.senses_traffic(space) else None

    def around(self, space: Space) -> Iterator[Space]:
        """Yield what contains a space, the nearest first."""
        parent = self.parent_of(space)
        while parent:
            yield parent
            parent = self.parent_of(parent)

    def within(self, space_ids: Iterable[str]) -> Iterator[Space]:
        """Yield some spaces and everything in them, parents first."""
        kept = set(space_ids)
        for space in self.spaces.values():
            parent = self.parent_of(space)
            if space.id in kept or (parent and parent.id in kept):
                kept.add(space.id)
                yield space

    def counts(self, space: Space) -> bool:
        """Return whether a number of people stands for the space."""
        return self.primary_source(space) is not None

    def measures_capacity(self, space: Space) -> bool:
        """Return whether the space has a capacity, and a number to compare with it."""
        return space.capacity is not None and self.counts(space)

    def has(self, asset_id: str) -> bool:
        """Return whether an id belongs to the organization or to an asset of the estate."""
        return asset_id == self.organization_id or asset_id in self.spaces or asset_id in self.hardware

    def lacks(self, asset_id: str) -> bool:
        """Return whether an asset certainly does not exist now; an asset that could not be read may still exist."""
        if self.has(asset_id):
            return False
        if asset_id in self.unconfirmed and (self.with_hardware or not asset_id.startswith(_OF_HARDWARE)):
            return False
        if asset_id in self.gone or asset_id in self.uninstalled or not (unread := self._unread_prefixes):
            return True
        return asset_id.startswith(_KNOWN_PREFIXES) and not asset_id.startswith(unread)

    @cached_property
    def _unread_prefixes(self) -> tuple[str, ...]:
        """Return the id prefixes of assets that may be in unread lists."""
        lists = {split_part(part)[0] for part in self.unread}
        lists -= {name for name in _HARDWARE if not self.with_hardware}
        return tuple(prefix for name in sorted(lists) for prefix in _PREFIXES.get(name, ()))

    def is_sure_of(self, asset_id: str) -> bool:
        """Return whether everything was read that decides which values a space or device has."""
        return self._read_in_part.isdisjoint((asset_id, "sensors"))

    @cached_property
    def _read_in_part(self) -> frozenset[str]:
        """Return the ids of assets that were read in part, or whose sensors were; `sensors` stands for all of them."""
        found = set()
        for part in self.unread:
            name, asset_id = split_part(part)
            sensor = self.sensors.get(asset_id)
            if sensor and name in ("floor_id", "room_id") and getattr(sensor, name) is None:
                name, asset_id = "sensors", ""
            found.add(asset_id or name)
            for place in (sensor.room_id, sensor.floor_id) if sensor else (asset_id,):
                if space := self.spaces.get(place or ""):
                    found |= {space.id, *(one.id for one in self.around(space))}
        return frozenset(found)

    def confirmed(self, ids: Iterable[str]) -> list[str]:
        """Return the given ids that are in the newest answer."""
        return [one for one in ids if one not in self.unconfirmed]

    def hive_of(self, sensor: Sensor) -> Hive | None:
        """Return the hive that a sensor reports through."""
        return self.hives_by_serial.get((sensor.hive_serial or "").lower())

    def connected(self, device: Hive | Sensor) -> bool | None:
        """Return whether a device is online; a sensor behind an offline hive is not, even if its own state says so."""
        hive = self.hive_of(device) if isinstance(device, Sensor) else None
        return False if hive and hive.online is False else device.online

    def is_online(self, sensor: Sensor) -> bool:
        """Return whether a sensor is online as far as known; one not confirmed since a restart is not."""
        return self.connected(sensor) is not False and not (sensor.online is None and sensor.id in self.unconfirmed)

    @cached_property
    def online_sensors(self) -> frozenset[str]:
        """Return the ids of the sensors for which `is_online` is true."""
        return frozenset(sensor.id for sensor in self.sensors.values() if self.is_online(sensor))

    def any_online(self, sensors: Iterable[Sensor]) -> bool:
        """Return whether at least one of some sensors of this estate is online."""
        return not self.online_sensors.isdisjoint([sensor.id for sensor in sensors])

    def equipment(self, space_id: str) -> Equipment:
        """Return the sensors of a space: none for a building, and for a zone the sensors attributed to it.

        All traffic sensors of a room count for it; for a floor, only its entrances do (mcp: CHANGELOG 0.3.0). Butlr
        counts people in zones even if they list no sensors.
        """
        return self._equipment.get(space_id, NO_EQUIPMENT)

    def counts_crossings(self, space_id: str, mac: str | None) -> bool:
        """Return whether the crossings of a sensor count for a floor or room; without a MAC, those of all its sensors.

        All doors of a room count for it. Only entrances count for a floor, although answers also contain its room
        doors.
        """
        if space_id in self.rooms:
            return mac is None or mac.lower() in self.sensors_by_mac
        if mac is None:
            return self.only_entrances(space_id)
        sensor = self.sensors_by_mac.get(mac.lower())
        return sensor is not None and sensor.is_entrance

    def only_entrances(self, space_id: str) -> bool:
        """Return whether all traffic sensors of a floor or room are entrances."""
        return all(sensor.is_entrance for sensor in self.equipment(space_id).sensors if sensor.mode == Mode.TRAFFIC)

    @cached_property
    def sensed(self) -> frozenset[str]:
        """Return the ids of the spaces that sensors cover, at least in part."""
        covered = (self.spaces[key] for key, one in self._equipment.items() if one.sensors or one.counters)
        return frozenset(one.id for space in covered for one in (space, *self.around(space)))

    @cached_property
    def _equipment(self) -> dict[str, Equipment]:
        """Return the sensors of every floor, room and zone that has any, by id of the space."""
        bound: dict[str, list[Sensor]] = {}
        for sensor in self.sensors.values():
            if sensor.room_id and sensor.room_id in self.rooms:
                bound.setdefault(sensor.room_id, []).append(sensor)
            if sensor.floor_id and sensor.floor_id in self.floors:
                bound.setdefault(sensor.floor_id, []).append(sensor)
        equipment = {}
        for space_id, sensors in bound.items():
            is_room = space_id in self.rooms
            counters = tuple(one for one in sensors if one.mode == Mode.PRESENCE)
            equipment[space_id] = Equipment(
                sensors=tuple(sensors),
                doors=tuple(one for one in sensors if one.mode == Mode.TRAFFIC and (is_room or one.is_entrance)),
                counters=counters,
                pirs=tuple(one for one in sensors if is_room and one.senses_motion),
                presence=bool(counters),
            )
        for zone in self.zones.values():
            listed = tuple(self.sensors[sensor_id] for sensor_id in zone.sensor_ids if sensor_id in self.sensors)
            own = tuple(one for one in listed if one.mode == Mode.PRESENCE)
            around = equipment.get(zone.floor_id, NO_EQUIPMENT).counters
            equipment[zone.id] = Equipment(sensors=listed, counters=own or around, presence=True)
        return equipment

    def only(self, building_ids: Iterable[str]) -> Estate:
        """Return the part of the estate in some buildings, and the sensors and hives without a location.

        Sensors that are attributed to rooms of these buildings stay too, even if their own location is elsewhere.
        """
        chosen = set(building_ids)
        floors = {key: floor for key, floor in self.floors.items() if floor.building_id in chosen}
        rooms = {key: room for key, room in self.rooms.items() if room.floor_id in floors}
        gone = self.floors.keys() - floors.keys()
        buildings = {key: building for key, building in self.buildings.items() if key in chosen}
        kept_sites = {building.site_id for building in buildings.values()}
        elsewhere = (self.sites.keys() - kept_sites) | (self.buildings.keys() - chosen) | gone
        elsewhere |= {key for key, room in self.rooms.items() if room.floor_id in gone}
        elsewhere |= {key for key, zone in self.zones.items() if zone.floor_id in gone}
        left = replace(
            self,
            sites={key: site for key, site in self.sites.items() if key in kept_sites},
            buildings=buildings,
            floors=floors,
            rooms=rooms,
            zones={key: zone for key, zone in self.zones.items() if zone.floor_id in floors},
            hives={key: hive for key, hive in self.hives.items() if hive.floor_id not in gone},
            sensors={key: one for key, one in self.sensors.items() if one.floor_id not in gone or one.room_id in rooms},
            unread=frozenset(part for part in self.unread if split_part(part)[1] not in elsewhere),
        )
        dropped = (self.spaces.keys() - left.spaces.keys()) | (self.hardware.keys() - left.hardware.keys())
        return replace(left, unconfirmed=self.unconfirmed - dropped)


def placed(sensors: Mapping[str, Sensor], floors: Mapping[str, Floor], rooms: Mapping[str, Room]) -> dict[str, Sensor]:
    """Return sensors with their floors: a sensor that names only its room is on that room's floor."""
    return {
        key: replace(sensor, floor_id=room.floor_id)
        if sensor.floor_id not in floors and (room := rooms.get(sensor.room_id or ""))
        else sensor
        for key, sensor in sensors.items()
    }


def part_of(name: str, asset_id: str) -> str:
    """Return the name that `Estate.unread` uses for a list or field of an asset, as in `rooms of space_1`."""
    return f"{name}{_OF}{asset_id}"


def split_part(part: str) -> tuple[str, str]:
    """Return the arguments that `part_of` was called with; the id of a whole list is empty."""
    name, _, asset_id = part.partition(_OF)
    return name, asset_id


def is_placeholder_mac(mac: str) -> bool:
    """Return whether a MAC address does not belong to a real sensor."""
    return not mac or mac.lower().startswith(PLACEHOLDER_MACS)
