"""Diagnostics that can be attached to a public report: counts, ages and the health of the connection.

Only counts, ages and known keywords are collected, so nothing needs redaction: no names, ids, addresses or secrets.
Ages are in seconds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
import statistics
from typing import Any, Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from .api.buckets import DAY
from .api.budget import REQUESTS_PER_MINUTE
from .api.client import DEFAULT_BASE_URL
from .api.estate import Building, Estate, Floor, Hive, Mode, Room, Sensor, Space, split_part
from .const import AREAS_CHOICES, CONF_BASE_URL, CONF_BUILDINGS, CONF_CLOUDHOOK_URL, CONF_PANEL, DEFAULT_PANEL, DOMAIN
from .coordinator import ButlrCoordinator
from .live.live import Live
from .polls.estate import EstateCoordinator
from .privacy.facts import privacy_facts
from .push.supervisor import PushSupervisor
from .push.takeover import Takeover
from .runtime import ButlrConfigEntry, ButlrData, butlr_id_of, is_loaded
from .simulated.session import SIMULATED_URL
from .sync.areas import areas_choice

OTHER: Final = "other"
# Known keywords. Any other text is reported as "other".
MODELS: Final = ("Heatic", "Heatic 2", "Heatic 2+")
POWERS: Final = ("Battery", "Wired")
TAG_KEY: Final = "tag_people_"
_ADDRESSES: Final = {DEFAULT_BASE_URL: "default", SIMULATED_URL: "simulated"}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: ButlrConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of an organization."""
    diagnostics: dict[str, Any] = {"entry": _entry(entry)}
    if not is_loaded(entry):
        return diagnostics
    data = entry.runtime_data
    registered = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return diagnostics | {
        "link": _connection(data),
        "estate": {"chosen": _estate(data.estate.data), "whole": _estate(data.estate.full_estate)},
        "sites_without_time_zone": len(data.estate.without_time_zone),
        "spaces": {
            kind: _spaces(data.live, spaces.keys()) for kind, spaces in _kinds(data.estate.data).items() if spaces
        },
        "ages": _ages(data.live, data.estate.data),
        "devices": len(registered),
        "entities": _entities(hass, entry),
        # The numbers of the action get_privacy_report.
        "privacy": await privacy_facts(hass, entry),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: ButlrConfigEntry, device: dr.AnyDeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of one device and of the connection to Butlr."""
    diagnostics: dict[str, Any] = {"entry": _entry(entry)}
    if not is_loaded(entry):
        return diagnostics
    data = entry.runtime_data
    butlr_id = butlr_id_of(device) or ""
    return diagnostics | {
        "link": _connection(data),
        "device": _device(data, butlr_id) | {"disabled": device.disabled, "has_area": device.area_id is not None},
        "entities": _entities_of(hass, device, butlr_id),
    }


# -- the entry ---------------------------------------------------------------------------------------------------------


def _entry(entry: ButlrConfigEntry) -> dict[str, Any]:
    chosen = entry.options.get(CONF_BUILDINGS)
    return {
        "version": f"{entry.version}.{entry.minor_version}",
        "state": entry.state.value,
        "error": entry.error_reason_translation_key,
        "polling_disabled": entry.pref_disable_polling,
        "address": _ADDRESSES.get(entry.data.get(CONF_BASE_URL, ""), OTHER),
        "cloudhook": bool(entry.data.get(CONF_CLOUDHOOK_URL)),
        "areas": _keyword(areas_choice(entry)[0], AREAS_CHOICES),
        "buildings": len(chosen) if chosen else "all",
        "switches": {
            CONF_PANEL: DEFAULT_PANEL,
            **{key: value for key, value in entry.options.items() if isinstance(value, bool)},
        },
    }


# -- the connection ----------------------------------------------------------------------------------------------------


def _connection(data: ButlrData) -> dict[str, Any]:
    return {
        "client": {
            "token_held": data.client.auth.has_token,
            "pause": round(data.client.pause),
            "clock_behind_butlr": round(data.client.clock.ahead),
            "reports_in_the_last_minute": data.client.reports_in_the_last_minute,
            "reports_allowed_a_minute": REQUESTS_PER_MINUTE,
        },
        "polls": {
            "estate": _poll(data.estate),
            "occupancy": _poll(data.occupancy),
            "traffic": _poll(data.traffic) | {"pushed": data.traffic.crossings_pushed},
            "today": _poll(data.today) | {"demanded": len(data.today.demands())},
            "typical": _poll(data.typical) | {"demanded": len(data.typical.demands())},
        },
        "floor_plans": data.floor_plans.report(),
        "push": _push(data.push, data.client.now()),
        # By day of Home Assistant's time zone, since the start.
        "push_audit": data.live.audit.by_day(dt_util.get_default_time_zone()),
        "readings": asdict(data.live.tally),
        # What this cloud's answers revealed about points that the documentation leaves open.
        "findings": data.client.findings.as_dict(),
    }


def _poll(poll: ButlrCoordinator[Any]) -> dict[str, Any]:
    error = poll.last_exception
    interval = poll.update_interval
    return {
        "interval": round(interval.total_seconds()) if interval else None,
        "usual_interval": round(poll.interval.total_seconds()),
        "success": not poll.failing,
        "succeeded": _since(poll.succeeded_at, poll.client.now()),
        "error": type(error.__cause__ or error).__name__ if error else None,
        **(_not_confirmed(poll.data) if isinstance(poll, EstateCoordinator) else {}),
    }


def _not_confirmed(estate: Estate) -> dict[str, Any]:
    """Return the parts of the newest answer that are not relied on: unread lists and unconfirmed assets."""
    return {"unread": _unread(estate), "unconfirmed": len(estate.unconfirmed)}


def _unread(estate: Estate) -> list[str]:
    """Return the kinds of assets that could not be read."""
    return sorted({split_part(part)[0] for part in estate.unread})


def _push(push: PushSupervisor, now: float) -> dict[str, Any]:
    status, health = push.subscription.status, push.health
    return {
        "mode": push.mode,
        "last_push": _since(push.last_push, now),
        "registered": sorted(status.types),
        "claimed": {
            claimed.type: {"fallback": claimed.fallback, "webhook_is_known": bool(claimed.webhook or claimed.host)}
            for claimed in status.claimed
        },
        "webhooks": status.webhooks,
        "obstacle": status.obstacle,
        "positions": {
            "floors_chosen": len(push.subscription.positions.desired or ()),
            "floors_pushed": len(push.subscription.positions.floors),
        },
        "taken_over": _taken_over(push.subscription.takeover),
        "through_cloud": push.subscription.uses_cloudhook,
        "retrying": push.subscription.retrying,
        "verified": health.verified,
        "suspect": health.suspect,
        "should_notify": health.should_notify,
        # Counted since a poll last agreed with the pushes.
        "types": {
            kind: {"received": received, "missed": missed, "suspect": suspect}
            for kind, (received, missed, suspect) in sorted(health.by_type().items())
        },
        "requests": dict(sorted(push.webhook.outcomes.items())),
        "mqtt": {
            "role": push.mqtt.role,
            "connected": push.mqtt.connected,
            "shared_by_others": sorted(push.mqtt.types),
            "silent": push.mqtt.silent,
            "events": dict(sorted(push.mqtt.outcomes.items())),
        },
    }


def _taken_over(takeover: Takeover) -> dict[str, Any] | None:
    """Return how far the takeover of other systems' webhooks got, and how many of their events were passed on."""
    if (record := takeover.record) is None:
        return None
    return {
        "webhooks": sum(one.taken for one in record.webhooks),
        "forward": record.forward,
        "giving_back": record.giving_back,
        "events": dict(sorted(takeover.forwarding.outcomes.items())),
        "waiting": takeover.forwarding.waiting,
    }


# -- the estate --------------------------------------------------------------------------------------------------------


def _kinds(estate: Estate) -> dict[str, Mapping[str, Space]]:
    return {
        "building": estate.buildings,
        "floor": estate.floors,
        "room": estate.rooms,
        "zone": estate.zones,
    }


def _estate(estate: Estate) -> dict[str, Any]:
    spaces = estate.spaces.values()
    return {
        "sites": len(estate.sites),
        **{f"{kind}s": len(kept) for kind, kept in _kinds(estate).items()},
        "tags": len(estate.tags),
        "with_capacity": sum(space.capacity is not None for space in spaces),
        "with_presence": sum(estate.equipment(space.id).presence for space in spaces),
        "with_traffic": sum(estate.equipment(space.id).traffic for space in spaces),
        "with_motion": sum(estate.equipment(space.id).motion for space in spaces),
        "hives": dict(sorted(Counter(_online(hive.online) for hive in estate.hives.values()).items())),
        "sensors": _sensors(estate, estate.sensors.values()),
    }


def _sensors(estate: Estate, sensors: Iterable[Sensor]) -> dict[str, int]:
    """Count sensors by model, mode and whether they are online."""
    kinds = (
        f"{_keyword(sensor.model, MODELS)}, {_keyword(sensor.mode, Mode)}, {_online(estate.is_online(sensor))}"
        for sensor in sensors
    )
    return dict(sorted(Counter(kinds).items()))


def _online(online: bool | None) -> str:
    return {True: "online", False: "offline", None: "unknown"}[online]


def _spaces(live: Live, space_ids: Iterable[str]) -> dict[str, int]:
    """Count spaces by state, without any number of people."""
    states = [live.state(space_id) for space_id in space_ids]
    return {
        "available": sum(state.available for state in states),
        "traffic_available": sum(state.traffic_available for state in states),
        "occupied": sum(state.occupied is True for state in states),
        "empty": sum(state.occupied is False for state in states),
        "unknown": sum(state.occupied is None for state in states),
        "with_people": sum(state.people is not None for state in states),
        "with_estimate": sum(state.estimate is not None for state in states),
        "with_motion": sum(state.motion is not None for state in states),
        "with_entries": sum(state.entries is not None for state in states),
    }


def _ages(live: Live, estate: Estate) -> dict[str, Any]:
    """Return the ages of the evidence of all spaces, by kind."""
    known: dict[str, list[float]] = {}
    for space_id in estate.spaces:
        for kind, age in live.ages(space_id).items():
            known.setdefault(kind, []).extend([] if age is None else [age])
    return {
        kind: {
            "spaces": len(ages),
            "newest": round(min(ages)),
            "median": round(statistics.median(ages)),
            "oldest": round(max(ages)),
        }
        for kind, ages in known.items()
        if ages
    }


# -- one device --------------------------------------------------------------------------------------------------------


def _device(data: ButlrData, butlr_id: str) -> dict[str, Any]:
    estate = data.estate.data
    if butlr_id == estate.organization_id:
        return {"kind": "organization"} | _estate(estate)
    if space := estate.spaces.get(butlr_id):
        return _space(data, space)
    if sensor := estate.sensors.get(butlr_id):
        return _sensor(estate, sensor, data.client.now())
    if hive := estate.hives.get(butlr_id):
        return _hive(estate, hive, data.client.now())
    return {"kind": "not in the estate"}


def _space(data: ButlrData, space: Space) -> dict[str, Any]:
    estate, live = data.estate.data, data.live
    equipment, state = estate.equipment(space.id), live.state(space.id)._asdict()
    # The site's midnight would reveal its time zone.
    state.pop("day")
    state["confidence"] = state["confidence"].value
    return {
        "kind": next(kind for kind, kept in _kinds(estate).items() if space.id in kept),
        "has_capacity": space.capacity is not None,
        "has_custom_id": space.custom_id is not None,
        "has_time_zone": estate.site_of(space) not in data.estate.without_time_zone,
        "presence": equipment.presence,
        "motion": equipment.motion,
        "doors": len(equipment.doors),
        "only_entrances": estate.only_entrances(space.id),
        "sensors": _sensors(estate, equipment.sensors),
        "below": _below(estate, space),
        "state": state,
        "ages": {kind: None if age is None else round(age) for kind, age in live.ages(space.id).items()},
    }


def _below(estate: Estate, space: Space) -> dict[str, int]:
    match space:
        case Building():
            return {"floors": sum(floor.building_id == space.id for floor in estate.floors.values())}
        case Floor():
            return {
                "rooms": sum(room.floor_id == space.id for room in estate.rooms.values()),
                "zones": sum(zone.floor_id == space.id for zone in estate.zones.values()),
            }
        case Room():
            return {"zones": sum(zone.room_id == space.id for zone in estate.zones.values())}
        case _:
            return {}


def _sensor(estate: Estate, sensor: Sensor, now: float) -> dict[str, Any]:
    hive = estate.hive_of(sensor)
    due = sensor.battery_change_by
    return {
        "kind": "sensor",
        "model": _keyword(sensor.model, MODELS),
        "mode": _keyword(sensor.mode, Mode),
        "power": _keyword(sensor.power, POWERS),
        "entrance": sensor.is_entrance,
        "in_a_room": sensor.room_id in estate.rooms,
        "on_a_floor": sensor.floor_id in estate.floors,
        "online": _online(sensor.online),
        "hive": _online(hive.online) if hive else "none",
        "reachable": estate.is_online(sensor),
        "heartbeat": _since(sensor.last_heartbeat, now),
        "battery_days": _days_until(due, now),
    }


def _hive(estate: Estate, hive: Hive, now: float) -> dict[str, Any]:
    sensors = [one for one in estate.sensors.values() if estate.hive_of(one) is hive]
    return {
        "kind": "hive",
        "on_a_floor": hive.floor_id in estate.floors,
        "online": _online(hive.online),
        "heartbeat": _since(hive.last_heartbeat, now),
        "path_stability": None if hive.path_stability is None else round(hive.path_stability),
        "sensors": _sensors(estate, sensors),
    }


# -- entities ----------------------------------------------------------------------------------------------------------


def _entities(hass: HomeAssistant, entry: ButlrConfigEntry) -> dict[str, dict[str, int]]:
    """Count entities by kind and condition."""
    kinds: dict[str, Counter[str]] = {}
    for registered in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        kind = f"{registered.domain}.{registered.translation_key or OTHER}"
        kinds.setdefault(kind, Counter())[_condition(hass, registered)] += 1
    return {kind: dict(sorted(conditions.items())) for kind, conditions in sorted(kinds.items())}


def _entities_of(hass: HomeAssistant, device: dr.AnyDeviceEntry, butlr_id: str) -> dict[str, str]:
    """Return the condition of each entity of a device by its key.

    Entities of tags belong to the organization's device. They are numbered, since tag ids are not reported.
    """
    conditions: dict[str, str] = {}
    for registered in er.async_entries_for_device(er.async_get(hass), device.id, include_disabled_entities=True):
        if registered.platform != DOMAIN:
            continue
        of_tag = registered.unique_id.startswith("tag_")
        key = TAG_KEY if of_tag else registered.unique_id.removeprefix(butlr_id).strip("_")
        prefix = f"{registered.domain}.{TAG_KEY}"
        number = sum(one.startswith(prefix) for one in conditions) + 1 if of_tag else ""
        conditions[f"{registered.domain}.{key}{number}"] = _condition(hass, registered)
    return conditions


def _condition(hass: HomeAssistant, registered: er.RegistryEntry) -> str:
    if registered.disabled_by:
        return f"disabled by {registered.disabled_by}"
    state = hass.states.get(registered.entity_id)
    if state is None:
        return "not added"
    return state.state if state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN) else "known"


# -- keywords and ages -------------------------------------------------------------------------------------------------


def _keyword(text: object, known: Iterable[str]) -> str | None:
    """Return a known keyword, ignoring case and spaces; any other text is "other"."""
    if not isinstance(text, str):
        return None
    written = "".join(text.split()).casefold()
    return next((word for word in known if "".join(word.split()).casefold() == written), OTHER)


def _since(timestamp: float | None, now: float) -> int | None:
    return None if timestamp is None else round(now - timestamp)


def _days_until(due: float | None, now: float) -> int | None:
    return None if due is None else round((due - now) / DAY)
