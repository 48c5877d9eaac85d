"""The picture of a floor: well-formed, without anything that runs or loads, and with everything that is shown."""

import json
from pathlib import Path
import re
from xml.etree import ElementTree as ET

import pytest

from custom_components.butlr.live.small_groups import shown_crossings
from custom_components.butlr.live.space import Confidence
from custom_components.butlr.map.layout import Drawing, DrawnSpace, draw_floor
from custom_components.butlr.map.rules import STATUS_STYLES, ShownSpace, Status
from custom_components.butlr.map.svg import (
    DOUBT_MARK,
    ENTRIES_ICON,
    ESTIMATE_MARK,
    EXITS_ICON,
    FEWER_MARK,
    MOTION_ICON,
    FloorValues,
    floor_svg,
)

SVG = "{http://www.w3.org/2000/svg}"
FRONTEND = Path(__file__).parents[2] / "frontend" / "src"
TRANSLATIONS = Path(__file__).parents[2] / "custom_components" / "butlr" / "translations"
# Everything that a picture is made of.
TAGS = {"svg", "title", "defs", "pattern", "rect", "path", "g", "use", "text"}
HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    "]]></text><a href='https://example.com'>x</a>",
    "Tom & \"Jerry\" 'O'",
    "&lt;b&gt; &#x0; &nbsp;",
    "\x00\x07\x1b[31mred\x7f\ufffe\ud800",
    "🏢👩‍👩‍👧‍👦 Büro 会議室",
    "\u202eחדר\u2066 ישיבות",
    "x" * 200,
    " " * 50,
    "",
)


def texts(language: str = "en") -> dict[str, str]:
    """Return the texts of the floor plan."""
    tree = json.loads((TRANSLATIONS / f"{language}.json").read_text())["config_panel"]
    return {f"{part}.{key}": tree[part][key] for part in ("status", "map", "doubt") for key in tree[part]}


def space(number: int, name: str = "Room", **changes: object) -> DrawnSpace:
    """Return a room in a row of rooms."""
    left = 6.0 * number
    outline = ((left, 0.0), (left + 6.0, 0.0), (left + 6.0, 5.0), (left, 5.0))
    return DrawnSpace(**{"id": f"room_{number}", "kind": "room", "name": name, "outline": outline, **changes})  # type: ignore[arg-type]


def picture(
    drawing: Drawing,
    spaces: dict[str, ShownSpace] | None = None,
    doors: dict[str, tuple[int | None, int | None]] | None = None,
    *,
    title: str = "Floor",
    smallest_group: int = 0,
    language: str = "en",
) -> ET.Element:
    """Return the picture of a floor, parsed."""
    shown = {shape.id: ShownSpace(Status.FREE, 0, False, False) for shape in drawing.shapes} | (spaces or {})
    passed = {key: shown_crossings(*numbers, smallest_group) for key, numbers in (doors or {}).items()}
    content = floor_svg(drawing, FloorValues(title, shown, passed, smallest_group), texts(language), language)
    return ET.fromstring(content)  # noqa: S314 - it is our own


def words(root: ET.Element) -> list[str]:
    """Return all texts of a picture but the note that each has."""
    found = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    return [text for text in found if not text.startswith(DOUBT_MARK)]


def test_what_is_shown_of_a_space() -> None:
    """Its name, its number, its status in words, and an icon in the color of the status."""
    drawing = draw_floor("floor", [space(0, "Boardroom")])
    root = picture(drawing, {"room_0": ShownSpace(Status.OCCUPIED, 3, False, True)})
    assert words(root) == ["Boardroom", "3", "Occupied"]
    uses = [(use.get("href"), use.get("fill")) for use in root.iter(f"{SVG}use")]
    assert uses == [("#icon-occupied", STATUS_STYLES[Status.OCCUPIED].color), ("#icon-motion", "#1c1c1c")]


@pytest.mark.parametrize("status", Status)
def test_only_unknown_and_unavailable_are_hatched(status: Status) -> None:
    """A space of which nothing is known never looks empty."""
    shown = ShownSpace(status, None, False, False)
    root = picture(draw_floor("floor", [space(0)]), {"room_0": shown})
    outline = next(path for path in root.iter(f"{SVG}path") if path.get("stroke"))
    hatched = status in (Status.UNKNOWN, Status.UNAVAILABLE)
    assert (outline.get("fill") == f"url(#hatching-{status})") is hatched
    assert any(pattern.get("id") == f"hatching-{status}" for pattern in root.iter(f"{SVG}pattern")) is hatched
    assert words(root) == ["Room", texts()[f"status.{status}"]]


def test_a_doubt_is_hatched_and_explained() -> None:
    """Upright lines, which a note below explains whether or not anything is doubtful, so that the size stays."""
    drawing = draw_floor("floor", [space(0)])
    doubted = picture(drawing, {"room_0": ShownSpace(Status.FREE, 0, False, False, doubt=Confidence.STALE)})
    assert [path.get("fill") for path in doubted.iter(f"{SVG}path") if path.get("stroke")] == ["url(#hatching-doubt)"]
    (pattern,) = [one for one in doubted.iter(f"{SVG}pattern") if one.get("id") == "hatching-doubt"]
    assert pattern.get("patternTransform") == "rotate(0)"
    for root in (doubted, picture(drawing)):
        note = "".join(list(root.iter(f"{SVG}text"))[-1].itertext())
        assert note == "▥ Known only in part / Not confirmed lately"
    assert doubted.get("viewBox") == picture(drawing).get("viewBox")


