"""Run the benchmark."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
import fcntl
from pathlib import Path
import signal
import sys

import aiohttp
from rich.console import Console

from scripts.lib.processes.children import ChildError
from scripts.lib.processes.home import HomeError

from .connection import RefusedError
from .machine import Machine
from .plan import FULL, QUICK, Plan
from .report import as_json, as_markdown, conditions, write_between_markers
from .results import LARGEST, MIDDLE, SMALL, Results
from .rounds import Rounds
from .sizes import Size, at_least, largest
from .stage import FOLDER, POLLED, ROOT, Staging
from .tables import tables, verdicts

JSON = ROOT / "docs" / "benchmark.json"
README = ROOT / "README.md"


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="What pushes and polls cost a real Home Assistant."
    )
    parser.add_argument("--quick", action="store_true", help="small and short, to see whether it works; writes nothing")
    parser.add_argument("--rounds", type=int, help="how often each variant takes its turn")
    parser.add_argument("--home-assistant", metavar="VERSION", help="run this version of Home Assistant")
    parser.add_argument("--json", type=Path, help=f"where to write the figures (default {JSON.relative_to(ROOT)})")
    parser.add_argument("--markdown", action="store_true", help="print the tables as they would be in the README too")
    parser.add_argument("--write-readme", action="store_true", help="put the tables into the README")
    return parser.parse_args()


async def _sizes(plan: Plan) -> dict[str, Size]:
    """Choose the estates; each has a seed of its own, which makes it an organization of its own."""
    return {
        SMALL: at_least(plan.small, 1),
        MIDDLE: at_least(plan.middle, 2),
        LARGEST: await largest(3) if plan.largest is None else at_least(plan.largest, 3),
        POLLED: at_least(plan.polled, 4),
    }


async def _run(plan: Plan, console: Console) -> tuple[Machine, Results]:
    """Set everything up, measure, end everything."""
    results = Results()
    with console.status("") as status:

        def say(what: str) -> None:
            """Tell what is being done."""
            status.update(what)
            if not console.is_terminal:
                console.print(what)

        say("Choosing the estates")
        sizes = await _sizes(plan)
        timeout = aiohttp.ClientTimeout(total=600)
        async with AsyncExitStack() as ending:
            session = await ending.enter_async_context(aiohttp.ClientSession(timeout=timeout))
            staging = Staging(ending, session, results, say)
            stage = await staging.open(sizes)
            rounds = await ending.enter_async_context(Rounds(stage, plan, results, say))
            await rounds.polls()
            await staging.complete(sizes)
            await rounds.pushes()
            say("Ending")
            return Machine.this(stage.home.version), results


async def _until_signal(plan: Plan, console: Console) -> tuple[Machine, Results] | None:
    """Return what a run found; None when a signal ended it early, all processes in order."""
    task = asyncio.ensure_future(_run(plan, console))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return None


def main() -> int:
    """Run the benchmark; returns the exit code."""
    arguments = _arguments()
    plan = QUICK if arguments.quick else FULL
    if arguments.rounds:
        plan = replace(plan, rounds=arguments.rounds)
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("scripts/bench: another benchmark runs in this checkout\n")
            return 1
        try:
            found = asyncio.run(_until_signal(plan, console))
        except (ChildError, HomeError, RefusedError, aiohttp.ClientError, TimeoutError) as error:
            sys.stderr.write(f"scripts/bench: {str(error) or type(error).__name__}\n")
            return 1
    if found is None:
        return 130
    machine, results = found
    for table in (*tables(results), verdicts(results)):
        console.print(table.rich())
    console.print(f"{machine}\n{conditions(plan)}", highlight=False)
    markdown = as_markdown(machine, plan, results)
    if arguments.markdown:
        sys.stdout.write(f"{markdown}\n")
    if arguments.json or not arguments.quick:
        (arguments.json or JSON).write_text(as_json(machine, plan, results))
    if arguments.write_readme and not arguments.quick:
        write_between_markers(README, markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
