"""A simulated Butlr cloud as a child process, used through its control API."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
import sys
import time
from typing import Any, Self

import aiohttp

from .child_process import ChildProcess, ProcessError
from .config_folder import CLIENT_ID

START_TIMEOUT = 60.0
_ID_FIELDS = {"FLOOR": "floor_id", "ROOM": "room_id", "ZONE": "zone_id"}
_MOTION = {"PIR_MOTION": "on", "PIR_NO_MOTION": "off"}


@dataclass(frozen=True, slots=True)
class Space:
    """A floor, room or zone."""

    id: str
    kind: str
    name: str
    floor_id: str


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    """A delivered event, and the entity and state that it should lead to."""

    id: str
    key: str
    """Unique id of the entity that shows the value."""
    value: str
    timestamp: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What the simulator reports about its events so far."""

    sent: int
    acknowledged: int
    pending: int
    latency: float | None
    """Median time from sending an event to its acknowledgement in milliseconds, as the simulator measures it."""
    recent: tuple[SimulatedEvent, ...]
    """The latest events whose value an entity shows."""
    lost: int = 0
    duplicated: int = 0
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """How to run a simulator; the same options make the same estate."""

    root: Path
    """The checkout that contains the simulator."""
    log: Path
    port: int
    secret: str
    rooms: int
    activity: float | None = None
    """How much faster than in reality people move. None = nobody moves by themselves."""
    seed: int = 1
    state: Path | None = None
    """A file that keeps subscriptions and people when the simulator is killed."""

    @property
    def command(self) -> list[str]:
        """Return the command line."""
        command = [sys.executable, "-m", "tests.simulator", "--port", str(self.port), "--rooms", str(self.rooms)]
        command += ["--client-id", CLIENT_ID, "--client-secret", self.secret, "--seed", str(self.seed)]
        command += ["--paused"] if self.activity is None else ["--activity", str(self.activity)]
        return command + (["--state", str(self.state)] if self.state else [])

    def forget_subscriptions(self) -> None:
        """Remove the subscriptions from the state file; the simulator must not be running."""
        if self.state is None:
            raise ValueError("this simulator has no state file")
        state = json.loads(self.state.read_text())
        self.state.write_text(json.dumps(state | {"webhooks": []}))


@dataclass(frozen=True, slots=True)
class Webhook:
    """The URL that events are pushed to, and the header that they must have."""

    url: str
    header: str
    secret: str


