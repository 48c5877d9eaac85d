"""The picture of a floor, for notifications, cards and language models: a drawing, colored by what is shown.

It stands alone: it contains no script, no link and no font, and every text in it is escaped. It has a background of its
own, so that it is readable in light and dark themes. Nothing in it changes unless a value changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from ..live.small_groups import ShownCount
from .layout import Door, Drawing, Shape, Spot
from .rules import DOUBTS, STATUS_STYLES, ShownSpace, Status
from .text import LINE_HEIGHT, drawable, text_width

# The longer side of a picture, in pixels.
_SIZE: Final = 1200.0
_BACKGROUND: Final = "#fafafa"
_TEXT: Final = "#1c1c1c"
# How much of the color of a status is in the fill of a space, and in its hatching.
_FILL: Final = 0.16
_HATCHING: Final = 0.4
# Font size of the notes below the picture, in pixels.
_NOTE_SIZE: Final = 20.0
# Marks a number that is an estimate, and one that stands for a small group.
ESTIMATE_MARK: Final = "≈"
FEWER_MARK: Final = "<"
# Marks hatching with upright lines: what is known only in part, or was not confirmed lately.
DOUBT_MARK: Final = "▥"
# Icons of Material Design Icons (Apache License 2.0): walk, login and logout, as in the frontend (map/icons.ts).
MOTION_ICON: Final = (
    "M14.12,10H19V8.2H15.38L13.38,4.87C13.08,4.37 12.54,4.03 11.92,4.03C11.74,4.03 11.58,4.06 11.42,4.11L6,5.8V11H7.8V"
    "7.33L9.91,6.67L6,22H7.8L10.67,13.89L13,17V22H14.8V15.59L12.31,11.05L13.04,8.18M14,3.8C15,3.8 15.8,3 15.8,2C15.8,1"
    " 15,0.2 14,0.2C13,0.2 12.2,1 12.2,2C12.2,3 13,3.8 14,3.8Z"
)
ENTRIES_ICON: Final = (
    "M11 7L9.6 8.4L12.2 11H2V13H12.2L9.6 15.6L11 17L16 12L11 7M20 19H12V21H20C21.1 21 22 20.1 22 19V5C22 3.9 21.1 3 20 "
    "3H12V5H20V19Z"
)
EXITS_ICON: Final = (
    "M17 7L15.59 8.41L18.17 11H8V13H18.17L15.59 15.58L17 17L22 12M4 5H12V3H4C2.9 3 2 3.9 2 5V19C2 20.1 2.9 21 4 21H12V"
    "19H4V5Z"
)


@dataclass(frozen=True, slots=True)
class FloorValues:
    """What the picture of a floor shows besides its drawing.

    `spaces` are the rooms and zones by their ids, `doors` the entries and exits of today by the ids of their spaces.
    """

    title: str
    spaces: Mapping[str, ShownSpace]
    doors: Mapping[str, tuple[ShownCount, ShownCount]]
    smallest_group: int = 0


def floor_svg(drawing: Drawing, values: FloorValues, texts: Mapping[str, str], language: str) -> bytes:
    """Return the picture of a floor; `texts` are those of the floor plan by their keys, such as `status.free`."""
    scale = _SIZE / (max(drawing.width, drawing.height) or _SIZE)
    width, height = drawing.width * scale, drawing.height * scale
    notes = list(_notes(drawing, values, texts))
    total = height + _NOTE_SIZE * LINE_HEIGHT * (len(notes) + 0.5) if notes else height
    size = f'width="{_number(width)}" height="{_number(total)}" viewBox="0 0 {_number(width)} {_number(total)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="{_text(language)}" {size} role="img">',
        f"<title>{_text(drawable(values.title))}</title>",
        "<defs>",
        *_definitions(),
        "</defs>",
        f'<rect width="100%" height="100%" rx="12" fill="{_BACKGROUND}"/>',
        f'<g font-family="sans-serif" text-anchor="middle" fill="{_TEXT}">',
    ]
    known = [(shape, shown) for shape in drawing.shapes if (shown := values.spaces.get(shape.id))]
    # A zone may cover its room, but never the label of the room.
    parts += [_outline(shape, shown, scale) for shape, shown in known]
    for shape, shown in known:
        parts += _labels(shape, shown, texts, scale)
    for door in drawing.doors:
        if numbers := values.doors.get(door.space_id):
            parts += _door(door, numbers, scale)
    for line, note in enumerate(notes, 1):
        baseline = height + _NOTE_SIZE * LINE_HEIGHT * (line - 0.2)
        parts.append(_words(note, width / 2, baseline, min(_NOTE_SIZE, width / (text_width(note) + 2))))
    parts += ["</g>", "</svg>"]
    return "\n".join(parts).encode()


def _definitions() -> Iterator[str]:
    """Yield the icons and the hatching that the picture refers to."""
    icons = {"motion": MOTION_ICON, "entries": ENTRIES_ICON, "exits": EXITS_ICON}
    icons |= {str(status): style.icon for status, style in STATUS_STYLES.items()}
    for name, path in icons.items():
        yield f'<path id="icon-{name}" d="{path}"/>'
    # Lines in three directions differ even where colors do not; the upright ones look like the mark.
    hatchings = (
        ("unknown", Status.UNKNOWN, 45),
        ("unavailable", Status.UNAVAILABLE, -45),
        ("doubt", Status.UNKNOWN, 0),
    )
    for name, status, turn in hatchings:
        color = STATUS_STYLES[status].color
        yield (
            f'<pattern id="hatching-{name}" width="10" height="10" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate({turn})"><rect width="10" height="10" fill="{_mixed(color, _FILL / 2)}"/>'
            f'<rect width="3" height="10" fill="{_mixed(color, _HATCHING)}"/></pattern>'
        )


def _outline(shape: Shape, shown: ShownSpace, scale: float) -> str:
    """Return the outline of a room or zone, filled as its status looks."""
    color = STATUS_STYLES[shown.status].color
    fill = f"url(#hatching-{shown.hatching})" if shown.hatching else _mixed(color, _FILL)
    corners = "L".join(f"{_number(x * scale)},{_number(y * scale)}" for x, y in shape.outline)
    dashes = ' stroke-dasharray="6 4"' if shape.kind == "zone" else ""
    return f'<path d="M{corners}Z" fill="{fill}" stroke="{color}" stroke-width="2" stroke-linejoin="round"{dashes}/>'


def _labels(shape: Shape, shown: ShownSpace, texts: Mapping[str, str], scale: float) -> Iterator[str]:
    """Yield what is written in a room or zone: its name, icon and number, its status in words, and motion."""
    color = STATUS_STYLES[shown.status].color
    for number, line in enumerate(shape.name.lines):
        yield _label(line, shape.name, scale, bold=True, line=number)
    icon, value = f"icon-{shown.status}", shape.value
    if (number_text := _count(shown.count)) is None:
        yield _icon(icon, value.x * scale, value.y * scale, value.size * scale, color)
    else:
        number_text = f"{ESTIMATE_MARK if shown.estimated else ''}{number_text}"
        yield from _icons_and_numbers([(icon, number_text)], value, scale, color)
    yield _label(texts[f"status.{shown.status}"], shape.word, scale)
    if shown.motion:
        badge = shape.badge
        yield _icon("icon-motion", badge.x * scale, badge.y * scale, badge.size * scale, _TEXT)


def _count(shown: ShownCount) -> str | None:
    """Return a number as it is written; None if it is unknown."""
    if shown.fewer_than:
        return f"{FEWER_MARK}{shown.fewer_than}"
    return None if shown.number is None else str(shown.number)


def _door(door: Door, numbers: tuple[ShownCount, ShownCount], scale: float) -> Iterator[str]:
    """Yield the entries and exits of a day."""
    shown = (_count(number) or "?" for number in numbers)
    yield from _icons_and_numbers(list(zip(("icon-entries", "icon-exits"), shown, strict=True)), door, scale)


def _notes(drawing: Drawing, values: FloorValues, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield what has to be explained. It does not depend on values, so that the picture keeps its size."""
    if any(space.estimated for space in values.spaces.values()):
        yield f"{ESTIMATE_MARK} {texts['map.estimate']}"
    if values.smallest_group:
        yield f"{FEWER_MARK} {texts['map.small_groups']}"
    if drawing.shapes:
        yield f"{DOUBT_MARK} {' / '.join(texts[f'doubt.{doubt}'] for doubt in DOUBTS)}"
    if drawing.layout == "tiles" and drawing.shapes:
        yield texts["map.tiles"]


