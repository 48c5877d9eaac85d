"""The base of every poll: requests, retries, failures that are reported once, and refreshes that people ask for.

The polls themselves are in `polls` and `on_demand`.
"""

from abc import abstractmethod
import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import timedelta
from typing import Any, Final, Protocol, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api.client import ButlrClient
from .api.errors import (
    ButlrAuthError,
    ButlrError,
    ButlrForbiddenError,
    ButlrOverloadedError,
    ButlrRateLimitError,
)
from .const import DOMAIN, LOGGER
from .live.evidence import VALIDITY

ESTATE_INTERVAL = timedelta(minutes=10)
OCCUPANCY_INTERVAL = timedelta(seconds=60)
OCCUPANCY_INTERVAL_WITH_PUSH = timedelta(minutes=5)
# A failed poll is tried again after this many seconds, whatever its interval.
POLL_RETRY_DELAY = 60.0
# How long set-up waits before it asks again after a refusal, in seconds.
REFUSAL_RETRY_DELAY = 1.0
# One refusal may be a hiccup of the login service; two are not.
REFUSALS_BEFORE_REAUTH: Final = 2
# How often each poll tries again while a person is asked for new credentials, in seconds: together they try to log in
# every minute or two.
REAUTH_RETRY_DELAY: Final = 300.0


# So many rounds may begin one after the other, and in the long run one in so many seconds.
MAX_REFRESH_BURST: Final = 3
REFRESH_PACE: Final = 20.0


class Poll(Protocol):
    """What is known of a poll here."""

    name: str

    async def async_refresh(self) -> None:
        """Poll now."""


class Failures:
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
        if self._refusals[poll.name] < REFUSALS_BEFORE_REAUTH:
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
            self._refusals[other.name] = REFUSALS_BEFORE_REAUTH - 1
            del self._refused[other]
            self._entry.async_create_background_task(self._hass, other.async_refresh(), f"{other.name} again")
        if not self._refused:
            self._withdraw()

    def _withdraw(self) -> None:
        """Ask for new credentials no longer."""
        flows, context = self._hass.config_entries.flow, {"entry_id": self._entry.entry_id, "source": SOURCE_REAUTH}
        for flow in flows.async_progress_by_handler(DOMAIN, match_context=context):
            LOGGER.info("Butlr accepts the credentials of %s again; no action is needed", self._entry.title)
            flows.async_abort(flow["flow_id"])


