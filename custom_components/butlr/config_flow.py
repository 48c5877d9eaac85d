"""Config flow: setup, reauthentication and reconfiguration."""

import asyncio
from collections.abc import Mapping
import secrets
from typing import Any, override

from homeassistant.components.webhook import async_generate_id
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_EMAIL, CONF_PASSWORD, CONF_WEBHOOK_ID
from homeassistant.core import callback

from .api.errors import (
    ButlrAddressError,
    ButlrAuthError,
    ButlrConnectionError,
    ButlrNoSitesError,
    ButlrRateLimitError,
    ButlrResponseError,
)
from .api.estate import Estate
from .api.estate_reader import fetch_estate
from .const import (
    CONF_ADVANCED,
    CONF_BASE_URL,
    CONF_CLOUDHOOK_URL,
    CONF_CREATED_TOKEN,
    CONF_HARDWARE,
    CONF_WAY_IN,
    CONF_WEBHOOK_SECRET,
    DEFAULT_HARDWARE,
    DOMAIN,
    LOGGER,
    WAY_SIGN_IN,
    WAY_SIMULATED,
)
from .forms.connection import account_schema, first_schema, known_address, token_schema
from .forms.size import EstateSize
from .forms.spaces import buildings_errors, spaces_options, spaces_schema
from .options_flow import ButlrOptionsFlow
from .runtime import ButlrConfigEntry, create_client, devices_of
from .sign_in import SignIn
from .simulated.session import SIMULATED_CREDENTIALS, is_simulated


