"""JSON as it comes from the network."""

import json
import math
from typing import Any, Final

import orjson

# From how many bytes on a document is read beside the event loop.
LARGE_DOCUMENT: Final = 256 * 1024
# As much as 32 MiB of an estate have: a row has a dozen values, and some hundred bytes.
MAX_VALUES: Final = 2_000_000
MAX_OBJECTS: Final = 500_000
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
