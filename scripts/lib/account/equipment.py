"""Checks of the estate as GraphQL returns it."""

from collections import Counter
from collections.abc import Callable, Iterable
import re
from typing import Any, Final

from custom_components.butlr.api.errors import ButlrGraphQLError
from custom_components.butlr.api.estate import PLACEHOLDER_MACS, Sensor
from custom_components.butlr.api.estate_reader import PLACEHOLDER_SERIAL
from custom_components.butlr.api.queries import HIVES, SENSORS, TOPOLOGY

from .account import Account
from .checks import Check, Verdict, many, tally, undetermined, words

_NESTED: Final = "query Nested { floors { data { id sensors { id } } } }"
_TAGS: Final = "query Tags { tags { id name rooms { id } zones { id } floors { id } } }"
_NONSENSE: Final = "query Nonsense { sites { data { id nonsense } } }"
_MISSING: Final = 'query Missing { floor(id: "space_000000000000000000000000000") { id } }'
# The models that are attested, and what may yet come under the same name.
_MODEL: Final = re.compile(r"heatic ?\d ?\+?", re.IGNORECASE)
# A timestamp above this is in milliseconds.
_MILLISECONDS: Final = 1e11


async def _rows(account: Account, document: str, root: str) -> list[dict[str, Any]]:
    """Return the rows of a plural root."""
    wrapper = (await account.graphql(document)).get(root)
    rows = wrapper.get("data") if isinstance(wrapper, dict) else wrapper
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _inside(rows: Iterable[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Return the items of nested lists with these names."""
    found = list(rows)
    for name in names:
        found = [
            inner for row in found if isinstance(row.get(name), list) for inner in row[name] if isinstance(inner, dict)
        ]
    return found


async def _estate(account: Account) -> Verdict:
    estate = await account.estate()
    parts = ("sites", "buildings", "floors", "rooms", "zones", "hives", "sensors", "tags")
    evidence = ", ".join(f"{len(getattr(estate, part))} {part}" for part in parts)
    unread = f"; not readable: {words(estate.unread)}" if estate.unread else ""
    return Verdict("in part" if estate.unread else "whole", evidence + unread)


async def _time_zones(account: Account) -> Verdict:
    zones = [site.time_zone for site in (await account.estate()).sites.values()]
    missing = sum(zone is None for zone in zones)
    reading = "every site has one" if not missing else "no site has one" if missing == len(zones) else "some are null"
    return Verdict(reading, f"{many(len(zones), 'site')}, {missing} without, {len(set(zones) - {None})} different")


async def _capacities(account: Account) -> Verdict:
    floors = _inside(await _rows(account, TOPOLOGY, "sites"), "buildings", "floors")
    spaces = [*floors, *_inside(floors, "rooms"), *_inside(floors, "zones")]
    given = [row["capacity"].get("max") if isinstance(row.get("capacity"), dict) else None for row in spaces]
    zero, missing = sum(one == 0 for one in given), sum(one is None for one in given)
    seen = [name for name, number in (("0", zero), ("null", missing)) if number]
    evidence = (
        f"{many(len(given), 'space')}: {zero} with 0, {missing} with null, {len(given) - zero - missing} with more"
    )
    return Verdict(" and ".join(seen), evidence) if seen else undetermined(f"all have one: {evidence}")


async def _power(account: Account) -> Verdict:
    rows = await _rows(account, SENSORS, "sensors")
    dated = sum(row.get("power_type") is None and bool(row.get("battery_change_by_date")) for row in rows)
    counted = tally(row.get("power_type") for row in rows)
    return Verdict(words(filter(None, (row.get("power_type") for row in rows))), f"{counted}; null with a date {dated}")


async def _models(account: Account) -> Verdict:
    models = Counter(_model(row.get("model")) for row in await _rows(account, SENSORS, "sensors"))
    motion = sum(sensor.senses_motion for sensor in (await account.estate()).sensors.values())
    evidence = ", ".join(f"{name} {number}" for name, number in sorted(models.items()))
    return Verdict(", ".join(sorted(models)) or "none", f"{evidence}; with motion {motion}")


def _model(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        return "no model"
    return value.strip() if _MODEL.fullmatch(value.strip()) else "another model"


async def _installation(account: Account) -> Verdict:
    states = [row.get("installation_status") for row in await _rows(account, SENSORS, "sensors")]
    return Verdict(words(filter(None, states)), tally(states))


async def _double_macs(account: Account) -> Verdict:
    macs = Counter(
        mac.lower()
        for row in await _rows(account, SENSORS, "sensors")
        if isinstance(mac := row.get("mac_address"), str) and mac
    )
    double = sum(number > 1 for number in macs.values())
    return Verdict("occur" if double else "none", f"{many(len(macs), 'MAC address', 'MAC addresses')}, {double} twice")


async def _placeholders(account: Account) -> Verdict:
    macs = [str(row.get("mac_address") or "").lower() for row in await _rows(account, SENSORS, "sensors")]
    serials = [str(row.get("serialNumber") or "").lower() for row in await _rows(account, HIVES, "hives")]
    kinds = {prefix: sum(mac.startswith(prefix) for mac in macs) for prefix in PLACEHOLDER_MACS}
    kinds |= {"without MAC": sum(not mac.strip() for mac in macs)}
    hives = {
        "fake hive": sum(serial.startswith(PLACEHOLDER_SERIAL) for serial in serials),
        "hive without serial": sum(not serial.strip() for serial in serials),
        "hive test-": sum(serial.startswith("test") for serial in serials),
    }
    evidence = ", ".join(f"{name} {number}" for name, number in (kinds | hives).items())
    reading = "occur" if any((kinds | hives).values()) else "none"
    return Verdict(reading, f"of {many(len(macs), 'sensor')} and {many(len(serials), 'hive')}: {evidence}")


async def _roomless(account: Account) -> Verdict:
    rooms = [row.get("room_id") for row in await _rows(account, SENSORS, "sensors")]
    missing, empty = sum(room is None for room in rooms), sum(room == "" for room in rooms)
    seen = [name for name, number in (("null", missing), ("empty", empty)) if number]
    evidence = f"of {many(len(rooms), 'sensor')} {missing} null, {empty} empty"
    return Verdict(" and ".join(seen), evidence) if seen else undetermined(f"every sensor has a room: {evidence}")


async def _tags(account: Account) -> Verdict:
    answer = (await account.graphql(_TAGS)).get("tags")
    shape = "list" if isinstance(answer, list) else "wrapper" if isinstance(answer, dict) else "null"
    rows = await _rows(account, _TAGS, "tags")
    rooms = (await account.estate()).rooms
    gone = sum(room.get("id") not in rooms for room in _inside(rooms_of(rows), "rooms"))
    nameless = sum(not row.get("name") for row in rows)
    return Verdict(shape, f"{many(len(rows), 'tag')}, {nameless} without a name, {gone} times a room that is gone")


def rooms_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tags that have a list of rooms."""
    return [row for row in rows if isinstance(row.get("rooms"), list)]


async def _nested(account: Account) -> Verdict:
    listed = {
        str(row.get("id")): row.get("sensors") for row in await _rows(account, _NESTED, "floors") if row.get("id")
    }
    there = Counter(row.get("floor_id") for row in await _rows(account, SENSORS, "sensors"))
    full = {floor: number for floor, number in there.items() if floor in listed}
    cut = sum(len(listed[floor] or ()) < number for floor, number in full.items())
    missing = sum(sensors is None for sensors in listed.values())
    most = max((len(sensors or ()) for sensors in listed.values()), default=0)
    evidence = (
        f"{many(len(full), 'floor')} with sensors, {cut} with fewer nested than flat, at most {most}; {missing} null"
    )
    if not full:
        return undetermined("no floor has sensors")
    return Verdict("cut" if cut else "complete", evidence)


async def _zones(account: Account) -> Verdict:
    zones = (await account.estate()).zones.values()
    if not zones:
        return undetermined("there are no zones")
    bare, roomy = sum(not zone.sensor_ids for zone in zones), sum(zone.room_id is not None for zone in zones)
    reading = "every zone" if not bare else "no zone" if bare == len(zones) else "some zones"
    return Verdict(reading, f"{many(len(zones), 'zone')}, {bare} without sensors, {roomy} in a room")


def _filtered(argument: str, of: Callable[[Sensor], str | None]) -> Callable[[Account], Any]:
    """Return a check of whether an argument of `sensors` filters."""

    async def ask(account: Account) -> Verdict:
        estate = await account.estate()
        if not (value := next((found for one in estate.sensors.values() if (found := of(one))), None)):
            return undetermined("no sensor has a value to ask for")
        document = f'query Filtered {{ sensors({argument}: ["{value}"]) {{ data {{ id }} }} }}'
        number = len(await _rows(account, document, "sensors"))
        everything = len(await _rows(account, SENSORS, "sensors"))
        if everything < 2:
            return undetermined("there are too few sensors")
        reading = "ignored" if number == everything else "honored" if number else "answers nothing"
        return Verdict(reading, f"asked for one value: {number} of {many(everything, 'sensor')}")

    return ask


async def _error_form(account: Account) -> Verdict:
    try:
        await account.client.graphql(_NONSENSE)
    except ButlrGraphQLError as err:
        paths = "with" if any(error.get("path") for error in err.errors) else "without"
        places = "with" if any(error.get("locations") for error in err.errors) else "without"
        code = words(err.codes)
        evidence = f"HTTP {err.status}, code {code}, {paths} path, {places} locations, {many(len(err.errors), 'error')}"
        return Verdict(f"{err.status} {code}", evidence)
    return Verdict("accepted", "a field that does not exist is answered")


async def _not_found(account: Account) -> Verdict:
    try:
        answer = await account.client.graphql(_MISSING)
    except ButlrGraphQLError as err:
        return Verdict("error", f"HTTP {err.status}, code {words(err.codes)}")
    return Verdict("null" if answer.get("floor") is None else "something", "no error beside it")


async def _heartbeats(account: Account) -> Verdict:
    rows = await _rows(account, SENSORS, "sensors")
    heartbeats = [beat for row in rows if isinstance(beat := row.get("last_heartbeat"), int | float) and beat > 0]
    if not heartbeats:
        return undetermined("no sensor has a heartbeat")
    newest = max(heartbeats)
    in_seconds = newest < _MILLISECONDS
    age = account.client.now() - (newest if in_seconds else newest / 1000)
    evidence = f"{len(heartbeats)} of {many(len(rows), 'sensor')}; the newest is {age:.0f} s old"
    return Verdict("seconds" if in_seconds else "milliseconds", evidence)


async def _online(account: Account) -> Verdict:
    estate = await account.estate()
    offline = sum(sensor.online is False for sensor in estate.sensors.values())
    unknown = sum(sensor.online is None for sensor in estate.sensors.values())
    hives = sum(hive.online is False for hive in estate.hives.values())
    silenced = sum(
        sensor.online is True and (hive := estate.hive_of(sensor)) is not None and hive.online is False
        for sensor in estate.sensors.values()
    )
    homeless = sum(estate.hive_of(sensor) is None for sensor in estate.sensors.values())
    evidence = (
        f"{offline} of {many(len(estate.sensors), 'sensor')} offline, {unknown} unknown, {hives} of "
        f"{many(len(estate.hives), 'hive')} offline, {silenced} sensors online behind them, {homeless} without a hive"
    )
    return Verdict("online behind offline hives" if silenced else "none", evidence)


CHECKS = (
    Check("estate", "Can everything that the integration needs be read?", _estate),
    Check("site_time_zones", "Do sites have time zones?", _time_zones),
    Check("unset_capacity", "What is the capacity of a space if it is not configured?", _capacities),
    Check("power_types", "Which power types are there?", _power),
    Check("models", "Which sensor models are there?", _models),
    Check("installation_status", "Which installation statuses are there?", _installation),
    Check("double_macs", "Do any two sensors share a MAC address?", _double_macs),
    Check("placeholders", "Are there rows of devices that do not exist?", _placeholders),
    Check("no_room", "What is the room of a sensor that has none?", _roomless),
    Check("tags_shape", "Are tags a bare list?", _tags),
    Check("floor_sensors", "Does a floor list all of its sensors?", _nested),
    Check("zone_sensors", "Do zones list their sensors?", _zones),
    Check("sensors_by_id", "Does sensors(ids:) filter?", _filtered("ids", lambda one: one.id)),
    Check("sensors_by_floor", "Does sensors(floor_ids:) filter?", _filtered("floor_ids", lambda one: one.floor_id)),
    Check("graphql_error", "How does GraphQL refuse an invalid query?", _error_form),
    Check("graphql_not_found", "What is the answer for an id that does not exist?", _not_found),
    Check("heartbeat_unit", "Are heartbeats in seconds?", _heartbeats),
    Check("silenced_sensors", "Do sensors behind an offline hive claim to be online?", _online),
)
