"""Small and large documents are read by different parsers, to the same result."""

import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api.documents import LARGE_DOCUMENT, read_document

# Integers outside this range become floats in one of the parsers.
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats()
ITEMS = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
# Spaces after a document change nothing but its size.
PADDING = b" " * LARGE_DOCUMENT


@given(items=st.lists(ITEMS, max_size=8), ascii_only=st.booleans())
def test_size_does_not_matter(items: list[Any], ascii_only: bool) -> None:
    """A document reads the same however large it is."""
    body = json.dumps({"data": items}, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    # Compare the texts, since NaN does not equal itself.
    assert repr(read_document(body)) == repr(read_document(body + PADDING)) == repr({"data": items})


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["small", "large"])
@pytest.mark.parametrize(
    "body",
    [
        *(b'{"data": [{"value": 1}, [2, "3"], null]}'[:length] for length in range(21, 40)),
        b'{"data": [1]}}',
        b'{"data": [1]} {}',
        b'{"data": [1], 1}',
        b'{"data": [1 null]}',
        b'{"data": [1, nil]}',
        b'{"data": [' + b"[" * 100_000,
    ],
)
def test_broken_documents_are_refused(body: bytes, padding: bytes) -> None:
    """A document that is cut off or malformed raises ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        read_document(body + padding)


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["small", "large"])
@pytest.mark.parametrize(
    ("body", "document"),
    [(b"[1]", [1]), (b"null", None), (b'\xef\xbb\xbf{"data": [1]}', {"data": [1]}), (b"Infinity", float("inf"))],
)
def test_unusual_documents_are_read(body: bytes, document: object, padding: bytes) -> None:
    """A document may be any JSON value, start with a byte order mark, or use what only Python's own parser accepts."""
    assert read_document(body + padding) == document
