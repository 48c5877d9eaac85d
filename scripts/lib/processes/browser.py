"""A real browser that is logged in to Home Assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import os
from pathlib import Path
import shutil
import time
from typing import Any

from playwright.async_api import Browser, BrowserContext, async_playwright

from .child_process import ProcessError

# No requests other than for the page. Chromium has no sandbox when it runs as root.
_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Seconds.
_TOKEN_LIFETIME = 1800


def find_chromium() -> str:
    """Return the path of Chromium; raise ProcessError with what to do if there is none."""
    programs = [path] if (path := os.environ.get("CHROMIUM")) else _PROGRAMS
    for program in programs:
        if found := shutil.which(program):
            return str(Path(found))
    raise ProcessError(
        "Chromium not found; install it (Debian: apt-get install chromium), or set CHROMIUM to the path of a browser"
    )


@asynccontextmanager
async def open_browser(*flags: str) -> AsyncIterator[Browser]:
    """Start Chromium, and end it afterwards."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=[*_FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


async def log_in(context: BrowserContext, url: str, token: str, **stored: Any) -> None:
    """Log every page of a context in to the Home Assistant at a URL, with the frontend's own local storage."""
    tokens = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": _TOKEN_LIFETIME,
        "expires": int((time.time() + _TOKEN_LIFETIME) * 1000),
        "refresh_token": "",
        "hassUrl": url,
        "clientId": f"{url}/",
    }
    values = {name: json.dumps(value) for name, value in {"hassTokens": tokens, **stored}.items()}
    await context.add_init_script(
        f"if (location.protocol.startsWith('http')) Object.assign(localStorage, {json.dumps(values)})"
    )
