"""The rules of hassfest for custom integrations. Hassfest itself needs a container, which tests cannot run.

Each test names the file in Home Assistant's script/hassfest that defines its rule. Hassfest itself runs in
.github/workflows/validate.yml, and every night.
"""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.const import Platform
from homeassistant.helpers import config_validation as cv, selector
from homeassistant.util.yaml import load_yaml_dict
import pytest
import voluptuous as vol

from tests.repository.test_files import MANIFEST, PACKAGE

LANGUAGES = sorted((PACKAGE / "translations").glob("*.json"))
MODULES = sorted(PACKAGE.rglob("*.py"))
KEY = re.compile(r"^(?!.+[_-]{2})(?![_-])[a-z0-9-_]+(?<![_-])$")
# Integrations that may be imported without naming them in the manifest.
FREELY_IMPORTED = {*map(str, Platform), "homeassistant", "persistent_notification", "system_health", "webhook"}


def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of a JSON file; fail if a key is repeated."""
    names = [name for name, _ in items]
    assert len(names) == len(set(names)), f"repeated: {[name for name in names if names.count(name) > 1]}"
    return dict(items)


def load(path: Path) -> Any:
    """Read a JSON file; fail if a key is repeated."""
    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=pairs)


# -- the manifest ------------------------------------------------------------------------------------------------------


def test_manifest() -> None:
    """manifest.py, CUSTOM_INTEGRATION_MANIFEST_SCHEMA: known keys only, with the right types."""
    https = vol.All(vol.Url(), vol.Match(r"^https://"))
    vol.Schema(
        {
            vol.Required("domain"): PACKAGE.name,
            vol.Required("name"): str,
            vol.Required("codeowners"): [vol.Match(r"^@")],
            vol.Required("documentation"): vol.All(https, vol.Match(r"^(?!https://www\.home-assistant\.io)")),
            vol.Required("iot_class"): vol.In(
                ["assumed_state", "calculated", "cloud_polling", "cloud_push", "local_polling", "local_push"]
            ),
            vol.Required("version"): str,
            vol.Optional("after_dependencies"): [str],
            vol.Optional("config_flow"): bool,
            vol.Optional("dependencies"): [str],
            vol.Optional("import_executor"): bool,
            vol.Optional("integration_type"): vol.In(
                ["device", "entity", "hardware", "helper", "hub", "service", "system"]
            ),
            vol.Optional("issue_tracker"): https,
            vol.Optional("loggers"): [str],
            vol.Optional("requirements"): [vol.Match(r"^[\w.-]+==[\w.]+$")],
            vol.Optional("single_config_entry"): bool,
        }
    )(load(PACKAGE / "manifest.json"))


def test_config_flow() -> None:
    """config_flow.py: the manifest says whether there is a config flow."""
    assert MANIFEST["config_flow"] is (PACKAGE / "config_flow.py").exists()


def test_config_schema() -> None:
    """config_schema.py: an integration with async_setup has a schema for YAML."""
    source = (PACKAGE / "__init__.py").read_text()
    assert "async def async_setup(" not in source or "CONFIG_SCHEMA = " in source


def imported(path: Path) -> Iterator[str]:
    """Yield the integrations that a module imports from."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and not node.level:
            parts = (node.module or "").split(".")
            if parts[:2] == ["homeassistant", "components"]:
                yield from [parts[2]] if len(parts) > 2 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("homeassistant.components."):
                    yield alias.name.split(".")[2]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_dependencies(path: Path) -> None:
    """dependencies.py: an imported integration is a dependency, free to import, or has a platform here."""
    allowed = FREELY_IMPORTED | {*MANIFEST["dependencies"], *MANIFEST.get("after_dependencies", [])}
    platforms = {module.stem for module in PACKAGE.iterdir()}
    assert set(imported(path)) <= allowed | platforms
    assert "hass.components" not in path.read_text()


def test_services() -> None:
    """services.py: registered actions are described."""
    source = "\n".join(path.read_text() for path in MODULES)
    registers = re.search(r"services\.async_register\(|async_register_admin_service\(", source)
    assert bool(registers) == (PACKAGE / "services.yaml").exists()


def test_services_schema() -> None:
    """services.py, CUSTOM_INTEGRATION_SERVICES_SCHEMA: a target, and fields with valid selectors."""
    one = vol.Schema(
        {
            vol.Optional("default"): vol.Any(bool, int, float, str, list),
            vol.Optional("example"): vol.Any(bool, int, float, str, list),
            vol.Optional("required"): bool,
            vol.Required("selector"): selector.validate_selector,
        }
    )
    action = {
        vol.Optional("target"): vol.Any(selector.TargetSelector.CONFIG_SCHEMA, None),
        vol.Optional("fields"): {str: one},
    }
    services = load_yaml_dict(str(PACKAGE / "services.yaml"))
    cv.schema_with_slug_keys(vol.Any(action, None))(services)
    texts = load(PACKAGE / "translations" / "en.json")
    for each in services.values():
        for field in each["fields"].values():
            for kind in field["selector"].values():
                if kind and (translation_key := kind.get("translation_key")):
                    assert translation_key in texts["selector"]


