"""Chosen buildings that no longer exist: shown in Repairs by name."""

from homeassistant.core import HomeAssistant, callback

from ..const import CONF_BUILDINGS
from ..issues.issue import Issue, bullet_list, update_issue
from ..runtime import ButlrConfigEntry, device_of
from .store import SyncStore


@callback
def review_chosen_buildings(hass: HomeAssistant, entry: ButlrConfigEntry, store: SyncStore) -> None:
    """Create or delete the issue about chosen buildings that are gone.

    A building that was deleted and created again at Butlr has a new id, so nobody has chosen it yet.
    """
    data, chosen = entry.runtime_data, entry.options.get(CONF_BUILDINGS, ())
    whole = data.estate.full_estate
    store.buildings = {
        key: whole.buildings[key].name
        if key in whole.buildings
        else store.buildings.get(key) or _device_name(hass, entry, key)
        for key in chosen
    }
    data.gone_buildings.clear()
    data.gone_buildings.update((key, name) for key, name in store.buildings.items() if whole.lacks(key))
    placeholders = {"buildings": bullet_list(data.gone_buildings.values())}
    update_issue(hass, entry, Issue.BUILDINGS_GONE, placeholders, exists=bool(data.gone_buildings))


def _device_name(hass: HomeAssistant, entry: ButlrConfigEntry, building_id: str) -> str:
    """Return the name of a building's device, or the id if there is no device."""
    device = device_of(hass, entry.entry_id, building_id)
    return (device.name if device else None) or building_id
