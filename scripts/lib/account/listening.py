"""Receives the events of the trial's webhooks if their address leads to this machine."""

from http import HTTPStatus
import secrets
from typing import Final, Self

from aiohttp import web

from custom_components.butlr.api.events import InvalidEventError, TrafficEvent, parse_event

# Bytes; events are small.
MAX_EVENT_SIZE: Final = 64 * 1024


class Listener:
    """Receives crossings while it is entered; requests without the secret are refused unread."""

    def __init__(self, port: int, header: str, secret: str) -> None:
        """Prepare to listen on a port of this machine, for a proxy or tunnel."""
        self._port = port
        self._header = header
        self._secret = secret
        self._runner: web.AppRunner | None = None
        self.crossings: list[TrafficEvent] = []

    async def __aenter__(self) -> Self:
        """Start listening."""
        app = web.Application(client_max_size=MAX_EVENT_SIZE)
        app.router.add_post("/{path:.*}", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
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
        """Return how many crossings equal the previous one of the same sensor."""
        latest: dict[str, tuple[int, int]] = {}
        number = 0
        for event in sorted(self.crossings, key=lambda event: event.timestamp):
            movement = (event.entries, event.exits)
            number += latest.get(event.mac.lower()) == movement
            latest[event.mac.lower()] = movement
        return number

    def people(self, macs: frozenset[str], start: float, stop: float) -> int:
        """Return how many people crossed at some sensors in a range, according to the events."""
        return sum(
            event.entries + event.exits
            for event in self.crossings
            if event.mac.lower() in macs and start <= event.timestamp < stop
        )
