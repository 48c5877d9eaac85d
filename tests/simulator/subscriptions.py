"""The webhook part of GraphQL: list, create, update, delete, with the checks that the cloud makes."""

import random
from typing import Any

from graphql import GraphQLError

from .delivery import Dispatcher, Webhook
from .estate import Estate
from .identifiers import new_id
from .resolvers import Info, Resolver
from .settings import Json, Settings

_CAMEL = {
    "eventTypes": "event_types",
    "endpointConfig": "endpoint_config",
    "httpTimeout": "http_timeout",
    "apiKey": "api_key",
    "basicAuth": "basic_auth",
}


class SubscriptionResolvers:
    """Resolvers for everything about webhooks."""

    def __init__(self, estate: Estate, dispatcher: Dispatcher, settings: Settings, seed: int | str) -> None:
        """Manage the dispatcher's subscriptions."""
        self._estate = estate
        self._dispatcher = dispatcher
        self._settings = settings
        self._rng = random.Random(f"{seed}/webhooks")

    def by_type(self) -> dict[str, dict[str, Resolver]]:
        """Return the resolvers by type and field."""
        return {
            "Query": {"webhooks": self._list},
            "Mutation": {
                "createWebhooks": self._create,
                "updateWebhooks": self._update,
                "deleteWebhooks": self._delete,
            },
            "Webhook": {
                "endpoint_config": _endpoint,
                "org_id": lambda webhook, info: self._estate.id,
            },
        }

    def _permit(self) -> None:
        """Check the right to manage webhooks.

        Raises:
            GraphQLError: the setting withholds it.
        """
        if self._settings.webhook_permission == "forbidden":
            raise GraphQLError("permission denied", extensions={"code": "FORBIDDEN"})

    def _list(self, _: None, info: Info) -> list[Webhook]:
        """Return all webhooks of the account that this client may see, secrets included."""
        self._permit()
        return [webhook for webhook in self._dispatcher.webhooks.values() if not webhook.hidden]

    def _create(self, _: None, info: Info, input: list[Json]) -> list[Webhook]:  # noqa: A002
        """Create webhooks, all or none."""
        self._permit()
        made: list[Webhook] = []
        for item in map(_snake, input):
            own = [*made, *(webhook for webhook in self._dispatcher.webhooks.values() if not webhook.foreign)]
            if own and self._settings.second_webhook == "refused":
                raise _bad_input("this client has a webhook already")
            webhook = Webhook(new_id(self._rng, "webhook"), "", [], "")
            self._fill(webhook, item, made)
            made.append(webhook)
        self._dispatcher.keep(*made)
        return made

    def _update(self, _: None, info: Info, input: list[Json]) -> list[Webhook]:  # noqa: A002
        """Change webhooks; what is not named stays."""
        self._permit()
        changed: list[Webhook] = []
        for item in map(_snake, input):
            webhook = self._dispatcher.webhooks.get(item["id"])
            if webhook is None:
                raise GraphQLError("Webhook not found", extensions={"code": "NOT_FOUND"})
            draft = Webhook(**{name: getattr(webhook, name) for name in Webhook.__slots__})
            kept = {name: getattr(webhook, name) for name in ("api_key", "basic_auth")}
            self._fill(draft, item, [])
            self._update_endpoint(draft, item, kept)
            changed.append(webhook if self._settings.endpoint_update == "ignored" else draft)
        self._dispatcher.keep(*changed)
        return changed

    def _update_endpoint(self, draft: Webhook, item: Json, kept: Json) -> None:
        """Apply the setting about what an update of an endpoint does to the rest."""
        if self._settings.endpoint_update == "merged":
            for name, value in kept.items():
                setattr(draft, name, getattr(draft, name) or value)
        if self._settings.endpoint_update == "resets" and "send_on_value_change" not in item:
            draft.send_on_value_change = False

    def _delete(self, _: None, info: Info, ids: list[str]) -> bool:
        """Delete webhooks for good.

        Raises:
            GraphQLError: one of them does not exist.
        """
        self._permit()
        if any(webhook_id not in self._dispatcher.webhooks for webhook_id in ids):
            raise GraphQLError("Webhook not found", extensions={"code": "NOT_FOUND"})
        self._dispatcher.remove(*ids)
        return True

    def _fill(self, webhook: Webhook, item: Json, siblings: list[Webhook]) -> None:
        """Take over what an input says.

        Raises:
            GraphQLError: the cloud would refuse it.
        """
        for name in ("name", "event_types", "filters", "send_on_value_change"):
            if item.get(name) is not None:
                setattr(webhook, name, item[name])
        if item.get("status") is not None and self._settings.webhook_status == "settable":
            webhook.status = item["status"]
        if (endpoint := item.get("endpoint_config")) is not None:
            webhook.url = endpoint["url"]
            timeout = endpoint.get("http_timeout")
            webhook.http_timeout = 10 if timeout is None else timeout
            webhook.api_key = endpoint.get("api_key")
            webhook.basic_auth = endpoint.get("basic_auth")
        schemes = ("https://",) if self._settings.require_https else ("https://", "http://")
        if not webhook.url.startswith(schemes):
            raise _bad_input("url must be https")
        if not 1 <= webhook.http_timeout <= 15:
            raise _bad_input("http_timeout must be between 1 and 15")
        if not webhook.event_types:
            raise _bad_input("event_types must not be empty")
        for other in (*self._dispatcher.webhooks.values(), *siblings):
            if other.id != webhook.id and (held := set(other.event_types) & set(webhook.event_types)):
                raise _bad_input(f"a webhook for {', '.join(sorted(held))} exists already")


def _endpoint(webhook: Webhook, info: Info) -> Json:
    """Return where a webhook delivers to, as the list query shows it."""
    return {
        "url": webhook.url,
        "http_timeout": webhook.http_timeout,
        "api_key": webhook.api_key,
        "basic_auth": webhook.basic_auth,
    }


def _snake(value: Any) -> Any:
    """Return an input in snake_case, whichever spelling this cloud knows."""
    if not isinstance(value, dict):
        return value
    return {
        _CAMEL.get(key, key): _snake(item) if key in ("endpointConfig", "endpoint_config") else item
        for key, item in value.items()
    }


def _bad_input(message: str) -> GraphQLError:
    """Return the error for an invalid input."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})
