"""Our subscription at Butlr: one webhook, kept as it should be."""

import asyncio
from collections.abc import Callable, Container
import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.start import async_at_started
from yarl import URL

from . import cloudhook
from .api.client import ButlrClient
from .api.errors import ButlrError, ButlrForbiddenError, ButlrGraphQLError
from .api.events import OCCUPANCY_TYPES, ONE_MINUTE_SUFFIXES, EventType, base_type
from .api.subscriptions import Subscription, Subscriptions
from .const import CONF_CLOUDHOOK_URL, CONF_WEBHOOK_SECRET, LOGGER, SECRET_HEADER
from .issues import Issue

NAME_PREFIX: Final = "Home Assistant "
# Registration is tried again after 30 s, doubling up to 30 min.
FIRST_RETRY: Final = 30.0
LONGEST_RETRY: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Held:
    """An event type that another webhook holds: which, at what host, and the variant that is subscribed instead."""

    type: EventType
    name: str = ""
    host: str = ""
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """What Butlr pushes to us, and what is in the way of the rest."""

    types: frozenset[EventType] = frozenset()
    held: tuple[Held, ...] = ()
    obstacle: Issue | None = None


class Registration:
    """Everything that may concern the subscription leads to the same idempotent `reconcile`.

    It compares what is at Butlr with what should be there. What fails for now is tried again; what cannot work stays
    as it is until something changes.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        changed: Callable[[Registered], None],
    ) -> None:
        """Prepare; `changed` is told what is registered whenever that must prove itself anew."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._changed = changed
        self._subscriptions = Subscriptions(client)
        self._lock = asyncio.Lock()
        self._queued = False
        self._retry_delay = FIRST_RETRY
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._url: str | None = None
        self.registered = Registered()

    @property
    def retrying(self) -> bool:
        """Whether registering failed for now and is tried again."""
        return self._cancel_retry is not None

    @property
    def through_cloud(self) -> bool:
        """Whether the address that Butlr has is one of Home Assistant Cloud."""
        return bool(self._url) and self._url == self._entry.data.get(CONF_CLOUDHOOK_URL)

    def setup(self) -> None:
        """Register at Butlr once Home Assistant has started, and whenever something changes that matters."""
        on_unload = self._entry.async_on_unload
        on_unload(self._stop_retry)
        on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._config_changed))
        on_unload(async_at_started(self._hass, self._started))

    # -- what leads to a reconcile --------------------------------------------------------------------------------

    @callback
    def _started(self, hass: HomeAssistant) -> None:
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        self._entry.async_on_unload(
            cloudhook.listen(hass, webhook_id, self._cloud_connection_changed, self._cloudhook_changed)
        )
        self.reconcile_soon()

    @callback
    def _cloud_connection_changed(self, connected: bool) -> None:
        if not connected and self.through_cloud:
            # Nothing gets through until it is back, or until another address is registered.
            self._changed(self.registered)
        self.reconcile_soon()

    @callback
    def _cloudhook_changed(self, url: str | None) -> None:
        if url != self._entry.data.get(CONF_CLOUDHOOK_URL):
            self._remember_cloudhook(url)
            self.reconcile_soon()

    @callback
    def _config_changed(self, event: Event[Any]) -> None:
        if "external_url" in event.data:
            self.reconcile_soon()

    @callback
    def reconcile_soon(self, _now: datetime | None = None) -> None:
        """Reconcile in the background; whoever asks while one waits for its turn is served by that."""
        self._stop_retry()
        if not self._queued:
            self._queued = True
            self._entry.async_create_background_task(self._hass, self.reconcile(), "butlr reconcile subscription")

    def _stop_retry(self) -> None:
        if self._cancel_retry:
            self._cancel_retry()
            self._cancel_retry = None

    # -- the reconcile ----------------------------------------------------------------------------------------------

    async def try_everything(self) -> None:
        """Reconcile now, also asking again for what Butlr refused."""
        self._subscriptions.refused.clear()
        await self.reconcile()

    async def renew(self) -> bool:
        """Make the subscription at Butlr anew, however right it looks there; tells whether that worked."""
        async with self._lock:
            try:
                await remove_subscription(self._client, self._entry)
            except ButlrError as err:
                LOGGER.debug("The webhook at Butlr could not be deleted: %s", err)
                return False
        await self.try_everything()
        return bool(self.registered.types) and not self.retrying

    async def reconcile(self) -> None:
        """Make the subscription at Butlr what it should be; try again later when that fails for now."""
        async with self._lock:
            self._queued = False
            try:
                registered, written = await self._reconcile()
            except (ButlrError, HomeAssistantError) as err:
                if (obstacle := _obstacle(err)) is None:
                    LOGGER.debug("Registration at Butlr failed, next try in %.0f s: %s", self._retry_delay, err)
                    self._stop_retry()
                    job = HassJob(self.reconcile_soon, "butlr retry registration", cancel_on_shutdown=True)
                    self._cancel_retry = async_call_later(self._hass, self._retry_delay, job)
                    self._retry_delay = min(self._retry_delay * 2, LONGEST_RETRY)
                    return
                LOGGER.debug("Butlr refuses the subscription, polling serves instead: %s", err)
                await self._forget_useless_cloudhook()
                registered, written = Registered(obstacle=obstacle), False
            self._retry_delay = FIRST_RETRY
            if written or registered != self.registered:
                LOGGER.debug("Butlr pushes: %s", ", ".join(sorted(registered.types)) or "nothing")
                self.registered = registered
                self._changed(registered)

    async def _reconcile(self) -> tuple[Registered, bool]:
        """Return what is registered now, and whether anything had to be written for that."""
        # Without the right to list webhooks no address is made for one.
        found = await self._subscriptions.list()
        self._url = url = await self._public_url()
        origin = URL(url).origin() if url and url != self._entry.data.get(CONF_CLOUDHOOK_URL) else None
        ours, others = owned(found, self._entry, origin)
        ours.sort(key=lambda subscription: subscription.url != url)
        holders = {_canonical(name): other for other in others for name in other.event_types}
        names = {kind: _names(kind, holders, self._subscriptions.refused) for kind in EventType}
        wanted = Subscription(
            id=ours[0].id if ours else "",
            name=subscription_name(self._entry),
            event_types=tuple(available[0] for available in names.values() if available),
            url=url or "",
            header=SECRET_HEADER,
            secret=self._entry.data[CONF_WEBHOOK_SECRET],
        )
        superfluous = ours[1:] if url and wanted.event_types else ours
        if superfluous:
            await self._subscriptions.delete([subscription.id for subscription in superfluous])
        if not url:
            return Registered(obstacle=Issue.NO_PUBLIC_URL), bool(superfluous)
        written = bool(wanted.event_types) and not (ours and _equal(ours[0], wanted))
        agreed = await self._subscriptions.agree(wanted, names.values()) if written else wanted.event_types
        types = frozenset(filter(None, map(base_type, agreed)))
        return Registered(types, _held(agreed, holders)), written or bool(superfluous)

    # -- the address ------------------------------------------------------------------------------------------------

    async def _public_url(self) -> str | None:
        """Return the address Butlr can push to: Home Assistant Cloud's, else the external URL, else none.

        Raises HomeAssistantError where there will be one as soon as the cloud is connected.
        """
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        subscribed = cloudhook.is_subscribed(self._hass)
        if subscribed and cloudhook.is_connected(self._hass):
            self._remember_cloudhook(await cloudhook.get_or_create(self._hass, webhook_id))
        if subscribed and (url := self._entry.data.get(CONF_CLOUDHOOK_URL)):
            return str(url)
        if url := self._external_url(webhook_id):
            return url
        if subscribed:
            raise HomeAssistantError("Home Assistant Cloud is not connected yet")
        return None

    def _external_url(self, webhook_id: str) -> str | None:
        try:
            url = webhook.async_generate_url(self._hass, webhook_id, allow_internal=False, allow_ip=True)
        except NoURLAvailableError:
            return None
        # Butlr pushes to https only; a server that is itself plain http is a simulator, which need not insist.
        return url if URL(url).scheme == "https" or URL(self._client.base_url).scheme == "http" else None

    @callback
    def _remember_cloudhook(self, url: str | None) -> None:
        if url != self._entry.data.get(CONF_CLOUDHOOK_URL):
            data = {**self._entry.data, CONF_CLOUDHOOK_URL: url}
            self._hass.config_entries.async_update_entry(self._entry, data=data)

    async def _forget_useless_cloudhook(self) -> None:
        """Give an address back that was made for a subscription which Butlr refuses."""
        if self._entry.data.get(CONF_CLOUDHOOK_URL):
            # In this order: the news of the deletion must not look like something that a person did.
            self._remember_cloudhook(None)
            with contextlib.suppress(HomeAssistantError, ValueError):
                await cloudhook.delete(self._hass, self._entry.data[CONF_WEBHOOK_ID])


