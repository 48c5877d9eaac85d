"""Check the address of the API before any credentials are sent to it."""

from ipaddress import ip_address
import re
from typing import Final

from yarl import URL

from .errors import ButlrAddressError, ButlrUnencryptedError

# In characters.
MAX_ADDRESS_LENGTH: Final = 2000
# Scheme, host, optional port, and path. Anything else changes which host is reached or is a secret itself:
# `https://api.butlr.io@other.host/` looks like the first host and reaches the second.
_ADDRESS: Final = re.compile(
    r"https?://(?:\[[0-9a-f:.]+\]|[^\s/?#@\\:\[\]%]+)(?::[0-9]{1,5})?(?:/[^\s?#@\\]*)?", re.IGNORECASE
)


def check_address(address: str) -> None:
    """Raise ButlrAddressError unless credentials may be sent to an address; the error never shows the address."""
    if len(address) > MAX_ADDRESS_LENGTH or not address.isprintable() or not _ADDRESS.fullmatch(address):
        raise ButlrAddressError("The address of the Butlr API is not a web address")
    try:
        url = URL(address)
        usable = bool(url.host) and url.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ButlrAddressError("The address of the Butlr API names no host")


def check_password_address(address: str) -> None:
    """Raise ButlrAddressError unless a password may be sent to an address: by HTTPS, or within this machine.

    An API token can be replaced at any time, and may belong to a simulator. A password is often used elsewhere, too.
    """
    check_address(address)
    url = URL(address)
    if url.scheme == "https" or url.host == "localhost":
        return
    try:
        local = ip_address(url.host or "").is_loopback
    except ValueError:
        local = False
    if not local:
        raise ButlrUnencryptedError
