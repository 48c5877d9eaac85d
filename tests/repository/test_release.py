"""A release holds what it should, is made by a tag that is the version, and by nothing else."""

import hashlib
import json
from pathlib import Path
import re
import subprocess
from typing import Any
import zipfile

from homeassistant.core import HomeAssistant
from homeassistant.loader import Integration
from homeassistant.util.yaml import parse_yaml
import pytest

from scripts import release
from tests.repository.test_files import HACS, MANIFEST, PACKAGE, ROOT

WORKFLOW: Any = parse_yaml((ROOT / ".github" / "workflows" / "release.yml").read_text())
VERSION: str = MANIFEST["version"]


@pytest.fixture(autouse=True)
def _in_a_clone() -> None:
    """Do without where there is no history to take files from."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is a copy without git")


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Return a release of what is committed."""
    target = tmp_path / "butlr.zip"
    release.pack(target)
    return target


def test_what_is_in_it(packed: Path, tmp_path: Path) -> None:
    """What is committed below custom_components/butlr, without the folders above it and without anything else."""
    with zipfile.ZipFile(packed) as file:
        assert file.testzip() is None
        names = file.namelist()
        content = {name: file.read(name) for name in names}
        file.extractall(tmp_path / "custom_components" / "butlr")
    assert names == sorted(release.git("ls-tree", "-r", "--name-only", "HEAD:custom_components/butlr").decode().split())
    assert {"__init__.py", "manifest.json", "translations/en.json", "brand/icon.png", "api/client.py"} <= set(names)
    assert not [name for name in names if name.startswith(("/", "..")) or "__pycache__" in name or "\\" in name]
    assert json.loads(content["manifest.json"])["domain"] == "butlr"
    assert len(packed.read_bytes()) < 900_000


def test_home_assistant_accepts_it(hass: HomeAssistant, packed: Path, tmp_path: Path) -> None:
    """Unpacked into its folder, as the Marketplace does it, it is an integration that Home Assistant accepts."""
    folder = tmp_path / "custom_components" / "butlr"
    with zipfile.ZipFile(packed) as file:
        file.extractall(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    integration = Integration(hass, "custom_components.butlr", folder, manifest)
    assert integration.version == manifest["version"]
    assert integration.config_flow
    for path in folder.rglob("*.py"):
        compile(path.read_text(), str(path), "exec")


def test_it_can_be_repeated(packed: Path, tmp_path: Path) -> None:
    """Whoever packs the same commit gets the same bytes, so that a release can be held against its source."""
    again = tmp_path / "again.zip"
    release.pack(again)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(packed.read_bytes()).digest()


@pytest.mark.parametrize("tag", [f"v{VERSION}", f"{VERSION}.0", f"{VERSION}rc1", "9.9.9", "latest", "", f" {VERSION}"])
def test_a_tag_that_is_not_the_version(tag: str, tmp_path: Path) -> None:
    """There is no release of it, and no file."""
    target = tmp_path / "butlr.zip"
    with pytest.raises(release.ReleaseError, match=r"manifest\.json|is not a version"):
        release.check_version(tag)
    with pytest.raises(SystemExit) as stopped:
        release.main(tag, str(target))
    assert stopped.value.code not in (0, None)
    assert not target.exists()


@pytest.mark.parametrize("path", ["pyproject.toml", "README.md"])
def test_a_version_that_was_forgotten(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the version is named, it is the same."""
    committed = release.committed

    def stale(name: str) -> bytes:
        text = committed(name)
        return text.replace(VERSION.encode(), b"0.0.1") if name == path else text

    monkeypatch.setattr(release, "committed", stale)
    with pytest.raises(release.ReleaseError, match=re.escape(path)):
        release.check_version(VERSION)


def test_the_script(tmp_path: Path) -> None:
    """What the workflow runs is what anyone can run."""
    target = tmp_path / "butlr.zip"
    version = json.loads(release.committed("custom_components/butlr/manifest.json"))["version"]
    script = str(ROOT / "scripts" / "release-zip")
    right, wrong = (script, version, str(target)), (script, f"v{version}")
    done = subprocess.run(right, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603
    assert f"version {version}" in done.stdout
    assert zipfile.is_zipfile(target)
    done = subprocess.run(wrong, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 1
    assert "is not a version" in done.stderr


# -- the workflow ------------------------------------------------------------------------------------------------------


def commands(job: str) -> list[str]:
    """Return what a job runs, in order."""
    return [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]


def test_only_a_tag_releases() -> None:
    """Nothing else starts it, and a tag of any form does: a wrong one shall fail, not be passed over."""
    # YAML reads the key `on` as true.
    assert WORKFLOW.get("on", WORKFLOW.get(True)) == {"push": {"tags": ["*"]}}


def test_the_tag_is_held_against_the_version_before_anything_is_published() -> None:
    """The build fails on a wrong tag, and nothing is published unless the build and all tests succeeded."""
    assert commands("build") == ['scripts/release-zip "$GITHUB_REF_NAME"', ".ci/run"]
    assert WORKFLOW["jobs"]["publish"]["needs"] == "build"
    for job in WORKFLOW["jobs"].values():
        assert not any("continue-on-error" in step for step in job["steps"])


def test_what_is_published_is_what_is_installed() -> None:
    """The file of the release is the one that hacs.json names, built once, attested and handed over."""
    steps = [step for job in ("build", "publish") for step in WORKFLOW["jobs"][job]["steps"]]
    given = {step["uses"].partition("@")[0]: step.get("with", {}) for step in steps if "uses" in step}
    assert given["actions/upload-artifact"]["path"] == HACS["filename"] == "butlr.zip"
    assert given["actions/attest"]["subject-path"] == HACS["filename"]
    assert given["actions/download-artifact"]["name"] == given["actions/upload-artifact"]["name"]
    (publish,) = commands("publish")
    assert f'gh release create "$GITHUB_REF_NAME" {HACS["filename"]} ' in publish
    assert "--verify-tag" in publish


def test_nothing_foreign_gets_into_a_command() -> None:
    """GitHub, "security hardening": names of tags reach a shell as variables, never as text."""
    for name in WORKFLOW["jobs"]:
        assert not [command for command in commands(name) if "${{" in command]


def test_only_the_publisher_may_write() -> None:
    """The job that runs our code and its dependencies may only read."""
    rights = {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()}
    assert rights == {
        "build": {"contents": "read"},
        "publish": {"attestations": "write", "contents": "write", "id-token": "write"},
    }
    # It neither checks anything out nor runs anything of ours.
    assert not [step for step in WORKFLOW["jobs"]["publish"]["steps"] if "checkout" in step.get("uses", "")]


def test_the_marketplace_installs_releases_only() -> None:
    """Of the branch itself there is no such file, so it is not offered."""
    assert HACS["zip_release"] is True
    assert HACS["hide_default_branch"] is True
    assert PACKAGE.name == Path(HACS["filename"]).stem
