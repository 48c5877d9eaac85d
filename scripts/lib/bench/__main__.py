"""Run the benchmark."""

import argparse
import asyncio
from contextlib import AsyncExitStack
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from rich.console import Console
from rich.markdown import Markdown

from .environment import ROOT, Environment
from .estates import at_least
from .measure import QUICK, Plan, measure
from .over_mqtt import measure_mqtt
from .report import as_json, as_markdown, machine, write_between_markers


async def _run(plan: Plan, folder: Path) -> dict[str, Any]:
    """Start everything, measure, and end everything."""
    async with AsyncExitStack() as stack:
        timeout = aiohttp.ClientTimeout(total=600)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        environment = Environment(stack, session, folder)
        await environment.open()
        measured = await measure(environment, plan)
    mqtt_folder = folder / "mqtt"
    mqtt_folder.mkdir()
    over_mqtt = await measure_mqtt(mqtt_folder, at_least(plan.small, 1), plan)
    return {"machine": machine(), **measured, "mqtt": over_mqtt}


def main() -> None:
    """Run the benchmark."""
    description = "Measure what pushes, polls and set-up cost a real Home Assistant, and update docs/."
    parser = argparse.ArgumentParser(prog="scripts/bench", description=description)
    parser.add_argument("--quick", action="store_true", help="small and short, to try it out; updates nothing")
    quick = parser.parse_args().quick
    with TemporaryDirectory() as folder:
        result = as_json(asyncio.run(_run(QUICK if quick else Plan(), Path(folder))))
    tables = as_markdown(json.loads(result))
    Console().print(Markdown(tables))
    if not quick:
        (ROOT / "docs" / "benchmark.json").write_text(result)
        write_between_markers(ROOT / "docs" / "performance.md", tables)


if __name__ == "__main__":
    main()
