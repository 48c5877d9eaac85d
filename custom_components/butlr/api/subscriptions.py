"""Webhooks at Butlr: list, create, update and delete (docs: manage-webhooks and its pages)."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from .client import ButlrClient
from .errors import ButlrBadRequestError, ButlrError, ButlrForbiddenError, ButlrGraphQLError, ButlrResponseError
from .queries import (
    CREATE_WEBHOOKS,
    DELETE_WEBHOOKS,
    UPDATE_WEBHOOKS,
    WEBHOOK_FILTERS,
    WEBHOOKS,
    WEBHOOKS_IN_FULL,
    WEBHOOKS_WITHOUT_STATUS,
)
from .texts import clean, usable_id
from .values import read_text

# Seconds that Butlr waits for the answer to a delivery; 1 to 15 are allowed.
DELIVERY_TIMEOUT: Final = 10
# Sources disagree on the spelling of each of these input fields (docs: create-webhooks prints camelCase, every example
# snake_case). Variables are checked before anything runs, so a refused spelling creates nothing.
# UNVERIFIED: the spelling of the webhook inputs
CAMEL_CASE_FIELDS: Final = {
    "event_types": "eventTypes",
    "endpoint_config": "endpointConfig",
    "http_timeout": "httpTimeout",
    "api_key": "apiKey",
    "basic_auth": "basicAuth",
}
# A webhook as Butlr lists it, with the secrets of its endpoint.
type WebhookRow = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A webhook at Butlr: the events it sends, the URL, and the header that authenticates them."""

    id: str = ""
    name: str
    event_types: tuple[str, ...]
    url: str = field(repr=False)
    header: str | None = None
    secret: str | None = field(default=None, repr=False)
    on_change_only: bool = True
    # Only events of these floors are sent; without any, those of all floors are. Read by `with_floors` alone.
    floor_ids: tuple[str, ...] = ()
    # Butlr sends nothing to an inactive webhook, but it still claims its event types.
    active: bool = True


def is_refusal(err: BaseException | None) -> bool:
    """Return whether an error is about the request itself, so that repeating it would fail again."""
    return isinstance(err, ButlrBadRequestError) or (isinstance(err, ButlrGraphQLError) and err.is_refusal)


def is_certain(err: BaseException | None) -> bool:
    """Return whether a refusal has a code and therefore cannot be a temporary failure."""
    return isinstance(err, ButlrGraphQLError) and err.is_certain


