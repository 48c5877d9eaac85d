"""The designs that Butlr is compared with: how a pushed number of people reaches the entities."""

from collections import Counter
from collections.abc import Callable, Sequence
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import BARE, DOMAIN, TEXTBOOK
from .copies import CopyEntity

_LOGGER = logging.getLogger(__name__)


def bare(hass: HomeAssistant, entities: Sequence[CopyEntity]) -> Callable[[Any], None]:
    """Call `async_write_ha_state` for exactly the entities whose state an event changes: the limit by public API.

    Nothing is checked: no secret, no timestamp, no order. Floors and buildings have counters.
    """
    by_key = {(entity.space_id, entity.key): entity for entity in entities}
    people, occupied_below, free_rooms = Counter[str](), Counter[str](), Counter[str]()

    def show(space_id: str, key: str, value: float) -> None:
        if entity := by_key.get((space_id, key)):
            entity.show(value)

    def receive(event: Any) -> None:
        space, number = event["metadata"], event["data"]
        space_id = space.get("zone_id") or space["room_id"]
        was_occupied, occupied = people[space_id] > 0, number > 0
        people[space_id] = number
        show(space_id, "people", number)
        show(space_id, "utilization", 10 * number)
        if occupied is was_occupied:
            return
        show(space_id, "occupancy", occupied)
        propagates, step = True, 1 if occupied else -1
        for parent_id in (space["floor_id"], space["building_id"]):
            if space_id.startswith("room_"):
                free_rooms[parent_id] -= step
                show(parent_id, "free_rooms", free_rooms[parent_id])
            if propagates:
                occupied_below[parent_id] += step
                propagates = occupied_below[parent_id] == int(occupied)
                if propagates:
                    show(parent_id, "occupancy", occupied)

    return receive


def textbook(hass: HomeAssistant, entities: Sequence[CopyEntity]) -> Callable[[Any], None]:
    """Use one coordinator for everything, as in the developer documentation: every event updates every entity."""
    coordinator: DataUpdateCoordinator[dict[str, int]] = DataUpdateCoordinator(
        hass, _LOGGER, config_entry=None, name=DOMAIN
    )
    coordinator.data = {}

    def listen(entity: CopyEntity) -> None:
        factor = {"people": 1, "utilization": 10, "occupancy": 1}.get(entity.key, 0)
        coordinator.async_add_listener(lambda: entity.show(factor * coordinator.data.get(entity.space_id, 0)))

    def receive(event: Any) -> None:
        space = event["metadata"]
        coordinator.async_set_updated_data(
            {**coordinator.data, space.get("zone_id") or space["room_id"]: event["data"]}
        )

    for entity in entities:
        listen(entity)
    return receive


DESIGNS: Final = {BARE: bare, TEXTBOOK: textbook}
