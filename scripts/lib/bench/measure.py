"""The measurements. Variants take turns in rounds, so that a noisy machine affects all of them alike."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
import random
from statistics import median
from typing import Any, Final

from scripts.lib.processes.child_process import Usage
from scripts.lib.processes.components.loop_watch.loop_meter import Block
from scripts.lib.processes.home_assistant import UnexpectedAnswerError, WebSocketClient
from tests.simulator.blueprint import draw_estate

from .components.butlr_bench.const import BARE, PARSE_ONLY, TEXTBOOK
from .environment import Environment, say
from .estates import Size, at_least

SMALL, MIDDLE, LARGEST, POLLED = "small", "middle", "largest", "polled"
SIZES: Final = (SMALL, MIDDLE, LARGEST)
VARIANTS: Final = (PARSE_ONLY, BARE, *SIZES, TEXTBOOK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How large and how long a run is: spaces, repetitions and seconds."""

    small: int = 200
    middle: int = 2000
    largest: int | None = None
    """None = as many spaces as fit into one entry."""
    polled: int = 3000
    polls: int = 4
    rounds: int = 20
    seconds: float = 0.6
    rate_rounds: int = 3
    events_at_rate: int = 100


QUICK = Plan(small=30, middle=60, largest=120, polled=200, polls=1, rounds=3, rate_rounds=1, events_at_rate=20)


async def measure(environment: Environment, plan: Plan) -> dict[str, Any]:
    """Measure everything; the result is what docs/benchmark.json holds, apart from the machine."""
    sizes = {SMALL: at_least(plan.small, 1), MIDDLE: at_least(plan.middle, 2), POLLED: at_least(plan.polled, 4)}
    # First: it loads the code, which no set-up that is compared should have to do.
    await environment.add_estate(SMALL, sizes[SMALL])
    polls = await _measure_polls(environment, sizes[POLLED], plan)
    await environment.add_estate(MIDDLE, sizes[MIDDLE])
    # Home Assistant adds at most 10,000 entities to one entry.
    fitting = int(1000 * 9_900 / environment.set_ups[MIDDLE]["entities"])
    sizes[LARGEST] = at_least(plan.largest or fitting, 3)
    await environment.add_estate(LARGEST, sizes[LARGEST])
    await environment.add_copies(BARE, LARGEST, sizes[LARGEST])
    await environment.add_copies(TEXTBOOK, MIDDLE, sizes[MIDDLE])
    environment.add_webhook(PARSE_ONLY, LARGEST, sizes[LARGEST])
    await environment.pause_polls(SIZES)
    for variant in VARIANTS:  # until most spaces had an event
        await environment.targets[variant].post_continuously(environment.session, plan.seconds * 10)
    return {
        "home_assistant": environment.home.version,
        "spaces": {name: size.spaces for name, size in sizes.items()},
        "rates": await _measure_rates(environment, plan),
        "designs": await _measure_designs(environment, plan),
        "set_up": {name: environment.set_ups[name] for name in (LARGEST, BARE)},
        "polls": polls,
    }


async def _measure_polls(environment: Environment, size: Size, plan: Plan) -> dict[str, Any]:
    """Measure how long polls of a large estate block the event loop; each finds people in 1 % of the spaces."""
    await environment.add_estate(POLLED, size)
    home, cloud, entities = environment.home, environment.clouds[POLLED], await environment.entities(POLLED)
    rooms = list(draw_estate(size.rooms, size.seed).rooms)
    (button,) = (one["entity_id"] for one in entities if one["unique_id"].endswith("_refresh"))
    # The poll has to find the changes, so all pushes are lost.
    await cloud.change(loss=1.0)
    await home.request("GET", "/api/loop_watch")
    for number in range(plan.polls):
        say(f"Poll {number + 1} of {plan.polls}")
        for room in random.Random(number).sample(rooms, size.spaces // 100):
            await cloud.bring_someone(room)
        await cloud.clear_requests()
        await home.request("POST", "/api/services/button/press", {"entity_id": button})
        seen = -1
        while (requests := len(await cloud.requests())) > seen:
            seen = requests
            await asyncio.sleep(6)
    blocks = [Block(**block) for block in (await home.request("GET", "/api/loop_watch"))["blocks"]]
    # Its heartbeat would count as processor time of the events.
    await home.request("DELETE", "/api/loop_watch")
    await home.remove_entry(environment.entry_ids[POLLED])
    return {
        "longest_block": max((block.cpu_otherwise for block in blocks), default=0.0),
        "with_collections": max((block.cpu for block in blocks), default=0.0),
    }


async def _measure_designs(environment: Environment, plan: Plan) -> dict[str, Any]:
    """Measure the processor time of the event loop per event, for each size and for the other designs."""
    home, rounds = environment.home.child, list[dict[str, float]]()
    for number in range(plan.rounds):
        say(f"Designs, round {number + 1} of {plan.rounds}")
        found = {}
        for name in VARIANTS:
            before = home.usage()
            events = await environment.targets[name].post_continuously(environment.session, plan.seconds)
            found[name] = (home.usage() - before).main_thread / events
        rounds.append(found)
    return {
        name: {
            "cpu_per_event": median(one[name] for one in rounds),
            **{f"of_{to}": median(one[to] / one[name] for one in rounds) for to in (PARSE_ONLY, BARE, SMALL)},
        }
        for name in VARIANTS
    }


async def _measure_rates(environment: Environment, plan: Plan) -> list[dict[str, Any]]:
    """Measure processor time per event and latency at each rate for each size, with clients that watch all states."""
    home, idle = environment.home.child, list[float]()
    await environment.free_memory()  # until the recorder has written what came before
    samples: dict[tuple[int, str], list[tuple[Usage, int, list[float], int]]] = {}
    async with AsyncExitStack() as stack:
        clients = [await WebSocketClient.open(environment.session, environment.home) for _ in range(5)]
        for client in clients:
            stack.push_async_callback(client.close)
            await client.command("subscribe_entities")
        for rate in (10, 50, 200) * plan.rate_rounds:
            say(f"{rate} events per second")
            before = home.usage()
            await asyncio.sleep(5)
            idle.append((home.usage() - before).all_threads / 5)
            for name in SIZES:
                target, events = environment.targets[name], max(plan.events_at_rate, rate)
                for client in clients:
                    client.events = asyncio.Queue()
                target.posted.clear()
                before = home.usage()
                await target.post_at_rate(environment.session, events, rate)
                usage = home.usage() - before
                latencies, changed = target.read_latencies(clients[0])
                if len(latencies) < 0.9 * events:
                    raise UnexpectedAnswerError(f"only {len(latencies)} of {events} events were shown ({name})")
                samples.setdefault((rate, name), []).append((usage, events, latencies, changed))
    return [
        {
            "size": name,
            "events_per_second": rate,
            "cpu_per_event": median(
                (used.all_threads - median(idle) * used.clock) / events for used, events, _, _ in found
            ),
            **percentiles([one for _, _, latencies, _ in found for one in latencies]),
            "states_per_event": median(changed / events for _, events, _, changed in found),
        }
        for (rate, name), found in samples.items()
    ]


def percentiles(values: list[float]) -> dict[str, float]:
    """Return the median and the 99th percentile."""
    return {"p50": median(values), "p99": sorted(values)[int(len(values) * 0.99)]}
