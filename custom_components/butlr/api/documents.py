"""JSON as it comes from the network."""

from collections.abc import Iterator
import json
import math
import re
from typing import Any, Final

import orjson

# From how many bytes on the list of an answer is read item by item.
LARGE_DOCUMENT: Final = 256 * 1024
# As much as 32 MiB of an estate have: a row has a dozen values, and some hundred bytes.
MAX_VALUES: Final = 2_000_000
MAX_OBJECTS: Final = 500_000
# No row of a list comes near this, nor what follows the list; both are read in one go.
MAX_ROW_SIZE: Final = 512 * 1024
_BEGINNING: Final = re.compile(rb'[ \t\n\r]*\{[ \t\n\r]*"data"[ \t\n\r]*:[ \t\n\r]*\[[ \t\n\r]*+(?!\])')
_BETWEEN: Final = re.compile(r"[ \t\n\r]*([,\]])[ \t\n\r]*")
_TOO_DEEP: Final = "too deep"
_TOO_MUCH: Final = "too much"


def read_document(body: bytes) -> Any:
    """Read a JSON document; raises ValueError when it is none.

    Home Assistant's own parser is several times as fast as the standard one, but stricter. What only the standard one
    takes (NaN, a byte order mark, half a surrogate) is left to it, so that strange documents fail where they did.
    A large document is left to it as well: it lets other threads get on between two objects.
    """
    if len(body) >= LARGE_DOCUMENT:
        return _read_large(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body, parse_int=_integer)
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None


def _read_large(body: bytes) -> Any:
    """Read a large document: some that can be sent in a second take gigabytes and minutes to be read."""
    if not _can_be_read(body):
        raise ValueError(_TOO_MUCH)
    try:
        return json.loads(body, parse_int=_integer, object_hook=lambda one: one)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _can_be_read(body: bytes) -> bool:
    return body.count(b",") <= MAX_VALUES and body.count(b"{") + body.count(b"[") <= MAX_OBJECTS


def _integer(digits: str) -> float:
    """Read an integer; one of thousands of digits is too large to be a number, and costs no other."""
    try:
        return int(digits)
    except ValueError:
        return math.inf


def read_answer(body: bytes) -> Any:
    """Read a JSON document as `read_document` does; of a large one that holds little else, `data` is a LongList."""
    if len(body) < LARGE_DOCUMENT or not (beginning := _BEGINNING.match(body)) or b'"errors"' in body:
        return read_document(body)
    if not _can_be_read(body) or body.count(b"{") * MAX_ROW_SIZE < len(body):
        return read_document(body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return read_document(body)
    # Before its list the document has nothing but ASCII, so that bytes and characters are the same.
    return {"data": LongList(text, beginning.end())}


class LongList:
    """The items of a large list, which are made while one goes through them.

    Whoever does can pause anywhere, and needs to hold no more than one item at a time: when thousands of objects live
    at once, Python looks for garbage among all there are, which stops everything in a large house for a quarter of a
    second. Going through raises ValueError where the document turns out to be none.
    """

    def __init__(self, text: str, start: int) -> None:
        """Read the list whose first item begins at `start` of a document."""
        self._text = text
        self._start = start

    def __iter__(self) -> Iterator[Any]:
        """Go through the items."""
        try:
            yield from self._items()
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None

    def _items(self) -> Iterator[Any]:
        text, position = self._text, self._start
        decode = json.JSONDecoder(parse_int=_integer).raw_decode
        while True:
            item, position = decode(text, position)
            yield item
            if not (between := _BETWEEN.match(text, position)):
                raise ValueError("no end")
            if between[1] == "]":
                break
            position = between.end()
        if len(text) - between.end() > MAX_ROW_SIZE:
            raise ValueError(_TOO_MUCH)
        # What follows the list must be the end of a document.
        json.loads('{"data": []' + text[between.end() :])
