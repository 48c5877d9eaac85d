"""What Home Assistant shows, as it shows it, and how long after the simulated event."""

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

_KEPT = 20_000
_DELIVERIES_EVERY = 0.25
_PING_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """A state that Home Assistant wrote, with the moment at which it did (Unix seconds)."""

    key: str
    value: str
    timestamp: float


@dataclass(frozen=True, slots=True)
class Spread:
    """How long it took, in milliseconds, over how many samples."""

    median: float
    p95: float
    worst: float
    samples: int


@dataclass(slots=True)
class Delays:
    """Pairs simulated events with the states they led to.

    An event's moment is its `timestamp`: when the simulated thing happened, not when it was sent. A state's moment is
    its `last_updated`, stamped by Home Assistant as it writes it. Both come from this machine's clock.
    A changed state belongs to the latest event before it that has its space, kind and value and is not taken yet; each
    event is used once. Events that changed nothing (the state was that already) have no sample; neither have crossings,
    as the totals they lead to are not in the event, nor changes by a poll that no event explains.
    """

    events: deque[SimulatedEvent] = field(default_factory=lambda: deque(maxlen=_KEPT))
    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _seen: set[str] = field(default_factory=set)

    def add_events(self, events: Iterable[SimulatedEvent]) -> None:
        """Take in deliveries, each event once however often it is sent."""
        for event in events:
            if event.id not in self._seen:
                self._seen.add(event.id)
                self.events.append(event)

    def spread(self) -> Spread | None:
        """Return the delays so far; None without any."""
        open_events: dict[tuple[str, str], list[float]] = {}
        for event in sorted(self.events, key=lambda event: event.timestamp, reverse=True):
            open_events.setdefault((event.key, event.value), []).append(event.timestamp)
        delays: list[float] = []
        for change in sorted(self.changes, key=lambda change: change.timestamp):
            timestamps = open_events.get((change.key, change.value), [])
            caused_by = None
            # Newest last, so those before the change are at the end; what is passed over cannot explain a later one.
            while timestamps and timestamps[-1] <= change.timestamp:
                caused_by = timestamps.pop()
            if caused_by is not None:
                delays.append((change.timestamp - caused_by) * 1000)
        if not delays:
            return None
        delays.sort()
        return Spread(statistics.median(delays), delays[int(len(delays) * 0.95)], delays[-1], len(delays))


class StateWatcher:
    """Keeps the newest states of the integration's entities, by unique id."""

    def __init__(self, cloud: SimulatorProcess, socket: WebSocketClient) -> None:
        """Follow nothing yet."""
        self._cloud = cloud
        self._socket = socket
        self._keys: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.states: dict[str, str] = {}
        self.entity_ids: dict[str, str] = {}
        self.changed_at: dict[str, float] = {}
        """When a space last changed, by its id."""
        self.delays = Delays()
        self.motion_heard: set[str] = set()
        """The motion entities that an event was delivered for."""
        self.deliveries = Deliveries(0, 0, 0, None, ())
        self.slowest_ping = 0.0
        """Longest wait for the answer to a websocket ping, in ms: no block of Home Assistant's loop was longer."""

    async def start(self) -> None:
        """Begin with what there is and follow every change."""
        begun = time.time()
        await self._socket.command("subscribe_events", event_type="state_changed")
        for entry in await self._socket.command("config/entity_registry/list"):
            if entry["platform"] == "butlr" and entry["disabled_by"] is None:
                # The registry's list does not tell unique ids apart by platform; Butlr's keys do.
                self._keys[entry["entity_id"]] = entry["unique_id"]
        self.entity_ids = {key: entity_id for entity_id, key in self._keys.items()}
        for state in await self._socket.command("get_states"):
            if key := self._keys.get(state["entity_id"]):
                self.states[key] = state["state"]
        for work in (self._follow_states(), self._follow_deliveries(begun), self._ping()):
            self._tasks.append(asyncio.create_task(work))

    async def stop(self) -> None:
        """Follow no longer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def check(self) -> None:
        """Raise what ended one of the tasks, if anything did."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    def value(self, space_id: str, what: str) -> str | None:
        """Return the state of a space's entity; None where there is no such entity."""
        return self.states.get(f"{space_id}_{what}")

    async def _follow_states(self) -> None:
        """Take in every state that is written."""
        while True:
            self._take((await self._socket.events.get())["data"])

    def _take(self, data: dict[str, Any]) -> None:
        """Take in one state."""
        key, new, old = self._keys.get(data["entity_id"]), data["new_state"], data["old_state"]
        if key is None or new is None:
            return
        self.states[key] = new["state"]
        if old is None or old["state"] != new["state"]:
            timestamp = datetime.fromisoformat(new["last_updated"]).timestamp()
            self.delays.changes.append(Change(key, new["state"], timestamp))
            self.changed_at["_".join(key.split("_")[:2])] = timestamp

    async def _follow_deliveries(self, begun: float) -> None:
        """Look at what the simulator delivered; it shows only the last hundred events, so look often.

        What happened before was perhaps told to a Home Assistant that was killed since: it explains nothing of now.
        """
        while True:
            self.deliveries = await self._cloud.deliveries()
            recent = [event for event in self.deliveries.recent if event.timestamp >= begun]
            self.delays.add_events(recent)
            self.motion_heard.update(event.key for event in recent if event.key.endswith("_motion"))
            await asyncio.sleep(_DELIVERIES_EVERY)

    async def _ping(self) -> None:
        """Measure how long Home Assistant takes for next to nothing."""
        while True:
            begun = time.perf_counter()
            with contextlib.suppress(TimeoutError):
                await self._socket.command("ping")
            self.slowest_ping = max(self.slowest_ping, (time.perf_counter() - begun) * 1000)
            await asyncio.sleep(_PING_EVERY)
