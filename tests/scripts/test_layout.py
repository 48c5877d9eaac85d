"""How the commands are laid out in the repository."""

import json
from pathlib import Path
import re
import subprocess

from homeassistant.util.yaml import parse_yaml
import pytest

from scripts.lib.demo.arguments import PORT

SCRIPTS = Path(__file__).parents[2] / "scripts"
# Python code that several commands share.
SHARED = {"processes"}
SYMBOLIC_LINK = "120000"


def test_no_symbolic_links_are_tracked() -> None:
    """A checkout on Windows and a zip file turn a link into a text file that holds its target."""
    if not (SCRIPTS.parent / ".git").exists():
        pytest.skip("this is a copy without git")
    command = ["git", "ls-files", "--stage"]
    tracked = subprocess.run(command, cwd=SCRIPTS.parent, capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert not [line for line in tracked.splitlines() if line.startswith(SYMBOLIC_LINK)]


def test_commands_and_their_folders_have_the_same_name() -> None:
    """A command that runs Python code of its own has it in the folder of its name, and every folder has a command."""
    folders = {path.name for path in (SCRIPTS / "lib").iterdir() if path.is_dir() and path.name != "__pycache__"}
    commands = {path.name: path.read_text() for path in SCRIPTS.iterdir() if path.is_file() and not path.suffix}
    with_python = {name for name, text in commands.items() if "-m scripts.lib." in text}
    assert (
        with_python == folders - SHARED == {"account", "automations", "bench", "demo", "history", "screenshots", "soak"}
    )
    for name in with_python:
        assert f"-m scripts.lib.{name} " in f"{commands[name]} ".replace("\n", " ")


def test_tools_for_contributors_run_the_same_scripts() -> None:
    """The dev container sets up with `scripts/setup`, and pre-commit checks with `scripts/lint`."""
    root = SCRIPTS.parent
    container = json.loads((root / ".devcontainer" / "devcontainer.json").read_text())
    assert container["postCreateCommand"] == "scripts/setup"
    assert container["forwardPorts"] == [PORT]
    minor = re.search(r'requires-python = ">=(3\.\d+)', (root / "pyproject.toml").read_text())
    assert minor
    assert container["image"].endswith(f":{minor[1]}")
    hooks = parse_yaml((root / ".pre-commit-config.yaml").read_text())
    assert isinstance(hooks, dict)
    assert [hook["entry"] for hook in hooks["repos"][0]["hooks"]] == ["scripts/lint"]
