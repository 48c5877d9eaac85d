"""The base class of every poll: requests, retries, failures that are logged once, and refreshes on request.

The polls themselves are in `polls` and `on_demand`.
"""

from abc import abstractmethod
import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
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
from .live.confidence import COUNTS_EVERY
from .live.evidence import VALIDITY
from .live.live import Live

ESTATE_INTERVAL = timedelta(minutes=10)
OCCUPANCY_INTERVAL = timedelta(seconds=COUNTS_EVERY)
OCCUPANCY_INTERVAL_WITH_PUSH = timedelta(minutes=5)
# Delay before a failed poll is retried, whatever its interval, in seconds.
POLL_RETRY_DELAY: Final = 60.0
# Delay before setup retries a refused request, in seconds.
REFUSAL_RETRY_DELAY: Final = 1.0
# Consecutive refusals after which the user is asked for new credentials. A single one may be a hiccup at login.
REFUSALS_BEFORE_REAUTH: Final = 2
# Delay between retries of each poll while the user is asked for new credentials, in seconds. Three polls at this pace
# log in about once every two minutes.
REAUTH_RETRY_DELAY: Final = 300.0
# How long setup waits for the first values, in seconds. Those of a large estate take longer: requests are spread.
MAX_FIRST_POLL_WAIT: Final = 10.0
# Requested refreshes that may run back to back.
MAX_REFRESH_BURST: Final = 3
# Average time between requested refreshes in the long run, in seconds.
REFRESH_PACE: Final = 20.0


class Poll(Protocol):
    """The part of a poll that `Failures` uses."""

    name: str

    async def async_refresh(self) -> None:
        """Poll immediately."""


class Failures:
    """The failing polls of one config entry, and its request for new credentials.

    A refused login affects every poll. The first poll that succeeds with the same credentials therefore retries the
    others and withdraws the request. A single service may also refuse a valid login; then only a success of that
    service counts.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start without failures."""
        self._hass = hass
        self._entry = entry
        self._failing: set[str] = set()
        # Consecutive refusals by the name of the poll.
        self._refusals: dict[str, int] = {}
        # Polls that wait for new credentials, and whether the login refused them.
        self._waiting: dict[Poll, bool] = {}

    def __bool__(self) -> bool:
        """Return whether any poll is failing."""
        return bool(self._failing)

    def __contains__(self, poll: Poll) -> bool:
        """Return whether a poll is failing."""
        return poll.name in self._failing

    @property
    def reauth_in_progress(self) -> bool:
        """Whether the user is asked for new credentials, now or since an earlier setup."""
        return any(self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH}))

    def add(self, poll: Poll) -> bool:
        """Add a failing poll and return whether others are failing too."""
        self._failing.add(poll.name)
        return len(self._failing) > 1

    def remove(self, poll: Poll) -> None:
        """Remove a poll that succeeded or is not needed any more."""
        self._failing.discard(poll.name)
        self._refusals.pop(poll.name, None)
        self._waiting.pop(poll, None)

    @callback
    def record_refusal(self, poll: Poll, err: ButlrAuthError) -> bool:
        """Count a refusal; after too many, ask the user for new credentials and return True."""
        self._refusals[poll.name] = self._refusals.get(poll.name, 0) + 1
        if self._refusals[poll.name] < REFUSALS_BEFORE_REAUTH:
            return False
        self._waiting[poll] = not isinstance(err, ButlrForbiddenError)
        self._entry.async_start_reauth(self._hass)
        return True

    @callback
    def record_success(self, poll: Poll) -> None:
        """Remove a poll that succeeded, and retry the polls that were refused for the same reason."""
        was_refused = poll in self._waiting
        self.remove(poll)
        retried = [other for other, by_login in self._waiting.items() if by_login or was_refused]
        for other in retried:
            # After one more refusal the poll waits again.
            self._refusals[other.name] = REFUSALS_BEFORE_REAUTH - 1
            del self._waiting[other]
            self._entry.async_create_background_task(self._hass, other.async_refresh(), f"{other.name} after refusal")
        if not self._waiting:
            self._abort_reauth()

    def _abort_reauth(self) -> None:
        """Withdraw the request for new credentials."""
        flows, context = self._hass.config_entries.flow, {"entry_id": self._entry.entry_id, "source": SOURCE_REAUTH}
        for flow in flows.async_progress_by_handler(DOMAIN, match_context=context):
            LOGGER.info("Butlr accepts the credentials of %s again; no action is needed", self._entry.title)
            flows.async_abort(flow["flow_id"])


