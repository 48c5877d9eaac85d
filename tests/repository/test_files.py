"""What Home Assistant, the Marketplace and GitHub ask of a repository, where their own checks need their servers.

The rules are theirs; each test names where they are from. The real validators run in .github/workflows/validate.yml.
"""

from collections.abc import Iterator
import json
from pathlib import Path
import re
import struct
import subprocess
from typing import Any
from urllib.parse import urlparse

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
import hass_frontend
from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import ATTR_DEVICE_CLASS, STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.template import render_complex
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest

from custom_components.butlr.coordinator import ESTATE_INTERVAL, OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH
from custom_components.butlr.polls.traffic import TRAFFIC_INTERVAL
from custom_components.butlr.services import ACTIONS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "custom_components" / "butlr"
MANIFEST: dict[str, Any] = json.loads((PACKAGE / "manifest.json").read_text())
ENGLISH: dict[str, Any] = json.loads((PACKAGE / "translations" / "en.json").read_text())
HACS: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text())
README = (ROOT / "README.md").read_text()
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
YAML_EXAMPLES = [
    block for text in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if isinstance(block := parse_yaml(text), dict)
]

# Hosts of package registries, and the folder this was written in. As patterns this file does not contain them itself.
FORBIDDEN = re.compile(rb"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|[/]work/")
ALLOWED_AT_THE_TOP = {
    "LICENSE",
    "README.md",
    "custom_components",
    "docs",
    "hacs.json",
    "pyproject.toml",
    "requirements.lock",
    "scripts",
    "tests",
}


def files() -> list[str]:
    """Return the files of the repository, those that are yet to be added too."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    if not (ROOT / ".git").exists():
        pytest.skip("this is a copy without git")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# -- the manifest --------------------------------------------------------------------------------------------------


def test_manifest_keys_are_sorted() -> None:
    """Hassfest, manifest.py: domain, name, then alphabetical."""
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
    """Hassfest, manifest.py; the loader and the Marketplace refuse an integration without one."""
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
    """The HACS check `hacsjson`: a name, no unknown keys, and a version of Home Assistant that can be compared."""
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
    # What is promised is what is tested: the same release, any patch of it.
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
        width, height, _depth, colour = struct.unpack(">IIBB", image[16:26])
        # An alpha channel, or a palette with one: the page behind shows through.
        assert colour in (4, 6) or (colour == 3 and b"tRNS" in image)
        sizes.append((width, height))
    (width, height), doubled = sizes
    assert doubled == (2 * width, 2 * height)
    if kind == "icon":
        assert (width, height) == (256, 256)
    else:
        assert width > height
        assert 128 <= height <= 256


def test_licence() -> None:
    """The HACS check `license`: one that GitHub recognises and the OSI approves."""
    licence = (ROOT / "LICENSE").read_text()
    assert licence.startswith("MIT License\n\nCopyright (c) 2026 The Butlr for Home Assistant authors\n")
    assert 'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND' in licence
    assert 'license = "MIT"' in (ROOT / "pyproject.toml").read_text()


# -- the README ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "key"), [(platform, key) for platform, texts in ENGLISH["entity"].items() for key in texts]
)
def test_readme_names_every_entity(platform: str, key: str) -> None:
    """Quality scale, docs-supported-functions: a row of the table for each, with an example that exists."""
    name = ENGLISH["entity"][platform][key]["name"]
    row = re.search(rf"^\| {re.escape(name)} \| `({platform}\.\w+)` \|", README, re.MULTILINE)
    assert row, f"the README's table of entities lacks {name}"
    snapshot = (ROOT / "tests" / "__snapshots__" / "test_init.ambr").read_text()
    assert f"'entity_id': '{row[1]}'," in snapshot


def test_readme_explains_every_field() -> None:
    """Quality scale, docs-configuration-parameters and docs-installation-parameters."""
    for name in ("user", "spaces"):
        step = ENGLISH["config"]["step"][name]
        assert step["title"] in README
        for part in (step, *step.get("sections", {}).values()):
            for label in part["data"].values():
                assert label in README, f"the README does not explain {label}"


async def test_readme_explains_every_action(hass: HomeAssistant) -> None:
    """Quality scale, docs-actions: a section for each, with every field of it and a call that the action accepts."""
    for action in ACTIONS:
        title = ENGLISH["services"][action.name]["name"]
        section = README.partition(f"\n### {title}\n")[2].partition("\n### ")[0]
        assert f"`butlr.{action.name}`" in section
        for field in action.fields:
            assert f"`{field}" in section, f"{title} does not explain {field}"
        calls = [block for block in YAML_EXAMPLES if block.get("action") == f"butlr.{action.name}"]
        assert calls, title
        for call in calls:
            action.schema(render_complex(cv.template_complex({**call.get("target", {}), **call["data"]})))


def test_readme_tells_the_intervals() -> None:
    """Quality scale, docs-data-update: what is written is what is done."""
    assert f"polled every {OCCUPANCY_INTERVAL.seconds} seconds; every 5 minutes in the mode `push`" in README
    assert OCCUPANCY_INTERVAL_WITH_PUSH.seconds == 5 * 60
    assert f"| polled every {TRAFFIC_INTERVAL.seconds // 60} minutes; each crossing at once" in README
    assert f"| polled every {ESTATE_INTERVAL.seconds // 60} minutes |" in README


def test_readme_names_what_is_needed() -> None:
    """Our own: the commands, the version and the addresses are those of the repository."""
    assert "`scripts/demo`" in README
    assert "`scripts/test`" in README
    assert f"**{HACS['homeassistant'].rpartition('.')[0]}**" in README
    assert f"version {MANIFEST['version']}" in README
    owner, repository = urlparse(MANIFEST["documentation"]).path.strip("/").split("/")
    assert f"hacs_repository/?owner={owner}&repository={repository}&category=integration" in README
    assert f"config_flow_start/?domain={MANIFEST['domain']}" in README


def test_readme_names_the_menus() -> None:
    """Our own: a way through the menus is one of Home Assistant's interface, but for what is of 2026.11 alone."""
    folder = Path(next(iter(hass_frontend.__path__))) / "static" / "translations"
    texts = [text for path in folder.rglob("en-*.json") for text in walk(json.loads(path.read_text()))]
    ways = re.findall(r"\*\*Settings\*\*(?:, \*\*[^*]+\*\*)+", README)
    assert len(ways) > 10
    named = {name for way in ways for name in re.findall(r"\*\*([^*]+)\*\*", way)}
    assert named - set(texts) == {"Butlr", "Marketplace", "Add from link"}


