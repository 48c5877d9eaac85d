"""The tools of language models, asked through Assist and through the API of their own."""

from collections.abc import Awaitable, Callable
from datetime import datetime
import json
from typing import Any
from unittest.mock import patch

from homeassistant.components.conversation import DOMAIN as CONVERSATION_DOMAIN
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, llm
from homeassistant.setup import async_setup_component
import probatio
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.butlr.assist import use
from custom_components.butlr.assist.tools import TOOL_DESCRIPTIONS
from custom_components.butlr.const import DOMAIN
from tests.helpers.registries import find
from tests.helpers.reports import COPENHAGEN
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of

from .conftest import Expose
from .conversation import CONVERSATION, PEOPLE, Truth

NAMES = [one.name for one in TOOL_DESCRIPTIONS]

type AskTool = Callable[..., Awaitable[tuple[dict[str, Any], bool]]]


def context(user_id: str | None = None) -> llm.LLMContext:
    """Return the context of a conversation agent."""
    return llm.LLMContext(
        platform="test",
        context=Context(user_id=user_id),
        language="en",
        assistant=CONVERSATION_DOMAIN,
        device_id=None,
    )


def own_api(house: Scene) -> str:
    """Return the id of the API that tells everything about an organization."""
    return f"{DOMAIN}-{house.entry.entry_id.lower()}"


@pytest.fixture
async def tools_house(unlimited_requests: None, house: Scene) -> Scene:
    """Return a house with people in it, and Home Assistant's tools for language models."""
    assert await async_setup_component(house.hass, "llm", {})
    for name, number in PEOPLE.items():
        for _ in range(number):
            await house.simulator.move(to=find(house.simulator, name))
    await house.settle()
    return house


@pytest.fixture
def ask_tool(tools_house: Scene) -> AskTool:
    """Return a function that asks a tool; it returns the answer, and whether it is an error."""

    async def ask(name: str, /, api: str = llm.LLM_API_ASSIST, **arguments: Any) -> tuple[dict[str, Any], bool]:
        instance = await llm.async_get_api(tools_house.hass, api, context())
        result = await instance.async_call_tool(llm.ToolInput(f"butlr__{name}", arguments))
        # What a client receives is JSON.
        assert json.loads(json.dumps(result.data)) == result.data
        return dict(result.data), result.error

    return ask


def expose_everything(house: Scene, expose: Expose) -> None:
    """Expose every enabled entity."""
    for one in er.async_entries_for_config_entry(er.async_get(house.hass), house.entry.entry_id):
        if one.disabled_by is None:
            butlr_id, _, key = one.unique_id.rpartition("_") if one.unique_id.count("_") == 2 else ("", "", "")
            if not butlr_id:
                butlr_id = "_".join(one.unique_id.split("_")[:2])
                key = one.unique_id[len(butlr_id) + 1 :]
            if entity_of(house.hass, butlr_id, key):
                expose(butlr_id, key)


def true_use(house: Scene, name: str, start: datetime, end: datetime) -> dict[str, float]:
    """Return how many people were in a space on average and at most, from the paths of the simulated people."""
    return house.simulator.true_use(find(house.simulator, name), start.timestamp(), end.timestamp())


@pytest.mark.parametrize("own", [False, True], ids=["assist", "own API"])
async def test_a_conversation(tools_house: Scene, ask_tool: AskTool, expose: Expose, own: bool) -> None:
    """Twenty questions get the right answer or an honest one, and asking writes nothing."""
    expose_everything(tools_house, expose)
    yesterday = (datetime(2026, 11, day, tzinfo=COPENHAGEN) for day in (24, 25))
    boardroom = true_use(tools_house, "Boardroom", *yesterday)
    truth = Truth(tools_house.simulator.truth()["spaces"], boardroom)
    kinds = (er.EVENT_ENTITY_REGISTRY_UPDATED, dr.EVENT_DEVICE_REGISTRY_UPDATED)
    changes = [async_capture_events(tools_house.hass, str(kind)) for kind in kinds]
    for asked in CONVERSATION:
        api = own_api(tools_house) if own else llm.LLM_API_ASSIST
        answer, error = await ask_tool(asked.tool, api, **asked.arguments)
        assert error is asked.refused, (asked, answer)
        assert asked.is_right(answer, truth), (asked, answer)
        assert len(json.dumps(answer)) < 3000, asked
    assert changes == [[], []]


