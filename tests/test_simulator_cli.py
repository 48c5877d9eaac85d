"""The simulator as a program."""

import json
from pathlib import Path
import signal
import subprocess
import sys
import urllib.request

import pytest

ROOT = Path(__file__).parent.parent


def command(*arguments: str) -> list[str]:
    """Return the command line."""
    return [sys.executable, "-m", "tests.simulator", *arguments]


def test_runs_until_told_to_stop(socket_enabled: None) -> None:
    """It prints its URL, people live, and it stops cleanly."""
    arguments = command("--port", "0", "--rooms", "5", "--activity", "200", "--client-secret", "s")
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:  # noqa: S603
        assert program.stdout is not None
        url = program.stdout.readline().strip().removeprefix("Butlr simulator: ")
        assert url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{url}/_sim/truth") as answer:  # noqa: S310
            spaces = json.load(answer)["spaces"]
        assert len(spaces) == 1 + 2 + 5 + 4
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0


@pytest.mark.parametrize("arguments", [("--host", "0.0.0.0"), ("--rooms", "5001")])  # noqa: S104
def test_refuses(arguments: tuple[str, str]) -> None:
    """Other machines are let in only when that is said."""
    done = subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    assert done.returncode == 2
    assert done.stdout == ""
