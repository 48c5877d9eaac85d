"""The measurements: rounds in which the variants take turns, so that the machine's mood meets all of them alike."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
import random
import time
from types import TracebackType
from typing import Self

from scripts.lib.processes.home import HomeError
from tests.simulator.blueprint import draw_estate

from .load import Load, Target, Window, measure, prepare
from .plan import Plan
from .results import LARGEST, MIDDLE, SMALL, TEXTBOOK, VARIANTS, Poll, Results, Sample
from .stage import POLLED, Entry, Say, Stage

POLLS = ("occupancy", "traffic", "estate")
_MINUTE, _MARGIN = 60.0, 2.0
_LEAST_APPLIED = 0.9


class Rounds:
    """Measures what stands on a stage."""

    def __init__(self, stage: Stage, plan: Plan, results: Results, say: Say) -> None:
        """Prepare the process that posts."""
        self._stage = stage
        self._plan = plan
        self._results = results
        self._say = say
        self._random = random.Random(0)
        self._poster = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), prepare)

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process that posts."""
        self._poster.shutdown(cancel_futures=True)

    async def polls(self) -> None:
        """Measure polls, each after people have moved."""
        polled = self._stage.entries[POLLED]
        # One push makes the integration poll this estate slowly by itself: that would fall into the measurements.
        await self._post(self._stage.targets[POLLED], 1, 0.01)
        for number in range(1, self._plan.poll_rounds + 1):
            self._say(f"Polls, round {number} of {self._plan.poll_rounds}")
            await self._bring_people(polled)
            self._results.polls.append([await self._poll(polled, what) for what in POLLS])

    async def pushes(self) -> None:
        """Warm up, then measure pushes round by round."""
        self._say("Warming up")
        for variant in VARIANTS:
            await self._post(self._stage.targets[variant], self._plan.connections, self._plan.seconds)
        for number in range(1, self._plan.rounds + 1):
            self._say(f"Pushes, round {number} of {self._plan.rounds}")
            self._results.rounds.append({variant: await self._sample(variant) for variant in VARIANTS})
        for variant in VARIANTS:
            self._results.changes[variant] = await self._count_changes(variant)
        await self._check_applied()

    async def _post(self, target: Target, connections: int, seconds: float) -> Load:
        """Let the other process post."""
        window = Window(target, connections, seconds, self._stage.process_id)
        load = await asyncio.get_running_loop().run_in_executor(self._poster, measure, window)
        self._stage.home.child.check()
        return load

    async def _count_changes(self, variant: str) -> float:
        """Return how many states an event changes; at the end, when every space has heard of events."""
        await self._stage.instrument("changes", "POST")
        load = await self._post(self._stage.targets[variant], 1, self._plan.latency_seconds)
        changed = int((await self._stage.instrument("changes"))["number"])
        return changed / max(len(load.latencies), 1)

    async def _sample(self, variant: str) -> Sample:
        """Measure the rate with many connections, then the latency with one: an event at a time."""
        target = self._stage.targets[variant]
        rate = await self._post(target, self._plan.connections, self._plan.seconds)
        latency = await self._post(target, 1, self._plan.latency_seconds)
        return Sample.of(rate, latency)

    async def _bring_people(self, entry: Entry) -> None:
        """Let somebody into as many spaces as shall have changed, and wait until a poll can tell.

        That is when they are inside for most of the running minute, whose median it reads.
        """
        estate = draw_estate(entry.size.rooms, entry.size.seed)
        seen = [space_id for space_id in (*estate.rooms, *estate.zones) if estate.coverage.sees(space_id)]
        for space_id in self._random.sample(seen, max(round(entry.size.spaces * self._plan.moved_share), 1)):
            await entry.cloud.bring_someone(space_id)
        into = time.time() % _MINUTE
        most = into + _MARGIN if 2 * into + _MARGIN < _MINUTE - _MARGIN else _MINUTE - into + _MARGIN
        await asyncio.sleep(most)

    async def _poll(self, entry: Entry, what: str) -> Poll:
        """Measure one poll."""
        poll = Poll(**await self._stage.instrument(f"poll/{entry.id}/{what}", "POST"))
        if not poll.succeeded:
            raise HomeError(f"the {what} poll failed; see the log of Home Assistant")
        return poll

    async def _check_applied(self) -> None:
        """Make sure that what was measured did its work."""
        applied = total = 0
        for name in (SMALL, MIDDLE, LARGEST):
            outcomes = (await self._stage.instrument(f"push/{self._stage.entries[name].id}"))["outcomes"]
            applied += outcomes.get("applied", 0)
            total += sum(outcomes.values())
        self._results.applied = applied / total
        changes = self._results.changes
        if self._results.applied < _LEAST_APPLIED or min(changes[MIDDLE], changes[TEXTBOOK]) < 1:
            raise HomeError(f"events were not taken in: {applied} of {total}, states changed {changes}")
