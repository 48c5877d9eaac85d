"""Live positions on the map of a floor."""

import asyncio
import time
from typing import Any

from playwright.async_api import Page

from .environment import Environment
from .floor_map import until_true

_SHOWN_WITHIN = 10.0
# How many dots are inside the outline of each room and zone.
_DOTS = """map => {
    const dots = [...map.querySelectorAll('.people g:not(.old) .dot')];
    const points = dots.map(dot => new DOMPoint(...dot.getAttribute('d').match(/[\\d.]+/g).slice(0, 2)));
    const inside = shape => points.filter(point => shape.querySelector('path').isPointInFill(point)).length;
    const rooms = [...map.querySelectorAll('[data-space]')].map(shape => [shape.dataset.space, inside(shape)]);
    return {all: dots.length, ...Object.fromEntries(rooms)};
}"""


async def choose_floors(environment: Environment, *floors: str) -> None:
    """Choose the floors with live positions in the options."""
    (entry,) = await environment.socket.command("config_entries/get", domain="butlr")
    await environment.home.change_options(entry["entry_id"], {"positions": list(floors)})


async def until_dots(page: Page, expected: dict[str, int]) -> None:
    """Wait until there are that many dots in some rooms, or in all."""
    deadline = time.monotonic() + _SHOWN_WITHIN
    while True:
        shown: dict[str, Any] = await page.locator("svg.map").evaluate(_DOTS)
        found = {key: shown[key] for key in expected}
        if found == expected:
            return
        assert time.monotonic() < deadline, f"{found} instead of {expected}"
        await asyncio.sleep(0.1)


async def test_dots_are_in_the_rooms_where_people_are(environment: Environment) -> None:
    """Once somebody switches them on, and until the option is switched off."""
    cloud = environment.cloud
    # Time runs, and nobody moves.
    await cloud.change(activity=0, paused=False)
    truth = await cloud.truth()
    # A room with sensors of its own that see people.
    room = next(
        space
        for space in await cloud.spaces()
        if space.kind == "room" and truth[space.id]["available"] and truth[space.id]["people"] is not None
    )
    await choose_floors(environment, room.floor_id)
    async with environment.page(f"/butlr/floor/{room.floor_id}") as page:
        await until_true(page, cloud, room.floor_id)
        await until_dots(page, {"all": 0})
        await page.get_by_role("button", name="Show live positions").click()
        before = truth[room.id]["people"]
        await until_dots(page, {room.id: before})
        for more in (1, 2, 3):
            await cloud.bring_someone(room.id)
            await until_dots(page, {room.id: before + more})
        await page.screenshot(path=environment.pictures / "positions.png")
        await page.get_by_text("Person, live").wait_for()
        # This browser remembers it.
        await page.reload()
        await until_dots(page, {room.id: before + 3})
        for _ in range(3):
            await cloud.send_someone_out(room.id)
        await until_dots(page, {room.id: before})
        await choose_floors(environment)
        await page.get_by_role("button", name="live positions").wait_for(state="detached")
        await until_dots(page, {"all": 0})
    await cloud.change(activity=1, paused=True)
