"""Sites without a time zone that Home Assistant knows: their days begin at the wrong midnight."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.estate import Estate, Site
from ..polls.estate import EstateCoordinator
from .issue import Issue, clear, listed, show


def watch_time_zones(hass: HomeAssistant, entry: ConfigEntry[Any], estate: EstateCoordinator) -> None:
    """Tell of sites whose entries and exits are counted from a midnight that may not be theirs, while there are any."""

    @callback
    def review() -> None:
        names = [site.name for site in estate.without_time_zone if _counts_days(estate.data, site)]
        if names:
            placeholders = {"sites": listed(names), "time_zone": hass.config.time_zone}
            show(hass, entry, Issue.NO_TIME_ZONE, placeholders)
        else:
            clear(hass, entry, Issue.NO_TIME_ZONE)

    entry.async_on_unload(estate.async_add_listener(review))
    review()


def _counts_days(estate: Estate, site: Site) -> bool:
    return any(estate.equipment(space.id).traffic and estate.site_of(space) == site for space in estate.spaces.values())
