"""A real Home Assistant, controlled through its HTTP and websocket APIs as a browser does."""

import asyncio
from collections.abc import Mapping
import contextlib
from contextlib import AsyncExitStack
from pathlib import Path
import sys
import time
from typing import Any, Self

import aiohttp

from .child_process import ChildProcess
from .config_folder import CLIENT_ID, ConfigFolder, Identity

START_TIMEOUT = 300.0
VOICELESS = Path(__file__).with_name("voiceless")
_ENTRIES = "/api/config/config_entries/entry"
_FLOWS = "/api/config/config_entries/flow"
_OPTIONS = "/api/config/config_entries/options/flow"
_HOME = {"location_name": "Butlr demo", "country": "DK", "currency": "DKK", "unit_system": "metric"}


class UnexpectedAnswerError(Exception):
    """Home Assistant did not answer as expected."""


class HomeAssistantProcess:
    """A Home Assistant that runs as a child process."""

    def __init__(self, session: aiohttp.ClientSession, url: str, child: ChildProcess) -> None:
        """Use the Home Assistant at a URL; call `log_in` or `onboard` first."""
        self._session = session
        self.url = url
        self.child = child
        self.version = ""
        self.token = ""

    @classmethod
    async def start(cls, session: aiohttp.ClientSession, folder: ConfigFolder, port: int, *, onboarded: bool) -> Self:
        """Start `hass` and wait until it accepts a login or the onboarding."""
        # All packages are already installed: nothing may be downloaded.
        command = [str(Path(sys.executable).with_name("hass")), "--config", str(folder.path), "--skip-pip"]
        child = await ChildProcess.start("Home Assistant", command, folder.path, folder.path / "console.log", VOICELESS)
        home = cls(session, f"http://127.0.0.1:{port}", child)
        try:
            # The onboarding has no URL any more once it is complete.
            await home._wait_for("/auth/providers" if onboarded else "/api/onboarding")
        except BaseException:
            await child.stop()
            raise
        return home

    async def _wait_for(self, path: str) -> Any:
        """Repeat a request until it succeeds, and return the answer."""
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            self.child.check()
            try:
                return await self.request("GET", path)
            except (aiohttp.ClientError, UnexpectedAnswerError) as error:
                if time.monotonic() > deadline:
                    raise UnexpectedAnswerError(f"Home Assistant does not answer: {error}") from error
            await asyncio.sleep(0.1)

    async def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send a request and return the JSON of the answer; raise UnexpectedAnswerError unless it succeeds."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._session.request(method, self.url + path, json=body, headers=headers) as response:
            if not response.ok:
                raise UnexpectedAnswerError(f"{method} {path}: {response.status} {(await response.text())[:300]}")
            return await response.json(content_type=None)

    @property
    def _client_id(self) -> str:
        """Return the OAuth client id of a browser at this URL."""
        return f"{self.url}/"

    async def onboard(self, identity: Identity) -> None:
        """Complete the onboarding of a new Home Assistant."""
        user = {"name": "Demo", "username": identity.user, "password": identity.password, "language": "en"}
        created = await self.request("POST", "/api/onboarding/users", user | {"client_id": self._client_id})
        await self._fetch_token(created["auth_code"])
        await self.request("POST", "/api/onboarding/core_config", {})
        await self.request("POST", "/api/onboarding/analytics", {})
        redirect = {"client_id": self._client_id, "redirect_uri": f"{self.url}/?auth_callback=1"}
        await self.request("POST", "/api/onboarding/integration", redirect)

    async def log_in(self, identity: Identity) -> None:
        """Log in to a Home Assistant that has been onboarded before."""
        begin = {"client_id": self._client_id, "redirect_uri": self._client_id, "handler": ["homeassistant", None]}
        flow = await self.request("POST", "/auth/login_flow", begin)
        account = {"client_id": self._client_id, "username": identity.user, "password": identity.password}
        done = await self.request("POST", f"/auth/login_flow/{flow['flow_id']}", account)
        await self._fetch_token(done["result"])

    async def _fetch_token(self, code: str) -> None:
        """Exchange an authorization code for an access token."""
        form = {"grant_type": "authorization_code", "code": code, "client_id": self._client_id}
        async with self._session.post(f"{self.url}/auth/token", data=form) as response:
            response.raise_for_status()
            self.token = (await response.json())["access_token"]

    async def wait_until_running(self) -> None:
        """Wait until Home Assistant has started; the integration registers its webhook then."""
        deadline = time.monotonic() + START_TIMEOUT
        while (config := await self._wait_for("/api/config"))["state"] != "RUNNING":
            if time.monotonic() > deadline:
                raise UnexpectedAnswerError(f"Home Assistant is still {config['state']}")
            await asyncio.sleep(0.1)
        self.version = config["version"]

    async def add_butlr(self, base_url: str, client_secret: str) -> None:
        """Complete the integration's config flow with the default answers."""
        await self.end_flow(await self.begin_butlr(base_url, client_secret), {})

    async def begin_butlr(self, base_url: str, client_secret: str) -> str:
        """Complete the integration's config flow up to its last form; return the flow id."""
        flow_id = await self.begin_flow("butlr")
        credentials = {"client_id": CLIENT_ID, "client_secret": client_secret, "advanced": {"base_url": base_url}}
        _check_step(await self.request("POST", f"{_FLOWS}/{flow_id}", credentials), "spaces")
        return flow_id

    async def begin_flow(self, handler: str) -> str:
        """Open the first form of an integration's config flow; return the flow id."""
        form = await self.request("POST", _FLOWS, {"handler": handler, "show_advanced_options": True})
        return str(form["flow_id"])

    async def end_flow(self, flow_id: str, answer: Mapping[str, Any]) -> str:
        """Submit the last form of a config flow; return the entry id once the entry is set up."""
        done = await self.request("POST", f"{_FLOWS}/{flow_id}", answer)
        if done["type"] != "create_entry":
            raise UnexpectedAnswerError(f"the config flow ended with {done}")
        return str(done["result"]["entry_id"])

    async def add_mqtt(self, port: int) -> None:
        """Connect Home Assistant's MQTT integration to the broker at a port of this machine."""
        others = {"set_client_cert": False, "set_ca_cert": "off"}
        broker = {"broker": "127.0.0.1", "port": port, "other_settings": others}
        await self.end_flow(await self.begin_flow("mqtt"), broker)

    async def change_options(self, entry_id: str, answer: Mapping[str, Any]) -> None:
        """Complete an entry's options flow."""
        form = await self.request("POST", _OPTIONS, {"handler": entry_id})
        done = await self.request("POST", f"{_OPTIONS}/{form['flow_id']}", answer)
        if done["type"] != "create_entry":
            raise UnexpectedAnswerError(f"the options flow ended with {done}")

    async def remove_entry(self, entry_id: str) -> None:
        """Remove a config entry."""
        await self.request("DELETE", f"{_ENTRIES}/{entry_id}")

    async def wait_until_loaded(self) -> None:
        """Wait until the integration is loaded."""
        await self.wait_until("loaded")

    async def wait_until(self, state: str) -> None:
        """Wait until the integration's config entry is in a state."""
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            entries = await self.request("GET", f"{_ENTRIES}?domain=butlr")
            if entries and entries[0]["state"] == state:
                return
            if time.monotonic() > deadline:
                raise UnexpectedAnswerError(f"the integration is not {state}: {entries}")
            await asyncio.sleep(0.2)

    async def refresh(self, entity_id: str) -> None:
        """Call `homeassistant.update_entity`; the integration polls all spaces for it."""
        await self.request("POST", "/api/services/homeassistant/update_entity", {"entity_id": entity_id})


