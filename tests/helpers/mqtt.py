"""A real broker, another client of it, and Home Assistant's own MQTT integration."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import json
from pathlib import Path
import subprocess
import time
from typing import Any
from unittest.mock import patch

from homeassistant.components.mqtt import DOMAIN as MQTT_DOMAIN
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from pytest_homeassistant_custom_component.common import MockConfigEntry

from scripts.lib.processes.broker import accepts_connections, write_configuration
from scripts.lib.processes.child_process import choose_port

from .scene import Scene

# Real seconds; a busy machine is slow.
TIMEOUT = 30


@dataclass
class Broker:
    """Mosquitto; it needs no event loop, so that it can be waited for while the clock stands still."""

    folder: Path
    port: int = field(default_factory=lambda: choose_port(0))
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        command = write_configuration(self.folder, self.port)
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        for _ in range(100 * TIMEOUT):
            if accepts_connections(self.port):
                return
            time.sleep(0.01)
        raise TimeoutError

    def kill(self) -> None:
        """Kill it; it forgets retained messages, too."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


class Peer:
    """Another client: it subscribes to everything of Butlr, and can publish."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self.messages: list[MQTTMessage] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda client, userdata, message: self.messages.append(message)
        self._client.connect("127.0.0.1", port)
        self._until(self._client.is_connected)
        self._client.subscribe("butlr/#", 1)

    def work(self) -> None:
        """Send and receive what is due."""
        self._client.loop(0.005)

    def publish(self, topic: str, content: Any, *, retain: bool = False) -> None:
        """Publish bytes, or a document as JSON, and wait until the broker has it."""
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        self._until(self._client.publish(topic, payload, 1, retain).is_published)

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()

    def _until(self, condition: Callable[[], bool]) -> None:
        for _ in range(200 * TIMEOUT):
            if condition():
                return
            self.work()
        raise TimeoutError


@dataclass
class MqttScene:
    """A scene with a broker, and a client of it in place of another Home Assistant."""

    scene: Scene
    broker: Broker
    peer: Peer
    mqtt_entry: MockConfigEntry

    @classmethod
    async def create(cls, scene: Scene, broker: Broker) -> MqttScene:
        """Connect Home Assistant to a broker that runs."""
        # Minutes that pass at once are no reason for a client to take its connection for lost.
        data = {"broker": "127.0.0.1", "port": broker.port, "protocol": "5", "keepalive": 65_535}
        # What waits for a timer would be waited for while the clock stands still.
        options: dict[str, Any] = {"discovery": False, "birth_message": {}, "will_message": {}}
        entry = MockConfigEntry(domain=MQTT_DOMAIN, data=data, version=2, minor_version=1, options=options)
        entry.add_to_hass(scene.hass)
        created = cls(scene, broker, Peer(broker.port), entry)
        # The integration reads the YAML configuration, which is not there.
        with patch("homeassistant.config.load_yaml_config_file", return_value={}):
            assert await scene.hass.config_entries.async_setup(entry.entry_id)
        return created

    async def reload_mqtt(self) -> None:
        """Set Home Assistant's MQTT integration up anew, as after a change of its settings."""
        with patch("homeassistant.config.load_yaml_config_file", return_value={}):
            reload = asyncio.create_task(self.scene.hass.config_entries.async_reload(self.mqtt_entry.entry_id))
            await self.until(reload.done)
        assert await reload

    async def close(self) -> None:
        """Disconnect both clients."""
        await self.scene.hass.config_entries.async_unload(self.mqtt_entry.entry_id)
        self.peer.close()

    async def until(self, condition: Callable[[], object], tick: float = 0.01) -> None:
        """Let all parties work until a condition is true; the clock advances a little every time."""
        for _ in range(100 * TIMEOUT):
            if condition():
                return
            self.peer.work()
            self.scene.freezer.tick(tick)
            for _ in range(10):
                await asyncio.sleep(0)
        raise TimeoutError

    async def restart_broker(self) -> None:
        """Start the broker that was killed, and wait until both clients are connected to it."""
        self.broker.start()
        self.peer = Peer(self.broker.port)
        link = self.scene.data.push.mqtt
        await self.until(lambda: link.connected, tick=1)

    @property
    def root(self) -> str:
        """Return the first two levels of all topics."""
        return f"butlr/{self.scene.simulator.estate.id}"

    def topic(self, room: str, kind: str = "ROOM_OCCUPANCY") -> str:
        """Return the topic for an event of a room."""
        room_id = self.scene.room(room)
        return f"{self.root}/{self.scene.simulator.estate.rooms[room_id].floor_id}/{kind}"

    def announce(self, *types: str) -> None:
        """Announce what another Home Assistant would share."""
        self.peer.publish(f"{self.root}/pushes", {"types": types} if types else b"", retain=True)
