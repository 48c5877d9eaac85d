"""How the commands are laid out in the repository."""

from pathlib import Path
import subprocess

import pytest

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
    assert with_python == folders - SHARED == {"account", "bench", "demo", "history", "screenshots"}
    for name in with_python:
        assert f"-m scripts.lib.{name} " in f"{commands[name]} ".replace("\n", " ")
