"""When two names are the same name.

People write names at Butlr and names in Home Assistant, and not always alike. Whoever takes two different rooms for
one does harm; whoever does not find a room does little. So the exact name comes first, then what only looks different
to a computer, and last what a person writes who leaves optional accents out, if nobody else can be meant.
"""

from collections.abc import Iterable
from typing import Final
import unicodedata

# Accents that people leave out without meaning another word, by the letters that they stand on. å, ä, ö, ü, ñ, ã and
# the like are letters of their own; marks of other scripts make other sounds: が, ポ, й, Thai tones, vowel signs.
_OPTIONAL: Final = {
    "\N{COMBINING GRAVE ACCENT}": "aeiou",
    "\N{COMBINING ACUTE ACCENT}": "aeiou",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "aeiou",
    "\N{COMBINING DIAERESIS}": "ei",
    "\N{COMBINING CEDILLA}": "c",
}
# In Vietnamese the accents of all these are tones and vowels. It gives itself away by what no other language has.
_VIETNAMESE: Final = frozenset("\u0309\u031b\u0323đ")
# What shows nothing although it is no control character: fillers, joiners and selectors of variants.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_VARIANTS: Final = (("\u180b", "\u180f"), ("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))
# In some scripts these two tell words apart.
_JOINERS: Final = "\u200c\u200d"


def _shows(letter: str) -> bool:
    """Tell whether a character can be seen; what is not assigned yet may be the newest emoji."""
    if letter in _BLANK or any(first <= letter <= last for first, last in _VARIANTS):
        return False
    category = unicodedata.category(letter)
    return category[0] != "Z" and category not in ("Cc", "Cf", "Cs")


def exact(name: str) -> str:
    """Return what Home Assistant compares names of areas, floors and labels by: no case, no spaces."""
    return name.casefold().replace(" ", "")


def composed(name: str) -> str:
    """Return a name so that all its spellings that look the same are the same: composed, without what is not seen."""
    shown = "".join(letter for letter in name if letter in _JOINERS or _shows(letter))
    # In this order it is what Unicode calls a canonical caseless match.
    small = unicodedata.normalize("NFD", unicodedata.normalize("NFD", shown).casefold())
    return unicodedata.normalize("NFC", small)


def bare(name: str) -> str:
    """Return the same without the accents that are optional; of a letter with two marks both stay."""
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
    """Things by name, and which of them is meant by a name that comes from elsewhere.

    `asked` are all the names that come from there: of two that differ in nothing but optional accents neither is
    matched by what has none.
    """

    def __init__(self, asked: Iterable[str] = ()) -> None:
        """Begin without anything."""
        self._exact: dict[str, list[T]] = {}
        self._composed: dict[str, list[T]] = {}
        # By the bare name: the names that are the same without accents.
        self._bare: dict[str, set[str]] = {}
        self._asked: dict[str, set[str]] = {}
        for name in asked:
            self._asked.setdefault(bare(name), set()).add(composed(name))

    def add(self, name: str, thing: T) -> None:
        """Take something in; of several by one name the first stands first."""
        self._exact.setdefault(exact(name), []).append(thing)
        self._composed.setdefault(composed(name), []).append(thing)
        self._bare.setdefault(bare(name), set()).add(composed(name))

    def all(self, name: str) -> list[T]:
        """Return everything that is meant by a name: by the exact one, else by its other spellings."""
        return self._exact.get(exact(name)) or self._composed.get(composed(name)) or self._without_accents(name)

    def one(self, name: str) -> T | None:
        """Return what is meant by a name, if anything is."""
        return next(iter(self.all(name)), None)

    def _without_accents(self, name: str) -> list[T]:
        """Return what differs in optional accents that one of the two leaves out altogether, if it is the only one."""
        key = bare(name)
        known, asked = self._bare.get(key, set()), self._asked.get(key, set()) | {composed(name)}
        if len(known) > 1 or len(asked) > 1 or key not in known | asked:
            return []
        return [thing for one in known for thing in self._composed[one]]
