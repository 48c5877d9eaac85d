"""Report sites without a time zone that Home Assistant knows: their day may begin at the wrong midnight."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.estate import Estate, Site
from ..polls.estate import EstateCoordinator
from .issue import Issue, bullet_list, update_issue


@callback
def watch_time_zones(hass: HomeAssistant, entry: ConfigEntry[Any], estate: EstateCoordinator) -> None:
    """Keep the issue about sites without a time zone current."""

    @callback
    def update() -> None:
        names = [site.name for site in estate.without_time_zone if _has_daily_totals(estate.data, site)]
        placeholders = {"sites": bullet_list(names), "time_zone": hass.config.time_zone}
        update_issue(hass, entry, Issue.NO_TIME_ZONE, placeholders, exists=bool(names))

    entry.async_on_unload(estate.async_add_listener(update))
    update()


def _has_daily_totals(estate: Estate, site: Site) -> bool:
    """Return whether entries and exits are counted at a site; nothing else depends on its midnight."""
    return any(estate.equipment(space.id).traffic and estate.site_of(space) == site for space in estate.spaces.values())
