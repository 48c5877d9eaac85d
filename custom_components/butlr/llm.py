"""The tools of Assist: they tell what is exposed to the assistant. The table of tools is in `assist/tools.py`.

Home Assistant loads this module when a language model is first used.
"""

from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext

from .assist.tools import PROMPT, TOOLS
from .assist.visibility import is_exposed
from .const import DOMAIN


@callback
def async_get_tools(hass: HomeAssistant, llm_context: LLMContext, api_id: str) -> LLMTools | None:
    """Return the tools if anything of Butlr is exposed to the assistant."""
    if api_id != LLM_API_ASSIST:
        return None
    registry = er.async_get(hass)
    for entry in hass.config_entries.async_entries(DOMAIN):
        entities = er.async_entries_for_config_entry(registry, entry.entry_id)
        if any(is_exposed(one, llm_context.assistant) for one in entities):
            return LLMTools(tools=list(TOOLS), prompt=PROMPT)
    return None