class ButlrConfigFlow(ConfigFlow, domain=DOMAIN):
    """Ask for credentials, check them by reading the estate, then ask what to add."""

    def __init__(self) -> None:
        """Initialize the flow."""
        self._credentials: dict[str, str] = {}
        self._estate: Estate
        self._sign_in: SignIn | None = None
        # A form that is submitted twice must not create two API tokens.
        self._signing_in = asyncio.Lock()
        # The address that was entered before the sign-in.
        self._address: dict[str, Any] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry[Any]) -> OptionsFlow:
        return ButlrOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the credentials of a new organization."""
        # Whoever starts the flow with input may leave this out.
        way_in = (user_input or {}).get(CONF_WAY_IN)
        if user_input and way_in == WAY_SIGN_IN:
            self._address = user_input
            return await self.async_step_sign_in()
        if way_in == WAY_SIMULATED:
            errors = await self._connect(dict(SIMULATED_CREDENTIALS))
        else:
            errors = await self._check(user_input)
        if user_input is None or errors:
            return self._credentials_form("user", user_input or {}, errors)
        self._abort_if_unique_id_configured()
        return await self.async_step_spaces()

    async def async_step_sign_in(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Sign in with an account once, to create an API token. Only the token is kept."""
        errors = await self._check_account(user_input)
        if user_input is None or errors:
            known = {CONF_ADVANCED: (user_input or self._address)[CONF_ADVANCED]}
            return self.async_show_form(
                step_id="sign_in",
                data_schema=account_schema(known),
                errors=errors,
                description_placeholders={"base_url": known_address(known)},
            )
        if self.source == SOURCE_REAUTH:
            return self._store_credentials(self._get_reauth_entry(), {})
        self._abort_if_unique_id_configured()
        return await self.async_step_spaces()

    async def async_step_spaces(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which parts of the estate to add and show how many devices and entities they are."""
        errors = buildings_errors(self._estate, user_input)
        if user_input is None or errors:
            known = dict(user_input or {})
            size = EstateSize(self._estate)
            chosen, known[CONF_HARDWARE] = size.what_fits(hardware=known.get(CONF_HARDWARE, DEFAULT_HARDWARE))
            return self.async_show_form(
                step_id="spaces",
                data_schema=spaces_schema(size, known, chosen),
                errors=errors,
                description_placeholders=size.placeholders(),
                last_step=True,
            )
        sites = list(self._estate.sites.values())
        if self._sign_in:
            self._sign_in.keep()
        return self.async_create_entry(
            title=sites[0].name if len(sites) == 1 else "Butlr",
            data={
                **self._credentials,
                CONF_WEBHOOK_ID: async_generate_id(),
                CONF_WEBHOOK_SECRET: new_secret(),
                CONF_CLOUDHOOK_URL: None,
            },
            options=spaces_options(self._estate, user_input),
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start reauthentication after Butlr refused the credentials. Who has signed in may not know about tokens."""
        if entry_data.get(CONF_CREATED_TOKEN):
            self._address = {CONF_ADVANCED: {CONF_BASE_URL: entry_data[CONF_BASE_URL]}}
            return await self.async_step_reauth_way()
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_way(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether to sign in again."""
        return self.async_show_menu(step_id="reauth_way", menu_options=["sign_in", "reauth_confirm"])

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for new credentials."""
        return await self._replace_credentials("reauth_confirm", self._get_reauth_entry(), user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change the credentials or the address."""
        entry = self._get_reconfigure_entry()
        if is_simulated(entry.data):
            return self.async_abort(reason="simulated")
        # The user may reconfigure because a secret leaked, so the webhook secret is replaced as well.
        return await self._replace_credentials("reconfigure", entry, user_input, {CONF_WEBHOOK_SECRET: new_secret()})

    async def _replace_credentials(
        self,
        step_id: str,
        entry: ButlrConfigEntry,
        user_input: dict[str, Any] | None,
        more: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Ask for credentials of the same organization, and store them with `more` in the entry."""
        errors = await self._check(user_input)
        if user_input is None or errors:
            known = {
                CONF_CLIENT_ID: entry.data[CONF_CLIENT_ID],
                CONF_ADVANCED: {CONF_BASE_URL: entry.data[CONF_BASE_URL]},
            }
            return self._credentials_form(step_id, user_input or known, errors)
        return self._store_credentials(entry, more or {})

    def _store_credentials(self, entry: ButlrConfigEntry, more: Mapping[str, str]) -> ConfigFlowResult:
        """Store new credentials of the same organization, with `more`, and delete a token that a sign-in created."""
        self._abort_if_unique_id_mismatch(reason="wrong_account")
        updates: dict[str, Any] = {**self._credentials, **more}
        former = entry.data if entry.data[CONF_CLIENT_ID] != updates[CONF_CLIENT_ID] else {}
        if former.get(CONF_CREATED_TOKEN):
            updates.setdefault(CONF_CREATED_TOKEN, None)
        (self._sign_in or SignIn(self.hass)).keep(former)
        return self.async_update_reload_and_abort(entry, data_updates=updates)

    def _credentials_form(self, step_id: str, known: Mapping[str, Any], errors: dict[str, str]) -> ConfigFlowResult:
        """Show a form for the credentials, with the previous input."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=first_schema(known) if step_id == "user" else token_schema(known),
            errors=errors,
            description_placeholders={"base_url": known_address(known)},
        )

    async def _check(self, user_input: dict[str, Any] | None) -> dict[str, str]:
        """Check what was entered, and connect. Return form errors, or store credentials and estate in the flow."""
        if user_input is None:
            return {}
        credentials = {field: user_input.get(field, "").strip() for field in (CONF_CLIENT_ID, CONF_CLIENT_SECRET)}
        if missing := {field: "required" for field, value in credentials.items() if not value}:
            return missing
        return await self._connect({**credentials, CONF_BASE_URL: entered_address(user_input)})

    async def _check_account(self, user_input: dict[str, Any] | None) -> dict[str, str]:
        """Sign in, and connect with a new token. Return form errors, or store credentials and estate in the flow."""
        if user_input is None:
            return {}
        async with self._signing_in:
            if self._sign_in is None:
                self._sign_in = SignIn(self.hass)
            if self._sign_in.credentials:
                return {}
            errors = await self._sign_in.create_token(
                entered_address(user_input), user_input[CONF_EMAIL].strip(), user_input[CONF_PASSWORD]
            ) or await self._connect(self._sign_in.credentials)
            if errors:
                self._sign_in.discard()
        return {"base": "token_refused"} if errors == {"base": "invalid_auth"} else errors

    @callback
    @override
    def async_remove(self) -> None:
        """Delete the token of a sign-in if no entry has stored it."""
        if self._sign_in:
            self._sign_in.close()

    async def _connect(self, credentials: dict[str, str]) -> dict[str, str]:
        """Read the estate. Return form errors, or store credentials and estate in the flow."""
        try:
            estate = await fetch_estate(create_client(self.hass, credentials))
        except ButlrAddressError:
            # The frontend can show an error at a section, but not at a field inside it.
            return {CONF_ADVANCED: "invalid_url"}
        except ButlrAuthError:
            return {"base": "invalid_auth"}
        except ButlrRateLimitError:
            return {"base": "rate_limited"}
        except ButlrNoSitesError:
            return {"base": "no_spaces"}
        except ButlrConnectionError, ButlrResponseError:
            return {"base": "cannot_connect"}
        except Exception:  # noqa: BLE001 - every error is shown in the form
            LOGGER.exception("Unexpected error while connecting to Butlr")
            return {"base": "unknown"}
        if not estate.floors:
            return {"base": "no_spaces"}
        self._credentials, self._estate = credentials, estate
        unique_id = self._existing_unique_id(estate) or estate.organization_id
        # A dialog whose tab was closed stays open for Home Assistant. It must not be in the way of another one; the
        # first that ends with an entry ends all others.
        await self.async_set_unique_id(unique_id, raise_on_progress=False)
        return {}

    def _existing_unique_id(self, estate: Estate) -> str | None:
        """Return the unique id of the entry that already has this organization, or None.

        An answer of Butlr may lack the organization's id, so sites and spaces are compared as well.
        """
        for entry in self.hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            if entry.unique_id in estate.named | estate.sites.keys():
                return entry.unique_id
            if not estate.named and not estate.spaces.keys().isdisjoint(devices_of(self.hass, entry.entry_id)):
                return entry.unique_id
        return None


def entered_address(user_input: Mapping[str, Any]) -> str:
    """Return the address that was entered."""
    address: str = user_input[CONF_ADVANCED][CONF_BASE_URL]
    return address.strip().rstrip("/")


def new_secret() -> str:
    """Return a new secret for Butlr to send with every push."""
    return secrets.token_hex(32)
