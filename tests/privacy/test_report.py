"""The privacy report: its numbers are those of Home Assistant, and its words say them in every language."""

from typing import Any
from unittest.mock import patch

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.components.recorder import get_instance
from homeassistant.const import CONF_LLM_HASS_API
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.butlr.assist.spoken import LANGUAGES
from custom_components.butlr.assist.tools import api_id
from custom_components.butlr.const import (
    CONF_MQTT,
    CONF_POSITIONS,
    CONF_SMALLEST_GROUP,
    DOMAIN,
    MQTT_RECEIVE,
    MQTT_SHARE,
)
from custom_components.butlr.diagnostics import async_get_config_entry_diagnostics
from custom_components.butlr.privacy import facts
from custom_components.butlr.push.taken_over import TakenWebhook, TakeoverRecord
from tests.conftest import choose
from tests.helpers.scene import Scene
from tests.helpers.states import entity_of


async def report(scene: Scene, language: str = "en") -> dict[str, Any]:
    """Return the answer of the action."""
    answer = await scene.hass.services.async_call(
        DOMAIN, "get_privacy_report", {"language": language}, blocking=True, return_response=True
    )
    assert answer
    return dict(answer)


def paragraph(answer: dict[str, Any], title: str) -> str:
    """Return one paragraph of the words."""
    found: list[str] = [one for one in answer["text"].split("\n\n") if one.startswith(f"**{title}.**")]
    assert len(found) == 1, (title, answer["text"])
    return found[0]


async def test_without_a_recorder(scene: Scene) -> None:
    """What is off is said to be off; the numbers are those of the registries."""
    hass = scene.hass
    await scene.set_up()
    answer = await report(scene)
    counted = answer["facts"]
    registered = er.async_entries_for_config_entry(er.async_get(hass), scene.entry.entry_id)
    enabled = [one for one in registered if not one.disabled_by]
    sensors = scene.data.estate.data.sensors.values()
    assert (answer["organization"], answer["language"]) == (scene.entry.title, "en")
    assert counted["entities"]["enabled"] == len(enabled)
    assert 0 < counted["entities"]["about_people"] < len(enabled)
    assert counted["sensed"]["presence"] == sum(one.mode == "presence" for one in sensors)
    assert counted["sensed"]["motion"] == sum(one.senses_motion for one in sensors)
    assert counted["recorder"] == {"is_set_up": False}
    assert counted["assistants"] == {"entities_exposed": {}, "with_all_tools": 0}
    assert counted["transfer"]["event_types"] == sorted(scene.subscription.status.types) != []
    assert "not running" in paragraph(answer, "What is recorded")
    assert "turned off" in paragraph(answer, "Live positions")
    assert "also 1" in paragraph(answer, "Small groups")
    assert "ROOM_OCCUPANCY" in paragraph(answer, "How values arrive")
    assert "No entity" in paragraph(answer, "Assistants")
    assert "{" not in answer["text"]


async def test_everything_that_can_be_on(scene: Scene) -> None:
    """What a person turned on or exposed is in the report, and nothing of it is a secret or an id."""
    hass = scene.hass
    assert await async_setup_component(hass, "homeassistant", {})
    await scene.set_up()
    MockUser(is_owner=True).add_to_hass(hass)
    MockUser().add_to_hass(hass)
    people = entity_of(hass, scene.room("Boardroom"), "people")
    assert people
    for assistant in ("conversation", "cloud.alexa"):
        async_expose_entity(hass, assistant, people, should_expose=True)
    floor = next(one for one in scene.simulator.estate.floors.values() if one.name == "First Floor")
    for data in ({CONF_LLM_HASS_API: ["assist", api_id(scene.entry)]}, {"all_llm_apis": True}):
        MockConfigEntry(domain="other", data=data).add_to_hass(hass)
    await choose(hass, scene.entry, **{CONF_POSITIONS: [floor.id]})
    answer = await report(scene)
    counted = answer["facts"]
    assert counted["assistants"] == {"entities_exposed": {"conversation": 1, "cloud.alexa": 1}, "with_all_tools": 2}
    assert (counted["users"]["active"], counted["users"]["administrators"]) == (2, 1)
    assert counted["transfer"]["floors_with_positions"] == 1
    assert "Assist: 1, Amazon Alexa: 1" in paragraph(answer, "Assistants")
    assert "2" in paragraph(answer, "Language models")
    assert "First Floor" in paragraph(answer, "Live positions")
    for secret in (*scene.entry.data.values(), scene.entry.entry_id, floor.id):
        assert not secret or str(secret) not in str(answer)

    await choose(hass, scene.entry, **{CONF_POSITIONS: [], CONF_SMALLEST_GROUP: 4})
    assert '"fewer than 4"' in paragraph(await report(scene), "Small groups")
    diagnostics = await async_get_config_entry_diagnostics(hass, scene.entry)
    assert diagnostics["privacy"] == (await report(scene))["facts"]
    texts = {language: (await report(scene, language))["text"] for language in LANGUAGES}
    assert len(set(texts.values())) == len(LANGUAGES)
    paragraphs = {text.count("\n\n") for text in texts.values()}
    assert len(paragraphs) == 1
    await scene.hass.config.async_update(language="de-CH")
    answer = await hass.services.async_call(DOMAIN, "get_privacy_report", {}, blocking=True, return_response=True)  # type: ignore[assignment]
    assert answer["language"] == "de"


