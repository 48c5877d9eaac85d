"""Find what a person means by a name: exactly, by a part of the name, or in spite of typing errors. Plain Python.

The wrong space does more harm than none. So names are compared in steps, from the same name to a misspelled one, and
only the best step counts. If more than one thing is left, none is chosen. Numbers are never corrected: "Meeting 2" is
not a misspelled "Meeting 3". The tables of words cover the six languages of the integration.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import difflib
from enum import IntEnum
from functools import lru_cache
import re
from typing import Final, NamedTuple
import unicodedata

from ..api import names

# How names are compared; each is needed for every question.
exact, composed, bare = (lru_cache(maxsize=16_384)(form) for form in (names.exact, names.composed, names.bare))
# Runs of digits with a sign that stands alone, and runs of letters.
_RUNS: Final = re.compile(r"(?:(?<!\S)[-\N{MINUS SIGN}])?\d+|[^\W\d_]+")
# The words of kinds of places. They tell the kind, but not which one is meant.
_KINDS: Final = {
    "building": "building gebäude edificio bâtiment gebouw ビル",
    "floor": (
        "floor level storey etage étage stock stockwerk geschoss obergeschoss og niveau planta piso nivel verdieping "
        "階 フロア chaussée"
    ),
    "room": "room raum zimmer salle pièce sala habitación ruimte kamer 部屋 室",
    "zone": "zone zona ゾーン",
    "area": "area bereich área gebied エリア",
    "tag": "tag label etiqueta étiquette タグ",
}
_KIND_OF: Final = {bare(word): kind for kind, words_ in _KINDS.items() for word in words_.split()}
# What may be added to a name to tell where something is.
_SURROUNDINGS: Final = ("building", "floor", "area")
# Numbers that are written as words, and after the bar those that count only next to a kind: First Floor, not First Aid.
# The ground floor is 0.
_NUMBERS: Final = (
    "ground baja rez grond",
    "one eins uno | first erster erste ersten erstes primero primera primer premier première eerste",
    "two zwei dos deux twee | second zweiter zweite zweiten zweites segundo segunda deuxième tweede",
    "three drei tres trois drie | third dritter dritte dritten drittes tercero tercera tercer troisième derde",
    "four vier cuatro quatre | fourth vierter vierte vierten viertes cuarto cuarta quatrième vierde",
    "five fünf cinco cinq vijf | fifth fünfter fünfte fünften fünftes quinto quinta cinquième vijfde",
    "six sechs seis zes | sixth sechster sechste sechsten sechstes sexto sexta sixième zesde",
    "seven sieben siete sept zeven | seventh siebter siebte siebten siebtes séptimo séptima septième zevende",
    "eight acht ocho huit | eighth achter achte achten achtes octavo octava huitième achtste",
    "nine neun nueve neuf negen | ninth neunter neunte neunten neuntes noveno novena neuvième negende",
)
_NUMBER_OF: Final = {
    bare(word): str(number) for number, words_ in enumerate(_NUMBERS) for word in words_.replace("|", "").split()
}
_ORDINALS: Final = frozenset(bare(word) for words_ in _NUMBERS for word in words_.partition("|")[2].split())
_MINUS: Final = frozenset({"minus", "menos", "moins", "min", "マイナス"})
# Words that stand for two.
_PAIRS: Final = {"erdgeschoss": ("0", "floor"), "eg": ("0", "floor"), "rdc": ("0", "floor")}
# Words without meaning here. They may be in the question, in the name, in both or in none.
_FILLERS: Final = frozenset(
    map(
        bare,
        [
            "the",
            "an",
            "in",
            "on",
            "at",
            "of",
            "der",
            "die",
            "das",
            "den",
            "dem",
            "des",
            "im",
            "am",
            "auf",
            "el",
            "la",
            "los",
            "las",
            "del",
            "de",
            "en",
            "le",
            "les",
            "du",
            "au",
            "aux",
            "dans",
            "sur",
            "het",
            "een",
            "op",
            "begane",
            "を",
            "の",
            "は",
            "で",
        ],
    )
)
# What follows the digits of an ordinal number.
_ENDINGS: Final = frozenset({"st", "nd", "rd", "th", "er", "eme", "ere", "ste"})
# How many typing errors a word may have, by its least length.
_MAX_ERRORS: Final = ((8, 2), (4, 1))
# In shorter words, another letter is more likely another word than a typing error: Boston and Bolton.
_LENGTH_FOR_WRONG_LETTERS: Final = 8
# One or two letters tell directions apart, so another direction is no typing error.
_DIRECTIONS: Final = (
    "northeast northwest southeast southwest nordost nordwest sudost sudwest noreste nordeste noroeste sureste sudeste "
    "suroeste sudoeste nordest nordouest sudest sudouest noordoost noordwest zuidoost zuidwest"
)
# Beside these words, the number of a floor is not that of the floors above the ground.
_OTHER_LEVELS: Final = (
    "basement lower upper parking garage mezzanine intermediate untergeschoss ug tiefgeschoss kellergeschoss keller "
    "tiefgarage zwischengeschoss sotano semisotano entresuelo entreplanta altillo sous souterrain entresol mi kelder "
    "tussenverdieping 地下 中"
)
_MIN_BEGINNING: Final = 3
# How similar a name must be to be offered when nothing matches.
_SIMILARITY: Final = 0.6
_MAX_SIMILAR: Final = 5


class Fit(IntEnum):
    """How well a name fits what was asked; lower is better."""

    # The same name.
    EXACT = 1
    # The same words, or the same name without accents.
    SAME = 2
    # The name, and what it is in: Boardroom on the first floor.
    WITHIN = 3
    # Some words of the name.
    PART = 4
    # The beginning of words.
    BEGINNING = 5
    # With typing errors.
    TYPING = 6


@dataclass(frozen=True, slots=True)
class Named[T]:
    """Something that has names; `within` are the names of what contains it."""

    thing: T
    kind: str
    names: tuple[str, ...]
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match[T]:
    """What fits best. `things` are one if it is clear what is meant, else several or none.

    `others` fit less well: further things with typing errors, or similar names if nothing fits.
    """

    things: tuple[T, ...] = ()
    fit: Fit | None = None
    others: tuple[T, ...] = ()


class _Word(NamedTuple):
    """A word in the form to compare, and as it is written without accents."""

    text: str
    written: str


type _Words = tuple[_Word, ...]


@lru_cache(maxsize=16_384)
def _words(name: str) -> _Words:
    """Return the words of a name: numbers as digits, and one word for each kind of place.

    Fillers are left out, unless there is nothing else.
    """
    parts = _RUNS.findall(unicodedata.normalize("NFKC", name))
    written = [bare(part) for part in parts]
    telling = [place for place, word in enumerate(written) if not _is_filler(parts[place], place == len(parts) - 1)]
    found: list[_Word] = []
    for at, place in enumerate(telling):
        word = written[place]
        around = [written[telling[one]] for one in (at - 1, at + 1) if 0 <= one < len(telling)]
        if number := _number(word, around, first=at == 0):
            if found and found[-1].text in _MINUS:
                number = f"-{number.removeprefix('-')}"
                found.pop()
            found.append(_Word(number, word))
        elif not (word in _ENDINGS and found and found[-1].written.isdecimal()):
            found += [_Word(text, word) for text in _PAIRS.get(word) or (_KIND_OF.get(word, word),)]
    return tuple(found or [_Word(word, word) for word in written])


def _is_filler(part: str, last: bool) -> bool:
    """Return whether a word has no meaning; two letters in capitals or at the end are an abbreviation: Desk DE."""
    return bare(part) in _FILLERS and not (part.isascii() and len(part) == 2 and (last or part.isupper()))


def _number(word: str, around: Sequence[str], *, first: bool) -> str | None:
    """Return the number that a word stands for beside others; None for those of a name: Premier Suite, Three Rivers."""
    if (digits := word.lstrip("-\N{MINUS SIGN}")).isdecimal():
        return ("" if digits == word else "-") + (digits.lstrip("0") or "0")
    counts = not around or any(one in _KIND_OF for one in around) or not (first or word in _ORDINALS)
    return _NUMBER_OF.get(word) if counts else None


def match[T](asked: str, candidates: Iterable[Named[T]]) -> Match[T]:
    """Return what a person means by a name."""
    known = list(candidates)
    question = _Question(asked)
    if exact_ := tuple(named.thing for named in known if any(map(question.is_exact, named.names))):
        return Match(exact_, Fit.EXACT)
    fitting: dict[Fit, list[tuple[int, T]]] = {}
    for named in known:
        if fit := question.fit(named):
            fitting.setdefault(fit[0], []).append((fit[1], named.thing))
    if fitting:
        best = min(fitting)
        fewest = min(errors for errors, _ in fitting[best])
        return Match(
            tuple(thing for errors, thing in fitting[best] if errors == fewest),
            best,
            tuple(thing for errors, thing in fitting[best] if errors > fewest)[:_MAX_SIMILAR],
        )
    return Match(others=_similar(asked, known))


class _Question:
    """A name as it was asked."""

    def __init__(self, asked: str) -> None:
        """Split the name into words."""
        self._exact, self._composed, self._bare = exact(asked.strip()), composed(asked), bare(asked)
        self._words = _words(asked)
        self._without: dict[tuple[str, ...], list[tuple[_Words, int]]] = {}

    def fit[T](self, named: Named[T]) -> tuple[Fit, int] | None:
        """Return how well the best of a thing's names fits that are not exact, and the number of typing errors."""
        return min((fit for name in named.names if (fit := self._fit(name, named))), default=None)

    def is_exact(self, name: str) -> bool:
        """Return whether a name is the one that was asked."""
        return self._exact == exact(name.strip()) or bool(self._composed and self._composed == composed(name))

    def _fit[T](self, name: str, named: Named[T]) -> tuple[Fit, int] | None:
        if self._bare and self._bare == bare(name):
            return Fit.SAME, 0
        own = _words(name)
        fits = [_fit_words(self._words, own, named.kind)]
        for asked, errors in self._without_surroundings(named.within):
            if fit := _fit_words(asked, own, named.kind):
                fits.append((Fit.TYPING if errors else max(fit[0], Fit.WITHIN), fit[1] + errors))
        return min(filter(None, fits), default=None)

    def _without_surroundings(self, within: tuple[str, ...]) -> list[tuple[_Words, int]]:
        """Return the question without the names of what contains a thing, and the typing errors in these names."""
        if (known := self._without.get(within)) is not None:
            return known
        found = {self._words: 0}
        for name in within:
            around = _words(name)
            # A number or a letter alone is not told from that of the thing: Meeting 2 is not the meeting room on "2".
            bare_ = all(_is_number(word.text) or _is_letter(word) for word in around)
            for words, errors in tuple(found.items()):
                for start in range(len(words) - len(around) + 1):
                    first, end = start, start + len(around)
                    if not around or (more := _same_words(words[first:end], around)) is None:
                        continue
                    if bare_:
                        if first and words[first - 1].text in _SURROUNDINGS:
                            first -= 1
                        elif end < len(words) and words[end].text in _SURROUNDINGS:
                            end += 1
                        else:
                            continue
                    if rest := words[:first] + words[end:]:
                        found[rest] = min(errors + more, found.get(rest, errors + more))
        del found[self._words]
        self._without[within] = list(found.items())
        return self._without[within]


