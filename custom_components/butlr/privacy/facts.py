"""What is known about people, where it is stored, for how long, and who gets it: numbers and keywords only.

Diagnostics contain this, so there are no names, ids or addresses in it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from homeassistant.components.recorder import get_instance, is_entity_recorded
from homeassistant.components.sensor import ATTR_STATE_CLASS
from homeassistant.const import CONF_LLM_HASS_API, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..api.estate import Mode
from ..api.events import POSITIONS_TYPE
from ..assist.tools import api_id
from ..assist.visibility import is_exposed
from ..const import CONF_CLOUDHOOK_URL, CONF_HISTORY_DAYS, CONF_MQTT, DEFAULT_HISTORY_DAYS, MQTT_OFF
from ..history.statistics import RecorderStatistics
from ..live.small_groups import smallest_group
from ..push.supervisor import UpdateMode
from ..push.taken_over import TakeoverRecord
from ..runtime import ButlrConfigEntry, ButlrData
from ..simulated.session import is_simulated

# The platforms whose entities show something about people, unless they are about hardware or the connection.
_ABOUT_PEOPLE: Final = (Platform.BINARY_SENSOR, Platform.EVENT, Platform.IMAGE, Platform.SENSOR)
# How the Model Context Protocol Server is told to offer the tools of all integrations.
_ALL_TOOLS: Final = "all_llm_apis"
_HARDWARE_PREFIXES: Final = ("sensor_", "hive_")


async def privacy_facts(hass: HomeAssistant, entry: ButlrConfigEntry) -> dict[str, Any]:
    """Return what is known about people of a loaded organization, where it is stored, and who gets it."""
    data = entry.runtime_data
    registered = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    enabled = [one for one in registered if one.disabled_by is None]
    about_people = [one for one in enabled if _is_about_people(one)]
    return {
        "is_simulated": is_simulated(entry.data),
        "sensed": _sensed(data),
        "entities": {"enabled": len(enabled), "about_people": len(about_people)},
        "recorder": _recorder(hass, about_people),
        "history_days": entry.options.get(CONF_HISTORY_DAYS, DEFAULT_HISTORY_DAYS),
        "users": await _users(hass),
        "smallest_group": smallest_group(entry.options),
        "transfer": _transfer(entry, data),
        "assistants": _assistants(hass, entry, about_people),
    }


def _is_about_people(registered: er.RegistryEntry) -> bool:
    """Return whether an entity shows something about the people in a space."""
    is_other = registered.entity_category is not None or registered.unique_id.startswith(_HARDWARE_PREFIXES)
    return registered.domain in _ABOUT_PEOPLE and not is_other


def _sensed(data: ButlrData) -> dict[str, int]:
    """Return how many sensors count people, count at doors, and sense motion."""
    sensors = data.estate.data.sensors.values()
    modes = Counter(one.mode for one in sensors)
    return {**{mode.value: modes[mode] for mode in Mode}, "motion": sum(one.senses_motion for one in sensors)}


def _recorder(hass: HomeAssistant, entities: Collection[er.RegistryEntry]) -> dict[str, Any]:
    """Return how many entities Home Assistant's database keeps, and for how many days; None is for as long as it is."""
    if not RecorderStatistics.is_set_up(hass):
        return {"is_set_up": False}
    recorder = get_instance(hass)
    recorded = [one for one in entities if is_entity_recorded(hass, one.entity_id)]
    return {
        "is_set_up": True,
        "recorded": len(recorded),
        "not_recorded": len(entities) - len(recorded),
        "long_term_statistics": sum(ATTR_STATE_CLASS in (one.capabilities or {}) for one in recorded),
        "days_kept": recorder.keep_days if recorder.auto_purge else None,
    }


async def _users(hass: HomeAssistant) -> dict[str, int]:
    """Return how many people have an account of this Home Assistant."""
    users = [one for one in await hass.auth.async_get_users() if one.is_active and not one.system_generated]
    return {"active": len(users), "administrators": sum(one.is_admin for one in users)}


def _transfer(entry: ButlrConfigEntry, data: ButlrData) -> dict[str, Any]:
    """Return how the values come from Butlr, and who else gets what it sends."""
    record = TakeoverRecord.of(entry)
    taken = record.webhooks if record else ()
    return {
        "pushed": data.push.mode == UpdateMode.PUSH,
        "event_types": sorted(one.value for one in data.push.subscription.status.types),
        "through_home_assistant_cloud": bool(entry.data.get(CONF_CLOUDHOOK_URL)),
        "floors_with_positions": len(data.push.subscription.positions.floors),
        "other_systems": len(taken),
        "forwarded": bool(record and record.forward),
        "with_positions": sum(POSITIONS_TYPE in one.subscription.event_types for one in taken),
        "mqtt": entry.options.get(CONF_MQTT, MQTT_OFF),
    }


def _assistants(hass: HomeAssistant, entry: ButlrConfigEntry, entities: Iterable[er.RegistryEntry]) -> dict[str, Any]:
    """Return how many entities each assistant may tell, and how many others may ask everything."""
    exposed = Counter(name for one in entities for name in one.options if is_exposed(one, name))
    own = api_id(entry)
    return {
        "entities_exposed": dict(exposed),
        "with_all_tools": sum(
            bool(settings.get(_ALL_TOOLS)) or own in (settings.get(CONF_LLM_HASS_API) or ())
            for settings in _settings(hass)
        ),
    }


def _settings(hass: HomeAssistant) -> Iterator[Mapping[str, Any]]:
    """Yield the settings of all integrations: some choose the tools that a language model may use."""
    for entry in hass.config_entries.async_entries():
        subentries = (subentry.data for subentry in entry.subentries.values())
        yield from chain((entry.data, entry.options), subentries)
