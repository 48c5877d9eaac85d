"""README.md and docs/ agree with the code, and every link leads to something that exists.

Tests that compare texts with the code read all documents together, so that a text can move from one page to another.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
import json
from pathlib import Path
import re
import struct
from typing import Any
from urllib.parse import urlparse

import hass_frontend
from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import ATTR_DEVICE_CLASS, STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import config_validation as cv, issue_registry as ir
from homeassistant.helpers.template import render_complex
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.butlr.condition import CONDITIONS
from custom_components.butlr.const import DOMAIN
from custom_components.butlr.coordinator import ESTATE_INTERVAL, OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH
from custom_components.butlr.issues import issue as issues
from custom_components.butlr.polls.traffic import TRAFFIC_INTERVAL
from custom_components.butlr.services import ACTIONS
from custom_components.butlr.trigger import TRIGGERS
from tests.helpers.open_readings import READINGS
from tests.repository.test_files import ENGLISH, HACS, MANIFEST, PACKAGE, ROOT, files
from tests.repository.test_layers import LAYERS
from tests.simulator import Settings

# Every document, by its path in the repository; the README first.
DOCUMENTS: dict[str, str] = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (
        ROOT / "README.md",
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / ".github").glob("*.md")),
        ROOT / "tests" / "simulator" / "README.md",
    )
    if path.exists()
}
README = DOCUMENTS["README.md"]
TEXT = "\n".join(DOCUMENTS.values())
YAML_EXAMPLES = [
    block for text in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if isinstance(block := parse_yaml(text), dict)
]
MAX_README_LINES = 250
# Where GitHub shows a file of the repository.
BLOB = f"{MANIFEST['documentation']}/blob/main/"
# Pages of the repository that GitHub makes itself.
GITHUB_PAGES = {"", "/issues", "/issues/new/choose", "/releases", "/security/advisories/new"}


def anchors(text: str) -> Counter[str]:
    """Return the anchors that GitHub derives from the headings of a page, and how often each occurs."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    titles = [re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", heading) for heading in headings]
    return Counter(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)


def links(text: str) -> set[str]:
    """Return the targets of the links and pictures of a Markdown page."""
    without_code = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return set(re.findall(r"\]\(([^)\s]+)\)", without_code))


def problem(link: str, page: str = "README.md") -> str | None:
    """Return why a link on a page leads nowhere, or None."""
    if link.startswith(MANIFEST["documentation"]):
        if not link.startswith(BLOB):
            path, _, anchor = link.removeprefix(MANIFEST["documentation"]).partition("#")
            if path not in GITHUB_PAGES:
                return "not a page of this repository"
            return None if not anchor or anchor in anchors(README) else "no such heading in README.md"
        path, _, anchor = link.removeprefix(BLOB).partition("#")
    elif urlparse(link).scheme:
        return "not this repository" if link.startswith("https://github.com/") else None
    else:
        path, _, anchor = link.partition("#")
        path = str((ROOT / page).parent.joinpath(path).resolve().relative_to(ROOT)) if path else page
    if not (ROOT / path).is_file():
        return "no such file"
    if not anchor:
        return None
    found = anchors((ROOT / path).read_text())[anchor]
    return None if found == 1 else f"{found} such headings"


def section(title: str) -> str:
    """Return the text below a heading, up to the next heading of its level or above."""
    for text in DOCUMENTS.values():
        if found := re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE):
            rest = text[found.end() :]
            end = re.search(
                rf"^#{{1,{len(found[1])}}} ", re.sub(r"```.*?```", _blank, rest, flags=re.DOTALL), re.MULTILINE
            )
            return rest[: end.start()] if end else rest
    raise AssertionError(f"no document has the heading {title}")


