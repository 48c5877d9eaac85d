"""Every text that users see is in translations/en.json, every text there is used, and every language is complete.

A key that is added to en.json must be added to every other language in the same place; these tests list missing texts.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
import importlib
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import parse_yaml
import pytest

from custom_components.butlr import PLATFORMS
from custom_components.butlr.api.estate import Mode
from custom_components.butlr.condition import CONDITIONS
from custom_components.butlr.const import (
    AREAS_CHOICES,
    CONF_AREAS,
    CONF_MQTT,
    CONF_OTHER_SYSTEM,
    CONF_WAY_IN,
    MQTT_CHOICES,
    OTHER_SYSTEM_CHOICES,
    WAYS_IN,
)
from custom_components.butlr.forms.size import EstateSize
from custom_components.butlr.issues.issue import FIXABLE_ISSUES, Issue
from custom_components.butlr.live.busyness import Busyness
from custom_components.butlr.live.confidence import Doubt
from custom_components.butlr.live.reasons import Reason
from custom_components.butlr.live.space import Confidence
from custom_components.butlr.map.rules import Status
from custom_components.butlr.push.supervisor import UpdateMode
from custom_components.butlr.sensor.on_demand import ON_DEMAND_SENSORS, Trend
from custom_components.butlr.sensor.space import SPACE_SENSORS
from custom_components.butlr.sensor.tag import TAG_SENSORS
from custom_components.butlr.simulated.building import ENTRANCES, IDS
from custom_components.butlr.trigger import TRIGGERS
from tests.helpers.live import estate
from tests.simulator import Simulator

PACKAGE = Path(__file__).parents[2] / "custom_components" / "butlr"
LANGUAGES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((PACKAGE / "translations").glob("*.json"))
}
ENGLISH = LANGUAGES["en"]
OTHERS = sorted(LANGUAGES.keys() - {"en"})
ICONS: dict[str, Any] = json.loads((PACKAGE / "icons.json").read_text())
SERVICES: Any = parse_yaml(path.read_text()) if (path := PACKAGE / "services.yaml").exists() else {}
SOURCE = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
REPAIRS = (PACKAGE / "repairs.py").read_text()
# The errors of a repair that did not help, where there is not only still_there; and its steps besides confirm.
CLICK_ERRORS = {
    Issue.PUSHES_MISSED: {"not_renewed"},
    Issue.NOT_GIVEN_BACK: {"not_given_back"},
    Issue.CLAIMED: {
        "still_there",
        "refused",
        "not_stored",
        "nothing_to_take",
        "not_reachable",
        "cannot_connect",
    },
}
STEPS = {Issue.CLAIMED: ("init", "forward", "alone"), Issue.NOT_GIVEN_BACK: ("init",)}
# Names that are not translated.
PRODUCT_WORDS = re.compile(r"Butlr Studio|Butlr|Home Assistant Cloud|Home Assistant|API tokens?")


def leaves(node: Any, path: str = "") -> dict[str, str]:
    """Return all texts by their paths."""
    if isinstance(node, dict):
        return {key: text for name, child in node.items() for key, text in leaves(child, f"{path}.{name}").items()}
    return {path: node}


TEXTS = {language: leaves(tree) for language, tree in LANGUAGES.items()}


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return set(re.findall(r"{(\w+)}", text))


def descriptions(platform: Platform) -> list[EntityDescription]:
    """Return all entity descriptions of a platform's module, alone or in tuples."""
    found: list[EntityDescription] = []
    for value in vars(importlib.import_module(f"custom_components.butlr.{platform}")).values():
        found += [
            one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, EntityDescription)
        ]
    assert found
    return found


# -- used and there: English -------------------------------------------------------------------------------------------


