"""From "Add integration" to a live map."""

from .environment import Environment
from .setting_up import SetUp


async def test_no_click_more_than_the_config_flow_has(environment: Environment, set_up: SetUp) -> None:
    """The panel is in the sidebar when the config flow ends."""
    assert set_up.clicks == ["Submit", "Submit", "Skip and finish"]
    async with environment.page("/butlr") as page:
        await page.locator("butlr-panel").wait_for()
