"""What a click can do about an issue: look again whether it is still one, or make the webhook anew."""

from abc import abstractmethod
from typing import Any, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .const import DOMAIN
from .issues.issue import Issue
from .push.subscription import SubscriptionReconciler
from .runtime import ButlrConfigEntry


class ButlrRepairFlow(RepairsFlow):
    """Explains, and on a click does something about the subscription of the entry that the issue is about."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with the explanation."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Explain; on a click act, and say so if that did not help."""
        errors = {}
        if user_input is not None:
            entry_id = str((self.data or {}).get("entry_id"))
            entry: ButlrConfigEntry | None = self.hass.config_entries.async_get_entry(entry_id)
            if entry is None or entry.state is not ConfigEntryState.LOADED:
                return self.async_abort(reason="not_loaded")
            if (error := await self._act(entry.runtime_data.push.registration)) is None:
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
    async def _act(self, registration: SubscriptionReconciler) -> str | None:
        """Do what a click can do; returns the error to show if that did not help."""


class TryAgainFlow(ButlrRepairFlow):
    """Asks Butlr again for everything that it refused or that others held."""

    @override
    async def _act(self, registration: SubscriptionReconciler) -> str | None:
        await registration.try_everything()
        return "still_there" if ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id) else None


class RenewFlow(ButlrRepairFlow):
    """Makes the webhook at Butlr anew: it may look right there and be stuck all the same.

    Whether that helped, the next changes tell: what is missing then brings the issue back.
    """

    @override
    async def _act(self, registration: SubscriptionReconciler) -> str | None:
        return None if await registration.renew() else "not_renewed"


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return what helps against an issue."""
    return RenewFlow() if data and data.get("issue") == Issue.MISSING else TryAgainFlow()
