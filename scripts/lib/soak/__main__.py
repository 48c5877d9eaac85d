"""Open a dashboard with a map of every floor, post events, and measure the browser."""

import argparse
import asyncio
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
import time

import aiohttp
from playwright.async_api import CDPSession

from scripts.lib.bench.estates import Size, events
from scripts.lib.bench.load import Target
from scripts.lib.processes.child_process import ProcessError
from scripts.lib.processes.home_assistant import UnexpectedAnswerError
from tests.browser.environment import Environment

# At most: the share of one processor core that the page may use, and by how much its memory may grow, in bytes.
MAX_SHARE = 0.15
MAX_GROWTH = 5_000_000
DASHBOARD = "butlr-soak"
# The page is measured this often, in seconds; the first time is the warm-up.
_EVERY = 60.0
_READY_WITHIN = 120.0


def _arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--rooms", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20, help="events per second")
    parser.add_argument("--minutes", type=int, default=30)
    return parser.parse_args()


async def _processor_time(browser: CDPSession) -> float:
    """Return the processor time that all pages have used, in seconds."""
    processes = (await browser.send("SystemInfo.getProcessInfo"))["processInfo"]
    return sum(float(process["cpuTime"]) for process in processes if process["type"] == "renderer")


async def _memory(page: CDPSession) -> tuple[int, int]:
    """Return what the page keeps after a garbage collection: bytes of its heap, and nodes of the document."""
    await page.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in (await page.send("Performance.getMetrics"))["metrics"]}
    return int(metrics["JSHeapUsedSize"]), int(metrics["Nodes"])


async def _run(arguments: argparse.Namespace, folder: Path) -> int:
    """Return the exit code."""
    async with Environment.open(folder, arguments.rooms) as environment:
        home, cloud, socket = environment.home, environment.cloud, environment.socket
        await home.add_butlr(cloud.url, environment.identity.client_secret)
        await home.wait_until_loaded()
        webhook = await cloud.wait_for_webhook(_READY_WITHIN)
        floors = [space.id for space in await cloud.spaces() if space.kind == "floor"]
        sections = [
            {"type": "grid", "cards": [{"type": "custom:butlr-floor-map", "floor": floor_id}]} for floor_id in floors
        ]
        await socket.command("lovelace/dashboards/create", url_path=DASHBOARD, title="Soak", mode="storage")
        view = {"type": "sections", "sections": sections}
        await socket.command("lovelace/config/save", url_path=DASHBOARD, config={"views": [view]})
        size = Size(arguments.rooms, seed=1, spaces=0)
        headers = {webhook.header: webhook.secret, "Content-Type": "application/json"}
        target = Target(webhook.url, headers, events(size), {})
        async with environment.page(f"/{DASHBOARD}") as page, aiohttp.ClientSession() as session:
            await page.locator("butlr-map [data-space]").first.wait_for(timeout=60_000)
            shapes = await page.locator("butlr-map [data-space]").count()
            print(f"{len(floors)} maps with {shapes} spaces, {arguments.rate:g} events a second")
            print(f"{'minute':>6} {'processor':>10} {'heap':>9} {'nodes':>7}")
            cdp = await environment.context.new_cdp_session(page)
            await cdp.send("Performance.enable")
            browser = await environment.browser.new_browser_cdp_session()
            shares: list[float] = []
            heaps: list[int] = []
            for minute in range(arguments.minutes + 1):
                used, start = await _processor_time(browser), time.perf_counter()
                await target.post_at_rate(session, int(arguments.rate * _EVERY), arguments.rate)
                shares.append((await _processor_time(browser) - used) / (time.perf_counter() - start))
                heap, nodes = await _memory(cdp)
                heaps.append(heap)
                print(f"{minute:>6} {shares[-1]:>10.1%} {heap / 1e6:>6.1f} MB {nodes:>7}", flush=True)
    share, growth = sum(shares[1:]) / len(shares[1:]), heaps[-1] - heaps[1]
    print(f"processor {share:.1%} of a core (at most {MAX_SHARE:.0%}), memory {growth / 1e6:+.1f} MB")
    return int(share > MAX_SHARE or growth > MAX_GROWTH)


def main() -> int:
    """Return the exit code."""
    arguments = _arguments()
    try:
        with TemporaryDirectory() as folder:
            return asyncio.run(_run(arguments, Path(folder)))
    except (ProcessError, UnexpectedAnswerError, aiohttp.ClientError, TimeoutError) as error:
        sys.stderr.write(f"scripts/soak: {str(error) or type(error).__name__}\n")
        return 1


sys.exit(main())
