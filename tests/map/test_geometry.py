"""Labels lie where they should: inside their outline, and beside what is drawn on top of it."""

from itertools import pairwise
import math
import random

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.map.geometry import Box, Polygon, area, bounds, is_box, label_box, middle_box

ROOM: Polygon = ((0, 0), (6, 0), (6, 5), (0, 5))
L_SHAPE: Polygon = ((0, 0), (10, 0), (10, 4), (3, 4), (3, 9), (0, 9))


def contains(polygon: Polygon, x: float, y: float) -> bool:
    """Return whether a point is inside a polygon, by the even-odd rule."""
    inside = False
    for (x1, y1), (x2, y2) in pairwise((*polygon, polygon[0])):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def points_in(box: Box) -> list[tuple[float, float]]:
    """Return points all over a box, a little away from its edges."""
    steps = [0.01, *(number / 12 for number in range(1, 12)), 0.99]
    return [(box.left + across * box.width, box.top + down * box.height) for across in steps for down in steps]


def star(corners: int, seed: int, *, integers: bool) -> Polygon:
    """Return a polygon without crossing edges around a point."""
    rng = random.Random(seed)
    found = []
    for number in range(corners):
        angle, radius = 2 * math.pi * number / corners, rng.uniform(2, 20)
        point = (30 + radius * math.cos(angle), -5 + radius * math.sin(angle))
        found.append((float(round(point[0])), float(round(point[1]))) if integers else point)
    return tuple(found)


polygons = st.builds(star, st.integers(3, 40), st.integers(0, 10_000), integers=st.booleans())
boxes = st.builds(
    lambda x, y, width, height: Box(x, y, x + width, y + height),
    st.integers(0, 40),
    st.integers(-30, 20),
    st.integers(1, 20),
    st.integers(1, 20),
)


def test_a_rectangle_is_its_own_label_box() -> None:
    """A usual room is used in full, whichever corner comes first."""
    assert label_box(ROOM) == Box(0, 0, 6, 5)
    assert label_box((*ROOM[2:], *ROOM[:2])) == label_box(tuple(reversed(ROOM))) == Box(0, 0, 6, 5)


def test_rectangles_in_rectangles_are_exact() -> None:
    """An L has the better of its two legs, and the label of a room is beside its zones."""
    assert label_box(L_SHAPE) == Box(0, 0, 10, 4)
    assert label_box(ROOM, [((1, 3), (4, 3), (4, 5), (1, 5))]) == Box(0, 0, 6, 3)
    assert label_box(ROOM, [ROOM]) is None
    assert label_box(ROOM, [((7, 0), (9, 0), (9, 5), (7, 5))]) == Box(0, 0, 6, 5)


def test_a_round_room() -> None:
    """The label of a circle is large: two thirds of the largest possible rectangle at least."""
    circle = tuple((5 * math.cos(at / 20 * math.tau), 5 * math.sin(at / 20 * math.tau)) for at in range(40))
    box = label_box(circle[:20])
    assert box is not None
    assert box.area > 0.6 * 50


@given(polygons, st.lists(boxes.map(lambda box: box.corners) | polygons, max_size=4))
def test_a_label_box_is_inside_and_free(polygon: Polygon, obstacles: list[Polygon]) -> None:
    """Every point of a label box is inside the outline, and in no obstacle."""
    box = label_box(polygon, obstacles)
    if box is not None:
        for x, y in points_in(box):
            assert contains(polygon, x, y)
            assert not any(contains(obstacle, x, y) for obstacle in obstacles)


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=12))
def test_any_corners(corners: list[tuple[int, int]]) -> None:
    """Outlines that cross themselves, or are only a line, raise nothing."""
    polygon = tuple((float(x), float(y)) for x, y in corners)
    around = bounds(polygon)
    for box in (label_box(polygon), label_box(polygon, [polygon]), middle_box(polygon)):
        if box is not None:
            assert around.left <= box.left <= box.right <= around.right
            assert around.top <= box.top <= box.bottom <= around.bottom


@given(polygons)
def test_area(polygon: Polygon) -> None:
    """The area does not depend on the direction, and is at most that of the box around it."""
    assert area(polygon) == pytest.approx(area(tuple(reversed(polygon))))
    assert area(polygon) <= bounds(polygon).area + 0.001


def test_boxes() -> None:
    """Only rectangles along the axes are boxes."""
    assert is_box(ROOM)
    assert not is_box(L_SHAPE)
    assert not is_box(((0, 0), (2, 1), (1, 3), (-1, 2)))
    assert not is_box(((0, 0), (2, 0), (2, 0), (0, 0)))
    assert Box(0, 0, 2, 2).overlaps(Box(1, 1, 3, 3))
    assert not Box(0, 0, 2, 2).overlaps(Box(2, 0, 3, 2))
