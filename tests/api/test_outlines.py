"""Outlines of rooms and zones: polygons of limited size, or nothing."""

import math
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.outlines import MAX_COORDINATE, MAX_POINTS, read_outline

SQUARE = [[0, 0], [4, 0], [4, 3], [0, 3]]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


def test_a_polygon() -> None:
    """Corners are kept in their order, without a repeated first one and without neighbors in one place."""
    expected = ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))
    assert read_outline(SQUARE) == expected
    assert read_outline([*SQUARE, SQUARE[0]]) == expected
    assert read_outline([SQUARE[0], SQUARE[0], *SQUARE[1:], SQUARE[3], SQUARE[0], SQUARE[0]]) == expected
    assert read_outline([[x, y, 2.5] for x, y in SQUARE]) == expected
    assert str(read_outline([[-0.0, 0.00001], [1, 0], [1, 1.23456]])) == "((0.0, 0.0), (1.0, 0.0), (1.0, 1.235))"


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        7,
        {},
        [],
        [[0, 0], [1, 1]],
        [[0, 0], [1, 1], [0, 0]],
        [[0, 0]] * 9,
        [[0, 0], [1], [2, 2]],
        [[0, 0], [1, None], [2, 2]],
        [[0, 0], [1, "1"], [2, 2]],
        [[0, 0], [1, True], [2, 2]],
        [[0, 0], [1, math.nan], [2, 2]],
        [[0, 0], [math.inf, 1], [2, 2]],
        [[0, 0], [2 * MAX_COORDINATE, 1], [2, 2]],
        [0, 0, 1, 1, 2, 2],
        [{"x": 1, "y": 1}] * 3,
    ],
)
def test_no_polygon(value: Any) -> None:
    """Anything else is no outline."""
    assert read_outline(value) == ()


def test_very_many_points() -> None:
    """A long outline keeps its shape with fewer points."""
    circle = [[math.cos(at / 5000 * math.tau), math.sin(at / 5000 * math.tau)] for at in range(5000)]
    outline = read_outline(circle)
    assert len(outline) == MAX_POINTS
    assert min(x for x, _ in outline) == min(y for _, y in outline) == -1


@given(ANYTHING | st.lists(st.lists(st.floats() | st.integers(), min_size=1, max_size=3), max_size=9))
def test_anything(value: Any) -> None:
    """Nothing raises, and what is an outline is one when it is read again."""
    outline = read_outline(value)
    assert read_outline([list(point) for point in outline]) == outline
    assert outline == () or len(set(outline)) >= 3
