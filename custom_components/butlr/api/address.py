"""The address of the API, to which credentials are sent: looked at before anything is."""

import re
from typing import Final

from yarl import URL

from .errors import ButlrAddressError

MAX_ADDRESS_LENGTH: Final = 2000
# A scheme, a host with or without a port, and a path: what else an address can have changes where it leads, or is a
# secret of its own. Whoever writes `https://api.butlr.io@other.host/` means the first and reaches the second.
_ADDRESS: Final = re.compile(
    r"https?://(?:\[[0-9a-f:.]+\]|[^\s/?#@\\:\[\]%]+)(?::[0-9]{1,5})?(?:/[^\s?#@\\]*)?", re.IGNORECASE
)


def check_address(address: str) -> None:
    """Raise ButlrAddressError unless credentials may be sent to an address; its text never holds the address."""
    if len(address) > MAX_ADDRESS_LENGTH or not address.isprintable() or not _ADDRESS.fullmatch(address):
        raise ButlrAddressError("The address of the Butlr API is not that of a web server")
    try:
        url = URL(address)
        usable = bool(url.host) and url.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ButlrAddressError("The address of the Butlr API names no host")