def _same_words(some: _Words, others: _Words) -> int | None:
    """Return the number of typing errors in words that stand for others; None if they do not."""
    if sorted(_texts(some)) == sorted(_texts(others)):
        return 0
    errors = [_word_errors(*pair, Fit.TYPING) for pair in zip(some, others, strict=True)]
    return None if None in errors else sum(filter(None, errors))


def _fit_words(asked: _Words, own: _Words, kind: str) -> tuple[Fit, int] | None:
    """Return how well words fit those of a name, and the number of typing errors."""
    if not own or not asked:
        return None
    if sorted(_texts(asked)) == sorted(_texts(own)) and _numbers(asked) == _numbers(own):
        return Fit.SAME, 0
    # The kind is left out only where it says nothing new.
    if sorted(set(_texts(asked)) - {kind}) == sorted(set(_texts(own)) - {kind}) and _numbers(asked) == _numbers(own):
        return Fit.WITHIN, 0
    for fit in (Fit.PART, Fit.BEGINNING, Fit.TYPING):
        if (errors := _errors(asked, own, kind, fit)) is not None:
            return fit, errors
    return None


def _errors(asked: _Words, own: _Words, kind: str, fit: Fit) -> int | None:
    """Return the number of typing errors with which all words are found; None if they are not."""
    if not _contains(_numbers(own), _numbers(asked)):
        return None
    # Without a word that tells, the number is all: Room 2 is neither Room 1.2 nor Room 2A.
    numbered = all(word.text in _KINDS or _is_number(word.text) for word in asked)
    if numbered and (_numbers(own) != _numbers(asked) or any(map(_tells_more, own))):
        return None
    if fit is Fit.TYPING and (joined := _joined_errors(asked, own)) is not None:
        return joined
    total, tells = 0, False
    for word in asked:
        if found := _best(word, own, fit):
            total += found[0]
            # A kind of place does not tell which one is meant.
            tells |= found[1].text not in _KINDS
        elif word.text != kind:
            return None
    return total if tells else None


