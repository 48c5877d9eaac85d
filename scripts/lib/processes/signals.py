"""Run a command until a signal ends it, without skipping its clean-up."""

import asyncio
from collections.abc import Awaitable
import signal


async def until_signal(work: Awaitable[int | None]) -> int:
    """Return the exit code of the work (None is 0), or of the signal that ended it; its clean-up always completes."""
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
        return await task or 0
    except asyncio.CancelledError:
        return 128 + received[0] if received else 1
