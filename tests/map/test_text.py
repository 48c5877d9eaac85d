"""Names fit where they are drawn, whatever a user calls a room."""

import json
from pathlib import Path

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.map.text import (
    ELLIPSIS,
    LINE_HEIGHT,
    MAX_DRAWN_LENGTH,
    STATUS_WIDTH,
    Name,
    clusters,
    drawable,
    fit,
    natural,
    text_width,
)

TRANSLATIONS = Path(__file__).parents[2] / "custom_components" / "butlr" / "translations"
FAMILY = "👨‍👩‍👧‍👦"
# Marks, joined emoji, flags, skin tones, both directions, no spaces, only spaces, markup, controls.
NAMES = (
    "Boardroom",
    "Meeting Room 12, second floor, next to the lifts",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "会議室の名前がとても長い場合です",
    "قاعة الاجتماعات الكبيرة",
    "חדר ישיבות 3",
    "ห้องประชุมใหญ่",
    "e\u0301" * 50,
    f"{FAMILY}🇩🇰🇩🇪👍🏽" * 9,
    "<b onclick='x'>\"&amp;</b>",
    "",
    "   ",
    "\u202eevil\u202c\n\tname\0",
    "W" * 200,
    "a-b/c_d" * 40,
    "🌀 🏻0 \u0301 \u200dx",
)
some_name = st.sampled_from(NAMES) | st.text(max_size=250) | st.text("iW字\u0301👍🏽\u200d 🇩-", max_size=250)


@pytest.mark.parametrize("path", sorted(TRANSLATIONS.glob("*.json")), ids=lambda path: path.stem)
def test_every_status_fits(path: Path) -> None:
    """The width that is kept free for the status is enough in every language."""
    for status in json.loads(path.read_text())["config_panel"]["status"].values():
        assert text_width(status) <= STATUS_WIDTH


@given(some_name, st.floats(0.5, 30), st.floats(0.5, 30), st.floats(0.1, 2), st.integers(1, 3))
def test_a_name_fits(name: str, width: float, height: float, largest: float, most: int) -> None:
    """No line is wider than the box, unless a single character is, and there are not more lines than allowed."""
    smallest = largest / 3
    size, lines = fit(Name(name), width, height, (smallest, largest), most)
    assert smallest <= size <= largest
    assert len(lines) <= most
    assert len(lines) * size * LINE_HEIGHT <= height or len(lines) <= 1
    for line in lines:
        assert text_width(line) * size <= width + 0.001 or len(clusters(line.removesuffix(ELLIPSIS))) <= 1
        assert line == line.strip()


@given(some_name, st.floats(1, 30), st.integers(1, 3))
def test_nothing_is_lost_but_the_end(name: str, width: float, most: int) -> None:
    """The lines are the name from its beginning; only an ellipsis may stand for its end."""
    _, lines = fit(Name(name), width, 9, (1, 1), most)
    shown, whole = "".join("".join(lines).split()), "".join(drawable(name).split())
    assert shown == whole or (shown.endswith(ELLIPSIS) and whole.startswith(shown.removesuffix(ELLIPSIS)))


@given(some_name)
def test_what_is_drawn(name: str) -> None:
    """A name is one line of limited length, without controls and without marks that turn what stands beside it."""
    shown = drawable(name)
    assert len(shown) <= MAX_DRAWN_LENGTH
    assert shown == " ".join(shown.split())
    assert not set("\u202e\u202d\u2067\0\n") & set(shown)
    assert "".join(clusters(shown)) == shown


def test_characters_stay_whole() -> None:
    """What a reader sees as one character is never cut in two."""
    assert clusters(f"e\u0301{FAMILY}🇩🇰🇩🇪👍🏽x") == ["e\u0301", FAMILY, "🇩🇰", "🇩🇪", "👍🏽", "x"]
    _, lines = fit(Name(FAMILY * 20), 4, 1, (1, 1))
    assert lines == [FAMILY * 2 + ELLIPSIS]


def test_wide_characters_count_double() -> None:
    """East Asian characters and emoji are about twice as wide as Latin letters; marks have no width."""
    assert text_width("会議") > 1.7 * text_width("ab")
    assert text_width(FAMILY) == text_width("👍") > 1.7 * text_width("a")
    assert text_width("e\u0301") == text_width("e")


def test_lines_break_between_words() -> None:
    """A smaller font is better than a word in two parts, and a larger one with more lines better than a small one."""
    assert fit(Name("Meeting Room 12"), 6, 3, (0.4, 1))[1] == ["Meeting", "Room 12"]
    assert fit(Name("Boardroom"), 5, 3, (0.4, 1))[1] == ["Boardroom"]
    assert fit(Name("Large Room with Windows"), 4, 1.3, (1, 1))[1] == [f"Large{ELLIPSIS}"]


def test_natural_order() -> None:
    """Numbers in names sort by value, and case does not matter."""
    names = ["room 10", "Room 2", "Room", "Room 2b", "10", "9", "", "Älv"]
    assert sorted(names, key=natural) == ["", "9", "10", "Room", "Room 2", "Room 2b", "room 10", "Älv"]
    assert sorted(["²", "٣", "2"], key=natural)
