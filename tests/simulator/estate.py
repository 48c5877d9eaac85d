"""The estate: what the organization owns, and which sensor covers what.

The dataclasses are mutable so that a test can edit them in place; `Asset.edits` counts every such edit, and the
indexes and cached answers that depend on the estate notice by it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, override

type Coordinates = list[list[float]]


class Asset:
    """Something with an id whose edits are counted."""

    __slots__ = ()

    edits: ClassVar[int] = 0

    @override
    def __setattr__(self, name: str, value: Any) -> None:
        """Set the attribute and count the edit."""
        object.__setattr__(self, name, value)
        Asset.edits += 1


@dataclass(slots=True)
class Site(Asset):
    """A site; its time zone may be unknown."""

    id: str
    name: str
    timezone: str | None
    number: int
    custom_id: str | None = None


@dataclass(slots=True)
class Building(Asset):
    """A building of a site."""

    id: str
    name: str
    site_id: str
    number: int
    custom_id: str | None = None
    address: list[str] = field(default_factory=list)
    country: str | None = None


@dataclass(slots=True)
class Floor(Asset):
    """A floor; the reporting API calls it a space."""

    id: str
    name: str
    building_id: str
    number: int
    custom_id: str | None = None
    capacity_max: int = 0
    capacity_mid: int = 0
    area: float = 310.0
    installed_at: int = 1718015400


@dataclass(slots=True)
class Room(Asset):
    """A room of a floor."""

    id: str
    name: str
    floor_id: str
    room_type: str | None = None
    custom_id: str | None = None
    capacity_max: int = 0
    capacity_mid: int = 0
    coordinates: Coordinates = field(default_factory=list)


@dataclass(slots=True)
class Zone(Asset):
    """A zone of a floor; `room_id` says in which room it lies, if in any (null and "" both occur)."""

    id: str
    name: str
    floor_id: str
    room_id: str | None = None
    custom_id: str | None = None
    capacity_max: int = 0
    capacity_mid: int = 0
    coordinates: Coordinates = field(default_factory=list)
    sensor_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Sensor(Asset):
    """A sensor, real or placeholder."""

    id: str
    name: str
    mac_address: str
    mode: str
    model: str
    floor_id: str
    room_id: str | None
    hive_id: str
    is_entrance: bool = False
    is_online: bool = True
    power_type: str | None = "Wired"
    last_battery_change_date: str | None = None
    battery_change_by_date: str | None = None
    installation_status: str = "INSTALLED"
    offline_since: int | None = None
    """Unix seconds of the last heartbeat of a sensor that is offline."""

    @property
    def real(self) -> bool:
        """Tell a working device from mirrors, test rows, planned ones and those that were taken down."""
        mac = self.mac_address.strip().lower()
        hangs = self.installation_status.upper() != "UNINSTALLED"
        return hangs and bool(mac) and not mac.startswith(("mi-rr-or", "fa-ke"))

    @property
    def has_pir(self) -> bool:
        """Return whether the hardware senses motion."""
        return self.mode == "presence" and self.model.replace(" ", "").lower() == "heatic2+"


@dataclass(slots=True)
class Hive(Asset):
    """A gateway, real or placeholder."""

    id: str
    name: str
    serial: str
    floor_id: str
    room_id: str | None = None
    is_online: bool = True
    installed: bool = True
    version: str = "2.4.4"
    type: str = "2.0"
    offline_since: int | None = None

    @property
    def real(self) -> bool:
        """Return whether this is a real gateway and not one of the test rows and planned ones."""
        serial = self.serial.strip().lower()
        return bool(serial) and not serial.startswith("fake")


@dataclass(slots=True)
class Tag(Asset):
    """A tag on floors, rooms and zones; `deleted` are rooms that no longer exist but are still listed."""

    id: str
    name: str
    space_ids: list[str] = field(default_factory=list)
    deleted: list[tuple[str, str]] = field(default_factory=list)


class SpaceRef(NamedTuple):
    """Where a person is: on a floor, perhaps in a room, perhaps in a zone (which may lie in that room)."""

    floor_id: str
    room_id: str | None = None
    zone_id: str | None = None

    @property
    def space_ids(self) -> tuple[str, ...]:
        """Return every space that this place belongs to."""
        return tuple(space for space in (self.floor_id, self.room_id, self.zone_id) if space)


type Space = Building | Floor | Room | Zone


class Coverage:
    """What follows from the estate at one moment; made again after every edit."""

    def __init__(self, estate: Estate) -> None:
        """Index the estate."""
        self._estate = estate
        self.buildings_of: dict[str, list[Building]] = _grouped(estate.buildings.values(), "site_id")
        self.floors_of: dict[str, list[Floor]] = _grouped(estate.floors.values(), "building_id")
        self.rooms_of: dict[str, list[Room]] = _grouped(estate.rooms.values(), "floor_id")
        self.zones_of: dict[str, list[Zone]] = _grouped(estate.zones.values(), "floor_id")
        self.sensors_on: dict[str, list[Sensor]] = _grouped(estate.sensors.values(), "floor_id")
        """All sensors of a floor, placeholders included."""
        self.sensors_in: dict[str, list[Sensor]] = _grouped(estate.sensors.values(), "room_id")
        """All sensors of a room, placeholders included."""
        self.hives_on: dict[str, list[Hive]] = _grouped(estate.hives.values(), "floor_id")
        self.tags_on: dict[str, list[Tag]] = {}
        for tag in estate.tags.values():
            for space_id in tag.space_ids:
                self.tags_on.setdefault(space_id, []).append(tag)
        self._offline_hives = {hive.id for hive in estate.hives.values() if not hive.is_online}
        self._sees: dict[str, bool] = {}
        self._places: dict[str, SpaceRef] = {}
        self._doors: dict[str, tuple[Sensor, ...]] = {}

    def works(self, sensor: Sensor) -> bool:
        """Return whether a sensor's data arrives: it and its hive are online."""
        return sensor.is_online and sensor.hive_id not in self._offline_hives

    def room_sensors(self, room_id: str, mode: str) -> list[Sensor]:
        """Return the real sensors bound to a room."""
        return [sensor for sensor in self.sensors_in.get(room_id, ()) if sensor.real and sensor.mode == mode]

    def zone_sensors(self, zone: Zone) -> list[Sensor]:
        """Return the real sensors listed for a zone."""
        sensors = (self._estate.sensors.get(sensor_id) for sensor_id in zone.sensor_ids)
        return [sensor for sensor in sensors if sensor and sensor.real]

    def floor_sensors(self, floor_id: str, mode: str) -> list[Sensor]:
        """Return the real sensors on a floor."""
        return [sensor for sensor in self.sensors_on.get(floor_id, ()) if sensor.real and sensor.mode == mode]

    def traffic_sensors(self, space_id: str) -> list[Sensor]:
        """Return the sensors whose crossings a room (any bound) or floor (entrances only) counts."""
        if space_id in self._estate.rooms:
            return self.room_sensors(space_id, "traffic")
        return [sensor for sensor in self.floor_sensors(space_id, "traffic") if sensor.is_entrance]

    def has_presence(self, space_id: str) -> bool:
        """Return whether people are counted there at all: by presence sensors, in zones always."""
        if space_id in self._estate.zones:
            return True
        if space_id in self._estate.rooms:
            return bool(self.room_sensors(space_id, "presence"))
        return bool(self.floor_sensors(space_id, "presence"))

    def senses(self, space_id: str) -> bool:
        """Return whether it can be known at all if anyone is in a zone, a room, or somewhere on a floor."""
        if space_id in self._estate.floors:
            return any(sensor.real for sensor in self.sensors_on.get(space_id, ()))
        if zone := self._estate.zones.get(space_id):
            return bool(self.zone_sensors(zone) or self.floor_sensors(zone.floor_id, "presence"))
        return any(sensor.real for sensor in self.sensors_in.get(space_id, ()))

    def has_pir(self, room_id: str) -> bool:
        """Return whether motion is sensed in a room."""
        return any(sensor.has_pir for sensor in self.room_sensors(room_id, "presence"))

    def sees(self, space_id: str) -> bool:
        """Return whether people there are being counted right now."""
        if (known := self._sees.get(space_id)) is None:
            known = self._sees[space_id] = self._seen_now(space_id)
        return known

    def _seen_now(self, space_id: str) -> bool:
        """Work out `sees`."""
        if zone := self._estate.zones.get(space_id):
            own = [sensor for sensor in self.zone_sensors(zone) if sensor.mode == "presence"]
            return any(map(self.works, own or self.floor_sensors(zone.floor_id, "presence")))
        if space_id in self._estate.rooms:
            return any(map(self.works, self.room_sensors(space_id, "presence")))
        return any(map(self.works, self.floor_sensors(space_id, "presence")))

    def floor_counts(self, place: SpaceRef) -> bool:
        """Return whether somebody at that place is under one of the floor's presence sensors."""
        return bool((place.room_id and self.sees(place.room_id)) or (place.zone_id and self.sees(place.zone_id)))

    def available(self, space_id: str) -> bool:
        """Return whether not all of a space's sensors are dead (a space without sensors is available)."""
        if zone := self._estate.zones.get(space_id):
            sensors = self.zone_sensors(zone)
        elif space_id in self._estate.rooms:
            sensors = [sensor for sensor in self.sensors_in.get(space_id, ()) if sensor.real]
        elif space_id in self._estate.floors:
            sensors = [sensor for sensor in self.sensors_on.get(space_id, ()) if sensor.real]
        else:
            floors = self.floors_of.get(space_id, [])
            sensors = [s for floor in floors for s in self.sensors_on.get(floor.id, ()) if s.real]
        return not sensors or any(map(self.works, sensors))

    def place(self, space_id: str) -> SpaceRef:
        """Return the place that stands for a floor, room or zone.

        Raises:
            KeyError: no such space.
        """
        if (known := self._places.get(space_id)) is None:
            known = self._places[space_id] = self._find_place(space_id)
        return known

    def _find_place(self, space_id: str) -> SpaceRef:
        """Work out `place`."""
        if zone := self._estate.zones.get(space_id):
            inside = self._estate.rooms.get(zone.room_id or "")
            room_id = inside.id if inside and inside.floor_id == zone.floor_id else None
            return SpaceRef(zone.floor_id, room_id, zone.id)
        if room := self._estate.rooms.get(space_id):
            return SpaceRef(room.floor_id, room.id)
        return SpaceRef(self._estate.floors[space_id].id)

    def entrances(self, building_id: str) -> tuple[Sensor, ...]:
        """Return the sensors at the building's outer doors: entrance sensors on its lowest floor."""
        if (known := self._doors.get(building_id)) is None:
            floors = sorted(self.floors_of.get(building_id, []), key=lambda floor: floor.number)
            known = tuple(self.traffic_sensors(floors[0].id)) if floors else ()
            self._doors[building_id] = known
        return known

    def landing_doors(self, floor_id: str) -> tuple[Sensor, ...]:
        """Return the entrance sensors of an upper floor: they see who comes up or goes down."""
        key = f"landing {floor_id}"
        if (known := self._doors.get(key)) is None:
            outer = self.entrances(self._estate.floors[floor_id].building_id)
            known = tuple(sensor for sensor in self.traffic_sensors(floor_id) if sensor not in outer)
            self._doors[key] = known
        return known

    def room_doors(self, room_id: str) -> tuple[Sensor, ...]:
        """Return the sensors at a room's own doors (an outer door in a lobby is not one)."""
        if (known := self._doors.get(room_id)) is None:
            sensors = self.room_sensors(room_id, "traffic")
            known = self._doors[room_id] = tuple(sensor for sensor in sensors if not sensor.is_entrance)
        return known


