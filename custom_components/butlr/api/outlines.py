"""The outlines of rooms and zones on the floor plan."""

import math
from typing import Any, Final

from .values import read_number

# A point of a floor plan in meters: x points to the right, y points up.
type Point = tuple[float, float]

# No outline needs more points; of a longer one, every second, third, … point is kept.
MAX_POINTS: Final = 500
# No floor plan is larger, in meters.
MAX_COORDINATE: Final = 1e6


def read_outline(value: object) -> tuple[Point, ...]:
    """Return the corners of a polygon without the repeated first one; empty if the value is not a polygon.

    Corners are rounded to millimeters, so that a cloud that computes them anew does not change the estate.
    """
    if not isinstance(value, list) or len(value) < 3:
        return ()
    points: list[Point] = []
    # Garbage may be of any length.
    for one in value[:: math.ceil(len(value) / MAX_POINTS)]:
        if (point := _point(one)) is None:
            return ()
        if not points or point != points[-1]:
            points.append(point)
    while len(points) > 1 and points[-1] == points[0]:
        points.pop()
    return tuple(points) if len(set(points)) >= 3 else ()


def _point(value: Any) -> Point | None:
    if not isinstance(value, list) or len(value) < 2:
        return None
    x, y = read_number(value[0]), read_number(value[1])
    if x is None or y is None or abs(x) > MAX_COORDINATE or abs(y) > MAX_COORDINATE:
        return None
    # Adding 0 turns -0.0 into 0.0.
    return round(x, 3) + 0.0, round(y, 3) + 0.0
