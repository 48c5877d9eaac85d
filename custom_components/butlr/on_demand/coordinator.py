"""The base class of polls that make requests only for values that an enabled entity shows."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.helpers.debounce import Debouncer

from ..api.estate import Estate
from ..const import LOGGER
from ..coordinator import ButlrCoordinator, PollContext
from ..polls.estate import EstateCoordinator

# Entities subscribe one by one. Their requests are collected for this long, in seconds.
COLLECT_DELAY: Final = 1.0

# The value that an entity subscribes to: its key, and the id of the space.
type Demand = tuple[str, str]


class OnDemandCoordinator(ButlrCoordinator[None]):
    """A poll of the values that entities subscribe to. Without subscribers it does not run."""

    subject: str

    def __init__(self, context: PollContext, estate: EstateCoordinator, interval: timedelta) -> None:
        """Prepare the poll."""
        debouncer = Debouncer[Any](context.hass, LOGGER, cooldown=COLLECT_DELAY, immediate=False, background=True)
        super().__init__(context, self.subject, interval, debouncer)
        self.rate_limit_grace += interval.total_seconds()
        self._live = context.live
        self._estate = estate

    async def subscribe(self, key: str, space_id: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Poll a value soon and then regularly, and return a function that unsubscribes.

        `listener` is called after each poll.
        """
        remove_listener = self.async_add_listener(listener, (key, space_id))
        await self.async_request_refresh()

        @callback
        def unsubscribe() -> None:
            remove_listener()
            if not any(self.async_contexts()):
                # A poll without subscribers does not run again, so it must not count as failing.
                self._failures.remove(self)

        return unsubscribe

    def demands(self) -> set[Demand]:
        """Return the subscribed values of spaces that are in the estate."""
        estate = self._estate.data
        return {
            (key, space_id)
            for key, space_id in self.async_contexts()
            if space_id in estate.spaces and space_id not in estate.unconfirmed
        }

    @abstractmethod
    async def _fetch_values(self, demands: set[Demand], estate: Estate) -> None:
        """Request the values; raise ButlrError."""

    @override
    async def _fetch(self) -> None:
        demands = self.demands()
        await self._fetch_values(demands, self._estate.data)
        if not self.demands() <= demands:
            # Entities subscribed during the request.
            await self.async_request_refresh()
