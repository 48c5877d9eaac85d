"""The checks of the bundle: it is what the sources build, and small enough."""

import os
from pathlib import Path
import shutil
import subprocess

import pytest

ROOT = Path(__file__).parents[2]
# Instead of npm: "builds" by copying the sources, so that these tests do not need Node.js.
NPM = """\
case "$*" in
    *build*) cp src/main.ts "${@: -1}/butlr.js" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout whose bundle is what its sources build."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "frontend", tmp_path / "scripts" / "frontend")
    for name, content in (("scripts/setup", ""), (".venv/bin/npm", NPM)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{content}")
        (tmp_path / name).chmod(0o755)
    for name in ("frontend/src/main.ts", "custom_components/butlr/frontend/butlr.js"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("small")
    return tmp_path


def check(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `scripts/frontend` in a checkout."""
    command = ["bash", str(checkout / "scripts" / "frontend"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603


def test_passes_with_the_current_bundle(checkout: Path) -> None:
    """It also prints the size, so that growth is seen before the limit is reached."""
    run = check(checkout)
    assert (run.returncode, run.stderr) == (0, "")
    assert "bytes after compression; at most 60000 are allowed" in run.stdout


def test_fails_with_an_old_bundle(checkout: Path) -> None:
    """The message says how to build it, and doing so helps."""
    (checkout / "frontend/src/main.ts").write_text("changed")
    run = check(checkout)
    assert run.returncode == 1
    assert "Run scripts/frontend --build, and commit the file" in run.stderr
    assert (checkout / "custom_components/butlr/frontend/butlr.js").read_text() == "small"
    assert check(checkout, "--build").returncode == 0
    assert (checkout / "custom_components/butlr/frontend/butlr.js").read_text() == "changed"
    assert check(checkout).returncode == 0


def test_fails_with_a_bundle_that_is_too_large(checkout: Path) -> None:
    """The limit is what must be transferred, after compression."""
    (checkout / "frontend/src/main.ts").write_text("a" * 1_000_000)
    assert check(checkout, "--build").returncode == 0
    (checkout / "frontend/src/main.ts").write_text(os.urandom(40_000).hex())
    run = check(checkout, "--build")
    assert run.returncode == 0, run.stderr
    (checkout / "frontend/src/main.ts").write_text(os.urandom(60_000).hex())
    run = check(checkout, "--build")
    assert run.returncode == 1
    assert "the bundle is too large" in run.stderr
