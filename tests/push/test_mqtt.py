"""Pushes over MQTT, with a real broker and Home Assistant's own MQTT integration."""

from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
import json
import logging
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.butlr.api.events import EventType
from custom_components.butlr.const import CONF_MQTT, MQTT_OFF, MQTT_RECEIVE, MQTT_SHARE
from custom_components.butlr.coordinator import OCCUPANCY_INTERVAL, OCCUPANCY_INTERVAL_WITH_PUSH
from custom_components.butlr.diagnostics import async_get_config_entry_diagnostics
from custom_components.butlr.issues.issue import Issue
from custom_components.butlr.push import mqtt as mqtt_module
from custom_components.butlr.push.receiver import MAX_BODY_BYTES
from custom_components.butlr.push.subscription import SubscriptionReconciler
from tests.conftest import choose
from tests.helpers.mqtt import Broker, MqttScene
from tests.helpers.positions import event_of
from tests.helpers.push import ALL_TYPES, OCCUPANCY_TYPES, occupancy_event, secret_header, webhook_path
from tests.helpers.scene import Scene


@pytest.fixture
def broker(tmp_path: Path, socket_enabled: None) -> Iterator[Broker]:
    """Run a broker."""
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
async def shared(scene: Scene, broker: Broker) -> AsyncIterator[MqttScene]:
    """Return a scene with a broker; Butlr is not set up yet."""
    shared = await MqttScene.create(scene, broker)
    yield shared
    await shared.close()


def role(scene: Scene, chosen: str) -> None:
    """Choose what to do with MQTT before the entry is set up."""
    scene.hass.config_entries.async_update_entry(scene.entry, options={**scene.entry.options, CONF_MQTT: chosen})


async def receive(shared: MqttScene) -> None:
    """Set the entry up to receive, and let another Home Assistant share everything."""
    role(shared.scene, MQTT_RECEIVE)
    shared.announce(*ALL_TYPES)
    await shared.scene.set_up()
    link = shared.scene.data.push.mqtt
    await shared.until(lambda: link.types)
    shared.peer.publish(shared.topic("Boardroom"), occupancy_event(shared.scene.simulator, 0))
    await shared.until(lambda: shared.scene.mode == "push")


# -- sharing -----------------------------------------------------------------------------------------------------------


async def test_events_are_shared_as_received(shared: MqttScene) -> None:
    """Byte for byte, with QoS 1, not retained; what is not an event of the organization, or has positions, is not."""
    scene = shared.scene
    role(scene, MQTT_SHARE)
    await scene.set_up()
    await shared.until(lambda: shared.peer.messages)
    (announced,) = shared.peer.messages
    assert announced.topic == f"{shared.root}/pushes"
    assert set(json.loads(announced.payload)["types"]) == ALL_TYPES
    shared.peer.messages.clear()
    event = occupancy_event(scene.simulator, 2)
    foreign = event | {"metadata": event["metadata"] | {"org_id": "org_x"}}
    positions = event_of(scene, "Boardroom", [1.0, 1.0])
    bodies = [
        json.dumps(one, indent=indent).encode()
        for indent, one in enumerate((event, foreign, positions, event | {"data": -1}, event | {"data": 3, "id": "2"}))
    ]
    for body in bodies:
        await scene.http.post(webhook_path(scene.entry), data=body, headers=secret_header(scene.entry))
    refused = await scene.http.post(webhook_path(scene.entry), data=bodies[0])
    assert refused.status == HTTPStatus.UNAUTHORIZED
    unknown = json.dumps(event | {"metadata": {"room_id": "room_x"}}).encode()
    await scene.http.post(webhook_path(scene.entry), data=unknown, headers=secret_header(scene.entry))
    await shared.until(lambda: len(shared.peer.messages) == 3)
    topic = shared.topic("Boardroom")
    assert [(one.topic, one.payload) for one in shared.peer.messages] == [
        (topic, bodies[0]),
        (topic, bodies[4]),
        (f"{shared.root}/unknown/ROOM_OCCUPANCY", unknown),
    ]
    assert {(one.qos, one.retain) for one in shared.peer.messages} == {(1, False)}
    await shared.until(lambda: scene.data.push.mqtt.outcomes == {"shared": 3})
    await choose(scene.hass, scene.entry, mqtt=MQTT_OFF)
    await shared.until(lambda: shared.peer.messages[-1].topic == announced.topic)
    assert shared.peer.messages[-1].payload == b""
    await choose(scene.hass, scene.entry, mqtt=MQTT_SHARE)
    await shared.until(lambda: shared.peer.messages[-1].payload)
    await scene.remove()
    await shared.until(lambda: not shared.peer.messages[-1].payload)
    assert shared.peer.messages[-1].topic == announced.topic