class RefreshQueue:
    """Runs requested refreshes one at a time; requests that wait for the same refresh share it."""

    def __init__(
        self, refresh: Callable[[], Awaitable[bool]], start_task: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        """Prepare; `refresh` returns whether it succeeded, `start_task` runs a coroutine in the background."""
        self._refresh = refresh
        self._start_task = start_task
        self._running = False
        self._next: asyncio.Future[bool] | None = None
        self._started_at: deque[float] = deque(maxlen=MAX_REFRESH_BURST)

    async def request(self) -> bool:
        """Wait for a refresh that starts after this call, and return whether it succeeded."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            if not self._running:
                self._running = True
                self._start_task(self._run())
        # Canceling one request must not cancel the others.
        return await asyncio.shield(self._next)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        current = self._next
        try:
            # Requests made in the same iteration of the event loop join the first refresh.
            await asyncio.sleep(0)
            while (current := self._next) is not None:
                if len(self._started_at) == MAX_REFRESH_BURST:
                    wait = self._started_at[0] + MAX_REFRESH_BURST * REFRESH_PACE - loop.time()
                    if wait > 0:
                        await asyncio.sleep(wait)
                self._started_at.append(loop.time())
                self._next = None
                current.set_result(await self._refresh())
        finally:
            # If the task ends early, no request may wait forever.
            self._running = False
            for future in (current, self._next):
                if future is not None and not future.done():
                    future.set_result(False)
            self._next = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollContext:
    """Objects that all polls of one config entry share."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    client: ButlrClient
    live: Live
    failures: Failures


class ButlrCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """A poll of the Butlr cloud; an outage that affects several polls is logged once."""

    config_entry: ConfigEntry[Any]

    def __init__(
        self, context: PollContext, name: str, interval: timedelta, debouncer: Debouncer[Any] | None = None
    ) -> None:
        """Prepare a poll."""
        super().__init__(
            context.hass,
            LOGGER,
            config_entry=context.entry,
            name=f"Butlr {name}",
            update_interval=interval,
            request_refresh_debouncer=debouncer,
        )
        self.client = context.client
        self.interval = interval
        # How long after a success rate limits and overload do not count as failures, in seconds.
        self.rate_limit_grace = VALIDITY
        self._failures = context.failures
        # Timestamp of the last success, and the number of successes.
        self.succeeded_at: float | None = None
        self._successes = 0
        self._refresh_queue = RefreshQueue(self._refresh, self._start_refreshes)

    @property
    def failing(self) -> bool:
        """Whether the last poll failed."""
        return self in self._failures or not self.last_update_success

    @property
    def cloud_is_down(self) -> bool:
        """Whether any poll of the config entry is failing."""
        return bool(self._failures)

    @callback
    def clock_moved(self, seconds: float) -> None:
        """Shift timestamps after the clock was corrected by `seconds`."""
        if self.succeeded_at is not None:
            self.succeeded_at += seconds

    async def refresh_now(self) -> bool:
        """Poll because a user or an action asks for it, and return whether Butlr answered.

        Every call is answered by a poll that starts after it. The number of polls is limited, regardless of the number
        of calls. Code that does not need the answer calls `async_request_refresh` instead, or `async_refresh` if a poll
        must not wait for others.
        """
        return await self._refresh_queue.request()

    async def _refresh(self) -> bool:
        before = self._successes
        await self.async_refresh()
        return self._successes > before

    def _start_refreshes(self, refreshes: Coroutine[Any, Any, None]) -> None:
        self.config_entry.async_create_background_task(self.hass, refreshes, f"{self.name} on request")

    @abstractmethod
    async def _fetch(self) -> DataT:
        """Request the data; raise ButlrError."""

    @override
    async def _async_update_data(self) -> DataT:
        try:
            data = await self._fetch_with_retry_in_setup()
        except (ButlrRateLimitError, ButlrOverloadedError) as err:
            delay = err.retry_after if isinstance(err, ButlrRateLimitError) else POLL_RETRY_DELAY
            # The cloud is up and asks for fewer requests. Known values stay valid for a while, so this is no error yet.
            if self.succeeded_at is not None and self.client.now() < self.succeeded_at + self.rate_limit_grace:
                LOGGER.debug("%s: next poll in %.0f s: %s", self.name, delay, err)
                self.update_interval = timedelta(seconds=delay)
                return self.data
            return self._fail(err, delay)
        except ButlrAuthError as err:
            # ConfigEntryAuthFailed would end polling, but a refusal may be temporary.
            refused = self._failures.record_refusal(self, err)
            return self._fail(err, REAUTH_RETRY_DELAY if refused else POLL_RETRY_DELAY)
        except ButlrError as err:
            return self._fail(err, POLL_RETRY_DELAY)
        self.succeeded_at = self.client.now()
        self._successes += 1
        self.update_interval = self.interval
        self._failures.record_success(self)
        return data

    async def _fetch_with_retry_in_setup(self) -> DataT:
        try:
            return await self._fetch()
        except ButlrAuthError as err:
            if self.config_entry.state is not ConfigEntryState.SETUP_IN_PROGRESS:
                raise
            # A retried setup creates a new coordinator, which would never count two refusals. Once the user is asked
            # for new credentials, each setup tries the old ones only once.
            self._failures.record_refusal(self, err)
            if self._failures.reauth_in_progress:
                raise
        await asyncio.sleep(REFUSAL_RETRY_DELAY)
        return await self._fetch()

    def _fail(self, err: ButlrError, retry_after: float) -> DataT:
        """Record a failure, and raise UpdateFailed unless another poll has already logged the outage.

        Home Assistant logs one line when a poll starts to raise and one when it recovers. So only the first failing
        poll raises, until it recovers; the others keep their data and retry.
        """
        if self._failures.add(self) and self.last_update_success:
            LOGGER.debug("%s failed as well: %s", self.name, err)
            self.update_interval = timedelta(seconds=retry_after)
            return self.data
        if isinstance(err, ButlrAuthError):
            raise UpdateFailed(
                retry_after=retry_after, translation_domain=DOMAIN, translation_key="credentials_refused"
            ) from err
        raise UpdateFailed(
            retry_after=retry_after,
            translation_domain=DOMAIN,
            translation_key="update_failed",
            translation_placeholders={"error": str(err)},
        ) from err


async def gather_all(requests: Iterable[Awaitable[None]]) -> None:
    """Run all requests concurrently, then raise the first error, if any; authentication errors come first."""
    results = await asyncio.gather(*requests, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    for error in sorted(errors, key=lambda error: not isinstance(error, ButlrAuthError)):
        raise error


async def refresh_all_now(*polls: ButlrCoordinator[Any]) -> bool:
    """Refresh several polls concurrently, and return whether Butlr answered all of them."""
    return all(await asyncio.gather(*(poll.refresh_now() for poll in polls)))


async def poll_first(hass: HomeAssistant, entry: ConfigEntry[Any], *polls: ButlrCoordinator[None]) -> None:
    """Poll so that entities start with values. If that takes long, they start unknown and the polls continue."""
    tasks = [
        entry.async_create_background_task(hass, poll.async_refresh(), f"{poll.name}, first poll") for poll in polls
    ]
    await asyncio.wait(tasks, timeout=MAX_FIRST_POLL_WAIT)
