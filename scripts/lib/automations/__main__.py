"""Let simulated people walk, and compare what automations did with what the people did."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

import aiohttp

from scripts.lib.processes.child_process import ProcessError
from scripts.lib.processes.home_assistant import UnexpectedAnswerError

from .building import Building
from .observer import Observer


async def _run(folder: Path) -> int:
    """Return the exit code."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        building = Building(folder, session, stack)
        await building.begin()
        observer = Observer(building)
        print(f"Home Assistant {building.home.version}: {await observer.begin()} automations", flush=True)
        await observer.step("one person enters the Boardroom", building.enter("Boardroom"))
        await observer.step("a second one", building.enter("Boardroom"))
        await observer.step("a third one", building.enter("Boardroom"))
        await observer.step("two enter the Focus Room", building.enter("Focus Room", 2))
        await observer.step("two leave the Boardroom", building.leave("Boardroom", 2))
        await observer.step("one comes back", building.enter("Boardroom"))
        await observer.step("its sensor goes offline", building.switch_sensor("Boardroom", online=False))
        await observer.step("one leaves unseen", building.leave("Boardroom"))
        await observer.step("its sensor is back", building.switch_sensor("Boardroom", online=True))
        await observer.step("one comes back", building.enter("Boardroom"))
        await observer.step("the integration is reloaded", building.reload(), interrupts=True)
        await observer.step("one leaves the Focus Room", building.leave("Focus Room"))
        await observer.step("one comes back to the Focus Room", building.enter("Focus Room"))
        await observer.step(
            "Home Assistant is restarted while one leaves", building.restart("Boardroom"), interrupts=True
        )
        await observer.step("one comes back", building.enter("Boardroom"))
        await observer.step("all leave the Boardroom", building.leave("Boardroom", 2))
        await observer.step("all leave the Focus Room", building.leave("Focus Room", 2))
    print("Everything as expected" if not observer.wrong else f"Failed: {observer.wrong} steps differ from the truth")
    return int(observer.wrong > 0)


def main() -> int:
    """Return the exit code."""
    try:
        with TemporaryDirectory() as folder:
            return asyncio.run(_run(Path(folder)))
    except (ProcessError, UnexpectedAnswerError, aiohttp.ClientError, TimeoutError) as error:
        sys.stderr.write(f"scripts/automations: {str(error) or type(error).__name__}\n")
        return 1


sys.exit(main())
