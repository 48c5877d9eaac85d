"""The demo itself: people live, Home Assistant follows, and in the end both are compared."""

import argparse
from contextlib import AsyncExitStack
import math
import time

import aiohttp
from rich.live import Live

from .judging import Judge, Judgement
from .log import HomeLog, complaints, leaks
from .screen import Screen, milliseconds
from .stage import ROOT, Script, Stage

_PLAIN_TABLE_EVERY = 10.0
# What `--unreliable` asks of the simulator.
UNRELIABLE = {"loss": 0.3, "duplicates": 0.2, "disorder": 1.0, "disorder_delay": 0.5}


class Demo:
    """One run, from nothing to the verdict."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Prepare; nothing is started."""
        self._arguments = arguments
        self._screen = Screen()
        self._begun = time.monotonic()
        self._set_up_in = 0.0

    async def run(self) -> int:
        """Start everything, show it, end it; returns the exit code."""
        arguments = self._arguments
        script = Script(
            rooms=arguments.rooms,
            activity=arguments.activity,
            port=arguments.port,
            keep=arguments.keep,
            push=not arguments.without_push,
            settings={**(UNRELIABLE if arguments.unreliable else {}), **dict(arguments.reading)},
        )
        async with AsyncExitStack() as ending:
            stage = Stage(script, await ending.enter_async_context(aiohttp.ClientSession()))
            ending.push_async_callback(stage.close)
            with self._screen.steps(5) as steps:
                await stage.begin(steps)
            self._set_up_in = time.monotonic() - self._begun
            await self._show(stage)
            if arguments.seconds is None:
                return 0
            judgement = await Judge(stage, self._screen, push=script.push, lossy=arguments.unreliable).final()
        # Home Assistant has ended and written everything by now.
        return self._sum_up(stage, judgement)

    async def _show(self, stage: Stage) -> None:
        """Show the states as they change, until the time is over."""
        screen, following = self._screen, stage.following
        welcome = screen.welcome(stage.home.url, stage.cloud.url, stage.identity)
        mode_key = next((key for key in following.entity_ids if key.endswith("_update_mode")), "")
        seconds = self._arguments.seconds
        end = math.inf if seconds is None else time.monotonic() + seconds

        def remaining() -> float | None:
            """Return the seconds left of those that were asked for."""
            return None if seconds is None else end - time.monotonic()

        if not screen.console.is_terminal:
            screen.console.print(welcome)
            next_table = time.monotonic()
            while time.monotonic() < end:
                if time.monotonic() >= next_table:
                    next_table += _PLAIN_TABLE_EVERY
                    screen.console.print(screen.table(stage.places, following, whole=True))
                    screen.console.print(screen.status(following, following.states.get(mode_key), remaining()))
                await stage.wait()
            return
        with Live(console=screen.console, auto_refresh=False) as live:
            while time.monotonic() < end:
                mode = following.states.get(mode_key)
                live.update(screen.live(welcome, stage.places, following, mode, remaining()), refresh=True)
                await stage.wait()

    def _sum_up(self, stage: Stage, judgement: Judgement) -> int:
        """Print what came of it; returns the exit code."""
        following, unreliable = stage.following, self._arguments.unreliable
        records = HomeLog(stage.folder.log).read()
        faults = [str(mismatch) for mismatch in judgement.mismatches]
        faults += complaints(records) + leaks(records, stage.secrets())
        received = following.deliveries.acknowledged
        if not received and not self._arguments.without_push:
            faults.append("no push was received")
        if unreliable and judgement.polls > 1:
            faults.append(f"one poll did not put everything right, it took {judgement.polls}")
        median, rest = milliseconds(following.delays.spread())
        figures = {
            "Home Assistant": stage.home.version,
            "Set up in": f"{self._set_up_in:.1f} s",
            "Rooms": str(sum(place.kind == "room" for place in stage.places)),
            "Entities": str(len(following.entity_ids)),
            "Events sent": str(following.deliveries.sent),
            "Pushes received": str(received),
            "Median delay, event to state": median,
            "": rest,
            "Median answer to a push": f"{latency:.1f} ms" if (latency := following.deliveries.latency) else "-",
            "Slowest answer to a ping": f"{following.slowest_ping:.0f} ms",
            "Figures compared with the truth": str(judgement.compared),
            **(self._losses(stage, judgement) if unreliable else self._plain(judgement)),
            "Log": str(stage.folder.log.relative_to(ROOT)),
        }
        title = "Failed" if faults else "All is as it should be"
        self._screen.summary(title, figures, faults, [str(item) for item in judgement.mended])
        return 1 if faults else 0

    @staticmethod
    def _plain(judgement: Judgement) -> dict[str, str]:
        """Return what a reliable cloud led to."""
        return {
            "Mismatches": str(len(judgement.mismatches)),
            "Mended by the next poll only": str(len(judgement.mended)),
        }

    @staticmethod
    def _losses(stage: Stage, judgement: Judgement) -> dict[str, str]:
        """Return what an unreliable cloud did, and what it led to."""
        deliveries = stage.following.deliveries
        # What was sent twice counts twice there.
        events = deliveries.lost + deliveries.sent - deliveries.duplicated
        polls = "one poll" if judgement.polls == 1 else f"{judgement.polls} polls"
        return {
            "Events that happened": str(events),
            "of these lost": _share(deliveries.lost, events),
            "sent twice": _share(deliveries.duplicated, events - deliveries.lost),
            "held back, overtaken by others": _share(deliveries.held_back, events - deliveries.lost),
            "Wrong before the poll": str(len(judgement.before)),
            "Wrong after it": f"{len(judgement.mismatches)}, after {polls} and {judgement.seconds:.1f} s",
            "Motion that nobody told the end of": str(len(judgement.motion)),
        }


def _share(part: int, whole: int) -> str:
    """Return a number and which share of the whole it is."""
    return f"{part} ({100 * part / whole:.0f} %)" if whole else str(part)
