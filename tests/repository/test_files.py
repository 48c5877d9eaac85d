"""What Home Assistant, the Marketplace and GitHub require of a repository, checked without their servers.

Each test names the source of its rule. The real validators run in .github/workflows/validate.yml.
"""

import json
from pathlib import Path
import re
import struct
import subprocess
from typing import Any
from urllib.parse import urlparse

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.util.yaml import parse_yaml
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "custom_components" / "butlr"
MANIFEST: dict[str, Any] = json.loads((PACKAGE / "manifest.json").read_text())
ENGLISH: dict[str, Any] = json.loads((PACKAGE / "translations" / "en.json").read_text())
HACS: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text())
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")

# Hosts of package registries, and the folder this was written in; as patterns, so that this file does not match.
FORBIDDEN = re.compile(rb"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|[/]work/")
ALLOWED_AT_THE_TOP = {
    ".ci",
    ".devcontainer",
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".typings",
    "blueprints",
    "LICENSE",
    "README.md",
    "custom_components",
    "docs",
    "frontend",
    "hacs.json",
    "pyproject.toml",
    "requirements.lock",
    "scripts",
    "tests",
}


def files() -> list[str]:
    """Return the files of the repository, including new ones that git does not track yet."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    if not (ROOT / ".git").exists():
        pytest.skip("this is a copy without git")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


# -- the manifest --------------------------------------------------------------------------------------------------


def test_manifest_keys_are_sorted() -> None:
    """Hassfest, manifest.py: domain and name first, then in alphabetical order."""
    first = ["domain", "name"]
    assert list(MANIFEST) == first + sorted(MANIFEST.keys() - set(first))


def test_manifest_is_complete() -> None:
    """Hassfest, manifest.py, and the HACS check `integration_manifest`."""
    hassfest = {"codeowners", "documentation", "domain", "iot_class", "name", "version"}
    assert hassfest | {"issue_tracker"} <= MANIFEST.keys()
    assert MANIFEST["domain"] == PACKAGE.name
    assert MANIFEST["iot_class"] == "cloud_push"
    assert MANIFEST["codeowners"]
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])
    for key in ("documentation", "issue_tracker"):
        url = urlparse(MANIFEST[key])
        assert url.scheme == "https"
        # That host is for Home Assistant's own integrations.
        assert url.hostname != "www.home-assistant.io"


def test_manifest_has_only_keys_that_every_hassfest_knows() -> None:
    """Hassfest, manifest.py: its schema forbids other keys."""
    known = {"after_dependencies", "config_flow", "dependencies", "integration_type", "loggers", "requirements"}
    known |= {"codeowners", "documentation", "domain", "iot_class", "issue_tracker", "name", "version"}
    assert MANIFEST.keys() <= known


def test_version_is_parsable() -> None:
    """Hassfest, manifest.py; the loader and the Marketplace reject an integration without a version."""
    strategies = [
        AwesomeVersionStrategy.CALVER,
        AwesomeVersionStrategy.SEMVER,
        AwesomeVersionStrategy.SIMPLEVER,
        AwesomeVersionStrategy.BUILDVER,
        AwesomeVersionStrategy.PEP440,
    ]
    assert AwesomeVersion(MANIFEST["version"], ensure_strategy=strategies).valid
    assert f'version = "{MANIFEST["version"]}"' in (ROOT / "pyproject.toml").read_text()


def test_texts_are_in_one_file() -> None:
    """Hassfest, translations.py: custom integrations ship translations/en.json and no strings.json."""
    assert (PACKAGE / "translations" / "en.json").is_file()
    assert not (PACKAGE / "strings.json").exists()


# -- the Marketplace -----------------------------------------------------------------------------------------------


def test_hacs_json() -> None:
    """The HACS check `hacsjson`: a name, no unknown keys, and a comparable version of Home Assistant."""
    allowed = {
        "content_in_root",
        "country",
        "filename",
        "hacs",
        "hide_default_branch",
        "homeassistant",
        "name",
        "persistent_directory",
        "render_readme",
        "zip_release",
    }
    assert HACS.keys() <= allowed
    assert HACS["name"] == MANIFEST["name"]
    least = AwesomeVersion(HACS["homeassistant"])
    assert least.valid
    tested = re.search(r'"homeassistant==([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert tested
    # The minimum version is the release that the tests run on.
    assert AwesomeVersion(tested[1]) >= least
    assert tested[1].rpartition(".")[0] == HACS["homeassistant"].rpartition(".")[0]


def test_one_integration_in_the_repository() -> None:
    """HACS, "publish an integration": one folder below custom_components."""
    assert [path.name for path in (ROOT / "custom_components").iterdir() if (path / "manifest.json").exists()] == [
        MANIFEST["domain"]
    ]


@pytest.mark.parametrize("theme", ["", "dark_"])
@pytest.mark.parametrize("kind", ["icon", "logo"])
def test_brand_images(theme: str, kind: str) -> None:
    """The HACS check `brands`, and the sizes that Home Assistant's brands repository asks for."""
    sizes = []
    for name in (f"{theme}{kind}.png", f"{theme}{kind}@2x.png"):
        image = (PACKAGE / "brand" / name).read_bytes()
        assert len(image) < 60_000
        signature, length, header = struct.unpack(">8sI4s", image[:16])
        assert (signature, length, header) == (b"\x89PNG\r\n\x1a\n", 13, b"IHDR")
        width, height, _depth, color_type = struct.unpack(">IIBB", image[16:26])
        # An alpha channel, or a palette with transparency.
        assert color_type in (4, 6) or (color_type == 3 and b"tRNS" in image)
        sizes.append((width, height))
    (width, height), doubled = sizes
    assert doubled == (2 * width, 2 * height)
    if kind == "icon":
        assert (width, height) == (256, 256)
    else:
        assert width > height
        assert 128 <= height <= 256


