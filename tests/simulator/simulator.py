"""The simulator as a Python object: a Butlr cloud with people in it, and the means to steer both."""

import asyncio
from collections.abc import Callable
import contextlib
import random
import time
from typing import Any, Self
from zoneinfo import ZoneInfo

from .accounts import Accounts
from .blueprint import draw_estate
from .delivery import Delivery, Dispatcher, Webhook
from .edits import Edits
from .estate import Coordinates, Estate, Floor, Room, SpaceRef, Zone
from .events import EventWriter
from .floor_plans import floor_plans
from .graphql_api import GraphQLApi
from .identifiers import new_id
from .life import Life
from .memory import Memory
from .outlines import outline
from .past import Past
from .positions import positions
from .reporting import Reporting
from .requests_log import RequestRecord
from .resolvers import EstateResolvers
from .settings import Faults, Json, Settings
from .stats import Stats
from .subscriptions import SubscriptionResolvers
from .timeline import MINUTE, Bucket, stretches
from .truth import tell_truth, tell_use
from .walking import Person
from .web import Web
from .world import Counted, Happening, World

_TICK = 0.01
"""Seconds between two looks of the background runner."""
_LONG = 10 * MINUTE


class Simulator:
    """A Butlr cloud with people in it."""

    def __init__(
        self,
        rooms: int = 5,
        seed: int = 1,
        *,
        populated: bool = False,
        client_id: str = "demo",
        client_secret: str | None = None,
        memory: Memory | None = None,
        **settings: Any,
    ) -> None:
        """Draw the estate; everything follows from the seed.

        Args:
            rooms: how many rooms the estate has; 5 or fewer gives the hand-drawn small one.
            seed: the seed of everything random.
            populated: begin with the people of this hour inside; otherwise everybody has gone home.
            client_id: what a client logs in with.
            client_secret: its secret; made up when not given.
            memory: what an earlier simulator of the same seed knew, and what a later one shall know.
            settings: any of the `Settings`.
        """
        self.seed = seed
        self._memory = memory
        self.unique = f"{seed}/{memory.starts}" if memory and memory.starts else str(seed)
        """The seed of what must differ from start to start, such as the ids of events."""
        self.settings = Settings()
        self.settings.update(settings)
        self.faults = Faults()
        self.edits = Edits()
        """What is edited in answers that are fine otherwise."""
        self.accounts = Accounts(self.settings, seed)
        self.client_id = client_id
        self.client_secret = client_secret or f"secret-{new_id(random.Random(f'{seed}/secret'), 's')}"
        self.estate: Estate = draw_estate(rooms, seed)
        self.requests: list[RequestRecord] = []
        self.hung: Callable[[], None] = _ignore
        """Called when a fault leaves a request hanging."""
        self.clock_shift = 0.0
        """Seconds that the simulator's clock is ahead of the real one."""
        self._populated = populated
        self._runner: asyncio.Task[None] | None = None
        self.dispatcher = Dispatcher(self.settings, self.unique)
        self._writer = EventWriter(self.estate, self.settings, self.unique)
        self.rng = random.Random(f"{seed}/edits")
        """For the ids of what is added while running."""
        self._event_rng = random.Random(f"{seed}/recompute")
        self.graphql = GraphQLApi(
            self.estate,
            self.settings,
            EstateResolvers(self.estate, self._floor_plans, self._outline).by_type(),
            SubscriptionResolvers(self.estate, self.dispatcher, self.settings, self.unique).by_type(),
        )
        self._web = Web(self)
        self._begin()

    def _outline(self, space: Room | Zone) -> Coordinates:
        """Return the polygon that the API tells of a space."""
        return outline(space, self.settings.outlines)

    def _floor_plans(self, floor: Floor) -> list[Json]:
        """Return what the API says about the pictures of a floor."""
        return floor_plans(self.estate, floor, self.url) if self.settings.floor_plans else []

    def _begin(self) -> None:
        """Begin the present now."""
        fallback = ZoneInfo(self.settings.fallback_timezone)
        self._moment = self._memory.drawn if self._memory and self._memory.drawn else self.now()
        past = Past(self.estate, self.seed, self._moment, populated=self._populated, fallback=fallback)
        self.world = World(self.estate, self.settings, past)
        self.world.tell = self._happen
        self._life = Life(self.world, self.settings, self.seed)
        self.reporting = Reporting(self.world, self.settings, self.seed)
        self.stats = Stats(self.world, self.settings)
        self._minute = self._moment // MINUTE
        self._positions_told = 0

    def _remember(self, memory: Memory) -> None:
        """Let happen what happened before, and since; then know the subscribers again, who receive none of it."""
        if memory.begun:
            self._moment = memory.begun
            self._minute = self._moment // MINUTE
            self._advance(self.now(), alive=True)
        memory.drawn = memory.drawn or self._moment
        memory.starts += 1
        self.dispatcher.keep(*memory.webhooks)
        self.dispatcher.changed = lambda: memory.keep(self.webhooks)
        self.dispatcher.changed()

    # --- clock ------------------------------------------------------------------------------------------------------

    def now(self) -> int:
        """Return the simulator's time in milliseconds."""
        return round((time.time() + self.clock_shift) * 1000)

    def step(self, seconds: float = 0) -> None:
        """Let the people live from the last moment to `seconds` after now; deliveries are queued."""
        self.clock_shift += seconds
        self._advance(self.now(), alive=True)

    def catch_up(self) -> None:
        """Let happen what time alone brings about: motion ends, minutes pass; people move only while time runs."""
        self._advance(self.now(), alive=self._runner is not None and not self.settings.paused)

    def _advance(self, now: int, *, alive: bool) -> None:
        """Bring the world to `now`, minute by minute."""
        self.world.refresh(min(self._moment, now))
        if not alive and now - self._moment > _LONG:
            # Nobody moved: of a long silence (a test that travels by months) only the end is told minute by minute.
            self._moment = now - _LONG
            self._minute = self._moment // MINUTE
        while self._moment < now:
            stop = min(now, (self._moment // MINUTE + 1) * MINUTE)
            if alive:
                self._life.advance(self._moment, stop)
            self.world.calm(stop)
            self._moment = stop
            if stop // MINUTE > self._minute:
                self._minute = stop // MINUTE
                self._tell_minute(stop - MINUTE)

    def run(self) -> None:
        """Let time run: a background task drives the people in real time."""
        self.settings.paused = False
        memory = self._memory
        # The runner catches up, so that no simulated time is lost.
        if memory is None or not memory.begun:
            self._moment = max(self._moment, self.now())
        if memory is not None and not memory.begun:
            memory.begun = self._moment
            memory.keep(self.webhooks)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.get_running_loop().create_task(self._run())

    def pause(self) -> None:
        """Stop the people where they are; the server keeps answering."""
        self.settings.paused = True

    async def _run(self) -> None:
        """Drive the world until canceled."""
        while True:
            self._advance(self.now(), alive=not self.settings.paused)
            rate = self.settings.positions_rate
            if rate and self.now() - self._positions_told >= 1000 / rate:
                self.tell_positions()
            await asyncio.sleep(_TICK)

    # --- people -----------------------------------------------------------------------------------------------------

    async def move(self, to: str | None = None, *, from_: str | None = None, person: str | None = None) -> str:
        """Move one person and wait until every event of it has arrived or was dropped.

        Args:
            to: a floor, room or zone; None = out of the building.
            from_: take somebody who is there; without it and `person` somebody new comes in.
            person: the id of a certain person.

        Returns:
            The person's id.

        Raises:
            KeyError: no such space or person.
            ValueError: there is nobody at `from_`.
        """
        self.catch_up()
        place = self.estate.coverage.place(to) if to is not None else None
        mover = self._mover(place, from_, person)
        self.world.move(mover, place, self.world.timestamp(self.now()))
        await self.settle()
        return mover.id

    def _mover(self, place: SpaceRef | None, from_: str | None, person: str | None) -> Person:
        """Choose who moves."""
        if person is not None:
            return self.world.people[person]
        if from_ is not None:
            self.estate.coverage.place(from_)
            there = [item for item in self.world.people.values() if item.place and from_ in item.place.space_ids]
            if not there:
                raise ValueError(f"nobody is at {from_}")
            # Those put there by hand first, the newest first, so that a test moves its own people.
            return max(there, key=lambda item: (not item.acts, item.number))
        if place is None:
            raise ValueError("nobody to move: give to, from_ or person")
        building_id = self.estate.floors[place.floor_id].building_id
        doors = self.estate.coverage.entrances(building_id)
        return self.world.newcomer(building_id, doors[0] if doors else None, acts=False)

    def truth(self) -> Json:
        """Return what is really the case, for every space."""
        self.catch_up()
        return tell_truth(self.world, self.now())

    def true_use(self, space_id: str, start: float, end: float) -> Json:
        """Return how many people really were in a space on average and at most, from Unix seconds to Unix seconds."""
        return tell_use(self.world, space_id, int(start * 1000), int(end * 1000))

    # --- events -----------------------------------------------------------------------------------------------------

    def _happen(self, happening: Happening) -> None:
        """Send what happened to whoever subscribed."""
        if not self.dispatcher.listens(self._writer.kind(happening)):
            return
        event = self._writer.write(happening)
        again = None
        if isinstance(happening, Counted) and self._event_rng.random() < self.settings.recompute:
            again = self._writer.again(event)
        self.dispatcher.publish(event, again=again)

    def _tell_minute(self, minute: int) -> None:
        """Send the one-minute events of the minute that began then."""
        coverage = self.estate.coverage
        for kept in (self.estate.floors, self.estate.rooms, self.estate.zones):
            space_ids = list(kept)
            if not space_ids:
                continue
            kind = f"{self._writer.occupancy_kind(space_ids[0])}_{self.settings.minute_suffix}"
            if not self.dispatcher.listens(kind):
                continue
            for space_id in space_ids:
                if coverage.has_presence(space_id) and coverage.sees(space_id):
                    self._tell_space_minute(space_id, minute)

    def _tell_space_minute(self, space_id: str, minute: int) -> None:
        """Send one space's smoothed count; now and then after a provisional one."""
        steps = self.world.steps(space_id, minute, minute + MINUTE)
        ((_, stretch),) = stretches(steps, [Bucket(minute, minute, minute + MINUTE)])
        people = stretch.measure("median")
        if people is None:
            return
        event = self._writer.occupancy(space_id, people, minute, by_minute=True)
        provisional = None
        if self._event_rng.random() < self.settings.recompute:
            provisional = self._writer.again(event) | {"data": people + 1}
        self.dispatcher.publish(event, provisional=provisional)

    def tell_positions(self) -> None:
        """Queue an event of each presence sensor that says where people are, as far as anybody subscribed to them."""
        self._positions_told = now = self.now()
        webhook = self.dispatcher.subscriber("DETECTIONS")
        if webhook is None or not webhook.hears:
            return
        for floor_id in (webhook.filters or {}).get("floor_ids") or self.estate.floors:
            for sensor_id, points in positions(self.world, floor_id, now).items():
                self.dispatcher.publish(self._writer.positions(self.estate.sensors[sensor_id], points, now))

    async def deliver(self, event: Json) -> None:
        """Deliver a hand-made body to the subscriber of its type, or to all if nobody subscribed to it."""
        webhook = self.dispatcher.subscriber(str(event.get("type")))
        for item in [webhook] if webhook else list(self.dispatcher.webhooks.values()):
            if item.hears:
                self.dispatcher.hand_over(item, event)
        await self.settle()

    async def settle(self) -> None:
        """Wait until every queued event has arrived or was dropped."""
        await self.dispatcher.settle()

    @property
    def webhooks(self) -> list[Webhook]:
        """Return the subscriptions."""
        return list(self.dispatcher.webhooks.values())

    @property
    def deliveries(self) -> list[Delivery]:
        """Return the recent deliveries, oldest first."""
        return list(self.dispatcher.deliveries)

    def add_foreign_webhook(self, event_types: list[str], name: str = "Another system", **details: Any) -> Webhook:
        """Let another system hold event types; details are further attributes of its webhook."""
        webhook_id = new_id(random.Random(f"{self.seed}/{name}/{event_types}"), "webhook")
        details = {"url": "https://elsewhere.example.org/hook", **details}
        webhook = Webhook(webhook_id, name, event_types, foreign=True, **details)
        self.dispatcher.keep(webhook)
        return webhook

    # --- server -----------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Return the base URL while the server runs."""
        return self._web.url

    def revoke(self, client_secret: str | None = None) -> str:
        """Replace the client secret (by a made-up one if none is given); tokens end with the old one."""
        self.client_secret = client_secret or new_id(random.Random(f"{self.seed}/{self.client_secret}"), "s")
        self._web.forget_tokens()
        return self.client_secret

    def expire_tokens(self) -> None:
        """Make every token invalid immediately."""
        self._web.forget_tokens()

    async def start(self, port: int = 0, host: str = "127.0.0.1", *, running: bool = False) -> Self:
        """Start the HTTP server in the running loop; time does not run yet unless it shall be `running`."""
        if not self.world.people or self._populated:
            self._begin()
        if self._memory is not None:
            self._remember(self._memory)
        if running:
            # Before the first request: one that came earlier would find that nobody moves.
            self.run()
        await self._web.start(host, port)
        return self

    async def stop(self) -> None:
        """Stop the server, the people and the deliveries."""
        if self._runner is not None:
            self._runner.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._runner
            self._runner = None
        await self.dispatcher.stop()
        await self._web.stop()


def _ignore() -> None:
    """Do nothing."""
