"""The drawing of a floor: a plan of its outlines, or tiles if it has none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
import itertools
import math
from statistics import median
from typing import Any, Final, Literal, override

from ..api.outlines import Point
from .geometry import Box, Polygon, area, bounds, label_box, middle_box
from .text import BADGE_WIDTH, DOOR_WIDTH, LINE_HEIGHT, STATUS_WIDTH, VALUE_WIDTH, Name, fit, natural

# Tiles, in any unit.
_TILE_WIDTH: Final = 4.0
_TILE_HEIGHT: Final = 3.0
# The gap between tiles in multiples of their width.
_GAP: Final = 0.06
# The aspect ratio of a landscape screen, without what stands around the drawing.
_SCREEN: Final = 1.7
# The largest font in a drawing is this part of its width.
_LARGEST_FONT: Final = 1 / 30
# An outline of less than this is drawn as a tile, in square meters.
_MIN_AREA: Final = 0.01
# A label gets at least this part of the size that it would have if nothing was drawn on top of its space.
_MIN_SHARE: Final = 0.3
# The part of a space that its label takes if the spaces on top cover it.
_TOP_SHARE: Final = 0.3
# Outlines this far away, in multiples of the size of all others, are drawn as tiles; nearer ones never are.
_FAR: Final = 4.0
_NEAR: Final = 150.0


@dataclass(frozen=True, slots=True)
class DrawnSpace:
    """What is drawn of a room or zone; its outline is in Butlr's coordinates, y up."""

    id: str
    kind: Literal["room", "zone"]
    name: str
    outline: Polygon = ()
    room_id: str | None = None
    # Whether entries and exits are shown.
    door: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """The middle of a baseline, and the size of the font or icon."""

    x: float
    y: float
    size: float

    def as_dict(self) -> dict[str, Any]:
        """Return the label as JSON."""
        return {"x": self.x, "y": self.y, "size": self.size}


@dataclass(frozen=True, slots=True)
class NameSpot(Spot):
    """A name; `y` is the baseline of its first line, and the others are LINE_HEIGHT font sizes apart."""

    lines: tuple[str, ...]

    @override
    def as_dict(self) -> dict[str, Any]:
        return {"x": self.x, "y": self.y, "size": self.size, "lines": self.lines}


@dataclass(frozen=True, slots=True)
class Shape:
    """A room or zone, ready to be drawn; of two that overlap, the later one is on top."""

    id: str
    kind: str
    outline: Polygon
    name: NameSpot
    value: Spot
    word: Spot
    badge: Spot

    def as_dict(self) -> dict[str, Any]:
        """Return the shape as JSON."""
        return {
            "id": self.id,
            "kind": self.kind,
            "outline": self.outline,
            "name": self.name.as_dict(),
            "value": self.value.as_dict(),
            "word": self.word.as_dict(),
            "badge": self.badge.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Door(Spot):
    """Where the entries and exits of a room or floor are written."""

    id: str
    space_id: str

    @override
    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "space_id": self.space_id, "x": self.x, "y": self.y, "size": self.size}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A floor, ready to be drawn: x to the right, y down; in meters if it is a plan.

    `origin` are Butlr's coordinates of the upper left corner.
    """

    layout: Literal["plan", "tiles"]
    width: float
    height: float
    origin: Point | None
    shapes: tuple[Shape, ...]
    doors: tuple[Door, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the drawing as JSON.

        It shares tuples with the drawing: `dataclasses.asdict` would copy every point of a large organization.
        """
        return {
            "layout": self.layout,
            "width": self.width,
            "height": self.height,
            "origin": self.origin,
            "shapes": [shape.as_dict() for shape in self.shapes],
            "doors": [door.as_dict() for door in self.doors],
            "plan": None,
        }


def draw_floor(floor_id: str, spaces: Sequence[DrawnSpace], *, door: bool = False) -> Drawing:
    """Return the drawing of a floor; `door` is whether its own entries and exits are shown."""
    placed = _main_group({space.id: _flipped(space.outline) for space in spaces if _is_drawable(space.outline)})
    if placed:
        around = bounds(point for outline in placed.values() for point in outline)
        margin = 0.02 * max(around.width, around.height)
        left, top = around.left - margin, around.top - margin
        origin = (_rounded(left), _rounded(-top))
        placed = {key: tuple((x - left, y - top) for x, y in outline) for key, outline in placed.items()}
        width, height = around.width + 2 * margin, around.height + 2 * margin
        tile = _tile_size_beside(placed.values(), width)
    else:
        origin, width, height, tile = None, 0.0, 0.0, (_TILE_WIDTH, _TILE_HEIGHT)
    tiles = grouped([space for space in spaces if space.id not in placed])
    if tiles:
        boxes = _tiles(len(tiles), tile, width)
        tiled = bounds(point for box in boxes for point in box.corners)
        gap = _GAP * tile[0]
        for space, box in zip(tiles, boxes, strict=True):
            placed[space.id] = tuple((x + gap, y + gap + height) for x, y in box.corners)
        width, height = max(width, tiled.right + 2 * gap), height + tiled.bottom + 2 * gap
    largest = max(width, height * _SCREEN) * _LARGEST_FONT if placed else 1.0
    labels = _Labels(spaces, placed, largest)
    doors = [labels.doors[space.id] for space in spaces if space.id in labels.doors]
    if door and placed:
        size = min(0.8 * largest, width / (DOOR_WIDTH + 1))
        height += 1.6 * size
        doors.insert(0, _door(floor_id, width / 2, height - 0.6 * size, size))
    return Drawing(
        layout="plan" if origin else "tiles",
        width=_rounded(width),
        height=_rounded(height),
        origin=origin,
        shapes=tuple(labels.shapes()),
        doors=tuple(doors),
    )


