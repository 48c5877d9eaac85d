"""Measures how long an event loop is deaf: every turn, from when its selector returns until it is asked again."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
import gc
import math
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

ALL_GENERATIONS = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """How long a turn took, in seconds, and what of that Python needed to collect garbage."""

    seconds: float
    """On the clock: what other threads and processes took meanwhile is in it."""
    cpu: float
    """Of the processor's time: what the turn itself needed."""
    collecting: float
    """On the clock, in whichever thread: nothing else happens meanwhile."""
    collecting_cpu: float
    """Of the turn's own processor time."""

    @property
    def seconds_otherwise(self) -> float:
        """Return how long it took without that."""
        return max(self.seconds - self.collecting, 0.0)

    @property
    def cpu_otherwise(self) -> float:
        """Return what it needed without that."""
        return max(self.cpu - self.collecting_cpu, 0.0)


class LoopMeter:
    """Sums up the turns of a loop while it runs, and keeps the long ones.

    Watching the selector is exact and costs two looks at the clocks a turn; tasks that sleep and look how late they
    wake up would add turns of their own.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, long: float = math.inf) -> None:
        """Watch this loop; it is the standard one, which has a selector. So many seconds make a turn long."""
        self._selector: Any = loop._selector  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way in
        self._thread = threading.get_ident()
        self._long = long
        self.turns = 0
        self.longest = 0.0
        self.longest_cpu = 0.0
        self.cpu = 0.0
        self.longest_collection = 0.0
        """Processor time that garbage collections took in one turn."""
        self.longest_own = 0.0
        """Processor time of the longest turn, without the collections in it."""
        self.long: list[Turn] = []
        self.full_collections: list[float] = []
        """How long Python stopped everything to look through all there is, in seconds."""
        self._collecting = self._collecting_cpu = 0.0
        self._collection_begun = self._collection_begun_cpu = 0.0
        # From when on the collection that is under way is not in a turn yet.
        self._collecting_since: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure meanwhile."""
        ask: Callable[[float | None], Any] = self._selector.select
        begun, begun_cpu = time.perf_counter(), time.thread_time()

        def select(timeout: float | None = None) -> Any:
            """End a turn, wait, begin the next."""
            nonlocal begun, begun_cpu
            self._note(time.perf_counter() - begun, time.thread_time() - begun_cpu)
            ready = ask(timeout)
            begun, begun_cpu = time.perf_counter(), time.thread_time()
            # What was collected while it waited kept nobody waiting.
            self._collecting = self._collecting_cpu = 0.0
            if self._collecting_since is not None:
                self._collecting_since = begun
            return ready

        self._selector.select = select
        gc.callbacks.append(self._collect)
        try:
            yield
        finally:
            del self._selector.select  # the class's own shows again
            gc.callbacks.remove(self._collect)
            self._note(time.perf_counter() - begun, time.thread_time() - begun_cpu)

    def _note(self, seconds: float, cpu: float) -> None:
        """Add a turn."""
        if self._collecting_since is not None:
            # Another thread collects, and this one goes on before that thread says that it is done.
            now = time.perf_counter()
            self._collecting += now - self._collecting_since
            self._collecting_since = now
        self.turns += 1
        self.cpu += cpu
        self.longest = max(self.longest, seconds)
        self.longest_cpu = max(self.longest_cpu, cpu)
        self.longest_collection = max(self.longest_collection, self._collecting_cpu)
        self.longest_own = max(self.longest_own, cpu - self._collecting_cpu)
        if seconds >= self._long:
            self.long.append(Turn(seconds, cpu, self._collecting, self._collecting_cpu))

    def _collect(self, phase: str, info: dict[str, int]) -> None:
        """Note how long Python collects garbage; the processor's time is known of the loop's own thread."""
        now = time.perf_counter()
        if phase == "start":
            self._collection_begun = self._collecting_since = now
            self._collection_begun_cpu = time.thread_time()
            return
        if self._collecting_since is not None:
            self._collecting += now - self._collecting_since
            self._collecting_since = None
        if threading.get_ident() == self._thread:
            self._collecting_cpu += time.thread_time() - self._collection_begun_cpu
        if info["generation"] == ALL_GENERATIONS:
            self.full_collections.append(now - self._collection_begun)
