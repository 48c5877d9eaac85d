"""A real Home Assistant, driven through its own HTTP API as a browser would do it."""

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
    """Home Assistant answered otherwise than it should."""


class HomeAssistantProcess:
    """Speaks to a Home Assistant that runs as a process."""

    def __init__(self, session: aiohttp.ClientSession, url: str, child: ChildProcess) -> None:
        """Speak to the Home Assistant at a URL; `log_in` or `onboard` first."""
        self._session = session
        self.url = url
        self.child = child
        self.version = ""
        self.token = ""

    @classmethod
    async def start(cls, session: aiohttp.ClientSession, folder: ConfigFolder, port: int, *, onboarded: bool) -> Self:
        """Start `hass` and wait until one can log in or be onboarded."""
        # Everything that is needed is installed already: nothing is fetched, at no start.
        command = [str(Path(sys.executable).with_name("hass")), "--config", str(folder.path), "--skip-pip"]
        child = await ChildProcess.start("Home Assistant", command, folder.path, folder.path / "console.log", VOICELESS)
        home = cls(session, f"http://127.0.0.1:{port}", child)
        try:
            # The onboarding's address is gone once it is done.
            await home._wait_for("/auth/providers" if onboarded else "/api/onboarding")
        except BaseException:
            await child.stop()
            raise
        return home

    async def _wait_for(self, path: str) -> Any:
        """Ask until there is an answer."""
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
        """Return the answer's JSON; raises HomeError for any other status than success."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._session.request(method, self.url + path, json=body, headers=headers) as response:
            if not response.ok:
                raise UnexpectedAnswerError(f"{method} {path}: {response.status} {(await response.text())[:300]}")
            return await response.json(content_type=None)

    @property
    def _client_id(self) -> str:
        """Return what identifies a browser that was sent here."""
        return f"{self.url}/"

    async def onboard(self, identity: Identity) -> None:
        """Do all steps that a new Home Assistant asks of its owner."""
        user = {"name": "Demo", "username": identity.user, "password": identity.password, "language": "en"}
        created = await self.request("POST", "/api/onboarding/users", user | {"client_id": self._client_id})
        await self._take_token(created["auth_code"])
        await self.request("POST", "/api/onboarding/core_config", {})
        await self.request("POST", "/api/onboarding/analytics", {})
        redirect = {"client_id": self._client_id, "redirect_uri": f"{self.url}/?auth_callback=1"}
        await self.request("POST", "/api/onboarding/integration", redirect)

    async def log_in(self, identity: Identity) -> None:
        """Log in to a Home Assistant that was onboarded in an earlier run."""
        begin = {"client_id": self._client_id, "redirect_uri": self._client_id, "handler": ["homeassistant", None]}
        flow = await self.request("POST", "/auth/login_flow", begin)
        account = {"client_id": self._client_id, "username": identity.user, "password": identity.password}
        done = await self.request("POST", f"/auth/login_flow/{flow['flow_id']}", account)
        await self._take_token(done["result"])

    async def _take_token(self, code: str) -> None:
        """Exchange a code for a token."""
        form = {"grant_type": "authorization_code", "code": code, "client_id": self._client_id}
        async with self._session.post(f"{self.url}/auth/token", data=form) as response:
            response.raise_for_status()
            self.token = (await response.json())["access_token"]

    async def wait_until_running(self) -> None:
        """Wait for the end of the start, which is when the integration registers its webhook."""
        deadline = time.monotonic() + START_TIMEOUT
        while (config := await self._wait_for("/api/config"))["state"] != "RUNNING":
            if time.monotonic() > deadline:
                raise UnexpectedAnswerError(f"Home Assistant is still {config['state']}")
            await asyncio.sleep(0.1)
        self.version = config["version"]

    async def add_butlr(self, base_url: str, client_secret: str) -> None:
        """Go through the integration's config flow as a person does, taking every default."""
        await self.end_flow(await self.begin_butlr(base_url, client_secret), {})

    async def begin_butlr(self, base_url: str, client_secret: str) -> str:
        """Go through the integration's config flow up to its last form; returns the flow's id."""
        flow_id = await self.begin_flow("butlr")
        credentials = {"client_id": CLIENT_ID, "client_secret": client_secret, "advanced": {"base_url": base_url}}
        _step(await self.request("POST", f"{_FLOWS}/{flow_id}", credentials), "spaces")
        return flow_id

    async def begin_flow(self, handler: str) -> str:
        """Open the first form of an integration's config flow; returns the flow's id."""
        form = await self.request("POST", _FLOWS, {"handler": handler, "show_advanced_options": True})
        return str(form["flow_id"])

    async def end_flow(self, flow_id: str, answer: Mapping[str, Any]) -> str:
        """Fill in the last form of a config flow; returns the new entry's id when that has been set up."""
        done = await self.request("POST", f"{_FLOWS}/{flow_id}", answer)
        if done["type"] != "create_entry":
            raise UnexpectedAnswerError(f"the config flow ended with {done}")
        return str(done["result"]["entry_id"])

    async def change_options(self, entry_id: str, answer: Mapping[str, Any]) -> None:
        """Go through an entry's options flow."""
        form = await self.request("POST", _OPTIONS, {"handler": entry_id})
        done = await self.request("POST", f"{_OPTIONS}/{form['flow_id']}", answer)
        if done["type"] != "create_entry":
            raise UnexpectedAnswerError(f"the options flow ended with {done}")

    async def remove_entry(self, entry_id: str) -> None:
        """Remove a config entry with its devices and entities."""
        await self.request("DELETE", f"{_ENTRIES}/{entry_id}")

    async def wait_until_loaded(self) -> None:
        """Wait until the integration has its entities."""
        await self.wait_until("loaded")

    async def wait_until(self, state: str) -> None:
        """Wait until the integration's entry is in a state."""
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            entries = await self.request("GET", f"{_ENTRIES}?domain=butlr")
            if entries and entries[0]["state"] == state:
                return
            if time.monotonic() > deadline:
                raise UnexpectedAnswerError(f"the integration is not {state}: {entries}")
            await asyncio.sleep(0.2)

    async def refresh(self, entity_id: str) -> None:
        """Run the action that asks an integration to update an entity at once; Butlr polls for all of them."""
        await self.request("POST", "/api/services/homeassistant/update_entity", {"entity_id": entity_id})


