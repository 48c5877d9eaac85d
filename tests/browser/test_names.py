"""Names that people give at Butlr: they neither break a page nor run."""

from collections.abc import AsyncIterator

import pytest_asyncio

from .environment import Environment
from .floor_map import until_true

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


@pytest_asyncio.fixture(loop_scope="session")
async def hostile(environment: Environment) -> AsyncIterator[str]:
    """Give a floor, its building and its spaces such names; return the id of the floor."""
    cloud = environment.cloud
    spaces = await cloud.spaces()
    floor_id = spaces[0].id
    estate = await cloud.estate()
    building_id = next(floor["building_id"] for floor in estate["floors"] if floor["id"] == floor_id)
    names = {building["id"]: building["name"] for building in estate["buildings"] if building["id"] == building_id}
    names |= {space.id: space.name for space in spaces if space.floor_id == floor_id}
    names |= {sensor["id"]: sensor["name"] for sensor in estate["sensors"][:10]}
    for number, asset_id in enumerate(names):
        await cloud.edit(id=asset_id, name=HOSTILE[number % len(HOSTILE)])
    await environment.poll()
    yield floor_id
    for asset_id, name in names.items():
        await cloud.edit(id=asset_id, name=name)
    await environment.poll()


async def test_hostile_names(environment: Environment, hostile: str) -> None:
    """Each view shows them as text, and stays as wide as the window."""
    async with environment.page("/butlr") as page:
        for view in VIEWS:
            await environment.go(page, f"/butlr{view.format(floor=hostile)}")
            if "floor" in view:
                await until_true(page, environment.cloud, hostile)
            await page.wait_for_timeout(300)
            assert await page.evaluate("window.ran") is None
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
            overflow = await page.locator("butlr-panel").evaluate("panel => panel.scrollWidth - panel.clientWidth")
            assert overflow <= 0, view
            assert await page.locator("butlr-panel :is(script, img[src=x])").count() == 0
