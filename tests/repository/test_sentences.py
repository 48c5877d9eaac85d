"""The sentences in docs/custom_sentences, recognized as Home Assistant's conversation agent does."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
import json
import re
from typing import Any

from hassil import Intents, recognize_best
from hassil.intents import RangeSlotList, SlotList, TextSlotList
from hassil.sample import sample_sentence
from hassil.util import merge_dict
from home_assistant_intents import get_intents
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.butlr.assist.spoken import LANGUAGES
from custom_components.butlr.intent import QUESTIONS, ButlrIntentHandler
from tests.repository.test_files import ROOT

FOLDER = ROOT / "docs" / "custom_sentences"
OURS = [question.intent_type for question in QUESTIONS]
# What marks sentences from the configuration folder, which win over Home Assistant's own.
CUSTOM = "hass_custom_sentence"
# The rows of the table of docs/voice.md, in the order of the intents.
NAMES = {"English": "en", "Deutsch": "de", "Español": "es", "Français": "fr", "日本語": "ja", "Nederlands": "nl"}
PAGE = (ROOT / "docs" / "voice.md").read_text()
ROWS = re.findall(rf"^\| ({'|'.join(NAMES)}) \| (.+) \| (.+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
# More questions, and what they are understood as.
FREE, PEOPLE, ANYONE, BUSY = OURS
MORE: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("en", "what meeting rooms are available for six people in Pier House", FREE, {"space": "Pier House", "people": 6}),
    ("en", "which room is free on the first floor for 6 people", FREE, {"space": "first floor", "people": 6}),
    ("en", "Where can I find a free room?", FREE, {}),
    ("en", "how many people are there here right now", PEOPLE, {"here": "yes"}),
    ("en", "how many people are in the building", PEOPLE, {}),
    ("en", "how busy is the office", BUSY, {"office": "office"}),
    ("en", "is anyone in the office now", ANYONE, {"office": "office"}),
    ("en", "is anyone in the office kitchen", ANYONE, {"space": "office kitchen"}),
    ("de", "Wie viele Personen sind im Büro", PEOPLE, {"office": "Büro"}),
    ("es", "hay alguien en la oficina", ANYONE, {"office": "oficina"}),
    ("fr", "combien de personnes sont dans le bureau", PEOPLE, {"office": "bureau"}),
    ("ja", "オフィスに誰かいますか", ANYONE, {"office": "オフィス"}),
    ("nl", "hoe druk is het kantoor", BUSY, {"office": "kantoor"}),
    ("en", "is the Focus Room in use", ANYONE, {"space": "Focus Room"}),
    ("en", "is anyone in here", ANYONE, {"here": "yes"}),
    ("en", "how crowded is the café at the moment", BUSY, {"space": "café"}),
    (
        "de",
        "Suche einen freien Besprechungsraum für 6 Personen im Erdgeschoss",
        FREE,
        {"space": "Erdgeschoss", "people": 6},
    ),
    ("de", "Welcher Raum ist für sechs Personen frei", FREE, {"people": 6}),
    ("de", "Wie viele Leute sind hier", PEOPLE, {"here": "yes"}),
    ("de", "Ist in der Lobby jemand", ANYONE, {"space": "Lobby"}),
    ("de", "Wie viel ist im Café los", BUSY, {"space": "Café"}),
    ("es", "busca una sala para cuatro personas", FREE, {"people": 4}),
    ("es", "cuánta gente hay en el edificio", PEOPLE, {}),
    ("es", "hay alguien aquí", ANYONE, {"here": "yes"}),
    ("es", "qué tan llena está la cafetería", BUSY, {"space": "cafetería"}),
    ("fr", "trouve-moi une salle de réunion libre pour 6 personnes à l'étage", FREE, {"space": "étage", "people": 6}),
    ("fr", "combien de personnes sont dans le bâtiment", PEOPLE, {}),
    ("fr", "est-ce qu'il y a quelqu'un dans l'atelier", ANYONE, {"space": "atelier"}),
    ("fr", "y a-t-il beaucoup de monde ici", BUSY, {"here": "yes"}),
    ("ja", "1階で6人用の空いている会議室はありますか", FREE, {"space": "1階", "people": 6}),
    ("ja", "ここに何人いますか", PEOPLE, {"here": "yes"}),
    ("ja", "会議室Aは使用中ですか", ANYONE, {"space": "会議室A"}),
    ("ja", "カフェは混んでいますか", BUSY, {"space": "カフェ"}),
    ("nl", "ik zoek een kamer voor 6 personen op de begane grond", FREE, {"space": "begane grond", "people": 6}),
    ("nl", "hoeveel mensen zijn er in het gebouw", PEOPLE, {}),
    ("nl", "is de vergaderzaal vrij", ANYONE, {"space": "vergaderzaal"}),
    ("nl", "hoe druk is het hier", BUSY, {"here": "yes"}),
    # As people say it.
    ("en", "is there a room free on the first floor", FREE, {"space": "first floor"}),
    ("en", "which room on the first floor is free", FREE, {"space": "first floor"}),
    ("en", "is there anyone at the office", ANYONE, {"office": "office"}),
    ("de", "Ist noch ein Besprechungsraum im ersten Stock frei", FREE, {"space": "ersten Stock"}),
    ("es", "queda alguna sala de juntas libre en la planta baja", FREE, {"space": "planta baja"}),
    ("es", "cuántos hay en la sala azul", PEOPLE, {"space": "sala azul"}),
    ("fr", "quelles sont les salles libres", FREE, {}),
    ("fr", "combien y a-t-il de personnes au bureau", PEOPLE, {"office": "bureau"}),
    ("fr", "il y a combien de monde dans le café", PEOPLE, {"space": "café"}),
    ("fr", "est-ce que quelqu'un est dans le hall", ANYONE, {"space": "hall"}),
    ("fr", "est-ce que la salle bleue est prise", ANYONE, {"space": "salle bleue"}),
    ("ja", "空き会議室ありますか", FREE, {}),
    ("ja", "6名が入れる会議室はどこですか", FREE, {"people": 6}),
    ("ja", "1階の会議室は空いていますか", FREE, {"space": "1階"}),
    ("ja", "会議室Aは空いていますか", ANYONE, {"space": "会議室A"}),
    ("ja", "カフェは何名いますか", PEOPLE, {"space": "カフェ"}),
    ("nl", "is er op de begane grond nog een kamer vrij", FREE, {"space": "begane grond"}),
    ("nl", "ik heb een kamer nodig voor zes personen", FREE, {"people": 6}),
    ("nl", "hoeveel mensen zitten er in de kantine", PEOPLE, {"space": "kantine"}),
    ("nl", "zit er iemand op kantoor", ANYONE, {"office": "kantoor"}),
)
# Home Assistant's own questions stay its own.
NOT_OURS = (
    ("en", "is anyone home"),
    ("en", "is anyone at home"),
    ("en", "how many people are at home"),
    ("en", "is the lamp on"),
    ("en", "is the lamp occupied"),
    ("en", "what is the temperature in the kitchen"),
    ("de", "ist jemand zu Hause"),
    ("de", "wie viele Personen sind zu Hause"),
    ("de", "ist Lamp belegt"),
    ("es", "hay alguien en casa"),
    ("es", "cuántas personas hay en casa"),
    ("fr", "y a-t-il quelqu'un à la maison"),
    ("fr", "combien de personnes sont à la maison"),
    ("fr", "est-ce que quelqu'un est à la maison"),
    ("nl", "is er iemand thuis"),
    ("nl", "hoeveel mensen zijn er thuis"),
)
OTHER_LISTS = {"area": "Kitchen", "floor": "Upstairs", "name": "Lamp"}


def load(language: str) -> dict[str, Any]:
    """Return our sentences of a language."""
    return load_yaml_dict(str(FOLDER / language / "butlr.yaml"))


@cache
def intents(language: str) -> Intents:
    """Return Home Assistant's own sentences together with ours."""
    together: dict[str, Any] = get_intents(language, json_load=json.load) or {}
    ours = load(language)
    for one in ours["intents"].values():
        for block in one["data"]:
            block["metadata"] = {CUSTOM: True}
    merge_dict(together, ours)
    return Intents.from_dict(together)


