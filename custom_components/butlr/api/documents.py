"""Parse JSON from the network."""

import json
import math
from typing import Any, Final

import orjson

# Bytes; larger documents are parsed in a thread.
LARGE_DOCUMENT: Final = 256 * 1024
# An estate of 32 MiB has about this many: a row has a dozen values and a few hundred bytes.
MAX_VALUES: Final = 2_000_000
MAX_OBJECTS: Final = 500_000
_TOO_DEEP: Final = "too deep"
_TOO_MUCH: Final = "too much"


def read_document(body: bytes) -> Any:
    """Parse a JSON document; raise ValueError if it is malformed.

    orjson is several times as fast as the standard parser, but stricter. Documents that only the standard parser
    accepts (NaN, byte order mark, lone surrogates) go to that one. So do large documents, since it lets other threads
    run between two objects.
    """
    if len(body) >= LARGE_DOCUMENT:
        return _read_large(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body, parse_int=_read_integer)
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None


def _read_large(body: bytes) -> Any:
    """Parse a large document, within limits: one that is sent in a second could take minutes and gigabytes to parse."""
    if not _can_be_read(body):
        raise ValueError(_TOO_MUCH)
    try:
        return json.loads(body, parse_int=_read_integer, object_hook=lambda one: one)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _can_be_read(body: bytes) -> bool:
    return body.count(b",") <= MAX_VALUES and body.count(b"{") + body.count(b"[") <= MAX_OBJECTS


def _read_integer(digits: str) -> float:
    """Read an integer; one with thousands of digits becomes infinity, so that the rest of the document can be read."""
    try:
        return int(digits)
    except ValueError:
        return math.inf