@dataclass(slots=True)
class Estate:
    """One organization and all it owns; edit the dataclasses freely, add and remove through the methods."""

    id: str
    name: str
    sites: dict[str, Site] = field(default_factory=dict)
    buildings: dict[str, Building] = field(default_factory=dict)
    floors: dict[str, Floor] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    zones: dict[str, Zone] = field(default_factory=dict)
    sensors: dict[str, Sensor] = field(default_factory=dict)
    hives: dict[str, Hive] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    _coverage: tuple[object, Coverage] | None = None

    @property
    def revision(self) -> tuple[int, ...]:
        """Return something that differs after every edit."""
        return (Asset.edits, *(len(kept) for _, kept in self._shelves()))

    @property
    def coverage(self) -> Coverage:
        """Return which sensor covers what, as of now."""
        revision = self.revision
        if self._coverage is None or self._coverage[0] != revision:
            self._coverage = (revision, Coverage(self))
        return self._coverage[1]

    def add(self, asset: Asset) -> None:
        """Take an asset into the estate."""
        for kind, kept in self._shelves():
            if isinstance(asset, kind):
                kept[asset.id] = asset
        Asset.edits += 1

    def remove(self, asset_id: str) -> None:
        """Take an asset out of the estate.

        Spaces in it go with it, and hardware there loses its place; what else hung on it keeps the dangling id, as at
        Butlr.

        Raises:
            KeyError: no such asset.
        """
        if not any(kept.pop(asset_id, None) for _, kept in self._shelves()):
            raise KeyError(asset_id)
        Asset.edits += 1
        inside = [building.id for building in self.buildings.values() if building.site_id == asset_id]
        inside += [floor.id for floor in self.floors.values() if floor.building_id == asset_id]
        inside += [room.id for room in self.rooms.values() if room.floor_id == asset_id]
        inside += [zone.id for zone in self.zones.values() if zone.floor_id == asset_id]
        for inner_id in inside:
            self.remove(inner_id)
        hardware: tuple[Sensor | Hive, ...] = (*self.sensors.values(), *self.hives.values())
        for device in hardware:
            if device.floor_id == asset_id:
                device.floor_id, device.room_id = "", None

    def get(self, asset_id: str) -> Any:
        """Return the asset with that id.

        Raises:
            KeyError: no such asset.
        """
        for _, kept in self._shelves():
            if (asset := kept.get(asset_id)) is not None:
                return asset
        raise KeyError(asset_id)

    def _shelves(self) -> tuple[tuple[type[Any], dict[str, Any]], ...]:
        """Return where each kind of asset is kept."""
        return (
            (Site, self.sites),
            (Building, self.buildings),
            (Floor, self.floors),
            (Room, self.rooms),
            (Zone, self.zones),
            (Sensor, self.sensors),
            (Hive, self.hives),
            (Tag, self.tags),
        )

    def floor_of(self, space_id: str) -> Floor:
        """Return the floor that a floor, room or zone belongs to.

        Raises:
            KeyError: no such space.
        """
        if floor := self.floors.get(space_id):
            return floor
        inner = self.rooms.get(space_id) or self.zones[space_id]
        return self.floors[inner.floor_id]

    def site_of(self, space_id: str) -> Site:
        """Return the site of a building, floor, room or zone.

        Raises:
            KeyError: no such space.
        """
        building = self.buildings.get(space_id) or self.buildings[self.floor_of(space_id).building_id]
        return self.sites[building.site_id]

    def spaces(self) -> Iterable[tuple[str, Space]]:
        """Yield buildings, floors, rooms and zones with the name of their kind."""
        for kind, kept in (
            ("building", self.buildings),
            ("floor", self.floors),
            ("room", self.rooms),
            ("zone", self.zones),
        ):
            for space in kept.values():
                yield kind, space


def _grouped[T](assets: Iterable[T], attribute: str) -> dict[str, list[T]]:
    """Sort assets by what they hang on; null and "" hang on nothing."""
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for asset in assets:
        if key := getattr(asset, attribute):
            groups[key].append(asset)
    return dict(groups)
