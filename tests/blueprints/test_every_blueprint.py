"""What every blueprint keeps to: Home Assistant accepts it, its form is clear, and the documentation is right."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, BlueprintInputs
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import selector
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from tests.blueprints.conftest import BLUEPRINTS
from tests.repository.test_docs import BLOB, DOCUMENTS, section
from tests.repository.test_files import HACS, MANIFEST, ROOT

PATHS = sorted(BLUEPRINTS.glob("*/butlr/*.yaml"))
SCHEMAS: dict[str, Callable[[Any], Any]] = {"automation": AUTOMATION_BLUEPRINT_SCHEMA, "script": BLUEPRINT_SCHEMA}
OWNER, REPOSITORY = MANIFEST["documentation"].split("/")[-2:]
# Only in Home Assistant 2026.11 and newer.
NEWER_KEYS = {"visible", "exclude"}

every_blueprint = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def load(path: Path) -> Blueprint:
    """Return a blueprint as Home Assistant loads it."""
    domain = path.parts[-3]
    return Blueprint(load_yaml_dict(path), expected_domain=domain, path=path.name, schema=SCHEMAS[domain])


def sections(blueprint: Blueprint) -> list[dict[str, Any]]:
    """Return the sections of the form."""
    return [item for item in blueprint.metadata["input"].values() if "input" in item]


def text_of(path: Path) -> str:
    """Return the text of a blueprint."""
    return path.read_text()


def explained(path: Path) -> str:
    """Return the section about a blueprint in docs/blueprints.md."""
    return section(load(path).name.removeprefix("Butlr: ").capitalize())


def shown(value: Any) -> str:
    """Return a default as the documentation shows it."""
    match value:
        case {"minutes": int(minutes)}:
            return f"{minutes} minute{'s' * (minutes != 1)}"
        case {"hours": int(hours)}:
            return f"{hours} hour{'s' * (hours != 1)}"
        case bool():
            return "on" if value else "off"
        case [] | "":
            return "none"
        case dict():
            assert not value
            return "none"
        case list():
            return ", ".join(value)
        case str() if "{{" in value:
            return "a template"
        case _:
            return str(value)


@every_blueprint
def test_the_form(path: Path) -> None:
    """The file is valid; every field has a name and a selector; what is hidden at first has defaults."""
    blueprint = load(path)
    assert blueprint.validate() is None
    metadata = blueprint.metadata
    assert metadata["name"].startswith("Butlr: ")
    assert metadata["author"] == "The Butlr for Home Assistant authors"
    assert metadata["source_url"] == f"{BLOB}{path.relative_to(ROOT)}"
    assert metadata["homeassistant"]["min_version"] == HACS["homeassistant"]
    assert len(metadata["description"]) > 100
    assert not [name for name in NEWER_KEYS if re.search(rf"^ *-? *{name}:", text_of(path), re.MULTILINE)]
    for key, field in blueprint.inputs.items():
        assert field["name"], key
        assert selector(field["selector"]), key
    names = [field["name"] for field in blueprint.inputs.values()]
    assert len(names) == len(set(names))
    for part in sections(blueprint):
        assert part["name"]
        assert part["icon"]
        if part.get("collapsed"):
            assert all("default" in field for field in part["input"].values()), part["name"]


@every_blueprint
def test_every_field_is_used(path: Path) -> None:
    """No field of the form is without effect."""
    text = text_of(path)
    assert [key for key in load(path).inputs if f"!input {key}\n" not in text] == []


@every_blueprint
def test_the_documentation(path: Path) -> None:
    """The section of a blueprint has its import button, exactly its fields with their defaults, and a valid example."""
    blueprint, text = load(path), explained(path)
    url = f"{BLOB}{path.relative_to(ROOT)}"
    assert f"https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url={quote(url, safe='')})" in text
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", text, re.MULTILINE)[1:]
    documented = {name: default for name, default in rows if not name.startswith("---")}
    assert documented == {
        field["name"]: shown(field["default"]) if "default" in field else "required"
        for field in blueprint.inputs.values()
    }
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    config = parse_yaml(example)
    assert isinstance(config, dict)
    assert config["use_blueprint"]["path"] == f"{OWNER}/{path.name}"
    BlueprintInputs(blueprint, config).validate()
    assert config["use_blueprint"]["input"].keys() <= blueprint.inputs.keys()


def test_the_documentation_has_a_table() -> None:
    """The table at the top of docs/blueprints.md lists every blueprint."""
    listed = re.findall(r"^\| \[([^\]]+)\]\(#", DOCUMENTS["docs/blueprints.md"], re.MULTILINE)
    assert sorted(listed) == sorted(load(path).name.removeprefix("Butlr: ").capitalize() for path in PATHS)


@every_blueprint
async def test_the_import(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    aioclient_mock: AiohttpClientMocker,
    path: Path,
    tmp_path: Path,
) -> None:
    """What the import button leads to is read from GitHub, shown, saved, listed, and accepted with its example."""
    hass.config.config_dir = str(tmp_path)
    domain = path.parts[-3]
    assert await async_setup_component(hass, domain, {})
    url = f"{BLOB}{path.relative_to(ROOT)}"
    raw = url.replace("github.com", "raw.githubusercontent.com").replace("/blob/", "/")
    aioclient_mock.get(raw, text=text_of(path), status=HTTPStatus.OK)
    client = await hass_ws_client(hass)

    async def ask(kind: str, **data: Any) -> Any:
        await client.send_json_auto_id({"type": f"blueprint/{kind}", **data})
        answer = await client.receive_json()
        assert answer["success"], answer
        return answer["result"]

    shown = await ask("import", url=url)
    assert shown["suggested_filename"] == f"{OWNER}/{path.stem}"
    assert (shown["validation_errors"], shown["exists"]) == (None, False)
    saved = f"{shown['suggested_filename']}.yaml"
    await ask("save", domain=domain, path=saved, yaml=shown["raw_data"], source_url=url)
    assert "metadata" in (await ask("list", domain=domain))[saved]
    # What was saved is another text: loaded and written again.
    (example,) = re.findall(r"```yaml\n(.*?)```", explained(path), re.DOTALL)
    config = parse_yaml(example)
    assert isinstance(config, dict)
    again = Blueprint(
        load_yaml_dict(tmp_path / "blueprints" / domain / saved), expected_domain=domain, schema=SCHEMAS[domain]
    )
    assert again.data == load(path).data
    substituted = await ask("substitute", domain=domain, path=saved, input=config["use_blueprint"]["input"])
    assert substituted["substituted_config"].keys() >= (
        {"triggers", "actions"} if domain == "automation" else {"sequence"}
    )
