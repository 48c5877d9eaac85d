"""The limit of a space after Home Assistant was killed."""

import asyncio
from contextlib import AsyncExitStack
import json
from pathlib import Path
from typing import Any

import pytest

from scripts.lib.processes.home_assistant import HomeAssistantProcess, UnexpectedAnswerError
from tests.helpers.real_home import start_real_home, wait_until

LIMIT = "number.focus_room_capacity_limit"


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Run Home Assistant as a process of its own, which needs no fixture."""


async def shows(home: HomeAssistantProcess, expected: str) -> bool:
    """Return whether Home Assistant shows a limit."""
    try:
        state = await home.request("GET", f"/api/states/{LIMIT}")
    except UnexpectedAnswerError:
        return False
    return bool(state["state"] == expected)


def read(registry: Path) -> list[dict[str, Any]]:
    """Return the entities in the file of the registry; none while it does not exist."""
    return json.loads(registry.read_text())["data"]["entities"] if registry.exists() else []


async def is_stored_as_enabled(registry: Path) -> bool:
    """Return whether the file of the registry says that the number is enabled."""
    entities = await asyncio.to_thread(read, registry)
    return any(one["entity_id"] == LIMIT and one["disabled_by"] is None for one in entities)


@pytest.mark.timeout(240)
async def test_a_limit_survives_a_kill(tmp_path: Path, socket_enabled: None) -> None:
    """A limit that Home Assistant has accepted counts after its process was killed at once."""
    async with AsyncExitStack() as stack:
        real = await start_real_home(stack, tmp_path)
        home = real.home
        await real.socket.command("config/entity_registry/update", entity_id=LIMIT, disabled_by=None)
        (entry,) = await home.request("GET", "/api/config/config_entries/entry?domain=butlr")
        await home.request("POST", f"/api/config/config_entries/entry/{entry['entry_id']}/reload")
        await wait_until(lambda: shows(home, "4"))
        # Home Assistant itself stores some seconds later that the entity is enabled.
        registry = real.config.path / ".storage" / "core.entity_registry"
        await wait_until(lambda: is_stored_as_enabled(registry))
        await home.request("POST", "/api/services/number/set_value", {"entity_id": LIMIT, "value": 7})
        await home.child.kill()
        again = await HomeAssistantProcess.start(real.http, real.config, real.identity.port, onboarded=True)
        stack.push_async_callback(again.child.stop)
        await again.log_in(real.identity)
        await wait_until(lambda: shows(again, "7"))