class RefreshQueue:
    """Answers everybody who asks with a round that began when they asked, or later."""

    def __init__(
        self, run: Callable[[], Awaitable[bool]], begin: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        """Prepare: `run` is one round and returns whether it went well, `begin` starts what happens meanwhile."""
        self._run = run
        self._begin = begin
        self._going = False
        self._next: asyncio.Future[bool] | None = None
        self._begun: deque[float] = deque(maxlen=MAX_REFRESH_BURST)

    async def request(self) -> bool:
        """Wait for the end of the next round that begins, and return whether it went well."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            if not self._going:
                self._going = True
                self._begin(self._go())
        # Whoever gives up must not take the others along.
        return await asyncio.shield(self._next)

    async def _go(self) -> None:
        loop = asyncio.get_running_loop()
        asked = self._next
        try:
            # Whoever asks in the same moment has joined by then.
            await asyncio.sleep(0)
            while (asked := self._next) is not None:
                if (
                    len(self._begun) == MAX_REFRESH_BURST
                    and (wait := self._begun[0] + MAX_REFRESH_BURST * REFRESH_PACE - loop.time()) > 0
                ):
                    await asyncio.sleep(wait)
                self._begun.append(loop.time())
                self._next = None
                asked.set_result(await self._run())
        finally:
            # Where it ends early, nobody shall wait for ever.
            self._going = False
            for left in (asked, self._next):
                if left is not None and not left.done():
                    left.set_result(False)
            self._next = None


class ButlrCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """A poll of the Butlr cloud: says once that the cloud is gone, once that it is back."""

    config_entry: ConfigEntry[Any]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: ButlrClient,
        failing: Failures,
        what: str,
        interval: timedelta,
        debouncer: Debouncer[Any] | None = None,
    ) -> None:
        """Prepare a poll; `failing` is shared by all polls and knows those that fail at the moment."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=f"Butlr {what}",
            update_interval=interval,
            request_refresh_debouncer=debouncer,
        )
        self.client = client
        self.interval = interval
        # For how long after a good answer Butlr may ask for patience before it counts as a failure, in seconds.
        self.rate_limit_grace = VALIDITY
        self._failing = failing
        # When this poll last got all that it asked for (Unix seconds), and how often it did.
        self.succeeded_at: float | None = None
        self._successes = 0
        self._rounds = RefreshQueue(self._round, self._begin_rounds)

    @property
    def cloud_is_down(self) -> bool:
        """Whether this or any other poll of the entry fails at the moment."""
        return bool(self._failing)

    @callback
    def clock_moved(self, seconds: float) -> None:
        """Follow the clock, which turned out to be so many seconds later than it was thought to be."""
        if self.succeeded_at is not None:
            self.succeeded_at += seconds

    async def refresh_now(self) -> bool:
        """Poll for somebody who asks for it now, and return whether Butlr answered.

        However many ask, and however often: each is answered by a poll that began when they asked, or later.
        """
        return await self._rounds.request()

    async def _round(self) -> bool:
        before = self._successes
        await self.async_refresh()
        return self._successes > before

    def _begin_rounds(self, rounds: Coroutine[Any, Any, None]) -> None:
        self.config_entry.async_create_background_task(self.hass, rounds, f"{self.name} for somebody")

    @abstractmethod
    async def _fetch(self) -> DataT:
        """Ask the cloud; raises ButlrError."""

    @override
    async def _async_update_data(self) -> DataT:
        try:
            data = await self._fetch_twice_if_refused_at_start()
        except (ButlrRateLimitError, ButlrOverloadedError) as err:
            pause = err.retry_after if isinstance(err, ButlrRateLimitError) else POLL_RETRY_DELAY
            # The cloud is there and asks for patience: what is known stays valid for a while, so no error yet.
            if self.succeeded_at is not None and self.client.now() < self.succeeded_at + self.rate_limit_grace:
                LOGGER.debug("%s: next poll in %.0f s: %s", self.name, pause, err)
                self.update_interval = timedelta(seconds=pause)
                return self.data
            raise self._failure(err, pause) from err
        except ButlrAuthError as err:
            # No ConfigEntryAuthFailed, after which Home Assistant would never ask again: refusals may pass.
            raise self._failure(
                err, REAUTH_RETRY_DELAY if self._failing.refuse(self, err) else POLL_RETRY_DELAY
            ) from err
        except ButlrError as err:
            raise self._failure(err, POLL_RETRY_DELAY) from err
        self.succeeded_at = self.client.now()
        self._successes += 1
        self.update_interval = self.interval
        self._failing.succeed(self)
        if self._failing:
            # Another poll has yet to recover; the last one says so, once.
            self.last_update_success = True
        return data

    async def _fetch_twice_if_refused_at_start(self) -> DataT:
        try:
            return await self._fetch()
        except ButlrAuthError as err:
            if self.config_entry.state is not ConfigEntryState.SETUP_IN_PROGRESS:
                raise
            # A set-up that is retried begins with a new coordinator, which would never count to two. Once a person is
            # asked for new credentials, the old ones are tried once each time.
            self._failing.refuse(self, err)
            if self._failing.asks:
                raise
        await asyncio.sleep(REFUSAL_RETRY_DELAY)
        return await self._fetch()

    def _note_failure(self) -> None:
        """Join those that fail; where another was first, even by a moment of the same outage, it has said so."""
        if self._failing.others(self):
            # Home Assistant writes a line only for a poll that did succeed.
            self.last_update_success = False
        self._failing.add(self)

    def _failure(self, err: ButlrError, retry_after: float) -> UpdateFailed:
        self._note_failure()
        if isinstance(err, ButlrAuthError):
            return UpdateFailed(
                retry_after=retry_after, translation_domain=DOMAIN, translation_key="credentials_refused"
            )
        return UpdateFailed(
            retry_after=retry_after,
            translation_domain=DOMAIN,
            translation_key="update_failed",
            translation_placeholders={"error": str(err)},
        )


async def gather_all(questions: Iterable[Awaitable[None]]) -> None:
    """Ask side by side, all to their ends; then raise what went wrong, a refusal first."""
    results = await asyncio.gather(*questions, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    for error in sorted(errors, key=lambda error: not isinstance(error, ButlrAuthError)):
        raise error


async def refresh_all_now(*polls: ButlrCoordinator[Any]) -> bool:
    """Poll side by side for somebody who asks for it now; returns whether Butlr answered all of them."""
    return all(await asyncio.gather(*(poll.refresh_now() for poll in polls)))
