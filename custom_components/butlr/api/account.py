"""Sign in with an account once, to create an API token and to delete it again (docs: authentication, mint).

What is entered to sign in is only sent: it is in no attribute, exception or log.
"""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
import re
from typing import Any, Final, Self

import aiohttp

from .address import check_address, check_password_address
from .auth import REQUEST_TIMEOUT, raise_for_status, read_token
from .bodies import MAX_BODY_SIZE, read_body, read_with
from .documents import read_document
from .errors import ButlrBadRequestError, ButlrConnectionError, ButlrNotFoundError, ButlrResponseError
from .values import read_text

SIGN_IN_PATH: Final = "/api/v2/login"
# UNVERIFIED: that API tokens are created at the same host as everything else; the documentation names none
CLIENTS_PATH: Final = "/api/v1/client"
TOKEN_NAME: Final = "Home Assistant"  # noqa: S105 - a name
# In characters; both are stored.
MAX_CREDENTIAL_LENGTH: Final = 4096
# Anything else could change which address is deleted.
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A client ID and its secret."""

    client_id: str
    client_secret: str = field(repr=False)


class Account:
    """Creates and deletes API tokens, for somebody who has a bearer token.

    Every method may raise the errors of ButlrClient.
    """

    def __init__(self, session: aiohttp.ClientSession, base_url: str, bearer: str) -> None:
        """Use a bearer token."""
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._bearer = bearer

    @classmethod
    async def sign_in(cls, session: aiohttp.ClientSession, base_url: str, email: str, password: str) -> Self:
        """Exchange an e-mail address and a password for a bearer token."""
        check_password_address(base_url)
        body = {"username": email, "password": password}
        return cls(
            session, base_url, read_token(await _ask(session, "POST", base_url.rstrip("/") + SIGN_IN_PATH, body))
        )

    async def create_token(self, description: str) -> ApiToken:
        """Create an API token; the description must be one of a kind, so that the token can be found again."""
        answer = await self._ask("POST", "", {"name": TOKEN_NAME, "description": description})
        given = answer if isinstance(answer, dict) else {}
        parts = [read_text(given.get(key)) or "" for key in ("client_id", "client_secret")]
        if not all(part.isprintable() and 0 < len(part) <= MAX_CREDENTIAL_LENGTH for part in parts):
            raise ButlrResponseError("The answer has no client ID and secret")
        return ApiToken(*parts)

    async def delete_token(self, description: str, client_id: str | None = None) -> bool:
        """Delete an API token; return whether it existed.

        Its client ID may not be known, if there was no answer when it was created.
        """
        # UNVERIFIED: whether API tokens are deleted by their client ID, or by the id in the list
        if client_id and _ID.fullmatch(client_id):
            try:
                await self._delete(client_id)
            except ButlrNotFoundError, ButlrBadRequestError:
                pass
            else:
                return True
        answer = await self._ask("GET", "")
        listed = [one for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []
        ours = [read_text(one.get("id")) or "" for one in listed if one.get("description") == description]
        for which in filter(_ID.fullmatch, ours):
            await self._delete(which)
        return bool(ours)

    async def _delete(self, which: str) -> None:
        await self._ask("DELETE", f"/{which}")

    async def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        return await _ask(self._session, method, f"{self._base_url}{CLIENTS_PATH}{path}", body, self._bearer)


async def _ask(
    session: aiohttp.ClientSession, method: str, url: str, body: dict[str, str] | None, bearer: str | None = None
) -> Any:
    """Send a request and return the parsed answer, if there is any; raise a ButlrError for every failure."""
    check_address(url)
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        async with (
            # aiohttp's own timeout does not run while data keeps arriving.
            asyncio.timeout(REQUEST_TIMEOUT.total),
            session.request(
                method, url, json=body, headers=headers, timeout=REQUEST_TIMEOUT, allow_redirects=False
            ) as response,
        ):
            if response.status not in (HTTPStatus.CREATED, HTTPStatus.NO_CONTENT):
                raise_for_status(response.status, response.headers.get("Retry-After"))
            content = await read_body(response, MAX_BODY_SIZE)
    except (aiohttp.ClientError, TimeoutError) as err:
        raise ButlrConnectionError(f"No answer: {type(err).__name__}") from None
    try:
        return await read_with(read_document, content) if content else None
    except ValueError:
        raise ButlrResponseError("The answer is not JSON") from None
