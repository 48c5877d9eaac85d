"""The action that ranks rooms and devices by how long something was on while nobody was there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.recorder import is_entity_recorded
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ..api.estate import Room
from ..const import DOMAIN
from ..history.statistics import RecorderFailedError, RecorderStatistics
from ..waste.devices import RoomArea, area_of
from ..waste.past import Past, read_past
from ..waste.spans import Span, intersection, seconds, union
from .available_rooms import ATTR_LIMIT
from .target import Scope, isoformat_local, resolve
from .time_range import TimeRange, read_time_range

# The recorder keeps states for ten days, unless it is configured otherwise.
MAX_WASTE_DAYS: Final = 31
# How many of our other binary sensors are read, to see when Home Assistant started.
MAX_WITNESSES: Final = 100


class Unmeasured(StrEnum):
    """Why nothing can be said of a room."""

    WITHOUT_SENSORS = "without_sensors"
    WITHOUT_AREA = "without_area"
    WITHOUT_DEVICES = "without_devices"
    NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, slots=True)
class _MeasuredRoom:
    """A room with devices, and what the recorder has to know of it."""

    description: dict[str, Any]
    area: RoomArea
    # The occupancy of the room, and of all spaces that share its area.
    occupancy: str
    all_occupancy: tuple[str, ...]
    devices: tuple[str, ...]
    start: float
    zone_name: str

    def describe(self, past: Past, devices: Mapping[str, _MeasuredDevice]) -> dict[str, Any]:
        """Return the room as it is in the response."""
        empty = past.when(self.occupancy, on=False)
        wasted = union(span for entity_id in self.devices for span in devices[entity_id].wasted)
        return {
            **self.description,
            "area_id": self.area.id,
            "time_zone": self.zone_name,
            "start": isoformat_local(past.start, self.zone_name),
            "end": isoformat_local(past.end, self.zone_name),
            "empty_on_minutes": _minutes(wasted),
            "empty_minutes": _minutes(empty),
            "known_minutes": _minutes([*empty, *past.when(self.occupancy, on=True)]),
            "devices": sorted((devices[entity_id].describe() for entity_id in self.devices), key=_rank),
        }


@dataclass(frozen=True, slots=True)
class _MeasuredDevice:
    """When a device was on, and when it was on although all spaces of its area were known to be empty."""

    entity_id: str
    name: str
    on: list[Span]
    wasted: list[Span]

    def describe(self) -> dict[str, Any]:
        """Return the device as it is in the response."""
        return {
            "entity_id": self.entity_id,
            "name": self.name,
            "empty_on_minutes": _minutes(self.wasted),
            "on_minutes": _minutes(self.on),
        }


async def get_waste(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return rooms and devices, ranked by how long something was on while the room was known to be empty."""
    scope = resolve(hass, call)
    now = dt_util.utcnow().timestamp()
    time_range = read_time_range(call.data, now, MAX_WASTE_DAYS)
    if not RecorderStatistics.is_set_up(hass):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_recorder")
    rooms, unmeasured = _measurable(scope, time_range)
    devices: dict[str, _MeasuredDevice] = {}
    described: list[dict[str, Any]] = []
    downtimes: list[Span] = []
    for start in sorted({room.start for room in rooms}):
        group = [room for room in rooms if room.start == start]
        ids = {entity_id for room in group for entity_id in (*room.all_occupancy, *room.devices)}
        ids.update(islice(_witnesses(scope), MAX_WITNESSES))
        try:
            past = await read_past(hass, ids, start, time_range.end, now)
        except RecorderFailedError as err:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="recorder_failed") from err
        downtimes += past.downtimes
        for room in group:
            devices |= _measure(hass, room, past)
        described += [room.describe(past, devices) for room in group]
    limit = call.data[ATTR_LIMIT]
    response: dict[str, Any] = {
        "rooms": sorted(described, key=_rank)[:limit],
        "devices": sorted((one.describe() for one in devices.values()), key=_rank)[:limit],
        "measured": len(described),
        **{reason.value: [scope.identify(room) for room in unmeasured[reason]] for reason in Unmeasured},
        "downtimes": [{"start": _isoformat(begin), "end": _isoformat(end)} for begin, end in union(downtimes)],
    }
    return response


