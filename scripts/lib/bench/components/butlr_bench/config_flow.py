"""Let the benchmark add an entry as a person would."""

from typing import Any, override

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
import voluptuous as vol

from .const import CONF_COPY_OF, CONF_DESIGN, DOMAIN


class BenchFlow(ConfigFlow, domain=DOMAIN):
    """Ask for the design and the entry to copy."""

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        if user_input:
            return self.async_create_entry(title=user_input[CONF_DESIGN], data=user_input)
        schema = vol.Schema({vol.Required(CONF_DESIGN): str, vol.Required(CONF_COPY_OF): str})
        return self.async_show_form(step_id="user", data_schema=schema)
