"""Watch the states of Home Assistant, and measure how long after the simulated events they change."""

import asyncio
from collections import deque
from collections.abc import Iterable
import contextlib
from dataclasses import dataclass, field
from datetime import datetime
import statistics
import time
from typing import Any

from scripts.lib.processes.home_assistant import WebSocketClient
from scripts.lib.processes.simulator_process import Deliveries, SimulatedEvent, SimulatorProcess

# How many events and changes are kept.
_KEPT = 20_000
# Seconds between two requests.
_DELIVERIES_EVERY = 0.25
_PING_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """A changed state."""

    key: str
    """Unique id of the entity."""
    value: str
    timestamp: float
    """When Home Assistant wrote it, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of the delays, in milliseconds."""

    median: float
    p95: float
    worst: float
    samples: int


@dataclass(slots=True)
class Delays:
    """Matches simulated events with the states that they led to.

    The timestamp of an event is when something happened in the simulation, not when the event was sent. The timestamp
    of a state is its `last_updated`. Both come from the clock of this machine.
    A changed state belongs to the latest event before it with the same space, type and value. Each event is used once.
    There is no sample for an event that changed nothing, for a crossing (the event does not contain the totals), or for
    a change by a poll.
    """

    events: deque[SimulatedEvent] = field(default_factory=lambda: deque(maxlen=_KEPT))
    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _event_ids: set[str] = field(default_factory=set)

    def add_events(self, events: Iterable[SimulatedEvent]) -> None:
        """Add delivered events; one that was sent several times is added once."""
        for event in events:
            if event.id not in self._event_ids:
                self._event_ids.add(event.id)
                self.events.append(event)

    def spread(self) -> Spread | None:
        """Return the distribution of the delays so far, or None if there are none."""
        unmatched: dict[tuple[str, str], list[float]] = {}
        for event in sorted(self.events, key=lambda event: event.timestamp, reverse=True):
            unmatched.setdefault((event.key, event.value), []).append(event.timestamp)
        delays: list[float] = []
        for change in sorted(self.changes, key=lambda change: change.timestamp):
            timestamps = unmatched.get((change.key, change.value), [])
            caused_by = None
            # The oldest is last. Events that are skipped here cannot have led to a later change.
            while timestamps and timestamps[-1] <= change.timestamp:
                caused_by = timestamps.pop()
            if caused_by is not None:
                delays.append((change.timestamp - caused_by) * 1000)
        if not delays:
            return None
        delays.sort()
        return Spread(statistics.median(delays), delays[int(len(delays) * 0.95)], delays[-1], len(delays))


class StateWatcher:
    """Keeps the current states of the integration's entities, by unique id."""

    def __init__(self, cloud: SimulatorProcess, socket: WebSocketClient) -> None:
        """Prepare; `start` begins to watch."""
        self._cloud = cloud
        self._socket = socket
        self._keys: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.states: dict[str, str] = {}
        self.entity_ids: dict[str, str] = {}
        self.changed_at: dict[str, float] = {}
        """When each space last changed, by its id (Unix seconds)."""
        self.delays = Delays()
        self.motion_delivered: set[str] = set()
        """Unique ids of the motion entities for which an event was delivered."""
        self.deliveries = Deliveries(0, 0, 0, None, ())
        self.slowest_ping = 0.0
        """The longest wait for the answer to a websocket ping, in ms; the event loop was never blocked for longer."""

    async def start(self) -> None:
        """Read all states, then watch every change."""
        start = time.time()
        await self._socket.command("subscribe_events", event_type="state_changed")
        for entry in await self._socket.command("config/entity_registry/list"):
            if entry["platform"] == "butlr" and entry["disabled_by"] is None:
                self._keys[entry["entity_id"]] = entry["unique_id"]
        self.entity_ids = {key: entity_id for entity_id, key in self._keys.items()}
        for state in await self._socket.command("get_states"):
            if key := self._keys.get(state["entity_id"]):
                self.states[key] = state["state"]
        for work in (self._watch_states(), self._watch_deliveries(start), self._ping()):
            self._tasks.append(asyncio.create_task(work))

    async def stop(self) -> None:
        """Stop watching."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def check(self) -> None:
        """Raise the exception of a task that has failed."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    def value(self, space_id: str, what: str) -> str | None:
        """Return the state of a space's entity, or None if there is no such entity."""
        return self.states.get(f"{space_id}_{what}")

    async def _watch_states(self) -> None:
        """Apply every state that changes."""
        while True:
            self._apply((await self._socket.events.get())["data"])

    def _apply(self, data: dict[str, Any]) -> None:
        """Apply a changed state."""
        key, new, old = self._keys.get(data["entity_id"]), data["new_state"], data["old_state"]
        if key is None or new is None:
            return
        self.states[key] = new["state"]
        if old is None or old["state"] != new["state"]:
            timestamp = datetime.fromisoformat(new["last_updated"]).timestamp()
            self.delays.changes.append(Change(key, new["state"], timestamp))
            self.changed_at["_".join(key.split("_")[:2])] = timestamp

    async def _watch_deliveries(self, start: float) -> None:
        """Read what the simulator delivered; often, since it returns only the last hundred events.

        Ignore events from before the start: a Home Assistant that was killed since may have received them.
        """
        while True:
            self.deliveries = await self._cloud.deliveries()
            recent = [event for event in self.deliveries.recent if event.timestamp >= start]
            self.delays.add_events(recent)
            self.motion_delivered.update(event.key for event in recent if event.key.endswith("_motion"))
            await asyncio.sleep(_DELIVERIES_EVERY)

    async def _ping(self) -> None:
        """Measure how long Home Assistant takes to answer a ping."""
        while True:
            start = time.perf_counter()
            with contextlib.suppress(TimeoutError):
                await self._socket.command("ping")
            self.slowest_ping = max(self.slowest_ping, (time.perf_counter() - start) * 1000)
            await asyncio.sleep(_PING_EVERY)
