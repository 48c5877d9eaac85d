"""Who sees what: other users than the owner."""

import pytest

from .environment import NOTHING, Environment
from .floor_map import until_true


async def test_a_user_who_is_not_an_administrator(environment: Environment) -> None:
    """The panel is for everybody."""
    floor = (await environment.cloud.spaces())[0]
    context = await environment.log_in(await environment.new_user("resident", "system-users"))
    async with context, environment.page(f"/butlr/floor/{floor.id}", context) as page:
        await until_true(page, environment.cloud, floor.id)


@pytest.mark.parametrize(
    "path", ["/butlr", "/butlr/find", "/butlr/history", "/butlr/maintenance", "/butlr/floor/{floor}"]
)
async def test_a_user_without_permission(environment: Environment, path: str) -> None:
    """Nobody sees a room whose entities they may not read, neither its name nor a number."""
    spaces = await environment.cloud.spaces()
    if not environment.tokens.get(NOTHING):
        environment.tokens[NOTHING] = await environment.new_user("nobody", NOTHING)
    context = await environment.log_in(environment.tokens[NOTHING])
    async with context, environment.page(path.format(floor=spaces[0].id), context) as page:
        panel = page.locator("butlr-panel")
        await panel.get_by_text("There is no room to show").wait_for()
        assert await page.locator(":is([data-floor], [data-space])").count() == 0
        text = await environment.text(panel)
        assert "There is no room" in text
        assert not [space.name for space in spaces if space.name in text]