async def test_events_are_not_kept_while_the_broker_is_gone(shared: MqttScene) -> None:
    """They are counted; the announcement is repeated for a broker that has forgotten it."""
    scene = shared.scene
    role(scene, MQTT_SHARE)
    await scene.set_up()
    link = scene.data.push.mqtt
    await shared.until(lambda: link.connected)
    shared.broker.kill()
    await shared.until(lambda: not link.connected)
    await scene.simulator.move(to=scene.room("Boardroom"))
    await shared.until(lambda: link.outcomes)
    assert link.outcomes.keys() == {"not_connected"}
    assert scene.state("Boardroom", "people") == "1"
    await shared.restart_broker()
    await shared.until(lambda: shared.peer.messages)
    assert {one.topic for one in shared.peer.messages} == {f"{shared.root}/pushes"}


async def test_a_broker_that_is_too_slow(shared: MqttScene) -> None:
    """Neither the state nor the memory suffers from it."""
    scene = shared.scene
    role(scene, MQTT_SHARE)
    await scene.set_up()
    link = scene.data.push.mqtt
    await shared.until(lambda: link.connected)
    error = HomeAssistantError("no answer")
    with patch.object(mqtt, "async_publish", side_effect=error), patch.object(mqtt_module, "MAX_PENDING", 1):
        await scene.push(occupancy_event(scene.simulator, 1))
        link._pending = 1
        await scene.push(occupancy_event(scene.simulator, 2))
    assert link.outcomes == {"failed": 1, "too_many": 1}
    assert scene.state("Boardroom", "people") == "2"


# -- receiving ---------------------------------------------------------------------------------------------------------


async def test_events_are_received(shared: MqttScene, caplog: pytest.LogCaptureFixture) -> None:
    """They verify themselves as those of a webhook do. Nothing is subscribed at Butlr; bad messages change nothing."""
    scene = shared.scene
    await receive(shared)
    assert (scene.simulator.webhooks, scene.issues) == ([], set())
    assert scene.data.occupancy.interval == OCCUPANCY_INTERVAL_WITH_PUSH
    assert scene.data.traffic.crossings_pushed
    link, event = scene.data.push.mqtt, occupancy_event(scene.simulator, 2)
    event["timestamp"] += 2000
    caplog.clear()
    link.outcomes.clear()
    late = event | {"timestamp": event["timestamp"] - 1000, "data": 7}
    sent: list[tuple[Any, str]] = [
        (event, "applied"),
        (event, "applied"),
        (late, "old"),
        (b"{", "invalid"),
        (b"\xff\xfe", "invalid"),
        (b"[" * 60_000, "invalid"),
        (b" " * (MAX_BODY_BYTES + 1), "too_large"),
        (event | {"data": 10**9}, "invalid"),
        (event | {"metadata": event["metadata"] | {"org_id": "org_x"}, "data": 5}, "foreign"),
        (event_of(scene, "Boardroom", [1.0, 1.0]), "unread"),
    ]
    for content, _ in sent:
        shared.peer.publish(shared.topic("Boardroom"), content)
    await shared.until(lambda: link.outcomes.total() == len(sent))
    assert link.outcomes == {outcome: [one for _, one in sent].count(outcome) for _, outcome in sent}
    assert scene.state("Boardroom", "people") == "2"
    # A retained event is of any age.
    shared.peer.publish(shared.topic("Boardroom"), event | {"data": 9}, retain=True)
    await scene.reload()
    link = scene.data.push.mqtt
    await shared.until(lambda: link.outcomes and link.types)
    assert link.outcomes == {"retained": 1}
    assert scene.state("Boardroom", "people") == "0"
    assert [one for one in caplog.records if one.levelno >= logging.WARNING and "butlr" in one.name] == []
    report = (await async_get_config_entry_diagnostics(scene.hass, scene.entry))["link"]["push"]["mqtt"]
    assert report == {
        "role": MQTT_RECEIVE,
        "connected": True,
        "shared_by_others": sorted(ALL_TYPES),
        "silent": False,
        "events": {"retained": 1},
    }


