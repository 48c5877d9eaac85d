"""Our endpoint and its subscription at Butlr: what Butlr pushes enters here."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
import hmac
from http import HTTPStatus
from typing import Any, Final

from aiohttp.hdrs import CONTENT_LENGTH, METH_GET, METH_HEAD, METH_POST, METH_PUT
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from yarl import URL

from . import cloudhook
from .api.client import ButlrClient
from .api.errors import ButlrError, ButlrForbiddenError, ButlrGraphQLError
from .api.events import OCCUPANCY_TYPES, EventType, InvalidEventError, UnreadEvent, base_type, parse_event
from .api.subscriptions import Subscription, Subscriptions
from .const import CONF_CLOUDHOOK_URL, CONF_WEBHOOK_SECRET, DOMAIN, LOGGER
from .coordinator import SETTLING, EstateCoordinator, OccupancyCoordinator, TrafficCoordinator
from .live import Live

# The header that Butlr is told to send; its value is the entry's webhook secret.
SECRET_HEADER: Final = "X-Butlr-Webhook-Secret"  # noqa: S105 - a header's name
NAME_PREFIX: Final = "Home Assistant "
# An event is a few hundred bytes; nothing that Butlr documents comes near this.
LARGEST_BODY: Final = 64 * 1024
# Registration is tried again after 30 s, doubling up to 30 min.
FIRST_RETRY: Final = 30.0
LONGEST_RETRY: Final = 1800.0
# How long after a subscription the totals hold all that happened before it, in seconds.
RECOUNT: Final = SETTLING + 5.0
FINAL_CODES: Final = frozenset({"BAD_USER_INPUT", "FORBIDDEN"})
# An event about a space that the estate does not have asks for a new estate, at most this often.
UNKNOWN_SPACE_COOLDOWN: Final = 300.0


class UpdateMode(StrEnum):
    """How news reach Home Assistant."""

    PUSH = "push"
    POLLING = "polling"


class Push:
    """Keeps one subscription at Butlr and takes in what it delivers.

    Everything that may concern the subscription leads to the same idempotent `reconcile`, which compares what is at
    Butlr with what should be there. Polling goes on whatever happens here.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        live: Live,
        estate: EstateCoordinator,
        occupancy: OccupancyCoordinator,
        traffic: TrafficCoordinator,
    ) -> None:
        """Prepare; nothing is registered before `setup`."""
        self._hass = hass
        self._entry = entry
        self._live = live
        self._estate = estate
        self._occupancy = occupancy
        self._traffic = traffic
        self._subscriptions = Subscriptions(client)
        self._lock = asyncio.Lock()
        self._retry_delay = FIRST_RETRY
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._cancel_recount: CALLBACK_TYPE | None = None
        # The event types that Butlr pushes to us; none while nothing is registered.
        self._subscribed: frozenset[EventType] = frozenset()
        self._listeners: list[Callable[[], None]] = []
        self._unknown_space: Debouncer[Any] = Debouncer(
            hass,
            LOGGER,
            cooldown=UNKNOWN_SPACE_COOLDOWN,
            immediate=True,
            function=estate.async_refresh,
            background=True,
        )
        self.mode = UpdateMode.POLLING
        self.last_push: datetime | None = None
        # What became of every request to the endpoint, for diagnostics.
        self.outcomes: Counter[str] = Counter()

    def setup(self) -> None:
        """Open the endpoint and register it at Butlr once Home Assistant has started."""
        webhook.async_register(
            self._hass,
            DOMAIN,
            self._entry.title,
            self._entry.data[CONF_WEBHOOK_ID],
            self.handle,
            # Other methods are refused in `handle`: Home Assistant would log the webhook's id with each of them.
            allowed_methods=[METH_GET, METH_HEAD, METH_POST, METH_PUT],
        )
        on_unload = self._entry.async_on_unload
        on_unload(lambda: webhook.async_unregister(self._hass, self._entry.data[CONF_WEBHOOK_ID]))
        on_unload(self._stop_retry)
        on_unload(self._stop_recount)
        on_unload(self._unknown_space.async_shutdown)
        on_unload(self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._config_changed))
        on_unload(async_at_started(self._hass, self._started))

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when the mode changes or a push came; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # -- the endpoint ---------------------------------------------------------------------------------------------

    async def handle(self, hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
        """Answer one delivery; Home Assistant Cloud hands in a request that has less than aiohttp's."""
        if request.method != METH_POST:
            return self._answer("wrong_method", HTTPStatus.METHOD_NOT_ALLOWED)
        secret = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(secret.encode(), self._entry.data[CONF_WEBHOOK_SECRET].encode()):
            return self._answer("unauthorized", HTTPStatus.UNAUTHORIZED)
        body = await _read_body(request)
        if body is None:
            return self._answer("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            event, organisation_id = parse_event(body)
        except InvalidEventError as err:
            LOGGER.debug("Refused a pushed event: %s", err)
            return self._answer("invalid", HTTPStatus.BAD_REQUEST)
        if isinstance(event, UnreadEvent):
            return self._answer("unread", HTTPStatus.OK)
        estate = self._estate.data
        if organisation_id and organisation_id != estate.organisation_id:
            return self._answer("foreign", HTTPStatus.OK)
        self._heard()
        readings = event.readings(estate)
        if not readings:
            if event.readings(self._estate.whole):
                return self._answer("not_chosen", HTTPStatus.OK)
            self._unknown_space.async_schedule_call()
            return self._answer("unknown_space", HTTPStatus.OK)
        news = self._live.apply(readings)
        return self._answer("applied" if news else "old", HTTPStatus.OK)

    def _answer(self, outcome: str, status: HTTPStatus) -> Response:
        self.outcomes[outcome] += 1
        return Response(status=status)

    def _heard(self) -> None:
        """Note that Butlr's pushes reach us; the first one after registration proves that they do."""
        self.last_push = dt_util.utcnow()
        if self._subscribed and self.mode is UpdateMode.POLLING:
            self._set_mode(UpdateMode.PUSH)
        else:
            self._tell()

    def _set_mode(self, mode: UpdateMode) -> None:
        if mode is self.mode:
            return
        self.mode = mode
        LOGGER.debug("Update mode is now %s", mode)
        self._pace()
        self._tell()

    def _pace(self) -> None:
        """Tell the polls what is pushed; occupancy is polled slowly only while every kind of count is."""
        pushed = self._subscribed if self.mode is UpdateMode.PUSH else frozenset()
        self._occupancy.relax(push=pushed.issuperset(OCCUPANCY_TYPES))
        self._traffic.pushed = EventType.TRAFFIC in pushed

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    # -- the subscription -----------------------------------------------------------------------------------------

    @callback
    def _started(self, hass: HomeAssistant) -> None:
        self._entry.async_on_unload(
            cloudhook.listen(hass, self._entry.data[CONF_WEBHOOK_ID], self._reconcile_soon, self._cloudhook_changed)
        )
        self._reconcile_soon()

    @callback
    def _cloudhook_changed(self, url: str | None) -> None:
        if url != self._entry.data.get(CONF_CLOUDHOOK_URL):
            self._remember_cloudhook(url)
            self._reconcile_soon()

    @callback
    def _config_changed(self, event: Event[Any]) -> None:
        if "external_url" in event.data:
            self._reconcile_soon()

    @callback
    def _reconcile_soon(self, _now: datetime | None = None) -> None:
        self._stop_retry()
        self._entry.async_create_background_task(self._hass, self.reconcile(), "butlr reconcile subscription")

    def _stop_retry(self) -> None:
        if self._cancel_retry:
            self._cancel_retry()
            self._cancel_retry = None

    async def reconcile(self) -> None:
        """Make the subscription at Butlr what it should be; try again later when that fails for now."""
        async with self._lock:
            try:
                url = await self._public_url()
                await self._reconcile(url)
            except (ButlrError, HomeAssistantError) as err:
                if _is_final(err):
                    LOGGER.debug("Butlr refuses the subscription, polling serves instead: %s", err)
                    self._set_subscribed(())
                    return
                LOGGER.debug("Registration at Butlr failed, next try in %.0f s: %s", self._retry_delay, err)
                self._cancel_retry = async_call_later(self._hass, self._retry_delay, self._reconcile_soon)
                self._retry_delay = min(self._retry_delay * 2, LONGEST_RETRY)
            else:
                self._retry_delay = FIRST_RETRY

    def _set_subscribed(self, names: Iterable[str]) -> bool:
        """Note what Butlr pushes from now on; returns whether that is more than before."""
        before, self._subscribed = self._subscribed, frozenset(filter(None, map(base_type, names)))
        LOGGER.debug("Butlr pushes: %s", ", ".join(sorted(self._subscribed)) or "nothing")
        if self._subscribed:
            self._pace()
        else:
            self._set_mode(UpdateMode.POLLING)
        return not self._subscribed <= before

    async def _public_url(self) -> str | None:
        """Return the address Butlr can push to: Home Assistant Cloud's, else the external URL, else none."""
        webhook_id = self._entry.data[CONF_WEBHOOK_ID]
        if cloudhook.is_subscribed(self._hass):
            if url := self._entry.data.get(CONF_CLOUDHOOK_URL):
                return str(url)
            if cloudhook.is_connected(self._hass):
                url = await cloudhook.get_or_create(self._hass, webhook_id)
                self._remember_cloudhook(url)
                return url
        try:
            url = webhook.async_generate_url(self._hass, webhook_id, allow_internal=False, allow_ip=True)
        except NoURLAvailableError:
            return None
        # Butlr pushes to https only; a server that is itself plain http is a simulator, which need not insist.
        if URL(url).scheme == "https" or URL(self._occupancy.client.base_url).scheme == "http":
            return url
        return None

    def _remember_cloudhook(self, url: str | None) -> None:
        data = {**self._entry.data, CONF_CLOUDHOOK_URL: url}
        self._hass.config_entries.async_update_entry(self._entry, data=data)

    async def _reconcile(self, url: str | None) -> None:
        origin = URL(url).origin() if url and url != self._entry.data.get(CONF_CLOUDHOOK_URL) else None
        ours, others = owned(await self._subscriptions.list(), self._entry, origin)
        taken = {kind for subscription in others for kind in subscription.event_types}
        wanted = Subscription(
            name=subscription_name(self._entry),
            event_types=_available_types(taken) if url else (),
            url=url or "",
            header=SECRET_HEADER,
            secret=self._entry.data[CONF_WEBHOOK_SECRET],
        )
        if not wanted.event_types:
            if ours:
                await self._subscriptions.delete([subscription.id for subscription in ours])
        elif not ours:
            await self._subscriptions.create(wanted)
        else:
            kept, *duplicates = sorted(ours, key=lambda subscription: subscription.url != url)
            if duplicates:
                await self._subscriptions.delete([subscription.id for subscription in duplicates])
            if not _equal(kept, wanted):
                await self._subscriptions.update(replace(wanted, id=kept.id))
        if self._set_subscribed(wanted.event_types):
            # What happened between the last polls and now was neither polled nor pushed.
            await self._occupancy.async_request_refresh()
            await self._traffic.async_request_refresh()
            # And what Butlr had not counted yet when that poll asked is known a little later.
            self._stop_recount()
            self._cancel_recount = async_call_later(
                self._hass, RECOUNT, HassJob(self._recount, "butlr recount", cancel_on_shutdown=True)
            )

    @callback
    def _recount(self, _now: datetime) -> None:
        self._cancel_recount = None
        self._entry.async_create_background_task(self._hass, self._traffic.async_refresh(), "butlr recount")

    def _stop_recount(self) -> None:
        if self._cancel_recount:
            self._cancel_recount()
            self._cancel_recount = None


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
    url = URL(subscription.url)
    return (
        subscription.name.startswith(NAME_PREFIX)
        and url.absolute
        and url.origin() == origin
        and url.path.startswith(webhook.async_generate_path(""))
    )


async def remove_subscription(client: ButlrClient, entry: ConfigEntry[Any]) -> None:
    """Delete what this entry has at Butlr; raises ButlrError."""
    subscriptions = Subscriptions(client)
    ours, _ = owned(await subscriptions.list(), entry)
    if ours:
        await subscriptions.delete([subscription.id for subscription in ours])


def _available_types(taken: set[str]) -> tuple[str, ...]:
    """Return what to subscribe to; only one subscription per event type may exist, so what others hold is theirs.

    Of an occupancy type that is taken the one-minute variant serves as well.
    """
    available = []
    for kind in EventType:
        names = (kind.value, f"{kind.value}_1MIN") if kind.value.endswith("_OCCUPANCY") else (kind.value,)
        if name := next((name for name in names if name not in taken), None):
            available.append(name)
    return tuple(available)


def _is_final(err: Exception) -> bool:
    """Tell whether trying again cannot help: not allowed, or refused as it stands."""
    if isinstance(err, ButlrGraphQLError):
        return not FINAL_CODES.isdisjoint(err.codes)
    return isinstance(err, ButlrForbiddenError)


def _equal(found: Subscription, wanted: Subscription) -> bool:
    return (
        set(found.event_types) == set(wanted.event_types)
        and found.url == wanted.url
        and (found.header or "").lower() == (wanted.header or "").lower()
        and found.secret == wanted.secret
        and found.on_change_only == wanted.on_change_only
    )


async def _read_body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is known to be too large."""
    declared = request.headers.get(CONTENT_LENGTH, "")
    if declared.isdecimal() and int(declared) > LARGEST_BODY:
        return None
    content, body = request.content, b""
    while chunk := await content.read(LARGEST_BODY + 1 - len(body)):
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return body
