"""What a Butlr organisation consists of, and the reader that builds it from GraphQL answers.

Site > Building > Floor > Room and Zone; hives and sensors hang on floors (docs: graphql-api-overview). Zones are
siblings of rooms: `Zone.room_id` is a hint, sensors of that room do not count for the zone (mcp: CHANGELOG 0.5.0).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrForbiddenError, ButlrGraphQLError, ButlrNoSitesError, ButlrResponseError
from .queries import HIVES, SENSORS, TOPOLOGY, TOPOLOGY_WITHOUT_TAGS

# Prefixes of MAC addresses that belong to no real sensor (mcp: utils/graphql-helpers.ts): a mirror of another sensor,
# and test sensors.
PLACEHOLDER_MACS: Final = ("mi-rr-or", "fa-ke")
PLACEHOLDER_SERIAL: Final = "fake"
# No capacity, floor number or moment comes near this.
LARGEST_NUMBER: Final = 1e15


class Mode(StrEnum):
    """How a sensor is mounted and what it counts (docs: spatial-metrics)."""

    PRESENCE = "presence"
    TRAFFIC = "traffic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place with one time zone; `time_zone` is an IANA name or None."""

    id: str
    name: str
    time_zone: str | None = None
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Something people can be in; `capacity` is the most people it is meant for, None when not configured."""

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
    """A room; `room_type` is the customer's free text."""

    floor_id: str
    room_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone(Space):
    """A zone of a floor; `sensor_ids` are the sensors attributed to it, possibly none although it is counted."""

    floor_id: str
    room_id: str | None = None
    sensor_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hive:
    """A gateway that sensors report through; `last_heartbeat` in Unix seconds."""

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
    """A heat sensor; `battery_change_by` is an RFC 3339 text, `last_heartbeat` Unix seconds."""

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
    battery_change_by: str | None = None
    last_heartbeat: float | None = None
    installed: bool = True

    @property
    def senses_motion(self) -> bool:
        """Whether it has a PIR element: Heatic 2+, which the docs also write Heatic2+."""
        return "heatic2+" in "".join((self.model or "").split()).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A label of the customer's on floors, rooms and zones."""

    id: str
    name: str
    space_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Equipment:
    """The real sensors that a space's figures come from; `doors` are those whose crossings count for it."""

    sensors: tuple[Sensor, ...] = ()
    doors: tuple[Sensor, ...] = ()
    presence: bool = False
    motion: bool = False

    @property
    def traffic(self) -> bool:
        """Whether crossings are counted."""
        return bool(self.doors)


NO_EQUIPMENT: Final = Equipment()