class SimulatorProcess:
    """A simulator that runs as a child process."""

    def __init__(self, session: aiohttp.ClientSession, url: str, child: ChildProcess) -> None:
        """Use the simulator at a URL."""
        self._session = session
        self.url = url
        self.child = child

    @classmethod
    async def start(cls, session: aiohttp.ClientSession, plan: SimulatorOptions) -> Self:
        """Start a simulator and wait until it answers."""
        child = await ChildProcess.start("The simulator", plan.command, plan.root, plan.log)
        cloud = cls(session, f"http://127.0.0.1:{plan.port}", child)
        deadline = time.monotonic() + START_TIMEOUT
        try:
            # Wait for its own output: a request could be answered by another simulator at the same port.
            while cloud.url not in child.printed():
                child.check()
                if time.monotonic() > deadline:
                    raise ProcessError("The simulator does not start")
                await asyncio.sleep(0.1)
        except BaseException:
            await child.stop()
            raise
        return cloud

    async def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and return the JSON of the answer."""
        async with self._session.request(method, self.url + path, json=body) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json()
            return answer

    async def spaces(self) -> list[Space]:
        """Return every floor, followed by its rooms and zones."""
        estate = await self.estate()
        spaces = []
        for floor in estate["floors"]:
            spaces.append(Space(floor["id"], "floor", floor["name"], floor["id"]))
            for kind in ("room", "zone"):
                for item in estate[f"{kind}s"]:
                    if item["floor_id"] == floor["id"]:
                        spaces.append(Space(item["id"], kind, item["name"], floor["id"]))  # noqa: PERF401 - more readable
        return spaces

    async def estate(self) -> dict[str, Any]:
        """Return the whole estate."""
        return await self._request("GET", "/_sim/estate")

    async def truth(self) -> dict[str, dict[str, Any]]:
        """Return the true values of each space, by its id."""
        spaces: dict[str, dict[str, Any]] = (await self._request("GET", "/_sim/truth"))["spaces"]
        return spaces

    async def use(self, space_id: str, start: float, end: float) -> dict[str, Any]:
        """Return how many people really were in a space on average and at most, between two Unix timestamps."""
        return await self._request("POST", "/_sim/use", {"id": space_id, "start": start, "end": end})

    async def change(self, **settings: Any) -> None:
        """Change settings."""
        await self._request("PATCH", "/_sim/settings", settings)

    async def edit(self, **changes: Any) -> dict[str, Any]:
        """Change, add or remove something in the estate; return what it is then."""
        return await self._request("POST", "/_sim/estate", changes)

    async def fail(self, mode: str) -> None:
        """Let every part of the API fail in a way, or work again ("none")."""
        parts = ("login", "graphql", "reporting", "stats")
        await self._request("PATCH", "/_sim/faults", dict.fromkeys(parts, mode))

    async def pause(self) -> None:
        """Stop all people where they are; motion still ends by itself."""
        await self.change(paused=True)

    async def clear_requests(self) -> None:
        """Clear the log of requests."""
        await self._request("DELETE", "/_sim/requests")

    async def requests(self) -> list[dict[str, Any]]:
        """Return the log of requests."""
        records: list[dict[str, Any]] = (await self._request("GET", "/_sim/requests"))["requests"]
        return records

    async def requested_measurements(self) -> set[str]:
        """Return the measurements that the reporting API was asked for since the log was cleared."""
        return {record["kind"] for record in await self.requests() if record["path"].endswith("/reporting")}

    async def subscriptions(self) -> list[str]:
        """Return the URLs that events are pushed to."""
        return [webhook["url"] for webhook in (await self._request("GET", "/_sim/webhooks"))["webhooks"]]

    async def move(self, start: str | None, end: str | None) -> None:
        """Let a person walk from one space to another; None is outside."""
        await self._request("POST", "/_sim/move", ({"from": start} if start else {}) | {"to": end})

    async def bring_someone(self, space_id: str) -> None:
        """Let a new person enter the building and go to a space."""
        await self.move(None, space_id)

    async def send_someone_out(self, space_id: str) -> None:
        """Let a person in a space leave the building."""
        await self.move(space_id, None)

    async def wait_for_webhook(self, within: float) -> Webhook:
        """Wait until Butlr pushes; return the webhook of the first subscription. Raise TimeoutError after seconds."""
        webhooks: list[Any] = []
        async with asyncio.timeout(within):
            while not webhooks:
                await asyncio.sleep(0.1)
                webhooks = (await self._request("GET", "/_sim/webhooks"))["webhooks"]
        key = webhooks[0]["api_key"]
        return Webhook(webhooks[0]["url"], key["key"], key["value"])

    async def deliveries(self) -> Deliveries:
        """Return what became of the events so far."""
        answer = await self._request("GET", "/_sim/webhooks")
        statistics = answer["statistics"]
        events = (
            _simulated_event(record["event"])
            for record in answer["deliveries"]
            if record["outcome"] in ("pending", "acknowledged")
        )
        return Deliveries(
            sent=statistics["sent"],
            acknowledged=sum(statistics["acknowledged"].values()),
            pending=answer["pending"],
            latency=statistics["latency_ms"].get("median"),
            recent=tuple(event for event in events if event),
            lost=statistics["lost"],
            duplicated=statistics["duplicated"],
            held_back=statistics["held_back"],
        )


def _simulated_event(event: Mapping[str, Any]) -> SimulatedEvent | None:
    """Return the entity and state that an event should lead to; None for crossings, which do not contain the totals."""
    kind, metadata = str(event["type"]), event["metadata"]
    if kind in _MOTION:
        key, value = f"{metadata['room_id']}_motion", _MOTION[kind]
    elif "_OCCUPANCY" in kind and (name := _ID_FIELDS.get(kind.partition("_")[0])):
        key, value = f"{metadata[name]}_people", str(event["data"])
    else:
        return None
    return SimulatedEvent(event["id"], key, value, event["timestamp"] / 1000)
