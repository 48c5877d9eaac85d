"""Run the demo."""

import argparse
import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
import fcntl
import math
from pathlib import Path
import signal
import sys
import time

import aiohttp
from rich.live import Live

from scripts.processes.children import ChildError, choose_port
from scripts.processes.cloud import Cloud, Place
from scripts.processes.home import Home, HomeError, HomeSocket
from scripts.processes.home_folder import HomeFolder, Identity

from .following import Following
from .screen import Screen, Steps, milliseconds
from .verdict import Mismatch, compare, complaints

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".demo"
PORT, CLOUD_PORT = 8123, 8900
_FRAME = 0.25
_PLAIN_TABLE_EVERY = 10.0
# How long the states may take to agree with a truth that stands still: by themselves with pushes, which need no time
# to speak of, and with the help of polls, for which the smoothed last minutes must be over.
_AGREE_WITH_PUSH = 10.0
_AGREE_BY_POLLING = 240.0
_REFRESH_EVERY = 15.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the states compare with the truth."""

    mismatches: list[Mismatch]
    mended: list[Mismatch]
    """What pushes alone had left wrong and the next poll put right, such as what happened before the subscription."""
    compared: int


@dataclass(slots=True)
class Stage:
    """Everything that runs."""

    cloud: Cloud
    home: Home
    socket: HomeSocket
    following: Following
    places: list[Place]


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="A real Home Assistant with a simulated Butlr cloud."
    )
    parser.add_argument("--seconds", type=float, help="end after so long, compare with the truth and sum up")
    parser.add_argument("--rooms", type=int, default=5, help="5 to 5000 (default 5)")
    parser.add_argument("--home-assistant", metavar="VERSION", help="run this version of Home Assistant")
    parser.add_argument("--port", type=int, help=f"of Home Assistant (default {PORT}, or a free one)")
    parser.add_argument("--activity", type=float, default=20, help="how much faster than life people live (default 20)")
    parser.add_argument("--keep", action="store_true", help="go on with the Home Assistant of the last run with --keep")
    parser.add_argument(
        "--without-push", action="store_true", help="no external URL, so that the integration only polls"
    )
    arguments = parser.parse_args()
    if arguments.seconds is not None and not 0 < arguments.seconds < math.inf:
        parser.error("--seconds must be positive")
    return arguments


class Demo:
    """One run, from nothing to the verdict."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Prepare; nothing is started."""
        self._arguments = arguments
        self._screen = Screen()
        self._folder = HomeFolder(FOLDER / "home-assistant")
        self._identity: Identity
        self._begun = time.monotonic()
        self._set_up_in = 0.0

    async def run(self) -> int:
        """Start everything, show it, end it; returns the exit code."""
        arguments = self._arguments
        async with AsyncExitStack() as ending:
            with self._screen.steps(5) as steps:
                stage = await self._start(ending, steps)
            self._set_up_in = time.monotonic() - self._begun
            await self._show(stage)
            if arguments.seconds is None:
                return 0
            judgement = await self._judge(stage)
        # Home Assistant has ended and written everything by now.
        return self._sum_up(stage, judgement)

    async def _start(self, ending: AsyncExitStack, steps: Steps) -> Stage:
        """Start the simulator and Home Assistant and introduce them to each other."""
        arguments, folder = self._arguments, self._folder
        kept = folder.kept() if arguments.keep else None
        if kept:
            port = arguments.port or kept.port
            self._identity = Identity(
                choose_port(port, insist=True), choose_port(kept.cloud_port, insist=True), kept.client_secret
            )
        else:
            port = choose_port(arguments.port or PORT, insist=arguments.port is not None)
            self._identity = Identity.new(port, choose_port(CLOUD_PORT))
            folder.create(ROOT)
        folder.begin_trial(self._identity.port)
        session = await ending.enter_async_context(aiohttp.ClientSession())
        with steps.step(f"Starting a Butlr cloud of {arguments.rooms} rooms"):
            cloud = await Cloud.start(
                session,
                root=ROOT,
                log=FOLDER / "simulator.log",
                port=self._identity.cloud_port,
                secret=self._identity.client_secret,
                rooms=arguments.rooms,
                activity=arguments.activity,
            )
            ending.push_async_callback(cloud.child.stop)
            places = await cloud.places()
        with steps.step("Starting Home Assistant"):
            home = await Home.start(session, folder, self._identity.port, onboarded=kept is not None)
            ending.push_async_callback(home.child.stop)
        with steps.step("Logging in" if kept else "Onboarding"):
            await (home.log_in if kept else home.onboard)(self._identity)
            await home.wait_until_running()
            socket = await HomeSocket.open(session, home)
            ending.push_async_callback(socket.close)
            await socket.confirm_address(folder)
            await socket.configure(None if arguments.without_push else home.url)
        with steps.step("Waiting for Butlr" if kept else "Adding Butlr"):
            if not kept:
                await home.add_butlr(cloud.url, self._identity.client_secret)
            await home.wait_until_loaded()
            folder.keep(self._identity)
        with steps.step("Reading the states"):
            following = Following(cloud, socket)
            ending.push_async_callback(following.stop)
            await following.start()
        return Stage(cloud, home, socket, following, places)

    async def _show(self, stage: Stage) -> None:
        """Show the states as they change, until the time is over."""
        screen, following = self._screen, stage.following
        welcome = screen.welcome(stage.home.url, self._identity.user, self._identity.password, stage.cloud.url)
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
                await self._wait(stage)
            return
        with Live(console=screen.console, auto_refresh=False) as live:
            while time.monotonic() < end:
                mode = following.states.get(mode_key)
                live.update(screen.live(welcome, stage.places, following, mode, remaining()), refresh=True)
                await self._wait(stage)

    async def _wait(self, stage: Stage) -> None:
        """Let a moment pass, unless something broke."""
        for child in (stage.cloud.child, stage.home.child):
            child.check()
        stage.following.check()
        await asyncio.sleep(_FRAME)

    async def _judge(self, stage: Stage) -> Judgement:
        """Stop the people and compare until the states agree, or had enough time to."""
        following, cloud = stage.following, stage.cloud
        await cloud.pause()
        while (await cloud.deliveries()).pending:
            await self._wait(stage)
        wrong: list[Mismatch] = []
        if not self._arguments.without_push:
            wrong, compared = await self._compare(stage, _AGREE_WITH_PUSH)
            if not wrong:
                return Judgement([], [], compared)
        console = self._screen.console
        console.print("Nobody moves any more; waiting for polls to catch up …")
        deadline = time.monotonic() + _AGREE_BY_POLLING
        while True:
            await stage.home.refresh(next(iter(following.entity_ids.values())))
            mismatches, compared = await self._compare(stage, _REFRESH_EVERY)
            if not mismatches or time.monotonic() > deadline:
                still = {(mismatch.space, mismatch.what) for mismatch in mismatches}
                mended = [mismatch for mismatch in wrong if (mismatch.space, mismatch.what) not in still]
                return Judgement(mismatches, mended, compared)

    async def _compare(self, stage: Stage, seconds: float) -> tuple[list[Mismatch], int]:
        """Compare until the states agree or the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            await self._wait(stage)
            following = stage.following
            mismatches, compared = compare(await stage.cloud.truth(), following.states, following.motion_heard)
            if not mismatches or time.monotonic() > deadline:
                return mismatches, compared

    def _sum_up(self, stage: Stage, judgement: Judgement) -> int:
        """Print what came of it; returns the exit code."""
        following, identity = stage.following, self._identity
        secrets = [identity.client_secret, *self._folder.webhook_secrets()]
        faults = [str(mismatch) for mismatch in judgement.mismatches] + complaints(self._folder.log, secrets)
        received = following.deliveries.acknowledged
        if not received and not self._arguments.without_push:
            faults.append("no push was received")
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
            "Mismatches": str(len(judgement.mismatches)),
            "Mended by the next poll only": str(len(judgement.mended)),
            "Log": str(self._folder.log.relative_to(ROOT)),
        }
        self._screen.summary(
            "Failed" if faults else "All is as it should be", figures, faults, [str(item) for item in judgement.mended]
        )
        return 1 if faults else 0


async def _until_signal(work: Awaitable[int]) -> int:
    """Return the exit code of the work, or that of the signal that ended it early; clean-up always runs to its end."""
    task = asyncio.ensure_future(work)
    received: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        """End the work in order; who is impatient does not hinder that."""
        if not received:
            task.cancel()
        received.append(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        return 128 + received[0] if received else 1


def main() -> int:
    """Run the demo; returns the exit code."""
    arguments = _arguments()
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("scripts/demo: another demo runs in this checkout\n")
            return 1
        try:
            code = asyncio.run(_until_signal(Demo(arguments).run()))
        except (ChildError, HomeError, aiohttp.ClientError, TimeoutError) as error:
            sys.stderr.write(f"scripts/demo: {error or type(error).__name__}\n")
            return 1
    # Without an end of its own, Ctrl-C is how the demo is meant to end.
    return 0 if arguments.seconds is None and code == 128 + signal.SIGINT else code


if __name__ == "__main__":
    sys.exit(main())