def _blank(code: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", code[0])


def row(name: str) -> str:
    """Return the only table row that begins with a name."""
    (found,) = re.findall(rf"^\| {re.escape(name)} \|.*$", TEXT, re.MULTILINE)
    return str(found)


# -- links -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", DOCUMENTS)
def test_links_lead_somewhere(page: str) -> None:
    """Relative links lead to files and headings that exist, and links to GitHub stay in this repository."""
    problems = {link: found for link in links(DOCUMENTS[page]) if (found := problem(link, page))}
    assert problems == {}


def test_links_that_lead_nowhere_are_noticed() -> None:
    """The check above fails for what it is about."""
    assert problem("docs/updates.md#push") is None
    assert problem("../README.md#install", "docs/updates.md") is None
    assert problem(f"{BLOB}docs/updates.md#push") is None
    for link in (
        "#nothing",
        "docs/nothing.md",
        "docs/updates.md#nothing",
        "updates.md",
        f"{BLOB}docs/updates.md#nothing",
        f"{BLOB}docs/nothing.md",
        f"{MANIFEST['documentation']}#nothing",
        f"{MANIFEST['documentation']}/wiki",
        "https://github.com/butlr/other",
    ):
        assert problem(link), link
    assert anchors("# A\n## B `c`, d\n```\n# no heading\n```\n## A")["a"] == 2
    assert anchors("## What's [new](x.md)?") == {"whats-new": 1}


def test_every_page_is_found_from_the_readme() -> None:
    """The README links to every page."""
    linked = {link.partition("#")[0] for link in links(README)}
    assert set(DOCUMENTS) - linked <= {"README.md", ".github/pull_request_template.md"}


@pytest.mark.parametrize("issue", issues.Issue)
def test_learn_more_leads_somewhere(hass: HomeAssistant, issue: issues.Issue) -> None:
    """The link below a message in Repairs leads to a heading that exists, or into Home Assistant itself."""
    entry = MockConfigEntry(domain=DOMAIN)
    issues.create_issue(hass, entry, issue)
    shown = ir.async_get(hass).async_get_issue(DOMAIN, issues.issue_id(entry, issue))
    assert shown
    assert shown.learn_more_url
    if not shown.learn_more_url.startswith("homeassistant://"):
        assert "#" in shown.learn_more_url
        assert problem(shown.learn_more_url) is None


def test_links_in_other_files_lead_somewhere() -> None:
    """Links to this repository in the code, the texts, the manifest and the issue forms."""
    found: dict[str, str | None] = {}
    for name in files():
        if name.endswith((".py", ".json", ".yml", ".yaml", ".toml")) and not name.startswith(("tests/", "docs/")):
            for link in re.findall(re.escape(MANIFEST["documentation"]) + r"[\w/.#-]*", (ROOT / name).read_text()):
                # A folder is the beginning of links that are put together; test_learn_more_leads_somewhere has those.
                if not link.endswith("/blob/main/docs"):
                    found[link.rstrip(".")] = problem(link.rstrip("."))
    assert len(found) >= 2
    assert {link: why for link, why in found.items() if why} == {}


def test_pictures() -> None:
    """All pictures are used, have a text for those who do not see them, and are small.

    The Marketplace shows pictures in Markdown, and other tags as text.
    """
    shown = set()
    for page, text in DOCUMENTS.items():
        assert not re.search(r"<(?:p|picture|source|img)\b", text), page
        for alternative, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text):
            assert alternative, target
            if not target.startswith("https://"):
                shown.add(str((ROOT / page).parent.joinpath(target).resolve().relative_to(ROOT)))
    assert sorted(shown) == [name for name in files() if name.startswith("docs/images/")]
    for name in shown:
        picture = (ROOT / name).read_bytes()
        width, _ = struct.unpack(">II", picture[16:24])
        assert width <= 1280, name
        assert len(picture) < 120_000, name


# -- the README --------------------------------------------------------------------------------------------------------


def test_the_readme_is_short() -> None:
    """It holds what everybody needs; docs/ holds the rest."""
    assert len(README.splitlines()) <= MAX_README_LINES