def _check_step(answer: Mapping[str, Any], step_id: str) -> None:
    """Raise UnexpectedAnswerError unless the answer is the form of a step."""
    if answer.get("step_id") != step_id:
        raise UnexpectedAnswerError(f"expected step {step_id} of the config flow, not {answer}")


class WebSocketClient:
    """A client of the websocket API: commands with answers, and events in a queue."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Use an authenticated connection."""
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, session: aiohttp.ClientSession, home: HomeAssistantProcess) -> Self:
        """Connect and authenticate."""
        # No heartbeat: it would count as a ping of the measurement. Home Assistant sends its own.
        socket = await session.ws_connect(f"{home.url}/api/websocket", max_msg_size=0)
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": home.token})
        answer = await socket.receive_json()
        if answer["type"] != "auth_ok":
            await socket.close()
            raise UnexpectedAnswerError(f"the websocket refuses the token: {answer}")
        return cls(socket)

    async def _read(self) -> None:
        """Pass on every message until the connection ends."""
        try:
            async for message in self._socket:
                content = message.json()
                if content["type"] == "event":
                    self.events.put_nowait(content["event"])
                elif (answer := self._answers.pop(content["id"], None)) and not answer.done():
                    answer.set_result(content)
        finally:
            for answer in self._answers.values():
                answer.cancel()

    async def command(self, kind: str, **details: Any) -> Any:
        """Send a command and return its result; raise UnexpectedAnswerError if it fails."""
        self._number += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        await self._socket.send_json({"id": self._number, "type": kind, **details})
        async with asyncio.timeout(30):
            content = await answer
        if content["type"] == "pong":
            return None
        if not content["success"]:
            raise UnexpectedAnswerError(f"{kind}: {content['error']}")
        return content["result"]

    async def close(self) -> None:
        """Close the connection."""
        await self._socket.close()
        self.reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.reader

    async def confirm_address(self, folder: ConfigFolder) -> None:
        """Confirm the address from YAML; Home Assistant would restart on its default port otherwise."""
        if (await self.command("http/config"))["pending"]:
            await self.command("http/config/promote")
        folder.end_trial()
        with contextlib.suppress(UnexpectedAnswerError):
            # It says that the address can be removed from YAML, which has been done.
            await self.command("repairs/ignore_issue", domain="http", issue_id="deprecated_yaml", ignore=True)

    async def configure(self, external_url: str | None) -> None:
        """Set the location, and the external URL at which Butlr reaches Home Assistant."""
        await self.command("config/core/update", **_HOME, external_url=external_url)


async def set_up_home_assistant(
    stack: AsyncExitStack, session: aiohttp.ClientSession, folder: ConfigFolder, identity: Identity
) -> tuple[HomeAssistantProcess, WebSocketClient]:
    """Start a new Home Assistant, onboard it and open its websocket; `stack` ends both."""
    folder.begin_trial(identity.port)
    home = await HomeAssistantProcess.start(session, folder, identity.port, onboarded=False)
    stack.push_async_callback(home.child.stop)
    await home.onboard(identity)
    await home.wait_until_running()
    socket = await WebSocketClient.open(session, home)
    stack.push_async_callback(socket.close)
    await socket.confirm_address(folder)
    await socket.configure(home.url)
    return home, socket
