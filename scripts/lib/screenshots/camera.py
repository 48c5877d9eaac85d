"""A browser that is logged in to Home Assistant and saves screenshots as small files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import io
from pathlib import Path
from typing import Final, Literal, Self

from PIL import Image
from playwright.async_api import Browser, FloatRect, Locator, Page, ViewportSize

from scripts.lib.processes.browser import log_in, open_browser
from scripts.lib.processes.home_assistant import HomeAssistantProcess

# Home Assistant shows two columns of cards at this width.
_VIEW: Final[ViewportSize] = {"width": 853, "height": 1400}
# Sharp on high-resolution screens; at most 1,280 pixels wide.
_SCALE = 1.5
_COLORS = 128
_MAX_WIDTH = 1280
# How long animations and the loading of icons take at most, in milliseconds.
_ANIMATIONS = 1500.0


class Camera:
    """Opens pages and takes screenshots of parts of them."""

    def __init__(self, browser: Browser, home: HomeAssistantProcess, page: Page, album: Path) -> None:
        """Use a browser page that is logged in."""
        self._browser = browser
        self._home = home
        self._album = album
        self.page = page

    @classmethod
    @asynccontextmanager
    async def open(cls, home: HomeAssistantProcess, album: Path) -> AsyncIterator[Self]:
        """Start a browser in English with the light theme."""
        async with open_browser() as browser, _page(browser, home, _VIEW, dark=False) as page:
            yield cls(browser, home, page, album)

    @asynccontextmanager
    async def another(self, width: int, height: int, *, dark: bool = False) -> AsyncIterator[Self]:
        """Use a window of another size, or with the dark theme."""
        async with _page(self._browser, self._home, {"width": width, "height": height}, dark=dark) as page:
            yield type(self)(self._browser, self._home, page, self._album)

    async def show(self, path: str) -> None:
        """Open a page of Home Assistant."""
        await self.page.goto(self._home.url + path)

    async def wait_for_animations(self) -> None:
        """Wait until all animations have ended, with the pointer out of the way."""
        await self.page.mouse.move(0, 0)
        await self.page.wait_for_timeout(_ANIMATIONS)

    async def take(self, name: str, *parts: Locator, margin: float = 16, whole_width: bool = False) -> None:
        """Save a screenshot of the area that contains some elements; `whole_width` means from the top left corner."""
        await self.wait_for_animations()
        boxes = [box for part in parts if (box := await part.bounding_box())]
        left, top = min(box["x"] for box in boxes) - margin, min(box["y"] for box in boxes) - margin
        right = max(box["x"] + box["width"] for box in boxes) + margin
        bottom = max(box["y"] + box["height"] for box in boxes) + margin
        if whole_width:
            left, top, right = 0, 0, _VIEW["width"]
        clip = FloatRect(x=left, y=top, width=right - left, height=bottom - top)
        self._save(name, await self.page.screenshot(clip=clip))

    async def take_window(self, name: str) -> None:
        """Save a screenshot of the whole window."""
        await self.wait_for_animations()
        self._save(name, await self.page.screenshot())

    def _save(self, name: str, taken: bytes) -> None:
        """Save a picture as a small file."""
        whole = Image.open(io.BytesIO(taken)).convert("RGB")
        whole.thumbnail((_MAX_WIDTH, whole.height), Image.Resampling.LANCZOS)
        picture = whole.quantize(_COLORS, dither=Image.Dither.NONE)
        file = self._album / f"{name}.png"
        picture.save(file, optimize=True)
        print(
            f"{file.relative_to(Path.cwd())}: {picture.width} x {picture.height}, {file.stat().st_size / 1000:.0f} kB"
        )


@asynccontextmanager
async def _page(browser: Browser, home: HomeAssistantProcess, view: ViewportSize, *, dark: bool) -> AsyncIterator[Page]:
    """Open a page that is logged in, without the sidebar."""
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    context = await browser.new_context(
        viewport=view, device_scale_factor=_SCALE, color_scheme=scheme, locale="en-GB", service_workers="block"
    )
    await log_in(context, home.url, home.token, dockedSidebar="always_hidden")
    try:
        yield await context.new_page()
    finally:
        await context.close()