def test_the_readme_names_what_is_needed() -> None:
    """The commands, the version and the addresses are those of the repository."""
    assert "`scripts/demo`" in README
    assert "`scripts/test`" in README
    assert f"**{HACS['homeassistant'].rpartition('.')[0]}**" in README
    assert f"version {MANIFEST['version']}" in README
    owner, repository = urlparse(MANIFEST["documentation"]).path.strip("/").split("/")
    assert f"hacs_repository/?owner={owner}&repository={repository}&category=integration" in README
    assert f"config_flow_start/?domain={MANIFEST['domain']}" in README


def test_the_changelog_has_the_version() -> None:
    """What users notice in the current version, and since then."""
    changelog = DOCUMENTS["docs/changelog.md"]
    assert "\n## Unreleased\n" in changelog
    assert f"\n## {MANIFEST['version']}\n" in changelog


# -- README and docs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "key"), [(platform, key) for platform, texts in ENGLISH["entity"].items() for key in texts]
)
def test_docs_name_every_entity(platform: str, key: str) -> None:
    """Quality scale, docs-supported-functions: each entity has a table row, with an example that exists."""
    name = ENGLISH["entity"][platform][key]["name"]
    found = re.search(rf"^\| {re.escape(name)} \| `({platform}\.\w+)` \|", TEXT, re.MULTILINE)
    assert found, f"the table of entities lacks {name}"
    snapshot = (ROOT / "tests" / "__snapshots__" / "test_entities.ambr").read_text()
    assert f"'entity_id': '{found[1]}'," in snapshot


def test_docs_explain_every_field() -> None:
    """Quality scale, docs-configuration-parameters and docs-installation-parameters."""
    for name in ("user", "spaces"):
        step = ENGLISH["config"]["step"][name]
        assert step["title"] in TEXT
        for part in (step, *step.get("sections", {}).values()):
            for label in part["data"].values():
                assert label in TEXT, f"no document explains {label}"


async def test_docs_explain_every_action(hass: HomeAssistant) -> None:
    """Quality scale, docs-actions: each action has a section with all its fields and a call that it accepts."""
    for action in ACTIONS:
        title = ENGLISH["services"][action.name]["name"]
        explained = section(title)
        assert f"`butlr.{action.name}`" in explained
        for field in action.fields:
            assert f"`{field}" in explained, f"{title} does not explain {field}"
        calls = [block for block in YAML_EXAMPLES if block.get("action") == f"butlr.{action.name}"]
        assert calls, title
        for call in calls:
            action.schema(render_complex(cv.template_complex({**call.get("target", {}), **call["data"]})))


@pytest.mark.parametrize(("category", "names"), [("triggers", TRIGGERS), ("conditions", CONDITIONS)])
def test_docs_explain_every_trigger_and_condition(category: str, names: Iterable[str]) -> None:
    """Quality scale, docs-triggers and docs-conditions: each has a section with all its fields, and an automation."""
    described: Any = parse_yaml((PACKAGE / f"{category}.yaml").read_text())
    for name in names:
        explained = section(ENGLISH[category][name]["name"])
        assert f"`butlr.{name}`" in explained
        for field in described[name]["fields"]:
            assert f"| `{field}` |" in explained, f"{name} does not explain {field}"
        examples = re.findall(r"```yaml\n(.*?)```", explained, re.DOTALL)
        assert any(f"- {category.removesuffix('s')}: butlr.{name}\n" in text for text in examples), name


def test_docs_name_the_intervals() -> None:
    """Quality scale, docs-data-update: the intervals are those of the code."""
    assert f"every {OCCUPANCY_INTERVAL.seconds} seconds" in row("People, occupancy")
    assert f"every {OCCUPANCY_INTERVAL_WITH_PUSH.seconds // 60} minutes" in row("People, occupancy")
    assert f"every {TRAFFIC_INTERVAL.seconds // 60} minutes" in row("Entries, exits, people estimate")
    estate = "Buildings, floors, rooms, zones, tags, sensors, hives"
    assert f"every {ESTATE_INTERVAL.seconds // 60} minutes" in row(estate)