def grouped(spaces: Iterable[DrawnSpace]) -> list[DrawnSpace]:
    """Return spaces in natural order of their names, each room followed by its zones; zones of no room come last."""
    ordered = sorted(spaces, key=lambda space: natural(space.name))
    rooms = {space.id: [space] for space in ordered if space.kind == "room"}
    rest: list[DrawnSpace] = []
    for space in ordered:
        if space.kind == "zone":
            rooms.get(space.room_id or "", rest).append(space)
    return [*(space for group in rooms.values() for space in group), *rest]


def _is_drawable(outline: Polygon) -> bool:
    return len(outline) >= 3 and area(outline) >= _MIN_AREA


def _flipped(outline: Polygon) -> Polygon:
    return tuple((x, -y) for x, y in outline)


def _main_group(outlines: dict[str, Polygon]) -> dict[str, Polygon]:
    """Return the outlines without those that are so large or far away that nothing else could be seen."""
    boxes = {key: bounds(outline) for key, outline in outlines.items()}
    for low, high in (("left", "right"), ("top", "bottom")):
        boxes = _without_far(boxes, low, high)
    return {key: outlines[key] for key in boxes}


def _without_far(boxes: dict[str, Box], low: str, high: str) -> dict[str, Box]:
    """Return the largest group of boxes that are near each other on one axis."""
    if len(boxes) < 2:
        return boxes
    # A box with one stray corner would connect everything.
    typical = median(getattr(box, high) - getattr(box, low) for box in boxes.values())
    sane = {
        key: box for key, box in boxes.items() if getattr(box, high) - getattr(box, low) <= max(1000.0, 50 * typical)
    }
    ordered = sorted(sane, key=lambda key: getattr(sane[key], low))
    groups: list[list[str]] = []
    end = -math.inf
    start = 0.0
    for key in ordered:
        if not groups or getattr(sane[key], low) - end > max(_NEAR, _FAR * (end - start)):
            groups.append([])
            start = getattr(sane[key], low)
            end = getattr(sane[key], high)
        groups[-1].append(key)
        end = max(end, getattr(sane[key], high))
    if not groups:
        return boxes
    return {key: boxes[key] for key in max(groups, key=len)}


def _tile_size_beside(outlines: Iterable[Polygon], width: float) -> tuple[float, float]:
    """Return the size of the tiles below a plan of some width: about that of its rooms."""
    usual = math.sqrt(median(area(outline) for outline in outlines))
    size = min(max(1.2 * usual, width / 12), width / 3)
    return size, size * _TILE_HEIGHT / _TILE_WIDTH


def _tiles(count: int, tile: tuple[float, float], width: float) -> list[Box]:
    """Return the boxes of tiles in rows that fill a width; without one, in the shape of a screen."""
    gap = _GAP * tile[0]
    across, down = tile[0] + gap, tile[1] + gap
    if width:
        columns = max(1, int((width - gap) / across))
    else:
        columns = min(count, max(1, round(math.sqrt(count * _SCREEN * down / across))))
    found = []
    for number in range(count):
        row, column = divmod(number, columns)
        left, top = column * across, row * down
        found.append(Box(left, top, left + tile[0], top + tile[1]))
    return found


def _stacked(
    spaces: Sequence[DrawnSpace], placed: Mapping[str, Polygon]
) -> tuple[list[DrawnSpace], dict[str, list[str]]]:
    """Return spaces in drawing order, and for each one the ids of those that are drawn on top of it.

    Zones are on top of rooms, and small spaces on top of large ones. Apart from that, the order stays.
    """
    ranks = {
        space.id: (space.kind == "zone", -round(area(placed[space.id]), 3), number)
        for number, space in enumerate(spaces)
    }
    above: dict[str, list[str]] = {space.id: [] for space in spaces}
    for pair in _overlapping(placed):
        lower, upper = sorted(pair, key=ranks.__getitem__)
        above[lower].append(upper)
    levels = dict.fromkeys(ranks, 0)
    for lower in sorted(ranks, key=ranks.__getitem__):
        for upper in above[lower]:
            levels[upper] = max(levels[upper], levels[lower] + 1)
    return sorted(spaces, key=lambda space: (space.kind == "zone", levels[space.id])), above


