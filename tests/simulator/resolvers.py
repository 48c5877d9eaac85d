"""Resolvers: what each GraphQL field returns, read from the estate."""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
import time
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from .estate import Building, Coordinates, Coverage, Estate, Floor, Hive, Room, Sensor, Site, Tag, Zone
from .settings import Json

type Resolver = Callable[..., Any]
type Info = GraphQLResolveInfo[Any]


def not_null(value: Any) -> Any:
    """Return a value of the camelCase id fields, which fail when there is none.

    Raises:
        GraphQLError: the documented complaint.
    """
    if not value:
        raise GraphQLError("the requested element is null which the schema does not allow")
    return value


def found(asset: Any) -> Any:
    """Return an asset asked for by id.

    Raises:
        GraphQLError: there is none.
    """
    if asset is None:
        raise GraphQLError("Asset not found", extensions={"code": "NOT_FOUND"})
    return asset


class EstateResolvers:
    """Resolvers for the queries and object types; webhooks have their own."""

    def __init__(
        self,
        estate: Estate,
        floor_plans: Callable[[Floor], list[Json]],
        outline: Callable[[Room | Zone], Coordinates],
    ) -> None:
        """Use this estate; functions tell which pictures there are of a floor, and what a space looks like."""
        self._estate = estate
        self._floor_plans = floor_plans
        self._outline = outline

    @property
    def _coverage(self) -> Coverage:
        """Return the estate's indexes."""
        return self._estate.coverage

    def by_type(self) -> dict[str, dict[str, Resolver]]:
        """Return all resolvers by type and field."""
        return {
            "Query": self._query(),
            "Site": self._site(),
            "Building": self._building(),
            "Floor": self._floor(),
            "Room": self._room(),
            "Zone": self._zone(),
            "Sensor": self._sensor(),
            "Hive": self._hive(),
            "Tag": self._tag(),
        }

    def _query(self) -> dict[str, Resolver]:
        """Return the roots."""
        estate = self._estate
        return {
            "sites": lambda _, info: {"data": list(estate.sites.values())},
            "site": self._one(estate.sites),
            "buildings": lambda _, info: {"data": list(estate.buildings.values())},
            "building": self._one(estate.buildings),
            "floors": self._some(estate.floors),
            "floor": self._one(estate.floors),
            "rooms": self._some(estate.rooms),
            "room": self._one(estate.rooms),
            "zones": self._some(estate.zones),
            "zone": self._one(estate.zones),
            "floorsByTag": self._by_tag(estate.floors),
            "roomsByTag": self._by_tag(estate.rooms),
            "zonesByTag": self._by_tag(estate.zones),
            "sensors": self._sensors,
            "hives": self._hives,
            "tags": lambda _, info, ids=None: _chosen(estate.tags.values(), ids),
        }

    @staticmethod
    def _some(assets: Mapping[str, Any]) -> Resolver:
        """Return a resolver for a plural root."""
        return lambda _, info, ids=None: {"data": _chosen(assets.values(), ids)}

    @staticmethod
    def _one(assets: Mapping[str, Any]) -> Resolver:
        """Return a resolver for a singular root, by id or by the customer's own id."""

        def resolve(_: None, info: Info, id: str | None = None, customID: str | None = None) -> Any:  # noqa: A002, N803
            """Look the asset up."""
            if id is not None:
                return found(assets.get(id))
            return found(next((asset for asset in assets.values() if asset.custom_id == customID), None))

        return resolve

    def _by_tag(self, assets: Mapping[str, Any]) -> Resolver:
        """Return a resolver for the spaces with all (or any) of the tags."""

        def resolve(_: None, info: Info, tagIDs: list[str] | None = None, useOR: bool | None = None) -> Json:  # noqa: N803
            """Combine the tags' spaces; a name instead of an id matches nothing."""
            tags = (self._estate.tags.get(tag_id) for tag_id in tagIDs or [])
            sets = [set(tag.space_ids) if tag else set() for tag in tags]
            if not sets:
                return {"data": []}
            wanted = set.union(*sets) if useOR else set.intersection(*sets)
            return {"data": [asset for asset in assets.values() if asset.id in wanted]}

        return resolve

    def _sensors(self, _: None, info: Info, ids: Any = None, mac_addresses: Any = None, **ignored: Any) -> Json:
        """List sensors; the other arguments exist and do nothing, as at Butlr."""
        sensors = _chosen(self._estate.sensors.values(), ids)
        if mac_addresses is not None:
            sensors = [sensor for sensor in sensors if sensor.mac_address in mac_addresses]
        return {"data": sensors}

    def _hives(
        self,
        _: None,
        info: Info,
        ids: Any = None,
        serial_numbers: Any = None,
        returnPlaceholders: bool | None = None,  # noqa: N803
    ) -> Json:
        """List hives; placeholders unless they are declined."""
        hives = _chosen(self._estate.hives.values(), ids)
        if serial_numbers is not None:
            hives = [hive for hive in hives if hive.serial in serial_numbers]
        if returnPlaceholders is False:
            hives = [hive for hive in hives if hive.real]
        return {"data": hives}

    def _site(self) -> dict[str, Resolver]:
        """Return the fields of a site."""
        return {
            "siteNumber": _attribute("number"),
            "customID": _attribute("custom_id"),
            "org_id": lambda site, info: self._estate.id,
            "butlrCode": lambda site, info: None,
            "buildings": lambda site, info: self._coverage.buildings_of.get(site.id, []),
        }

    def _building(self) -> dict[str, Resolver]:
        """Return the fields of a building; its capacity is the sum of its floors'."""

        def capacity(building: Building, info: Info) -> Json:
            """Sum up the floors."""
            floors = self._coverage.floors_of.get(building.id, ())
            return {
                "max": sum(floor.capacity_max for floor in floors),
                "mid": sum(floor.capacity_mid for floor in floors),
            }

        return {
            "site": lambda building, info: self._estate.sites.get(building.site_id),
            "building_number": _attribute("number"),
            "buildingNumber": _attribute("number"),
            "customID": _attribute("custom_id"),
            "capacity": capacity,
            "address": lambda building, info: {"lines": building.address, "country": building.country},
            "floors": lambda building, info: self._coverage.floors_of.get(building.id, []),
        }

    def _floor(self) -> dict[str, Resolver]:
        """Return the fields of a floor; without sensors its list is null, not empty."""
        estate = self._estate

        def timezone(floor: Floor, info: Info) -> str | None:
            """Return the site's zone."""
            return estate.site_of(floor.id).timezone

        return {
            "floorNumber": _attribute("number"),
            "building": lambda floor, info: estate.buildings.get(floor.building_id),
            "buildingId": _attribute("building_id"),
            "floor_id": _attribute("id"),
            "client_id": lambda floor, info: estate.id,
            "timezone": timezone,
            "customID": _attribute("custom_id"),
            "capacity": _capacity,
            "area": lambda floor, info: {"value": floor.area, "unit": "m2"},
            "installation_date": _attribute("installed_at"),
            "sensors": lambda floor, info: self._coverage.sensors_on.get(floor.id),
            "hives": lambda floor, info: self._coverage.hives_on.get(floor.id, []),
            "rooms": lambda floor, info, ids=None: _chosen(self._coverage.rooms_of.get(floor.id, ()), ids),
            "zones": lambda floor, info, ids=None: _chosen(self._coverage.zones_of.get(floor.id, ()), ids),
            "floor_plans": lambda floor, info: self._floor_plans(floor),
            "tags": self._tags_of,
        }

    def _room(self) -> dict[str, Resolver]:
        """Return the fields of a room."""
        return {
            "floorID": _attribute("floor_id"),
            "floor": lambda room, info: self._estate.floors.get(room.floor_id),
            "room_id": _attribute("id"),
            "client_id": lambda room, info: self._estate.id,
            "roomType": _attribute("room_type"),
            "customID": _attribute("custom_id"),
            "capacity": _capacity,
            "area": _area,
            "coordinates": lambda space, info: self._outline(space),
            "rotation": lambda room, info: 0.0,
            "sensors": lambda room, info, ids=None: _chosen(self._coverage.sensors_in.get(room.id, ()), ids),
            "tags": self._tags_of,
            "pir_zero_enable": lambda room, info: self._coverage.has_pir(room.id),
            "pir_zero_threshold": lambda room, info: 0.05,
            "pir_zero_window": lambda room, info: 300,
        }

    def _zone(self) -> dict[str, Resolver]:
        """Return the fields of a zone."""
        sensors = self._estate.sensors
        return {
            "floorID": _attribute("floor_id"),
            "floor": lambda zone, info: self._estate.floors.get(zone.floor_id),
            "roomID": _attribute("room_id"),
            "zone_id": _attribute("id"),
            "client_id": lambda zone, info: self._estate.id,
            "customID": _attribute("custom_id"),
            "capacity": _capacity,
            "area": _area,
            "coordinates": lambda space, info: self._outline(space),
            "rotation": lambda zone, info: 0.0,
            "sensors": lambda zone, info: [sensors[item] for item in zone.sensor_ids if item in sensors],
            "tags": self._tags_of,
        }

    def _sensor(self) -> dict[str, Resolver]:
        """Return the fields of a sensor: status in snake_case, parent ids in two spellings."""
        estate = self._estate

        def zones(sensor: Sensor, info: Info) -> list[Zone]:
            """Return the zones that list the sensor."""
            return [zone for zone in estate.zones.values() if sensor.id in zone.sensor_ids]

        return {
            "sensor_id": _attribute("id"),
            "client_id": lambda sensor, info: estate.id,
            "sensor_serial": lambda sensor, info: sensor.mac_address.replace("-", "").upper(),
            "floorID": lambda sensor, info: not_null(sensor.floor_id),
            "roomID": lambda sensor, info: not_null(sensor.room_id),
            "hiveID": lambda sensor, info: not_null(sensor.hive_id),
            "floor": lambda sensor, info: estate.floors.get(sensor.floor_id),
            "room": lambda sensor, info: estate.rooms.get(sensor.room_id or ""),
            "hive": lambda sensor, info: estate.hives.get(sensor.hive_id),
            "hive_serial": lambda sensor, info: _serial(estate.hives.get(sensor.hive_id)),
            "zones": zones,
            "zone_ids": lambda sensor, info: [zone.id for zone in zones(sensor, info)],
            "is_streaming": _attribute("is_online"),
            "is_sleep_time": lambda sensor, info: False,
            "last_heartbeat": _heartbeat,
            "next_battery_change_date": lambda sensor, info: None,
            "pir_zero_enable": _attribute("has_pir"),
            "height": lambda sensor, info: 2.6,
        }

    def _hive(self) -> dict[str, Resolver]:
        """Return the fields of a hive: status in camelCase."""
        estate = self._estate
        return {
            "serialNumber": _attribute("serial"),
            "floorID": lambda hive, info: not_null(hive.floor_id),
            "roomID": lambda hive, info: not_null(hive.room_id),
            "floor": lambda hive, info: estate.floors.get(hive.floor_id),
            "room": lambda hive, info: estate.rooms.get(hive.room_id or ""),
            "isOnline": _attribute("is_online"),
            "isStreaming": _attribute("is_online"),
            "hiveVersion": _attribute("version"),
            "hiveType": _attribute("type"),
            "lastHeartbeat": _heartbeat,
            "netPathStability": lambda hive, info: 99.2 if hive.is_online else 0.0,
            "coordinates": lambda hive, info: [4.5, 3.0],
            "sensors": lambda hive, info, ids=None: _chosen(
                [sensor for sensor in estate.sensors.values() if sensor.hive_id == hive.id], ids
            ),
        }

    def _tag(self) -> dict[str, Resolver]:
        """Return the fields of a tag, deleted rooms included."""
        estate = self._estate

        def rooms(tag: Tag, info: Info) -> list[Room]:
            """Return the tag's rooms, those that are gone too."""
            living = [room for item in tag.space_ids if (room := estate.rooms.get(item))]
            return living + [Room(room_id, name, "") for room_id, name in tag.deleted]

        return {
            "organization_id": lambda tag, info: estate.id,
            "rooms": rooms,
            "zones": lambda tag, info: [estate.zones[item] for item in tag.space_ids if item in estate.zones],
            "floors": lambda tag, info: [estate.floors[item] for item in tag.space_ids if item in estate.floors],
        }

    def _tags_of(self, space: Floor | Room | Zone, info: Info) -> list[Tag]:
        """Return the tags that a space has."""
        return self._coverage.tags_on.get(space.id, [])