@dataclass(frozen=True, kw_only=True)
class Estate:
    """Everything of an organisation, keyed by Butlr id; `unread` names what could not be read: hives, tags."""

    organisation_id: str
    sites: Mapping[str, Site] = field(default_factory=dict)
    buildings: Mapping[str, Building] = field(default_factory=dict)
    floors: Mapping[str, Floor] = field(default_factory=dict)
    rooms: Mapping[str, Room] = field(default_factory=dict)
    zones: Mapping[str, Zone] = field(default_factory=dict)
    hives: Mapping[str, Hive] = field(default_factory=dict)
    sensors: Mapping[str, Sensor] = field(default_factory=dict)
    tags: Mapping[str, Tag] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()

    @cached_property
    def spaces(self) -> dict[str, Space]:
        """Return buildings, floors, rooms and zones by id, parents first."""
        return {**self.buildings, **self.floors, **self.rooms, **self.zones}

    @cached_property
    def spaces_by_custom_id(self) -> dict[tuple[type[Space], str], Space]:
        """Return the spaces that carry a key of the customer's own, by their kind and that key."""
        return {(type(space), space.custom_id): space for space in self.spaces.values() if space.custom_id}

    @cached_property
    def sensors_by_mac(self) -> dict[str, Sensor]:
        """Return the sensors by MAC address in lower case."""
        return {sensor.mac.lower(): sensor for sensor in self.sensors.values()}

    @cached_property
    def hives_by_serial(self) -> dict[str, Hive]:
        """Return the hives by serial number in lower case."""
        return {hive.serial.lower(): hive for hive in self.hives.values()}

    def site_of(self, space: Space) -> Site:
        """Return the site of a space."""
        while parent := self.parent_of(space):
            space = parent
        return self.sites[self.buildings[space.id].site_id]

    def parent_of(self, space: Space) -> Space | None:
        """Return the floor of a room or zone, the building of a floor."""
        if isinstance(space, Room | Zone):
            return self.floors[space.floor_id]
        if isinstance(space, Floor):
            return self.buildings[space.building_id]
        return None

    def is_online(self, sensor: Sensor) -> bool:
        """Tell whether a sensor is heard: an offline hive silences its sensors, whatever they say of themselves."""
        hive = self.hives_by_serial.get((sensor.hive_serial or "").lower())
        return sensor.online is not False and (hive is None or hive.online is not False)

    def equipment(self, space_id: str) -> Equipment:
        """Return what senses a space: of a building nothing, of a zone the sensors attributed to it.

        A room's traffic is that of all its traffic sensors, a floor's that of the entrance ones (mcp: CHANGELOG 0.3.0).
        Zones are counted by the server even when they list no sensors.
        """
        return self._equipment.get(space_id, NO_EQUIPMENT)

    def only_entrances(self, space_id: str) -> bool:
        """Tell whether all traffic sensors of a floor or room are entrances."""
        return all(sensor.is_entrance for sensor in self.equipment(space_id).sensors if sensor.mode == Mode.TRAFFIC)

    @cached_property
    def _equipment(self) -> dict[str, Equipment]:
        bound: dict[str, list[Sensor]] = {}
        for sensor in self.sensors.values():
            if sensor.room_id and sensor.room_id in self.rooms:
                bound.setdefault(sensor.room_id, []).append(sensor)
            if sensor.floor_id and sensor.floor_id in self.floors:
                bound.setdefault(sensor.floor_id, []).append(sensor)
        equipment = {}
        for space_id, sensors in bound.items():
            is_room = space_id in self.rooms
            equipment[space_id] = Equipment(
                sensors=tuple(sensors),
                doors=tuple(one for one in sensors if one.mode == Mode.TRAFFIC and (is_room or one.is_entrance)),
                presence=any(sensor.mode == Mode.PRESENCE for sensor in sensors),
                motion=is_room and any(sensor.senses_motion for sensor in sensors),
            )
        for zone in self.zones.values():
            equipment[zone.id] = Equipment(
                sensors=tuple(self.sensors[sensor_id] for sensor_id in zone.sensor_ids), presence=True
            )
        return equipment

    def only(self, building_ids: Iterable[str]) -> Estate:
        """Return the part of the estate that lies in some buildings; sensors and hives without a place stay."""
        chosen = set(building_ids)
        floors = {key: floor for key, floor in self.floors.items() if floor.building_id in chosen}
        gone = self.floors.keys() - floors.keys()
        buildings = {key: building for key, building in self.buildings.items() if key in chosen}
        kept_sites = {building.site_id for building in buildings.values()}
        sensors = {key: sensor for key, sensor in self.sensors.items() if sensor.floor_id not in gone}
        zones = {key: zone for key, zone in self.zones.items() if zone.floor_id in floors}
        return replace(
            self,
            sites={key: site for key, site in self.sites.items() if key in kept_sites},
            buildings=buildings,
            floors=floors,
            rooms={key: room for key, room in self.rooms.items() if room.floor_id in floors},
            zones={
                key: replace(zone, sensor_ids=tuple(sensor_id for sensor_id in zone.sensor_ids if sensor_id in sensors))
                for key, zone in zones.items()
            },
            hives={key: hive for key, hive in self.hives.items() if hive.floor_id not in gone},
            sensors=sensors,
        )


