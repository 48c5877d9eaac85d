"""Supervises pushes: sets the polling pace and the update mode by their health, and repairs the subscription."""

from collections.abc import Callable
from enum import StrEnum
from functools import partial
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.client import ButlrClient
from ..api.events import OCCUPANCY_TYPES, EventType, ReadEvent
from ..api.listeners import Listeners
from ..api.questions import LIVE_BUCKET
from ..const import LOGGER, MQTT_RECEIVE
from ..issues.issue import Issue, create_issue, delete_issues, quote_name, update_issue
from ..live.live import Live
from ..live.push_audit import GOOD_AGREEMENT
from ..live.push_health import PushHealth
from ..polls.estate import EstateCoordinator
from ..polls.occupancy import OccupancyCoordinator
from ..polls.traffic import CROSSING_DELAY, TrafficCoordinator
from ..simulated.session import is_simulated, simulated_session
from ..timer import Timer
from .mqtt import MqttLink
from .positions import PositionsWatchers, chosen_floors
from .receiver import EventReceiver
from .subscription import MAX_RETRY_DELAY, ClaimedEventType, SubscriptionReconciler, SubscriptionStatus
from .webhook import WebhookHandler

# The totals are polled once more this long after the start of the minute in which pushes were subscribed, in seconds.
# Butlr totals whole minutes, so only then do they contain every crossing from before the subscription.
RECOUNT_DELAY: Final = LIVE_BUCKET + CROSSING_DELAY + 5.0
# The same for the people: the minute after it must be over, too.
RECHECK_DELAY: Final = 2 * LIVE_BUCKET + 5.0
# Pushes arrive if the last one is not older than this, in seconds.
ARRIVING: Final = 3600.0
# The issues that keep every event type from being subscribed.
OBSTACLES: Final = (Issue.NO_PUBLIC_URL, Issue.WEBHOOKS_NOT_ALLOWED, Issue.WEBHOOK_REFUSED)


class UpdateMode(StrEnum):
    """How updates reach Home Assistant."""

    PUSH = "push"
    POLLING = "polling"


