"""The command line of the demo.

Only Python's own library, in words that Python 3.11 knows: `scripts/demo` runs this with the Python of the machine
before it sets anything up, so that help and a wrong argument are answered at once.
"""

import argparse
from collections.abc import Sequence
import math

from tests.helpers.open_readings import READINGS

# Of Home Assistant, unless it is taken.
PORT = 8123


def _readings_listed() -> str:
    """Return every reading with its values, a line each."""
    width = max(map(len, READINGS))
    return "\n".join(f"  {name:{width}}  {', '.join(values)}" for name, values in READINGS.items())


def _reading(text: str) -> tuple[str, str]:
    """Read NAME=VALUE."""
    name, _, value = text.partition("=")
    if name not in READINGS:
        raise argparse.ArgumentTypeError(f"there is no reading {name!r}. There are:\n{_readings_listed()}")
    if value not in READINGS[name]:
        given = repr(value) if "=" in text else "nothing"
        raise argparse.ArgumentTypeError(f"{name} is one of {', '.join(READINGS[name])}, not {given}")
    return name, value


def _parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A real Home Assistant with a simulated Butlr cloud.",
        epilog=f"readings, and their values (the first is the default):\n{_readings_listed()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # `scripts/demo` itself looks for some of them by their whole names.
        allow_abbrev=False,
    )
    parser.add_argument("--seconds", type=float, help="end after so long, compare with the truth and sum up")
    parser.add_argument("--rooms", type=int, default=5, help="5 to 5000 (default 5)")
    parser.add_argument("--home-assistant", metavar="VERSION", help="run this version of Home Assistant")
    parser.add_argument("--port", type=int, help=f"of Home Assistant (default {PORT}, or a free one)")
    parser.add_argument("--activity", type=float, default=20, help="how much faster than life people live (default 20)")
    parser.add_argument("--keep", action="store_true", help="go on with the Home Assistant of the last run with --keep")
    parser.add_argument(
        "--without-push", action="store_true", help="no external URL, so that the integration only polls"
    )
    parser.add_argument(
        "--reading",
        type=_reading,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="let the cloud be otherwise where Butlr's documents leave it open (see below); may be repeated",
    )
    parser.add_argument(
        "--unreliable",
        action="store_true",
        help="lose 30 %% of the events, double 20 %% and shuffle all; with --seconds, one poll must mend it",
    )
    parser.add_argument(
        "--restarts",
        type=int,
        metavar="N",
        help="kill and restart Home Assistant, the cloud or both, N times while events flow, and sum up",
    )
    parser.add_argument(
        "--forgetful", action="store_true", help="with --restarts: every other killed cloud forgets its subscriptions"
    )
    return parser


def read(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; ends the program where that asks for help or cannot be obeyed."""
    parser = _parser()
    arguments = parser.parse_args(given)
    if arguments.seconds is not None and not 0 < arguments.seconds < math.inf:
        parser.error("--seconds must be positive")
    names = [name for name, _ in arguments.reading]
    if twice := {name for name in names if names.count(name) > 1}:
        parser.error(f"--reading sets {', '.join(sorted(twice))} more than once")
    if arguments.unreliable and arguments.without_push:
        parser.error("--unreliable is about pushes: not with --without-push")
    if arguments.restarts is None:
        if arguments.forgetful:
            parser.error("--forgetful goes with --restarts")
    elif arguments.restarts < 1:
        parser.error("--restarts must be positive")
    elif arguments.unreliable or arguments.without_push or arguments.keep or arguments.seconds is not None:
        parser.error(
            "--restarts goes with --rooms, --activity, --port, --home-assistant, --reading and --forgetful only"
        )
    return arguments


if __name__ == "__main__":
    read()
