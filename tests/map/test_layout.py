"""The drawing of a floor: everything is on it, and its labels do not touch each other."""

from dataclasses import replace
from itertools import combinations
import json
import math
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.map.geometry import Box, Polygon, bounds
from custom_components.butlr.map.layout import Drawing, DrawnSpace, Shape, draw_floor, grouped
from custom_components.butlr.map.text import BADGE_WIDTH, DOOR_WIDTH, LINE_HEIGHT, STATUS_WIDTH, VALUE_WIDTH, text_width

FLOOR = "space_1"


def rectangle(x: float, y: float, width: float, height: float) -> Polygon:
    """Return the corners of a rectangle in Butlr's coordinates."""
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)


def room(number: int, outline: Polygon = (), **details: Any) -> DrawnSpace:
    """Return a room."""
    return DrawnSpace(
        **{"id": f"room_{number}", "kind": "room", "name": f"Room {number}", "outline": outline, **details}
    )


def zone(number: int, outline: Polygon = (), room_id: str | None = None) -> DrawnSpace:
    """Return a zone."""
    return DrawnSpace(id=f"zone_{number}", kind="zone", name=f"Zone {number}", outline=outline, room_id=room_id)


def labels(shape: Shape) -> list[Box]:
    """Return what the name, the value with the badge, and the word of a shape cover at most."""
    name, value, word = shape.name, shape.value, shape.word
    found = [_around(value.x, value.y, value.size, VALUE_WIDTH + 2 * BADGE_WIDTH)]
    found.append(_around(word.x, word.y, word.size, STATUS_WIDTH))
    for number, line in enumerate(name.lines):
        y = name.y + number * LINE_HEIGHT * name.size
        found.append(_around(name.x, y, name.size, text_width(line)))
    return found


def _around(x: float, y: float, size: float, width: float) -> Box:
    return Box(x - width * size / 2, y - 0.8 * size, x + width * size / 2, y + 0.2 * size)


def within(inner: Box, outer: Box, slack: float = 0.01) -> bool:
    """Return whether a box is inside another one."""
    return (
        inner.left >= outer.left - slack
        and inner.top >= outer.top - slack
        and inner.right <= outer.right + slack
        and inner.bottom <= outer.bottom + slack
    )


def everything_of(drawing: Drawing) -> list[Box]:
    """Return what all labels and doors of a drawing cover."""
    doors = [_around(door.x, door.y, door.size, DOOR_WIDTH) for door in drawing.doors]
    return [*doors, *(box for shape in drawing.shapes for box in labels(shape))]


def shrunk(box: Box) -> Box:
    """Return a box without its rounded edges."""
    return Box(box.left + 0.005, box.top + 0.005, box.right - 0.005, box.bottom - 0.005)


def assert_readable(drawing: Drawing) -> None:
    """Fail if labels touch each other, or anything is outside the drawing or not a number."""
    whole = Box(0, 0, drawing.width, drawing.height)
    for shape in drawing.shapes:
        assert within(bounds(shape.outline), whole)
        assert all(within(box, bounds(shape.outline)) for box in labels(shape))
    covered = everything_of(drawing)
    assert all(within(box, whole) for box in covered)
    for one, other in combinations(map(shrunk, covered), 2):
        assert not one.overlaps(other)
    json.dumps(drawing.as_dict(), allow_nan=False)


def test_a_plan() -> None:
    """Rooms are where Butlr has them; y points down, and the origin leads back to Butlr's coordinates."""
    rooms = [room(1, rectangle(-3, 2, 6, 5), door=True), room(2, rectangle(3, 2, 4, 5))]
    drawing = draw_floor(FLOOR, [*rooms, zone(1, rectangle(-2, 2.5, 3, 2), "room_1")], door=True)
    assert drawing.layout == "plan"
    assert drawing.origin is not None
    left, top = drawing.origin
    back = {shape.id: sorted((x + left, top - y) for x, y in shape.outline) for shape in drawing.shapes}
    for one in rooms:
        assert sorted(one.outline) == [pytest.approx(point, abs=0.01) for point in back[one.id]]
    assert [shape.id for shape in drawing.shapes] == ["room_1", "room_2", "zone_1"]
    assert {door.space_id for door in drawing.doors} == {FLOOR, "room_1"}
    assert_readable(drawing)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 40, 1000])
def test_tiles(count: int) -> None:
    """A floor without outlines is a grid in the shape of a screen, in the order in which people look for rooms."""
    drawing = draw_floor(FLOOR, [room(number, door=number % 3 == 0) for number in range(count)], door=True)
    assert (drawing.layout, drawing.origin) == ("tiles", None)
    assert [shape.id for shape in drawing.shapes] == [f"room_{number}" for number in range(count)]
    assert 0.7 < drawing.width / drawing.height < 2.5
    for one, other in zip(drawing.shapes, drawing.shapes[1:], strict=False):
        assert not bounds(one.outline).overlaps(bounds(other.outline))
    if count < 100:
        assert_readable(drawing)


def test_an_empty_floor() -> None:
    """A floor without rooms has an empty drawing, also if its own door is counted."""
    for door in (False, True):
        drawing = draw_floor(FLOOR, [], door=door)
        assert (drawing.shapes, drawing.doors) == ((), ())
        assert (drawing.width, drawing.height) == (0, 0)


