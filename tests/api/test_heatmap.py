"""Heatmaps are found at either path, and cells are read in every layout that the documentation may mean."""

from typing import Any

import aiohttp
from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.buckets import DAY
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import ButlrForbiddenError, ButlrNotFoundError, ButlrResponseError
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.heatmap import HEATMAP_PATHS, fetch_heatmap, read_cells
from tests.helpers.open_readings import READINGS
from tests.simulator import Simulator

from .cloud import Clock, Cloud, Reply

START = 1782086400.0


async def test_request(cloud: Cloud, client: ButlrClient) -> None:
    """The documented path is tried first, then the one with /api."""
    cloud.always(HEATMAP_PATHS[1], Reply(body={"data": {"heatmap_v2": [{"x": 1, "y": 2, "value": 3}]}}))
    assert await fetch_heatmap(client, "space_1", START, START + 7 * DAY, 0.25) == [{"x": 1, "y": 2, "value": 3}]
    assert [asked.path for asked in cloud.asked[1:]] == ["/v3/detections", "/api/v3/detections"]
    assert (
        cloud.asked[1].body
        == cloud.asked[2].body
        == {
            "data_types": ["heatmap_v2"],
            "filter": {
                "space_id": "space_1",
                "start": "2026-06-22T00:00:00Z",
                "stop": "2026-06-29T00:00:00Z",
                "omit_empty_value": True,
            },
            "window": {"heatmap_v2_options": {"grid_resolution": 0.25, "heatmap_type": "occupancy"}},
        }
    )
    # The path that worked is used until it fails.
    await fetch_heatmap(client, "space_1", START, START + DAY)
    assert cloud.asked[-1].path == "/api/v3/detections"
    assert client.findings.as_dict() == {"heatmap_path": "/api/v3/detections"}
    cloud.always(HEATMAP_PATHS[1], Reply(status=404))
    with pytest.raises(ButlrNotFoundError):
        await fetch_heatmap(client, "space_1", START, START + DAY)
    assert [asked.path for asked in cloud.asked[-2:]] == ["/api/v3/detections", "/v3/detections"]


async def test_a_gateway_that_refuses_what_it_does_not_know(cloud: Cloud, client: ButlrClient) -> None:
    """The other path is tried; a refusal is raised only if neither works."""
    cloud.always(HEATMAP_PATHS[0], Reply(status=403))
    cloud.always(HEATMAP_PATHS[1], Reply(body={"data": []}))
    assert await fetch_heatmap(client, "space_1", START, START + DAY) == []
    cloud.always(HEATMAP_PATHS[1], Reply(status=404))
    with pytest.raises(ButlrForbiddenError):
        await fetch_heatmap(client, "space_1", START, START + DAY)


@pytest.mark.parametrize(
    ("body", "cells"),
    [
        ({"array_cells": [[1, 2, 3]]}, [{"x": 1, "y": 2, "value": 3}]),
        ([[1, 2, 3]], [{"x": 1, "y": 2, "value": 3}]),
        ([], []),
    ],
)
async def test_without_a_wrapper(cloud: Cloud, client: ButlrClient, body: Any, cells: Any) -> None:
    """The answer may be the data itself, without a wrapper."""
    cloud.always(HEATMAP_PATHS[0], Reply(body=body))
    assert await fetch_heatmap(client, "space_1", START, START + DAY) == cells


@pytest.mark.parametrize("body", [{}, {"message": "internal"}, "cells", 3, None])
async def test_no_data_at_all(cloud: Cloud, client: ButlrClient, body: Any) -> None:
    """An answer without any heatmap data is an error, not an empty floor."""
    cloud.always(HEATMAP_PATHS[0], Reply(body=body))
    with pytest.raises(ButlrResponseError):
        await fetch_heatmap(client, "space_1", START, START + DAY)


@pytest.mark.parametrize(("length", "resolution"), [(7 * DAY + 1, 0.5), (0, 0.5), (-1, 0.5), (DAY, 0.3), (DAY, 0)])
async def test_refused_at_once(cloud: Cloud, client: ButlrClient, length: float, resolution: float) -> None:
    """Requests that the service cannot answer are not sent."""
    with pytest.raises(ValueError, match=r"seven days|resolution"):
        await fetch_heatmap(client, "space_1", START, START + length, resolution)
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("data", "cells"),
    [
        ([], []),
        ({}, []),
        ({"heatmap_v2": None}, []),
        ([{"x": 1, "y": 2.5, "value": 3, "unit": "s", "on": True}], [(1, 2.5, 3)]),
        ({"heatmap_v2": [{"x": 1, "y": 2, "value": 3}, {"x": 1, "y": 2, "value": None}, {"x": 4}]}, [(1, 2, 3)]),
        ([[1, 2, 3], [4, 5, 6, 7], [8, 9], [1, None, 3], "x", None], [(1, 2, 3), (4, 5, 6)]),
        ({"size": [3, 4], "cells": [[1, 2, 3]]}, [(1, 2, 3)]),
        ([{"floor": "space_1", "cells": [{"x": 1, "y": 2, "value": 3}]}], [(1, 2, 3)]),
        # The grid size and other values beside the cells are no cells.
        (
            [{"grid_resolution": 0.5, "width": 30, "height": 20, "array_cells": [[1, 2, 3]], "box": [[0, 0, 0]]}],
            [(1, 2, 3)],
        ),
        ({"data": [{"array_cells": [[1, 2, 3]]}, {"array_cells": [[4, 5, 6]]}]}, [(1, 2, 3), (4, 5, 6)]),
        ({"heatmap_v2": {"array_cells": [[1, 2, 0]]}}, [(1, 2, 0)]),
        ({"array_cells": [], "origin": [[0, 0, 0]]}, []),
        ({"array_cells": None, "cells": [[1, 2, 3]]}, [(1, 2, 3)]),
        ([[[[[[[[[1, 2, 3]]]]]]]]], []),
        ({"a": {"b": {"c": {"d": {"e": {"f": {"g": {"array_cells": [[1, 2, 3]]}}}}}}}}, []),
    ],
)
def test_cells(data: Any, cells: list[tuple[float, ...]]) -> None:
    """Cells are found at any place, and their values have names."""
    assert [tuple(cell.values()) for cell in read_cells(data)] == cells
    assert all(tuple(cell) == ("x", "y", "value") for cell in read_cells(data))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)))
def test_any_json(data: Any) -> None:
    """For any JSON, cells consist of numbers."""
    for cell in read_cells(data):
        assert tuple(cell) == ("x", "y", "value")
        assert all(isinstance(number, float) for number in cell.values())


@pytest.mark.parametrize("path", [*HEATMAP_PATHS, "both"])
@pytest.mark.parametrize("shape", READINGS["heatmap_shape"])
async def test_simulator(
    simulator: Simulator, session: aiohttp.ClientSession, clock: Clock, path: str, shape: str
) -> None:
    """The simulated cloud has the same heatmap at either path and in any layout."""
    simulator.settings.heatmap_path = path
    simulator.settings.heatmap_shape = shape
    client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url, clock=clock)
    estate = await fetch_estate(client)
    stop = simulator.now() / 1000 // DAY * DAY
    cells = {floor_id: await fetch_heatmap(client, floor_id, stop - DAY, stop) for floor_id in estate.floors}
    assert len(simulator.requests) == 4 + len(estate.floors) + (path == HEATMAP_PATHS[1])
    simulator.settings.heatmap_shape = "objects"
    assert any(cells.values())
    for floor_id, known in cells.items():
        assert known == await fetch_heatmap(client, floor_id, stop - DAY, stop)
