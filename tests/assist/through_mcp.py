"""The conversation through a real Home Assistant's Model Context Protocol Server, with the official client.

`scripts/conversation` shows it, also with another version of Home Assistant.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import importlib
import importlib.util
import json
from pathlib import Path
import sys
import tempfile
from typing import Any
from zoneinfo import ZoneInfo

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from scripts.lib.processes.home_assistant import HomeAssistantProcess, WebSocketClient
from scripts.lib.processes.simulator_process import SimulatorProcess
from tests.helpers.real_home import start_real_home

from .conversation import CONVERSATION, PEOPLE, Asked, Truth

# The client uses httpx2 since its version 2, which Home Assistant 2026.11 brings.
httpx: Any = importlib.import_module("httpx2" if importlib.util.find_spec("httpx2") else "httpx")
# The entities whose states tell that everybody has arrived, and the names of their spaces.
ARRIVED = {
    "sensor.boardroom_people": "Boardroom",
    "sensor.focus_room_people": "Focus Room",
    "sensor.harbour_cafe_people_estimate": "Harbour Café",
    "sensor.desk_row_a_people": "Desk Row A",
    "sensor.first_floor_people": "First Floor",
    "sensor.pier_house_people": "Pier House",
}
# The same tools answer there; test_tools.py asks it everything.
QUESTIONS_TO_OWN_API = 9
_WAIT = 120.0


@dataclass
class Outcome:
    """What a client saw."""

    version: str = ""
    tools: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The tools by endpoint."""
    wrong: list[str] = field(default_factory=list)
    """Answers that are not right."""
    answers: list[str] = field(default_factory=list)
    read_only: int = 0
    """How many of the answers were given in the read-only mode of the server."""
    registry_unchanged: bool = False
    log: str = ""


@asynccontextmanager
async def connect(home: HomeAssistantProcess, api: str) -> AsyncIterator[ClientSession]:
    """Connect the official client to an endpoint."""
    async with (
        httpx.AsyncClient(headers={"Authorization": f"Bearer {home.token}"}, timeout=60) as http,
        streamable_http_client(f"{home.url}/api/mcp{api}", http_client=http) as streams,
        ClientSession(streams[0], streams[1]) as session,
    ):
        await session.initialize()
        yield session


async def converse(folder: Path) -> Outcome:
    """Set everything up, ask all questions, and return what became of them."""
    async with AsyncExitStack() as stack:
        real = await start_real_home(stack, folder)
        cloud, home, socket = real.cloud, real.home, real.socket
        await cloud.wait_for_webhook(within=_WAIT)
        server = await home.end_flow(await home.begin_flow("mcp_server"), {})
        await _bring_people(cloud, home)
        outcome = Outcome(version=home.version)
        await _expose(socket)
        before = await _registered(socket)
        (entry,) = await home.request("GET", "/api/config/config_entries/entry?domain=butlr")
        await _ask(CONVERSATION, home, cloud, "/assist", outcome)
        await _ask(CONVERSATION[:QUESTIONS_TO_OWN_API], home, cloud, f"/butlr-{entry['entry_id'].lower()}", outcome)
        # Version 2026.10 has no read-only mode.
        if not home.version.startswith("2026.10"):
            answer = {"all_llm_apis": True, "llm_hass_api": [], "require_admin": True, "read_only": True}
            await home.change_options(server, answer)
            outcome.read_only = len(CONVERSATION)
            await _ask(CONVERSATION, home, cloud, "", outcome)
        outcome.tools[""] = await _tools(home, "")
        outcome.registry_unchanged = before == await _registered(socket)
        outcome.log = real.config.log.read_text()
        return outcome


async def _bring_people(cloud: SimulatorProcess, home: HomeAssistantProcess) -> None:
    """Let people enter, and wait until Home Assistant knows them."""
    ids = {space.name: space.id for space in await cloud.spaces()}
    for name, number in PEOPLE.items():
        for _ in range(number):
            await cloud.bring_someone(ids[name])
    async with asyncio.timeout(_WAIT):
        while True:
            states = {one["entity_id"]: one["state"] for one in await home.request("GET", "/api/states")}
            truth = Truth(await cloud.truth())
            if all(states.get(key) == str(truth.people(name)) for key, name in ARRIVED.items()):
                return
            await asyncio.sleep(0.2)


async def _registered(socket: WebSocketClient) -> list[Mapping[str, Any]]:
    """Return the entities of the integration with everything that the registry stores about them."""
    listed = await socket.command("config/entity_registry/list")
    ids = [one["entity_id"] for one in listed if one["platform"] == "butlr"]
    entries = await socket.command("config/entity_registry/get_entries", entity_ids=ids)
    return [entries[key] for key in sorted(entries)]


async def _expose(socket: WebSocketClient) -> None:
    """Expose everything to Assist, as a person does."""
    listed = await socket.command("config/entity_registry/list")
    ids = [one["entity_id"] for one in listed if one["platform"] == "butlr" and not one["disabled_by"]]
    await socket.command("homeassistant/expose_entity", assistants=["conversation"], entity_ids=ids, should_expose=True)


async def _tools(home: HomeAssistantProcess, api: str) -> list[dict[str, Any]]:
    """Return the tools of an endpoint that are Butlr's."""
    async with connect(home, api) as session:
        tools = [tool.model_dump(by_alias=True, mode="json") for tool in (await session.list_tools()).tools]
    return [tool for tool in tools if "butlr__" in tool["name"]]


async def _ask(
    questions: Iterable[Asked], home: HomeAssistantProcess, cloud: SimulatorProcess, api: str, outcome: Outcome
) -> None:
    """Ask questions at an endpoint."""
    outcome.tools[api] = await _tools(home, api)
    # Where a server has several groups of tools, the name of the group comes first.
    names = {name.rpartition("butlr__")[2]: name for name in (tool["name"] for tool in reversed(outcome.tools[api]))}
    truth = Truth(await cloud.truth(), await _yesterday(cloud, "Boardroom"))
    async with connect(home, api) as session:
        for asked in questions:
            result = (await session.call_tool(names[asked.tool], asked.arguments)).model_dump(by_alias=True)
            answer = json.loads(result["content"][0]["text"])
            line = f"{api} {asked.tool} {asked.arguments}: {json.dumps(answer, ensure_ascii=False)}"
            outcome.answers.append(line)
            if bool(result["isError"]) is not asked.refused or not asked.is_right(answer, truth):
                outcome.wrong.append(line)


async def _yesterday(cloud: SimulatorProcess, name: str) -> Mapping[str, float]:
    """Return how many people were in a space yesterday, on average and at most."""
    estate = await cloud.estate()
    (space_id,) = [space.id for space in await cloud.spaces() if space.name == name]
    zone = ZoneInfo(estate["sites"][0]["timezone"])
    today = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return await cloud.use(space_id, (today - timedelta(days=1)).timestamp(), today.timestamp())


def main() -> int:
    """Show the conversation; return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        seen = asyncio.run(converse(Path(name)))
    tools = (f"{api or 'all'}: {', '.join(tool['name'] for tool in tools)}" for api, tools in seen.tools.items())
    asked, right = len(seen.answers), len(seen.answers) - len(seen.wrong)
    sums = f"Home Assistant {seen.version}: {right} of {asked} answers are right, {seen.read_only} in read-only mode"
    wrong = [*(f"Wrong: {one}" for one in seen.wrong), *([] if seen.registry_unchanged else ["A registry was written"])]
    sys.stdout.write("\n".join([*tools, *seen.answers, *wrong, sums]) + "\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
