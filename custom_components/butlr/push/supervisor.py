"""What Butlr pushes: our endpoint, its subscription at Butlr, and the proof that pushes arrive, joined."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..api.client import ButlrClient
from ..api.events import OCCUPANCY_TYPES, EventType
from ..api.questions import LIVE_BUCKET
from ..const import LOGGER
from ..coordinator import poll_now
from ..issues import issue as issues
from ..issues.issue import Issue
from ..live.live import Live
from ..live.push_health import PushHealth
from ..polls.estate import EstateCoordinator
from ..polls.occupancy import OccupancyCoordinator
from ..polls.traffic import SETTLING, TrafficCoordinator
from .subscription import LONGEST_RETRY, ClaimedEventType, SubscriptionReconciler, SubscriptionStatus
from .webhook import WebhookHandler

# How long after a subscription the totals, which are those of whole minutes, hold all that happened before it.
RECOUNT: Final = LIVE_BUCKET + SETTLING + 5.0
OBSTACLES: Final = (Issue.NO_PUBLIC_URL, Issue.NOT_ALLOWED, Issue.REFUSED)


class UpdateMode(StrEnum):
    """How news reach Home Assistant."""

    PUSH = "push"
    POLLING = "polling"


class PushSupervisor:
    """Sets the pace of the polls by what is proven, and heals what polls find missing.

    Polling goes on whatever happens here.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        live: Live,
        proof: PushHealth,
        estate: EstateCoordinator,
        occupancy: OccupancyCoordinator,
        traffic: TrafficCoordinator,
    ) -> None:
        """Prepare; nothing is registered before `setup`."""
        self._hass = hass
        self._entry = entry
        self._now = client.now
        self.proof = proof
        self._polls = (estate, occupancy, traffic)
        self._occupancy = occupancy
        self._traffic = traffic
        self._cancel_recount: CALLBACK_TYPE | None = None
        self._cloud_was_down = False
        # When the subscription was last looked at because pushes were missing.
        self._healed_at = -math.inf
        self._mode_listeners: list[Callable[[], None]] = []
        self._push_listeners: list[Callable[[], None]] = []
        self.endpoint = WebhookHandler(hass, entry, live, estate, self._heard)
        self.registration = SubscriptionReconciler(hass, entry, client, self._registered)
        self.mode = UpdateMode.POLLING
        # When Butlr's last push came (Unix seconds).
        self.last_push: float | None = None

    def setup(self) -> None:
        """Open the endpoint, and register it at Butlr once Home Assistant has started."""
        on_unload = self._entry.async_on_unload
        on_unload(self.endpoint.open())
        on_unload(self._stop_recount)
        for poll in self._polls:
            on_unload(poll.async_add_listener(self._polled))
        self.registration.setup()

    def listen_to_mode(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when the mode changes; returns what ends it."""
        self._mode_listeners.append(listener)
        return lambda: self._mode_listeners.remove(listener)

    def listen_to_pushes(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when a push came; returns what ends it."""
        self._push_listeners.append(listener)
        return lambda: self._push_listeners.remove(listener)

    # -- what happens -----------------------------------------------------------------------------------------------

    @callback
    def _heard(self, kind: EventType) -> None:
        """Note that Butlr's pushes reach us; the first one after registration proves that they do."""
        self.last_push = self._now()
        self.proof.heard(kind)
        if self.mode is UpdateMode.POLLING and self.proof.proven:
            self._review()
        for listener in self._push_listeners:
            listener()

    @callback
    def _registered(self, registered: SubscriptionStatus) -> None:
        """Take over what is registered at Butlr from now on; it has yet to prove itself."""
        before = self.proof.subscribed
        self.proof.subscribe(registered.types)
        self._traffic.pushed = EventType.TRAFFIC in registered.types
        self._review()
        for obstacle in OBSTACLES:
            if obstacle is registered.obstacle:
                issues.show(self._hass, self._entry, obstacle)
            else:
                issues.clear(self._hass, self._entry, obstacle)
        if registered.held:
            lines = {"webhooks": "\n".join(map(_line, registered.held))}
            issues.show(self._hass, self._entry, Issue.HELD, lines)
        else:
            issues.clear(self._hass, self._entry, Issue.HELD)
        if not registered.types <= before:
            self._entry.async_create_background_task(self._hass, self._catch_up(), "butlr catch up")

    @callback
    def _polled(self) -> None:
        """Draw the conclusions from a poll."""
        was_down, self._cloud_was_down = self._cloud_was_down, self._occupancy.cloud_is_down
        self._review()
        if was_down and not self._cloud_was_down:
            # Who knows what became of the subscription meanwhile.
            self.registration.reconcile_soon()
        if not self.proof.in_doubt:
            self._healed_at = -math.inf
        elif (now := self._now()) >= self._healed_at + LONGEST_RETRY:
            LOGGER.debug("Polls find what should have been pushed")
            self._healed_at = now
            self.registration.reconcile_soon()

    # -- what follows from it ---------------------------------------------------------------------------------------

    def _review(self) -> None:
        """Let the pace, the messages and the mode follow from the proof."""
        # Occupancy is polled slowly only while every kind of count is pushed.
        self._occupancy.relax(push=self.proof.proven and self.proof.subscribed.issuperset(OCCUPANCY_TYPES))
        if self.proof.worth_telling:
            issues.show(self._hass, self._entry, Issue.MISSING)
        elif not self.proof.in_doubt:
            issues.clear(self._hass, self._entry, Issue.MISSING)
        mode = UpdateMode.PUSH if self.proof.proven else UpdateMode.POLLING
        if mode is not self.mode:
            self.mode = mode
            LOGGER.debug("Update mode is now %s", mode)
            for listener in self._mode_listeners:
                listener()

    async def _catch_up(self) -> None:
        """Poll what was neither polled nor pushed: what happened between the last polls and the subscription.

        What Butlr had not counted yet when that poll asked is known a little later.
        """
        await poll_now(self._occupancy, self._traffic)
        self._stop_recount()
        job = HassJob(self._recount, "butlr recount", cancel_on_shutdown=True)
        self._cancel_recount = async_call_later(self._hass, RECOUNT, job)

    @callback
    def _recount(self, _now: datetime) -> None:
        self._cancel_recount = None
        self._entry.async_create_background_task(self._hass, self._traffic.async_refresh(), "butlr recount")

    def _stop_recount(self) -> None:
        if self._cancel_recount:
            self._cancel_recount()
            self._cancel_recount = None


def _line(held: ClaimedEventType) -> str:
    """Return one line of a message: the event type, what serves instead, and who has it. Needs no translation."""
    holder = issues.plain(held.name) or "?"
    return f"- {held.type} → {held.instead or '-'}: `{holder}` ({held.host or '?'})"
