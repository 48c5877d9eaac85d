"""The webhook in Home Assistant: authenticate, parse and apply what Butlr pushes."""

from collections import Counter
from collections.abc import Callable
import hmac
from http import HTTPStatus
from typing import Any, Final

from aiohttp.hdrs import CONTENT_LENGTH, METH_GET, METH_HEAD, METH_POST, METH_PUT
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer

from ..api.events import (
    EventType,
    InvalidEventError,
    PositionsEvent,
    ReadEvent,
    TrafficEvent,
    UnreadEvent,
    parse_event,
)
from ..const import CONF_WEBHOOK_SECRET, DOMAIN, LOGGER, SECRET_HEADER
from ..live.live import Live
from ..polls.estate import EstateCoordinator

# The largest body that is read, in bytes. An event has a few hundred.
MAX_BODY_BYTES: Final = 64 * 1024
# An event for an unknown space refreshes the estate, at most once per cooldown (seconds).
UNKNOWN_SPACE_COOLDOWN: Final = 300.0
# Refused requests after which a warning is logged. A few are normal while the secret is being replaced.
REFUSALS_BEFORE_WARNING: Final = 20


class WebhookHandler:
    """Answers every request to the webhook and counts the outcomes."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        live: Live,
        estate: EstateCoordinator,
        on_push: Callable[[EventType], None],
        on_positions: Callable[[PositionsEvent], str],
    ) -> None:
        """Prepare the handler.

        `on_push` is called for every event that came from Butlr, except those with positions: `on_positions` is called
        with each of them, and returns the outcome.
        """
        self._hass = hass
        self._live = live
        self._estate = estate
        self._on_push = on_push
        self._on_positions = on_positions
        self._title = entry.title
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._secret = entry.data[CONF_WEBHOOK_SECRET].encode()
        self._refused = 0
        self._refresh_estate: Debouncer[Any] = Debouncer(
            hass,
            LOGGER,
            cooldown=UNKNOWN_SPACE_COOLDOWN,
            immediate=True,
            function=estate.async_refresh,
            background=True,
        )
        # How many requests had each outcome, for diagnostics.
        self.outcomes: Counter[str] = Counter()
        # The context that all state changes of the current push share, so that the logbook links them.
        self.context: Context | None = None

    def register(self) -> Callable[[], None]:
        """Register the webhook; return a function that unregisters it."""
        webhook.async_register(
            self._hass,
            DOMAIN,
            self._title,
            self._webhook_id,
            self.handle,
            # `handle` refuses the other methods itself: Home Assistant would log the webhook's id with each of them.
            allowed_methods=[METH_GET, METH_HEAD, METH_POST, METH_PUT],
        )

        @callback
        def unregister() -> None:
            webhook.async_unregister(self._hass, self._webhook_id)
            self._refresh_estate.async_shutdown()

        return unregister

    async def handle(self, hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
        """Answer one request. Requests through Home Assistant Cloud are MockRequest objects with fewer attributes."""
        if request.method != METH_POST:
            return self._refuse("wrong_method", HTTPStatus.METHOD_NOT_ALLOWED)
        # A header that is not valid text contains lone surrogates, which the default error handler cannot encode.
        secret = request.headers.get(SECRET_HEADER, "").encode(errors="surrogatepass")
        if not hmac.compare_digest(secret, self._secret):
            return self._refuse("unauthorized", HTTPStatus.UNAUTHORIZED)
        body = await _read_body(request)
        if body is None:
            return self._refuse("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        # Nothing is awaited while the context is set, so it cannot leak into another request.
        self.context = Context()
        try:
            return self._answer(body)
        except Exception:  # noqa: BLE001 - a retry would fail again, and Home Assistant would log the webhook's id
            if not self.outcomes["failed"]:
                LOGGER.exception("A pushed event could not be processed; further failures are only counted")
            return self._accept("failed")
        finally:
            self.context = None

    def _answer(self, body: bytes) -> Response:
        try:
            event, organization_id = parse_event(body)
        except InvalidEventError as err:
            LOGGER.debug("Rejected a pushed event: %s", err)
            return self._refuse("invalid", HTTPStatus.BAD_REQUEST)
        if isinstance(event, UnreadEvent):
            return self._accept("unread")
        if organization_id and organization_id not in (self._estate.data.organization_id, *self._estate.data.named):
            return self._accept("foreign")
        if isinstance(event, PositionsEvent):
            return self._accept(self._on_positions(event))
        try:
            return self._accept(self._apply(event))
        finally:
            self._on_push(event.type)

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

    def _accept(self, outcome: str) -> Response:
        self.outcomes[outcome] += 1
        return Response()

    def _refuse(self, outcome: str, status: HTTPStatus) -> Response:
        self.outcomes[outcome] += 1
        self._refused += 1
        if self._refused == REFUSALS_BEFORE_WARNING:
            LOGGER.warning(
                "%d requests to the webhook of %s were refused (the last one: %s). Either a proxy alters Butlr's "
                "requests or someone else knows the webhook address. Further refusals are not logged",
                self._refused,
                self._title,
                outcome,
            )
        return Response(status=status)


async def _read_body(request: Request) -> bytes | None:
    """Return the body, or None once it exceeds the limit, even if the declared length did not."""
    content, declared, body = request.content, request.headers.get(CONTENT_LENGTH), b""
    while chunk := await content.read(MAX_BODY_BYTES + 1 - len(body)):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
        if declared == str(len(body)):
            break  # The body is complete.
    return body