def _step(answer: Mapping[str, Any], step_id: str) -> Mapping[str, Any]:
    """Return the answer if it is the form of a step."""
    if answer.get("step_id") != step_id:
        raise UnexpectedAnswerError(f"expected step {step_id} of the config flow, not {answer}")
    return answer


class WebSocketClient:
    """The websocket: commands with answers, and every state as it is written."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Use a socket that is authenticated."""
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, session: aiohttp.ClientSession, home: HomeAssistantProcess) -> Self:
        """Connect and authenticate."""
        # Heartbeats of ours would count as pings of the measurement; Home Assistant sends its own.
        socket = await session.ws_connect(f"{home.url}/api/websocket", max_msg_size=0)
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": home.token})
        answer = await socket.receive_json()
        if answer["type"] != "auth_ok":
            await socket.close()
            raise UnexpectedAnswerError(f"the websocket refuses the token: {answer}")
        return cls(socket)

    async def _read(self) -> None:
        """Hand every message to whom it is for, until the connection ends."""
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
        """Return the result of a command; raises HomeError if it failed."""
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
        """Promote the address that is on trial; Home Assistant would restart on its default port otherwise."""
        if (await self.command("http/config"))["pending"]:
            await self.command("http/config/promote")
        folder.end_trial()
        with contextlib.suppress(UnexpectedAnswerError):
            # The hint that the YAML can go now: it is gone.
            await self.command("repairs/ignore_issue", domain="http", issue_id="deprecated_yaml", ignore=True)

    async def configure(self, external_url: str | None) -> None:
        """Tell Home Assistant where it is, and under which address Butlr reaches it."""
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
