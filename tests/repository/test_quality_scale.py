"""quality_scale.yaml has an answer for every rule, and the evidence for every answer exists."""

import ast
from functools import cache
from pathlib import Path
import re
from typing import Any

from homeassistant import components
from homeassistant.util.yaml import parse_yaml
import pytest

from tests.repository.test_docs import DOCUMENTS, anchors
from tests.repository.test_files import ROOT

PACKAGE = ROOT / "custom_components" / "butlr"
SCALE: Any = parse_yaml((PACKAGE / "quality_scale.yaml").read_text())
RULES: dict[str, Any] = SCALE["rules"]
# The rules of each tier, as https://developers.home-assistant.io/docs/core/integration-quality-scale lists them.
TIERS = """
Bronze: action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage
    dependency-transparency docs-actions docs-conditions docs-high-level-description docs-installation-instructions
    docs-removal-instructions docs-triggers entity-event-setup entity-unique-id has-entity-name runtime-data
    test-before-configure test-before-setup unique-config-entry
Silver: action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters
    entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage
Gold: devices diagnostics discovery discovery-update-info docs-data-update docs-examples docs-known-limitations
    docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices
    entity-category entity-device-class entity-disabled-by-default entity-translations exception-translations
    icon-translations reconfiguration-flow repair-issues stale-devices
Platinum: async-dependency inject-websession strict-typing
"""
ALL_RULES = re.findall(r"[a-z][a-z-]+(?=\s)", TIERS)
# Files that would make an exemption untrue.
EXEMPT_WITHOUT = {
    "action-exceptions": ("services.yaml", "button.py", "switch.py", "select.py", "number.py"),
    "action-setup": ("services.yaml",),
    "docs-actions": ("services.yaml",),
    "docs-conditions": ("conditions.yaml", "condition.py"),
    "docs-triggers": ("triggers.yaml", "trigger.py", "device_trigger.py"),
    "discovery": (),
    "discovery-update-info": (),
}
DISCOVERIES = {"bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf"}


@cache
def names(path: Path) -> frozenset[str]:
    """Return the names that a Python file defines; methods as class.method."""
    found: set[str] = set()

    def define(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(prefix + node.name)
                if isinstance(node, ast.ClassDef):
                    define(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.TypeAlias):
                found.add(prefix + node.name.id)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found.update(prefix + target.id for target in targets if isinstance(target, ast.Name))

    define(ast.parse(path.read_text()).body, "")
    return frozenset(found)


def exists(evidence: str) -> bool:
    """Return whether a piece of evidence exists."""
    file, _, anchor = evidence.partition("#")
    if anchor:
        return file in DOCUMENTS and anchors(DOCUMENTS[file])[anchor] == 1
    file, _, name = evidence.partition("::")
    return (ROOT / file).is_file() and (not name or name in names(ROOT / file))


def evidence_of(rule: str) -> list[str]:
    """Return the evidence for a rule."""
    _, found, listed = RULES[rule]["comment"].partition("Evidence: ")
    return re.split(r",\s+", listed) if found else []


def test_all_rules_are_listed() -> None:
    """The rules are those of the documentation, in its order, and those that Home Assistant's integrations answer."""
    assert len(set(ALL_RULES)) == len(ALL_RULES) == 54
    assert sorted(RULES) == sorted(ALL_RULES)
    assert list(RULES) == ALL_RULES
    theirs: set[str] = set()
    for path in Path(components.__path__[0]).glob("*/quality_scale.yaml"):
        scale: Any = parse_yaml(path.read_text())
        theirs |= scale["rules"].keys()
    assert theirs == set(ALL_RULES)


def test_the_file_is_valid() -> None:
    """Hassfest, quality_scale.py: a known status, a comment, and no other key."""
    assert SCALE.keys() == {"rules"}
    for rule, answer in RULES.items():
        assert answer.keys() == {"status", "comment"}, rule
        assert answer["status"] in ("done", "exempt"), f"{rule} is not done"
        assert len(answer["comment"].strip()) > 10, rule


@pytest.mark.parametrize("rule", [rule for rule in RULES if RULES[rule]["status"] == "done"])
def test_evidence_exists(rule: str) -> None:
    """A rule that is done has evidence, and all of it exists."""
    assert evidence_of(rule)
    assert [evidence for evidence in evidence_of(rule) if not exists(evidence)] == []


@pytest.mark.parametrize("rule", [rule for rule in RULES if RULES[rule]["status"] == "exempt"])
def test_exemptions_are_justified(rule: str) -> None:
    """A rule is exempt only while the integration has nothing that the rule is about."""
    assert [name for name in EXEMPT_WITHOUT[rule] if (PACKAGE / name).exists()] == []
    if rule.startswith("discovery"):
        assert not DISCOVERIES & set(re.findall(r'"(\w+)":', (PACKAGE / "manifest.json").read_text()))


def test_missing_evidence_is_noticed() -> None:
    """The tests above fail for evidence that does not exist."""
    assert exists("tests/repository/test_quality_scale.py::exists")
    for missing in (
        "tests/test_nothing.py",
        "tests/test_quality_scale.py::nothing",
        "custom_components/butlr/entity.py::ButlrEntity.nothing",
        "README.md#nothing",
        "LICENSE#mit",
    ):
        assert not exists(missing)


# -- what hassfest checks in core integrations --------------------------------------------------------


def test_platforms_limit_parallel_updates() -> None:
    """Hassfest, quality_scale_validation/parallel_updates.py: each platform sets PARALLEL_UPDATES."""
    from custom_components.butlr import PLATFORMS  # noqa: PLC0415 - only here

    for platform in PLATFORMS:
        module = PACKAGE / f"{platform}.py"
        assert "PARALLEL_UPDATES" in names(module if module.exists() else PACKAGE / platform / "__init__.py")


def test_steps_and_hooks_exist() -> None:
    """Hassfest, quality_scale_validation: the names that its checks look for in the code."""
    flow, setup = names(PACKAGE / "config_flow.py"), names(PACKAGE / "__init__.py")
    for step in ("user", "reauth", "reauth_confirm", "reconfigure"):
        assert f"ButlrConfigFlow.async_step_{step}" in flow
    assert {"async_setup_entry", "async_unload_entry", "CONFIG_SCHEMA"} <= setup
    assert "async_get_config_entry_diagnostics" in names(PACKAGE / "diagnostics.py")
    source = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    assert "_abort_if_unique_id_configured" in source
    assert "async_config_entry_first_refresh" in source
    assert "entry.runtime_data = " in source
    assert "hass.data[DOMAIN]" not in source


def test_the_entry_is_typed_everywhere() -> None:
    """Hassfest, runtime_data.py with strict-typing: functions that Home Assistant calls use the typed entry."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef) and node.name in (
                "async_setup_entry",
                "async_unload_entry",
                "async_remove_entry",
                "async_migrate_entry",
                "async_get_config_entry_diagnostics",
                "async_get_device_diagnostics",
                "async_remove_config_entry_device",
            ):
                annotations = [ast.unparse(argument.annotation) for argument in node.args.args if argument.annotation]
                assert "ButlrConfigEntry" in annotations, f"{path.name}: {node.name}"