async def test_a_lost_broker_is_noticed_at_once(shared: MqttScene) -> None:
    """Polling is back at full pace; what comes after the return is verified anew."""
    scene = shared.scene
    await receive(shared)
    link = scene.data.push.mqtt
    shared.broker.kill()
    await shared.until(lambda: scene.mode == "polling")
    assert scene.data.occupancy.interval == OCCUPANCY_INTERVAL
    await scene.simulator.move(to=scene.room("Boardroom"))
    await shared.until(lambda: scene.state("Boardroom", "people") == "1", tick=1)
    await shared.restart_broker()
    shared.announce(*OCCUPANCY_TYPES)
    await shared.until(lambda: link.types == OCCUPANCY_TYPES)
    assert scene.mode == "polling"
    shared.peer.publish(shared.topic("Boardroom"), occupancy_event(scene.simulator, 1))
    await shared.until(lambda: scene.mode == "push")
    assert not scene.data.traffic.crossings_pushed


async def test_a_publisher_that_dies_is_noticed(shared: MqttScene) -> None:
    """Polls find what was not shared: they correct it, and after half an hour it is reported, until events return."""
    scene = shared.scene
    await receive(shared)
    await scene.pass_minutes(12)
    assert scene.mode == "push"
    await scene.simulator.move(to=scene.room("Focus Room"))
    await scene.pass_minutes(9)
    assert scene.mode == "polling"
    assert scene.state("Focus Room", "people") == "1"
    assert scene.issues == set()
    await scene.simulator.move(to=scene.room("Focus Room"))
    await scene.pass_minutes(31)
    assert scene.issues == {Issue.MQTT_SILENT}
    assert scene.simulator.webhooks == []
    # The other one stops sharing, which is no reason to forget that.
    shared.announce()
    await shared.until(lambda: not scene.data.push.mqtt.types)
    await scene.pass_minutes(31)
    assert scene.issues == {Issue.MQTT_SILENT}
    shared.announce(*ALL_TYPES)
    await shared.until(lambda: scene.data.push.mqtt.types)
    assert scene.issues == set()


async def test_the_choice_can_be_changed(shared: MqttScene) -> None:
    """Webhooks are deleted for it and created again without it; a token that may not list them is no obstacle."""
    scene = shared.scene
    await scene.set_up_and_verify()
    assert len(scene.simulator.webhooks) == 2
    await choose(scene.hass, scene.entry, mqtt=MQTT_RECEIVE)
    await scene.settle()
    assert scene.simulator.webhooks == []
    assert (scene.mode, scene.issues) == ("polling", set())
    await scene.pass_minutes(31)
    assert scene.issues == {Issue.MQTT_SILENT}
    scene.simulator.settings.webhook_permission = "403"
    await scene.reload()
    assert scene.issues == set()
    scene.simulator.settings.webhook_permission = "granted"
    await choose(scene.hass, scene.entry, mqtt=MQTT_OFF)
    await scene.settle()
    assert len(scene.simulator.webhooks) == 2
    await scene.enter("Boardroom")
    assert scene.mode == "push"
    shared.peer.publish(shared.topic("Boardroom"), occupancy_event(scene.simulator, 5))
    await shared.until(lambda: shared.peer.messages)
    assert scene.data.push.mqtt.outcomes == {}


