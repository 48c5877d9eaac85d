"""Read the form of a config flow or options flow."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
import voluptuous as vol


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
