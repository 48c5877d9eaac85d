"""Our endpoint: what Butlr pushes is let in, read, and handed to the newest truth."""

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
from multidict import istr

from ..api.events import EventType, InvalidEventError, ReadEvent, TrafficEvent, UnreadEvent, parse_event
from ..const import CONF_WEBHOOK_SECRET, DOMAIN, LOGGER, SECRET_HEADER
from ..live.live import Live
from ..polls.estate import EstateCoordinator

# An event is a few hundred bytes; nothing that Butlr documents comes near this.
LARGEST_BODY: Final = 64 * 1024
# An event about a space that the estate does not have asks for a new estate, at most this often.
UNKNOWN_SPACE_COOLDOWN: Final = 300.0
# A header is found faster by a name that knows its lower case.
_SECRET: Final = istr(SECRET_HEADER)
# So many refused requests are no coincidence: the log says so, once. While a secret is replaced there are a few.
REFUSALS_WORTH_A_LINE: Final = 20


class WebhookHandler:
    """Answers every request to the webhook, and counts what became of it."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        live: Live,
        estate: EstateCoordinator,
        heard: Callable[[EventType], None],
    ) -> None:
        """Prepare; `heard` is called for every event that came from Butlr."""
        self._hass = hass
        self._live = live
        self._estate = estate
        self._heard = heard
        self._title = entry.title
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._secret = entry.data[CONF_WEBHOOK_SECRET].encode()
        self._refused = 0
        self._unknown_space: Debouncer[Any] = Debouncer(
            hass,
            LOGGER,
            cooldown=UNKNOWN_SPACE_COOLDOWN,
            immediate=True,
            function=estate.async_refresh,
            background=True,
        )
        # What became of every request, for diagnostics.
        self.outcomes: Counter[str] = Counter()
        # What all states have in common that the push changes which is being taken in: the logbook tells by it that a
        # floor is occupied because of its room.
        self.context: Context | None = None

    def open(self) -> Callable[[], None]:
        """Let requests in; returns what ends that."""
        webhook.async_register(
            self._hass,
            DOMAIN,
            self._title,
            self._webhook_id,
            self.handle,
            # Other methods are refused in `handle`: Home Assistant would log the webhook's id with each of them.
            allowed_methods=[METH_GET, METH_HEAD, METH_POST, METH_PUT],
        )

        @callback
        def close() -> None:
            webhook.async_unregister(self._hass, self._webhook_id)
            self._unknown_space.async_shutdown()

        return close

    async def handle(self, hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
        """Answer one delivery; Home Assistant Cloud hands in a request that has less than aiohttp's."""
        if request.method != METH_POST:
            return self._refuse("wrong_method", HTTPStatus.METHOD_NOT_ALLOWED)
        # Bytes that are no text come as lone surrogates, and Home Assistant Cloud may hand in any of them.
        secret = request.headers.get(_SECRET, "").encode(errors="surrogatepass")
        if not hmac.compare_digest(secret, self._secret):
            return self._refuse("unauthorized", HTTPStatus.UNAUTHORIZED)
        body = await _read_body(request)
        if body is None:
            return self._refuse("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        # Nothing is awaited from here on: whatever becomes of this request, no other one meets it half done.
        self.context = Context()
        try:
            return self._answer(body)
        except Exception:  # noqa: BLE001 - sending it again would not help, and Home Assistant would log the webhook's id
            if not self.outcomes["failed"]:
                LOGGER.exception("A push could not be taken in; further ones that fail are only counted")
            return self._accept("failed")
        finally:
            self.context = None

    def _answer(self, body: bytes) -> Response:
        try:
            event, organization_id = parse_event(body)
        except InvalidEventError as err:
            LOGGER.debug("Refused a pushed event: %s", err)
            return self._refuse("invalid", HTTPStatus.BAD_REQUEST)
        if isinstance(event, UnreadEvent):
            return self._accept("unread")
        if organization_id and organization_id not in (self._estate.data.organization_id, *self._estate.data.named):
            return self._accept("foreign")
        return self._accept(self._take(event))

    def _take(self, event: ReadEvent) -> str:
        """Hand an event to the newest truth, then tell that one came; returns what became of it."""
        try:
            return self._hand_on(event)
        finally:
            self._heard(event.type)

    def _hand_on(self, event: ReadEvent) -> str:
        if readings := event.readings(self._estate.data):
            return "applied" if self._live.apply(readings) else "old"
        if event.readings(self._estate.whole):
            return "not_chosen"
        if isinstance(event, TrafficEvent) and self._estate.whole.is_uninstalled(event.mac):
            return "not_installed"
        self._unknown_space.async_schedule_call()
        return "unknown_space"

    def _accept(self, outcome: str) -> Response:
        self.outcomes[outcome] += 1
        return Response()

    def _refuse(self, outcome: str, status: HTTPStatus) -> Response:
        self.outcomes[outcome] += 1
        self._refused += 1
        if self._refused == REFUSALS_WORTH_A_LINE:
            LOGGER.warning(
                "%d requests to the webhook of %s were refused (the last one: %s). If Butlr sent them, something on "
                "the way changes them; if not, somebody knows the address. Further ones are refused without a word",
                self._refused,
                self._title,
                outcome,
            )
        return Response(status=status)


async def _read_body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too large, whatever its header says."""
    content, declared, body = request.content, request.headers.get(CONTENT_LENGTH), b""
    while chunk := await content.read(LARGEST_BODY + 1 - len(body)):
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
        if declared == str(len(body)):
            break  # nothing can follow
    return body
