"""Parse and apply the bodies of events, whichever way they arrive."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.debounce import Debouncer

from ..api.events import InvalidEventError, PositionsEvent, ReadEvent, TrafficEvent, UnreadEvent, parse_event
from ..const import LOGGER
from ..live.live import Live
from ..polls.estate import EstateCoordinator

# The largest body that is read, in bytes. An event has a few hundred.
MAX_BODY_BYTES: Final = 64 * 1024
# An event for an unknown space refreshes the estate, at most once per cooldown (seconds).
UNKNOWN_SPACE_COOLDOWN: Final = 300.0
# The outcome of a body that is not an event.
INVALID: Final = "invalid"
# The outcome of an event that is not read.
UNREAD: Final = "unread"


class EventReceiver:
    """Applies events to the live state."""

    def __init__(
        self,
        hass: HomeAssistant,
        live: Live,
        estate: EstateCoordinator,
        on_push: Callable[[ReadEvent, bytes], None],
    ) -> None:
        """Prepare; `on_push` is called with every event of the organization and its body, once it is applied."""
        self._live = live
        self._estate = estate
        self._on_push = on_push
        self._failed = False
        self._refresh_estate: Debouncer[Any] = Debouncer(
            hass,
            LOGGER,
            cooldown=UNKNOWN_SPACE_COOLDOWN,
            immediate=True,
            function=estate.async_refresh,
            background=True,
        )
        # The context that all state changes of the current push share, so that the logbook links them.
        self.context: Context | None = None

    def shut_down(self) -> None:
        """Cancel a pending refresh of the estate."""
        self._refresh_estate.async_shutdown()

    def receive(self, body: bytes, on_positions: Callable[[PositionsEvent], str] | None = None) -> str:
        """Apply an event; return the outcome.

        `on_positions` is called with an event that has positions, and returns the outcome. Without it, they are not
        read.
        """
        # Nothing is awaited while the context is set, so it cannot leak into another push.
        self.context = Context()
        try:
            return self._receive(body, on_positions)
        except Exception:  # noqa: BLE001 - sent again, the event would fail again
            if not self._failed:
                self._failed = True
                LOGGER.exception("A pushed event could not be processed; further failures are only counted")
            return "failed"
        finally:
            self.context = None

    def _receive(self, body: bytes, on_positions: Callable[[PositionsEvent], str] | None) -> str:
        try:
            event, organization_id = parse_event(body)
        except InvalidEventError as err:
            LOGGER.debug("Rejected a pushed event: %s", err)
            return INVALID
        if isinstance(event, UnreadEvent):
            return UNREAD
        if organization_id and organization_id not in (self._estate.data.organization_id, *self._estate.data.named):
            return "foreign"
        if isinstance(event, PositionsEvent):
            return on_positions(event) if on_positions else UNREAD
        try:
            return self._apply(event)
        finally:
            self._on_push(event, body)

    def _apply(self, event: ReadEvent) -> str:
        """Apply the readings of an event; return the outcome."""
        if readings := event.readings(self._estate.data):
            return "applied" if self._live.apply(readings) else "old"
        if event.readings(self._estate.full_estate):
            return "not_chosen"
        if isinstance(event, TrafficEvent) and self._estate.full_estate.is_uninstalled(event.mac):
            return "not_installed"
        self._refresh_estate.async_schedule_call()
        return "unknown_space"
