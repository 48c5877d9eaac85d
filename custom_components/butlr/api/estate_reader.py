"""The reader that builds an estate from GraphQL answers."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrForbiddenError, ButlrGraphQLError, ButlrNoSitesError, ButlrResponseError
from .estate import Building, Estate, Floor, Hive, Room, Sensor, Site, Tag, Zone, is_placeholder_mac
from .queries import HIVES, SENSORS, TOPOLOGY, TOPOLOGY_WITHOUT_TAGS

# How the serial numbers of hives that do not exist begin (mcp: utils/graphql-helpers.ts).
PLACEHOLDER_SERIAL: Final = "fake"
# No capacity or floor number comes near this.
LARGEST_NUMBER: Final = 1e15
# Nor a moment this, in the year 5138.
LATEST_MOMENT: Final = 1e11


async def fetch_estate(client: ButlrClient) -> Estate:
    """Ask for everything an organisation consists of, in three requests.

    Sites and sensors must be readable without errors. Tags and hives need not be (scopes for them are not documented):
    without them the estate is usable and says so. Raises what ButlrClient.graphql raises.
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
    # Every organisation has some, were it rows that stand for nothing real (mcp: utils/graphql-helpers.ts). A list
    # without any row is what a backend answers that failed and does not say so.
    unread.update(root for root, answer in (("sensors", sensors), ("hives", hives)) if not _wrapped(answer, root))
    # Thousands of rows take a while, during which the event loop has better things to do.
    estate = await asyncio.to_thread(build_estate, topology, sensors, hives)
    return replace(estate, unread=frozenset(unread))


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
                        sensor_ids=tuple(listed),
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


def _sensor(row: dict[str, Any]) -> Sensor | None:
    mac = _text(row.get("mac_address")) or ""
    if is_placeholder_mac(mac):
        return None
    return Sensor(
        **_identity(row, f"Sensor {mac}"),
        mac=mac,
        mode=(_text(row.get("mode")) or "").lower(),
        model=_text(row.get("model")),
        floor_id=_text(row.get("floor_id")),
        room_id=_text(row.get("room_id")),
        hive_serial=_text(row.get("hive_serial")),
        is_entrance=row.get("is_entrance") is True,
        online=_boolean(row.get("is_online")),
        power=_text(row.get("power_type")),
        battery_change_by=_date(row.get("battery_change_by_date")),
        last_heartbeat=_moment(row.get("last_heartbeat")),
        installed=row.get("installation_status") != "UNINSTALLED",
    )


def _hive(row: dict[str, Any]) -> Hive | None:
    serial = _text(row.get("serialNumber")) or ""
    if not serial or serial.lower().startswith(PLACEHOLDER_SERIAL):
        return None
    return Hive(
        **_identity(row, f"Hive {serial}"),
        serial=serial,
        floor_id=_text(row.get("floor_id")),
        room_id=_text(row.get("room_id")),
        online=_boolean(row.get("isOnline")),
        version=_text(row.get("hiveVersion")),
        type=_text(row.get("hiveType")),
        last_heartbeat=_moment(row.get("lastHeartbeat")),
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


def _identity(row: dict[str, Any], nameless: str | None = None) -> dict[str, Any]:
    """Return id and name; what has no name is called by what is printed on it, or else by its id."""
    return {"id": row["id"], "name": _text(row.get("name")) or nameless or row["id"]}


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


def _moment(value: object) -> float | None:
    """Return Unix seconds; what lies outside of our age is no moment, such as 0 and the year 1, which mean never."""
    number = _number(value)
    return number if number is not None and 0 < number < LATEST_MOMENT else None


def _date(value: object) -> float | None:
    """Return an RFC 3339 text as Unix seconds; without an offset it is taken as UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return _moment((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) if moment else None
