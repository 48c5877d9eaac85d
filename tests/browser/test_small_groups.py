"""Small groups in the panel, as a person sees them."""

import re

from playwright.async_api import expect

from .environment import Environment
from .floor_map import until_true

# The people in a label in words.
_PEOPLE = re.compile(r"\b([12]) (?:person|people)\b")


async def test_no_view_shows_a_small_group(environment: Environment) -> None:
    """The map, the list, the overview and the history follow the option at once, and show the numbers again later."""
    cloud = environment.cloud
    (entry,) = await environment.socket.command("config_entries/get", domain="butlr")
    truth = await cloud.truth()
    room = next(
        space
        for space in await cloud.spaces()
        if space.kind == "room" and truth[space.id]["available"] and truth[space.id]["people"] == 0
    )
    await cloud.bring_someone(room.id)
    async with environment.page(f"/butlr/floor/{room.floor_id}") as page:
        await until_true(page, cloud, room.floor_id)
        target = page.locator(f"butlr-view-floor [data-space='{room.id}'] .target")
        await expect(target).to_have_attribute("aria-label", re.compile("1 person"))
        await environment.home.change_options(entry["entry_id"], {"smallest_group": 3})
        try:
            await expect(target).to_have_attribute("aria-label", re.compile("fewer than 3 people"))
            await expect(page.locator(f"butlr-floor-list tr[data-space='{room.id}'] .number")).to_contain_text("<3")
            await page.get_by_text("Small groups are not shown exactly").wait_for()
            labels = await page.locator("butlr-view-floor .target").evaluate_all(
                "targets => targets.map(target => target.getAttribute('aria-label'))"
            )
            assert labels
            assert not [label for label in labels if _PEOPLE.search(label)]
            await page.screenshot(path=environment.pictures / "small-groups.png")
            await environment.go(page, "/butlr/overview")
            await expect(page.locator("butlr-view-overview .busiest")).to_contain_text("fewer than 3 people")
            assert not _PEOPLE.search(await environment.text(page.locator("butlr-view-overview")))
            await environment.go(page, f"/butlr/history/{room.id}")
            await expect(page.locator("butlr-view-history .figure")).to_contain_text("<3")
            await environment.go(page, f"/butlr/floor/{room.floor_id}")
        finally:
            await environment.home.change_options(entry["entry_id"], {"smallest_group": 0})
            await cloud.send_someone_out(room.id)
        await until_true(page, cloud, room.floor_id)
