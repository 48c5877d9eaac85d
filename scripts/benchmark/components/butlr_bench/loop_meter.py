"""Measures how long an event loop is deaf: every turn, from when its selector returns until it is asked again."""

from collections.abc import Callable
from contextlib import contextmanager
import gc
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator


class LoopMeter:
    """Sums up the turns of a loop while it runs.

    Watching the selector is exact and costs two looks at the clocks a turn; tasks that sleep and look how late they
    wake up would add turns of their own.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch this loop; it is the standard one, which has a selector."""
        self._selector: Any = loop._selector  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way in
        self.turns = 0
        self.longest = 0.0
        """Seconds on the clock: other processes that took the processor meanwhile are in it."""
        self.longest_cpu = 0.0
        """Seconds of the processor's time: what the turn itself needed."""
        self.cpu = 0.0
        self.longest_collection = 0.0
        """Seconds of the processor's time that garbage collections took in one turn; they are part of it."""
        self.longest_own = 0.0
        """Seconds of the processor's time of the longest turn, without the collections in it."""
        self._collected = 0.0
        self._thread = threading.get_ident()

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
        self.turns += 1
        self.cpu += cpu
        self.longest = max(self.longest, seconds)
        self.longest_cpu = max(self.longest_cpu, cpu)
        self.longest_collection = max(self.longest_collection, self._collected)
        self.longest_own = max(self.longest_own, cpu - self._collected)
        self._collected = 0.0

    def _collect(self, phase: str, _info: dict[str, int]) -> None:
        """Note how long the garbage collector takes of this thread, which is the loop's."""
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._collection_begun = time.thread_time()
        else:
            self._collected += time.thread_time() - self._collection_begun
