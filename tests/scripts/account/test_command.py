"""The command line: what it refuses, and a user at a real terminal."""

import asyncio
import json
import os
from pathlib import Path
import pty
import shutil
import signal
import subprocess
import sys

import pytest

from custom_components.butlr.api.client import DEFAULT_BASE_URL
from scripts.lib.account.__main__ import main
from scripts.lib.account.arguments import BASE_URL, arguments
from scripts.lib.account.catalogue import CHECKS
from scripts.lib.processes.signals import until_signal

from .conftest import Visit

ROOT = Path(__file__).parents[3]


def test_arguments() -> None:
    """Without arguments it uses Butlr's address, runs every check and creates nothing."""
    found = arguments([])
    assert (found.base_url, found.webhook, list(found.only)) == (DEFAULT_BASE_URL, None, [])
    assert BASE_URL == DEFAULT_BASE_URL
    assert arguments(["--base-url", "http://127.0.0.1:8900/"]).base_url == "http://127.0.0.1:8900"
    given = ["--base-url", "http://localhost:1", "--webhook", "http://localhost:2/x", "--listen", "2"]
    assert arguments(given).webhook == "http://localhost:2/x"


@pytest.mark.parametrize(
    "given",
    [
        ("--base-url", "http://api.butlr.io"),
        ("--base-url", "https://name@api.butlr.io"),
        ("--base-url", "https://"),
        ("--webhook", "http://example.com/hook"),
        ("--webhook", "example.com"),
        ("--listen", "8099"),
        ("--webhook", "https://example.com", "--listen", "70000"),
        ("--client-secret", "x"),
    ],
)
def test_refuses(given: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Addresses that would send a secret unencrypted, malformed addresses, and secrets as arguments are refused."""
    with pytest.raises(SystemExit) as ended:
        arguments(given)
    assert ended.value.code == 2


def test_lists(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The list of checks needs no account."""
    monkeypatch.setattr(sys, "argv", ["account", "--list"])
    assert main() == 0
    assert len(capsys.readouterr().out.splitlines()) == len(CHECKS)


def test_refuses_what_is_no_check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """For an unknown check, the command says how to list them before it asks for a secret."""
    monkeypatch.setattr(sys, "argv", ["account", "--only", "nonsense"])
    assert main() == 2
    assert "unknown check nonsense; --list" in capsys.readouterr().err


def test_needs_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Secrets are typed, not piped."""
    monkeypatch.setattr(sys, "argv", ["account"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main() == 1
    assert "needs a terminal" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "code"), [("--help", 0), ("--webhook=ftp://example.com", 2)])
def test_needs_no_set_up(tmp_path: Path, given: str, code: int) -> None:
    """Help and mistakes in the arguments are shown in a checkout that is not set up."""
    for name in ("account", "lib/account"):
        source, copy = ROOT / "scripts" / name, tmp_path / "scripts" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy) if source.is_file() else shutil.copytree(source, copy)
    done = subprocess.run([tmp_path / "scripts" / "account", given], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == code, done.stderr
    assert "--webhook" in done.stdout + done.stderr
    assert not (tmp_path / ".venv").exists()


class _Typist:
    """A user at a terminal of the command; use it in a thread, since the simulator needs the event loop."""

    def __init__(self, folder: Path, *given: str) -> None:
        """Start the command."""
        self._terminal, inner = pty.openpty()
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "scripts.lib.account", *given],
            cwd=folder,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=environment,
            start_new_session=True,
        )
        os.close(inner)
        self.screen = ""

    def type_after(self, prompt: str, text: str) -> None:
        """Wait for a prompt, then type."""
        self.read_until(prompt)
        os.write(self._terminal, f"{text}\n".encode())

    def read_until(self, text: str) -> None:
        """Wait until a text is shown."""
        while text not in self.screen and self._read():
            pass

    def read_to_the_end(self) -> int:
        """Wait until the command ends; return its exit code."""
        while self._read():
            pass
        os.close(self._terminal)
        return self.child.wait(10)

    def _read(self) -> bool:
        try:
            self.screen += (content := os.read(self._terminal, 4096)).decode()
        except OSError:
            return False
        return bool(content)


async def test_at_a_terminal(visit: Visit, tmp_path: Path) -> None:
    """The command hides what is typed; after Ctrl-C it leaves no webhook and keeps what was found."""
    person = await visit()
    simulator = person.simulator

    def work() -> None:
        url = "http://127.0.0.1:9/x"
        typist = _Typist(tmp_path, "--base-url", simulator.url, "--only", "token_life", "--webhook", url)
        typist.type_after("Client id: ", simulator.client_id)
        typist.type_after("Client secret: ", simulator.client_secret)
        typist.type_after("to continue: ", "yes")
        typist.read_until("[webhook 1/")
        # Press Ctrl-C twice, since a second one must not interrupt the clean-up; the command may have ended by then.
        typist.child.send_signal(signal.SIGINT)
        typist.child.send_signal(signal.SIGINT)
        assert typist.read_to_the_end() in (0, 128 + signal.SIGINT)
        assert "token_life: 3666 s" in typist.screen
        assert simulator.client_secret not in typist.screen

    await asyncio.to_thread(work)
    assert simulator.webhooks == []
    report = json.loads((tmp_path / "butlr-account-report.json").read_text())
    assert [check["name"] for check in report["checks"]][:2] == ["token_life", "trial.create"]


async def test_signals() -> None:
    """The exit code tells whether the work completed or which signal ended it."""

    async def work(seconds: float) -> None:
        await asyncio.sleep(seconds)

    assert await until_signal(work(0)) == 0
    asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), signal.SIGTERM)
    assert await until_signal(work(60)) == 128 + signal.SIGTERM


def test_says_why_it_cannot(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A user who cannot log in is told why, and nothing else."""
    monkeypatch.setattr(sys, "argv", ["account", "--base-url", "http://127.0.0.1:9"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: "typed-secret")
    monkeypatch.chdir(tmp_path)
    assert main() == 1
    shown = capsys.readouterr()
    assert "Cannot log in at http://127.0.0.1:9" in shown.err
    assert "typed-secret" not in shown.err + shown.out
