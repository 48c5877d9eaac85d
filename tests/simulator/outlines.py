"""The polygons that the API tells of rooms and zones, whose places are rectangles."""

import math

from .estate import Coordinates, Room, Zone


def outline(space: Room | Zone, setting: str) -> Coordinates:
    """Return the polygon of a space under the setting `outlines`; none is empty."""
    number = sum(space.id.encode())
    if setting == "none" or len(space.coordinates) != 4 or (setting == "some" and number % 4 == 0):
        return []
    if setting == "rectangles":
        return space.coordinates
    (left, bottom), (right, top) = space.coordinates[0], space.coordinates[2]
    shape = _SHAPES[number % len(_SHAPES)]
    return [[round(left + across * (right - left), 3), round(bottom + up * (top - bottom), 3)] for across, up in shape]


_CIRCLE = [(0.5 + 0.5 * math.cos(at / 24 * math.tau), 0.5 + 0.5 * math.sin(at / 24 * math.tau)) for at in range(24)]
# Parts of the width and depth of the rectangle: an L, a cut corner, a slanted wall, a U, a circle, and the rectangle
# itself with its first corner repeated at the end.
_SHAPES: tuple[list[tuple[float, float]], ...] = (
    [(0, 0), (1, 0), (1, 0.55), (0.5, 0.55), (0.5, 1), (0, 1)],
    [(0, 0), (1, 0), (1, 0.7), (0.75, 1), (0, 1)],
    [(0, 0), (1, 0), (0.8, 1), (0, 1)],
    [(0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.4), (0.3, 0.4), (0.3, 1), (0, 1)],
    _CIRCLE,
    [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)],
)
