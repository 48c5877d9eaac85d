"""Our subscription at Butlr, kept as it should be: what leads to a reconcile, and when it is tried again."""

import asyncio
from collections.abc import Callable, Container, Mapping
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

from ..api.client import ButlrClient
from ..api.errors import ButlrError, ButlrForbiddenError, ButlrGraphQLError
from ..api.events import OCCUPANCY_TYPES, ONE_MINUTE_SUFFIXES, EventType, base_type
from ..api.subscriptions import Subscription, Subscriptions, is_certain, is_refusal
from ..const import CONF_CLOUDHOOK_URL, CONF_WEBHOOK_SECRET, LOGGER, SECRET_HEADER
from ..issues.issue import Issue
from . import cloudhook
from .remote_webhooks import OurWebhooks, canonical, owned, parsed, subscription_name

# Registration is tried again after 30 s, doubling up to 30 min.
FIRST_RETRY: Final = 30.0
LONGEST_RETRY: Final = 1800.0
# What Butlr refuses, or lets others have, is asked for again after an hour, doubling up to a day: nobody tells when
# that ends. A refusal without a code may be a failure in disguise, so it is looked at sooner.
FIRST_LOOK: Final = 3600.0
FIRST_LOOK_IF_UNCERTAIN: Final = 300.0
LONGEST_LOOK: Final = 86400.0


@dataclass(frozen=True, slots=True)
class ClaimedEventType:
    """An event type that another webhook holds: which, at what host, and the variant that is subscribed instead."""

    type: EventType
    name: str = ""
    host: str = ""
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """What Butlr pushes to us, and what is in the way of the rest."""

    types: frozenset[EventType] = frozenset()
    held: tuple[ClaimedEventType, ...] = ()
    obstacle: Issue | None = None
    webhooks: int = 0


class SubscriptionReconciler:
    """Everything that may concern the subscription leads to the same idempotent `reconcile`.

    It compares what is at Butlr with what should be there. What fails for now is tried again; what cannot work stays
    as it is until something changes, and is looked at again now and then.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        changed: Callable[[SubscriptionStatus], None],
    ) -> None:
        """Prepare; `changed` is told what is registered whenever that must prove itself anew."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._changed = changed
        self._subscriptions = Subscriptions(client)
        self._webhooks = OurWebhooks(client, self._subscriptions)
        self._lock = asyncio.Lock()
        self._queued = False
        self._retry_delay = FIRST_RETRY
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._look_delay = 0.0
        self._cancel_look: CALLBACK_TYPE | None = None
        self._url: str | None = None
        self.registered = SubscriptionStatus()

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
        on_unload(self._stop_look)
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

    def _stop_look(self) -> None:
        if self._cancel_look:
            self._cancel_look()
            self._cancel_look = None

    # -- the reconcile ----------------------------------------------------------------------------------------------

    async def try_everything(self) -> None:
        """Reconcile now, also asking again for what Butlr refused."""
        self._subscriptions.refused.clear()
        self._webhooks.try_two()
        await self.reconcile()

    async def renew(self) -> bool:
        """Make the subscription at Butlr anew, however right it looks there; tells whether that worked."""
        async with self._lock:
            try:
                await remove_subscription(self._client, self._entry)
            except ButlrError as err:
                LOGGER.debug("The webhooks at Butlr could not be deleted: %s", err)
                return False
        await self.try_everything()
        return bool(self.registered.types) and not self.retrying

    async def reconcile(self) -> None:
        """Make the subscription at Butlr what it should be; try again later when that fails for now."""
        async with self._lock:
            self._queued = False
            uncertain = False
            try:
                registered, written, failure = await self._reconcile()
            except (ButlrError, HomeAssistantError) as err:
                if (obstacle := _obstacle(err)) is None:
                    self._retry_later(err)
                    return
                LOGGER.debug("Butlr refuses the subscription, polling serves instead: %s", err)
                uncertain = obstacle is Issue.REFUSED and not is_certain(err)
                if not uncertain:
                    await self._forget_useless_cloudhook()
                registered, written, failure = SubscriptionStatus(obstacle=obstacle), False, None
            if failure:
                self._retry_later(failure)
            else:
                self._retry_delay = FIRST_RETRY
            self._look_again_later(registered, uncertain=uncertain)
            if written or registered != self.registered:
                LOGGER.debug("Butlr pushes: %s", ", ".join(sorted(registered.types)) or "nothing")
                self.registered = registered
                self._changed(registered)

    def _retry_later(self, err: Exception) -> None:
        LOGGER.debug("Registration at Butlr failed, next try in %.0f s: %s", self._retry_delay, err)
        self._stop_retry()
        job = HassJob(self.reconcile_soon, "butlr retry registration", cancel_on_shutdown=True)
        self._cancel_retry = async_call_later(self._hass, self._retry_delay, job)
        self._retry_delay = min(self._retry_delay * 2, LONGEST_RETRY)

    def _look_again_later(self, registered: SubscriptionStatus, *, uncertain: bool) -> None:
        """Plan when to ask again for what is refused or held; what is news is looked at soon."""
        if not registered.held and registered.obstacle not in (Issue.NOT_ALLOWED, Issue.REFUSED):
            self._stop_look()
            self._look_delay = 0.0
            return
        news = (registered.held, registered.obstacle) != (self.registered.held, self.registered.obstacle)
        if news or not self._cancel_look:
            uncertain |= not all(self._subscriptions.refused.values())
            first = FIRST_LOOK_IF_UNCERTAIN if uncertain else FIRST_LOOK
            self._look_delay = min(self._look_delay * 2, LONGEST_LOOK) if self._look_delay and not news else first
            self._stop_look()
            job = HassJob(self._look_again, "butlr look again", cancel_on_shutdown=True)
            self._cancel_look = async_call_later(self._hass, self._look_delay, job)

    @callback
    def _look_again(self, _now: datetime) -> None:
        self._cancel_look = None
        self._subscriptions.refused.clear()
        self.reconcile_soon()

    async def _reconcile(self) -> tuple[SubscriptionStatus, bool, ButlrError | None]:
        """Return what is registered now, whether anything was written for that, and what failed of it for now."""
        # Without the right to list webhooks no address is made for one.
        found = await self._subscriptions.list()
        self._url = url = await self._public_url()
        origin = URL(url).origin() if url and url != self._entry.data.get(CONF_CLOUDHOOK_URL) else None
        ours, others = owned(found, self._entry, origin)
        if not url:
            if ours:
                await self._subscriptions.delete([subscription.id for subscription in ours])
            return SubscriptionStatus(obstacle=Issue.NO_PUBLIC_URL), bool(ours), None
        holders = {canonical(name): other for other in others for name in other.event_types}
        refused = self._subscriptions.refused
        model = Subscription(
            name=subscription_name(self._entry),
            event_types=(),
            url=url,
            header=SECRET_HEADER,
            secret=self._entry.data[CONF_WEBHOOK_SECRET],
        )
        names = {kind: _names(kind, holders, refused) for kind in EventType}
        arranged = await self._webhooks.arrange(ours, model, names)
        types = frozenset(filter(None, map(base_type, arranged.names)))
        held = _held(arranged.names, holders, self._subscriptions.refused)
        return SubscriptionStatus(types, held, webhooks=arranged.webhooks), arranged.changed, arranged.failure

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


