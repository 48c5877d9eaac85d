"""Run the simulator from the command line."""

import argparse
import asyncio
from collections.abc import Sequence
import contextlib
import ipaddress
import logging
from pathlib import Path
import signal
import sys

from .memory import Memory
from .simulator import Simulator

_LOGGER = logging.getLogger(__name__)


def _arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--rooms", type=int, default=5, help="5 to 5000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--client-id", default="demo")
    parser.add_argument("--client-secret", default="demo-secret")
    parser.add_argument("--activity", type=float, default=1, help="how much faster than life people live")
    parser.add_argument("--pir-hold", type=float, help="seconds until a room without people is without motion")
    parser.add_argument("--empty", action="store_true", help="begin with nobody inside")
    parser.add_argument("--paused", action="store_true", help="nobody moves until told to")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="remember subscriptions and people there, through a kill too"
    )
    parser.add_argument("--allow-remote", action="store_true", help="listen on an address that others can reach")
    parser.add_argument("--log-level", default="WARNING")
    arguments = parser.parse_args(given)
    if not 1 <= arguments.rooms <= 5000:
        parser.error("--rooms must be between 1 and 5000")
    if not arguments.allow_remote and not _is_loopback(arguments.host):
        parser.error(f"{arguments.host} is not a loopback address; say --allow-remote if that is meant")
    return arguments


def _is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _serve(arguments: argparse.Namespace) -> None:
    """Run until a signal arrives."""
    hold = arguments.pir_hold
    if hold is None:
        # People who live twenty times as fast should not leave rooms in motion for half a minute.
        hold = 30 if arguments.activity <= 1 else max(3.0, 30 / arguments.activity)
    simulator = Simulator(
        arguments.rooms,
        arguments.seed,
        populated=not arguments.empty,
        client_id=arguments.client_id,
        client_secret=arguments.client_secret,
        memory=Memory.load(arguments.state) if arguments.state else None,
        activity=arguments.activity,
        pir_hold=hold,
    )
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    await simulator.start(port=arguments.port, host=arguments.host, running=not arguments.paused)
    sys.stdout.write(f"Butlr simulator: {simulator.url}\n")
    sys.stdout.flush()
    await stopping.wait()
    _LOGGER.info("Stopping")
    await simulator.stop()


def main() -> None:
    """Run the simulator."""
    arguments = _arguments()
    logging.basicConfig(level=arguments.log_level.upper())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments))


if __name__ == "__main__":
    main()
