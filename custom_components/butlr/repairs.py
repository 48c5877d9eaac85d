"""Fix flows for the issues shown in Repairs: check again, recreate the webhooks, or agree with another system."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .const import DOMAIN
from .issues.issue import Issue
from .push.removal import Left, left_by
from .push.subscription import SubscriptionReconciler
from .runtime import ButlrConfigEntry, is_loaded


class ButlrRepairFlow(RepairsFlow):
    """Explains the issue and, once the user confirms, acts on the subscription of the entry that has the issue."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start with the explanation."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show the explanation; once confirmed, act, and show an error if the problem is still there."""
        return await self._act("confirm", None if user_input is None else self._fix)

    async def _act(
        self, step_id: str, fix: Callable[[SubscriptionReconciler], Awaitable[str | None]] | None
    ) -> RepairsFlowResult:
        """Show a step, or do what was confirmed there, and show an error if that failed."""
        errors = {}
        if fix is not None:
            entry = self._entry
            if entry is None or not is_loaded(entry):
                return self.async_abort(reason="not_loaded")
            if (error := await fix(entry.runtime_data.push.subscription)) is None:
                return self.async_create_entry(data={})
            errors["base"] = error
        return self._show(step_id, errors)

    def _show(self, step_id: str, errors: dict[str, str]) -> RepairsFlowResult:
        return self.async_show_form(
            step_id=step_id, data_schema=vol.Schema({}), errors=errors, description_placeholders=self._placeholders
        )

    @property
    def _entry(self) -> ButlrConfigEntry | None:
        return self.hass.config_entries.async_get_entry(str((self.data or {}).get("entry_id")))

    @property
    def _placeholders(self) -> dict[str, str] | None:
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return issue.translation_placeholders if issue else None

    @abstractmethod
    async def _fix(self, subscription: SubscriptionReconciler) -> str | None:
        """Try to fix the issue; return the error to show if that failed."""


class RetryFlow(ButlrRepairFlow):
    """Asks Butlr again for everything that it refused or that another webhook had claimed."""

    @override
    async def _fix(self, subscription: SubscriptionReconciler) -> str | None:
        await subscription.retry_refused()
        return "still_there" if ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id) else None


class OtherSystemFlow(RetryFlow):
    """Lets the user decide who gets the events that another system has."""

    @override
    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Offer what is possible: not every webhook can be taken over."""
        entry = self._entry
        possible = entry is not None and is_loaded(entry) and await entry.runtime_data.push.subscription.others()
        options = ["keep_polling", *(("forward", "alone") if possible else ()), "confirm"]
        return self.async_show_menu(
            step_id="init", menu_options=options, description_placeholders=self._placeholders or {}
        )

    async def async_step_keep_polling(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Leave everything as it is, and do not ask again."""
        ir.async_ignore_issue(self.hass, DOMAIN, self.issue_id, ignore=True)
        return self.async_abort(reason="keeps_polling")

    async def async_step_forward(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Say what happens to the other system, then take over and pass the events on."""
        return await self._act("forward", None if user_input is None else partial(self._take_over, forward=True))

    async def async_step_alone(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Say what happens to the other system, then take over."""
        return await self._act("alone", None if user_input is None else partial(self._take_over, forward=False))

    async def _take_over(self, subscription: SubscriptionReconciler, *, forward: bool) -> str | None:
        return await subscription.take_over(forward=forward)


class NotGivenBackFlow(ButlrRepairFlow):
    """Gives events back to another system, or believes that the user has done so by hand."""

    @override
    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Offer another attempt as long as somebody knows what there was."""
        return self.async_show_menu(
            step_id="init",
            menu_options=[*(("confirm",) if self._left or self._loaded else ()), "done"],
            description_placeholders=self._placeholders or {},
        )

    @override
    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Try again, also for an entry that is disabled or removed."""
        if user_input is not None and (left := self._left) and await left.give_back():
            return self.async_create_entry(data={})
        if user_input is not None and self._left:
            return self._show("confirm", {"base": "not_given_back"})
        return await super().async_step_confirm(user_input)

    @override
    async def _fix(self, subscription: SubscriptionReconciler) -> str | None:
        return None if await subscription.give_back() else "not_given_back"

    async def async_step_done(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Forget the other system."""
        if left := self._left:
            await left.forget()
        elif loaded := self._loaded:
            loaded.runtime_data.push.subscription.takeover.forget()
        return self.async_create_entry(data={})

    @property
    def _loaded(self) -> ButlrConfigEntry | None:
        return entry if (entry := self._entry) is not None and is_loaded(entry) else None

    @property
    def _left(self) -> Left | None:
        return left_by(self.hass, str((self.data or {}).get("entry_id")))


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
    match (data or {}).get("issue"):
        case Issue.CLAIMED:
            return OtherSystemFlow()
        case Issue.NOT_GIVEN_BACK:
            return NotGivenBackFlow()
        case Issue.PUSHES_MISSED:
            return RecreateFlow()
        case _:
            return RetryFlow()
