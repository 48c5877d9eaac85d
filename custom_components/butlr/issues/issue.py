"""What a person is told in Repairs: only what they can do something about, and only while it is so.

Refused credentials are not among it: Home Assistant itself makes a repair of every request for new ones, and a click
on that leads to the form. Whatever is wrong with the address or the time zone ends by itself as soon as it is put
right, because we are told of it; so there is nothing to click, only the way to where it is put right.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
import hashlib
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN

_README: Final = "https://github.com/butlr-home-assistant/butlr"


class Issue(StrEnum):
    """What keeps the integration from being as good as it could be; the values are translation keys."""

    NO_PUBLIC_URL = "no_public_url"
    NOT_ALLOWED = "webhooks_not_allowed"
    REFUSED = "webhook_refused"
    HELD = "event_types_held"
    MISSING = "pushes_missing"
    NO_TIME_ZONE = "no_time_zone"
    BUILDINGS_GONE = "buildings_gone"
    HIVES_OFFLINE = "hives_offline"
    FLOORS_OFFLINE = "floors_offline"
    CLOCK_BEHIND = "host_clock_behind"
    CLOCK_AHEAD = "host_clock_ahead"


# Those that a click may end: three that only Butlr's side can end, of which nobody tells us, so that "try again" looks
# whether it has, and one where making the webhook anew may help.
FIXABLE: Final = frozenset({Issue.NOT_ALLOWED, Issue.REFUSED, Issue.HELD, Issue.MISSING})
_LEARN_MORE: Final = {
    Issue.NO_PUBLIC_URL: "homeassistant://config/network",
    Issue.BUILDINGS_GONE: f"homeassistant://config/integrations/integration/{DOMAIN}",
    Issue.NO_TIME_ZONE: f"{_README}#the-day-of-entries-and-exits",
    Issue.HIVES_OFFLINE: f"{_README}#hardware",
    Issue.FLOORS_OFFLINE: f"{_README}#hardware",
    Issue.CLOCK_BEHIND: f"{_README}#troubleshooting",
    Issue.CLOCK_AHEAD: f"{_README}#troubleshooting",
}


def issue_id(entry: ConfigEntry[Any], issue: Issue) -> str:
    """Return the id that the issue registry knows an entry's issue by.

    Ids of issues stand in every diagnostics file, so this one does not tell which entry it is.
    """
    return f"{issue}_{hashlib.sha256(entry.entry_id.encode()).hexdigest()[:16]}"


@callback
def show(
    hass: HomeAssistant, entry: ConfigEntry[Any], issue: Issue, placeholders: Mapping[str, str] | None = None
) -> None:
    """Tell of an issue, or that it has changed; whoever ignores it is not told again."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(entry, issue),
        data={"entry_id": entry.entry_id, "issue": issue.value},
        is_fixable=issue in FIXABLE,
        learn_more_url=_LEARN_MORE.get(issue, f"{_README}#push"),
        severity=ir.IssueSeverity.WARNING,
        translation_key=issue,
        translation_placeholders={"entry": entry.title, **(placeholders or {})},
    )


@callback
def clear(hass: HomeAssistant, entry: ConfigEntry[Any], *issues: Issue) -> None:
    """Tell of issues no longer."""
    for issue in issues:
        ir.async_delete_issue(hass, DOMAIN, issue_id(entry, issue))


@callback
def listed(names: Iterable[str]) -> str:
    """Return names as a list in a message, in which they can format nothing."""
    return "\n".join(f"- `{plain(name) or '?'}`" for name in names)


def plain(name: str) -> str:
    """Return a name that stands between backticks, on one line, and is not endless."""
    return " ".join(name.replace("`", "'").split())[:100]
