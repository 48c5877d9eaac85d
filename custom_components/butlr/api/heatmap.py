"""Where on a floor people spent their time (docs: heatmap)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .answers import finite
from .client import ButlrClient
from .errors import ButlrNotFoundError
from .questions import rfc3339

# The page writes the path without /api, unlike every other; which one is right is not known.
HEATMAP_PATHS: Final = ("/v3/detections", "/api/v3/detections")
LONGEST: Final = 7 * 86400.0
RESOLUTIONS: Final = (0.25, 0.5, 1.0)

# One cell of the grid, by the names that Butlr gives its figures.
type Cell = dict[str, float]


async def fetch_heatmap(
    client: ButlrClient,
    floor_id: str,
    start: float,
    stop: float,
    resolution: float = 0.5,
    *,
    background: bool = False,
) -> list[Cell]:
    """Return the cells of a floor that anybody was in; a cell's centre is given in metres, `resolution` is its width.

    The range is seven days at most, a longer one is a ValueError: what unit the figures have is not documented, so the
    answers of several requests cannot be put together. Their names are not documented either: of each cell everything
    is returned that is a number. Raises what ButlrClient.report raises.
    """
    if not start < stop <= start + LONGEST:
        raise ValueError("A heatmap is for seven days at most")
    if resolution not in RESOLUTIONS:
        raise ValueError(f"The resolution is one of {RESOLUTIONS}")
    body = {
        "data_types": ["heatmap_v2"],
        "filter": {
            "space_id": floor_id,
            "start": rfc3339(start),
            "stop": rfc3339(stop),
            "omit_empty_value": True,
        },
        "window": {"heatmap_v2_options": {"grid_resolution": resolution, "heatmap_type": "occupancy"}},
    }
    first, second = HEATMAP_PATHS
    try:
        data = await client.report(body, path=first, background=background)
    except ButlrNotFoundError:
        data = await client.report(body, path=second, background=background)
    return list(read_cells(data))


def read_cells(data: Any) -> Iterator[Cell]:
    """Find the cells of an answer, wherever they stand: objects or lists of numbers within a list.

    The figures of a list are named by their places, "0" and on.
    """
    stack = [data]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            stack.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            for item in node:
                cell = _cell(item)
                if cell:
                    yield cell
                elif isinstance(item, Mapping | list):
                    stack.append(item)


def _cell(item: Any) -> Cell:
    """Return the numbers of a cell; a place and a figure are three at least."""
    if isinstance(item, Mapping):
        named = {str(name): number for name, value in item.items() if (number := finite(value)) is not None}
    elif isinstance(item, list):
        named = {str(place): number for place, value in enumerate(item) if (number := finite(value)) is not None}
    else:
        return {}
    return named if len(named) > 2 else {}
