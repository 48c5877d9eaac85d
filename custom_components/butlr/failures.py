"""What fails at the moment of an entry's polls, said once for all of them; and refusals, which may pass."""

from typing import Any, Final, Protocol

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .api.errors import ButlrAuthError, ButlrForbiddenError
from .const import DOMAIN, LOGGER

# One refusal may be a hiccup of the login service; two are not.
REFUSALS: Final = 2
# How often each poll tries again while a person is asked for new credentials, in seconds: together they try to log in
# every minute or two.
REFUSED_RETRY: Final = 300.0


class Poll(Protocol):
    """What is known of a poll here."""

    name: str

    async def async_refresh(self) -> None:
        """Poll now."""


class Failing:
    """The polls of one entry that fail, and why a person is asked for new credentials.

    A refusal of the login concerns all polls alike, and so does its end: the first success of any, with the same
    credentials, brings back the others and withdraws the request. A service may refuse where the login does not; there
    only those tell that it refused.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Begin with all well."""
        self._hass = hass
        self._entry = entry
        self._names: set[str] = set()
        self._refusals: dict[str, int] = {}
        # Those that wait, refused for good as it seems; and whether it was the login that refused.
        self._refused: dict[Poll, bool] = {}

    def __bool__(self) -> bool:
        """Tell whether any poll fails."""
        return bool(self._names)

    @property
    def asks(self) -> bool:
        """Whether a person is asked for new credentials, be it since an earlier set-up."""
        return any(self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH}))

    def others(self, poll: Poll) -> bool:
        """Tell whether a poll that fails is not the first."""
        return bool(self._names - {poll.name})

    def add(self, poll: Poll) -> None:
        """Take in that a poll fails."""
        self._names.add(poll.name)

    def forget(self, poll: Poll) -> None:
        """Take in that a poll does not fail, if only because nobody wants it."""
        self._names.discard(poll.name)
        self._refusals.pop(poll.name, None)
        self._refused.pop(poll, None)

    @callback
    def refuse(self, poll: Poll, err: ButlrAuthError) -> bool:
        """Take in a refusal; returns whether it is one too many, for which a person is asked for new credentials."""
        self._refusals[poll.name] = self._refusals.get(poll.name, 0) + 1
        if self._refusals[poll.name] < REFUSALS:
            return False
        self._refused[poll] = not isinstance(err, ButlrForbiddenError)
        self._entry.async_start_reauth(self._hass)
        return True

    @callback
    def succeed(self, poll: Poll) -> None:
        """Take in that a poll got all that it asked for: what others were refused may be had again."""
        was_refused = poll in self._refused
        self.forget(poll)
        again = [other for other, by_login in self._refused.items() if by_login or was_refused]
        for other in again:
            # One refusal more, and it waits again.
            self._refusals[other.name] = REFUSALS - 1
            del self._refused[other]
            self._entry.async_create_background_task(self._hass, other.async_refresh(), f"{other.name} again")
        if not self._refused:
            self._withdraw()

    def _withdraw(self) -> None:
        """Ask for new credentials no longer."""
        flows, context = self._hass.config_entries.flow, {"entry_id": self._entry.entry_id, "source": SOURCE_REAUTH}
        for flow in flows.async_progress_by_handler(DOMAIN, match_context=context):
            LOGGER.info("Butlr accepts the credentials of %s again; no new ones are needed", self._entry.title)
            flows.async_abort(flow["flow_id"])
