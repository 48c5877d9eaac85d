"""What is undone at Butlr and in the cloud when a config entry is disabled or removed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..api.client import ButlrClient
from ..api.errors import ButlrError
from ..api.subscriptions import Subscriptions
from ..const import CONF_CLOUDHOOK_URL, LOGGER
from ..issues.issue import Issue, delete_issues
from . import cloudhook
from .forwarding import forwarding_of, stop_forwarding
from .mqtt import withdraw
from .subscription import SubscriptionReconciler, remove_subscription
from .takeover import Takeover

# The delays before what could not be given back is tried again, in seconds.
GIVE_BACK_DELAYS: Final = (0.0, 1.0, 3.0)


async def clean_up_disabled(hass: HomeAssistant, entry: ConfigEntry[Any], subscription: SubscriptionReconciler) -> None:
    """Give back what was taken over before an entry is unloaded for good, and delete its issues."""
    given_back = await _try_until(subscription.give_back)
    # What is given back was announced anew without it.
    await withdraw(hass, entry)
    delete_issues(hass, entry, *Issue)
    if given_back:
        await stop_forwarding(hass, entry)
    else:
        subscription.takeover.tell()


async def clean_up_removed(hass: HomeAssistant, entry: ConfigEntry[Any], client: ButlrClient) -> None:
    """Give back what was taken over, delete our webhooks and the cloudhook, and all issues but what is left."""
    delete_issues(hass, entry, *Issue)
    await withdraw(hass, entry)
    takeover = Takeover(hass, entry, Subscriptions(client), forwarding_of(hass, entry))
    if not await _try_until(takeover.give_back):
        takeover.tell()
    await stop_forwarding(hass, entry)
    try:
        await remove_subscription(client, entry)
    except ButlrError as err:
        LOGGER.warning("The webhook at Butlr could not be deleted. Delete it there. Error: %s", err)
    if entry.data.get(CONF_CLOUDHOOK_URL):
        try:
            await cloudhook.delete(hass, entry.data[CONF_WEBHOOK_ID])
        except HomeAssistantError, ValueError:
            LOGGER.debug("The cloudhook no longer exists or cannot be reached")


async def _try_until(give_back: Callable[[], Awaitable[bool]]) -> bool:
    """Return whether everything was given back in a few attempts."""
    for delay in GIVE_BACK_DELAYS:
        await asyncio.sleep(delay)
        if await give_back():
            return True
    return False
