"""Report a host clock that is wrong. All values follow Butlr's clock, so only the host's own clock needs fixing."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.client import ButlrClient
from ..coordinator import ButlrCoordinator
from .issue import Issue, create_issue, delete_issues

# Smaller errors of the host's clock are not reported, in seconds.
MIN_CLOCK_ERROR: Final = 120.0
_CLOCK_ISSUES: Final = (Issue.CLOCK_BEHIND, Issue.CLOCK_AHEAD)


@callback
def watch_host_clock(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    client: ButlrClient,
    polls: Iterable[ButlrCoordinator[Any]],
    *listeners: Callable[[float], None],
) -> None:
    """Call `listeners` when the estimate of Butlr's time changes, and keep the issue about the host's clock current.

    A change of the host's clock alone does not change Butlr's time; the next of the `polls` notices it.
    """
    clock = client.clock

    @callback
    def update_issue() -> None:
        seconds = clock.ahead
        current = None
        if abs(seconds) >= MIN_CLOCK_ERROR:
            current = Issue.CLOCK_BEHIND if seconds > 0 else Issue.CLOCK_AHEAD
        delete_issues(hass, entry, *(issue for issue in _CLOCK_ISSUES if issue is not current))
        if current:
            create_issue(hass, entry, current, {"difference": format_duration(abs(seconds))})

    @callback
    def on_clock_moved(seconds: float) -> None:
        for listener in listeners:
            listener(seconds)
        update_issue()

    entry.async_on_unload(clock.listen(on_clock_moved))
    for poll in polls:
        entry.async_on_unload(poll.async_add_listener(update_issue))
    update_issue()


def format_duration(seconds: float) -> str:
    """Format a duration to the minute, in units that need no translation."""
    minutes = round(seconds / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
