"""What needs attention: hardware, missing data, the connection to Butlr, and messages in Repairs."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations

from ..actions.target import Scope, isoformat_local
from ..api.estate import Hive, Sensor
from ..const import DOMAIN
from ..issues.issue import Issue, issue_id
from .explanation import reason_as_told
from .facts import Facts
from .places import KINDS, Places, place_of
from .visibility import CONNECTIVITY, UPDATE_MODE, Visible

# How many things of each kind are told.
MAX_LISTED: Final = 10


async def attention(hass: HomeAssistant, places: Places) -> dict[str, Any]:
    """Return what needs attention, as far as it may be told."""
    told: dict[str, Any] = {}
    for scope, seen in places.organizations:
        found = {
            "sensors_and_hives_offline": list(_offline(hass, scope, seen)),
            "batteries_to_replace": list(_batteries(hass, scope, seen)),
            "spaces_without_data": list(_without_data(scope, seen)),
            "connection": list(_connection(scope, seen)),
            "repairs": await _repairs(hass, scope.entry) if _sees_organization(scope, seen) else [],
        }
        for key, items in found.items():
            if items:
                told.setdefault(key, []).extend(items)
    checked = {**_checked(places), **({"only_what_is_shared": True} if _hides(places) else {})}
    if not told:
        return {"nothing_needs_attention": True, "checked": checked}
    further = {f"further_{key}": len(items) - MAX_LISTED for key, items in told.items() if len(items) > MAX_LISTED}
    return {key: items[:MAX_LISTED] for key, items in told.items()} | further | {"checked": checked}


def _checked(places: Places) -> dict[str, int]:
    """Return how much was checked: what may not be told is not part of it."""
    return {
        "sensors_and_hives": sum(
            seen.tells(key, (CONNECTIVITY,)) for scope, seen in places.organizations for key in scope.estate.hardware
        ),
        "spaces": sum(facts.tells_occupancy for facts in _all_spaces(places)),
    }


def _hides(places: Places) -> bool:
    """Return whether there is more to check that may not be told."""
    return any(facts.source and not facts.tells_occupancy for facts in _all_spaces(places)) or not all(
        _sees_organization(scope, seen) and all(seen.tells(key, (CONNECTIVITY,)) for key in scope.estate.hardware)
        for scope, seen in places.organizations
    )


def _all_spaces(places: Places) -> Iterator[Facts]:
    for scope, seen in places.organizations:
        for space in scope.estate.spaces.values():
            yield Facts(place_of(scope, seen, space), space)


def _shown(hass: HomeAssistant, seen: Visible, butlr_id: str, key: str) -> str | None:
    """Return the state of an entity that may be told."""
    entity_id = seen.entities.get(butlr_id, {}).get(key)
    state = hass.states.get(entity_id) if entity_id else None
    return state.state if state else None


def _offline(hass: HomeAssistant, scope: Scope, seen: Visible) -> Iterator[dict[str, Any]]:
    for one in scope.estate.hardware.values():
        if _shown(hass, seen, one.id, CONNECTIVITY) == STATE_OFF:
            hive = scope.estate.hive_of(one) if isinstance(one, Sensor) else None
            behind = hive is not None and _shown(hass, seen, hive.id, CONNECTIVITY) == STATE_OFF
            yield {**_named(scope, seen, one), **({"because": "its hive is offline"} if behind else {})}


def _batteries(hass: HomeAssistant, scope: Scope, seen: Visible) -> Iterator[dict[str, Any]]:
    for one in scope.estate.sensors.values():
        if _shown(hass, seen, one.id, "battery") == STATE_ON and one.battery_change_by is not None:
            by = isoformat_local(one.battery_change_by, scope.hass.config.time_zone)[:10]
            yield {**_named(scope, seen, one), "replace_by": by}


def _named(scope: Scope, seen: Visible, one: Hive | Sensor) -> dict[str, Any]:
    """Return the name of hardware, and where it is."""
    space = scope.estate.rooms.get(getattr(one, "room_id", None) or "") or scope.estate.floors.get(one.floor_id or "")
    return {
        "name": scope.identify(one)["name"],
        "kind": "hive" if isinstance(one, Hive) else "sensor",
        **({"in": place_of(scope, seen, space).label} if space else {}),
    }


def _without_data(scope: Scope, seen: Visible) -> Iterator[dict[str, Any]]:
    for space in scope.estate.spaces.values():
        facts = Facts(place_of(scope, seen, space), space)
        if not facts.tells_occupancy:
            continue
        lacks_number = facts.tells_people and facts.people is None
        if not facts.state.available or lacks_number:
            reason = reason_as_told(facts)
            yield {"place": facts.place.label, "kind": KINDS[type(space)].value, "because": reason}


def _sees_organization(scope: Scope, seen: Visible) -> bool:
    return seen.tells(scope.estate.organization_id, (UPDATE_MODE,))


def _connection(scope: Scope, seen: Visible) -> Iterator[str]:
    if not _sees_organization(scope, seen):
        return
    data = scope.data
    for poll, what in ((data.estate, "rooms and sensors"), (data.occupancy, "people"), (data.traffic, "entries")):
        if poll.failing:
            yield f"Butlr does not answer questions about {what}; what was last known is shown for at most ten minutes"
    if data.push.health.suspect:
        yield "Pushes from Butlr have been missed; values are polled instead, and may be a minute late"


async def _repairs(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[str]:
    """Return the titles of the messages in Repairs."""
    registry = ir.async_get(hass)
    issues = [one for issue in Issue if (one := registry.async_get_issue(DOMAIN, issue_id(entry, issue)))]
    texts: Mapping[str, str] = await async_get_translations(hass, hass.config.language, "issues", {DOMAIN})
    return [
        texts[f"component.{DOMAIN}.issues.{one.translation_key}.title"].format(**one.translation_placeholders or {})
        for one in issues
        if one.active and not one.dismissed_version
    ]
