"""Large answers are read item by item, to the same result as at once."""

import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.butlr.api import documents
from custom_components.butlr.api.documents import LongList, read_answer, read_document

# Larger numbers than that become floats, or do not.
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats()
ITEMS = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
BLANK = st.text(" \t\n\r", max_size=3)


@pytest.fixture
def always_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every answer count as large."""
    monkeypatch.setattr(documents, "LARGE_DOCUMENT", 0)


def long_list(body: bytes) -> list[Any]:
    """Read all items of an answer that is a long list."""
    data = read_answer(body)["data"]
    assert isinstance(data, LongList)
    # It can be gone through again.
    assert repr(list(data)) == repr(list(data))
    return list(data)


@pytest.mark.usefixtures("always_large")
@given(items=st.lists(ITEMS, min_size=1, max_size=8), blanks=st.tuples(*[BLANK] * 6), ascii_only=st.booleans())
def test_items(items: list[Any], blanks: tuple[str, ...], ascii_only: bool) -> None:
    """Whatever the items are, and however much space there is between them."""
    one, two, three, four, five, six = blanks
    between = f"{four},{five}".join(json.dumps(item, ensure_ascii=ascii_only) for item in items)
    body = f'{one}{{{two}"data"{three}:{one}[{two}{between}{six}]{one}, "page": {{"next": "]"}}{two}}}{three}'
    encoded = body.encode(errors="surrogatepass")
    try:
        encoded.decode()
    except UnicodeDecodeError:
        assert repr(read_answer(encoded)) == repr(read_document(encoded))
    else:
        # By their texts: not a number is never the same as itself.
        assert repr(long_list(encoded)) == repr(read_document(encoded)["data"])


def broken() -> list[bytes]:
    """Return what is cut off somewhere after the first item, and what goes on wrong."""
    whole = b'{"data": [{"value": 1}, [2, "3"], null]}'
    return [
        *(whole[:length] for length in range(whole.index(b"}") + 1, len(whole))),
        whole + b"}",
        whole + b" {}",
        whole.replace(b"]}", b"], 1}"),
        whole.replace(b", null", b" null"),
        whole.replace(b", null", b", nil"),
        whole.replace(b"null", b"[" * 100_000),
        whole.replace(b"]}", b'], "more": ' + b"[" * 100_000),
    ]


@pytest.mark.usefixtures("always_large")
@pytest.mark.parametrize("body", broken())
def test_broken(body: bytes) -> None:
    """What is no document is found out, though not before the items that are whole."""
    with pytest.raises(ValueError, match=r".+"):
        read_document(body)
    data = read_answer(body)["data"]
    items = iter(data)
    assert next(items) == {"value": 1}
    with pytest.raises(ValueError, match=r".+"):
        list(items)


@pytest.mark.usefixtures("always_large")
@pytest.mark.parametrize(
    "body",
    [
        b'{"data": []}',
        b'{"data": [ ]}',
        b'{"data": {"a": [1]}}',
        b'{"page": 1, "data": [1]}',
        b'{"data": [1], "errors": [{"message": "no"}]}',
        b"[1]",
        b"null",
        b'\xef\xbb\xbf{"data": [1]}',
    ],
)
def test_other_answers_are_read_at_once(body: bytes) -> None:
    """Errors have to be known before anything is made of the data, and what is no list is no long one."""
    assert read_answer(body) == read_document(body)


def test_small_answers_are_read_at_once() -> None:
    """The faster parser takes what makes no difference."""
    body = b'{"data": [%s1]}' % (b" " * (documents.LARGE_DOCUMENT - 20))
    assert read_answer(body) == {"data": [1]}
    assert long_list(body + b" " * 20) == [1]
