"""The record of the webhooks of other systems that send their events here, as they were before.

It is kept in the data of the config entry and nowhere else, since it contains the secrets of the other systems.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
import hashlib
import hmac
from typing import Any, Final, Self

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID

from ..api.subscriptions import Subscription, WebhookRow, read_subscription
from ..const import CONF_CLOUDHOOK_URL, CONF_TAKEN_OVER, CONF_WEBHOOK_SECRET

# Where all cloudhooks are.
CLOUDHOOKS: Final = "https://hooks.nabu.casa/"
# The parts of an endpoint, which are compared and restored.
_ENDPOINT: Final = ("url", "http_timeout", "api_key", "basic_auth")
_SECRETS: Final = {"api_key": {"key", "value"}, "basic_auth": {"username", "password"}}


@dataclass(frozen=True, slots=True)
class TakenWebhook:
    """A webhook of another system as it was listed before, and how far the takeover got."""

    row: WebhookRow = field(repr=False)
    # It is known to have been redirected. If it is not anymore, somebody else has changed it.
    taken: bool = False
    # It is being deleted, to be created again as it was.
    recreate: bool = False

    @property
    def id(self) -> str:
        """Return the id of the webhook at Butlr."""
        return str(self.row["id"])

    @property
    def subscription(self) -> Subscription:
        """Return the webhook as it was."""
        return read_subscription(self.row) or Subscription(name="", event_types=(), url="")

    @property
    def endpoint(self) -> dict[str, Any]:
        """Return the former endpoint."""
        return endpoint_of(self.row)


@dataclass(frozen=True, slots=True)
class TakeoverRecord:
    """The webhooks that were taken over, and what was agreed about them."""

    # Whether their events are passed on to the former endpoints.
    forward: bool
    webhooks: tuple[TakenWebhook, ...]
    # Whether they are to be given back.
    giving_back: bool = False

    @classmethod
    def of(cls, entry: ConfigEntry[Any]) -> Self | None:
        """Return the record of an entry, or None if nothing is taken over."""
        data = entry.data.get(CONF_TAKEN_OVER)
        if not data:
            return None
        webhooks = tuple(TakenWebhook(one["row"], one["taken"], one["recreate"]) for one in data["webhooks"])
        return cls(data["forward"], webhooks, data["giving_back"])

    def as_dict(self) -> dict[str, Any]:
        """Return the record as the entry's data keeps it."""
        webhooks = [{"row": one.row, "taken": one.taken, "recreate": one.recreate} for one in self.webhooks]
        return {"forward": self.forward, "webhooks": webhooks, "giving_back": self.giving_back}


def taken_secret(entry: ConfigEntry[Any], webhook_id: str) -> str:
    """Return the secret that a webhook of another system sends here, which tells from which one an event comes."""
    return hmac.new(entry.data[CONF_WEBHOOK_SECRET].encode(), webhook_id.encode(), hashlib.sha256).hexdigest()


def is_taken(subscription: Subscription, entry: ConfigEntry[Any]) -> bool:
    """Return whether a webhook is one of another system that was redirected here, or is about to be."""
    record = TakeoverRecord.of(entry)
    known = record is not None and any(one.id == subscription.id for one in record.webhooks)
    return known or subscription.secret == taken_secret(entry, subscription.id)


def sends_here(row: WebhookRow, entry: ConfigEntry[Any]) -> bool:
    """Return whether a webhook sends to this entry; after a change of address or secret it still does.

    Whoever changes the address may leave our secret, so the secret counts only beside an address of the cloud.
    """
    url = str(endpoint_of(row)["url"] or "")
    is_here = url.endswith(webhook.async_generate_path(entry.data[CONF_WEBHOOK_ID]))
    is_cloudhook = bool(url) and url == entry.data.get(CONF_CLOUDHOOK_URL)
    return is_here or is_cloudhook or (url.startswith(CLOUDHOOKS) and has_secret(row, entry))


def has_secret(row: WebhookRow, entry: ConfigEntry[Any]) -> bool:
    """Return whether a webhook of another system sends our secret."""
    return (endpoint_of(row)["api_key"] or {}).get("value") == taken_secret(entry, str(row["id"]))


def endpoint_of(row: WebhookRow) -> dict[str, Any]:
    """Return the endpoint of a webhook, with null for what it does not have, or what cannot be read."""
    endpoint = row.get("endpoint_config")
    endpoint = endpoint if isinstance(endpoint, Mapping) else {}
    return {key: endpoint.get(key) or None if key not in _SECRETS else _secrets(endpoint, key) for key in _ENDPOINT}


def is_readable(row: WebhookRow) -> bool:
    """Return whether everything of a webhook could be put back, because it is told as documented."""
    endpoint = row.get("endpoint_config")
    return (
        isinstance(row.get("name"), str)
        and isinstance(endpoint, Mapping)
        and all(not endpoint.get(key) or _secrets(endpoint, key) for key in _SECRETS)
    )


def _secrets(endpoint: Mapping[str, Any], key: str) -> dict[str, str] | None:
    found = endpoint.get(key)
    is_told = isinstance(found, dict) and all(isinstance(found.get(name), str) for name in _SECRETS[key])
    return found if is_told else None