def _attribute(name: str) -> Resolver:
    """Return a resolver for an attribute that is called otherwise here."""
    read = attrgetter(name)
    return lambda asset, info: read(asset)


def _chosen[T: (Site, Building, Floor, Room, Zone, Sensor, Hive, Tag)](assets: Iterable[T], ids: Any) -> list[T]:
    """Return those with the ids, or all when no ids were given."""
    if ids is None:
        return list(assets)
    wanted = set(ids)
    return [asset for asset in assets if asset.id in wanted]


def _capacity(space: Floor | Room | Zone, info: Info) -> Json:
    """Return a capacity; 0 where none was configured."""
    return {"max": space.capacity_max, "mid": space.capacity_mid}


def _area(space: Room | Zone, info: Info) -> Json | None:
    """Return the area of a rectangle."""
    if len(space.coordinates) < 3:
        return None
    (left, bottom), (right, top) = space.coordinates[0], space.coordinates[2]
    return {"value": (right - left) * (top - bottom), "unit": "m2"}


def _serial(hive: Hive | None) -> str | None:
    """Return a hive's serial number."""
    return hive.serial if hive else None


def _heartbeat(device: Sensor | Hive, info: Info) -> int | None:
    """Return the last heartbeat in Unix seconds: recent when online, null for placeholders."""
    if not device.real:
        return None
    if device.is_online:
        return int(time.time()) - sum(device.id.encode()) % 10
    return device.offline_since