async def fetch_estate(client: ButlrClient) -> Estate:
    """Ask for everything an organisation consists of, in three requests.

    Sites and sensors must be readable in full. Tags and hives need not be (scopes for them are not documented): without
    them the estate is usable and says so. Raises what ButlrClient.graphql raises.
    """
    unread = set()
    try:
        topology = await client.graphql(TOPOLOGY)
    except ButlrGraphQLError as err:
        if not _concerns_only(err, "tags"):
            raise
        unread.add("tags")
        topology = err.data or await client.graphql(TOPOLOGY_WITHOUT_TAGS)
    except ButlrForbiddenError:
        topology = await client.graphql(TOPOLOGY_WITHOUT_TAGS)
    sensors = await client.graphql(SENSORS)
    try:
        hives = await client.graphql(HIVES)
    except ButlrGraphQLError, ButlrForbiddenError:
        unread.add("hives")
        hives = {"hives": {"data": []}}
    if not isinstance(topology.get("tags"), list):
        unread.add("tags")
    return replace(build_estate(topology, sensors, hives), unread=frozenset(unread))


def _concerns_only(err: ButlrGraphQLError, root: str) -> bool:
    """Tell whether all errors of an answer lie below one root field."""
    paths = [error.get("path") for error in err.errors]
    return bool(paths) and all(isinstance(path, list) and path[:1] == [root] for path in paths)


def build_estate(topology: dict[str, Any], sensors: dict[str, Any], hives: dict[str, Any]) -> Estate:
    """Build an estate from the `data` of the three answers; every field but an id may be null, blank or absent.

    Raises ButlrResponseError when an answer has not the documented shape, ButlrNoSitesError when it names no site.
    """
    sites: dict[str, Site] = {}
    buildings: dict[str, Building] = {}
    floors: dict[str, Floor] = {}
    rooms: dict[str, Room] = {}
    zones: dict[str, Zone] = {}
    hive_rows = {hive.id: hive for row in _wrapped(hives, "hives") if (hive := _hive(row))}
    sensor_rows = {sensor.id: sensor for row in _wrapped(sensors, "sensors") if (sensor := _sensor(row))}
    for site_row in _wrapped(topology, "sites"):
        site = Site(
            **_identity(site_row),
            time_zone=_text(site_row.get("timezone")),
            organisation_id=_text(site_row.get("org_id")),
        )
        sites.setdefault(site.id, site)
        for building_row in _rows(site_row.get("buildings")):
            building = Building(**_space(building_row), site_id=site.id)
            buildings.setdefault(building.id, building)
            for floor_row in _rows(building_row.get("floors")):
                floor = Floor(
                    **_space(floor_row), building_id=building.id, number=_integer(floor_row.get("floorNumber"))
                )
                floors.setdefault(floor.id, floor)
                for row in _rows(floor_row.get("rooms")):
                    room = Room(**_space(row), floor_id=floor.id, room_type=_text(row.get("roomType")))
                    rooms.setdefault(room.id, room)
                for row in _rows(floor_row.get("zones")):
                    listed = dict.fromkeys(sensor["id"] for sensor in _rows(row.get("sensors")))
                    zone = Zone(
                        **_space(row),
                        floor_id=floor.id,
                        room_id=_text(row.get("room_id")),
                        sensor_ids=tuple(sensor_id for sensor_id in listed if sensor_id in sensor_rows),
                    )
                    zones.setdefault(zone.id, zone)
    tag_rows = topology.get("tags")
    return Estate(
        organisation_id=_organisation_id(sites.values(), _rows(tag_rows)),
        sites=sites,
        buildings=buildings,
        floors=floors,
        rooms=rooms,
        zones=zones,
        hives=hive_rows,
        # A sensor that names only its room stands on that room's floor.
        sensors={
            key: replace(sensor, floor_id=rooms[sensor.room_id].floor_id)
            if sensor.floor_id not in floors and sensor.room_id in rooms
            else sensor
            for key, sensor in sensor_rows.items()
        },
        tags={tag.id: tag for row in _rows(tag_rows) if (tag := _tag(row))},
    )