def test_an_estimate_is_marked_and_explained() -> None:
    """The mark is explained below, even before the first number, so that the picture keeps its size."""
    drawing = draw_floor("floor", [space(0)])
    known, unknown = (picture(drawing, {"room_0": ShownSpace(Status.OCCUPIED, n, True, False)}) for n in (12, None))
    assert words(known) == ["Room", "≈12", "Occupied", "≈ Estimate: entries minus exits"]
    assert words(unknown) == ["Room", "Occupied", "≈ Estimate: entries minus exits"]
    assert known.get("viewBox") == unknown.get("viewBox")
    assert "≈" not in "".join(words(picture(drawing)))


def test_doors_show_entries_and_exits() -> None:
    """What is not known is marked, as in the frontend."""
    drawing = draw_floor("floor", [space(0, door=True)], door=True)
    assert words(picture(drawing, doors={"floor": (5, 2), "room_0": (41, 40)}))[3:] == ["5", "2", "41", "40"]
    assert words(picture(drawing, doors={"floor": (None, None), "room_0": (1, None)}))[3:] == ["?", "?", "1", "?"]
    assert words(picture(drawing))[3:] == []


def test_small_groups_have_no_numbers() -> None:
    """The number that is shown instead is marked, and the mark is explained whether or not there is a small group."""
    drawing = draw_floor("floor", [space(0, door=True)])
    small = ShownSpace(Status.OCCUPIED, None, True, False, fewer_than=3)
    doors: dict[str, tuple[int | None, int | None]] = {"room_0": (9, 8)}
    shown = words(picture(drawing, {"room_0": small}, doors, smallest_group=3))
    assert shown[:5] == ["Room", "≈<3", "Occupied", "9", "?"]
    explained = f"< {texts()['map.small_groups']}"
    assert shown[-1] == explained == words(picture(drawing, smallest_group=3))[-1]
    assert "<" not in "".join(words(picture(drawing)))


def test_tiles_say_that_they_are_no_plan() -> None:
    """Where Butlr has no outlines, the picture says so, in the language of Home Assistant."""
    drawing = draw_floor("floor", [space(0, outline=()), space(1, outline=())])
    assert words(picture(drawing, language="de"))[-1] == texts("de")["map.tiles"]


def test_an_empty_floor() -> None:
    """A floor without rooms is a picture, too."""
    root = picture(draw_floor("floor", []))
    assert words(root) == []
    assert root.get("viewBox")


@pytest.mark.parametrize("language", sorted(path.stem for path in TRANSLATIONS.glob("*.json")))
def test_hostile_names(language: str) -> None:
    """No name breaks the picture or gets anything into it but text."""
    drawing = draw_floor("floor", [space(number, name) for number, name in enumerate(HOSTILE_NAMES)])
    for title in HOSTILE_NAMES:
        root = picture(drawing, title=title, language=language)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= TAGS
        for element in root.iter():
            assert not [name for name in element.attrib if name.lower().startswith("on")]
            assert element.get("href", "#").startswith("#")
            assert not re.search(r"url\((?!#)", " ".join(element.attrib.values()))
            assert all(letter.isprintable() for letter in element.text or "" if letter not in "\n\u200d")
    assert "<script>alert" in " ".join(words(root)).replace(" ", "")


def test_the_frontend_draws_the_same() -> None:
    """Icons and the marks of estimates and small groups are those of the frontend."""
    icons = dict(re.findall(r'export const (\w+) =\s+"([^"]+)"', (FRONTEND / "map" / "icons.ts").read_text()))
    assert (icons["MOTION"], icons["ENTER"], icons["LEAVE"]) == (MOTION_ICON, ENTRIES_ICON, EXITS_ICON)
    assert f'"{ESTIMATE_MARK}"' in (FRONTEND / "map" / "space-view.ts").read_text()
    assert f"`{FEWER_MARK}${{number}}`" in (FRONTEND / "small-groups.ts").read_text()


def test_the_same_values_are_the_same_bytes() -> None:
    """Nothing in a picture depends on the time or on the order of what was given."""
    drawing = draw_floor("floor", [space(0), space(1)])
    shown = {f"room_{number}": ShownSpace(Status.FREE, 0, False, False) for number in (0, 1)}
    values = (FloorValues("Floor", shown, {}), FloorValues("Floor", dict(reversed(shown.items())), {}))
    first, second = (floor_svg(drawing, one, texts(), "en") for one in values)
    assert first == second


def test_every_label_is_in_the_picture() -> None:
    """Whatever the unit of the drawing is, the picture has pixels of usual size."""
    drawing = draw_floor("floor", [space(number, f"Room {number}") for number in range(40)])
    root = picture(drawing)
    _, _, width, height = map(float, (root.get("viewBox") or "").split())
    assert max(width, height) == 1200
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("x", "")) < width
        assert 0 < float(text.get("y", "")) < height