@pytest.mark.parametrize("platform", ["trigger", "condition"])
def test_triggers_and_conditions_schema(platform: str) -> None:
    """triggers.py and conditions.py: a target, and fields with valid selectors; what begins with a dot is shared."""
    one = vol.Schema(
        {
            vol.Optional("default"): vol.Any(bool, int, float, str, list),
            vol.Optional("required"): bool,
            vol.Required("selector"): selector.validate_selector,
        }
    )
    described = {
        vol.Optional("target"): selector.TargetSelector.CONFIG_SCHEMA,
        vol.Optional("fields"): {str: one},
    }
    schema = vol.Schema({vol.Remove(vol.Match(r"^\.")): object, cv.underscore_slug: described})
    assert (PACKAGE / f"{platform}.py").exists()
    assert schema(load_yaml_dict(str(PACKAGE / f"{platform}s.yaml")))


# -- texts and icons ---------------------------------------------------------------------------------------------------


def key(value: str) -> str:
    """Return a translation key; raise vol.Invalid for anything else."""
    if not KEY.match(value):
        raise vol.Invalid(f"{value} is not a translation key")
    return value


def text(value: Any) -> str:
    """Return a text; raise vol.Invalid for HTML, references, URLs, quoted placeholders and surrounding spaces.

    Hassfest refuses addresses so that translators need not keep them up to date; they belong into placeholders.
    """
    string: str = cv.string_with_no_html(value)
    for wrong in (r"'{\w+}'", r"\[%", r"%\]", r"(?i)(https?://|www\.)\w", r"^\s", r"\s$"):
        if re.search(wrong, string):
            raise vol.Invalid(f"{wrong} in {string}")
    return string


def keyed(value: Any) -> Any:
    """Return the schema of an object whose keys are translation keys."""
    return cv.schema_with_slug_keys(value, slug_validator=key)


def flow() -> Any:
    """Return the schema of a config, options or repair flow."""
    fields = {vol.Optional("data"): {str: text}, vol.Optional("data_description"): {str: text}}
    section = {**fields, vol.Optional("name"): text, vol.Optional("description"): text}
    step = {
        **fields,
        vol.Optional("title"): text,
        vol.Optional("description"): text,
        vol.Optional("submit"): text,
        vol.Optional("menu_options"): {str: text},
        vol.Optional("menu_option_descriptions"): {str: text},
        vol.Optional("sections"): {str: section},
    }

    def explains_its_own_fields(value: Any) -> Any:
        for one in value["step"].values():
            for part in (one, *one.get("sections", {}).values()):
                if not part.get("data_description", {}).keys() <= part.get("data", {}).keys():
                    raise vol.Invalid("a data_description belongs to no field")
        return value

    schema = vol.Schema(
        {
            vol.Required("step"): {str: step},
            vol.Optional("flow_title"): text,
            vol.Optional("initiate_flow"): {str: text},
            vol.Optional("error"): {str: text},
            vol.Optional("abort"): {str: text},
            vol.Optional("progress"): {str: text},
            vol.Optional("create_entry"): {str: text},
        }
    )
    return vol.All(schema, explains_its_own_fields)


def nested(value: Any) -> Any:
    """Return a text, or an object of any depth whose keys are translation keys and whose leaves are texts."""
    return keyed(nested)(value) if isinstance(value, dict) else text(value)


def strings() -> vol.Schema:
    """Return the schema of a translation file, without the parts that this integration does not use."""
    entity = {
        vol.Optional("name"): text,
        vol.Optional("state"): keyed(text),
        vol.Optional("state_attributes"): keyed({vol.Optional("name"): text, vol.Optional("state"): keyed(text)}),
        vol.Optional("unit_of_measurement"): text,
    }
    issue = vol.All(
        cv.has_at_least_one_key("description", "fix_flow"),
        {
            vol.Required("title"): text,
            vol.Exclusive("description", "fixable"): text,
            vol.Exclusive("fix_flow", "fixable"): flow(),
        },
    )
    field = {vol.Required("name"): str, vol.Required("description"): text, vol.Optional("example"): text}
    action = {
        vol.Required("name"): text,
        vol.Required("description"): text,
        vol.Optional("fields"): keyed(field),
        vol.Optional("sections"): keyed({vol.Required("name"): str, vol.Optional("description"): text}),
    }
    automation = {
        vol.Required("name"): text,
        vol.Required("description"): text,
        vol.Optional("fields"): keyed({vol.Required("name"): text, vol.Optional("description"): text}),
    }
    return vol.Schema(
        {
            vol.Optional("title"): text,
            vol.Optional("config"): flow(),
            vol.Optional("options"): flow(),
            vol.Optional("selector"): cv.schema_with_slug_keys({vol.Optional("options"): keyed(text)}),
            vol.Optional("system_health"): {vol.Optional("info"): keyed(text)},
            vol.Optional("issues"): {str: issue},
            vol.Optional("device"): keyed({vol.Optional("name"): text}),
            vol.Optional("entity"): cv.schema_with_slug_keys(keyed(entity)),
            vol.Optional("exceptions"): cv.schema_with_slug_keys({vol.Optional("message"): text}),
            vol.Optional("services"): keyed(action),
            vol.Optional("triggers"): keyed(automation),
            vol.Optional("conditions"): keyed(automation),
            vol.Optional("common"): vol.Schema({cv.slug: text}),
            vol.Optional("config_panel"): keyed(nested),
        }
    )


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_translations(path: Path) -> None:
    """translations.py, gen_strings_schema: hassfest checks English only; this test checks every language."""
    strings()(load(path))


