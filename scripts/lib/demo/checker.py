"""Hold Home Assistant against the truth: people who stand still in the end, or who go on walking."""

from dataclasses import dataclass, field
import time

from .environment import Environment
from .mismatches import Mismatch, compare
from .terminal import Terminal

# How long the states may take to agree with a truth that stands still: by themselves with pushes, which need no time
# to speak of, and with the help of polls, for which the smoothed last minutes must be over.
_AGREE_WITH_PUSH = 10.0
_AGREE_BY_POLLING = 240.0
_REFRESH_EVERY = 15.0
# How long it takes until crossings are in the totals that are polled, with something to spare.
_COUNTED = 15.0
_MINUTE = 60.0
# A figure of people who walk is wrong when it was at every look for so long: an event takes milliseconds.
_STANDING = 1.5
# For so long a lost event is waited for that is not lost but under way.
_SETTLED = 2.0


@dataclass(frozen=True, slots=True)
class FinalCheck:
    """How the states compare with a truth that stands still."""

    mismatches: list[Mismatch]
    before: list[Mismatch]
    """What pushes alone had left wrong."""
    compared: int
    polls: int = 0
    seconds: float = 0.0
    """From the first of those polls until all was right."""
    motion: list[Mismatch] = field(default_factory=list)
    """Motion whose event was lost, where that may be: there is no poll for it."""

    @property
    def fixed_by_polls(self) -> list[Mismatch]:
        """Return what the polls put right, such as what happened before the subscription."""
        still = {mismatch.key for mismatch in self.mismatches}
        return [mismatch for mismatch in self.before if mismatch.key not in still]


@dataclass(frozen=True, slots=True)
class Recovery:
    """How the states compare with a truth that goes on changing."""

    before: list[Mismatch]
    wrong: list[Mismatch]
    """After the polls."""
    polls: int
    seconds: float


class Checker:
    """Compares what is shown on a stage with what is the case."""

    def __init__(self, environment: Environment, terminal: Terminal, *, push: bool = True, lossy: bool = False) -> None:
        """Expect pushes or not; `lossy`: events may be lost, so that only polls are sure to tell."""
        self._stage = environment
        self._terminal = terminal
        self._push = push
        self._lossy = lossy
        self._compared = 0
        self._motion: list[Mismatch] = []

    async def check_at_rest(self) -> FinalCheck:
        """Stop the people and compare until the states agree, or had enough time to."""
        environment = self._stage
        await environment.cloud.pause()
        stopped = time.time()
        while (await environment.cloud.deliveries()).pending:
            await environment.wait()
        before: list[Mismatch] = []
        if self._push:
            before = await self._wait_until_equal(_SETTLED if self._lossy else _AGREE_WITH_PUSH)
            if not before and not self._lossy:
                return FinalCheck([], [], self._compared)
        self._terminal.console.print("Nobody moves any more; waiting for polls to catch up …")
        if self._lossy:
            await self._wait_until_polls_know(stopped)
        begun = time.monotonic()
        polls = 0
        while True:
            await environment.refresh()
            polls += 1
            mismatches = await self._wait_until_equal(_REFRESH_EVERY)
            seconds = time.monotonic() - begun
            if not mismatches or seconds > _AGREE_BY_POLLING:
                return FinalCheck(mismatches, before, self._compared, polls, seconds, self._motion)

    async def _wait_until_polls_know(self, timestamp: float) -> None:
        """Wait until a poll can tell all that happened before a moment: the newest minute must have begun after it."""
        ready = max((timestamp // _MINUTE + 1) * _MINUTE, timestamp + _COUNTED)
        while time.time() < ready + 1:
            await self._stage.wait()

    async def _wait_until_equal(self, seconds: float) -> list[Mismatch]:
        """Compare until the states agree or the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            await self._stage.wait()
            mismatches = await self._compare()
            if not mismatches or time.monotonic() > deadline:
                return mismatches

    async def _compare(self) -> list[Mismatch]:
        """Compare once; motion apart where its events may be lost."""
        watcher = self._stage.watcher
        truth = await self._stage.cloud.truth()
        mismatches, self._compared = compare(truth, watcher.states, watcher.motion_heard)
        if not self._lossy:
            return mismatches
        self._motion = [mismatch for mismatch in mismatches if mismatch.what == "motion"]
        return [mismatch for mismatch in mismatches if mismatch.what != "motion"]

    async def recovery(self) -> Recovery:
        """See what is wrong now, and what a poll puts right, while people go on walking.

        A poll tells minutes by their median and totals a little late. So the first one may not know yet what happened
        just now; the next minute's must.
        """
        timestamp, begun = time.time(), time.monotonic()
        before = await self._find_persistent()
        await self._stage.refresh()
        wrong = await self._find_persistent()
        if not wrong:
            return Recovery(before, wrong, 1, time.monotonic() - begun)
        await self._wait_until_polls_know(timestamp)
        await self._stage.refresh()
        wrong = await self._find_persistent()
        return Recovery(before, wrong, 2, time.monotonic() - begun)

    async def _find_persistent(self) -> list[Mismatch]:
        """Return what is wrong while people go on walking: at every look of a while, whatever the truth was then."""
        standing = {mismatch.key: mismatch for mismatch in await self._compare()}
        end = time.monotonic() + _STANDING
        while standing and time.monotonic() < end:
            await self._stage.wait()
            now = {mismatch.key: mismatch for mismatch in await self._compare()}
            standing = {key: now[key] for key in standing.keys() & now.keys()}
        return list(standing.values())
