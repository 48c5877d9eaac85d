"""Changes at Butlr in pages that stay open: renamed, moved, added, removed, offline, and names that nobody expects.

Home Assistant polls the organization on request only a few times a minute, so that all changes are made at once.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
import re
from typing import Any

from playwright.async_api import Page, expect
import pytest_asyncio
import pytest_socket

from scripts.lib.processes.simulator_process import SimulatorProcess

from .environment import Environment
from .floor_map import read, until_true

DASHBOARD = "butlr-changes"
HOSTILE = (
    "<script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    '"><svg onload=window.ran=1>',
    "'; window.ran = 1; //",
    "${window.ran = 1}{{ 7 * 7 }}",
    "[click](javascript:window.ran=1) **bold**",
    "غرفة الاجتماعات \u202e desrever",
    "会議室 🧑‍🤝‍🧑 Café Ångström",
    "W" * 200,
    "A room " * 28,
)
VIEWS = ("", "/floor/{floor}", "/find", "/history", "/maintenance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What was changed, and the pages that were open all the time."""

    floor: str
    other: str
    offline: str
    page: Page
    other_page: Page
    dashboard: Page


class Editor:
    """Edits the simulated organization, and takes everything back."""

    def __init__(self, cloud: SimulatorProcess) -> None:
        """Remember nothing yet."""
        self._cloud = cloud
        self._back: list[dict[str, Any]] = []

    async def edit(self, before: dict[str, Any], **changes: Any) -> None:
        """Change something; `before` is what it was."""
        await self._cloud.edit(id=before["id"], **changes)
        self._back.append({"id": before["id"], **{key: before[key] for key in changes}})

    async def add(self, kind: str, **details: Any) -> str:
        """Add something and return its id."""
        made: str = (await self._cloud.edit(add=kind, **details))["id"]
        self._back.append({"remove": made})
        return made

    async def take_back(self) -> None:
        """Take everything back, the last change first."""
        while self._back:
            await self._cloud.edit(**self._back.pop())


async def _change(environment: Environment, editor: Editor) -> dict[str, str]:
    """Change as much as possible at once; return what the tests look at."""
    cloud = environment.cloud
    estate, truth = await cloud.estate(), await cloud.truth()
    floor, other, *_ = estate["floors"]
    counted = [room for room in estate["rooms"] if truth[room["id"]]["people"] is not None]
    here = [room for room in counted if room["floor_id"] == floor["id"]]
    there = [room for room in estate["rooms"] + estate["zones"] if room["floor_id"] == other["id"]]
    renamed, moved, offline, *_ = here
    await editor.edit(floor, name="Renamed Floor")
    await editor.edit(renamed, name="Renamed Room")
    await editor.edit(moved, floor_id=other["id"])
    hive = next(hive for hive in estate["hives"] if hive["floor_id"] == floor["id"])
    added = await editor.add("room", floor_id=floor["id"], name="Added Room")
    await editor.add("sensor", hive_id=hive["id"], room_id=added)
    for sensor in estate["sensors"]:
        if sensor["room_id"] == offline["id"]:
            await editor.edit(sensor, is_online=False)
    building = next(building for building in estate["buildings"] if building["id"] == floor["building_id"])
    for number, asset in enumerate([building, other, *there, *estate["sensors"][:10]]):
        await editor.edit(asset, name=HOSTILE[number % len(HOSTILE)])
    return {
        "floor": floor["id"],
        "other": other["id"],
        "offline": offline["id"],
    }


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def changes(bare: Environment, set_up: object) -> AsyncIterator[Changes]:
    """Open pages, change the organization, and take it back afterwards."""
    # This runs before the fixture that allows each test to use sockets.
    pytest_socket.enable_socket()
    cloud, editor = bare.cloud, Editor(bare.cloud)
    floor, other, *_ = [space.id for space in await cloud.spaces() if space.kind == "floor"]
    made = await bare.socket.command(
        "lovelace/dashboards/create", url_path=DASHBOARD, title="Changes", mode="storage", show_in_sidebar=False
    )
    await bare.socket.command("lovelace/config/save", url_path=DASHBOARD, config={"strategy": {"type": "custom:butlr"}})
    async with AsyncExitStack() as stack:
        page, other_page, dashboard = [
            await stack.enter_async_context(bare.page(path))
            for path in (f"/butlr/floor/{floor}", f"/butlr/floor/{other}", f"/{DASHBOARD}")
        ]
        await until_true(page, cloud, floor)
        await until_true(other_page, cloud, other)
        await until_true(dashboard, cloud, floor)
        try:
            about = await _change(bare, editor)
            await bare.poll()
            yield Changes(**about, page=page, other_page=other_page, dashboard=dashboard)
        finally:
            # The other tests expect what was there before.
            await editor.take_back()
        await bare.poll()
        # The integration believes that something is gone when a second answer lacks it, too.
        await bare.poll()
        # There is no count of the time without the sensors, so that the next one makes it known.
        # Everybody is out again: what was pushed within the last minute is not yet in what a later test polls.
        await cloud.bring_someone(about["offline"])
        await cloud.send_someone_out(about["offline"])
        await until_true(page, cloud, floor)
        await until_true(other_page, cloud, other)
    await bare.socket.command("lovelace/dashboards/delete", dashboard_id=made["id"])


