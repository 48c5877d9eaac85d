"""Child processes that never outlive their parent, and free ports for them."""

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

# How long a child may take to end after SIGTERM, in seconds. Home Assistant writes its state to disk meanwhile.
STOP_TIMEOUT = 20.0
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
    """A child process failed."""


@dataclass(slots=True)
class ChildProcess:
    """A process in its own session: Ctrl-C in the terminal reaches only the parent, which stops its children."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    @classmethod
    async def start(cls, name: str, command: list[str], folder: Path, log: Path, modules: Path | None = None) -> Self:
        """Start a command in a folder and write its output to a log file; it can import Python files in `modules`."""
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
        """Raise ProcessError with the last lines of its output if the process has ended."""
        if self.process.returncode is None:
            return
        lines = self.printed().splitlines()[-_LOG_LINES:]
        raise ProcessError("\n".join([f"{self.name} ended with {self.process.returncode}:", *lines]))

    def usage(self) -> Usage:
        """Return what the process has used so far (Linux only)."""
        self.check()
        times = {}
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
                times[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / 1e9
        return Usage(time.perf_counter(), times[self.process.pid], sum(times.values()))

    def printed(self) -> str:
        """Return the output so far."""
        return self.log.read_text(errors="replace")

    async def kill(self) -> None:
        """Kill the process and everything it started, without a chance to clean up."""
        self._kill_session()
        await self.process.wait()

    def _kill_session(self) -> None:
        """Kill all processes of its session; the session's id is that of the child, which started it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """Terminate the process, kill it after a timeout, and kill everything it started."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), STOP_TIMEOUT)
        self._kill_session()
        await self.process.wait()


def _die_with_parent() -> None:
    """Let the kernel terminate this process when its parent dies, even by SIGKILL."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def choose_port(preferred: int, *, required: bool = False) -> int:
    """Return the preferred port if it is free, else another free one; if required, raise ProcessError instead."""
    with socket.socket() as probe:
        # Like a server: a port with a closing connection of the last run (TIME_WAIT) is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError as error:
            if required:
                raise ProcessError(f"port {preferred} is in use") from error
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
