"""From "Add integration" to a live map."""

from .environment import Environment
from .floor_map import until_true
from .setting_up import SetUp


async def test_no_click_more_than_the_config_flow_has(environment: Environment, set_up: SetUp) -> None:
    """The panel is in the sidebar when the config flow ends, and one click further is the map, with the truth."""
    assert set_up.clicks == ["Submit", "Submit", "Skip and finish"]
    floor_id = (await environment.cloud.spaces())[0].id
    async with environment.page("/butlr") as page:
        await page.locator(f"butlr-panel a[href*='/floor/{floor_id}']").first.click()
        await until_true(page, environment.cloud, floor_id)