def walk(node: Any) -> Iterator[str]:
    """Yield every text of a tree."""
    if isinstance(node, dict):
        for child in node.values():
            yield from walk(child)
    else:
        yield node


def test_links_lead_somewhere() -> None:
    """Our own: files and headings that the README links to exist, and GitHub links stay in this repository."""
    targets = set(re.findall(r"\]\(([^)\s]+)\)", README) + re.findall(r'(?:src|srcset|href)="([^"]+)"', README))
    assert targets
    for target in targets:
        if target.startswith("#"):
            assert target[1:] in anchors(README), target
        elif target.startswith("https://github.com/"):
            assert target.startswith(MANIFEST["documentation"]), target
        elif not target.startswith(("https://", "http://127.0.0.1")):
            assert (ROOT / target).is_file(), target


def test_pictures() -> None:
    """The Marketplace's frontend: it finds Markdown's pictures beside the README, and shows other tags as text."""
    pictures = re.findall(r"!\[([^\]]*)\]\((docs/images/[^)]+)\)", README)
    assert all(alternative for alternative, _ in pictures)
    assert sorted(target for _, target in pictures) == [name for name in files() if name.startswith("docs/images/")]
    assert not re.search(r"<(?:p|picture|source|img)\b", README)
    for _, target in pictures:
        picture = (ROOT / target).read_bytes()
        width, _ = struct.unpack(">II", picture[16:24])
        assert width <= 1280, target
        assert len(picture) < 120_000, target


async def test_examples_are_valid_automations(hass: HomeAssistant) -> None:
    """Quality scale, docs-examples: Home Assistant takes each as it stands, in the current syntax, and it works."""
    automations = [example for example in YAML_EXAMPLES if "triggers" in example]
    assert len(automations) >= 4
    for automation in automations:
        assert automation.keys() <= {"alias", "triggers", "conditions", "actions", "mode"}
    # So that the test need not wait.
    automations[0]["triggers"][1]["for"] = "00:00:00"
    called: list[tuple[str, Any]] = []

    async def remember(call: ServiceCall) -> None:
        called.append((call.service, call.data["entity_id"]))

    for action in ("turn_on", "turn_off"):
        hass.services.async_register("light", action, remember)
    room, occupancy = "binary_sensor.boardroom_occupancy", {ATTR_DEVICE_CLASS: BinarySensorDeviceClass.OCCUPANCY}
    hass.states.async_set(room, STATE_OFF, occupancy)
    assert await async_setup_component(hass, "occupancy", {})
    assert await async_setup_component(hass, "automation", {"automation": automations})
    await hass.async_block_till_done()
    # One that is not valid is unavailable.
    assert [state.state for state in hass.states.async_all("automation")] == ["on"] * len(automations)

    for state in (STATE_ON, STATE_UNAVAILABLE, STATE_OFF):
        hass.states.async_set(room, state, occupancy)
        await hass.async_block_till_done()
    assert called == [("turn_on", ["light.boardroom"]), ("turn_off", ["light.boardroom"])]

    # Their timers would outlive the test.
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


# -- continuous integration ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_are_pinned(path: Path) -> None:
    """GitHub, "security hardening": a full commit id, its version beside it, and no more rights than needed."""
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
        # What may write more is looked at in tests/test_release.py.
        assert job["permissions"] == {"contents": "read"} or (path.stem, name) == ("release", "publish")
        assert job["timeout-minutes"]


def test_workflows_run_what_developers_run() -> None:
    """Our own: one way to test, and both validators, every night too."""
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
    """Our own: nothing may depend on, or tell of, the machines that this was written on."""
    assert not {name: match[0] for name in files() if (match := FORBIDDEN.search((ROOT / name).read_bytes()))}


def test_the_top_level_is_tidy() -> None:
    """Our own: who opens the repository sees what it is."""
    top = {name.partition("/")[0] for name in files()}
    assert {name for name in top if not name.startswith(".")} <= ALLOWED_AT_THE_TOP
