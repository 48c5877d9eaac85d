"""Build an estate from GraphQL answers."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from .buckets import zone_or_none
from .client import ButlrClient
from .errors import ButlrForbiddenError, ButlrGraphQLError, ButlrNoSitesError, ButlrResponseError
from .estate import Building, Estate, Floor, Hive, Room, Sensor, Site, Tag, Zone, is_placeholder_mac, part_of, placed
from .fields import RowFields
from .outlines import read_outline
from .queries import HIVES, SENSORS, TOPOLOGY, TOPOLOGY_WITHOUT_TAGS
from .texts import clean, usable_id

# Prefix of the serial numbers of hives that do not exist (mcp: utils/graphql-helpers.ts).
PLACEHOLDER_SERIAL: Final = "fake"
# The room type that Butlr shows if none was set.
UNTAGGED: Final = "untagged"
# The status of a sensor that is not installed anywhere.
UNINSTALLED: Final = "uninstalled"
_ROOTS: Final = ("sites", "sensors", "hives", "tags")
# The lists that contain other lists.
_LISTS: Final = ("buildings", "floors", "rooms", "zones")
# Butlr's names of the fields that have another name here.
_FIELD_NAMES: Final = {
    "timezone": "time_zone",
    "org_id": "organization_id",
    "floorNumber": "number",
    "customID": "custom_id",
    "roomType": "room_type",
    "coordinates": "outline",
    "sensors": "sensor_ids",
    "mac_address": "mac",
    "is_online": "online",
    "isOnline": "online",
    "power_type": "power",
    "battery_change_by_date": "battery_change_by",
    "lastHeartbeat": "last_heartbeat",
    "serialNumber": "serial",
    "hiveVersion": "version",
    "hiveType": "type",
    "netPathStability": "path_stability",
}

type _Row = dict[str, Any]


async def fetch_estate(client: ButlrClient) -> Estate:
    """Read the estate of an organization in three requests (docs: graphql-api-overview).

    Parts that could not be read, because of errors in the answer or an undocumented form, are named in
    `Estate.unread`; the rest is usable. At least one floor must be readable if there are any, and the credentials must
    allow reading sensors; scopes for tags and hives are not documented. Raises what ButlrClient.graphql raises, and
    ButlrNoSitesError.
    """
    unread: set[str] = set()
    topology = await _fetch_topology(client, unread)
    sensors = await _fetch_in_part(client, SENSORS, unread)
    try:
        hives = await _fetch_in_part(client, HIVES, unread)
    except ButlrGraphQLError, ButlrForbiddenError:
        hives = {}
    # Thousands of rows would block the event loop.
    try:
        estate = await asyncio.to_thread(build_estate, topology, sensors, hives)
    except ButlrNoSitesError:
        if "sites" in unread:
            raise ButlrResponseError("None of the sites could be read") from None
        raise
    estate = replace(estate, unread=estate.unread | unread)
    if not estate.floors and not estate.unread <= {"sensors", "hives", "tags"}:
        # There is nothing to show, and it is unknown what exists.
        raise ButlrResponseError("None of the floors could be read")
    return estate


async def _fetch_topology(client: ButlrClient, unread: set[str]) -> _Row:
    """Read sites and tags; read the sites alone if the tags made the request fail."""
    try:
        topology = await _fetch_in_part(client, TOPOLOGY, unread)
    except ButlrGraphQLError as err:
        if not _concerns_only(err, "tags"):
            raise
    except ButlrForbiddenError:
        pass
    else:
        if "tags" not in unread or (topology.get("sites") or {}) not in ({}, {"data": []}, {"data": None}):
            return topology
    return await _fetch_in_part(client, TOPOLOGY_WITHOUT_TAGS, unread)


def _concerns_only(err: ButlrGraphQLError, root: str) -> bool:
    """Return whether all errors of an answer are below one root field."""
    paths = [error.get("path") for error in err.errors]
    return len(paths) == err.count and all(isinstance(path, list) and path[:1] == [root] for path in paths)


async def _fetch_in_part(client: ButlrClient, document: str, unread: set[str]) -> _Row:
    """Read a document, and note the unread parts if every error names its place in the data.

    Without data, or with an error that may concern anything, no part is known to be complete, and the error is raised.
    """
    try:
        return await client.graphql(document)
    except ButlrGraphQLError as err:
        paths = [error.get("path") for error in err.errors]
        if not err.data or len(paths) != err.count:
            raise
        for path in paths:
            if not isinstance(path, list) or path[:1] not in [[root] for root in _ROOTS]:
                raise
            unread.add(_part_at(err.data, path))
        return err.data


def _part_at(data: _Row, path: Sequence[Any]) -> str:
    """Return the name of the part that an error path leads to, as far as the path can be followed."""
    root, *keys = path
    part, node = str(root), data.get(root)
    for key in keys:
        if isinstance(node, dict) and isinstance(key, str):
            if asset_id := usable_id(node.get("id")):
                name = "space_ids" if root == "tags" and key in _LISTS else _FIELD_NAMES.get(key, key)
                part = part_of(name, asset_id)
                if name not in _LISTS:
                    break
            node = node.get(key)
        elif isinstance(node, list) and isinstance(key, int) and -1 < key < len(node):
            node = node[key]
        else:
            break
    return part


def build_estate(topology: _Row, sensors: _Row, hives: _Row) -> Estate:
    """Build an estate from the `data` of the three answers; every field but an id may be null, blank or absent.

    Fields, rows and lists in an undocumented form are left out and named in `Estate.unread`. So are rows whose id is
    already used for another kind of asset; the upper level wins. Raises ButlrResponseError if the sites cannot be read,
    and ButlrNoSitesError if there are none.
    """
    return _EstateReader().read(topology, sensors, hives)


class _EstateReader:
    """Reads one estate, level by level, and notes the parts that it cannot read."""

    def __init__(self) -> None:
        self._unread: set[str] = set()
        # The kind of asset that each id belongs to.
        self._kinds: dict[str, str] = {}
        # The MAC addresses of uninstalled sensors, by id.
        self._uninstalled: dict[str, str] = {}

    def read(self, topology: _Row, sensors: _Row, hives: _Row) -> Estate:
        """Return the estate."""
        site_rows = self._root_rows(topology, "sites")
        if not site_rows:
            raise ButlrResponseError("The answer has no sites")
        tag_rows = self._tag_rows(topology.get("tags"))
        sites: dict[str, Site] = {}
        for row in site_rows:
            sites.setdefault(row["id"], self._site(row))
        # Sites and tags contain the organization's id. Without either, the id of the oldest site is used.
        by_tags = (usable_id(row.get("organization_id")) for row in tag_rows)
        named = [one for one in (*(site.organization_id for site in sites.values()), *by_tags) if one]
        organization_id = next(iter(named), min(sites))
        self._kinds[organization_id] = "organizations"
        building_rows = self._rows_below(site_rows, "buildings")
        buildings = _assets_by_id(building_rows, self._building)
        floor_rows = self._rows_below([row for row, _ in building_rows], "floors")
        floors = _assets_by_id(floor_rows, self._floor)
        in_floors = [row for row, _ in floor_rows]
        rooms = _assets_by_id(self._rows_below(in_floors, "rooms"), self._room)
        zones = _assets_by_id(self._rows_below(in_floors, "zones"), self._zone)
        hive_rows = self._devices(hives, "hives", self._hive)
        sensor_rows = self._devices(sensors, "sensors", self._sensor)
        return Estate(
            organization_id=organization_id,
            named=frozenset(named),
            sites=sites,
            buildings=buildings,
            floors=floors,
            rooms=rooms,
            zones=zones,
            hives=hive_rows,
            sensors=placed(sensor_rows, floors, rooms),
            tags={tag.id: tag for row in tag_rows if (tag := self._tag(row))},
            unread=frozenset(self._unread),
            uninstalled=self._uninstalled,
        )

    def _root_rows(self, answer: _Row, root: str) -> list[_Row]:
        """Return the rows of a plural root, `{root: {data: [...]}}`; null is a failure, not an empty estate.

        Every organization has rows in each root, if only placeholders (mcp: utils/graphql-helpers.ts). A list without
        rows comes from a backend that failed without reporting an error.
        """
        wrapper = answer.get(root)
        rows = wrapper.get("data") if isinstance(wrapper, dict) else None
        if root == "sites" and rows == []:
            raise ButlrNoSitesError("The credentials see no site")
        read = list(self._rows(rows, root))
        if not read:
            self._unread.add(root)
        return read

    def _rows(self, value: object, part: str) -> Iterator[_Row]:
        """Yield the rows of a list that have a usable id; null means empty."""
        if isinstance(value, list):
            for row in value:
                if isinstance(row, dict) and usable_id(row.get("id")):
                    yield row
                else:
                    self._unread.add(part)
        elif value is not None:
            self._unread.add(part)

    def _rows_below(self, parents: Iterable[_Row], name: str) -> list[tuple[_Row, str]]:
        """Return the rows of a list of all parents, each with its parent's id; a row may occur twice."""
        return [
            (row, parent["id"])
            for parent in parents
            for row in self._rows(parent.get(name), part_of(name, parent["id"]))
            if self._has_one_kind(row["id"], name, part_of(name, parent["id"]))
        ]

    def _has_one_kind(self, asset_id: str, kind: str, part: str) -> bool:
        """Return whether an id is used for one kind of asset only; otherwise note its row as unread."""
        if self._kinds.setdefault(asset_id, kind) == kind:
            return True
        self._unread.add(part)
        return False

    def _devices[DeviceT: (Hive, Sensor)](
        self, answer: _Row, root: str, make: Callable[[_Row], DeviceT | None]
    ) -> dict[str, DeviceT]:
        devices: dict[str, DeviceT] = {}
        for row in self._root_rows(answer, root):
            if row["id"] not in devices and (device := make(row)) and self._has_one_kind(device.id, root, root):
                devices[device.id] = device
        return devices

    def _fields(self, row: _Row) -> RowFields:
        return RowFields(row, lambda name: self._unread.add(part_of(name, row["id"])))

    def _identity(self, row: _Row, nameless: str | None = None) -> dict[str, Any]:
        """Return id and name; without a name, use what is printed on the device, or else the id."""
        return {"id": row["id"], "name": self._fields(row).text("name") or nameless or row["id"]}

    def _site(self, row: _Row) -> Site:
        fields = self._fields(row)
        zone = (row.get("timezone") or "").strip() if fields.text("timezone", "time_zone") else ""
        return Site(
            **self._identity(row),
            # Butlr rejects requests with an unknown time zone.
            time_zone=zone if zone_or_none(zone) else None,
            organization_id=usable_id(fields.text("org_id", "organization_id")),
        )

    def _space(self, row: _Row) -> dict[str, Any]:
        fields = self._fields(row)
        return {
            **self._identity(row),
            "capacity": fields.capacity(),
            "custom_id": fields.text("customID", "custom_id"),
        }

    def _building(self, row: _Row, site_id: str) -> Building:
        return Building(**self._space(row), site_id=site_id)

    def _floor(self, row: _Row, building_id: str) -> Floor:
        number = self._fields(row).integer("floorNumber", "number")
        return Floor(**self._space(row), building_id=building_id, number=number)

    def _room(self, row: _Row, floor_id: str) -> Room:
        room_type = self._fields(row).text("roomType", "room_type")
        typed = room_type if room_type and room_type.casefold() != UNTAGGED else None
        return Room(
            **self._space(row), floor_id=floor_id, room_type=typed, outline=read_outline(row.get("coordinates"))
        )

    def _zone(self, row: _Row, floor_id: str) -> Zone:
        return Zone(
            **self._space(row),
            floor_id=floor_id,
            room_id=self._fields(row).text("room_id"),
            sensor_ids=self._ids(row, "sensors", "sensor_ids"),
            outline=read_outline(row.get("coordinates")),
        )

    def _ids(self, row: _Row, key: str, name: str) -> tuple[str, ...]:
        """Return the distinct ids in a list of a row."""
        return tuple(dict.fromkeys(one["id"] for one in self._rows(row.get(key), part_of(name, row["id"]))))

    def _sensor(self, row: _Row) -> Sensor | None:
        mac = clean(row.get("mac_address")) or ""
        if is_placeholder_mac(mac):
            if row.get("mac_address") is not None and not isinstance(row["mac_address"], str):
                self._unread.add("sensors")
            return None
        fields = self._fields(row)
        if (fields.text("installation_status") or "").casefold() == UNINSTALLED:
            self._uninstalled[row["id"]] = mac.lower()
            return None
        return Sensor(
            **self._identity(row, f"Sensor {mac}"),
            mac=mac,
            mode=(fields.text("mode") or "").lower(),
            model=fields.text("model"),
            floor_id=fields.text("floor_id"),
            room_id=fields.text("room_id"),
            hive_serial=fields.text("hive_serial"),
            is_entrance=fields.boolean("is_entrance") is True,
            online=fields.boolean("is_online", "online"),
            power=fields.text("power_type", "power"),
            battery_change_by=fields.date("battery_change_by_date", "battery_change_by"),
            last_heartbeat=fields.timestamp("last_heartbeat"),
        )

    def _hive(self, row: _Row) -> Hive | None:
        serial = clean(row.get("serialNumber")) or ""
        if not serial or serial.lower().startswith(PLACEHOLDER_SERIAL):
            if row.get("serialNumber") is not None and not isinstance(row["serialNumber"], str):
                self._unread.add("hives")
            return None
        fields = self._fields(row)
        return Hive(
            **self._identity(row, f"Hive {serial}"),
            serial=serial,
            floor_id=fields.text("floor_id"),
            room_id=fields.text("room_id"),
            online=fields.boolean("isOnline", "online"),
            version=fields.text("hiveVersion", "version"),
            type=fields.text("hiveType", "type"),
            last_heartbeat=fields.timestamp("lastHeartbeat", "last_heartbeat"),
            path_stability=fields.number("netPathStability", "path_stability"),
        )

    def _tag_rows(self, value: object) -> list[_Row]:
        """Return the rows of tags, which are a bare list; skip rows with an empty id or name (mcp: CHANGELOG)."""
        if not isinstance(value, list):
            self._unread.add("tags")
            return []
        return list(self._rows([row for row in value if not _is_blank(row)], "tags"))

    def _tag(self, row: _Row) -> Tag | None:
        name = row.get("name")
        if not isinstance(name, str):
            self._unread.add("tags")
        if not (name := clean(name)) or not self._has_one_kind(row["id"], "tags", "tags"):
            return None
        marked = [one for key in ("floors", "rooms", "zones") for one in self._ids(row, key, "space_ids")]
        return Tag(id=row["id"], name=name, space_ids=tuple(marked))


def _is_blank(row: object) -> bool:
    """Return whether the row of a tag is an empty placeholder."""
    return isinstance(row, dict) and any(key in row and row[key] in (None, "") for key in ("id", "name"))


def _assets_by_id[ThingT](rows: Iterable[tuple[_Row, str]], make: Callable[[_Row, str], ThingT]) -> dict[str, ThingT]:
    """Return assets by id; of two rows for one id, the first one counts."""
    things: dict[str, ThingT] = {}
    for row, parent_id in rows:
        if row["id"] not in things:
            things[row["id"]] = make(row, parent_id)
    return things
