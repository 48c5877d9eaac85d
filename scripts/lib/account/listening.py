"""Listens for the events that a webhook of the trial sends, where the address that was given leads to this machine."""

from http import HTTPStatus
import secrets
from typing import Final, Self

from aiohttp import web

from custom_components.butlr.api.events import InvalidEventError, TrafficEvent, parse_event

# Events are small; nothing larger is taken in.
LARGEST: Final = 64 * 1024


class Listener:
    """Takes in crossings while it is entered; what does not bear the secret is refused unread."""

    def __init__(self, port: int, header: str, secret: str) -> None:
        """Prepare to listen on a port of this machine, for a proxy or tunnel to send to."""
        self._port = port
        self._header = header
        self._secret = secret
        self._runner: web.AppRunner | None = None
        self.crossings: list[TrafficEvent] = []

    async def __aenter__(self) -> Self:
        """Listen."""
        app = web.Application(client_max_size=LARGEST)
        app.router.add_post("/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        given = request.headers.get(self._header, "")
        if not secrets.compare_digest(given.encode(), self._secret.encode()):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        try:
            event, _ = parse_event(await request.read())
        except InvalidEventError:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        if isinstance(event, TrafficEvent) and all(event.event_id != one.event_id for one in self.crossings):
            self.crossings.append(event)
        return web.Response()

    def repeated(self) -> int:
        """Return how many crossings equal the one of the same sensor before them."""
        latest: dict[str, tuple[int, int]] = {}
        number = 0
        for event in sorted(self.crossings, key=lambda event: event.timestamp):
            movement = (event.entries, event.exits)
            number += latest.get(event.mac.lower()) == movement
            latest[event.mac.lower()] = movement
        return number

    def people(self, macs: frozenset[str], start: float, stop: float) -> int:
        """Return how many people crossed before some sensors in a range, as the events tell."""
        return sum(
            event.entries + event.exits
            for event in self.crossings
            if event.mac.lower() in macs and start <= event.timestamp < stop
        )
