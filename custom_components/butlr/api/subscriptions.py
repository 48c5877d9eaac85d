"""Webhooks at Butlr: list, create, update, delete (docs: manage-webhooks and its pages)."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
import contextlib
from dataclasses import dataclass, field, replace
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrError, ButlrGraphQLError, ButlrResponseError
from .queries import CREATE_WEBHOOKS, DELETE_WEBHOOKS, UPDATE_WEBHOOKS, WEBHOOKS

# Seconds Butlr waits for an answer to a delivery; 1 to 15 are allowed.
HTTP_TIMEOUT: Final = 10
# Sources disagree on the spelling of these input fields, one by one (docs: create-webhooks prints camelCase, every
# example snake_case). Variables are checked before anything runs, so a refused spelling has created nothing.
CONTESTED: Final = {
    "event_types": "eventTypes",
    "endpoint_config": "endpointConfig",
    "http_timeout": "httpTimeout",
    "api_key": "apiKey",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A webhook at Butlr: where which events go, and the header that proves that they come from there."""

    id: str = ""
    name: str
    event_types: tuple[str, ...]
    url: str = field(repr=False)
    header: str | None = None
    secret: str | None = field(default=None, repr=False)
    on_change_only: bool = True


class Subscriptions:
    """The webhooks of an organisation. Every method raises what ButlrClient.graphql raises."""

    def __init__(self, client: ButlrClient) -> None:
        """Start with the spelling that outputs and the undisputed fields have."""
        self._client = client
        self._spelling = {name: name for name in CONTESTED}
        # Event types that were refused by themselves: asking for them again would be refused again.
        self.refused: set[str] = set()

    async def list(self) -> list[Subscription]:
        """Return all webhooks of the account, other systems' too; a bare list, null when there are none."""
        data = await self._client.graphql(WEBHOOKS)
        return _read(data.get("webhooks"))

    async def create(self, subscription: Subscription) -> Subscription:
        """Create a webhook and return it as Butlr has it."""

        async def attempt() -> dict[str, Any]:
            return await self._client.graphql(CREATE_WEBHOOKS, {"input": [self._input(subscription)]})

        created = _read((await self._in_some_spelling(attempt)).get("createWebhooks"))
        if not created:
            raise ButlrResponseError("The answer names no created webhook")
        return created[0]

    async def update(self, subscription: Subscription) -> None:
        """Make an existing webhook equal to this one; the endpoint is sent whole, whether or not Butlr merges."""

        async def attempt() -> dict[str, Any]:
            body = {"id": subscription.id, **self._input(subscription)}
            return await self._client.graphql(UPDATE_WEBHOOKS, {"input": [body]})

        await self._in_some_spelling(attempt)

    async def agree(self, subscription: Subscription, choices: Iterable[Sequence[str]]) -> tuple[str, ...]:
        """Create or update a webhook with as many of its event types as Butlr agrees to; returns those.

        When it refuses them together, each is tried by itself, and of the `choices` of names for one the next. A
        webhook that these credentials cannot see may hold a type, and the sources know two spellings of the one-minute
        variants. Should that fail on the way, no half a webhook is left that was not there before.
        """
        try:
            return (await self._save(subscription)).event_types
        except ButlrGraphQLError as err:
            if not err.is_refusal:
                raise
            refusal = err
        agreed = replace(subscription, event_types=())
        try:
            for names in choices:
                agreed = await self._add_one_of(names, agreed)
        except ButlrError:
            if agreed.id and not subscription.id:
                with contextlib.suppress(ButlrError):
                    await self.delete([agreed.id])
            raise
        if not agreed.event_types:
            # Then it is not about event types.
            self.refused.clear()
            raise refusal
        return agreed.event_types

    async def _add_one_of(self, names: Sequence[str], subscription: Subscription) -> Subscription:
        for name in names:
            try:
                return await self._save(replace(subscription, event_types=(*subscription.event_types, name)))
            except ButlrGraphQLError as err:
                if not err.is_refusal:
                    raise
                self.refused.add(name)
        return subscription

    async def _save(self, subscription: Subscription) -> Subscription:
        if subscription.id:
            await self.update(subscription)
            return subscription
        return replace(subscription, id=(await self.create(subscription)).id)

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete webhooks, for good."""
        await self._client.graphql(DELETE_WEBHOOKS, {"ids": list(ids)})

    def _input(self, subscription: Subscription) -> dict[str, Any]:
        name = self._spelling
        endpoint: dict[str, Any] = {"url": subscription.url, name["http_timeout"]: HTTP_TIMEOUT}
        if subscription.header and subscription.secret:
            endpoint[name["api_key"]] = {"key": subscription.header, "value": subscription.secret}
        return {
            "name": subscription.name,
            name["event_types"]: list(subscription.event_types),
            name["endpoint_config"]: endpoint,
            "send_on_value_change": subscription.on_change_only,
        }

    async def _in_some_spelling(self, attempt: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """Try again in the other spelling of every field that an error names, each field at most once.

        An error about something else, or one that no spelling cures, leaves the spelling as it was.
        """
        untried, before = set(CONTESTED), dict(self._spelling)
        first: ButlrGraphQLError | None = None
        while True:
            try:
                return await attempt()
            except ButlrGraphQLError as err:
                first = first or err
                refused = err.refused_fields()
                named = {name for name in untried if {name, CONTESTED[name]} & refused}
                if not named:
                    self._spelling = before
                    raise first from None
                untried -= named
                self._respell(named)

    def _respell(self, names: Iterable[str]) -> None:
        for name in names:
            self._spelling[name] = CONTESTED[name] if self._spelling[name] == name else name


def _read(rows: object) -> list[Subscription]:
    return [subscription for row in (rows if isinstance(rows, list) else ()) if (subscription := _read_one(row))]


def _read_one(row: object) -> Subscription | None:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        return None
    kinds, endpoint = row.get("event_types"), row.get("endpoint_config")
    endpoint = endpoint if isinstance(endpoint, dict) else {}
    key = endpoint.get("api_key")
    key = key if isinstance(key, dict) else {}
    return Subscription(
        id=row["id"],
        name=str(row.get("name") or ""),
        event_types=tuple(str(kind).upper() for kind in kinds) if isinstance(kinds, list) else (),
        url=str(endpoint.get("url") or ""),
        header=key.get("key"),
        secret=key.get("value"),
        on_change_only=row.get("send_on_value_change") is True,
    )
