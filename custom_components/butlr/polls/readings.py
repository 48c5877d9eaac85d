"""The base of the polls of readings, which also check what was pushed."""

from abc import abstractmethod
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..api.client import ButlrClient
from ..api.estate import Estate
from ..api.events import EventType
from ..api.readings import Reading
from ..api.reporting import Reporter
from ..coordinator import ButlrCoordinator, Failures, gather_all
from ..live.live import Live
from ..live.push_health import PushHealth
from .estate import EstateCoordinator


class ReadingsCoordinator(ButlrCoordinator[None]):
    """A poll of figures: its data are in `Live`, not here, and it bears witness of what was pushed."""

    what: str
    default_interval: timedelta
    types: tuple[EventType, ...]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        failing: Failures,
        live: Live,
        estate: EstateCoordinator,
        push_health: PushHealth,
    ) -> None:
        """Prepare a poll of figures of the spaces of an estate."""
        super().__init__(hass, entry, client, failing, self.what, self.default_interval)
        self._live = live
        self._estate = estate
        self._push_health = push_health
        self._reporter = Reporter(client)

    @abstractmethod
    def _questions(self, estate: Estate) -> Iterable[Awaitable[None]]:
        """Return what asks the cloud, side by side."""

    @override
    async def _fetch(self) -> None:
        begun = self.client.now()
        await gather_all(self._questions(self._estate.data))
        self._push_health.record_poll(self.types, begun)

    def _take(self, kind: EventType, readings: Iterable[Reading]) -> None:
        """Take in what a poll tells, noting what should have been pushed before."""
        readings = tuple(readings)
        for reading in readings:
            if (since := self._live.overdue(reading)) is not None:
                self._push_health.record_missed(kind, since)
        self._live.apply(readings, polled=True)
