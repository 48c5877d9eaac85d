"""Sign in with a Butlr account once, to create an API token, which is deleted when nothing uses it any more.

The e-mail address and the password are arguments of one call. They are in no attribute, log, exception or form.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
import secrets
import traceback
from typing import Any, Final

import aiohttp
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession, async_get_clientsession

from .api.account import TOKEN_NAME, Account
from .api.errors import (
    ButlrAddressError,
    ButlrAuthError,
    ButlrBadRequestError,
    ButlrError,
    ButlrNotFoundError,
    ButlrRateLimitError,
    ButlrUnencryptedError,
)
from .const import CONF_ADVANCED, CONF_BASE_URL, CONF_CREATED_TOKEN, LOGGER
from .runtime import create_client

# Seconds. If there was no answer, Butlr may still be creating the token.
WAITS_FOR_UNANSWERED: Final = (0, 60)


class SignIn:
    """The sign-in of one config flow."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; nothing is sent yet."""
        self._hass = hass
        self._account: Account | None = None
        self._closed = False
        # The credentials that an entry stores, until it has stored them.
        self.credentials: dict[str, str] = {}
        self._stop_listening: Callable[[], None] | None = None

    async def create_token(self, base_url: str, email: str, password: str) -> dict[str, str]:
        """Sign in and create an API token. Return form errors, or store the credentials."""
        try:
            # Cookies of the account must not be sent with later requests.
            session = async_create_clientsession(self._hass, cookie_jar=aiohttp.DummyCookieJar())
            self._account = await Account.sign_in(session, base_url, email, password)
        except ButlrUnencryptedError:
            return {CONF_ADVANCED: "sign_in_unencrypted"}
        except ButlrAddressError:
            # The frontend can show an error at a section, but not at a field inside it.
            return {CONF_ADVANCED: "invalid_url"}
        except ButlrAuthError, ButlrBadRequestError:
            return {"base": "sign_in_refused"}
        except ButlrNotFoundError:
            return {"base": "sign_in_missing"}
        except ButlrRateLimitError:
            return {"base": "rate_limited"}
        except ButlrError:
            return {"base": "cannot_connect"}
        except Exception as err:  # noqa: BLE001 - every error is shown in the form
            # The text of an unknown error might repeat what was sent.
            where = "".join(traceback.format_tb(err.__traceback__))
            LOGGER.error("Unexpected error while signing in to Butlr: %s\n%s", type(err).__name__, where)
            return {"base": "unknown"}
        return await self._create_token(self._account, base_url)

    async def _create_token(self, account: Account, base_url: str) -> dict[str, str]:
        description = f"Created by the Butlr integration ({secrets.token_hex(8)})"
        try:
            token = await account.create_token(description)
        except ButlrAuthError:
            return {"base": "token_forbidden"}
        except ButlrNotFoundError:
            return {"base": "token_elsewhere"}
        except ButlrRateLimitError:
            return {"base": "rate_limited"}
        except ButlrError:
            self._in_background(_delete_unanswered_token(account, description))
            return {"base": "token_failed"}
        self.credentials = {
            CONF_CLIENT_ID: token.client_id,
            CONF_CLIENT_SECRET: token.client_secret,
            CONF_BASE_URL: base_url,
            CONF_CREATED_TOKEN: description,
        }
        if not self._closed:
            # A dialog that was left open does not survive a restart.
            self._stop_listening = self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_stop)
            return {}
        self.discard()
        return {"base": "unknown"}

    @callback
    def keep(self, former: Mapping[str, Any] | None = None) -> None:
        """Leave the credentials to the entry that has stored them, and delete the token of its former data."""
        self._take_credentials()
        if former and former.get(CONF_CREATED_TOKEN):
            self._in_background(delete_created_token(self._hass, former, self._account))

    @callback
    def discard(self) -> None:
        """Delete the API token, unless an entry has stored it."""
        if data := self._take_credentials():
            self._in_background(delete_created_token(self._hass, data, self._account))

    @callback
    def close(self) -> None:
        """End the flow."""
        self._closed = True
        self.discard()

    async def _on_stop(self, _: Event) -> None:
        """Delete the API token before Home Assistant stops, which cancels what runs in the background."""
        self._stop_listening = None
        await delete_created_token(self._hass, self._take_credentials(), self._account)

    def _take_credentials(self) -> dict[str, str]:
        """Return the credentials, for which nobody else is responsible any more."""
        if self._stop_listening:
            self._stop_listening()
            self._stop_listening = None
        data, self.credentials = self.credentials, {}
        return data

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        self._hass.async_create_background_task(work, "Butlr: delete an API token")


async def delete_created_token(hass: HomeAssistant, data: Mapping[str, Any], account: Account | None = None) -> None:
    """Delete the API token that a sign-in created for an entry, with the account while that is signed in."""
    description, client_id = data[CONF_CREATED_TOKEN], data[CONF_CLIENT_ID]
    try:
        if account:
            try:
                await account.delete_token(description, client_id)
            except ButlrAuthError:
                LOGGER.debug("The sign-in has expired: the API token has to delete itself")
            else:
                return
        bearer = await create_client(hass, data).auth.token()
        await Account(async_get_clientsession(hass), data[CONF_BASE_URL], bearer).delete_token(description, client_id)
    except ButlrError as err:
        _warn(err)


async def _delete_unanswered_token(account: Account, description: str) -> None:
    """Delete an API token that exists if only the answer to its creation was lost."""
    error: ButlrError | None = None
    for wait in WAITS_FOR_UNANSWERED:
        await asyncio.sleep(wait)
        try:
            if await account.delete_token(description):
                return
            error = None
        except ButlrError as err:
            error = err
    if error:
        _warn(error)


def _warn(error: ButlrError) -> None:
    LOGGER.warning(
        'The API token "%s" that the sign-in created may still exist, but nothing uses it. Delete it in the Butlr web '
        "app: user menu, Account Settings, API tokens. Error: %s",
        TOKEN_NAME,
        error,
    )
