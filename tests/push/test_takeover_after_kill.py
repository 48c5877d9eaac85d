"""What another system has at Butlr after Home Assistant was killed while it took over or gave back."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import random
from typing import Any

import pytest

from scripts.lib.processes.home_assistant import HomeAssistantProcess, UnexpectedAnswerError
from tests.helpers.other_system import BASIC_AUTH, OtherSystem, start_other_system
from tests.helpers.real_home import RealHome, start_real_home, wait_until

_ENTRY = "/api/config/config_entries/entry"
_FIX = "/api/repairs/issues/fix"
# Home Assistant writes the intention to disk about a second after the click, and goes on at once. In seconds.
_LONGEST = 2.0


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Run Home Assistant as a process of its own, which needs no fixture."""


class Stage:
    """A real Home Assistant that is killed and started again, and another system."""

    def __init__(self, stack: AsyncExitStack, real: RealHome, other: OtherSystem) -> None:
        """Begin with the running Home Assistant."""
        self._stack = stack
        self._real = real
        self._other = other
        self.home = real.home

    async def simulator(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Use the control interface of the simulated cloud."""
        async with self._real.http.request(method, f"{self._real.cloud.url}/_sim/{path}", json=body) as answer:
            return await answer.json()

    async def webhook(self) -> dict[str, Any]:
        """Return the webhook of the other system."""
        found: dict[str, Any] = next(
            one for one in (await self.simulator("GET", "webhooks"))["webhooks"] if one["foreign"]
        )
        return found

    async def entry(self) -> dict[str, Any] | None:
        """Return the entry once it is loaded."""
        try:
            entries = await self.home.request("GET", f"{_ENTRY}?domain=butlr")
        except UnexpectedAnswerError:
            return None
        return next((one for one in entries if one["state"] == "loaded"), None)

    async def is_stored(self) -> bool:
        """Return whether the entry is on disk: Home Assistant writes it some seconds later."""
        file = self._real.config.path / ".storage" / "core.config_entries"
        return '"butlr"' in await asyncio.to_thread(file.read_text) if file.exists() else False

    async def open_flow(self) -> str | None:
        """Return a fix flow at its page of consent, once the issue exists and can be fixed."""
        issues = (await self._real.socket.command("repairs/list_issues"))["issues"]
        found = [one["issue_id"] for one in issues if one["translation_key"] == "event_types_held"]
        if not found:
            return None
        menu = await self.home.request("POST", _FIX, {"handler": "butlr", "issue_id": found[0]})
        if "forward" not in menu["menu_options"]:
            return None
        form = await self.home.request("POST", f"{_FIX}/{menu['flow_id']}", {"next_step_id": "forward"})
        return str(form["flow_id"])

    async def kill_during(self, method: str, path: str, after: float) -> None:
        """Kill Home Assistant some seconds after a request, and start it again."""
        request = asyncio.ensure_future(self.home.request(method, path, {} if method == "POST" else None))
        await asyncio.sleep(after)
        await self.home.child.kill()
        await asyncio.gather(request, return_exceptions=True)
        self.home = await HomeAssistantProcess.start(
            self._real.http, self._real.config, self._real.identity.port, onboarded=True
        )
        self._stack.push_async_callback(self.home.child.stop)
        await self.home.log_in(self._real.identity)

    async def receives(self) -> bool:
        """Return whether the other system receives an event that Butlr sends now."""
        before = len(self._other.bodies)
        (boardroom,) = [one.id for one in await self._real.cloud.spaces() if one.name == "Boardroom"]
        await self._real.cloud.bring_someone(boardroom)
        await asyncio.sleep(0.5)
        return len(self._other.bodies) > before


@pytest.mark.timeout(400)
async def test_kills(tmp_path: Path, socket_enabled: None) -> None:
    """The other system receives events after each; in the end its webhook is byte for byte what it was."""
    async with AsyncExitStack() as stack:
        other = await start_other_system()
        stack.push_async_callback(other.server.close)
        stage = Stage(stack, await start_real_home(stack, tmp_path), other)
        details = {"url": other.url, "basic_auth": BASIC_AUTH, "http_timeout": 4}
        await stage.simulator("POST", "webhooks", {"event_types": ["ROOM_OCCUPANCY"], **details})
        before = await stage.webhook()
        entry = await wait_until(stage.entry)
        assert entry is not None
        await stage.home.request("POST", f"{_ENTRY}/{entry['entry_id']}/reload")
        flow = await wait_until(stage.open_flow)
        await wait_until(stage.is_stored)
        await stage.kill_during("POST", f"{_FIX}/{flow}", random.uniform(0.0, _LONGEST))
        await wait_until(stage.entry)
        await wait_until(stage.receives)
        await stage.kill_during("DELETE", f"{_ENTRY}/{entry['entry_id']}", random.uniform(0.0, 0.3))
        if await stage.home.request("GET", f"{_ENTRY}?domain=butlr"):
            await wait_until(stage.entry)
            await wait_until(stage.receives)
            await stage.home.remove_entry(entry["entry_id"])
        assert await stage.webhook() == before
