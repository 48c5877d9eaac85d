"""Polls of figures that cost requests of their own: nothing is asked for what no enabled entity shows."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer

from ..api.client import ButlrClient
from ..api.estate import Estate
from ..const import LOGGER
from ..coordinator import ButlrCoordinator, Failures
from ..live.live import Live
from ..polls.estate import EstateCoordinator

# Entities are added one by one; what they want is asked for together, this many seconds later.
COLLECT = 1.0

# What an entity wants: the key of its figure, and the space that it is about.
type Demand = tuple[str, str]


class OnDemandCoordinator(ButlrCoordinator[None]):
    """A poll in the background of what is wanted at the moment; without any wants there is none."""

    what: str

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        failing: Failures,
        live: Live,
        estate: EstateCoordinator,
        interval: timedelta,
    ) -> None:
        """Prepare a poll of figures of the spaces of an estate."""
        together = Debouncer[Any](hass, LOGGER, cooldown=COLLECT, immediate=False, background=True)
        super().__init__(hass, entry, client, failing, self.what, interval, together)
        self.rate_limit_grace += interval.total_seconds()
        self._live = live
        self._estate = estate

    async def subscribe(self, key: str, space_id: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Ask for a figure soon, and again and again, calling `listener` at news; returns what ends it."""
        remove = self.async_add_listener(listener, (key, space_id))
        await self.async_request_refresh()

        @callback
        def end() -> None:
            remove()
            if not self._listeners:
                # What nobody wants does not fail.
                self._failing.forget(self)

        return end

    def demands(self) -> set[Demand]:
        """Return what is wanted of spaces that there are."""
        estate = self._estate.data
        return {
            (key, space_id)
            for key, space_id in self.async_contexts()
            if space_id in estate.spaces and space_id not in estate.unconfirmed
        }

    @abstractmethod
    async def _ask(self, wanted: set[Demand], estate: Estate) -> None:
        """Ask the cloud for what is wanted; raises ButlrError."""

    @override
    async def _fetch(self) -> None:
        wanted = self.demands()
        await self._ask(wanted, self._estate.data)
        if not self.demands() <= wanted:
            # Somebody came while the cloud was asked.
            await self.async_request_refresh()
