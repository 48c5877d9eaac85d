"""How wide a text is, and how a name is broken into lines. Widths are in multiples of the font size.

The font of the browser is not known here, so that each width is a little more than that of usual fonts.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final
import unicodedata

ELLIPSIS: Final = "…"
# The distance between the baselines of two lines.
LINE_HEIGHT: Final = 1.2
# The longest status of any language, see tests/map/test_text.py.
STATUS_WIDTH: Final = 9.5
# An icon and a number of up to three digits that is marked as an estimate.
VALUE_WIDTH: Final = 3.9
# A mark beside it, such as that for motion.
BADGE_WIDTH: Final = 0.8
# Entries and exits of a day, each with an arrow.
DOOR_WIDTH: Final = 7.0
# Names longer than this are cut off before anything else is done with them.
MAX_DRAWN_LENGTH: Final = 200

# A line of a name that is cut off is about this wide, if the box allows it.
_CUT_WIDTH: Final = 8.0
_ZERO_WIDTH_JOINER: Final = "\u200d"
# What is never drawn: controls, and marks that would turn the direction of what stands beside the name.
_UNDRAWN: Final = frozenset(
    "\u061c\u200e\u200f\ufeff" + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
)
_BREAK_AFTER: Final = frozenset("-/_\u2013\u2014")
_NARROW: Final = frozenset("iIjlftr.,:;|!'\u2019`()[]{} ")
_HEBREW_ARABIC: Final = frozenset(map(chr, range(0x0590, 0x0780)))
_BROAD: Final = frozenset("mwMW@%&")


@lru_cache(4096)
def _width_of(letter: str) -> float:
    """Return the width of one character."""
    category = unicodedata.category(letter)
    if category[0] in "MC":
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.15
    if letter in _NARROW:
        return 0.42
    if letter in _BROAD:
        return 1.0
    if category == "So":
        return 1.15
    if category in ("Lu", "Lt"):
        return 0.76
    is_usual = letter.isascii() or letter in _HEBREW_ARABIC or unicodedata.normalize("NFD", letter)[0].isascii()
    return 0.64 if is_usual else 0.8


def _joins(before: str, letter: str) -> bool:
    """Return whether a character belongs to the cluster before it: marks, joined emoji, skin tones, flags."""
    if before[-1].isspace():
        return False
    if unicodedata.category(letter)[0] == "M" or letter == _ZERO_WIDTH_JOINER or before[-1] == _ZERO_WIDTH_JOINER:
        return True
    if "\U0001f3fb" <= letter <= "\U0001f3ff" or "\U000e0020" <= letter <= "\U000e007f":
        return True
    return len(before) == 1 and "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= letter <= "\U0001f1ff"


def clusters(text: str) -> list[str]:
    """Split a text into what a reader sees as one character, so that none is cut in two."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for letter in text:
        if found and _joins(found[-1], letter):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def text_width(text: str) -> float:
    """Return the width of a text in multiples of its font size."""
    if text.isascii():
        return sum(map(_width_of, text))
    return sum(max(map(_width_of, cluster)) for cluster in clusters(text))


def drawable(name: str) -> str:
    """Return a name as one line without what cannot be drawn."""
    shown = (" " if one.isspace() else one for one in name[: 2 * MAX_DRAWN_LENGTH] if one not in _UNDRAWN)
    text = "".join(
        one for one in shown if one == _ZERO_WIDTH_JOINER or unicodedata.category(one) not in ("Cc", "Cs", "Cn")
    )
    return " ".join(text.split())[:MAX_DRAWN_LENGTH]


class Name:
    """A name, measured once and then broken into lines for any width."""

    def __init__(self, name: str) -> None:
        """Measure a name."""
        self._words = [(word, text_width(word.rstrip()), text_width(word)) for word in _words(drawable(name))]
        self.width = sum(full for _, _, full in self._words)
        # A size at which no word has to be broken is preferred.
        self.longest_word = max((bare for _, bare, _ in self._words), default=0.0)

    def lines(self, width: float, most: int) -> list[str] | None:
        """Return the lines of at most that width, without breaking a word; None if there are too many."""
        lines: list[str] = []
        line, used = "", 0.0
        for word, bare, full in self._words:
            if line and used + bare > width:
                lines.append(line.rstrip())
                line, used = "", 0.0
            if bare > width or len(lines) == most:
                return None
            line += word
            used += full
        return [*lines, line.rstrip()] if line else lines

    def cut(self, width: float, most: int) -> list[str]:
        """Return at most that many lines; words may be broken, and the last line may end with an ellipsis."""
        lines: list[str] = []
        line, used = "", 0.0
        for word, bare, _ in self._words:
            if line and used + bare > width and (bare <= width or used > 0.6 * width):
                lines.append(line.rstrip())
                line, used = "", 0.0
            for cluster in clusters(word):
                size = text_width(cluster)
                if line and used + size > width and not cluster.isspace():
                    lines.append(line.rstrip())
                    line, used = "", 0.0
                line += cluster
                used += size
            if len(lines) > most:
                break
        lines.append(line.rstrip())
        return [*lines[: most - 1], _shortened(lines[most - 1], width)] if len(lines) > most else lines


def _shortened(line: str, width: float) -> str:
    """Return a line that is cut off, with an ellipsis that has room."""
    kept = clusters(line)
    while kept and text_width("".join(kept)) + text_width(ELLIPSIS) > width:
        kept.pop()
    return "".join(kept).rstrip() + ELLIPSIS


def _words(text: str) -> Iterator[str]:
    """Yield the parts between which a line may end, each with the space after it. East Asian text ends anywhere."""
    word = ""
    for cluster in clusters(text):
        is_wide = unicodedata.east_asian_width(cluster[0]) in "WF"
        if word and not cluster.isspace() and (is_wide or _ends(word)):
            yield word
            word = ""
        word += cluster
    if word:
        yield word


def _ends(word: str) -> bool:
    """Return whether a line may end after a word."""
    return word[-1].isspace() or word[-1] in _BREAK_AFTER or unicodedata.east_asian_width(word[0]) in "WF"


def fit(name: Name, width: float, height: float, sizes: tuple[float, float], most: int = 3) -> tuple[float, list[str]]:
    """Return the font size and the lines of a name in a box; the largest size that breaks no word is preferred.

    `sizes` are the smallest and the largest size. A name that does not fit at all is cut off at a size between them.
    """
    smallest, largest = sizes
    size = largest
    while size >= smallest:
        room = min(most, max(1, int(height / (size * LINE_HEIGHT))))
        if name.longest_word * size <= width and (lines := name.lines(width / size, room)) is not None:
            return size, lines
        size *= 0.9
    size = max(smallest, min(0.6 * largest, width / _CUT_WIDTH))
    room = min(most, max(1, int(height / (size * LINE_HEIGHT))))
    return size, name.cut(width / size, room)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts names as people do: Room 2 before Room 10."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _parts(name.casefold()))


def _parts(text: str) -> Iterable[str]:
    """Yield runs of digits, and what stands between them."""
    part = ""
    for letter in text:
        if part and (letter.isdecimal() != part[-1].isdecimal()):
            yield part
            part = ""
        part += letter
    if part:
        yield part
