"""The demo before the set-up: its help, its arguments, and the configuration folder of Home Assistant."""

import ast
import os
from pathlib import Path
import shutil
import subprocess
import sys

from homeassistant.util.yaml import Secrets, load_yaml_dict
import pytest

from scripts.lib.demo.arguments import read
from scripts.lib.demo.terminal import Terminal
from scripts.lib.processes.config_folder import CLIENT_ID, ConfigFolder, Identity
from tests.helpers.open_readings import READINGS
from tests.simulator import Settings

ROOT = Path(__file__).parents[2]
# Files that run before the set-up.
PACKAGES_BEFORE_SET_UP = (
    "scripts/lib/demo/__init__.py",
    "scripts/lib/demo/arguments.py",
    "tests/__init__.py",
    "tests/helpers/__init__.py",
)
RUN_BEFORE_SET_UP = (*PACKAGES_BEFORE_SET_UP, "tests/helpers/open_readings.py")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout without a set-up, whose `scripts/setup` prints a line and fails."""
    for name in ("scripts/demo", *RUN_BEFORE_SET_UP):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    # The machine's own Python may have no packages.
    for name, line in (("scripts/setup", "echo SET-UP; exit 99"), ("bin/python3", f'exec {sys.executable} -S "$@"')):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{line}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def demo(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `scripts/demo` in a checkout."""
    environment = {**os.environ, "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}", "COLUMNS": "200"}
    command = ["bash", str(checkout / "scripts" / "demo"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_needs_no_set_up(checkout: Path, option: str) -> None:
    """The help lists every reading and its values."""
    run = demo(checkout, option)
    assert (run.returncode, run.stderr) == (0, "")
    assert "SET-UP" not in run.stdout
    for name, values in READINGS.items():
        assert f"  {name} " in run.stdout
        assert f"  {', '.join(values)}\n" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--reading", "traffic_lable=end"], "unknown reading 'traffic_lable'. Readings:"),
        (["--reading", "traffic_label=middle"], "traffic_label must be one of end, start, not 'middle'"),
        (["--reading", "traffic_label"], "traffic_label must be one of end, start, not empty"),
        (["--reading", "refusal=400", "--reading", "refusal=422"], "--reading sets refusal more than once"),
        (["--seconds", "-1"], "--seconds must be positive"),
        (["--home", "2026.11.0"], "unrecognized arguments"),
    ],
)
def test_an_invalid_argument_needs_no_set_up(checkout: Path, arguments: list[str], message: str) -> None:
    """An invalid argument is refused with the valid ones, before the set-up takes minutes."""
    run = demo(checkout, *arguments)
    assert run.returncode == 2
    assert message in run.stderr
    assert "SET-UP" not in run.stdout


def test_valid_arguments_start_the_set_up(checkout: Path) -> None:
    """Valid arguments go on to the set-up."""
    run = demo(checkout, "--reading", "refusal=400", "--rooms", "5")
    assert (run.returncode, run.stdout) == (99, "SET-UP\n")


@pytest.mark.parametrize("name", RUN_BEFORE_SET_UP)
def test_files_before_the_set_up_are_old_python(name: str) -> None:
    """The machine's Python may be as old as 3.11."""
    ast.parse((ROOT / name).read_text(), feature_version=(3, 11))


@pytest.mark.parametrize("given", [["--reading", "dead_rows=none", "--reading", "minute_suffix=1M"], []])
def test_readings_are_settings(given: list[str]) -> None:
    """The simulator accepts every reading, also with --restarts."""
    readings = dict(read([*given, "--restarts", "1"]).reading)
    assert len(readings) == len(given) / 2
    settings = Settings()
    settings.update(readings)
    assert all(getattr(settings, name) == value for name, value in readings.items())


def test_every_reading_is_a_setting() -> None:
    """The first value of each reading is the default of the setting."""
    settings = Settings()
    assert {name: getattr(settings, name) for name in READINGS} == {
        name: values[0] for name, values in READINGS.items()
    }


def test_the_welcome_contains_everything_to_add_the_integration(capsys: pytest.CaptureFixture[str]) -> None:
    """URLs, account, client id and client secret are each in one line, so that they can be copied."""
    identity = Identity.new(8123, 8900)
    terminal = Terminal()
    terminal.console.print(terminal.welcome("http://127.0.0.1:8123", "http://127.0.0.1:8900", identity))
    shown = capsys.readouterr().out
    for text in (
        "http://127.0.0.1:8123",
        "http://127.0.0.1:8123/butlr",
        "http://127.0.0.1:8900",
        identity.password,
        CLIENT_ID,
        identity.client_secret,
    ):
        assert text in shown


def test_the_editors_have_files(tmp_path: Path) -> None:
    """Home Assistant includes the files that its editors write; existing ones are kept."""
    folder = ConfigFolder(tmp_path / "home-assistant")
    folder.create(ROOT)
    folder.begin_trial(8123)
    secrets = Secrets(folder.path)
    read_in = load_yaml_dict(str(folder.path / "configuration.yaml"), secrets)
    assert {key: read_in[key] or None for key in ("automation", "script", "scene")} == {
        "automation": None,
        "script": None,
        "scene": None,
    }
    (folder.path / "automations.yaml").write_text('- id: "1"\n  triggers: []\n  actions: []\n')
    folder.begin_trial(8123)
    assert load_yaml_dict(str(folder.path / "configuration.yaml"), secrets)["automation"] == [
        {"id": "1", "triggers": [], "actions": []}
    ]