def subscription_name(entry: ConfigEntry[Any]) -> str:
    """Return the name that tells people at Butlr, and us after a restart, whose webhook it is."""
    return f"{NAME_PREFIX}{entry.entry_id[-8:]}"


def owned(
    subscriptions: list[Subscription], entry: ConfigEntry[Any], origin: URL | None = None
) -> tuple[list[Subscription], list[Subscription]]:
    """Split subscriptions into those of this entry and those of others.

    Ours are known by the name, the secret or the address, any of which may have changed since they were made. So is
    what an entry left behind that was removed while Butlr could not be reached: it leads to this very Home Assistant,
    at whose own `origin` nobody else listens (an organisation has one entry).
    """
    path = webhook.async_generate_path(entry.data[CONF_WEBHOOK_ID])
    ours: list[Subscription] = []
    others: list[Subscription] = []
    for subscription in subscriptions:
        mine = (
            subscription.name == subscription_name(entry)
            or subscription.secret == entry.data[CONF_WEBHOOK_SECRET]
            or subscription.url.endswith(path)
            or (subscription.url and subscription.url == entry.data.get(CONF_CLOUDHOOK_URL))
            or (origin is not None and _leads_to(subscription, origin))
        )
        (ours if mine else others).append(subscription)
    return ours, others


