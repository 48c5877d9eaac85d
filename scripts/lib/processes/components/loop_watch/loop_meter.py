"""Measure how long an event loop is blocked."""

from contextlib import contextmanager
from dataclasses import dataclass
import gc
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

# Seconds between two heartbeats.
INTERVAL: Final = 0.001
OLDEST_GENERATION: Final = 2


@dataclass(frozen=True, slots=True)
class Block:
    """A time in which the event loop ran no heartbeat, in seconds."""

    seconds: float
    """By the clock: includes the time that other threads and processes took."""
    cpu: float
    """Processor time of the loop's thread."""
    collecting: float
    """Garbage collection by the clock, in any thread: Python stops all threads for it."""
    collecting_cpu: float
    """Garbage collection in the loop's thread, in processor time."""

    @property
    def seconds_otherwise(self) -> float:
        """Return the duration without garbage collection."""
        return max(self.seconds - self.collecting, 0.0)

    @property
    def cpu_otherwise(self) -> float:
        """Return the processor time without garbage collection."""
        return max(self.cpu - self.collecting_cpu, 0.0)


class LoopMeter:
    """Keep the long blocks of an event loop.

    A heartbeat runs every millisecond. A late heartbeat means that something blocked the loop meanwhile. The error is
    at most one interval.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, min_seconds: float) -> None:
        """Measure the loop of the current thread; ignore blocks shorter than `min_seconds`."""
        self._loop = loop
        self._min_seconds = min_seconds
        self._thread = threading.get_ident()
        self.blocks: list[Block] = []
        self.full_collections: list[float] = []
        """Durations of the garbage collections of all generations, in seconds."""
        self._timer: asyncio.TimerHandle
        self._last = self._last_cpu = 0.0
        self._collecting = self._collecting_cpu = 0.0
        self._collection_start = self._collection_start_cpu = 0.0
        # The part of a running collection from here on has not been counted yet.
        self._uncounted_since: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure until the context ends."""
        gc.callbacks.append(self._on_collection)
        self._start_interval()
        try:
            yield
        finally:
            self._timer.cancel()
            gc.callbacks.remove(self._on_collection)

    def _start_interval(self) -> None:
        """Schedule the next heartbeat."""
        self._collecting = self._collecting_cpu = 0.0
        self._last, self._last_cpu = time.perf_counter(), time.thread_time()
        self._timer = self._loop.call_later(INTERVAL, self._beat)

    def _beat(self) -> None:
        """Keep the interval that ends now if it was long."""
        now, cpu = time.perf_counter(), time.thread_time() - self._last_cpu
        if self._uncounted_since is not None:
            # Another thread collects garbage and has not reported the end yet.
            self._collecting += now - self._uncounted_since
            self._uncounted_since = now
        seconds = now - self._last - INTERVAL
        if max(seconds, cpu) >= self._min_seconds:
            self.blocks.append(Block(seconds, cpu, self._collecting, self._collecting_cpu))
        self._start_interval()

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        """Add up garbage collections; Python calls this at the start and the end of each."""
        now = time.perf_counter()
        if phase == "start":
            self._collection_start = self._uncounted_since = now
            self._collection_start_cpu = time.thread_time()
            return
        if self._uncounted_since is not None:
            self._collecting += now - self._uncounted_since
            self._uncounted_since = None
        if threading.get_ident() == self._thread:
            self._collecting_cpu += time.thread_time() - self._collection_start_cpu
        if info["generation"] == OLDEST_GENERATION:
            self.full_collections.append(now - self._collection_start)
