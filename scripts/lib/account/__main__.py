"""Run the checks against an account."""

import asyncio
from collections.abc import Awaitable
import getpass
import signal
import sys

from .arguments import arguments
from .catalogue import CHECKS, chosen
from .run import AccountError, Plan, Run, Terminal


async def until_signal(work: Awaitable[None]) -> int:
    """Return the exit code of the work, or that of the signal that ended it; clean-up is completed either way."""
    task = asyncio.ensure_future(work)
    received: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        """Cancel the work once; further signals are ignored."""
        if not received:
            task.cancel()
        received.append(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
    try:
        await task
    except asyncio.CancelledError:
        return 128 + received[0] if received else 1
    return 0


def main() -> int:
    """Run the checks against an account; return the exit code."""
    found = arguments()
    if found.list:
        print("\n".join(f"{check.name:32} {check.question}" for check in CHECKS))
        return 0
    try:
        chosen(found.only)
    except ValueError as error:
        sys.stderr.write(f"scripts/account: {error}; --list shows all checks\n")
        return 2
    if not sys.stdin.isatty():
        sys.stderr.write("scripts/account: needs a terminal to ask for the secret\n")
        return 1
    terminal = Terminal(say=lambda text: print(text, flush=True), ask=input, ask_secretly=getpass.getpass)
    plan = Plan(
        base_url=found.base_url, report=found.report, webhook=found.webhook, listen=found.listen, only=found.only
    )
    try:
        return asyncio.run(until_signal(Run(plan, terminal).run()))
    except AccountError as error:
        sys.stderr.write(f"scripts/account: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"scripts/account: the report cannot be written: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