def test_docs_name_the_menus() -> None:
    """Every path through the menus exists in Home Assistant's interface, except for what 2026.11 added."""
    folder = Path(next(iter(hass_frontend.__path__))) / "static" / "translations"
    texts = {text for path in folder.rglob("en-*.json") for text in walk(json.loads(path.read_text()))}
    ways = re.findall(r"\*\*Settings\*\*(?: > \*\*[^*]+\*\*)+", TEXT)
    assert len(ways) > 10
    named = {name for way in ways for name in re.findall(r"\*\*([^*]+)\*\*", way)}
    assert named - texts == {"Butlr", "Marketplace", "Add from link"}


def walk(node: Any) -> Iterator[str]:
    """Yield every text of a tree."""
    if isinstance(node, dict):
        for child in node.values():
            yield from walk(child)
    else:
        yield node


def test_docs_show_the_layers() -> None:
    """The table of layers in docs/architecture.md is the one that imports are checked against."""
    rows = re.findall(r"^\| (\d+) \| ((?:`\w+` ?)+)\|", section("Layers"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, len(LAYERS) + 1))
    assert [tuple(re.findall(r"`(\w+)`", modules)) for _, modules in rows] == list(LAYERS)


def test_every_unverified_place_is_listed() -> None:
    """docs/api-assumptions.md names each file with a mark, and only files and simulator settings that exist."""
    text = DOCUMENTS["docs/api-assumptions.md"]
    listed = set(re.findall(r"`(\w+\.py)`", text))
    marked = {path.name for path in (PACKAGE / "api").glob("*.py") if "# UNVERIFIED" in path.read_text()}
    assert marked <= listed
    assert {name for name in listed if not (PACKAGE / "api" / name).is_file()} == set()
    cells = re.findall(r"\| ((?:`\w+`(?:, )?)+) \|$", text, re.MULTILINE)
    settings = {name for cell in cells for name in re.findall(r"\w+", cell)}
    assert settings <= Settings().as_dict().keys()
    assert READINGS.keys() <= settings


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/development.md", ".github/CONTRIBUTING.md"])
def test_paths_exist(page: str) -> None:
    """Files and folders that the developers' pages name exist, in the package or in the repository."""
    named = set(re.findall(r"`([\w./-]+(?:\.(?:py|md|json|yaml|toml|lock)|/))`", DOCUMENTS[page]))
    assert len(named) > 5
    roots = (PACKAGE, ROOT)
    assert {path for path in named if not any((root / path).exists() for root in roots)} == set()


def test_the_life_of_a_push_names_what_exists() -> None:
    """Each line of the list in docs/architecture.md names a file, and a class or function in it."""
    lines = re.findall(r"^\d+\. `([\w/]+\.py)`: `([\w.]+)`", section("The life of a push"), re.MULTILINE)
    assert len(lines) == 7
    for file, name in lines:
        defined = rf"^ *(?:async )?(?:def|class) {name.rpartition('.')[2]}\b"
        assert re.search(defined, (PACKAGE / file).read_text(), re.MULTILINE), f"{file} has no {name}"


async def test_examples_are_valid_automations(hass: HomeAssistant) -> None:
    """Quality scale, docs-examples: Home Assistant accepts each example as it is, and the first one works."""
    automations = [example for example in YAML_EXAMPLES if "triggers" in example]
    assert len(automations) >= 4
    for automation in automations:
        assert automation.keys() <= {"alias", "triggers", "conditions", "actions", "mode"}
    # The test need not wait for five minutes.
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
    # An automation that is not valid is unavailable.
    assert [state.state for state in hass.states.async_all("automation")] == ["on"] * len(automations)

    for state in (STATE_ON, STATE_UNAVAILABLE, STATE_OFF):
        hass.states.async_set(room, state, occupancy)
        await hass.async_block_till_done()
    assert called == [("turn_on", ["light.boardroom"]), ("turn_off", ["light.boardroom"])]

    # Timers of the automations must not outlive the test.
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
