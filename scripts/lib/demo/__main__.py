"""Run the demo."""

import asyncio
from collections.abc import Awaitable
import fcntl
import signal
import sys

import aiohttp

from scripts.lib.processes.child_process import ProcessError
from scripts.lib.processes.home_assistant import UnexpectedAnswerError

from .arguments import read
from .demo import Demo
from .environment import FOLDER
from .restarts import Restarts


async def _until_signal(work: Awaitable[int]) -> int:
    """Return the exit code of the work, or of the signal that ended it early; the clean-up always completes."""
    task = asyncio.ensure_future(work)
    received: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        """Cancel the work; further signals do not interrupt the clean-up."""
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
    """Run the demo and return the exit code."""
    arguments = read()
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("scripts/demo: another demo is running in this checkout\n")
            return 1
        try:
            run = Demo(arguments).run() if arguments.restarts is None else Restarts(arguments).run()
            code = asyncio.run(_until_signal(run))
        except (ProcessError, UnexpectedAnswerError, aiohttp.ClientError, TimeoutError) as error:
            sys.stderr.write(f"scripts/demo: {str(error) or type(error).__name__}\n")
            return 1
    # A demo without a time limit ends with Ctrl-C.
    endless = arguments.seconds is None and arguments.restarts is None
    return 0 if endless and code == 128 + signal.SIGINT else code


if __name__ == "__main__":
    sys.exit(main())
