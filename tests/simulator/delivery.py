"""Webhooks: who subscribed to what, and the delivery of events with all that goes wrong on the way."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
import json
import random
import statistics
import time
from typing import Any

import aiohttp

from .settings import Json, Settings

_FILTERS = {
    "org_ids": "org_id",
    "site_ids": "site_id",
    "building_ids": "building_id",
    "floor_ids": "floor_id",
    "room_ids": "room_id",
    "zone_ids": "zone_id",
    "mac_addresses": "mac_address",
}
_COMPARISONS = {
    "gt": lambda value, limit: value > limit,
    "gte": lambda value, limit: value >= limit,
    "lt": lambda value, limit: value < limit,
    "lte": lambda value, limit: value <= limit,
    "eq": lambda value, limit: value == limit,
    "ne": lambda value, limit: value != limit,
}
_KEPT = 5000


@dataclass(slots=True)
class Webhook:
    """A subscription."""

    id: str
    name: str
    event_types: list[str]
    url: str
    http_timeout: int = 10
    api_key: dict[str, str] | None = None
    basic_auth: dict[str, str] | None = None
    filters: Json | None = None
    send_on_value_change: bool = False
    status: bool = True
    """Switched off, it gets nothing, and holds its event types all the same."""
    foreign: bool = False
    """Another system's: it holds its event types, but nothing is sent to it unless by plain http, to this machine."""
    hidden: bool = False
    """Not listed for this client, though its event types are taken."""

    @property
    def hears(self) -> bool:
        """Return whether anything is sent to it."""
        return self.status and (not self.foreign or self.url.startswith("http://"))

    def wants(self, event: Json) -> bool:
        """Return whether the event passes the filters: all kinds must match, within a list any."""
        metadata: Json = event.get("metadata") or {}
        for name, wanted in (self.filters or {}).items():
            if name == "occupancy":
                data = event.get("data")
                comparison = _COMPARISONS.get(wanted.get("comparison"))
                if comparison and isinstance(data, int | float) and not comparison(data, wanted.get("value", 0)):
                    return False
            elif name in _FILTERS and wanted and metadata.get(_FILTERS[name]) not in wanted:
                return False
        return True


@dataclass(slots=True)
class Delivery:
    """The outcome of one event."""

    event: Json
    webhook_id: str
    attempts: int = 0
    status: int | None = None
    """The last answer's status; None without any answer."""
    latency: float | None = None
    """Seconds from the first attempt to the acknowledgment."""
    outcome: str = "pending"
    """pending, acknowledged, dropped (all attempts failed) or lost (never sent)."""


@dataclass(slots=True)
class DeliveryStatistics:
    """Sums over all deliveries."""

    sent: int = 0
    acknowledged: Counter[int] = field(default_factory=Counter)
    """By status."""
    refused: Counter[int] = field(default_factory=Counter)
    """Attempts by a status that is no success."""
    failed: int = 0
    """Events dropped after the last attempt."""
    lost: int = 0
    duplicated: int = 0
    """Events that were sent twice."""
    held_back: int = 0
    """Events that waited while later ones passed."""
    attempts: int = 0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def as_dict(self) -> Json:
        """Return the sums and the latencies' spread in milliseconds."""
        ordered = sorted(self.latencies)
        spread = {}
        if ordered:
            spread = {
                "median": round(statistics.median(ordered) * 1000, 2),
                "p95": round(ordered[int(len(ordered) * 0.95)] * 1000, 2),
                "max": round(ordered[-1] * 1000, 2),
            }
        return {
            "sent": self.sent,
            "acknowledged": {str(status): number for status, number in self.acknowledged.items()},
            "refused": {str(status): number for status, number in self.refused.items()},
            "failed": self.failed,
            "lost": self.lost,
            "duplicated": self.duplicated,
            "held_back": self.held_back,
            "attempts": self.attempts,
            "latency_ms": spread,
        }


