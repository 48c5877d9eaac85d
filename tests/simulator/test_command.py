"""The simulator as a program."""

from collections.abc import Iterator
import contextlib
import json
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any
import urllib.request

import pytest

ROOT = Path(__file__).parents[2]


def command(*arguments: str) -> list[str]:
    """Return the command line."""
    return [sys.executable, "-m", "tests.simulator", *arguments]


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a lively simulator; yields the program and its URL."""
    line = command("--port", "0", "--rooms", "5", "--activity", "200", "--client-secret", "s", *arguments)
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:  # noqa: S603
        try:
            assert program.stdout is not None
            yield program, program.stdout.readline().strip().removeprefix("Butlr simulator: ")
        finally:
            program.kill()


def ask(url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the answer of the control interface; a body is posted."""
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        content: dict[str, Any] = json.load(answer)
        return content


def test_runs_until_told_to_stop(socket_enabled: None) -> None:
    """It prints its URL, people live, and it stops cleanly."""
    with running() as (program, url):
        assert url.startswith("http://127.0.0.1:")
        assert len(ask(f"{url}/_sim/truth")["spaces"]) == 1 + 2 + 5 + 4
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0


def test_remembers_through_a_kill(socket_enabled: None, tmp_path: Path) -> None:
    """Subscriptions outlive the process; so do the people, who went on meanwhile."""
    state = tmp_path / "state.json"

    def crossings(url: str) -> dict[str, int]:
        """Return how many crossings every space has seen today."""
        spaces = ask(f"{url}/_sim/truth")["spaces"]
        return {key: (space["entries_today"] or 0) + (space["exits_today"] or 0) for key, space in spaces.items()}

    with running("--state", str(state)) as (program, url):
        made = ask(f"{url}/_sim/webhooks", {"event_types": ["TRAFFIC"]})
        seen = crossings(url)
        while (before := crossings(url)) == seen:
            pass
        program.kill()
    with running("--state", str(state)) as (_, url):
        assert ask(f"{url}/_sim/webhooks")["webhooks"] == [made]
        after = crossings(url)
        assert after.keys() == before.keys()
        assert all(after[key] >= before[key] for key in after)
    state.unlink()
    with running("--state", str(state)) as (_, url):
        assert ask(f"{url}/_sim/webhooks")["webhooks"] == []


@pytest.mark.parametrize("arguments", [("--host", "0.0.0.0"), ("--rooms", "5001")])  # noqa: S104
def test_refuses(arguments: tuple[str, str]) -> None:
    """Other machines are let in only when that is said."""
    done = subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    assert done.returncode == 2
    assert done.stdout == ""
