"""Heatmaps: where they are asked for, and what of an answer whose names nobody knows is kept."""

from typing import Any

import aiohttp
from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.buckets import DAY
from custom_components.butlr.api.client import ButlrClient
from custom_components.butlr.api.errors import ButlrNotFoundError
from custom_components.butlr.api.estate_reader import fetch_estate
from custom_components.butlr.api.heatmap import HEATMAP_PATHS, fetch_heatmap, read_cells
from tests.simulator import Simulator

from .cloud import Clock, Cloud, Reply

START = 1782086400.0


async def test_request(cloud: Cloud, client: ButlrClient) -> None:
    """The path of the page comes first; where there is nothing, the one like all others."""
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
    cloud.always(HEATMAP_PATHS[1], Reply(status=404))
    with pytest.raises(ButlrNotFoundError):
        await fetch_heatmap(client, "space_1", START, START + DAY)


@pytest.mark.parametrize(("length", "resolution"), [(7 * DAY + 1, 0.5), (0, 0.5), (-1, 0.5), (DAY, 0.3), (DAY, 0)])
async def test_refused_at_once(cloud: Cloud, client: ButlrClient, length: float, resolution: float) -> None:
    """What the service cannot answer is not asked."""
    with pytest.raises(ValueError, match=r"seven days|resolution"):
        await fetch_heatmap(client, "space_1", START, START + length, resolution)
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("data", "cells"),
    [
        ([], []),
        ({}, []),
        ({"heatmap_v2": None}, []),
        ([{"x": 1, "y": 2.5, "value": 3, "unit": "s", "on": True}], [{"x": 1, "y": 2.5, "value": 3}]),
        ({"a": {"b": [{"cx": 1, "cy": 2, "minutes": 3}]}}, [{"cx": 1, "cy": 2, "minutes": 3}]),
        ([[1, 2, 3], [4, 5, 6]], [{"0": 1, "1": 2, "2": 3}, {"0": 4, "1": 5, "2": 6}]),
        ({"size": [3, 4], "cells": [[1, 2, 3]]}, [{"0": 1, "1": 2, "2": 3}]),
        ([{"floor": "space_1", "cells": [{"x": 1, "y": 2, "value": 3}]}], [{"x": 1, "y": 2, "value": 3}]),
    ],
)
def test_cells(data: Any, cells: list[dict[str, float]]) -> None:
    """Numbers of cells are kept under the names that they come with."""
    assert list(read_cells(data)) == cells


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)))
def test_any_json(data: Any) -> None:
    """Whatever comes, cells are made of numbers."""
    for cell in read_cells(data):
        assert len(cell) > 2
        assert all(isinstance(number, float) for number in cell.values())


@pytest.mark.parametrize("path", [*HEATMAP_PATHS, "both"])
async def test_simulator(simulator: Simulator, session: aiohttp.ClientSession, clock: Clock, path: str) -> None:
    """The simulated cloud has heatmaps at either path."""
    simulator.settings.heatmap_path = path
    client = ButlrClient(session, simulator.client_id, simulator.client_secret, simulator.url, clock=clock)
    estate = await fetch_estate(client)
    stop = simulator.now() / 1000 // DAY * DAY
    cells = [cell for floor_id in estate.floors for cell in await fetch_heatmap(client, floor_id, stop - DAY, stop)]
    assert {frozenset(cell) for cell in cells} == {frozenset(("x", "y", "value"))}
    assert len(simulator.requests) == 4 + len(estate.floors) * (2 if path == HEATMAP_PATHS[1] else 1)