def _organisation_id(sites: Iterable[Site], tag_rows: Iterable[dict[str, Any]]) -> str:
    """Find the organisation's id; sites and tags name it. The oldest site stands in where neither does."""
    sites = list(sites)
    if not sites:
        raise ButlrNoSitesError("The credentials see no site")
    named = [site.organisation_id for site in sites] + [_text(row.get("organization_id")) for row in tag_rows]
    return next(filter(None, named), None) or min(site.id for site in sites)


def is_placeholder_mac(mac: str) -> bool:
    """Tell whether a MAC address belongs to no real sensor."""
    return not mac or mac.lower().startswith(PLACEHOLDER_MACS)


def _sensor(row: dict[str, Any]) -> Sensor | None:
    mac = _text(row.get("mac_address")) or ""
    if is_placeholder_mac(mac):
        return None
    return Sensor(
        **_identity(row),
        mac=mac,
        mode=(_text(row.get("mode")) or "").lower(),
        model=_text(row.get("model")),
        floor_id=_text(row.get("floor_id")),
        room_id=_text(row.get("room_id")),
        hive_serial=_text(row.get("hive_serial")),
        is_entrance=row.get("is_entrance") is True,
        online=_boolean(row.get("is_online")),
        power=_text(row.get("power_type")),
        battery_change_by=_text(row.get("battery_change_by_date")),
        last_heartbeat=_number(row.get("last_heartbeat")),
        installed=row.get("installation_status") != "UNINSTALLED",
    )


def _hive(row: dict[str, Any]) -> Hive | None:
    serial = _text(row.get("serialNumber")) or ""
    if not serial or serial.lower().startswith(PLACEHOLDER_SERIAL):
        return None
    return Hive(
        **_identity(row),
        serial=serial,
        floor_id=_text(row.get("floor_id")),
        room_id=_text(row.get("room_id")),
        online=_boolean(row.get("isOnline")),
        version=_text(row.get("hiveVersion")),
        type=_text(row.get("hiveType")),
        last_heartbeat=_number(row.get("lastHeartbeat")),
        path_stability=_number(row.get("netPathStability")),
    )


def _tag(row: dict[str, Any]) -> Tag | None:
    name = _text(row.get("name"))
    if not name:
        return None
    marked = [item["id"] for key in ("floors", "rooms", "zones") for item in _rows(row.get(key))]
    return Tag(id=row["id"], name=name, space_ids=tuple(marked))


def _wrapped(answer: dict[str, Any], root: str) -> list[dict[str, Any]]:
    """Return the rows of a plural root, `{root: {data: [...]}}`; null there is a failure, not an empty estate."""
    wrapper = answer.get(root)
    if not isinstance(wrapper, dict) or not isinstance(wrapper.get("data"), list):
        raise ButlrResponseError(f"The answer has no {root}")
    return list(_rows(wrapper["data"]))


def _rows(value: object) -> Iterator[dict[str, Any]]:
    """Return the rows of a list that have an id; null means empty."""
    if isinstance(value, list):
        for row in value:
            if isinstance(row, dict) and isinstance(row.get("id"), str) and row["id"]:
                yield row


def _identity(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "name": _text(row.get("name")) or row["id"]}


def _space(row: dict[str, Any]) -> dict[str, Any]:
    capacity = row.get("capacity")
    most = _integer(capacity.get("max")) if isinstance(capacity, dict) else None
    return {
        **_identity(row),
        # 0 is what a capacity looks like that nobody configured
        "capacity": most if most is not None and most > 0 else None,
        "custom_id": _text(row.get("customID")),
    }


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
        return None  # NaN among them
    return float(value)


def _integer(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
