"""Child processes that never outlive the demo, and ports for them."""

import asyncio
import contextlib
import ctypes
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import socket
import sys
import time
from typing import Self

# How long a child may take to end by itself. Home Assistant writes its state to disk meanwhile.
GRACE = 20.0
_PR_SET_PDEATHSIG = 1
_LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far, or between two points in time; in seconds."""

    clock: float
    main_thread: float
    """Processor time of the main thread, which runs the event loop."""
    all_threads: float
    """Processor time of all threads."""

    def __sub__(self, before: Usage) -> Usage:
        """Return what was used in between."""
        return Usage(
            self.clock - before.clock, self.main_thread - before.main_thread, self.all_threads - before.all_threads
        )


class ProcessError(Exception):
    """A child could not do its work."""


@dataclass(slots=True)
class ChildProcess:
    """A process in a session of its own: a Ctrl-C in the terminal reaches only the demo, which ends it in order."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    @classmethod
    async def start(cls, name: str, command: list[str], folder: Path, log: Path, modules: Path | None = None) -> Self:
        """Start a command in a folder, with everything that it prints in a log file; it may import from `modules`."""
        environment = os.environ | ({"PYTHONPATH": str(modules)} if modules else {})
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        return cls(name, process, log)

    def check(self) -> None:
        """Raise ChildError with the last lines it printed if it has ended."""
        if self.process.returncode is None:
            return
        lines = self.printed().splitlines()[-_LOG_LINES:]
        raise ProcessError("\n".join([f"{self.name} ended with {self.process.returncode}:", *lines]))

    def usage(self) -> Usage:
        """Return what it has used so far (Linux)."""
        self.check()
        times = {}
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
                times[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / 1e9
        return Usage(time.perf_counter(), times[self.process.pid], sum(times.values()))

    def printed(self) -> str:
        """Return what it has printed so far."""
        return self.log.read_text(errors="replace")

    async def kill(self) -> None:
        """End it at once, with all that it started: it cannot prepare for that."""
        self._kill_session()
        await self.process.wait()

    def _kill_session(self) -> None:
        """Kill its session: that began with the child, so its number names the group and no other's."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to end, insist after a while, and end whatever it started itself."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), GRACE)
        self._kill_session()
        await self.process.wait()


def _die_with_parent() -> None:
    """Let the kernel end this process when the demo is killed in a way that it cannot notice."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def choose_port(preferred: int, *, insist: bool = False) -> int:
    """Return the preferred port if it is free, else some free one; raises ChildError instead when insisting."""
    with socket.socket() as probe:
        # As servers do: a connection of the last run that still fades away does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError as error:
            if insist:
                raise ProcessError(f"port {preferred} is taken, and must be that one") from error
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
