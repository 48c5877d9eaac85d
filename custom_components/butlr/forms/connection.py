"""The forms in which a person says how to connect to Butlr."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_EMAIL, CONF_PASSWORD
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..api.client import DEFAULT_BASE_URL
from ..const import CONF_ADVANCED, CONF_BASE_URL, CONF_WAY_IN, WAY_TOKEN, WAYS_IN


def first_schema(known: Mapping[str, Any]) -> vol.Schema:
    """Return the fields of the first form, with the previous input.

    Only a token needs its ID and secret, and the frontend submits no form with an empty required field.
    """
    ways = SelectSelectorConfig(options=list(WAYS_IN), translation_key=CONF_WAY_IN, mode=SelectSelectorMode.LIST)
    return vol.Schema(
        {
            vol.Optional(CONF_WAY_IN, default=known.get(CONF_WAY_IN, WAY_TOKEN)): SelectSelector(ways),
            vol.Optional(CONF_CLIENT_ID, description=_suggested(known, CONF_CLIENT_ID)): TextSelector(),
            vol.Optional(CONF_CLIENT_SECRET, description=_suggested(known, CONF_CLIENT_SECRET)): password_selector(),
            **address_section(known),
        }
    )


def token_schema(known: Mapping[str, Any]) -> vol.Schema:
    """Return the fields for another token, with the previous input."""
    return vol.Schema(
        {
            vol.Required(CONF_CLIENT_ID, default=known.get(CONF_CLIENT_ID, vol.UNDEFINED)): TextSelector(),
            vol.Required(CONF_CLIENT_SECRET, description=_suggested(known, CONF_CLIENT_SECRET)): password_selector(),
            **address_section(known),
        }
    )


def account_schema(known: Mapping[str, Any]) -> vol.Schema:
    """Return the fields of a sign-in. Only the address is filled in again: nothing else is kept, not even in a form."""
    email = TextSelector(TextSelectorConfig(type=TextSelectorType.EMAIL, autocomplete="username"))
    return vol.Schema(
        {
            vol.Required(CONF_EMAIL): email,
            vol.Required(CONF_PASSWORD): password_selector("current-password"),
            **address_section(known),
        }
    )


def address_section(known: Mapping[str, Any]) -> dict[vol.Marker, section]:
    """Return the collapsed section with the address; an empty address means Butlr's own."""
    base_url = known_address(known)
    address = vol.Optional(CONF_BASE_URL, default=DEFAULT_BASE_URL, description={"suggested_value": base_url})
    fields = vol.Schema({address: TextSelector(TextSelectorConfig(type=TextSelectorType.URL))})
    advanced = vol.Required(CONF_ADVANCED, default={CONF_BASE_URL: base_url})
    return {advanced: section(fields, {"collapsed": base_url == DEFAULT_BASE_URL})}


def known_address(known: Mapping[str, Any]) -> str:
    """Return the address of the previous input."""
    address: str = known.get(CONF_ADVANCED, {}).get(CONF_BASE_URL, DEFAULT_BASE_URL)
    return address


def password_selector(autocomplete: str = "off") -> TextSelector:
    """Return a field whose content is not shown."""
    return TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete=autocomplete))


def _suggested(known: Mapping[str, Any], field: str) -> dict[str, Any] | None:
    return {"suggested_value": known[field]} if field in known else None
