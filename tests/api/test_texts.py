"""Texts are cleaned for display and storage, and ids are checked for use as keys."""

import itertools
import json
from typing import Any

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.butlr.api.texts import MAX_ID_LENGTH, MAX_TEXT_LENGTH, clean, usable_id


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Boardroom", "Boardroom"),
        ("  Boardroom ", "Boardroom"),
        ("Board\x00room", "Board room"),
        ("Board\r\nroom", "Board room"),
        ("Board\troom", "Board room"),
        ("\x1b[31mred", "[31mred"),
        ("Board\x85room\u2028", "Board room"),
        ("Caf\ud83d", "Caf"),
        ("\udc00", None),
        ("\u202egnp.exe", "gnp.exe"),
        ("👩\u200d💻 corner", "👩\u200d💻 corner"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("ห้องประชุม", "ห้องประชุม"),
        ("会議室", "会議室"),
        ("e\u0301", "e\u0301"),
        ("#1", "#1"),
        ("\u200b", None),
        ("\u200b\ufeff\u2060 \u00ad", None),
        ("\u3164", None),
        ("\u2800 \u034f", None),
        ("\u0301", None),
        ("", None),
        (" ", None),
        ("\x00", None),
        ("x" * 300, "x" * MAX_TEXT_LENGTH),
        ("é" * 100_000, "é" * MAX_TEXT_LENGTH),
        ("x" * 254 + "  y", "x" * 254),
        (None, None),
        (5, None),
        (["x"], None),
    ],
    ids=itertools.count(),
)
def test_clean(value: object, text: str | None) -> None:
    """Nothing harmful to a registry or database is left, and what people write stays."""
    assert clean(value) == text


@given(st.text(st.characters(), max_size=400) | st.text("ab \x00\x7f\u200b\ud800\u202e\u3164é", max_size=600))
def test_whatever_is_written(value: str) -> None:
    """The result can be stored, is not too long, and stays the same if cleaned again."""
    text = clean(value)
    if text is not None:
        assert orjson.loads(orjson.dumps(text)) == text
        assert 0 < len(text) <= MAX_TEXT_LENGTH
        assert text == text.strip()
        assert "\x00" not in text
        assert clean(text) == text


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "\u2003",
        "room_\x00",
        "room_\ud800",
        "room_\n1",
        "room_\u200b",
        "x" * (MAX_ID_LENGTH + 1),
        5,
        None,
        ["r"],
        {},
        True,
    ],
)
def test_ids_that_nothing_is_kept_under(value: object) -> None:
    """Unusable ids are None."""
    assert usable_id(value) is None


@pytest.mark.parametrize(
    "value", ["room_3CaxkS7gnoNgWDdKm4R4APZ9UMR", "room_550e8400-e29b", "x" * MAX_ID_LENGTH, "ä b"]
)
def test_ids(value: str) -> None:
    """Usable ids are kept unchanged, since Butlr is queried with them."""
    assert usable_id(value) == value


def test_what_json_can_hold() -> None:
    """Lone surrogates get through a parser but are removed here."""
    value: Any = json.loads('{"name": "a\\ud83d\\u0000b"}')["name"]
    assert clean(value) == "a b"