async def test_what_a_client_sees(tools_house: Scene, expose: Expose, caplog: pytest.LogCaptureFixture) -> None:
    """There are five tools, all read-only, with a schema that can be sent; nothing of them is reported as wrong."""
    expose(tools_house.room("Boardroom"), "people")
    for api_id in (llm.LLM_API_ASSIST, own_api(tools_house)):
        api = await llm.async_get_api(tools_house.hass, api_id, context())
        mine = [tool for tool in api.tools if tool.name.startswith("butlr__")]
        assert [tool.name for tool in mine] == NAMES
        assert len(mine) <= 5
        assert "null means unknown" in api.api_prompt
        for tool in mine:
            assert tool.annotations == llm.ToolAnnotations(
                read_only=True, destructive=False, idempotent=True, open_world=False
            )
            assert (tool.integration, bool(tool.title), bool(tool.description)) == (DOMAIN, True, True)
            schema = probatio.to_openapi(
                tool.parameters, custom_serializer=api.custom_serializer, openapi_version="3.1.0"
            )
            assert json.dumps(schema)
            assert all(one["description"] for one in schema["properties"].values()), tool
    merged = await llm.async_get_api(tools_house.hass, [llm.LLM_API_ASSIST, own_api(tools_house)], context())
    assert sum("butlr__" in tool.name for tool in merged.tools) == 2 * len(NAMES)
    assert all(len(tool.name) <= 64 for tool in merged.tools)
    assert "prefixed" not in caplog.text
    assert "without an integration" not in caplog.text


async def test_without_anything_exposed(tools_house: Scene, ask_tool: AskTool) -> None:
    """Assist has no tools then; the API of its own tells everything."""
    api = await llm.async_get_api(tools_house.hass, llm.LLM_API_ASSIST, context())
    assert [tool.name for tool in api.tools if tool.name.startswith("butlr__")] == []
    answer, error = await ask_tool("get_people", own_api(tools_house), place="Boardroom")
    assert (answer["people"], error) == (3, False)


async def test_only_what_is_exposed_is_told(tools_house: Scene, ask_tool: AskTool, expose: Expose) -> None:
    """Each fact needs its entity; what is not exposed is neither told nor named, in no answer."""
    # Home Assistant exposes motion unless the person says otherwise.
    for name in ("Boardroom", "Focus Room", "Phone Booth 1"):
        expose(tools_house.room(name), "motion", exposed=False)
    expose(tools_house.room("Boardroom"), "occupancy")
    expose(tools_house.room("Focus Room"), "people")
    answer, _ = await ask_tool("get_people", place="Boardroom")
    assert answer == {
        "place": "Boardroom (First Floor, Pier House)",
        "people_not_shared": True,
        "occupied": True,
        "capacity": 12,
    }
    answer, _ = await ask_tool("get_people")
    assert (answer["people_at_least"], answer["only_what_is_shared"]) == (1, True)
    assert "people" not in answer
    assert "free_rooms" not in answer
    answer, _ = await ask_tool("find_free_room")
    assert (answer["considered"], answer["not_offered"]) == (2, {"occupied": 2})
    assert answer["only_what_is_shared"] is True
    answer, error = await ask_tool("get_use", place="Boardroom")
    assert error
    assert "may not be told" in answer["error"]
    answer, _ = await ask_tool("explain_occupancy", place="Boardroom")
    assert "people" not in answer
    assert "motion" not in answer
    answer, _ = await ask_tool("get_attention")
    checked = {"sensors_and_hives": 0, "spaces": 2, "only_what_is_shared": True}
    assert answer == {"nothing_needs_attention": True, "checked": checked}
    for tool in ("get_people", "explain_occupancy", "get_use", "find_free_room"):
        hidden, error = await ask_tool(tool, place="Lobby")
        nowhere, _ = await ask_tool(tool, place="Lubby")
        assert error
        assert hidden["error"].replace("Lobby", "Lubby") == nowhere["error"]
        assert "similar_names" not in hidden
    answer, error = await ask_tool("explain_occupancy", place="Pier House")
    assert (error, "may not be told" in answer["error"]) == (True, True)
    expose(tools_house.room("Boardroom"), "occupancy", exposed=False)
    expose(tools_house.room("Focus Room"), "people", exposed=False)
    api = await llm.async_get_api(tools_house.hass, llm.LLM_API_ASSIST, context())
    assert api.tools == [tool for tool in api.tools if not tool.name.startswith("butlr__")]


