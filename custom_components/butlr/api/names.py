"""Decide whether two names are the same.

Users may spell a name differently at Butlr and in Home Assistant. Confusing two rooms does harm; failing to match a
room does little. So the exact name is tried first, then names that look the same, and finally names that differ only in
optional accents, if the match is unique.
"""

from collections.abc import Iterable
from typing import Final
import unicodedata

# Accents that users omit without changing the word, with the letters they are optional on. å, ä, ö, ü, ñ, ã and the
# like are separate letters; marks of other scripts change the sound: が, ポ, й, Thai tones, vowel signs.
_OPTIONAL: Final = {
    "\N{COMBINING GRAVE ACCENT}": "aeiou",
    "\N{COMBINING ACUTE ACCENT}": "aeiou",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "aeiou",
    "\N{COMBINING DIAERESIS}": "ei",
    "\N{COMBINING CEDILLA}": "c",
}
# In Vietnamese all accents mark tones and vowels. These characters occur in no other language.
_VIETNAMESE: Final = frozenset("\u0309\u031b\u0323đ")
# Invisible characters that are not control characters: fillers, joiners and variation selectors.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_VARIANTS: Final = (("\u180b", "\u180f"), ("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))
# In some scripts these two distinguish words.
_JOINERS: Final = "\u200c\u200d"


def _is_shown(letter: str) -> bool:
    """Return whether a character is visible; unassigned code points may be new emoji."""
    if letter in _BLANK or any(first <= letter <= last for first, last in _VARIANTS):
        return False
    category = unicodedata.category(letter)
    return category[0] != "Z" and category not in ("Cc", "Cf", "Cs")


def exact(name: str) -> str:
    """Return a name as Home Assistant compares names of areas, floors and labels: without case and spaces."""
    return name.casefold().replace(" ", "")


def composed(name: str) -> str:
    """Return a name in a form that is equal for all spellings that look the same."""
    shown = "".join(letter for letter in name if letter in _JOINERS or _is_shown(letter))
    # These steps are Unicode's canonical caseless match.
    small = unicodedata.normalize("NFD", unicodedata.normalize("NFD", shown).casefold())
    return unicodedata.normalize("NFC", small)


def bare(name: str) -> str:
    """Return a composed name without optional accents; letters with two marks keep both."""
    letters = unicodedata.normalize("NFD", composed(name))
    if not _VIETNAMESE.isdisjoint(letters):
        return composed(name)
    kept = []
    for place, letter in enumerate(letters):
        before, after = letters[place - 1 : place], letters[place + 1 : place + 2]
        alone = not (after and unicodedata.combining(after))
        if not (alone and before and before in _OPTIONAL.get(letter, "")):
            kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept))


class NameIndex[T]:
    """Things by name, which can be looked up by names from elsewhere.

    `asked` are all names that will be looked up: if two of them differ only in optional accents, neither matches a name
    without them.
    """

    def __init__(self, asked: Iterable[str] = ()) -> None:
        """Start without things."""
        self._exact: dict[str, list[T]] = {}
        self._composed: dict[str, list[T]] = {}
        # Keyed by bare name: the composed names that are equal without accents.
        self._bare: dict[str, set[str]] = {}
        self._asked: dict[str, set[str]] = {}
        for name in asked:
            self._asked.setdefault(bare(name), set()).add(composed(name))

    def add(self, name: str, thing: T) -> None:
        """Add a thing; several with the same name keep the order in which they were added."""
        self._exact.setdefault(exact(name), []).append(thing)
        self._composed.setdefault(composed(name), []).append(thing)
        self._bare.setdefault(bare(name), set()).add(composed(name))

    def all(self, name: str) -> list[T]:
        """Return everything that has a name: exactly, or else in another spelling that matches."""
        return self._exact.get(exact(name)) or self._composed.get(composed(name)) or self._without_accents(name)

    def one(self, name: str) -> T | None:
        """Return the first thing that has a name, or None."""
        return next(iter(self.all(name)), None)

    def _without_accents(self, name: str) -> list[T]:
        """Return things whose names differ only in optional accents, if the match is unique."""
        key = bare(name)
        known, asked = self._bare.get(key, set()), self._asked.get(key, set()) | {composed(name)}
        if len(known) > 1 or len(asked) > 1 or key not in known | asked:
            return []
        return [thing for one in known for thing in self._composed[one]]
