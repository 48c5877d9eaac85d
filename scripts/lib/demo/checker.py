"""Compare Home Assistant with the truth, while people stand still or while they keep moving."""

from dataclasses import dataclass, field
import time

from .environment import Environment
from .mismatches import Mismatch, compare
from .terminal import Terminal

# How long the states may take to agree with the truth once nobody moves, in seconds: with pushes, which take
# milliseconds, and with polls, which return the median of past minutes.
_AGREE_WITH_PUSH = 10.0
_AGREE_BY_POLLING = 240.0
_REFRESH_EVERY = 15.0
# How long it takes at most until polled totals include the crossings of a minute that is over, in seconds.
_COUNTED = 15.0
_MINUTE = 60.0
# While people move, a value counts as wrong if it differs in every comparison for this long, in seconds.
_PERSISTENT = 1.5
# How long an event may be in transit before it counts as lost, in seconds.
_IN_TRANSIT = 2.0


@dataclass(frozen=True, slots=True)
class FinalCheck:
    """The result of the comparison while nobody moves."""

    mismatches: list[Mismatch]
    before: list[Mismatch]
    """The mismatches before the first poll."""
    compared: int
    """How many values were compared."""
    polls: int = 0
    seconds: float = 0.0
    """Time from the first poll until everything agreed."""
    motion: list[Mismatch] = field(default_factory=list)
    """Mismatches of motion if events may be lost; motion cannot be polled."""

    @property
    def fixed_by_polls(self) -> list[Mismatch]:
        """Return the mismatches that polls corrected, for example crossings before the subscription."""
        remaining = {mismatch.key for mismatch in self.mismatches}
        return [mismatch for mismatch in self.before if mismatch.key not in remaining]


@dataclass(frozen=True, slots=True)
class Recovery:
    """The result of the comparison after a restart, while people keep moving."""

    before: list[Mismatch]
    """The mismatches before the first poll."""
    wrong: list[Mismatch]
    """The mismatches after the polls."""
    polls: int
    seconds: float


class Checker:
    """Compares the states of Home Assistant with the truth of the simulator."""

    def __init__(self, environment: Environment, terminal: Terminal, *, push: bool = True, lossy: bool = False) -> None:
        """Expect pushes or not; `lossy` means that events may be lost, so that only polls are reliable."""
        self._environment = environment
        self._terminal = terminal
        self._push = push
        self._lossy = lossy
        self._compared = 0
        self._motion: list[Mismatch] = []

    async def check_at_rest(self) -> FinalCheck:
        """Stop all people, and compare until the states agree or a timeout is over."""
        environment = self._environment
        await environment.cloud.pause()
        stopped = time.time()
        while (await environment.cloud.deliveries()).pending:
            await environment.wait()
        before: list[Mismatch] = []
        if self._push:
            before = await self._wait_until_equal(_IN_TRANSIT if self._lossy else _AGREE_WITH_PUSH)
            if not before and not self._lossy:
                return FinalCheck([], [], self._compared)
        self._terminal.console.print("Everybody stands still; waiting for polls …")
        if self._lossy:
            await self._wait_until_polls_know(stopped)
        start = time.monotonic()
        polls = 0
        while True:
            await environment.refresh()
            polls += 1
            mismatches = await self._wait_until_equal(_REFRESH_EVERY)
            seconds = time.monotonic() - start
            if not mismatches or seconds > _AGREE_BY_POLLING:
                return FinalCheck(mismatches, before, self._compared, polls, seconds, self._motion)

    async def _wait_until_polls_know(self, timestamp: float) -> None:
        """Wait until polls include everything before a timestamp: they ask for its minute some time after its end."""
        ready = (timestamp // _MINUTE + 1) * _MINUTE + _COUNTED
        while time.time() < ready + 1:
            await self._environment.wait()

    async def _wait_until_equal(self, seconds: float) -> list[Mismatch]:
        """Compare until the states agree or the time is over; return the mismatches."""
        deadline = time.monotonic() + seconds
        while True:
            await self._environment.wait()
            mismatches = await self._compare()
            if not mismatches or time.monotonic() > deadline:
                return mismatches

    async def _compare(self) -> list[Mismatch]:
        """Compare once, and return the mismatches; without motion if its events may be lost."""
        watcher = self._environment.watcher
        truth = await self._environment.cloud.truth()
        mismatches, self._compared = compare(truth, watcher.states, watcher.motion_delivered)
        if not self._lossy:
            return mismatches
        self._motion = [mismatch for mismatch in mismatches if mismatch.what == "motion"]
        return [mismatch for mismatch in mismatches if mismatch.what != "motion"]

    async def check_recovery(self) -> Recovery:
        """Compare before and after a poll, while people keep moving.

        Polls return medians of minutes, and totals with a delay. The first poll may miss the latest events, so wait
        for the next minute and poll again if it does.
        """
        timestamp, start = time.time(), time.monotonic()
        before = await self._find_persistent()
        await self._environment.refresh()
        wrong = await self._find_persistent()
        if not wrong:
            return Recovery(before, wrong, 1, time.monotonic() - start)
        await self._wait_until_polls_know(timestamp)
        await self._environment.refresh()
        wrong = await self._find_persistent()
        return Recovery(before, wrong, 2, time.monotonic() - start)

    async def _find_persistent(self) -> list[Mismatch]:
        """Return the values that differ from the truth in every comparison for a while."""
        persistent = {mismatch.key: mismatch for mismatch in await self._compare()}
        end = time.monotonic() + _PERSISTENT
        while persistent and time.monotonic() < end:
            await self._environment.wait()
            now = {mismatch.key: mismatch for mismatch in await self._compare()}
            persistent = {key: now[key] for key in persistent.keys() & now.keys()}
        return list(persistent.values())