class Subscriptions:
    """The webhooks of an organization. Every method raises what ButlrClient.graphql raises."""

    def __init__(self, client: ButlrClient) -> None:
        """Start with the spelling of the outputs and of the undisputed fields."""
        self._client = client
        self._spelling = {name: name for name in CAMEL_CASE_FIELDS}
        self._list_query = WEBHOOKS
        # Event types that were refused individually, and whether with a code. For a while, requesting them again would
        # fail again.
        self.refused: dict[str, bool] = {}

    async def list(self) -> list[Subscription]:
        """Return all webhooks of the account, including those of other systems; the answer is a bare list, or null.

        Only one source mentions `status`; if the cloud does not know the field, it is left out from then on.
        """
        try:
            data = await self._client.graphql(self._list_query)
        except (ButlrBadRequestError, ButlrGraphQLError) as err:
            if self._list_query is WEBHOOKS_WITHOUT_STATUS or not (is_refusal(err) or _is_about_status(err)):
                raise _as_forbidden(err) from None
            try:
                data = await self._client.graphql(WEBHOOKS_WITHOUT_STATUS)
            except ButlrGraphQLError as again:
                raise _as_forbidden(again) from None
            if is_certain(err) or _is_about_status(err):
                self._list_query = WEBHOOKS_WITHOUT_STATUS
        return _read(data.get("webhooks"))

    # UNVERIFIED: whether a webhook tells its filters
    async def with_floors(self, subscription: Subscription) -> Subscription:
        """Return a webhook with the floors that it is filtered by; without any if the cloud does not say."""
        try:
            rows = (await self._client.graphql(WEBHOOK_FILTERS)).get("webhooks")
        except (ButlrBadRequestError, ButlrGraphQLError) as err:
            if not is_refusal(err):
                raise
            rows = None
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and row.get("id") == subscription.id:
                filters = row.get("filters")
                floors = filters.get("floor_ids") if isinstance(filters, dict) and len(filters) == 1 else None
                return replace(subscription, floor_ids=tuple(map(str, floors)) if isinstance(floors, list) else ())
        return subscription

    async def rows(self) -> dict[str, WebhookRow]:
        """Return all webhooks of the account by their ids, with everything that Butlr tells of them."""
        for document in WEBHOOKS_IN_FULL:
            try:
                rows = (await self._client.graphql(document)).get("webhooks")
            except (ButlrBadRequestError, ButlrGraphQLError) as err:
                if document is WEBHOOKS_IN_FULL[-1] or not (is_refusal(err) or _is_about_status(err)):
                    raise _as_forbidden(err) from None
            else:
                break
        if rows is not None and not isinstance(rows, list):
            raise ButlrResponseError("The answer has no list of webhooks")
        return {one.id: row for row in rows or () if (one := read_subscription(row))}

    async def update_as(self, row: WebhookRow) -> None:
        """Update a webhook to be as in a row, in one request and as a whole: Butlr may or may not merge."""
        await self._write(UPDATE_WEBHOOKS, lambda: {"id": row["id"], **self._whole(row)})

    async def create_as(self, row: WebhookRow) -> None:
        """Create a webhook as in a row; its id is another one."""
        await self._write(CREATE_WEBHOOKS, lambda: self._whole(row))

    async def _write(self, document: str, body: Callable[[], dict[str, Any]]) -> None:
        async def attempt() -> dict[str, Any]:
            return await self._client.graphql(document, {"input": [body()]})

        await self._try_spellings(attempt)

    def _whole(self, row: WebhookRow) -> dict[str, Any]:
        """Return a row as an input, without its id; what is null in the row is left out."""
        kept = {key: row[key] for key in ("filters", "send_on_value_change") if row.get(key) is not None}
        return {
            "name": row["name"],
            self._spelling["event_types"]: row["event_types"],
            self._spelling["endpoint_config"]: {
                self._spelling.get(key, key): value
                for key, value in row["endpoint_config"].items()
                # A header that is null is sent, since Butlr may keep what is left out.
                if value is not None or key == "api_key"
            },
            **kept,
        }

    async def create(self, subscription: Subscription) -> Subscription:
        """Create a webhook and return it as stored at Butlr."""

        async def attempt() -> dict[str, Any]:
            return await self._client.graphql(CREATE_WEBHOOKS, {"input": [self._input(subscription)]})

        created = _read((await self._try_spellings(attempt)).get("createWebhooks"))
        if not created:
            raise ButlrResponseError("The answer names no created webhook")
        return created[0]

    # UNVERIFIED: whether the input status switches a webhook on, and whether an update merges the endpoint
    async def update(self, subscription: Subscription, *, switch_on: bool = False) -> None:
        """Change an existing webhook; the endpoint is sent as a whole, since Butlr may or may not merge it.

        No source says whether `status` is an input that switches a webhook on.
        """

        async def attempt() -> dict[str, Any]:
            body = {"id": subscription.id, **self._input(subscription), **({"status": True} if switch_on else {})}
            return await self._client.graphql(UPDATE_WEBHOOKS, {"input": [body]})

        await self._try_spellings(attempt)

    async def save(self, subscription: Subscription) -> Subscription:
        """Update a webhook that has an id, or create it; return it with its id."""
        if subscription.id:
            await self.update(subscription)
        else:
            subscription = replace(subscription, id=(await self.create(subscription)).id)
        for suffix in {name.rpartition("_")[2] for name in subscription.event_types}.intersection(("1MIN", "1M")):
            self._client.findings.note("minute_suffix", suffix)
        return subscription

    async def agree(self, subscription: Subscription, choices: Iterable[Sequence[str]]) -> Subscription:
        """Add event types to a webhook one by one, as far as Butlr accepts them; return the resulting webhook.

        Call this for event types that Butlr refuses together: a webhook invisible to these credentials may claim one of
        them, and the sources have two spellings of the one-minute variants. Each of the `choices` lists the names of
        one event type, best first; a worse name that the webhook has is dropped when a better one is accepted. Accepted
        types are never removed in between, and they stay if Butlr fails halfway.
        """
        for names in choices:
            has = next((name for name in names if name in subscription.event_types), None)
            others = tuple(name for name in subscription.event_types if name != has)
            for name in names:
                if name == has:
                    break
                try:
                    subscription = await self.save(replace(subscription, event_types=(*others, name)))
                except ButlrError as err:
                    if not is_refusal(err):
                        raise
                    self._refuse(name, err)
                else:
                    break
        return subscription

    def _refuse(self, name: str, err: ButlrError) -> None:
        """Store that an event type was refused, and how this cloud refuses."""
        self.refused[name] = is_certain(err)
        if isinstance(err, ButlrGraphQLError) and not err.is_about_variables:
            manner = str(err.status) if err.status != HTTPStatus.OK else "path"
            self._client.findings.note("refusal", "code" if err.is_certain else manner)

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete webhooks permanently."""
        await self._client.graphql(DELETE_WEBHOOKS, {"ids": list(ids)})

    def _input(self, subscription: Subscription) -> dict[str, Any]:
        name = self._spelling
        endpoint: dict[str, Any] = {"url": subscription.url, name["http_timeout"]: DELIVERY_TIMEOUT}
        if subscription.header and subscription.secret:
            endpoint[name["api_key"]] = {"key": subscription.header, "value": subscription.secret}
        return {
            "name": subscription.name,
            name["event_types"]: list(subscription.event_types),
            name["endpoint_config"]: endpoint,
            "send_on_value_change": subscription.on_change_only,
            **({"filters": {"floor_ids": list(subscription.floor_ids)}} if subscription.floor_ids else {}),
        }

    async def _try_spellings(self, attempt: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """Retry with the other spelling of every field that an error names, each field at most once.

        An error about something else, or one that no spelling fixes, leaves the spelling unchanged.
        """
        untried, before = set(CAMEL_CASE_FIELDS), dict(self._spelling)
        first: ButlrGraphQLError | None = None
        while True:
            try:
                answer = await attempt()
            except ButlrGraphQLError as err:
                first = first or err
                refused = err.refused_fields()
                named = {name for name in untried if {name, CAMEL_CASE_FIELDS[name]} & refused}
                if not named:
                    self._spelling = before
                    raise first from None
                untried -= named
                self._switch_spelling(named)
            else:
                # Basic authentication is sent for webhooks of others only.
                camel = {name != spelled for name, spelled in self._spelling.items() if name != "basic_auth"}
                finding = "mixed" if len(camel) > 1 else "camel" if camel == {True} else "snake"
                self._client.findings.note("webhook_input", finding)
                return answer

    def _switch_spelling(self, names: Iterable[str]) -> None:
        for name in names:
            self._spelling[name] = CAMEL_CASE_FIELDS[name] if self._spelling[name] == name else name


# UNVERIFIED: whether webhooks have a field status
def _is_about_status(err: ButlrError) -> bool:
    """Return whether an error is about the field `status` of the answer."""
    if not isinstance(err, ButlrGraphQLError):
        return False
    paths = [path for error in err.errors if isinstance(path := error.get("path"), list)]
    return any("status" in path for path in paths) or "status" in err.refused_fields()


def _as_forbidden(err: ButlrError) -> ButlrError:
    """Return a ButlrForbiddenError if only the message says that the credentials do not allow this."""
    if isinstance(err, ButlrGraphQLError) and err.mentions_permissions:
        return ButlrForbiddenError(str(err))
    return err


def _read(rows: object) -> list[Subscription]:
    """Return webhooks; null means none, and anything else but a list raises ButlrResponseError."""
    if rows is not None and not isinstance(rows, list):
        raise ButlrResponseError("The answer has no list of webhooks")
    return [subscription for row in rows or () if (subscription := read_subscription(row))]


def read_subscription(row: object) -> Subscription | None:
    """Return the webhook of a row of an answer, or None if the row has no id."""
    if not isinstance(row, dict) or not (webhook_id := usable_id(row.get("id"))):
        return None
    kinds, endpoint = row.get("event_types"), row.get("endpoint_config")
    endpoint = endpoint if isinstance(endpoint, dict) else {}
    key = endpoint.get("api_key")
    key = key if isinstance(key, dict) else {}
    return Subscription(
        id=webhook_id,
        name=clean(row.get("name")) or "",
        event_types=tuple(name.upper() for kind in kinds if (name := clean(kind))) if isinstance(kinds, list) else (),
        url=read_text(endpoint.get("url")) or "",
        header=read_text(key.get("key")),
        secret=read_text(key.get("value")),
        on_change_only=row.get("send_on_value_change") is True,
        active=row.get("status") is not False,
    )
