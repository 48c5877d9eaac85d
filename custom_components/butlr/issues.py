"""What a person is told in Repairs: only what they can do something about, and only while it is so."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

_README: Final = "https://github.com/butlr-home-assistant/butlr#push"


class Issue(StrEnum):
    """Why pushes do not arrive, or not all of them; the values are translation keys."""

    NO_PUBLIC_URL = "no_public_url"
    NOT_ALLOWED = "webhooks_not_allowed"
    REFUSED = "webhook_refused"
    HELD = "event_types_held"
    MISSING = "pushes_missing"


# Those that only Butlr's side can end, of which nobody tells us: "try again" looks whether it has.
FIXABLE: Final = frozenset({Issue.NOT_ALLOWED, Issue.REFUSED, Issue.HELD})
_LEARN_MORE: Final = {Issue.NO_PUBLIC_URL: "homeassistant://config/network"}


def issue_id(entry: ConfigEntry[Any], issue: Issue) -> str:
    """Return the id that the issue registry knows an entry's issue by."""
    return f"{issue}_{entry.entry_id}"


@callback
def show(
    hass: HomeAssistant, entry: ConfigEntry[Any], issue: Issue, placeholders: Mapping[str, str] | None = None
) -> None:
    """Tell of an issue, or that it has changed; whoever ignores it is not told again."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(entry, issue),
        data={"entry_id": entry.entry_id},
        is_fixable=issue in FIXABLE,
        learn_more_url=_LEARN_MORE.get(issue, _README),
        severity=ir.IssueSeverity.WARNING,
        translation_key=issue,
        translation_placeholders={"entry": entry.title, **(placeholders or {})},
    )


@callback
def clear(hass: HomeAssistant, entry: ConfigEntry[Any], *issues: Issue) -> None:
    """Tell of issues no longer."""
    for issue in issues:
        ir.async_delete_issue(hass, DOMAIN, issue_id(entry, issue))
