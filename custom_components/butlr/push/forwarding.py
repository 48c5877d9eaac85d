"""Passes the events of other systems' webhooks on to their former addresses, byte for byte and in order.

This lives as long as anything is taken over, whether or not the config entry is loaded: the other systems depend on it.
Nothing here delays what Home Assistant does with an event.
"""

import asyncio
import base64
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
import hmac
from http import HTTPStatus
import itertools
import json
import time
from typing import Any, Final

import aiohttp
from aiohttp.hdrs import CONTENT_TYPE, METH_POST
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.ssl import get_default_context
from yarl import URL

from ..api.public_hosts import is_private, open_public_session
from ..const import CONF_BASE_URL, DOMAIN, LOGGER
from .remote_webhooks import parse_url
from .requests import METHODS, read_request_body, secret_of
from .taken_over import TakenWebhook, TakeoverRecord, taken_secret

# How many events wait at most for one system, and for how long each, in seconds. Butlr itself tries for 10 seconds.
MAX_WAITING: Final = 1000
MAX_WAIT: Final = 120.0
# Up to so many are sent one after the other. If more wait, the other system is far away: then several at once are sent.
MAX_IN_ONE_ROW: Final = 20
LANES: Final = 16
# The delays before an event is sent again, in seconds; the last one repeats.
RETRY_DELAYS: Final = (1.0, 3.0, 5.0, 10.0)
# How long a system may take to answer, in seconds.
ANSWER_TIMEOUT: Final = 10.0
# How long to go on sending what waits when a takeover ends, in seconds.
DRAIN_TIMEOUT: Final = 5.0
# Answers after which the same event may be accepted later, besides those of a failing server.
_TEMPORARY: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_FORWARDINGS: Final[HassKey[dict[str, Forwarding]]] = HassKey(f"{DOMAIN}_forwarding")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An event to be passed on, and when it came (by the monotonic clock)."""

    body: bytes = field(repr=False)
    content_type: str
    since: float


class _Line:
    """The events for one system, which wait in order."""

    def __init__(self, hass: HomeAssistant, taken: TakenWebhook, outcomes: Counter[str]) -> None:
        """Start with nothing to send."""
        self._hass = hass
        self._outcomes = outcomes
        self.endpoint = taken.endpoint
        self.waiting: deque[_Waiting] = deque()
        self.task: asyncio.Task[None] | None = None
        self._failing = False

    @callback
    def put(self, body: bytes, content_type: str, session: aiohttp.ClientSession) -> asyncio.Task[None]:
        """Add an event, and return what sends it; if too many wait, the oldest is dropped."""
        if len(self.waiting) >= MAX_WAITING:
            self.waiting.popleft()
            self._outcomes["dropped"] += 1
        self.waiting.append(_Waiting(body, content_type, time.monotonic()))
        if self.task is None or self.task.done():
            self.task = self._hass.async_create_background_task(self._send_all(session), "butlr pass events on")
        return self.task

    async def _send_all(self, session: aiohttp.ClientSession) -> None:
        """Send one event after the other; if many wait, keep the order only of those about the same place."""
        while self.waiting:
            if len(self.waiting) <= MAX_IN_ONE_ROW:
                await self._deliver((self.waiting.popleft(),), session)
                continue
            rows: dict[str, list[_Waiting]] = {}
            for event in self.waiting:
                rows.setdefault(_place_of(event.body), []).append(event)
            self.waiting.clear()
            lanes = [list(itertools.chain(*list(rows.values())[lane::LANES])) for lane in range(LANES)]
            await asyncio.gather(*(self._deliver(lane, session) for lane in lanes))

    async def _deliver(self, events: Iterable[_Waiting], session: aiohttp.ClientSession) -> None:
        """Send events in order, each until it is accepted, refused or too old."""
        for event in events:
            for delay in itertools.chain(RETRY_DELAYS, itertools.repeat(RETRY_DELAYS[-1])):
                outcome = await self._send(event, session)
                self._tell(failing=outcome == "failed")
                if outcome != "failed" or time.monotonic() - event.since >= MAX_WAIT:
                    break
                await asyncio.sleep(delay)
            self._outcomes[outcome] += 1

    async def _send(self, event: _Waiting, session: aiohttp.ClientSession) -> str:
        """Send one event as Butlr would have sent it; return the outcome."""
        headers: dict[str, str] = {CONTENT_TYPE: event.content_type}
        if key := self.endpoint["api_key"]:
            headers[key["key"]] = key["value"]
        if account := self.endpoint["basic_auth"]:
            pair = f"{account['username']}:{account['password']}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT)
        try:
            # A redirect could lead to any address, so it is not followed.
            async with session.post(
                self.endpoint["url"], data=event.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                status = response.status
        except aiohttp.ClientError, TimeoutError, OSError, ValueError:
            return "failed"
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return "sent"
        return "failed" if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TEMPORARY else "refused"

    def _tell(self, *, failing: bool) -> None:
        """Log once that a system does not answer, and once that it does again; never its address."""
        if failing != self._failing:
            self._failing = failing
            LOGGER.info("The other system %s the events of Butlr", "does not accept" if failing else "accepts again")


class Forwarding:
    """Knows the taken webhooks of one entry by their secrets, and passes their events on."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start with what the entry's record says."""
        self._hass = hass
        self._entry = entry
        self._api = URL(entry.data[CONF_BASE_URL])
        self._secrets: dict[str, bytes] = {}
        self._lines: dict[str, _Line] = {}
        # What still sends, also what came before a webhook was given back.
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._forget_close: CALLBACK_TYPE | None = None
        self._stands_in = False
        # How many events had each outcome, for diagnostics.
        self.outcomes: Counter[str] = Counter()
        self.update()

    @property
    def waiting(self) -> int:
        """Return how many events wait to be passed on."""
        return sum(len(line.waiting) for line in self._lines.values())

    def can_reach(self, address: str) -> bool:
        """Return whether events may be passed on to an address: to public hosts, as Butlr does.

        An API that itself uses plain http is a simulator, whose other systems may be anywhere.
        """
        url = parse_url(address)
        if self._api.scheme == "http":
            return url.scheme in ("http", "https") and bool(url.host)
        return url.scheme == "https" and url.host is not None and not is_private(url.host)

    @callback
    def update(self) -> None:
        """Follow the record of the entry. What waits for a webhook that was given back is still sent."""
        record = TakeoverRecord.of(self._entry)
        webhooks = record.webhooks if record else ()
        self._secrets = {one.id: taken_secret(self._entry, one.id).encode() for one in webhooks}
        lines = dict[str, _Line]()
        for one in webhooks if record and record.forward else ():
            if self.can_reach(str(one.endpoint["url"])):
                line = self._lines.get(one.id)
                # Its owner may have changed the address, and it was taken over again.
                same = line and line.endpoint == one.endpoint
                lines[one.id] = line if line and same else _Line(self._hass, one, self.outcomes)
        self._lines = lines

    @callback
    def webhook_of(self, secret: bytes) -> str | None:
        """Return the id of the taken webhook that sends a secret, or None."""
        found = [one for one, known in self._secrets.items() if hmac.compare_digest(secret, known)]
        return found[0] if found else None

    @callback
    def pass_on(self, webhook_id: str, body: bytes, content_type: str) -> bool:
        """Pass an event on, if that was agreed, and return whether it was; this returns at once."""
        if (line := self._lines.get(webhook_id)) is None:
            return False
        task = line.put(body, content_type, self._open_session())
        if task not in self._tasks:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return True

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            if self._api.scheme == "http":
                self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
            else:
                self._session = open_public_session(self._api, get_default_context())
            if self._forget_close is None:
                self._forget_close = self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, self._close)
        return self._session

    async def _close(self, event: Event | None = None) -> None:
        """Close the connections, once everything else has ended."""
        for task in self._tasks:
            task.cancel()
        if self._session:
            await self._session.close()

    # -- while the entry is not loaded ------------------------------------------------------------------------------

    @callback
    def stand_in(self) -> None:
        """Receive events while the entry is not loaded, if anything is taken over: the other systems need them."""
        if self._secrets and not self._stands_in:
            self._stands_in = True
            webhook.async_register(
                self._hass,
                DOMAIN,
                self._entry.title,
                self._entry.data[CONF_WEBHOOK_ID],
                self._handle,
                allowed_methods=METHODS,
            )

    @callback
    def step_aside(self) -> None:
        """Leave the webhook to the loaded entry, or to nobody."""
        if self._stands_in:
            self._stands_in = False
            webhook.async_unregister(self._hass, self._entry.data[CONF_WEBHOOK_ID])

    async def _handle(self, hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
        """Pass one event on. Our own are refused in a way that lets Butlr try again soon."""
        if request.method != METH_POST:
            return Response(status=HTTPStatus.METHOD_NOT_ALLOWED)
        if (taken := self.webhook_of(secret_of(request))) is None:
            return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        if (body := await read_request_body(request)) is None:
            return Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        # What nobody gets is refused as well.
        passed_on = self.pass_on(taken, body, content_type_of(request))
        return Response(status=HTTPStatus.OK if passed_on else HTTPStatus.SERVICE_UNAVAILABLE)

    async def stop(self) -> None:
        """Send what waits, for a few seconds, and forget everything."""
        self.step_aside()
        if self._forget_close:
            self._forget_close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=DRAIN_TIMEOUT)
        await self._close()


def _place_of(body: bytes) -> str:
    """Return what an event is about: events about the same place stay in order."""
    try:
        metadata = json.loads(body)["metadata"]
        return str([metadata.get(key) for key in ("floor_id", "room_id", "zone_id", "sensor_id")])
    except ValueError, TypeError, KeyError, AttributeError:
        return ""


def content_type_of(request: Request) -> str:
    """Return the content type of a request as it was received."""
    return str(request.headers.get(CONTENT_TYPE, "application/json"))


@callback
def forwarding_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Forwarding:
    """Return what passes the events of an entry's taken webhooks on; it outlives reloads."""
    known = hass.data.setdefault(_FORWARDINGS, {})
    if entry.entry_id not in known:
        known[entry.entry_id] = Forwarding(hass, entry)
    known[entry.entry_id].update()
    return known[entry.entry_id]


async def stop_forwarding(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """End what passes the events of an entry on, if there is anything."""
    if forwarding := hass.data.get(_FORWARDINGS, {}).pop(entry.entry_id, None):
        await forwarding.stop()
