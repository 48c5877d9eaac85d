"""What is undone at Butlr and in the cloud when a config entry is disabled or removed.

Nothing of this ends with the first failure: what could not be given back is tried again as long as Home Assistant runs,
and until then its events are passed on. What it was is known from the entry, also from one that is removed already.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from ..api.client import ButlrClient
from ..api.errors import ButlrError
from ..api.subscriptions import Subscriptions
from ..const import CONF_CLOUDHOOK_URL, CONF_TAKEN_OVER, DOMAIN, LOGGER
from ..issues.issue import Issue, delete_issues
from ..timer import Timer
from . import cloudhook
from .forwarding import forwarding_of, stop_forwarding
from .mqtt import withdraw
from .subscription import SubscriptionReconciler, remove_subscription
from .takeover import Takeover

# The delays before what could not be given back is tried again, in seconds: at first while somebody waits for it.
GIVE_BACK_DELAYS: Final = (0.0, 1.0, 3.0)
FIRST_LATER_DELAY: Final = 30.0
MAX_LATER_DELAY: Final = 1800.0
# What entries that are disabled or removed still have to give back, by entry id.
_LEFT: Final[HassKey[dict[str, Left]]] = HassKey(f"{DOMAIN}_left")


class Left:
    """Gives back what an entry that is disabled or removed has left: at once if asked, and from time to time."""

    def __init__(self, hass: HomeAssistant, takeover: Takeover, close: Callable[[], Awaitable[None]]) -> None:
        """Prepare; `close` is called once nothing is left. Until then, events are passed on."""
        self._hass = hass
        self._takeover = takeover
        self._close = close
        self._lock = asyncio.Lock()
        self._delay = FIRST_LATER_DELAY
        self._timer = Timer(hass, "butlr give back", self.give_back_soon)
        takeover.forwarding.stand_in()

    @callback
    def give_back_soon(self) -> None:
        """Try in the background."""
        self._hass.async_create_background_task(self.give_back(), "butlr give back")

    async def give_back(self) -> bool:
        """Try now, and later again if that fails; return whether everything was given back."""
        async with self._lock:
            if self._takeover.record and not await self._takeover.give_back():
                self._takeover.tell()
                self.later()
                return False
            self._timer.stop()
            self._takeover.tell()
            await self._close()
            return True

    @callback
    def later(self) -> None:
        """Try again later; the delay doubles."""
        self._timer.start(self._delay)
        self._delay = min(2 * self._delay, MAX_LATER_DELAY)

    async def forget(self) -> None:
        """End: a person has given the events back by hand."""
        self._takeover.forget()
        await self.give_back()

    @callback
    def stop(self) -> None:
        """End: the entry is enabled again, and gives back what is left."""
        self._timer.stop()


@callback
def watch_disabling(
    hass: HomeAssistant, create_client: Callable[[HomeAssistant, Mapping[str, Any]], ButlrClient]
) -> None:
    """Give back what entries have taken over that are disabled, also those that were not loaded then."""

    @callback
    def on_change(change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        if entry.domain != DOMAIN or change is ConfigEntryChange.REMOVED:
            return
        if not entry.disabled_by:
            _forget(hass, entry)
        elif (
            entry.state is ConfigEntryState.NOT_LOADED
            and entry.data.get(CONF_TAKEN_OVER)
            and left_by(hass, entry.entry_id) is None
        ):

            async def close() -> None:
                _forget(hass, entry)
                await stop_forwarding(hass, entry)

            _keep(hass, entry, Left(hass, _takeover_of(hass, entry, create_client(hass, entry.data)), close))
            hass.data[_LEFT][entry.entry_id].give_back_soon()

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_change)
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        on_change(ConfigEntryChange.UPDATED, entry)


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


async def clean_up_removed(
    hass: HomeAssistant, entry: ConfigEntry[Any], client: ButlrClient, finish: Callable[[], Awaitable[None]]
) -> None:
    """Give back what was taken over, delete our webhooks and the cloudhook, and all issues but what is left.

    Giving back comes first: Home Assistant writes to disk soon that the entry is gone. `finish` is called when the
    credentials are not needed anymore.
    """
    delete_issues(hass, entry, *Issue)
    takeover = _takeover_of(hass, entry, client)
    given_back = await _try_until(takeover.give_back)
    await withdraw(hass, entry)
    try:
        await remove_subscription(client, entry)
    except ButlrError as err:
        LOGGER.warning("The webhook at Butlr could not be deleted. Delete it there. Error: %s", err)

    async def close() -> None:
        await stop_forwarding(hass, entry)
        if entry.data.get(CONF_CLOUDHOOK_URL):
            try:
                await cloudhook.delete(hass, entry.data[CONF_WEBHOOK_ID])
            except HomeAssistantError, ValueError:
                LOGGER.debug("The cloudhook no longer exists or cannot be reached")
        _forget(hass, entry)
        await finish()

    if given_back:
        await close()
    else:
        takeover.tell()
        _keep(hass, entry, left := Left(hass, takeover, close))
        left.later()


def left_by(hass: HomeAssistant, entry_id: str) -> Left | None:
    """Return what an entry that is disabled or removed still has to give back, if this Home Assistant knows it."""
    return hass.data.get(_LEFT, {}).get(entry_id)


@callback
def _keep(hass: HomeAssistant, entry: ConfigEntry[Any], left: Left) -> None:
    _forget(hass, entry)
    hass.data.setdefault(_LEFT, {})[entry.entry_id] = left


@callback
def _forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    if left := hass.data.get(_LEFT, {}).pop(entry.entry_id, None):
        left.stop()


def _takeover_of(hass: HomeAssistant, entry: ConfigEntry[Any], client: ButlrClient) -> Takeover:
    return Takeover(hass, entry, Subscriptions(client), forwarding_of(hass, entry))


async def _try_until(give_back: Callable[[], Awaitable[bool]]) -> bool:
    """Return whether everything was given back in a few attempts."""
    for delay in GIVE_BACK_DELAYS:
        await asyncio.sleep(delay)
        if await give_back():
            return True
    return False
