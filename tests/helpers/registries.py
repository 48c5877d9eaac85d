"""Home Assistant's registries held against the simulator's estate: what there should be, worked out another way."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, label_registry as lr
from homeassistant.helpers.normalized_name_base_registry import normalize_name
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.const import CONF_BUILDINGS, CONF_HARDWARE, CONF_LABELS, DOMAIN
from tests.simulator import Simulator
from tests.simulator.estate import Estate, Sensor


@dataclass
class Due:
    """What there should be: devices by id with name and link, and the unique ids of entities."""

    devices: dict[str, tuple[str, str | None]]
    entities: set[str]


def _due_of_hardware(estate: Estate, floors: Container[str], due: Due) -> None:
    hives = {hive.id: hive for hive in estate.hives.values() if hive.real and _stands(estate, hive.floor_id, floors)}
    for hive in hives.values():
        due.devices[hive.id] = (hive.name, hive.floor_id if hive.floor_id in floors else estate.id)
        due.entities |= {f"{hive.id}_{key}" for key in ("connectivity", "last_heartbeat", "path_stability")}
    for sensor in estate.sensors.values():
        floor_id = _floor_of(estate, sensor)
        room = estate.rooms.get(sensor.room_id or "")
        wanted = _stands(estate, floor_id, floors) or (room is not None and room.floor_id in floors)
        if not sensor.real or not wanted:
            continue
        parent = sensor.hive_id if sensor.hive_id in hives else floor_id if floor_id in floors else estate.id
        due.devices[sensor.id] = (sensor.name, parent)
        due.entities |= {f"{sensor.id}_{key}" for key in ("connectivity", "last_heartbeat")}
        power, date = sensor.power_type, sensor.battery_change_by_date
        if power == "Battery" or (power is None and date):
            due.entities |= {f"{sensor.id}_{key}" for key in ("battery", "battery_change_by")}


def _floor_of(estate: Estate, sensor: Sensor) -> str:
    """Return the floor of a sensor; one that names none stands where its room does."""
    room = estate.rooms.get(sensor.room_id or "")
    return sensor.floor_id if sensor.floor_id in estate.floors or room is None else room.floor_id


def _stands(estate: Estate, floor_id: str, floors: Container[str]) -> bool:
    """Tell whether hardware is wanted: on a floor that is, or on none."""
    return floor_id in floors or floor_id not in estate.floors


def _keys(estate: Estate, space: Any, floors: Container[str]) -> set[str]:
    """Return the keys of a space's entities."""
    sensors = [one for one in estate.sensors.values() if one.real]
    mine = [one for one in sensors if one.room_id == space.id or _floor_of(estate, one) == space.id]
    presence = space.id in estate.zones or any(one.mode == "presence" for one in mine)
    is_room = space.id in estate.rooms
    traffic = any(one.mode == "traffic" and (is_room or one.is_entrance) for one in mine)
    keys = {"occupancy"}
    if space.id in estate.buildings:
        own = [floor for floor in estate.floors.values() if floor.building_id == space.id and floor.id in floors]
        presence = any("people" in _keys(estate, floor, floors) for floor in own)
        capacity = sum(floor.capacity_max for floor in own)
    else:
        capacity = space.capacity_max
    if presence:
        keys.add("people")
    if traffic:
        keys |= {"people_estimate", "entries_today", "exits_today", "crossing"}
    if space.id not in estate.buildings and (presence or traffic):
        keys |= {"busyness_trend", "peak_today"}
    if space.id not in estate.buildings and presence:
        keys.add("time_occupied_today")
    if is_room and mine:
        keys.add("empty_on_today")
    if _is_sensed(estate, space, floors):
        keys.add("confidence")
    if is_room and any(one.model.replace(" ", "") == "Heatic2+" for one in mine):
        keys.add("motion")
    if presence or traffic:
        keys |= {"over_capacity", "capacity_limit"} | ({"utilization", "busyness"} if capacity else set())
    if space.id in estate.buildings or space.id in estate.floors:
        keys.add("free_rooms")
    if space.id in estate.floors:
        keys.add("floor_plan")
    return keys


def _is_sensed(estate: Estate, space: Any, floors: Container[str]) -> bool:
    """Return whether any sensor covers a space or a part of it."""
    sensors = [one for one in estate.sensors.values() if one.real]
    if space.id in estate.zones:
        around = any(one.mode == "presence" and _floor_of(estate, one) == space.floor_id for one in sensors)
        return around or any(one.id in space.sensor_ids for one in sensors)
    spaces: list[Any] = [*estate.floors.values(), *estate.rooms.values(), *estate.zones.values()]
    inside = [
        one
        for one in spaces
        if space.id in (getattr(one, "floor_id", None), getattr(one, "building_id", None))
        and (space.id not in estate.buildings or one.id in floors)
    ]
    return any(space.id in (one.room_id, _floor_of(estate, one)) for one in sensors) or any(
        _is_sensed(estate, one, floors) for one in inside
    )


