"""Live positions: the webhook at Butlr that sends them for the floors that the user chose, and who looks at them.

Positions are personal in a way that counts are not. So Butlr sends them for the chosen floors only; they are handed to
those who look at the moment, and kept nowhere. While nobody looks, an event is counted and its positions are not read.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback

from ..api.errors import ButlrError, ButlrForbiddenError
from ..api.events import POSITIONS_TYPE, PositionsEvent
from ..api.listeners import Listeners
from ..api.subscriptions import Subscription, Subscriptions, is_certain, is_refusal
from ..const import CONF_POSITIONS, LOGGER
from ..live.small_groups import smallest_group
from ..polls.estate import EstateCoordinator
from .remote_webhooks import is_equal

# Follows our name in Butlr's list of webhooks.
POSITIONS_LABEL: Final = " (positions)"


@callback
def chosen_floors(entry: ConfigEntry[Any], estate: EstateCoordinator) -> frozenset[str]:
    """Return the floors whose positions the user switched on, as far as they are among the chosen buildings.

    Positions show how many people there are, so there are none while small groups are hidden.
    """
    if smallest_group(entry.options):
        return frozenset()
    return frozenset(entry.options.get(CONF_POSITIONS, ())) & estate.data.floors.keys()


def split_positions(ours: Sequence[Subscription]) -> tuple[list[Subscription], list[Subscription]]:
    """Split our webhooks into those for positions and the others."""
    positions = [one for one in ours if one.event_types == (POSITIONS_TYPE,)]
    return positions, [one for one in ours if one not in positions]


class PositionsWebhook:
    """The webhook for positions. Whatever Butlr thinks of it, the other webhooks are not affected."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        """Start without any floor."""
        self._subscriptions = subscriptions
        # The floors of the last reconcile, None before the first; and those of them that Butlr sends.
        self.desired: frozenset[str] | None = None
        self.floors: frozenset[str] = frozenset()

    async def reconcile(
        self, ours: Sequence[Subscription], template: Subscription, *, claimed: bool
    ) -> ButlrError | None:
        """Create, update or delete the webhook for the desired floors; return a temporary failure if there was one.

        A refusal is recorded with those of the event types. `claimed` says whether another webhook has the event type.
        """
        desired = replace(
            template,
            name=f"{template.name}{POSITIONS_LABEL}",
            event_types=(POSITIONS_TYPE,),
            # Somebody who sits still is still there.
            on_change_only=False,
            floor_ids=tuple(sorted(self.desired or ())),
        )
        self.floors = frozenset()
        wanted = bool(desired.floor_ids) and not claimed and POSITIONS_TYPE not in self._subscriptions.refused
        existing = next((one for one in ours if one.active), None) if wanted else None
        try:
            if superfluous := [one.id for one in ours if one is not existing]:
                await self._subscriptions.delete(superfluous)
            if wanted:
                await self._save(existing, desired)
                self.floors = frozenset(desired.floor_ids)
        except ButlrError as err:
            if not (is_refusal(err) or isinstance(err, ButlrForbiddenError)):
                return err
            LOGGER.debug("Butlr refuses to send positions: %s", err)
            self._subscriptions.refused[POSITIONS_TYPE] = is_certain(err) or isinstance(err, ButlrForbiddenError)
        return None

    async def _save(self, existing: Subscription | None, desired: Subscription) -> None:
        """Create the webhook, or update it if it differs."""
        if existing is None:
            await self._subscriptions.save(desired)
            return
        if is_equal(await self._subscriptions.with_floors(existing), desired):
            return
        try:
            await self._subscriptions.save(replace(desired, id=existing.id))
        except ButlrError as err:
            if is_refusal(err):
                # It would go on sending the positions of floors that are not chosen anymore.
                await self._subscriptions.delete([existing.id])
            raise


class PositionsWatchers:
    """Those who look at the positions of a floor at the moment."""

    def __init__(self, entry: ConfigEntry[Any], estate: EstateCoordinator) -> None:
        """Start without anybody who looks."""
        self._entry = entry
        self._estate = estate
        self._listeners: dict[str, Listeners[PositionsEvent]] = {}

    @callback
    def watch(self, floor_id: str, listener: Callable[[PositionsEvent], None]) -> Callable[[], None]:
        """Call `listener` with every event of a floor while the floor is chosen; return a function that ends that."""
        remove = self._listeners.setdefault(floor_id, Listeners()).add(listener)

        @callback
        def end() -> None:
            remove()
            if not self._listeners[floor_id]:
                del self._listeners[floor_id]

        return end

    @callback
    def receive(self, event: PositionsEvent) -> str:
        """Hand an event to those who look at its floor; return the outcome."""
        if not (listeners := self._listeners.get(event.floor_id)):
            return "unwatched"
        if event.floor_id not in chosen_floors(self._entry, self._estate):
            return "not_chosen"
        listeners.notify(event)
        return "shown"
