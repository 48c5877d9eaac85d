"""The command line; plain enough for any Python from 3.11 on, which reads it before the project is set up."""

import argparse
from collections.abc import Sequence
import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

# The same as in the client, which cannot be imported before the project is set up.
BASE_URL = "https://api.butlr.io"
REPORT = Path("butlr-account-report.json")


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/account",
        description="Use a real account to find out how Butlr behaves where its documentation is unclear. This asks "
        "for client id and secret, changes nothing, takes a few minutes, and writes a report that can be shared.",
    )
    parser.add_argument(
        "--base-url", default=BASE_URL, type=_base_url, help=f"address of Butlr's API (default: {BASE_URL})"
    )
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", default=(), help="run only these checks, and those they depend on"
    )
    parser.add_argument(
        "--webhook", metavar="URL", help="also create webhooks that send to this https address, and delete them"
    )
    parser.add_argument(
        "--listen", type=int, metavar="PORT", help="with --webhook: receive the events on this port of this machine"
    )
    parser.add_argument(
        "--report",
        type=Path,
        default=REPORT,
        metavar="FILE",
        help=f"where to write the report (default: {REPORT}, and .txt)",
    )
    parser.add_argument("--list", action="store_true", help="list the checks and exit")
    found = parser.parse_args(given)
    if found.webhook is not None and (problem := _problem(found.webhook, plain=found.base_url.startswith("http:"))):
        parser.error(f"--webhook: {problem}")
    if found.listen is not None and (found.webhook is None or not 0 < found.listen < 65536):
        parser.error("--listen is a port and needs --webhook")
    return found


def _base_url(given: str) -> str:
    if problem := _problem(given, plain=_is_loopback(urlsplit(given).hostname)):
        raise argparse.ArgumentTypeError(problem)
    return given.rstrip("/")


def _problem(url: str, *, plain: bool) -> str | None:
    """Return what is wrong with an address; `plain` http is for simulators on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (plain and parts.scheme == "http"):
        return "the address must start with https://"
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        return "the address must name a host, without a user or a fragment"
    return None


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    arguments()
