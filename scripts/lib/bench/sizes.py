"""Which estate of the simulator has how many spaces and entities."""

import bisect
from dataclasses import dataclass

import aiohttp

from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.config_flow import size_placeholders
from tests.simulator import Estate, Simulator
from tests.simulator.blueprint import draw_estate

# As many enabled entities as Home Assistant lets a config entry have.
MOST_ENTITIES = 10_000
_LEAST_ROOMS, _MOST_ROOMS = 6, 5000
# An estate has at least so many rooms for each three entities, whatever the integration makes of it.
_ENTITIES_A_ROOM = 3


@dataclass(frozen=True, slots=True)
class Size:
    """What to tell the simulator, and how many spaces come of it."""

    rooms: int
    seed: int
    spaces: int


def size_of(rooms: int, seed: int) -> Size:
    """Return the size of an estate that is drawn like that."""
    return Size(rooms, seed, count_spaces(draw_estate(rooms, seed)))


def count_spaces(estate: Estate) -> int:
    """Return how many spaces become devices."""
    return len(estate.buildings) + len(estate.floors) + len(estate.rooms) + len(estate.zones)


def at_least(spaces: int, seed: int) -> Size:
    """Return the smallest estate with so many spaces."""
    candidates = range(_LEAST_ROOMS, min(spaces, _MOST_ROOMS) + 1)
    index = bisect.bisect_left(candidates, spaces, key=lambda rooms: size_of(rooms, seed).spaces)
    return size_of(candidates[min(index, len(candidates) - 1)], seed)


async def largest(seed: int) -> Size:
    """Return the largest estate whose entities Home Assistant lets in, as the integration itself counts them."""
    low, high = _LEAST_ROOMS, min(MOST_ENTITIES // _ENTITIES_A_ROOM, _MOST_ROOMS)
    while low < high:
        middle = (low + high + 1) // 2
        if await count_entities(middle, seed) <= MOST_ENTITIES:
            low = middle
        else:
            high = middle - 1
    return size_of(low, seed)


async def count_entities(rooms: int, seed: int) -> int:
    """Return how many entities a person is told of when adding such an estate."""
    simulator = Simulator(rooms, seed)
    await simulator.start(port=0)
    try:
        async with aiohttp.ClientSession() as session:
            client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url)
            return int(size_placeholders(await fetch_estate(client))["entities"])
    finally:
        await simulator.stop()
