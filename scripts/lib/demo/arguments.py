"""The command line of the demo.

Only the standard library, and only syntax of Python 3.11: `scripts/demo` runs this with the machine's own Python before
the set-up, so that help and errors in the arguments appear immediately.
"""

import argparse
from collections.abc import Sequence
import math

from tests.helpers.open_readings import READINGS

# The port of Home Assistant, unless it is in use.
PORT = 8123


def _readings_listed() -> str:
    """Return one line for every open reading, with its values."""
    width = max(map(len, READINGS))
    return "\n".join(f"  {name:{width}}  {', '.join(values)}" for name, values in READINGS.items())


def _reading(text: str) -> tuple[str, str]:
    """Parse NAME=VALUE."""
    name, _, value = text.partition("=")
    if name not in READINGS:
        raise argparse.ArgumentTypeError(f"unknown reading {name!r}. Readings:\n{_readings_listed()}")
    if value not in READINGS[name]:
        given = f"not {value!r}" if "=" in text else "not empty"
        raise argparse.ArgumentTypeError(f"{name} must be one of {', '.join(READINGS[name])}, {given}")
    return name, value


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A real Home Assistant with a simulated Butlr cloud.",
        epilog=f"readings and their values (the first one is the default):\n{_readings_listed()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # `scripts/demo` itself searches for the full names of some arguments.
        allow_abbrev=False,
    )
    parser.add_argument(
        "--seconds", type=float, help="stop after this time, compare with the truth and print a summary"
    )
    parser.add_argument("--rooms", type=int, default=5, help="5 to 5000 (default 5)")
    parser.add_argument("--home-assistant", metavar="VERSION", help="use this version of Home Assistant")
    parser.add_argument("--port", type=int, help=f"port of Home Assistant (default {PORT}, or a free one)")
    parser.add_argument(
        "--activity", type=float, default=20, help="how much faster than in reality people move (default 20)"
    )
    parser.add_argument(
        "--keep", action="store_true", help="continue with the Home Assistant of the last run with --keep"
    )
    parser.add_argument(
        "--without-push", action="store_true", help="set no external URL, so that the integration only polls"
    )
    parser.add_argument(
        "--reading",
        type=_reading,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="choose how the cloud behaves where Butlr's documentation leaves it open (see below); can be repeated",
    )
    parser.add_argument(
        "--unreliable",
        action="store_true",
        help="lose 30 %% of the events, send 20 %% twice and reorder them; with --seconds, one poll must correct all",
    )
    parser.add_argument(
        "--restarts",
        type=int,
        metavar="N",
        help="kill and restart Home Assistant, the cloud or both N times during operation, and print a summary",
    )
    parser.add_argument(
        "--forgetful",
        action="store_true",
        help="with --restarts: every other restart of the cloud loses its subscriptions",
    )
    return parser


def read(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line; exit if it asks for help or is invalid."""
    parser = _parser()
    arguments = parser.parse_args(given)
    if arguments.seconds is not None and not 0 < arguments.seconds < math.inf:
        parser.error("--seconds must be positive")
    names = [name for name, _ in arguments.reading]
    if twice := {name for name in names if names.count(name) > 1}:
        parser.error(f"--reading sets {', '.join(sorted(twice))} more than once")
    if arguments.unreliable and arguments.without_push:
        parser.error("--unreliable cannot be combined with --without-push")
    if arguments.restarts is None:
        if arguments.forgetful:
            parser.error("--forgetful requires --restarts")
    elif arguments.restarts < 1:
        parser.error("--restarts must be positive")
    elif arguments.unreliable or arguments.without_push or arguments.keep or arguments.seconds is not None:
        parser.error(
            "--restarts only works with --rooms, --activity, --port, --home-assistant, --reading and --forgetful"
        )
    return arguments


if __name__ == "__main__":
    read()
