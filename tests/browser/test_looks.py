"""Pictures of each view on a phone, in the dark and in German, to be looked at; and what a test can see of it."""

from typing import Any

import pytest

from .environment import Environment
from .floor_map import until_true

VIEWS = ("", "/floor/{floor}", "/find", "/history", "/maintenance")
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1280, "height": 800}


@pytest.mark.parametrize(
    ("name", "language", "options", "word"),
    [
        ("phone", "en", {"viewport": PHONE, "device_scale_factor": 2}, "Overview"),
        ("phone-dark-german", "de", {"viewport": PHONE, "color_scheme": "dark"}, "Übersicht"),
        ("tablet-dark", "en", {"viewport": TABLET, "color_scheme": "dark"}, "Overview"),
        ("tablet-german", "de", {"viewport": TABLET}, "Übersicht"),
    ],
)
async def test_pictures(environment: Environment, name: str, language: str, options: dict[str, Any], word: str) -> None:
    """No view is wider than the window, and each is in the language of the person."""
    floor = (await environment.cloud.spaces())[0]
    context = await environment.log_in(environment.home.token, language, **options)
    async with context, environment.page("/butlr", context) as page:
        for view in VIEWS:
            await environment.go(page, f"/butlr{view.format(floor=floor.id)}")
            if "floor" in view:
                await until_true(page, environment.cloud, floor.id)
            await page.wait_for_timeout(500)
            title = view.split("/")[1] if view else "overview"
            await page.screenshot(path=environment.pictures / f"{name}-{title}.png")
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
            if not view:
                assert word in await environment.text(page.locator("butlr-panel"))