def test_invalid_texts_are_rejected() -> None:
    """The schema rejects what hassfest's own tests reject."""
    for wrong in (
        "This has '{placeholder}' in single quotes",
        "An example is: https://example.com.",
        "www.example.com",
        "HTTPS://www.example.com",
        "<b>bold</b>",
        "[%key:common::yes%] or no",
        " a space",
    ):
        with pytest.raises(vol.Invalid):
            strings()({"exceptions": {"x": {"message": wrong}}})
    trees: tuple[dict[str, Any], ...] = (
        {"config": {}},
        {"issues": {"x": {"title": "X"}}},
        {"issues": {"x": {"title": "X", "description": "Y", "fix_flow": {"step": {}}}}},
        {"entity": {"sensor": {"_x": {"name": "X"}}}},
        {"config": {"step": {"user": {"data": {}, "data_description": {"a": "A"}}}}},
        {"config_panel": {"map": {"_x": "X"}}},
        {"config_panel": {"map": {"x": {"y": ["X"]}}}},
        {"unheard_of": {}},
    )
    for tree in trees:
        with pytest.raises(vol.Invalid):
            strings()(tree)


def test_icons() -> None:
    """icons.py, icon_schema: existing Material Design icons, and no state icon that repeats the default."""
    known = {
        icon["name"]
        for path in (Path(_frontend()) / "static" / "mdi").glob("iconList.json")
        for icon in json.loads(path.read_text())
    }
    assert len(known) > 7000

    def icon(value: Any) -> str:
        name: str = cv.string_with_no_html(value)
        if name.removeprefix("mdi:") not in known or not name.startswith("mdi:"):
            raise vol.Invalid(f"{name} is not an icon")
        return name

    def differs(value: Any) -> Any:
        for each in value.values():
            if each.get("default") in each.get("state", {}).values():
                raise vol.Invalid("a state icon repeats the default")
        return value

    entity = keyed({vol.Optional("default"): icon, vol.Optional("state"): keyed(icon)})
    action = {vol.Optional("service"): icon, vol.Optional("sections"): {str: icon}}
    schema = vol.Schema(
        {
            vol.Optional("entity"): cv.schema_with_slug_keys(vol.All(entity, differs)),
            vol.Optional("services"): keyed(action),
            vol.Optional("triggers"): keyed({vol.Required("trigger"): icon}),
            vol.Optional("conditions"): keyed({vol.Required("condition"): icon}),
        }
    )
    schema(load(PACKAGE / "icons.json"))
    for wrong in ("mdi:no-such-icon", "account-group", "hass:account"):
        with pytest.raises(vol.Invalid):
            schema({"entity": {"sensor": {"people": {"default": wrong}}}})


def _frontend() -> str:
    import hass_frontend  # noqa: PLC0415 - Home Assistant's own interface: large, and only needed here

    folder: str = next(iter(hass_frontend.__path__))
    return folder


# -- Home Assistant's own integrations ---------------------------------------------------------------------------------


def test_what_home_assistant_ships_passes_too() -> None:
    """Nearly all of Home Assistant's own integrations pass; the others use features that this one does not."""
    from homeassistant import components  # noqa: PLC0415 - only here

    categories = {
        "common",
        "config",
        "config_panel",
        "device",
        "entity",
        "exceptions",
        "issues",
        "options",
        "selector",
        "system_health",
    }
    passed, refused = set(), set()
    for path in Path(components.__path__[0]).glob("*/translations/en.json"):
        tree = {category: texts for category, texts in load(path).items() if category in categories}
        try:
            strings()(tree)
        except vol.Invalid:
            refused.add(path.parent.parent.name)
        else:
            passed.add(path.parent.parent.name)
    assert len(passed) > 1000
    assert len(refused) < 0.02 * len(passed)
    assert {"airgradient", "lamarzocco", "monzo", "overseerr", "reolink", "spotify", "tedee", "withings"} <= passed