async def test_free_rooms_by_tag_and_time(tools_house: Scene, ask_tool: AskTool) -> None:
    """Tags may be misspelled; what is required of a room is, and why others are left out is told."""
    own = own_api(tools_house)
    answer, _ = await ask_tool("find_free_room", own, tags=["meeting rom"])
    assert answer["not_offered"] == {"without the tag": 3, "occupied": 2}
    answer, error = await ask_tool("find_free_room", own, tags=["no such tag"])
    assert (error, "no such tag" in answer["error"]) == (True, True)
    answer, _ = await ask_tool("find_free_room", own, place="Lobby", needed_minutes=60)
    assert answer["not_offered"] == {"free now, but not known for how long usually": 1}
    answer, _ = await ask_tool("find_free_room", own, place="Lobby", free_minutes=600)
    assert answer["not_offered"] == {"free, but not for long enough": 1}
    answer, _ = await ask_tool("find_free_room", own, place="Desk Row A")
    assert answer == {
        "free_rooms": [],
        "free": 0,
        "considered": 0,
        "note": "there is no room here whose occupancy may be told",
    }


WRONG_CALLS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("get_people", {"plac": "Boardroom"}, "plac"),
    ("get_people", {"place": ""}, "expected a name"),
    ("get_people", {"place": "x" * 300}, "expected a name"),
    ("get_people", {"place": 5}, "expected a name"),
    ("find_free_room", {"people": 0}, "at least 1"),
    ("find_free_room", {"limit": 1000}, "at most 20"),
    ("get_use", {}, "required"),
    ("get_use", {"place": "Boardroom", "period": "forever"}, "period"),
    ("get_use", {"place": "Boardroom", "start": "soon"}, "no date or time"),
    ("get_use", {"place": "Boardroom", "start": "2026-13-45"}, "no date or time"),
    ("get_use", {"place": "Boardroom", "end": "2026-11-24"}, "needs a start"),
    ("get_use", {"place": "Boardroom", "start": "2026-11-24", "end": "2026-11-22"}, "before it ends"),
    ("get_use", {"place": "Boardroom", "start": "2030-01-01"}, "before it ends"),
    ("get_use", {"place": "Boardroom", "start": "1999-01-01", "end": "1999-01-03"}, "earliest"),
    ("get_use", {"place": "Boardroom", "start": "0001-01-01", "end": "0001-01-02"}, "earliest"),
    ("explain_occupancy", {"place": "quiet"}, "not one space"),
)


async def test_wrong_calls(ask_tool: AskTool, tools_house: Scene) -> None:
    """A call that cannot be answered says what is wrong with it."""
    for tool, arguments, message in WRONG_CALLS:
        answer, error = await ask_tool(tool, own_api(tools_house), **arguments)
        assert error, arguments
        assert message in answer["error"], arguments


async def test_while_butlr_is_not_connected(tools_house: Scene, ask_tool: AskTool, expose: Expose) -> None:
    """The tools of Assist stay and say so; the API of its own is gone, and comes back."""
    expose(tools_house.room("Boardroom"), "people")
    await tools_house.unload()
    answer, error = await ask_tool("get_people")
    assert (error, "not connected" in answer["error"]) == (True, True)
    with pytest.raises(HomeAssistantError, match="not found"):
        await ask_tool("get_people", own_api(tools_house))
    await tools_house.set_up()
    answer, error = await ask_tool("get_people", own_api(tools_house), place="Boardroom")
    assert (answer["place"], error) == ("Boardroom (First Floor, Pier House)", False)


async def test_a_slow_answer_ends(tools_house: Scene, ask_tool: AskTool) -> None:
    """A model is told what to do before its client gives up."""
    # The clock of the test stands still, so nothing can take too long.
    with patch.object(use, "occupancy_of", side_effect=TimeoutError):
        answer, error = await ask_tool("get_use", own_api(tools_house), place="Boardroom")
    assert (error, "too long" in answer["error"]) == (True, True)


async def test_an_outage(tools_house: Scene, ask_tool: AskTool) -> None:
    """What is not known is unknown, and the reason is told."""
    own = own_api(tools_house)
    tools_house.simulator.faults.set("reporting", "500")
    tools_house.simulator.faults.set("graphql", "500")
    await tools_house.pass_minutes(16)
    answer, _ = await ask_tool("get_people", own, place="Boardroom")
    assert (answer["people"], answer["occupied"]) == (None, None)
    assert "offline or Butlr sends no data" in answer["unknown_because"]
    answer, _ = await ask_tool("get_people", own)
    assert answer["people"] is None
    assert answer["rooms"] == {"occupied": 0, "free": 0, "unknown": 5}
    answer, _ = await ask_tool("explain_occupancy", own, place="Boardroom")
    assert (answer["shown_as"], answer["reason"]) == ("unavailable", "no_data")
    answer, _ = await ask_tool("get_attention", own)
    assert len(answer["connection"]) >= 2
    assert len(answer["spaces_without_data"]) == 10
    assert answer["further_spaces_without_data"] == 2
