"""Clean texts from the network before they are stored.

Home Assistant stores names in its registries and database. A lone surrogate keeps a whole registry from being written,
and a NUL or an overlong name loses states, so they are removed here.
"""

import re
from typing import Final
import unicodedata

# Characters; Home Assistant's limit for a state.
MAX_TEXT_LENGTH: Final = 255
# Characters; documented ids have 33, or 41 if they are UUIDs.
MAX_ID_LENGTH: Final = 128
# Control characters, line separators, bidirectional overrides, and surrogates.
_UNWANTED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")
# Invisible letters and marks, in addition to those that Unicode classifies as spaces and format characters.
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def clean(value: object) -> str | None:
    """Return a text that can be displayed and stored, or None if nothing visible is left.

    Joiners are kept if there are letters, since scripts and emoji use them.
    """
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isprintable():
        return value.strip()[:MAX_TEXT_LENGTH].rstrip() or None
    # A text may be megabytes long; read no more of it than can be kept.
    text = _UNWANTED.sub(" ", value[: 16 * MAX_TEXT_LENGTH]).strip()[:MAX_TEXT_LENGTH].rstrip()
    return text if any(map(_is_visible, text)) else None


def _is_visible(letter: str) -> bool:
    return letter not in _INVISIBLE and unicodedata.category(letter)[0] in "LNPS"


def usable_id(value: object) -> str | None:
    """Return an id that can be used as a key; None if it is empty, too long or not printable."""
    if isinstance(value, str) and 0 < len(value) <= MAX_ID_LENGTH and value.isprintable() and not value.isspace():
        return value
    return None
