"""Read where the pictures are that Butlr has of floors, and which part of a floor each of them shows.

Nobody has seen an answer of the real cloud with such a picture, so this is a request of its own that may fail.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .client import ButlrClient
from .queries import FLOOR_PLANS
from .texts import usable_id
from .values import read_number

# In characters; signed addresses are long.
MAX_URL_LENGTH: Final = 4000
# The sides of a picture are longer and shorter than this, in meters.
MIN_SIDE: Final = 0.5
MAX_SIDE: Final = 10_000.0


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """A picture of a floor: its address, and what it shows, in Butlr's coordinates (meters, y up)."""

    url: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Return the width in meters."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Return the height in meters."""
        return self.top - self.bottom


async def fetch_floor_plans(client: ButlrClient) -> dict[str, FloorPlan]:
    """Return the first usable picture of each floor that has one, by id of the floor.

    Raises what ButlrClient.graphql raises.
    """
    return read_floor_plans(await client.graphql(FLOOR_PLANS))


def read_floor_plans(data: Mapping[str, Any]) -> dict[str, FloorPlan]:
    """Return the pictures of an answer."""
    found: dict[str, FloorPlan] = {}
    for site in _rows(data.get("sites"), "data"):
        for building in _rows(site, "buildings"):
            for floor in _rows(building, "floors"):
                plans = (plan for row in _rows(floor, "floor_plans") if (plan := _read_plan(row)))
                if (floor_id := usable_id(floor.get("id"))) and (plan := next(plans, None)):
                    found[floor_id] = plan
    return found


def _rows(owner: object, key: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list of an object."""
    rows = owner.get(key) if isinstance(owner, Mapping) else None
    yield from (row for row in rows if isinstance(row, Mapping)) if isinstance(rows, list) else ()


# UNVERIFIED: that the coordinates of a floor plan are corners of its picture, in the meters of the outlines
def _read_plan(row: Mapping[str, Any]) -> FloorPlan | None:
    """Return a picture whose place is known: the bounds of its corners."""
    url, corners = row.get("url"), row.get("coordinates")
    if not isinstance(url, str) or not 0 < len(url) <= MAX_URL_LENGTH or not url.isprintable():
        return None
    xs, ys = [], []
    for corner in corners[:100] if isinstance(corners, list) else ():
        if not isinstance(corner, list) or len(corner) < 2:
            return None
        x, y = read_number(corner[0]), read_number(corner[1])
        if x is None or y is None:
            return None
        xs.append(x)
        ys.append(y)
    if not xs:
        return None
    plan = FloorPlan(url, min(xs), min(ys), max(xs), max(ys))
    return plan if MIN_SIDE < plan.width < MAX_SIDE and MIN_SIDE < plan.height < MAX_SIDE else None
