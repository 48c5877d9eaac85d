"""Measure pushes over MQTT: how much later a second Home Assistant shows an event, and how many it keeps up with."""

import asyncio
from dataclasses import replace
from pathlib import Path
import time
from typing import Any, Final

from scripts.lib.processes.home_assistant import UnexpectedAnswerError, WebSocketClient
from scripts.lib.processes.pair import Member, Pair, open_pair

from .environment import ROOT, say
from .estates import Size, events
from .load import Target
from .measure import Plan, percentiles

CONFIGURATION: Final = "config:\nrecorder:\nlogger:\n  default: warning\n"
RATES: Final = (10, 50, 200)


async def measure_mqtt(folder: Path, size: Size, plan: Plan) -> dict[str, Any]:
    """Return the delays of both Home Assistants at each rate, and the throughput of the second one."""
    say(f"Starting two Home Assistants with {size.spaces:,} spaces")
    async with open_pair(ROOT, folder, size.rooms, CONFIGURATION) as pair:
        webhook = await pair.cloud.wait_for_webhook(60)
        people = await _people(pair.sharing)
        headers = {webhook.header: webhook.secret, "Content-Type": "application/json"}
        target = Target(webhook.url, headers, events(size), people)
        if await _people(pair.receiving) != people:
            raise UnexpectedAnswerError("the two Home Assistants have different entities")
        sockets = [await _watch(member) for member in (pair.sharing, pair.receiving)]
        try:
            return await _measure(pair, target, sockets, plan)
        finally:
            for socket in sockets:
                await socket.close()


async def _measure(pair: Pair, target: Target, sockets: list[WebSocketClient], plan: Plan) -> dict[str, Any]:
    session = pair.sharing.session
    await target.post_continuously(session, plan.seconds * 10)  # until most spaces had an event
    rates = []
    for rate in RATES:
        say(f"{rate} events per second over MQTT")
        await asyncio.sleep(2)
        for socket in sockets:
            socket.events = asyncio.Queue()
        target.posted.clear()
        number = max(plan.events_at_rate, rate) * plan.rate_rounds
        await target.post_at_rate(session, number, rate)
        found = {}
        for name, socket in zip(("first", "second"), sockets, strict=True):
            posted = {key: list(times) for key, times in target.posted.items()}
            reader = replace(target, posted=_Posted(posted))
            latencies, _ = reader.read_latencies(socket)
            if len(latencies) < 0.9 * number:
                raise UnexpectedAnswerError(f"the {name} showed only {len(latencies)} of {number} events")
            found[name] = percentiles(latencies)
        rates.append({"events_per_second": rate, **found})
    return {"rates": rates, "throughput": await _throughput(target, sockets[1], pair, plan)}


class _Posted(dict[tuple[str, str], list[float]]):
    """When events were posted; nothing for a state that no event led to."""

    def __missing__(self, key: tuple[str, str]) -> list[float]:
        return []


async def _throughput(target: Target, socket: WebSocketClient, pair: Pair, plan: Plan) -> float:
    """Return how many events per second the second Home Assistant shows, of as many as the first one accepts."""
    say("As many events as possible over MQTT")
    socket.events = asyncio.Queue()
    start = time.time()
    number = await target.post_continuously(pair.sharing.session, plan.seconds * 10)
    written = start
    # Until nothing comes any more.
    while True:
        try:
            event = await asyncio.wait_for(socket.events.get(), 2)
        except TimeoutError:
            return number / (written - start)
        changes = event.get("c", {}).values()
        written = max(written, *(change.get("+", {}).get("lc", start) for change in changes)) if changes else written


async def _people(member: Member) -> dict[str, str]:
    """Return the entity ids of the people sensors, by space."""
    entities = await member.socket.command("config/entity_registry/list")
    return {
        one["unique_id"].removesuffix("_people"): one["entity_id"]
        for one in entities
        if one["platform"] == "butlr" and one["unique_id"].endswith("_people")
    }


async def _watch(member: Member) -> WebSocketClient:
    """Pause polling, which would restore the people of the simulator, and watch all states."""
    await member.socket.command("config_entries/update", entry_id=member.entry_id, pref_disable_polling=True)
    socket = await WebSocketClient.open(member.session, member.home)
    await socket.command("subscribe_entities")
    return socket
