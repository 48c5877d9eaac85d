"""What Butlr's integration is compared with, and the instruments, inside the Home Assistant that is measured."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from . import const, parse_only
from .const import CONF_DESIGN, DOMAIN
from .copying import Copies
from .instruments import ChangesView, PollView, ProcessView, PushView
from .targeted import Targets
from .textbook import TextbookCoordinator

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)
PLATFORMS = (Platform.BINARY_SENSOR, Platform.SENSOR)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer the webhook that only parses, and the instruments."""
    parse_only.register(hass)
    for view in (ProcessView, PushView, PollView, ChangesView):
        hass.http.register_view(view)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry[Copies]) -> bool:
    """Add the copies of an entry of Butlr, in one of the designs."""
    feed: TextbookCoordinator | Targets | None = None
    match entry.data[CONF_DESIGN]:
        case const.DESIGN_TEXTBOOK:
            feed = TextbookCoordinator(hass, entry)
        case const.DESIGN_TARGETED:
            feed = Targets(hass, entry)
    entry.runtime_data = Copies.of(hass, entry, feed)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    if feed:
        feed.register_webhook()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry[Copies]) -> bool:
    """Remove them."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
