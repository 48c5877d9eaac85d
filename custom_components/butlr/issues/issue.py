"""The issues shown in Repairs. Each is something the user can act on, and is deleted when its condition ends.

Refused credentials are not listed: Home Assistant creates its own repair for every request for new credentials. Issues
about the URL or the time zone have no fix flow: they link to the page where the problem is solved, and are deleted as
soon as it is.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
import hashlib
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN

_DOCS: Final = "https://github.com/butlr-home-assistant/butlr/blob/main/docs"


class Issue(StrEnum):
    """What keeps the integration from working as well as it could; the values are translation keys."""

    NO_PUBLIC_URL = "no_public_url"
    WEBHOOKS_NOT_ALLOWED = "webhooks_not_allowed"
    WEBHOOK_REFUSED = "webhook_refused"
    CLAIMED = "event_types_held"
    NOT_GIVEN_BACK = "event_types_not_given_back"
    PUSHES_MISSED = "pushes_missing"
    PUSHES_INCOMPLETE = "pushes_incomplete"
    MQTT_MISSING = "mqtt_missing"
    MQTT_SILENT = "mqtt_silent"
    NO_TIME_ZONE = "no_time_zone"
    BUILDINGS_GONE = "buildings_gone"
    TOO_MANY_ENTITIES = "too_many_entities"
    HIVES_OFFLINE = "hives_offline"
    FLOORS_OFFLINE = "floors_offline"
    CLOCK_BEHIND = "host_clock_behind"
    CLOCK_AHEAD = "host_clock_ahead"


# Issues with a fix flow. Most depend on a change at Butlr that Home Assistant is not notified of, so the flow retries;
# missed pushes may be cured by recreating the webhooks.
FIXABLE_ISSUES: Final = frozenset(
    {Issue.WEBHOOKS_NOT_ALLOWED, Issue.WEBHOOK_REFUSED, Issue.CLAIMED, Issue.NOT_GIVEN_BACK, Issue.PUSHES_MISSED}
)
_LEARN_MORE: Final = {
    Issue.NO_PUBLIC_URL: "homeassistant://config/network",
    Issue.CLAIMED: f"{_DOCS}/updates.md#when-another-system-has-the-events",
    Issue.NOT_GIVEN_BACK: f"{_DOCS}/updates.md#when-another-system-has-the-events",
    Issue.MQTT_MISSING: f"{_DOCS}/mqtt.md#set-up",
    Issue.MQTT_SILENT: f"{_DOCS}/mqtt.md#when-it-does-not-work",
    Issue.BUILDINGS_GONE: f"homeassistant://config/integrations/integration/{DOMAIN}",
    Issue.TOO_MANY_ENTITIES: f"{_DOCS}/configuration.md#large-organizations",
    Issue.NO_TIME_ZONE: f"{_DOCS}/updates.md#when-daily-counts-reset",
    Issue.HIVES_OFFLINE: f"{_DOCS}/entities.md#offline-hardware",
    Issue.FLOORS_OFFLINE: f"{_DOCS}/entities.md#offline-hardware",
    Issue.CLOCK_BEHIND: f"{_DOCS}/troubleshooting.md#symptoms-and-causes",
    Issue.CLOCK_AHEAD: f"{_DOCS}/troubleshooting.md#symptoms-and-causes",
}
# The longest part of a name that an issue shows, in characters.
_MAX_NAME_LENGTH: Final = 100


def issue_id(entry: ConfigEntry[Any], issue: Issue) -> str:
    """Return the id of an entry's issue in the issue registry.

    The entry id is hashed because every diagnostics file lists issue ids. The ids must not change: the registry
    remembers by them which issues a user has ignored.
    """
    return f"{issue}_{hashlib.sha256(entry.entry_id.encode()).hexdigest()[:16]}"


@callback
def create_issue(
    hass: HomeAssistant, entry: ConfigEntry[Any], issue: Issue, placeholders: Mapping[str, str] | None = None
) -> None:
    """Create or update an issue; an issue that the user ignored stays ignored."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(entry, issue),
        data={"entry_id": entry.entry_id, "issue": issue.value},
        is_fixable=issue in FIXABLE_ISSUES,
        # What is left at Butlr when the entry is gone is known from nowhere else after a restart.
        is_persistent=issue is Issue.NOT_GIVEN_BACK,
        learn_more_url=_LEARN_MORE.get(issue, f"{_DOCS}/updates.md#push"),
        severity=ir.IssueSeverity.WARNING,
        translation_key=issue,
        translation_placeholders={"entry": entry.title, **(placeholders or {})},
    )


@callback
def delete_issues(hass: HomeAssistant, entry: ConfigEntry[Any], *issues: Issue) -> None:
    """Delete issues that may or may not exist."""
    for issue in issues:
        ir.async_delete_issue(hass, DOMAIN, issue_id(entry, issue))


@callback
def update_issue(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    issue: Issue,
    placeholders: Mapping[str, str] | None = None,
    *,
    exists: bool,
) -> None:
    """Create or update an issue if its condition is true, otherwise delete it."""
    if exists:
        create_issue(hass, entry, issue, placeholders)
    else:
        delete_issues(hass, entry, issue)


@callback
def bullet_list(names: Iterable[str]) -> str:
    """Return a Markdown list of names."""
    return "\n".join(f"- {quote_name(name)}" for name in names)


def quote_name(name: str) -> str:
    """Return a name as inline code, so that it cannot format the message; long names are cut."""
    return f"`{' '.join(name.replace('`', "'").split())[:_MAX_NAME_LENGTH] or '?'}`"
