"""The simulator, Home Assistant and the browser that all tests of this folder share, and what they observe."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
    WebError,
    WebSocket,
)

from scripts.lib.processes.browser import log_in, open_browser
from scripts.lib.processes.child_process import choose_port
from scripts.lib.processes.config_folder import ConfigFolder, Identity
from scripts.lib.processes.home_assistant import HomeAssistantProcess, WebSocketClient, set_up_home_assistant
from scripts.lib.processes.simulator_process import SimulatorOptions, SimulatorProcess

ROOT = Path(__file__).parents[2]
ROOMS = 60
# A user of this group may read nothing. Home Assistant has no command to create a group.
NOTHING = "nothing"
_AUTH = {
    "version": 1,
    "minor_version": 1,
    "key": "auth",
    "data": {
        "users": [],
        "groups": [
            {"id": "system-admin", "name": "Administrators"},
            {"id": "system-users", "name": "Users"},
            {"id": NOTHING, "name": "Nothing", "policy": {}},
        ],
        "credentials": [],
        "refresh_tokens": [],
    },
}
# What the browser prints about pages that it left, or while Home Assistant restarts.
_USUAL = ("net::ERR_", "WebSocket connection to", "Failed to load resource")
_POLLED_WITHIN = 60.0


@dataclass  # without slots: Playwright stores its wrappers in the object
class Observed:
    """What happened in the browser."""

    hosts: set[str] = field(default_factory=set)
    """Where requests went."""
    errors: list[str] = field(default_factory=list)
    """Errors of our code, and everything that must not happen with any name: dialogs, uncaught exceptions."""

    def watch(self, context: BrowserContext) -> None:
        """Watch every page of a context."""
        context.on("page", self._opened)
        context.on("request", self._requested)
        context.on("console", self._printed)
        context.on("dialog", self._dialog)
        context.on("weberror", self._uncaught)

    def _uncaught(self, error: WebError) -> None:
        """Note an exception, unless it is of Home Assistant's own: rejected commands, or files that it did not load."""
        if str(error.error) != "Object" and "/frontend_latest/" not in str(error.error):
            self.errors.append(f"uncaught: {error.error}")

    def _opened(self, page: Page) -> None:
        """Watch the websockets of a page: they are no requests."""
        page.on("websocket", self._connected)

    def _connected(self, socket: WebSocket) -> None:
        """Note where a websocket goes."""
        self.hosts.add(urlsplit(socket.url).hostname or "")

    def _requested(self, request: Request) -> None:
        """Note where a request goes."""
        address = urlsplit(request.url)
        if address.scheme in ("http", "https"):
            self.hosts.add(address.hostname or "")

    def _printed(self, message: ConsoleMessage) -> None:
        """Note an error."""
        if message.type == "error" and not any(part in message.text for part in _USUAL):
            source = message.location.get("url", "")
            if "butlr" in f"{source} {message.text}".lower():
                self.errors.append(f"{message.text} ({source})")

    async def _dialog(self, dialog: Dialog) -> None:
        """Close a dialog that only a script could have opened."""
        self.errors.append(f"dialog: {dialog.message}")
        await dialog.dismiss()


