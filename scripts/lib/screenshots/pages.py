"""How to reach each page, and which part of it the screenshot shows."""

from playwright.async_api import Locator

from .camera import Camera

# How many of the integration's devices the screenshot shows.
_ROWS = 4


class Pages:
    """Uses Home Assistant's frontend as a person does."""

    def __init__(self, camera: Camera) -> None:
        """Use a camera."""
        self._camera = camera
        self._page = camera.page

    async def config_flow(self, base_url: str, client_secret: str) -> None:
        """Add the integration, with a screenshot of each step."""
        await self._camera.show("/config/integrations/dashboard/add?domain=butlr")
        await self._page.get_by_role("button", name="OK").click()
        form = self._page.locator("step-flow-form")
        await form.locator("input[name=client_id]").fill("demo")
        await form.locator("input[name=client_secret]").fill(client_secret)
        await form.get_by_text("Advanced").click()
        await form.locator("input[name=base_url]").fill(base_url)
        await form.locator("input[name=base_url]").blur()
        await self._camera.take("config-flow-user", self._dialog(), margin=24)
        await self._page.get_by_role("button", name="Submit").click()
        await form.get_by_text("Areas").first.wait_for()
        await self._camera.take("config-flow-spaces", self._dialog(), margin=24)
        await self._page.get_by_role("button", name="Submit").click()
        await self._page.get_by_role("button", name="Skip and finish").click()

    async def integration(self) -> None:
        """Take a screenshot of the integration's page."""
        await self._camera.show("/config/integrations/integration/butlr")
        rows = self._page.locator("ha-config-entry-device-row")
        await rows.nth(_ROWS).wait_for()
        await self._camera.take("integration", rows.nth(_ROWS - 1), margin=0, whole_width=True)

    async def device(self, name: str, device_id: str) -> None:
        """Take a screenshot of a device's page."""
        await self._camera.show(f"/config/devices/device/{device_id}")
        await self._page.get_by_text("Add to dashboard").first.wait_for()
        cards = self._page.locator("ha-config-device-page ha-card")
        shown = [cards.nth(number) for number in range(await cards.count())]
        await self._camera.take(name, *shown, whole_width=True)

    async def repair(self, title: str) -> None:
        """Take a screenshot of a repair issue."""
        await self._camera.show("/config/repairs")
        await self._page.get_by_text(title).click()
        await self._camera.take("repair", self._dialog(), margin=24)

    async def floor(self, name: str, floor_id: str) -> None:
        """Take a screenshot of the map of a floor, with the list beside it if there is room."""
        await self._camera.show(f"/butlr/floor/{floor_id}")
        await self._page.locator("butlr-map [data-space]").first.wait_for()
        await self._camera.take_window(name)

    async def overview(self, name: str) -> None:
        """Take a screenshot of the panel's first page."""
        await self._camera.show("/butlr")
        await self._page.locator("butlr-panel a[href*='/floor/']").first.wait_for()
        await self._camera.take_window(name)

    async def dashboard(self, name: str, path: str) -> None:
        """Take a screenshot of a dashboard that the strategy made."""
        await self._camera.show(path)
        await self._page.locator("butlr-map [data-space]").first.wait_for()
        await self._camera.take_window(name)

    def _dialog(self) -> Locator:
        """Return the open dialog."""
        return self._page.locator("dialog[open]").last
