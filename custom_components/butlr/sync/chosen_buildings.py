"""The buildings that a person chose: known by name, so that it can be said which of them are gone."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..const import CONF_BUILDINGS, DOMAIN
from ..issues.issue import Issue, bullet_list, create_issue, delete_issues
from ..runtime import ButlrConfigEntry
from .store import SyncStore


@callback
def review(hass: HomeAssistant, entry: ButlrConfigEntry, memory: SyncStore) -> None:
    """Tell of chosen buildings that are gone for good, while there are any.

    Whoever tears a building down at Butlr and makes it anew has another one, of which nobody said that it is wanted.
    """
    data, chosen = entry.runtime_data, entry.options.get(CONF_BUILDINGS, ())
    whole = data.estate.full_estate
    memory.buildings = {
        key: whole.buildings[key].name
        if key in whole.buildings
        else memory.buildings.get(key) or _name(hass, entry, key)
        for key in chosen
    }
    data.gone_buildings.clear()
    data.gone_buildings.update((key, name) for key, name in memory.buildings.items() if whole.lacks(key))
    if data.gone_buildings:
        create_issue(hass, entry, Issue.BUILDINGS_GONE, {"buildings": bullet_list(data.gone_buildings.values())})
    else:
        delete_issues(hass, entry, Issue.BUILDINGS_GONE)


def _name(hass: HomeAssistant, entry: ButlrConfigEntry, building_id: str) -> str:
    """Return the name that a building has as a device, as long as that is there."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, building_id), entry.entry_id)
    return (device.name if device else None) or building_id