def _texts(words: _Words) -> list[str]:
    return [word.text for word in words]


@lru_cache(maxsize=16_384)
def _numbers(words: _Words) -> tuple[str, ...]:
    return tuple([word.text for word in words if _is_number(word.text)])


@lru_cache(maxsize=16_384)
def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _is_letter(word: _Word) -> bool:
    """Return whether a word is a single letter, which tells things apart as a number does."""
    return len(word.written) == 1 and not _is_number(word.text)


def _tells_more(word: _Word) -> bool:
    """Return whether a word makes a number that of something else: Room 2A, Basement 1."""
    return _is_letter(word) or word.written in _OTHER_LEVELS.split()


def _contains(numbers: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Return whether some numbers follow each other in a list: 1.03 in 2.1.03."""
    return any(numbers[start : start + len(part)] == part for start in range(len(numbers) - len(part) + 1))


def _best(word: _Word, others: _Words, fit: Fit) -> tuple[int, _Word] | None:
    """Return which of some words is meant, and the number of typing errors."""
    fits = ((errors, other) for other in others if (errors := _word_errors(word, other, fit)) is not None)
    return min(fits, key=lambda one: one[0], default=None)


def _word_errors(word: _Word, other: _Word, fit: Fit) -> int | None:
    """Return the number of typing errors in a word that stands for another; None if it does not."""
    if word.text == other.text:
        return 0
    # A word that is known as a number or a kind is no misspelled other word.
    if fit is Fit.PART or word.text != word.written or _is_number(word.text) or _is_number(other.written):
        return None
    if fit is Fit.BEGINNING:
        if other.text != other.written:
            return None
        # Scripts without spaces have one long word.
        begins = other.text.startswith(word.text) if word.text.isascii() else word.text in other.text
        return 0 if begins and len(word.text) >= (_MIN_BEGINNING if word.text.isascii() else 2) else None
    if other.text in _KINDS and len(word.written) >= _MIN_BEGINNING and _distance(word.written, other.written) == 1:
        return 1
    return _typing_errors(_plain(word.written), _plain(other.written))


def _joined_errors(asked: _Words, own: _Words) -> int | None:
    """Return the number of typing errors if words are joined or split in another way: bord room for Boardroom."""
    if len(asked) == len(own) or _numbers(asked) != _numbers(own):
        return None
    one, other = (_plain("".join(word.written for word in some)) for some in (asked, own))
    errors = _typing_errors(one, other)
    # Room 101B is not a misspelled Room 101.
    letters, own_letters = (sorted(word.text for word in some if _is_letter(word)) for some in (asked, own))
    return errors if errors == 0 or (errors == 1 and letters == own_letters) else None


def has_number(name: str) -> bool:
    """Return whether a name contains a number."""
    return bool(_numbers(_words(name)))


@lru_cache(maxsize=16_384)
def _plain(word: str) -> str:
    """Return a word without any marks."""
    letters = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(one for one in letters if not unicodedata.combining(one)))


def _typing_errors(word: str, other: str) -> int | None:
    """Return the number of typing errors; None if there are too many, or if the words begin with different letters."""
    if word == other:
        return 0
    shorter = min(len(word), len(other))
    most = next((errors for length, errors in _MAX_ERRORS if shorter >= length), 0)
    if abs(len(word) - len(other)) > most or word[:1] not in other[:2] or other[:1] not in word[:2]:
        return None
    if len(word) == len(other) and sorted(word) != sorted(other):
        # One wrong letter.
        most = 1 if shorter >= _LENGTH_FOR_WRONG_LETTERS else 0
    errors = _distance(word, other)
    return errors if errors <= most and not {word, other} <= set(_DIRECTIONS.split()) else None


def _distance(word: str, other: str) -> int:
    """Return the number of letters that are missing, added, wrong or swapped."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(word):
        above, row = row, [place + 1]
        for at, second in enumerate(other):
            best = min(above[at] + (letter != second), above[at + 1] + 1, row[at] + 1)
            if place and at and letter == other[at - 1] and word[place - 1] == second:
                best = min(best, before[at - 1] + 1)
            row.append(best)
        before = above
    return row[-1]


def _similar[T](asked: str, known: Iterable[Named[T]]) -> tuple[T, ...]:
    """Return the things whose names are the most similar."""
    question = _plain(bare(asked))
    compare = difflib.SequenceMatcher(autojunk=False)
    compare.set_seq2(question)
    ranked: list[tuple[float, int, T]] = []
    for number, named in enumerate(known):
        best = 0.0
        for name in named.names:
            compare.set_seq1(_plain(bare(name)))
            if compare.real_quick_ratio() > max(best, _SIMILARITY) and compare.quick_ratio() > max(best, _SIMILARITY):
                best = max(best, compare.ratio())
        if best >= _SIMILARITY:
            ranked.append((-best, number, named.thing))
    return tuple(thing for _, _, thing in sorted(ranked, key=lambda one: one[:2])[:_MAX_SIMILAR])