def recognized(language: str, text: str) -> tuple[str, dict[str, Any]] | None:
    """Return what a sentence is understood as: an intent and its slots."""
    lists: dict[str, SlotList] = {
        name: TextSlotList.from_tuples([(one, one, {"domain": "binary_sensor"})], allow_template=False)
        for name, one in OTHER_LISTS.items()
    }
    result = recognize_best(
        text,
        intents(language),
        slot_lists=lists,
        language=language,
        best_metadata_key=CUSTOM,
        best_slot_name="name",
    )
    return (result.intent.name, {key: one.value for key, one in result.entities.items()}) if result else None


def examples() -> Iterator[tuple[str, str, str]]:
    """Yield the questions of the documentation: the language, the question and the intent."""
    for name, *questions in ROWS:
        for question, intent_type in zip(questions, OURS, strict=True):
            yield NAMES[name], question, intent_type


def test_languages() -> None:
    """There is a file for each language of the texts, the documentation shows all, and links to each."""
    assert {path.parent.name for path in FOLDER.glob("*/butlr.yaml")} == set(LANGUAGES) == set(NAMES.values())
    assert Counter(NAMES[name] for name, *_ in ROWS) == dict.fromkeys(LANGUAGES, 1)
    for language in LANGUAGES:
        assert f"](custom_sentences/{language}/butlr.yaml) | `custom_sentences/{language}/butlr.yaml`" in PAGE
        assert load(language)["language"] == language
    texts = {path.stem for path in (ROOT / "custom_components" / "butlr" / "translations").glob("*.json")}
    assert texts == set(LANGUAGES)
    assert all(f"| `{intent_type}` |" in PAGE for intent_type in OURS)


