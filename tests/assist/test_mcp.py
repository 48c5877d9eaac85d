"""A real client of the Model Context Protocol asks a real Home Assistant."""

from pathlib import Path

import pytest

from custom_components.butlr.assist.tools import TOOL_DESCRIPTIONS

from .conversation import CONVERSATION
from .through_mcp import QUESTIONS_TO_OWN_API, converse

NAMES = [one.name for one in TOOL_DESCRIPTIONS]


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Run Home Assistant as a process of its own, which needs no fixture."""


@pytest.mark.timeout(240)
async def test_the_conversation_through_mcp(tmp_path: Path, socket_enabled: None) -> None:
    """Every question gets the right answer or an honest one, exposed or not; asking writes nothing."""
    outcome = await converse(tmp_path)
    assert outcome.wrong == []
    assert len(outcome.answers) == len(CONVERSATION) + QUESTIONS_TO_OWN_API
    assert outcome.registry_unchanged
    assist, own, everything = outcome.tools.values()
    assert [tool["name"] for tool in assist] == [tool["name"] for tool in own] == NAMES
    assert len(everything) == 2 * len(NAMES)
    for tool in (*assist, *own, *everything):
        assert tool["annotations"]["readOnlyHint"] is True
        assert tool["annotations"]["destructiveHint"] is False
        assert tool["inputSchema"]["type"] == "object"
        assert len(tool["name"]) <= 64
    assert "ERROR" not in "\n".join(line for line in outcome.log.splitlines() if "butlr" in line)