def test_groups() -> None:
    """Each room is followed by its zones, in natural order; zones of no known room come last."""
    spaces = [
        zone(3, room_id="room_gone"),
        room(10),
        zone(2),
        zone(12, room_id="room_2"),
        zone(4, room_id="room_2"),
        room(2),
    ]
    assert [one.id for one in grouped(spaces)] == ["room_2", "zone_4", "zone_12", "room_10", "zone_2", "zone_3"]


def test_rooms_without_an_outline_are_below_the_plan() -> None:
    """They are tiles about as large as the rooms; so are outlines without an area."""
    spaces = [
        room(1, rectangle(0, 0, 6, 5)),
        room(2, rectangle(6, 0, 6, 5)),
        room(3),
        zone(1, ((0, 0), (5, 0), (9, 0))),
        room(4, ((1, 1), (1, 1), (1, 1.001))),
    ]
    drawing = draw_floor(FLOOR, spaces)
    assert len(drawing.shapes) == len(spaces)
    places = {shape.id: bounds(shape.outline) for shape in drawing.shapes}
    below = max(places["room_1"].bottom, places["room_2"].bottom)
    assert all(places[one].top > below for one in ("room_3", "room_4", "zone_1"))
    assert_readable(drawing)


@pytest.mark.parametrize(
    "stray",
    [
        rectangle(10_000, 10_000, 5, 5),
        rectangle(-10_000, 0, 5, 5),
        ((0, 0), (6, 0), (6, 5), (10_000, 9_000)),
        rectangle(-50_000, -50_000, 100_000, 100_000),
    ],
)
def test_an_outlier_hides_nothing(stray: Polygon) -> None:
    """What is far away, or much too large, becomes a tile; the others keep their size."""
    usual = [room(number, rectangle(6 * number, 0, 6, 5)) for number in range(5)]
    drawing = draw_floor(FLOOR, [*usual, room(9, stray)])
    assert drawing.layout == "plan"
    assert len(drawing.shapes) == 6
    assert drawing.width < 60
    assert_readable(drawing)


def test_distant_wings_stay_on_the_plan() -> None:
    """Two parts of a large building are no outliers."""
    wings = [room(number, rectangle(20 * number + 100 * (number > 4), -70, 15, 15)) for number in range(10)]
    drawing = draw_floor(FLOOR, wings)
    assert drawing.width > 290
    assert drawing.height < 40


def test_zones_that_cover_their_room() -> None:
    """The label of the room is above those of its zones, as are those of rooms in the same place."""
    quarters = [rectangle(x, y, 6, 4) for x in (0, 6) for y in (0, 4)]
    zones = [zone(number, quarter, "room_1") for number, quarter in enumerate(quarters)]
    assert_readable(draw_floor(FLOOR, [room(1, rectangle(0, 0, 12, 8), door=True), *zones]))
    assert_readable(draw_floor(FLOOR, [room(number, rectangle(0, 0, 12, 8), door=True) for number in range(2)]))


def test_the_order_of_the_answer_does_not_matter() -> None:
    """The same rooms have the same drawing, in any order."""
    spaces = [room(number, rectangle(10 * number, 0, 6 + number, 5)) for number in range(4)]
    assert draw_floor(FLOOR, spaces).shapes == draw_floor(FLOOR, spaces[::-1]).shapes[::-1]


coordinates = st.integers(-300, 300).map(lambda value: value / 10)
outlines = st.one_of(
    st.just(()),
    st.builds(rectangle, coordinates, coordinates, st.floats(0.05, 40), st.floats(0.05, 40)),
    st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=9).map(tuple),
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=3, max_size=9).map(tuple),
)


@given(
    st.lists(st.tuples(outlines, st.text(max_size=40), st.booleans(), st.booleans()), max_size=12),
    st.booleans(),
)
def test_anything_is_drawn(spaces: list[tuple[Polygon, str, bool, bool]], door: bool) -> None:
    """Whatever the outlines are, every space is there once, inside the drawing, with finite numbers."""
    drawn = [
        replace(room(number, outline, door=has_door), name=name, kind="zone" if is_zone else "room")
        for number, (outline, name, has_door, is_zone) in enumerate(spaces)
    ]
    drawing = draw_floor(FLOOR, drawn, door=door)
    assert sorted(shape.id for shape in drawing.shapes) == sorted(one.id for one in drawn)
    slack = 0.02 + drawing.width / 1000
    whole = Box(0, 0, drawing.width, drawing.height)
    for shape in drawing.shapes:
        around = bounds(shape.outline)
        assert within(around, whole, slack)
        assert min(shape.name.size, shape.value.size, shape.word.size, shape.badge.size) >= 0
        assert all(within(box, around, slack) for box in labels(shape) if not shape.name.lines or box.width < 1e6)
    text = json.dumps(drawing.as_dict(), allow_nan=False)
    assert math.isfinite(drawing.width * drawing.height)
    assert json.loads(text)["plan"] is None


@given(
    st.lists(st.tuples(st.integers(1, 9), st.text(max_size=30), st.booleans()), min_size=1, max_size=20), st.booleans()
)
def test_rooms_side_by_side_are_readable(widths: list[tuple[int, str, bool]], door: bool) -> None:
    """No label touches another one on a usual floor."""
    spaces, x = [], 0
    for number, (width, name, has_door) in enumerate(widths):
        spaces.append(replace(room(number, rectangle(x, 0, width, 5), door=has_door), name=name))
        x += width
    assert_readable(draw_floor(FLOOR, spaces, door=door))