def _measurable(scope: Scope, time_range: TimeRange) -> tuple[list[_MeasuredRoom], dict[Unmeasured, list[Room]]]:
    """Return the rooms that can be measured, and the others by the reason."""
    rooms: list[_MeasuredRoom] = []
    unmeasured: dict[Unmeasured, list[Room]] = {reason: [] for reason in Unmeasured}
    for room in scope.spaces():
        if isinstance(room, Room):
            found = _look_at(scope, room, time_range)
            if isinstance(found, Unmeasured):
                unmeasured[found].append(room)
            else:
                rooms.append(found)
    return rooms, unmeasured


def _look_at(scope: Scope, room: Room, time_range: TimeRange) -> _MeasuredRoom | Unmeasured:
    """Return what to read of a room, or why there is nothing to read."""
    hass = scope.hass
    if not scope.estate.equipment(room.id).sensors:
        return Unmeasured.WITHOUT_SENSORS
    if (area := area_of(hass, scope.entry.entry_id, scope.estate, room.id)) is None:
        return Unmeasured.WITHOUT_AREA
    if not area.entity_ids:
        return Unmeasured.WITHOUT_DEVICES
    if not all(scope.data.live.is_sensed(space_id) for space_id in area.space_ids):
        return Unmeasured.WITHOUT_SENSORS
    occupancy = {space_id: _occupancy_of(hass, space_id) for space_id in area.space_ids}
    recorded = tuple(one for one in occupancy.values() if one and is_entity_recorded(hass, one))
    devices = tuple(one for one in area.entity_ids if is_entity_recorded(hass, one))
    if len(recorded) < len(occupancy) or not devices:
        return Unmeasured.NOT_RECORDED
    midnight, zone_name = scope.data.live.day(room.id)
    return _MeasuredRoom(
        description=scope.describe(room),
        area=area,
        occupancy=occupancy[room.id] or "",
        all_occupancy=recorded,
        devices=devices,
        start=time_range.start_at(midnight),
        zone_name=zone_name,
    )


def _occupancy_of(hass: HomeAssistant, space_id: str) -> str | None:
    """Return the entity of a space's occupancy; None if it is disabled, and so has no states."""
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id(BINARY_SENSOR_DOMAIN, DOMAIN, f"{space_id}_occupancy")
    registered = entity_id and registry.async_get(entity_id)
    return registered.entity_id if registered and not registered.disabled_by else None


def _witnesses(scope: Scope) -> Iterable[str]:
    """Yield binary sensors of ours that are recorded: they show when Home Assistant started."""
    registry = er.async_get(scope.hass)
    for one in er.async_entries_for_config_entry(registry, scope.entry.entry_id):
        if one.domain == BINARY_SENSOR_DOMAIN and not one.disabled_by and is_entity_recorded(scope.hass, one.entity_id):
            yield one.entity_id


def _measure(hass: HomeAssistant, room: _MeasuredRoom, past: Past) -> dict[str, _MeasuredDevice]:
    """Return when the devices of a room's area were on, and on for nobody."""
    empty: list[Span] = [(past.start, past.end)]
    for entity_id in room.all_occupancy:
        empty = intersection(empty, past.when(entity_id, on=False))
    devices = {}
    for entity_id in room.devices:
        state = hass.states.get(entity_id)
        on = past.when(entity_id, on=True)
        devices[entity_id] = _MeasuredDevice(entity_id, state.name if state else entity_id, on, intersection(empty, on))
    return devices


def _rank(described: Mapping[str, Any]) -> tuple[float, str]:
    return -described["empty_on_minutes"], described["name"]


def _minutes(spans: Iterable[Span]) -> float:
    return round(seconds(spans) / 60, 1)


def _isoformat(timestamp: float) -> str:
    return dt_util.as_local(dt_util.utc_from_timestamp(timestamp)).isoformat(timespec="seconds")
