"""The webhook in Home Assistant: authenticate what Butlr pushes, and hand the bodies on."""

from collections import Counter
from collections.abc import Callable
import hmac
from http import HTTPStatus
from typing import Any, Final

from aiohttp.hdrs import METH_POST
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from ..api.events import PositionsEvent
from ..const import CONF_WEBHOOK_SECRET, DOMAIN, LOGGER
from .forwarding import content_type_of, forwarding_of
from .receiver import INVALID, EventReceiver
from .requests import METHODS, read_request_body, secret_of

# Refused requests after which a warning is logged. A few are normal while the secret is being replaced.
REFUSALS_BEFORE_WARNING: Final = 20


class WebhookHandler:
    """Answers every request to the webhook and counts the outcomes."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        receiver: EventReceiver,
        on_positions: Callable[[PositionsEvent], str],
    ) -> None:
        """Prepare; `on_positions` is called with every event that has positions, and returns the outcome."""
        self._hass = hass
        self._receiver = receiver
        self._on_positions = on_positions
        self._title = entry.title
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._secret = entry.data[CONF_WEBHOOK_SECRET].encode()
        self._forwarding = forwarding_of(hass, entry)
        self._refused = 0
        # How many requests had each outcome, for diagnostics.
        self.outcomes: Counter[str] = Counter()

    def register(self) -> Callable[[], None]:
        """Register the webhook; return a function that unregisters it."""
        self._forwarding.step_aside()
        webhook.async_register(
            self._hass,
            DOMAIN,
            self._title,
            self._webhook_id,
            self.handle,
            allowed_methods=METHODS,
        )

        @callback
        def unregister() -> None:
            webhook.async_unregister(self._hass, self._webhook_id)
            self._forwarding.stand_in()

        return unregister

    async def handle(self, hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
        """Answer one request. Requests through Home Assistant Cloud are MockRequest objects with fewer attributes."""
        if request.method != METH_POST:
            return self._refuse("wrong_method", HTTPStatus.METHOD_NOT_ALLOWED)
        secret, taken = secret_of(request), None
        if not hmac.compare_digest(secret, self._secret) and (taken := self._forwarding.webhook_of(secret)) is None:
            return self._refuse("unauthorized", HTTPStatus.UNAUTHORIZED)
        body = await read_request_body(request)
        if body is None:
            return self._refuse("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if taken:
            self._forwarding.pass_on(taken, body, content_type_of(request))
        outcome = self._receiver.receive(body, self._on_positions)
        return self._refuse(outcome, HTTPStatus.BAD_REQUEST) if outcome == INVALID else self._accept(outcome)

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