def _overlapping(placed: Mapping[str, Polygon]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of outlines that may overlap."""
    boxes = sorted(((bounds(outline), key) for key, outline in placed.items()), key=lambda pair: pair[0].left)
    for number, (box, key) in enumerate(boxes):
        for other_box, other in itertools.islice(boxes, number + 1, None):
            if other_box.left >= box.right:
                break
            if box.overlaps(other_box):
                yield key, other


class _Labels:
    """The labels of all spaces of a drawing."""

    def __init__(self, spaces: Sequence[DrawnSpace], placed: Mapping[str, Polygon], largest: float) -> None:
        """Find a box for the label of each space."""
        self._placed = placed
        self._largest = largest
        self._ordered, above = _stacked(spaces, placed)
        self.doors: dict[str, Door] = {}
        self._boxes: dict[str, Box] = {}
        # What the labels of spaces must leave to those below them.
        self._kept_free: dict[str, list[Polygon]] = {}
        for space in self._ordered:
            self._boxes[space.id] = self._box(space, above[space.id])

    def shapes(self) -> Iterator[Shape]:
        """Yield the shapes, those on top last."""
        for space in self._ordered:
            yield self._shape(space, self._boxes[space.id])

    def _box(self, space: DrawnSpace, above: Sequence[str]) -> Box:
        """Return the box for the label of a space, and note its door."""
        outline = self._placed[space.id]
        kept_free = self._kept_free.get(space.id, [])
        everything = label_box(outline, kept_free) or middle_box(outline)
        box = label_box(outline, [*(self._placed[key] for key in above), *kept_free]) if above else everything
        if box is None or box.score < _MIN_SHARE * everything.score:
            # The spaces on top leave no room. Their labels move down.
            box = replace(everything, bottom=everything.top + _TOP_SHARE * everything.height)
            for key in above:
                self._kept_free.setdefault(key, []).append(box.corners)
        if space.door:
            size = min(self._largest * 0.7, box.width / DOOR_WIDTH, box.height * 0.16)
            x, y = (box.left + box.right) / 2, box.bottom - 0.35 * size
            self.doors[space.id] = _door(space.id, x, y, size)
            box = replace(box, bottom=box.bottom - 1.3 * size)
        return box

    def _shape(self, space: DrawnSpace, box: Box) -> Shape:
        """Return a space with its name, value and word in one column in its box."""
        padding = 0.06 * min(box.width, box.height)
        width, height = box.width - 2 * padding, box.height - 2 * padding
        middle = (box.left + box.right) / 2
        # Beside the value there is room for the badge on the right, and as much on the left.
        value = min(1.3 * self._largest, 0.31 * height, width / (VALUE_WIDTH + 2 * BADGE_WIDTH))
        word = min(0.75 * self._largest, 0.16 * height, width / STATUS_WIDTH)
        room = height - LINE_HEIGHT * (value + word)
        # No name is larger than the value, which is what people look for.
        largest = min(self._largest, room / LINE_HEIGHT, value)
        size, lines = fit(Name(space.name), width, room, (min(word, 0.6 * largest), largest))
        used = LINE_HEIGHT * (len(lines) * size + value + word)
        top = (box.top + box.bottom - used) / 2
        value_top = top + LINE_HEIGHT * len(lines) * size
        value_y = value_top + 0.95 * value
        return Shape(
            id=space.id,
            kind=space.kind,
            outline=tuple((_rounded(x), _rounded(y)) for x, y in self._placed[space.id]),
            name=NameSpot(_rounded(middle), _rounded(top + 0.9 * size), _rounded(size), tuple(lines)),
            value=_spot(middle, value_y, value),
            word=_spot(middle, value_top + LINE_HEIGHT * value + 0.9 * word, word),
            badge=_spot(middle + (VALUE_WIDTH + BADGE_WIDTH) / 2 * value, value_y, 0.7 * value),
        )


def _rounded(value: float) -> float:
    """Round to millimeters, to keep what is sent small."""
    return round(value, 3) + 0.0


def _door(space_id: str, x: float, y: float, size: float) -> Door:
    return Door(_rounded(x), _rounded(y), _rounded(size), f"{space_id}_door", space_id)


def _spot(x: float, y: float, size: float) -> Spot:
    return Spot(_rounded(x), _rounded(y), _rounded(size))
