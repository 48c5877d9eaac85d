"""Read where on a floor people spent their time (docs: heatmap)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrForbiddenError, ButlrNotFoundError, ButlrResponseError
from .findings import POSSIBLE_FINDINGS
from .questions import rfc3339
from .values import read_number

# Unlike every other page of the docs, the page of heatmaps has the path without /api, so both are tried.
# UNVERIFIED: the path of heatmaps, with or without /api
HEATMAP_PATHS: Final = POSSIBLE_FINDINGS["heatmap_path"]
MAX_HEATMAP_RANGE: Final = 7 * 86400.0
RESOLUTIONS: Final = (0.25, 0.5, 1.0)
# The key of the list of cells, according to one version of the page.
CELLS_KEY: Final = "array_cells"
# Deeper nodes of an answer are ignored.
MAX_HEATMAP_DEPTH: Final = 6

# One cell of the grid: its center `x` and `y` in meters, and its `value`.
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
    """Return the cells of a floor in which somebody was; `resolution` is the width of a cell in meters.

    The range is at most seven days; a longer one raises ValueError, since the unit of the values is not documented and
    so the answers of several requests cannot be combined. The option `normalize` is left at Butlr's default. Raises
    what ButlrClient.report raises.
    """
    if not start < stop <= start + MAX_HEATMAP_RANGE:
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
    answer = await _ask(client, body, background=background)
    if not isinstance(answer, list) and "data" not in answer and CELLS_KEY not in answer:
        raise ButlrResponseError("The heatmap has no data")
    return list(read_cells(answer))


async def _ask(client: ButlrClient, body: dict[str, Any], *, background: bool) -> Any:
    """Return the whole answer from the known path, or else from the first path that works."""
    known = client.findings.get("heatmap_path")
    refusal: ButlrForbiddenError | None = None
    for path in sorted(HEATMAP_PATHS, key=lambda path: path != known):
        try:
            answer = await client.report(body, path=path, background=background, wrapped=False)
        except ButlrForbiddenError as err:
            # A gateway may refuse paths that it does not know.
            refusal = err
        except ButlrNotFoundError as err:
            missing = err
        else:
            client.findings.note("heatmap_path", path)
            return answer
    raise refusal or missing


# UNVERIFIED: the layout of heatmap answers: array_cells, or any list of cells
def read_cells(data: Any) -> Iterator[Cell]:
    """Yield the cells in an answer: those in `array_cells`, or else in every list of cells that is found.

    A cell is a list of x, y and value, as documented, or an object with these names.
    """
    found = False
    for cells in _listed_cells(data):
        found = True
        yield from _cells(cells)
    if not found:
        yield from _all_cells(data)


def _listed_cells(node: Any, depth: int = 0) -> Iterator[list[Any]]:
    """Yield the lists under the documented key."""
    if depth > MAX_HEATMAP_DEPTH:
        return
    if isinstance(node, Mapping):
        if isinstance(cells := node.get(CELLS_KEY), list):
            yield cells
            return
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            if isinstance(item, Mapping | list):
                yield from _listed_cells(item, depth + 1)


def _all_cells(node: Any, depth: int = 0) -> Iterator[Cell]:
    if depth > MAX_HEATMAP_DEPTH:
        return
    if isinstance(node, list):
        cells = list(_cells(node))
        yield from cells
        if cells:
            return
    inside = list(node.values()) if isinstance(node, Mapping) else node
    for item in inside if isinstance(inside, list) else ():
        if isinstance(item, Mapping | list):
            yield from _all_cells(item, depth + 1)


def _cells(items: list[Any]) -> Iterator[Cell]:
    for item in items:
        if isinstance(item, Mapping):
            values = [item.get("x"), item.get("y"), item.get("value")]
        elif isinstance(item, list):
            values = item[:3]
        else:
            continue
        x, y, value = (*map(read_number, values), None, None, None)[:3]
        if x is not None and y is not None and value is not None:
            yield {"x": x, "y": y, "value": value}
