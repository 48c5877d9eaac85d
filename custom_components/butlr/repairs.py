"""What a click can do about an issue: look again whether it is still one."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .const import DOMAIN
from .runtime import ButlrConfigEntry


class TryAgainFlow(RepairsFlow):
    """Asks Butlr again for everything that it refused or that others held."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with the explanation."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Explain; on a click try again, and say so if nothing has changed."""
        errors = {}
        issues = ir.async_get(self.hass)
        if user_input is not None:
            entry_id = str((self.data or {}).get("entry_id"))
            entry: ButlrConfigEntry | None = self.hass.config_entries.async_get_entry(entry_id)
            if entry is None or entry.state is not ConfigEntryState.LOADED:
                return self.async_abort(reason="not_loaded")
            await entry.runtime_data.push.registration.try_everything()
            if issues.async_get_issue(DOMAIN, self.issue_id) is None:
                return self.async_create_entry(data={})
            errors["base"] = "still_there"
        issue = issues.async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=issue.translation_placeholders if issue else None,
        )


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the one flow there is."""
    return TryAgainFlow()
