"""Every number on the map equals the simulator's truth, whatever happens."""

from contextlib import AsyncExitStack
import re

from playwright.async_api import expect
import pytest_asyncio

from scripts.lib.processes.simulator_process import Space

from .environment import Environment
from .floor_map import read, spaces, until_true


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


async def test_after_pushes_and_a_poll(environment: Environment, floors: list[Space]) -> None:
    """People who come and go are seen on every floor."""
    async with AsyncExitStack() as stack:
        for floor in floors:
            page = await stack.enter_async_context(environment.page(f"/butlr/floor/{floor.id}"))
            await until_true(page, environment.cloud, floor.id)
            for space in [*(await some(environment, floor))[:3], *(await some(environment, floor, "zone"))[:1]]:
                await environment.cloud.bring_someone(space.id)
                await environment.cloud.bring_someone(space.id)
                await environment.cloud.send_someone_out(space.id)
            await until_true(page, environment.cloud, floor.id)
            assert {shown.status for shown in (await read(page, floor.id)).values()} >= {"free", "occupied"}
            await environment.poll()
            await until_true(page, environment.cloud, floor.id)


async def test_offline_sensors_are_hatched(environment: Environment, floors: list[Space]) -> None:
    """A room whose sensors are offline does not look empty."""
    (floor, *_), cloud = floors, environment.cloud
    room = (await some(environment, floor))[0]
    sensors = [sensor["id"] for sensor in (await cloud.estate())["sensors"] if sensor["room_id"] == room.id]
    async with environment.page(f"/butlr/floor/{floor.id}") as page:
        await until_true(page, cloud, floor.id)
        for online, status in ((False, "unavailable"), (True, None)):
            for sensor in sensors:
                await cloud.edit(id=sensor, is_online=online)
            await environment.poll()
            if online:
                # There is no count of the time without the sensor, so that the next one makes it known.
                await cloud.bring_someone(room.id)
            await until_true(page, cloud, floor.id)
            shown = (await read(page, floor.id))[room.id]
            assert shown.hatched is not online
            assert shown.status == (status or shown.status)


async def test_renamed_moved_added_and_removed(environment: Environment, floors: list[Space]) -> None:
    """The map follows the organization without being loaded again."""
    (floor, other, *_), cloud = floors, environment.cloud
    first, second, *_ = await some(environment, floor)
    hive = next(hive for hive in (await cloud.estate())["hives"] if hive["floor_id"] == floor.id)
    async with (
        environment.page(f"/butlr/floor/{floor.id}") as page,
        environment.page(f"/butlr/floor/{other.id}") as other_page,
    ):
        await until_true(page, cloud, floor.id)
        await cloud.edit(id=first.id, name="Renamed Room")
        await cloud.edit(id=second.id, floor_id=other.id)
        added = await cloud.edit(add="room", floor_id=floor.id, name="Added Room")
        await cloud.edit(add="sensor", hive_id=hive["id"], room_id=added["id"])
        await environment.poll()
        await until_true(page, cloud, floor.id)
        await until_true(other_page, cloud, other.id)
        await expect(spaces(page, floor.id, first.id)).to_have_attribute("aria-label", re.compile("Renamed Room"))
        await expect(spaces(page, floor.id, added["id"])).to_have_attribute("aria-label", re.compile("Added Room"))
        await cloud.edit(remove=added["id"])
        await cloud.edit(id=second.id, floor_id=floor.id)
        await environment.poll()
        # The integration believes that something is gone when a second answer lacks it, too.
        await environment.poll()
        await until_true(page, cloud, floor.id)
        await until_true(other_page, cloud, other.id)


async def test_a_restart_during_an_outage(environment: Environment, floors: list[Space]) -> None:
    """A page that stays open says what is wrong, shows nothing as free, and is right again by itself."""
    floor, cloud = floors[0], environment.cloud
    async with environment.page(f"/butlr/floor/{floor.id}") as page:
        await until_true(page, cloud, floor.id)
        await cloud.fail("500")
        await environment.stop_home()
        await environment.start_home()
        await environment.home.wait_until("setup_retry")
        await expect(page.locator("butlr-panel")).to_contain_text("cannot be reached", timeout=30_000)
        assert {shown.status for shown in (await read(page, floor.id)).values()} <= {"unavailable", "unknown"}
        await cloud.fail("none")
        (entry,) = await environment.home.request("GET", "/api/config/config_entries/entry?domain=butlr")
        await environment.home.request("POST", f"/api/config/config_entries/entry/{entry['entry_id']}/reload")
        await until_true(page, cloud, floor.id, within=60)
    await environment.until_pushed()
