"""The base class of the polls of readings, which also check whether pushes arrive."""

from abc import abstractmethod
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from typing import override

from ..api.estate import Estate
from ..api.events import EventType
from ..api.readings import Reading
from ..api.reporting import Reporter
from ..coordinator import ButlrCoordinator, PollContext, gather_all
from ..live.push_health import PushHealth
from .estate import EstateCoordinator


class ReadingsCoordinator(ButlrCoordinator[None]):
    """A poll of readings. It stores them in `Live` and checks pushes against them."""

    subject: str
    default_interval: timedelta
    types: tuple[EventType, ...]

    def __init__(self, context: PollContext, estate: EstateCoordinator, push_health: PushHealth) -> None:
        """Prepare a poll of readings for the spaces of an estate."""
        super().__init__(context, self.subject, self.default_interval)
        self._live = context.live
        self._estate = estate
        self._push_health = push_health
        self._reporter = Reporter(context.client)

    @abstractmethod
    def _requests(self, estate: Estate) -> Iterable[Awaitable[None]]:
        """Return the requests of one poll, to be run concurrently."""

    @override
    async def _fetch(self) -> None:
        started_at = self.client.now()
        await gather_all(self._requests(self._estate.data))
        self._push_health.record_poll(self.types, started_at)

    def _apply(self, event_type: EventType, readings: Iterable[Reading]) -> None:
        """Apply polled readings, and record the pushes that reported them before, or should have."""
        readings = tuple(readings)
        expected = self._push_health.expects(event_type)
        for reading in readings:
            told = self._live.record_polled_change(reading)
            if expected and told is not None:
                self._live.audit.record_change(told=told)
            if (due := self._live.overdue(reading)) is not None:
                self._push_health.record_missed(event_type, due)
        self._live.apply(readings, polled=True)