@pytest.mark.parametrize(("language", "question", "intent_type"), examples())
def test_examples_are_understood(language: str, question: str, intent_type: str) -> None:
    """Each question of the documentation is understood as what its column says."""
    found = recognized(language, question)
    assert found
    assert found[0] == intent_type
    assert ("space" in found[1]) == (intent_type != BUSY)


@pytest.mark.parametrize(("language", "question", "intent_type", "slots"), MORE)
def test_other_words_are_understood(language: str, question: str, intent_type: str, slots: dict[str, Any]) -> None:
    """Rooms, numbers and places are found in any order, without articles."""
    assert recognized(language, question) == (intent_type, slots)


@pytest.mark.parametrize(("language", "question"), NOT_OURS)
def test_other_questions_are_left_alone(language: str, question: str) -> None:
    """Home Assistant's own questions about persons at home and about its entities are understood as before."""
    found = recognized(language, question)
    assert found
    assert found[0] not in OURS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_understood(language: str) -> None:
    """Every sentence refers to rules and lists that exist, and what it says is understood as its own intent."""
    ours = Intents.from_dict(load(language))
    lists: dict[str, SlotList] = {
        "butlr_space": TextSlotList.from_strings(["Boardroom"], allow_template=False),
        "butlr_people": RangeSlotList(name="butlr_people", start=6, stop=6),
        "butlr_office": ours.slot_lists["butlr_office"],
    }
    for name, one in ours.intents.items():
        for block in one.data:
            for sentence in block.sentences:
                # The first words of each alternative, without and with what is optional.
                for optional in (True, False):
                    said = sample_sentence(
                        sentence, lists, ours.expansion_rules, language=language, skip_optionals=optional
                    )
                    text = next(iter(said))
                    found = recognized(language, text)
                    assert found, text
                    assert found[0] == name, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_change_nothing_else(language: str) -> None:
    """Rules and lists have our prefix, so that none of Home Assistant's is replaced; slots are those of the intents."""
    ours = load(language)
    assert ours.keys() == {"language", "intents", "expansion_rules", "lists"}
    assert all(name.startswith("butlr_") for name in (*ours["expansion_rules"], *ours["lists"]))
    assert ours["intents"].keys() - {"HassGetState"} == set(OURS)
    source = (FOLDER / language / "butlr.yaml").read_text()
    rules = set(re.findall(r"<(\w+)>", source))
    assert rules == ours["expansion_rules"].keys()
    slots = {str(slot) for slot in ButlrIntentHandler(QUESTIONS[0]).slot_schema}
    used = set(re.findall(r"{\w+:(\w+)}", source)) | {
        slot for name in OURS for block in ours["intents"][name]["data"] for slot in block.get("slots", {})
    }
    assert used <= slots