def test_license() -> None:
    """The HACS check `license`: one that GitHub recognizes and the OSI approves."""
    license_text = (ROOT / "LICENSE").read_text()
    assert license_text.startswith("MIT License\n\nCopyright (c) 2026 The Butlr for Home Assistant authors\n")
    assert 'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND' in license_text
    assert 'license = "MIT"' in (ROOT / "pyproject.toml").read_text()


# -- continuous integration ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_are_pinned(path: Path) -> None:
    """GitHub, "security hardening": a full commit id with its version in a comment, and minimal permissions."""
    text = path.read_text()
    used = re.findall(r"uses: *(\S+)(.*)", text)
    assert used or "run:" in text
    for action, comment in used:
        assert re.fullmatch(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # \S.*", comment), action
    workflow = parse_yaml(text)
    assert isinstance(workflow, dict)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        # test_release.py checks the job with more permissions.
        assert job["permissions"] == {"contents": "read"} or (path.stem, name) == ("release", "publish")
        assert job["timeout-minutes"]


def test_workflows_run_what_developers_run() -> None:
    """Our own: continuous integration runs scripts/test and both validators, and the validators every night."""
    assert {path.stem for path in WORKFLOWS} == {"release", "tests", "validate"}
    tests, validate = ((ROOT / ".github" / "workflows" / f"{name}.yml").read_text() for name in ("tests", "validate"))
    assert "run: .ci/run\n" in tests
    assert "home-assistant/actions/hassfest@" in validate
    assert "hacs/action@" in validate
    assert "category: integration\n" in validate
    assert "cron:" in validate
    run = ROOT / ".ci" / "run"
    assert run.stat().st_mode & 0o111
    assert re.search(r"^exec scripts/test$", run.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms(path: Path) -> None:
    """GitHub, "syntax for issue forms": name, description and a body whose fields have unique ids."""
    form = parse_yaml(path.read_text())
    assert isinstance(form, dict)
    assert form["name"]
    assert form["description"]
    fields = {field["id"]: field for field in form["body"] if field["type"] != "markdown"}
    assert len(fields) == sum(field["type"] != "markdown" for field in form["body"])
    assert all(field["attributes"]["label"] for field in fields.values())
    assert {"version", "home-assistant"} <= fields.keys()
    if path.stem == "bug":
        assert {"happened", "diagnostics", "logs"} <= fields.keys()


# -- every file ----------------------------------------------------------------------------------------------------


def test_files_name_no_foreign_machine() -> None:
    """Our own: nothing refers to the machines that this was written on."""
    assert not {name: match[0] for name in files() if (match := FORBIDDEN.search((ROOT / name).read_bytes()))}


def test_the_top_level_is_tidy() -> None:
    """Our own: the top level has only files and folders that everybody expects."""
    top = {name.partition("/")[0] for name in files()}
    assert top <= ALLOWED_AT_THE_TOP