async def remove_subscription(client: ButlrClient, entry: ConfigEntry[Any]) -> None:
    """Delete what this entry has at Butlr; raises ButlrError."""
    subscriptions = Subscriptions(client)
    ours, _ = owned(await subscriptions.list(), entry)
    if ours:
        await subscriptions.delete([subscription.id for subscription in ours])


def _names(kind: EventType, holders: Container[str], refused: Container[str]) -> tuple[str, ...]:
    """Return the names to subscribe an event type by, the best first, without those that cannot be had.

    Only one subscription per name may exist, so what others hold is theirs. Of an occupancy type the one-minute
    variant serves as well, in one spelling or the other.
    """
    names = [kind.value]
    if kind in OCCUPANCY_TYPES:
        names += [f"{kind}{suffix}" for suffix in ONE_MINUTE_SUFFIXES]
    return tuple(name for name in names if name not in refused and canonical(name) not in holders)


def _held(
    agreed: tuple[str, ...], holders: Mapping[str, Subscription], refused: Container[str]
) -> tuple[ClaimedEventType, ...]:
    """Return which event types are not pushed to us as they should be, and by whom they are held as far as known."""
    held = []
    for kind in EventType:
        if kind.value not in agreed and (kind.value in holders or kind.value in refused):
            instead = next((name for name in agreed if base_type(name) is kind), None)
            holder = holders.get(kind.value)
            host = parsed(holder.url).host if holder else None
            held.append(ClaimedEventType(kind, holder.name if holder else "", host or "", instead))
    return tuple(held)


def _obstacle(err: Exception) -> Issue | None:
    """Return what is in the way when trying again soon cannot help: not allowed, or refused as it stands."""
    if isinstance(err, ButlrForbiddenError) or (isinstance(err, ButlrGraphQLError) and err.is_forbidden):
        return Issue.NOT_ALLOWED
    return Issue.REFUSED if is_refusal(err) else None
