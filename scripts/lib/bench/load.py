"""Posts events as fast as they are answered, from a process of its own."""

import asyncio
from dataclasses import dataclass
import gc
import os
from pathlib import Path
import signal
import time

from yarl import URL

from scripts.lib.processes.cloud import Endpoint

from .bodies import Template, Walk, templates_of
from .connection import Connection, head_of
from .sizes import Size


@dataclass(frozen=True, slots=True)
class Target:
    """Where to post, and of which estate's spaces the events tell."""

    name: str
    endpoint: Endpoint
    size: Size


@dataclass(frozen=True, slots=True)
class Window:
    """One measurement."""

    target: Target
    connections: int
    seconds: float
    process_id: int
    """Of the Home Assistant whose processor time is measured."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it."""

    events: int
    """Answered in time."""
    seconds: float
    cpu: float
    """Seconds of the processor that Home Assistant needed, with all its threads."""
    latencies: tuple[float, ...]
    """Seconds from sending an event to the end of its answer."""


_templates: dict[Size, list[Template]] = {}
_walks: dict[str, Walk] = {}


def prepare() -> None:
    """Leave Ctrl-C to the parent, which ends this process in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()


def measure(window: Window) -> Load:
    """Post events for some seconds; each target gets the same events, if its estate is the same."""
    size, name = window.target.size, window.target.name
    if size not in _templates:
        _templates[size] = templates_of(size.rooms, size.seed)
    if name not in _walks:
        _walks[name] = Walk(_templates[size])
    load = asyncio.run(_measure(window, _walks[name]))
    gc.collect()
    return load


async def _measure(window: Window, walk: Walk) -> Load:
    """Open the connections, post on all of them, close them."""
    endpoint, latencies = window.target.endpoint, list[float]()
    end = 0.0

    def next_body() -> bytes | None:
        """Return a body until the time is over."""
        return walk.next(time.time_ns() // 1_000_000) if time.perf_counter() < end else None

    url, head = URL(endpoint.url), head_of(endpoint.url, endpoint.header, endpoint.secret)
    loop = asyncio.get_running_loop()
    connections = []
    for _ in range(window.connections):
        _, connection = await loop.create_connection(
            lambda: Connection(head, next_body, latencies.append), url.host or "", url.port or 80
        )
        connections.append(connection)
    begun, cpu = time.perf_counter(), processor_time(window.process_id)
    end = begun + window.seconds
    for connection in connections:
        connection.post()
    await asyncio.sleep(window.seconds)
    # What is under way has cost something already and will be answered soon: neither side of the balance has it whole.
    events, seconds, used = len(latencies), time.perf_counter() - begun, processor_time(window.process_id) - cpu
    await asyncio.gather(*(connection.done for connection in connections))
    for connection in connections:
        connection.close()
    return Load(events, seconds, used, tuple(latencies))


def processor_time(process_id: int) -> float:
    """Return the seconds of the processor that a process has used so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
