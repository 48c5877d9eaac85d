"""A real MQTT broker (Mosquitto) as a child process."""

import asyncio
import getpass
import os
from pathlib import Path
import shutil
import socket
import time
from typing import Self

from .child_process import ChildProcess, ProcessError, choose_port

START_TIMEOUT = 30.0
# Where scripts/setup unpacks Debian's packages; below it are the programs and the libraries that the machine lacks.
UNPACKED = Path(__file__).parents[3] / ".tools" / "mosquitto"
# Debian installs it where only administrators look for programs.
_PATHS = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin"
_CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
user {user}
"""


def mosquitto_command() -> list[str]:
    """Return the command that starts Mosquitto; raise ProcessError with what to do if there is none."""
    program = UNPACKED / "usr" / "sbin" / "mosquitto"
    if "MOSQUITTO" not in os.environ and program.exists():
        libraries = os.pathsep.join({str(library.parent) for library in sorted(UNPACKED.rglob("lib*.so.*"))})
        return ["env", f"LD_LIBRARY_PATH={libraries}", str(program)]
    if found := shutil.which(os.environ.get("MOSQUITTO", "mosquitto"), path=_PATHS):
        return [found]
    raise ProcessError(
        "Mosquitto not found; run scripts/setup, install it (Debian: apt-get install mosquitto), or set MOSQUITTO to "
        "the path of it"
    )


def write_configuration(folder: Path, port: int) -> list[str]:
    """Configure a broker that keeps nothing when it ends; return the command that starts it."""
    configuration = folder / "mosquitto.conf"
    configuration.write_text(_CONFIGURATION.format(port=port, user=getpass.getuser()))
    return [*mosquitto_command(), "-c", str(configuration)]


class BrokerProcess:
    """A running broker."""

    def __init__(self, child: ChildProcess, port: int) -> None:
        """Use a broker at a port of this machine."""
        self.child = child
        self.port = port

    @classmethod
    async def start(cls, folder: Path, port: int | None = None) -> Self:
        """Start a broker in a folder, and wait until it accepts connections."""
        port = port or choose_port(0)
        command = write_configuration(folder, port)
        child = await ChildProcess.start("Mosquitto", command, folder, folder / "mosquitto.log")
        deadline = time.monotonic() + START_TIMEOUT
        while not accepts_connections(port):
            child.check()
            if time.monotonic() > deadline:
                await child.stop()
                raise ProcessError("Mosquitto does not start")
            await asyncio.sleep(0.05)
        return cls(child, port)


def accepts_connections(port: int) -> bool:
    """Return whether something listens at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