def test_every_category_is_tested() -> None:
    """A new category of texts needs a test here."""
    known = {
        "common",
        "conditions",
        "config",
        "config_panel",
        "device",
        "entity",
        "exceptions",
        "issues",
        "options",
        "selector",
        "services",
        "system_health",
        "triggers",
    }
    assert ENGLISH.keys() <= known
    assert ICONS.keys() <= {"conditions", "entity", "services", "triggers"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_entities_have_names(platform: Platform) -> None:
    """Every translation key of an entity has a name, and every name is used."""
    keys = {description.translation_key for description in descriptions(platform)}
    assert keys == ENGLISH["entity"][platform].keys()
    assert all(ENGLISH["entity"][platform][key]["name"] for key in keys)
    assert ENGLISH["entity"].keys() == set(PLATFORMS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_entities_have_icons(platform: Platform) -> None:
    """Entities whose device class has no specific icon have one, and every icon is used."""
    due = {
        description.translation_key
        for description in descriptions(platform)
        if description.device_class in (None, "enum", "timestamp")
    }
    assert due == ICONS["entity"].get(platform, {}).keys()
    assert ICONS["entity"].keys() <= set(PLATFORMS)


def test_states_have_names() -> None:
    """Every state of an enum has a text and an icon."""
    for key, states in (("update_mode", UpdateMode), ("busyness", Busyness), ("busyness_trend", Trend)):
        assert ENGLISH["entity"]["sensor"][key]["state"].keys() == set(states)
        assert ICONS["entity"]["sensor"][key]["state"].keys() == set(states)
    selects = {
        CONF_AREAS: set(AREAS_CHOICES),
        CONF_MQTT: set(MQTT_CHOICES),
        CONF_OTHER_SYSTEM: set(OTHER_SYSTEM_CHOICES),
        CONF_WAY_IN: set(WAYS_IN),
    }
    for action in SERVICES.values():
        for each in action["fields"].values():
            # Options that are numbers need no texts.
            if (select := each["selector"].get("select")) and "translation_key" in select:
                selects[select["translation_key"]] = set(select["options"])
    assert selects.keys() == ENGLISH["selector"].keys()
    for key, options in selects.items():
        assert ENGLISH["selector"][key]["options"].keys() == options


@pytest.mark.parametrize("platform", PLATFORMS)
def test_state_texts_are_of_states(platform: Platform) -> None:
    """Texts and icons of states exist only for the options of an enum, on and off."""
    options = {
        description.translation_key: set(getattr(description, "options", None) or ("on", "off"))
        for description in descriptions(platform)
    }
    for tree in (ENGLISH["entity"], ICONS["entity"]):
        for key, texts in tree.get(platform, {}).items():
            assert texts.get("state", {}).keys() <= options[key]


def test_counts_have_units() -> None:
    """Every number has either a unit in the code or a translated unit."""
    for description in (*SPACE_SENSORS, *ON_DEMAND_SENSORS, *TAG_SENSORS):
        if description.device_class is SensorDeviceClass.ENUM:
            continue
        translated = ENGLISH["entity"]["sensor"][description.translation_key or ""].get("unit_of_measurement")
        assert bool(description.native_unit_of_measurement) != bool(translated)


def test_flow_texts_are_used() -> None:
    """The steps, errors and abort reasons of the flows are those in the texts."""
    source = SOURCE.replace(REPAIRS, "")
    steps = set(re.findall(r'step_id="(\w+)"', source)) | {"user", "reauth_confirm", "reconfigure"}
    assert steps == ENGLISH["config"]["step"].keys() | ENGLISH["options"]["step"].keys()
    # Errors of the address are shown at its section, those of a selection or a missing value at its field.
    shown = set(
        re.findall(r'(?:"base"|CONF_ADVANCED|CONF_BUILDINGS|CONF_MQTT|CONF_SMALLEST_GROUP|field): "(\w+)"', source)
    )
    assert shown == ENGLISH["config"]["error"].keys() | ENGLISH["options"]["error"].keys()
    reasons = set(re.findall(r'reason="(\w+)"', source))
    # Home Assistant's own helpers end flows with these.
    reasons |= {"already_configured", "reauth_successful", "reconfigure_successful"}
    assert reasons == ENGLISH["config"]["abort"].keys() | ENGLISH["options"]["abort"].keys()


def test_issues_have_texts() -> None:
    """Every issue has a text (or a flow, if it is fixable) with the placeholders that it is given."""
    assert ENGLISH["issues"].keys() == set(Issue)
    given = {
        Issue.CLAIMED: {"entry", "webhooks"},
        Issue.NOT_GIVEN_BACK: {"entry", "webhooks"},
        Issue.PUSHES_INCOMPLETE: {"entry", "share", "good"},
        Issue.NO_TIME_ZONE: {"entry", "sites", "time_zone"},
        Issue.BUILDINGS_GONE: {"entry", "buildings"},
        Issue.TOO_MANY_ENTITIES: {"entry", "left_out", "most"},
        Issue.HIVES_OFFLINE: {"entry", "hives"},
        Issue.FLOORS_OFFLINE: {"entry", "floors"},
        Issue.CLOCK_BEHIND: {"entry", "difference"},
        Issue.CLOCK_AHEAD: {"entry", "difference"},
    }
    for issue in Issue:
        texts = ENGLISH["issues"][issue]
        flow = texts.get("fix_flow")
        assert (flow is not None) == (issue in FIXABLE_ISSUES)
        described = [step["description"] for step in flow["step"].values()] if flow else [texts["description"]]
        assert set().union(*map(placeholders, described)) == given.get(issue, {"entry"})
        if flow:
            menu = flow["step"].get("init", {}).get("menu_options", {})
            assert flow["step"].keys() == {*STEPS.get(issue, ()), "confirm"}
            assert all(f"async_step_{step}" in REPAIRS for step in (*flow["step"], *menu))
            assert flow["error"].keys() == CLICK_ERRORS.get(issue, {"still_there"})
            assert all(f'"{error}"' in SOURCE for error in flow["error"])
            assert flow["abort"].keys() == {"not_loaded", *(("keeps_polling",) if "keep_polling" in menu else ())}
            assert all(f'reason="{reason}"' in REPAIRS for reason in flow["abort"])


def test_every_field_is_explained() -> None:
    """Each field has a label and a description, in sections too."""
    for step in (*ENGLISH["config"]["step"].values(), *ENGLISH["options"]["step"].values()):
        for part in (step, *step.get("sections", {}).values()):
            # A menu has no fields.
            assert part.get("data", {}).keys() == part.get("data_description", {}).keys()


def raised() -> Iterator[tuple[str, set[str]]]:
    """Yield the key and the placeholders of every translated exception in the code."""
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Call):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            key, filled = given.get("translation_key"), given.get("translation_placeholders")
            if "translation_domain" in given and isinstance(key, ast.Constant):
                names = filled.keys if isinstance(filled, ast.Dict) else []
                yield str(key.value), {str(name.value) for name in names if isinstance(name, ast.Constant)}


def test_exceptions_have_texts() -> None:
    """Every translated exception has a text with the placeholders that it is given."""
    found = dict(raised())
    assert found.keys() == ENGLISH["exceptions"].keys()
    for key, given in found.items():
        assert placeholders(ENGLISH["exceptions"][key]["message"]) == given


def test_actions_have_texts() -> None:
    """Every action and field has texts, every action has an icon, and all of them are used."""
    texts = ENGLISH.get("services", {})
    assert texts.keys() == SERVICES.keys() == ICONS.get("services", {}).keys()
    for name, action in SERVICES.items():
        assert texts[name].get("fields", {}).keys() == ((action or {}).get("fields") or {}).keys()


@pytest.mark.parametrize(("category", "classes"), [("triggers", TRIGGERS), ("conditions", CONDITIONS)])
def test_triggers_and_conditions_have_texts(category: str, classes: Mapping[str, object]) -> None:
    """Every trigger, every condition and each of their fields is described and has texts, and all of them are used."""
    described: Any = parse_yaml((PACKAGE / f"{category}.yaml").read_text())
    # What begins with a dot is shared between them.
    fields = {name: one["fields"].keys() for name, one in described.items() if not name.startswith(".")}
    assert fields.keys() == classes.keys() == ICONS[category].keys()
    assert fields == {name: texts["fields"].keys() for name, texts in ENGLISH[category].items()}


def test_devices_have_texts() -> None:
    """Every translated device name is used."""
    for key in ENGLISH.get("device", {}):
        assert f'translation_key="{key}"' in SOURCE


def test_models_have_texts() -> None:
    """Every device model and mode has a text with its placeholders, and every text is used."""
    parts = {"room_of_type": {"room_type"}, "hive_of_type": {"hive_type"}, "sensor_of_mode": {"model", "mode"}}
    used = set(re.findall(r'"model_(\w+)"', (PACKAGE / "sync" / "devices.py").read_text()))
    others = ("say_", "simulated_", "privacy_")
    texts = {key: placeholders(text) for key, text in ENGLISH["common"].items() if not key.startswith(others)}
    assert texts == {f"model_{key}": parts.get(key, set()) for key in used} | {f"mode_{mode}": set() for mode in Mode}


def test_the_simulated_building_has_texts() -> None:
    """Every space and entrance has a name with nothing to fill in, and every text is used."""
    parts: dict[str, set[str]] = {"name": {"name"}, "building": set(), "hive": {"place"}, "sensor": {"number", "place"}}
    parts |= {"door_sensor": {"place"}} | {key: set() for key in (*IDS, *ENTRANCES)}
    texts = {key: placeholders(text) for key, text in ENGLISH["common"].items() if key.startswith("simulated_")}
    assert texts == {f"simulated_{key}": names for key, names in parts.items()}


def test_what_assist_says_has_texts() -> None:
    """Every text that is spoken is used, and counting texts have all forms."""
    said = "\n".join((PACKAGE / path).read_text() for path in ("assist/spoken.py", "intent.py", "live/busyness.py"))
    keys = {key.removeprefix("say_") for key in ENGLISH["common"] if re.match("say_(?!why_)", key)}
    quoted = set(re.findall(r'"(\w+)"', said))
    assert {re.sub("_(?:none|one|other)$", "", key) for key in keys - quoted} <= quoted
    assert set(re.findall(r'say\("(\w+)"', said)) <= keys
    for counted in ("people", "about", "at_least"):
        assert {f"{counted}_one", f"{counted}_other"} <= keys


def test_what_the_privacy_report_says_has_texts() -> None:
    """Every statement of the report has a text, and every text is used."""
    quoted = set(re.findall(r'"(\w+)"', (PACKAGE / "privacy" / "report.py").read_text()))
    assert {key.removeprefix("privacy_") for key in ENGLISH["common"] if key.startswith("privacy_")} <= quoted


def test_explanations_have_texts() -> None:
    """Every reason, doubt and confidence has its text, and every text is used."""
    keys = {key.removeprefix("say_why_") for key in ENGLISH["common"] if key.startswith("say_why_")}
    reasons = {*Reason, "not_shared"}
    evidence = {"people", "estimate", "motion", "motion_end", "crossing"}
    assert keys == {
        *(f"shown_{one}" for one in ("occupied", "unoccupied", "unknown", "unavailable")),
        *reasons,
        *(f"next_{one}" for one in reasons),
        *(f"doubt_{one}" for one in Doubt),
        *(f"confidence_{one}" for one in Confidence),
        *(f"evidence_{one}" for one in evidence),
        *("by_poll", "by_push", "poll_polling", "poll_push", "occupied_spaces", "unless_renewed", "resets"),
        "next_or_inside",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_stands_before_a_word(language: str) -> None:
    """No word follows a number that may be 1, because these texts have no plural forms."""
    numbered = {*EstateSize(estate()).placeholders(), "seconds"}
    for path, text in TEXTS[language].items():
        # Japanese has no plural forms, and neither do units.
        for name, word in re.findall(r"{(\w+)} ([^\W\d]+)", "" if language == "ja" else text):
            assert name not in numbered or word == "s", f"{path}: {name} {word}"


def test_system_health_has_texts() -> None:
    """Every item of the system health information has a text."""
    lines = re.findall(r'^ +"(\w+)": ', (PACKAGE / "system_health.py").read_text(), re.MULTILINE)
    assert set(lines) == ENGLISH["system_health"]["info"].keys()


def test_panel_texts_are_used() -> None:
    """Every text of the frontend and the floor plan is used, and every status has a word."""
    assert ENGLISH["config_panel"]["status"].keys() == set(Status)
    scripts = (path.read_text() for path in (PACKAGE.parents[1] / "frontend" / "src").rglob("*.ts"))
    words = set(re.findall(r"\w+", SOURCE + "\n".join(scripts)))
    keys = {path.rpartition(".")[2] for path in leaves(ENGLISH["config_panel"])}
    # The frontend chooses between the forms of a text that counts (frontend/src/texts.ts).
    assert {re.sub("_(?:one|other)$", "", key) for key in keys} <= words


def test_placeholders_match(simulator: Simulator) -> None:
    """The texts of the spaces step use exactly the placeholders that they are given."""
    given = EstateSize(estate()).placeholders().keys()
    for step in (ENGLISH["config"]["step"]["spaces"], ENGLISH["options"]["step"]["init"]):
        assert placeholders(step["description"]) == given


# -- the same in every language ----------------------------------------------------------------------------------------


def test_languages() -> None:
    """There are six languages."""
    assert LANGUAGES.keys() == {"de", "en", "es", "fr", "ja", "nl"}


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing_and_nothing_left_over(language: str) -> None:
    """Every language has the same keys as English, in the same order."""
    ours, english = list(TEXTS[language]), list(TEXTS["en"])
    assert sorted(set(english) - set(ours)) == [], "missing"
    assert sorted(set(ours) - set(english)) == [], "left over"
    assert ours == english


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_and_formatting_are_the_same(language: str) -> None:
    """Placeholders, code, links, paragraphs, arrows and the number of emphasized words are the same as in English."""
    for path, english in TEXTS["en"].items():
        text = TEXTS[language][path]
        assert placeholders(text) == placeholders(english), path
        assert Counter(re.findall(r"`[^`]*`", text)) == Counter(re.findall(r"`[^`]*`", english)), path
        assert re.findall(r"\]\(([^)]*)\)", text) == re.findall(r"\]\(([^)]*)\)", english), path
        assert text.count("**") == english.count("**"), path
        assert text.count("\n\n") == english.count("\n\n"), path
        assert text.count("→") == english.count("→"), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_clean(language: str) -> None:
    """No text is empty, has extra spaces, or references another file, which custom integrations cannot do."""
    for path, text in TEXTS[language].items():
        assert text.strip() == text != "", path
        assert not re.search(r"  |[ \t]\n|\n ", text), path
        assert "[%key" not in text, path


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    """No three consecutive words are English, apart from names, code and the labels of Butlr's pages."""
    for path, english in TEXTS["en"].items():
        text = TEXTS[language][path]
        left = spoken(text) & spoken(english)
        assert not left, f"{path}: {left}"
        if len(english.split()) > 3:
            assert text != english, path


def spoken(text: str) -> set[tuple[str, ...]]:
    """Return all sequences of three words, without names and code."""
    bare = PRODUCT_WORDS.sub(" | ", re.sub(r"`[^`]*`|\*\*[^*]*\*\*|{\w+}", " | ", text))
    words = re.findall(r"\w+|\S", bare.casefold())
    runs = zip(words, words[1:], words[2:], strict=False)
    return {run for run in runs if all(word.isalpha() for word in run)}


def test_english_is_one_language() -> None:
    """The spelling is American, as in Home Assistant's texts."""
    british = re.compile(
        r"\b\w*(organis|behaviour|colour|licence|neighbour|metre|centre|favour|catalogue|labelled|cancelled)\w*",
        re.IGNORECASE,
    )
    assert not {path: found[0] for path, text in TEXTS["en"].items() if (found := british.search(text))}


@pytest.mark.parametrize(
    ("language", "wrong"),
    [
        # As in Home Assistant: du in German, vous in French, tú in Spanish, je in Dutch.
        ("de", r"\bSie\b(?! (?:werden|wird|sind|ist|hat|haben|gehört|verschwindet|kommt))|\bIhre?[nmrs]?\b"),
        ("fr", r"\b[Tt](?:u|on|es)\b|\bta\b"),
        ("es", r"\b[Uu]sted(?:es)?\b"),
        ("nl", r"\b(?:u|uw|Uw)\b"),
        # Sentences are polite and end with a Japanese full stop.
        ("ja", r"[^\n]*(?:だ|である)。|\."),
    ],
)
def test_users_are_addressed_as_in_home_assistant(language: str, wrong: str) -> None:
    """The form of address is that of Home Assistant's user interface in the language."""
    for path, text in TEXTS[language].items():
        bare = re.sub(r"`[^`]*`", "", text)
        assert not (found := re.search(wrong, bare)), f"{path}: {found[0]}"
