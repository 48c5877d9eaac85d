"""The pictures that Butlr has of floors: walls and a title, a meter larger than the rooms on each side."""

from xml.sax.saxutils import escape

from .estate import Estate, Floor
from .settings import Json

PATH = "/floor-plans/{floor_id}.svg"
MARGIN = 1.0
"""How far the picture reaches beyond the outlines, in meters."""


def floor_plans(estate: Estate, floor: Floor, url: str) -> list[Json]:
    """Return what the API says about the picture of a floor; a floor without outlines has none."""
    if (box := _box(estate, floor)) is None:
        return []
    left, bottom, right, top = box
    return [
        {
            "floor_plan_id": f"plan_{floor.id}",
            "name": floor.name,
            "url": url + PATH.format(floor_id=floor.id),
            "coordinates": [[left, bottom], [right, bottom], [right, top], [left, top]],
        }
    ]


def picture(estate: Estate, floor_id: str) -> bytes | None:
    """Return the picture of a floor as SVG."""
    floor = estate.floors.get(floor_id)
    if floor is None or (box := _box(estate, floor)) is None:
        return None
    left, bottom, right, top = box
    walls = []
    for room in estate.coverage.rooms_of.get(floor.id, ()):
        corners = " ".join(f"{x - left:g},{top - y:g}" for x, y in room.coordinates)
        walls.append(f'<polygon points="{corners}" fill="#e9e4da" stroke="#555" stroke-width="0.15"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right - left:g} {top - bottom:g}">'
        f'<rect width="100%" height="100%" fill="#f7f5f0"/>{"".join(walls)}'
        f'<text x="0.3" y="0.8" font-size="0.6" fill="#888">{escape(floor.name)}</text></svg>'
    ).encode()


def _box(estate: Estate, floor: Floor) -> tuple[float, float, float, float] | None:
    """Return the left, lower, right and upper end of a picture."""
    coverage = estate.coverage
    spaces = (*coverage.rooms_of.get(floor.id, ()), *coverage.zones_of.get(floor.id, ()))
    points = [(x, y) for space in spaces for x, y in space.coordinates]
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    return min(xs) - MARGIN, min(ys) - MARGIN, max(xs) + MARGIN, max(ys) + MARGIN
