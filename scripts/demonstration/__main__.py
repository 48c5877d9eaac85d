"""Run the demo."""

import argparse
import asyncio
from collections.abc import Awaitable
import fcntl
import math
import signal
import sys

import aiohttp

from scripts.processes.children import ChildError
from scripts.processes.home import HomeError

from .demo import Demo
from .restarts import Restarts
from .stage import FOLDER, PORT


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="A real Home Assistant with a simulated Butlr cloud."
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
    arguments = parser.parse_args()
    if arguments.seconds is not None and not 0 < arguments.seconds < math.inf:
        parser.error("--seconds must be positive")
    if arguments.unreliable and arguments.without_push:
        parser.error("--unreliable is about pushes: not with --without-push")
    if arguments.restarts is None:
        if arguments.forgetful:
            parser.error("--forgetful goes with --restarts")
    elif arguments.restarts < 1:
        parser.error("--restarts must be positive")
    elif arguments.unreliable or arguments.without_push or arguments.keep or arguments.seconds is not None:
        parser.error("--restarts goes with --rooms, --activity, --port, --home-assistant and --forgetful only")
    return arguments


async def _until_signal(work: Awaitable[int]) -> int:
    """Return the exit code of the work, or that of the signal that ended it early; clean-up always runs to its end."""
    task = asyncio.ensure_future(work)
    received: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        """End the work in order; who is impatient does not hinder that."""
        if not received:
            task.cancel()
        received.append(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        return 128 + received[0] if received else 1


def main() -> int:
    """Run the demo; returns the exit code."""
    arguments = _arguments()
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("scripts/demo: another demo runs in this checkout\n")
            return 1
        try:
            run = Demo(arguments).run() if arguments.restarts is None else Restarts(arguments).run()
            code = asyncio.run(_until_signal(run))
        except (ChildError, HomeError, aiohttp.ClientError, TimeoutError) as error:
            sys.stderr.write(f"scripts/demo: {str(error) or type(error).__name__}\n")
            return 1
    # Without an end of its own, Ctrl-C is how the demo is meant to end.
    endless = arguments.seconds is None and arguments.restarts is None
    return 0 if endless and code == 128 + signal.SIGINT else code


if __name__ == "__main__":
    sys.exit(main())
