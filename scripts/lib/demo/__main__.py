"""Run the demo."""

import asyncio
import fcntl
import signal
import sys

import aiohttp

from scripts.lib.processes.child_process import ProcessError
from scripts.lib.processes.home_assistant import UnexpectedAnswerError
from scripts.lib.processes.signals import until_signal

from .arguments import read
from .demo import Demo
from .environment import FOLDER
from .restarts import Restarts


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
            code = asyncio.run(until_signal(run))
        except (ProcessError, UnexpectedAnswerError, aiohttp.ClientError, TimeoutError) as error:
            sys.stderr.write(f"scripts/demo: {str(error) or type(error).__name__}\n")
            return 1
    # A demo without a time limit ends with Ctrl-C.
    endless = arguments.seconds is None and arguments.restarts is None
    return 0 if endless and code == 128 + signal.SIGINT else code


if __name__ == "__main__":
    sys.exit(main())
