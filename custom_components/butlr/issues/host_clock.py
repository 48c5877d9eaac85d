"""The host's clock, where it is wrong: everything follows Butlr's, and a person is told to put it right."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.client import ButlrClient
from ..coordinator import ButlrCoordinator
from . import issue as issues
from .issue import Issue

# By how much a clock must be wrong for a person to be told, in seconds.
WORTH_TELLING: Final = 120.0
_ISSUES: Final = (Issue.CLOCK_BEHIND, Issue.CLOCK_AHEAD)


@callback
def watch(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    client: ButlrClient,
    polls: Iterable[ButlrCoordinator[Any]],
    *followers: Callable[[float], None],
) -> None:
    """Call `followers` when the time at Butlr turns out to be another, and tell of a clock that is wrong while it is.

    A step of the host's clock alone moves nothing, and is noticed at the next of the `polls`.
    """
    clock = client.clock

    @callback
    def review() -> None:
        ahead = clock.ahead
        right = abs(ahead) < WORTH_TELLING
        wrong = None if right else Issue.CLOCK_BEHIND if ahead > 0 else Issue.CLOCK_AHEAD
        issues.clear(hass, entry, *(issue for issue in _ISSUES if issue is not wrong))
        if wrong:
            issues.show(hass, entry, wrong, {"difference": written(abs(ahead))})

    @callback
    def moved(seconds: float) -> None:
        for follow in followers:
            follow(seconds)
        review()

    entry.async_on_unload(clock.listen(moved))
    for poll in polls:
        entry.async_on_unload(poll.async_add_listener(review))
    review()


def written(seconds: float) -> str:
    """Write a length of time, to the minute, in units that need no translation."""
    minutes = round(seconds / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
