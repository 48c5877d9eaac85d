"""Texts as they come from the network, before anything keeps them.

Home Assistant stores names in its registries and in its database. What neither takes (half a surrogate) keeps a whole
registry from being written, a NUL or an endless name loses states: so none of it gets past this border.
"""

import re
from typing import Final
import unicodedata

# As much as Home Assistant keeps of a state.
MAX_TEXT_LENGTH: Final = 255
# The documented ids have 33 characters, or 41 where they are UUIDs.
MAX_ID_LENGTH: Final = 128
# Control characters, ends of lines of every kind, what turns the direction of writing, and halves of surrogates.
_UNWANTED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")
# Letters and marks that are none to see, beside all that Unicode itself calls spaces and formats.
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def clean(value: object) -> str | None:
    """Return a text that can be shown and stored; what is none, or has nothing to see, is None.

    Joiners are kept where there are letters, for scripts and emojis are written with them.
    """
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isprintable():
        return value.strip()[:MAX_TEXT_LENGTH].rstrip() or None
    # A text may be as long as an answer; of what is cut nothing needs to be looked at.
    text = _UNWANTED.sub(" ", value[: 16 * MAX_TEXT_LENGTH]).strip()[:MAX_TEXT_LENGTH].rstrip()
    return text if any(map(_is_seen, text)) else None


def _is_seen(letter: str) -> bool:
    return letter not in _UNSEEN and unicodedata.category(letter)[0] in "LNPS"


def usable_id(value: object) -> str | None:
    """Return an id that something can be kept under; what is none, is endless or cannot be printed is None."""
    if isinstance(value, str) and 0 < len(value) <= MAX_ID_LENGTH and value.isprintable() and not value.isspace():
        return value
    return None
