"""Polygons and boxes of a drawing: x to the right, y down."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import itertools
from typing import Final

from ..api.outlines import Point

type Polygon = tuple[Point, ...]

# How many columns and rows the search for a label box uses for an outline that is no set of rectangles.
_CELLS: Final = 16
# Outlines that overlap by this little touch each other, in meters.
_TOUCHING: Final = 0.005
# The width of a good label in multiples of its height.
GOOD_ASPECT: Final = 1.4


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with sides parallel to the axes."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Return the width."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Return the height."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Return the area."""
        return self.width * self.height

    @property
    def corners(self) -> Polygon:
        """Return the corners."""
        return (self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom)

    def overlaps(self, other: Box) -> bool:
        """Return whether two boxes have more than an edge in common."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > _TOUCHING and down > _TOUCHING

    def joined(self, other: Box) -> Box:
        """Return the smallest box that contains both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    @property
    def score(self) -> float:
        """Return how good a label box it is: how large a label of good aspect can be, then the area."""
        return min(self.width / GOOD_ASPECT, self.height) + 0.05 * (self.width + self.height)


def bounds(points: Iterable[Point]) -> Box:
    """Return the smallest box that contains all points, of which there is at least one."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def area(polygon: Sequence[Point]) -> float:
    """Return the area of a polygon."""
    pairs = itertools.pairwise((*polygon, polygon[0]))
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def is_box(polygon: Polygon) -> bool:
    """Return whether a polygon is a rectangle with sides parallel to the axes."""
    return len(polygon) == 4 and len(set(polygon)) == 4 and is_rectilinear(polygon)


def is_rectilinear(polygon: Polygon) -> bool:
    """Return whether all sides are parallel to the axes."""
    pairs = itertools.pairwise((*polygon, polygon[0]))
    return all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in pairs)


def label_box(polygon: Polygon, obstacles: Sequence[Polygon] = ()) -> Box | None:
    """Return the best box for a label inside a polygon that touches no obstacle; None if there is no room."""
    around = bounds(polygon)
    if not obstacles and is_box(polygon):
        return around
    shapes = (polygon, *obstacles)
    xs = _lines([x for shape in shapes for x, _ in shape], around.left, around.right)
    ys = _lines([y for shape in shapes for _, y in shape], around.top, around.bottom)
    if len(xs) > 2 * _CELLS or len(ys) > 2 * _CELLS or not all(map(is_rectilinear, shapes)):
        xs = [around.left + around.width * number / _CELLS for number in range(_CELLS + 1)]
        ys = [around.top + around.height * number / _CELLS for number in range(_CELLS + 1)]
    rows = [_free_cells(polygon, obstacles, xs, top, bottom) for top, bottom in itertools.pairwise(ys)]
    return _best_box(xs, ys, rows)


def middle_box(polygon: Polygon) -> Box:
    """Return a box at the middle of a polygon that has no room for a label: half as large as the polygon."""
    around = bounds(polygon)
    x, y = (around.left + around.right) / 2, (around.top + around.bottom) / 2
    width, height = around.width / 4, around.height / 4
    return Box(x - width, y - height, x + width, y + height)


def _lines(values: Iterable[float], low: float, high: float) -> list[float]:
    """Return distinct values between two others, in order."""
    return sorted({value for value in values if low <= value <= high} | {low, high})


def _free_cells(
    polygon: Polygon, obstacles: Sequence[Polygon], xs: Sequence[float], top: float, bottom: float
) -> list[bool]:
    """Return for each column of a row whether its cell is inside the polygon and touches no obstacle."""
    free = _inside(polygon, xs, (top + bottom) / 2)
    _block_edges(free, polygon, xs, top, bottom)
    for obstacle in obstacles:
        around = bounds(obstacle)
        if around.top < bottom and top < around.bottom and around.left < xs[-1] and xs[0] < around.right:
            for number, covered in enumerate(_inside(obstacle, xs, (top + bottom) / 2)):
                if covered:
                    free[number] = False
            _block_edges(free, obstacle, xs, top, bottom)
    return free


def _inside(polygon: Polygon, xs: Sequence[float], y: float) -> list[bool]:
    """Return for the middle of each column whether it is inside a polygon at height y, by the even-odd rule."""
    crossings = sorted(
        x1 + (y - y1) * (x2 - x1) / (y2 - y1)
        for (x1, y1), (x2, y2) in itertools.pairwise((*polygon, polygon[0]))
        if (y1 <= y) != (y2 <= y)
    )
    return [bisect_left(crossings, (left + right) / 2) % 2 == 1 for left, right in itertools.pairwise(xs)]


def _block_edges(free: list[bool], polygon: Polygon, xs: Sequence[float], top: float, bottom: float) -> None:
    """Mark the cells of a row that an edge of a polygon passes through."""
    for (x1, y1), (x2, y2) in itertools.pairwise((*polygon, polygon[0])):
        if max(y1, y2) <= top or min(y1, y2) >= bottom:
            continue
        if y1 == y2:
            low, high = sorted((x1, x2))
        else:
            slope = (x2 - x1) / (y2 - y1)
            upper, lower = min(y1, y2), max(y1, y2)
            ends = (x1 + (min(max(y, upper), lower) - y1) * slope for y in (top, bottom))
            low, high = sorted(ends)
        # An upright edge on a line between two columns passes through neither.
        first = bisect_right(xs, low) - 1
        last = bisect_left(xs, high)
        for number in range(max(first, 0), min(last, len(free))):
            free[number] = False


def _best_box(xs: Sequence[float], ys: Sequence[float], rows: Sequence[Sequence[bool]]) -> Box | None:
    """Return the best box of free cells; None if no cell is free."""
    best, best_score = None, 0.0
    for top in range(len(rows)):
        free = list(rows[top])
        for bottom in range(top, len(rows)):
            free = [both and cell for both, cell in zip(free, rows[bottom], strict=True)]
            if not any(free):
                break
            start = None
            for column, cell in enumerate((*free, False)):
                if cell and start is None:
                    start = column
                elif not cell and start is not None:
                    box = Box(xs[start], ys[top], xs[column], ys[bottom + 1])
                    if box.score > best_score:
                        best, best_score = box, box.score
                    start = None
    return best
