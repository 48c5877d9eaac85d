"""Read and submit the forms of a config flow or options flow."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
import voluptuous as vol

from custom_components.butlr.const import DOMAIN


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Start the flow as a person does."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def submit(hass: HomeAssistant, form: ConfigFlowResult, answers: dict[str, Any]) -> ConfigFlowResult:
    """Submit a form."""
    return await hass.config_entries.flow.async_configure(form["flow_id"], answers)


def shown_default(form: ConfigFlowResult, field: str) -> Any:
    """Return the default of a form field."""
    schema = form["data_schema"]
    assert schema is not None
    return next(None if key.default == vol.UNDEFINED else key.default() for key in schema.schema if key == field)


def offered_labels(form: ConfigFlowResult, field: str) -> list[str]:
    """Return the labels of the options that a field offers."""
    schema = form["data_schema"]
    assert schema is not None
    return [option["label"] for option in schema.schema[field].config["options"]]
