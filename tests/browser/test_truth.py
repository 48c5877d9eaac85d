"""Every number on the map equals the simulator's truth, whatever happens."""

from contextlib import AsyncExitStack

from playwright.async_api import Page, expect
import pytest_asyncio

from scripts.lib.processes.simulator_process import Space

from .environment import Environment
from .floor_map import read, until_true


@pytest_asyncio.fixture(loop_scope="session")
async def floors(environment: Environment) -> list[Space]:
    """Return the floors."""
    return [space for space in await environment.cloud.spaces() if space.kind == "floor"]


async def some(environment: Environment, floor: Space, kind: str = "room") -> list[Space]:
    """Return the rooms or zones of a floor that people can be counted in."""
    truth = await environment.cloud.truth()
    return [
        space
        for space in await environment.cloud.spaces()
        if (space.floor_id, space.kind) == (floor.id, kind) and truth[space.id]["people"] is not None
    ]


async def test_a_restart_during_an_outage(environment: Environment, floors: list[Space]) -> None:
    """A page that stays open says what is wrong, shows nothing as free, and is right again by itself."""
    floor, cloud = floors[0], environment.cloud
    (entry,) = await environment.home.request("GET", "/api/config/config_entries/entry?domain=butlr")
    async with environment.page(f"/butlr/floor/{floor.id}") as page:
        await until_true(page, cloud, floor.id)
        try:
            await cloud.fail("500")
            await environment.stop_home()
            await expect(page.get_by_text("Home Assistant cannot be reached")).to_be_visible(timeout=20_000)
            await environment.start_home()
            await environment.home.wait_until("setup_retry")
            await expect(page.get_by_text(f"{entry['title']} cannot be reached")).to_be_visible(timeout=30_000)
            assert {shown.status for shown in (await read(page, floor.id)).values()} <= {"unavailable", "unknown"}
        finally:
            await cloud.fail("none")
        await environment.home.request("POST", f"/api/config/config_entries/entry/{entry['entry_id']}/reload")
        await until_true(page, cloud, floor.id, within=60)
    await environment.until_pushed()


async def test_after_pushes_and_a_poll(environment: Environment, floors: list[Space]) -> None:
    """People who come and go are seen on every floor."""
    async with AsyncExitStack() as stack:
        pages: list[tuple[Page, str]] = []
        for floor in floors:
            page = await stack.enter_async_context(environment.page(f"/butlr/floor/{floor.id}"))
            await until_true(page, environment.cloud, floor.id)
            for space in [*(await some(environment, floor))[:3], *(await some(environment, floor, "zone"))[:1]]:
                await environment.cloud.bring_someone(space.id)
                await environment.cloud.bring_someone(space.id)
                await environment.cloud.send_someone_out(space.id)
            await until_true(page, environment.cloud, floor.id)
            assert {shown.status for shown in (await read(page, floor.id)).values()} >= {"free", "occupied"}
            pages.append((page, floor.id))
        # Home Assistant has just started, so that it polls at once.
        await environment.poll()
        for page, floor_id in pages:
            await until_true(page, environment.cloud, floor_id)
