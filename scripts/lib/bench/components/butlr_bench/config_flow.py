"""Lets the benchmark add an entry as a person would."""

from typing import Any, override

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
import voluptuous as vol

from .const import CONF_COPY_OF, CONF_DESIGN, DESIGN_BARE, DESIGN_TARGETED, DESIGN_TEXTBOOK, DOMAIN


class BenchFlow(ConfigFlow, domain=DOMAIN):
    """Ask for the design and whose entities to copy."""

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask, and believe."""
        if user_input is not None:
            return self.async_create_entry(title=user_input[CONF_DESIGN], data=user_input)
        schema = {
            vol.Required(CONF_DESIGN): vol.In([DESIGN_BARE, DESIGN_TARGETED, DESIGN_TEXTBOOK]),
            vol.Required(CONF_COPY_OF): str,
        }
        return self.async_show_form(step_id="user", data_schema=vol.Schema(schema))