async def test_the_map_follows(environment: Environment, changes: Changes) -> None:
    """Renamed, moved and added rooms are on the maps without a reload, with the truth about each."""
    await until_true(changes.page, environment.cloud, changes.floor)
    await until_true(changes.other_page, environment.cloud, changes.other)
    for name in ("Renamed Room", "Added Room"):
        await expect(changes.page.get_by_role("button", name=re.compile(f"^{name}: "))).to_have_count(1)


async def test_offline_is_hatched(changes: Changes) -> None:
    """A room whose sensors are offline does not look empty."""
    shown = (await read(changes.page, changes.floor))[changes.offline]
    assert (shown.status, shown.people, shown.hatched) == ("unavailable", "", True)


async def test_the_dashboard_follows(environment: Environment, changes: Changes) -> None:
    """A heading has the new name of its floor, and leads to the view of it."""
    page = changes.dashboard
    heading = page.locator("hui-heading-card").get_by_text("Renamed Floor")
    await heading.wait_for()
    assert await page.locator("hui-error-card, hui-warning").count() == 0
    await page.screenshot(path=environment.pictures / "dashboard.png")
    await heading.click()
    await page.wait_for_url(f"**/{DASHBOARD}/floor-{changes.floor}")
    await until_true(page, environment.cloud, changes.floor)
    assert await page.locator("hui-error-card, hui-warning").count() == 0
    await page.screenshot(path=environment.pictures / "dashboard-floor.png")


async def test_hostile_names(environment: Environment, changes: Changes) -> None:
    """Each view shows such names as text, and stays as wide as the window."""
    async with environment.page("/butlr") as page:
        for view in VIEWS:
            await environment.go(page, f"/butlr{view.format(floor=changes.other)}")
            if "floor" in view:
                await until_true(page, environment.cloud, changes.other)
            await page.wait_for_timeout(300)
            assert await page.evaluate("window.ran") is None
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
            overflow = await page.locator("butlr-panel").evaluate("panel => panel.scrollWidth - panel.clientWidth")
            assert overflow <= 0, view
            assert await page.locator("butlr-panel :is(script, img[src=x])").count() == 0
            await page.screenshot(path=environment.pictures / f"names-{view.split('/')[1] if view else 'overview'}.png")


async def test_hostile_names_in_a_dashboard(environment: Environment, changes: Changes) -> None:
    """Headings, tiles and graphs show them as text, too."""
    async with environment.page(f"/{DASHBOARD}/floor-{changes.other}") as page:
        await until_true(page, environment.cloud, changes.other)
        assert await page.evaluate("window.ran") is None
        assert await page.locator("hui-view :is(script, img[src=x])").count() == 0