class Dispatcher:
    """Sends events to the subscribers."""

    def __init__(self, settings: Settings, seed: int | str) -> None:
        """Start without subscribers."""
        self.webhooks: dict[str, Webhook] = {}
        self.deliveries: deque[Delivery] = deque(maxlen=_KEPT)
        self.statistics = DeliveryStatistics()
        self.changed: Callable[[], None] = _ignore
        """Called after every change of the subscriptions."""
        self._settings = settings
        self._rng = random.Random(f"{seed}/delivery")
        self._session: aiohttp.ClientSession | None = None
        self._pending: set[asyncio.Task[None]] = set()
        self._ahead: dict[tuple[str, str], asyncio.Event] = {}
        self._last: dict[tuple[str, str, str], Any] = {}

    @property
    def pending(self) -> int:
        """Return how many deliveries are under way."""
        return len(self._pending)

    def subscriber(self, kind: str) -> Webhook | None:
        """Return who holds an event type."""
        return next((webhook for webhook in self.webhooks.values() if kind in webhook.event_types), None)

    def listens(self, kind: str) -> bool:
        """Return whether an event of that type would be sent to somebody."""
        webhook = self.subscriber(kind)
        return webhook is not None and webhook.hears

    def publish(self, event: Json, provisional: Json | None = None, again: Json | None = None) -> None:
        """Queue an event for its subscriber.

        `provisional` is sent before and `again` after it, each once the one before has arrived.
        """
        webhook = self.subscriber(str(event.get("type")))
        if webhook is None or not webhook.hears or not webhook.wants(event):
            return
        asset = _asset(event)
        if webhook.send_on_value_change and asset and self._swallows(event["type"]):
            # Motion has no value but its type: the second of a type is no change.
            key, value = (webhook.id, event["type"], asset), event.get("data", ...)
            if self._last.get(key) == value:
                return
            self._last[key] = value
        chain = [item for item in (provisional, event, again) if item is not None]
        twice = self._rng.random() < self._settings.duplicates
        if self._rng.random() < self._settings.loss:
            self.statistics.lost += 1
            self.deliveries.append(Delivery(event, webhook.id, outcome="lost"))
            return
        self.statistics.duplicated += twice
        held = self._rng.random() < self._settings.disorder
        self.statistics.held_back += held
        if twice and held:
            # Both are under way by themselves: others may pass between them.
            self._start(webhook, [event], (webhook.id, asset), self._delay())
        elif twice:
            chain.append(event)
        self._start(webhook, chain, (webhook.id, asset), self._delay() if held else 0.0)

    def _swallows(self, kind: str) -> bool:
        """Return whether the flag concerns an event type."""
        return self._settings.flag_scope == "all" or not kind.startswith(("TRAFFIC", "PIR_"))

    def _delay(self) -> float:
        """Return for how long to hold an event back."""
        return self._rng.uniform(0, self._settings.disorder_delay)

    def hand_over(self, webhook: Webhook, event: Json) -> None:
        """Queue an event for one subscriber as it is, without filters, loss or disorder."""
        self._start(webhook, [event], (webhook.id, _asset(event)), 0.0)

    def _start(self, webhook: Webhook, chain: list[Json], line: tuple[str, str], delay: float) -> None:
        """Queue events behind those of the same space, unless they are to arrive out of order."""
        ahead = self._ahead.get(line)
        tried = asyncio.Event()
        if not delay:
            self._ahead[line] = tried
        task = asyncio.create_task(self._send_all(webhook, chain, ahead if not delay else None, tried, delay))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _send_all(
        self, webhook: Webhook, chain: list[Json], ahead: asyncio.Event | None, tried: asyncio.Event, delay: float
    ) -> None:
        """Send events one after the other, the first when the one ahead has been tried once."""
        try:
            if delay:
                await asyncio.sleep(delay)
            if ahead is not None:
                await ahead.wait()
            for event in chain:
                await self._send(webhook, event, tried)
        finally:
            tried.set()

    async def _send(self, webhook: Webhook, event: Json, tried: asyncio.Event) -> None:
        """Send one event, again after a failure, then drop it."""
        delivery = Delivery(event, webhook.id)
        self.deliveries.append(delivery)
        self.statistics.sent += 1
        body = json.dumps(event).encode()
        begun = time.perf_counter()
        for delay in (0.0, *self._settings.retry_delays[:3]):
            if delay:
                await asyncio.sleep(delay)
            delivery.attempts += 1
            self.statistics.attempts += 1
            delivery.status = await self._attempt(webhook, body)
            tried.set()
            if delivery.status is not None and 200 <= delivery.status < 300:
                delivery.latency = time.perf_counter() - begun
                delivery.outcome = "acknowledged"
                self.statistics.acknowledged[delivery.status] += 1
                self.statistics.latencies.append(delivery.latency)
                return
            self.statistics.refused[delivery.status or 0] += 1
        delivery.outcome = "dropped"
        self.statistics.failed += 1

    async def _attempt(self, webhook: Webhook, body: bytes) -> int | None:
        """Post once; return the status, or None when no answer came in time."""
        headers = {"Content-Type": "application/json"}
        if webhook.api_key:
            headers[webhook.api_key["key"]] = webhook.api_key["value"]
        if webhook.basic_auth:
            account = webhook.basic_auth
            headers["Authorization"] = aiohttp.encode_basic_auth(account["username"], account["password"])
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32))
        timeout = aiohttp.ClientTimeout(total=webhook.http_timeout)
        try:
            async with self._session.post(webhook.url, data=body, headers=headers, timeout=timeout) as response:
                return response.status
        except aiohttp.ClientError, TimeoutError, ValueError, OSError:
            return None

    async def settle(self) -> None:
        """Wait until every queued event has arrived or was dropped."""
        while self._pending:
            await asyncio.gather(*self._pending, return_exceptions=True)
            # Where all of them are done already, nothing above gives way to what takes them off the list.
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Drop what is queued and close the connections."""
        for task in list(self._pending):
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def keep(self, *webhooks: Webhook) -> None:
        """Add subscriptions, each in place of the one that had its id."""
        for webhook in webhooks:
            self._forget(webhook.id)
            self.webhooks[webhook.id] = webhook
        self.changed()

    def remove(self, *webhook_ids: str) -> None:
        """Remove subscriptions."""
        for webhook_id in webhook_ids:
            self._forget(webhook_id)
        self.changed()

    def _forget(self, webhook_id: str) -> None:
        """Drop a subscription and what is remembered of it."""
        self.webhooks.pop(webhook_id, None)
        self._last = {key: value for key, value in self._last.items() if key[0] != webhook_id}
        self._ahead = {key: value for key, value in self._ahead.items() if key[0] != webhook_id}

    def as_dict(self) -> Json:
        """Return subscriptions, sums and recent deliveries as JSON."""
        return {
            "webhooks": [asdict(webhook) for webhook in self.webhooks.values()],
            "statistics": self.statistics.as_dict(),
            "pending": self.pending,
            "deliveries": [asdict(delivery) for delivery in list(self.deliveries)[-100:]],
        }


def _ignore() -> None:
    """Do nothing."""


def _asset(event: Mapping[str, Any]) -> str:
    """Return what an event is about: its sensor or smallest space."""
    metadata = event.get("metadata")
    if not isinstance(metadata, Mapping):
        return ""
    for key in ("sensor_id", "zone_id", "room_id", "floor_id"):
        if value := metadata.get(key):
            # A zone's metadata may name its room too; the zone is what it is about.
            return str(value)
    return ""
