"""Butlr's own picture of a floor, below the map of it."""

from .environment import Environment
from .floor_map import until_true

# Whether the browser can show what the picture's address leads to.
_LOADED = """async image => {
    const answer = await fetch(image.href.baseVal);
    const picture = new Image();
    picture.src = image.href.baseVal;
    await picture.decode();
    const host = new URL(image.href.baseVal, location).host;
    return [answer.status, answer.headers.get('Content-Type'), host === location.host];
}"""
# Whether the picture covers every room.
_COVERS = """map => {
    const box = part => part.getBBox();
    const image = box(map.querySelector('image'));
    return [...map.querySelectorAll('[data-space] path')].map(box).every(room =>
        room.x >= image.x && room.x + room.width <= image.x + image.width &&
        room.y >= image.y && room.y + room.height <= image.y + image.height);
}"""


async def reload_entry(environment: Environment) -> None:
    """Reload the entry: Butlr is asked for its pictures again at the next look."""
    (entry,) = await environment.socket.command("config_entries/get", domain="butlr")
    await environment.home.request("POST", f"/api/config/config_entries/entry/{entry['entry_id']}/reload")


async def test_a_picture_is_below_the_rooms(environment: Environment) -> None:
    """It appears by itself, it comes from Home Assistant, and it is where the rooms are."""
    cloud = environment.cloud
    floor_id = next(space.id for space in await cloud.spaces() if space.kind == "floor")
    await cloud.change(floor_plans=True)
    await reload_entry(environment)
    async with environment.page(f"/butlr/floor/{floor_id}") as page:
        image = page.locator("svg.map image")
        await image.wait_for(state="attached")
        assert await image.evaluate(_LOADED) == [200, "image/svg+xml", True]
        assert await page.locator("svg.map").evaluate(_COVERS)
        await until_true(page, cloud, floor_id)
        await page.screenshot(path=environment.pictures / "floor-plan.png")
    await cloud.change(floor_plans=False)
    await reload_entry(environment)
