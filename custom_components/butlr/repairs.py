"""Fix flows for the issues shown in Repairs: check again whether the problem is gone, or recreate the webhooks."""

from abc import abstractmethod
from typing import Any, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .const import DOMAIN
from .issues.issue import Issue
from .push.subscription import SubscriptionReconciler
from .runtime import ButlrConfigEntry, is_loaded


class ButlrRepairFlow(RepairsFlow):
    """Explains the issue and, once the user confirms, acts on the subscription of the entry that has the issue."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start with the explanation."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show the explanation; once confirmed, act, and show an error if the problem is still there."""
        errors = {}
        if user_input is not None:
            entry_id = str((self.data or {}).get("entry_id"))
            entry: ButlrConfigEntry | None = self.hass.config_entries.async_get_entry(entry_id)
            if entry is None or not is_loaded(entry):
                return self.async_abort(reason="not_loaded")
            if (error := await self._fix(entry.runtime_data.push.subscription)) is None:
                return self.async_create_entry(data={})
            errors["base"] = error
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=issue.translation_placeholders if issue else None,
        )

    @abstractmethod
    async def _fix(self, subscription: SubscriptionReconciler) -> str | None:
        """Try to fix the issue; return the error to show if that failed."""


class RetryFlow(ButlrRepairFlow):
    """Asks Butlr again for everything that it refused or that another webhook had claimed."""

    @override
    async def _fix(self, subscription: SubscriptionReconciler) -> str | None:
        await subscription.retry_refused()
        return "still_there" if ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id) else None


class RecreateFlow(ButlrRepairFlow):
    """Recreates the webhooks at Butlr, which can be stuck even though they look correct.

    The next changes of values show whether that helped: if pushes are missed again, the issue comes back.
    """

    @override
    async def _fix(self, subscription: SubscriptionReconciler) -> str | None:
        return None if await subscription.recreate() else "not_renewed"


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the fix flow for an issue."""
    return RecreateFlow() if data and data.get("issue") == Issue.PUSHES_MISSED else RetryFlow()