def _leads_to(subscription: Subscription, origin: URL) -> bool:
    url = _parsed(subscription.url)
    return (
        subscription.name.startswith(NAME_PREFIX)
        and url.absolute
        and url.origin() == origin
        and url.path.startswith(webhook.async_generate_path(""))
    )


def _parsed(url: str) -> URL:
    """Return the address of a webhook, which may be anything where the webhook is another system's."""
    try:
        return URL(url)
    except ValueError:
        return URL()


async def remove_subscription(client: ButlrClient, entry: ConfigEntry[Any]) -> None:
    """Delete what this entry has at Butlr; raises ButlrError."""
    subscriptions = Subscriptions(client)
    ours, _ = owned(await subscriptions.list(), entry)
    if ours:
        await subscriptions.delete([subscription.id for subscription in ours])


def _canonical(name: str) -> str:
    """Return the name of an event type in the one spelling of the one-minute suffix that is compared."""
    minute, other = ONE_MINUTE_SUFFIXES
    return f"{name.removesuffix(other)}{minute}" if name.endswith(other) else name


def _names(kind: EventType, holders: Container[str], refused: Container[str]) -> tuple[str, ...]:
    """Return the names to subscribe an event type by, the best first, without those that cannot be had.

    Only one subscription per name may exist, so what others hold is theirs. Of an occupancy type the one-minute
    variant serves as well, in one spelling or the other.
    """
    names = [kind.value]
    if kind in OCCUPANCY_TYPES:
        names += [f"{kind}{suffix}" for suffix in ONE_MINUTE_SUFFIXES]
    return tuple(name for name in names if name not in refused and _canonical(name) not in holders)


def _held(agreed: tuple[str, ...], holders: dict[str, Subscription]) -> tuple[Held, ...]:
    """Return which event types are not pushed to us as they should be, and by whom they are held as far as known."""
    held = []
    for kind in EventType:
        if kind.value not in agreed:
            instead = next((name for name in agreed if base_type(name) is kind), None)
            holder = holders.get(kind.value)
            host = _parsed(holder.url).host if holder else None
            held.append(Held(kind, holder.name if holder else "", host or "", instead))
    return tuple(held)


def _obstacle(err: Exception) -> Issue | None:
    """Return what is in the way when trying again cannot help: not allowed, or refused as it stands."""
    if isinstance(err, ButlrForbiddenError) or (isinstance(err, ButlrGraphQLError) and err.is_forbidden):
        return Issue.NOT_ALLOWED
    if isinstance(err, ButlrGraphQLError) and err.is_refusal:
        return Issue.REFUSED
    return None


def _equal(found: Subscription, wanted: Subscription) -> bool:
    return (
        set(map(_canonical, found.event_types)) == set(map(_canonical, wanted.event_types))
        and found.url == wanted.url
        and (found.header or "").lower() == (wanted.header or "").lower()
        and found.secret == wanted.secret
        and found.on_change_only == wanted.on_change_only
    )