def _icons_and_numbers(pairs: list[tuple[str, str]], label: Spot, scale: float, color: str = _TEXT) -> Iterator[str]:
    """Yield icons with the numbers beside them, around the middle of a label."""
    x, y, size = label.x * scale, label.y * scale, label.size * scale
    widths = [text_width(number) for _, number in pairs]
    # An icon is as wide as the font is high; gaps are a little less than a digit.
    x -= size * (sum(widths) + 1.2 * len(pairs) + 0.6 * (len(pairs) - 1)) / 2
    for (icon, number), width in zip(pairs, widths, strict=True):
        yield _icon(icon, x + size / 2, y, size, color)
        yield _words(number, x + size * (1.2 + width / 2), y, size, bold=True)
        x += size * (1.8 + width)


def _icon(name: str, x: float, y: float, size: float, color: str) -> str:
    """Return an icon whose middle is at x, and that stands beside text whose baseline is y."""
    # Digits reach from the baseline to 0.72 of the font size.
    place = f"translate({_number(x - size / 2)} {_number(y - 0.86 * size)}) scale({size / 24:.3f})"
    return f'<use href="#{name}" transform="{place}" fill="{color}"/>'


def _label(text: str, label: Spot, scale: float, *, bold: bool = False, line: int = 0) -> str:
    """Return one line of a label."""
    baseline = label.y + line * LINE_HEIGHT * label.size
    return _words(text, label.x * scale, baseline * scale, label.size * scale, bold=bold)


def _words(text: str, x: float, y: float, size: float, *, bold: bool = False) -> str:
    """Return a text around x whose baseline is y."""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{_number(x)}" y="{_number(y)}" font-size="{_number(size)}"{weight}>{_text(text)}</text>'


def _mixed(color: str, share: float) -> str:
    """Return the background with a share of a color."""
    pairs = ((int(color[at : at + 2], 16), int(_BACKGROUND[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(share * part + (1 - share) * base):02x}" for part, base in pairs)


def _number(value: float) -> str:
    """Return a number with one decimal, if that is not zero."""
    return f"{value:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    """Return a text for XML, without the characters that XML does not allow."""
    return escape("".join(filter(_is_allowed, text)), {'"': "&quot;"})


def _is_allowed(letter: str) -> bool:
    return letter >= " " and not "\ud800" <= letter <= "\udfff" and letter not in "\x7f\ufffe\uffff"
