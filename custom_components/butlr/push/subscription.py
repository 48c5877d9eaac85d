"""Keeps the subscription at Butlr up to date: decides when to reconcile it and when to retry."""

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence
import contextlib
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.start import async_at_started
from yarl import URL

from ..api.client import ButlrClient
from ..api.errors import ButlrError, ButlrForbiddenError, ButlrGraphQLError
from ..api.events import OCCUPANCY_TYPES, ONE_MINUTE_SUFFIXES, POSITIONS_TYPE, EventType, base_type
from ..api.subscriptions import Subscription, Subscriptions, is_certain, is_refusal
from ..const import CONF_CLOUDHOOK_URL, CONF_MQTT, CONF_WEBHOOK_SECRET, LOGGER, MQTT_RECEIVE, SECRET_HEADER
from ..issues.issue import Issue
from ..simulated.session import SIMULATED_URL, is_simulated
from ..timer import Timer
from . import cloudhook
from .forwarding import forwarding_of
from .positions import PositionsWebhook, split_positions
from .remote_webhooks import RemoteWebhooks, canonical_name, parse_url, split_by_owner, webhook_name
from .takeover import Takeover

# After a temporary failure the subscription is tried again; the delay doubles up to the maximum (seconds).
FIRST_RETRY_DELAY: Final = 30.0
MAX_RETRY_DELAY: Final = 1800.0
# Butlr does not notify us when it would accept what it refused, or when another webhook releases an event type. So both
# are checked again; the delay doubles up to the maximum (seconds).
FIRST_RECHECK_DELAY: Final = 3600.0
MAX_RECHECK_DELAY: Final = 86400.0
# A refusal without an error code may be a temporary failure, so it is checked sooner (seconds).
FIRST_UNCERTAIN_RECHECK_DELAY: Final = 300.0


@dataclass(frozen=True, slots=True)
class ClaimedEventType:
    """An event type that another webhook has: the webhook's name and host, and the variant subscribed instead."""

    type: str
    webhook: str = ""
    host: str = ""
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """The event types that Butlr pushes to us, and why the others are missing."""

    types: frozenset[EventType] = frozenset()
    claimed: tuple[ClaimedEventType, ...] = ()
    obstacle: Issue | None = None
    webhooks: int = 0