def due(simulator: Simulator, entry: MockConfigEntry) -> Due:
    """Return what the estate and the person's choice make."""
    estate = simulator.estate
    chosen = set(entry.options[CONF_BUILDINGS]) or set(estate.buildings)
    floors = {floor.id for floor in estate.floors.values() if floor.building_id in chosen}
    result = Due({estate.id: (entry.title, None)}, {f"{estate.id}_{key}" for key in LINK})
    for _, space in estate.spaces():
        parent = getattr(space, "floor_id", None) or getattr(space, "building_id", None) or estate.id
        if space.id in chosen or space.id in floors or parent in floors:
            result.devices[space.id] = (space.name, parent)
            result.entities |= {f"{space.id}_{key}" for key in _keys(estate, space, floors)}
    if any(f"{building_id}_people" in result.entities for building_id in chosen):
        result.entities.add(f"{estate.id}_people")
    for tag in estate.tags.values():
        if (
            tag.id
            and tag.name
            and any(f"{space_id}_time_occupied_today" in result.entities for space_id in tag.space_ids)
        ):
            result.entities.add(f"{tag.id}_people")
    if entry.options[CONF_HARDWARE]:
        _due_of_hardware(estate, floors, result)
    return result


def _labels(estate: Estate, entry: MockConfigEntry, device_id: str) -> set[str]:
    """Return the names of the labels that a device should have."""
    tags = [tag for tag in estate.tags.values() if tag.name and device_id in tag.space_ids]
    return {f"Butlr: {tag.name}" for tag in tags if entry.options[CONF_LABELS]}


LINK = (
    "update_mode",
    "last_push",
    "push_agreement",
    "push_delay",
    "history_import",
    "refresh",
    "sensors_offline",
)


def butlr_ids(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the Butlr ids of all devices."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {identifier[1] for device in devices for identifier in device.identifiers}


def find(simulator: Simulator, name: str) -> str:
    """Return the id of something by its name, of spaces before that of hardware."""
    estate = simulator.estate
    kinds = (estate.buildings, estate.floors, estate.rooms, estate.zones, estate.sensors, estate.hives)
    return next(item.id for kind in kinds for item in kind.values() if item.name == name)


def device_of(hass: HomeAssistant, entry: MockConfigEntry, butlr_id: str) -> dr.DeviceEntry:
    """Return a device by its Butlr id."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, butlr_id), entry.entry_id)
    assert device is not None
    return device


def target_of(hass: HomeAssistant, entry: MockConfigEntry, *butlr_ids: str) -> dict[str, list[str]]:
    """Return the target of an action: the devices with these Butlr ids."""
    return {"device_id": [device_of(hass, entry, butlr_id).id for butlr_id in butlr_ids]}


def differences(hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry) -> list[str]:
    """Return everything in which the registries and the states are not what the estate makes of them."""
    wanted = due(simulator, entry)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    names = {device.id: next(iter(device.identifiers))[1] for device in devices}
    has = {names[device.id]: (str(device.name), names.get(device.via_device_id or "")) for device in devices}
    wrong = [
        f"device {one}: {has.get(one)} instead of {wanted.devices.get(one)}"
        for one in has.keys() | wanted.devices
        if has.get(one) != wanted.devices.get(one)
    ]
    registered = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    keys = {one.unique_id for one in registered}
    wrong += [f"entity {one} is {'left' if one in keys else 'missing'}" for one in keys ^ wanted.entities]
    for one in registered:
        device_id = simulator.estate.id if one.unique_id.startswith("tag_") else one.unique_id
        if not f"{device_id}_".startswith(f"{names.get(one.device_id or '')}_"):
            wrong.append(f"entity {one.unique_id} hangs on {names.get(one.device_id or '')}")
        state = hass.states.get(one.entity_id)
        if (state is None) != bool(one.disabled_by):
            wrong.append(f"entity {one.unique_id} has {'no' if state is None else 'a'} state")
        elif state and state.attributes.get("restored"):
            wrong.append(f"entity {one.unique_id} is only remembered")
    for device in devices:
        found = {label.name for one in device.labels if (label := lr.async_get(hass).async_get_label(one))}
        right = _labels(simulator.estate, entry, names[device.id])
        if {normalize_name(one) for one in found} != {normalize_name(one) for one in right}:
            wrong.append(f"device {names[device.id]} has labels {found} instead of {right}")
    ours = {one.entity_id for one in registered}
    wrong += [f"state {one} has no entity" for one in hass.states.async_entity_ids() if one not in ours]
    return wrong