class Environment:
    """A Home Assistant that a browser looks at."""

    home: HomeAssistantProcess
    socket: WebSocketClient
    cloud: SimulatorProcess
    browser: Browser
    context: BrowserContext
    """The context in which the owner of Home Assistant is logged in; its pages share a cache, as tabs do."""

    def __init__(self, stack: AsyncExitStack, session: aiohttp.ClientSession, folder: Path, rooms: int) -> None:
        """Prepare; `open` starts everything, and `stack` ends it."""
        self._stack = stack
        self.session = session
        self.observed = Observed()
        self.tokens: dict[str, str] = {}
        """Logins of further users, by the id of their group."""
        self.identity = Identity.new(choose_port(0), choose_port(0))
        self.folder = ConfigFolder(folder / "home-assistant")
        self.pictures = folder
        self._options = SimulatorOptions(
            ROOT, folder / "simulator.log", self.identity.cloud_port, self.identity.client_secret, rooms
        )

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, rooms: int = ROOMS, *flags: str) -> AsyncIterator[Self]:
        """Start everything; Butlr is not yet added."""
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            environment = cls(stack, session, folder, rooms)
            await environment._start(*flags)
            yield environment

    async def _start(self, *flags: str) -> None:
        """Start the three processes at the same time."""
        self.folder.create(ROOT)
        (self.folder.path / ".storage").mkdir()
        (self.folder.path / ".storage" / "auth").write_text(json.dumps(_AUTH))
        self.cloud = await SimulatorProcess.start(self.session, self._options)
        self._stack.push_async_callback(self.cloud.child.stop)
        self.browser = await self._stack.enter_async_context(open_browser(*flags))
        self.home, self.socket = await set_up_home_assistant(self._stack, self.session, self.folder, self.identity)
        self.context = await self.log_in(self.home.token)

    async def log_in(self, token: str, language: str = "en", **options: Any) -> BrowserContext:
        """Open a browser context whose pages are logged in; it stays open until somebody closes it."""
        # The service worker would load the whole frontend in the background.
        context = await self.browser.new_context(service_workers="block", **options)
        self.observed.watch(context)
        await log_in(context, self.home.url, token, dockedSidebar="docked", selectedLanguage=language)
        return context

    @asynccontextmanager
    async def page(self, path: str, context: BrowserContext | None = None) -> AsyncIterator[Page]:
        """Open a page; save a screenshot of it if the test fails."""
        page = await (context or self.context).new_page()
        try:
            await page.goto(self.home.url + path, wait_until="commit")
            yield page
        except BaseException:
            file = self.pictures / f"failed-{path.strip('/').replace('/', '-') or 'start'}.png"
            await page.screenshot(path=file)
            print(f"screenshot of the failure: {file}")  # noqa: T201 - for the person who reads the failure
            raise
        finally:
            await page.close()

    @staticmethod
    async def go(page: Page, path: str) -> None:
        """Go to another path of an open page, as a link does: nothing is loaded again."""
        await page.locator("ha-sidebar").wait_for(state="attached")
        await page.evaluate(
            """path => {
                history.pushState(null, '', path);
                dispatchEvent(new CustomEvent('location-changed', {detail: {replace: false}}));
            }""",
            path,
        )
        if path.startswith("/butlr"):
            await page.locator("butlr-panel nav").wait_for()

    @staticmethod
    async def text(element: Locator) -> str:
        """Return the text of an element and of all that is inside it, in its shadow trees too."""
        text: str = await element.evaluate(
            """element => {
                const text = node => node.nodeType === Node.TEXT_NODE ? node.data
                    : ['STYLE', 'SCRIPT'].includes(node.tagName) ? ''
                    : [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].map(text).join(' ');
                return text(element);
            }"""
        )
        return text

    async def stop_home(self) -> None:
        """Stop Home Assistant."""
        await self.socket.close()
        await self.home.child.stop()

    async def start_home(self) -> None:
        """Start Home Assistant again; the logins stay valid."""
        token = self.home.token
        port = self.identity.port
        self.home = await HomeAssistantProcess.start(self.session, self.folder, port, onboarded=True)
        self._stack.push_async_callback(self.home.child.stop)
        self.home.token = token
        await self.home.wait_until_running()
        self.socket = await WebSocketClient.open(self.session, self.home)
        self._stack.push_async_callback(self.socket.close)

    async def entity_ids(self) -> dict[str, str]:
        """Return the enabled entities of the integration, by unique id."""
        entries = await self.socket.command("config/entity_registry/list")
        return {
            entry["unique_id"]: entry["entity_id"]
            for entry in entries
            if entry["platform"] == "butlr" and not entry["disabled_by"]
        }

    async def poll(self) -> None:
        """Let the integration poll everything, the estate too, and wait until it has asked."""
        await self.cloud.clear_requests()
        (button,) = (entity for key, entity in (await self.entity_ids()).items() if key.endswith("_refresh"))
        await self.home.request("POST", "/api/services/button/press", {"entity_id": button})
        async with asyncio.timeout(_POLLED_WITHIN):
            while not {"Topology", "room_occupancy"} <= await self._asked():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)

    async def _asked(self) -> set[str]:
        """Return what the integration has asked for."""
        return {record["kind"] for record in await self.cloud.requests()}

    async def until_pushed(self) -> None:
        """Wait until Butlr pushes."""
        await self.cloud.wait_for_webhook(_POLLED_WITHIN)

    async def new_user(self, name: str, group: str) -> str:
        """Create a user with a password; return the token of a login."""
        user = await self.socket.command("config/auth/create", name=name, group_ids=[group], local_only=False)
        await self.socket.command(
            "config/auth_provider/homeassistant/create", user_id=user["user"]["id"], username=name, password=name
        )
        person = HomeAssistantProcess(self.session, self.home.url, self.home.child)
        await person.log_in(Identity(self.identity.port, self.identity.cloud_port, "", name, name))
        return person.token
