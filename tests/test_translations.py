"""Every text a person sees is in translations/en.json, and everything there is used."""

import json
from pathlib import Path
import re
from typing import Any

from homeassistant.const import Platform
import pytest

from custom_components.butlr.binary_sensor import SPACE_BINARY_SENSORS
from custom_components.butlr.config_flow import AREA_CHOICES, numbers
from custom_components.butlr.issues import FIXABLE, Issue
from custom_components.butlr.push import UpdateMode
from custom_components.butlr.sensor import LINK_SENSORS, SPACE_SENSORS
from tests.simulator import Simulator
from tests.test_live import estate

PACKAGE = Path(__file__).parent.parent / "custom_components" / "butlr"
ENGLISH: dict[str, Any] = json.loads((PACKAGE / "translations" / "en.json").read_text())
ICONS: dict[str, Any] = json.loads((PACKAGE / "icons.json").read_text())
SOURCE = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
REPAIRS = (PACKAGE / "repairs.py").read_text()
DESCRIPTIONS = {
    Platform.BINARY_SENSOR: SPACE_BINARY_SENSORS,
    Platform.SENSOR: (*SPACE_SENSORS, *LINK_SENSORS),
}


def leaves(node: Any, path: str = "") -> dict[str, str]:
    """Return all texts by their paths."""
    if isinstance(node, dict):
        return {key: text for name, child in node.items() for key, text in leaves(child, f"{path}.{name}").items()}
    return {path: node}


@pytest.mark.parametrize("platform", DESCRIPTIONS)
def test_entities_have_names(platform: Platform) -> None:
    """Every entity's key has a name, and no name is left over."""
    keys = {description.translation_key for description in DESCRIPTIONS[platform]}
    assert keys == ENGLISH["entity"][platform].keys()
    assert all(ENGLISH["entity"][platform][key]["name"] for key in keys)


@pytest.mark.parametrize("platform", DESCRIPTIONS)
def test_entities_have_icons(platform: Platform) -> None:
    """An icon where no device class brings one (a timestamp's and an enum's say nothing), and none left over."""
    due = {
        description.translation_key
        for description in DESCRIPTIONS[platform]
        if description.device_class in (None, "enum", "timestamp")
    }
    assert due == ICONS["entity"][platform].keys()


def test_states_have_names() -> None:
    """Every state of an enum has a text and an icon."""
    assert ENGLISH["entity"]["sensor"]["update_mode"]["state"].keys() == {mode.value for mode in UpdateMode}
    assert ICONS["entity"]["sensor"]["update_mode"]["state"].keys() == {mode.value for mode in UpdateMode}
    assert ENGLISH["selector"]["areas"]["options"].keys() == set(AREA_CHOICES)


def test_counts_have_units() -> None:
    """A number without a unit of its own is translated with one."""
    for description in SPACE_SENSORS:
        translated = ENGLISH["entity"]["sensor"][description.translation_key or ""].get("unit_of_measurement")
        assert bool(description.native_unit_of_measurement) != bool(translated)


def test_flow_texts_are_used() -> None:
    """Steps, errors and reasons in the flows and in the texts are the same."""
    source = SOURCE.replace(REPAIRS, "")
    steps = set(re.findall(r'step_id="(\w+)"', source)) | {"user", "reauth_confirm", "reconfigure"}
    assert steps == ENGLISH["config"]["step"].keys() | ENGLISH["options"]["step"].keys()
    assert set(re.findall(r'"base": "(\w+)"', source)) == ENGLISH["config"]["error"].keys()
    reasons = set(re.findall(r'reason="(\w+)"', source))
    # Home Assistant's own helpers end flows with these.
    reasons |= {"already_configured", "reauth_successful", "reconfigure_successful"}
    assert reasons == ENGLISH["config"]["abort"].keys() | ENGLISH["options"]["abort"].keys()


def test_issues_have_texts() -> None:
    """Every issue has a text, one that a click may end has a flow instead, and the placeholders are what is given."""
    assert ENGLISH["issues"].keys() == set(Issue)
    for issue in Issue:
        texts = ENGLISH["issues"][issue]
        flow = texts.get("fix_flow")
        assert (flow is not None) == (issue in FIXABLE)
        description = flow["step"]["confirm"]["description"] if flow else texts["description"]
        given = {"entry"} if issue is not Issue.HELD else {"webhooks"}
        assert set(re.findall(r"{(\w+)}", description)) == given
        if flow:
            assert flow["step"].keys() == set(re.findall(r'step_id="(\w+)"', REPAIRS))
            assert flow["error"].keys() == set(re.findall(r'"base"\] = "(\w+)"', REPAIRS))
            assert flow["abort"].keys() == set(re.findall(r'reason="(\w+)"', REPAIRS))


def test_every_field_is_explained() -> None:
    """Each field has a label and a description, in sections too."""
    for step in (*ENGLISH["config"]["step"].values(), *ENGLISH["options"]["step"].values()):
        for part in (step, *step.get("sections", {}).values()):
            assert part["data"].keys() == part["data_description"].keys()


def test_exceptions_have_texts() -> None:
    """Every translated exception exists, with the placeholders it is given."""
    keys = set(re.findall(r'translation_domain=DOMAIN,\s+translation_key="(\w+)"', SOURCE))
    assert keys == ENGLISH["exceptions"].keys()
    assert "{error}" in ENGLISH["exceptions"]["update_failed"]["message"]


def test_placeholders_match(simulator: Simulator) -> None:
    """The texts of the choice use exactly the numbers they are given."""
    given = numbers(estate()).keys()
    for step in (ENGLISH["config"]["step"]["spaces"], ENGLISH["options"]["step"]["init"]):
        assert set(re.findall(r"{(\w+)}", step["description"])) == given


def test_texts_are_clean() -> None:
    """No text is empty, doubled in spaces, or refers to another file, which custom integrations cannot."""
    for path, text in leaves(ENGLISH).items():
        assert text.strip() == text != "", path
        assert "  " not in text, path
        assert "[%key" not in text, path