async def test_without_mqtt(scene: Scene) -> None:
    """It cannot be chosen; if MQTT is removed afterwards, a repair says so."""
    await scene.set_up()
    form = await scene.hass.config_entries.options.async_init(scene.entry.entry_id)
    answer = {"buildings": list(scene.simulator.estate.buildings), CONF_MQTT: MQTT_SHARE}
    result = await scene.hass.config_entries.options.async_configure(form["flow_id"], answer)
    assert result["errors"] == {CONF_MQTT: "no_mqtt"}
    role(scene, MQTT_SHARE)
    await scene.reload()
    await scene.pass_minutes(1)
    assert scene.issues == {Issue.MQTT_MISSING}
    role(scene, MQTT_OFF)
    await scene.pass_minutes(1)
    assert scene.issues == set()


async def test_mqtt_that_is_set_up_anew_is_subscribed_once(shared: MqttScene) -> None:
    """Also when the choice changes afterward: nothing comes twice, and nothing is left in Home Assistant's client."""
    scene = shared.scene
    await receive(shared)
    await shared.reload_mqtt()
    link = scene.data.push.mqtt
    await shared.until(lambda: link.types)
    await choose(scene.hass, scene.entry, mqtt=MQTT_OFF)
    await choose(scene.hass, scene.entry, mqtt=MQTT_RECEIVE)
    await shared.until(lambda: link.types)
    link.outcomes.clear()
    shared.peer.publish(shared.topic("Boardroom"), occupancy_event(scene.simulator, 1))
    shared.peer.publish(shared.topic("Boardroom"), b"last")
    await shared.until(lambda: link.outcomes["invalid"])
    assert link.outcomes == {"applied": 1, "invalid": 1}
    await scene.hass.config_entries.async_unload(scene.entry.entry_id)
    topics = [one.topic for one in scene.hass.data[mqtt.DATA_MQTT].client.subscriptions]
    assert [one for one in topics if one.startswith("butlr")] == []


async def test_who_shares_nothing_announces_nothing(shared: MqttScene) -> None:
    """Another one that shares is not made to look silent; an entry that is disabled announces nothing more."""
    scene = shared.scene
    role(scene, MQTT_SHARE)
    shared.announce(*OCCUPANCY_TYPES)
    scene.simulator.settings.webhook_permission = "403"
    await scene.set_up()
    link = scene.data.push.mqtt
    await shared.until(lambda: link.connected)
    await choose(scene.hass, scene.entry, mqtt=MQTT_OFF)
    await choose(scene.hass, scene.entry, mqtt=MQTT_SHARE)
    scene.simulator.settings.webhook_permission = "granted"
    await scene.reload()
    await shared.until(lambda: len(shared.peer.messages) == 2)
    assert [set(json.loads(one.payload)["types"]) for one in shared.peer.messages] == [OCCUPANCY_TYPES, ALL_TYPES]

    async def give_back(subscription: SubscriptionReconciler) -> bool:
        scene.data.push.mqtt.announce([])
        scene.data.push.mqtt.announce([EventType.TRAFFIC])
        return True

    with patch.object(SubscriptionReconciler, "give_back", give_back):
        await scene.hass.config_entries.async_set_disabled_by(scene.entry.entry_id, ConfigEntryDisabler.USER)
    shared.peer.publish("butlr/end", b"")
    await shared.until(lambda: shared.peer.messages[-1].topic == "butlr/end")
    assert shared.peer.messages[-2].payload == b""
