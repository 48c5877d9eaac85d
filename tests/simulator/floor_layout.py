"""Where the rooms and zones of a floor are: rooms on both sides of corridors, zones in the open space between them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from .estate import Coordinates, Estate, Floor, Room, Zone

# All in meters.
_ROOM_DEPTH = 5.0
_CORRIDOR = 2.0
_ZONE_WIDTH, _ZONE_DEPTH = 4.0, 2.5
_ZONE_GAP, _WIDEST_GAP = 1.0, 3.0
# How wide a room is at most for so many seats; a lobby has none.
_WIDTHS = ((0, 10.0), (1, 3.5), (4, 4.5), (6, 5.5), (10, 7.0), (20, 9.0))
_WIDEST = 12.0
_ASPECT = 1.6


def lay_out(estate: Estate) -> None:
    """Give all rooms and zones of all floors their rectangles."""
    for floor in estate.floors.values():
        _lay_out_floor(estate, floor)


def _lay_out_floor(estate: Estate, floor: Floor) -> None:
    rooms = [room for room in estate.rooms.values() if room.floor_id == floor.id]
    zones = [zone for zone in estate.zones.values() if zone.floor_id == floor.id]
    open_zones = [zone for zone in zones if not zone.room_id]
    length = sum(map(_room_width, rooms))
    best = min(range(1, len(rooms) + 1), key=lambda rows: _misfit(length, rows, len(open_zones)))
    width = length / best
    rows = _rows(rooms, width)
    y = 0.0
    for number, row in enumerate(rows):
        _place_rooms(row, width, y)
        y += _ROOM_DEPTH
        if number == 0:
            y = _place_zones(open_zones, width, y + _CORRIDOR)
        elif number % 2 == 0 and number < len(rows) - 1:
            y += _CORRIDOR
    for room in rooms:
        _place_inside(room, [zone for zone in zones if zone.room_id == room.id])


def _misfit(length: float, rows: int, zones: int) -> float:
    """Return how far a floor with so many rows of rooms is from the shape of a screen."""
    width = length / rows
    zone_rows = -(-zones // _zones_a_row(width))
    height = rows * _ROOM_DEPTH + _CORRIDOR * (1 + rows // 2) + zone_rows * (_ZONE_DEPTH + _ZONE_GAP)
    return abs(width / height - _ASPECT)


def _room_width(room: Room) -> float:
    return next((width for seats, width in _WIDTHS if room.capacity_max <= seats), _WIDEST)


def _rows(rooms: Sequence[Room], width: float) -> list[list[Room]]:
    """Split rooms into rows of about that width."""
    rows: dict[int, list[Room]] = {}
    used = 0.0
    for room in rooms:
        rows.setdefault(int((used + _room_width(room) / 2) / width), []).append(room)
        used += _room_width(room)
    return list(rows.values())


def _place_rooms(row: Sequence[Room], width: float, y: float) -> None:
    """Place the rooms of a row side by side, so that they fill the width."""
    stretch = width / sum(map(_room_width, row))
    edges = [0.0]
    for room in row:
        edges.append(round(edges[-1] + _room_width(room) * stretch, 2))
    for room, (left, right) in zip(row, pairwise(edges), strict=True):
        room.coordinates = rectangle(left, y, right - left, _ROOM_DEPTH)


def _zones_a_row(width: float) -> int:
    return max(1, int((width + _ZONE_GAP) / (_ZONE_WIDTH + _ZONE_GAP)))


def _place_zones(zones: Sequence[Zone], width: float, y: float) -> float:
    """Place zones in rows, and return where the space above them begins."""
    if not zones:
        return y
    rows = -(-len(zones) // _zones_a_row(width))
    columns = -(-len(zones) // rows)
    gap = min((width - columns * _ZONE_WIDTH) / max(1, columns - 1), _WIDEST_GAP)
    left = (width - columns * _ZONE_WIDTH - (columns - 1) * gap) / 2
    for number, zone in enumerate(zones):
        row, column = divmod(number, columns)
        x, up = left + column * (_ZONE_WIDTH + gap), y + row * (_ZONE_DEPTH + _ZONE_GAP)
        zone.coordinates = rectangle(x, up, _ZONE_WIDTH, _ZONE_DEPTH)
    return y + rows * (_ZONE_DEPTH + _ZONE_GAP) + _CORRIDOR - _ZONE_GAP


def _place_inside(room: Room, zones: Iterable[Zone]) -> None:
    """Place zones side by side in the lower half of their room."""
    (left, bottom), (right, _) = room.coordinates[0], room.coordinates[2]
    inside = list(zones)
    width = (right - left - 0.5) / max(1, len(inside))
    for number, zone in enumerate(inside):
        x = round(left + 0.5 + number * width, 2)
        zone.coordinates = rectangle(x, bottom + 0.5, round(width - 0.5, 2), 2.0)


def rectangle(x: float, y: float, width: float, depth: float) -> Coordinates:
    """Return the four corners of a rectangle."""
    corners = ((x, y), (x + width, y), (x + width, y + depth), (x, y + depth))
    return [[round(across, 2), round(up, 2)] for across, up in corners]