@pytest.mark.recorder("2026-11-25T11:00:00Z")
async def test_what_is_recorded(scene: Scene) -> None:
    """The recorder says how long it keeps states; statistics are of those that it records."""
    await scene.set_up()
    answer = await report(scene)
    recorder, about = answer["facts"]["recorder"], answer["facts"]["entities"]["about_people"]
    assert recorder["recorded"] + recorder["not_recorded"] == about
    assert 0 < recorder["long_term_statistics"] < recorder["recorded"]
    assert recorder["days_kept"] == get_instance(scene.hass).keep_days
    assert f"deleted: {recorder['days_kept']}" in paragraph(answer, "What is recorded")
    get_instance(scene.hass).auto_purge = False
    answer = await report(scene)
    assert answer["facts"]["recorder"]["days_kept"] is None
    assert "does not delete" in paragraph(answer, "What is recorded")


@pytest.mark.parametrize(("forward", "said"), [(True, "passes it on"), (False, "no longer receives")])
async def test_another_system(scene: Scene, forward: bool, said: str) -> None:
    """Who else gets the events, or does not anymore, is said without naming the system."""
    await scene.set_up()
    row = {"id": "webhook_other", "name": "Other", "event_types": ["ROOM_OCCUPANCY"]}
    rows = row, row | {"event_types": ["DETECTIONS"]}
    records = [TakeoverRecord(forward, (TakenWebhook(one, taken=True),)) for one in rows]
    with patch.object(TakeoverRecord, "of", return_value=records[1]):
        answer = await report(scene)
    assert "because it sent that to another system" in paragraph(answer, "Live positions for another system")
    assert "does not send where people are" not in answer["text"]
    with patch.object(TakeoverRecord, "of", return_value=records[0]):
        answer = await report(scene)
    assert "does not send where people are" in paragraph(answer, "Live positions")
    transfer = answer["facts"]["transfer"]
    assert (transfer["other_systems"], transfer["with_positions"], transfer["forwarded"]) == (1, 0, forward)
    assert said in paragraph(answer, "Another system")
    assert "webhook_other" not in str(answer)


async def test_a_simulated_building(scene: Scene) -> None:
    """Its people do not exist, and Butlr keeps nothing of them."""
    await scene.set_up()
    with patch.object(facts, "is_simulated", return_value=True):
        answer = await report(scene)
    assert "made up" in paragraph(answer, "A simulated building")
    assert "At Butlr" not in answer["text"]
    assert "A simulated building" not in (await report(scene))["text"]


async def test_without_pushes(scene: Scene) -> None:
    """A polling integration receives nothing by itself."""
    await scene.set_external_url(None)
    await scene.set_up()
    answer = await report(scene)
    assert answer["facts"]["transfer"]["pushed"] is False
    assert "sends nothing by itself" in paragraph(answer, "How values arrive")
    for choice, title, said in (
        (MQTT_RECEIVE, "How values arrive", "passes on"),
        (MQTT_SHARE, "MQTT", "also small ones"),
    ):
        options = {**scene.entry.options, CONF_MQTT: choice}
        scene.hass.config_entries.async_update_entry(scene.entry, options=options)
        answer = await report(scene)
        assert answer["facts"]["transfer"]["mqtt"] == choice
        assert said in paragraph(answer, title)