class PushSupervisor:
    """Connects the webhook, the subscription at Butlr and the health of pushes. Polling continues in every mode."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        live: Live,
        health: PushHealth,
        estate: EstateCoordinator,
        occupancy: OccupancyCoordinator,
        traffic: TrafficCoordinator,
    ) -> None:
        """Prepare; nothing is registered before `setup`."""
        self._hass = hass
        self._entry = entry
        self._now = client.now
        self._live = live
        self.health = health
        self._polls = (estate, occupancy, traffic)
        self._occupancy = occupancy
        self._traffic = traffic
        self._recount_timer = Timer(hass, "butlr recount", partial(self._poll_again, traffic))
        self._recheck_timer = Timer(hass, "butlr recheck", partial(self._poll_again, occupancy))
        self._cloud_was_down = False
        # When the subscription was last checked because pushes were missed.
        self._checked_at = -math.inf
        self._mode_listeners: Listeners[()] = Listeners()
        self._push_listeners: Listeners[()] = Listeners()
        self.positions = PositionsWatchers(entry, estate)
        self.receiver = EventReceiver(hass, live, estate, self._on_push)
        self.mqtt = MqttLink(hass, entry, self.receiver, estate, self._on_mqtt)
        self.webhook = WebhookHandler(hass, entry, self.receiver, self.positions.receive)
        chosen = partial(chosen_floors, entry, estate)
        self.subscription = SubscriptionReconciler(hass, entry, client, chosen, self._on_subscription)
        self.mode = UpdateMode.POLLING
        # When the last push arrived (Unix seconds).
        self.last_push: float | None = None

    def setup(self) -> None:
        """Register the webhook, and subscribe at Butlr once Home Assistant has started."""
        on_unload = self._entry.async_on_unload
        on_unload(self.webhook.register())
        on_unload(self.receiver.shut_down)
        on_unload(self._recount_timer.stop)
        on_unload(self._recheck_timer.stop)
        for poll in self._polls:
            on_unload(poll.async_add_listener(self._on_poll))
        if is_simulated(self._entry.data):
            on_unload(simulated_session(self._hass).deliver())
        self.mqtt.setup()
        self.subscription.setup()

    def listen_to_mode(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when the mode changes; return a function that unsubscribes it."""
        return self._mode_listeners.add(listener)

    def listen_to_pushes(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on every push; return a function that unsubscribes it."""
        return self._push_listeners.add(listener)

    # -- events -----------------------------------------------------------------------------------------------------

    @callback
    def _on_push(self, event: ReadEvent, body: bytes) -> None:
        """Record a push; the first one after subscribing verifies that pushes arrive."""
        self.last_push = self._now()
        self.health.record_push(event.type)
        if self.mode is UpdateMode.POLLING and self.health.verified:
            self._update()
        self._push_listeners.notify()
        self.mqtt.share(event, body)

    @callback
    def _on_subscription(self, status: SubscriptionStatus, verify: bool) -> None:
        """Apply a new subscription status; `verify` if no push has verified it yet."""
        self._expect(verify=verify)
        self.mqtt.announce(status.types)
        for obstacle in OBSTACLES:
            update_issue(self._hass, self._entry, obstacle, exists=obstacle is status.obstacle)
        placeholders = {"webhooks": "\n".join(map(_describe, status.claimed))}
        update_issue(self._hass, self._entry, Issue.CLAIMED, placeholders, exists=bool(status.claimed))

    @callback
    def _on_mqtt(self, began: bool) -> None:
        """Expect what is shared over MQTT now; poll what was not shared before it began."""
        self._expect(verify=self.health.subscribed != self._expected, missed=began)

    @property
    def _expected(self) -> frozenset[EventType]:
        """The event types that are pushed here, by Butlr or over MQTT."""
        return self.subscription.status.types | self.mqtt.types

    @callback
    def _expect(self, *, verify: bool, missed: bool = False) -> None:
        """Follow a change of the expected event types.

        `verify` if no push has verified them yet; `missed` if pushes of types that were expected before may be missing.
        """
        before, expected = self.health.subscribed, self._expected
        if verify:
            self.health.subscribe(expected)
        self._traffic.crossings_pushed = EventType.TRAFFIC in expected
        self._update()
        if missed or not expected <= before:
            self._entry.async_create_background_task(self._hass, self._catch_up(), "butlr catch up")

    @callback
    def _on_poll(self) -> None:
        """Update the mode after a poll, and check the subscription if it may be broken."""
        self.subscription.follow_positions()
        role = self.mqtt.role
        self.mqtt.follow()
        if self.mqtt.role != role:
            self.subscription.reconcile_soon()
        was_down, self._cloud_was_down = self._cloud_was_down, self._occupancy.cloud_is_down
        self._update()
        if was_down and not self._cloud_was_down:
            # The subscription may have been lost in the outage.
            self.subscription.reconcile_soon()
        if not self.health.suspect:
            self._checked_at = -math.inf
        elif (now := self._now()) >= self._checked_at + MAX_RETRY_DELAY:
            LOGGER.debug("Polls found values that should have been pushed")
            self._checked_at = now
            self.subscription.reconcile_soon()

    # -- update mode and polls --------------------------------------------------------------------------------------

    def _update(self) -> None:
        """Derive the polling pace, the issues about missed pushes and the mode from the health of pushes."""
        health = self.health
        # Slow polling requires that every occupancy type is pushed.
        self._occupancy.adjust_interval(with_push=health.verified and health.subscribed.issuperset(OCCUPANCY_TYPES))
        issue, other = Issue.PUSHES_MISSED, Issue.MQTT_SILENT
        if self.mqtt.role == MQTT_RECEIVE:
            issue, other = other, issue
        if health.should_notify or self.mqtt.silent:
            create_issue(self._hass, self._entry, issue)
        elif not health.suspect:
            delete_issues(self._hass, self._entry, issue)
        delete_issues(self._hass, self._entry, other)
        self._update_incomplete()
        if health.silent or health.should_notify:
            # What does not arrive here does not reach the other system either.
            self.subscription.give_back_soon()
        update_issue(self._hass, self._entry, Issue.MQTT_MISSING, exists=self.mqtt.missing)
        mode = UpdateMode.PUSH if health.verified else UpdateMode.POLLING
        if mode is not self.mode:
            self.mode = mode
            LOGGER.debug("Update mode changed to %s", mode)
            self._mode_listeners.notify()

    def _update_incomplete(self) -> None:
        """Report that pushes arrive but many are lost. Pushes that do not arrive at all have an issue of their own."""
        audit = self._live.audit
        arrive = self.last_push is not None and self._now() < self.last_push + ARRIVING
        is_low = audit.is_low and arrive and not self.health.should_notify
        placeholders = {"share": f"{100 * (audit.agreement or 0):.0f}", "good": f"{100 * GOOD_AGREEMENT:.0f}"}
        update_issue(self._hass, self._entry, Issue.PUSHES_INCOMPLETE, placeholders, exists=is_low)

    async def _catch_up(self) -> None:
        """Poll the changes between the last polls and the subscription, which no poll or push has reported.

        Butlr has not counted the running minute yet, so the totals are polled again a little later. Its count of people
        is the median, so a change near the end of this minute is only in the count of the next.
        """
        for poll in (self._occupancy, self._traffic):
            await poll.async_request_refresh()
        elapsed = self._now() % LIVE_BUCKET
        self._recount_timer.start(RECOUNT_DELAY - elapsed)
        self._recheck_timer.start(RECHECK_DELAY - elapsed)

    @callback
    def _poll_again(self, poll: OccupancyCoordinator | TrafficCoordinator) -> None:
        if poll.failing:
            return  # it is retried at its own pace
        self._entry.async_create_background_task(self._hass, poll.async_refresh(), "butlr poll again")


def _describe(claimed: ClaimedEventType) -> str:
    """Return a line for the issue: the event type, its fallback, and the webhook that claims it. Not translated."""
    return f"- {claimed.type} → {claimed.fallback or '-'}: {quote_name(claimed.webhook)} ({claimed.host or '?'})"
