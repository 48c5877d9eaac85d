"""The pictures that Butlr has of floors, requested only when somebody looks at a floor.

Whatever fails here means that there is no picture. No poll and no state depends on it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.util.ssl import get_default_context

from ..api.bodies import MEBIBYTE
from ..api.errors import ButlrError
from ..api.floor_plans import FloorPlan, fetch_floor_plans
from ..api.listeners import Listeners
from ..api.pictures import Picture, fetch_picture
from ..const import LOGGER
from ..coordinator import PollContext

# How long what was read is used, in seconds: the addresses, and each picture.
PLANS_INTERVAL: Final = 3600.0
# How long a picture that could not be fetched is not tried again, in seconds.
PICTURE_RETRY_DELAY: Final = 300.0
# How much memory the pictures of one organization may use, in bytes. The picture last used longest ago goes first.
MAX_PICTURES_SIZE: Final = 16 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class _KnownPicture:
    """A picture, or None if it could not be fetched, and until when it is used (by the monotonic clock)."""

    url: str
    picture: Picture | None
    until: float


class FloorPlans:
    """The pictures of the floors of one organization."""

    def __init__(self, context: PollContext) -> None:
        """Start without pictures, and without a request."""
        self._context = context
        self._plans: dict[str, FloorPlan] = {}
        self._read_at: float | None = None
        self._pictures: OrderedDict[str, _KnownPicture] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}
        self._listeners = Listeners[()]()
        # The names of the errors of the last request for addresses, and of the last picture.
        self._errors: dict[str, str | None] = {"addresses": None, "picture": None}

    def plan(self, floor_id: str) -> FloorPlan | None:
        """Return the picture that Butlr has of a floor, as far as is known."""
        return self._plans.get(floor_id)

    def report(self) -> dict[str, Any]:
        """Return what is known for diagnostics, without addresses: nobody has seen an answer of the real cloud."""
        pictures = [known.picture for known in self._pictures.values()]
        return {
            "requested": self._read_at is not None,
            "floors": len(self._plans),
            "pictures": sorted(picture.content_type if picture else "missing" for picture in pictures),
            "errors": dict(self._errors),
        }

    @callback
    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function when other pictures are known, and return a function that unsubscribes."""
        return self._listeners.add(listener)

    @callback
    def request_soon(self) -> None:
        """Ask Butlr for its pictures, because somebody looks; at most once an hour."""
        now = time.monotonic()
        if self._read_at is None or now - self._read_at >= PLANS_INTERVAL:
            self._read_at = now
            context = self._context
            context.entry.async_create_background_task(context.hass, self._read(), "butlr read floor plans")

    async def _read(self) -> None:
        try:
            plans = await fetch_floor_plans(self._context.client)
        except ButlrError as err:
            LOGGER.debug("Butlr's floor plans cannot be read: %s", err)
            self._errors["addresses"] = type(err).__name__
            return
        self._errors["addresses"] = None
        if plans != self._plans:
            self._plans = plans
            self._listeners.notify()

    async def picture(self, floor_id: str) -> Picture | None:
        """Return the picture of a floor, fetched if it is not known yet; None if there is none."""
        self.request_soon()
        async with self._locks.setdefault(floor_id, asyncio.Lock()):
            if (plan := self.plan(floor_id)) is None:
                return None
            known = self._pictures.get(floor_id)
            # Signed addresses differ in each answer, so only another path is another picture.
            known = known if known and known.url.partition("?")[0] == plan.url.partition("?")[0] else None
            if known is None or time.monotonic() >= known.until:
                known = self._pictures[floor_id] = await self._fetch(plan, known)
            self._pictures.move_to_end(floor_id)
            self._limit_memory()
            return known.picture

    async def _fetch(self, plan: FloorPlan, known: _KnownPicture | None) -> _KnownPicture:
        """Fetch a picture; if that fails, the one before is kept."""
        try:
            picture = await fetch_picture(plan.url, self._context.client.base_url, get_default_context())
        except ButlrError as err:
            LOGGER.debug("A floor plan cannot be fetched: %s", err)
            self._errors["picture"] = type(err).__name__
            before = known.picture if known else None
            return _KnownPicture(plan.url, before, time.monotonic() + PICTURE_RETRY_DELAY)
        self._errors["picture"] = None
        return _KnownPicture(plan.url, picture, time.monotonic() + PLANS_INTERVAL)

    def _limit_memory(self) -> None:
        size = sum(len(known.picture.content) for known in self._pictures.values() if known.picture)
        while size > MAX_PICTURES_SIZE:
            _, known = self._pictures.popitem(last=False)
            size -= len(known.picture.content) if known.picture else 0
