"""A browser that is logged in to Home Assistant and saves screenshots as small files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import io
import json
import os
from pathlib import Path
import time
from typing import Final, Self

from PIL import Image
from playwright.async_api import Locator, Page, ViewportSize, async_playwright

from scripts.lib.processes.home_assistant import HomeAssistantProcess

# Home Assistant shows two columns of cards at this width.
_VIEW: Final[ViewportSize] = {"width": 853, "height": 1400}
# Sharp on high-resolution screens; at most 1,280 pixels wide.
_SCALE = 1.5
_COLORS = 128
# No requests other than for the page. Chromium has no sandbox when it runs as root.
_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)
# Seconds.
_TOKEN_LIFETIME = 1800
# How long animations and the loading of icons take at most, in milliseconds.
_ANIMATIONS = 1500.0


class Camera:
    """Opens pages and takes screenshots of parts of them."""

    def __init__(self, home: HomeAssistantProcess, page: Page, album: Path) -> None:
        """Use a browser page that is logged in."""
        self._home = home
        self._album = album
        self.page = page

    @classmethod
    @asynccontextmanager
    async def open(cls, home: HomeAssistantProcess, album: Path) -> AsyncIterator[Self]:
        """Start a browser in English with the light theme, logged in with the frontend's own local storage."""
        tokens = {
            "access_token": home.token,
            "token_type": "Bearer",
            "expires_in": _TOKEN_LIFETIME,
            "expires": int((time.time() + _TOKEN_LIFETIME) * 1000),
            "refresh_token": "",
            "hassUrl": home.url,
            "clientId": f"{home.url}/",
        }
        stored = {"hassTokens": json.dumps(tokens), "dockedSidebar": '"always_hidden"'}
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=_FLAGS)
            context = await browser.new_context(
                viewport=_VIEW, device_scale_factor=_SCALE, color_scheme="light", locale="en-GB"
            )
            await context.add_init_script(f"Object.assign(localStorage, {json.dumps(stored)})")
            yield cls(home, await context.new_page(), album)
            await browser.close()

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
        taken = await self.page.screenshot(clip={"x": left, "y": top, "width": right - left, "height": bottom - top})
        picture = Image.open(io.BytesIO(taken)).convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE)
        file = self._album / f"{name}.png"
        picture.save(file, optimize=True)
        print(
            f"{file.relative_to(Path.cwd())}: {picture.width} x {picture.height}, {file.stat().st_size / 1000:.0f} kB"
        )