class SubscriptionReconciler:
    """Reconciles the webhooks at Butlr with the desired ones, whatever triggered it.

    `reconcile` is idempotent. A temporary failure is retried; a refusal is accepted until something changes, and
    checked again from time to time.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        chosen_floors: Callable[[], frozenset[str]],
        on_change: Callable[[SubscriptionStatus, bool], None],
    ) -> None:
        """Prepare; `chosen_floors` returns the floors whose positions are wanted.

        `on_change` is called with a new status, and with whether pushes have to be verified again.
        """
        self._hass = hass
        self._entry = entry
        self._client = client
        self._chosen_floors = chosen_floors
        self._on_change = on_change
        self._subscriptions = Subscriptions(client)
        self._webhooks = RemoteWebhooks(client, self._subscriptions)
        self.positions = PositionsWebhook(self._subscriptions)
        self.takeover = Takeover(hass, entry, self._subscriptions, forwarding_of(hass, entry))
        self._lock = asyncio.Lock()
        self._queued = False
        self._retry_delay = FIRST_RETRY_DELAY
        self._retry_timer = Timer(hass, "butlr retry subscription", self.reconcile_soon)
        self._recheck_delay = 0.0
        self._recheck_timer = Timer(hass, "butlr recheck subscription", self._recheck)
        self._url: str | None = None
        self.status = SubscriptionStatus()

    @property
    def retrying(self) -> bool:
        """Whether the last reconcile failed temporarily and will be retried."""
        return self._retry_timer.running

    @property
    def uses_cloudhook(self) -> bool:
        """Whether Butlr pushes through Home Assistant Cloud."""
        return bool(self._url) and self._url == self._entry.data.get(CONF_CLOUDHOOK_URL)

    def setup(self) -> None:
        """Reconcile once Home Assistant has started, and whenever something relevant changes."""
        on_unload = self._entry.async_on_unload
        on_unload(self._retry_timer.stop)
        on_unload(self._recheck_timer.stop)
        on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._on_core_config))
        on_unload(async_at_started(self._hass, self._on_started))

    # -- triggers ---------------------------------------------------------------------------------------------------

    @callback
    def _on_started(self, hass: HomeAssistant) -> None:
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        self._entry.async_on_unload(cloudhook.listen(hass, webhook_id, self._on_cloud_connection, self._on_cloudhook))
        self.reconcile_soon()

    @callback
    def _on_cloud_connection(self, connected: bool) -> None:
        if not connected and self.uses_cloudhook:
            # No push arrives until the connection is back or another URL is subscribed.
            self._on_change(self.status, True)
        self.reconcile_soon()

    @callback
    def _on_cloudhook(self, url: str | None) -> None:
        if url != self._entry.data.get(CONF_CLOUDHOOK_URL):
            self._store_cloudhook(url)
            self.reconcile_soon()

    @callback
    def _on_core_config(self, event: Event[Any]) -> None:
        if "external_url" in event.data:
            self.reconcile_soon()

    @callback
    def reconcile_soon(self) -> None:
        """Reconcile in the background; a call while another run is queued is coalesced with it."""
        if not self._queued:
            self._queued = True
            self._entry.async_create_background_task(self._hass, self.reconcile(), "butlr reconcile subscription")

    @callback
    def follow_positions(self) -> None:
        """Reconcile if other floors than at the last time are chosen for positions."""
        if self.positions.desired not in (None, self._chosen_floors()):
            self.reconcile_soon()

    @callback
    def _recheck(self) -> None:
        self._subscriptions.refused.clear()
        self.reconcile_soon()

    # -- reconciling ------------------------------------------------------------------------------------------------

    async def retry_refused(self) -> None:
        """Reconcile now, and ask again for everything that Butlr refused."""
        self._subscriptions.refused.clear()
        self._webhooks.retry_second()
        await self.reconcile()

    async def recreate(self) -> bool:
        """Delete and recreate the webhooks even if they look correct; return whether that succeeded."""
        async with self._lock:
            try:
                await remove_subscription(self._client, self._entry)
            except ButlrError as err:
                LOGGER.debug("The webhooks at Butlr could not be deleted: %s", err)
                return False
        await self.retry_refused()
        return bool(self.status.types) and not self.retrying

    async def others(self) -> list[Subscription]:
        """Return the webhooks of other systems that could be taken over; none if Butlr does not say."""
        try:
            return await self.takeover.candidates({claimed.type for claimed in self.status.claimed})
        except ButlrError as err:
            LOGGER.debug("The webhooks of other systems could not be listed: %s", err)
            return []

    async def take_over(self, *, forward: bool) -> str | None:
        """Take over what other systems have claimed; return the error to show, if there is one."""
        async with self._lock:
            try:
                wanted = {claimed.type for claimed in self.status.claimed}
                error = await self.takeover.begin(wanted, forward=forward)
            except ButlrError as err:
                LOGGER.debug("The webhooks of other systems could not be listed: %s", err)
                error = "cannot_connect"
        if error:
            return error
        await self.retry_refused()
        record = self.takeover.record
        if record and all(one.taken for one in record.webhooks):
            return None
        # Nobody is told later that it worked after all, so nothing stays half done.
        await self.give_back()
        return "refused"

    async def give_back(self) -> bool:
        """Give everything back that was taken over; return whether that succeeded."""
        if self.takeover.record is None:
            return True
        self.takeover.end()
        await self.reconcile()
        return self.takeover.record is None

    @callback
    def give_back_soon(self) -> None:
        """Give everything back in the background, if anything was taken over."""
        if self.takeover.record:
            self.takeover.end()
            self.reconcile_soon()

    async def reconcile(self) -> None:
        """Make the webhooks at Butlr equal to the desired ones; retry later if that fails temporarily."""
        async with self._lock:
            self._queued = False
            uncertain = False
            try:
                status, changed, failure = await self._reconcile()
            except (ButlrError, HomeAssistantError) as err:
                if (obstacle := _obstacle(err)) is None:
                    self._retry_later(err)
                    return
                LOGGER.debug("Butlr refuses the subscription, so only polling is used: %s", err)
                uncertain = obstacle is Issue.WEBHOOK_REFUSED and not is_certain(err)
                if not uncertain:
                    await self._delete_unused_cloudhook()
                status, changed, failure = SubscriptionStatus(obstacle=obstacle), False, None
            self.takeover.tell()
            if failure:
                self._retry_later(failure)
            else:
                self._retry_timer.stop()
                self._retry_delay = FIRST_RETRY_DELAY
            self._recheck_later(status, uncertain=uncertain)
            if changed or status != self.status:
                LOGGER.debug("Subscribed to events: %s", ", ".join(sorted(status.types)) or "nothing")
                # A claimed type is told, and does not put into doubt what the other types push.
                verify = changed or replace(status, claimed=()) != replace(self.status, claimed=())
                self.status = status
                self._on_change(status, verify)

    def _retry_later(self, err: Exception) -> None:
        LOGGER.debug("Subscribing at Butlr failed, next try in %.0f s: %s", self._retry_delay, err)
        self._retry_timer.start(self._retry_delay)
        self._retry_delay = min(self._retry_delay * 2, MAX_RETRY_DELAY)

    def _recheck_later(self, status: SubscriptionStatus, *, uncertain: bool) -> None:
        """Schedule the next check of refused and claimed event types; the delay starts over if they changed."""
        if not status.claimed and status.obstacle not in (Issue.WEBHOOKS_NOT_ALLOWED, Issue.WEBHOOK_REFUSED):
            self._recheck_timer.stop()
            self._recheck_delay = 0.0
            return
        changed = (status.claimed, status.obstacle) != (self.status.claimed, self.status.obstacle)
        if changed or not self._recheck_timer.running:
            uncertain |= not all(self._subscriptions.refused.values())
            if self._recheck_delay and not changed:
                self._recheck_delay = min(self._recheck_delay * 2, MAX_RECHECK_DELAY)
            else:
                self._recheck_delay = FIRST_UNCERTAIN_RECHECK_DELAY if uncertain else FIRST_RECHECK_DELAY
            self._recheck_timer.start(self._recheck_delay)

    async def _reconcile(self) -> tuple[SubscriptionStatus, bool, ButlrError | None]:
        """Return the new status, whether anything was changed at Butlr, and a temporary failure if there was one."""
        self.positions.desired = self._chosen_floors()
        # Positions are not shared over MQTT.
        receives = self._entry.options.get(CONF_MQTT) == MQTT_RECEIVE
        unused = receives and not self.positions.desired
        # List first, so that no cloudhook is created if we may not manage webhooks.
        try:
            existing = await self._subscriptions.list()
        except ButlrError as err:
            if unused and _obstacle(err):
                return SubscriptionStatus(), False, None
            raise
        self._url = url = None if unused else await self._public_url()
        origin = URL(url).origin() if url and url != self._entry.data.get(CONF_CLOUDHOOK_URL) else None
        # Whoever receives pushes over MQTT needs nobody else's, even with a webhook for positions.
        taken = await self.takeover.reconcile(None if receives else url)
        if taken.changed:
            existing = await self._subscriptions.list()
        ours, others = split_by_owner(existing, self._entry, origin)
        if not url:
            self.positions.floors = frozenset()
            if ours:
                await self._subscriptions.delete([subscription.id for subscription in ours])
            if unused:
                await self._delete_unused_cloudhook()
            obstacle = None if unused else Issue.NO_PUBLIC_URL
            return SubscriptionStatus(obstacle=obstacle), bool(ours), taken.failure
        claims = {canonical_name(name): other for other in others for name in other.event_types}
        refused = self._subscriptions.refused
        template = Subscription(
            name=webhook_name(self._entry),
            event_types=(),
            url=url,
            header=SECRET_HEADER,
            secret=self._entry.data[CONF_WEBHOOK_SECRET],
        )
        names = {
            event_type: () if receives or event_type in taken.event_types else _names(event_type, claims, refused)
            for event_type in EventType
        }
        for_positions, ours = split_positions(ours)
        try:
            result = await self._webhooks.reconcile(ours, template, names)
        finally:
            failure = await self.positions.reconcile(for_positions, template, claimed=POSITIONS_TYPE in claims)
        if self.positions.desired and POSITIONS_TYPE in taken.event_types:
            self.positions.floors = self.positions.desired
        accepted = (*result.event_types, *taken.event_types)
        types = frozenset(filter(None, map(base_type, accepted)))
        wanted = [*(() if receives else EventType), *([POSITIONS_TYPE] if self.positions.desired else [])]
        subscribed = (*accepted, *([POSITIONS_TYPE] if self.positions.floors else []))
        theirs = {name: other for name, other in claims.items() if other.id not in self.takeover.ids}
        claimed = _claimed(wanted, subscribed, theirs, self._subscriptions.refused)
        status = SubscriptionStatus(types, claimed, webhooks=result.webhooks)
        return status, taken.changed or result.changed, result.failure or failure or taken.failure

    # -- the public URL ---------------------------------------------------------------------------------------------

    async def _public_url(self) -> str | None:
        """Return the URL that Butlr can push to: the cloudhook, else the external URL, else None.

        Raises HomeAssistantError if a cloudhook will be available as soon as the cloud is connected.
        """
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        if is_simulated(self._entry.data):
            # The events never leave this process, so they need no address that others can reach.
            return f"{SIMULATED_URL}{webhook.async_generate_path(webhook_id)}"
        subscribed = cloudhook.is_subscribed(self._hass)
        if subscribed and cloudhook.is_connected(self._hass):
            self._store_cloudhook(await cloudhook.get_or_create(self._hass, webhook_id))
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
        # Butlr only pushes to https. A server that itself uses plain http is a simulator, which accepts http.
        return url if URL(url).scheme == "https" or URL(self._client.base_url).scheme == "http" else None

    @callback
    def _store_cloudhook(self, url: str | None) -> None:
        if url != self._entry.data.get(CONF_CLOUDHOOK_URL):
            data = {**self._entry.data, CONF_CLOUDHOOK_URL: url}
            self._hass.config_entries.async_update_entry(self._entry, data=data)

    async def _delete_unused_cloudhook(self) -> None:
        """Delete the cloudhook that was created for a subscription which Butlr refuses."""
        if self._entry.data.get(CONF_CLOUDHOOK_URL):
            # Clear the stored URL first, so that the deletion is not mistaken for a user's change.
            self._store_cloudhook(None)
            with contextlib.suppress(HomeAssistantError, ValueError):
                await cloudhook.delete(self._hass, self._entry.data[CONF_WEBHOOK_ID])


async def remove_subscription(client: ButlrClient, entry: ConfigEntry[Any]) -> None:
    """Delete this entry's webhooks at Butlr; those that were taken over from other systems are not among them.

    Raises:
        ButlrError: The webhooks could not be listed or deleted.
    """
    subscriptions = Subscriptions(client)
    ours, _ = split_by_owner(await subscriptions.list(), entry)
    if ours:
        await subscriptions.delete([subscription.id for subscription in ours])


def _names(event_type: EventType, claims: Container[str], refused: Container[str]) -> tuple[str, ...]:
    """Return the names under which an event type can be subscribed, in order of preference.

    Each name can only be subscribed once at Butlr, so names that other webhooks claim are left out. An occupancy type
    also has a one-minute variant, whose suffix has two known spellings.
    """
    names = [event_type.value]
    if event_type in OCCUPANCY_TYPES:
        names += [f"{event_type}{suffix}" for suffix in ONE_MINUTE_SUFFIXES]
    return tuple(name for name in names if name not in refused and canonical_name(name) not in claims)


def _claimed(
    wanted: Sequence[str], subscribed: tuple[str, ...], claims: Mapping[str, Subscription], refused: Container[str]
) -> tuple[ClaimedEventType, ...]:
    """Return the event types that we could not subscribe, with the webhooks that claim them if they are known."""
    claimed = []
    for event_type in wanted:
        if event_type not in subscribed and (event_type in claims or event_type in refused):
            fallback = next((name for name in subscribed if base_type(name) == event_type), None)
            other = claims.get(event_type)
            host = parse_url(other.url).host if other else None
            claimed.append(ClaimedEventType(event_type, other.name if other else "", host or "", fallback))
    return tuple(claimed)


def _obstacle(err: Exception) -> Issue | None:
    """Return the issue for an error that a retry would not solve: no permission, or refused."""
    if isinstance(err, ButlrForbiddenError) or (isinstance(err, ButlrGraphQLError) and err.is_forbidden):
        return Issue.WEBHOOKS_NOT_ALLOWED
    return Issue.WEBHOOK_REFUSED if is_refusal(err) else None
